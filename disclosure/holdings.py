"""Holdings: which collections lie in `data/`, by their schemas, and their tables, read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from disclosure import cache, descriptor, obligations, parts
from disclosure.diagnostics import Finding, Place
from disclosure.intake import values
from disclosure.parts import Part
from disclosure.pool import Pool
from disclosure.rules.wording import Words
from disclosure.schema import Schema

TAKEN = frozenset(
    {
        "assets",
        "changes",
        "charts",
        "companies",
        "duties",
        "en",
        "feeds",
        "figures",
        "opendata",
        "search",
        "selfcheck",
        "sitemap",
        "timeliness",
        "withdrawals",
    }
)
"""Folders of the site that are not collections."""

MUCH = 4_000_000
"""Bytes of unread tables from which on it pays to check them in several processes."""


def schemas(data: Path) -> tuple[list[Schema], list[Finding]]:
    """The schema of every folder below `data` that has one, in menu order."""
    root = data.parent
    found: list[Schema] = []
    findings: list[Finding] = []
    for folder in sorted(p for p in (data, *data.rglob("*")) if p.is_dir()):
        file = folder / "schema.yml"
        way = folder.relative_to(data).parts
        if way[:1] == ("rules",) or any(part.startswith(".") for part in way):
            continue
        wrong = [part for part in way if not values.is_slug(part)]
        if not way or not file.exists():
            if any(way or sheet.name != obligations.FILE for sheet in parts.sheets(folder)):
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


def read(
    listed: Sequence[Schema],
    words: Words,
    data: Path,
    limit: int | None,
    kept: Path | None,
    pool: Pool,
) -> Iterator[tuple[Schema, list[Part]]]:
    """The checked files of each schema's folder, in the order of their names."""
    jobs: list[parts.Source] = []
    banned = cache.spell(words.always) if kept else ""
    for schema in listed:
        spelling = cache.spell(schema) + banned if kept else ""
        for path in parts.sheets(data / schema.name):
            file = _name(path, data.parent)
            key = parts.key(spelling, path, file) if kept else ""
            jobs.append(parts.Source(schema, path, file, key, words.always))
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
    for schema in listed:
        mine = [job for job in jobs if job.schema is schema]
        yield schema, [parts.load(job, kept=kept, limit=limit) for job in mine]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # a link that leads nowhere; reading it has its own finding
        return 0


def frame(schema: Schema, found: Sequence[Part]) -> pd.DataFrame:
    """All rows of a collection, with `id` and `title`, and `part` and `index` that lead back to the sheet."""
    columns: parts.Columns = {}
    blanks = [pa.repeat(pa.scalar("", pa.large_string()), len(part)) for part in found]
    for name in (*(f.name for f in schema.fields), "id", "title"):
        pieces: list[pa.Array] = []
        for part, blank in zip(found, blanks, strict=True):
            known = name in part.rows.column_names
            pieces += part.rows[name].chunks if known else [blank]
        columns[name] = pa.chunked_array(pieces, pa.large_string())
    sizes = [len(part) for part in found]
    columns["part"] = pa.array(np.repeat(np.arange(len(found)), sizes))
    columns["index"] = pa.array(np.concatenate([np.arange(n) for n in sizes] or [np.arange(0)]))
    table = pa.table(columns)
    cache.let_go()  # all texts have been looked at for their sizes
    return frame_of(table)


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Arrow columns as a data frame, without copying the texts."""
    text = pd.StringDtype("pyarrow", na_value=np.nan)
    kinds = {pa.string(): text, pa.large_string(): text}
    found: pd.DataFrame = table.to_pandas(types_mapper=kinds.get)
    return found


def _name(path: Path, root: Path) -> str:
    """How findings name a file; a name that is not text, as foreign archives bring it, is made so."""
    return path.relative_to(root).as_posix().encode(errors="replace").decode()
