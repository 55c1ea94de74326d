"""The catalog: everything the bureau publishes as of one day, read, checked, dated and frozen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from disclosure import (
    cache,
    collection,
    descriptor,
    discretion,
    history,
    obligations,
    parts,
    powers,
    present,
    relations,
    selfcheck,
    tasks,
    timeliness,
    withdrawal,
)
from disclosure.adjustments import Timeline
from disclosure.collection import Collection
from disclosure.diagnostics import Finding, Place, Report
from disclosure.discretion import Standards
from disclosure.figures import counting, ledger
from disclosure.figures.bindings import Binding
from disclosure.figures.figure import Figure
from disclosure.intake import articles, folders, settings, values
from disclosure.obligations import Obligation
from disclosure.parts import Part
from disclosure.pool import Pool, nowhere
from disclosure.privacy import gate
from disclosure.relations import Source
from disclosure.reports import checks
from disclosure.rules import book, status, units, wording, workdays
from disclosure.rules.wording import Words
from disclosure.rules.workdays import Calendar
from disclosure.schema import Schema
from disclosure.selfcheck import NO_STANDING, Standing

NEEDED = ("name", "short_name", "site_name", "url", "organizer", "undertaker", "address", "phone")
"""What `agency.yml` must say, because every page shows it."""
ADDRESS = re.compile(r"https?://[^\s/@\"'<>]+/(?:[^\s\"'<>]+/)?")
"""The public address of the site; those of all pages are made by appending to it."""

TAKEN = frozenset(
    {
        "assets",
        "changes",
        "companies",
        "duties",
        "figures",
        "search",
        "selfcheck",
        "timeliness",
        "withdrawals",
    }
)
"""Folders of the site that are not collections."""

LONGEST = 20
"""Working days of the longest time limit for publishing (政府信息公开条例 art. 26)."""

MUCH = 4_000_000
"""Bytes of unread tables from which on it pays to check them in several processes."""


@dataclass(frozen=True, eq=False)
class Catalog:
    """All collections in menu order, with who publishes them, the day they are seen from, and the findings."""

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
    figures: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    """By page (see `ledger.page_of`) and name; "" are the figures that all pages share."""
    bindings: Mapping[str, Sequence[Binding]] = field(default_factory=dict)
    """By page, where its text prints or states a figure."""
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
    """By collection, the lists of powers through time."""

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
    """Read the folder `data` as of a day. Never raises for what the files hold: see `report`.

    `limit` keeps the first rows of each table only, for quick previews. `kept` is a cache folder
    for checked files; with it, many are checked side by side by the executor that `pool` opens.
    """
    root = data.parent
    agency, findings = _agency(data / "agency.yml", _name(data / "agency.yml", root))
    findings += folders.check(data)
    calendar, complaints = _calendar(data / "calendar.yml", as_of)
    findings += complaints
    schemas, complaints = _schemas(data, root)
    findings += complaints
    law, complaints = _law(data, any(schema.deadline for schema in schemas))
    findings += complaints

    collections: dict[str, Collection] = {}
    sources: dict[str, Source] = {}
    tables: dict[str, counting.Table] = {}
    terms = timeliness.Terms(law.deadlines, calendar, as_of)
    for schema, found in _parts(schemas, law.words, data, limit, kept, pool):
        name, file = schema.name, _name(data / schema.name / "schema.yml", root)
        sources[name] = Source(schema, _frame(schema, found), found)
        collections[name], tables[name], complaints = _judged(sources[name], law, terms, file)
        findings += (finding for part in found for finding in part.findings)
        findings += complaints
    whole = limit is None  # a preview has not got all rows
    findings += _owed(data, sources, agency, calendar, as_of, whole=whole)
    lists, complaints = powers.read(sources)
    settled = present.settle(collections, lists, as_of.isoformat())
    if whole:
        findings += complaints
        earlier = kept.with_name("versions") if kept else None
        findings += history.check(data, sources, law.withdrawal, calendar, as_of, kept=earlier)
        memory = kept.with_name("privacy") if kept else None
        findings += gate.inputs(root, as_of=as_of, memory=memory, pool=pool)
    written = articles.load(root / "docs")[0] if (root / "docs").is_dir() else []
    told, complaints = ledger.load(root, written, tables, whole=whole)
    findings += complaints
    findings += checks.data(root, tables, whole=whole)
    upkeep, pages, complaints = selfcheck.check(
        root, settled, sources, law.words, as_of=as_of, whole=whole
    )
    findings += complaints
    file = f"{data.name}/{obligations.FILE}"
    listed, complaints = obligations.load(root / file, file=file, size=pages.size)
    findings += complaints
    return Catalog(
        agency=agency,
        collections=settled,
        report=Report.of(map(gate.veiled, findings)),
        credit=law.credit,
        as_of=as_of,
        duties=law.duties,
        calendar=calendar,
        retention=law.retention,
        standing=upkeep,
        obligations=listed,
        figures=told.figures,
        bindings=told.bindings,
        timelines=lists,
    )


def tables(data: Path) -> dict[str, counting.Table]:
    """All rows of every collection as they are kept, for counting; what is wrong with them `load` says."""
    schemas, _ = _schemas(data, data.parent)
    found = {}
    for schema, read in _parts(schemas, Words(), data, None, None, nowhere):
        frame = _frame(schema, read)
        found[schema.name] = counting.Table.of(schema, frame)
    return found


def _owed(
    data: Path,
    sources: Mapping[str, Source],
    agency: Mapping[str, Any],
    calendar: Calendar,
    as_of: date,
    *,
    whole: bool,
) -> Iterator[Finding]:
    """What rows owe each other, the tasks of a year and the standards for fines."""
    yield from relations.check(sources, data.name)
    offices = units.read(agency)
    for source in sources.values():
        yield from tasks.check(source, offices, calendar, as_of, whole=whole)
    if whole:
        yield from discretion.check(sources)


@dataclass(frozen=True)
class _Law:
    """What `data/rules/` says, each kind by the name of a profile."""

    retention: Mapping[str, book.Profile]
    credit: Mapping[str, book.Profile]
    deadlines: Mapping[str, book.Profile]
    duties: Mapping[str, book.Profile]
    withdrawal: Mapping[str, book.Profile]
    words: Words


def _law(data: Path, has_deadlines: bool) -> tuple[_Law, list[Finding]]:
    retention, findings = _rules(data, "retention", needed=True)
    credit, more = _rules(data, "credit")
    deadlines, late = _rules(data, "deadlines", "workdays", needed=has_deadlines)
    duties, yearly = _rules(data, "duties", "yearly")
    withdrawn, terms = _rules(data, "withdrawal", "workdays")
    findings += [*more, *late, *yearly, *terms]
    words, file = Words(), data / "rules" / "wording.yml"
    if file.exists():
        words, complaints = wording.load(file, file=_name(file, data.parent))
        findings += complaints
    return _Law(retention, credit, deadlines, duties, withdrawn, words), findings


def _judged(
    source: Source, law: _Law, terms: timeliness.Terms, file: str
) -> tuple[Collection, counting.Table, list[Finding]]:
    """A collection of which every row is judged: what it is today, and whether it came in time; and
    all its rows, to be counted."""
    schema, as_of = source.schema, terms.as_of
    profile = law.retention.get(schema.retention, ())
    standing = status.standing(source.frame, schema.date, profile, as_of)
    counted = (standing["status"] != status.CLOSED).to_numpy()
    frame, kept_time, findings = timeliness.judge(terms, source, counted, file)
    judged = collection.gather(schema, frame, standing, kept_time, as_of)
    table = counting.Table(schema, source.frame, standing["status"], judged.rows["id"])
    findings += [*_unregulated(schema, law.retention, file), *withdrawal.check(source, standing)]
    return judged, table, findings


def _rules(
    data: Path, name: str, measure: str = "months", needed: bool = False
) -> tuple[Mapping[str, book.Profile], list[Finding]]:
    """The rules in a file of `data/rules/`; a bureau need not keep every kind."""
    file = data / "rules" / f"{name}.yml"
    if not needed and not file.exists():
        return {}, []
    return book.load(file, file=_name(file, data.parent), measure=measure)


def _name(path: Path, root: Path) -> str:
    """How findings name a file; a name that is not text, as foreign archives bring it, is made so."""
    return path.relative_to(root).as_posix().encode(errors="replace").decode()


def _calendar(path: Path, as_of: date) -> tuple[Calendar, list[Finding]]:
    """The working days; a finding if the last day of the longest limit that runs from today is unknown."""
    file = _name(path, path.parent.parent)
    calendar, findings = workdays.load(path, file=file)
    if not findings:
        findings = workdays.deadline(calendar, as_of, LONGEST, Place(file))[1]
    return calendar, findings


def _agency(path: Path, file: str) -> tuple[Mapping[str, Any], list[Finding]]:
    raw, findings = settings.read(path, file=file)
    if raw is None:
        return {}, findings
    findings = [
        Finding("F311", Place(file), {"key": key})
        for key in NEEDED
        if not isinstance(raw.get(key), str) or not raw[key].strip()
    ]
    url = raw.get("url")
    if isinstance(url, str) and url.strip() and not ADDRESS.fullmatch(url):
        findings.append(Finding("F312", Place(file), {"url": url}))
    return raw, [*findings, *units.check(raw, file)]


def _schemas(data: Path, root: Path) -> tuple[list[Schema], list[Finding]]:
    """The schema of every folder below `data` that has one, in menu order."""
    found: list[Schema] = []
    findings: list[Finding] = []
    for folder in sorted(p for p in (data, *data.rglob("*")) if p.is_dir()):
        file = folder / "schema.yml"
        way = folder.relative_to(data).parts
        if way[:1] == ("rules",) or any(part.startswith(".") for part in way):
            continue
        wrong = [part for part in way if not values.is_slug(part)]
        if not way or not file.exists():
            if any(way or sheet.name != obligations.FILE for sheet in parts.sheets(folder)):
                facts = {"name": _name(folder, folder.parent)}
                findings.append(Finding("F308", Place(_name(folder, root)), facts))
        elif wrong or way[0] in TAKEN:
            name = _name(folder.with_name(wrong[0] if wrong else way[0]), folder.parent)
            findings.append(Finding("F307", Place(_name(file, root)), {"name": name}))
        else:
            name = "/".join(way)
            schema, complaints = descriptor.load(file, name=name, file=_name(file, root))
            findings += complaints
            found += [schema] if schema else []
    if not found and not findings:
        findings.append(Finding("F309", Place(_name(data, root)), {"name": data.name}))
    return sorted(found, key=lambda s: (s.order, s.name)), findings


def _parts(
    schemas: Sequence[Schema],
    words: Words,
    data: Path,
    limit: int | None,
    kept: Path | None,
    pool: Pool,
) -> Iterator[tuple[Schema, list[Part]]]:
    """The checked files of each schema's folder, in the order of their names."""
    jobs: list[parts.Source] = []
    listed = cache.spell(words.always) if kept else ""
    for schema in schemas:
        spelling = cache.spell(schema) + listed if kept else ""
        for path in parts.sheets(data / schema.name):
            file = _name(path, data.parent)
            key = parts.key(spelling, path, file) if kept else ""
            jobs.append(parts.Source(schema, path, file, key, words.always))
    if kept and limit is None:
        unread = [job for job in jobs if not (kept / job.key).exists()]
        if sum(_size(job.path) for job in unread) > MUCH:
            with pool() as executor:
                # What is checked elsewhere is read from the cache; only the work is handed out.
                for _ in (executor.map if executor else map)(
                    partial(parts.keep, kept=kept), unread
                ):
                    pass
        cache.keep_only(kept, (job.key for job in jobs))
    for schema in schemas:
        mine = [job for job in jobs if job.schema is schema]
        yield schema, [parts.load(job, kept=kept, limit=limit) for job in mine]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # a link that leads nowhere; reading it has its own finding
        return 0


def _frame(schema: Schema, found: Sequence[Part]) -> pd.DataFrame:
    """All rows of a collection, with `id` and `title`, and `part` and `index` that lead back to the sheet."""
    columns: parts.Columns = {}
    for name in (*(f.name for f in schema.fields), "id", "title"):
        pieces: list[pa.Array] = []
        for part in found:
            known = name in part.rows.column_names
            pieces += part.rows[name].chunks if known else [pa.repeat("", len(part))]
        columns[name] = pa.chunked_array(pieces, pa.string())
    sizes = [len(part) for part in found]
    columns["part"] = pa.array(np.repeat(np.arange(len(found)), sizes))
    columns["index"] = pa.array(np.concatenate([np.arange(n) for n in sizes] or [np.arange(0)]))
    return frame_of(pa.table(columns))


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Arrow columns as a data frame, without copying the texts."""
    text = pd.StringDtype("pyarrow", na_value=np.nan)
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.string(): text}.get)
    return frame


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
