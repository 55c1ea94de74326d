"""Downloads: what the pages show, by year, readable by every program and again by this one; the same bytes every time."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT, TODAY, build, tree
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from disclosure import catalog, checking
from disclosure.catalog import Collection
from disclosure.intake import tables, values
from disclosure.schema import Schema
from disclosure.site import downloads, shelf, spreadsheets
from disclosure.site.shell import cut
from disclosure.site.spreadsheets import DATE, MONEY, NUMBER, TEXT, Column

FRONT = cut("<main>qzcontentzq</main>", needed=("content",))


@pytest.fixture(scope="module")
def collections() -> Mapping[str, Collection]:
    return catalog.load(ROOT / "data", as_of=date.fromisoformat(TODAY)).collections


def made(collection: Collection, folder: Path, kept: Path | None = None) -> dict[str, bytes]:
    mine = shelf.put(collection, str(folder))
    parts = downloads.parts(collection, mine)
    front = (f"{collection.name}/index.html", FRONT, "")
    job = downloads.job(collection.schema, parts, mine, front, kept)
    return dict(job.make(*job.arguments))


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
    files = made(collection, tmp_path)
    del files[f"{name}/index.html"]
    whole = collection.rows[public].to_dict("records")
    years = sorted(set(collection.rows["folder"])) if schema.date else []
    ends = (".csv", ".xlsx")
    assert files.keys() == {f"{name}/downloads/{f}{end}" for f in ["all", *years] for end in ends}
    for path, content in files.items():
        year = Path(path).stem
        chosen = (
            collection.rows if year == "all" else collection.rows[collection.rows["folder"] == year]
        )
        assert read_back(schema, path, content, tmp_path) == chosen[public].to_dict("records")
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
        r'<a href="(downloads/[^"]+)" download="([^"]+)">(CSV|XLSX)（([^）]+)）</a>', html
    )
    assert {f"penalties/{target}" for target, _, _, _ in links} == set(files)
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
    assert changed == {"2024.csv", "2024.xlsx", "all.csv", "all.xlsx"}
    assert {p.name for p in folder.iterdir() if stamps[p.name] != p.stat().st_mtime_ns} == changed
    now = {p.name for p in (project / ".cache/site/downloads").iterdir()}
    assert len(now - kept) == len(kept - now) == 2


# ── Any cells ────────────────────────────────────────────────────────────────────────────────────


def is_canonical(text: str) -> bool:
    return values.text(text, multiline=True) == text


texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]) | st.sampled_from("=+-@'\"\n,;_x0041 ")).map(
    lambda text: reading if isinstance(reading := values.text(text, multiline=True), str) else "甲"
).filter(is_canonical)  # fmt: skip


@settings(deadline=None)
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
