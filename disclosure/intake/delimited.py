"""Delimited text: turns the bytes of a CSV file into a grid, whatever program on whatever desk has saved it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from itertools import zip_longest

from disclosure.diagnostics import Finding, Place
from disclosure.intake.grids import MAX_CELL, MAX_CELLS, Grid

DELIMITERS = ",\t;"

_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
_SIGNATURES = {
    b"\x89PNG": "PNG 图片",
    b"\xff\xd8\xff": "JPEG 图片",
    b"GIF8": "GIF 图片",
    b"%PDF": "PDF 文档",
    b"{\\rtf": "RTF 文档",
    b"\xd0\xcf\x11\xe0": "旧版 Office 文件或加密的工作簿",
    b"\x1f\x8b": "压缩包",
    b"7z\xbc\xaf": "压缩包",
    b"Rar!": "压缩包",
    b"PK\x03\x04": "压缩包",
}


def read_delimited(data: bytes, file: str) -> tuple[list[Grid], list[Finding]]:
    """The one grid of a CSV file, or the finding that says why there is none; never raises."""
    text = _decode(data, file)
    if isinstance(text, Finding):
        return [], [text]
    lines = list(io.StringIO(text, newline=""))
    delimiter = _delimiter(lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        return [], [_fault(lines, delimiter, file)]
    height, width = len(rows), max(map(len, rows), default=0)
    if height * width > MAX_CELLS:
        widest = max(range(height), key=lambda row: len(rows[row]))
        place = Place(file, row=widest + 1, column=width)
        return [], [Finding("F122", place, {"height": height, "width": width})]
    starts = None if reader.line_num == height else _starts(lines, delimiter)[:height]
    columns = [list(column) for column in zip_longest(*rows, fillvalue="")]
    return [Grid("", columns, text, starts)], []


def _decode(data: bytes, file: str) -> str | Finding:
    """The text: by byte-order mark, else strict UTF-8, else strict GB18030. Never by likelihood."""
    facts: dict[str, object] = {"name": file.rsplit("/", 1)[-1]}
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            if b"xl/workbook" in data:
                kind = "Excel 工作簿（xlsx）"
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


def _delimiter(lines: Iterable[str]) -> str:
    """The comma, unless the first line that holds any delimiter has more tabs or semicolons."""
    for line in lines:
        counts = {mark: line.count(mark) for mark in DELIMITERS}
        if any(counts.values()):
            return max(DELIMITERS, key=lambda mark: counts[mark])
    return ","


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
