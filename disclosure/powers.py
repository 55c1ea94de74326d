"""Powers: reads lists of powers with their adjustments, and finds where rows, adjustments and decisions contradict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from disclosure import adjustments
from disclosure.adjustments import (
    BEGINS,
    CHANGED,
    ENDS,
    ITEM,
    LOG,
    MERGED,
    Adjustment,
    Power,
    Timeline,
    Version,
    referring,
)
from disclosure.diagnostics import Finding, Place, name_rows
from disclosure.intake.tables import plain
from disclosure.intake.values import Refusal
from disclosure.relations import Source
from disclosure.schema import ForeignKey, Schema, nearest

STATED = ("name", "kind", "basis")
"""What must be the same of a power wherever it is stated: any column of the same title is compared."""
NAMED = 5
"""How many codes a finding on many rows names."""


@dataclass(frozen=True)
class _Line:
    """An adjustment, and where it stands."""

    adjustment: Adjustment
    part: int
    index: int


@dataclass(frozen=True)
class _Row:
    """What the table says of a power: its days, and where it stands."""

    start: str
    end: str
    part: int
    index: int
    number: int
    """Of the row in the source's frame."""


@dataclass(frozen=True)
class _Book:
    """A list, and the adjustments of it if they are kept."""

    target: Source
    log: Source | None
    rows: Mapping[str, _Row]

    @property
    def key(self) -> str:
        return self.target.schema.primary_key[0]

    def at(self, line: _Line, field: str = "") -> Place:
        assert self.log
        return self.log.parts[line.part].place(line.index, field)

    def row(self, code: str, field: str = "") -> Place:
        row = self.rows[code]
        return self.target.parts[row.part].place(row.index, field)


def read(sources: Mapping[str, Source]) -> tuple[dict[str, Timeline], list[Finding]]:
    """The lists of powers among the collections, by name, and everything that contradicts in them."""
    timelines: dict[str, Timeline] = {}
    findings: list[Finding] = []
    for name, source in sources.items():
        if adjustments.is_list(source.schema):
            book = _book(source, sources)
            lines, complaints = _lines(book)
            powers, more = _powers(book, lines)
            timeline = Timeline(name, book.key, powers, book.log.schema.name if book.log else "")
            findings += [
                *complaints,
                *more,
                *_targets(book, timeline, lines),
                *_same(book, timeline),
            ]
            for other in sources.values():
                findings += [*_stated(book, timeline, other), *_unfounded(timeline, other)]
            timelines[name] = timeline
    return timelines, findings


def _key(schema: Schema, target: Schema) -> ForeignKey | None:
    """The reference by which rows of a collection name rows of a list."""
    wanted = (target.name, target.primary_key[0])
    return next((k for k in schema.foreign_keys if (k.resource, k.target) == wanted), None)


def _book(source: Source, sources: Mapping[str, Source]) -> _Book:
    schema, frame = source.schema, source.frame
    names = (schema.primary_key[0], "effective", "ended", "part", "index")
    rows: dict[str, _Row] = {}
    columns = (frame[name].tolist() for name in names)
    for number, (code, start, end, part, index) in enumerate(zip(*columns, strict=True)):
        # A code twice has its own finding.
        rows.setdefault(code, _Row(start, end, part, index, number))
    logs = [
        other
        for other in sources.values()
        if other.schema.by_name.keys() >= LOG and _key(other.schema, schema)
    ]
    return _Book(source, logs[0] if logs else None, rows)


def _lines(book: _Book) -> tuple[Mapping[str, list[_Line]], list[Finding]]:
    """The adjustments of every code, by day, that can be applied, and why others cannot."""
    found: dict[str, list[_Line]] = {}
    findings: list[Finding] = []
    if not book.log:
        return found, findings
    key = _key(book.log.schema, book.target.schema)
    frame = book.log.frame
    names: tuple[str, ...] = (
        key.field if key else "",
        "change",
        "effective",
        "column",
        "before",
        "after",
    )
    names += tuple(n for n in ("basis", "approval") if n in frame)
    columns = (frame[name].tolist() for name in (*names, "part", "index"))
    for *cells, part, index in zip(*columns, strict=True):
        line = _Line(Adjustment(*cells), part, index)
        if line.adjustment.code not in book.rows or not line.adjustment.day:
            continue  # has its own finding
        if line.adjustment.change == CHANGED:
            adjustment = _canonical(book, line)
            if isinstance(adjustment, Finding):
                findings.append(adjustment)
                continue
            line = replace(line, adjustment=adjustment)
        else:
            line = replace(line, adjustment=replace(line.adjustment, column=""))
        found.setdefault(line.adjustment.code, []).append(line)
    rank = {word: n for n, words in enumerate((BEGINS, (CHANGED,), ENDS)) for word in words}
    for lines in found.values():
        lines.sort(key=lambda line: (line.adjustment.day, rank.get(line.adjustment.change, 1)))
    return found, findings


def _canonical(book: _Book, line: _Line) -> Adjustment | Finding:
    """A 变更 with the name of its field, and its texts as the list would hold them."""
    schema, told = book.target.schema, line.adjustment
    fields = adjustments.changeable(schema)
    known = schema.headers.get(plain(told.column))
    if not known or known[0] not in fields:
        facts = {
            "value": told.column or "（空）",
            "hint": nearest(told.column, [f.title for f in fields]),
        }
        return Finding("R305", book.at(line, "column"), {"list": schema.title, **facts})
    field, texts = known[0], list[str]()
    for name, text in (("before", told.before), ("after", told.after)):
        reading = field.read(text)
        if isinstance(reading, Refusal):
            why = Finding(reading.code, Place(""), reading.facts).says.rstrip("。")
            return Finding("R306", book.at(line, name), {"reason": why, "title": field.title})
        texts.append(reading)
    return replace(told, column=field.name, before=texts[0], after=texts[1])


def _powers(
    book: _Book, lines: Mapping[str, Sequence[_Line]]
) -> tuple[dict[str, Power], list[Finding]]:
    powers: dict[str, Power] = {}
    findings: list[Finding] = []
    # The list began with its oldest rows: they need no adjustment.
    first = min((row.start for row in book.rows.values() if row.start), default="")
    for code, row in book.rows.items():
        mine = lines.get(code, ())
        periods, complaints = _periods(book, code, mine, first)
        findings += complaints
        changes = [line for line in mine if line.adjustment.change == CHANGED]
        names = {line.adjustment.column for line in changes}
        cells = {name: str(book.target.frame[name].iloc[row.number]) for name in sorted(names)}
        findings += _disjoint(book, changes, cells)
        made = adjustments.versions(periods, cells, [line.adjustment for line in changes])
        powers[code] = Power(made, tuple(line.adjustment for line in mine))
    return powers, findings


def _periods(
    book: _Book, code: str, lines: Sequence[_Line], first: str
) -> tuple[list[tuple[str, str]], list[Finding]]:
    """When a power was in force, as (first day, first day without it): never twice at a time."""
    row, findings = book.rows[code], list[Finding]()
    if row.end and row.end <= row.start:
        facts = {"start": row.start, "end": row.end}
        return [(row.start, "")], [Finding("R308", book.row(code, "ended"), facts)]
    periods: list[tuple[str, str]] = []
    since: str | None = row.start
    last: _Line | None = None
    for number, line in enumerate(lines):
        change, day = line.adjustment.change, line.adjustment.day
        if not number and change in BEGINS:
            if day != row.start:
                findings.append(_unlike(book, code, line, "effective", row.start))
            since = day
        elif change in BEGINS and since is None:
            since = day
        elif change in ENDS and since is not None and since < day:
            periods.append((since, day))
            since, last = None, line
        elif change != CHANGED or since is None or day < since:
            state = "已在" if since is not None and since <= day else "不在"
            facts = {"code": code, "day": day, "change": change, "state": state}
            findings.append(Finding("R303", book.at(line, "change"), facts))
    if since is not None:
        periods.append((since, row.end if row.end > since else ""))
    elif last and row.end != last.adjustment.day:
        findings.append(_unlike(book, code, last, "ended", row.end))
    if book.log:
        findings += _unrecorded(book, code, lines, first, since is not None)
    return periods, findings


def _unlike(book: _Book, code: str, line: _Line, field: str, stated: str) -> Finding:
    """A day that the row states otherwise than the adjustment."""
    title = book.target.schema.by_name[field].title
    told = line.adjustment
    facts = {"code": code, "day": told.day, "change": told.change, "title": title}
    return Finding("R302", book.at(line, "effective"), {**facts, "stated": stated or "空白"})


def _unrecorded(
    book: _Book, code: str, lines: Sequence[_Line], first: str, open_: bool
) -> Iterator[Finding]:
    """Days of the row that no adjustment tells of."""
    row, names = book.rows[code], book.target.schema.by_name
    begun = [li for li in lines if li.adjustment.change in BEGINS]
    began_otherwise = bool(begun) and begun[0] is lines[0]
    if row.start > first and not began_otherwise:
        facts = {"code": code, "title": names["effective"].title, "day": row.start}
        yield Finding("R301", book.row(code, "effective"), {**facts, "change": "、".join(BEGINS)})
    if row.end and open_:
        facts = {"code": code, "title": names["ended"].title, "day": row.end}
        yield Finding("R301", book.row(code, "ended"), {**facts, "change": "、".join(ENDS)})


def _disjoint(book: _Book, changes: Sequence[_Line], cells: Mapping[str, str]) -> Iterator[Finding]:
    """Changes that do not lead to what comes next: the next change, or the row."""
    next_ = dict(cells)
    after: dict[str, str] = {}
    for line in reversed(changes):
        told = line.adjustment
        if told.after != next_[told.column]:
            field = book.target.schema.by_name[told.column]
            facts = {
                "title": field.title,
                "value": field.quote(told.after) or "空白",
                "where": f"{after[told.column]} 的调整前" if told.column in after else "清单",
                "next": field.quote(next_[told.column]) or "空白",
            }
            yield Finding("R304", book.at(line, "after"), facts)
        next_[told.column], after[told.column] = told.before, told.day


def _targets(
    book: _Book, timeline: Timeline, lines: Mapping[str, Sequence[_Line]]
) -> Iterator[Finding]:
    """Powers merged into nothing that goes on."""
    for line in (line for some in lines.values() for line in some):
        told = line.adjustment
        if told.change != MERGED:
            continue
        target = timeline.powers.get(told.after)
        if told.after == told.code or not target or not target.on(told.day):
            facts = {"code": told.code, "value": told.after or "（空）", "day": told.day}
            yield Finding("R307", book.at(line, "after"), facts)


def _same(book: _Book, timeline: Timeline) -> Iterator[Finding]:
    """Two codes with one name at the same time; the parts (子项) of one power may share its name."""
    frame = book.target.frame
    columns = ["name", ITEM] if ITEM in frame else ["name"]
    cells = {name: frame[name].tolist() for name in columns}
    seen: dict[tuple[str, ...], list[tuple[str, Version]]] = {}
    for code, power in timeline.powers.items():
        number, told = book.rows[code].number, False
        for version in power.versions:
            texts = (version.texts.get(name, cells[name][number]) for name in columns)
            called = tuple(map(plain, texts))
            others = seen.setdefault(called, [])
            for other, theirs in others:
                meets = max(version.start, theirs.start)
                if other != code and not told and version.holds(meets) and theirs.holds(meets):
                    told = True
                    facts = {"code": code, "other": other, "first": book.row(other, "name")}
                    name = version.texts.get("name", cells["name"][number])
                    yield Finding("R309", book.row(code, "name"), {**facts, "name": name})
            others.append((code, version))


def _stated(book: _Book, timeline: Timeline, other: Source) -> Iterator[Finding]:
    """Names, types and grounds that another table states otherwise than the list does on that day."""
    schema, key = book.target.schema, _key(other.schema, book.target.schema)
    if not key:
        return
    by_title = {plain(schema.by_name[n].title): n for n in STATED if n in schema.by_name}
    pairs = [
        (by_title[plain(f.title)], f)
        for f in other.schema.public_fields
        if plain(f.title) in by_title
    ]
    day_field = other.schema.date or ("effective" if "effective" in other.schema.by_name else "")
    for name, field in pairs:
        named = [key.field, field.name, *([day_field] if day_field else [])]
        texts = book.target.frame[name].tolist()
        for part, index, (code, text, *days) in other.rows(other.frame[field.name] != "", *named):
            if code not in timeline.powers:
                continue
            held = _touching(timeline.powers[code], days[0] if days else "")
            own = texts[book.rows[code].number]
            expected = [version.texts.get(name, own) for version in held]
            if expected and plain(text) not in map(plain, expected):
                facts = {"code": code, "title": field.title, "value": field.quote(text)}
                facts |= {"list": schema.title, "expected": field.quote(expected[-1])}
                yield Finding("R310", other.parts[part].place(index, field.name), facts)


def _touching(power: Power, day: str) -> Sequence[Version]:
    """The versions in force on a day or until it; the newest when no day is stated."""
    if not day:
        return power.versions[-1:]
    return [v for v in power.versions if v.start <= day and (not v.end or day <= v.end)]


def _unfounded(timeline: Timeline, other: Source) -> Iterator[Finding]:
    """Decisions that name a power which was not in force on their day: one finding for each sheet."""
    for name in referring(other.schema, timeline):
        code_numbers, codes = pd.factorize(other.frame[name])
        day_numbers, days = pd.factorize(other.frame[other.schema.date], sort=True)
        known = np.array([code in timeline.powers for code in codes], np.bool_)
        table = timeline.in_force(codes.tolist(), days.tolist())
        wrong = known[code_numbers] & (day_numbers >= 0)
        wrong[wrong] = ~table[code_numbers[wrong], day_numbers[wrong]]
        for place, rows, members in other.by_sheet(wrong, name):
            some = codes[pd.unique(code_numbers[members])].tolist()
            more = f" 等 {len(some)} 项" if len(some) > NAMED else ""
            facts = {
                "rows": name_rows(rows),
                "codes": "、".join(some[:NAMED]) + more,
                "date": other.schema.by_name[other.schema.date].title,
            }
            yield Finding("R311", place, facts)
