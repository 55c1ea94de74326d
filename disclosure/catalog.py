"""The catalog: everything the bureau publishes as of one day, read, checked, dated and frozen."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from disclosure import checking, descriptor
from disclosure.checking import Checked
from disclosure.diagnostics import Finding, Place, Report
from disclosure.intake import settings, tables, values
from disclosure.rules import retention, workdays
from disclosure.schema import Field, Schema, nearest

NEEDED = ("name", "short_name", "site_name", "url", "organizer", "undertaker", "address", "phone")
"""What `agency.yml` must say, because every page shows it."""

LONGEST = 20
"""Working days of the longest time limit for publishing (政府信息公开条例 art. 26)."""

SHOWN = "公示中"
WITHDRAWN = {
    "撤销": "已撤回",
    "确认违法": "已撤回",
    "确认无效": "已撤回",
    "信用修复": "信用修复下架",
}
RETIRED = "期满下架"
CLOSED = "不公开"


@dataclass(frozen=True, eq=False)
class Collection:
    """One collection: what its columns mean, its public rows in the order of lists, and what is counted."""

    schema: Schema
    rows: pd.DataFrame
    """Canonical text of the public fields of the rows on show, plus `id`, `folder`, `path`, `title`."""
    tally: Mapping[str, Mapping[str, int]]
    """Rows by year ("" when undated) and status; those not on show are counted here and nowhere else."""

    @property
    def name(self) -> str:
        return self.schema.name

    @cached_property
    def fields(self) -> Sequence[Field]:
        """The public fields that at least one row fills."""
        return [f for f in self.schema.public_fields if (self.rows[f.name] != "").any()]

    @cached_property
    def total(self) -> int:
        return sum(sum(statuses.values()) for statuses in self.tally.values())

    @cached_property
    def years(self) -> Mapping[str, int]:
        """How many rows each year has, newest first, whether still on show or not."""
        return {year: sum(self.tally[year].values()) for year in sorted(self.tally, reverse=True)}

    def hidden(self, year: str | None = None) -> int:
        """How many rows (of a year) are counted and no longer shown."""
        chosen = self.tally.values() if year is None else [self.tally.get(year, {})]
        return sum(n for statuses in chosen for status, n in statuses.items() if status != SHOWN)


@dataclass(frozen=True, eq=False)
class Catalog:
    """All collections in menu order, with who publishes them, the day they are seen from, and the findings."""

    agency: Mapping[str, Any]
    collections: Mapping[str, Collection]
    report: Report
    as_of: date
    fingerprint: str
    """A hash of everything that was read and of the day: equal fingerprints, equal catalogs."""


def load(data: Path, *, as_of: date, limit: int | None = None) -> Catalog:
    """Read the folder `data` as of a day. Never raises for what the files hold: see `report`.

    `limit` keeps the first rows of each table only, for quick previews.
    """
    root = data.parent
    agency, findings = _agency(data / "agency.yml", _name(data / "agency.yml", root))
    calendar_file = data / "calendar.yml"
    calendar, complaints = workdays.load(calendar_file, file=_name(calendar_file, root))
    findings += complaints
    # The longest limit that runs from today: will its last day be known?
    findings += workdays.deadline(calendar, as_of, LONGEST, Place(_name(calendar_file, root)))[1]
    rules_file = data / "rules" / "retention.yml"
    profiles, complaints = retention.load(rules_file, file=_name(rules_file, root))
    findings += complaints

    schemas, complaints = _schemas(data, root)
    findings += complaints
    collections: dict[str, Collection] = {}
    frames: dict[str, tuple[pd.DataFrame, Sequence[Checked]]] = {}
    for schema in schemas:
        parts, complaints = _read(schema, data / schema.name, root, limit)
        findings += complaints
        frame = _frame(schema, parts)
        findings += _duplicates(schema, frame, parts)
        frames[schema.name] = frame, parts
        status = _status(schema, frame, profiles.get(schema.retention, ()), as_of)
        collections[schema.name] = _collection(schema, frame, status)
    findings += _dangling(schemas, frames, root, data)
    return Catalog(
        agency=agency,
        collections=collections,
        report=Report.of(findings),
        as_of=as_of,
        fingerprint=_fingerprint(data, as_of),
    )


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _agency(path: Path, file: str) -> tuple[Mapping[str, Any], list[Finding]]:
    raw, findings = settings.read(path, file=file)
    if raw is None:
        return {}, findings
    return raw, [Finding("F311", Place(file), {"key": key}) for key in NEEDED if not raw.get(key)]


def _schemas(data: Path, root: Path) -> tuple[list[Schema], list[Finding]]:
    """The schema of every folder below `data` that has one, in menu order."""
    found: list[Schema] = []
    findings: list[Finding] = []
    for folder in sorted(p for p in data.rglob("*") if p.is_dir() and p.name != "rules"):
        file = folder / "schema.yml"
        if not file.exists():
            if any(_sheets(folder)):
                findings.append(Finding("F308", Place(_name(folder, root)), {"name": folder.name}))
        elif not descriptor.SLUG.fullmatch(folder.name):
            findings.append(Finding("F307", Place(_name(file, root)), {"name": folder.name}))
        else:
            name = folder.relative_to(data).as_posix()
            schema, complaints = descriptor.load(file, name=name, file=_name(file, root))
            findings += complaints
            found += [schema] if schema else []
    if not found and not findings:
        findings.append(Finding("F309", Place(_name(data, root)), {"name": data.name}))
    return sorted(found, key=lambda s: (s.order, s.name)), findings


def _sheets(folder: Path) -> Iterator[Path]:
    """The table files of a folder; `~$…` is what Excel leaves beside a workbook that is open."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in (".csv", ".xlsx", ".xls") and not path.name.startswith(
            ("~$", ".")
        ):
            yield path


def _read(
    schema: Schema, folder: Path, root: Path, limit: int | None
) -> tuple[list[Checked], list[Finding]]:
    headers = {text for _, text, _ in schema.headers.values()}
    fill = {f.title for f in schema.fields if f.fill} | {
        alias for f in schema.fields if f.fill for alias, _ in f.aliases
    }
    parts: list[Checked] = []
    findings: list[Finding] = []
    for path in _sheets(folder):
        found, complaints = tables.read(
            path, file=_name(path, root), headers=headers | set(schema.ignore), fill=fill
        )
        findings += complaints
        for table in found:
            part, complaints = checking.check(schema, _first(table, limit))
            parts.append(part)
            findings += complaints
    return parts, findings


def _first(table: tables.Table, limit: int | None) -> tables.Table:
    if limit is None:
        return table
    columns = tuple(replace(column, values=column.values[:limit]) for column in table.columns)
    return replace(table, columns=columns, rows=table.rows[:limit])


def _frame(schema: Schema, parts: Sequence[Checked]) -> pd.DataFrame:
    """All rows of a collection, with `id`, and `part` and `index` that lead back to the sheet."""
    size = sum(len(part.table.rows) for part in parts)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    for field in schema.fields:
        if any(field.name in part.header for part in parts):
            chunks = [pa.array(part.columns[field.name], pa.string()) for part in parts]
            columns[field.name] = pa.chunked_array(chunks, pa.string())
        else:
            columns[field.name] = pa.repeat("", size)
    keys = {name: columns[name].to_pylist() for name in schema.primary_key}
    columns["id"] = pa.array(record_ids(schema, keys), pa.string())
    counts = [len(part.table.rows) for part in parts]
    columns["part"] = pa.array(np.repeat(np.arange(len(parts)), counts))
    columns["index"] = pa.array(np.concatenate([np.arange(n) for n in counts] or [np.arange(0)]))
    return frame_of(columns)


def frame_of(columns: Mapping[str, pa.Array | pa.ChunkedArray]) -> pd.DataFrame:
    """Arrow columns as a data frame, without copying the texts."""
    text = pd.StringDtype("pyarrow", na_value=np.nan)
    frame: pd.DataFrame = pa.table(dict(columns)).to_pandas(types_mapper={pa.string(): text}.get)
    return frame


_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")
"""Ids are spelled without digits and vowels: none reads as a number or a word."""


def record_ids(schema: Schema, columns: Mapping[str, Sequence[str]]) -> list[str]:
    """An id for every row from its primary key: sixteen letters that stay as long as the key does."""
    keys = []
    for name in schema.primary_key:
        normalise = values.document_key if schema.by_name[name].format == "docno" else _plain_key
        keys.append(normalise("\0".join(columns[name])).split("\0"))  # one call for all cells
    return [
        hashlib.blake2b("\x1f".join(key).encode(), digest_size=8).hexdigest().translate(_LETTERS)
        for key in zip(*keys, strict=True)
    ]


def _plain_key(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower()


def _duplicates(schema: Schema, frame: pd.DataFrame, parts: Sequence[Checked]) -> Iterator[Finding]:
    first: dict[str, Place] = {}
    keys = [name for name in schema.primary_key if schema.by_name[name].public]
    repeated = frame[frame["id"].duplicated(keep=False)]
    empty = (repeated[list(schema.primary_key)] == "").all(axis=1)  # has its own finding already
    chosen = repeated.loc[~empty, ["id", "part", "index", *keys]]
    for id_, part, index, *cells in chosen.itertuples(index=False):
        place = parts[part].place(index)
        if (earlier := first.setdefault(id_, place)) is not place:
            key = "、".join(f"「{cell}」" for cell in cells if cell)
            yield Finding("R101", place, {"key": key, "first": earlier})


def _status(
    schema: Schema, frame: pd.DataFrame, profile: retention.Profile, as_of: date
) -> pd.Series[str]:
    """What each row is as of a day: shown, withdrawn, retired or closed to the public."""
    status = pd.Series(SHOWN, index=frame.index, dtype="str")
    names = schema.by_name
    if schema.date and (profile or "until" in names):
        until = frame["until"].tolist() if "until" in names else [""] * len(frame)
        conditions = {name: frame[name].tolist() for name in retention.columns(profile)}
        last = retention.last_public_day(profile, frame[schema.date].tolist(), conditions, until)
        today = as_of.isoformat()
        status[[bool(day) and day < today for day in last]] = RETIRED
    if "status" in names:
        gone = frame["status"].map(WITHDRAWN)
        status = status.mask(gone.notna(), gone)
    if "publish" in names:
        status[frame["publish"] == "否"] = CLOSED
    return status


def _collection(schema: Schema, frame: pd.DataFrame, status: pd.Series[str]) -> Collection:
    years = (
        frame[schema.date].str[:4] if schema.date else pd.Series("", index=frame.index, dtype="str")
    )
    tally: dict[str, dict[str, int]] = {}
    for (year, state), n in Counter(zip(years.tolist(), status.tolist(), strict=True)).items():
        tally.setdefault(year, {})[state] = n
    numeric = {f.name for f in schema.fields if f.type in ("number", "integer", "year")}
    rows = frame[status == SHOWN]
    rows = rows.sort_values(
        [key.removeprefix("-") for key in schema.sort] or [schema.primary_key[0]],
        ascending=[not key.startswith("-") for key in schema.sort] or True,
        key=lambda cells: pd.to_numeric(cells, "coerce") if cells.name in numeric else cells,
        kind="stable",
    )
    rows = rows[[f.name for f in schema.public_fields] + ["id"]].reset_index(drop=True)
    rows["folder"] = rows[schema.date].str[:4] if schema.date else "item"
    rows["path"] = schema.name + "/" + rows["folder"] + "/" + rows["id"] + ".html"
    columns = {name: rows[name].tolist() for name in schema.title_fields}
    rows["title"] = pd.Series(schema.titles(columns), dtype="str")
    return Collection(schema, rows, tally)


def _dangling(
    schemas: Iterable[Schema],
    frames: Mapping[str, tuple[pd.DataFrame, Sequence[Checked]]],
    root: Path,
    data: Path,
) -> Iterator[Finding]:
    """Values that name a row of another collection which is not there."""
    titles = {schema.name: schema for schema in schemas}
    for schema in titles.values():
        frame, parts = frames[schema.name]
        for key in schema.foreign_keys:
            target = titles.get(key.resource)
            if target is None or key.target not in target.by_name:
                place = Place(_name(data / schema.name / "schema.yml", root))
                facts = {"field": key.field, "target": f"{key.resource}.{key.target}"}
                yield Finding("F310", place, facts)
                continue
            known = set(frames[key.resource][0][key.target])
            field = schema.by_name[key.field]
            unknown = {
                value: missing
                for value in frame[key.field].unique()
                if (missing := [part for part in field.parts(value) if part not in known])
            }
            rows = frame.loc[frame[key.field].isin(list(unknown)), [key.field, "part", "index"]]
            for text, part, index in rows.itertuples(index=False):
                for value in unknown[text]:
                    facts = {"title": field.title, "value": value, "resource": target.title}
                    facts["hint"] = nearest(value, known)
                    yield Finding("R102", parts[part].place(index, key.field), facts)


def _fingerprint(data: Path, as_of: date) -> str:
    digest = hashlib.sha256(as_of.isoformat().encode())
    for path in sorted(p for p in data.rglob("*") if p.is_file()):
        content = hashlib.sha256(path.read_bytes()).digest()
        digest.update(_name(path, data).encode() + b"\0" + content)
    return digest.hexdigest()
