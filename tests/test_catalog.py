"""The catalog: ids that last, rows in order, what is shown as of a day, and no folder that can break it."""

from __future__ import annotations

import os
import random
import shutil
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure import catalog
from disclosure.catalog import Catalog
from disclosure.freshness import everything

TODAY = date(2026, 11, 22)
SCHEMA = """\
title: 处罚
unit: 件
order: 10
date: decided
record_title: "{party}"
primaryKey: [doc_no, party_no]
sort: [-decided, doc_no]
list: [doc_no, party, fine]
fields:
  - {name: doc_no, title: 文号, format: docno, constraints: {required: true}}
  - {name: party_no, title: 当事人序号, type: integer}
  - {name: party, title: 当事人, constraints: {required: true}}
  - {name: party_kind, title: 类别}
  - {name: fine, title: 罚款（元）, type: number, unit: 元}
  - {name: decided, title: 日期, type: date, constraints: {required: true}}
  - {name: paper, title: 证件号码, public: false}
"""
LIFE = """\
  - {name: until, title: 公示截止期, type: date}
  - {name: status, title: 状态}
  - {name: status_date, title: 状态日期, type: date}
  - {name: status_reason, title: 状态理由}
  - {name: publish, title: 是否公开, type: boolean}
  - {name: publish_basis, title: 不公开依据}
"""
ROWS = [
    {
        "文号": f"示交罚〔2025〕{n}号",
        "当事人": f"虚构公司{n}",
        "日期": f"2025-0{n}-01",
        "证件号码": f"证{n}",
    }
    for n in range(1, 8)
]
HOME = ("agency.yml", "calendar.yml", "rules/retention.yml")


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def sheet(rows: list[dict[str, str]]) -> str:
    headers = list(dict.fromkeys(header for row in rows for header in row))
    lines = [",".join(row.get(header, "") for header in headers) for row in rows]
    return "\n".join([",".join(headers), *lines]) + "\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the bureau's settings and one collection without rows."""
    for name in HOME:
        write(tmp_path / "data" / name, (ROOT / "data" / name).read_bytes())
    write(tmp_path / "data" / "fines" / "schema.yml", SCHEMA)
    return tmp_path / "data"


def load(data: Path, as_of: date = TODAY) -> Catalog:
    return catalog.load(data, as_of=as_of)


def codes(found: Catalog) -> list[str]:
    return [f"{finding.place}: {finding.code}" for finding in found.report if str(finding)]


def ids(data: Path, rows: list[dict[str, str]]) -> dict[str, str]:
    """The id of each party's record, when the rows are all there is."""
    for file in (data / "fines").glob("*.csv"):
        file.unlink()
    write(data / "fines" / "2025.csv", sheet(rows))
    found = load(data)
    assert not codes(found)
    records = found.collections["fines"].rows
    return dict(zip(records["party"], records["path"], strict=True))


# ── Ids ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_id_lasts_as_long_as_its_key(data: Path) -> None:
    first = ids(data, ROWS)
    assert len(set(first.values())) == len(ROWS)
    assert all(path.startswith("fines/2025/") and path.endswith(".html") for path in first.values())
    shuffled = random.Random(1).sample(ROWS, len(ROWS))
    assert ids(data, shuffled) == first
    assert ids(data, [{"罚款（元）": "5", **row} for row in ROWS]) == first
    for left, right in (("[", "]"), ("（", "）"), ("【", "】 "), (" ﹝", "﹞")):
        other = [
            {**row, "文号": row["文号"].replace("〔", left).replace("〕", right)} for row in ROWS
        ]
        assert ids(data, other) == first
    more = ids(data, [{**ROWS[0], "文号": "示交罚〔2025〕99号", "当事人": "虚构公司99"}, *ROWS])
    assert more.items() > first.items()
    schema = write(data / "fines" / "schema.yml", SCHEMA + "  - {name: note, title: 备注}\n")
    assert ids(data, [{**row, "备注": "新"} for row in ROWS]) == first
    assert schema.exists()


def test_an_id_does_not_depend_on_how_rows_are_filed(data: Path) -> None:
    whole = ids(data, ROWS)
    (data / "fines" / "2025.csv").unlink()
    write(data / "fines" / "a.csv", sheet(ROWS[3:]).encode("gb18030"))
    write(data / "fines" / "b.csv", sheet(ROWS[:3]))
    found = load(data).collections["fines"].rows
    assert dict(zip(found["party"], found["path"], strict=True)) == whole


def test_an_id_does_not_say_what_it_is_made_of(data: Path) -> None:
    for path in ids(data, ROWS).values():
        name = path.rpartition("/")[2].removesuffix(".html")
        assert name.isascii()
        assert name.isalpha()
        assert name.islower()


def test_several_parties_of_one_decision(data: Path) -> None:
    rows = [{**ROWS[0], "当事人序号": n, "当事人": f"虚构公司{n}"} for n in ("", "1", "2")]
    assert len(set(ids(data, rows).values())) == 3


def test_duplicates_name_both_places(data: Path) -> None:
    write(data / "fines" / "a.csv", sheet(ROWS[:2]))
    write(data / "fines" / "b.csv", sheet([ROWS[4], {**ROWS[1], "文号": "示交罚[2025] 2号"}]))
    found = load(data)
    [finding] = found.report
    assert (finding.code, str(finding.place)) == ("R101", "data/fines/b.csv:3")
    assert "data/fines/a.csv:3" in str(finding)
    assert found.collections["fines"].rows["id"].is_unique


# ── Order ────────────────────────────────────────────────────────────────────────────────────────


def test_numbers_sort_as_numbers(data: Path) -> None:
    write(data / "fines" / "schema.yml", SCHEMA.replace("[-decided, doc_no]", "[-fine]"))
    fines = ["9", "1000", "", "-5", "不适用", "20.5", "100000000"]
    rows = [{**row, "罚款（元）": fine} for row, fine in zip(ROWS, fines, strict=True)]
    write(data / "fines" / "2025.csv", sheet(rows))
    found = load(data)
    assert not codes(found)
    shown = found.collections["fines"].rows["fine"].tolist()
    assert shown[:5] == ["100000000", "1000", "20.5", "9", "-5"]
    assert sorted(shown[5:]) == ["", "不适用"]


def test_dated_lists_begin_with_the_newest(data: Path) -> None:
    write(data / "fines" / "schema.yml", SCHEMA.replace("sort: [-decided, doc_no]\n", ""))
    write(data / "fines" / "2025.csv", sheet(random.Random(2).sample(ROWS, len(ROWS))))
    days = load(data).collections["fines"].rows["decided"].tolist()
    assert days == sorted(days, reverse=True)


def test_the_order_of_rows_does_not_depend_on_the_sheet(data: Path) -> None:
    same_day = [{**row, "日期": "2025-05-05"} for row in ROWS]
    write(data / "fines" / "schema.yml", SCHEMA.replace("[-decided, doc_no]", "[-decided]"))
    orders = []
    for seed in range(3):
        path = data / "fines" / "2025.csv"
        write(path, sheet(random.Random(seed).sample(same_day, len(same_day))))
        orders.append(load(data).collections["fines"].rows["id"].tolist())
    assert orders[0] == orders[1] == orders[2]


# ── What is shown ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def life(data: Path) -> Path:
    write(
        data / "fines" / "schema.yml", SCHEMA.replace("sort:", "retention: penalties\nsort:") + LIFE
    )
    return data


def shown(data: Path, as_of: date, **columns: str) -> tuple[int, dict[str, int]]:
    """How many rows are shown, and the tally, for one row with these columns."""
    row = {**ROWS[0], "类别": "自然人", "日期": "2024-11-22", **columns}
    write(data / "fines" / "2025.csv", sheet([row]))
    found = load(data, as_of)
    assert not codes(found)
    collection = found.collections["fines"]
    assert collection.total == 1
    assert collection.hidden() == 1 - len(collection.rows)
    [tally] = collection.tally.values()
    return len(collection.rows), dict(tally)


def test_a_record_retires_after_its_last_day(life: Path) -> None:
    # The sample profile: two years for natural persons, from the day of the decision.
    assert shown(life, date(2026, 11, 21)) == (1, {"公示中": 1})
    assert shown(life, date(2026, 11, 22)) == (1, {"公示中": 1})
    assert shown(life, date(2026, 11, 23)) == (0, {"期满下架": 1})
    assert shown(life, date(2026, 11, 23), 类别="法人及非法人组织") == (1, {"公示中": 1})


def test_an_earlier_end_in_the_row_wins(life: Path) -> None:
    for day, expected in ((14, 1), (15, 1), (16, 0)):
        assert shown(life, date(2025, 6, day), 公示截止期="2025-06-15")[0] == expected
    assert shown(life, date(2026, 11, 23), 公示截止期="2027-01-01")[0] == 0


def test_an_end_in_the_row_needs_no_profile(data: Path) -> None:
    write(data / "fines" / "schema.yml", SCHEMA + LIFE)
    assert shown(data, date(2025, 6, 16), 公示截止期="2025-06-15")[0] == 0
    assert shown(data, date(2025, 6, 16), 公示截止期="长期")[0] == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("变更", "变更"),
        ("撤销", "已撤回"),
        ("确认违法", "已撤回"),
        ("确认无效", "已撤回"),
        ("信用修复", "信用修复下架"),
    ],
)
def test_withdrawn_records_are_only_counted(life: Path, status: str, expected: str) -> None:
    columns = {"状态": status, "状态日期": "2025-02-01", "状态理由": "示例"}
    assert shown(life, TODAY, **columns) == (int(expected == "变更"), {expected: 1})


def test_what_is_not_public_is_only_counted(life: Path) -> None:
    assert shown(life, TODAY, 是否公开="否", 不公开依据="涉及国家秘密") == (0, {"不公开": 1})


def test_no_private_column_reaches_the_catalog(data: Path) -> None:
    write(data / "fines" / "2025.csv", sheet(ROWS))
    rows = load(data).collections["fines"].rows
    assert "paper" not in rows.columns
    assert not rows.map(lambda cell: "证" in str(cell)).to_numpy().any()


def test_a_rule_that_cannot_be_applied_is_reported(data: Path) -> None:
    without = SCHEMA.replace("  - {name: party_kind, title: 类别}\n", "")
    write(data / "fines" / "schema.yml", without.replace("sort:", "retention: penalties\nsort:"))
    write(data / "fines" / "2025.csv", sheet(ROWS))
    assert codes(load(data)) == ["data/fines/schema.yml: F313"]


# ── References ───────────────────────────────────────────────────────────────────────────────────


def test_references_lead_to_rows(data: Path) -> None:
    key = "foreignKeys:\n  - fields: power\n    reference: {resource: powers, fields: code}\nfields:\n"
    field = '  - {name: power, title: 职权编码, type: list, delimiter: "、"}\n'
    write(data / "fines" / "schema.yml", SCHEMA.replace("fields:\n", key) + field)
    powers = SCHEMA.replace("doc_no", "code").replace("title: 文号", "title: 编码")
    write(data / "powers" / "schema.yml", powers)
    powered = [{"编码": f"CF-{n}", "当事人": "甲", "日期": "2020-01-01"} for n in (1, 2)]
    write(data / "powers" / "2020.csv", sheet(powered))
    rows = [
        {**row, "职权编码": power}
        for row, power in zip(
            ROWS, ["CF-1", "CF-1；CF-2", "", "无", "CF-3", "CF-1、CF-22", "cf-1"], strict=True
        )
    ]
    write(data / "fines" / "2025.csv", sheet(rows))
    found = load(data)
    assert codes(found) == [f"data/fines/2025.csv:{row}:5: R102" for row in (6, 7, 8)]
    assert "「CF-22」在「处罚」中找不到。最接近的是「CF-2」" in str(found.report.findings[1])


# ── Odd folders ──────────────────────────────────────────────────────────────────────────────────


def test_a_collection_without_rows(data: Path) -> None:
    for text in (None, sheet(ROWS[:1]).partition("\n")[0] + "\n"):
        if text:
            write(data / "fines" / "2025.csv", text)
        found = load(data)
        assert not codes(found)
        collection = found.collections["fines"]
        assert (len(collection.rows), collection.total, list(collection.years)) == (0, 0, [])
        assert set(collection.rows.columns) >= {"id", "folder", "path", "title", "party"}


@pytest.mark.parametrize("name", HOME)
def test_missing_and_damaged_settings_are_reported(data: Path, name: str) -> None:
    write(data / "fines" / "2025.csv", sheet(ROWS))
    (data / name).unlink()
    assert codes(load(data)) == [f"data/{name}: F201"]
    write(data / name, b"\xff\xfe\x00")
    assert codes(load(data)) == [f"data/{name}:1: F203"]
    write(data / name, "a: [1\n")
    assert all(": F205" in line for line in codes(load(data)))
    (data / name).unlink()
    (data / name).mkdir()
    assert codes(load(data)) == [f"data/{name}: F202"]
    assert len(load(data).collections["fines"].rows) == len(ROWS)


def test_an_agency_of_the_wrong_form(data: Path) -> None:
    write(data / "agency.yml", "name: [a]\nurl: 1\nphone: ' '\nshort_name:\n")
    assert {line.partition(": ")[2] for line in codes(load(data))} == {"F311"}


def test_folders_become_addresses(data: Path) -> None:
    for name in ("典型案例", "Cases", "a b", "a..b"):
        write(data / name / "schema.yml", SCHEMA)
    write(data / "年度" / "cases" / "schema.yml", SCHEMA)
    write(data / ".hidden" / "schema.yml", SCHEMA)
    found = load(data)
    assert sorted(line.partition("/")[2] for line in codes(found)) == sorted(
        f"{name}/schema.yml: F307" for name in ("典型案例", "Cases", "a b", "a..b", "年度/cases")
    )
    assert list(found.collections) == ["fines"]


def test_rows_in_the_wrong_folder_are_not_passed_over(data: Path) -> None:
    write(data / "2025.csv", sheet(ROWS))
    write(data / "notes" / "2025.et", "x")
    assert codes(load(data)) == ["data: F308", "data/notes: F308"]


def test_files_that_are_not_rows_are_passed_over(data: Path) -> None:
    write(data / "fines" / "2025.csv", sheet(ROWS))
    for name in ("~$2025.xlsx", ".2025.csv", "readme.md", "photo.png"):
        write(data / "fines" / name, "x")
    assert not codes(load(data))


def test_what_is_no_file_is_reported(data: Path) -> None:
    (data / "fines" / "2025.csv").mkdir()
    (data / "fines" / "2026.csv").symlink_to("nothing.csv")
    (data / "loop").symlink_to(data, target_is_directory=True)
    assert codes(load(data)) == [
        "data/fines/2025.csv: F103",
        "data/fines/2026.csv: F102",
        "data/loop: F147",
    ]
    (data / "fines" / "schema.yml").unlink()
    (data / "fines" / "schema.yml").mkdir()
    assert "data/fines/schema.yml: F202" in codes(load(data))


def test_a_file_that_goes_while_it_is_read(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(data / "fines" / "2025.csv", sheet(ROWS))
    whole, read = everything(data.parent, date(2026, 11, 22)), Path.read_bytes

    def vanish(self: Path) -> bytes:
        path.unlink(missing_ok=True)
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", vanish)
    assert codes(load(data)) in ([], ["data/fines/2025.csv: F102"])
    assert everything(data.parent, date(2026, 11, 22)) != whole


def test_a_name_that_is_not_text(data: Path) -> None:
    for folder in (data, data / "fines"):
        try:
            write(Path(os.fsdecode(os.fsencode(folder) + b"/\xff.csv")), sheet(ROWS))
        except OSError:
            return  # a file system that holds text names only
    for finding in load(data).report:
        str(finding).encode()


def test_no_data_at_all(tmp_path: Path) -> None:
    assert "data: F309" in codes(load(tmp_path / "data"))
    write(tmp_path / "data", "x")
    assert "data: F309" in codes(load(tmp_path / "data"))


def test_the_fingerprint_is_of_all_that_counts(data: Path) -> None:
    write(data / "fines" / "2025.csv", sheet(ROWS))
    first = everything(data.parent, date(2026, 11, 22))
    assert everything(data.parent, date(2026, 11, 22)) == first
    assert everything(data.parent, date(2026, 11, 23)) != first
    write(data / "fines" / "2025.csv", sheet(ROWS[1:]))
    assert everything(data.parent, date(2026, 11, 22)) != first


def test_a_preview_reads_the_first_rows_only(data: Path) -> None:
    write(data / "fines" / "2025.csv", sheet(ROWS))
    found = catalog.load(data, as_of=TODAY, limit=3)
    assert len(found.collections["fines"].rows) == 3


names = st.sampled_from(
    [
        *HOME,
        "fines/schema.yml",
        "fines/2025.csv",
        "fines/2026.xlsx",
        "fines/sub/schema.yml",
        "powers/schema.yml",
        "powers/1.csv",
        "x/y.csv",
        "文/1.csv",
    ]
)
pieces = st.sampled_from([SCHEMA, SCHEMA + LIFE, sheet(ROWS), *SCHEMA.splitlines(keepends=True)])
cells = st.sampled_from(
    ["文号", "日期", "当事人", "2025-01-01", "不适用", "甲", "", "长期", '"', "\u202e", "无"]
)
grids = st.lists(st.lists(cells, max_size=5).map(",".join), max_size=5).map("\n".join)
contents = st.one_of(
    st.binary(max_size=30),
    pieces.map(str.encode),
    st.tuples(pieces, grids).map(lambda parts: "".join(parts).encode()),
    st.tuples(st.just("文号,当事人,日期,是否公开,状态\n"), grids).map(
        lambda p: "".join(p).encode()
    ),
)


@settings(
    max_examples=80,
)
@given(tree=st.dictionaries(names, contents, max_size=5))
def test_no_folder_breaks_the_catalog(data: Path, tree: dict[str, bytes]) -> None:
    copy = data.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(data, copy)
    for name, content in tree.items():
        write(copy / name, content)
    found = load(copy)
    codes(found)
    for collection in found.collections.values():
        rows = collection.rows
        assert rows["path"].is_unique
        assert all(path.count("/") - collection.name.count("/") == 2 for path in rows["path"])
        assert "//" not in "".join(rows["path"])
        assert collection.total - collection.hidden() == len(rows)
