"""Withdrawn, retired and closed records: no trace in the whole output, counts kept, a notice where due."""

from __future__ import annotations

import csv
import gzip
import io
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

import pytest
from conftest import ROOT, copy_project, tree

from bench.figures import unbound
from disclosure.rules import status
from disclosure.site import views, withdrawals
from disclosure.site.withdrawals import Notice

DAY, NEXT = "2026-11-22", "2026-11-23"
Texts = list[tuple[str, str]]
"""Path and text of every file, and of what is compressed in it."""
UNITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
REASON = {"状态日期": "2026-11-02", "状态理由": "虚构的理由：事实不清。"}
STATES: Mapping[str, dict[str, str]] = {
    "公示中": {"状态": "公示中"},
    "变更": {"状态": "变更", **REASON},
    "撤销": {"状态": "撤销", **REASON},
    "确认违法": {"状态": "确认违法", **REASON},
    "确认无效": {"状态": "确认无效", **REASON},
    "信用修复": {"状态": "信用修复", **REASON},
    "期满": {"状态": "公示中", "公示截止期": "2026-11-21"},
    "不公开": {"状态": "公示中", "是否公开": "否", "不公开依据": "虚构的依据"},
    "明日撤销": {"状态": "撤销", "状态日期": NEXT, "状态理由": "虚构的理由：明日生效。"},
    "今日期满": {"状态": "公示中", "公示截止期": DAY},
}
"""What the invented records say of themselves."""
OPEN = ("公示中", "变更", "明日撤销", "今日期满")
NOTICED = ("撤销", "确认违法", "确认无效")
TRADES = "鹤鹭鸥雁鹃鹊鸢鹂鹇鹬"
"""A rare character for each, by which its traces are told apart."""


def code(number: int) -> str:
    """A valid credit code of no region."""
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    body = f"91000000MA9{number:06d}"
    total = sum(UNITS.index(c) * w for c, w in zip(body, weights, strict=True))
    return body + UNITS[-total % 31]


def record(name: str) -> dict[str, str]:
    number = list(STATES).index(name)
    bird = TRADES[number]
    return {
        "行政相对人名称": f"虚构市{bird}{bird}运输有限公司",
        "行政相对人类别": "法人及非法人组织",
        "行政相对人代码_1（统一社会信用代码）": code(number + 1),
        "行政处罚决定书文号": f"示交{bird}罚〔2026〕9{number:02d}号",
        "业务类别": "其他",
        "违法行为类型": f"虚构的{bird}类行为",
        "违法事实": f"虚构的事实，在{bird}岭路段。",
        "处罚依据": "虚构的依据",
        "处罚类别": "罚款",
        "处罚内容": f"罚款{bird}元。",
        "罚款金额（元）": "5000",
        "处罚决定日期": "2026-10-15",
        "处罚机关": "示例市交通运输局",
        "公开日期": "2026-10-25",
        "是否公开": "是",
        **STATES[name],
    }


def traces(name: str) -> list[str]:
    """Texts that only this record has; the document number comes last."""
    row = record(name)
    bird = TRADES[list(STATES).index(name)]
    number = row["行政处罚决定书文号"]
    return [row["行政相对人名称"], f"{bird}{bird}", f"{bird}岭", row[list(row)[2]], number]


def readable(site: Path) -> Iterator[tuple[str, str]]:
    """Every file of a site as text, and whatever is compressed or spelled otherwise in it, opened."""
    for path, content in tree(site).items():
        text = content.decode("utf-8", "replace")
        if "%E" in text:
            yield path, unquote(text)
        if "\\u" in text:
            yield path, re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
        for start in (0, 1):
            for opened in (gzip.decompress, zlib.decompress):
                try:
                    yield path, opened(content[start:]).decode("utf-8", "replace")
                except (OSError, EOFError, zlib.error):
                    continue
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as workbook:
                for name in workbook.namelist():
                    yield path, workbook.read(name).decode("utf-8", "replace")
        yield path, text


def found(texts: Texts, trace: str) -> set[str]:
    """The files that hold a text, letters in either case."""
    low = re.compile(re.escape(trace), re.IGNORECASE)
    return {path for path, text in texts if low.search(text) or low.search(path)}


def build(project: Path, day: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "build.py")],
        cwd=project,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "AS_OF": day, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> tuple[Texts, Texts]:
    """A small site as of a day, and what the next day's build makes of the same folder."""
    project = copy_project(tmp_path_factory.mktemp("withdrawals") / "project")
    for table in (project / "data").glob("*/20*.*"):  # a small site is searched sooner
        if table.stem != "2026" or table.parent.name == "penalties":
            table.unlink()
    unbound(project / "docs")
    rows = [record(name) for name in STATES]
    sheet = io.StringIO(newline="")
    writer = csv.DictWriter(sheet, list(dict.fromkeys(header for row in rows for header in row)))
    writer.writeheader()
    writer.writerows(rows)
    (project / "data" / "penalties" / "2026.csv").write_text(sheet.getvalue(), "utf-8")
    build(project, DAY)
    first = list(readable(project / "site"))
    build(project, NEXT)
    return first, list(readable(project / "site"))


@pytest.mark.parametrize("name", OPEN)
def test_the_search_for_traces_finds_what_is_there(sites: tuple[Texts, Texts], name: str) -> None:
    for trace in traces(name):
        files = found(sites[0], trace)
        assert any(path.startswith("penalties/2026/") for path in files)
        assert any(path.startswith("search/") for path in files), trace
        offered = {
            f"penalties/downloads/{n}.{end}"
            for n in (2026, "all")
            for end in ("csv", "xlsx", "json")
        }
        assert offered <= files
    name_, _, _, credit, _ = traces(name)
    files = found(sites[0], name_)
    assert any(path.startswith("companies/") for path in files)
    assert any(path.startswith("changes/2026-10/") for path in files)
    assert found(sites[0], credit) & found(sites[0], name_)


@pytest.mark.parametrize("name", [name for name in STATES if name not in OPEN])
def test_no_trace_is_left_of_what_is_down(sites: tuple[Texts, Texts], name: str) -> None:
    *private, number = traces(name)
    for texts in sites:
        for trace in private:
            assert found(texts, trace) == set()
        files = found(texts, number)
        if name in NOTICED:
            listed = {path for path in files if not path.startswith("penalties/2026/")}
            assert listed == {
                "changes/index.html",
                "changes/2026-11/index.html",
                "withdrawals/index.html",
                "withdrawals/2026/index.html",
                *(
                    f"{folder}feed.{end}"
                    for folder in ("", "penalties/")
                    for end in ("xml", "json")
                ),
            }
            assert len(files - listed) == 1
        else:
            assert files == set()


@pytest.mark.parametrize("name", ["明日撤销", "今日期满"])
def test_the_next_build_takes_down_what_is_due(sites: tuple[Texts, Texts], name: str) -> None:
    *private, number = traces(name)
    for trace in private:
        assert found(sites[0], trace)
        assert found(sites[1], trace) == set()
    [old] = [
        p for p in found(sites[0], number) if re.fullmatch(r"penalties/2026/[b-v]{16}\.html", p)
    ]
    paths = {path for path, _ in sites[1]}
    if name == "明日撤销":
        # Until then nobody learns of it; afterwards the old address tells.
        assert not found(sites[0], "明日生效")
        assert "明日生效" in dict(sites[1])[old]
        assert number in dict(sites[1])[old]
    else:
        assert old not in paths
        assert found(sites[1], number) == set()


def test_the_notice_says_what_the_law_asks_and_no_more(sites: tuple[Texts, Texts]) -> None:
    number = traces("撤销")[-1]
    [path] = [p for p in found(sites[0], number) if p.startswith("penalties/2026/")]
    page = dict(sites[0])[path]
    terms = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert terms == {
        "文号": number,
        "栏目": "行政处罚",
        "机关": "示例市交通运输局",
        "决定日期": "2026-10-15",
        "撤回情形": "撤销",
        "生效日期": "2026-11-02",
        "撤回理由": "虚构的理由：事实不清。",
    }
    assert '<meta name="robots" content="noindex">' in page
    assert f"<h1>撤回公告：{number}</h1>" in page
    for other in ("withdrawals/index.html", "changes/index.html", "penalties/2026/index.html"):
        assert 'name="robots"' not in dict(sites[0])[other]


def test_search_finds_no_notice(sites: tuple[Texts, Texts]) -> None:
    for name in NOTICED:
        assert not [p for p in found(sites[0], traces(name)[-1]) if p.startswith("search/")]
    assert not [p for p in found(sites[0], "撤回公告：") if p.startswith("search/")]


def test_counts_are_kept(sites: tuple[Texts, Texts]) -> None:
    for texts, shown in zip(sites, (4, 2), strict=True):
        pages = dict(texts)
        assert f"累计 10 件，现公开 {shown} 件。" in pages["penalties/index.html"]
        year = pages["penalties/2026/index.html"]
        assert f"2026年共 10 件，现公开 {shown} 件；另有 {10 - shown} 件已依法" in year
        assert len(re.findall(r'<th scope="row"', year)) == shown
        assert re.search(r'行政处罚</strong>.*?<span class="count">10 件', pages["index.html"])


def test_changed_records_say_so(sites: tuple[Texts, Texts]) -> None:
    number = traces("变更")[-1]
    [path] = [
        p for p in found(sites[0], number) if re.fullmatch(r"penalties/2026/[b-v]{16}\.html", p)
    ]
    page = dict(sites[0])[path]
    assert "<strong>本决定已变更</strong>（2026-11-02）：虚构的理由：事实不清。" in page
    for name in OPEN:
        for other in found(sites[0], traces(name)[-1]) - {path}:
            assert "本决定已变更" not in dict(sites[0])[other]


def test_the_days_are_told(sites: tuple[Texts, Texts]) -> None:
    def days(texts: Texts, page: str) -> dict[str, str]:
        return dict(
            re.findall(
                r'<time datetime="([\d-]+)">[^<]*</time> <span class="count">(.*?)</span></h2>',
                dict(texts)[page],
            )
        )

    for page in ("changes/index.html", "changes/2026-11/index.html"):
        first, second = days(sites[0], page), days(sites[1], page)
        assert "变更 1 条，撤回 3 条，信用修复下架 1 条" in first["2026-11-02"]
        assert "期满下架" in first[DAY]
        assert NEXT not in first
        assert "撤回 1 条，期满下架" in second[NEXT]
    # What became public that Sunday is counted, whatever became of it; what is closed is not.
    assert "新增 9 条" in days(sites[0], "changes/2026-10/index.html")["2026-10-25"]


def test_what_comes_down_next_is_told(sites: tuple[Texts, Texts]) -> None:
    name = traces("今日期满")[0]
    assert name in dict(sites[0])["changes/next/index.html"]
    assert name not in dict(sites[1])["changes/next/index.html"]


# ── Lists of notices ─────────────────────────────────────────────────────────────────────────────


def test_many_notices_are_paged() -> None:
    from disclosure.site.shell import cut

    dressed = cut("<qztitlezq|qzfolderzq|qzfilezq>qzcontentzq")
    for size in (1, 100, 101, 250):
        made = [
            Notice(
                f"p/2026/{n:03}.html", f"文{n}号", "处罚", "局", "", "撤销", "2026-01-01", "理由"
            )
            for n in range(size)
        ]
        pages = {p: c.decode() for p, c in withdrawals.pages("2026", made, dressed)}
        numbers = [m for page in pages.values() for m in re.findall(r">文(\d+)号<", page)]
        assert numbers == [str(n) for n in range(size)]
        assert len(pages) == max(1, size // views.PER_PAGE)


def test_states_of_this_test_are_all_there_are() -> None:
    assert {row["状态"] for row in STATES.values()} == {"公示中", *status.CAUSES}
