"""Assembly: the whole site, from what the theme has dressed and from the catalog; what goes where, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from tempfile import TemporaryDirectory

from disclosure import cache
from disclosure.catalog import Catalog
from disclosure.intake.articles import Article
from disclosure.site import lists, pages, records, shelf, writer
from disclosure.site.shell import Page, Shell, cut, token
from disclosure.site.writer import Job, Tally

WRITTEN = "written.json"
"""Beside the dressed pages: the text of the pages that people wrote, for the search."""


def dressed_by_theme(catalog: Catalog) -> dict[str, Page]:
    """The pages that the theme must dress, by the file each is to be found in."""
    found: dict[str, Page] = {}
    for collection in catalog.collections.values():
        front = f"{collection.name}/index.html"
        found[front] = Page(front, collection.schema.title, token("content"))
        found[f"{collection.name}/lists.shell.html"] = lists.shell(collection)
        found[f"{collection.name}/records.shell.html"] = records.shell(collection)
    return found


def assemble(
    dressed: Path,
    catalog: Catalog,
    articles: Sequence[Article],
    site: Path,
    *,
    work: Path | None = None,
    executor: Executor | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Tally:
    """Complete the dressed pages in the folder `dressed` to the finished site.

    `work` is a folder for what the next build can use again; without one everything is made anew.
    """
    with TemporaryDirectory(prefix="disclosure-") as passing:
        folder = work / "rows" if work else Path(passing)
        shelves = {c.name: shelf.put(c, folder) for c in catalog.collections.values()}
        tally = writer.write(
            _jobs(dressed, catalog, articles, shelves),
            site,
            memory=work / "memory" if work else None,
            executor=executor,
            tell=tell,
        )
        if work:
            cache.keep_only(folder, (Path(name).name for name in shelves.values()))
    return tally


def _jobs(
    dressed: Path, catalog: Catalog, articles: Sequence[Article], shelves: Mapping[str, str]
) -> Iterator[Job]:
    contents = _contents(catalog, articles)
    plain: list[tuple[str, bytes]] = []
    shells: dict[str, Shell] = {}
    for path in sorted(p for p in dressed.rglob("*") if p.is_file()):
        name = path.relative_to(dressed).as_posix()
        if name == WRITTEN:
            continue
        if name.endswith(".shell.html"):
            shells[name.removesuffix(".shell.html")] = cut(path.read_text("utf-8"))
        elif name in contents:
            shell = cut(path.read_text("utf-8"), needed=("content",))
            plain.append((name, shell.stamp("", contents[name])))
        else:
            plain.append((name, path.read_bytes()))
    key = cache.digest(*(piece for entry in plain for piece in entry))
    yield Job(key, _as_they_are, (plain,))
    for collection in catalog.collections.values():
        yield from lists.jobs(collection, shelves, shells[f"{collection.name}/lists"])
        yield from records.jobs(catalog, collection, shelves, shells[f"{collection.name}/records"])


def _as_they_are(files: Sequence[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
    return files


def _contents(catalog: Catalog, articles: Sequence[Article]) -> Mapping[str, str]:
    """What stands at the token of the pages that change with the data."""
    fronts = {f"{c.name}/index.html": lists.front(c) for c in catalog.collections.values()}
    return {
        "index.html": pages.home(catalog, articles),
        "search/index.html": lists.browse(catalog.collections.values()),
        **fronts,
    }
