"""Working days: which days offices work, and where a time limit counted in working days ends."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings

_SATURDAY = 5
_Complaint = tuple[str, tuple[str, ...], dict[str, object]]
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})\s*至\s*(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of the years whose holidays the State Council's office has announced.

    The arrangement of a year is announced late in the year before, by a notice of its own
    (国务院办公厅关于…年部分节假日安排的通知). Until then nobody knows its working days, and every
    answer that needs them is None, never a guess.
    Time limits of two to seven "days" in the Administrative Penalty Law are working days
    (行政处罚法 art. 85). The day on which a period begins is not counted.
    """

    years: frozenset[int] = frozenset()
    days: tuple[int, ...] = ()  # proleptic ordinals of all working days of these years, ascending

    def covers(self, first: date, last: date) -> bool:
        """Whether every year from one day to the other is known."""
        low, high = sorted((first.year, last.year))
        return all(year in self.years for year in range(low, high + 1))

    def is_workday(self, day: date) -> bool | None:
        """Whether offices work on that day; None if its year is not known."""
        if day.year not in self.years:
            return None
        ordinal = day.toordinal()
        at = bisect_left(self.days, ordinal)
        return at < len(self.days) and self.days[at] == ordinal

    def add_workdays(self, start: date, n: int) -> date | None:
        """The n-th working day after `start` (n ≥ 0; 0 gives `start`): the last day of a limit.

        None if a year that the counting touches is not known.
        """
        if n < 0:
            raise ValueError("limits run forwards")
        if start.year not in self.years:
            return None
        if n == 0:
            return start
        at = bisect_right(self.days, start.toordinal()) + n - 1
        if at >= len(self.days):
            return None
        end = date.fromordinal(self.days[at])
        return end if self.covers(start, end) else None

    def workday_before(self, end: date, n: int) -> date | None:
        """The n-th working day before `end`: when to be reminded of it; None if a year is not known."""
        at = bisect_left(self.days, end.toordinal()) - n
        day = date.fromordinal(self.days[at]) if at >= 0 else None
        return day if day and self.covers(day, end) else None

    def workdays_between(self, start: date, end: date) -> int | None:
        """How many working days lie after `start`, up to and including `end`.

        Negative when `end` comes first; None if a year between them is not known.
        """
        if not self.covers(start, end):
            return None
        return bisect_right(self.days, end.toordinal()) - bisect_right(self.days, start.toordinal())


def workdays_between(
    calendar: Calendar, starts: NDArray[np.datetime64], ends: NDArray[np.datetime64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """`Calendar.workdays_between` for whole columns of dates (`datetime64[D]`, NaT where blank).

    Gives the counts and whether each is known; an unknown count is 0.
    """
    if not calendar.years:
        return np.zeros(len(starts), "int64"), np.zeros(len(starts), "bool")
    begin, finish = starts.astype("datetime64[D]"), ends.astype("datetime64[D]")
    known = _covered(calendar, begin, finish)
    days = _ordinals(calendar)
    after, until = (np.searchsorted(days, c.astype("int64"), side="right") for c in (begin, finish))
    return np.where(known, until - after, 0), known


def add_workdays(
    calendar: Calendar, starts: NDArray[np.datetime64], n: NDArray[np.int64]
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """`Calendar.add_workdays` for whole columns of dates and of limits (n ≥ 1).

    Gives the last days and whether each is known; an unknown day is NaT.
    """
    begin = starts.astype("datetime64[D]")
    days = _ordinals(calendar)
    if not len(days):
        return np.full(len(begin), "NaT", "datetime64[D]"), np.zeros(len(begin), "bool")
    at = np.searchsorted(days, begin.astype("int64"), side="right") + n - 1
    inside = at < len(days)
    ends = days[np.where(inside, at, 0)].astype("datetime64[D]")
    known = inside & _covered(calendar, begin, ends)
    return np.where(known, ends, np.datetime64("NaT", "D")), known


def _ordinals(calendar: Calendar) -> NDArray[np.int64]:
    """The working days as numpy counts days."""
    return np.array(calendar.days, "int64") - date(1970, 1, 1).toordinal()


def _covered(
    calendar: Calendar, begin: NDArray[np.datetime64], finish: NDArray[np.datetime64]
) -> NDArray[np.bool_]:
    """`Calendar.covers` for whole columns; a blank date is not covered."""
    years = [
        np.where(np.isnat(c), 0, c.astype("datetime64[Y]").astype("int64") + 1970)
        for c in (begin, finish)
    ]
    first = min(calendar.years)
    span = range(first, max(calendar.years) + 1)
    gaps = np.cumsum([0, *(year not in calendar.years for year in span)])
    low, high = np.minimum(*years) - first, np.maximum(*years) - first
    known = (low >= 0) & (high < len(span))
    known &= gaps[np.where(known, high + 1, 0)] == gaps[np.where(known, low, 0)]
    return known


def deadline(
    calendar: Calendar, start: date, n: int, place: Place
) -> tuple[date | None, list[Finding]]:
    """The last day of a limit of n working days from `start`, or a warning: not known yet."""
    end = calendar.add_workdays(start, n)
    if end is not None:
        return end, []
    year = start.year
    while year in calendar.years:
        year += 1
    return None, [Finding("T101", place, {"year": year})]


def load(path: Path, *, file: str = "data/calendar.yml") -> tuple[Calendar, list[Finding]]:
    """The calendar in the YAML file at `path`; a year with a mistake is left out and reported.

    The file maps each year to `source` (the notice), `holidays` and `working` (weekend days
    worked in exchange); both map a name to a date, to a range (`2024-02-10 至 2024-02-17`) or to
    a list of these. `file` is the name findings use.
    """
    content, findings = settings.read(path, file=file)
    if content is None:
        return Calendar(), findings
    years: set[int] = set()
    days: list[int] = []
    for year, entry in sorted(content.items(), key=lambda item: str(item[0])):
        complaints = list(_complaints(year, entry))
        if complaints:
            places = settings.lines(path)
            for code, way, facts in complaints:
                row = places.get((str(year), *way), places[str(year),])
                findings.append(Finding(code, Place(file, row=row), {"year": year, **facts}))
            continue
        years.add(year)
        days += _workdays(year, entry)
    for one, next_one in pairwise(sorted(years)):
        if next_one != one + 1 and not findings:
            row = settings.lines(path)[str(next_one),]
            findings.append(Finding("T108", Place(file, row=row), {"year": one + 1}))
    return Calendar(frozenset(years), tuple(days)), findings


def _workdays(year: int, entry: Mapping[str, Any]) -> list[int]:
    off = {day for _, day in _dates(entry["holidays"]) if day}
    worked = {day for _, day in _dates(entry.get("working")) if day}
    day, found = date(year, 1, 1), []
    while day.year == year:
        if day in worked or (day.weekday() < _SATURDAY and day not in off):
            found.append(day.toordinal())
        day += timedelta(days=1)
    return found


def _complaints(year: object, entry: object) -> Iterator[_Complaint]:
    """Code, way to the entry and facts of everything wrong with one year."""
    if not isinstance(year, int) or not 1949 <= year <= 2199 or not isinstance(entry, dict):
        yield "T102", (), {}
        return
    if not isinstance(entry.get("source"), str | list) or not entry["source"]:
        yield "T103", (), {}
    for key in sorted(entry, key=str):
        if key not in ("source", "holidays", "working"):
            yield "T109", (str(key),), {"key": key}
    if not isinstance(entry.get("holidays"), dict) or not isinstance(
        entry.get("working") or {}, dict
    ):
        yield "T102", (), {}
        return
    seen: set[date] = set()
    for key in ("holidays", "working"):
        for name, day in _dates(entry.get(key)):
            if day is None:
                yield "T104", (key, name), {"name": name}
            elif day.year != year:
                yield "T105", (key, name), {"day": day}
            elif day in seen:
                yield "T106", (key, name), {"day": day}
            elif key == "working" and day.weekday() < _SATURDAY:
                yield "T107", (key, name), {"day": day}
            else:
                seen.add(day)


def _dates(entry: Mapping[Any, Any] | None) -> Iterator[tuple[str, date | None]]:
    """Every day that a `name: dates` mapping names; None where a date cannot be read."""
    for name, value in (entry or {}).items():
        for item in value if isinstance(value, list) else [value]:
            for day in _span(item):
                yield str(name), day


def _span(item: object) -> list[date] | list[None]:
    if isinstance(item, date):
        return [item]
    match = _RANGE.fullmatch(item.strip()) if isinstance(item, str) else None
    try:
        first, last = (date.fromisoformat(day) for day in match.groups()) if match else (None, None)
    except ValueError:
        return [None]
    # A holiday of more than a month is a slip of the pen, not a holiday.
    if first is None or last is None or not 0 <= (last - first).days <= 31:
        return [None]
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
