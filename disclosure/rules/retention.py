"""Retention: until which day a record may stay public, by the rule of its decision date."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import date

from disclosure.rules.book import Profile, columns, matches


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


def _limit(profile: Profile, decided: str, values: Mapping[str, str]) -> str:
    day = _day(decided)
    if day is None:
        return ""
    for rule in profile:
        if matches(rule, decided, values):
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
