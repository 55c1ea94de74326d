"""Assembly: the whole site, from what the theme has dressed and from the catalog; what goes where, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from markupsafe import escape

from disclosure import cache, tasks
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.pool import Pool, nowhere, together
from disclosure.progress import Teller, nobody
from disclosure.rules.duties import Duty
from disclosure.site import (
    assets,
    basis,
    changes,
    charts,
    companies,
    datapackages,
    documents,
    downloads,
    duties,
    english,
    facets,
    feeds,
    guard,
    links,
    lists,
    matrix,
    opendata,
    pages,
    papers,
    policy,
    printing,
    records,
    search,
    selfcheck,
    shelf,
    sitemap,
    states,
    timeliness,
    withdrawals,
    writer,
)
from disclosure.site.documents import Section, Source
from disclosure.site.outline import OF_ALL, SHELL, WRITTEN
from disclosure.site.shell import Shell, cut
from disclosure.site.writer import Job, Tally


def assemble(
    dressed: Mapping[str, bytes],
    catalog: Catalog,
    site: Path,
    *,
    work: Path | None = None,
    pool: Pool = nowhere,
    shared: str = "",
    shelves: Mapping[str, str] = MappingProxyType({}),
    teller: Teller = nobody,
) -> Tally:
    """Complete what the theme has dressed, by file, to the finished site.

    `work` is a folder for what the next build can use again; without one everything is made anew.
    `shared` is the address of a folder through which an executor on other machines is served.
    `shelves` tells where on this machine the rows of the collections lie already.
    """
    dressed = {**assets.settle(dressed), policy.FILE: policy.as_headers_file()}
    with TemporaryDirectory(prefix="disclosure-") as passing:
        folder = work or Path(passing)
        place = shared or str(folder)
        if shared or not shelves:
            shelves = {c.name: shelf.put(c, f"{place}/rows") for c in catalog.collections.values()}
        guard.inspect(catalog, shelves)
        parts = {c.name: downloads.parts(c, shelves[c.name]) for c in catalog.collections.values()}
        written: dict[str, str] = json.loads(dressed.get(WRITTEN, b"{}"))
        some = papers.of(catalog, written, dressed)
        printed = work / "papers" if work and not shared else None
        fronts = _fronts(dressed, catalog)
        search.prepare(f"{place}/blocks")
        with together(pool) as crew:
            offered = _begun(catalog, parts, shelves, f"{place}/downloads", crew)
            index = partial(
                search.jobs, folder=f"{place}/blocks", pool=crew, tell=teller("整理检索内容")
            )
            set_papers = partial(papers.jobs, some, kept=printed)
            tally = writer.write(
                chain(
                    _jobs(dressed, fronts, catalog, shelves, index, set_papers),
                    _downloads(fronts, catalog, shelves, parts, f"{place}/downloads", offered),
                ),
                site,
                memory=work / "memory" if work else None,
                pool=crew,
                shared=shared,
                tell=teller("生成数据页面"),
            )
        if work and not shared:
            cache.keep_only(work / "rows", (Path(name).name for name in shelves.values()))
            used = (name for some in parts.values() for name in downloads.names(some))
            cache.keep_only(work / "downloads", used)
        cache.keep_only(printed, papers.names(some))
    return tally


@dataclass(frozen=True)
class _Offer:
    """The files of a collection, which somebody is preparing."""

    loose: frozenset[str]
    told: Callable[[], Sequence[datapackages.File]]


def _begun(
    catalog: Catalog,
    parts: Mapping[str, Sequence[downloads.Part]],
    shelves: Mapping[str, str],
    kept: str,
    crew: Pool,
) -> Mapping[str, _Offer]:
    """The downloads of all collections, begun before everything else, because they are long."""
    begun: dict[str, _Offer] = {}
    for name, collection in catalog.collections.items():
        loose = datapackages.loose(collection)
        work = (collection.schema, parts[name], shelves[name], kept, loose)
        known = downloads.known_files(collection.schema, parts[name], kept, loose)
        if known is not None:
            begun[name] = _Offer(loose, partial(_given, known))
            continue
        with crew() as executor:
            told = executor.submit(downloads.prepare, *work).result if executor else None
        begun[name] = _Offer(loose, told or partial(_given, downloads.prepare(*work)))
    return begun


def _given(told: Sequence[datapackages.File]) -> Sequence[datapackages.File]:
    return told


def _fronts(dressed: Mapping[str, bytes], catalog: Catalog) -> Mapping[str, tuple[Shell, str]]:
    """By file, the front page of each collection: its shell, and what stands on it but the downloads."""
    paths = {f"{c.name}/index.html": c for c in catalog.collections.values()}
    contents = {path: _front(catalog, collection) for path, collection in paths.items()}
    contents[opendata.PATH] = opendata.lead(catalog)
    return {
        path: (cut(dressed[path].decode(), needed=("content",)), content)
        for path, content in contents.items()
    }


def _front(catalog: Catalog, collection: Collection) -> str:
    if collection.name in catalog.timelines:
        return states.front(catalog, collection)
    return lists.front(collection)


def _downloads(
    fronts: Mapping[str, tuple[Shell, str]],
    catalog: Catalog,
    shelves: Mapping[str, str],
    parts: Mapping[str, Sequence[downloads.Part]],
    kept: str,
    offered: Mapping[str, _Offer],
) -> Iterator[Job]:
    """The front pages of collections with what can be downloaded there, and all of it together; last,
    because by then it is known how large the files are."""
    publisher = datapackages.Publisher.of(catalog.agency)
    told = {name: (offer.loose, offer.told()) for name, offer in offered.items()}
    for name, collection in catalog.collections.items():
        path = f"{name}/index.html"
        front = (path, *fronts[path])
        yield from downloads.jobs(
            collection.schema, parts[name], shelves[name], front, kept, *told[name], publisher
        )
    yield opendata.job(catalog, told, fronts[opendata.PATH][0])


def _jobs(
    dressed: Mapping[str, bytes],
    fronts: Mapping[str, tuple[Shell, str]],
    catalog: Catalog,
    shelves: Mapping[str, str],
    index: Callable[[Sequence[Source]], Iterator[Job]],
    set_papers: Callable[[Mapping[str, bytes]], Iterator[Job]],
) -> Iterator[Job]:
    known = companies.register(catalog)
    due = duties.schedule(catalog, catalog.articles)
    fed = feeds.everything(catalog)
    contents = _contents(catalog, known, due, fed)
    plain, shells, sections = _stamped(dressed, fronts.keys(), contents, catalog)
    plain.append((duties.CALENDAR, duties.calendar(due, catalog)))
    plain.append((pages.AS_OF, pages.as_of(catalog.as_of)))
    site = str(catalog.agency.get("url", ""))
    plain += charts.files(catalog.charts, shells["charts/pages"], site)
    written = [*catalog.articles, *charts.articles(catalog.charts)]
    bases, printed = basis.of(catalog), basis.printed(plain, written)
    page = cut(dressed[basis.PATH].decode(), needed=("content",))
    front = basis.front(catalog, bases, printed, catalog.articles)
    plain.append((basis.PATH, page.stamp("", front)))
    page = cut(dressed[selfcheck.PATH].decode(), needed=("content",))
    seen = [
        *plain,
        *((path, s.stamp("", html + downloads.BEGINNING)) for path, (s, html) in fronts.items()),
    ]
    told = _selfcheck(catalog, known, bases, page, seen, shells, sections, fed)
    plain.append((selfcheck.PATH, told))
    yield from feeds.jobs(fed)
    yield from companies.jobs(known, shelves, shells["companies/records"])
    _let_go(shelves)
    listed = [name for name in chain((path for path, _ in plain), fronts) if name.endswith(".html")]
    with_paper = {path: page for path, page in plain if papers.TOKEN in page}
    yield from set_papers(with_paper)
    plain = [file for file in plain if file[0] not in with_paper]
    yield Job(cache.digest(*(piece for file in plain for piece in file)), _as_they_are, (plain,))
    for collection in catalog.collections.values():
        yield from _of_collection(catalog, collection, shelves, shells)
        _let_go(shelves)
    yield from withdrawals.jobs(catalog, shells["withdrawals/years"])
    yield from changes.jobs(catalog, shelves, shells["changes/days"])
    yield from basis.jobs(catalog, bases, printed, written, shelves, shells["figures/rows"])
    on_lists = chain(*map(lists.addresses, catalog.collections.values()))
    listed += (path for path in on_lists if path.endswith("/index.html"))
    yield from sitemap.jobs(catalog, shelves, listed, companies.addresses(known))
    yield from index(documents.sources(catalog, catalog.articles, sections, shelves))


def _stamped(
    dressed: Mapping[str, bytes],
    later: AbstractSet[str],
    contents: Mapping[str, str],
    catalog: Catalog,
) -> tuple[list[tuple[str, bytes]], dict[str, Shell], Sequence[Section]]:
    """What the theme has dressed: the pages that are finished with their `contents`, the shells that wait
    for rows, and what people wrote. Those that tell of all others, and those of `later`, are left out."""
    plain: list[tuple[str, bytes]] = []
    shells, sections = dict[str, Shell](), list[Section]()
    for name, bare in sorted(dressed.items()):
        content = _printed(name, bare, catalog)
        if name == WRITTEN:
            sections = _sections(catalog, json.loads(content))
        elif name.endswith(SHELL):
            shells[name.removesuffix(SHELL)] = cut(content.decode())
        elif name in (selfcheck.PATH, basis.PATH) or name in later:
            continue
        elif name in contents:
            shell = cut(content.decode(), needed=("content",))
            plain.append((name, shell.stamp("", contents[name])))
        else:
            plain.append((name, content))
    return plain, shells, sections


def _of_collection(
    catalog: Catalog,
    collection: Collection,
    shelves: Mapping[str, str],
    shells: Mapping[str, Shell],
) -> Iterator[Job]:
    """The pages of one collection, but for its front page."""
    name = collection.name
    yield from lists.jobs(collection, shelves, shells[f"{name}/lists"])
    yield from facets.jobs(collection, shelves)
    yield from records.jobs(catalog, collection, shelves, shells[f"{name}/records"])
    if tasks.are_planned(collection.schema):
        yield from matrix.jobs(catalog, collection, shells[f"{name}/matrix"])
    if withdrawals.may_occur(collection):
        yield from withdrawals.notices(catalog, collection, shells[f"{name}/withdrawn"])
    if name in catalog.timelines:
        yield from states.jobs(catalog, collection, shelves, shells[f"{name}/{states.FOLDER}"])


def _let_go(shelves: Mapping[str, str]) -> None:
    """Have the rows looked at so far take no memory until they are looked at again."""
    for place in shelves.values():
        shelf.let_go(place)


def _printed(name: str, content: bytes, catalog: Catalog) -> bytes:
    """A dressed page with the figures that its text states, as the rows have them today."""
    if not name.endswith(".html") or b"qzfigure" not in content:
        return content
    return printing.stamp(content.decode(), catalog, name.removesuffix("index.html")).encode()


def _sections(catalog: Catalog, written: Mapping[str, str]) -> list[Section]:
    """The pieces of what people wrote that the search finds."""
    heads = {article.address: article for article in catalog.articles}
    return [
        section
        for address, html in written.items()
        if (head := heads.get(address))
        for text in [printing.stamp(html, catalog, address)]
        for section in documents.sections(address, head.title, head.column, head.published, text)
    ]


def _selfcheck(
    catalog: Catalog,
    known: companies.Register,
    bases: basis.Bases,
    page: Shell,
    plain: Sequence[tuple[str, bytes]],
    shells: Mapping[str, Shell],
    sections: Sequence[Section],
    fed: Sequence[feeds.Feed],
) -> bytes:
    """The self-check page, which tells of the links of all pages that are to be written.

    Pages of records are known by their shells and their addresses; none of them need be made.
    """
    titles = {article.address: article.title for article in catalog.articles}
    titles |= {f"{c.name}/": c.schema.title for c in catalog.collections.values()}
    added = {*feeds.addresses(fed), datapackages.FILE}
    titles |= OF_ALL | {chart.address: chart.title for chart in catalog.charts.values()}
    stamped = _addresses(catalog, known, bases)
    first = selfcheck.content(catalog, titles, selfcheck.Proof(0, 0, 0))
    read = [*plain, (selfcheck.PATH, page.stamp("", first))]
    read = [file for file in read if file[0].endswith(".html")]
    base = str(catalog.agency.get("url", ""))
    found = links.read(read, base)
    numbers = len(read), found.links, sum(map(len, stamped.values()))
    found += links.read(links.stamps(shells, stamped), base)
    results = "".join(f'<a href="../{escape(section.address)}">' for section in sections)
    found += links.read([("search/index.html", results.encode())], base)
    files = set().union({name for name, _ in plain}, {selfcheck.PATH}, added, *stamped.values())
    dead = tuple(links.check(found, files, dict(read).get))
    return page.stamp("", selfcheck.content(catalog, titles, selfcheck.Proof(*numbers, dead)))


def _addresses(
    catalog: Catalog, known: companies.Register, bases: basis.Bases
) -> Mapping[str, set[str]]:
    """The addresses of all pages that are made of a shell, by shell."""
    return {
        "companies/records": set(companies.addresses(known)),
        "changes/days": set(changes.addresses(catalog)),
        "withdrawals/years": set(withdrawals.addresses(catalog)),
        "charts/pages": set(),  # they are among the plain ones
        "figures/rows": set(basis.addresses(catalog, bases)),
        **{
            f"{c.name}/withdrawn": set(c.withdrawn["path"].tolist())
            for c in catalog.collections.values()
            if withdrawals.may_occur(c)
        },
        **{
            f"{c.name}/matrix": set(matrix.addresses(c))
            for c in catalog.collections.values()
            if tasks.are_planned(c.schema)
        },
        **{
            f"{name}/{states.FOLDER}": set(states.addresses(states.states(catalog, timeline)))
            for name, timeline in catalog.timelines.items()
        },
        **{f"{c.name}/lists": set(lists.addresses(c)) for c in catalog.collections.values()},
        **{f"{c.name}/records": set(c.rows["path"].tolist()) for c in catalog.collections.values()},
    }


def _as_they_are(files: Sequence[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
    return files


def _contents(
    catalog: Catalog,
    known: companies.Register,
    due: Sequence[Duty],
    fed: Sequence[feeds.Feed],
) -> Mapping[str, str]:
    """What stands at the token of the pages that change with the data."""
    notices = duties.notices(due)
    reports = {
        f"{a.address}index.html": notices.get(a.address, "") for a in catalog.articles if a.duty
    }
    return {
        **reports,
        "timeliness/index.html": timeliness.front(catalog),
        "duties/index.html": duties.front(due, catalog.as_of),
        "index.html": pages.home(catalog, catalog.articles),
        "companies/index.html": companies.front(known),
        "changes/index.html": changes.front(catalog),
        charts.PATH: charts.front(catalog.charts, catalog.as_of),
        "withdrawals/index.html": withdrawals.front(catalog),
        feeds.PATH: feeds.front(fed),
        english.PATH: english.front(catalog),
        "search/index.html": lists.browse(catalog.collections.values()),
        sitemap.PATH: sitemap.front(catalog, OF_ALL),
    }
