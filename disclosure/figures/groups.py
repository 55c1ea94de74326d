"""Groups: which values of its column a group figure may name: those of the schema, and of rows on show."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from disclosure.figures.figure import COUNT, SUM, Figure
from disclosure.schema import NOT_APPLICABLE, Field

REST = "其余（已全部不再列示）"
"""How the other groups are called, all together."""


def told(figure: Figure, field: Field | None) -> Mapping[str, Figure]:
    """The groups that may be named in public, in their order; `field` is the column they go by.

    A value that only rows no longer on show have, such as the name of a company whose penalty was
    withdrawn, would be a trace of them. What the schema itself names is none.
    """
    known = {"", NOT_APPLICABLE, *((*field.enum, *field.slugs) if field else ())}
    return {
        value: member
        for value, member in figure.groups.items()
        if field is None or value in known or len(member.rows) or not any(member.hidden.values())
    }


def rest(figure: Figure, members: Mapping[str, Figure]) -> str:
    """What the groups that are not told come to; "" where they cannot be added up."""
    if figure.definition.kind not in (COUNT, SUM):
        return ""
    others = (m.value for value, m in figure.groups.items() if value not in members)
    return f"{sum(others, Decimal(0)):,}"
