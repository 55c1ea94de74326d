"""Whole builds: the same bytes from two engines and at any time, new collections, and failures that harm nothing."""

from __future__ import annotations

import codecs
import csv
import io
import os
from pathlib import Path

import pytest
from conftest import ROOT, build, copy_project, leave_only, tree
from openpyxl import Workbook

TINY = """\
title: 典型案例
description: 以案释法的典型案例。
unit: 个
order: 90
date: published
record_title: "{name}"
primaryKey: [name]
list: [name, field, published]
views: [field]
fields:
  - {name: name, title: 案例名称, type: string, constraints: {required: true}}
  - {name: field, title: 领域, type: string}
  - {name: story, title: 基本案情, type: string, multiline: true}
  - {name: published, title: 公开日期, type: date, constraints: {required: true}}
"""


def test_both_engines_give_the_same_site(project: Path, sample_site: Path) -> None:
    assert build(project, "properdocs").returncode == 0
    assert tree(project / "site") == tree(sample_site)


def test_building_again_changes_no_file(project: Path, sample_site: Path) -> None:
    assert build(project).returncode == 0
    assert tree(project / "site") == tree(sample_site)
    times = {path: path.stat().st_mtime_ns for path in (project / "site").rglob("*.html")}
    result = build(project, TZ="America/New_York", LC_ALL="C", SOURCE_DATE_EPOCH="1000000000")
    assert result.returncode == 0
    assert {path: path.stat().st_mtime_ns for path in (project / "site").rglob("*.html")} == times


def test_an_eighth_collection_needs_a_folder_and_no_python(project: Path) -> None:
    folder = project / "data" / "cases"
    folder.mkdir()
    (folder / "schema.yml").write_text(TINY, "utf-8")
    (folder / "2025.csv").write_text(
        "案例名称,领域,基本案情,公开日期\n"
        '虚构的超限运输案,公路,"甲公司的车辆超限。\n经检测属实。",2025-03-04\n'
        "虚构的客船超载案,水上,某客船超过核定人数。,2025年5月6日\n",
        "utf-8",
    )
    result = build(project)
    assert result.returncode == 0, result.stdout + result.stderr
    site = project / "site"
    front = (site / "cases" / "index.html").read_text("utf-8")
    assert "虚构的超限运输案" in front
    assert 'href="2025/"' in front
    records = [p for p in (site / "cases" / "2025").glob("*.html") if p.name != "index.html"]
    assert len(records) == 2
    texts = "".join(p.read_text("utf-8") for p in records)
    assert "甲公司的车辆超限。\n经检测属实。" in texts
    assert "2025-05-06" in texts
    assert 'href="cases/"' in (site / "index.html").read_text("utf-8")


def credit_sheet(rows: int) -> list[list[str]]:
    """A sheet as filled for the credit site: its headers, amounts in 万元, dates and blanks as they come."""
    with (ROOT / "data" / "penalties" / "2020.csv").open(encoding="utf-8", newline="") as stream:
        records = list(csv.DictReader(stream))[:rows]
    headers = [name for name in records[0] if name != "罚款金额（元）"]
    body = []
    for number, record in enumerate(records):
        year, month, day = record["处罚决定日期"].split("-")
        spellings = (
            f"{year}/{int(month)}/{int(day)}",
            f"{year}年{int(month)}月{int(day)}日",
            f"{year}-{month}-{day}",
        )
        fine = record["罚款金额（元）"]
        row = {**record, "处罚决定日期": spellings[number % 3]}
        body.append(
            [row[h] or "\\" for h in headers] + [f"{int(fine) / 10000:.4f}" if fine else "/"]
        )
    return [[*headers, "罚款金额（万元）"], *body]


@pytest.mark.parametrize("kind", ["gb18030", "utf-16", "xlsx"])
def test_a_sheet_gives_the_same_site_in_any_format(
    tmp_path: Path, kind: str, utf8_site: dict[str, bytes]
) -> None:
    project = one_collection(tmp_path / kind)
    sheet = credit_sheet(SHEET)
    target = project / "data" / "penalties"
    if kind == "xlsx":
        workbook = Workbook()
        page = workbook.active
        assert page is not None
        page.append(["示例市交通运输局行政处罚信息公示表"])
        page.append([])
        for row in sheet:
            page.append(row)
        workbook.save(target / "2020.xlsx")
    else:
        text = as_csv(sheet)
        mark = codecs.BOM_UTF16_LE if kind == "utf-16" else b""
        encoding = "utf-16-le" if kind == "utf-16" else kind
        (target / "2020.csv").write_bytes(mark + text.encode(encoding))
    result = build(project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert tree(project / "site") == utf8_site


SHEET = 500


def as_csv(sheet: list[list[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows(sheet)
    return stream.getvalue()


def one_collection(project: Path) -> Path:
    """The sample project with penalties and the powers they name, and no rows of penalties."""
    copy_project(project)
    leave_only(project, "penalties", "powers")
    for file in (project / "data" / "penalties").glob("20*"):
        file.unlink()
    return project


@pytest.fixture(scope="module")
def utf8_site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    project = one_collection(tmp_path_factory.mktemp("utf8") / "project")
    (project / "data" / "penalties" / "2020.csv").write_bytes(as_csv(credit_sheet(SHEET)).encode())
    result = build(project)
    assert result.returncode == 0, result.stdout + result.stderr
    return tree(project / "site")


def test_a_bad_row_stops_the_build_and_keeps_the_old_site(project: Path) -> None:
    assert build(project).returncode == 0
    before = tree(project / "site")
    rows = project / "data" / "penalties" / "2021.csv"
    rows.write_text(rows.read_text("utf-8").replace("2021-", "2021/13/", 1), "utf-8")
    result = build(project)
    assert result.returncode != 0
    assert "V203" in result.stdout + result.stderr
    assert tree(project / "site") == before
    assert not list(project.glob("site.*"))


def test_a_warning_of_the_engine_keeps_the_old_site(project: Path) -> None:
    assert build(project).returncode == 0
    before = tree(project / "site")
    about = project / "docs" / "about.md"
    about.write_text(about.read_text("utf-8") + "\n[没有的页面](missing.md)\n", "utf-8")
    result = build(project)
    assert result.returncode != 0
    assert "missing.md" in result.stdout + result.stderr
    assert tree(project / "site") == before


def test_what_is_gone_from_the_data_is_gone_from_the_site(project: Path) -> None:
    assert build(project).returncode == 0
    assert (project / "site" / "norms").is_dir()
    leave_only(project, "penalties", "powers", "permits")
    config = project / "mkdocs.yml"
    config.write_text(
        config.read_text("utf-8").replace("collections: [norms]", "collections: []"), "utf-8"
    )
    os.utime(config)
    result = build(project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert not (project / "site" / "norms").exists()
