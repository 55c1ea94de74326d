"""Assembly: the whole site, from what the theme has dressed and from the catalog; what goes where, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from disclosure import cache
from disclosure.catalog import Catalog, Collection
from disclosure.diagnostics import Report
from disclosure.intake.articles import Article
from disclosure.schema import Schema
from disclosure.site import companies, documents, downloads, lists, pages, records, shelf, writer
from disclosure.site.documents import Section
from disclosure.site.shell import Page, Shell, cut, token
from disclosure.site.writer import Files, Job, Pool, Tally

WRITTEN = "written.json"
"""Beside the dressed pages: the text of the pages that people wrote, for the search."""
SHELL = ".shell.html"


def dressed_by_theme(catalog: Catalog) -> dict[str, Page]:
    """The pages that the theme must dress, by the file each is to be found in."""
    found = {
        "companies/index.html": Page("companies/index.html", companies.TITLE, token("content")),
        f"companies/records{SHELL}": companies.shell(),
    }
    for collection in catalog.collections.values():
        front = f"{collection.name}/index.html"
        found[front] = Page(front, collection.schema.title, token("content"))
        found[f"{collection.name}/lists{SHELL}"] = lists.shell(collection)
        found[f"{collection.name}/records{SHELL}"] = records.shell(collection)
    return found


def assemble(
    dressed: Mapping[str, bytes],
    catalog: Catalog,
    articles: Sequence[Article],
    site: Path,
    *,
    work: Path | None = None,
    pool: Pool = writer.no_pool,
    shared: str = "",
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Tally:
    """Complete what the theme has dressed, by file, to the finished site.

    `work` is a folder for what the next build can use again; without one everything is made anew.
    `shared` is the address of a folder through which an executor on other machines is served.
    """
    with TemporaryDirectory(prefix="disclosure-") as passing:
        folder = work / "rows" if work else Path(passing)
        place = f"{shared}/rows" if shared else str(folder)
        shelves = {c.name: shelf.put(c, place) for c in catalog.collections.values()}
        parts = {c.name: downloads.parts(c, shelves[c.name]) for c in catalog.collections.values()}
        kept = work / "downloads" if work and not shared else None
        tally = writer.write(
            chain(
                _downloads(dressed, catalog, shelves, parts, kept),
                _jobs(dressed, catalog, articles, shelves),
            ),
            site,
            memory=work / "memory" if work else None,
            pool=pool,
            shared=shared,
            tell=tell,
        )
        if work and not shared:
            cache.keep_only(folder, (Path(name).name for name in shelves.values()))
        cache.keep_only(kept, (n for some in parts.values() for n in downloads.names(some)))
    return tally


def _downloads(
    dressed: Mapping[str, bytes],
    catalog: Catalog,
    shelves: Mapping[str, str],
    parts: Mapping[str, Sequence[downloads.Part]],
    kept: Path | None,
) -> Iterator[Job]:
    """The front pages of collections with what can be downloaded there; first, because they are long."""
    for collection in catalog.collections.values():
        name = collection.name
        path = f"{name}/index.html"
        shell = cut(dressed[path].decode(), needed=("content",))
        front = (path, shell, lists.front(collection))
        yield downloads.job(collection.schema, parts[name], shelves[name], front, kept)


def _jobs(
    dressed: Mapping[str, bytes],
    catalog: Catalog,
    articles: Sequence[Article],
    shelves: Mapping[str, str],
) -> Iterator[Job]:
    contents = _contents(catalog, articles)
    fronts = {f"{name}/index.html" for name in catalog.collections}
    plain: list[tuple[str, bytes]] = []
    shells: dict[str, Shell] = {}
    for name, content in sorted(dressed.items()):
        if name == WRITTEN:
            yield _index(catalog, articles, shelves, json.loads(content))
            continue
        if name.endswith(SHELL):
            shells[name.removesuffix(SHELL)] = cut(content.decode())
        elif name in fronts:
            continue
        elif name in contents:
            shell = cut(content.decode(), needed=("content",))
            plain.append((name, shell.stamp("", contents[name])))
        else:
            plain.append((name, content))
    yield from companies.jobs(catalog, shelves, shells["companies/records"])
    yield Job(cache.digest(*(piece for file in plain for piece in file)), _as_they_are, (plain,))
    for collection in catalog.collections.values():
        yield from lists.jobs(collection, shelves, shells[f"{collection.name}/lists"])
        yield from records.jobs(catalog, collection, shelves, shells[f"{collection.name}/records"])


def _index(
    catalog: Catalog,
    articles: Sequence[Article],
    shelves: Mapping[str, str],
    written: Mapping[str, str],
) -> Job:
    """The search over all records and all that people wrote."""
    heads = {article.address: article for article in articles}
    sections = [
        section
        for address, html in written.items()
        if (head := heads.get(address))
        for section in documents.sections(address, head.title, head.column, head.published, html)
    ]
    holdings = [(c.schema, shelves[c.name], c.tally) for c in catalog.collections.values()]
    pieces = [cache.spell(section) for section in sections]
    pieces += [f"{cache.spell(schema)} {Path(name).name}" for schema, name, _ in holdings]
    return Job(cache.digest(cache.program(), *pieces), _search, (holdings, articles, sections))


def _search(
    holdings: Sequence[tuple[Schema, str, Mapping[str, Mapping[str, int]]]],
    articles: Sequence[Article],
    sections: Sequence[Section],
) -> Files:
    from disclosure.site import search  # only now: its dictionary of Pinyin takes long to read

    collections = {s.name: Collection(s, shelf.whole(name), tally) for s, name, tally in holdings}
    return search.pages(Catalog({}, collections, Report(), {}, date.min), articles, sections)


def _as_they_are(files: Sequence[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
    return files


def _contents(catalog: Catalog, articles: Sequence[Article]) -> Mapping[str, str]:
    """What stands at the token of the pages that change with the data."""
    return {
        "index.html": pages.home(catalog, articles),
        "companies/index.html": companies.front(catalog),
        "search/index.html": lists.browse(catalog.collections.values()),
    }
