"""Credit: which companies are under closer supervision, because of how often they were punished lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from disclosure.rules.book import Profile, Rule, matches


def marked(
    profile: Profile, decisions: Iterable[tuple[str, Mapping[str, str]]], as_of: date
) -> Rule | None:
    """The rule that puts a company under closer supervision as of a day, or None.

    `decisions` are its penalties: the day of each as ISO text, and the columns that rules look at.
    A rule counts the decisions of the `months` that end on that day.
    """
    known = list(decisions)
    today = as_of.isoformat()
    for rule in profile:
        first = first_day(rule, as_of)
        times = sum(first < day <= today and matches(rule, day, values) for day, values in known)
        if rule.times and times >= rule.times:
            return rule
    return None


def first_day(rule: Rule, as_of: date) -> str:
    """The day as many months ago as the rule counts: later ones lie in the period (民法典 art. 202)."""
    year, month = divmod(as_of.year * 12 + as_of.month - 1 - rule.months, 12)
    # A text of a day that may not exist still sorts where it belongs.
    return f"{year:04}-{month + 1:02}-{as_of.day:02}"
