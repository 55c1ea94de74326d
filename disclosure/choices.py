"""Choices: by which columns rows can be narrowed down, to which values, and where the list of each lies."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from disclosure.schema import NOT_APPLICABLE, Field, Schema

AMOUNTS = (
    "无",
    "1千元以下",
    "1千–5千元",
    "5千–1万元",
    "1万–5万元",
    "5万–10万元",
    "10万–50万元",
    "50万元以上",
)
"""Ranges of money: nothing, then from the edge of each on."""
_EDGES = (1_000, 5_000, 10_000, 50_000, 100_000, 500_000)
ORGAN, AMOUNT, STATUS = ("organ", "机关"), ("amount", "金额"), ("status", "状态")
"""Facets that several collections share, by name and title."""
_SLUGS = dict(
    zip(AMOUNTS, ("none", "below-1000", *(f"from-{edge}" for edge in _EDGES)), strict=True)
)
"""How the addresses of lists name the ranges of money."""


@dataclass(frozen=True, eq=False)
class Facet:
    """A way to narrow down rows by the values of a column."""

    name: str
    title: str
    column: str
    values: Callable[[str], Sequence[str]]
    """The values that a cell counts for."""
    order: Sequence[str] = ()


def of(schema: Schema, filled: Sequence[Field]) -> Iterator[Facet]:
    """The ways to narrow down the rows of a collection; `filled` are the public fields that are not
    blank in all of them."""
    money = [f.name for f in schema.public_fields if f.type == "number" and f.unit == "元"][:1]
    for field in filled:
        if field.name in money:
            yield Facet(*AMOUNT, field.name, amounts, AMOUNTS)
        elif field.name == ORGAN[0]:
            yield Facet(*ORGAN, field.name, field.parts)
        elif field.name == STATUS[0]:
            yield Facet(*STATUS, field.name, field.parts, field.enum)
        elif field.name in schema.views:
            yield Facet(
                field.title, field.title, field.name, field.parts, field.enum or list(field.slugs)
            )


def shared(schema: Schema, filled: Sequence[Field]) -> Iterator[Facet]:
    """Those of amount, organ and status, where the schema itself names no list of them."""
    for facet in of(schema, filled):
        if facet.name in (AMOUNT[0], ORGAN[0], STATUS[0]) and facet.column not in schema.views:
            yield facet


def folder(schema: Schema, facet: Facet, value: str) -> str:
    """Where, below its collection, the list of one value of such a facet lies."""
    return f"{facet.name}-{_SLUGS.get(value) or schema.by_name[facet.column].slug(value)}"


def amounts(text: str) -> Sequence[str]:
    """The range that an amount in 元 belongs to."""
    value = Decimal(text) if text and text != NOT_APPLICABLE else Decimal(0)
    return (AMOUNTS[bisect_right(_EDGES, value) + 1] if value else AMOUNTS[0],)
