"""Numerals: the numbers in a running Chinese text, with their units and how exactly they are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

MONEY = {"元": Decimal(1), "万元": Decimal(10) ** 4, "亿元": Decimal(10) ** 8}
"""Units that are turned into each other, in 元."""
CASES = frozenset({"件", "起", "宗"})
"""Words that count cases: a text may say 起 where a list says 件. 批 and 人次 count something else."""
COUNTED = (
    "人次", "人天", "车次", "辆次", "艘次", "件次", "家次", "批次", "台次", "班次", "场次", "户次", "万吨", "公里", "千米", "学时", "平方米", "吨", "件", "起", "宗", "例", "批",
    "项", "份", "次", "场", "家", "户", "人", "名", "个", "条", "辆", "艘", "台", "处", "座", "期", "篇", "部",
    "张", "本", "套", "天", "小时", "类", "种", "种类", "支", "组", "所", "间", "段",
)  # fmt: skip
"""Measure words that a number may have."""
PERCENT = "%"
HOURS = 24

_CHINESE = "零〇一二两三四五六七八九十百千"
_UNITS = "|".join(sorted({*COUNTED, *MONEY, "个百分点", PERCENT, "％"}, key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?<![第〔\[A-Za-z0-9.\-—－])(?!(?<=[（(])[0-9{_CHINESE}]+[)）])(?P<before>(?<![节制契预履网邀公集违])约|(?<![最临附])近|大约|将近|超过|逾)?\s?"
    rf"(?:(?P<digits>[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)(?P<times>[万亿](?!元))?"
    rf"|百分之(?P<percent>[{_CHINESE}点]+)|(?P<words>[{_CHINESE}]*[{_CHINESE}万亿]))"
    rf"\s?(?P<more>余|多)?\s?(?P<unit>{_UNITS})?(?P<late>余|多(?!\s?[0-9]))?"
)
_NOT_COUNTED = re.compile(
    r"\s?(?:[年月日号时分秒条款点〕\]]|以[上下]|届|级(?!别)|层|[A-Za-z0-9.\-])"
)
"""What follows numbers that name something: years, days, articles of laws, document numbers."""
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．％", "0123456789.%")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number as a text states it."""

    value: Decimal
    """In the unit that is written."""
    unit: str
    """As written, such as 件 or 万元; % for all spellings of it; "" without one."""
    about: str
    """余 (a little more), 约 (rounded), 近 (a little less), or "" (exact)."""
    decimals: int
    start: int
    """Where it begins in the text, and where it ends."""
    end: int

    @property
    def step(self) -> Decimal:
        """The place of the last digit that is not zero: 100 of 2500, 0.01 of 3.25."""
        places = self.value.normalize().as_tuple().exponent
        return Decimal(1).scaleb(int(places)) if self.value else Decimal(1)


def find(text: str) -> Iterator[Quantity]:
    """The quantities of a text, in order; years, days, ordinals and document numbers are none."""
    plain = text.translate(_FULL_WIDTH)
    for found in _QUANTITY.finditer(plain):
        unit = (found["unit"] or "").replace("％", PERCENT)
        if not unit and not found["percent"] and (_names(plain, found) or not found["digits"]):
            continue
        if found["percent"]:
            value, unit = _chinese_decimal(found["percent"]), PERCENT
        elif found["words"]:
            value = chinese(found["words"])
        else:
            value = Decimal(found["digits"].replace(",", ""))
            value *= {"万": 10**4, "亿": 10**8}.get(found["times"] or "", 1)
        if value is None:
            continue
        digits = (found["digits"] or "").partition(".")[2]
        yield Quantity(value, unit, _about(found), len(digits), found.start(), found.end())


def _names(text: str, found: re.Match[str]) -> bool:
    """Whether a number names something; 30分 and 8点 are times, 38.5分 and 7.2年 are none, 2480点 are places."""
    digits, behind = found["digits"] or "", text[found.end() : found.end() + 1]
    points = behind in ("分", "年") and "." in digits
    places = behind == "点" and digits.isdigit() and int(digits) > HOURS
    return not points and not places and bool(_NOT_COUNTED.match(text, found.end()))


def _about(found: re.Match[str]) -> str:
    if found["more"] or found["late"] or found["before"] in ("超过", "逾"):
        return "余"
    return {"约": "约", "大约": "约", "近": "近", "将近": "近"}.get(found["before"] or "", "")


def holds(stated: Quantity, value: Decimal, unit: str = "") -> bool | None:
    """Whether a true `value` in `unit` may be stated so; None when the units are not comparable.

    2500余份 holds for 2500 to 2599, 约2500份 for what rounds to it at its last digit that is not
    zero; without such a word a value must be the same after rounding to the decimals that are written.
    """
    if (true := converted(value, unit, stated.unit)) is None:
        return None
    low = stated.value
    if stated.about == "余":
        return low <= true < low + stated.step
    if stated.about == "近":
        return low - stated.step < true <= low
    if stated.about == "约":
        return abs(true - low) <= stated.step / 2
    return rounded(true, stated.decimals) == low


def converted(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """A value in another unit; None when the two measure different things."""
    if unit in MONEY and wanted in MONEY:
        return value * MONEY[unit] / MONEY[wanted]
    alike = unit == wanted or not unit or not wanted or {unit, wanted} <= CASES
    return value if alike else None


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Half a unit of the last place goes up, as people round."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def chinese(words: str) -> Decimal | None:
    """The number that Chinese numerals say, such as 二十八 or 一万二千; None when they say none."""
    digits = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
    scales = {"十": 10, "百": 100, "千": 1000}
    if len(words) > 1 and all(c in digits for c in words):  # 二〇二四: a year, or digits read out
        return None
    total, section, digit = 0, 0, -1
    for c in words:
        if c in digits:
            digit = digits[c]
        elif c in scales:
            section += scales[c] * (digit if digit > 0 else 1)
            digit = -1
        else:
            total = (total + section + max(digit, 0)) * (10**4 if c == "万" else 10**8)
            section, digit = 0, -1
    return Decimal(total + section + max(digit, 0)) if words else None


def _chinese_decimal(words: str) -> Decimal | None:
    """百分之 … 点 …: digits are read out behind the point."""
    whole, point, rest = words.partition("点")
    value = chinese(whole)
    if value is None or not point:
        return value
    read = "".join(str("零一二三四五六七八九".find(c.replace("〇", "零"))) for c in rest)
    return value + Decimal(f"0.{read}") if read.isdigit() else None
