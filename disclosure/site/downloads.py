"""Downloads: the public rows of each collection, by year and all together, as CSV, XLSX and JSON files.

They hold what the pages show and nothing else. In a CSV file a text that a spreadsheet would take
for a formula has an apostrophe before it, which our own reader takes off again; in an XLSX file
texts are marked as texts. Both can be read back to the same values. A JSON file is an array with
one object on each line, by the names of the columns.

Files are made in two steps: `prepare` makes and keeps the parts of each year and tells how large
the files are and what their hashes are, which other pages state; `job` puts them together.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
from markupsafe import escape

from disclosure import cache
from disclosure.collection import Collection
from disclosure.intake import escaping, values
from disclosure.schema import NOT_APPLICABLE, Field, Schema
from disclosure.site import datapackages, shelf, spreadsheets
from disclosure.site.datapackages import File, Publisher
from disclosure.site.objects import lines as objects_of
from disclosure.site.shelf import Rows
from disclosure.site.shell import Shell
from disclosure.site.spreadsheets import DATE, MONEY, NUMBER, TEXT, Column, Sheet
from disclosure.site.writer import Job

FOLDER = "downloads"
ALL = "all"
SUMS = "SHA256SUMS"
"""Beside the files their hashes, as `sha256sum --check` reads them."""
CSV, JSON, SHEET = ".csv", ".json", ".sheet"
BLOCK = 4096
"""Rows of which the cells are in memory at a time."""
PER_SHEET = 200_000
"""Rows of one sheet; a year with more of them has several."""
PER_WORKBOOK = 500_000
"""Rows of one workbook or JSON file; a year with more is to be had as CSV alone, a collection with
more by year."""
BEGINNING = '<section class="downloads" id="downloads">'
"""The section of a collection's front page that other pages lead to."""
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


def prepare(
    schema: Schema, some: Sequence[Part], mine: str, kept: str, loose: frozenset[str]
) -> Sequence[File]:
    """The files of a collection as they are going to be. Their parts are kept in the folder `kept`,
    which may be an address of fsspec, where those of years that did not change are found again."""
    if not some:  # nothing to offer, and nothing to describe
        return []
    found: list[File] = []
    for period, members in _offered(some).items():
        if (known := _known(period, members, kept)) is None:
            rows = sum(len(part.rows) for part in members)
            known = [
                File(f"{period}{end}", period, rows, *_measured(pieces))
                for end, pieces in _files(schema, members, mine, kept).items()
            ]
            told = json.dumps([asdict(file) for file in known]).encode()
            cache.put(kept, _key(period, members), told)
        found += known
    return [*found, *_described(schema, loose)]


def known_files(
    schema: Schema, some: Sequence[Part], kept: str, loose: frozenset[str]
) -> Sequence[File] | None:
    """What `prepare` told of the same parts before; None when it has to look."""
    periods = [_known(period, members, kept) for period, members in _offered(some).items()]
    found = [file for known in periods if known for file in known]
    return None if None in periods else [*found, *(_described(schema, loose) if some else ())]


def _known(period: str, members: Sequence[Part], kept: str) -> list[File] | None:
    told = cache.get(kept, _key(period, members))
    return None if told is None else [File(**file) for file in json.loads(told.to_pybytes())]


def _described(schema: Schema, loose: frozenset[str]) -> Iterator[File]:
    """The files that say what the columns mean."""
    for name, content in datapackages.schemas(schema, loose).items():
        yield File(name, "", 0, len(content), hashlib.sha256(content).hexdigest())


def _key(period: str, members: Sequence[Part]) -> str:
    """Under which name it is kept; a year may have the same parts as all together."""
    return f"{cache.digest(cache.program(), period, *(part.key for part in members))}.files"


Pieces = Callable[[], Iterator[bytes | pa.Buffer]]
"""Reads the content of a file, one piece after the other; what is not needed yet stays on disk."""


def _measured(pieces: Pieces) -> tuple[int, str]:
    total, size = hashlib.sha256(), 0
    for piece in pieces():
        total.update(piece)
        size += len(piece)
    return size, total.hexdigest()


def jobs(
    schema: Schema,
    some: Sequence[Part],
    mine: str,
    front: tuple[str, Shell, str],
    kept: str,
    loose: frozenset[str],
    told: Sequence[File],
    publisher: Publisher,
) -> Iterator[Job]:
    """The files of every year and of all together, then what describes them and the front page of the
    collection, which states how large they are.

    `front` is the page's path, its shell and its own HTML, `told` what `prepare` told.
    """
    for period, members in _offered(some).items():
        key = cache.digest(cache.program(), schema.name, period, *(part.key for part in members))
        yield Job(key, _period, (schema, period, members, mine, kept))
    path, dressed, content = front
    pieces = [cache.program(), cache.spell(schema), path, content, cache.spell(dressed)]
    pieces += [cache.spell(publisher), *sorted(loose), *(cache.spell(file) for file in told)]
    yield Job(cache.digest(*pieces), _front, (schema, front, loose, told, publisher))


def _period(
    schema: Schema, period: str, members: Sequence[Part], mine: str, kept: str
) -> Iterator[tuple[str, bytes]]:
    """The files of one year, or of all together, as (path, bytes)."""
    for end, pieces in _files(schema, members, mine, kept).items():
        file = io.BytesIO()
        for piece in pieces():
            file.write(piece)
        yield f"{schema.name}/{FOLDER}/{period}{end}", file.getvalue()


def _front(
    schema: Schema,
    front: tuple[str, Shell, str],
    loose: frozenset[str],
    told: Sequence[File],
    publisher: Publisher,
) -> Iterator[tuple[str, bytes]]:
    """The description of a collection's downloads and its front page as (path, bytes)."""
    folder = f"{schema.name}/{FOLDER}/"
    if told:
        for name, content in datapackages.schemas(schema, loose).items():
            yield folder + name, content
        yield folder + datapackages.FILE, datapackages.package(schema, told, publisher)
        sums = "".join(f"{file.sha256}  {file.name}\n" for file in told)
        yield folder + SUMS, sums.encode()
    path, dressed, above = front
    yield path, dressed.stamp("", above + _section(schema, told))


def _offered(some: Sequence[Part]) -> Mapping[str, Sequence[Part]]:
    """The parts of every year, and of all together."""
    years: dict[str, list[Part]] = {}
    for part in some:
        years.setdefault(part.year or ALL, []).append(part)
    if some and ALL not in years and sum(len(part.rows) for part in some) <= PER_WORKBOOK:
        years[ALL] = list(some)
    return years


def _files(schema: Schema, some: Sequence[Part], mine: str, kept: str) -> Mapping[str, Pieces]:
    """The content of the files of some parts by their endings."""
    rows = sum(len(part.rows) for part in some)
    heads = ",".join(_quoted(field.title, TEXT) for field in schema.public_fields)

    def piece(part: Part, end: str) -> bytes | pa.Buffer:
        found = cache.get(kept, part.key + end)
        return _made(schema, part, mine, kept)[end] if found is None else found

    def lines() -> Iterator[bytes | pa.Buffer]:
        yield _BOM + f"{heads}\r\n".encode()
        yield from (piece(part, CSV) for part in some)

    def workbook() -> Iterator[bytes]:
        packed = {part.title: bytes(piece(part, SHEET)) for part in some}
        sheets = {
            title: Sheet(content[_HEAD.size :], *_HEAD.unpack_from(content))
            for title, content in packed.items()
        }
        yield spreadsheets.workbook(sheets)

    def objects() -> Iterator[bytes | pa.Buffer]:
        for number, part in enumerate(some):
            yield b",\n" if number else b"[\n"
            yield piece(part, JSON)
        yield b"\n]\n"

    offered: dict[str, Pieces] = {CSV: lines}
    return offered | {".xlsx": workbook, JSON: objects} if rows <= PER_WORKBOOK else offered


def _made(schema: Schema, part: Part, mine: str, kept: str) -> Mapping[str, bytes]:
    """What is kept of a part by its endings, made: its lines as CSV and as JSON, and its sheet."""
    lines: list[bytes] = []
    objects: list[bytes] = []

    def blocks() -> Iterator[Sequence[Column]]:
        for start in range(0, len(part.rows), BLOCK):
            frame = shelf.frame(mine, part.rows[start : start + BLOCK], _columns(schema))
            cells = {field.name: frame[field.name].tolist() for field in schema.public_fields}
            columns = [column(field, cells[field.name]) for field in schema.public_fields]
            lines.append(_lines(columns).encode())
            objects.append(objects_of(schema.public_fields, cells).encode())
            yield columns

    sheet = spreadsheets.stacked(blocks(), len(part.rows))
    made = {
        CSV: b"".join(lines),
        JSON: b",\n".join(objects),
        SHEET: _HEAD.pack(sheet.size, sheet.check) + sheet.packed,
    }
    for end, content in made.items():
        cache.put(kept, part.key + end, content)
    return made


def names(some: Sequence[Part]) -> Iterator[str]:
    """Under which names some parts are kept, and what is told of them."""
    yield from (f"{part.key}{end}" for part in some for end in (CSV, JSON, SHEET))
    yield from (_key(period, members) for period, members in _offered(some).items())


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


def whole(collection: Collection) -> Iterator[tuple[str, str]]:
    """The files that hold all rows of a collection, in every format: each its address below the root and
    its media type; by year and as CSV alone where there are too many rows for one file."""
    dated, total = collection.schema.date, len(collection.rows)
    ends = ("csv", "xlsx", "json") if total <= PER_WORKBOOK else ("csv",)
    split = dated and total > PER_WORKBOOK
    years = sorted(set(collection.rows["folder"].tolist()), reverse=True) if split else [ALL]
    for year in years if total else ():
        for end in ends:
            yield f"{collection.name}/{FOLDER}/{year}.{end}", datapackages.MEDIA[end]


# ── What pages say of them ───────────────────────────────────────────────────────────────────────


def periods(told: Sequence[File]) -> Mapping[str, Sequence[File]]:
    """The files of rows by year, all together first."""
    found: dict[str, list[File]] = {ALL: []}
    for file in told:
        if file.period:
            found.setdefault(file.period, []).append(file)
    return {period: some for period, some in found.items() if some}


def label(period: str) -> str:
    """What a year, or all together, is called."""
    return "全部" if period == ALL else f"{period}年"


def link(schema: Schema, file: File, root: str = "") -> str:
    """The link to a file with its format and size; `root` leads to the folder of the downloads."""
    saved = schema.title if file.period == ALL else f"{label(file.period)}{schema.title}"
    end = file.name.rpartition(".")[2]
    return (
        f'<a href="{root}{file.name}" download="{escape(saved)}.{end}">'
        f"{end.upper()}（{size(file.size)}）</a>"
    )


def size(number: int) -> str:
    """A size in bytes for people."""
    return f"{max(1, round(number / 1000)):,} KB" if number < 999_500 else f"{number / 1e6:.1f} MB"


def _line(schema: Schema, period: str, some: Sequence[File]) -> str:
    links = "、".join(link(schema, file, f"{FOLDER}/") for file in some)
    fewer = f"（超过 {PER_WORKBOOK // 10_000} 万行，只提供 CSV）" if len(some) == 1 else ""
    return f"<li>{label(period)}（{some[0].rows:,} {escape(schema.unit)}）：{links}{fewer}</li>"


def _section(schema: Schema, told: Sequence[File]) -> str:
    lines = "".join(_line(schema, period, some) for period, some in periods(told).items())
    if not lines:
        return ""
    page = f"{'../' * (schema.name.count('/') + 1)}opendata/#{schema.name.replace('/', '-')}"
    return (
        f"{BEGINNING}<h2>下载</h2>"
        f"<p>内容与本栏目现公开的记录一致。{CSV_NOTE}</p><ul>{lines}</ul>"
        f'<p class="more"><a href="{page}">字段说明、校验值和使用条款</a></p></section>'
    )
