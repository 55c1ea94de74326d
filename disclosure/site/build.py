"""Builds: the whole site in as few steps as the changes need, and never more of it than is right.

What the theme dresses depends on the pages that people write, on the templates and on the schemas,
but not on rows. It is kept, so that a change of rows needs no generator: only what depends on the
rows is made again. When nothing at all has changed, nothing is read but the inputs themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa

from disclosure import cache, catalog, freshness, pool
from disclosure.catalog import Catalog
from disclosure.progress import Teller, nobody
from disclosure.site import assembly, shelf
from disclosure.site.writer import Tally

Dressed = Mapping[str, bytes]
"""What the theme has dressed, by file."""


@dataclass(frozen=True, eq=False)
class Contents:
    """What a site is made of, apart from its theme."""

    catalog: Catalog
    made_from: str
    """The hash of everything, as it was before reading; "" in previews."""
    dressing: str
    """The hash of what the theme's work depends on, likewise."""
    shelves: Mapping[str, str] = field(default_factory=dict)
    """Where the rows of each collection lie; none in previews."""


def read(root: Path, *, as_of: date, limit: int | None = None) -> Contents:
    """All rows and articles of the project, checked. `limit` is for previews, which keep nothing."""
    pool.frugal()
    preview = limit is not None
    made_from = "" if preview else freshness.everything(root, as_of)
    dressing = "" if preview else freshness.dressing(root)
    kept = None if preview else freshness.work_folder(root) / "parts"
    loaded = catalog.load(root / "data", as_of=as_of, limit=limit, kept=kept, pool=pool.here)
    if preview or loaded.report.errors:
        return Contents(loaded, made_from, dressing)
    rows = freshness.work_folder(root) / "rows"
    shelved = {name: shelf.kept(c, str(rows)) for name, c in loaded.collections.items()}
    loaded = replace(loaded, collections={name: found for name, (found, _) in shelved.items()})
    shelves = {name: place for name, (_, place) in shelved.items()}
    cache.keep_only(rows, (Path(place).name for place in shelves.values()))
    return Contents(loaded, made_from, dressing, shelves)


def finish(
    root: Path,
    dressed: Dressed,
    contents: Contents,
    site: Path,
    *,
    teller: Teller = nobody,
) -> Tally:
    """Write the finished site; except in previews, remember what the next build can use again."""
    work = freshness.work_folder(root) if contents.made_from else None
    cluster = pool.cluster()
    tally = assembly.assemble(
        dressed,
        contents.catalog,
        site,
        work=work,
        pool=partial(pool.elsewhere, cluster[0]) if cluster else pool.here,
        shared=cluster[1] if cluster else "",
        shelves=contents.shelves,
        teller=teller,
    )
    if work:
        cache.put(work / "dressed", contents.dressing, _pack(dressed))
        cache.keep_only(work / "dressed", [contents.dressing])
        freshness.remember(root, tally.stamps, contents.made_from)
    return tally


def kept_dressing(root: Path) -> Dressed | None:
    """What the theme dressed last time, if it would dress the same today."""
    kept = cache.get(freshness.work_folder(root) / "dressed", freshness.dressing(root))
    return None if kept is None else _unpack(kept)


def _pack(dressed: Dressed) -> pa.Buffer:
    table = pa.table({"name": list(dressed), "content": pa.array(dressed.values(), pa.binary())})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as target:
        target.write_table(table)
    return sink.getvalue()


def _unpack(kept: pa.Buffer) -> Dressed:
    table = pa.ipc.open_file(kept).read_all()
    return dict(zip(table["name"].to_pylist(), table["content"].to_pylist(), strict=True))
