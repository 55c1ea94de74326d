"""Tallies: what figure definitions come to, counted out of all rows that the collections keep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from disclosure.figures import figure, numerals
from disclosure.intake.tables import plain
from disclosure.relations import Source
from disclosure.schema import Field

Entries = Mapping[str, Mapping[str, Any]]
"""Figure definitions by name, as `figures:` in the head of a page writes them."""
YEAR, MONTH = "年度", "月份"


def evaluate(entries: Entries, sources: Mapping[str, Source]) -> dict[str, Decimal]:
    """The value of every definition, as it is printed. They must be sound: these are made by program."""
    found: dict[str, Decimal] = {}

    def value(name: str) -> Decimal:
        if name not in found:
            entry = entries[name]
            derived = next((kind for kind in figure.DERIVED if kind in entry), "")
            if derived:
                result = _derived(derived, [value(other) for other in entry[derived]])
            elif figure.GIVEN in entry:
                result = Decimal(str(entry[figure.GIVEN]))
            else:
                result = _counted(entry, sources)
            found[name] = numerals.rounded(result, int(entry.get("decimals", _decimals(result))))
        return found[name]

    for name in entries:
        value(name)
    return found


def _decimals(value: Decimal) -> int:
    """As many as a sum of printed figures or a stated one has."""
    return max(-int(value.as_tuple().exponent), 0)


def _derived(kind: str, values: list[Decimal]) -> Decimal:
    if kind == figure.TOTAL:
        return sum(values, Decimal(0))
    first, second = values
    if kind == figure.DIFFERENCE:
        return first - second
    if not second:
        return Decimal(0)
    return (first if kind == figure.SHARE else first - second) / second * 100


def _counted(entry: Mapping[str, Any], sources: Mapping[str, Source]) -> Decimal:
    if figure.COUNT in entry:
        source = sources[entry[figure.COUNT]]
        return Decimal(int(_chosen(source, entry.get("where", {})).sum()))
    kind = figure.SUM if figure.SUM in entry else figure.DISTINCT
    collection, _, title = entry[kind].partition(".")
    source = sources[collection]
    field = _field(source, title)
    cells = source.frame.loc[_chosen(source, entry.get("where", {})), field.name]
    if kind == figure.DISTINCT:
        return Decimal(len(set(cells) - {""}))
    total = sum((Decimal(c) for c in cells if _is_number(c)), Decimal(0))
    converted = numerals.converted(total, field.unit, entry.get("unit", field.unit))
    return total if converted is None else converted


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).isdecimal()


def _field(source: Source, title: str) -> Field:
    """A column by its name, its title, or another header that it is met under."""
    if title in source.schema.by_name:
        return source.schema.by_name[title]
    return source.schema.headers[plain(title)][0]


def _chosen(source: Source, where: Mapping[str, Any]) -> pd.Series[bool]:
    """Which rows meet every condition."""
    chosen = pd.Series(True, index=source.frame.index)
    for title, wanted in where.items():
        if title in (YEAR, MONTH) and title not in source.schema.by_name:
            cells = source.frame[source.schema.date].str[: 4 if title == YEAR else 7]
            chosen &= _meets(cells, Field(title, title), wanted)
        else:
            field = _field(source, title)
            chosen &= _meets(source.frame[field.name], field, wanted)
    return chosen


def _meets(cells: pd.Series[str], field: Field, wanted: Any) -> pd.Series[bool]:
    if isinstance(wanted, dict):
        low, high = (_text(wanted[k]) if k in wanted else None for k in ("from", "to"))
        meeting = [cell for cell in cells.unique() if _between(cell, low, high, field.type)]
        return cells.isin(meeting)
    texts = {_text(one) for one in (wanted if isinstance(wanted, list) else [wanted])}
    if texts == {"空"}:
        return cells == ""
    if texts == {"非空"}:
        return cells != ""
    return cells.isin([cell for cell in cells.unique() if texts & set(field.parts(cell))])


def _between(cell: str, low: str | None, high: str | None, kind: str) -> bool:
    if not cell:
        return False
    if kind in ("number", "integer"):
        if not _is_number(cell):
            return False
        value = Decimal(cell)
        return (low is None or value >= Decimal(low)) and (high is None or value <= Decimal(high))
    return (low is None or cell >= low) and (high is None or cell <= high)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
