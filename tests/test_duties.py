"""Yearly duties: the day before, on and after each last day; the page, the notice and the calendar file."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import icalendar
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from disclosure import catalog
from disclosure.diagnostics import Report
from disclosure.intake import articles
from disclosure.intake.articles import Article
from disclosure.rules import book, duties, workdays
from disclosure.rules.duties import Duty
from disclosure.site import duties as page

FILE = ROOT / "data" / "rules" / "duties.yml"
PROFILES, FINDINGS = book.load(FILE, file="d.yml", measure="yearly")
CALENDAR, _ = workdays.load(ROOT / "data" / "calendar.yml")
TODAY = date(2026, 11, 22)
DUE = {
    "政府信息公开工作年度报告": ("D5", "01-31"),
    "行政执法总体情况": ("D6", "01-31"),
    "政府网站工作年度报表": ("D7", "01-31"),
    "法治政府建设年度报告": ("D8", "03-31"),
}
REPORT, INTERNAL = "法治政府建设年度报告", "法治政府建设情况报送上级"


def report(name: str, year: int, published: str) -> Article:
    return Article(f"reports/{name}-{year}/", f"{year}年{name}", "", published, "", name, year)


def found(
    written: list[Article], as_of: date, profiles: dict[str, book.Profile] | None = None
) -> list[str]:
    """Codes and names of what the check says."""
    chosen = PROFILES if profiles is None else profiles
    report = duties.check(ROOT, chosen, written, {"duties_from": 2025}, CALENDAR, as_of)
    return [f"{f.code} {f.facts['year']} {f.facts['name']}" for f in report if f.message]


def only(name: str, **changes: object) -> dict[str, book.Profile]:
    """The rule of one duty alone, changed."""
    [rule] = PROFILES[name]
    fields = {key: getattr(rule, key) for key in rule.__slots__}
    return {name: (book.Rule(**{**fields, **changes}),)}


def test_the_rules_of_the_bureau_have_no_findings() -> None:
    assert not FINDINGS
    assert {name: rule.id for name, [rule] in PROFILES.items()} == {
        **{name: number for name, (number, _) in DUE.items()},
        INTERNAL: "D9",
    }


@pytest.mark.parametrize("name", DUE)
def test_the_day_before_on_and_after_the_last_day(name: str) -> None:
    profiles = {name: PROFILES[name]}
    last = date.fromisoformat(f"2026-{DUE[name][1]}")
    for shift, late in ((-1, 0), (0, 0), (1, 1), (30, 30)):
        day = last + timedelta(days=shift)
        [duty] = duties.schedule(profiles, [report(name, 2025, str(day))], 2025, date(2026, 6, 1))[
            1:
        ]
        assert (duty.due, duty.late, duty.overdue(TODAY)) == (last, late, 0)
        [missing] = duties.schedule(profiles, [], 2025, day)[1:]
        assert missing.overdue(day) == max(shift, 0)
        codes = found([], day, profiles)
        assert codes == [f"{'T357' if shift > 0 else 'T356'} 2025 {name}"]
        assert found([report(name, 2025, str(day))], day, profiles) == []


def test_what_is_owed_inside_is_a_switch_and_falls_due_before_march() -> None:
    assert found([], date(2026, 3, 1), {INTERNAL: PROFILES[INTERNAL]}) == []
    for year, last in ((2025, date(2026, 2, 28)), (2027, date(2028, 2, 29))):
        switched = only(INTERNAL, applies=True)
        [duty] = [
            d for d in duties.schedule(switched, [], 2025, date(2028, 1, 1)) if d.year == year
        ]
        assert duty.due == last
    switched = only(INTERNAL, applies=True, done=((2025, "2026-02-28"),))
    for day in (date(2026, 2, 28), date(2026, 3, 1)):
        assert found([], day, switched) == []
    assert found([], date(2026, 2, 27), switched) == [f"T356 2025 {INTERNAL}"]
    late = only(INTERNAL, applies=True, done=((2025, "2026-03-01"),))
    [duty] = duties.schedule(late, [], 2025, date(2026, 3, 1))[1:]
    assert duty.late == 1


def test_the_day_before_on_and_after_the_reminder() -> None:
    profiles = {REPORT: PROFILES[REPORT]}
    first = date(2026, 3, 10)  # fifteen working days later it is 31 March
    assert CALENDAR.workdays_between(first, date(2026, 3, 31)) == 15
    for day, expected in ((-1, []), (0, [f"T356 2025 {REPORT}"]), (1, [f"T356 2025 {REPORT}"])):
        assert found([], first + timedelta(days=day), profiles) == expected


def test_a_reminder_in_a_year_without_calendar_comes_thirty_days_before() -> None:
    assert duties.reminder(CALENDAR, date(2027, 1, 31)) == date(2027, 1, 1)
    assert duties.reminder(workdays.Calendar(), date(2026, 3, 31)) == date(2026, 3, 1)


@given(st.dates(date(2019, 3, 1), date(2026, 12, 31)))
def test_a_reminder_leaves_fifteen_working_days(due: date) -> None:
    day = duties.reminder(CALENDAR, due)
    assert CALENDAR.is_workday(day)
    # A last day that is a day off does not count; the fifteen lie before it.
    assert CALENDAR.workdays_between(day, due) == 14 + bool(CALENDAR.is_workday(due))


@given(st.dates(date(2019, 1, 1), date(2026, 12, 31)), st.integers(1, 200))
def test_working_days_before_and_after_agree(end: date, n: int) -> None:
    day = CALENDAR.workday_before(end, n)
    if day is None:
        assert (CALENDAR.workdays_between(date(2019, 1, 1), end) or 0) <= n
    else:
        between = CALENDAR.workdays_between(day, end)
        assert between is not None
        assert between - bool(CALENDAR.is_workday(end)) == n - 1


def test_years_run_from_the_first_to_the_next() -> None:
    profiles = {REPORT: PROFILES[REPORT]}

    def years(written: list[Article], first: int | None) -> list[int]:
        return [duty.year for duty in duties.schedule(profiles, written, first, TODAY)]

    old = report(REPORT, 2020, "2021-03-09")
    assert years([], 2024) == [2026, 2025, 2024]
    assert years([old], 2025) == [2026, 2025, 2020]  # what was published is shown
    assert years([old], None) == [2026, 2025, 2024, 2023, 2022, 2021, 2020]
    assert years([], None) == [2026]
    assert years([], 2030) == []


def test_the_rule_of_its_last_day_holds() -> None:
    old = book.Rule("OLD", "", "", "2010-01-01", "2026-03-30", (), by="06-30")
    new = book.Rule("NEW", "", "", "2026-03-31", "", (), by="03-31")
    scheduled = duties.schedule({"报告": (old, new)}, [], 2024, date(2026, 1, 1))
    assert [(d.year, d.rule.id, str(d.due)) for d in scheduled] == [
        (2026, "NEW", "2027-03-31"),
        (2025, "NEW", "2026-03-31"),
        (2024, "OLD", "2025-06-30"),
    ]
    assert duties.schedule({"报告": (new,)}, [], 2024, date(2025, 6, 1))[-1].year == 2025


def test_what_was_published_first_counts_and_not_before_its_day() -> None:
    profiles = {REPORT: PROFILES[REPORT]}
    twice = [report(REPORT, 2025, day) for day in ("2026-04-02", "2026-03-30")]
    assert duties.schedule(profiles, twice, 2025, TODAY)[-1].late == 0
    coming = [report(REPORT, 2025, "2026-03-30")]
    assert found(coming, date(2026, 3, 29), profiles) == [f"T356 2025 {REPORT}"]
    assert found(coming, date(2026, 3, 30), profiles) == []


def duty(published: str = "", **changes: object) -> Duty:
    [rule] = PROFILES[REPORT]
    day = date.fromisoformat(published) if published else None
    written = report("law", 2025, published) if published else None
    return Duty(REPORT, rule, 2025, date(2026, 3, 31), day, written)


@pytest.mark.parametrize(
    ("published", "state", "notice"),
    [
        ("2026-03-31", "已按期公开", "本报告应于 2026-04-01 之前公布，实际公布于 2026-03-31"),
        ("2026-04-01", "逾期公开（第 1 天）", "本报告应于 2026-04-01 之前公布，实际公布于 2026-04-01，逾期 1 天"),
        ("", "未公开，已逾期 2 天", ""),
    ],
)  # fmt: skip
def test_how_a_duty_stands(published: str, state: str, notice: str) -> None:
    assert page.state(duty(published), date(2026, 4, 2)) == state
    assert duties.notice(duty(published)) == notice


def test_a_last_day_that_counts_is_told_as_the_rule_tells_it() -> None:
    one = report("政府网站工作年度报表", 2025, "2026-02-02")
    [_, late] = duties.schedule({one.duty: PROFILES[one.duty]}, [one], 2025, TODAY)
    assert duties.notice(late) == "本报告应于 2026-01-31 前公布，实际公布于 2026-02-02，逾期 2 天"
    html = page.notices([late])[one.address]
    assert 'class="mark"' in html
    assert '<a href="../../duties/#D7">规则 D7</a>' in html


def test_the_state_before_the_last_day() -> None:
    assert page.state(duty(), date(2026, 3, 31)) == "将于 2026-03-31 到期"


def test_the_sample_site(sample_site: Path) -> None:
    html = (sample_site / "duties" / "index.html").read_text("utf-8")
    assert "截至 2026-11-22" in html
    assert "逾期公开（第 2 天）" in html
    assert html.count("已按期公开") == 4
    assert html.count("将于 2027-") == 4
    for number in ("D5", "D6", "D7", "D8"):
        assert html.count(f'id="{number}"') == 1
    assert "D9" not in html  # switched off
    for link in re.findall(r'href="\.\./(reports/[^"]+/)"', html):
        assert (sample_site / link / "index.html").is_file()
    late = (sample_site / "reports" / "website-2025" / "index.html").read_text("utf-8")
    assert "实际公布于 2026-02-02，逾期 2 天" in late
    kept = (sample_site / "reports" / "law-2020" / "index.html").read_text("utf-8")
    assert "本报告应于 2021-04-01 之前公布，实际公布于 2021-03-09（" in kept
    assert not [p for p in sample_site.rglob("*.html") if "qzcontentzq" in p.read_text("utf-8")]


def test_without_duties_the_page_says_so() -> None:
    assert "没有登记" in page.front([], TODAY)


# ── The calendar file ────────────────────────────────────────────────────────────────────────────


def test_the_calendar_can_be_read_again(sample_site: Path) -> None:
    raw = (sample_site / "duties" / "duties.ics").read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 75
    events = {str(e["UID"]): e for e in icalendar.Calendar.from_ical(raw).walk("VEVENT")}
    assert len(events) == 9
    coming = events["D8-2026@jtj.example.gov.cn"]
    assert coming.decoded("DTSTART") == date(2027, 3, 31)
    assert coming.decoded("DTEND") == date(2027, 4, 1)
    assert coming["SUMMARY"] == "2026年度法治政府建设年度报告：最后期限"
    assert "《法治政府建设与责任落实督察工作规定》第二十四条" in coming["DESCRIPTION"]
    [alarm] = coming.walk("VALARM")
    assert alarm.decoded("TRIGGER") == -timedelta(days=30)  # 2027 is not announced
    past = events["D8-2025@jtj.example.gov.cn"]
    assert not past.walk("VALARM")
    assert past["URL"] == "https://jtj.example.gov.cn/reports/law-2025/"


def calendar_of(name: str, as_of: date) -> bytes:
    loaded = catalog.Catalog(
        {"url": "https://a.example.cn/"}, {}, Report(), {}, as_of, only(name), CALENDAR
    )
    scheduled = duties.schedule(loaded.duties, [], 2025, as_of)
    return page.calendar(scheduled, loaded)


def test_an_alarm_comes_fifteen_working_days_before() -> None:
    raw = calendar_of(REPORT, date(2026, 1, 5))
    [_, event] = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    [alarm] = event.walk("VALARM")
    assert event.decoded("DTSTART") + alarm.decoded("TRIGGER") == date(2026, 3, 10)


def test_the_calendar_knows_no_clock() -> None:
    assert calendar_of(REPORT, date(2026, 1, 5)) == calendar_of(REPORT, date(2026, 1, 5))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120))
def test_any_text_survives_the_calendar(text: str) -> None:
    [rule] = only(REPORT, text=text)[REPORT]
    loaded = catalog.Catalog({"url": "https://a.example.cn/"}, {}, Report(), {}, TODAY)
    due = [Duty(text, rule, 2026, date(2027, 3, 31))]
    raw = page.calendar(due, loaded)
    assert max(map(len, raw.split(b"\r\n"))) <= 75
    [event] = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    assert event["SUMMARY"] == f"2026年度{text}：最后期限"
    assert str(event["DESCRIPTION"]).startswith(text)


# ── What people write ────────────────────────────────────────────────────────────────────────────

GOOD = "报告:\n  - {id: A, text: t, source: s"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (", by: 01-31}", []),
        (", before: 03-01, applies: false, done: {2025: 2026-01-20}}", []),
        ("}", ["T351"]),
        (", by: 01-31, before: 04-01}", ["T351"]),
        (", by: 2026-01-31}", ["T351"]),
        (", by: 02-29}", ["T351"]),  # a day that most years have not
        (", by: 1-31}", ["T351"]),
        (", by: 13-01}", ["T351"]),
        (", by: 04-31}", ["T351"]),
        (", by: 01-31, applies: 否}", ["T352"]),
        (", by: 01-31, done: [2026-01-20]}", ["T352"]),
        (", by: 01-31, done: {2025: 一月}}", ["T352"]),
        (", by: 01-31, months: 3}", ["T206"]),
    ],
)
def test_mistakes_in_the_rules_are_found(tmp_path: Path, rest: str, expected: list[str]) -> None:
    path = tmp_path / "d.yml"
    path.write_text(f"{GOOD}{rest}\n", "utf-8")
    profiles, findings = book.load(path, file="d.yml", measure="yearly")
    assert [f.code for f in findings if f.message] == expected
    assert len(profiles["报告"]) == (not expected)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("法定事项: 法治政府建设年度报告\n年度: 2025\n公开日期: 2026-03-20\n", []),
        ("法定事项: 法治政府建设年度报告\n年度: 二〇二五\n公开日期: 2026-03-20\n", ["T355 3"]),
        ("法定事项: 法治政府建设年度报告\n年度: 25\n公开日期: 2026-03-20\n", ["T355 3"]),
        ("年度: 2025\n法定事项: 法治政府建设年度报告\n", ["T355 4"]),
        ("法定事项: 年报\n年度: 2025\n公开日期: 2026-03-20\n", ["T354 3"]),
        ("年度: 2025\n公开日期: 2026-03-20\n", []),
        ("法定事项:\n", []),
    ],
)
def test_claims_are_checked_where_they_stand(
    tmp_path: Path, head: str, expected: list[str]
) -> None:
    path = tmp_path / "docs" / "reports" / "law.md"
    path.parent.mkdir(parents=True)
    path.write_text(f"---\ntitle: 报告\n{head}---\n", "utf-8")
    (tmp_path / "data" / "rules").mkdir(parents=True)
    (tmp_path / "data" / "rules" / "duties.yml").write_bytes(FILE.read_bytes())
    written, findings = articles.load(tmp_path / "docs")
    assert not findings
    complaints = list(duties.check(tmp_path, PROFILES, written, {}, CALENDAR, date(2026, 1, 1)))
    found = [f"{f.code} {f.place.row}" for f in complaints if f.code in ("T354", "T355")]
    assert found == expected
    assert all(f.place.file == "docs/reports/law.md" for f in complaints if f.code == "T355")
