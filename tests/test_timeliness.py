"""Timeliness: what a record says of its time limit, and sums that count what has come down, too."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT, copy_settings
from hypothesis import given
from hypothesis import strategies as st

from disclosure import catalog, timeliness
from disclosure.catalog import Catalog
from disclosure.diagnostics import name_rows
from disclosure.rules.deadlines import LATE, ON_TIME, OPEN, STATES, UNKNOWN, UNSTATED
from disclosure.site import records, shelf
from disclosure.site import timeliness as page
from disclosure.site.shell import cut

TODAY = date(2026, 11, 22)
SCHEMA = """\
title: 处罚
date: decided
record_title: "{doc_no}"
primaryKey: [doc_no]
list: [doc_no]
views: [kind]
retention: penalties
deadline: decisions
fields:
  - {name: doc_no, title: 文号, format: docno, constraints: {required: true}}
  - {name: kind, title: 类别, type: list}
  - {name: organ, title: 机关}
  - {name: party_kind, title: 相对人类别}
  - {name: decided, title: 决定日期, type: date, constraints: {required: true}}
  - {name: published, title: 公开日期, type: date}
  - {name: publish, title: 是否公开, type: boolean}
  - {name: publish_basis, title: 不公开依据}
  - {name: status, title: 状态}
  - {name: status_date, title: 状态日期, type: date}
  - {name: status_reason, title: 状态理由}
"""
HEADERS = "文号,类别,机关,相对人类别,决定日期,公开日期,是否公开,不公开依据,状态,状态日期,状态理由\n"
ROWS = """\
A-1,罚款,甲局,,2026-03-02,2026-03-11,是,,,,
A-2,罚款、警告,甲局,,2026-03-02,2026-03-12,是,,,,
A-3,警告,乙局,,2026-03-02,2026-03-03,是,,撤销,2026-06-01,复议决定撤销。
A-4,警告,乙局,,2026-03-02,2026-03-13,是,,确认违法,2026-06-01,法院确认违法。
A-5,罚款,甲局,,2026-03-02,,否,内部管理,,,
A-6,,甲局,,2026-03-02,,是,,,,
A-7,罚款,,,2026-11-20,,是,,,,
A-8,罚款,甲局,自然人,2022-03-02,2022-03-03,是,,,,
A-9,罚款,甲局,,2018-12-28,2019-01-03,是,,,,
A-10,罚款,甲局,,2018-01-05,2018-03-05,是,,,,
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    copy_settings(tmp_path / "data")
    folder = tmp_path / "data" / "fines"
    folder.mkdir()
    (folder / "schema.yml").write_text(SCHEMA, "utf-8")
    (folder / "2026.csv").write_text(HEADERS + ROWS, "utf-8")
    return tmp_path / "data"


def load(data: Path, as_of: date = TODAY) -> Catalog:
    return catalog.load(data, as_of=as_of)


def found(loaded: Catalog) -> dict[str, str]:
    return {f.code: f"{f.place} {f.says}" for f in loaded.report if f.code.startswith("T3")}


def test_what_came_down_is_counted_and_what_was_never_public_is_not(data: Path) -> None:
    loaded = load(data)
    kept = loaded.collections["fines"].timeliness
    assert [rule.id for rule in kept.rules] == ["D1"]
    assert kept.counts[""] == {
        ("", "2026"): {ON_TIME: 2, LATE: 2, UNSTATED: 1, OPEN: 1},  # A-5 is closed
        ("", "2022"): {ON_TIME: 1},  # retired long ago
        ("", "2018"): {UNKNOWN: 1},  # A-10 was decided before there was a rule
    }
    shown = loaded.collections["fines"].rows["doc_no"].tolist()
    assert {"A-3", "A-4", "A-5", "A-8"}.isdisjoint(shown)


def test_kinds_and_organs_add_up_to_the_years(data: Path) -> None:
    counts = load(data).collections["fines"].timeliness.counts
    assert counts["kind"]["罚款", "2026"] == {ON_TIME: 1, LATE: 1, OPEN: 1}
    assert counts["kind"]["警告", "2026"] == {
        ON_TIME: 1,
        LATE: 2,
    }  # one with two kinds counts twice
    assert counts["kind"][timeliness.BLANK, "2026"] == {UNSTATED: 1}
    assert sum(sum(c.values()) for c in counts["organ"].values()) == 8
    assert counts["organ"]["乙局", "2026"] == {ON_TIME: 1, LATE: 1}


def test_findings_name_the_rows_of_a_file_once(data: Path) -> None:
    assert found(load(data)) == {
        "T305": "data/fines/2026.csv:3:6 第 3、5 行超过 7 个工作日的时限（规则 D1）才公开，"
        "最长逾期 2 个工作日。",
        "T306": "data/fines/2026.csv:7:6 第 7 行没有填公开日期，7 个工作日的时限（规则 D1）已经过了。",
        "T307": "data/fines/2026.csv:8:6 第 8 行没有填公开日期，公开时限还没有到。",
        "T308": "data/fines/2026.csv:10:6 第 10 行的公开时限要用 2018 年的放假安排才能计算，"
        "工作日日历里还没有（待国务院公布）。",
    }


def test_what_the_day_of_the_check_changes(data: Path) -> None:
    rows = "A-1,,,,2026-03-02,2026-03-11,,,,,\n"
    (data / "fines" / "2026.csv").write_text(HEADERS + rows, "utf-8")
    assert set(found(load(data, date(2026, 3, 10)))) == {"T304"}
    assert found(load(data, date(2026, 3, 11))) == {}
    (data / "fines" / "2026.csv").write_text(HEADERS + rows.replace("2026-03-11", ""), "utf-8")
    assert set(found(load(data, date(2026, 3, 11)))) == {"T307"}
    assert set(found(load(data, date(2026, 3, 12)))) == {"T306"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("deadline: decisions", "deadline: nothing"), "里没有这个方案"),
        (("date: decided\n", ""), "没有日期字段"),
        (("name: published", "name: public_day"), "（published）"),
        (("公开日期, type: date}", "公开日期, type: date, public: false}"), "（published）"),
    ],
)
def test_a_limit_that_cannot_be_applied_is_reported(
    data: Path, change: tuple[str, str], reason: str
) -> None:
    assert change[0] in SCHEMA
    text = SCHEMA.replace("retention: penalties\n", "").replace(*change)
    (data / "fines" / "schema.yml").write_text(text, "utf-8")
    loaded = load(data)
    assert reason in found(loaded)["T301"]
    assert not loaded.collections["fines"].timeliness.rules


def test_a_rule_by_a_column_that_is_not_there(data: Path) -> None:
    rules = data / "rules" / "deadlines.yml"
    text = rules.read_text("utf-8").replace("workdays: 7", "workdays: 7\n    when: {level: [重大]}")
    rules.write_text(text, "utf-8")
    assert "「level」本栏目没有" in found(load(data))["T301"]


def test_without_rules_nothing_is_said(data: Path) -> None:
    (data / "fines" / "schema.yml").write_text(SCHEMA.replace("deadline: decisions\n", ""), "utf-8")
    (data / "rules" / "deadlines.yml").unlink()
    loaded = load(data)
    assert not found(loaded)
    assert not set(timeliness.COLUMNS) & set(loaded.collections["fines"].rows.columns)
    assert "没有设定公开时限的栏目" in page.front(loaded)


def test_rules_that_are_needed_and_missing(data: Path) -> None:
    (data / "rules" / "deadlines.yml").unlink()
    codes = [(str(f.place), f.code) for f in load(data).report]
    assert codes == [("data/rules/deadlines.yml", "F201")]


@pytest.mark.parametrize(
    ("arguments", "late", "text"),
    [
        (("2026-03-11", "5", "2026-03-09"), False, "按期公开；用时 5 个工作日；时限 7 个工作日，至 2026-03-11"),
        (("2026-03-11", "0", "2026-03-02"), False, "按期公开；用时不足 1 个工作日；时限 7 个工作日，至 2026-03-11"),
        (("2026-03-11", "9", "2026-03-13"), True, "逾期 2 个工作日公开；用时 9 个工作日；时限 7 个工作日，至 2026-03-11"),
        (("2026-03-13", "7", "2026-03-14"), True, "逾期不足 1 个工作日公开；用时 7 个工作日；时限 7 个工作日，至 2026-03-13"),
        (("2026-12-31", "", "2027-01-05"), True, "逾期公开；时限 7 个工作日，至 2026-12-31"),
        (("", "6", "2026-12-31"), False, "按期公开；用时 6 个工作日；时限 7 个工作日，截止日待国务院公布放假安排"),
        (("", "", "2027-01-05"), False, "待国务院公布放假安排后计算；时限 7 个工作日"),
        (("2026-03-11", "", ""), False, "未填公开日期；时限 7 个工作日，至 2026-03-11"),
        (("2026-03-11", "", "不适用"), False, "未填公开日期；时限 7 个工作日，至 2026-03-11"),
        (("", "", ""), False, "未填公开日期；时限 7 个工作日，截止日待国务院公布放假安排"),
    ],
)  # fmt: skip
def test_what_a_record_says(arguments: tuple[str, str, str], late: bool, text: str) -> None:
    assert timeliness.sentence(7, *arguments) == (late, text)


def test_record_pages_say_it_and_lead_to_the_rule(data: Path, tmp_path: Path) -> None:
    loaded = load(data)
    collection = loaded.collections["fines"]
    shelves = {"fines": shelf.put(collection, str(tmp_path / "shelves"))}
    dressed = cut("qztitlezq|qzcontentzq")
    made = [j.make(*j.arguments) for j in records.jobs(loaded, collection, shelves, dressed)]
    pages = {content.decode().split("|")[0]: content.decode() for job in made for _, content in job}
    assert "逾期 1 个工作日公开；用时 8 个工作日" in pages["A-2"]
    assert "<dd class=late>" in pages["A-2"]
    assert "class=late" not in pages["A-1"]
    assert "未填公开日期；时限 7 个工作日，至 2026-03-11" in pages["A-6"]
    assert "待国务院公布" in pages["A-9"]
    assert "公开时限" not in pages["A-10"]
    assert '（规则 <a href="../../timeliness/#D1">D1</a>）' in pages["A-1"]


def test_the_page_shows_every_count_and_names_its_rule(data: Path) -> None:
    html = page.front(load(data))
    assert "截至 2026-11-22" in html
    [table] = re.findall(r"<caption>处罚：按年度</caption>(.*?)</table>", html, re.S)
    lines = [re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", line) for line in table.split("</tr>")]
    assert lines[0] == ["年度", "应公开", *STATES, "及时率"]
    assert lines[1] == ["2026年", "6", "2", "2", "1", "1", "0", "40.00%"]
    assert lines[2] == ["2022年", "1", "1", "0", "0", "0", "0", "100.00%"]
    assert lines[3] == ["2018年", "1", "0", "0", "0", "0", "1", "—"]
    assert lines[4] == ["合计", "8", "3", "2", "1", "1", "1", "50.00%"]
    assert 'id="D1"' in html
    assert "国办发〔2018〕118号" in html
    assert 'href="#D1"' in html
    assert "（2/5）" in html
    assert html.count("<caption>") == html.count("<table") > 4
    assert "<th>" not in html


def test_a_collection_without_rows_says_so(data: Path) -> None:
    (data / "fines" / "2026.csv").write_text(HEADERS, "utf-8")
    html = page.front(load(data))
    assert "没有适用时限的记录" in html
    assert 'id="D1"' in html


@pytest.mark.parametrize(
    ("counts", "rate"),
    [
        ({}, "—"),
        ({UNKNOWN: 4, OPEN: 2}, "—"),
        ({LATE: 3}, "0.00%"),
        ({UNSTATED: 3}, "0.00%"),
        ({ON_TIME: 2, LATE: 1}, "66.67%"),
        ({ON_TIME: 1, LATE: 1, UNSTATED: 1, OPEN: 5}, "33.33%"),
        ({ON_TIME: 1, LATE: 7}, "12.50%"),
        ({ON_TIME: 6667, LATE: 93333}, "6.67%"),
        ({ON_TIME: 665, LATE: 99335}, "0.67%"),  # exactly half a hundredth goes up
    ],
)
def test_rates_are_exact(counts: dict[str, int], rate: str) -> None:
    assert page.rate(counts) == rate


@given(st.dictionaries(st.sampled_from(STATES), st.integers(0, 10**9)))
def test_a_rate_lies_between_none_and_all(counts: dict[str, int]) -> None:
    rate = page.rate(counts)
    assert rate == "—" or 0 <= float(rate.removesuffix("%")) <= 100


def test_rows_are_named_shortly() -> None:
    assert name_rows([3]) == "第 3 行"
    assert name_rows([3, 5, 8, 9, 10]) == "第 3、5、8、9、10 行"
    assert name_rows(range(2, 9)) == "第 2、3、4、5、6 行等 7 行"


def test_the_sample_adds_up() -> None:
    loaded = load(ROOT / "data")
    for collection in loaded.collections.values():
        counts = collection.timeliness.counts
        if not counts:
            continue
        for (_, year), states in counts[""].items():
            if year == "2019":  # in which the rule for norms begins
                continue
            closed = collection.tally[year].get("不公开", 0)
            assert sum(states.values()) == collection.years[year] - closed
    assert [n for n, c in loaded.collections.items() if c.timeliness.rules] == [
        "penalties",
        "permits",
        "inspections",
        "norms",
    ]
