"""Facets: what a browser needs to filter, count and order the rows of one collection by itself.

The search numbers the documents of all collections together; here each collection is kept by itself,
so that a new row changes the newest files of its own collection and no others. Rows are counted
from the oldest of their year on. These are the files, read by `hooks/theme/assets/list-engine.js`:

`<collection>/facets/current.json` says what there is; it alone is ever changed.
    title, unit, total
    columns  the columns of a table of rows: `title`, `kind` ("num", "code" or "") and the `orders` that
             go by it, falling and rising
    facets   `name`, `title` and `values`, each a value and its count; those with one value are left out
    orders   in which rows can be put; the first is that of the lists, newest year first
    years    from the oldest on: `year` ("" when undated), its `rows`, its `blocks` and their sizes,
             the `file` to download and the lines of it that no list shows (`missing`)
    group, chunk    by how many rows the others are cut
`<collection>/facets/<block>.bin`, JSON, packed as the files of the search are:
    groups   the folders of its rows
    columns  for each facet the `cells` that occur, each a list of values, and in `codes` for each row
             the number of its cell: one digit per row, the lowest digit of all rows first, each a
             letter of `DIGITS`
`<collection>/facets/<block>-keys.bin`, the same, by what rows can be ordered: `day` and `money`, if there
    are such, whose cells are texts.
`<collection>/facets/<group>/<n>.bin`, JSON, packed: rows, each its address below the collection and
    its cells as a list shows them.

Blocks and groups are named by the hash of all that they depend on: what has a name never changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from disclosure import cache
from disclosure.choices import AMOUNT, Facet
from disclosure.collection import Collection
from disclosure.schema import NOT_APPLICABLE, Schema
from disclosure.site import documents, downloads, postings, shelf, tabular
from disclosure.site.entries import encode
from disclosure.site.shelf import Rows
from disclosure.site.writer import Files, Job

FOLDER = "facets"
DAY, MONEY = "day", "money"
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*,;:?_"
"""64 letters, none of them a digit: no row of codes looks like a number that somebody has."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The sizes by which rows are cut into files, each a multiple of the next."""

    block: int = 1 << 16
    """Rows whose codes stand in one file."""
    group: int = 512
    """Rows that are written anew together."""
    chunk: int = 32
    """Rows in one file."""


USUAL = Layout()


@dataclass(frozen=True, eq=False)
class Source:
    """The rows of one collection that lists show, and by what they are filtered and ordered."""

    collection: Collection
    shelf: str
    layout: Layout = USUAL

    @property
    def schema(self) -> Schema:
        return self.collection.schema

    @cached_property
    def facets(self) -> Sequence[Facet]:
        return documents.of_collection(self.collection).facets

    @property
    def money(self) -> str:
        """The column of amounts, or ""."""
        return next((f.column for f in self.facets if f.name == AMOUNT[0]), "")

    @cached_property
    def years(self) -> Mapping[str, Rows]:
        """All rows of every year in the order of the lists, from the oldest year on."""
        folders = self.collection.rows["folder"].to_numpy(dtype="object")
        return {year: np.flatnonzero(folders == year) for year in sorted(set(folders.tolist()))}

    def listed(self, rows: Rows) -> Rows:
        """Those of some rows that lists show."""
        shown = self.collection.listed
        return rows if shown is None else rows[shown[rows]]


def address(collection: str) -> str:
    """Where it is said what there is of a collection."""
    return f"{collection}/{FOLDER}/current.json"


def jobs(
    collection: Collection, shelves: Mapping[str, str], layout: Layout = USUAL
) -> Iterator[Job]:
    """All files of one collection, in jobs that other rows leave alone as far as may be."""
    source = Source(collection, shelves[collection.name], layout)
    schema = source.schema
    common = cache.digest(cache.program(), cache.spell(schema), repr(layout))
    choices = {facet: _values(source, facet) for facet in source.facets}
    choices = {facet: values for facet, values in choices.items() if len(values) > 1}
    columns = {facet.name: (facet.column, facet) for facet in choices}
    narrowing = cache.digest(
        common, repr([(name, column) for name, (column, _) in columns.items()])
    )
    listed = []
    for year, rows in source.years.items():
        shown = source.listed(rows)[::-1]
        blocks = []
        for start in range(0, len(shown), layout.block):
            block, names = shown[start : start + layout.block], []
            for first in range(0, len(block), layout.group):
                group = block[first : first + layout.group]
                key = cache.digest("rows", common, shelf.fingerprint(source.shelf, group))
                names.append(_name(key))
                yield Job(key, _rows, (schema, source.shelf, group, layout.chunk, names[-1]))
            key = cache.digest("facets", narrowing, *names)
            told = (schema, source.shelf, block, columns, source.money, names, _name(key))
            yield Job(key, _block, told)
            blocks.append([_name(key), len(block)])
        listed.append(_year(schema, year, rows, len(shown), blocks, source))
    manifest = encode(_manifest(source, choices, listed))
    yield Job(cache.digest(address(schema.name), manifest), _given, (schema.name, manifest))


def _name(key: str) -> str:
    """The name for a hash: letters alone, lest it look like a number that somebody has."""
    return key[:16].translate(str.maketrans("0123456789", "ghijklmnop"))


def _values(source: Source, facet: Facet) -> Mapping[str, int]:
    """The values of a facet, each with how many rows have it, as they are offered."""
    found: Counter[str] = Counter()
    rows = source.listed(np.arange(len(source.collection.rows)))
    for text, n in source.collection.rows[facet.column].iloc[rows].value_counts().items():
        found.update(dict.fromkeys(facet.values(str(text)), int(n)))
    rank = {value: number for number, value in enumerate(facet.order)}
    ranked = sorted(found, key=lambda value: (rank.get(value, len(rank)), -found[value], value))
    return {value: found[value] for value in ranked}


def _year(
    schema: Schema,
    year: str,
    rows: Rows,
    shown: int,
    blocks: Sequence[Sequence[object]],
    source: Source,
) -> Mapping[str, Any]:
    label = year if schema.date else ""
    missing = np.flatnonzero(~np.isin(rows, source.listed(rows))).tolist()
    file = f"{downloads.FOLDER}/{label or downloads.ALL}.csv"
    return {"year": label, "rows": shown, "blocks": blocks, "file": file, "missing": missing}


def _manifest(
    source: Source,
    choices: Mapping[Facet, Mapping[str, int]],
    years: Sequence[Mapping[str, Any]],
) -> Mapping[str, Any]:
    schema, layout = source.schema, source.layout
    columns = [schema.by_name[name] for name in schema.list]
    offered = [(facet.name, facet.title, values) for facet, values in choices.items()]
    dated = {each["year"]: each["rows"] for each in reversed(years) if each["year"]}
    ways = orders(schema, bool(source.money))
    by = {schema.date: ["newest", "oldest"], source.money: ["most", "least"]}
    if len(dated) > 1:
        offered.insert(0, ("year", "年份", dated))
    return {
        "title": schema.title,
        "unit": schema.unit,
        "total": sum(each["rows"] for each in years),
        "columns": [
            {"title": f.title, "kind": tabular.kind(f), "orders": by.get(f.name, [])}
            for f in columns
        ],
        "facets": [
            {
                "name": name,
                "title": title,
                "values": [{"value": value, "count": n} for value, n in values.items() if n],
            }
            for name, title, values in offered
        ],
        "orders": ways,
        "years": years,
        "group": layout.group,
        "chunk": layout.chunk,
    }


def orders(schema: Schema, has_money: bool) -> list[str]:
    """In which orders rows can be put, first that of the lists."""
    found = ["newest", "oldest"] if schema.date else []
    if not schema.date or (schema.sort and schema.sort[0] != f"-{schema.date}"):
        found.insert(0, "listed")
    return found + ["most", "least"] * has_money


def _rows(schema: Schema, mine: str, rows: Rows, chunk: int, name: str) -> Files:
    """The cells of some rows."""
    columns = list(dict.fromkeys((*schema.list, "id", "folder", "title")))
    frame = shelf.frame(mine, rows, columns)
    cells = []
    for field in (schema.by_name[name] for name in schema.list):
        texts = frame[field.name].tolist()
        shown = {text: field.show(text) for text in dict.fromkeys(texts)}
        cells.append([shown[text] for text in texts])
    if cells:  # the first is the link; a row without it is called by its title
        cells[0] = [cell or t for cell, t in zip(cells[0], frame["title"].tolist(), strict=True)]
    paths = (frame["folder"] + "/" + frame["id"]).tolist()
    lines = list(zip(paths, *cells, strict=True))
    for number, start in enumerate(range(0, len(lines), chunk)):
        content = postings.pack(encode(lines[start : start + chunk]))
        yield f"{schema.name}/{FOLDER}/{name}/{number}.bin", content


def _block(
    schema: Schema,
    mine: str,
    rows: Rows,
    facets: Mapping[str, tuple[str, Facet]],
    money: str,
    groups: Sequence[str],
    name: str,
) -> Files:
    """The codes of some rows."""
    named = [column for column, _ in facets.values()]
    wanted = [c for c in dict.fromkeys((*named, schema.date, money)) if c]
    frame = shelf.frame(mine, rows, wanted or ["id"])
    columns: dict[str, Any] = {}
    for key, (column, facet) in facets.items():
        places, texts = pd.factorize(frame[column])
        held = [tuple(dict.fromkeys(facet.values(text))) for text in texts.tolist()]
        numbers = {values: number for number, values in enumerate(sorted(set(held)))}
        codes = np.array([numbers[values] for values in held])[places]
        columns[key] = {"cells": list(numbers), "codes": _spell(codes)}
    keys: dict[str, Any] = {}
    for key, column in ((DAY, schema.date), (MONEY, money)):
        if column:
            codes, texts = pd.factorize(frame[column])
            plain = ["" if text == NOT_APPLICABLE else text for text in texts]
            keys[key] = {"cells": plain, "codes": _spell(codes)}
    at = f"{schema.name}/{FOLDER}/{name}"
    yield f"{at}.bin", postings.pack(encode({"groups": groups, "columns": columns}))
    if keys:
        yield f"{at}-keys.bin", postings.pack(encode({"columns": keys}))


def _spell(codes: np.ndarray[Any, np.dtype[np.int64]]) -> list[str]:
    """Numbers as texts of digits: one text for each place, lowest first."""
    letters = np.frombuffer(DIGITS.encode(), np.uint8)
    found = []
    while True:
        codes, digits = np.divmod(codes, len(DIGITS))
        found.append(letters[digits].tobytes().decode())
        if not codes.any():
            return found


def _given(name: str, content: bytes) -> Files:
    return [(address(name), content)]
