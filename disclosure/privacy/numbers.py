"""Numbers: which personal number a run of digits is, by its form, its check digits and the words beside it.

Identity numbers (GB 11643: region, a real birth date, check character), mobile telephones, bank
cards (Luhn). A number that has the form but not the company is doubtful; one that the words beside it
declare to be something else (an amount, a credit code, a coordinate) is left alone. Landlines are how
an office is reached, and no concern of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from stdnum import luhn
from stdnum.cn import ric, uscc

from disclosure.privacy import digits

PROVINCES = frozenset(
    f"{region}{number}"
    for region, numbers in enumerate(
        ("12345", "123", "1234567", "123456", "01234", "12345", "1", "123"), 1
    )
    for number in numbers
)
"""The first two digits of a region (GB/T 2260), with those of residence permits for 港澳台."""
PAPERS = "护照|通行证|台胞证|回乡证|[Pp]assport|PASSPORT"


SHORTEST = 9  # characters of anything looked for
DIGEST = 24
"""So many letters and digits in a row are a hash, or something of the kind."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that looks personal. `value` is never shown: `masked` is."""

    kind: str
    sure: bool
    value: str
    """Without disguise: digits and capitals only."""
    start: int
    """Where in the text it begins, and where it ends."""
    end: int

    @property
    def masked(self) -> str:
        """Enough to find it again, not enough to use it: `138****5678`."""
        head, tail = _SHOWN.get(self.kind, (2, 2))
        hidden = "*" * (len(self.value) - head - tail)
        return self.value[:head] + hidden + self.value[len(self.value) - tail :]


_SHOWN = {"id": (4, 4), "mobile": (3, 4), "card": (4, 4), "name": (1, 0), "address": (2, 1)}
"""By kind, how many characters a mask leaves at the beginning and at the end."""


@dataclass(frozen=True)
class _Spot:
    """A number in a run that has the form of some kind, and what stands around it."""

    spelled: str
    """With the marks of its gaps."""
    prefix: str
    """What is dialled before it."""
    left: str
    right: str
    """The rest of the run."""
    text: str
    start: int
    """Where the number begins in the text, and where with its prefix."""
    begin: int
    end: int
    label: str
    numerals: bool

    @cached_property
    def named(self) -> str:
        """What the words beside it say it is: a name in `_LABELS`."""
        return named(self.text, self.start, self.label)

    @property
    def before(self) -> str:
        return self.text[max(0, self.begin - DIGEST) : self.begin]

    @property
    def after(self) -> str:
        return self.text[self.end : self.end + DIGEST]

    @property
    def number(self) -> str:
        return re.sub("[^0-9X]", "", self.spelled)

    @property
    def gaps(self) -> list[str]:
        return re.findall("[^0-9X]", self.spelled)

    @property
    def groups(self) -> list[int]:
        """How many digits stand between the gaps."""
        return [len(group) for group in re.split("[^0-9X]", self.spelled)]


Verdict = tuple[str, bool] | None
"""The kind of a number and whether it is sure; None for something else."""


def find(text: str, label: str = "") -> Iterator[Hit]:
    """The personal numbers of a text, some of which may overlap. `label` stands above the text."""
    accounts = bool(_BANK.search(text) or _BANK.search(label))
    for run in digits.runs(text):
        if len(run.text) < SHORTEST:
            continue
        for pattern, judge in _JUDGES if accounts else _JUDGES[:-1]:
            for found in pattern.finditer(run.text):
                first, last = found.span("number")
                start, end = run.at[first], run.at[last] if last < len(run.at) else run.end
                spot = _Spot(
                    spelled=found["number"],
                    prefix=found.groupdict().get("prefix") or "",
                    left=run.text[: found.start()],
                    right=run.text[last:],
                    text=text,
                    start=start,
                    begin=run.at[found.start()],
                    end=end,
                    label=label,
                    numerals=run.numerals,
                )
                if verdict := judge(spot):
                    yield Hit(*verdict, spot.number, start, end)


# ── What stands around ───────────────────────────────────────────────────────────────────────────

_LABELS = re.compile(
    "(?P<mobile>电话|手机|联系|热线|微信|短信|(?<![A-Za-z0-9])(?i:tel|phone|mobile|call))"
    "|(?P<id>身份(?:证件?)?(?:编?号)?|证件号|居民证|居住证|(?<![A-Za-z0-9])(?i:id.?card|id.?number))"
    "|(?P<card>银行|卡号|[账帐][号户]|开户|户名|(?<![A-Za-z0-9])(?i:bank|account))"
    f"|(?P<paper>{PAPERS})"
    "|(?P<uscc>信用代码|税号|纳税人识别|组织机构代码|(?<![A-Za-z0-9])(?i:uscc|credit.?code))"
    "|(?P<amount>金额|价款|款额|总额|总价|[（(]元|[（(]万元|(?<![A-Za-z0-9])(?i:amount))"
    "|(?P<place>经度|纬度|坐标|(?<![A-Za-z0-9])(?i:longitude|latitude|coordinates|lng|lat|lon))"
    "|(?P<code>报关|单号|编号|文号|案号|批号|证号|流水|索引|备案|序号|条码|订单|受理|合同|发票|字第)"
)
_BANK = re.compile("银行|卡号|[账帐][号户]|开户|户名|[Bb]ank|[Aa]ccount")
_NEAR = 48
"""Characters before a number in which a word may name it."""
_DRAWING = re.compile(r"""[\s"'](?:d|points)=["'][^"'<>]*\Z""")
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[nrt])\Z")
_UNITS = re.compile(r"\s*(?:元|万|亿|吨|千克|公斤|米|平方|公里|股|次|人|件)")


def named(text: str, start: int, label: str) -> str:
    """What the word closest before a place in a text, else its label, says a number there is."""
    before = digits.readable(text[max(0, start - 4 * _NEAR) : start])[-_NEAR:]
    for words in (before, label):
        names = [found.lastgroup or "" for found in _LABELS.finditer(words)]
        if names:
            return names[-1]
    return ""


def _in_drawing(spot: _Spot) -> bool:
    """Whether a number is in the attribute of a drawing that lists coordinates."""
    return bool(_DRAWING.search(spot.text, max(0, spot.start - 8000), spot.start))


def _word(before: str) -> str:
    """The letters and digits right before a number; an escape is none."""
    found = re.search("[A-Za-z0-9]*\\Z", before)
    return "" if _ESCAPED.search(before) or not found else found[0]


def _within_word(spot: _Spot) -> bool:
    """Whether a number is part of a code of letters and digits."""
    if re.match("[A-Za-z]", spot.after):
        return True
    word = _word(spot.before)
    return any(map(str.isdigit, word)) or bool(re.fullmatch("[A-Z]{1,2}", word))


def _within_digest(spot: _Spot) -> bool:
    tail = re.match("[A-Za-z0-9]*", spot.after)
    return len(_word(spot.before)) + len(tail[0] if tail else "") >= DIGEST - len(spot.spelled)


def _is_other(spot: _Spot) -> bool:
    """Whether a number is an amount or part of a document's number."""
    if re.search(r"[〕\]）)】第号]\s*\Z", spot.before) and spot.after.startswith("号"):
        return True
    return bool(_UNITS.match(spot.after) or re.search("[¥￥$]\\s*\\Z", spot.before))


# ── Judging ──────────────────────────────────────────────────────────────────────────────────────


def _id18(spot: _Spot) -> Verdict:
    number = spot.number
    if not is_identity(number) or re.match("[0-9]", spot.after):
        return None
    if spot.named == "id":
        return "id", True
    if re.match("[A-Za-z]", spot.after):
        return "id", False
    code = _is_code(number)
    if code and spot.named == "uscc":
        return None
    # A customs declaration: office, year, 0 or 1, nine digits.
    declaration = re.match("[0-9]{4}20(?:19|20)[01]", number)
    doubtful = spot.numerals or spot.named in ("code", "uscc", "amount", "place") or declaration
    return "id", not (doubtful or code)


def _is_code(number: str) -> bool:
    """Whether it is a 统一社会信用代码 as well: its region comes after the register, two digits later."""
    region = number[2:4] in PROVINCES or number[2:4] == "10"
    return number.isdigit() and region and bool(uscc.is_valid(number))


def is_identity(number: str) -> bool:
    """Whether 18 characters are an identity number: region, a real birth date, check character.

    Numbers of foreigners' permanent residence cards begin with 9 before the province.
    """
    region = number[1:3] if number[0] == "9" else number[:2]
    if region not in PROVINCES or not "1900" <= number[6:10] <= "2039":
        return False
    return _is_day(number[6:14]) and str(ric.calc_check_digit(number)) == number[17]


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _id15(spot: _Spot) -> Verdict:
    real = spot.number[:2] in PROVINCES and _is_day("19" + spot.number[6:12])
    return ("id", not spot.numerals) if real and spot.named == "id" else None


_USUAL = ([11], [3, 4, 4], [3, 8], [7, 4], [4, 4, 3], [3, 3, 5], [1] * 11)
"""How a mobile number is grouped; broken by the end of a line, only the first two."""


def _mobile(spot: _Spot) -> Verdict:
    gaps, left, right = spot.gaps, spot.left, spot.right
    if (len(gaps) and _in_drawing(spot)) or _within_digest(spot):
        return None
    if "." in gaps and (len(gaps) == 1 or set(gaps) != {"."}):
        return None  # a decimal number, or the figures of a drawing
    if spot.named in ("amount", "place", "uscc"):
        return None
    sure = spot.named == "mobile"
    single = set(spot.groups) == {1}
    usual = spot.groups in (_USUAL if "\n" not in gaps else _USUAL[:2])
    some_of_many = (single and (left or right)) or ((single or not usual) and len(set(gaps)) > 1)
    coordinate = not gaps and re.search(r"(?<![0-9.])[0-9]{2,3}\.\Z", left)
    amount = not gaps and re.match(r"\.[0-9]{1,2}(?![0-9.])", right)
    if not sure and (some_of_many or coordinate or amount or _is_other(spot)):
        return None
    decimal = re.match(r"\.[0-9]+(?![0-9.])", right) or re.search(r"(?<![0-9.])[0-9]+\.\Z", left)
    odd = not usual or decimal or spot.numerals or spot.prefix == "0"
    elsewhere = spot.named in ("code", "id", "card") or _within_word(spot)
    return "mobile", sure or not (odd or elsewhere)


def _card(spot: _Spot) -> Verdict:
    number = spot.number
    if not luhn.is_valid(number) or re.match("[0-9A-Za-z]", spot.after):
        return None
    if spot.gaps and _in_drawing(spot):
        return None
    if spot.named == "card":
        return "card", not spot.numerals
    if spot.named in ("uscc", "amount", "place", "code") or _is_other(spot) or _within_word(spot):
        return None
    usual = not spot.gaps or set(spot.groups) == {1} or set(spot.groups[:-1]) <= {4, 6}
    likely = number.startswith("62") or len(number) == 16
    return ("card", False) if likely and usual and "." not in spot.gaps else None


def _account(spot: _Spot) -> Verdict:
    """The account of an organisation has no check digit: only the word beside it tells."""
    return ("account", False) if spot.named == "card" and not _is_other(spot) else None


_G = "[ .\n-]?"
_JUDGES: tuple[tuple[re.Pattern[str], Callable[[_Spot], Verdict]], ...] = tuple(
    (re.compile(f"(?=(?<![0-9]){form})"), judge)
    for form, judge in (
        (f"(?P<number>[1-9](?:{_G}[0-9]){{16}}{_G}[0-9X])(?![0-9])", _id18),
        (f"(?P<number>[1-9](?:{_G}[0-9]){{14}})(?![0-9X])", _id15),
        (
            f"(?P<prefix>(?:00)?86{_G}|0)?(?P<number>1{_G}[3-9](?:{_G}[0-9]){{9}})(?![0-9])",
            _mobile,
        ),
        (f"(?P<number>(?:6{_G}2|[45]{_G}[0-9])(?:{_G}[0-9]){{14,17}})(?![0-9X])", _card),
        ("(?P<number>[0-9](?:[ -]?[0-9]){8,24})(?![0-9X])", _account),
    )
)
"""The forms, looked for at every place of a run, and what decides on each."""
