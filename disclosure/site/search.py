"""Search: a static index of all public records and pages in which every text of two characters is found.

A document's number is its rank: 0 is the newest. Grams propose documents, and the browser checks
each proposal in the document's own text, so that the result is exact. These are the files, read by
`docs/assets/search-engine.js`:

`search/current.json` names the folder of the index in force; it alone ever changes.
`search/<hash>/manifest.json` is what a reader needs first:
    total    how many documents there are
    card, text, zones, bits    by which numbers files are cut (see `postings`)
    types    for each type of document its `title`; the `labels` of the texts on its cards and their
             `roles` (k = key, x = key, but need not be shown, s = shown, but not key); which of them
             is the `name` whose initials are kept (-1 = none); the labels of its `bodies`
    facets   `name`, `title` and `values`, each a value and its count. Values are numbered through.
             Years are newest first: their counts tell which documents belong to each.
    common   the first 24 bits of the ids of common grams, in order, in base 64
`search/<hash>/c/…`, cards, JSON: for each document the number of its type, address, title, date,
    initials in Latin letters, the numbers of its facet values apart from type and year, then its
    texts. The key scope is title, initials and key texts.
`search/<hash>/t/…`, bodies, JSON: for each document its texts, in the order of `bodies`; further
    ones have no label and stand behind a text shown, such as the date behind 长期.
`search/<hash>/s/…`, `search/<hash>/d/…`, the documents of each gram: see `postings`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from math import lcm
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pypinyin.contrib.mmseg import seg

from disclosure.catalog import Catalog
from disclosure.intake.articles import Article
from disclosure.schema import Field
from disclosure.site import documents, folding, grams, postings
from disclosure.site.documents import SHOWN, Section, Source, sections
from disclosure.site.postings import USUAL, Layout

__all__ = ["Section", "index", "pages", "sections"]

Indexes = npt.NDArray[np.int64]
TYPE, YEAR = ("type", "类型"), ("year", "年份")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_AS_SHOWN = ("date", "number", "integer")
"""Types of fields whose text is shown otherwise than it is kept."""


def pages(
    catalog: Catalog, articles: Sequence[Article], written: Iterable[Section]
) -> Iterator[tuple[str, bytes]]:
    """Every file of the index, the pointer to it last."""
    return index(documents.sources(catalog, articles, written))


def index(sources: Sequence[Source], layout: Layout = USUAL) -> Iterator[tuple[str, bytes]]:
    """The index of some sources. Cards and bodies wait on disk until their hash is known."""
    origin, row, days = documents.ranked(sources)
    total = len(row)
    facets = _facets(sources, days)
    numbers = _numbered(facets)
    manifest: dict[str, Any] = {
        "total": total,
        "card": layout.card,
        "text": layout.text,
        "zones": postings.zones(total, layout),
        "types": [_type(source) for source in sources],
        "facets": facets,
    }
    digest = hashlib.sha256(_recipe() + _json([repr(layout), manifest]))
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as spool:
        waiting: list[tuple[str, int]] = []
        unit = lcm(layout.card, layout.text)
        step = max(layout.batch // unit, 1) * unit
        for first in range(0, total, step):
            chosen = slice(first, first + step)
            batch = _read(sources, origin[chosen], row[chosen], numbers)
            grams.spill(batch.grams(first), Path(folder))
            for name, content in batch.files(first, layout):
                digest.update(content)
                spool.write(content)
                waiting.append((name, len(content)))
        root = f"search/{digest.hexdigest()[:16]}/"
        spool.seek(0)
        for name, size in waiting:
            yield root + name, spool.read(size)
        summary = yield from postings.files(Path(folder), total, layout, root)
    common = b"".join(gram.to_bytes(3, "big") for gram in summary.common)
    manifest |= {"bits": summary.bits, "common": base64.b64encode(common).decode()}
    yield root + "manifest.json", _json(manifest)
    yield "search/current.json", _json({"index": root.split("/")[1]})


def _recipe() -> bytes:
    """How documents become files: when this changes, so do the files, though the documents do not."""
    modules = (folding, grams, postings)
    return (
        b"".join(Path(str(m.__file__)).read_bytes() for m in modules) + Path(__file__).read_bytes()
    )


def _json(value: object) -> bytes:
    return _ENCODER.encode(value).encode()


def _type(source: Source) -> dict[str, Any]:
    names = [field.name for field, _ in source.cards]
    return {
        "title": source.title,
        "labels": [field.title for field, _ in source.cards],
        "roles": "".join(role for _, role in source.cards),
        "name": names.index(source.name) if source.name in names else -1,
        "bodies": [field.title for field in source.bodies],
    }


def _facets(sources: Sequence[Source], days: Sequence[str]) -> list[dict[str, Any]]:
    """All facets with their values, as the manifest has them; empty ones are left out."""
    titles = dict([TYPE, YEAR])
    counts: dict[str, Counter[str]] = {name: Counter() for name in titles}
    order: dict[str, dict[str, int]] = {name: {} for name in titles}
    for source in sources:
        counts[TYPE[0]][source.title] += len(source.rows)
        order[TYPE[0]].setdefault(source.title, len(order[TYPE[0]]))
        for facet in source.facets:
            titles.setdefault(facet.name, facet.title)
            found = counts.setdefault(facet.name, Counter())
            known = order.setdefault(facet.name, {})
            for value in facet.order:
                known.setdefault(value, len(known))
            for text, n in source.rows[facet.column].value_counts().items():
                found.update(dict.fromkeys(facet.values(str(text)), int(n)))
    for n, year in enumerate(dict.fromkeys(day[:4] for day in days if day)):
        order[YEAR[0]][year] = n
    counts[YEAR[0]].update(day[:4] for day in days if day)
    facets = []
    for name, title in titles.items():
        known, found = order[name], counts[name]
        ranked = sorted(found, key=lambda v: (known.get(v, len(known)), -found[v], v))
        values = [{"value": value, "count": found[value]} for value in ranked if found[value]]
        if values:
            facets.append({"name": name, "title": title, "values": values})
    return facets


def _numbered(facets: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """The running number of each value of each facet."""
    values = ((facet["name"], item["value"]) for facet in facets for item in facet["values"])
    return {key: number for number, key in enumerate(values)}


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some documents in the order of their ranks, ready to be written."""

    cards: list[Sequence[Any]]
    bodies: list[Sequence[str]]
    keys: list[Sequence[str]]
    """The texts of the key scope."""
    values: list[tuple[int, int]]
    """Running numbers of facet values, each with the place of a document that has it."""

    def grams(self, first: int) -> grams.Keys:
        """All postings of these documents, the first of which has the number `first`."""
        numbers, places = zip(*self.values, strict=True)
        return grams.distinct(
            (
                grams.of_texts(folding.units(self.keys), first, grams.KEY),
                grams.of_texts(folding.units(self.bodies), first, grams.BODY),
                grams.of_values(numbers, [first + place for place in places]),
            )
        )

    def files(self, first: int, layout: Layout) -> Iterator[tuple[str, bytes]]:
        for folder, size, texts in (
            ("c", layout.card, self.cards),
            ("t", layout.text, self.bodies),
        ):
            for start in range(0, len(texts), size):
                path = postings.path(folder, (first + start) // size)
                yield path, postings.pack(_json(texts[start : start + size]))


def _read(
    sources: Sequence[Source], origin: Indexes, row: Indexes, numbers: Mapping[tuple[str, str], int]
) -> _Batch:
    """The documents of these sources and rows."""
    cards: list[Sequence[Any]] = [()] * len(row)
    bodies: list[Sequence[str]] = [()] * len(row)
    keys: list[Sequence[str]] = [()] * len(row)
    values: list[tuple[int, int]] = []
    for number, source in enumerate(sources):
        places = np.flatnonzero(origin == number).tolist()
        if not places:
            continue
        rows = source.rows.take(row[places])
        paths, titles, days = (rows[name].tolist() for name in ("path", "title", "day"))
        names = rows[source.name].tolist() if source.name else [""] * len(places)
        letters = [initials(name) for name in names]
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
        kind = numbers[TYPE[0], source.title]
        values += [(kind, place) for place in places]
        values += [(n, place) for place, mark in zip(places, marks, strict=True) for n in mark]
    return _Batch(cards, bodies, keys, values)


def _put(target: list[Sequence[Any]], places: Sequence[int], *columns: Iterable[Any]) -> None:
    """Put the rows of some columns where they belong."""
    for place, texts in zip(places, zip(*columns, strict=False), strict=False):
        target[place] = texts


def _values(
    source: Source, rows: pd.DataFrame, numbers: Mapping[tuple[str, str], int]
) -> list[list[int]]:
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


@lru_cache(maxsize=1 << 17)
def initials(name: str) -> str:
    """The first letters of a name's Pinyin: 示例市云途物流 → slsytwl. Latin letters and digits stay."""
    return "".join(_letters(word) for word in seg.cut(folding.fold(name)))


@lru_cache(maxsize=1 << 17)
def _letters(word: str) -> str:
    """Of one word, because names are many and made of few words; words settle 重庆 and 重型."""
    from pypinyin import Style, lazy_pinyin  # only now: its dictionary takes long to read

    letters = lazy_pinyin(word, Style.FIRST_LETTER, errors=lambda t: re.sub("[^0-9a-z]", "", t))
    return folding.fold("".join(letters))
