"""Detectors: identity numbers, telephone numbers, bank cards, papers and plates in a text, and how sure it is.

What is looked for: numbers of the identity card (GB 11643: province, birth date, check character),
mobile telephones, bank cards (GB/T 15694.1, Luhn), and beside a word that names them the identity
number of 15 digits, passports, travel permits and accounts; plates of natural persons. Landlines are
how an office is reached. A number that has the form but not the company is doubtful; one that words
beside it declare to be something else (an amount, a credit code, a coordinate) is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from stdnum import luhn
from stdnum.cn import ric, uscc

from disclosure.privacy import digits
from disclosure.privacy.digits import Run

KINDS = {
    "id": "身份证号码",
    "mobile": "手机号码",
    "card": "银行卡号",
    "account": "银行账号",
    "paper": "证件号码",
    "plate": "车牌号",
}
PROVINCES = frozenset("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46".split()) | (
    frozenset("50 51 52 53 54 61 62 63 64 65 71 81 82 83".split())
)
"""The first two digits of a region (GB/T 2260), with those of residence permits for 港澳台."""
NATURAL = "自然人"


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
        value = self.value
        head, tail = {"id": (4, 4), "mobile": (3, 4), "card": (4, 4)}.get(self.kind, (2, 2))
        return value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


# ── At a glance ──────────────────────────────────────────────────────────────────────────────────

_PAPERS = "护照|通行证|台胞证|回乡证|(?i:passport)"
_NAMED = rf"(?:{_PAPERS})[^\n]{{0,60}}[A-Za-z0-9][0-9]{{7}}|(?:[账帐][号户]|开户)[^\n]{{0,60}}[0-9]{{9}}"
_PLATE = (
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-ZＡ-Ｚa-hj-np-z]"
    "[·•・. ]?[A-HJ-NP-Z0-9Ａ-Ｚ０-９a-hj-np-z]{5}"
)
_MONTH = "(?:0_[1-9]|1_[0-2])"
_SHAPES = tuple(
    map(
        digits.glance,
        (
            "(?:^|[^0-9])(?:0*_8_6_|0_)?1_[3-9](?:_D){9}(?:[^0-9]|$)",
            f"(?:^|[^0-9])[1-9](?:_D){{5}}_(?:1_9|2_0)(?:_D){{2}}_{_MONTH}_[0-3](?:_D){{4}}",
            f"(?:^|[^0-9])[1-9](?:_D){{7}}_{_MONTH}_[0-3](?:_D){{4}}(?:[^0-9]|$)",
            "(?:^|[^0-9])(?:6_2|[45]_D)(?:_D){14,17}(?:[^0-9]|$)",
        ),
    )
)
"""The forms of a mobile number, an identity number of 18 and of 15 digits, and a card."""


def suspicious(texts: pa.LargeStringArray) -> list[int]:
    """Which of many texts hold something that `find` should look at: hardly ever another."""
    chosen = np.zeros(len(texts), bool)

    def add(pattern: str, among: pa.Array) -> None:
        matched = digits.matching(texts.take(among), pattern)
        chosen[among.filter(matched).to_numpy()] = True

    everywhere = pa.array(range(len(texts)))
    long = everywhere.filter(digits.matching(texts, digits.LONG))
    for shape in (*_SHAPES, digits.DRESSED):
        add(shape, long)
    add(_NAMED, everywhere)
    add(_PLATE, everywhere.filter(digits.matching(texts, NATURAL)))
    return [int(index) for index in np.flatnonzero(chosen)]


# ── Exactly ──────────────────────────────────────────────────────────────────────────────────────


def find(text: str, label: str = "", *, natural: bool | None = None) -> list[Hit]:
    """Everything in a text that looks personal, in order; what is sure wins over what overlaps it.

    `label` is what stands above the text, such as the header of its column. `natural` tells whether
    the text is about a natural person; by default it is if it says so.
    """
    found = [hit for run in digits.runs(text) for hit in _in_run(run, text, label)]
    found += _papers(text, label)
    if NATURAL in text if natural is None else natural:
        found += _plates(text)
    found.sort(key=lambda hit: (not hit.sure, hit.start, hit.start - hit.end))
    kept: list[Hit] = []
    for hit in found:
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


_LABELS = re.compile(
    "(?P<mobile>电话|手机|联系|热线|微信|短信|(?i:tel|phone|mobile|call))"
    "|(?P<id>身份|证件号|居民证|居住证|(?i:id.?card|id.?number))"
    "|(?P<card>银行|卡号|[账帐][号户]|开户|户名|(?i:bank|account))"
    f"|(?P<paper>{_PAPERS})"
    "|(?P<uscc>信用代码|税号|纳税人识别|组织机构代码|(?i:uscc|credit.?code))"
    "|(?P<amount>金额|价款|款额|总额|总价|[（(]元|[（(]万元|(?i:amount))"
    "|(?P<place>经度|纬度|坐标|(?i:longitude|latitude|coordinates|\\blng|\\blat|\\blon))"
    "|(?P<code>报关|单号|编号|文号|案号|批号|证号|流水|索引|备案|序号|条码|订单|受理|合同|发票|字第)"
)
_NEAR = 48
"""Characters before a number in which a word may name it."""


def _named(text: str, start: int, label: str) -> str:
    """What the word closest before a number, else its label, says it is."""
    before = digits.readable(text[max(0, start - 4 * _NEAR) : start])[-_NEAR:]
    for words in (before, label):
        names = [found.lastgroup or "" for found in _LABELS.finditer(words)]
        if names:
            return names[-1]
    return ""


_G = "[ .\n-]?"
_MOBILE = re.compile(rf"(?=(?<![0-9])((?:00)?86{_G}|0)?(1{_G}[3-9](?:{_G}[0-9]){{9}})(?![0-9]))")
_ID18 = re.compile(rf"(?=(?<![0-9])([1-9](?:{_G}[0-9]){{16}}{_G}[0-9X])(?![0-9]))")
_ID15 = re.compile(rf"(?=(?<![0-9])([1-9](?:{_G}[0-9]){{14}})(?![0-9X]))")
_CARD = re.compile(rf"(?=(?<![0-9])((?:6{_G}2|[45]{_G}[0-9])(?:{_G}[0-9]){{14,17}})(?![0-9X]))")
_ACCOUNT = re.compile(r"(?=(?<![0-9])([0-9](?:[ -]?[0-9]){8,24})(?![0-9X]))")
_UNITS = re.compile(r"\s*(?:元|万|亿|吨|千克|公斤|米|平方|公里|股|次|人|件)")


_DRAWING = re.compile(r"""[\s"'](?:d|points)=["'][^"'<>]*\Z""")
"""The attribute of a drawing that lists coordinates, up to a figure in it."""


def _in_run(run: Run, text: str, label: str) -> Iterator[Hit]:
    named = _named(text, run.at[0], label) if len(run.text) > 8 else ""
    for pattern, judge in (
        (_ID18, _id18),
        (_ID15, _id15),
        (_MOBILE, _mobile),
        (_CARD, _card),
        (_ACCOUNT, _account),
    ):
        for found in pattern.finditer(run.text):
            group = found.lastindex or 0
            first, last = found.span(group)
            start = run.at[first]
            if re.search("[ .-]", found[group]) and _DRAWING.search(text, max(0, start - 8000), start):
                continue
            end = run.at[last] if last < len(run.at) else run.end
            if run.at[0] != start and first:  # a nearer word may stand within the run's own gaps
                named = _named(text, start, label)
            verdict = judge(found[group], run, found, named, text[:start][-24:], text[end : end + 8])
            if verdict:
                kind, sure = verdict
                value = re.sub("[^0-9X]", "", found[group])
                yield Hit(kind, sure, value, start, end)


Verdict = tuple[str, bool] | None
"""The kind and whether it is sure; None for something else."""


def _within_word(before: str, after: str, first: bool) -> bool:
    """Whether a number is part of a longer code of letters and digits."""
    if re.match(r"[A-Za-z]", after):
        return True
    word = re.search(r"(?:\\[nrt]|[A-Za-z0-9])*$", before)[0] if first else ""  # type: ignore[index]
    return bool(re.search("[0-9]", word)) or bool(re.fullmatch("[A-Z]{1,2}", word))


def _id18(
    spelled: str, run: Run, found: re.Match[str], named: str, before: str, after: str
) -> Verdict:
    number = re.sub("[^0-9X]", "", spelled)
    if not is_identity(number) or re.match("[0-9A-Za-z]", after):
        return None
    code = number.isdigit() and uscc.is_valid(number)
    if code and named == "uscc":
        return None
    foreign_code = code and number[0] == "9" and named != "id"
    sure = named == "id" or not (
        run.numerals or foreign_code or named in ("code", "uscc", "amount", "place")
    )
    return "id", sure and not (run.numerals and named != "id")


def is_identity(number: str) -> bool:
    """Whether 18 characters are an identity number: region, a real birth date, check character.

    Numbers of foreigners' permanent residence cards begin with 9 before the province.
    """
    region = number[1:3] if number[0] == "9" else number[:2]
    if region not in PROVINCES or not "1900" <= number[6:10] <= "2039":
        return False
    return _is_day(number[6:14]) and ric.calc_check_digit(number) == number[17]


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _id15(
    spelled: str, run: Run, found: re.Match[str], named: str, before: str, after: str
) -> Verdict:
    number = re.sub("[^0-9]", "", spelled)
    real = number[:2] in PROVINCES and _is_day("19" + number[6:12])
    return ("id", not run.numerals) if named == "id" and real else None


_GROUPS = ([11], [3, 4, 4], [3, 8], [7, 4], [4, 4, 3], [3, 3, 5], [1] * 11)


def _mobile(
    spelled: str, run: Run, found: re.Match[str], named: str, before: str, after: str
) -> Verdict:
    left, right = run.text[: found.start(2)], run.text[found.end(2) :]
    if named in ("amount", "place", "uscc") or (named != "mobile" and _is_other(before, after)):
        return None
    gaps = re.findall("[^0-9]", spelled)
    if "." in gaps and (len(gaps) == 1 or set(gaps) != {"."}):
        return None  # a decimal number, or the figures of a drawing
    groups = [len(group) for group in re.split("[^0-9]", spelled)]
    # Figures one below the other stand as often on two lines as a number that was broken.
    usual = groups in (_GROUPS if "\n" not in gaps else _GROUPS[:2])
    single = set(groups) == {1}
    if named != "mobile" and (
        (single and (left or right)) or ((single or not usual) and len(set(gaps)) > 1)
    ):
        return None  # some of many figures
    decimal = re.match(r"\.[0-9]+(?![0-9.])", right) or re.search(r"(?<![0-9.])[0-9]+\.$", left)
    coordinate = re.search(r"(?<![0-9.])[0-9]{2,3}\.$", left) and not gaps
    if coordinate and named != "mobile":
        return None
    odd = (
        not usual
        or decimal
        or run.numerals
        or found[1] == "0"
        or named in ("code", "id", "card")
        or _within_word(before, after, not left)
    )
    return "mobile", named == "mobile" or not odd


def _is_other(before: str, after: str) -> bool:
    """Whether what stands around a number makes it an amount or part of a document's number."""
    document = re.search(r"[〕\]）)】第号]\s*$", before) and after.startswith("号")
    return bool(_UNITS.match(after) or document or re.search("[¥￥$]\\s*$", before))


def _card(
    spelled: str, run: Run, found: re.Match[str], named: str, before: str, after: str
) -> Verdict:
    number = re.sub("[^0-9]", "", spelled)
    groups = [len(group) for group in re.split("[^0-9]", spelled)]
    usual = len(groups) == 1 or set(groups) == {1} or set(groups[:-1]) <= {4, 6}
    if not luhn.is_valid(number) or re.match("[0-9A-Za-z]", after):
        return None
    if named == "card":
        return "card", not run.numerals
    likely = number.startswith("62") or len(number) == 16
    other = named in ("uscc", "amount", "place", "code") or _is_other(before, after)
    left = run.text[: found.start(1)]
    if not likely or not usual or other or "." in spelled or _within_word(before, after, not left):
        return None
    return "card", False


def _account(
    spelled: str, run: Run, found: re.Match[str], named: str, before: str, after: str
) -> Verdict:
    return ("account", False) if named == "card" and not _is_other(before, after) else None


_PAPER = re.compile(
    r"(?<![A-Z0-9])(?:[EGDPSK][A-Z]?[0-9]{7,8}|[HM][0-9]{8}(?:[0-9]{2})?|[0-9]{8})(?![A-Z0-9])"
)
_PAPER_LABEL = re.compile(_PAPERS)


def _papers(text: str, label: str) -> Iterator[Hit]:
    """Passports and travel permits, beside the word that names them."""
    spots = [found.end() for found in _PAPER_LABEL.finditer(text)]
    if _PAPER_LABEL.search(label):
        spots.append(0)
    for spot in spots:
        window = digits.readable(text[spot : spot + 60]).upper()
        for found in _PAPER.finditer(window):
            if not (found[0].isdigit() and _is_day(found[0])):
                yield Hit("paper", True, found[0], spot, spot + 60)


_PLATES = re.compile(_PLATE + "[A-HJ-NP-Z0-9]?(?![A-Za-z0-9*])")


def _plates(text: str) -> Iterator[Hit]:
    for found in _PLATES.finditer(text):
        plate = re.sub(r"[^\w]", "", digits.readable(found[0])).upper()
        if re.search("[0-9]", plate):
            yield Hit("plate", False, plate, found.start(), found.end())


def canonical(text: str) -> str:
    """A value as `Hit.value` has it, from how somebody writes it."""
    plain = "".join(run.text for run in digits.runs(text)) or digits.readable(text)
    return re.sub(r"[\W_]", "", plain).upper()
