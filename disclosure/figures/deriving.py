"""Deriving: figures that are computed from printed ones, so that readers can compute them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from disclosure.diagnostics import Finding
from disclosure.figures import numerals, questions
from disclosure.figures.figure import CHANGE, DIFFERENCE, SHARE, TOTAL, Definition, Figure

POINTS = "个百分点"
"""The unit of the difference of two per cents."""


def given(definition: Definition) -> Figure:
    """A figure that is stated with its source."""
    value = definition.given or Decimal(0)
    name, words = questions.id_of(definition), questions.given(definition)
    return Figure(definition, numerals.rounded(value, definition.decimals), name, words)


def derive(definition: Definition, of: Sequence[Figure]) -> Figure | Finding:
    """A figure from those it names, in their order; or why it cannot be computed."""
    kind, units = definition.kind, [figure.definition.unit for figure in of]
    unit = definition.unit
    if kind in (SHARE, CHANGE):
        amounts = _in_unit(of, units[0])
    else:
        percent = kind == DIFFERENCE and set(units) == {numerals.PERCENT}
        amounts = _in_unit(of, numerals.PERCENT if percent else unit or units[0])
        unit = unit or (POINTS if percent else units[0])
    if amounts is None:
        told = "、".join(f"「{f.definition.name}」是{f.definition.unit or '没有单位'}" for f in of)
        told += f"，要求的是{unit}" if definition.unit and kind in (DIFFERENCE, TOTAL) else ""
        return Finding("N131", definition.place, {"name": definition.name, "units": told})
    if kind in (SHARE, CHANGE) and not amounts[1]:
        first, second = of
        facts = {"first": first.definition.name, "second": second.definition.name}
        facts |= {"number": first.text, "zero": second.text, "name": definition.name}
        return Finding("N130", definition.place, facts)
    decimals = definition.decimals
    if decimals < 0:
        decimals = max(figure.definition.decimals for figure in of)
    definition = replace(definition, unit=unit, decimals=decimals)
    value = numerals.rounded(_computed(kind, amounts), decimals)
    value = value or abs(value)  # there is no minus nothing
    name, words = questions.id_of(definition, of), questions.derived(definition, of)
    return Figure(definition, value, name, words, of=of)


def _computed(kind: str, amounts: Sequence[Decimal]) -> Decimal:
    first, second = amounts[0], amounts[1]
    if kind == SHARE:
        return first * 100 / second
    if kind == CHANGE:
        return (first - second) * 100 / second
    return first - second if kind == DIFFERENCE else sum(amounts, Decimal(0))


def _in_unit(of: Sequence[Figure], unit: str) -> list[Decimal] | None:
    """The values of some figures in one unit; None when they measure different things."""
    found = [numerals.converted(f.value, f.definition.unit, unit) for f in of]
    known = [value for value in found if value is not None]
    return known if len(known) == len(found) else None


def added(total: Figure, parts: Sequence[Figure]) -> tuple[Decimal, str] | None:
    """The sum of some figures in the unit of another, and the sum as it is written; None when they
    measure different things."""
    amounts = _in_unit(parts, total.definition.unit)
    if amounts is None:
        return None
    value = sum(amounts, Decimal(0))
    return value, f"{' + '.join(f'{amount:,f}' for amount in amounts)} = {value:,f}"
