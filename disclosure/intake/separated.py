"""Separated values: turns the bytes of a CSV file into a grid of text, whatever its encoding and separator."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from itertools import zip_longest

from disclosure.diagnostics import Finding, Place
from disclosure.intake import escaping
from disclosure.intake.grids import MAX_CELL, Grid

MAX_CELLS = 20_000_000  # more is a stray separator, not a list of records
MAX_LINE = 32_000_000  # bytes of a line on the average
MAX_WIDTH = 1_000_000  # separators in one line
DELIMITERS = ",\t;"

_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
_SIGNATURES = {
    (b"\x89PNG", b"\xff\xd8\xff", b"GIF8"): "图片",
    (b"%PDF", b"{\\rtf"): "PDF 或 RTF 文档",
    (b"\xd0\xcf\x11\xe0",): "旧版 Office 文件或加密的工作簿",
    (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!"): "压缩包",
}


def read_separated(data: bytes, file: str) -> tuple[list[Grid], list[Finding]]:
    """The one grid of a CSV file, or the finding that says why there is none; never raises."""
    if len(data) > MAX_LINE * (1 + data.count(b"\n")):
        what = f"有一行超过 {MAX_LINE // 1_000_000} MB"
        return [], [Finding("F141", Place(file), {"name": file.rsplit("/", 1)[-1], "what": what})]
    text = decode(data, file)
    if isinstance(text, Finding):
        return [], [text]
    if too_wide := _too_wide(text, file):
        return [], [too_wide]
    lines = list(io.StringIO(text, newline=""))
    delimiter = delimiter_of(lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        return [], [_fault(lines, delimiter, file)]
    height, width = len(rows), max(map(len, rows), default=0)
    if height * width > MAX_CELLS:
        widest = max(range(height), key=lambda row: len(rows[row]))
        return [], [_too_large(file, widest + 1, height, width)]
    starts = None if reader.line_num == height else _starts(lines, delimiter)[:height]
    columns = [list(column) for column in zip_longest(*rows, fillvalue="")]
    escaping.restore_all(columns, text)
    return [Grid("", columns, text, starts)], []


def _too_wide(text: str, file: str) -> Finding | None:
    """Refuses, before any line or cell is made, what holds more separators than any table could."""
    for delimiter in DELIMITERS:
        if (total := text.count(delimiter)) > MAX_WIDTH:
            counts = [line.count(delimiter) for line in text.split("\n")]
            widest = max(range(len(counts)), key=counts.__getitem__)
            if counts[widest] > MAX_WIDTH or total > 2 * MAX_CELLS:
                return _too_large(file, widest + 1, len(counts), counts[widest] + 1)
    return None


def _too_large(file: str, row: int, height: int, width: int) -> Finding:
    place = Place(file, row=row, column=width)
    return Finding("F122", place, {"height": height, "width": width})


def decode(data: bytes, file: str) -> str | Finding:
    """The text: by byte-order mark, else strict UTF-8, else strict GB18030. Never by likelihood."""
    facts: dict[str, object] = {"name": file.rsplit("/", 1)[-1]}
    for signatures, kind in _SIGNATURES.items():
        if data.startswith(signatures):
            kind = "Excel 工作簿（xlsx）" if b"xl/workbook" in data else kind
            return Finding("F110", Place(file), facts | {"looks": f"看起来是{kind}"})
    if data.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8", "gb18030"]
    reached, meant = -1, ""
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            # The encoding that gets further is the one that was meant.
            if error.start > reached:
                reached, meant = error.start, encoding
        else:
            if "\x00" in text:
                return Finding("F110", Place(file), facts | {"looks": "其中含有空字节"})
            return text
    line = data[:reached].decode(meant, "ignore").count("\n") + 1
    facts |= {"offset": reached, "line": line, "encoding": meant.upper().removesuffix("-SIG")}
    return Finding("F111", Place(file, line=line), facts)


def delimiter_of(lines: Iterable[str]) -> str:
    """The comma, unless the first line that holds any delimiter has more tabs or semicolons."""
    first = next((line for line in lines if any(mark in line for mark in DELIMITERS)), "")
    return max(DELIMITERS, key=first.count)


def _starts(lines: list[str], delimiter: str) -> list[int]:
    """The 1-based line on which each row starts, up to the first that cannot be read."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    starts = [1]
    try:
        for _ in reader:
            starts.append(reader.line_num + 1)
    except csv.Error:
        pass
    return starts


def _fault(lines: list[str], delimiter: str, file: str) -> Finding:
    """Why the first unreadable row is so, at its cell: a stray quote, or a cell without end."""
    starts = _starts(lines, delimiter)
    row, line = len(starts), starts[-1]
    text = "".join(lines[line - 1 :])
    bare = re.compile(rf"[^{delimiter}\r\n]*")
    code, position, column = "F113", 0, 1
    while match := (_QUOTED if text.startswith('"', position) else bare).match(text, position):
        position = match.end()
        if len(match[0]) > MAX_CELL and text[position : position + 1] in ["", *f"{delimiter}\r\n"]:
            code = "F115"
            break
        if text[position : position + 1] != delimiter:
            break
        position, column = position + 1, column + 1
    place = Place(file, row=row, column=column, line=line if line != row else 0)
    return Finding(code, place, {"rows": f"第 {row} 行", "limit": MAX_CELL})
