"""Grams: the few neighbouring characters by which texts are found, as sorted numbers.

A gram is a few neighbouring UTF-16 units of one field: any two; three, if at least two of them are
of [0-9a-z]; four of [0-9a-z]. So a long number is found by a few rare grams instead of by many
common ones. Its id has 34 bits: 32 that mix its units reversibly, then two for its sort. Equal ids
are equal grams, and ids are spread evenly. A value of a facet has an id too, of a sort of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
"""Postings, one number each: gram (34 bits), scope (1 bit), document (29 bits)."""

KEY, BODY = 0, 1
PAIR, FOUR, THREE, VALUE = range(4)
ID_BITS = 34
DOCUMENT_BITS = 29


def of_texts(units: npt.NDArray[np.uint16], first: int, scope: int) -> Keys:
    """All grams of some documents' folded units (see `folding.units`), counted from `first`."""
    document = first + np.cumsum(units == 0x1F, dtype=np.uint64)
    text = units > 0x1F
    alnum = ((units >= 48) & (units <= 57)) | ((units >= 97) & (units <= 122))
    u = units.astype(np.uint32)
    found: list[Keys] = []

    def add(sort: int, at: npt.NDArray[np.intp], low: npt.NDArray[Any]) -> None:
        found.append(_key(_id(low, sort), scope, document[at]))

    at = np.flatnonzero(text[:-1] & text[1:])
    add(PAIR, at, u[at] << 16 | u[at + 1])
    at = np.flatnonzero(alnum[:-3] & alnum[1:-2] & alnum[2:-1] & alnum[3:])
    add(FOUR, at, u[at] << 21 | u[at + 1] << 14 | u[at + 2] << 7 | u[at + 3])
    three = alnum[:-2], alnum[1:-1], alnum[2:]
    at = np.flatnonzero(three[0] & three[1] & three[2])
    add(THREE, at, np.uint32(3 << 30) | u[at] << 14 | u[at + 1] << 7 | u[at + 2])
    for odd, x, y in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        other = text[odd : len(text) - 2 + odd] & ~three[odd]
        at = np.flatnonzero(three[x] & three[y] & other)
        add(THREE, at, np.uint32(odd << 30) | u[at + odd] << 14 | u[at + x] << 7 | u[at + y])
    return np.concatenate(found)


def of_values(numbers: Sequence[int], documents: Sequence[int]) -> Keys:
    """That each document has the facet value of the running number beside it."""
    ids = _id(np.array(numbers, dtype=np.uint32), VALUE)
    return _key(ids, KEY, np.array(documents, dtype=np.uint64))


def _id(low: npt.NDArray[Any], sort: int) -> Keys:
    """Ids from what grams are made of; `gramId` in `search-lists.js` does the same."""
    mixed = (low ^ np.uint32(sort * 0x9E3779B1 & 0xFFFFFFFF)) * np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    ids: Keys = mixed.astype(np.uint64)
    ids <<= np.uint64(2)
    ids |= np.uint64(sort)
    return ids


def _key(ids: Keys, scope: int, documents: Keys) -> Keys:
    """The ids themselves become keys; new arrays of this size would take longer than the work."""
    ids <<= np.uint64(30)
    ids |= np.uint64(scope << 29)
    ids |= documents
    return ids


def distinct(keys: Sequence[Keys]) -> Keys:
    """Each of some keys once, sorted."""
    joined = np.concatenate(keys)
    joined.sort()
    once: Keys = joined[first_ones(joined)]
    return once


def first_ones(ordered: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which of some ordered numbers differ from the one before."""
    found = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=found[1:])
    return found
