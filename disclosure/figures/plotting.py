"""Plotting: figures in groups laid side by side, as series of points over one common list of labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from disclosure.diagnostics import Finding
from disclosure.figures import conditions, counting, deriving, groups, questions
from disclosure.figures.conditions import Axis, Choice
from disclosure.figures.counting import Table
from disclosure.figures.definitions import Sheet
from disclosure.figures.figure import (
    CHANGE,
    COUNT,
    DERIVED,
    DISTINCT,
    SHARE,
    SUM,
    TOTAL,
    Definition,
    Figure,
)
from disclosure.figures.numerals import PERCENT

OTHERS = "其余"
"""The groups that are not told apart, all together: too many, or such as may not be named."""
REST = "\0"
"""The key of their label."""
ALL = "全部"
WIDEST = 400
"""Years or months between the first and the last up to which those without rows are filled in."""


@dataclass(frozen=True, eq=False)
class Point:
    """One number: None where there is none, as a share of nothing."""

    value: Decimal | None
    figure: Figure | None = None
    """What it is and where it leads; None for what is only the rest of others."""


@dataclass(frozen=True, eq=False)
class Series:
    """Numbers of one kind, one for each label."""

    name: str
    unit: str
    points: Sequence[Point]
    total: Point
    """What all labels come to, each row counted once."""
    adds: bool
    """Whether its numbers can be added up."""


@dataclass(frozen=True, eq=False)
class Plot:
    """Series over their labels; `keys` are canonical values of the axis, or REST."""

    axis: Axis
    keys: Sequence[str]
    series: Sequence[Series]
    columns: Series | None
    several: bool
    findings: Sequence[Finding] = field(default_factory=list)

    def label(self, key: str) -> str:
        return _label(self.axis, key)


class Plotter:
    """Counts each question once, however many charts ask it."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = tables
        self.findings: list[Finding] = []
        self._counted: dict[str, Figure] = {}

    def plot(
        self,
        sheet: Sheet,
        drawn: Sequence[Definition],
        parts: Definition | None,
        *,
        summed: bool = False,
    ) -> Plot:
        """The drawn figures of a sheet, of which at least one counted one is grouped; with `parts`,
        the one drawn figure in as many series as `parts` has groups; what they come to, if they are
        to be `summed`."""
        self.findings = []
        counted = [d for d in sheet.definitions.values() if d.kind not in DERIVED]
        grouped = [d for d in counted if d.by]
        axis = self.tables[grouped[0].collection].axis(grouped[0].by)
        keys = _ordered(axis, self._told(grouped))
        several = any(d.kind == DISTINCT or self._lists(d) for d in grouped)
        columns = None
        if parts:
            columns = self._series(drawn[0], keys)
            series = self._split(drawn[0], parts, keys)
            several |= self._lists(parts)
        else:
            made = {d.name: self._series(d, keys) for d in counted}
            series = [
                self._derived(d, [made[name] for name in d.of], axis, keys)
                if d.kind in DERIVED
                else made[d.name]
                for d in drawn
            ]
            if summed and len({one.unit for one in series}) == 1:
                columns = self._sum(drawn, series, axis, keys)
        plot = Plot(axis, [*keys, REST], series, columns, several, self.findings)
        return _filled(plot)

    def _count(self, definition: Definition) -> Figure:
        key = questions.id_of(definition)
        if key not in self._counted:
            self._counted[key], complaints = counting.count(
                self.tables[definition.collection], definition
            )
            self.findings += complaints
        return _named(self._counted[key], definition.name)

    def _axis(self, definition: Definition) -> Axis:
        return self.tables[definition.collection].axis(definition.by)

    def _lists(self, definition: Definition) -> bool:
        """Whether a row can be in several groups."""
        axis = self._axis(definition)
        return axis.field.type == "list" and not axis.cut

    def _told(self, grouped: Iterable[Definition]) -> list[str]:
        """The values of all groups that may be named, as they come."""
        found: dict[str, None] = {}
        for definition in grouped:
            figure = self._count(definition)
            told = groups.told(figure, self.tables[definition.collection].schema)
            found |= dict.fromkeys(_value(m, definition.by) for m in told.values())
        return list(found)

    def _series(self, definition: Definition, keys: Sequence[str], more: str = "") -> Series:
        """A counted figure at all labels, and what is at none of them; `more` is added to its name."""
        name = f"{definition.name}：{more}" if more else definition.name
        sign = "，" if more else "："
        adds = definition.kind in (COUNT, SUM)
        whole = self._count(replace(definition, by=""))
        total = Point(whole.value, _named(whole, name if more else f"{name}：{ALL}"))
        if not definition.by:
            return Series(name, definition.unit, [], total, adds)
        axis = self._axis(definition)
        known = {_value(m, definition.by): m for m in self._count(definition).groups.values()}
        points = []
        for key in keys:
            figure = known.pop(key, None) or self._none(definition, axis, key)
            points.append(Point(figure.value, _named(figure, f"{name}{sign}{_label(axis, key)}")))
        rest = sum((f.value for f in known.values()), Decimal(0)) if adds else None
        points.append(Point(rest if known else None))
        return Series(more or name, definition.unit, points, total, adds)

    def _none(self, definition: Definition, axis: Axis, key: str) -> Figure:
        """What no row is asked for by a group: a year between two others, a value of another series."""
        where = {**definition.where, axis.name: Choice((key,))}
        figure, _ = counting.count(
            self.tables[definition.collection], replace(definition, by="", where=where)
        )
        return figure

    def _split(self, base: Definition, parts: Definition, keys: Sequence[str]) -> list[Series]:
        figure = self._count(parts)
        members = groups.told(figure, self.tables[parts.collection].schema)
        series = [
            self._series(replace(base, where=m.definition.where), keys, label)
            for label, m in members.items()
            if m.value or len(m.rows) or m.hidden
        ]
        others = groups.rest(figure, members)
        hidden = [self._series(replace(base, where=m.definition.where), keys) for m in others]
        return [*series, *([_merged(hidden)] if hidden else [])]

    def _derived(
        self, definition: Definition, of: Sequence[Series], axis: Axis, keys: Sequence[str]
    ) -> Series:
        points = [
            self._point(definition, [s.points[n] if s.points else s.total for s in of], label)
            for n, label in enumerate(_label(axis, key) for key in keys)
        ]
        total = self._point(definition, [s.total for s in of], ALL)
        units = [p.figure.definition.unit for p in (*points, total) if p.figure]
        unit = PERCENT if definition.kind in (SHARE, CHANGE) else definition.unit or of[0].unit
        unit = units[0] if units else unit
        return Series(definition.name, unit, [*points, Point(None)], total, adds=False)

    def _sum(
        self, drawn: Sequence[Definition], of: Sequence[Series], axis: Axis, keys: Sequence[str]
    ) -> Series:
        """What several series come to, as figures of their own."""
        names = [definition.name for definition in drawn]
        total = Definition("＋".join(names), TOTAL, drawn[0].place, drawn[0].page, of=names)
        asked = replace(total, unit=of[0].unit, decimals=max(d.decimals for d in drawn))
        series = self._derived(asked, of, axis, keys)
        rest = _sum([one.points[-1] for one in of], adds=all(one.adds for one in of))
        return replace(series, points=[*series.points[:-1], rest], adds=True)

    def _point(self, definition: Definition, of: Sequence[Point], label: str) -> Point:
        """A computed figure at one label; no number where it would be a share of nothing."""
        known = [point.figure for point in of if point.figure]
        asked = replace(definition, name=f"{definition.name}：{label}")
        made = deriving.derive(asked, known)
        if isinstance(made, Finding):
            self.findings += [made] if made.code != "N130" else []
            return Point(None)
        return Point(made.value, made)


def narrowed(plot: Plot, series: int, labels: int) -> Plot:
    """The plot with at most so many series and labels; itself when it has no more."""
    if len(plot.keys) > labels:
        own = [key for key in plot.keys if key != REST]
        if plot.axis.cut:
            plot = _picked(plot, own[-labels:], rest=False)
        else:
            plot = _picked(plot, own[: labels - 1], rest=True)
    if len(plot.series) > series:
        kept, others = plot.series[: series - 1], plot.series[series - 1 :]
        plot = replace(plot, series=[*kept, _merged(others)])
    return plot


def _picked(plot: Plot, keys: Sequence[str], *, rest: bool) -> Plot:
    """The plot with some of its labels, and the others as one if there is to be a `rest`."""
    chosen = [plot.keys.index(key) for key in keys]
    left = [number for number in range(len(plot.keys)) if number not in chosen]

    def pick(series: Series) -> Series:
        points = [series.points[number] for number in chosen]
        points += [_sum([series.points[n] for n in left], adds=series.adds)] if rest else []
        return replace(series, points=points, total=series.total if rest else Point(None))

    made = [pick(series) for series in plot.series]
    columns = pick(plot.columns) if plot.columns else None
    return replace(plot, keys=[*keys, *([REST] if rest else [])], series=made, columns=columns)


def _merged(some: Sequence[Series]) -> Series:
    """Several series as one."""
    adds = all(series.adds for series in some)
    columns = zip(*(series.points for series in some), strict=True)
    points = [_sum(column, adds=adds) for column in columns]
    total = _sum([series.total for series in some], adds=adds)
    return Series(OTHERS, some[0].unit, points, total, adds)


def _sum(points: Sequence[Point], *, adds: bool) -> Point:
    known = [point.value for point in points if point.value is not None]
    return Point(sum(known, Decimal(0)) if adds and known else None)


def _filled(plot: Plot) -> Plot:
    """The plot without labels at which nothing is counted; dates stay, so that time runs evenly."""

    def counts(number: int) -> bool:
        every = [*plot.series, *([plot.columns] if plot.columns else [])]
        points = [series.points[number] for series in every]
        return any(p.value or (p.figure and _is_something(p.figure)) for p in points)

    own = len(plot.keys) - 1
    kept = [n for n in range(own) if plot.axis.cut or counts(n)]
    kept += [own] if any(series.points[own].value is not None for series in plot.series) else []

    def pick(series: Series) -> Series:
        return replace(series, points=[series.points[number] for number in kept])

    columns = pick(plot.columns) if plot.columns else None
    keys = [plot.keys[number] for number in kept]
    return replace(plot, keys=keys, series=[pick(s) for s in plot.series], columns=columns)


def _is_something(figure: Figure) -> bool:
    return bool(figure.of or len(figure.rows) or figure.hidden)


def _named(figure: Figure, name: str) -> Figure:
    if figure.definition.name == name:
        return figure
    return replace(figure, definition=replace(figure.definition, name=name))


def _value(member: Figure, by: str) -> str:
    """The canonical value of a group."""
    condition = member.definition.where[by]
    assert isinstance(condition, Choice)  # groups are made so
    return condition.values[0]


def _label(axis: Axis, key: str) -> str:
    return OTHERS if key == REST else axis.show(key)


def _ordered(axis: Axis, found: Sequence[str]) -> list[str]:
    """The values of an axis as they are drawn; years and months without a gap, blank ones last."""
    if not axis.cut:
        return list(found)
    dated = sorted(value for value in found if value)
    if dated and len(filled := _between(dated[0], dated[-1], axis.name)) <= WIDEST:
        dated = filled
    return [*dated, *([""] if "" in found else [])]


def _between(first: str, last: str, name: str) -> list[str]:
    if name == conditions.YEAR:
        return [f"{year:04}" for year in range(int(first), int(last) + 1)]
    low, high = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (first, last))
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(low, high + 1)]
