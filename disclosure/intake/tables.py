"""Tables: reads the rows that staff keep (CSV, XLSX) as columns of text, and says where each cell stands."""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, pairwise
from pathlib import Path

from disclosure.diagnostics import Finding, Place, name_rows
from disclosure.intake.grids import MAX_CELL, Grid, area, letters
from disclosure.intake.separated import read_separated
from disclosure.intake.workbooks import read_workbook

MAX_BYTES = 512_000_000  # of a CSV file
MAX_WORKBOOK = 64_000_000  # of a workbook, which is packed
HEADER_ROWS = 15  # how far down a header row is looked for
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".et"})

_BRACKETS = str.maketrans("[]{}〔〕【】〖〗", "()" * 5)
_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\xad]+")
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|##+)")
_SCIENTIFIC = re.compile(r"[+-]?[1-9](?:\.\d+)?[Ee]\+(?:1\d|[2-9]\d|\d{3})")
# What GB18030 makes of text that was already damaged: replacement characters, uninitialised memory.
_GARBLED = re.compile("锟斤拷|烫烫烫|屯屯屯")


@dataclass(frozen=True, slots=True)
class Column:
    """One column below its header; `values` holds a text for every row of the table."""

    header: str  # as written; the two rows of a two-row header joined
    number: int  # 1-based, as in the sheet
    values: list[str]  # as written, "" if blank


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one sheet, column by column. Columns without a header and blank rows are left out."""

    file: str  # the name findings use
    sheet: str  # "" for CSV
    header_row: int  # 1-based; the last row of the header
    columns: tuple[Column, ...]
    rows: Sequence[int]  # 1-based spreadsheet row of each row
    lines: Sequence[int] | None  # 1-based text line of each row, when it differs from `rows`

    def place(self, index: int, column: Column | None = None) -> Place:
        """Where row `index` (from 0) stands, or its cell in `column`."""
        line = self.lines[index] if self.lines else 0
        return Place(self.file, self.sheet, self.rows[index], column.number if column else 0, line)


def plain(header: str) -> str:
    """A header's comparison form: NFKC, no white space, one kind of bracket, lower case."""
    folded = unicodedata.normalize("NFKC", header).translate(_BRACKETS).casefold()
    return _BLANKS.sub("", folded)


def read(
    path: Path, *, file: str, headers: Collection[str], fill: Collection[str] = ()
) -> tuple[list[Table], list[Finding]]:
    """The tables of a CSV or XLSX file, and everything that is wrong with it as a file.

    `headers` are the header texts that are known: they tell the header row from titles above it.
    Merged cells below a header in `fill` are filled down. Whatever the bytes are, nothing is raised.
    The same fault in many cells of a column is one finding, at the first of them.
    """
    name = file.rsplit("/", 1)[-1]
    is_workbook = path.suffix.lower() in WORKBOOKS
    most = MAX_WORKBOOK if is_workbook else MAX_BYTES
    try:
        if (about := path.stat()).st_size > most:
            facts = {"name": name, "what": f"超过 {most // 1_000_000} MB"}
            return [], [Finding("F141", Place(file), facts)]
        if not (stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)):
            return [], []  # reading a pipe or a device may never end; their folder has the finding
        data = path.read_bytes()
    except FileNotFoundError:
        return [], [Finding("F102", Place(file), {"name": name})]
    except (OSError, ValueError) as error:
        folder = isinstance(error, IsADirectoryError)
        reason = "它是一个文件夹" if folder else "没有读取权限，或系统拒绝打开"
        return [], [Finding("F103", Place(file), {"name": name, "reason": reason})]
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n,;"):
        return [], [Finding("F101", Place(file), {"name": name})]

    read_grids = read_workbook if is_workbook else read_separated
    grids, findings = read_grids(data, file)
    known = frozenset(filter(None, map(plain, headers)))
    filled = frozenset(map(plain, fill))
    tables: list[Table] = []
    headless: list[Grid] = []
    for grid in grids:
        if header := _find_header(grid, known):
            table, more = _table(grid, file, header, filled)
            tables.append(table)
            findings += more
        else:
            headless.append(grid)
    # A sheet of notes beside a sheet of rows is usual; a file without any table is a mistake.
    code = "F121" if tables else "F120"
    findings += [_no_header(code, grid, file) for grid in headless]
    return tables, findings


# ── The header ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Header:
    """The last row of the header (from 0) and a name for every column of the grid."""

    last: int
    names: list[str]


def _find_header(grid: Grid, known: frozenset[str]) -> _Header | None:
    """The row, or the pair of rows, with most known names; of equal ones a single row, the upper one.

    A pair wins over an equal single row if a cell is merged over both of its rows.
    """
    rows = [
        [column[row] for column in grid.columns] for row in range(min(HEADER_ROWS, grid.height))
    ]
    readings = [(_Header(row, names), False) for row, names in enumerate(rows)]
    for row, (upper, lower) in enumerate(pairwise(rows)):
        names = _joined(_groups(grid, row, upper, lower), lower, known)
        spanned = any((top, bottom) == (row, row + 1) for top, _, bottom, _ in grid.merges)
        readings.append((_Header(row + 1, names), spanned))
    best: tuple[int, bool] = (0, True)
    found: _Header | None = None
    for header, spanned in readings:
        score = (len(known.intersection(map(plain, filter(None, header.names)))), spanned)
        if score > best:
            best, found = score, header
    return found


def _groups(grid: Grid, row: int, upper: list[str], lower: list[str]) -> list[str]:
    """The upper header row with the names of groups repeated over all their columns."""
    names = list(upper)
    if grid.merges:
        for top, left, _, right in grid.merges:
            if top == row and left < len(names):
                names[left : right + 1] = [upper[left]] * len(names[left : right + 1])
        return names
    for column in range(1, len(names)):
        if not names[column].strip() and lower[column].strip():
            names[column] = names[column - 1]
    return names


def _joined(uppers: list[str], lowers: list[str], known: frozenset[str]) -> list[str]:
    """One name per column of a two-row header: both joined, unless only the lower one is known."""
    names = []
    for upper, lower in zip(uppers, lowers, strict=True):
        both = upper + lower if upper.strip() != lower.strip() else lower
        names.append(lower if plain(both) not in known and plain(lower) in known else both)
    return names


def _no_header(code: str, grid: Grid, file: str) -> Finding:
    """Shows the first filled row, cut short and without long numbers: it may hold data, not headers."""
    rows = (list(filter(str.strip, row)) for row in zip(*grid.columns, strict=True))
    row, cells = next(((row, cells) for row, cells in enumerate(rows) if cells), (0, []))
    shown = "、".join(_shorten(re.sub(r"\d{5,}", "…", cell), 12) for cell in cells[:6])
    more = "……" if len(cells) > 6 else ""
    facts = {"sheet": grid.sheet, "limit": HEADER_ROWS, "cells": shown + more}
    return Finding(code, Place(file, grid.sheet, row + 1), facts)


# ── The body ─────────────────────────────────────────────────────────────────────────────────────


def _table(
    grid: Grid, file: str, header: _Header, fill: frozenset[str]
) -> tuple[Table, list[Finding]]:
    first = header.last + 1
    named = [number for number, name in enumerate(header.names) if name.strip()]
    kept = _filled_rows([grid.columns[number] for number in named], first)
    notes = _Notes(grid, file, header)
    _hidden(grid, header, notes)
    _merged(grid, header, fill, notes)
    for mark in grid.marks:
        if mark.row >= first and mark.column in set(named):
            notes.add(mark.code, mark.row, mark.column)
    for number in set(range(len(grid.columns))) - set(named):
        notes.search("F114", number, str.strip)
    _check_cells(grid, named, notes)

    def body(values: Sequence[str]) -> list[str]:
        return list(compress(values[first:], kept) if kept else values[first:])

    rows: Sequence[int] = range(first + 1, grid.height + 1)
    lines: Sequence[int] | None = grid.lines and grid.lines[first:]
    if kept:
        rows = list(compress(rows, kept))
        lines = lines and list(compress(lines, kept))
    columns = (Column(header.names[n], n + 1, body(grid.columns[n])) for n in named)
    return Table(file, grid.sheet, first, tuple(columns), rows, lines), list(notes.findings())


def _filled_rows(columns: list[list[str]], first: int) -> list[bool] | None:
    """Which rows hold something; None if all do, which one full column is enough to tell."""
    if any(all(map(str.strip, column[first:])) for column in columns):
        return None
    return [any(map(str.strip, row)) for row in zip(*(c[first:] for c in columns), strict=True)]


class _Notes:
    """Gathers faults of cells, so that a column with a thousand bad cells makes one finding."""

    def __init__(self, grid: Grid, file: str, header: _Header) -> None:
        self._grid, self._file = grid, file
        self._names, self._first = header.names, header.last + 1
        self._rows: dict[tuple[str, int], list[int]] = {}
        self._facts: dict[tuple[str, int], dict[str, object]] = {}

    def add(self, code: str, row: int, column: int, **facts: object) -> None:
        self._rows.setdefault((code, column), []).append(row)
        self._facts.setdefault((code, column), facts)

    def search(self, code: str, column: int, test: Callable[[str], object]) -> list[int]:
        """Notes every cell of a column's body that passes `test`; gives their rows."""
        values = self._grid.columns[column]
        rows = [row for row in range(self._first, len(values)) if test(values[row])]
        for row in rows:
            self.add(code, row, column)
        return rows

    def findings(self) -> Iterator[Finding]:
        for (code, column), found in self._rows.items():
            rows = sorted(set(found))
            line = self._grid.lines[rows[0]] if self._grid.lines else 0
            facts = {
                "header": _shorten(self._names[column], 40),
                "number": column + 1,
                "rows": name_rows([row + 1 for row in rows]),
                "more": f" 等 {len(found)} 处" if len(found) > 1 else "",
                "limit": MAX_CELL,
            }
            place = Place(self._file, self._grid.sheet, rows[0] + 1, column + 1, line)
            yield Finding(code, place, facts | self._facts[code, column])


def _shorten(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _check_cells(grid: Grid, named: list[int], notes: _Notes) -> None:
    """Notes cells that no cell should be; blanks error values and cuts what is too long.

    Every search runs over the whole text first, and over single cells only if it finds anything.
    """
    garbled = _GARBLED.search(grid.text)
    errors, scientific = "#" in grid.text, "E+" in grid.text or "e+" in grid.text
    for number in named:
        values = grid.columns[number]
        if max(map(len, values)) > MAX_CELL:
            for row in notes.search("F115", number, lambda value: len(value) > MAX_CELL):
                values[row] = values[row][:MAX_CELL]
        if garbled:
            notes.search("F112", number, _GARBLED.search)
        if errors:
            for row in notes.search("F136", number, lambda value: _ERROR.fullmatch(value.strip())):
                values[row] = ""
        if scientific:
            notes.search("F137", number, lambda value: _SCIENTIFIC.fullmatch(value.strip()))


def _merged(grid: Grid, header: _Header, fill: frozenset[str], notes: _Notes) -> None:
    """Fills merged body cells down where the header is in `fill`; notes others that hold a value."""
    for top, left, bottom, right in grid.merges:
        if top <= header.last or top >= grid.height or left >= len(grid.columns):
            continue
        column, name = grid.columns[left], header.names[left]
        if not column[top].strip() or not name.strip():
            continue
        if left == right and plain(name) in fill:
            end = min(bottom + 1, grid.height)
            column[top:end] = [column[top]] * (end - top)
        else:
            notes.add("F135", top, left, area=area(top, left, bottom, right))


def _hidden(grid: Grid, header: _Header, notes: _Notes) -> None:
    """Notes hidden rows and columns that will be read: people hide what they mean to keep back."""
    for row in grid.hidden_rows:
        if header.last < row < grid.height and any(column[row].strip() for column in grid.columns):
            notes.add("F134", row, -1, what="行")
    for column in grid.hidden_columns:
        if column < len(header.names) and header.names[column].strip():
            notes.add("F134", header.last, column, what="列", rows=f"第 {letters(column)} 列")
