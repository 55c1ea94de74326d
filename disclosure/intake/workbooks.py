"""Workbooks: turns the bytes of an XLSX file into grids of text, with what Excel hides or has destroyed."""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from disclosure.diagnostics import Finding, Place

MAX_CELLS = 20_000_000  # of one sheet; more is a stray cell far out, not a list of records
MAX_BYTES = 2_000_000_000  # unpacked; more is not a table a bureau keeps
LOST_DIGITS = 1e15  # a spreadsheet keeps 15 digits; numbers from here on have 16 or more


@dataclass(frozen=True, slots=True)
class Mark:
    """Something wrong with one cell (0-based), found while reading."""

    code: str
    row: int
    column: int
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one sheet as text, column by column from A1, all columns of one length."""

    sheet: str
    columns: list[list[str]]
    merges: tuple[tuple[int, int, int, int], ...] = ()  # top, left, bottom, right; 0-based
    marks: tuple[Mark, ...] = ()
    lines: list[int] | None = None

    @property
    def height(self) -> int:
        return len(self.columns[0]) if self.columns else 0


def is_zip(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_ole(data: bytes) -> bool:
    """Whether it is an old binary Office file, or the envelope of an encrypted new one."""
    return data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def read_workbook(data: bytes, file: str) -> tuple[list[Grid], list[Finding]]:
    """Every visible sheet that holds something; never raises."""
    place, name = Place(file), file.rsplit("/", 1)[-1]

    def failed(code: str, **facts: object) -> tuple[list[Grid], list[Finding]]:
        return [], [Finding(code, place, {"name": name, **facts})]

    if is_ole(data):
        return failed("F131" if "EncryptedPackage".encode("utf-16-le") in data else "F132")
    if not is_zip(data):
        return failed("F130", reason="内容不是 xlsx 格式")
    try:
        return _read(data, file)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 (a panic of the reader is no Exception)
        return failed("F130", reason="文件已损坏")


def _read(data: bytes, file: str) -> tuple[list[Grid], list[Finding]]:
    name = file.rsplit("/", 1)[-1]
    archive = zipfile.ZipFile(io.BytesIO(data))
    if "xl/workbook.xml" not in archive.namelist():
        return [], [Finding("F130", Place(file), {"name": name, "reason": "内容不是 xlsx 格式"})]
    if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
        return [], [Finding("F130", Place(file), {"name": name, "reason": "解压后过大"})]
    parts = _sheet_parts(archive)
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    grids: list[Grid] = []
    findings: list[Finding] = []
    for index, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ is not SheetTypeEnum.WorkSheet:
            continue
        with archive.open(parts[index]) as stream:
            scan = _scan(stream)
        if not scan.height:
            continue
        if sheet.visible is not SheetVisibleEnum.Visible:
            findings.append(Finding("F133", Place(file, sheet.name), {"sheet": sheet.name}))
            continue
        if scan.height * scan.width > MAX_CELLS:
            size = {"height": scan.height, "width": scan.width}
            findings.append(Finding("F122", Place(file, sheet.name, scan.height), size))
            continue
        cells = workbook.get_sheet_by_index(index)
        columns, marks = _texts(cells.to_python(skip_empty_area=False))
        merges = tuple((*start, *end) for start, end in cells.merged_cell_ranges or ())
        if columns:
            grids.append(Grid(sheet.name, columns, merges, (*scan.marks, *marks)))
    if not grids and not findings:
        findings.append(Finding("F101", Place(file), {"name": name}))
    return grids, findings


def _sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    """The archive's member for every sheet, in the workbook's order."""
    links = {
        link.get("Id"): link.get("Target", "")
        for link in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    parts = []
    for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).findall(".//{*}sheet"):
        key = next(value for name, value in element.items() if name.endswith("}id"))
        parts.append(posixpath.normpath(posixpath.join("/xl", links[key])).lstrip("/"))
    return parts


# ── Typed cells to text ──────────────────────────────────────────────────────────────────────────


def _number(value: float) -> str:
    """As a spreadsheet shows it: at most 15 digits, never an exponent."""
    if value.is_integer() and abs(value) < LOST_DIGITS:
        return str(int(value))
    text = format(value, ".15g")
    return format(Decimal(text), "f") if "e" in text else text


def _moment(value: dt.datetime) -> str:
    # Times are fractions of a day in the file, so a second may come out a hair short.
    value = (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
    return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")


def _duration(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


_TEXT: Mapping[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    float: _number,
    bool: lambda value: "是" if value else "否",
    dt.datetime: _moment,
    dt.date: dt.date.isoformat,
    dt.time: lambda value: value.isoformat("seconds"),
    dt.timedelta: _duration,
}


def _texts(rows: list[list[Any]]) -> tuple[list[list[str]], list[Mark]]:
    columns: list[list[str]] = []
    marks: list[Mark] = []
    for number, values in enumerate(zip(*rows, strict=True)):
        kinds = set(map(type, values))
        if kinds == {str}:
            columns.append(list(values))
            continue
        if kinds & {int, float}:
            marks += [
                Mark("F137", row, number)
                for row, value in enumerate(values)
                if isinstance(value, (int, float)) and abs(value) >= LOST_DIGITS
            ]
        columns.append([_TEXT.get(type(value), str)(value) for value in values])
    return columns, marks


# ── What the reader does not tell ────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Scan:
    """How far the filled cells of a sheet reach, and cells the reader gives as blank though they are not."""

    height: int = 0
    width: int = 0
    marks: list[Mark] = field(default_factory=list)


_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s>/])([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_ROW_NUMBER = re.compile(rb"""[^>]*?\br=["'](\d{1,7})["']""")
_KIND = re.compile(rb"""\bt=["'](\w+)["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")


def _scan(stream: IO[bytes]) -> _Scan:
    """Reads a sheet's XML row by row; only rows with formulas or errors are looked at closely."""
    scan = _Scan()
    number = 0
    for row in _rows(stream):
        row = row.partition(b"sheetData>")[0]
        match = _ROW_NUMBER.match(row)
        number = int(match[1]) if match else number + 1
        end = max(row.rfind(b"v>"), row.rfind(b"is>"))
        if end < 0 and b"<f" not in row and b":f" not in row:
            continue
        scan.height = max(scan.height, number)
        scan.width = max(scan.width, _last_column(row, end))
        if b'"e"' in row or b"'e'" in row or b"<f" in row or b":f" in row:
            scan.marks += _marks(row, number)
    return scan


def _rows(stream: IO[bytes]) -> Iterator[bytes]:
    """The text of each row element, from behind `<row`."""
    rest = b""
    mark = b""
    while chunk := stream.read(1 << 22):
        rest += chunk
        if not mark:
            found = re.search(rb"<(\w+:)?row[\s>/]", rest)
            if not found:
                rest = rest[-100:] if len(rest) > 1 << 23 else rest
                continue
            mark = b"<" + (found[1] or b"") + b"row"
        *complete, rest = rest.split(mark)
        yield from complete[1:]
        rest = mark + rest
    if mark:
        yield from rest.split(mark)[1:]


def _last_column(row: bytes, end: int) -> int:
    references = _REFERENCE.search(row, row.rfind(b" r=", 0, end if end >= 0 else len(row)))
    if references:
        return _column(references[1])
    return len(_CELL.findall(row))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _marks(row: bytes, number: int) -> Iterator[Mark]:
    column = 0
    for attributes, content in _CELL.findall(row):
        reference = _REFERENCE.search(attributes)
        column = _column(reference[1]) if reference else column + 1
        kind = _KIND.search(attributes)
        value = _VALUE.search(content)
        if kind and kind[1] == b"e":
            error = value[1].decode("utf-8", "replace")[:10] if value else "#"
            yield Mark("F136", number - 1, column - 1, {"error": error})
        elif _FORMULA.search(content) and not (value and value[1]) and not (
            kind and kind[1] in (b"str", b"inlineStr")
        ):
            yield Mark("F138", number - 1, column - 1)
