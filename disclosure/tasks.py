"""Tasks: a year's plan of work: who answers for what, what was to be reached, what was, and what lies untouched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from disclosure.diagnostics import Finding, Place
from disclosure.relations import Source
from disclosure.rules.units import Units
from disclosure.rules.workdays import Calendar
from disclosure.schema import NOT_APPLICABLE, Schema

COLUMNS = ("year", "number", "chapter", "name", "units", "progress", "evidence")
"""The public fields that make a collection a plan of work."""
TARGETS = ("target_value", "reached_value", "value_unit")
"""Further fields, which it may have: numbers to be reached, and reached, in the same order."""
TRACES = ("progress", "evidence", "evidence_link", "reached_value")
"""Where a task that somebody has begun leaves a trace."""
DONE, GOING, OPEN, BLANK = "已完成", "持续推进", "未完成", "未填报"
STATES = (DONE, GOING, OPEN, BLANK)
WARNING = 30
"""Working days before the end of the year from which on untouched tasks are pointed out."""
SEPARATOR, AT_MOST = "、", "≤"
_NUMBER = re.compile(rf"{AT_MOST}?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Target:
    """One number that a task is to reach."""

    value: Decimal
    unit: str
    reached: Decimal | None
    at_most: bool = False
    """Whether it is an upper limit."""

    @property
    def met(self) -> bool | None:
        """Whether it was reached; None while nothing is stated."""
        if self.reached is None:
            return None
        return self.reached <= self.value if self.at_most else self.reached >= self.value


def are_planned(schema: Schema) -> bool:
    """Whether a collection is a plan of work."""
    return set(COLUMNS) <= {field.name for field in schema.public_fields}


def years(schema: Schema, rows: pd.DataFrame) -> Sequence[str]:
    """The years that a plan of work has tasks for, newest first; none when it is no such plan."""
    if not are_planned(schema):
        return ()
    return sorted({year for year in rows["year"].tolist() if year.isdecimal()}, reverse=True)


def addresses(schema: Schema, rows: pd.DataFrame) -> Iterator[str]:
    """The addresses of the pages that show each year's tasks against the units."""
    return (f"{schema.name}/matrix/{year}/" for year in years(schema, rows))


def targets(row: Mapping[str, str]) -> Sequence[Target]:
    """The targets of a task; none when the columns do not fit each other (see `check`)."""
    wanted, reached, units = (_parts(row.get(name, "")) for name in TARGETS)
    if not wanted or _misfit(wanted, reached, units):
        return ()
    known: list[str | None] = list(reached) if reached else [None] * len(wanted)
    units = units if len(units) == len(wanted) else (units or [""]) * len(wanted)
    return [
        Target(
            Decimal(value.removeprefix(AT_MOST)),
            unit,
            None if have is None else Decimal(have.removeprefix(AT_MOST)),
            value.startswith(AT_MOST),
        )
        for value, unit, have in zip(wanted, units, known, strict=True)
    ]


def is_untouched(row: Mapping[str, str]) -> bool:
    """Whether nobody has said anything of a task since it was set."""
    return not any(row.get(name) for name in TRACES)


def closing(calendar: Calendar, year: int) -> tuple[date, date]:
    """The day from which on untouched tasks of a year are pointed out, and the day they are found.

    While the working days of the year are not announced, the first is a day that comes early enough.
    """
    end = date(year, 12, 31)
    return calendar.workday_before(end, WARNING) or end - timedelta(days=2 * WARNING), end


def check(
    source: Source, units: Units, calendar: Calendar, as_of: date, *, whole: bool = True
) -> Iterator[Finding]:
    """Everything that a plan of work must answer for; nothing when the collection is no such plan.

    Without units in `agency.yml` names are not compared. `whole` says that all rows were read.
    """
    schema = source.schema
    if not are_planned(schema):
        return
    names = [n for n in (*COLUMNS, *TARGETS, *TRACES) if n in schema.by_name]
    names = list(dict.fromkeys(names))
    numbers: dict[str, dict[int, Place]] = {}
    for part, index, cells in source.rows(source.frame["id"] != "", *names):
        row, at = dict(zip(names, cells, strict=True)), source.parts[part]
        if row["number"].isdecimal():
            numbers.setdefault(row["year"], {})[int(row["number"])] = at.place(index, "number")
        about = {"year": row["year"], "number": row["number"], "name": row["name"]}
        if units.spellings:
            for word in schema.by_name["units"].parts(row["units"]):
                if not units.name(word):
                    told = {**about, "word": word, "hint": units.hint(word)}
                    yield Finding("N602", at.place(index, "units"), told)
        yield from _untouched(row, about, at.place(index, "progress"), calendar, as_of)
        for code, field, facts in _targets(row):
            yield Finding(code, at.place(index, field), {**about, **facts})
    if whole:
        yield from _gaps(numbers)


def _untouched(
    row: Mapping[str, str],
    about: Mapping[str, object],
    place: Place,
    calendar: Calendar,
    as_of: date,
) -> Iterator[Finding]:
    if not (is_untouched(row) and row["year"].isdecimal()):
        return
    first, end = closing(calendar, int(row["year"]))
    if as_of >= end:
        yield Finding("N605", place, {**about, "end": end})
    elif as_of >= first:
        yield Finding("N604", place, {**about, "end": end})


def _gaps(numbers: Mapping[str, Mapping[int, Place]]) -> Iterator[Finding]:
    """Years whose tasks are not numbered 1, 2, 3 …; told where the first gap ends."""
    for year, known in numbers.items():
        gaps = [
            (low + 1, high - 1)
            for low, high in zip([0, *sorted(known)], sorted(known), strict=False)
            if high > low + 1
        ]
        if gaps:
            said = SEPARATOR.join(f"{a}" if a == b else f"{a}—{b}" for a, b in gaps)
            yield Finding("N603", known[gaps[0][1] + 1], {"year": year, "missing": said})


def _targets(row: Mapping[str, str]) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Code, field and facts of what is wrong with the targets of one task."""
    wanted, reached, units = (_parts(row.get(name, "")) for name in TARGETS)
    if _misfit(wanted, reached, units):
        facts = {"wanted": len(wanted), "reached": len(reached), "units": len(units)}
        yield "N607", "target_value" if wanted else "reached_value", dict(facts)
    missed = [target for target in targets(row) if target.met is False]
    if missed and row["progress"] == DONE:
        told = "；".join(
            f"目标{AT_MOST if t.at_most else ''}{t.value}{t.unit}、完成值 {t.reached}{t.unit}"
            for t in missed
        )
        yield "N606", "reached_value", {"told": told}


def _misfit(wanted: Sequence[str], reached: Sequence[str], units: Sequence[str]) -> bool:
    """One unit may stand for all; results may be missing, all or none; nothing goes without a target."""
    if not all(map(_NUMBER.fullmatch, (*wanted, *reached))) or len(reached) not in (0, len(wanted)):
        return True
    return len(units) not in (0, min(1, len(wanted)), len(wanted))


def _parts(cell: str) -> list[str]:
    return cell.split(SEPARATOR) if cell not in ("", NOT_APPLICABLE) else []
