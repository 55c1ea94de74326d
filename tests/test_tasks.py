"""Plans of work: who answers for what by one name, targets and results, what lies untouched, and counts that add up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, TODAY, copy_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure import catalog, descriptor, tasks
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.rules import units, workdays
from disclosure.rules.units import Units
from disclosure.site import lists, matrix, views

CALENDAR, _ = workdays.load(ROOT / "data" / "calendar.yml")
AGENCY = """
units:
  办公室: [局办公室]
  政策法规科: [局政策法规科, 局机关政策法规科]
  支队:
  机关各科室: [各科室]
unit_groups:
  机关各科室: [办公室, 政策法规科]
"""
HEAD = "年度,任务序号,篇章,任务名称,任务内容,目标值,计量单位,责任单位,印发日期,完成情况,完成值,佐证材料"
SCHEMA = descriptor.load(ROOT / "data" / "tasks" / "schema.yml", name="tasks", file="s.yml")[0]
assert SCHEMA
KNOWN = units.read(
    {
        "units": {
            "办公室": ["局办公室"],
            "政策法规科": ["局机关政策法规科"],
            "支队": None,
            "机关各科室": None,
        },
        "unit_groups": {"机关各科室": ["办公室", "政策法规科"]},
    }
)


def load(folder: Path, rows: Sequence[str], as_of: str = TODAY) -> Catalog:
    """A project with these tasks only."""
    data = folder / "data"
    copy_settings(data, "tasks/schema.yml")
    agency = (data / "agency.yml").read_text("utf-8").partition("# 责任单位")[0]
    (data / "agency.yml").write_text(agency + AGENCY, "utf-8")
    (data / "tasks" / "2026.csv").write_text("\n".join([HEAD, *rows, ""]), "utf-8")
    return catalog.load(data, as_of=date.fromisoformat(as_of))


def page(found: Catalog, year: str = "2026") -> str:
    collection = found.collections["tasks"]
    plan = matrix.plan(collection, year, units.read(found.agency))
    return matrix.content(plan, found.calendar, found.as_of)


class Tables(HTMLParser):
    """The tables of a page by class, as rows of (tag, scope, text)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, list[list[list[str]]]] = {}
        self.rows: list[list[list[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.rows = []
            self.found[str(dict(attrs)["class"]) + str(len(self.found))] = self.rows
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td") and self.rows is not None:
            self.rows[-1].append([tag, str(dict(attrs).get("scope", "")), ""])

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.rows = []

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1][2] += data.strip()


def texts(row: list[list[str]]) -> list[str]:
    return [text for _, _, text in row]


# ── Units ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("word", ["政策法规科", "局机关政策法规科", " 政策 法规科 "])
def test_a_unit_has_one_name_however_it_is_written(word: str) -> None:
    assert KNOWN.name(word) == "政策法规科"


def test_a_group_stands_for_its_members_and_who_is_named_is_named() -> None:
    assert KNOWN.among(["机关各科室", "局办公室"]) == {"办公室": "", "政策法规科": "机关各科室"}
    assert KNOWN.among(["支队", "没有的"]) == {"支队": "", "没有的": ""}
    assert KNOWN.name("没有的") == ""
    assert Units().among(["甲"]) == {"甲": ""}


@pytest.fixture(scope="module")
def sample() -> Catalog:
    return catalog.load(ROOT / "data", as_of=date.fromisoformat(TODAY))


def test_the_sample_names_its_units_well(sample: Catalog) -> None:
    known = units.read(sample.agency)
    assert not list(units.check(sample.agency, "a.yml"))
    for cell in sample.collections["tasks"].rows["units"]:
        assert all(known.name(word) for word in cell.split("、"))


# ── Targets ──────────────────────────────────────────────────────────────────────────────────────


def of(wanted: str, reached: str, unit: str = "%") -> list[bool | None]:
    row = {"target_value": wanted, "reached_value": reached, "value_unit": unit}
    return [target.met for target in tasks.targets(row)]


def test_results_are_compared_as_exact_decimals() -> None:
    assert of("70", "72.5") == [True]
    assert of("60", "59.99", "学时") == [False]
    assert of("0.3", "0.30") == [True]
    assert of("≤30", "30.0", "日") == [True]
    assert of("≤30", "30.1", "日") == [False]
    assert of("70、50", "72.5、49", "%") == [True, False]
    assert of("70、8", "", "%、个") == [None, None]
    assert of("", "") == of("不适用", "") == []


@given(st.decimals(0, 10**6, places=3), st.decimals(0, 10**6, places=3))
def test_a_target_is_met_from_its_value_on(wanted: Decimal, reached: Decimal) -> None:
    assert of(f"{wanted:f}", f"{reached:f}") == [reached >= wanted]
    assert of(f"≤{wanted:f}", f"{reached:f}") == [reached <= wanted]


@pytest.mark.parametrize(
    ("wanted", "reached", "unit"),
    [
        ("70、50", "70", "%"),
        ("", "70", "%"),
        ("七成", "70", "%"),
        ("1、2、3", "", "%、个"),
        ("", "", "%"),
    ],
)
def test_columns_that_do_not_fit_make_no_targets(wanted: str, reached: str, unit: str) -> None:
    assert of(wanted, reached, unit) == []


# ── Findings ─────────────────────────────────────────────────────────────────────────────────────


def row(number: int, units: str = "办公室", progress: str = "持续推进", **more: str) -> str:
    values = {"目标值": "", "计量单位": "", "完成值": "", "佐证材料": "", "篇章": "甲"} | more
    about = {
        "年度": "2026",
        "任务序号": number,
        "任务名称": f"任务{number}",
        "任务内容": "做",
        "责任单位": units,
    }
    about |= {"印发日期": "2026-02-01", "完成情况": progress, **values}
    return ",".join(str(about[name]) for name in HEAD.split(","))


def test_an_untouched_task_is_found_from_thirty_working_days_before_the_end(tmp_path: Path) -> None:
    first, end = tasks.closing(CALENDAR, 2026)
    assert end == date(2026, 12, 31)
    assert CALENDAR.workdays_between(first, end) == 30
    rows = [row(1, progress=""), row(2), row(3, progress="", 佐证材料="纪要")]
    for day, codes in (
        (first - timedelta(1), []),
        (first, ["N604"]),
        (end - timedelta(1), ["N604"]),
        (end, ["N605"]),
        (end + timedelta(400), ["N605"]),
    ):
        found = load(tmp_path / str(day), rows, str(day))
        told = [f for f in found.report if f.code.startswith("N6")]
        assert [f.code for f in told] == codes
        assert all(str(f.place).startswith("data/tasks/2026.csv:2:") for f in told)
        assert ("没有填写完成情况" in page(found)) == bool(codes)


def test_without_a_calendar_the_reminder_comes_early_enough() -> None:
    assert tasks.closing(CALENDAR, 2031)[0] == date(2031, 11, 1)


def test_gaps_are_told_by_year(tmp_path: Path) -> None:
    rows = [row(2), row(1), row(5), row(9)]
    [finding] = load(tmp_path, rows).report
    assert (finding.code, finding.facts["missing"]) == ("N603", "3—4、6—8")
    assert str(finding.place) == "data/tasks/2026.csv:4:2"


def test_a_preview_misses_no_task_that_it_did_not_read(tmp_path: Path) -> None:
    load(tmp_path, [row(3), row(1), row(2)])
    preview = catalog.load(tmp_path / "data", as_of=date.fromisoformat(TODAY), limit=1)
    assert not preview.report.findings


def test_what_does_not_apply_breaks_nothing(tmp_path: Path) -> None:
    rows = [row(1), row(2, 目标值="不适用").replace("2026,2,", "2026,不适用,"), row(3)]
    rows[2] = rows[2].replace("2026,3,", "不适用,2,")
    found = load(tmp_path, rows)
    assert list(matrix.addresses(found.collections["tasks"])) == ["tasks/matrix/2026/index.html"]
    assert "不适用. 任务2" in page(found)


def test_without_a_list_of_units_no_name_is_wrong(tmp_path: Path) -> None:
    found = load(tmp_path, [row(1, units="甲处")])
    assert [f.code for f in found.report] == ["N602"]
    agency = tmp_path / "data" / "agency.yml"
    agency.write_text(agency.read_text("utf-8").replace(AGENCY, ""), "utf-8")
    again = catalog.load(tmp_path / "data", as_of=date.fromisoformat(TODAY))
    assert not again.report.findings
    assert "甲处" in page(again)


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────


def test_both_spellings_share_a_column_and_groups_are_explained(tmp_path: Path) -> None:
    rows = [row(1, "政策法规科"), row(2, "局机关政策法规科"), row(3, "各科室、支队")]
    html = page(load(tmp_path, rows))
    [head, *_] = Tables(html).found["matrix0"]
    assert texts(head) == ["任务", "办公室", "政策法规科", "支队", "单位数", "完成情况"]
    assert "“机关各科室”代表办公室、政策法规科" in html
    assert html.count("●") == 3 + 1  # one of them in the legend
    assert html.count('aria-label="责任单位，由“机关各科室”包括"') == 2


def test_targets_and_results_stand_beside_each_other(tmp_path: Path) -> None:
    rows = [
        row(1, 目标值="70", 计量单位="%", 完成值="72.5"),
        row(2, 目标值="60", 计量单位="学时", 完成值="57.5"),
        row(3, 目标值="≤5", 计量单位="%"),
    ]
    html = page(load(tmp_path, rows))
    lines = {line[0][2]: texts(line)[2:5] for line in Tables(html).found["rows aims3"][1:]}
    assert lines["1. 任务1"] == ["70%", "72.5%", "达到"]
    assert lines["2. 任务2"] == ["60 学时", "57.5 学时", "未达到"]
    assert lines["3. 任务3"] == ["≤5%", "", "未填报"]
    assert "量化目标 3 个：达到 1 个、未达到 1 个、未填报 1 个。" in html


def test_hostile_cells_stay_text(tmp_path: Path) -> None:
    script = "<script>alert(1)</script>"
    html = page(load(tmp_path, [row(1, units=f"{script}、办公室", 篇章=script, 佐证材料=script)]))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 4


PLANS = st.lists(
    st.tuples(
        st.sampled_from(["甲", "乙", "丙"]),
        st.lists(
            st.sampled_from(
                ["办公室", "局办公室", "政策法规科", "支队", "机关各科室", "没有的单位"]
            ),
            min_size=1,
            max_size=4,
            unique=True,
        ),
        st.sampled_from(["已完成", "持续推进", "未完成", ""]),
    ),
    min_size=1,
    max_size=12,
)


@given(PLANS)
@settings(max_examples=60)
def test_counts_add_up_by_chapter_and_by_unit(plan: list[tuple[str, list[str], str]]) -> None:
    columns = {
        "number": [str(n) for n in range(1, len(plan) + 1)],
        "chapter": [chapter for chapter, _, _ in plan],
        "units": ["、".join(names) for _, names, _ in plan],
        "progress": [state for _, _, state in plan],
    }
    blank = dict.fromkeys(("name", "evidence", "target", "path"), [""] * len(plan))
    rows = pd.DataFrame({"year": ["2026"] * len(plan), **blank, **columns})
    made = matrix.plan(Collection(SCHEMA, rows, {}), "2026", KNOWN)
    tables = Tables(matrix.content(made, CALENDAR, date.fromisoformat(TODAY))).found
    # Counted anew, without the program.
    members = {"机关各科室": {"办公室", "政策法规科"}, "局办公室": {"办公室"}}
    answer = [
        set[str]().union(*(members.get(name, {name}) for name in names)) for _, names, _ in plan
    ]
    by_unit = Counter(unit for some in answer for unit in some)
    head, *lines = tables["matrix0"]
    names = texts(head)[1:-2]
    assert set(names) == set(by_unit)
    *body, total = lines
    assert [int(cell) for cell in texts(total)[1:-1]] == [
        *(by_unit[n] for n in names),
        by_unit.total(),
    ]
    for line in body:
        cells = texts(line)
        if line[0][1] == "rowgroup":
            chapter = re.sub(r"\d+ 项$", "", cells[0])
            mine = [
                some for some, (where, _, _) in zip(answer, plan, strict=True) if where == chapter
            ]
            expected = [sum(name in some for some in mine) for name in names]
            assert [int(cell or 0) for cell in cells[1:-2]] == expected
            assert int(cells[-2]) == sum(expected)
        else:
            number = int(cells[0].partition(".")[0])
            marked = {name for name, cell in zip(names, cells[1:], strict=False) if cell}
            assert marked == answer[number - 1]
            assert int(cells[-2]) == len(marked)
    states = Counter(state or "未填报" for _, _, state in plan)
    check_sums(tables["figures tally1"], len(plan), states)
    spread = Counter(
        state or "未填报" for some, (_, _, state) in zip(answer, plan, strict=True) for _ in some
    )
    check_sums(tables["figures tally2"], by_unit.total(), spread)


def check_sums(table: list[list[list[str]]], total: int, states: Mapping[str, int]) -> None:
    """The last line is the sum of the others, and says what was counted anew."""
    head, *body, last = ([cell[2] for cell in line] for line in table)
    columns = [sum(int(line[n]) for line in body) for n in range(1, len(head))]
    assert (
        columns
        == [int(cell) for cell in last[1:]]
        == [total, *(states.get(s, 0) for s in head[2:])]
    )
    assert all(int(line[1]) == sum(map(int, line[2:])) for line in body)


def test_the_page_is_linked_where_people_look(sample: Catalog) -> None:
    collection = sample.collections["tasks"]
    assert list(matrix.addresses(collection))[-1] == "tasks/matrix/2021/index.html"
    front = lists.front(collection)
    for year in ("2021", "2024", "2025", "2026"):
        assert f'<a href="matrix/{year}/">' in front
        [view] = [v for v in views.of(collection) if v.folder == year]
        assert f'<a href="../matrix/{year}/">' in view.note
    assert "matrix/" not in lists.front(sample.collections["norms"])


def test_the_sample_site_has_the_pages(sample_site: Path) -> None:
    for year in ("2021", "2024", "2025", "2026"):
        html = (sample_site / "tasks" / "matrix" / year / "index.html").read_text("utf-8")
        assert f"<h1>{year}年法治建设工作要点：任务分工和完成情况</h1>" in html
        for link in set(re.findall(r'href="(\.\./\.\./\.\./[^"#]+)"', html)):
            target = (sample_site / "tasks" / "matrix" / year / link).resolve()
            assert target.is_file() or (target / "index.html").is_file(), link
    assert "<script" not in html.partition('class="lead"')[2].partition("</main>")[0]
