"""Pieces: a layer of a file taken apart into texts that know their row and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from disclosure.privacy.detectors import NATURAL, names_numbers
from disclosure.privacy.opening import Layer


@dataclass(frozen=True, slots=True)
class Piece:
    """A text with its place; row and column count from 1, 0 where there are none."""

    text: str
    part: str = ""
    row: int = 0
    column: int = 0
    line: int = 0
    label: str = ""
    """What stands above, as the head of a column does."""
    natural: bool | None = None
    """Whether it is about a natural person, where that is known."""


def readable(content: bytes) -> str:
    """The text of bytes: UTF-8, else GB18030, else what can be read of it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            pass
    return content.decode("utf-8", "replace")


def of(layer: Layer, *, below_names: bool = False) -> Iterator[Piece]:
    """A layer in pieces that know where they stand; or of tables only the columns whose head names
    what is looked for only beside such a word."""
    text = readable(layer.content)
    if layer.form == "table":
        yield from _rows(layer.part, _records(text), below_names)
        return
    if layer.form == "workbook":
        for sheet, rows in _sheets(layer.source):
            yield from _rows(f"{layer.part}{sheet}", enumerate(rows, 1), below_names)
    yield Piece(text, layer.part)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of delimited text, each with the line it begins on."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=first.count))
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error:
        for number, rest in enumerate(text.splitlines()[line - 1 :], line):
            yield number, [rest]


HEAD = 3  # rows that may name the columns


def _rows(part: str, rows: Iterable[tuple[int, list[str]]], below_names: bool) -> Iterator[Piece]:
    rest = iter(rows)
    head = list(islice(rest, HEAD))
    width = max((len(row) for _, row in head), default=0)
    labels = [" ".join(row[n] for _, row in head if n < len(row)) for n in range(width)]
    some = [n for n, label in enumerate(labels, 1) if below_names and names_numbers(label)]
    for number, (line, row) in enumerate(chain(head, rest), 1):
        natural = any(cell.strip() == NATURAL for cell in row)
        chosen = (
            enumerate(row, 1)
            if not below_names
            else [(n, row[n - 1]) for n in some if n <= len(row)]
        )
        for column, cell in chosen:
            if len(cell) > 4:
                label = labels[column - 1] if column <= width and number > 1 else ""
                yield Piece(
                    cell, part, number, column, 0 if line == number else line, label, natural
                )


def _sheets(data: bytes) -> Iterator[tuple[str, list[list[str]]]]:
    """Every sheet of a workbook, hidden ones too; none if the reader cannot make sense of it."""
    from python_calamine import CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield name, [[_cell(value) for value in row] for row in rows]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic inside the reader is not an Exception
        return


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
