"""Escaping: the apostrophe that keeps a CSV cell from becoming a formula, put before it and taken off.

A spreadsheet runs a cell of a CSV file that begins with = + - or @ (some also their full-width
forms, or after blanks and quotes) as a formula. Such a cell is written with an apostrophe before it,
as OWASP advises; a cell that already has one before such a beginning gets another, so that taking
one off gives every text back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FORMULA = re.compile(
    r"['\"\s\xad\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u2064\u3164\ufeff]*[=+\-@＝＋－＠﹦﹢﹣﹫\t\r]"
)


def defuse(text: str) -> str:
    """The text as a CSV cell: no spreadsheet takes it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def restore(text: str) -> str:
    """The text that a CSV cell stands for: `restore(defuse(text)) == text`."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text, 1) else text


def restore_all(columns: Sequence[list[str]], text: str) -> None:
    """Takes the apostrophes off all cells in place; `text` is what the cells were read from."""
    if "'" not in text:
        return
    for column in columns:
        for row, cell in enumerate(column):
            if cell[:1] == "'":
                column[row] = restore(cell)
