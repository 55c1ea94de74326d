"""Downloads: the public rows of each collection, by year and all together, as CSV and as XLSX files.

They hold what the pages show and nothing else. In a CSV file a text that a spreadsheet would take
for a formula has an apostrophe before it, which our own reader takes off again; in an XLSX file
texts are marked as texts. Both can be read back to the same values.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import escape

from disclosure import cache
from disclosure.collection import Collection
from disclosure.intake import escaping, values
from disclosure.schema import NOT_APPLICABLE, Field, Schema
from disclosure.site import shelf, spreadsheets
from disclosure.site.shelf import Rows
from disclosure.site.shell import Shell
from disclosure.site.spreadsheets import DATE, MONEY, NUMBER, TEXT, Column, Sheet
from disclosure.site.writer import Job

FOLDER = "downloads"
ALL = "all"
PER_SHEET = 200_000
"""Rows of one sheet; a year with more of them has several."""
PER_WORKBOOK = 500_000
"""Rows of one workbook; a year with more is to be had as CSV alone, a collection with more by year."""
CSV_NOTE = (
    "CSV 文件里，以等号、加号、减号、@ 等开头的文字前加了一个半角撇号，"
    "以免被表格软件当作公式，使用时去掉即可。"
)
_BOM = b"\xef\xbb\xbf"
_HEAD = struct.Struct("<QL")
_QUOTED = re.compile('[",\t\r\n]|^\\s|\\s$')


@dataclass(frozen=True)
class Part:
    """Rows of one year, or some of them, that make one sheet."""

    year: str
    """ "" in a collection without dates."""
    title: str
    rows: Rows
    key: str
    """The hash of everything the sheet depends on."""


def parts(collection: Collection, mine: str) -> list[Part]:
    """The rows of a collection year by year, newest first; `mine` is its shelf."""
    schema = collection.schema
    years = collection.rows["folder"].to_numpy(dtype="object")
    same = cache.digest(cache.program(), cache.spell(schema))
    found = []
    for year in sorted(set(years.tolist()), reverse=True):
        rows = np.flatnonzero(years == year)
        pieces = [rows[start : start + PER_SHEET] for start in range(0, len(rows), PER_SHEET)]
        for number, some in enumerate(pieces, 1):
            title = f"{year}年" if schema.date else schema.title
            title += f"（{number}）" if len(pieces) > 1 else ""
            content = shelf.fingerprint(mine, some)
            label = year if schema.date else ""
            found.append(Part(label, title, some, cache.digest(same, title, content)))
    return found


def job(
    schema: Schema,
    some: Sequence[Part],
    mine: str,
    front: tuple[str, Shell, str],
    kept: Path | None = None,
) -> Job:
    """All files of a collection, and its front page, which states how large they are.

    `front` is the page's path, its shell and its own HTML. In `kept` the sheets of years that did
    not change are found again.
    """
    path, dressed, content = front
    pieces = [cache.program(), cache.spell(schema), path, content, cache.spell(dressed)]
    key = cache.digest(*pieces, *(part.key for part in some))
    return Job(key, files, (schema, some, mine, front, kept))


def files(
    schema: Schema,
    some: Sequence[Part],
    mine: str,
    front: tuple[str, Shell, str],
    kept: Path | None,
) -> Iterator[tuple[str, bytes]]:
    """The downloads of a collection and its front page as (path, bytes)."""
    years: dict[str, list[Part]] = {}
    for part in some:
        years.setdefault(part.year or ALL, []).append(part)
    total = sum(len(part.rows) for part in some)
    whole: dict[str, Made] = {}
    lines = []
    for year, members in years.items():
        made = {part.title: _made(schema, part, mine, kept) for part in members}
        offered = _files(schema, made, sum(len(part.rows) for part in members))
        yield from ((f"{schema.name}/{FOLDER}/{year}{end}", file) for end, file in offered.items())
        lines.append(_line(schema, year, members, offered))
        if total <= PER_WORKBOOK and ALL not in years:
            whole |= made
    if whole:
        offered = _files(schema, whole, total)
        yield from ((f"{schema.name}/{FOLDER}/{ALL}{end}", file) for end, file in offered.items())
        lines.insert(0, _line(schema, ALL, some, offered))
    path, dressed, content = front
    yield path, dressed.stamp("", content + _section(lines))


Made = tuple[bytes, Sheet]
"""The lines of a part as CSV, and its sheet."""


def _files(schema: Schema, made: Mapping[str, Made], rows: int) -> dict[str, bytes]:
    """The files of some sheets by their endings."""
    heads = ",".join(_quoted(field.title, TEXT) for field in schema.public_fields)
    offered = {
        ".csv": b"".join((_BOM, f"{heads}\r\n".encode(), *(text for text, _ in made.values())))
    }
    if rows <= PER_WORKBOOK:
        sheets = {title: sheet for title, (_, sheet) in made.items()}
        offered[".xlsx"] = spreadsheets.workbook(sheets)
    return offered


def _made(schema: Schema, part: Part, mine: str, kept: Path | None) -> Made:
    """A part, from the cache when it is there."""
    lines = cache.get(kept, f"{part.key}.csv")
    packed = cache.get(kept, f"{part.key}.sheet")
    if lines is not None and packed is not None:
        content = packed.to_pybytes()
        size, check = _HEAD.unpack_from(content)
        return lines.to_pybytes(), Sheet(content[_HEAD.size :], size, check)
    frame = shelf.frame(mine, part.rows, _columns(schema))
    columns = [column(field, frame[field.name].tolist()) for field in schema.public_fields]
    text, sheet = _lines(columns).encode(), spreadsheets.sheet(columns)
    if kept:
        cache.put(kept, f"{part.key}.csv", text)
        cache.put(kept, f"{part.key}.sheet", _HEAD.pack(sheet.size, sheet.check) + sheet.packed)
    return text, sheet


def names(some: Sequence[Part]) -> Iterator[str]:
    """Under which names the sheets of some parts are kept."""
    return (f"{part.key}{suffix}" for part in some for suffix in (".csv", ".sheet"))


def _columns(schema: Schema) -> list[str]:
    return [field.name for field in schema.public_fields]


def column(field: Field, cells: Sequence[str]) -> Column:
    """Some cells of a field as a column of a sheet."""
    return Column(field.title, _kind(field), cells)


def table(title: str, columns: Sequence[Column], *, workbook: bool) -> dict[str, bytes]:
    """One table as files by their endings: CSV, and a workbook of one sheet when that is asked for."""
    heads = ",".join(_quoted(column.title, TEXT) for column in columns)
    offered = {".csv": _BOM + f"{heads}\r\n{_lines(columns)}".encode()}
    if workbook:
        offered[".xlsx"] = spreadsheets.workbook({title: spreadsheets.sheet(columns)})
    return offered


def _kind(field: Field) -> str:
    if field.type == "number" and field.unit in values.UNITS:
        return MONEY
    return {"date": DATE, "number": NUMBER, "integer": NUMBER, "year": NUMBER}.get(field.type, TEXT)


def _lines(columns: Sequence[Column]) -> str:
    """The rows of a CSV file, as Excel and WPS write them."""
    made = []
    for column in columns:
        quoted = {cell: _quoted(cell, column.kind) for cell in dict.fromkeys(column.cells)}
        made.append([quoted[cell] for cell in column.cells])
    return "".join([f"{','.join(row)}\r\n" for row in zip(*made, strict=True)])


def _quoted(cell: str, kind: str) -> str:
    if kind == TEXT or cell == NOT_APPLICABLE:
        cell = escaping.defuse(cell)
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell


def _line(schema: Schema, name: str, members: Sequence[Part], offered: Mapping[str, bytes]) -> str:
    rows = sum(len(part.rows) for part in members)
    label, saved = "全部", schema.title
    if name != ALL:
        label, saved = f"{name}年", f"{name}年{schema.title}"
    links = "、".join(
        f'<a href="{FOLDER}/{name}{end}" download="{escape(saved)}{end}">'
        f"{end[1:].upper()}（{_size(len(file))}）</a>"
        for end, file in offered.items()
    )
    more = "" if ".xlsx" in offered else f"（超过 {PER_WORKBOOK // 10_000} 万行，只提供 CSV）"
    return f"<li>{label}（{rows:,} {escape(schema.unit)}）：{links}{more}</li>"


def _size(size: int) -> str:
    return f"{max(1, round(size / 1000)):,} KB" if size < 999_500 else f"{size / 1e6:.1f} MB"


def _section(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return (
        '<section class="downloads"><h2>下载</h2>'
        f"<p>内容与本栏目现公开的记录一致。{CSV_NOTE}</p>"
        f"<ul>{''.join(lines)}</ul></section>"
    )
