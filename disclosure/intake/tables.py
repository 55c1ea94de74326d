"""Tables: reads the rows that staff keep (CSV, XLSX) as columns of text, and says where each cell stands."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, zip_longest
from pathlib import Path

from disclosure.diagnostics import Finding, Place
from disclosure.intake.workbooks import MAX_CELLS, Grid, is_ole, is_zip, read_workbook

HEADER_ROWS = 15  # how far down a header row is looked for
MAX_CELL = 32_767  # characters; what a cell of a spreadsheet can hold
DELIMITERS = ",\t;"

_BRACKETS = str.maketrans("[]{}〔〕【】〖〗", "()" * 5)
_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\xad]+")
_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
# Control characters, the replacement character, and what it looks like after a second wrong decoding.
_GARBLED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ufffe\uffff]|锟斤拷")
_ERROR_CELL = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|##+)")
_SCIENTIFIC = re.compile(r"[+-]?[1-9](?:\.\d+)?[Ee]\+(?:1\d|[2-9]\d|\d{3})")
_SIGNATURES = {
    b"\x89PNG": "PNG 图片",
    b"\xff\xd8\xff": "JPEG 图片",
    b"GIF8": "GIF 图片",
    b"%PDF": "PDF 文档",
    b"{\\rtf": "RTF 文档",
    b"\x1f\x8b": "压缩包",
    b"7z\xbc\xaf": "压缩包",
    b"Rar!": "压缩包",
    b"SQLite": "数据库文件",
}


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
    What is wrong with many cells of one column is one finding, at the first of them.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return [], [_about("F102", file)]
    except (OSError, ValueError) as error:
        return [], [_about("F103", file, reason=_reason(path, error))]
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n,;"):
        return [], [_about("F101", file)]

    suffix = path.suffix.lower()
    workbook = suffix in {".xlsx", ".xlsm", ".xls", ".et"}
    grids, findings = read_workbook(data, file) if workbook else _read_csv(data, file)
    known = frozenset(filter(None, map(plain, headers)))
    filled = frozenset(map(plain, fill))
    tables: list[Table] = []
    nameless: list[Grid] = []
    for grid in grids:
        table, more = _table(grid, file, known, filled)
        findings += more
        if table:
            tables.append(table)
        else:
            nameless.append(grid)
    # A sheet of notes beside a sheet of rows is usual; a file without any table is a mistake.
    code = "F121" if tables else "F120"
    findings += [_no_header(code, grid, file) for grid in nameless]
    return tables, findings


def _about(code: str, file: str, **facts: object) -> Finding:
    return Finding(code, Place(file), {"name": file.rsplit("/", 1)[-1], **facts})


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, IsADirectoryError) or path.is_dir():
        return "它是一个文件夹"
    if isinstance(error, PermissionError):
        return "没有读取权限"
    return "系统拒绝打开"


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


def _read_csv(data: bytes, file: str) -> tuple[list[Grid], list[Finding]]:
    looks = next((name for start, name in _SIGNATURES.items() if data.startswith(start)), "")
    if is_zip(data):
        looks = "Excel 工作簿（xlsx）" if b"xl/workbook" in data else "压缩包"
    elif is_ole(data):
        looks = "旧版 Office 文件或加密的工作簿"
    if looks:
        return [], [_about("F110", file, looks=f"看起来是{looks}")]
    decoded = _decode(data, file)
    if isinstance(decoded, Finding):
        return [], [decoded]
    if "\x00" in decoded:
        return [], [_about("F110", file, looks="其中含有空字节")]
    return _parse(decoded, file)


def _decode(data: bytes, file: str) -> str | Finding:
    """The text: by byte-order mark, else strict UTF-8, else strict GB18030. Never by likelihood."""
    if data.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8", "gb18030"]
    reached, label = -1, ""
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            # The encoding that got further is the one that was meant.
            if error.start > reached:
                reached, label = error.start, encoding
    line = data[:reached].decode(label, "ignore").count("\n") + 1
    name = label.upper().removesuffix("-SIG")
    facts = {"name": file.rsplit("/", 1)[-1], "offset": reached, "line": line, "encoding": name}
    return Finding("F111", Place(file, line=line), facts)


def _delimiter(lines: Iterable[str]) -> str:
    """The comma, unless the first line that holds any delimiter has more tabs or semicolons."""
    for line in lines:
        counts = {mark: line.count(mark) for mark in DELIMITERS}
        if any(counts.values()):
            return max(DELIMITERS, key=lambda mark: counts[mark])
    return ","


def _parse(text: str, file: str) -> tuple[list[Grid], list[Finding]]:
    lines = list(io.StringIO(text, newline=""))
    delimiter = _delimiter(lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    starts: list[int] = []
    start = 1
    try:
        for row in reader:
            rows.append(row)
            starts.append(start)
            start = reader.line_num + 1
    except csv.Error:
        code, column = _fault("".join(lines[start - 1 :]), delimiter)
        number = len(rows) + 1
        place = Place(file, "", number, column, start if start != number else 0)
        return [], [Finding(code, place, {"rows": f"第 {number} 行", "limit": MAX_CELL})]
    width = max(map(len, rows), default=0)
    if width * len(rows) > MAX_CELLS:
        widest = max(range(len(rows)), key=lambda index: len(rows[index]))
        place = Place(file, "", widest + 1, width)
        return [], [Finding("F122", place, {"height": len(rows), "width": width})]
    columns = [list(column) for column in zip_longest(*rows, fillvalue="")]
    differ = bool(starts) and starts[-1] != len(starts)
    return [Grid("", columns, lines=starts if differ else None)], []


def _fault(text: str, delimiter: str) -> tuple[str, int]:
    """Why the record at the start of `text` could not be read: code and 1-based column."""
    bare = re.compile(rf"[^{delimiter}\r\n]*")
    position, column = 0, 1
    while True:
        quoted = text.startswith('"', position)
        match = (_QUOTED if quoted else bare).match(text, position)
        if match is None:
            return "F113", column
        position = match.end()
        if position < len(text) and text[position] not in f"{delimiter}\r\n":
            return "F113", column
        if match.end() - match.start() > MAX_CELL:
            return "F115", column
        if position >= len(text) or text[position] != delimiter:
            return "F113", column
        position, column = position + 1, column + 1


# ── From a grid of cells to a table ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Header:
    """Where the header ends (0-based row) and the name of every column of the grid."""

    last: int
    names: list[str]


def _find_header(grid: Grid, known: frozenset[str]) -> _Header | None:
    """The row, or pair of rows, with most known names: a single row before a pair, an upper one first.

    Of two equally good readings the pair wins where a cell is merged over both of its rows.
    """
    best: tuple[int, bool] = (0, False)
    found: _Header | None = None
    for row in range(min(HEADER_ROWS, grid.height)):
        top = [column[row] for column in grid.columns]
        readings = [(row, top, False)]
        if row + 1 < grid.height:
            bottom = [column[row + 1] for column in grid.columns]
            merged = any(top == row and bottom == row + 1 for top, _, bottom, _ in grid.merges)
            readings.append((row + 1, _joined(_groups(grid, row, top, bottom), bottom, known), merged))
        for last, names, merged in readings:
            score = (len(known.intersection(map(plain, filter(None, names)))), merged)
            if score[0] and score > best:
                best, found = score, _Header(last, names)
    return found


def _groups(grid: Grid, row: int, top: list[str], bottom: list[str]) -> list[str]:
    """The upper header row with group names repeated over all their columns."""
    filled = list(top)
    if grid.sheet:
        for first, left, _, right in grid.merges:
            if first == row:
                filled[left : right + 1] = [top[left]] * len(filled[left : right + 1])
        return filled
    for number in range(1, len(filled)):
        if not filled[number].strip() and bottom[number].strip():
            filled[number] = filled[number - 1]
    return filled


def _joined(tops: list[str], bottoms: list[str], known: frozenset[str]) -> list[str]:
    """One name per column of a two-row header: the most telling one that is known."""
    names = []
    for top, bottom in zip(tops, bottoms, strict=True):
        both = top + bottom if top.strip() != bottom.strip() else bottom
        if not bottom.strip():
            names.append(top)
        elif plain(both) not in known and plain(bottom) in known:
            names.append(bottom)
        else:
            names.append(both)
    return names


def _table(
    grid: Grid, file: str, known: frozenset[str], fill: frozenset[str]
) -> tuple[Table | None, list[Finding]]:
    header = _find_header(grid, known)
    if header is None:
        return None, []
    first = header.last + 1
    named = [number for number, name in enumerate(header.names) if name.strip()]
    note = _Notes(grid, file, header)
    _merged_cells(grid, header, fill, note)
    for mark in grid.marks:
        if mark.row >= first and mark.column in set(named):
            note.add(mark.code, mark.row, mark.column, **mark.facts)
    for number in range(len(grid.columns)):
        if number in set(named):
            _check_cells(grid.columns[number], first, number, note)
        else:
            for row in _where(grid.columns[number], first, str.strip):
                note.add("F114", row, number)

    columns = [grid.columns[number] for number in named]
    body = [bool(any(map(str.strip, row))) for row in zip(*(c[first:] for c in columns), strict=True)]
    whole = all(body)
    rows: Sequence[int] = range(first + 1, grid.height + 1)
    lines: Sequence[int] | None = grid.lines[first:] if grid.lines else None
    if not whole:
        rows = list(compress(rows, body))
        lines = list(compress(lines, body)) if lines else None
    table = Table(
        file=file,
        sheet=grid.sheet,
        header_row=first,
        columns=tuple(
            Column(
                header.names[number],
                number + 1,
                column[first:] if whole else list(compress(column[first:], body)),
            )
            for number, column in zip(named, columns, strict=True)
        ),
        rows=rows,
        lines=lines,
    )
    return table, list(note.findings())


class _Notes:
    """Gathers what is wrong with cells, so that a column with a thousand bad cells is one finding."""

    def __init__(self, grid: Grid, file: str, header: _Header) -> None:
        self._grid, self._file, self._names = grid, file, header.names
        self._cells: dict[tuple[str, int], list[int]] = {}
        self._facts: dict[tuple[str, int], dict[str, object]] = {}

    def add(self, code: str, row: int, column: int, **facts: object) -> None:
        self._cells.setdefault((code, column), []).append(row)
        self._facts.setdefault((code, column), facts)

    def findings(self) -> Iterator[Finding]:
        for (code, column), rows in self._cells.items():
            first = min(rows)
            line = self._grid.lines[first] if self._grid.lines else 0
            place = Place(self._file, self._grid.sheet, first + 1, column + 1, line)
            facts = {
                "header": shorten(self._names[column], 40),
                "rows": _row_list(sorted(set(rows))),
                "number": column + 1,
                "limit": MAX_CELL,
                "more": f" 等 {len(rows)} 处" if len(rows) > 1 else "",
            }
            yield Finding(code, place, facts | self._facts[code, column])


def _row_list(rows: list[int]) -> str:
    shown = "、".join(str(row + 1) for row in rows[:5])
    return f"第 {shown} 行" if len(rows) <= 5 else f"第 {shown} 行等 {len(rows)} 行"


def shorten(text: str, length: int) -> str:
    """`text` on one line and at most `length` characters long."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _where(values: list[str], first: int, test: Callable[[str], object]) -> Iterator[int]:
    return (row for row in range(first, len(values)) if test(values[row]))


def _check_cells(values: list[str], first: int, number: int, note: _Notes) -> None:
    """Notes cells that no cell should be; blanks error values and cuts what is too long."""
    if max(map(len, values)) > MAX_CELL:
        for row in _where(values, first, lambda value: len(value) > MAX_CELL):
            note.add("F115", row, number)
            values[row] = values[row][:MAX_CELL]
    text = "\n".join(values)
    if _GARBLED.search(text):
        for row in _where(values, first, _GARBLED.search):
            note.add("F112", row, number)
    if "#" in text:
        for row in _where(values, first, lambda value: _ERROR_CELL.fullmatch(value.strip())):
            note.add("F136", row, number, error=values[row].strip()[:10])
            values[row] = ""
    if "E+" in text or "e+" in text:
        for row in _where(values, first, lambda value: _SCIENTIFIC.fullmatch(value.strip())):
            note.add("F137", row, number)


def _merged_cells(grid: Grid, header: _Header, fill: frozenset[str], note: _Notes) -> None:
    """Fills merged body cells down where the header is in `fill`; notes the others that hold a value."""
    for top, left, bottom, right in grid.merges:
        if bottom <= header.last or top >= grid.height or left >= len(grid.columns):
            continue
        value = grid.columns[left][top]
        if not value.strip() or top <= header.last:
            continue
        if left == right and plain(header.names[left]) in fill:
            last = min(bottom, grid.height - 1)
            grid.columns[left][top : last + 1] = [value] * (last + 1 - top)
        elif header.names[left].strip():
            area = f"{cell_name(top, left)}:{cell_name(bottom, right)}"
            note.add("F135", top, left, area=area)


def cell_name(row: int, column: int) -> str:
    """A1-style name of a cell given by 0-based numbers."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _no_header(code: str, grid: Grid, file: str) -> Finding:
    """Shows the first filled row, shortened, with long numbers hidden: it may be data, not a header."""
    for row in range(grid.height):
        cells = [column[row] for column in grid.columns if column[row].strip()]
        if cells:
            break
    shown = "、".join(re.sub(r"\d{5,}", "…", shorten(cell, 12)) for cell in cells[:6])
    place = Place(file, grid.sheet, row + 1)
    more = "……" if len(cells) > 6 else ""
    facts = {"sheet": grid.sheet, "limit": HEADER_ROWS, "cells": shown + more}
    return Finding(code, place, facts)

