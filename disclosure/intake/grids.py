"""Grids: the cells of one sheet as columns of text, before anybody knows what they mean."""

from __future__ import annotations

from dataclasses import dataclass

MAX_CELL = 32_767  # characters; what a cell of a spreadsheet can hold


@dataclass(frozen=True, slots=True)
class Mark:
    """Something wrong with one cell (row and column from 0), seen while reading."""

    code: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one sheet from A1 on; all columns are equally long, numbers count from 0."""

    sheet: str  # "" for CSV
    columns: list[list[str]]
    text: str  # every cell once, in any order: what searches over all cells look at
    lines: list[int] | None = None  # 1-based text line of each row, if not simply its number
    merges: tuple[tuple[int, int, int, int], ...] = ()  # top, left, bottom, right
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def height(self) -> int:
        return len(self.columns[0]) if self.columns else 0


def letters(column: int) -> str:
    """The letters a spreadsheet shows above a column given from 0: A, B, … Z, AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def area(top: int, left: int, bottom: int, right: int) -> str:
    """A range as a spreadsheet writes it: B5:B7."""
    return f"{letters(left)}{top + 1}:{letters(right)}{bottom + 1}"
