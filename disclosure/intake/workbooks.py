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
from functools import partial
from itertools import chain
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from disclosure import confine
from disclosure.diagnostics import Finding, Place
from disclosure.intake import envelopes, sharing
from disclosure.intake.grids import Grid, Mark

MAX_AREA = (
    8_000_000  # height × width of a sheet; more is a stray cell far out, not a list of records
)
MEMORY = 1_000_000_000  # bytes that reading one workbook may take
SECONDS = 30.0  # of processor time, likewise
LOST_DIGITS = 1e15  # a spreadsheet keeps 15 digits; whole numbers from here on have 16 or more

_WIDEST = 16_384  # columns of a spreadsheet
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old binary Office files, and the envelope of encrypted ones


def read_workbook(data: bytes, file: str) -> tuple[list[Grid], list[Finding]]:
    """Every visible sheet that holds something, and what is wrong with the file; never raises.

    The directory of the zip file is judged first; then the workbook is read in a process of its own.
    """
    name = file.rsplit("/", 1)[-1]

    def refused(code: str, reason: str = "") -> tuple[list[Grid], list[Finding]]:
        return [], [Finding(code, Place(file), {"name": name, "reason": reason})]

    if data.startswith(_OLE):
        return refused("F131" if "EncryptedPackage".encode("utf-16-le") in data else "F132")
    if not data.startswith(b"PK"):
        return refused("F130", "内容不是 xlsx 格式")
    try:
        if fault := envelopes.unsafe(data):
            return refused(fault.code, fault.reason)
        read = partial(_read, data, file)
        result = confine.run(read, memory=MEMORY, seconds=SECONDS)
    except confine.Overrun as overrun:
        return refused("F145", {"memory": "内存", "time": "时间"}[overrun.what])
    except (confine.Failed, zipfile.BadZipFile, ValueError, NotImplementedError):
        return refused("F130", "文件已损坏")
    return refused(result.code, result.reason) if isinstance(result, envelopes.Fault) else result


def _read(data: bytes, file: str) -> tuple[list[Grid], list[Finding]] | envelopes.Fault:
    """Reads a workbook whose directory is sound; raises all sorts of things if the rest is not."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    if "xl/workbook.xml" not in archive.namelist():
        return envelopes.Fault("F130", "内容不是 xlsx 格式")
    if fault := envelopes.unpacked(archive):
        return fault
    if sharing.is_excessive(archive):
        return envelopes.Fault("F145", "内存")
    burdens = list(envelopes.burdens(archive))
    findings = [Finding(b.code, Place(file), {"reason": b.reason}) for b in burdens]
    if any(burden.code == "F142" for burden in burdens):
        return [], findings
    try:
        grids, more = _sheets(archive, data, file)
    except MemoryError:
        raise
    except BaseException as error:  # a panic inside the reader is not an Exception
        raise ValueError from error
    return grids, findings + more


def _sheets(archive: zipfile.ZipFile, data: bytes, file: str) -> tuple[list[Grid], list[Finding]]:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    parts = _parts(archive)
    grids: list[Grid] = []
    findings: list[Finding] = []
    for index, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ is not SheetTypeEnum.WorkSheet:
            continue
        scan = _measured(archive, parts[index])
        place = Place(file, sheet.name)
        if not scan.height:
            continue
        if sheet.visible is not SheetVisibleEnum.Visible:
            findings.append(Finding("F133", place, {"sheet": sheet.name}))
        elif scan.height * scan.width > MAX_AREA:
            size = {"height": scan.height, "width": scan.width}
            findings.append(Finding("F122", place, size))
        else:
            cells = workbook.get_sheet_by_index(index)
            # By default blank rows and columns before the first cell would be cut off.
            columns, marks = _texts(cells.to_python(skip_empty_area=False))
            if not columns:
                continue
            grids.append(
                Grid(
                    sheet.name,
                    columns,
                    text="\n".join(chain.from_iterable(columns)),
                    merges=tuple((*first, *last) for first, last in cells.merged_cell_ranges or ()),
                    hidden_rows=tuple(scan.hidden_rows),
                    hidden_columns=tuple(scan.hidden_columns),
                    marks=(*scan.marks, *marks),
                )
            )
    if not grids and not findings:
        findings.append(Finding("F101", Place(file), {"name": file.rsplit("/", 1)[-1]}))
    return grids, findings


def _parts(archive: zipfile.ZipFile) -> list[str]:
    """The archive's member for every sheet, in the workbook's order."""
    links = {
        link.get("Id"): link.get("Target", "")
        for link in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    parts = []
    for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).findall(".//{*}sheet"):
        key = next(value for name, value in sheet.items() if name.endswith("}id"))
        parts.append(posixpath.join("/xl", links[key]).lstrip("/"))
    return parts


# ── Typed cells to text ──────────────────────────────────────────────────────────────────────────


def _number(value: float) -> str:
    """As a spreadsheet shows it: at most 15 digits, never an exponent."""
    if value.is_integer() and abs(value) < LOST_DIGITS:
        return str(int(value))
    text = format(value, ".15g")
    return format(Decimal(text), "f") if "e" in text else text


def _moment(value: dt.datetime) -> str:
    # Times are stored as fractions of a day, so a second may come out a hair short.
    if value.microsecond >= 500_000 and value.year < dt.MAXYEAR:
        value += dt.timedelta(seconds=1)
    value = value.replace(microsecond=0)
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
    """The columns as text, and marks on numbers too long for a spreadsheet to have kept."""
    columns: list[list[str]] = []
    marks: list[Mark] = []
    for number, values in enumerate(zip(*rows, strict=True)):
        kinds = set(map(type, values))
        if kinds == {str}:
            columns.append(list(values))
            continue
        columns.append([_TEXT[type(value)](value) for value in values])
        if kinds & {int, float}:
            marks += [
                Mark("F137", row, number)
                for row, value in enumerate(values)
                if isinstance(value, (int, float)) and abs(value) >= LOST_DIGITS
            ]
    return columns, marks


# ── What the reader does not tell ────────────────────────────────────────────────────────────────
# It gives error values and formulas without a result as blank cells, says nothing of hidden rows,
# and asks for memory for every cell up to the farthest one.


@dataclass(slots=True)
class _Scan:
    """How far the filled cells of a sheet reach (counts), what is hidden, and cells that are not blank."""

    height: int = 0
    width: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


_ROW_MARK = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])([^>]*)>((?:(?!<(?:\w+:)?row[\s/>]).)*)", re.DOTALL)
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]+)(\d+)["']""")
_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
_KIND = re.compile(rb"""\st\s*=\s*["'](\w+)["']""")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^>]*)?>([^<]+)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_HIDDEN = re.compile(rb"""\shidden\s*=\s*["'](?:1|true)["']""")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\s([^>]*)")
_SPAN = re.compile(rb"""(min|max)\s*=\s*["'](\d{1,5})["']""")
_END = re.compile(rb"</(?:\w+:)?sheetData\s*>")
# Error values, formulas and hidden rows: what is worth a close look has one of these in it.
_SIGNS = (b'"e"', b"'e'", b"<f", b":f", b"hidden")


def _measured(archive: zipfile.ZipFile, part: str) -> _Scan:
    with archive.open(part) as stream:
        scan = _scan(stream)
    if scan.height * scan.width > MAX_AREA:
        # Formats alone may reach far: count filled cells only.
        with archive.open(part) as stream:
            scan = _scan(stream, closely=True)
    return scan


def _scan(stream: IO[bytes], *, closely: bool = False) -> _Scan:
    """Reads a sheet's XML in blocks of rows; if not told to, looks closely only at what is odd."""
    scan = _Scan()
    row = 0  # the last one seen, for writers that leave numbers out
    for number, block in enumerate(_blocks(stream)):
        if number == 0:
            scan.hidden_columns = _hidden_columns(block)
        references = _REFERENCE.findall(block)
        height = max((int(digits) for _, digits in references), default=0)
        width = max((_column(text) for text in {text for text, _ in references}), default=0)
        if closely or not references or any(sign in block for sign in _SIGNS):
            row, height, width = _look_closely(block, row, scan)
        else:
            row = height
        scan.height, scan.width = max(scan.height, height), max(scan.width, width)
    return scan


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """The sheet's XML up to the end of its rows, cut before row elements.

    The reader is laxer about XML than the patterns here, and a far cell that they miss could cost
    all memory: XML that is not sound raises.
    """
    parser = expat.ParserCreate()
    rest, mark = b"", b""
    while chunk := stream.read(1 << 22):
        parser.Parse(chunk)
        rest += chunk
        if not mark and (found := _ROW_MARK.search(rest)):
            mark = found[0]
        cut = rest.rfind(mark) if mark else 0
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
    parser.Parse(b"", True)
    yield _END.split(rest, maxsplit=1)[0]


def _look_closely(block: bytes, row: int, scan: _Scan) -> tuple[int, int, int]:
    """Every cell of a block: the last row, and how far filled cells reach; adds to `scan`."""
    height = width = 0
    for head, body in _ROW.findall(block):
        number = _NUMBER.search(head)
        row = int(number[1]) if number else row + 1
        if _HIDDEN.search(head):
            scan.hidden_rows.append(row - 1)
        column = 0
        for attributes, content in _CELL.findall(body):
            reference = _REFERENCE.search(attributes)
            column = _column(reference[1]) if reference else column + 1
            if not content:
                continue
            at = int(reference[2]) if reference else row
            height, width = max(height, at), max(width, column)
            kind, value = _KIND.search(attributes), _VALUE.search(content)
            if kind and kind[1] == b"e":
                scan.marks.append(Mark("F136", at - 1, column - 1))
            # A formula whose result is an empty text is written with t="str".
            elif not value and _FORMULA.search(content) and not (kind and kind[1] == b"str"):
                scan.marks.append(Mark("F138", at - 1, column - 1))
    return row, height, width


def _hidden_columns(head: bytes) -> list[int]:
    hidden = bytearray(_WIDEST)
    for attributes in _HIDDEN_COLUMNS.findall(head):
        span = {key: int(value) for key, value in _SPAN.findall(attributes)}
        if _HIDDEN.search(b" " + attributes) and {b"min", b"max"} <= span.keys():
            first, last = max(span[b"min"] - 1, 0), min(span[b"max"], _WIDEST)
            hidden[first:last] = b"\1" * (last - first)
    return [number for number in range(_WIDEST) if hidden[number]]


def _column(letters: bytes) -> int:
    """1-based number of a column given by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
