"""Importing a raw sheet: what comes in is masked and canonical, one line per record, and nothing raw stays."""

from __future__ import annotations

import csv
import io
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT, tree

from disclosure import catalog, descriptor
from disclosure.intake import imports, receipts
from disclosure.intake.imports import Outcome

Row = dict[str, str]
SCRIPT = ROOT / "scripts" / "import.py"
DAY = date(2026, 11, 22)
ORGAN = {
    "处罚机关": "示例市交通运输局",
    "处罚机关统一社会信用代码": "11000000MB0000017P",
    "数据来源单位": "示例市交通运输局",
    "数据来源单位统一社会信用代码": "11000000MB0000017P",
}
CASE = {
    "违法行为类型": "未按照规定的周期检验道路运输车辆",
    "处罚依据": "《中华人民共和国道路运输条例》第六十三条",
    "处罚类别": "罚款",
    "处罚决定日期": "2026/11/5",
}
PERSON = {
    **ORGAN,
    **CASE,
    "行政相对人名称": "诸葛槿燚",
    "行政相对人类别": "自然人",
    "行政相对人代码_1（统一社会信用代码）": "110101199003070731",
    "证件类型": "身份证",
    "证件号码": "110101199003070731",
    "联系电话": "13800138077",
    "住址": "示例省示例市虚构区样板街道骁骑路9号2栋301",
    "行政处罚决定书文号": "示交罚[2026] 9001号",
    "违法事实": "2026年11月2日，诸葛槿燚（身份证110101199003070731，电话138 0013 8077，"
    "住址：示例省示例市虚构区样板街道骁骑路9号2栋301）驾驶示A76543在示例客运站载客。",
    "处罚内容": "对诸葛槿燚罚款5000元，缴至账号6222021234567890123。",
    "罚款金额（万元）": "0.5",
}
FIRM = {
    **ORGAN,
    **CASE,
    "行政相对人名称": "示例市恒庆出租汽车服务有限公司",
    "行政相对人类别": "法人及非法人组织",
    "行政相对人代码_1（统一社会信用代码）": "91000000MA12DFYL02",
    "行政相对人代码_2": "\\",
    "法定代表人": "钭婳骁",
    "法定代表人证件类型": "身份证",
    "法定代表人证件号码": "110101197001010011",
    "行政处罚决定书文号": "示交罚〔2026〕9002号",
    "违法事实": "示例市恒庆出租汽车服务有限公司的法定代表人钭婳骁指派驾驶员营运。",
    "处罚内容": "罚款一万二千三百四十五元六角七分。",
    "罚款金额（万元）": "1.234567",
}
RAW = (
    "诸葛槿燚",
    "槿燚",
    "110101199003070731",
    "13800138077",
    "138 0013 8077",
    "骁骑路9号",
    "示A76543",
    "6222021234567890123",
    "钭婳骁",
    "110101197001010011",
)
"""What must be found nowhere."""


def table(rows: Sequence[Row]) -> list[list[str]]:
    headers = list(dict.fromkeys(header for row in rows for header in row))
    return [headers, *([row.get(header, "") for header in headers] for row in rows)]


def as_csv(path: Path, rows: Sequence[Row], encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table(rows))
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def as_xlsx(path: Path, rows: Sequence[Row], *, sheet: str = "行政处罚") -> Path:
    """As it is sent in: a merged title above the headers, numbers and dates as such."""
    book = openpyxl.load_workbook(path) if path.exists() else openpyxl.Workbook()
    page = book.active if book.active and book.active.max_row == 1 else book.create_sheet()
    assert page is not None
    page.title = sheet
    page.append(["双公示报送表"])
    page.merge_cells("A1:F1")
    for line in table(rows):
        page.append([float(cell) if re.fullmatch(r"\d\.\d+", cell) else cell for cell in line])
    book.save(path)
    return path


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the project, for raw sheets."""
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of data alone, under version control."""
    root = tmp_path / "project"
    # Tasks lead to pages that are not here.
    older = shutil.ignore_patterns("202[0-4].csv", "obligations.csv", "upkeep.yml", "tasks")
    shutil.copytree(ROOT / "data", root / "data", ignore=older)
    shutil.copy(ROOT / ".gitattributes", root)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "sample"]):
        git(root, *words)
    return root


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    done = subprocess.run(
        ["git", *identity, *words], cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout


def numstat(root: Path) -> dict[str, tuple[int, int]]:
    """Lines added and removed, by file, new files included."""
    git(root, "add", "-A")
    lines = (line.split("\t") for line in git(root, "diff", "--cached", "--numstat").splitlines())
    return {file: (int(added), int(removed)) for added, removed, file in lines}


def run(
    project: Path, sheet: Path, *words: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(sheet), "penalties", *words],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        timeout=120,
    )


def rows_of(project: Path, file: str = "penalties/2026.csv") -> dict[str, Row]:
    """The rows of a file, by document number and ordinal."""
    content = (project / "data" / file).read_bytes().decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(content, newline=""))
    return {row["行政处罚决定书文号"] + (row.get("当事人序号") or ""): row for row in rows}


def traces(folder: Path, values: Sequence[str] = RAW) -> list[tuple[str, str]]:
    """Every file below a folder that holds one of the values, in any usual encoding, or in its name."""
    found = []
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for value in values:
            spelled = {value.encode(encoding) for encoding in ("utf-8", "utf-16-le", "gb18030")}
            if value in path.name or any(spelling in content for spelling in spelled):
                found.append((str(path), value))
    return found


def codes(outcome: Outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


# ── Whole runs ───────────────────────────────────────────────────────────────────────────────────

WRITERS: dict[str, Callable[[Path], Path]] = {
    "xlsx": lambda folder: as_xlsx(folder / "双公示.xlsx", [PERSON, FIRM]),
    **{
        encoding: lambda folder, encoding=encoding: as_csv(  # type: ignore[misc]
            folder / "双公示.csv", [PERSON, FIRM], encoding
        )
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16")
    },
}


@pytest.mark.parametrize("form", WRITERS)
def test_a_sheet_comes_in_masked_once_and_leaves_nothing_raw(
    form: str, project: Path, outside: Path, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    places = {"TMPDIR": str(scratch), "HOME": str(scratch), "XDG_CACHE_HOME": str(scratch)}
    sheet = WRITERS[form](outside)
    first = run(project, sheet, **places)
    assert first.returncode == 0, first.stdout + first.stderr
    assert re.search(r"新增\s+2 行  data/penalties/2026.csv（2）", first.stdout)
    assert re.search(r"违法事实\s+2 格  文中的姓名、号码、住址", first.stdout)
    assert re.search(r"住址\s+1 格\n", first.stdout)
    assert numstat(project) == {"data/penalties/2026.csv": (2, 0)}
    rows = rows_of(project)
    person, firm = rows["示交罚[2026] 9001号"], rows["示交罚〔2026〕9002号"]
    assert person["行政相对人名称"] == "诸葛某某"
    assert person["行政相对人代码_1（统一社会信用代码）"] == ""
    assert person["违法事实"] == (
        "2026年11月2日，诸葛某某（身份证11*************731，电话138****8077，"
        "住址：示例省示例市虚构区样板街道）驾驶示A·**543在示例客运站载客。"
    )
    assert person["处罚内容"] == "对诸葛某某罚款5000元，缴至账号***************0123。"
    assert (person["罚款金额（元）"], person["处罚决定日期"]) == ("5000", "2026-11-05")
    assert firm["行政相对人名称"] == FIRM["行政相对人名称"]
    assert firm["违法事实"].endswith("的法定代表人钭某某指派驾驶员营运。")
    assert firm["罚款金额（元）"] == "12345.67"
    before = tree(project / "data")
    second = run(project, sheet, **places)
    assert tree(project / "data") == before
    assert re.search(r"相同  2 行", second.stdout)
    assert "没有需要写入的内容。" in second.stdout
    assert not traces(project)
    assert not traces(scratch)
    assert not [raw for raw in RAW if raw in first.stdout + first.stderr + second.stdout]
    assert not catalog.load(project / "data", as_of=DAY).report.errors


def test_killed_at_any_moment_nothing_raw_is_left(
    project: Path, outside: Path, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    many = [
        PERSON | {"行政处罚决定书文号": f"示交罚〔{year}〕8{n:03}号", "处罚决定日期": f"{year}-3-1"}
        for year in range(2021, 2027)
        for n in range(80)
    ]
    sheet = as_xlsx(outside / "双公示.xlsx", many)
    command = [sys.executable, str(SCRIPT), str(sheet), "penalties"]
    settings = {"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch), "HOME": str(scratch)}
    moments = random.Random(20261122)
    begun, whole, ended = time.monotonic(), 0.0, 0
    for number in range(13):
        git(project, "checkout", "-q", ".")
        child = subprocess.Popen(
            command, cwd=project, env={**os.environ, **settings}, stdout=subprocess.DEVNULL
        )
        if number:
            time.sleep(moments.uniform(whole * 0.2, whole))
            child.send_signal(signal.SIGKILL)
        ended += child.wait() == 0
        whole = whole or time.monotonic() - begun
        assert not traces(project)
        assert not traces(scratch)
        for path in (project / "data" / "penalties").glob("20*.csv"):
            assert path.read_bytes().endswith(b"\n")
    assert ended < 13, "no import was killed"
    run(project, sheet)
    finished = tree(project / "data")
    assert not [name for name in finished if name.endswith(imports.UNFINISHED)]
    run(project, sheet)
    assert tree(project / "data") == finished


def test_what_goes_wrong_inside_repeats_no_cell(project: Path, outside: Path) -> None:
    sheet = as_csv(outside / "双公示.csv", [PERSON])
    broken = (
        "import runpy, sys\n"
        "from disclosure.intake import border\n"
        "def fail(*_): raise ValueError(open(sys.argv[1]).read())\n"
        "border.cross = fail\n"
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", broken, str(sheet), "penalties"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert "程序出错（ValueError），没有写入。" in done.stderr
    assert not [raw for raw in RAW if raw in done.stdout + done.stderr]
    assert numstat(project) == {}


def test_make_names_what_it_is_given(project: Path, outside: Path) -> None:
    """The command's line in the Makefile, with the test's own Python for that of `.venv`."""
    sheet = as_xlsx(outside / "双 公示.xlsx", [PERSON])
    words = ["FILE=" + str(sheet), "COLLECTION=penalties", "PUBLISHED=2026-11-10", "DRY=1"]
    done = subprocess.run(
        ["make", "-n", "--no-print-directory", "-f", str(ROOT / "Makefile"), "import", *words],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    line = done.stdout.splitlines()[-1]
    assert line.split(maxsplit=1)[1] == (
        f"scripts/import.py '{sheet}' 'penalties' --published '2026-11-10' --dry"
    )


def test_a_trial_writes_nothing(project: Path, outside: Path) -> None:
    done = run(project, as_csv(outside / "双公示.csv", [PERSON]), "--dry")
    assert done.returncode == 0
    assert re.search(r"新增\s+1 行", done.stdout)
    assert "这是试看，没有写入任何内容。" in done.stdout
    assert numstat(project) == {}


def test_wrong_use_is_explained(project: Path, outside: Path) -> None:
    sheet = as_csv(outside / "双公示.csv", [PERSON])
    assert run(project, sheet, "--published", "明天").returncode == 2
    missing = run(project, outside / "没有.xlsx")
    assert missing.returncode == 1
    assert "F102 找不到文件「没有.xlsx」" in missing.stdout
    assert "没有写入任何内容。请照上面的说明改好后，再导入一次。" in missing.stdout


# ── What a sheet may look like ───────────────────────────────────────────────────────────────────


def test_the_order_of_headers_and_foreign_columns_do_not_matter(
    project: Path, outside: Path
) -> None:
    imports.run(project, as_csv(outside / "一.csv", [PERSON, FIRM]), "penalties")
    before = tree(project / "data")
    turned = [
        {"录入人": "令狐嵇岚", **dict(reversed(row.items())), "序号": "7"} for row in (FIRM, PERSON)
    ]
    outcome = imports.run(project, as_csv(outside / "二.csv", turned), "penalties")
    assert outcome.rows == {"same": 2, "refused": 0}
    assert tree(project / "data") == before
    assert codes(outcome) == ["F504"]
    assert outcome.dropped["录入人"] == 2
    assert not traces(project, ["令狐嵇岚"])


@pytest.mark.parametrize("null", ["", "\\", "/", "-", "***", "无", "undefined"])
def test_the_spellings_of_nothing(null: str, project: Path, outside: Path) -> None:
    row = FIRM | {"公示截止期": null, "备注": null, "罚款金额（万元）": null, "法定代表人": null}
    outcome = imports.run(project, as_csv(outside / "双公示.csv", [row]), "penalties")
    assert not outcome.errors
    kept = rows_of(project)["示交罚〔2026〕9002号"]
    assert kept["公示截止期"] == kept["罚款金额（元）"] == ""
    assert outcome.dropped["法定代表人"] == 0


@pytest.mark.parametrize(
    "day",
    ["2026/11/5", "2026-11-5", "2026年11月5日", "二〇二六年十一月五日", "46331", "1793808000000"],
)
def test_the_spellings_of_a_day(day: str, project: Path, outside: Path) -> None:
    row = FIRM | {"处罚决定日期": day}
    imports.run(project, as_csv(outside / "双公示.csv", [row]), "penalties")
    assert rows_of(project)["示交罚〔2026〕9002号"]["处罚决定日期"] == "2026-11-05"


@pytest.mark.parametrize(
    ("header", "cell", "yuan"),
    [
        ("罚款金额（万元）", "1.234567", "12345.67"),
        ("罚款金额(万元)", "0.000001", "0.01"),
        ("罚款金额（元）", "52,120.50", "52120.5"),
        ("罚款金额（元）", "伍万贰仟壹佰贰拾元", "52120"),
        ("罚款金额（万元）", "0", "0"),
    ],
)
def test_amounts_are_exact(header: str, cell: str, yuan: str, project: Path, outside: Path) -> None:
    row = {key: value for key, value in FIRM.items() if "罚款金额" not in key} | {header: cell}
    imports.run(project, as_csv(outside / "双公示.csv", [row]), "penalties")
    assert rows_of(project)["示交罚〔2026〕9002号"]["罚款金额（元）"] == yuan


@pytest.mark.parametrize(
    "number",
    [
        "示交罚〔2026〕9002号",
        "示交罚[2026]9002号",
        "示交罚（２０２６） 9002 号",
        "示交罚﹝2026﹞9002号",
    ],
)
def test_a_document_number_is_kept_as_written_and_known_again(
    number: str, project: Path, outside: Path
) -> None:
    row = FIRM | {"行政处罚决定书文号": number}
    imports.run(project, as_csv(outside / "一.csv", [row]), "penalties")
    assert number in rows_of(project)
    again = FIRM | {"处罚内容": "另一种写法。"}
    outcome = imports.run(project, as_csv(outside / "二.csv", [again]), "penalties")
    assert (outcome.rows["new"], outcome.rows["changed"]) == (0, 1)


def test_a_workbook_may_hold_the_sheets_of_two_collections(project: Path, outside: Path) -> None:
    book = as_xlsx(outside / "双公示.xlsx", [PERSON])
    permit = {
        "行政相对人名称": "令狐嵇岚",
        "行政相对人类别": "自然人",
        "行政许可决定文书名称": "从业资格证核发决定书",
        "行政许可决定文书号": "示交许〔2026〕9001号",
        "许可类别": "认可",
        "许可编号": "110101199003070731",
        "许可内容": "核发令狐嵇岚的从业资格证。",
        "许可决定日期": "2026-11-05",
        "许可机关": "示例市交通运输局",
    }
    as_xlsx(book, [permit], sheet="行政许可")
    outcome = imports.run(project, book, "penalties")
    assert (outcome.rows["new"], codes(outcome)) == (1, ["F503"])
    outcome = imports.run(project, book, "permits")
    assert (outcome.rows["new"], codes(outcome)) == (1, ["F503"])
    assert numstat(project) == {"data/penalties/2026.csv": (1, 0), "data/permits/2026.csv": (1, 0)}
    assert not traces(project, [*RAW, "令狐嵇岚"])


def test_numbers_that_a_spreadsheet_has_spoilt_do_not_matter_where_they_are_dropped(
    project: Path, outside: Path
) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    headers, cells = table([FIRM])
    page.append(headers)
    page.append(cells)
    page.cell(2, headers.index("法定代表人证件号码") + 1, 110101197001010011)
    book.save(outside / "双公示.xlsx")
    assert not imports.run(project, outside / "双公示.xlsx", "penalties").errors
    page.cell(2, headers.index("处罚机关统一社会信用代码") + 1, 110101197001010011)
    book.save(outside / "双公示.xlsx")
    outcome = imports.run(project, outside / "双公示.xlsx", "penalties")
    assert "F137" in codes(outcome)
    assert not outcome.is_sound


# ── Several parties ──────────────────────────────────────────────────────────────────────────────

JOINT = PERSON | {
    "行政处罚决定书文号": "示交罚〔2026〕9003号",
    "违法事实": "张骁、张婳共同违法。",
    "证件号码": "",
    "行政相对人代码_1（统一社会信用代码）": "",
}
ONE = JOINT | {"行政相对人名称": "张婳", "处罚内容": "对张婳罚款100元。"}
OTHER = JOINT | {"行政相对人名称": "张骁", "处罚内容": "对张骁罚款200元。"}
KIN = JOINT | {"行政相对人名称": "李骁", "处罚内容": "对李骁罚款300元。"}


def test_parties_of_one_decision_are_told_apart(project: Path, outside: Path) -> None:
    imports.run(project, as_csv(outside / "双公示.csv", [ONE, OTHER, KIN]), "penalties")
    rows = rows_of(project)
    named = {key: row["行政相对人名称"] for key, row in rows.items() if "9003" in key}
    assert named == {
        "示交罚〔2026〕9003号1": "张某乙",
        "示交罚〔2026〕9003号2": "张某甲",
        "示交罚〔2026〕9003号3": "李某",
    }
    second = rows["示交罚〔2026〕9003号2"]
    assert second["违法事实"] == "张某甲、张某乙共同违法。"
    assert second["处罚内容"] == "对张某甲罚款200元。"
    assert numstat(project) == {"data/penalties/2026.csv": (3, 0)}
    assert not catalog.load(project / "data", as_of=DAY).report.errors


def test_parties_keep_their_ordinals_however_the_sheet_is_sorted(
    project: Path, outside: Path
) -> None:
    imports.run(project, as_csv(outside / "一.csv", [ONE, OTHER, KIN]), "penalties")
    before = tree(project / "data")
    for rows in ([KIN, OTHER, ONE], [OTHER, KIN, ONE], [OTHER, ONE, KIN]):
        outcome = imports.run(project, as_csv(outside / "二.csv", rows), "penalties")
        assert outcome.rows["same"] == len(rows), rows
        assert tree(project / "data") == before


def test_parties_come_together_or_not_at_all(project: Path, outside: Path) -> None:
    """The texts of one may name the others, who cannot be masked when they are absent."""
    imports.run(project, as_csv(outside / "一.csv", [ONE, OTHER, KIN]), "penalties")
    before = tree(project / "data")
    for rows in ([ONE], [KIN, OTHER], [KIN | {"当事人序号": "3"}]):
        outcome = imports.run(project, as_csv(outside / "二.csv", rows), "penalties")
        assert codes(outcome) == ["F508"] * len(rows)
        assert outcome.rows["refused"] == len(rows)
        assert tree(project / "data") == before
    told = [ONE | {"处罚内容": "对张婳罚款150元。"}, OTHER, KIN]
    told = [row | {"当事人序号": str(n)} for n, row in enumerate(told, 1)]
    outcome = imports.run(project, as_csv(outside / "三.csv", told), "penalties")
    assert outcome.rows == {"changed": 1, "same": 2, "refused": 0}


def test_a_second_party_joins_the_first(project: Path, outside: Path) -> None:
    alone = {"违法事实": "共同违法。"}
    imports.run(project, as_csv(outside / "一.csv", [KIN | alone]), "penalties")
    assert "示交罚〔2026〕9003号" in rows_of(project)
    both = as_csv(outside / "二.csv", [ONE | alone, KIN | alone])
    outcome = imports.run(project, both, "penalties")
    assert outcome.rows == {"new": 1, "same": 1, "refused": 0}
    rows = rows_of(project)
    assert rows["示交罚〔2026〕9003号"]["行政相对人名称"] == "李某"
    assert rows["示交罚〔2026〕9003号2"]["行政相对人名称"] == "张某"


def test_a_row_that_comes_twice_is_refused(project: Path, outside: Path) -> None:
    rows = [FIRM | {"序号": "1"}, FIRM | {"序号": "2"}]
    outcome = imports.run(project, as_csv(outside / "双公示.csv", rows), "penalties")
    assert (codes(outcome), outcome.rows["new"]) == (["F505"], 1)
    assert str(outcome.findings[0]).startswith("双公示.csv:3: F505 这一行与第 2 行是同一条记录。")


# ── What is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"证件号码": "110101201203070731"}, "P201"),
        ({"行政相对人代码_1（统一社会信用代码）": "110101201203070731"}, "P201"),
        ({"出生日期": "2010年3月7日"}, "P201"),
        ({"年龄": "17岁"}, "P201"),
        ({"行政相对人名称": "示例市诸葛槿燚货运有限公司"}, "P202"),
        ({"行政相对人类别": "法人及非法人组织"}, "P203"),
        ({"处罚依据": "诸葛槿燚违反条例第三条"}, "P205"),
        ({"处罚依据": "身份证110101199003070731"}, "P205"),
        ({"处罚决定日期": "诸葛槿燚"}, "V203"),
        ({"罚款金额（万元）": "诸葛槿燚"}, "V202"),
        ({"罚款金额（万元）": "1.23456789"}, "V205"),
        ({"处罚类别": "诸葛槿燚"}, "V102"),
        ({"处罚机关统一社会信用代码": "110101199003070731"}, "V301"),
        ({"违法事实": ""}, "V101"),
        ({"违法行为类型": "\u202e诸葛槿燚"}, "V401"),
    ],
)
def test_rows_with_faults_are_refused_and_the_others_kept(
    change: Row, code: str, project: Path, outside: Path
) -> None:
    sheet = as_xlsx(outside / "双公示.xlsx", [PERSON | change, FIRM])
    outcome = imports.run(project, sheet, "penalties")
    assert code in codes(outcome)
    assert outcome.rows == {"new": 1, "refused": 1}
    assert {finding.place.row for finding in outcome.errors} == {3}
    text = receipts.of(outcome)
    assert not [raw for raw in (*RAW, "1.23456789", "201203070731") if raw in text]
    assert not traces(project)


def test_whoever_is_of_age_on_the_day_of_the_decision_is_published(
    project: Path, outside: Path
) -> None:
    day_before, day = "110101200811061236", "110101200811051238"
    for number, expected in ((day_before, 1), (day, 0)):
        row = PERSON | {"证件号码": number, "行政相对人代码_1（统一社会信用代码）": ""}
        row["违法事实"] = "无证驾驶。"
        outcome = imports.run(project, as_csv(outside / "双公示.csv", [row]), "penalties", dry=True)
        assert codes(outcome).count("P201") == expected


def test_names_and_homes_that_no_column_tells_are_pointed_out(project: Path, outside: Path) -> None:
    told = "乘客令狐嵇岚在虚构路9号2栋1单元301室下车。"
    sheet = as_csv(outside / "双公示13800138077.csv", [PERSON | {"违法事实": told}])
    outcome = imports.run(project, sheet, "penalties")
    assert sorted(codes(outcome)) == ["P113", "P114"]
    assert {str(finding.place) for finding in outcome.findings} == {"双公示138****8077.csv:2:17"}
    receipt = receipts.of(outcome)
    assert not [raw for raw in ("令狐嵇岚", "虚构路9号", *RAW) if raw in receipt]


def test_a_shop_named_like_a_person_is_pointed_out(project: Path, outside: Path) -> None:
    row = FIRM | {"行政相对人名称": "李骁", "行政相对人类别": "个体工商户"}
    row["违法事实"] = "李骁违法。"
    outcome = imports.run(project, as_csv(outside / "双公示.csv", [row]), "penalties")
    assert codes(outcome) == ["P204"]
    assert rows_of(project)["示交罚〔2026〕9002号"]["违法事实"] == "李骁违法。"


def test_a_firm_named_after_its_owner_keeps_its_name(project: Path, outside: Path) -> None:
    firm = FIRM | {"行政相对人名称": "示例市钭婳骁货运有限公司"}
    firm["违法事实"] = "示例市钭婳骁货运有限公司由钭婳骁经营。"
    imports.run(project, as_csv(outside / "双公示.csv", [firm]), "penalties")
    kept = rows_of(project)["示交罚〔2026〕9002号"]
    assert kept["违法事实"] == "示例市钭婳骁货运有限公司由钭某某经营。"


def test_a_sheet_that_is_unsound_changes_nothing(project: Path, outside: Path) -> None:
    without = {key: value for key, value in PERSON.items() if key != "处罚内容"}
    twice = table([PERSON])
    twice = [[*line, line[0]] for line in twice]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(twice)
    (outside / "两次.csv").write_text(text.getvalue(), "utf-8")
    (outside / "坏.xlsx").write_bytes(b"PK\x03\x04 damaged")
    (outside / "无表头.csv").write_text("诸葛槿燚,110101199003070731\n", "utf-8")
    as_csv(outside / "缺列.csv", [without])
    for name, code in (("两次", "F403"), ("缺列", "F402"), ("坏", "F130"), ("无表头", "F120")):
        outcome = imports.run(project, next(outside.glob(f"{name}.*")), "penalties")
        assert (codes(outcome), outcome.is_sound) == ([code], False)
        assert not [raw for raw in RAW if raw in receipts.of(outcome)]
    assert numstat(project) == {}


def test_raw_sheets_stay_outside_the_project(project: Path, outside: Path) -> None:
    sheet = as_csv(project / "data" / "penalties" / "raw.csv", [PERSON])
    assert codes(imports.run(project, sheet, "penalties")) == ["F501"]
    link = outside / "双公示.csv"
    link.symlink_to(sheet)
    assert codes(imports.run(project, link, "penalties")) == ["F501"]
    sheet.rename(project / "双公示.csv")
    outcome = imports.run(project, project / "双公示.csv", "penalties")
    assert (codes(outcome), outcome.rows["new"]) == (["F502"], 1)


@pytest.mark.parametrize("name", ["penalty", "", "..", "../data/penalties", "rules"])
def test_unknown_collections_are_refused(name: str, project: Path, outside: Path) -> None:
    outcome = imports.run(project, as_csv(outside / "双公示.csv", [PERSON]), name)
    assert codes(outcome) == ["F510"]
    assert "inspections/items、" in str(outcome.findings[0])


# ── What is there already ────────────────────────────────────────────────────────────────────────


def test_a_change_is_one_line_and_keeps_what_the_sheet_does_not_have(
    project: Path, outside: Path
) -> None:
    number, old = next(iter(rows_of(project).items()))
    row = FIRM | {
        "行政处罚决定书文号": number,
        "公示截止期": "",
        "处罚决定日期": old["处罚决定日期"],
    }
    outcome = imports.run(project, as_csv(outside / "双公示.csv", [row]), "penalties")
    assert outcome.rows == {"changed": 1, "refused": 0}
    assert numstat(project) == {"data/penalties/2026.csv": (1, 1)}
    new = rows_of(project)[number]
    assert new["处罚内容"] == FIRM["处罚内容"]
    assert outcome.cells["处罚内容"] == 1
    for own in ("业务类别", "权责事项编码", "公开日期", "是否公开", "状态", "裁量档次"):
        assert old[own]
        assert new[own] == old[own]


def test_new_rows_take_their_places_and_all_others_keep_theirs(
    project: Path, outside: Path
) -> None:
    file = project / "data" / "penalties" / "2026.csv"
    before = file.read_text("utf-8").splitlines()
    last = before[-1].split(",")
    days = {"9010": "2026-01-01", "9011": "2026-06-30", "9012": last[14], "999": last[14]}
    rows = [
        FIRM | {"行政处罚决定书文号": f"示交罚〔2026〕{number}号", "处罚决定日期": day}
        for number, day in days.items()
    ]
    imports.run(project, as_csv(outside / "双公示.csv", rows), "penalties", published="2026-11-20")
    after = file.read_text("utf-8").splitlines()
    assert [line for line in after if line in set(before)] == before
    assert numstat(project) == {"data/penalties/2026.csv": (4, 0)}
    assert [line for line in after if "9010号" in line] == [after[1]]
    assert [re.search(r"〕(\d+)号", line)[1] for line in after[-2:]] == ["999", "9012"]  # type: ignore[index]
    decided = [row["处罚决定日期"] for row in rows_of(project).values()]
    assert decided == sorted(decided)
    assert rows_of(project)["示交罚〔2026〕999号"]["公开日期"] == "2026-11-20"


def test_the_first_rows_of_a_year_make_its_file(project: Path, outside: Path) -> None:
    rows = [
        FIRM | {"行政处罚决定书文号": f"示交罚〔2027〕{n}号", "处罚决定日期": "2027-01-04"}
        for n in (10, 9)
    ]
    imports.run(project, as_csv(outside / "双公示.csv", rows), "penalties")
    content = (project / "data" / "penalties" / "2027.csv").read_bytes()
    lines = content.decode("utf-8").split("\n")
    assert (len(lines), lines[-1]) == (4, "")
    assert ["〔2027〕9号" in lines[1], "〔2027〕10号" in lines[2]] == [True, True]
    assert not {"法定代表人", "证件号码", "住址"} & set(lines[0].split(","))
    later = FIRM | {"行政处罚决定书文号": "示交罚〔2027〕11号", "处罚决定日期": "2027-01-05"}
    imports.run(project, as_csv(outside / "二.csv", [later | {"备注": "补充"}]), "penalties")
    assert numstat(project) == {"data/penalties/2027.csv": (4, 0)}


def test_a_column_that_is_new_changes_the_header_only(project: Path, outside: Path) -> None:
    row = FIRM | {"处罚有效期": "2099/12/31"}
    outcome = imports.run(project, as_csv(outside / "双公示.csv", [row]), "penalties")
    assert numstat(project) == {"data/penalties/2026.csv": (2, 1)}
    assert "「处罚有效期」" in outcome.notes[0]
    assert rows_of(project)["示交罚〔2026〕9002号"]["处罚有效期"] == "2099-12-31"
    assert not catalog.load(project / "data", as_of=DAY).report.errors


def test_a_file_saved_by_a_spreadsheet_keeps_its_dress(project: Path, outside: Path) -> None:
    file = project / "data" / "penalties" / "2026.csv"
    text = file.read_text("utf-8").replace("\n", "\r\n").rstrip()
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    git(project, "commit", "-qam", "saved by a spreadsheet")
    imports.run(project, as_csv(outside / "双公示.csv", [FIRM]), "penalties")
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\n") == content.count(b"\r\n")
    assert numstat(project) == {"data/penalties/2026.csv": (1, 0)}


def test_a_file_in_another_encoding_becomes_utf8(project: Path, outside: Path) -> None:
    file = project / "data" / "penalties" / "2026.csv"
    text = file.read_text("utf-8")
    file.write_bytes(text.encode("gb18030"))
    outcome = imports.run(project, as_csv(outside / "双公示.csv", [FIRM]), "penalties")
    assert "转为 UTF-8" in outcome.notes[0]
    after = file.read_text("utf-8")
    assert set(text.splitlines()) < set(after.splitlines())


def test_amounts_go_in_the_unit_of_the_file(project: Path, outside: Path) -> None:
    folder = project / "data" / "penalties"
    for file in folder.glob("20*.csv"):
        file.unlink()
    kept = {key: value for key, value in FIRM.items() if "法定代表人" not in key}
    as_csv(folder / "2026.csv", [kept])
    new = FIRM | {"行政处罚决定书文号": "示交罚〔2026〕9009号", "罚款金额（万元）": "0.000001"}
    changed = FIRM | {"罚款金额（万元）": "25"}
    imports.run(project, as_csv(outside / "双公示.csv", [new, changed]), "penalties")
    rows = rows_of(project)
    assert rows["示交罚〔2026〕9009号"]["罚款金额（万元）"] == "0.000001"
    assert rows["示交罚〔2026〕9002号"]["罚款金额（万元）"] == "25"


def test_a_workbook_is_not_rewritten(project: Path, outside: Path) -> None:
    row = {
        "任务编号": "示交查2024-901",
        "抽查事项编码": "CC-01",
        "抽查事项": "道路旅客运输企业经营行为检查",
        "抽查对象": "示例市恒庆出租汽车服务有限公司",
        "检查日期": "2024-12-20",
        "抽查结果": "未发现问题",
    }
    sheet = as_csv(outside / "抽查.csv", [row])
    outcome = imports.run(project, sheet, "inspections")
    assert (codes(outcome), outcome.rows["refused"]) == (["F506"], 1)
    assert "data/inspections/2024.xlsx" in str(outcome.findings[0])
    later = as_csv(outside / "二.csv", [row | {"检查日期": "2026-11-20"}])
    assert imports.run(project, later, "inspections").rows["new"] == 1
    assert numstat(project) == {"data/inspections/2026.csv": (1, 0)}


@pytest.mark.parametrize(
    ("there", "sheet"),
    [
        ({"状态": "撤销", "状态日期": "2026-11-10", "状态理由": "事实不清。"}, {"状态": "公示中"}),
        ({"状态": "信用修复", "状态日期": "2026-11-10", "状态理由": "修复。"}, {"状态": "变更"}),
        ({"是否公开": "否", "不公开依据": "涉及个人隐私。"}, {"是否公开": "是"}),
    ],
)
def test_what_was_withdrawn_is_never_brought_back(
    there: Row, sheet: Row, project: Path, outside: Path
) -> None:
    imports.run(project, as_csv(outside / "一.csv", [FIRM | there]), "penalties")
    before = tree(project / "data")
    outcome = imports.run(project, as_csv(outside / "二.csv", [FIRM | sheet]), "penalties")
    assert (codes(outcome), outcome.rows["refused"]) == (["F507"], 1)
    assert tree(project / "data") == before
    blank = dict.fromkeys(there, "")
    outcome = imports.run(project, as_csv(outside / "三.csv", [FIRM | blank]), "penalties")
    assert (codes(outcome), outcome.rows["same"]) == ([], 1)
    assert tree(project / "data") == before


def test_damaged_data_stop_an_import(project: Path, outside: Path) -> None:
    file = project / "data" / "penalties" / "2025.csv"
    file.write_bytes(file.read_bytes() + b'"never closed')
    outcome = imports.run(project, as_csv(outside / "双公示.csv", [FIRM]), "penalties")
    assert (codes(outcome), outcome.is_sound) == (["F509"], False)
    assert set(numstat(project)) == {"data/penalties/2025.csv"}


@pytest.mark.parametrize(
    ("column", "complaint"),
    [
        ("{name: x, title: 其他, mask: nmae}", "「mask」的值不合要求，应为以下之一：party-name "),
        ("{name: x, title: 其他, type: date, mask: phone}", "文字字段（type: string）"),
        ("{name: x, title: 其他, type: integer, mask: age}", "不公开的字段（public: false）"),
        ("{name: x, title: 其他, mask: party-code}", "本栏目另有一个名为 party_kind"),
    ],
)
def test_masks_that_cannot_be_applied_are_found(
    column: str, complaint: str, tmp_path: Path
) -> None:
    file = tmp_path / "schema.yml"
    file.write_text(
        "title: 案例\nrecord_title: '{name}'\nprimaryKey: [name]\nlist: [name]\nfields:\n"
        "  - {name: name, title: 名称, constraints: {required: true}}\n"
        f"  - {column}\n",
        "utf-8",
    )
    schema, findings = descriptor.load(file, name="cases", file="schema.yml")
    assert schema is None
    assert [(f.code, f.place.row) for f in findings] == [("F303", 7)]
    assert complaint in str(findings[0])


SAMPLE = sorted(
    path.relative_to(ROOT / "data").as_posix()
    for path in (ROOT / "data").rglob("*")
    if path.suffix in (".csv", ".xlsx") and path.parent != ROOT / "data"
)


@pytest.mark.parametrize("file", SAMPLE)
def test_what_is_published_already_comes_in_unchanged(file: str, outside: Path) -> None:
    collection = file.rpartition("/")[0]
    sheet = Path(shutil.copy(ROOT / "data" / file, outside))
    outcome = imports.run(ROOT, sheet, collection, dry=True)
    assert not outcome.findings
    assert set(outcome.rows) == {"same", "refused"}
    assert outcome.rows["refused"] == 0
    assert not outcome.masked
