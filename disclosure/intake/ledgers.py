"""Ledgers: a CSV file of which some rows change and some are added, while all others stay byte for byte."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from disclosure.diagnostics import Finding
from disclosure.intake import separated


@dataclass(slots=True)
class Edit:
    """What is to change in one file. Rows and columns count from 1, as in findings."""

    header: int = 1
    """The last row of the header."""
    columns: list[str] = field(default_factory=list)
    """Headers of columns to be added at the right."""
    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    """Texts to be replaced, by row and column."""
    added: dict[int, list[Mapping[int, str]]] = field(default_factory=dict)
    """Rows to be added, by the row that they follow, each by column."""


def write(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A whole file: UTF-8, comma, LF, quotes only where they are needed."""
    return "".join(_line(row, ",", "\n") for row in (headers, *rows)).encode()


def width(content: bytes) -> int:
    """How many columns the file has."""
    return max((len(cells) for cells, _ in _records(_text(content))[0]), default=0)


def apply(content: bytes, edit: Edit) -> bytes:
    """The file with the edit made. Delimiter, line ends and byte-order mark stay; the rest is UTF-8.

    Rows that do not change stay shorter than the header when columns are added: readers take them for
    blank there, and a comparison of versions shows the header and the rows that are new.
    """
    text = _text(content)
    records, delimiter = _records(text)
    end = next((mark for mark in ("\r\n", "\n", "\r") if records[0][1].endswith(mark)), "\n")
    wide = max(len(cells) for cells, _ in records)
    total = wide + len(edit.columns)
    lines: list[str] = []
    for number, (cells, raw) in enumerate(records, 1):
        changed = edit.cells.get(number, {})
        if number == edit.header and edit.columns:
            changed = dict(enumerate(edit.columns, wide + 1))
        if changed:
            filled = cells + [""] * (total - len(cells))
            for column, cell in changed.items():
                filled[column - 1] = cell
            raw = _line(filled, delimiter, end)
        lines.append(raw)
        for row in edit.added.get(number, ()):
            if not lines[-1].endswith(("\r", "\n")):
                lines[-1] += end
            filled = [row.get(column, "") for column in range(1, total + 1)]
            lines.append(_line(filled, delimiter, end))
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    return mark + "".join(lines).encode()


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(content: bytes) -> str:
    text = separated.decode(content, "")
    if isinstance(text, Finding):
        raise ValueError("not a text that can be read")
    return text


def _records(text: str) -> tuple[list[tuple[list[str], str]], str]:
    """Every record: its cells, and the text as it is written, line end included; and the delimiter."""
    lines = list(io.StringIO(text, newline=""))
    delimiter = separated.delimiter_of(lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    records, start = [], 0
    for cells in reader:
        records.append((cells, "".join(lines[start : reader.line_num])))
        start = reader.line_num
    return records, delimiter


def _line(cells: Sequence[str], delimiter: str, end: str) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, delimiter=delimiter, lineterminator=end).writerow(cells)
    return line.getvalue()
