"""The text of one cell, as staff write it, read into the canonical text that is kept and published.

Every reader takes text and gives its canonical form, or a `Refusal` with the code of the finding:

    day("2015年4月3日")        -> "2015-04-03"
    amount("5.2万元", "元")    -> "52000"
    day("2026/13/01")         -> Refusal("V203", …)

Nothing here knows columns, files or collections.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from stdnum.cn import uscc as stdnum_uscc
from stdnum.exceptions import ValidationError

_ONE_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONG_TERM = "2099-12-31"
"""How the double-publicity sheets write 长期 in a date column."""

MISSING = (
    "",
    "\\",
    "/",
    "-",
    "—",
    "–",
    "***",
    "无",
    "undefined",
    "null",
    "NULL",
    "None",
    "N/A",
    "NaN",
)
"""The spellings of an empty cell met in real sheets; a schema may name its own."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text cannot be read: the code of the finding and what its sentence needs."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


Reading = str | Refusal
Reader = Callable[[str], Reading]

# Characters that have no place in any text: they are invisible, turn the reading direction, or are
# none (Unicode's noncharacters, halves of pairs). Line and paragraph separators are line breaks.
_INVISIBLE = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200e\u200f"
    "\u202a-\u202e\u2061-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\uffa0\ufff9-\ufffb\ufffd-\uffff"
)
_FAR_INVISIBLE = "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17)
)
HIDDEN = re.compile(f"[{_INVISIBLE}{_FAR_INVISIBLE}]")
RESERVED = re.compile("qz(?:title|content|folder|file|page|name|article|paper|figure[a-z]{16})zq")
"""The words that stand for what differs between pages while the theme renders them."""
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
"""Characters that each computer may show in its own way: how rare ones of names were once made."""
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])")
"""Names that Windows keeps for devices: no folder can have them there."""
_LONGEST_SLUG = 80
_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_BLANKS = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
WIDTHLESS = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_SETTLED = re.compile(
    "[ \t\n\r\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u3000\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff9-\uffff]"
)


def is_settled(texts: str) -> bool:
    """Whether a text (or many joined) surely holds nothing that `text` would change or refuse, and
    nothing odd."""
    if _SETTLED.search(texts):
        return False
    # Beyond the first 65,536 characters of Unicode: rare ones, to be looked at one by one.
    return len(texts.encode("utf-16-le")) == 2 * len(texts)


def odd(raw: str) -> Refusal | None:
    """What is to be said of a text although it can be read: characters without width, which are
    taken out, or such as not every computer shows alike."""
    if found := WIDTHLESS.search(raw.strip("\ufeff")):
        return Refusal("V901", {"character": f"U+{ord(found[0]):04X}"})
    if found := PRIVATE.search(raw):
        return Refusal("V902", {"character": f"U+{ord(found[0]):04X}"})
    return None


def text(raw: str, *, multiline: bool = False) -> Reading:
    """Free text: outer and doubled blanks and what has no width go, line breaks become LF or, in
    one-line cells, vanish."""
    if found := HIDDEN.search(raw):
        return Refusal("V401", {"character": f"U+{ord(found[0]):04X}"})
    lines = (_BLANKS.sub(" ", line).strip() for line in _BREAKS.sub("\n", bare(raw)).split("\n"))
    kept = [line for line in lines if line]
    return "\n".join(kept) if multiline else _join_lines(kept)


def bare(raw: str) -> str:
    """A text without the characters that have no width, which nobody can see or find."""
    return WIDTHLESS.sub("", raw)


def _join_lines(lines: list[str]) -> str:
    """Join the lines of a cell that should have one: Chinese runs on, Latin words keep a blank."""
    joined = ""
    for line in lines:
        latin = (
            joined[-1:].isascii()
            and joined[-1:].isalnum()
            and line[0].isascii()
            and line[0].isalnum()
        )
        joined += f" {line}" if latin else line
    return joined


_DIGITS = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {"〇": "0"}
_CIRCLES = str.maketrans("○◯OoＯ", "〇〇〇〇〇")
_YMD = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
    r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?",
    re.ASCII,
)
_CHINESE_YMD = re.compile(
    r"([零〇一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]"
)
_EPOCH = date(1899, 12, 30)  # day 0 of Excel's 1900 date system, its phantom 1900-02-29 included


def day(raw: str) -> Reading:
    """A date as `YYYY-MM-DD`: year-month-day in any usual spelling, Chinese numerals, an Excel serial
    of five digits, milliseconds since 1970 in Beijing time, or 长期."""
    word = unicodedata.normalize("NFKC", raw).strip()
    if word in ("长期", "长期有效", "永久", "永久有效", "无固定期限"):
        return LONG_TERM
    try:
        return _parse_day(word).isoformat()
    except (ValueError, OverflowError, KeyError):
        return Refusal("V203", {"value": raw})


def is_day(text: str) -> bool:
    """Whether a canonical text names one day, and is no 长期 and no 不适用."""
    return text != LONG_TERM and _ONE_DAY.fullmatch(text) is not None


def _parse_day(word: str) -> date:
    if found := _YMD.fullmatch(word):
        parsed = date(*map(int, found.groups()))
    elif re.fullmatch(r"[12][0-9]{7}", word):
        parsed = datetime.strptime(word, "%Y%m%d").date()
    elif re.fullmatch(r"[2-7][0-9]{4}(?:\.[0-9]+)?", word):
        parsed = _EPOCH + timedelta(days=int(word[:5]))
    elif re.fullmatch(r"[0-9]{12,13}", word):
        parsed = (datetime.fromtimestamp(int(word) / 1000, UTC) + timedelta(hours=8)).date()
    elif found := _CHINESE_YMD.fullmatch(word.translate(_CIRCLES)):
        year, month, dom = found.groups()
        parsed = date(
            int("".join(_DIGITS[c] for c in year)), _small_number(month), _small_number(dom)
        )
    else:
        raise ValueError(word)
    if not 1900 <= parsed.year < 2200:
        raise ValueError(word)
    return parsed


def _small_number(word: str) -> int:
    """一 … 九十九, as months and days are written."""
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return int(_DIGITS[word])
    return int(_DIGITS[tens] if tens else "1") * 10 + int(_DIGITS[ones] if ones else "0")


UNITS = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}
_LONGEST = 20  # characters of a number that can be one; more is a code in the wrong column
_MOST = Decimal(10**15)  # 元; decimal arithmetic is exact below it
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[+-]?\.\d+", re.ASCII)
_AMOUNT = re.compile(
    r"(?:人民币|RMB|CNY|¥|￥)?(.*?)(万元|亿元|万|亿|元|圆)?(?:整|正)?", re.IGNORECASE
)


def number(raw: str) -> Reading:
    """A decimal number without exponent, trailing zeros or thousands separators."""
    word = re.sub(r"\s", "", unicodedata.normalize("NFKC", raw))
    if not _PLAIN_NUMBER.fullmatch(word):
        return Refusal("V201", {"value": raw})
    plain = _plain(Decimal(word.replace(",", "")))
    return plain if len(plain) <= _LONGEST else Refusal("V201", {"value": raw})


def amount(raw: str, unit: str) -> Reading:
    """An amount of money in 元, exact to the 分; `unit` is what a bare number counts in.

    Understands 万元, 亿元, ¥, separators and capital numerals (伍万贰仟壹佰贰拾元整).
    """
    word = re.sub(r"\s", "", unicodedata.normalize("NFKC", raw))
    found = _AMOUNT.fullmatch(word)
    body, own = (found[1], found[2]) if found else (word, None)
    factor = UNITS[{"万": "万元", "亿": "亿元", "圆": "元"}.get(own or "", own or unit)]
    if len(body) <= _LONGEST and _PLAIN_NUMBER.fullmatch(body):
        value = Decimal(body.replace(",", "")) * factor
    elif (capital := _capital_amount(word)) is not None:
        value = capital
    else:
        return Refusal("V202", {"value": raw})
    if abs(value) >= _MOST:
        return Refusal("V202", {"value": raw})
    if value != round(value, 2):
        return Refusal("V205", {"value": raw, "yuan": _plain(value)})
    return _plain(value)


_FORMAL = str.maketrans(
    "壹贰叁肆伍陆柒捌玖拾佰仟萬億〇○貳叄參陸两圆正",
    "一二三四五六七八九十百千万亿零零二三三六二元整",
)
_1 = "[一二三四五六七八九]"
_9999 = f"(?:({_1})千)?(?:零?({_1})百)?(?:零?({_1}?十))?(?:零?({_1}))?零?"
_CAPITAL = re.compile(
    rf"(?:人民币)?(?!元)(?:(?!亿){_9999}亿)?零?(?:(?!万){_9999}万)?零?{_9999}元"
    rf"(?:零?({_1})角)?(?:零?({_1})分)?(?:零角零分)?整?"
)


def _capital_amount(word: str) -> Decimal | None:
    """伍万贰仟壹佰贰拾元整 → 52120; None for anything but a well-formed numeral."""
    found = _CAPITAL.fullmatch(word.translate(_FORMAL))
    if not found:
        return None
    # One group for each decimal digit, from 千亿 to 分; a bare 十 is 一十.
    digits = ("零一二三四五六七八九".find(g[0].replace("十", "一")) for g in found.groups("零"))
    return Decimal("".join(map(str, digits))) / 100


def _plain(value: Decimal) -> str:
    whole = f"{value:f}"
    if "." in whole:
        whole = whole.rstrip("0").rstrip(".")
    return "0" if whole in ("-0", "") else whole


def integer(raw: str) -> Reading:
    """A whole number; `12.0`, as spreadsheets give it, is 12."""
    reading = number(raw)
    if isinstance(reading, Refusal) or "." in reading:
        return Refusal("V204", {"value": raw})
    return reading


def year(raw: str) -> Reading:
    """A calendar year, with or without 年 or 年度."""
    word = (
        unicodedata.normalize("NFKC", raw)
        .strip()
        .removesuffix("度")
        .removesuffix("年")
        .removesuffix(".0")
    )
    return word if re.fullmatch(r"(?:19|20|21)[0-9]{2}", word) else Refusal("V207", {"value": raw})


def boolean(raw: str) -> Reading:
    """是 or 否."""
    word = unicodedata.normalize("NFKC", raw).strip().lower()
    if word in ("是", "true", "1", "y", "yes", "√"):
        return "是"
    if word in ("否", "false", "0", "n", "no", "×"):
        return "否"
    return Refusal("V206", {"value": raw})


_DELIMITERS = re.compile(r"[、;；,，|\n]|(?<=[^\d\s、;；,，|/])/(?=[^\d\s、;；,，|/])")


def listing(raw: str, delimiter: str = "、") -> Reading:
    """Several values in one cell, each once, in their order."""
    reading = text(raw, multiline=True)
    if isinstance(reading, Refusal):
        return reading
    parts = (part.strip() for part in _DELIMITERS.split(reading))
    return delimiter.join(dict.fromkeys(part for part in parts if part))


_BRACKETS = str.maketrans(
    dict.fromkeys("〔[［【﹝（<〈《", "(") | dict.fromkeys("〕]］】﹞）>〉》", ")")
)


def document_key(raw: str) -> str:
    """The comparison form of a 文号: one bracket style, no blanks or quotes, one width, lower case.

    示交罚〔2020〕0123号, 示交罚[2020] 0123号 and 示交罚（２０２０）0123号 are one document.
    """
    word = unicodedata.normalize("NFKC", raw.translate(_BRACKETS)).translate(_BRACKETS)
    return re.sub(r"[\s\"'“”‘’「」]", "", word).lower()


def credit_code(raw: str) -> Reading:
    """A 统一社会信用代码 (GB 32100) in capitals, its check character verified."""
    word = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", raw)).upper()
    try:
        return str(stdnum_uscc.validate(word))
    except ValidationError:
        return Refusal("V301", {"value": raw})


def is_slug(name: str) -> bool:
    """Whether a name can be part of an address of this site, and of a path on any system."""
    fits = len(name) <= _LONGEST_SLUG and _SLUG.fullmatch(name)
    return bool(fits and not _DEVICES.fullmatch(name) and not RESERVED.search(name))


def address(raw: str) -> Reading:
    """A link: http(s) to another site, or a path within this one."""
    word = raw.strip()
    outward = re.fullmatch(r"https?://[^\s/@\"'<>\\]+(?:/[^\s\"'<>\\]*)?", word)
    inward = re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*/?(?:#[\w-]+)?", word) and ".." not in word
    seen = (outward or inward) and not HIDDEN.search(word)
    return word if seen else Refusal("V303", {"value": raw})
