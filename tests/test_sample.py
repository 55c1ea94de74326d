"""The sample bureau: its figures, its invented parties, and that its generated rows are what synth writes."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from stdnum.cn import uscc

from disclosure.rules import workdays
from scripts import invented, synth

DATA = Path(__file__).parent.parent / "data"
CODE = "行政相对人代码_1（统一社会信用代码）"
CALENDAR, _ = workdays.load(DATA / "calendar.yml")


def rows(path: str) -> list[dict[str, str]]:
    """The rows of one file, by header; the workbook's title row is skipped."""
    file = DATA / path
    if file.suffix == ".xlsx":
        _, headers, *body = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
        return [dict(zip(map(str, headers), map(str, line), strict=True)) for line in body]
    encoding = "gb18030" if path == "permits/2021.csv" else "utf-8"
    return list(csv.DictReader(io.StringIO(file.read_bytes().decode(encoding), newline="")))


def files(collection: str) -> list[str]:
    found = (path for path in (DATA / collection).iterdir() if path.suffix in (".csv", ".xlsx"))
    return sorted(path.relative_to(DATA).as_posix() for path in found)


def everything(collection: str) -> list[dict[str, str]]:
    return [row for file in files(collection) for row in rows(file)]


PENALTIES, PERMITS = everything("penalties"), everything("permits")
INSPECTIONS, POWERS = everything("inspections"), everything("powers")


def test_penalties_of_2020_add_up() -> None:
    counts = Counter(row["业务类别"] for row in rows("penalties/2020.csv"))
    assert counts == {"非法营运": 47, "超限超载": 203, "出租汽车": 113, "水上": 198, "其他": 12}
    assert counts.total() == 573


@pytest.mark.parametrize(
    ("collection", "least", "most"),
    [("penalties", 200, 600), ("permits", 150, 300), ("inspections", 60, 120)],
)
def test_every_year_has_rows_of_its_own_number(collection: str, least: int, most: int) -> None:
    counts = {file: len(rows(file)) for file in files(collection)}
    assert [Path(file).stem for file in counts][-6:] == [str(year) for year in range(2021, 2027)]
    assert all(least <= count <= most for count in counts.values())
    assert len(set(counts.values())) == len(counts)


def test_powers_by_depth_add_up() -> None:
    assert Counter(row["网办深度"] for row in POWERS) == {"二级": 40, "三级": 72, "四级": 20}
    assert len({row["职权编码"] for row in POWERS}) == len(POWERS) == 132
    assert all("\n" in row["责任事项"] for row in POWERS)


def test_tasks_of_2021_stand_in_nine_chapters() -> None:
    tasks = rows("tasks/2021.csv")
    chapters = Counter(row["篇章"] for row in tasks)
    assert list(chapters.values()) == [3, 5, 2, 3, 3, 2, 4, 4, 2]
    assert [int(row["任务序号"]) for row in tasks] == list(range(1, 29))
    assert sum(len(row["责任单位"].split("、")) for row in tasks) == 51


def test_other_lists_have_their_numbers() -> None:
    norms = everything("norms")
    assert sum(row["成文日期"].startswith("2020") for row in norms) == 3
    assert {"有效", "失效", "废止", "修订"} == {row["有效性"] for row in norms}
    cleaned = Counter(row["有效性"] for row in norms if row["清理批次"] == "2023年专项清理")
    assert (cleaned.total(), cleaned["废止"]) == (5, 2)
    assert len({row["执法证号"] for row in everything("officers")}) == 282
    assert len(everything("inspections/items")) == 20


def test_codes_are_valid_and_of_no_real_region() -> None:
    codes = [row[CODE] for row in PENALTIES + PERMITS] + [
        row["统一社会信用代码"] for row in INSPECTIONS
    ]
    codes = [code for code in codes if code] + [invented.WORLD["organ_code"]]
    assert not [code for code in codes if not uscc.is_valid(code)]
    assert {code[2:8] for code in codes} == {"000000"}


def test_nobody_is_real() -> None:
    for row in PENALTIES + PERMITS:
        name = row["行政相对人名称"]
        if row["行政相对人类别"] == "自然人":
            assert re.fullmatch(r"\w某{1,2}", name)
            assert not row[CODE]
        else:
            assert re.search("示例|虚构", name)
            assert row[CODE]
    assert all(re.search("示例|虚构", row["抽查对象"]) for row in INSPECTIONS)


def test_no_file_holds_a_telephone_or_an_identity_number() -> None:
    digits = re.compile(r"(?<![0-9A-Z])(?:1[3-9]\d{9}|\d{17}[0-9X])(?![0-9A-Z])")
    for collection in ("penalties", "permits", "powers", "norms", "officers", "tasks"):
        for row in everything(collection):
            assert not digits.search("\n".join(row.values()))


def test_ids_are_unique() -> None:
    parties = [(row["行政处罚决定书文号"], row.get("当事人序号")) for row in PENALTIES]
    assert len(set(parties)) == len(parties)
    assert len({row["行政许可决定文书号"] for row in PERMITS}) == len(PERMITS)
    assert len({row["任务编号"] for row in INSPECTIONS}) == len(INSPECTIONS)


def test_two_parties_of_one_decision_share_everything_but_themselves() -> None:
    joint = [row for row in PENALTIES if row.get("当事人序号")]
    pairs = [joint[n : n + 2] for n in range(0, len(joint), 2)]
    assert pairs
    for one, other in pairs:
        differing = {key for key in one if one[key] != other[key]}
        assert differing == {"行政相对人名称", "当事人序号", CODE}


def test_rows_refer_to_what_exists() -> None:
    powers = {row["职权编码"] for row in POWERS}
    assert {row["权责事项编码"] for row in PENALTIES + PERMITS} <= powers
    items = {row["事项编码"]: row["抽查事项"] for row in everything("inspections/items")}
    assert all(items[row["抽查事项编码"]] == row["抽查事项"] for row in INSPECTIONS)
    officers = {row["执法证号"] for row in everything("officers")}
    assert {cert for row in INSPECTIONS for cert in row["检查人员证号"].split("、")} <= officers


def test_decisions_fall_on_working_days_and_are_published_afterwards() -> None:
    lags = []
    for row in PENALTIES:
        decided = date.fromisoformat(row["处罚决定日期"])
        assert CALENDAR.is_workday(decided)
        assert decided <= date(2026, 11, 13)
        assert row["行政处罚决定书文号"].startswith(f"示交罚〔{decided.year}〕")
        if row["公开日期"]:
            lags.append(CALENDAR.workdays_between(decided, date.fromisoformat(row["公开日期"])))
    known = [lag for lag in lags if lag is not None]
    assert len(known) == len(lags)
    assert min(known) >= 1
    assert 0 < sum(lag > 7 for lag in known) < len(known) / 50


def test_every_way_out_of_publication_occurs_with_its_reason() -> None:
    for row in PENALTIES:
        if row["状态"] in ("", "公示中"):
            assert not row["状态理由"]
        else:
            assert row["状态理由"]
            assert row["处罚决定日期"] < row["状态日期"] <= "2026-11-20"
        assert bool(row.get("不公开依据")) == (row["是否公开"] == "否")
    statuses = Counter(row["状态"] for row in PENALTIES if row["是否公开"] == "是")
    assert min(statuses[status] for status in ("撤销", "变更", "信用修复")) > 3
    assert 10 < sum(row["是否公开"] == "否" for row in PENALTIES) < 60


def test_a_fine_is_stated_where_the_kind_says_so() -> None:
    for row in PENALTIES:
        assert bool(row["罚款金额（元）"]) == ("罚款" in row["处罚类别"].split("、"))
        assert not row["罚款金额（元）"] or f"罚款{row['罚款金额（元）']}元" in row["处罚内容"]
    assert any(row["处罚类别"] == "警告、罚款" for row in PENALTIES)


def test_the_committed_files_are_what_synth_writes() -> None:
    written = dict(synth.sample())
    assert {Path(path).suffix for path in written} == {".csv", ".xlsx"}
    for path, content in written.items():
        assert (DATA / path).read_bytes() == content, "run: python scripts/synth.py --sample data/"
    for collection in ("penalties", "permits", "inspections", "officers", "petitions", "hotline"):
        assert set(files(collection)) <= set(written)


def test_petitions_and_calls_make_sense() -> None:
    petitions = everything("petitions")
    assert len({row["登记编号"] for row in petitions}) == len(petitions)
    assert {row["信访渠道"] for row in petitions} == {"网上信访", "来访", "来信"}
    for row in petitions:
        assert row["信访渠道"] == "来访" or row["人次"] == "1"
        assert bool(row["办结日期"]) == (row["办理结果"] != "正在办理") == bool(row["按期办结"])
        if row["办结日期"]:
            received, finished = (
                date.fromisoformat(row[name]) for name in ("登记日期", "办结日期")
            )
            assert CALENDAR.is_workday(finished)
            assert (row["按期办结"] == "是") == (0 < (finished - received).days <= 60)
    months = Counter(row["统计截止日"] for row in everything("hotline"))
    assert set(months.values()) == {10}
    assert max(months) == "2026-10-31"
    for row in everything("hotline"):
        numbers = [int(row[name]) for name in ("受理量", "按期办结量", "回访量", "满意量")]
        assert numbers == sorted(numbers, reverse=True)
        assert numbers[-1] > 0


def test_synth_is_deterministic_and_counts_exactly(tmp_path: Path) -> None:
    output = tmp_path / "folder" / "2024.csv"
    for collection in ("penalties", "permits"):
        texts = []
        for seed in ("甲", "甲", "乙"):
            arguments = [
                collection,
                "-n",
                "700",
                "--year",
                "2027",
                "-o",
                str(output),
                "--seed",
                seed,
            ]
            assert synth.main(arguments) == 0
            texts.append(output.read_bytes())
        assert texts[0] == texts[1] != texts[2]
        lines = list(csv.DictReader(io.StringIO(texts[0].decode(), newline="")))
        ids = [
            (row.get("行政处罚决定书文号") or row.get("行政许可决定文书号"), row.get("当事人序号"))
            for row in lines
        ]
        assert len(set(ids)) == len(lines) == 700


def test_synth_mixes_the_kinds_of_parties() -> None:
    kinds = Counter(row["party_kind"] for row in invented.penalties(2024, 3000))
    assert 0.6 < kinds["法人及非法人组织"] / 3000 < 0.8
    assert min(kinds["自然人"], kinds["个体工商户"]) > 60


def test_synth_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        synth.main(["penalties"])
    assert "-o" in capsys.readouterr().err
