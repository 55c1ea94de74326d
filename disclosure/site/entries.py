"""Entries: some neighbouring documents as the search holds them: what is shown of them, and their grams."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import repeat
from types import MappingProxyType
from typing import Any

import pandas as pd

from disclosure.cache import digest, program
from disclosure.schema import Field
from disclosure.site import folding, grams, postings, shelf
from disclosure.site.documents import SHOWN, Source
from disclosure.site.postings import Layout
from disclosure.site.shelf import Rows

TYPE = "type"
"""The facet that tells the sources apart."""
Numbers = Mapping[tuple[str, str], int]
"""The running number of each value of each facet."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_AS_SHOWN = ("date", "number", "integer")
"""Types of fields whose text is shown otherwise than it is kept."""


def encode(value: object) -> bytes:
    """JSON without blanks."""
    return _ENCODER.encode(value).encode()


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """Some documents of one source: their rows, and the place of each in the block."""

    source: Source
    """Without its rows if they are on a shelf, else with these rows alone."""
    rows: Rows
    places: Rows

    def load(self) -> Source:
        """The source with these rows alone."""
        source = self.source
        if not source.shelf:
            return source
        return replace(source, rows=shelf.frame(source.shelf, self.rows, source.columns))


@dataclass(frozen=True, slots=True)
class Entries:
    """Neighbouring documents, ready to be written."""

    cards: list[Sequence[object]]
    bodies: list[Sequence[str]]
    keys: list[Sequence[str]]
    """The texts of the key scope."""
    values: list[tuple[int, int]]
    """Running numbers of facet values, each with the place of a document that has it."""
    initials: Mapping[str, str]
    """Of the names in these documents."""

    def grams(self) -> grams.Keys:
        """All postings of these documents, counted from 0."""
        numbers, places = zip(*self.values, strict=True)
        return grams.distinct(
            (
                grams.of_texts(folding.units(self.keys), 0, grams.KEY),
                grams.of_texts(folding.units(self.bodies), 0, grams.BODY),
                grams.of_values(numbers, places),
            )
        )

    def files(self, layout: Layout) -> Iterator[tuple[str, int, bytes]]:
        """Cards and bodies of these documents: the folder, the place in it from 0, the content."""
        for folder, size, texts in (
            ("c", layout.card, self.cards),
            ("t", layout.text, self.bodies),
        ):
            for place in range(-(-len(texts) // size)):
                chunk = texts[place * size : (place + 1) * size]
                yield folder, place, postings.pack(encode(chunk))


def read(
    pieces: Mapping[int, Piece], numbers: Numbers, known: Mapping[str, str] = MappingProxyType({})
) -> Entries:
    """The documents of these pieces, by the number of their source; `known` are initials of names."""
    size = sum(len(piece.places) for piece in pieces.values())
    cards: list[Sequence[object]] = [()] * size
    bodies: list[Sequence[str]] = [()] * size
    keys: list[Sequence[str]] = [()] * size
    values: list[tuple[int, int]] = []
    called: dict[str, str] = {}
    for number, piece in pieces.items():
        source, places = piece.load(), piece.places.tolist()
        rows = source.rows
        paths, titles = rows["path"].tolist(), rows["title"].tolist()
        days, names = source.cells(source.day).tolist(), source.cells(source.name).tolist()
        called |= {n: known[n] if n in known else initials(n) for n in dict.fromkeys(names)}
        letters = [called[name] for name in names]
        marks = _values(source, rows, numbers)
        texts = [_shown(field, rows) for field, _ in source.cards]
        key_texts = [t for t, (_, role) in zip(texts, source.cards, strict=True) if role != SHOWN]
        _put(cards, places, repeat(number), paths, titles, days, letters, marks, *texts)
        _put(keys, places, titles, letters, *key_texts)
        columns = [_shown(field, rows) for field in source.bodies]
        _put(bodies, places, *columns)
        for field in source.bodies:
            for row_, text in _behind(field, rows):
                place = places[row_]
                if text not in bodies[place][len(columns) :]:
                    bodies[place] = (*bodies[place], text)
        kind = numbers[TYPE, source.title]
        values += [(kind, place) for place in places]
        values += [(n, place) for place, mark in zip(places, marks, strict=True) for n in mark]
    return Entries(cards, bodies, keys, values, called)


def _put(target: list[Sequence[Any]], places: Sequence[int], *columns: Iterable[Any]) -> None:
    """Put the rows of some columns where they belong."""
    for place, texts in zip(places, zip(*columns, strict=False), strict=False):
        target[place] = texts


def _values(source: Source, rows: pd.DataFrame, numbers: Numbers) -> list[list[int]]:
    """For each row the running numbers of its facet values."""
    found: list[list[int]] = [[] for _ in range(len(rows))]
    for facet in source.facets:
        known: dict[str, list[int]] = {}
        for values, text in zip(found, rows[facet.column].tolist(), strict=True):
            if text not in known:
                known[text] = [numbers[facet.name, v] for v in dict.fromkeys(facet.values(text))]
            values += known[text]
    return found


def _shown(field: Field, rows: pd.DataFrame) -> list[str]:
    """A column as it is shown."""
    texts: list[str] = rows[field.name].tolist()
    if field.type not in _AS_SHOWN:
        return texts
    shown = {text: field.show(text) for text in set(texts)}
    return [shown[text] for text in texts]


def _behind(field: Field, rows: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """Where a column is not found by what is shown of it, and what it holds there."""
    if field.type in _AS_SHOWN:
        texts: list[str] = rows[field.name].tolist()
        shown = {text: field.show(text) for text in set(texts)}
        hidden = {t for t in shown if t != shown[t] and folding.fold(t) != folding.fold(shown[t])}
        if hidden:
            yield from ((n, text) for n, text in enumerate(texts) if text in hidden)


@cache
def speaker() -> str:
    """A hash of all that initials depend on besides the name."""
    return digest(program(), version("pypinyin"))


@lru_cache(maxsize=1 << 17)
def initials(name: str) -> str:
    """The first letters of a name's Pinyin: 示例市云途物流 → slsytwl. Latin letters and digits stay."""
    from pypinyin.contrib.mmseg import seg  # only now: its dictionary takes long to read

    return "".join(_letters(word) for word in seg.cut(folding.fold(name)))


@lru_cache(maxsize=1 << 17)
def _letters(word: str) -> str:
    """Of one word, because names are many and made of few words; words settle 重庆 and 重型."""
    from pypinyin import Style, lazy_pinyin  # only now, as above

    letters = lazy_pinyin(word, Style.FIRST_LETTER, errors=lambda t: re.sub("[^0-9a-z]", "", t))
    return folding.fold("".join(letters))
