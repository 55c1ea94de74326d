"""Builds: the whole site in as few steps as the changes need, and never more of it than is right.

What the theme dresses depends on the pages that people write, on the templates and on the schemas,
but not on rows. It is kept, so that a change of rows needs no generator: only what depends on the
rows is made again. When nothing at all has changed, nothing is read but the inputs themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from disclosure import cache, catalog, pool
from disclosure.catalog import Catalog
from disclosure.diagnostics import Report
from disclosure.intake import articles
from disclosure.intake.articles import Article
from disclosure.site import assembly, writer
from disclosure.site.writer import Tally

Tell = Callable[[int, int], None]
Dressed = Mapping[str, bytes]
"""What the theme has dressed, by file."""


@dataclass(frozen=True, eq=False)
class Contents:
    """What a site is made of, apart from its theme."""

    catalog: Catalog
    articles: list[Article]
    report: Report


def today() -> date:
    """The day the site is seen from: the environment's AS_OF, else today in China. Raises ValueError."""
    if text := os.environ.get("AS_OF"):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"AS_OF={text} 不是日期，请写成 2026-12-01 的样子。") from None
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def work_folder(root: Path) -> Path:
    """Where a project keeps what its next build can use again."""
    return root / ".cache" / "site"


def read(root: Path, *, as_of: date, limit: int | None = None) -> Contents:
    """All rows and articles of the project, checked. `limit` is for previews, which keep nothing."""
    kept = work_folder(root) / "parts" if limit is None else None
    with pool.here() as executor:
        loaded = catalog.load(root / "data", as_of=as_of, limit=limit, kept=kept, executor=executor)
    written, findings = articles.load(root / "docs")
    return Contents(loaded, written, Report.of([*loaded.report, *findings]))


def finish(
    root: Path,
    dressed: Dressed,
    contents: Contents,
    site: Path,
    *,
    preview: bool = False,
    tell: Tell = lambda done, total: None,
) -> Tally:
    """Write the finished site, and remember what the next build can use again."""
    work = None if preview else work_folder(root)
    cluster = pool.cluster()
    with pool.elsewhere(cluster[0]) if cluster else pool.here() as executor:
        tally = assembly.assemble(
            dressed,
            contents.catalog,
            contents.articles,
            site,
            work=work,
            executor=executor,
            shared=cluster[1] if cluster else "",
            tell=tell,
        )
    if work:
        key = dressing(root)
        cache.put(work / "dressed", key, _pack(dressed))
        cache.keep_only(work / "dressed", [key])
        state = cache.digest(everything(root, contents.catalog.as_of), writer.state(site))
        cache.put(work, "finished", pa.py_buffer(state.encode()))
    return tally


def is_fresh(root: Path, site: Path, *, as_of: date) -> bool:
    """Whether the site is what a build would make, byte for byte."""
    if (kept := cache.get(work_folder(root), "finished")) is None or not site.is_dir():
        return False
    state = cache.digest(everything(root, as_of), writer.state(site))
    return bool(kept.to_pybytes() == state.encode())


def kept_dressing(root: Path) -> Dressed | None:
    """What the theme dressed last time, if it would dress the same today."""
    kept = cache.get(work_folder(root) / "dressed", dressing(root))
    return None if kept is None else _unpack(kept)


def dressing(root: Path) -> str:
    """A hash of all that the theme's work depends on."""
    settings = (p for p in (root / "data").rglob("*.yml") if p.name in ("agency.yml", "schema.yml"))
    return _digest(root, (*_theme(root), *settings))


def everything(root: Path, as_of: date) -> str:
    """A hash of all that the site depends on."""
    data = (p for p in (root / "data").rglob("*") if p.is_file())
    return cache.digest(_digest(root, (*_theme(root), *data)), as_of.isoformat())


def _theme(root: Path) -> Iterator[Path]:
    yield root / "mkdocs.yml"
    for folder in ("docs", "hooks"):
        for path in (root / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def _digest(root: Path, paths: tuple[Path, ...]) -> str:
    pieces: list[str | bytes] = []
    for path in sorted(paths):
        pieces += (os.fsencode(path.relative_to(root)), path.read_bytes())
    return cache.digest(cache.program(), *pieces)


def _pack(dressed: Dressed) -> pa.Buffer:
    table = pa.table({"name": list(dressed), "content": pa.array(dressed.values(), pa.binary())})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as target:
        target.write_table(table)
    return sink.getvalue()


def _unpack(kept: pa.Buffer) -> Dressed:
    table = pa.ipc.open_file(kept).read_all()
    return dict(zip(table["name"].to_pylist(), table["content"].to_pylist(), strict=True))
