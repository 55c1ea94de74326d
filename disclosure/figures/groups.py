"""Groups: which values of its column a group figure may name, and what each of them is called."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from disclosure.figures import conditions
from disclosure.figures.figure import COUNT, SUM, Figure
from disclosure.schema import NOT_APPLICABLE, Schema

REST = "其余（已全部不再列示）"
"""How the other groups are called, all together."""


def told(figure: Figure, schema: Schema | None) -> Mapping[str, Figure]:
    """The groups that may be named in public, by what they are called, in their order.

    A value that only rows no longer on show have, such as the name of a company whose penalty was
    withdrawn, would be a trace of them. What the schema itself names is none, nor is a year.
    """
    by = conditions.axis(schema, figure.definition.by) if schema and figure.groups else None
    if by is None:
        return {}
    known = {conditions.BLANK, NOT_APPLICABLE, *by.order}
    return {
        by.show("" if value == conditions.BLANK else value): member
        for value, member in figure.groups.items()
        if by.cut or value in known or len(member.rows) or not any(member.hidden.values())
    }


def rest(figure: Figure, members: Mapping[str, Figure]) -> list[Figure]:
    """The groups that are not told."""
    named = {member.id for member in members.values()}
    return [member for member in figure.groups.values() if member.id not in named]


def amount(figure: Figure, others: list[Figure]) -> str:
    """What some groups of a figure come to; "" where they cannot be added up."""
    added = figure.definition.kind in (COUNT, SUM)
    return f"{sum((other.value for other in others), Decimal(0)):,}" if added else ""
