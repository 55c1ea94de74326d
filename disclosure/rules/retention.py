"""Retention: until which day a record may stay public, by the rule of its decision date."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings

_KEYS = frozenset({"id", "text", "source", "from", "to", "when", "years", "months"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule on how long records decided in a span of time stay public.

    `first` and `last` bound the decision date (ISO text, "" for open); `when` names columns and the
    values that select a record; `months` counts from the decision date.
    """

    id: str
    text: str
    source: str
    first: str
    last: str
    when: tuple[tuple[str, frozenset[str]], ...]
    months: int


Profile = tuple[Rule, ...]  # in the order of the file; the first rule that matches wins


def columns(profile: Profile) -> tuple[str, ...]:
    """The columns that the profile's rules look at."""
    return tuple(dict.fromkeys(column for rule in profile for column, _ in rule.when))


def last_public_day(
    profile: Profile,
    decided: Sequence[str],
    conditions: Mapping[str, Sequence[str]],
    until: Sequence[str] | None = None,
) -> list[str]:
    """The last day on which each record is public, as ISO text; "" for no limit.

    `decided` holds the decision dates, `conditions` the columns that rules look at (a value may be
    several joined by 、; a column that is not given is blank), `until` the days stated in the
    records themselves. The earlier day wins. A date that is not ISO text counts as blank.
    """
    names = columns(profile)
    blank = [""] * len(decided)
    limits: dict[tuple[str, ...], str] = {}
    found: list[str] = []
    for key in zip(decided, *(conditions.get(name, blank) for name in names), strict=True):
        limit = limits.get(key)
        if limit is None:
            limit = limits[key] = _limit(profile, key[0], dict(zip(names, key[1:], strict=True)))
        found.append(limit)
    if until is None:
        return found
    stated = {day: day if _day(day) else "" for day in set(until)}
    return [
        min(limit, stated[day]) if limit and stated[day] else limit or stated[day]
        for limit, day in zip(found, until, strict=True)
    ]


def load(
    path: Path, *, file: str = "data/rules/retention.yml"
) -> tuple[dict[str, Profile], list[Finding]]:
    """The retention profiles in the YAML file at `path`; rules with a mistake are only reported.

    Each name maps to a list of rules `{id, text, source, from, to, when, years | months}`.
    """
    content, findings = settings.read(path, file=file)
    profiles: dict[str, Profile] = {}
    for name, entries in (content or {}).items():
        rules: list[Rule] = []
        complaints: list[tuple[str, tuple[str | int, ...], dict[str, object]]] = []
        if not isinstance(entries, list) or not entries:
            complaints.append(("T201", (), {}))
            entries = []
        ids: set[str] = set()
        for number, entry in enumerate(entries):
            wrong = list(_complaints(entry, ids))
            complaints += [(code, (number, *way), facts) for code, way, facts in wrong]
            if not wrong:
                rules.append(_rule(entry))
        for code, way, facts in complaints:
            places = settings.lines(path)
            row = places.get((str(name), *way)) or places[(str(name), *way[:1])]
            findings.append(Finding(code, Place(file, row=row), {"profile": name, **facts}))
        profiles[str(name)] = tuple(rules)
    return profiles, findings


def _limit(profile: Profile, decided: str, values: Mapping[str, str]) -> str:
    day = _day(decided)
    if day is None:
        return ""
    for rule in profile:
        in_time = rule.first <= decided and (not rule.last or decided <= rule.last)
        if in_time and all(
            accepted & set(values[name].split("、")) for name, accepted in rule.when
        ):
            return _after(day, rule.months)
    return ""


def _after(day: date, months: int) -> str:
    """The end of a period: the same day of its last month, or the last (民法典 art. 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return ""
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1])).isoformat()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _complaints(
    entry: Any, ids: set[str]
) -> Iterator[tuple[str, tuple[str | int, ...], dict[str, object]]]:
    """Code, way to the entry and facts of everything wrong with one rule."""
    if not isinstance(entry, dict):
        yield "T202", (), {"key": "id"}
        return
    for key in ("id", "text", "source"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            yield "T202", (), {"key": key}
    for key in entry:
        if key not in _KEYS:
            yield "T206", (str(key),), {"key": key}
    if entry.get("id") in ids:
        yield "T207", ("id",), {"id": entry["id"]}
    ids.add(str(entry.get("id")))
    periods = [entry[key] for key in ("years", "months") if key in entry]
    if not periods or any(type(n) is not int or not 0 < n <= 1200 for n in periods):
        yield "T203", (), {}
    bounds = [entry[key] for key in ("from", "to") if entry.get(key) is not None]
    if not all(type(bound) is date for bound in bounds) or bounds != sorted(bounds):
        yield "T204", (), {}
    when = entry.get("when") or {}
    if not isinstance(when, dict) or not all(
        isinstance(values, list) and values and all(isinstance(value, str) for value in values)
        for values in when.values()
    ):
        yield "T205", ("when",), {}


def _rule(entry: Mapping[str, Any]) -> Rule:
    when = (entry.get("when") or {}).items()
    return Rule(
        id=entry["id"],
        text=entry["text"].strip(),
        source=entry["source"].strip(),
        first=str(entry.get("from") or ""),
        last=str(entry.get("to") or ""),
        when=tuple((str(column), frozenset(values)) for column, values in when),
        months=entry.get("years", 0) * 12 + entry.get("months", 0),
    )
