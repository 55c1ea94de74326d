"""Documents: what searching finds, the public records and the sections of written pages, by age and in columns.

A source holds the documents of one type: the rows of a collection, or the sections of the pages of
one column. All sources together are numbered by age: undated documents first, then from the oldest on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from disclosure import choices
from disclosure.catalog import Catalog
from disclosure.choices import Facet
from disclosure.collection import Collection
from disclosure.intake.articles import Article
from disclosure.schema import Field

KEY, HIDDEN, SHOWN = "kxs"
"""What a text is on a card: a key text, one that need not be shown, or shown but not searched as key."""


@dataclass(frozen=True, eq=False)
class Source:
    """The documents of one type: rows with the columns `path` and `title` and those named here."""

    title: str
    rows: pd.DataFrame
    cards: Sequence[tuple[Field, str]]
    """The fields of a result, each with its role."""
    bodies: Sequence[Field]
    """The fields whose text is searched after the key texts."""
    name: str = ""
    """The field that is also found by the initials of its Pinyin."""
    facets: Sequence[Facet] = ()
    day: str = ""
    """The column of dates by which documents are ranked, newest first."""
    number: str = ""
    """The column of document numbers, by which those of one day are ranked."""
    shelf: str = ""
    """Where other processes find the rows."""

    @property
    def columns(self) -> Sequence[str]:
        """All columns that matter here."""
        fields = (*(field.name for field, _ in self.cards), *(field.name for field in self.bodies))
        others = (*(facet.column for facet in self.facets), self.name, self.day, self.number)
        return [name for name in dict.fromkeys(("path", "title", *fields, *others)) if name]

    def cells(self, column: str) -> pd.Series[str]:
        """A column's cells; blank if there is none."""
        return self.rows[column] if column else pd.Series("", index=self.rows.index, dtype="str")


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of a written page, from one heading to the next."""

    address: str
    """Below the root, with the anchor of the heading: `reports/law-2020/#_3`."""
    title: str
    """Of the page."""
    heading: str
    """"" for what stands before the first heading."""
    column: str
    date: str
    text: str


def sources(
    catalog: Catalog,
    articles: Sequence[Article],
    sections: Iterable[Section],
    shelves: Mapping[str, str] = MappingProxyType({}),
) -> list[Source]:
    """All that can be found, in menu order: collections, then the columns of written pages."""
    collections = catalog.collections.values()
    records = [of_collection(c, shelves.get(c.name, "")) for c in collections]
    return records + of_pages(articles, sections)


def of_pages(articles: Sequence[Article], sections: Iterable[Section]) -> list[Source]:
    """The sections of written pages by column; of pages that have none, the title alone."""
    pieces = list(sections)
    covered = {piece.address for piece in pieces}
    pieces += [
        Section(a.address, a.title, "", a.column, a.published, "")
        for a in articles
        if a.title and a.address not in covered
    ]
    columns: dict[str, list[Section]] = {}
    for piece in pieces:
        columns.setdefault(piece.column, []).append(piece)
    return [_of_column(column, some) for column, some in columns.items()]


def of_collection(collection: Collection, shelf: str = "") -> Source:
    """The records of a collection that are on show; `shelf` is where other processes find them."""
    schema, filled = collection.schema, collection.fields
    listed = [f for name in schema.list for f in filled if f.name == name]
    keys = [f for f in listed if f.type in ("string", "list")]
    codes = [f for f in filled if f.format in ("docno", "uscc") and f not in keys]
    shown = [(f, KEY if f in keys else SHOWN) for f in listed if f.name != schema.date]
    bodies = [f for f in filled if f not in keys and f not in codes]
    numbers = [f.name for f in filled if f.format == "docno"]
    names = [f.name for f in keys if f.name in ("party", *schema.title_fields)]
    return Source(
        title=schema.title,
        rows=collection.rows,
        cards=[*shown, *((f, HIDDEN) for f in codes if f not in listed)],
        bodies=bodies,
        name="party" if "party" in names else next(iter(names), ""),
        facets=list(choices.of(schema, filled)),
        day=schema.date or "",
        number=numbers[0] if numbers else "",
        shelf=shelf,
    )


def _of_column(column: str, pieces: Sequence[Section]) -> Source:
    """The sections of the pages of one column."""
    page, text = Field("page", "页面"), Field("text", "正文", multiline=True)
    columns = {
        "path": [p.address for p in pieces],
        "title": [p.heading or p.title for p in pieces],
        "page": [p.title if p.heading else "" for p in pieces],
        "day": [p.date for p in pieces],
        "text": [p.text for p in pieces],
    }
    rows = pd.DataFrame(columns, dtype="str")
    return Source(column or "网页", rows, [(page, SHOWN)], [page, text], day="day")


def ranked(
    all_sources: Sequence[Source],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Sequence[str]]:
    """The number of the source and the row of each document, and its day: undated ones first, then
    the oldest, so that a new document changes no other's number."""
    tables = []
    for number, source in enumerate(all_sources):
        rows = source.rows
        days = source.cells(source.day)
        days = days.where(days.str.fullmatch(r"\d{4}-\d\d-\d\d"), "")
        numbers = source.cells(source.number)
        texts = {"day": days, "number": numbers, "title": rows["title"], "path": rows["path"]}
        # As the rows have them, so that nothing is copied.
        columns = {name: pa.array(cells, pa.large_string()) for name, cells in texts.items()}
        columns["source"] = pa.repeat(number, len(rows))
        columns["row"] = pa.array(np.arange(len(rows)))
        tables.append(pa.table(columns))
    if not tables:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), []
    table = pa.concat_tables(tables)
    order = [
        ("day", "ascending"),
        ("number", "ascending"),
        ("title", "descending"),
        ("path", "descending"),
    ]
    table = table.select(["source", "row", "day"]).take(pc.sort_indices(table, sort_keys=order))
    found = (table[name].to_numpy().astype(np.int64) for name in ("source", "row"))
    return next(found), next(found), table["day"].to_pylist()


def sections(address: str, title: str, column: str, date: str, html: str) -> Iterator[Section]:
    """A page's HTML in pieces, cut at every heading that has an anchor."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    for anchor, heading, text in reader.pieces:
        heading, text = _tidy(heading), _tidy(text)
        if text or heading:
            yield Section(
                address + (f"#{anchor}" if anchor else ""), title, heading, column, date, text
            )


def _tidy(text: str) -> str:
    """Readable text: no control characters, one blank or one line break at a time."""
    text = re.sub(r"[^\S\n]+|[\x00-\x09\x0b-\x1f]+", " ", text)
    return re.sub(r" ?\n[ \n]*", "\n", text).strip()


class _Reader(HTMLParser):
    """Collects (anchor, heading, text) from one heading to the next."""

    SILENT = frozenset(("script", "style", "template", "svg", "button"))
    INLINE = frozenset(
        (
            "a",
            "abbr",
            "b",
            "code",
            "em",
            "i",
            "mark",
            "span",
            "strong",
            "sub",
            "sup",
            "time",
            "u",
            "wbr",
        )
    )
    HEADING = re.compile(r"h[2-6]")
    CELL = frozenset(("td", "th"))

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[tuple[str, str, str]] = [("", "", "")]
        self.silent = 0
        self.heading = False
        self.first = True
        """Whether the next cell is the first of its row."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if self.silent or tag in self.SILENT or attributes.get("class") == "headerlink":
            self.silent += tag not in ("br", "img", "hr", "input", "wbr")
        elif self.HEADING.fullmatch(tag) and attributes.get("id"):
            self.pieces.append((attributes["id"] or "", "", ""))
            self.heading = True
        elif tag in self.CELL:  # with something between them, lest numbers run into each other
            self.add("" if self.first else " | ")
            self.first = False
        elif tag not in self.INLINE:
            self.first = tag == "tr"
            self.add("\n")

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            self.silent -= 1
        elif self.HEADING.fullmatch(tag):
            self.heading = False
        elif tag not in self.INLINE | self.CELL:
            self.add("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.add(data)

    def add(self, data: str) -> None:
        anchor, heading, text = self.pieces[-1]
        if self.heading:
            self.pieces[-1] = anchor, heading + data, text
        else:
            self.pieces[-1] = anchor, heading, text + data
