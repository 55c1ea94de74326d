"""Duties: what the bureau must publish every year, by which day, and whether it did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from disclosure.diagnostics import Finding, Place
from disclosure.intake import articles, settings
from disclosure.intake.articles import Article
from disclosure.rules.book import Profile, Rule
from disclosure.rules.workdays import Calendar

FILE = "data/rules/duties.yml"
FIRST = "duties_from"
"""The entry of `agency.yml` that says from which year on reports are looked for."""
WARNING = 15
"""Working days before the last day on which a reminder begins."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to publish about one year."""

    name: str
    rule: Rule
    year: int
    """The year that the report is about; it is due in the year after."""
    due: date
    """The last day on which it is in time."""
    published: date | None = None
    """The day it was published (or done elsewhere), as far as that day has come."""
    article: Article | None = None

    @property
    def late(self) -> int:
        """How many days after its last day it was published; 0 when in time or not yet published."""
        return max((self.published - self.due).days, 0) if self.published else 0

    def overdue(self, as_of: date) -> int:
        """How many days it has been missing; 0 when it is published or its day is still to come."""
        return 0 if self.published else max((as_of - self.due).days, 0)


def first_year(agency: Mapping[str, object]) -> int | None:
    """From which year on reports are looked for, if the bureau has said so."""
    year = agency.get(FIRST)
    return year if type(year) is int and 1949 <= year <= 2199 else None


def schedule(
    profiles: Mapping[str, Profile],
    written: Iterable[Article],
    first: int | None,
    as_of: date,
) -> list[Duty]:
    """Every duty of every year, as of a day: those due next, then back to the first year.

    Without a first year they begin with the oldest report there is. What was published about
    earlier years is listed, too; what was not, is not.
    """
    known = [a for a in written if a.duty in profiles and a.year and a.published]
    start = first or min((a.year for a in known), default=as_of.year)
    years = range(min([start, *(a.year for a in known)]), as_of.year + 1)
    found: list[Duty] = []
    for year in reversed(years):
        for name, profile in profiles.items():
            duty = _duty(name, profile, year, known, as_of)
            if duty and (duty.published or year >= start):
                found.append(duty)
    return found


def _duty(
    name: str, profile: Profile, year: int, known: Sequence[Article], as_of: date
) -> Duty | None:
    """A duty of one year by the rule in force on its last day, with what was published first."""
    for rule in profile:
        due = _last_day(rule, year + 1)
        day = due.isoformat()
        if rule.applies and rule.first <= day and (not rule.last or day <= rule.last):
            done = [(date.fromisoformat(on), None) for about, on in rule.done if about == year]
            mine = [a for a in known if (a.duty, a.year) == (name, year)]
            acts = [*((date.fromisoformat(a.published), a) for a in mine), *done]
            published, article = min(acts, key=lambda act: act[0], default=(None, None))
            if published and published > as_of:
                published = None
            return Duty(name, rule, year, due, published, article)
    return None


def _last_day(rule: Rule, year: int) -> date:
    if rule.by:
        return date.fromisoformat(f"{year}-{rule.by}")
    return date.fromisoformat(f"{year}-{rule.before}") - timedelta(days=1)


def reminder(calendar: Calendar, due: date) -> date:
    """The day from which on a duty is pointed out: fifteen working days before its last day.

    While the holidays of its year are not announced it is thirty days, which is not a guess at
    them but a day on which a reminder does no harm.
    """
    return calendar.workday_before(due, WARNING) or due - timedelta(days=2 * WARNING)


def check(
    root: Path,
    profiles: Mapping[str, Profile],
    written: Sequence[Article],
    agency: Mapping[str, object],
    calendar: Calendar,
    as_of: date,
) -> Iterator[Finding]:
    """What is due soon or overdue, and articles that claim a duty that there is not."""
    first = first_year(agency)
    if FIRST in agency and first is None:
        place = Place("data/agency.yml", row=settings.lines(root / "data/agency.yml")[FIRST,])
        yield Finding("T353", place, {"value": agency[FIRST]})
        return
    yield from _claims(root, profiles, written)
    due = [duty for duty in schedule(profiles, written, first, as_of) if not duty.published]
    lines = settings.lines(root / FILE) if due else {}
    for duty in due:
        facts = {"name": duty.name, "year": duty.year, "due": duty.due, "rule": duty.rule.id}
        place = Place(FILE, row=lines[duty.name,])
        if days := duty.overdue(as_of):
            yield Finding("T357", place, {**facts, "days": days})
        elif as_of >= reminder(calendar, duty.due):
            yield Finding("T356", place, facts)


def _claims(
    root: Path, profiles: Mapping[str, Profile], written: Sequence[Article]
) -> Iterator[Finding]:
    for article in written:
        if not article.duty:
            continue
        wrong: list[tuple[str, dict[str, object]]] = []
        if article.duty not in profiles:
            known = "、".join(f"「{name}」" for name in profiles)
            wrong.append(("T354", {"name": article.duty, "known": known}))
        for key, value in ((articles.YEAR, article.year), ("公开日期", article.published)):
            if not value:
                wrong.append(("T355", {"key": key}))
        row = articles.line(root / article.file, articles.DUTY) if wrong else 0
        yield from (Finding(code, Place(article.file, row=row), facts) for code, facts in wrong)


def notice(duty: Duty) -> str:
    """What the page of a report says of its time limit."""
    if not duty.published:
        return ""
    said = f"本报告应于{_said(duty)}公布，实际公布于 {duty.published}"
    return f"{said}，逾期 {duty.late} 天" if duty.late else said


def _said(duty: Duty) -> str:
    """The last day as the rule puts it."""
    if duty.rule.before:
        return f" {duty.due + timedelta(days=1)} 之前"
    return f" {duty.due} 前"
