"""A list of powers through time: what it was on any day, what it links to, and where its tables contradict."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import copy_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure import adjustments, catalog
from disclosure.adjustments import Adjustment, Power, Timeline, Version
from disclosure.catalog import Catalog

FIRST = date(2020, 1, 1)
TODAY = date(2026, 11, 22)
POWERS = """
title: 权责清单
unit: 项
record_title: "{name}"
primaryKey: [code]
list: [code, name]
group: kind
fields:
  - {name: code, title: 职权编码, type: string, constraints: {required: true}}
  - {name: kind, title: 职权类型, type: string, constraints: {required: true, enum: [行政许可, 行政处罚]}}
  - {name: name, title: 项目名称, type: string, constraints: {required: true}}
  - {name: undertaker, title: 承办机构, type: list}
  - {name: effective, title: 生效日期, type: date}
  - {name: ended, title: 失效日期, type: date}
"""
LOG = """
title: 动态调整
unit: 项次
record_title: "{change}"
primaryKey: [code, effective, change, column]
list: [code, change, effective]
foreignKeys:
  - fields: code
    reference: {resource: powers, fields: code}
fields:
  - {name: code, title: 职权编码, type: string, constraints: {required: true}}
  - {name: change, title: 调整类型, type: string, constraints: {required: true}}
  - {name: effective, title: 生效日期, type: date, constraints: {required: true}}
  - {name: column, title: 调整内容, type: string}
  - {name: before, title: 调整前, type: string}
  - {name: after, title: 调整后, type: string}
"""
COLUMNS = {"kind": "职权类型", "name": "项目名称", "undertaker": "承办机构"}

Row = dict[str, str]
State = Mapping[str, Row]


def write(folder: Path, schema: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    folder.mkdir(parents=True)
    (folder / "schema.yml").write_text(schema, "utf-8")
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headers, *rows])


def read(root: Path, rows: Sequence[Sequence[str]], log: Sequence[Sequence[str]]) -> Catalog:
    data = root / "data"
    copy_settings(data)
    headers = ["职权编码", "职权类型", "项目名称", "承办机构", "生效日期", "失效日期"]
    write(data / "powers", POWERS, headers, rows)
    headers = ["职权编码", "调整类型", "生效日期", "调整内容", "调整前", "调整后"]
    write(data / "powers" / "adjustments", LOG, headers, log)
    return catalog.load(data, as_of=TODAY)


def state(found: Catalog, day: str) -> State:
    """The list on a day, with the columns that may change."""
    timeline = found.timelines["powers"]
    rows = {row["code"]: row for row in found.collections["powers"].rows.to_dict("records")}
    return {
        code: {name: version.texts.get(name, rows[code][name]) for name in COLUMNS}
        for code, version in timeline.at(day).items()
    }


# A story: a list that begins on the first day, and what happens to it later, day by day.

TEXTS = {
    "kind": st.sampled_from(["行政许可", "行政处罚"]),
    "name": st.integers(0, 999).map("虚构事项{:03d}".format),
    "undertaker": st.sampled_from(["甲科", "乙科", "甲科、乙科", ""]),
}


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[tuple[str, State]], list[list[str]], list[list[str]]]:
    """The list after each day on which it changed, as applying the adjustments in order makes it;
    and the tables that staff would keep: the newest row of every power, and the adjustments."""
    codes = [f"CF-{n}" for n in range(draw(st.integers(1, 6)))]
    names = iter(range(1000))

    def row() -> Row:
        # No name comes up twice, as no two powers may share one.
        made = {name: draw(texts) for name, texts in TEXTS.items()}
        return made | {"name": f"{made['name']}之{next(names)}"}

    now = {code: row() for code in codes if draw(st.booleans())} or {codes[0]: row()}
    last, begun = dict(now), dict.fromkeys(now, str(FIRST))
    ended: dict[str, str] = {}
    found, log, day = [(str(FIRST), dict(now))], list[list[str]](), FIRST
    for step in draw(st.lists(st.integers(1, 400), max_size=12)):
        day += timedelta(days=step)
        for code in draw(st.lists(st.sampled_from(codes), min_size=1, unique=True)):
            if code not in now:
                word = draw(st.sampled_from(adjustments.BEGINS))
                # A power that comes back is what it was, unless an adjustment says otherwise.
                now = {**now, code: last.get(code) or row()}
                begun.setdefault(code, str(day))
                ended.pop(code, None)
                log.append([code, word, str(day), "", "", ""])
            elif draw(st.booleans()):
                column = draw(st.sampled_from(list(COLUMNS)))
                after = row()[column]
                change = [code, "变更", str(day), COLUMNS[column], now[code][column], after]
                now = {**now, code: {**now[code], column: after}}
                log.append(change)
            else:
                log.append([code, draw(st.sampled_from(["取消", "下放"])), str(day), "", "", ""])
                ended[code] = str(day)
                now = {other: texts for other, texts in now.items() if other != code}
            if code in now:
                last[code] = now[code]
        found.append((str(day), now))
    table = [[code, *last[code].values(), begun[code], ended.get(code, "")] for code in last]
    shuffled = draw(st.permutations(log))
    return found, table, list(shuffled)


@settings(max_examples=25)
@given(stories())
def test_the_list_on_a_day_is_what_the_adjustments_in_order_make_it(
    story: tuple[list[tuple[str, State]], list[list[str]], list[list[str]]],
) -> None:
    told, rows, log = story
    with TemporaryDirectory() as folder:
        found = read(Path(folder), rows, log)
    assert [str(f) for f in found.report if f.code.startswith("R")] == []
    before: State = {}
    for day, expected in told:
        eve = str(date.fromisoformat(day) - timedelta(days=1))
        assert state(found, eve) == before
        assert state(found, day) == expected
        before = expected
    assert state(found, "2099-01-01") == before
    days = found.timelines["powers"].days
    changed = [
        day for (day, now), (_, was) in zip(told, [("", {}), *told], strict=False) if now != was
    ]
    assert set(changed) <= set(days) <= {day for day, _ in told}
    for (old, was), (new, is_) in zip(told, reversed(told), strict=True):
        step = adjustments.difference(
            found.timelines["powers"].at(old), found.timelines["powers"].at(new)
        )
        assert was.keys() - step.ended.keys() | step.begun.keys() == is_.keys()
        assert not was.keys() & step.begun.keys()
        both = was.keys() & is_.keys()
        assert step.changed.keys() == {code for code in both if was[code] != is_[code]}


@pytest.mark.parametrize(
    ("day", "called"),
    [
        ("2019-12-31", None),
        ("2020-01-01", "旧名"),
        ("2022-04-30", "旧名"),
        ("2022-05-01", "新名"),
        ("2024-05-31", "新名"),
        ("2024-06-01", None),
        ("2025-12-31", None),
        ("2026-01-01", "新名"),
        ("2026-11-22", "新名"),
        ("2027-01-01", "更新的名"),
    ],
)
def test_before_on_and_after_the_days_of_adjustments(
    tmp_path: Path, day: str, called: str | None
) -> None:
    row = ["CF-1", "行政处罚", "更新的名", "甲科", "2020-01-01", ""]
    log = [
        ["CF-1", "变更", "2027-01-01", "项目名称", "新名", "更新的名"],
        ["CF-1", "变更", "2022-05-01", "项目名称", "旧名", "新名"],
        ["CF-1", "取消", "2024-06-01", "", "", ""],
        ["CF-1", "承接", "2026-01-01", "", "", ""],
    ]
    found = read(tmp_path, [row], log)
    assert not found.report.errors
    assert state(found, day).get("CF-1", {}).get("name") == called


def test_what_is_adjusted_later_is_shown_as_it_is_today(tmp_path: Path) -> None:
    rows = [
        ["CF-1", "行政处罚", "将来的名", "甲科", "2020-01-01", ""],
        ["CF-2", "行政处罚", "已取消", "甲科", "2020-01-01", "2026-11-22"],
        ["CF-3", "行政处罚", "今后取消", "甲科", "2020-01-01", "2026-11-23"],
        ["CF-4", "行政处罚", "今后新增", "甲科", "2026-11-23", ""],
    ]
    log = [
        ["CF-1", "变更", "2026-11-23", "项目名称", "现在的名", "将来的名"],
        ["CF-2", "取消", "2026-11-22", "", "", ""],
        ["CF-3", "下放", "2026-11-23", "", "", ""],
        ["CF-4", "新增", "2026-11-23", "", "", ""],
    ]
    found = read(tmp_path, rows, log)
    assert not found.report.errors
    collection = found.collections["powers"]
    assert collection.rows["title"].tolist() == ["现在的名", "已取消", "今后取消", "今后新增"]
    assert collection.listed is not None
    assert collection.listed.tolist() == [True, False, True, False]
    assert collection.total == 2


def test_a_list_without_days_or_adjustments_is_one_list_for_ever(tmp_path: Path) -> None:
    found = read(tmp_path, [["CF-1", "行政处罚", "甲", "", "", ""]], [])
    timeline = found.timelines["powers"]
    assert not found.report.errors
    assert timeline.days == []
    assert list(timeline.at("")) == list(timeline.at("2026-01-01")) == ["CF-1"]


def test_parts_of_one_power_may_share_its_name(tmp_path: Path) -> None:
    rows = [[f"CF-{n}", "行政处罚", "甲", "", "", ""] for n in (1, 2)]
    assert [f.code for f in read(tmp_path / "same", rows, []).report.errors] == ["R309"]
    parts = "  - {name: item, title: 子项, type: string}\n"
    data = tmp_path / "parts" / "data"
    copy_settings(data)
    headers = ["职权编码", "职权类型", "项目名称", "承办机构", "生效日期", "失效日期", "子项"]
    split = [[*row, part] for row, part in zip(rows, ("其一", "其二"), strict=True)]
    write(data / "powers", POWERS + parts, headers, split)
    assert not catalog.load(data, as_of=TODAY).report.errors


@given(
    st.lists(st.tuples(st.dates(FIRST, TODAY), st.dates(FIRST, TODAY)), max_size=4),
    st.lists(st.dates(FIRST - timedelta(30), TODAY), max_size=30),
)
def test_the_table_of_days_agrees_with_every_single_day(
    spans: list[tuple[date, date]], days: list[date]
) -> None:
    marks = sorted({str(day) for span in spans for day in span})
    periods = [(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False)]
    power = Power(tuple(Version(start, end) for start, end in periods))
    timeline = Timeline("powers", "code", {"CF-1": power})
    texts = sorted({str(day) for day in days})
    known, unknown = timeline.in_force(["CF-1", "CF-9"], texts).tolist()
    assert known == [any(a <= day < b for a, b in periods) for day in texts]
    assert not any(unknown)
    assert known == [power.on(day) is not None for day in texts]


def test_changes_of_one_day_are_one_step() -> None:
    changes = [
        Adjustment("CF-1", "变更", "2022-01-01", "name", "甲", "乙"),
        Adjustment("CF-1", "变更", "2022-01-01", "kind", "丙", "丁"),
    ]
    made = adjustments.versions([("", "")], {"name": "乙", "kind": "丁"}, changes)
    assert [(v.start, v.end, dict(v.texts)) for v in made] == [
        ("", "2022-01-01", {"name": "甲", "kind": "丙"}),
        ("2022-01-01", "", {"name": "乙", "kind": "丁"}),
    ]
