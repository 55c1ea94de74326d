"""Markup: the tables that a page writes as HTML, as tables of cells with their places and headings."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import accumulate

from disclosure.figures.passages import CODE, HEAD, Passage, Table, plain

_UNREAD = re.compile(rf"{HEAD.pattern}|{CODE}", re.DOTALL | re.MULTILINE)
MOST = 99
"""Rows or columns that one cell may stretch over."""
LARGEST = 50_000
"""Squares of a table that somebody has written; a larger one is not judged."""


@dataclass(slots=True)
class _Cell:
    is_head: bool
    across: int
    down: int
    start: int
    end: int = -1


class _Reader(HTMLParser):
    """Finds where the cells of all tables begin and end; a table within a table is none of its own."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[_Cell]]] = []
        self._lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self._depth = 0
        self._in_head = False
        self._open: _Cell | None = None

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _close(self) -> None:
        if self._open:
            self._open.end = self._at()
            self._open = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        if self._depth != 1:
            return
        if tag in ("thead", "tbody", "tfoot", "tr", "td", "th"):
            self._close()
        if tag in ("thead", "tbody", "tfoot"):
            self._in_head = tag == "thead"
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables[-1]:
            spans = {
                name: value for name, value in attrs if re.fullmatch("[0-9]{1,3}", value or "")
            }
            across, down = (
                min(max(int(spans.get(name) or 1), 1), MOST) for name in ("colspan", "rowspan")
            )
            start = self._at() + len(self.get_starttag_text() or "")
            is_head = self._in_head or (tag == "th" and ("scope", "row") not in attrs)
            self._open = _Cell(is_head, across, down, start)
            self.tables[-1][-1].append(self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            if self._depth == 1:
                self._close()
                self._in_head = False
            self._depth = max(self._depth - 1, 0)
        elif self._depth == 1 and tag in ("td", "th", "tr"):
            self._close()


def read(source: str) -> Iterator[Table]:
    """The HTML tables of a Markdown page: one row of headings, each the lowest of its column, then the
    rows of data; what stands above a heading is its group."""
    if "<table" not in source.lower():
        return
    text = _UNREAD.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)
    reader = _Reader(text)
    reader.feed(text)
    reader.close()
    for rows in reader.tables:
        if (table := _table([row for row in rows if row], text)) is not None:
            yield table


def _table(rows: Sequence[Sequence[_Cell]], text: str) -> Table | None:
    squares: dict[tuple[int, int], _Cell] = {}
    first: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            while (y, x) in squares:
                x += 1
            first.add((y, x))
            for down in range(min(cell.down, len(rows) - y)):
                for across in range(cell.across):
                    squares.setdefault((y + down, x + across), cell)
            x += cell.across
            if len(squares) > LARGEST:
                return None
    height = next((y for y, row in enumerate(rows) if not all(c.is_head for c in row)), len(rows))
    width = max((x for _, x in squares), default=-1) + 1
    if not 0 < height < len(rows) or width < 2:
        return None

    def passage(y: int, x: int) -> Passage:
        """A cell that stretches over several squares says what it says once."""
        cell = squares.get((y, x))
        known = cell is not None and (y < height or (y, x) in first)
        return _read(text, cell) if known and cell else Passage("", [(0, 0)])

    heads, groups = [], []
    for x in range(width):
        column = [squares[y, x] for y in range(height) if (y, x) in squares]
        titles = list(dict.fromkeys(id(cell) for cell in column))
        named = [_read(text, next(c for c in column if id(c) == one)) for one in titles]
        heads.append(named[-1] if named else Passage("", [(0, 0)]))
        groups.append(tuple(p.text.strip() for p in named[:-1]))
    data = [[passage(y, x) for x in range(width)] for y in range(height, len(rows))]
    return Table([heads, *data], groups)


def _read(text: str, cell: _Cell) -> Passage:
    """What a cell says, without markup, on one line."""
    end = cell.end if cell.end >= 0 else cell.start
    pieces, offset = [], cell.start
    for line in text[cell.start : end].split("\n"):
        pieces.append((offset, line))
        offset += len(line) + 1
    found = plain(pieces)
    lead = len(found.text) - len(found.text.lstrip())
    words = html.unescape(found.text[lead:]).strip()
    return replace(found, text=words, spots=[(0, found.at(lead))])
