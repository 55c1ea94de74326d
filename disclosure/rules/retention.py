"""Retention: until which day a record may stay public, by the rule of its decision date."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from disclosure.rules.book import Profile, columns, matches


@dataclass(frozen=True, slots=True)
class Term:
    """How long one record is public; days are ISO text, "" for none."""

    rule: str = ""
    """The id of the rule that says so; "" when no rule applies."""
    publish: bool = True
    """Whether it is public at all."""
    least: str = ""
    """The last day of the minimum: until its end the record may not leave for repaired credit."""
    last: str = ""
    """The last day on which it is public."""


FREE = Term()
"""No rule applies: public without end."""


def terms(
    profile: Profile, decided: Sequence[str], conditions: Mapping[str, Sequence[str]]
) -> list[Term]:
    """The term of each record.

    `decided` holds the decision dates, `conditions` the columns that rules look at (a value may be
    several joined by 、; a column that is not given is blank). A date that is not ISO text counts
    as blank, and no rule applies.
    """
    names = columns(profile)
    blank = [""] * len(decided)
    known: dict[tuple[str, ...], Term] = {}
    found: list[Term] = []
    for key in zip(decided, *(conditions.get(name, blank) for name in names), strict=True):
        term = known.get(key)
        if term is None:
            term = known[key] = _term(profile, key[0], dict(zip(names, key[1:], strict=True)))
        found.append(term)
    return found


def _term(profile: Profile, decided: str, values: Mapping[str, str]) -> Term:
    day = day_of(decided)
    if day is None:
        return FREE
    for rule in profile:
        if matches(rule, decided, values):
            least, last = (_after(day, n) if n else "" for n in (rule.least, rule.months))
            return Term(rule.id, rule.publish, least, last)
    return FREE


def _after(day: date, months: int) -> str:
    """The end of a period: the same day of its last month, or the last (民法典 art. 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return ""
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1])).isoformat()


def day_of(text: str) -> date | None:
    """The day that ISO text names; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
