"""The catalog: everything the bureau publishes as of one day, read, checked, dated and frozen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from disclosure import cache, descriptor, parts, relations
from disclosure.diagnostics import Finding, Place, Report
from disclosure.intake import folders, settings, tables, values
from disclosure.parts import Part
from disclosure.relations import Source
from disclosure.rules import book, retention, workdays
from disclosure.schema import Field, Schema

NEEDED = ("name", "short_name", "site_name", "url", "organizer", "undertaker", "address", "phone")
"""What `agency.yml` must say, because every page shows it."""
ADDRESS = re.compile(r"https?://[^\s/@\"'<>]+/(?:[^\s\"'<>]+/)?")
"""The public address of the site; those of all pages are made by appending to it."""

TAKEN = frozenset({"assets", "companies", "search"})
"""Folders of the site that are not collections."""

LONGEST = 20
"""Working days of the longest time limit for publishing (政府信息公开条例 art. 26)."""

MUCH = 4_000_000
"""Bytes of unread tables from which on it pays to check them in several processes."""
SHEETS = tables.WORKBOOKS | {".csv"}
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
    credit: Mapping[str, book.Profile]
    """By collection, the rules on which companies are under closer supervision."""
    as_of: date


def load(
    data: Path,
    *,
    as_of: date,
    limit: int | None = None,
    kept: Path | None = None,
    pool: Callable[[], AbstractContextManager[Executor | None]] = nullcontext,
) -> Catalog:
    """Read the folder `data` as of a day. Never raises for what the files hold: see `report`.

    `limit` keeps the first rows of each table only, for quick previews. `kept` is a cache folder
    for checked files; with it, many are checked side by side by the executor that `pool` opens.
    """
    root = data.parent
    agency, findings = _agency(data / "agency.yml", _name(data / "agency.yml", root))
    findings += folders.check(data)
    calendar_file = data / "calendar.yml"
    calendar, complaints = workdays.load(calendar_file, file=_name(calendar_file, root))
    findings += complaints
    # The longest limit that runs from today: will its last day be known?
    if not complaints:
        place = Place(_name(calendar_file, root))
        findings += workdays.deadline(calendar, as_of, LONGEST, place)[1]
    rules_file = data / "rules" / "retention.yml"
    profiles, complaints = book.load(rules_file, file=_name(rules_file, root))
    findings += complaints
    credit_file = data / "rules" / "credit.yml"
    credit: Mapping[str, book.Profile] = {}
    if credit_file.exists():  # a bureau need not keep such a rule
        credit, complaints = book.load(credit_file, file=_name(credit_file, root))
        findings += complaints

    schemas, complaints = _schemas(data, root)
    findings += complaints
    collections: dict[str, Collection] = {}
    sources: dict[str, Source] = {}
    for schema, found in _parts(schemas, data, limit, kept, pool):
        findings += (finding for part in found for finding in part.findings)
        findings += _unregulated(schema, profiles, _name(data / schema.name / "schema.yml", root))
        sources[schema.name] = Source(schema, _frame(schema, found), found)
        status = _status(
            schema, sources[schema.name].frame, profiles.get(schema.retention, ()), as_of
        )
        collections[schema.name] = _collection(schema, sources[schema.name].frame, status)
    findings += relations.check(sources, _name(data, root))
    return Catalog(
        agency=agency,
        collections=collections,
        report=Report.of(findings),
        credit=credit,
        as_of=as_of,
    )


def _name(path: Path, root: Path) -> str:
    """How findings name a file; a name that is not text, as foreign archives bring it, is made so."""
    return path.relative_to(root).as_posix().encode(errors="replace").decode()


def _agency(path: Path, file: str) -> tuple[Mapping[str, Any], list[Finding]]:
    raw, findings = settings.read(path, file=file)
    if raw is None:
        return {}, findings
    findings = [
        Finding("F311", Place(file), {"key": key})
        for key in NEEDED
        if not isinstance(raw.get(key), str) or not raw[key].strip()
    ]
    url = raw.get("url")
    if isinstance(url, str) and url.strip() and not ADDRESS.fullmatch(url):
        findings.append(Finding("F312", Place(file), {"url": url}))
    return raw, findings


def _schemas(data: Path, root: Path) -> tuple[list[Schema], list[Finding]]:
    """The schema of every folder below `data` that has one, in menu order."""
    found: list[Schema] = []
    findings: list[Finding] = []
    for folder in sorted(p for p in (data, *data.rglob("*")) if p.is_dir()):
        file = folder / "schema.yml"
        way = folder.relative_to(data).parts
        if way[:1] == ("rules",) or any(part.startswith(".") for part in way):
            continue
        wrong = [part for part in way if not values.is_slug(part)]
        if not way or not file.exists():
            if any(_sheets(folder)):
                facts = {"name": _name(folder, folder.parent)}
                findings.append(Finding("F308", Place(_name(folder, root)), facts))
        elif wrong or way[0] in TAKEN:
            name = _name(folder.with_name(wrong[0] if wrong else way[0]), folder.parent)
            findings.append(Finding("F307", Place(_name(file, root)), {"name": name}))
        else:
            name = "/".join(way)
            schema, complaints = descriptor.load(file, name=name, file=_name(file, root))
            findings += complaints
            found += [schema] if schema else []
    if not found and not findings:
        findings.append(Finding("F309", Place(_name(data, root)), {"name": data.name}))
    return sorted(found, key=lambda s: (s.order, s.name)), findings


def _sheets(folder: Path) -> Iterator[Path]:
    """The table files of a folder; `~$…` is what Excel leaves beside a workbook that is open."""
    for path in sorted(folder.iterdir()):
        known = path.suffix.lower() in SHEETS and not path.name.startswith(("~$", "."))
        if known and not folders.kind(path):  # reading a pipe or a device may never end
            yield path


def _parts(
    schemas: Sequence[Schema],
    data: Path,
    limit: int | None,
    kept: Path | None,
    pool: Callable[[], AbstractContextManager[Executor | None]],
) -> Iterator[tuple[Schema, list[Part]]]:
    """The checked files of each schema's folder, in the order of their names."""
    jobs: list[parts.Source] = []
    for schema in schemas:
        spelling = cache.spell(schema) if kept else ""
        for path in _sheets(data / schema.name):
            file = _name(path, data.parent)
            key = parts.key(spelling, path, file) if kept else ""
            jobs.append(parts.Source(schema, path, file, key))
    if kept and limit is None:
        unread = [job for job in jobs if not (kept / job.key).exists()]
        if sum(_size(job.path) for job in unread) > MUCH:
            with pool() as executor:
                # What is checked elsewhere is read from the cache; only the work is handed out.
                for _ in (executor.map if executor else map)(
                    partial(parts.keep, kept=kept), unread
                ):
                    pass
        cache.keep_only(kept, (job.key for job in jobs))
    for schema in schemas:
        mine = [job for job in jobs if job.schema is schema]
        yield schema, [parts.load(job, kept=kept, limit=limit) for job in mine]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # a link that leads nowhere; reading it has its own finding
        return 0


def _frame(schema: Schema, found: Sequence[Part]) -> pd.DataFrame:
    """All rows of a collection, with `id` and `title`, and `part` and `index` that lead back to the sheet."""
    columns: parts.Columns = {}
    for name in (*(f.name for f in schema.fields), "id", "title"):
        pieces: list[pa.Array] = []
        for part in found:
            known = name in part.rows.column_names
            pieces += part.rows[name].chunks if known else [pa.repeat("", len(part))]
        columns[name] = pa.chunked_array(pieces, pa.string())
    sizes = [len(part) for part in found]
    columns["part"] = pa.array(np.repeat(np.arange(len(found)), sizes))
    columns["index"] = pa.array(np.concatenate([np.arange(n) for n in sizes] or [np.arange(0)]))
    return frame_of(pa.table(columns))


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Arrow columns as a data frame, without copying the texts."""
    text = pd.StringDtype("pyarrow", na_value=np.nan)
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.string(): text}.get)
    return frame


def _unregulated(
    schema: Schema, profiles: Mapping[str, book.Profile], file: str
) -> Iterator[Finding]:
    """A retention that cannot be applied would leave rows public for ever."""
    if not schema.retention or not profiles:  # rules that could not be read are reported already
        return
    if schema.retention not in profiles:
        reason = "data/rules/retention.yml 里没有这个方案"
    elif not schema.date:
        reason = "本栏目没有日期字段（date），期限无从起算"
    elif absent := [
        n for n in retention.columns(profiles[schema.retention]) if n not in schema.by_name
    ]:
        reason = f"规则用到的字段「{absent[0]}」本栏目没有"
    else:
        return
    yield Finding("F313", Place(file), {"profile": schema.retention, "reason": reason})


def _status(
    schema: Schema, frame: pd.DataFrame, profile: book.Profile, as_of: date
) -> pd.Series[str]:
    """What each row is as of a day: shown, withdrawn, retired or closed to the public."""
    status = pd.Series(SHOWN, index=frame.index, dtype="str")
    names = schema.by_name
    if schema.date and (profile or "until" in names):
        until = frame["until"].tolist() if "until" in names else [""] * len(frame)
        conditions = {
            name: frame[name].tolist() for name in retention.columns(profile) if name in names
        }
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
    usable = ~frame["id"].duplicated()
    if schema.date:
        usable &= frame[schema.date] != ""
    frame, status = frame[usable], status[usable]  # a preview goes on without what has findings
    years = (
        frame[schema.date].str[:4] if schema.date else pd.Series("", index=frame.index, dtype="str")
    )
    tally: dict[str, dict[str, int]] = {}
    for (year, state), n in Counter(zip(years.tolist(), status.tolist(), strict=True)).items():
        tally.setdefault(year, {})[state] = n
    numeric = {f.name for f in schema.fields if f.type in ("number", "integer", "year")}
    rows = frame[status == SHOWN]
    order = schema.sort or ((f"-{schema.date}",) if schema.date else ())
    chosen = {key.removeprefix("-"): not key.startswith("-") for key in order}
    chosen |= {name: True for name in schema.primary_key if name not in chosen}
    rows = rows.sort_values(
        list(chosen),
        ascending=list(chosen.values()),
        key=lambda cells: pd.to_numeric(cells, "coerce") if cells.name in numeric else cells,
        kind="stable",
    )
    rows = rows[[f.name for f in schema.public_fields] + ["id", "title"]].reset_index(drop=True)
    rows["folder"] = rows[schema.date].str[:4] if schema.date else "item"
    rows["path"] = schema.name + "/" + rows["folder"] + "/" + rows["id"] + ".html"
    return Collection(schema, rows, tally)
