"""Tables: what comes out of CSV and XLSX files, however they were saved, and that nothing raises."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from disclosure.diagnostics import Place
from disclosure.intake import tables
from disclosure.intake.tables import Table, plain

HEADERS = ("文号", "当事人", "金额（元）", "有效期自", "有效期至", "证件类型", "法定代表人证件类型")
CASES = Path(__file__).parent / "cases"


def read(
    tmp_path: Path, content: bytes | str, suffix: str = ".csv", fill: tuple[str, ...] = ()
) -> tuple[list[Table], list[str]]:
    path = tmp_path / f"表{suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found, findings = tables.read(path, file=f"data/表{suffix}", headers=HEADERS, fill=fill)
    assert all(finding.message for finding in findings)
    return found, [f"{f.place}: {f.code}" for f in findings]


def only(result: tuple[list[Table], list[str]]) -> Table:
    """The one table of a file without findings."""
    (table,), findings = result
    assert not findings
    return table


def content(table: Table) -> dict[str, list[str]]:
    return {column.header: column.values for column in table.columns}


def workbook(*rows: list[Any], change: Callable[[Any], None] | None = None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("encoding", "mark", "delimiter"),
    [
        ("utf-8", b"", ","),
        ("utf-8", codecs.BOM_UTF8, ","),
        ("gb18030", b"", ","),
        ("gb18030", b"", ";"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "\t"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "\t"),
    ],
)
def test_every_way_a_spreadsheet_saves_text(
    tmp_path: Path, encoding: str, mark: bytes, delimiter: str
) -> None:
    text = "文号,当事人,备注\r\nA-1,某甲𠮷,\r\n".replace(",", delimiter)
    table = only(read(tmp_path, mark + text.encode(encoding)))
    assert content(table) == {"文号": ["A-1"], "当事人": ["某甲𠮷"], "备注": [""]}


def test_rows_count_as_a_spreadsheet_and_lines_as_an_editor(tmp_path: Path) -> None:
    text = '\n标题,,\n文号,当事人,备注\n\nA-1,"某\n甲",x\n , ,\nA-2,某乙\n'
    table = only(read(tmp_path, text))
    assert content(table) == {
        "文号": ["A-1", "A-2"],
        "当事人": ["某\n甲", "某乙"],
        "备注": ["x", ""],
    }
    assert (table.header_row, table.rows, table.lines) == (3, [5, 7], [5, 8])
    assert table.place(1, table.columns[1]) == Place("data/表.csv", "", 7, 2, 8)
    assert table.place(0) == Place("data/表.csv", "", 5, 0, 5)


def test_lines_are_given_only_when_they_differ(tmp_path: Path) -> None:
    table = only(read(tmp_path, "文号\nA-1\nA-2\n"))
    assert (list(table.rows), table.lines, table.place(0).line) == ([2, 3], None, 0)


@pytest.mark.parametrize("cell", ["\x85", "\u2028", "\x0b", "\x1c"])
def test_only_line_feeds_and_returns_end_a_line(tmp_path: Path, cell: str) -> None:
    assert content(only(read(tmp_path, f"文号\nA{cell}1\n"))) == {"文号": [f"A{cell}1"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "data/表.csv: F101"),
        ("\ufeff\r\n , ,\n", "data/表.csv: F101"),
        (b"\x89PNG\r\n", "data/表.csv: F110"),
        (b"PK\x03\x04....xl/workbook.xml", "data/表.csv: F110"),
        ("文号\nA\x001\n", "data/表.csv: F110"),
        ("文号\n".encode("utf-16-le"), "data/表.csv: F110"),
        ("文号\nA-1\n".encode() + b"\xff\xff", "data/表.csv: F111"),
        ("文号\nA-1\n".encode("gb18030") + b"\xff\xff", "data/表.csv: F111"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8", "data/表.csv: F111"),
        ('文号,当事人\nA-1,"某甲\nA-2,某乙\n', "data/表.csv:2:2: F113"),
        ('文号,当事人\n"A\n1",某甲\nA-2,"某"乙\n', "data/表.csv:3:2: F113"),
        ('文号,当事人\nA-1,"' + "某" * 200_000 + '"\n', "data/表.csv:2:2: F115"),
        ('文号,当事人\nA-1,"' + "某" * 200_000 + "\n", "data/表.csv:2:2: F113"),
        ("日期\n2026-01-02\n", "data/表.csv:1: F120"),
        ("文号\n" + "A\n" * 2000 + "," * 20_000 + "x\n", "data/表.csv:2002:20001: F122"),
    ],
)
def test_refused(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert read(tmp_path, text) == ([], [expected])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("A-1,某甲,,x\n,,,y\n", ["data/表.csv:2:4: F114"]),
        ("A-1,某甲,,,\n", []),
        (f"A-1,某甲\nA-2,{'某' * 40_000}\n", ["data/表.csv:3:2: F115"]),
        ("A-1,锟斤拷\n", ["data/表.csv:2:2: F112"]),
        ("A-1,#REF!\nA-2, #N/A \nA-3,######\n", ["data/表.csv:2:2: F136"]),
        ("4.3E+17,#1号\n", ["data/表.csv:2:1: F137"]),
        ("4.3E+05,E+17\n", []),
    ],
)
def test_cells_that_no_cell_should_be(tmp_path: Path, body: str, expected: list[str]) -> None:
    found, findings = read(tmp_path, "文号,当事人,金额（元）\n" + body)
    assert findings == expected
    assert len(found) == 1


def test_a_column_of_bad_cells_is_one_finding(tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text("文号,当事人\n" + "A,#REF!\n" * 9, "utf-8")
    ((table,), (finding,)) = tables.read(path, file="data/表.csv", headers=HEADERS)
    assert "「当事人」列第 2、3、4、5、6 行等 9 行" in finding.says
    assert table.columns[1].values == [""] * 9


def test_the_unknown_row_is_shown_without_long_numbers(tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text("某甲,430900199001011234,一段很长很长很长很长很长的话\n", "utf-8")
    _, (finding,) = tables.read(path, file="data/表.csv", headers=HEADERS)
    assert finding.says.endswith("：某甲、…、一段很长很长很长很长很…。")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    loop = tmp_path / "环.csv"
    loop.symlink_to(loop)
    for name, code in (("无.csv", "F102"), ("", "F103"), ("环.csv", "F103"), ("\x00.csv", "F103")):
        found, findings = tables.read(tmp_path / name, file="data/x.csv", headers=HEADERS)
        assert (found, [f.code for f in findings]) == ([], [code])


cells = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="#\ufffd\ufffe\uffff\ufeff")
    | st.sampled_from('",;\t\n\r '),
    max_size=8,
)


@given(
    st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=8),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.sampled_from(",;\t"),
)
def test_what_is_written_is_read(
    tmp_path: Path, rows: list[list[str]], encoding: str, delimiter: str
) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([["文号", "当事人"], *rows])
    table = only(read(tmp_path, stream.getvalue().encode(encoding)))
    kept = [(n, row) for n, row in enumerate(rows, 2) if any(cell.strip() for cell in row)]
    assert list(table.rows) == [n for n, _ in kept]
    assert [column.values for column in table.columns] == [
        [row[i] for _, row in kept] for i in (0, 1)
    ]


# ── Headers ──────────────────────────────────────────────────────────────────────────────────────


def test_plain_is_blind_to_width_blanks_and_case() -> None:
    assert (
        plain("罚款金额\n（万 元）\ufeff") == plain("罚款金额(万元)") == plain("罚款金额［万元］")
    )
    assert plain("ＩＤ") == plain("id")
    assert plain("甲") != plain("乙")


@pytest.mark.parametrize(
    ("text", "names", "row"),
    [
        # titles above, and a row of the body that repeats a header's name
        ("公示表,,\n单位：某局,,\n文 号,当事人,备注\n文号,x,y\n", ["文 号", "当事人", "备注"], 3),
        # the group's name belongs to the lower one
        ("文号,有效期,,备注\n,自,至,\n", ["文号", "有效期自", "有效期至", "备注"], 2),
        # the group only groups
        (
            "文号,处罚信息,,\n,当事人,金额(元),说明\n",
            ["文号", "当事人", "金额(元)", "处罚信息说明"],
            2,
        ),
        # both the lower name and the joined one are known: the joined one says more
        ("文号,法定代表人\n,证件类型\n", ["文号", "法定代表人证件类型"], 2),
        # a first row of data with blanks is no second header row
        ("文号,当事人,备注\nA-1,,\n", ["文号", "当事人", "备注"], 1),
    ],
)
def test_headers_of_text(tmp_path: Path, text: str, names: list[str], row: int) -> None:
    table = only(read(tmp_path, text))
    assert [column.header for column in table.columns] == names
    assert table.header_row == row


def test_header_without_rows_is_a_table_without_rows(tmp_path: Path) -> None:
    table = only(read(tmp_path, "文号,当事人"))
    assert (content(table), list(table.rows)) == ({"文号": [], "当事人": []}, [])


def test_a_header_below_the_fifteenth_row_is_not_looked_for(tmp_path: Path) -> None:
    assert only(read(tmp_path, "标题\n" * 14 + "文号\nA-1\n")).header_row == 15
    assert read(tmp_path, "标题\n" * 15 + "文号\nA-1\n") == ([], ["data/表.csv:1: F120"])


def test_merged_two_row_header_in_a_workbook(tmp_path: Path) -> None:
    def merge(sheet: Any) -> None:
        for area in ("A1:D1", "A2:A3", "B2:C2", "D2:D3"):
            sheet.merge_cells(area)

    rows = (
        ["示例表"],
        ["文号", "有效期", None, "备注"],
        [None, "自", "至", None],
        ["A-1", "x", "y", "z"],
    )
    table = only(read(tmp_path, workbook(*rows, change=merge), ".xlsx"))
    assert content(table) == {"文号": ["A-1"], "有效期自": ["x"], "有效期至": ["y"], "备注": ["z"]}
    assert (table.header_row, list(table.rows)) == (3, [4])


# ── XLSX ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (100000.0, "100000"),
        (5.2, "5.2"),
        (0.1 + 0.2, "0.3"),
        (0.000001, "0.000001"),
        (-12.5, "-12.5"),
        (999_999_999_999_999, "999999999999999"),
        ("0012", "0012"),
        (" 两行\n文字 ", " 两行\n文字 "),
        (True, "是"),
        (False, "否"),
        (dt.datetime(2023, 1, 5), "2023-01-05"),
        (dt.datetime(2023, 1, 5, 9, 30), "2023-01-05 09:30:00"),
        (dt.date(2099, 12, 31), "2099-12-31"),
        (dt.time(9, 30), "09:30:00"),
        (dt.timedelta(hours=30), "30:00:00"),
    ],
)
def test_typed_cells_become_text(tmp_path: Path, value: object, text: str) -> None:
    table = only(read(tmp_path, workbook(["文号"], [value]), ".xlsx"))
    assert table.columns[0].values == [text]


def test_cells_keep_their_places_beside_blank_rows_and_columns(tmp_path: Path) -> None:
    def shift(sheet: Any) -> None:
        sheet["C4"], sheet["D4"], sheet["C7"] = "文号", "当事人", "A-1"

    table = only(read(tmp_path, workbook(change=shift), ".xlsx"))
    assert [column.number for column in table.columns] == [3, 4]
    assert table.place(0, table.columns[0]) == Place("data/表.xlsx", "Sheet", 7, 3)


def test_every_visible_sheet_with_rows_is_a_table(tmp_path: Path) -> None:
    def add(sheet: Any) -> None:
        sheet.parent.create_sheet("空表")
        sheet.parent.create_chartsheet("图")
        sheet.parent.create_sheet("二月").append(["文号"])
        sheet.parent.create_sheet("说明").append(["怎样填表"])
        for name, state in (("甲", "hidden"), ("乙", "veryHidden"), ("丙", "hidden")):
            hidden = sheet.parent.create_sheet(name)
            hidden.sheet_state = state
            if name != "丙":
                hidden["A1"] = "文号"

    found, findings = read(tmp_path, workbook(["文号"], ["A-1"], change=add), ".xlsx")
    assert [table.sheet for table in found] == ["Sheet", "二月"]
    assert sorted(findings) == [
        "data/表.xlsx#乙: F133",
        "data/表.xlsx#甲: F133",
        "data/表.xlsx#说明:1: F121",
    ]


def test_merged_cells_are_filled_down_only_where_the_schema_says_so(tmp_path: Path) -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("B2:B4")

    rows = (["文号", "当事人", "备注"], ["A-1", "某甲", 1], [None, None, 2], ["A-2", None, None])
    result = read(tmp_path, workbook(*rows, change=merge), ".xlsx", ("文 号",))
    assert result[1] == ["data/表.xlsx#Sheet:2:2: F135"]
    assert content(result[0][0])["文号"] == ["A-1", "A-1", "A-2"]
    assert content(result[0][0])["当事人"] == ["某甲", "", ""]


def test_filling_down_makes_no_rows(tmp_path: Path) -> None:
    data = workbook(
        ["文号", "当事人"], ["A-1", "x"], change=lambda sheet: sheet.merge_cells("A2:A9")
    )
    assert list(only(read(tmp_path, data, ".xlsx", ("文号",))).rows) == [2]


def xml(data: bytes, change: Callable[[str], str], part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """A workbook with the XML of one part changed."""
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            text = source.read(name)
            archive.writestr(name, change(text.decode()).encode() if name == part else text)
    return target.getvalue()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="B2"><f>A1</f></c>', ["data/表.xlsx#Sheet:2:2: F138"]),
        ('<c r="B2"><f t="shared" si="0"/><v/></c>', ["data/表.xlsx#Sheet:2:2: F138"]),
        ('<c r="B2" t="str"><f>A1</f><v></v></c>', []),
        ('<c r="B2"><f>A1</f><v>0</v></c>', []),
        ("<c r='B2' t='e'><f>A1</f><v>#REF!</v></c>", ["data/表.xlsx#Sheet:2:2: F136"]),
        ('<c r="B2"><v>4.30900199001E+17</v></c>', ["data/表.xlsx#Sheet:2:2: F137"]),
        ('<c r="E2" t="e"><v>#N/A</v></c>', []),
    ],
)
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_what_the_reader_gives_as_blank(
    tmp_path: Path, cell: str, expected: list[str], prefix: str
) -> None:
    def change(text: str) -> str:
        text = re.sub(r'<c r="B2".*?</c>', cell, text)
        if prefix:
            text = re.sub(r"<(/?)(?=[a-z])", rf"<\1{prefix}", text).replace("xmlns=", "xmlns:x=")
        return text

    data = xml(workbook(["文号", "当事人"], ["A-1", "某甲"], ["A-2", "某乙"]), change)
    found, findings = read(tmp_path, data, ".xlsx")
    assert findings == expected
    assert content(found[0])["文号"] == ["A-1", "A-2"]


def test_a_far_cell_is_refused_and_far_formats_are_not(tmp_path: Path) -> None:
    def far(text: str, content: str) -> str:
        cell = f'<row r="1048576"><c r="XFD1048576" s="0">{content}</c></row></sheetData>'
        return text.replace("</sheetData>", cell)

    data = workbook(["文号"], ["A-1"])
    assert only(read(tmp_path, xml(data, lambda text: far(text, "")), ".xlsx")).rows == range(2, 3)
    result = read(tmp_path, xml(data, lambda text: far(text, "<v>1</v>")), ".xlsx")
    assert result == ([], ["data/表.xlsx#Sheet: F122"])


@pytest.mark.parametrize(
    ("data", "suffix", "code"),
    [
        ("文号,当事人\n", ".xlsx", "F130"),
        ("<html><table>", ".xls", "F130"),
        (b"PK\x03\x04", ".xlsx", "F130"),
        (xml(workbook(["文号"]), lambda text: text[:-20]), ".xlsx", "F130"),
        (xml(workbook(["文号"]), lambda _: "", "xl/_rels/workbook.xml.rels"), ".xlsx", "F130"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), ".xlsx", "F132"),
        (workbook(), ".xlsx", "F101"),
    ],
)
def test_refused_workbooks(tmp_path: Path, data: bytes | str, suffix: str, code: str) -> None:
    assert read(tmp_path, data, suffix) == ([], [f"data/表{suffix}: {code}"])


# ── Any bytes ────────────────────────────────────────────────────────────────────────────────────

SAMPLES = [
    path.read_bytes()
    for path in sorted(CASES.glob("F1*/data/penalties/2020.xlsx"))
    if zipfile.is_zipfile(path)
]
VALUES = [
    "XFD1048576",
    "ZZ99999",
    "B2:B4",
    "1e999",
    "NaN",
    "-1",
    "e",
    "s",
    "d",
    "1048577",
    "&#0;",
    "",
]
PARTS = [
    "xl/worksheets/sheet1.xml",
    "xl/workbook.xml",
    "xl/styles.xml",
    "xl/_rels/workbook.xml.rels",
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A workbook with some bytes, or some values in its XML, replaced."""
    data = draw(st.sampled_from(SAMPLES))
    if draw(st.booleans()):
        broken = bytearray(data)
        for _ in range(draw(st.integers(1, 20))):
            broken[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
        return bytes(broken[: draw(st.integers(len(data) // 2, len(data)))])

    def change(text: str) -> str:
        values = list(re.finditer(r'(?<==")[^"]*(?=")|(?<=>)[^<]+(?=<)', text))
        if not values:
            return text
        found = draw(st.sampled_from(values))
        return text[: found.start()] + draw(st.sampled_from(VALUES)) + text[found.end() :]

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = sorted({*PARTS} & {*archive.namelist()})
    return xml(data, change, draw(st.sampled_from(parts)))


@settings(max_examples=300)
@given(st.binary(max_size=400) | damaged(), st.sampled_from([".csv", ".xlsx"]))
def test_nothing_raises_whatever_the_bytes(tmp_path: Path, data: bytes, suffix: str) -> None:
    found, findings = read(tmp_path, data, suffix)
    assert found or findings
    for table in found:
        assert {len(column.values) for column in table.columns} == {len(table.rows)}
        assert all(type(value) is str for column in table.columns for value in column.values)
