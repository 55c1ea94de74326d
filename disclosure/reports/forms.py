"""Forms: tables with headings of several levels, written as HTML from their layout and read back from a page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from markupsafe import escape

Tree = Sequence["str | tuple[str, Tree]"]
"""Headings in order; one that stands above others has these beside it."""
Way = tuple[str, ...]
"""The keys of a cell: of the headings of its row, then of its column, from the outside in."""

_ORDINAL = re.compile(r"(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|[0-9]+[.．])\s*")
_REMARK = re.compile(r"\s*（[^（）]*）$")


@dataclass(frozen=True)
class Form:
    """One table of a report: its caption, and the headings of its rows and columns."""

    caption: str
    columns: Tree
    rows: Tree = ()
    """Without headings of rows there is one row, of which the way of a cell says nothing."""
    through: frozenset[str] = frozenset()
    """Headings that are printed above others and are no part of a way."""

    @property
    def ways(self) -> list[Way]:
        """The ways of all cells, row by row."""
        rows = [way for way, _ in leaves(self.rows)] if self.rows else [()]
        return [self.way(row, column) for row in rows for column, _ in leaves(self.columns)]

    def way(self, row: Sequence[str], column: Sequence[str]) -> Way:
        """The way of the cell that has these headings."""
        return tuple(key(title) for title in (*row, *column) if title not in self.through)


def key(title: str) -> str:
    """What a heading is called without its ordinal and the remark in brackets behind it."""
    return _REMARK.sub("", _ORDINAL.sub("", title.strip(), count=1)).strip()


def leaves(tree: Tree, above: Sequence[str] = ()) -> Iterator[tuple[Sequence[str], str]]:
    """Every lowest heading: all that lead to it, and itself."""
    for entry in tree:
        title, below = (entry, ()) if isinstance(entry, str) else entry
        if below:
            yield from leaves(below, (*above, title))
        else:
            yield (*above, title), title


def _depth(tree: Tree) -> int:
    return max((1 if isinstance(e, str) else 1 + _depth(e[1]) for e in tree), default=0)


def write(form: Form, cells: Mapping[Way, str], *, corner: str = "项目", heading: str = "") -> str:
    """The table as HTML, in which every cell is told its headings.

    `heading` stands before the only row of a form that has none of its own.
    """
    width = _depth(form.rows) or int(bool(heading))
    lines = ["<table>", f"<caption>{escape(form.caption)}</caption>", "<thead>"]
    lines += _head(form.columns, corner if width else "", width)
    lines.append("</thead>")
    columns = [way for way, _ in leaves(form.columns)]
    groups = [[entry] for entry in form.rows] or [[]]
    before: Sequence[str] = ()
    for group in groups:
        lines.append("<tbody>")
        heads = dict(_row_heads(group, width)) if group else {(): _th(heading) if heading else ""}
        for row, head in heads.items():
            if head.count("<th") > 1 or len(row) < len(before):
                lines.append("")  # Markdown reads piece by piece, and short pieces quickly
            before = row
            data = "".join(
                f"<td>{escape(cells.get(form.way(row, column), ''))}</td>" for column in columns
            )
            lines.append(f"<tr>{head}{data}</tr>")
        lines.append("</tbody>")
    return "\n".join([*lines, "</table>"])


def _th(title: str, scope: str = "row", across: int = 1, down: int = 1) -> str:
    span = f' colspan="{across}"' if across > 1 else ""
    span += f' rowspan="{down}"' if down > 1 else ""
    return f'<th scope="{scope}"{span}>{escape(title)}</th>'


def _head(columns: Tree, corner: str, width: int) -> list[str]:
    """The rows of column headings, from the outermost."""
    height = _depth(columns)
    rows: list[list[str]] = [[] for _ in range(height)]
    if corner:
        rows[0].append(_th(corner, "col", width, height))

    def walk(tree: Tree, level: int) -> None:
        for entry in tree:
            title, below = (entry, ()) if isinstance(entry, str) else entry
            if below:
                rows[level].append(_th(title, "colgroup", len(list(leaves(below)))))
                walk(below, level + 1)
            else:
                rows[level].append(_th(title, "col", 1, height - level))

    walk(columns, 0)
    return [f"<tr>{''.join(row)}</tr>" for row in rows]


def _row_heads(group: Tree, width: int) -> Iterator[tuple[Sequence[str], str]]:
    """The headings that begin in each row: of an outermost group, of one within it, of the row."""
    begun: set[Sequence[str]] = set()
    all_rows = [way for way, _ in leaves(group)]
    for way in all_rows:
        heads = ""
        for level in range(1, len(way)):
            if (above := way[:level]) not in begun:
                begun.add(above)
                size = sum(other[:level] == above for other in all_rows)
                heads += _th(above[-1], "rowgroup" if level == 1 else "row", 1, size)
        yield way, heads + _th(way[-1], "row", width - len(way) + 1)


# ── Reading back ─────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Cell:
    heads: bool
    column_head: bool
    across: int
    down: int
    row: int
    """The line of the text on which it stands."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A cell of data on a page: its headings, what stands in it, and on which line."""

    row: Sequence[str]
    column: Sequence[str]
    text: str
    line: int


class _Reader(HTMLParser):
    """Gathers the cells of all tables in a text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[_Cell]]] = []
        self._open: _Cell | None = None
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "thead":
            self._in_head = True
        elif tag == "tbody":
            self._in_head = False
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            spans = {name: value for name, value in attrs if (value or "").isdecimal()}
            across, down = (
                min(max(int(spans.get(name) or 1), 1), 99) for name in ("colspan", "rowspan")
            )
            is_head = tag == "th"
            line = self.getpos()[0]
            self._open = _Cell(is_head, is_head and self._in_head, across, down, line)
            self.tables[-1][-1].append(self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open.text += data


def read(text: str) -> list[Found]:
    """The cells of data in the HTML tables of a page, each with its headings."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return [found for table in reader.tables for found in _found(table)]


def _found(table: Sequence[Sequence[_Cell]]) -> Iterator[Found]:
    """The cells of one table; each is put on all squares that it covers, as a browser does."""
    squares: dict[tuple[int, int], _Cell] = {}
    corners: list[tuple[int, int, _Cell]] = []
    for y, row in enumerate(table):
        x = 0
        for cell in row:
            while (y, x) in squares:
                x += 1
            corners.append((y, x, cell))
            for down in range(cell.down):
                for across in range(cell.across):
                    squares.setdefault((y + down, x + across), cell)
            x += cell.across
    for y, x, cell in corners:
        if cell.heads:
            continue
        left = [c for i in range(x) if (c := squares.get((y, i))) and c.heads]
        above = [c for i in range(y) if (c := squares.get((i, x))) and c.column_head]
        yield Found(_titles(left), _titles(above), cell.text.strip(), cell.row)


def _titles(cells: Sequence[_Cell]) -> Sequence[str]:
    distinct = {id(cell): cell for cell in cells}
    return tuple(" ".join(cell.text.split()) for cell in distinct.values())
