"""Counting: figures counted out of all rows of a collection, on show or not, with the rows behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

import numpy as np
import pandas as pd

from disclosure.diagnostics import Finding
from disclosure.figures import conditions, numerals, questions
from disclosure.figures.conditions import BLANK, Axis, Choice, Condition
from disclosure.figures.figure import COUNT, SUM, Definition, Figure
from disclosure.schema import NOT_APPLICABLE, Schema, nearest

MOST_GROUPS = 200
"""Groups that a figure may have; each has a page of its rows."""
_SAFE = 2**62
"""Sums that stay below it are exact in 64 bits."""

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
Codes = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Column:
    """A column as numbers: each row's cell is `cells[codes[row]]`."""

    codes: Codes
    cells: list[str]

    @cached_property
    def scaled(self) -> tuple[np.ndarray[tuple[int], np.dtype[np.generic]], int]:
        """The cells as whole numbers in units of the last decimal that any of them has, exactly."""
        empty = ("", NOT_APPLICABLE)
        numbers = [Decimal(0 if cell in empty else cell) for cell in self.cells]
        places = max((-int(n.as_tuple().exponent) for n in numbers), default=0)
        whole = [int(n.scaleb(places)) for n in numbers]
        most = max((abs(n) for n in whole), default=0)
        kind = np.int64 if most * max(len(self.codes), 1) < _SAFE else object
        return np.array(whole, dtype=kind), places

    def sum(self, rows: Codes) -> Decimal:
        """Of the cells of some rows; what is blank or 不适用 adds nothing."""
        whole, places = self.scaled
        return Decimal(int(whole[self.codes[rows]].sum())).scaleb(-places)


@dataclass(frozen=True, eq=False)
class Table:
    """All rows of a collection, and which of them are on show."""

    schema: Schema
    frame: pd.DataFrame
    """Canonical text of every field, and `id`."""
    status: pd.Series[str]
    """Of each row (see `rules.status`)."""
    shown: pd.Series[str]
    """The ids of the rows on show, in the order of lists."""
    _columns: dict[str, Column] = field(default_factory=dict)
    _masks: dict[tuple[str, Condition], Mask] = field(default_factory=dict)
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: Schema, frame: pd.DataFrame) -> Table:
        """A table of which it does not matter what is on show."""
        return cls(schema, frame, pd.Series("", frame.index, dtype="str"), frame["id"])

    def column(self, name: str) -> Column:
        """A column, made into numbers once for all figures."""
        if name not in self._columns:
            codes, cells = pd.factorize(self.frame[name])
            self._columns[name] = Column(codes.astype(np.int64), [str(cell) for cell in cells])
        return self._columns[name]

    def axis(self, name: str) -> Axis:
        axis = conditions.axis(self.schema, name)
        assert axis is not None, name  # definitions name what there is
        return axis

    def meets(self, name: str, condition: Condition) -> Mask:
        """The rows that meet a condition, found once for all figures: each distinct cell is asked."""
        key = (name, condition)
        if key not in self._masks:
            axis = self.axis(name)
            column = self.column(axis.column)
            kept = [conditions.meets(axis, condition, cell) for cell in column.cells]
            self._masks[key] = np.array(kept, dtype=bool)[column.codes]
        return self._masks[key]

    def known(self, name: str) -> frozenset[str]:
        """All values that the rows or the schema have for an axis."""
        if name not in self._known:
            axis = self.axis(name)
            cells = self.column(axis.column).cells
            found = frozenset(part for cell in cells for part in axis.parts(cell))
            self._known[name] = found | frozenset(axis.order)
        return self._known[name]

    @cached_property
    def position(self) -> Codes:
        """The number of each row in the lists; -1 for those that are not on show."""
        places = pd.Index(self.shown).get_indexer(pd.Index(self.frame["id"]))
        return places.astype(np.int64)

    @cached_property
    def statuses(self) -> Column:
        codes, cells = pd.factorize(self.status)
        return Column(codes.astype(np.int64), [str(cell) for cell in cells])


def count(table: Table, definition: Definition) -> tuple[Figure, list[Finding]]:
    """The figure, its groups included, and what is to be said of its conditions."""
    mask = np.ones(len(table.frame), dtype=bool)
    findings: list[Finding] = []
    for name, condition in definition.where.items():
        mask &= table.meets(name, condition)
        findings += _unmet(table, definition, name, condition)
    found = _figure(table, definition, mask)
    if not definition.by:
        return found, findings
    axis = table.axis(definition.by)
    groups = _groups(table, axis, mask)
    if wider := definition.where.get(axis.name):
        groups = {v: n for v, n in groups.items() if conditions.meets(axis, wider, v)}
    if len(groups) > MOST_GROUPS:
        facts = {"name": definition.name, "title": axis.title, "count": len(groups)}
        return found, [*findings, Finding("N115", definition.place, {**facts, "most": MOST_GROUPS})]
    return replace(found, groups=_in_order(table, definition, axis, groups, mask)), findings


def _figure(table: Table, definition: Definition, mask: Mask) -> Figure:
    """What some rows come to."""
    chosen = np.flatnonzero(mask)
    if definition.kind == COUNT:
        value = Decimal(len(chosen))
    elif definition.kind == SUM:
        axis = table.axis(definition.column)
        value = table.column(axis.column).sum(chosen)
        converted = numerals.converted(value, axis.field.unit, definition.unit)
        assert converted is not None, definition.unit  # definitions ask for units that fit
        value = numerals.rounded(converted, definition.decimals)
    else:
        axis = table.axis(definition.column)
        column = table.column(axis.column)
        present = np.unique(column.codes[chosen]).tolist()
        different = {part for code in present for part in axis.parts(column.cells[code])}
        value = Decimal(len(different - {"", NOT_APPLICABLE}))
    places = table.position[chosen]
    statuses = table.statuses
    lost = np.bincount(statuses.codes[chosen[places < 0]], minlength=len(statuses.cells))
    hidden = {s: n for s, n in zip(statuses.cells, lost.tolist(), strict=True) if n}
    asked = questions.counted(definition, table.schema)
    rows = np.sort(places[places >= 0])
    return Figure(definition, value, questions.id_of(definition), asked, rows, hidden)


def _groups(table: Table, axis: Axis, mask: Mask) -> dict[str, int]:
    """How many of some rows hold each value of an axis; values that the schema knows may have none."""
    column = table.column(axis.column)
    sizes = np.bincount(column.codes[mask], minlength=len(column.cells))
    found = dict.fromkeys(axis.order, 0)
    for cell, size in zip(column.cells, sizes.tolist(), strict=True):
        if size:
            for part in axis.parts(cell):
                found[part] = found.get(part, 0) + size
    return found


def _in_order(
    table: Table, definition: Definition, axis: Axis, groups: Mapping[str, int], mask: Mask
) -> dict[str, Figure]:
    """The figure of each group by its value: in the order of the schema or of time, else by size."""
    order = {value: n for n, value in enumerate(axis.order)}
    dated = axis.cut or axis.field.type in ("date", "year")

    def key(value: str) -> tuple[int, int, str]:
        size = 0 if dated else -groups[value]
        return (2, 0, "") if not value else (value not in order, order.get(value, size), value)

    found = {}
    for value in sorted(groups, key=key):
        condition = Choice((value,))
        # The group's own condition takes the place of a wider one on its column.
        one = replace(definition, by="", where={**definition.where, axis.name: condition})
        chosen = mask & table.meets(axis.name, condition)
        found[value or BLANK] = _figure(table, one, chosen)
    return found


def _unmet(table: Table, definition: Definition, name: str, condition: Condition) -> list[Finding]:
    """Values that stand in no row at all and that nothing but a slip explains."""
    axis = table.axis(name)
    free = axis.field.type in ("string", "list") and not axis.field.enum
    if axis.cut or not free or not isinstance(condition, Choice):
        return []
    known = table.known(name)
    return [
        Finding(
            "N109",
            definition.place,
            {"name": definition.name, "title": axis.title, "value": value, "hint": hint},
        )
        for value in condition.values
        if value and value not in known
        for hint in [nearest(value, sorted(known))]
    ]
