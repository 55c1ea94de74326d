"""Statuses: every term of publication the day before, on and after its turn, and changes that are dated."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, copy_settings
from hypothesis import given
from hypothesis import strategies as st

from disclosure import catalog
from disclosure.catalog import Catalog
from disclosure.rules import book, status
from disclosure.site import guard, shelf
from disclosure.site.guard import MustBeDown

DAY = timedelta(days=1)
ROW = {
    "行政相对人名称": "虚构甲运输有限公司",
    "行政相对人类别": "法人及非法人组织",
    "行政处罚决定书文号": "虚交罚〔2026〕1号",
    "业务类别": "非法营运",
    "违法行为类型": "未取得许可",
    "违法事实": "虚构的事实",
    "处罚依据": "虚构的依据",
    "处罚类别": "罚款",
    "处罚内容": "罚款",
    "罚款金额（元）": "5000",
    "处罚决定日期": "2026-04-01",
    "执法程序": "普通",
    "处罚机关": "虚构局",
}
SIMPLE = {"执法程序": "简易"}
WARNED = {"处罚类别": "警告、通报批评", "罚款金额（元）": ""}
NEEDED = {"是否公开": "是"}
REVOKED = {"处罚类别": "罚款、吊销许可证件"}
BARRED = {"处罚类别": "限制从业"}
HUGE = {"罚款金额（元）": "1000000"}
LARGE = {"罚款金额（元）": "999999.99"}
SAFETY = {"业务类别": "安全生产"}
PERSON = {"行政相对人类别": "自然人", "行政相对人名称": "张某"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The bureau's settings and its penalties, without rows."""
    folder = tmp_path / "data"
    copy_settings(folder, "penalties/schema.yml", change=without_powers)
    return folder


def without_powers(text: str) -> str:
    return text.replace(
        "foreignKeys:\n  - fields: power_code\n    reference: {resource: powers, fields: code}\n",
        "",
    )


def load(data: Path, as_of: str, profile: str = "national", **columns: str) -> Catalog:
    """The catalog of one penalty as of a day, under a profile."""
    schema = data / "penalties" / "schema.yml"
    text = (ROOT / "data" / "penalties" / "schema.yml").read_text("utf-8")
    schema.write_text(
        without_powers(text).replace("retention: penalties", f"retention: {profile}"), "utf-8"
    )
    sheet = io.StringIO(newline="")
    writer = csv.DictWriter(sheet, list(ROW | columns))
    writer.writeheader()
    writer.writerow(ROW | columns)
    (data / "penalties" / "2026.csv").write_text(sheet.getvalue(), "utf-8")
    return catalog.load(data, as_of=date.fromisoformat(as_of))


def seen(data: Path, as_of: str, profile: str = "national", **columns: str) -> str:
    """What the one penalty is as of a day: its status, checked against what the catalog shows."""
    found = load(data, as_of, profile, **columns)
    assert not [str(finding) for finding in found.report.errors]
    collection = found.collections["penalties"]
    [tally] = collection.tally.values()
    [(state, number)] = tally.items()
    assert number == collection.total == 1
    assert len(collection.rows) == (state in status.PUBLIC)
    assert len(collection.withdrawn) == (state == status.WITHDRAWN)
    assert collection.hidden() == 1 - len(collection.rows)
    return state


def around(data: Path, last: str, profile: str = "national", **columns: str) -> None:
    """The record is there the day before its last day and on it, and not on the day after."""
    day = date.fromisoformat(last)
    for when in (day - DAY, day):
        assert seen(data, when.isoformat(), profile, **columns) == "公示中"
    assert seen(data, (day + DAY).isoformat(), profile, **columns) == "期满下架"


# ── The table of terms ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("light", [SIMPLE, WARNED], ids=["simple procedure", "warning"])
def test_light_cases_are_not_published_unless_necessary(data: Path, light: dict[str, str]) -> None:
    for day in ("2026-04-01", "2026-07-01", "2030-01-01"):
        assert seen(data, day, **light) == "不公开"
    around(data, "2026-07-01", **light, **NEEDED)
    # The last day of the older rules, and the first of these.
    assert seen(data, "2026-04-01", **light, 处罚决定日期="2026-03-31") == "公示中"
    assert seen(data, "2026-04-02", **light, 处罚决定日期="2026-04-02") == "不公开"


@pytest.mark.parametrize("columns", [{}, LARGE, {"处罚类别": "警告、没收非法财物"}])
def test_general_cases_stay_a_year(data: Path, columns: dict[str, str]) -> None:
    around(data, "2027-04-01", **columns)
    around(data, "2027-04-02", **columns, 处罚决定日期="2026-04-02")


@pytest.mark.parametrize("columns", [REVOKED, BARRED, HUGE, REVOKED | SIMPLE])
def test_grave_cases_stay_three_years(data: Path, columns: dict[str, str]) -> None:
    around(data, "2029-04-01", **columns)


@pytest.mark.parametrize("columns", [{}, SAFETY, SIMPLE])
def test_older_cases_stay_three_years(data: Path, columns: dict[str, str]) -> None:
    around(data, "2026-05-01", **columns, 处罚决定日期="2023-05-01")
    around(data, "2029-03-31", **columns, 处罚决定日期="2026-03-31")
    # Before the first rule no end is known.
    assert seen(data, "2040-01-01", **columns, 处罚决定日期="2023-04-30") == "公示中"


def test_a_province_has_terms_of_its_own(data: Path) -> None:
    around(data, "2031-04-01", "hebei")
    around(data, "2028-04-01", "hebei", **PERSON)
    around(data, "2026-02-28", "hebei", **PERSON, 处罚决定日期="2024-02-29")


def test_an_earlier_end_in_the_row_wins(data: Path) -> None:
    around(data, "2026-09-09", 公示截止期="2026-09-09")
    around(data, "2027-04-01", 公示截止期="2027-04-02")


REPAIR = {"状态": "信用修复", "状态理由": "虚构的理由"}


@pytest.mark.parametrize(
    ("columns", "least"),
    [
        ({}, "2026-07-01"),
        (REVOKED, "2027-04-01"),
        (HUGE, "2027-04-01"),
        ({"处罚决定日期": "2026-03-31"}, "2026-06-30"),
        (SAFETY | {"处罚决定日期": "2023-05-01"}, "2024-05-01"),
    ],
)
def test_credit_is_not_repaired_before_the_minimum(
    data: Path, columns: dict[str, str], least: str
) -> None:
    last = date.fromisoformat(least)
    for early in (last - DAY, last):
        found = load(data, "2026-11-22", **columns, **REPAIR, 状态日期=early.isoformat())
        assert [finding.code for finding in found.report.errors] == ["T502"]
        assert least in str(found.report.errors[0])
    day = last + DAY
    repaired = columns | REPAIR | {"状态日期": day.isoformat()}
    assert seen(data, (day - DAY).isoformat(), **repaired) == "公示中"
    assert seen(data, day.isoformat(), **repaired) == "信用修复下架"
    assert seen(data, (day + DAY).isoformat(), **repaired) == "信用修复下架"


def test_an_end_in_the_row_is_not_before_the_minimum(data: Path) -> None:
    for end, codes in (("2026-06-30", ["T502"]), ("2026-07-01", [])):
        found = load(data, "2026-06-01", 公示截止期=end)
        assert [finding.code for finding in found.report.errors] == codes


def test_light_cases_have_no_minimum(data: Path) -> None:
    repaired = REPAIR | SIMPLE | NEEDED | {"状态日期": "2026-04-02"}
    assert seen(data, "2026-04-02", **repaired) == "信用修复下架"


# ── Changes that are dated ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("word", "becomes"),
    [
        ("变更", "变更"),
        ("撤销", "已撤回"),
        ("确认违法", "已撤回"),
        ("确认无效", "已撤回"),
        ("信用修复", "信用修复下架"),
    ],
)
def test_a_change_is_in_force_from_its_day_on(data: Path, word: str, becomes: str) -> None:
    columns = {"状态": word, "状态日期": "2026-12-01", "状态理由": "虚构的理由"}
    assert seen(data, "2026-11-30", **columns) == "公示中"
    [before] = load(data, "2026-11-30", **columns).collections["penalties"].rows.to_dict("records")
    assert (before["status"], before["status_date"], before["status_reason"]) == ("公示中", "", "")
    assert seen(data, "2026-12-01", **columns) == becomes
    assert seen(data, "2026-12-02", **columns) == becomes


def test_what_was_over_before_is_not_repaired_later(data: Path) -> None:
    late = REPAIR | {"状态日期": "2027-05-01"}
    assert seen(data, "2027-04-01", **late) == "公示中"
    assert seen(data, "2027-04-02", **late) == "期满下架"
    assert seen(data, "2027-05-01", **late) == "期满下架"


def test_a_change_without_a_readable_day_takes_the_record_down(data: Path) -> None:
    for day in ("", "不适用"):
        columns = {"状态": "撤销", "状态日期": day, "状态理由": "虚构的理由"}
        collection = load(data, "2026-11-22", **columns).collections["penalties"]
        assert collection.rows.empty


def test_what_is_closed_has_no_notice(data: Path) -> None:
    columns = {"状态": "撤销", "状态日期": "2026-05-05", "状态理由": "虚构的理由"}
    closed = columns | {"是否公开": "否", "不公开依据": "涉及国家秘密"}
    assert seen(data, "2026-11-22", **closed) == "不公开"


def test_events_are_counted_on_their_days(data: Path) -> None:
    def changes(as_of: str, **columns: str) -> dict[str, dict[str, int]]:
        made = load(data, as_of, 公开日期="2026-04-08", **columns).collections["penalties"]
        return {day: dict(events) for day, events in made.changes.items()}

    added = {"2026-04-08": {"新增": 1}}
    assert changes("2026-04-07") == {}
    assert changes("2026-04-08") == changes("2027-04-01") == added
    assert changes("2027-04-02") == added | {"2027-04-02": {"期满下架": 1}}
    withdrawn = {"状态": "撤销", "状态日期": "2026-05-05", "状态理由": "虚构的理由"}
    assert changes("2026-05-04", **withdrawn) == added
    assert changes("2026-05-05", **withdrawn) == added | {"2026-05-05": {"已撤回": 1}}
    assert changes("2026-05-05", **SIMPLE) == {}


def test_rules_by_which_rows_come_down_are_named(data: Path) -> None:
    profiles, _ = book.load(data / "rules" / "retention.yml", file="r")
    frame = pd.DataFrame(
        {
            "decided": ["2026-04-01"] * 4,
            "kind": ["罚款", "罚款", "警告", "罚款"],
            "until": ["", "2026-08-01", "", ""],
            "publish": ["", "", "", "否"],
        },
        dtype="str",
    )
    found = status.standing(frame, "decided", profiles["national"], date(2027, 5, 1))
    assert found["status"].tolist() == ["期满下架", "期满下架", "不公开", "不公开"]
    assert found["rule"].tolist() == ["NDRC36-2", status.STATED, "NDRC36-1", ""]
    assert found["since"].tolist() == ["2027-04-02", "2026-08-02", "", ""]


# ── The guard ────────────────────────────────────────────────────────────────────────────────────

days = st.dates(date(2023, 1, 1), date(2031, 12, 31)).map(date.isoformat)
PROFILES, _ = book.load(ROOT / "data" / "rules" / "retention.yml", file="retention.yml")


@given(
    profile=st.sampled_from(sorted(PROFILES)),
    as_of=st.dates(date(2023, 1, 1), date(2032, 12, 31)),
    row=st.fixed_dictionaries(
        {
            "decided": days,
            "until": st.one_of(st.just(""), st.just("2099-12-31"), days),
            "status": st.sampled_from(["", "公示中", *status.CAUSES]),
            "status_date": st.one_of(st.just(""), st.just("不适用"), days),
            "publish": st.sampled_from(["", "是", "否"]),
            "procedure": st.sampled_from(["简易", "普通"]),
            "kind": st.sampled_from(["警告", "罚款", "警告、罚款", "吊销许可证件"]),
            "category": st.sampled_from(["安全生产", "水上"]),
            "party_kind": st.sampled_from(["自然人", "个体工商户", "法人及非法人组织"]),
            "fine": st.sampled_from(["", "0", "999999.99", "1000000", "不适用"]),
        }
    ),
)
def test_the_guard_comes_to_the_same_by_other_means(
    profile: str, as_of: date, row: dict[str, str]
) -> None:
    frame = pd.DataFrame([row], dtype="str")
    [found] = status.standing(frame, "decided", PROFILES[profile], as_of)["status"]
    told = row
    if row["status_date"] > as_of.isoformat() and row["status_date"] != "不适用":
        told = row | {"status": "公示中", "status_date": ""}  # as the catalog shows it
    refused = guard.reason(PROFILES[profile], row["decided"], told, as_of)
    assert bool(refused) == (found not in status.PUBLIC)


def test_the_guard_refuses_a_row_that_slipped_through(data: Path, tmp_path: Path) -> None:
    found = load(data, "2027-04-01")
    shelves = {name: shelf.put(c, str(tmp_path / "rows")) for name, c in found.collections.items()}
    guard.inspect(found, shelves)
    later = Catalog(**{**vars(found), "as_of": date(2027, 4, 2)})
    with pytest.raises(MustBeDown, match="NDRC36-2"):
        guard.inspect(later, shelves)
