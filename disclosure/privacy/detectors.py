"""Detectors: what in a text looks personal (numbers of people, papers, plates), and which texts are worth a look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from disclosure.privacy import digits, numbers
from disclosure.privacy.numbers import PAPERS, Hit

KINDS = {
    "id": "身份证号码",
    "mobile": "手机号码",
    "card": "银行卡号",
    "account": "银行账号",
    "paper": "证件号码",
    "plate": "自然人的车牌号",
    "name": "姓名",
    "address": "住址",
}
DOUBTFUL = {"plate": "P112", "name": "P113", "address": "P114"}
"""The code for what may be personal, where it is not P111."""
NATURAL = "自然人"

# ── At a glance ──────────────────────────────────────────────────────────────────────────────────

_WORDS = f"{PAPERS}|卡号|[账帐][号户]|开户"
"""Words that name what has no check digit."""
_NAMED = (
    rf"(?:{PAPERS})[^\n]{{0,60}}[A-Za-z0-9][0-9]{{7}}|(?:[账帐][号户]|开户)[^\n]{{0,60}}[0-9]{{9}}"
)
_PLATE = (
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-ZＡ-Ｚa-hj-np-z]"
    "[·•・. ]?[A-HJ-NP-Z0-9Ａ-Ｚ０-９a-hj-np-z]{5}"
)
_MONTH = "(?:0_[1-9]|1_[0-2])"
_SHAPES = tuple(
    digits.glance(shape)
    for shape in (
        "(?:^|[^0-9])(?:0*_8_6_|0_)?1_[3-9](?:_D){9}(?:[^0-9]|$)",
        f"(?:^|[^0-9])[1-9](?:_D){{5}}_(?:1_9|2_0)(?:_D){{2}}_{_MONTH}_[0-3](?:_D){{4}}",
        f"(?:^|[^0-9])[1-9](?:_D){{7}}_{_MONTH}_[0-3](?:_D){{4}}(?:[^0-9]|$)",
        "(?:^|[^0-9])(?:6_2|[45]_D)(?:_D){14,17}(?:[^0-9]|$)",
    )
)
"""The forms of a mobile number, an identity number of 18 and of 15 digits, and a card."""
_NAMING = re.compile(_WORDS)
_BORDER = r"(?:\s*</t[dh]>\s*<t[dh][^<>]*>\s*|\s*\|\s*|[\"']?[,\t][\"']?|(?:\x1e\n?)+)"
_PARTED = (
    ("(?:^|[^0-9])[1-9](?:_D){5}_(?:1_9|2_0)(?:_D){2}_(?:0_[1-9]|1_[0-2])_[0-3](?:_D){4}_[0-9Xx]")
    .replace("D", "[0-9]")
    .replace("_", f"{_BORDER}?")
)
"""An identity number that runs over several cells of a table."""
_DIVIDED = r"(?:手机|电话|微信)[^0-9\n]{0,8}1[3-9][0-9][^0-9A-Za-z\n]{1,2}[0-9]{4}[^0-9A-Za-z\n]{1,2}[0-9]{4}"
"""A mobile number with other signs between its groups than are usual, named as such."""
_APART = f"{_NAMED}|{_PARTED}|{_DIVIDED}"
_ANYTHING = f"{digits.LONG}|{digits.ESCAPED}|{_WORDS}|{_PARTED}|{_DIVIDED}"


def suspicious(texts: pa.LargeStringArray) -> list[int]:
    """Which of many texts hold something that `find` should look at: all that do, and hardly another.

    Every look at all of the texts costs the same, whatever it is for: there is one, and one for plates.
    """
    chosen = np.zeros(len(texts), bool)
    everywhere = pa.array(range(len(texts)), pa.int64())
    about = everywhere.filter(digits.matching(texts, NATURAL))
    some = everywhere.filter(digits.matching(texts, _ANYTHING))
    for places, shapes in ((some, (*_SHAPES, digits.DRESSED, _APART)), (about, (_PLATE,))):
        among = _plain(texts.take(places))
        for shape in shapes:
            chosen[places.filter(digits.matching(among, shape)).to_numpy()] = True
    return [int(index) for index in np.flatnonzero(chosen)]


def _plain(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """The texts, without escapes where these might hide digits."""
    mask = digits.matching(texts, digits.ESCAPED)
    if not pc.any(mask).as_py():
        return texts
    found = [digits.unescaped(text) for text in texts.filter(mask).to_pylist()]
    return pc.replace_with_mask(texts, mask, pa.array(found, pa.large_string()))


def naming(texts: pa.LargeStringArray) -> list[int]:
    """Which of many texts hold a word that names what is looked for only beside it."""
    return [int(n) for n in np.flatnonzero(digits.matching(texts, _WORDS))]


@lru_cache(maxsize=10_000)
def names_numbers(head: str) -> bool:
    """Whether the head of a column names what is looked for only beside such a word."""
    return bool(_NAMING.search(head))


# ── Exactly ──────────────────────────────────────────────────────────────────────────────────────


def find(text: str, label: str = "", *, natural: bool | None = None) -> list[Hit]:
    """Everything in a text that looks personal, in order; what is sure wins over what overlaps it.

    `label` is what stands above the text, such as the header of its column. `natural` tells whether
    the text is about a natural person; by default it is where it says so.
    """
    found = [*numbers.find(text, label), *_papers(text, label), *_plates(text, natural)]
    found += [*parted(text), *_divided(text)]
    found.sort(key=lambda hit: (not hit.sure, hit.start, hit.start - hit.end))
    kept: list[Hit] = []
    for hit in found:
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


_PAPER = re.compile(
    r"(?<![A-Z0-9])(?:[EGDPSK][A-Z]?[0-9]{7,8}|[HM][0-9]{8}(?:[0-9]{2})?|[0-9]{8})(?![A-Z0-9])"
)
_PAPER_LABEL = re.compile(PAPERS)
_AFTER = 60
"""Characters after the name of a paper in which its number may stand."""


def _papers(text: str, label: str) -> Iterator[Hit]:
    """Passports and travel permits, beside the word that names them."""
    spots = [found.end() for found in _PAPER_LABEL.finditer(text)]
    if _PAPER_LABEL.search(label):
        spots.append(0)
    for spot in spots:
        window = digits.readable(text[spot : spot + _AFTER]).upper()
        for found in _PAPER.finditer(window):
            if not re.fullmatch("(?:19|20)[0-9]{6}", found[0]):  # a date
                yield Hit("paper", True, found[0], spot, min(spot + _AFTER, len(text)))


_OVER_CELLS = re.compile(
    rf"(?<![0-9])(?=[1-9](?:{_BORDER}?[0-9]){{0,16}}{_BORDER})[1-9](?:{_BORDER}?[0-9]){{16}}{_BORDER}?[0-9Xx](?![0-9A-Za-z])"
)
_DIVIDED_BY_SIGNS = re.compile(_DIVIDED)


def parted(text: str) -> Iterator[Hit]:
    """Identity numbers that run over several cells of a table: as likely as not by accident."""
    for found in _OVER_CELLS.finditer(text):
        number = re.sub("[^0-9Xx]", "", re.sub("<[^<>]*>", "", found[0])).upper()
        if numbers.is_identity(number):
            yield Hit("id", False, number, *found.span())


def _divided(text: str) -> Iterator[Hit]:
    for found in _DIVIDED_BY_SIGNS.finditer(text):
        number = re.sub("[^0-9]", "", found[0])
        yield Hit("mobile", False, number, *found.span())


_PLATES = re.compile(_PLATE + "[A-HJ-NP-Z0-9]?(?![A-Za-z0-9*])")
_ABOUT = 1500
"""Characters around a plate in which a page says whose it is."""


def _plates(text: str, natural: bool | None) -> Iterator[Hit]:
    if natural is False or (natural is None and NATURAL not in text):
        return
    for found in _PLATES.finditer(text):
        around = text[max(0, found.start() - _ABOUT) : found.end() + _ABOUT]
        plate = re.sub(r"[\W_]", "", digits.readable(found[0])).upper()
        if (natural or NATURAL in around) and any(map(str.isdigit, plate)):
            yield Hit("plate", False, plate, found.start(), found.end())


def veiled(text: str) -> str:
    """A text, such as a file's name, with what looks personal masked."""
    for hit in reversed(find(text)):
        text = text[: hit.start] + hit.masked + text[hit.end :]
    return text


def canonical(text: str) -> str:
    """A value as `Hit.value` has it, from how somebody writes it."""
    plain = "".join(run.text for run in digits.runs(text)) or digits.readable(text)
    return re.sub(r"[\W_]", "", plain).upper()
