"""The catalog: everything the bureau publishes as of one day, read, checked, dated and frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from disclosure import (
    agency,
    charts,
    collection,
    discretion,
    glyphs,
    history,
    holdings,
    obligations,
    powers,
    present,
    relations,
    selfcheck,
    tasks,
    timeliness,
    withdrawal,
)
from disclosure.adjustments import Timeline
from disclosure.charts import Chart
from disclosure.collection import Collection
from disclosure.diagnostics import Finding, Place, Report
from disclosure.discretion import Standards
from disclosure.figures import conditions, counting, ledger
from disclosure.figures.bindings import Binding
from disclosure.figures.figure import Figure
from disclosure.intake import articles, folders
from disclosure.intake.articles import Article
from disclosure.obligations import Obligation
from disclosure.pool import Pool, nowhere
from disclosure.privacy import gate
from disclosure.relations import Source
from disclosure.reports import checks
from disclosure.rules import book, law, status, units, workdays
from disclosure.rules.law import Law
from disclosure.rules.wording import Words
from disclosure.rules.workdays import Calendar
from disclosure.schema import NOT_APPLICABLE, Schema
from disclosure.selfcheck import NO_STANDING, Standing

LONGEST = 20
"""Working days of the longest time limit for publishing (政府信息公开条例 art. 26)."""


@dataclass(frozen=True, eq=False)
class Catalog:
    """All collections in menu order and all articles, with who publishes them, the day they are seen
    from, and the findings."""

    agency: Mapping[str, Any]
    collections: Mapping[str, Collection]
    report: Report
    credit: Mapping[str, book.Profile]
    """By collection, the rules on which companies are under closer supervision."""
    as_of: date
    duties: Mapping[str, book.Profile] = field(default_factory=dict)
    """By name, the rules on what must be published every year."""
    calendar: Calendar = field(default_factory=Calendar)
    retention: Mapping[str, book.Profile] = field(default_factory=dict)
    """By name, as schemas choose them, the rules on how long records are public."""
    standing: Standing = NO_STANDING
    """How the columns of the site are kept up."""
    obligations: Sequence[Obligation] = ()
    """What must be made public, and where it is."""
    articles: Sequence[Article] = ()
    """The pages that people have written."""
    figures: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    """By page (see `ledger.page_of`; those of charts included) and name; "" are the figures that all
    pages share."""
    bindings: Mapping[str, Sequence[Binding]] = field(default_factory=dict)
    """By page, where its text prints or states a figure."""
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
    """By collection, the lists of powers through time."""
    charts: Mapping[str, Chart] = field(default_factory=dict)
    """By name, in the order in which they are shown."""

    @cached_property
    def standards(self) -> Standards:
        """Between which fines penalties lie."""
        found = [c for c in self.collections.values() if discretion.is_standards(c.schema)]
        return discretion.standards(found[0].rows) if found else Standards()


def load(
    data: Path,
    *,
    as_of: date,
    limit: int | None = None,
    kept: Path | None = None,
    pool: Pool = nowhere,
) -> Catalog:
    """Read the folder `data`, and `docs` beside it, as of a day. Never raises for what the files hold: see `report`.

    `limit` keeps the first rows of each table only, for quick previews. `kept` is a cache folder
    for checked files; with it, many are checked side by side by the executor that `pool` opens.
    """
    root = data.parent
    publisher, findings = agency.load(data)
    findings += folders.check(data)
    calendar, complaints = _calendar(data, as_of)
    findings += complaints
    schemas, complaints = holdings.schemas(data)
    findings += complaints
    rules, complaints = law.load(data, timed=any(schema.deadline for schema in schemas))
    findings += complaints

    collections: dict[str, Collection] = {}
    sources: dict[str, Source] = {}
    tables: dict[str, counting.Table] = {}
    terms = timeliness.Terms(rules.deadlines, calendar, as_of)
    for schema, found in holdings.read(schemas, rules.words, data, limit, kept, pool):
        name, file = schema.name, f"{data.name}/{schema.name}/schema.yml"
        sources[name] = Source(schema, holdings.frame(schema, found), found)
        collections[name], tables[name], complaints = _judged(sources[name], rules, terms, file)
        findings += (finding for part in found for finding in part.findings)
        findings += complaints
    whole = limit is None  # a preview has not got all rows
    findings += _owed(data, sources, publisher, calendar, as_of, whole=whole)
    lists, complaints = powers.read(sources)
    settled = present.settle(collections, lists, as_of.isoformat())
    if whole:
        findings += complaints
        earlier = kept.with_name("versions") if kept else None
        findings += history.check(data, sources, rules.withdrawal, calendar, as_of, kept=earlier)
        memory = kept.with_name("privacy") if kept else None
        findings += gate.inputs(root, as_of=as_of, memory=memory, pool=pool)
    written, complaints = articles.load(root / "docs")
    findings += [*complaints, *checks.pages(root, written)]
    if whole:
        findings += glyphs.check(sources, written)
    told, complaints = ledger.load(root, written, tables, whole=whole)
    findings += [*complaints, *checks.data(root, tables, whole=whole)]
    drawn, complaints = charts.load(data, tables, as_of=as_of, whole=whole)
    findings += [*complaints, *charts.embedded(told.bindings, drawn)]
    upkeep, pages, complaints = selfcheck.check(
        root, settled, sources, written, rules.words, as_of=as_of, whole=whole
    )
    findings += complaints
    file = f"{data.name}/{obligations.FILE}"
    listed, complaints = obligations.load(root / file, file=file, size=pages.size)
    findings += complaints
    return Catalog(
        agency=publisher,
        collections=settled,
        report=Report.of(map(gate.veiled, findings)),
        credit=rules.credit,
        as_of=as_of,
        duties=rules.duties,
        calendar=calendar,
        retention=rules.retention,
        standing=upkeep,
        obligations=listed,
        articles=written,
        figures={**told.figures, **charts.figures(drawn)},
        bindings=told.bindings,
        timelines=lists,
        charts=drawn,
    )


def tables(data: Path) -> dict[str, counting.Table]:
    """All rows of every collection as they are kept, for counting; what is wrong with them `load` says."""
    schemas, _ = holdings.schemas(data)
    found = {}
    for schema, read in holdings.read(schemas, Words(), data, None, None, nowhere):
        frame = holdings.frame(schema, read)
        found[schema.name] = counting.Table.of(schema, frame)
    return found


def _owed(
    data: Path,
    sources: Mapping[str, Source],
    publisher: Mapping[str, Any],
    calendar: Calendar,
    as_of: date,
    *,
    whole: bool,
) -> Iterator[Finding]:
    """What rows owe each other, the tasks of a year and the standards for fines."""
    yield from relations.check(sources, data.name)
    offices = units.read(publisher)
    for source in sources.values():
        yield from tasks.check(source, offices, calendar, as_of, whole=whole)
    if whole:
        yield from discretion.check(sources)


def _judged(
    source: Source, rules: Law, terms: timeliness.Terms, file: str
) -> tuple[Collection, counting.Table, list[Finding]]:
    """A collection of which every row is judged: what it is today, and whether it came in time; and
    all its rows, to be counted."""
    schema, as_of = source.schema, terms.as_of
    profile = rules.retention.get(schema.retention, ())
    standing = status.standing(source.frame, schema.date, profile, as_of)
    counted = (standing["status"] != status.CLOSED).to_numpy()
    frame, kept_time, findings = timeliness.judge(terms, source, counted, file)
    judged = collection.gather(schema, frame, standing, kept_time, as_of)
    rows = source.frame
    if schema.deadline:
        kept = NOT_APPLICABLE if kept_time.states is None else kept_time.states
        rows = rows.assign(**{conditions.KEPT: kept})
    table = counting.Table(schema, rows, standing["status"], judged.rows["id"])
    findings += [*_unregulated(schema, rules.retention, file), *withdrawal.check(source, standing)]
    return judged, table, findings


def _calendar(data: Path, as_of: date) -> tuple[Calendar, list[Finding]]:
    """The working days; a finding if the last day of the longest limit that runs from today is unknown."""
    file = f"{data.name}/calendar.yml"
    calendar, findings = workdays.load(data / "calendar.yml", file=file)
    if not findings:
        findings = workdays.deadline(calendar, as_of, LONGEST, Place(file))[1]
    return calendar, findings


def _unregulated(
    schema: Schema, profiles: Mapping[str, book.Profile], file: str
) -> Iterator[Finding]:
    """A retention that cannot be applied would leave rows public for ever."""
    if not schema.retention or not profiles:  # rules that could not be read are reported already
        return
    if schema.retention not in profiles:
        reason = "data/rules/retention.yml 里没有这个方案"
    elif not schema.date:
        reason = "本栏目没有日期字段（date），期限无从起算"
    elif absent := [n for n in book.columns(profiles[schema.retention]) if n not in schema.by_name]:
        reason = f"规则用到的字段「{absent[0]}」本栏目没有"
    else:
        return
    yield Finding("F313", Place(file), {"profile": schema.retention, "reason": reason})
