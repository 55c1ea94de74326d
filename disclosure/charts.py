"""Charts: which figures are drawn together, and how, as `data/charts.yml` says; and what they come to.

    charts:
      penalties-by-category:              # the address: charts/penalties-by-category/
        title: 行政处罚的业务类别
        description: 历年处罚按业务类别的构成。
        kind: stacked                     # bar, line or stacked
        split: 业务类别                    # optional: one series for each value of this column
        figures:
          行政处罚: {count: penalties, by: 年度}

The entries of `figures` are written as everywhere (see `figures.definitions`); each is told in groups
by one and the same column. Those that others are computed from are not drawn. Every number of a
chart is a figure with a page of its own, or, like the rest of some groups, a sum that stands in none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import localcontext
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.figures import definitions, ledger, plotting
from disclosure.figures.bindings import CHART, Binding
from disclosure.figures.counting import Table
from disclosure.figures.definitions import FIGURES, Places, Way
from disclosure.figures.figure import COUNT, DERIVED, GIVEN, SUM, Definition, Figure
from disclosure.figures.plotting import Plotter, Series
from disclosure.intake import settings, values
from disclosure.schema import nearest

FILE, CHARTS, SPLIT = "charts.yml", "charts", "split"
BAR, LINE, STACKED = KINDS = ("bar", "line", "stacked")
KEYS = ("title", "description", "kind", SPLIT, FIGURES)
MOST_SERIES, MOST_LABELS, MOST_DATES = 8, 40, 60
"""As many as eyes can tell apart. Of series and labels the smallest are put together, of dates the
newest are drawn."""
OF_ROWS = ledger.OF_ROWS | {"S347"}


@dataclass(frozen=True, eq=False)
class Chart:
    """One chart with all its numbers, in the order in which they are drawn."""

    name: str
    """Its address: `charts/<name>/`."""
    title: str
    description: str
    kind: str
    unit: str
    axis: str
    """What its labels are values of."""
    labels: Sequence[str]
    series: Sequence[Series]
    """Each with one point for each label."""
    as_of: date
    columns: Series | None = None
    """What the series of each label come to; with `split`, what they divide."""
    dated: bool = False
    """Whether the labels are years or months."""
    running: int = -1
    """Which label is a year or a month that is not over yet; -1 for none."""
    several: bool = False
    """Whether a row can count at several labels, or in several series."""

    @property
    def address(self) -> str:
        return f"{CHARTS}/{self.name}/"


def load(
    data: Path, tables: Mapping[str, Table], *, as_of: date, whole: bool = True
) -> tuple[dict[str, Chart], list[Finding]]:
    """All charts by name, in the order of the file, and what is wrong with it; none without the file.

    `tables` are all rows by collection. Without the `whole` of them, as in previews, nothing is said
    of numbers. Never raises for what the file holds.
    """
    path, file = data / FILE, f"{data.name}/{FILE}"
    if not path.exists():
        return {}, []
    head, findings = settings.read(path, file=file)
    if head is None:
        return {}, findings
    reader = _Reader(file, settings.places(path.read_text("utf-8-sig")), tables, as_of)
    with localcontext(prec=ledger.DIGITS):
        found = dict(reader.charts(head))
    seen = [f for f in reader.findings if whole or f.code not in OF_ROWS]
    return found, list({(f.place, f.code, f.says): f for f in seen}.values())


def figures(charts: Mapping[str, Chart]) -> dict[str, dict[str, Figure]]:
    """The figures of all charts, by address and name."""
    found: dict[str, dict[str, Figure]] = {}
    for chart in charts.values():
        own = found.setdefault(chart.address, {})
        for series in (*chart.series, *([chart.columns] if chart.columns else [])):
            for point in (*series.points, series.total):
                if point.figure:
                    own.setdefault(point.figure.definition.name, point.figure)
    return found


def embedded(bound: Mapping[str, Sequence[Binding]], known: Mapping[str, Chart]) -> list[Finding]:
    """What is wrong with the places in texts where charts are to stand."""
    findings = []
    for binding in (b for some in bound.values() for b in some if b.name == CHART):
        facts: dict[str, object] = {"written": binding.written}
        if binding.group not in known:
            hint = nearest(binding.group, known)
            findings.append(Finding("S348", binding.place, {**facts, "hint": hint}))
        elif binding.stated or not binding.alone:
            facts["hint"] = "图要独占一段，前后各空一行，里面只写图表的名称。"
            findings.append(Finding("S348", binding.place, facts))
    return findings


class _Reader:
    """Reads the file; whatever is wrong is noted, and the chart is left out."""

    def __init__(self, file: str, places: Places, tables: Mapping[str, Table], as_of: date) -> None:
        self.file, self.places, self.tables, self.as_of = file, places, tables, as_of
        self.schemas = {name: table.schema for name, table in tables.items()}
        self.plotter = Plotter(tables)
        self.findings: list[Finding] = []

    def find(self, code: str, way: Way, **facts: object) -> None:
        while way not in self.places and way:
            way = way[:-1]
        row, column = self.places.get(way, (0, 0))
        self.findings.append(Finding(code, Place(self.file, row=row, column=column), facts))

    def charts(self, head: Mapping[Any, Any]) -> Iterator[tuple[str, Chart]]:
        for key in head:
            if key != CHARTS:
                self.find("S341", (str(key),), name=key, what="这个文件里只写 charts")
        some = head.get(CHARTS)
        if not isinstance(some, Mapping):
            self.find("S341", (CHARTS,), name=CHARTS, what="要写成「名称: {…}」的样子")
            return
        for key, raw in some.items():
            name, before = str(key), len(self.findings)
            self._shape(name, raw)
            if len(self.findings) == before and (chart := self._chart(name, raw)):
                yield name, chart

    def _shape(self, name: str, raw: object) -> None:
        """What a chart is called and made of, before its figures are looked at."""
        way: Way = (CHARTS, name)
        if not values.is_slug(name):
            self.find("S343", way, name=name)
        if not isinstance(raw, Mapping):
            self.find("S341", way, name=name, what=f"要写 {'、'.join(KEYS)}")
            return
        for key in raw:
            if key not in KEYS:
                hint = nearest(str(key), KEYS)
                facts = {"key": key, "known": "、".join(KEYS), "hint": hint}
                self.find("S342", (*way, str(key)), name=name, **facts)
        for key in ("title", "description", SPLIT):
            if not isinstance(raw.get(key, ""), str) or (key == "title" and not raw.get(key)):
                self.find("S341", (*way, key), name=name, what=f"{key} 要写一段文字")
        if raw.get("kind") not in KINDS:
            self.find("S341", (*way, "kind"), name=name, what=f"kind 要写 {'、'.join(KINDS)} 之一")
        if not isinstance(raw.get(FIGURES), Mapping) or not raw[FIGURES]:
            self.find("S341", (*way, FIGURES), name=name, what="figures 里没有写任何数字")

    def _sheet(self, name: str, raw: Mapping[Any, Any], by: str = "") -> definitions.Sheet:
        """The figures of a chart; `by` takes the place of what they are grouped by."""
        start: Way = (CHARTS, name)
        places = {way[2:]: at for way, at in self.places.items() if way[:2] == start}
        entries = dict(raw[FIGURES])
        if by:
            for key, entry in entries.items():
                entries[key] = {**entry, "by": by}
                places[FIGURES, str(key), "by"] = places.get((SPLIT,), (0, 0))
        sheet, complaints = definitions.read(
            {FIGURES: entries},
            places,
            file=self.file,
            page=f"{CHARTS}/{name}/",
            schemas=self.schemas,
        )
        self.findings += complaints
        return sheet

    def _chart(self, name: str, raw: Mapping[Any, Any]) -> Chart | None:
        before = len(self.findings)
        sheet = self._sheet(name, raw)
        if len(self.findings) > before:
            return None
        drawn = self._drawn(name, sheet)
        parts: Definition | None = None
        if raw.get(SPLIT) and len(self.findings) == before:
            if len(drawn) != 1 or drawn[0].kind in DERIVED:
                what = "写了 split 的图，只能有一个由记录数出的数字"
                self.find("S346", (CHARTS, name, SPLIT), name=name, what=what)
            else:
                parts = next(iter(self._sheet(name, raw, raw[SPLIT]).definitions.values()), None)
        adds = all(one.kind in (COUNT, SUM) for one in drawn) and (parts or len(drawn) > 1)
        if raw["kind"] == STACKED and not adds and len(self.findings) == before:
            what = "stacked 只能堆叠几个相加有意义的数字（count、sum），或者写 split"
            self.find("S346", (CHARTS, name, "kind"), name=name, what=what)
        if len(self.findings) > before:
            return None
        return self._made(name, raw, sheet, drawn, parts)

    def _drawn(self, name: str, sheet: definitions.Sheet) -> list[Definition]:
        """The figures that are drawn; findings when they do not go together."""
        way: Way = (CHARTS, name, FIGURES)
        before = len(self.findings)
        operands = {str(one) for some in sheet.references.values() for one in some}
        known = sheet.definitions
        for key, some in sheet.references.items():
            for operand in some:
                of = known.get(str(operand))
                if of is None:
                    hint = nearest(operand.name, known)
                    self.find("N106", (*way, key), name=operand.name, hint=hint)
                elif of.kind in DERIVED or of.kind == GIVEN:
                    what = f"「{operand}」不是由记录数出的，不能再用来计算"
                    self.find("S344", (*way, key), name=key, what=what)
        axes: set[str] = set()
        for key, one in known.items():
            if one.kind == GIVEN or (
                one.kind not in DERIVED and not one.by and key not in operands
            ):
                self.find("S344", (*way, key), name=key, what="没有用 by 写明按哪一列分组")
            elif one.by:
                axis = self.tables[one.collection].axis(one.by)
                axes.add(axis.name if axis.cut else axis.title)
        if len(axes) > 1:
            what = f"一张图里的数字要按同一列分组，这里有{'、'.join(sorted(axes))}"
            self.find("S344", way, name=name, what=what)
        elif not axes and len(self.findings) == before:
            self.find("S344", way, name=name, what="没有用 by 写明按哪一列分组")
        return [one for key, one in known.items() if key not in operands]

    def _made(
        self,
        name: str,
        raw: Mapping[Any, Any],
        sheet: definitions.Sheet,
        drawn: Sequence[Definition],
        parts: Definition | None,
    ) -> Chart | None:
        plot = self.plotter.plot(sheet, drawn, parts, summed=raw["kind"] == STACKED)
        self.findings += plot.findings
        units = {one.unit for one in plot.series}
        if len(units) > 1:
            told = "、".join(sorted(unit or "没有单位" for unit in units))
            self.find("S345", (CHARTS, name, FIGURES), name=name, units=told)
            return None
        if raw["kind"] == LINE and not plot.axis.cut:
            what = "line 画的是先后，只能按年度或者月份分组"
            self.find("S346", (CHARTS, name, "kind"), name=name, what=what)
            return None
        dense = plotting.narrowed(plot, MOST_SERIES, MOST_DATES if plot.axis.cut else MOST_LABELS)
        if dense is not plot:
            facts = {"series": len(plot.series), "labels": len(plot.keys)}
            self.find("S347", (CHARTS, name), name=name, **facts)
        today = self.as_of.isoformat()[: plot.axis.cut] if plot.axis.cut else ""
        return Chart(
            name=name,
            title=str(raw["title"]),
            description=str(raw.get("description", "")),
            kind=raw["kind"],
            unit=next(iter(units), ""),
            axis=plot.axis.name if plot.axis.cut else plot.axis.title,
            labels=[dense.label(key) for key in dense.keys],
            series=dense.series,
            columns=dense.columns,
            as_of=self.as_of,
            dated=bool(plot.axis.cut),
            running=dense.keys.index(today) if today in dense.keys else -1,
            several=plot.several,
        )
