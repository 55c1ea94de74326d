"""Downloads: what the pages show, by year, readable by every program and again by this one; the same bytes every time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT, TODAY, build, tree
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from disclosure import catalog, checking
from disclosure.catalog import Collection
from disclosure.intake import tables, values
from disclosure.schema import Field, Schema
from disclosure.site import datapackages, downloads, objects, shelf, spreadsheets
from disclosure.site.datapackages import Publisher
from disclosure.site.shell import cut
from disclosure.site.spreadsheets import DATE, MONEY, NUMBER, TEXT, Column

FRONT = cut("<main>qzcontentzq</main>", needed=("content",))


@pytest.fixture(scope="module")
def collections() -> Mapping[str, Collection]:
    return catalog.load(ROOT / "data", as_of=date.fromisoformat(TODAY)).collections


PUBLISHER = Publisher("某局", "a@example.cn", "https://a.example.cn/", sample=True)
ABOUT = (datapackages.FILE, datapackages.CSV, datapackages.JSON, downloads.SUMS)
"""What lies beside the files of rows."""


def made(collection: Collection, folder: Path, kept: Path | None = None) -> dict[str, bytes]:
    """Every file of a collection's downloads, and its front page."""
    mine = shelf.put(collection, str(folder))
    parts = downloads.parts(collection, mine)
    front = (f"{collection.name}/index.html", FRONT, "")
    keeping, loose = str(kept or folder / "kept"), datapackages.loose(collection)
    told = downloads.prepare(collection.schema, parts, mine, keeping, loose)
    jobs = downloads.jobs(collection.schema, parts, mine, front, keeping, loose, told, PUBLISHER)
    return {path: content for job in jobs for path, content in job.make(*job.arguments)}


def rows_of(collection: Collection, folder: Path) -> dict[str, bytes]:
    """The files of rows alone."""
    files = made(collection, folder)
    return {
        path: content
        for path, content in files.items()
        if "/downloads/" in path and Path(path).name not in ABOUT
    }


def json_of(collection: Collection, rows: list[dict[str, str]]) -> list[dict[str, object]]:
    """What a program is to read: numbers exactly, nothing for what is empty."""
    kinds: dict[str, object] = {"是": True, "否": False}
    fields = {field.name: field for field in collection.schema.public_fields}

    def value(name: str, cell: str) -> object:
        kind = fields[name].type
        if not cell or cell == "不适用":
            return cell or None
        if kind in ("number", "integer", "year"):
            return Decimal(cell)
        return {"list": cell.split(fields[name].delimiter), "boolean": kinds.get(cell)}.get(
            kind, cell
        )

    return [{name: value(name, row[name]) for name in fields} for row in rows]


def read_back(schema: Schema, name: str, content: bytes, folder: Path) -> list[dict[str, str]]:
    """The rows that our own reader gives."""
    path = folder / Path(name).name
    path.write_bytes(content)
    headers = [text for _, text, _ in schema.headers.values()]
    found, findings = tables.read(path, file=path.name, headers=headers)
    rows: list[dict[str, str]] = []
    for table in found:
        checked, more = checking.check(schema, table)
        findings += [f for f in more if f.code != "F402"]  # columns that are not public
        names = [field.name for field in schema.public_fields]
        cells = (checked.columns[name] for name in names)
        rows += (dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True))
    assert not findings
    return rows


@pytest.mark.parametrize(
    "name", ["penalties", "permits", "inspections", "inspections/items", "powers", "tasks", "norms"]
)
def test_our_own_reader_gives_the_rows_again(
    collections: Mapping[str, Collection], tmp_path: Path, name: str
) -> None:
    collection = collections[name]
    schema = collection.schema
    public = [field.name for field in schema.public_fields]
    files = rows_of(collection, tmp_path)
    whole = collection.rows[public].to_dict("records")
    years = sorted(set(collection.rows["folder"])) if schema.date else []
    ends = (".csv", ".xlsx", ".json")
    assert files.keys() == {f"{name}/downloads/{f}{end}" for f in ["all", *years] for end in ends}
    for path, content in files.items():
        year = Path(path).stem
        chosen = (
            collection.rows if year == "all" else collection.rows[collection.rows["folder"] == year]
        )
        rows = chosen[public].to_dict("records")
        if path.endswith(".json"):
            exact = json.loads(content, parse_float=Decimal, parse_int=Decimal)
            assert exact == json_of(collection, rows)
            assert list(exact[0]) == public
            assert content.count(b"\n") == len(rows) + 2  # an object on each line
        else:
            assert read_back(schema, path, content, tmp_path) == rows
    assert len(whole) == len(collection.rows)


def test_only_public_columns_of_rows_on_show(
    collections: Mapping[str, Collection], tmp_path: Path
) -> None:
    penalties = collections["penalties"]
    files = made(penalties, tmp_path)
    text = files["penalties/downloads/all.csv"].decode("utf-8-sig")
    heads, *rows = csv.reader(io.StringIO(text, newline=""))
    private = {field.title for field in penalties.schema.fields if not field.public}
    assert private
    assert not private & set(heads)
    assert heads == [field.title for field in penalties.schema.public_fields]
    hidden = penalties.total - len(rows)
    assert hidden == penalties.hidden() > 0


def test_csv_files_are_such_as_excel_and_wps_write(
    collections: Mapping[str, Collection], tmp_path: Path
) -> None:
    content = made(collections["powers"], tmp_path)["powers/downloads/all.csv"]
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert content.count(b"\r\n") == len(rows)
    assert any("\n" in cell for row in rows for cell in row)


def test_workbooks_are_typed(collections: Mapping[str, Collection], tmp_path: Path) -> None:
    penalties = collections["penalties"]
    files = made(penalties, tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(files["penalties/downloads/all.xlsx"]))
    years = sorted(set(penalties.rows["folder"]), reverse=True)
    assert book.sheetnames == [f"{year}年" for year in years]
    sheet = book["2024年"]
    heads, *rows = sheet.iter_rows()
    place = {cell.value: number for number, cell in enumerate(heads)}
    fines = [row[place["罚款金额（元）"]] for row in rows]
    days = [row[place["处罚决定日期"]] for row in rows]
    codes = [row[place["行政相对人代码_1（统一社会信用代码）"]].value for row in rows]
    mine = penalties.rows[penalties.rows["folder"] == "2024"]
    assert [
        str(Decimal(str(cell.value))) if cell.value is not None else "" for cell in fines
    ] == mine["fine"].tolist()
    assert {cell.number_format for cell in fines if cell.value is not None} == {"#,##0.00"}
    assert all(isinstance(cell.value, datetime) for cell in days)
    assert [cell.value.date().isoformat() for cell in days] == mine["decided"].tolist()
    assert [code or "" for code in codes] == mine["uscc"].tolist()
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", sheet.dimensions)
    assert all(5 < sheet.column_dimensions[cell.column_letter].width <= 60 for cell in heads)


def test_equal_rows_make_equal_bytes(collections: Mapping[str, Collection], tmp_path: Path) -> None:
    first = made(collections["tasks"], tmp_path / "a", tmp_path / "kept")
    assert len(first) == 5 * 3 + len(ABOUT) + 1
    assert made(collections["tasks"], tmp_path / "b", tmp_path / "kept") == first
    assert made(collections["tasks"], tmp_path / "c") == first
    for path in (tmp_path / "kept").iterdir():
        path.write_bytes(b"damaged")
    assert made(collections["tasks"], tmp_path / "d", tmp_path / "kept") == first


def test_the_front_page_states_the_true_sizes(
    collections: Mapping[str, Collection], tmp_path: Path
) -> None:
    files = made(collections["penalties"], tmp_path)
    html = files.pop("penalties/index.html").decode()
    links = re.findall(
        r'<a href="(downloads/[^"]+)" download="([^"]+)">(CSV|XLSX|JSON)（([^）]+)）</a>', html
    )
    offered = {path for path in files if Path(path).name not in ABOUT}
    assert {f"penalties/{target}" for target, _, _, _ in links} == offered
    assert 'href="../opendata/#penalties"' in html
    for target, saved, kind, size in links:
        content = files[f"penalties/{target}"]
        number, unit = size.replace(",", "").split()
        assert (
            abs(float(number) * {"KB": 1e3, "MB": 1e6}[unit] - len(content))
            <= {"KB": 1e3, "MB": 5e4}[unit]
        )
        assert target.endswith(f".{kind.lower()}")
        assert saved.endswith(f".{kind.lower()}")
        assert "行政处罚" in saved
    assert "全部（" in html.partition("2026年")[0]


def test_the_hashes_are_those_of_the_files(
    collections: Mapping[str, Collection], tmp_path: Path
) -> None:
    files = made(collections["tasks"], tmp_path)
    sums = files["tasks/downloads/SHA256SUMS"].decode().splitlines()
    told = {name: digest for digest, name in (line.split("  ") for line in sums)}
    beside = {Path(path).name for path in files if "/downloads/" in path}
    assert told.keys() == beside - {datapackages.FILE, downloads.SUMS}
    for name, digest in told.items():
        assert hashlib.sha256(files[f"tasks/downloads/{name}"]).hexdigest() == digest


def test_many_rows_make_several_sheets_and_then_csv_alone(
    collections: Mapping[str, Collection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    penalties = collections["penalties"]
    monkeypatch.setattr(downloads, "PER_SHEET", 100)
    monkeypatch.setattr(downloads, "PER_WORKBOOK", 250)
    files = made(penalties, tmp_path)
    sizes = penalties.rows["folder"].value_counts().to_dict()
    for year, size in sizes.items():
        assert f"penalties/downloads/{year}.csv" in files
        book = files.get(f"penalties/downloads/{year}.xlsx")
        assert (book is None) == (size > 250)
        assert (f"penalties/downloads/{year}.json" in files) == (size <= 250)
        if book:
            names = openpyxl.load_workbook(io.BytesIO(book)).sheetnames
            assert names == [f"{year}年（{n}）" for n in range(1, -(-size // 100) + 1)]
    assert "penalties/downloads/all.csv" not in files
    assert "只提供 CSV" in files["penalties/index.html"].decode()


def test_an_edit_makes_only_its_year_again(project: Path) -> None:
    assert build(project).returncode == 0
    folder = project / "site/penalties/downloads"
    before, stamps = tree(folder), {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    kept = {p.name for p in (project / ".cache/site/downloads").iterdir()}
    path = project / "data/penalties/2024.csv"
    path.write_text(
        path.read_text("utf-8").replace("警告", "警告", 1).replace("虚构市", "假想市", 1), "utf-8"
    )
    assert build(project).returncode == 0
    changed = {name for name, content in tree(folder).items() if before[name] != content}
    rows = {f"{name}.{end}" for name in ("2024", "all") for end in ("csv", "xlsx", "json")}
    assert changed == rows | {datapackages.FILE, downloads.SUMS}
    assert {p.name for p in folder.iterdir() if stamps[p.name] != p.stat().st_mtime_ns} == changed
    now = {p.name for p in (project / ".cache/site/downloads").iterdir()}
    assert len(now - kept) == len(kept - now) == 5  # its forms, and what is told of it and of all


# ── Any cells ────────────────────────────────────────────────────────────────────────────────────


def is_canonical(text: str) -> bool:
    return values.text(text, multiline=True) == text


texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]) | st.sampled_from("=+-@'\"\n,;_x0041 ")).map(
    lambda text: reading if isinstance(reading := values.text(text, multiline=True), str) else "甲"
).filter(is_canonical)  # fmt: skip


@given(st.lists(texts, min_size=1, max_size=20))
def test_any_text_is_the_same_in_a_workbook(cells: list[str]) -> None:
    data = spreadsheets.workbook(
        {
            "甲/乙": spreadsheets.sheet(
                [Column("列", TEXT, cells), Column("数", NUMBER, ["1"] * len(cells))]
            )
        }
    )
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == cells
    assert [row[1] for row in rows[1:]] == [1] * len(cells)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@given(st.lists(texts, min_size=1, max_size=20))
def test_any_text_is_the_same_in_json(cells: list[str]) -> None:
    content = objects.lines(
        [Field("a", "列"), Field("b", "数", "number")], {"a": cells, "b": cells}
    )
    rows = json.loads(f"[{content}]", parse_float=str, parse_int=str)
    assert [row["a"] or "" for row in rows] == cells
    assert [row["b"] or "" for row in rows] == cells


@pytest.mark.parametrize(
    ("kind", "cell", "written"),
    [
        ("number", "0.10", "0.10"),
        ("number", "123456789012.123", "123456789012.123"),
        ("number", "1234567890123456", '"1234567890123456"'),
        ("integer", "0", "0"),
        ("number", "", "null"),
        ("number", "不适用", '"不适用"'),
        ("boolean", "否", "false"),
        ("boolean", "不适用", '"不适用"'),
        ("list", "甲、乙", '["甲", "乙"]'),
        ("list", "不适用", '"不适用"'),
        ("string", "00012", '"00012"'),
        ("date", "2099-12-31", '"2099-12-31"'),
    ],
)
def test_cells_in_json(kind: str, cell: str, written: str) -> None:
    assert objects.value(Field("a", "列", kind), cell) == written


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (NUMBER, "12", 12),
        (NUMBER, "-0.5", -0.5),
        (MONEY, "52120.75", 52120.75),
        (MONEY, "123456789012345", 123456789012345),
        (NUMBER, "1234567890123456", "1234567890123456"),
        (NUMBER, "不适用", "不适用"),
        (DATE, "2024-02-29", date(2024, 2, 29)),
        (DATE, "2099-12-31", date(2099, 12, 31)),
        (DATE, "不适用", "不适用"),
        (TEXT, "00012", "00012"),
        (TEXT, "2024-02-29", "2024-02-29"),
    ],
)
def test_numbers_and_days_are_such_where_nothing_is_lost(
    kind: str, cell: str, value: object
) -> None:
    data = spreadsheets.workbook({"甲": spreadsheets.sheet([Column("列", kind, [cell])])})
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[
        1
    ] == [value]
