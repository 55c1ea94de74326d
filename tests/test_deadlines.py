"""Deadlines: the day before, on and after the turn of every rule, and over every kind of holiday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from disclosure.rules import book, deadlines, workdays
from disclosure.rules.book import Profile, Rule
from disclosure.rules.deadlines import LATE, ON_TIME, OPEN, STATES, UNKNOWN, UNSTATED

CALENDAR, _ = workdays.load(ROOT / "data" / "calendar.yml")
PROFILES, FINDINGS = book.load(
    ROOT / "data" / "rules" / "deadlines.yml", file="d.yml", measure="workdays"
)
TODAY = date(2026, 11, 22)
SEVEN = (Rule("S", "", "", "2019-01-01", "", (), workdays=7),)


def column(texts: Sequence[str]) -> pd.Series[str]:
    return pd.Series(list(texts), dtype="str")


def judge(
    profile: Profile, decided: str, published: str, as_of: date = TODAY, **values: str
) -> tuple[str, str, int, str]:
    """Rule, last day, working days taken and state of one record."""
    clock = deadlines.judge(
        profile,
        CALENDAR,
        column([decided]),
        column([published]),
        {name: column([value]) for name, value in values.items()},
        as_of,
    )
    number, state = int(clock.rule[0]), int(clock.state[0])
    return (
        profile[number].id if number >= 0 else "",
        str(clock.last[0]),
        int(clock.used[0]),
        STATES[state] if state >= 0 else "",
    )


def test_the_rules_of_the_bureau_have_no_findings() -> None:
    assert not FINDINGS
    assert {name: [rule.id for rule in profile] for name, profile in PROFILES.items()} == {
        "decisions": ["D1"],
        "enforcement": ["D2"],
        "inspections": ["D10"],
        "general": ["D4"],
    }
    assert all(rule.source and rule.first for profile in PROFILES.values() for rule in profile)


@pytest.mark.parametrize(
    ("profile", "decided", "last"),
    [
        ("decisions", "2026-03-02", date(2026, 3, 11)),  # D1: seven days without a holiday
        ("decisions", "2026-02-11", date(2026, 2, 27)),  # over the Spring Festival of 2026
        ("decisions", "2020-01-20", date(2020, 2, 6)),  # over the one that was made longer
        ("decisions", "2025-09-28", date(2025, 10, 14)),  # a Sunday worked for National Day
        ("decisions", "2026-10-10", date(2026, 10, 20)),  # a Saturday worked for it
        ("decisions", "2026-05-02", date(2026, 5, 13)),  # made on a holiday, with a Saturday worked
        ("enforcement", "2026-03-02", date(2026, 3, 30)),  # D2
        (
            "enforcement",
            "2024-01-25",
            date(2024, 2, 27),
        ),  # from a Thursday, over the Spring Festival
        ("general", "2021-08-26", date(2021, 9, 24)),  # D4: a real case, over Mid-Autumn
        ("general", "2026-09-10", date(2026, 10, 14)),
        (
            "inspections",
            "2025-12-17",
            date(2026, 1, 15),
        ),  # D10: over New Year, with a Sunday worked
        ("inspections", "2023-09-20", date(2023, 10, 24)),
    ],
)
def test_the_day_before_on_and_after_the_last_day(profile: str, decided: str, last: date) -> None:
    rules = PROFILES[profile]
    limit = rules[0].workdays
    before, after = last - timedelta(days=1), last + timedelta(days=1)
    assert judge(rules, decided, str(before))[3] == ON_TIME
    assert judge(rules, decided, str(last)) == (rules[0].id, str(last), limit, ON_TIME)
    assert judge(rules, decided, str(after))[3] == LATE
    # Nothing stated: open up to the end of the last day, then not to be proven.
    assert judge(rules, decided, "", before)[3] == OPEN
    assert judge(rules, decided, "", last)[3] == OPEN
    assert judge(rules, decided, "", after)[3] == UNSTATED


@pytest.mark.parametrize(
    ("profile", "first"),
    [
        ("decisions", date(2018, 12, 5)),
        ("enforcement", date(2018, 12, 5)),
        ("inspections", date(2019, 1, 1)),
        ("general", date(2019, 5, 15)),
    ],
)
def test_the_day_before_on_and_after_a_rule_begins(profile: str, first: date) -> None:
    rules, day = PROFILES[profile], timedelta(days=1)
    assert judge(rules, str(first - day), str(first))[0] == ""
    assert judge(rules, str(first), str(first + day))[0] == rules[0].id
    assert judge(rules, str(first + day), str(first + day))[0] == rules[0].id


def test_the_day_before_on_and_after_a_rule_ends() -> None:
    old = Rule("OLD", "", "", "2019-01-01", "2026-03-31", (), workdays=20)
    new = Rule("NEW", "", "", "2026-04-01", "", (), workdays=7)
    found = [
        judge((old, new), f"2026-{day}", f"2026-{day}")[0] for day in ("03-31", "04-01", "04-02")
    ]
    assert found == ["OLD", "NEW", "NEW"]


def test_rules_choose_records_by_their_columns() -> None:
    heavy = Rule("A", "", "", "", "", (("kind", frozenset({"吊销"})),), workdays=3)
    rules = (heavy, *SEVEN)
    assert deadlines.judge(
        rules,
        CALENDAR,
        column(["2026-03-02"] * 3),
        column(["2026-03-06"] * 3),
        {"kind": column(["警告、吊销", "警告", ""])},
        TODAY,
    ).state.tolist() == [STATES.index(LATE), STATES.index(ON_TIME), STATES.index(ON_TIME)]


@pytest.mark.parametrize(
    ("decided", "published", "used", "state"),
    [
        ("2026-12-22", "2026-12-31", 7, ON_TIME),  # the last limit that ends in a known year
        ("2026-12-22", "2027-01-01", -1, LATE),  # whatever the holidays will be
        ("2026-12-23", "2026-12-31", 6, ON_TIME),  # it ends in 2027, some day
        ("2026-12-23", "2027-01-01", -1, UNKNOWN),
        ("2026-12-23", "2027-03-01", -1, UNKNOWN),
        ("2018-12-31", "2019-01-02", -1, UNKNOWN),  # before the first known year
        ("2026-12-23", "", -1, UNKNOWN),
    ],
)
def test_a_year_that_is_not_announced_is_never_guessed(
    decided: str, published: str, used: int, state: str
) -> None:
    rules = (Rule("S", "", "", "", "", (), workdays=7),)
    assert judge(rules, decided, published, date(2027, 3, 2))[2:] == (used, state)


def test_what_runs_into_such_a_year_is_open_while_this_one_lasts() -> None:
    for published in ("", "2027-01-04"):
        assert judge(SEVEN, "2026-12-23", published, date(2026, 12, 31))[3] == OPEN


def test_publication_on_a_day_off_after_the_last_day_is_late_by_less_than_a_day() -> None:
    last = "2026-03-13"  # a Friday
    assert judge(SEVEN, "2026-03-04", last) == ("S", last, 7, ON_TIME)
    assert judge(SEVEN, "2026-03-04", "2026-03-14") == ("S", last, 7, LATE)


def test_days_that_cannot_be() -> None:
    early = judge(SEVEN, "2026-03-04", "2026-03-03")
    assert early == ("S", "2026-03-13", -1, UNSTATED)
    assert judge(SEVEN, "2026-03-04", "2026-03-04") == ("S", "2026-03-13", 0, ON_TIME)
    assert judge(SEVEN, "", "2026-03-04") == ("", "NaT", -1, "")
    assert judge(SEVEN, "2026-03-04", "不适用")[3] == UNSTATED
    assert judge(SEVEN, "2026-11-20", "2026-11-23")[3] == OPEN  # a day to come
    assert judge(SEVEN, "2026-03-04", "2099-12-31")[3] == LATE


def test_no_rule_no_row_and_no_calendar() -> None:
    assert judge((), "2026-03-04", "2026-03-05")[0] == ""
    empty = deadlines.judge(SEVEN, CALENDAR, column([]), column([]), {}, TODAY)
    assert len(empty.state) == 0
    unknown = deadlines.judge(
        SEVEN, workdays.Calendar(), column(["2026-03-04"]), column(["2026-03-05"]), {}, TODAY
    )
    assert unknown.state.tolist() == [STATES.index(UNKNOWN)]


def counted(start: date, n: int) -> date | None:
    """The n-th working day after a day, one day after the other, by an independent calendar."""
    day = start
    while n:
        day += timedelta(days=1)
        if day.year > 2026:
            return None
        n -= chinese_calendar.is_workday(day)
    return day


known_days = st.dates(date(2019, 1, 1), date(2026, 12, 31))


@given(
    st.lists(st.tuples(known_days, st.integers(0, 60)), min_size=1, max_size=8),
    st.sampled_from([7, 20]),
)
def test_whole_columns_agree_with_counting_day_by_day(
    records: list[tuple[date, int]], limit: int
) -> None:
    rules = (Rule("R", "", "", "", "", (), workdays=limit),)
    decided = [day for day, _ in records]
    published = [day + timedelta(days=wait) for day, wait in records]
    clock = deadlines.judge(
        rules,
        CALENDAR,
        column([str(day) for day in decided]),
        column([str(day) for day in published]),
        {},
        date(2030, 1, 1),
    )
    for number, (start, end) in enumerate(zip(decided, published, strict=True)):
        last = counted(start, limit)
        assert str(clock.last[number]) == (str(last) if last else "NaT")
        if last:
            expected = ON_TIME if end <= last else LATE
        else:
            expected = ON_TIME if end.year <= 2026 else UNKNOWN
        assert STATES[clock.state[number]] == expected


@given(st.lists(st.tuples(st.dates(date(2015, 1, 1), date(2030, 1, 1)), st.integers(1, 300))))
def test_adding_to_columns_agrees_with_adding_to_dates(pairs: list[tuple[date, int]]) -> None:
    import numpy as np

    starts = np.array([day for day, _ in pairs], "datetime64[D]")
    limits = np.array([n for _, n in pairs], "int64")
    gap = workdays.Calendar(frozenset({2019, 2021}), CALENDAR.days)
    for calendar in (CALENDAR, workdays.Calendar(), gap):
        ends, known = workdays.add_workdays(calendar, starts, limits)
        found = [end.item() if k else None for end, k in zip(ends, known, strict=True)]
        assert found == [calendar.add_workdays(day, n) for day, n in pairs]


GOOD = "p:\n  - {id: A, text: t, source: s, workdays: 7"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (GOOD + "}\n", []),
        (GOOD.replace("7", "0") + "}\n", ["d.yml:2: T302"]),
        (GOOD.replace("7", "251") + "}\n", ["d.yml:2: T302"]),
        (GOOD.replace("7", "七") + "}\n", ["d.yml:2: T302"]),
        (GOOD.replace("7", "true") + "}\n", ["d.yml:2: T302"]),
        (GOOD.replace(", workdays: 7", "") + "}\n", ["d.yml:2: T302"]),
        (GOOD + ", months: 3}\n", ["d.yml:2: T206"]),
        (GOOD + ", when: 1}\n", ["d.yml:2: T205"]),
        (GOOD + ", from: 2027-01-01, to: 2026-01-01}\n", ["d.yml:2: T204"]),
    ],
)
def test_mistakes_in_the_rules_are_found(tmp_path: Path, content: str, expected: list[str]) -> None:
    path = tmp_path / "d.yml"
    path.write_text(content, "utf-8")
    profiles, findings = book.load(path, file="d.yml", measure="workdays")
    assert [f"{f.place}: {f.code}" for f in findings if f.message] == expected
    assert len(profiles["p"]) == (not expected)
