"""Objects: rows as JSON, one object on each line, by the names of the columns and with nothing lost."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from disclosure.schema import NOT_APPLICABLE, Field

WORDS = {"是": True, "否": False}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DIGITS = 15
"""So many digits every program keeps (RFC 7493 §2.2); longer numbers stay texts, as in a workbook."""


def lines(fields: Sequence[Field], cells: Mapping[str, Sequence[str]]) -> str:
    """The rows of an array in JSON, without its brackets."""
    made = []
    for field in fields:
        opening = f"{json.dumps(field.name)}:"
        told = {cell: opening + value(field, cell) for cell in dict.fromkeys(cells[field.name])}
        made.append([told[cell] for cell in cells[field.name]])
    return ",\n".join([f"{{{','.join(row)}}}" for row in zip(*made, strict=True)])


def value(field: Field, cell: str) -> str:
    """A cell as JSON: numbers digit by digit as they are written, lists as arrays, 是 and 否 as true
    and false; null where it is empty, 不适用 as a text."""
    if not cell:
        return "null"
    if cell != NOT_APPLICABLE:
        if field.type in ("number", "integer", "year"):
            if _NUMBER.fullmatch(cell) and len(re.sub(r"\D", "", cell)) <= _DIGITS:
                return cell
        elif field.type == "boolean" and cell in WORDS:
            return json.dumps(WORDS[cell])
        elif field.type == "list":
            return json.dumps(field.parts(cell), ensure_ascii=False)
    return json.dumps(cell, ensure_ascii=False)
