"""Working days: the data file against an independent calendar, and the arithmetic on it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure.diagnostics import Place
from disclosure.rules import workdays
from disclosure.rules.workdays import Calendar

DATA = Path(__file__).parent.parent / "data" / "calendar.yml"
CALENDAR, FINDINGS = workdays.load(DATA)
FIRST, LAST = date(2019, 1, 1), date(2026, 12, 31)
known_days = st.dates(FIRST, LAST)


def test_data_file_has_no_findings() -> None:
    assert not FINDINGS
    assert CALENDAR.years >= set(range(2019, 2027))


def test_every_day_agrees_with_an_independent_calendar() -> None:
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    differences = [
        day for day in days if CALENDAR.is_workday(day) != chinese_calendar.is_workday(day)
    ]
    assert len(days) == 2922
    assert not differences


def test_a_report_issued_in_august_2021_and_published_a_year_later() -> None:
    issued, published = date(2021, 8, 26), date(2022, 8, 17)
    assert CALENDAR.workdays_between(issued, published) == 243
    assert CALENDAR.add_workdays(issued, 20) == date(2021, 9, 24)


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        (date(2026, 9, 18), 1, date(2026, 9, 20)),  # a Sunday worked for National Day
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # over the holiday
        (date(2020, 1, 23), 1, date(2020, 2, 3)),  # the extended Spring Festival of 2020
        (date(2025, 12, 31), 1, date(2026, 1, 4)),  # over New Year, to a Sunday worked
        (date(2026, 5, 1), 0, date(2026, 5, 1)),
        (date(2026, 12, 30), 1, date(2026, 12, 31)),
    ],
)
def test_limits(start: date, n: int, end: date) -> None:
    assert CALENDAR.add_workdays(start, n) == end


def test_the_year_not_yet_announced() -> None:
    assert CALENDAR.is_workday(date(2027, 1, 4)) is None
    assert CALENDAR.add_workdays(date(2026, 12, 30), 2) is None
    assert CALENDAR.add_workdays(date(2027, 1, 4), 0) is None
    assert CALENDAR.workdays_between(date(2026, 12, 30), date(2027, 1, 4)) is None
    assert CALENDAR.workdays_between(date(2018, 12, 30), date(2019, 1, 4)) is None
    end, findings = workdays.deadline(CALENDAR, date(2026, 12, 7), 20, Place("x.csv", row=3))
    assert end is None
    assert str(findings[0]).startswith("x.csv:3: T101")
    assert "2027 年" in findings[0].message
    assert workdays.deadline(CALENDAR, date(2026, 11, 2), 7, Place("x.csv")) == (
        date(2026, 11, 11),
        [],
    )


def test_limits_run_forwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        CALENDAR.add_workdays(FIRST, -1)


@given(known_days, st.integers(1, 400))
def test_adding_and_counting_are_inverse(start: date, n: int) -> None:
    end = CALENDAR.add_workdays(start, n)
    if end is None:
        rest = CALENDAR.workdays_between(start, LAST)
        assert rest is not None
        assert rest < n
    else:
        assert CALENDAR.is_workday(end)
        assert CALENDAR.workdays_between(start, end) == n
        assert CALENDAR.workdays_between(end, start) == -n


@given(st.lists(st.tuples(*[st.dates(date(2015, 1, 1), date(2030, 1, 1))] * 2), max_size=20))
def test_whole_columns_agree_with_single_dates(pairs: list[tuple[date, date]]) -> None:
    starts = np.array([a for a, _ in pairs], "datetime64[D]")
    ends = np.array([b for _, b in pairs], "datetime64[D]")
    for calendar in (CALENDAR, Calendar(), Calendar(frozenset({2019, 2021}), CALENDAR.days)):
        counts, known = workdays.workdays_between(calendar, starts, ends)
        found = [int(n) if k else None for n, k in zip(counts, known, strict=True)]
        assert found == [calendar.workdays_between(a, b) for a, b in pairs]


def test_blank_dates_in_columns_are_unknown() -> None:
    dates = np.array(["NaT", "2026-01-05"], "datetime64[D]")
    counts, known = workdays.workdays_between(CALENDAR, dates, dates[::-1])
    assert list(known) == [False, False]
    assert list(counts) == [0, 0]


GOOD = "2027:\n  source: 通知\n  holidays:\n    元旦: 2027-01-01\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (GOOD, []),
        ("- 1\n", ["c.yml:1: F209"]),
        ("二〇二七: 1\n", ["c.yml:1: T102"]),
        ("2027: 1\n", ["c.yml:1: T102"]),
        ("12027:\n  source: 通知\n  holidays: {}\n", ["c.yml:1: T102"]),
        ("2027:\n  source: 通知\n", ["c.yml:1: T102"]),
        ("2027:\n  source: 通知\n  holidays: {}\n  working: 无\n", ["c.yml:1: T102"]),
        ("2027:\n  holidays: {}\n", ["c.yml:1: T103"]),
        (GOOD + "    春节: 二月初六\n", ["c.yml:5: T104"]),
        (GOOD + "    春节: 2027-02-05 至 2027-02-30\n", ["c.yml:5: T104"]),
        (GOOD + "    春节: 2027-02-12 至 2027-02-05\n", ["c.yml:5: T104"]),
        (GOOD + "    春节: 2027-02-05 至 2027-12-05\n", ["c.yml:5: T104"]),
        (GOOD + "    春节:\n", ["c.yml:5: T104"]),
        (GOOD + "    春节: 2027-02-30\n", ["c.yml:5:9: F208"]),
        (GOOD + "    春节: 2026-12-31 至 2027-01-02\n", ["c.yml:5: T105", "c.yml:5: T106"]),
        (GOOD + "    春节: [2027-02-05, 2027-02-05]\n", ["c.yml:5: T106"]),
        (GOOD + "  working: {元旦: 2027-01-01}\n", ["c.yml:5: T106"]),
        (GOOD + "  working: {元旦: 2027-01-04}\n", ["c.yml:5: T107"]),
        (GOOD + GOOD.replace("2027", "2029"), ["c.yml:5: T108"]),
        (GOOD + "  workdays: {元旦: 2027-01-02}\n", ["c.yml:5: T109"]),
    ],
)
def test_mistakes_are_found_where_they_stand(
    tmp_path: Path, content: str, expected: list[str]
) -> None:
    path = tmp_path / "calendar.yml"
    path.write_text(content, "utf-8")
    calendar, findings = workdays.load(path, file="c.yml")
    assert [f"{f.place}: {f.code}" for f in findings if f.message] == expected
    assert (2027 in calendar.years) == (not expected or "T108" in expected[0])


def test_missing_file(tmp_path: Path) -> None:
    calendar, findings = workdays.load(tmp_path / "calendar.yml")
    assert [str(f.place) for f in findings] == ["data/calendar.yml"]
    assert calendar.is_workday(date(2026, 1, 5)) is None
