"""Folding: the one form of a text in which searching compares, the same here and in the browser.

Folding goes character by character and knows no context: width, case, accents and compatibility
forms go; punctuation, blanks and symbols vanish; everything else stays as it is, however rare. So
示交罚〔2023〕0123号, 示交罚(２０２３)0123号 and 示交罚 2023 0123 号 are one text.

Unicode never changes how an assigned character decomposes. `FOLDED` names only blocks that were
complete before the oldest browsers we serve; hence every Python and every browser folds alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

DELETED = (
    "0-2f 3a-40 5b-60 7b-a9 ab-b1 b4 b6-b8 bb bf d7 f7 2b9-2df 2e5-36f 2000-206f 20a0-20ff"
    " 2190-245f 2500-25ca 25cc-2bff 2e00-2e7f 3000-3004 3008-3020 302a-3030 303d-303f 3099-309c"
    " 30a0 30fb fe00-fe6f feff fff0-ffff 1f000-1f0ff 1f300-1faff e0000-e01ef"
)
"""Code points that vanish: punctuation, blanks, symbols, controls, combining and variation marks."""
FOLDED = (
    "41-5a aa b2-b3 b5 b9-ba bc-be c0-d6 d8-f6 f8-24f 2b0-2b8 2e0-2e4 370-52f 1e00-1ffe 2070-209c"
    " 2100-2189 2460-24ff 2e80-2fd5 3036-303a 3200-32fe 3300-33ff f900-fad9 fb00-fb06 ff01-ffed"
    " 1d400-1d7ff 1f100-1f16b 2f800-2fa1d"
)
"""Code points that become their compatibility decomposition in lower case, without accents."""
CIRCLE = "25cb>3007"
"""○, typed for 〇 in years such as 二○二三."""

FIELD, DOCUMENT = "\x1e", "\x1f"
"""What keeps fields and documents apart in `units`; folded text holds neither."""


def _points(ranges: str) -> Iterator[int]:
    for item in ranges.split():
        first, _, last = item.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


@cache
def table() -> Mapping[int, str]:
    """Every code point that folding changes, and what it becomes."""
    source, target = (int(point, 16) for point in CIRCLE.split(">"))
    deleted = dict.fromkeys(_points(DELETED), "")
    folded = {}
    for point in _points(FOLDED):
        text = unicodedata.normalize("NFKD", chr(point)).lower().translate(deleted)
        folded[point] = unicodedata.normalize("NFC", text)
    changes = {**deleted, **folded, source: chr(target)}
    return {point: text for point, text in changes.items() if text != chr(point)}


def fold(text: str) -> str:
    """One text in its comparison form."""
    return text.translate(table())


def units(documents: Sequence[Sequence[str]]) -> npt.NDArray[np.uint16]:
    """The folded fields of many documents as UTF-16 units, each field and each document ended.

    Far quicker than `fold`: nearly all characters go through one look-up of a whole array.
    """
    text = "".join([FIELD.join(fields) + FIELD + DOCUMENT for fields in documents])
    if text.count(FIELD) != sum(len(fields) or 1 for fields in documents) or text.count(
        DOCUMENT
    ) != len(documents):
        return units([[fold(field) for field in fields] for fields in documents])
    codes = _encode(text)
    single, rare = _look_up()
    if rare[codes].any():
        for char in set(text) & _many():
            text = text.replace(char, fold(char))
        codes = _encode(text)
    codes = single[codes]
    kept: npt.NDArray[np.uint16] = codes[codes != 0]
    return kept


def _encode(text: str) -> npt.NDArray[np.uint16]:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")


@cache
def _look_up() -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.bool_]]:
    """What each unit becomes (0 = nothing), and the units that may begin something longer."""
    single = np.arange(0x10000, dtype=np.uint16)
    for point, text in table().items():
        if chr(point) not in _many():
            single[point] = ord(text) if text else 0
    for mark in (FIELD, DOCUMENT):
        single[ord(mark)] = ord(mark)
    rare = np.zeros(0x10000, dtype=np.bool_)
    for char in _many():
        rare[_encode(char)[0]] = True
    return single, rare


@cache
def _many() -> frozenset[str]:
    """The characters that one look-up cannot fold: beyond the first plane, or becoming several."""
    return frozenset(
        chr(point)
        for point, text in table().items()
        if point > 0xFFFF or len(text) > 1 or text > "\uffff"
    )


def script() -> str:
    """The same folding as a JavaScript module: the content of `hooks/theme/assets/search-fold.js`."""
    return (
        _SCRIPT.replace("%DELETED", DELETED).replace("%FOLDED", FOLDED).replace("%CIRCLE", CIRCLE)
    )


_SCRIPT = """\
// Folding: the one form of a text in which searching compares. Written by scripts/folding.py from
// disclosure/site/folding.py, which says why; change it there and run the script.
const DELETED = "%DELETED";
const FOLDED = "%FOLDED";
const CIRCLE = "%CIRCLE";

const hex = (text) => parseInt(text, 16);
const set = (ranges) => ranges.replace(/[0-9a-f]+/g, "\\\\u{$&}").replace(/ /g, "");
const deleted = new RegExp(`[${set(DELETED)}]`, "gu");
const changed = new RegExp(`[${set(DELETED)}${set(FOLDED)}\\\\u{${CIRCLE.split(">")[0]}}]`, "gu");
const forms = new Map([CIRCLE.split(">").map((point) => String.fromCodePoint(hex(point)))]);

function form(character) {
  let text = forms.get(character);
  if (text === undefined) {
    text = character.replace(deleted, "");
    if (text) text = text.normalize("NFKD").toLowerCase().replace(deleted, "").normalize("NFC");
    forms.set(character, text);
  }
  return text;
}

/** A text in its comparison form. */
export const normalise = (text) => text.replace(changed, form);
"""
