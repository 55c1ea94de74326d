"""Parts: the rows of one source file, checked, as Arrow columns with the place of every row."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from disclosure import cache, checking
from disclosure.checking import Checked
from disclosure.diagnostics import Finding, Place
from disclosure.intake import folders, phrasing, tables, values
from disclosure.rules.wording import NO_WORDS, Word, Words
from disclosure.schema import Schema

Columns = dict[str, pa.Array | pa.ChunkedArray]


SHEETS = tables.WORKBOOKS | {".csv"}


def sheets(folder: Path) -> Iterator[Path]:
    """The table files of a folder; `~$…` is what Excel leaves beside a workbook that is open."""
    for path in sorted(folder.iterdir()):
        known = path.suffix.lower() in SHEETS and not path.name.startswith(("~$", "."))
        if known and not folders.kind(path):  # reading a pipe or a device may never end
            yield path


@dataclass(frozen=True)
class Part:
    """What one file gives: a text column for every field that it has a column for, and for each row
    its `id`, `title`, `sheet` (index into `sheets`), `row` and `line` (0 when it is the row)."""

    file: str
    sheets: Sequence[tuple[str, Mapping[str, int]]]
    """Name of each sheet, and the number of its column for each field."""
    rows: pa.Table
    findings: Sequence[Finding] = ()
    content: pa.Buffer | None = dataclass_field(default=None, compare=False, repr=False)
    """What the cache holds of it, where the rows lie; held so that they can be let go."""

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @cached_property
    def fields(self) -> frozenset[str]:
        return frozenset(name for _, columns in self.sheets for name in columns)

    def place(self, index: int, field: str = "") -> Place:
        """Where row `index` (from 0) stands, or its cell of a field."""
        sheet, row, line = (
            int(self.rows[name][index].as_py()) for name in ("sheet", "row", "line")
        )
        name, columns = self.sheets[sheet]
        return Place(self.file, name, row, columns.get(field, 0), line)


def key(spelling: str, path: Path, file: str) -> str:
    """The hash of all that a part depends on; `spelling` is its schema as text."""
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    return cache.digest(cache.program(), spelling, file, path.suffix, content)


@dataclass(frozen=True)
class Source:
    """A file to be read: where it is, what findings call it, and the key of its part in the cache."""

    schema: Schema
    path: Path
    file: str
    key: str = ""
    words: Words = NO_WORDS


ROWS = 5
"""How many rows a finding on the wording of a column names."""


def load(source: Source, *, kept: Path | None = None, limit: int | None = None) -> Part:
    """The part of a file: from the cache folder `kept` when it is there, else read and checked.

    `limit` keeps the first rows of each table only, for previews; these are never cached.
    """
    if limit is not None or kept is None:
        return _read(source, limit)
    if (content := cache.get(kept, source.key)) and (part := _unpack(content)):
        return replace(part, content=content)
    part = _read(source, None)
    cache.put(kept, source.key, _pack(part))
    return part


def keep(source: Source, kept: Path) -> None:
    """Make sure that the part of a file is in the cache; for work that is handed out."""
    load(source, kept=kept)


def _read(source: Source, limit: int | None) -> Part:
    schema = source.schema
    checked, findings = read(schema, source.path, source.file, limit=limit)
    part = Part(source.file, [_sheet(one) for one in checked], _rows(schema, checked), findings)
    return replace(part, findings=[*findings, *_wording(schema, part, source.words)])


def read(
    schema: Schema, path: Path, file: str, *, limit: int | None = None
) -> tuple[list[Checked], list[Finding]]:
    """Every table of a file, checked, with all its columns, those that are not public included."""
    fill = {f.title for f in schema.fields if f.fill}
    fill |= {alias for f in schema.fields if f.fill for alias, _ in f.aliases}
    headers = {text for _, text, _ in schema.headers.values()} | set(schema.ignore)
    found, findings = tables.read(path, file=file, headers=headers, fill=fill)
    checked: list[Checked] = []
    for table in found:
        one, complaints = checking.check(schema, _first(table, limit))
        checked.append(one)
        findings += complaints
    return checked, findings


def _wording(schema: Schema, part: Part, words: Words) -> Iterator[Finding]:
    """The wrong wordings of each column: one finding for each, with how often and where."""
    for field in schema.public_fields:
        free = field.type in ("string", "list") and field.format == "text" and not field.enum
        if not free or field.verbatim or field.name not in part.rows.column_names:
            continue
        found: dict[tuple[Word, str], list[int]] = {}
        for index, word in words.always.column(part.rows[field.name]):
            found.setdefault((word, part.place(index).sheet), []).append(index)
        for (word, _), indexes in found.items():
            some = [str(part.place(index).row) for index in dict.fromkeys(indexes)]
            rows = "、".join(some[:ROWS]) + ("等" if len(some) > ROWS else "")
            facts = {"title": field.title, "count": len(indexes), "rows": rows}
            place = part.place(indexes[0], field.name)
            yield Finding("M303", place, {**facts, **phrasing.told(word)})


def _first(table: tables.Table, limit: int | None) -> tables.Table:
    if limit is None:
        return table
    columns = tuple(replace(column, values=column.values[:limit]) for column in table.columns)
    lines = table.lines and table.lines[:limit]
    return replace(table, columns=columns, rows=table.rows[:limit], lines=lines)


def _sheet(checked: Checked) -> tuple[str, Mapping[str, int]]:
    return checked.table.sheet, {name: column.number for name, column in checked.header.items()}


def _rows(schema: Schema, checked: Sequence[Checked]) -> pa.Table:
    """All tables of the file as one, with what depends on a row alone."""
    sizes = [len(one.table.rows) for one in checked]
    columns: dict[str, list[str]] = {}
    referring = {key.field for key in schema.foreign_keys}
    for field in schema.fields:
        # What is not public goes no further than this, and into no cache.
        wanted = field.public or field.name in referring
        if wanted and any(field.name in one.header for one in checked):
            columns[field.name] = [text for one in checked for text in one.columns[field.name]]
    blank = [""] * sum(sizes)
    keys = {name: columns.get(name, blank) for name in schema.primary_key}
    titled = {name: columns.get(name, blank) for name in schema.title_fields}
    lines = [one.table.lines or [0] * size for one, size in zip(checked, sizes, strict=True)]
    # As data frames hold texts: they then lie in the cache alone, mapped, and are never copied.
    text = pa.large_string()
    arrays: Columns = {name: pa.array(column, text) for name, column in columns.items()}
    arrays["id"] = pa.array(record_ids(schema, keys), text)
    arrays["title"] = pa.array(schema.titles(titled), text)
    arrays["sheet"] = pa.array([n for n, size in enumerate(sizes) for _ in range(size)], pa.int32())
    arrays["row"] = pa.array([row for one in checked for row in one.table.rows], pa.int32())
    arrays["line"] = pa.array([line for some in lines for line in some], pa.int32())
    return pa.table(arrays)


def record_ids(schema: Schema, columns: Mapping[str, Sequence[str]]) -> list[str]:
    """An id for every row from its primary key: sixteen letters that stay as long as the key does."""
    keys = []
    for name in schema.primary_key:
        normalise = values.document_key if schema.by_name[name].format == "docno" else _plain_key
        cells = columns[name]  # normalised in one call for all
        keys.append(normalise("\0".join(cells)).split("\0") if cells else [])
    return [cache.letters("\x1f".join(key)) for key in zip(*keys, strict=True)]


def _plain_key(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower()


def _pack(part: Part) -> pa.Buffer:
    about = {
        "file": part.file,
        "sheets": part.sheets,
        "findings": [
            [f.code, [f.place.file, f.place.sheet, f.place.row, f.place.column, f.place.line],
             {name: fact if isinstance(fact, int) else str(fact) for name, fact in f.facts.items()}]
            for f in part.findings
        ],
    }  # fmt: skip
    sink = pa.BufferOutputStream()
    table = part.rows.replace_schema_metadata({"about": json.dumps(about, ensure_ascii=False)})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _unpack(content: pa.Buffer) -> Part | None:
    try:
        rows = pa.ipc.open_file(content).read_all()
        about = json.loads(rows.schema.metadata[b"about"])
        findings = [Finding(code, Place(*place), facts) for code, place, facts in about["findings"]]
        sheets = [(name, dict(columns)) for name, columns in about["sheets"]]
        return Part(about["file"], sheets, rows, findings)
    except (pa.ArrowInvalid, KeyError, ValueError, TypeError):
        return None
