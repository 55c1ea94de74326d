"""Bases (底数): behind every figure of a report a page with the question, the answer and its rows.

A page has the address `figures/<id>/`, the same for the same question whoever asks it, and is there
even when the figure is 0. Rows that are not on show are counted in it and never listed. What only
charts ask, and a list of the collection answers, leads to that list and does not repeat it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import escape

from disclosure import cache
from disclosure.catalog import Catalog
from disclosure.charts import CHARTS
from disclosure.collection import Collection
from disclosure.figures import groups
from disclosure.figures.figure import Figure
from disclosure.intake.articles import Article
from disclosure.intake.tables import plain
from disclosure.schema import Schema
from disclosure.site import downloads, lists, reckoning, shelf, tabular, views
from disclosure.site.lists import Sheet
from disclosure.site.reckoning import Context, Link
from disclosure.site.shelf import Rows
from disclosure.site.shell import Page, Shell, blank
from disclosure.site.spreadsheets import TEXT, Column
from disclosure.site.writer import Job

ADDRESS, TITLE = "figures/", "数字底数"
PATH = f"{ADDRESS}index.html"
FILE = "rows"
"""What the downloads of a figure are called."""
PER_WORKBOOK = 20_000
"""Rows up to which a workbook is offered, too; the collection's own downloads hold any number."""
_PRINTED = re.compile(rb"<a\s[^>]*?href=\"(?:\.{1,2}/)*figures/([a-z0-9-]+)/\"")

Printed = Mapping[str, Sequence[str]]
"""By the id of a figure, the addresses of the pages that print it."""


@dataclass
class Basis:
    """One figure that has a page, and what is known of it."""

    figure: Figure
    name: str
    others: list[str] = field(default_factory=list)
    """Other names for the same question."""
    used: list[str] = field(default_factory=list)
    """The ids of the figures that are computed from it."""
    within: list[str] = field(default_factory=list)
    """The ids of the figures of which it is a group."""
    drawn: bool = False
    """Whether charts alone ask it."""


Bases = Mapping[str, Basis]
"""All figures that have a page, by id."""


def shell() -> Page:
    """The page that the theme dresses for all figures."""
    return blank("figures", ((TITLE, ADDRESS),))


def of(catalog: Catalog) -> Bases:
    """Every figure of a catalog, with those it is computed from and its groups."""
    found: dict[str, Basis] = {}
    charts = [page for page in sorted(catalog.figures) if _is_chart(page)]
    pages = [page for page in sorted(catalog.figures) if page not in charts]
    for some in (pages, charts):
        _note(catalog, some, found, drawn=some is charts)
    return found


def _is_chart(page: str) -> bool:
    return page.startswith(f"{CHARTS}/")


def _note(catalog: Catalog, pages: Sequence[str], found: dict[str, Basis], *, drawn: bool) -> None:
    """Take in the figures of some pages, and what is below them."""
    before = set(found)
    named = [(n, f) for page in pages for n, f in catalog.figures[page].items()]
    for name, figure in named:
        if (basis := found.setdefault(figure.id, Basis(figure, name, drawn=drawn))).name != name:
            basis.others += [name] if name not in basis.others else []
    for name, figure in named:
        for called, below in _below(catalog, name, figure):
            found.setdefault(below.id, Basis(below, called, drawn=drawn))
    for basis in [basis for id_, basis in found.items() if id_ not in before]:
        id_, members = basis.figure.id, groups.told(basis.figure, _schema(catalog, basis.figure))
        for operand in basis.figure.of:
            found[operand.id].used += [id_] if id_ not in found[operand.id].used else []
        for member in members.values():
            found[member.id].within.append(id_)


def _below(catalog: Catalog, name: str, figure: Figure) -> Iterator[tuple[str, Figure]]:
    """The groups and the operands of a figure that have no name of their own, to any depth."""
    for label, member in groups.told(figure, _schema(catalog, figure)).items():
        yield f"{name}：{label}", member
    for operand in figure.of:
        yield operand.definition.name, operand
        yield from _below(catalog, operand.definition.name, operand)


def _schema(catalog: Catalog, figure: Figure) -> Schema | None:
    collection = catalog.collections.get(figure.definition.collection)
    return collection.schema if collection else None


def printed(pages: Iterable[tuple[str, bytes]], articles: Sequence[Article]) -> Printed:
    """Which pages that people wrote lead to which figures, read off the finished pages."""
    files = {f"{article.address}index.html": article.address for article in articles}
    found: dict[str, list[str]] = {}
    for path, content in pages:
        if path in files:
            for id_ in dict.fromkeys(_PRINTED.findall(content)):
                found.setdefault(id_.decode(), []).append(files[path])
    return {id_: sorted(addresses) for id_, addresses in found.items()}


# ── The list of all figures ──────────────────────────────────────────────────────────────────────

HEADS = ("数字", "问的是什么", "数值")


def front(catalog: Catalog, bases: Bases, seen: Printed, articles: Sequence[Article]) -> str:
    """What stands on the page of all figures: those of each report, then those that several share."""
    lead = (
        "文稿里的数字由本站公开的记录算出。点开任何一个，就是它的底数：问的是什么、截至哪一天、"
        f"有哪些记录，可以逐条核对。现有 {len(bases):,} 个数字。"
    )
    parts = [f'<p class="lead">{lead}</p>']
    titles = {article.address: article.title for article in articles}
    shared = [figure.id for figure in catalog.figures.get("", {}).values()]
    told = {*catalog.figures, *(a for some in seen.values() for a in some)} - {""}
    for page in sorted(page for page in told if not _is_chart(page)):
        own = [figure.id for figure in catalog.figures.get(page, {}).values()]
        own += [id_ for id_ in bases if page in seen.get(id_, ())]
        heading = f'<a href="../{escape(page)}">{escape(titles.get(page) or page)}</a>'
        parts.append(_section(catalog, bases, heading, list(dict.fromkeys(own))))
    parts.append(_section(catalog, bases, "各篇文稿共用", shared))
    if any(map(_is_chart, told)):
        parts.append(f'<p class="more"><a href="../{CHARTS}/">统计图表里的数字</a></p>')
    return "".join(parts) if bases else '<p class="none">目前没有列出底数的数字。</p>'


def _section(catalog: Catalog, bases: Bases, heading: str, ids: Sequence[str]) -> str:
    if not ids:
        return ""
    lines = []
    for basis in (bases[id_] for id_ in ids):
        lines.append(
            f'<tr><th scope="row" data-label="{HEADS[0]}"><a href="{basis.figure.id}/">'
            f'{escape(basis.name)}</a></th><td data-label="{HEADS[1]}">{escape(basis.figure.words)}</td>'
            f'<td data-label="{HEADS[2]}" class=num>'
            f"{escape(reckoning.told(basis.figure))}</td></tr>\n"
        )
    heads = "".join(
        f'<th scope="col"{" class=num" if head == HEADS[-1] else ""}>{head}</th>' for head in HEADS
    )
    caption = re.sub("<[^>]*>", "", heading)
    return (
        f'<section class="group"><h2>{heading}</h2><div class="table-wrap"><table class="rows">'
        f"<caption>{caption}</caption><thead><tr>{heads}</tr></thead>\n"
        f"<tbody>{''.join(lines)}</tbody></table></div></section>"
    )


# ── The page of one figure ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Listing:
    """What all pages of one figure have in common."""

    id: str
    title: str
    words: str
    schema: Schema
    columns: Sequence[str]
    """Of the table: those of lists, and those that the figure asks about."""
    saved: Sequence[str]
    """Of the downloads: these, and those that its conditions name."""
    mine: str
    """The shelf of the collection."""


def jobs(
    catalog: Catalog,
    bases: Bases,
    seen: Printed,
    articles: Sequence[Article],
    shelves: Mapping[str, str],
    dressed: Shell,
) -> Iterator[Job]:
    """The pages of all figures and their downloads; a row that changes touches those that count it."""
    titles = {article.address: article.title for article in articles}
    names = {id_: basis.name for id_, basis in bases.items()}
    spelled = {name: cache.spell(c.schema) for name, c in catalog.collections.items()}
    site = str(catalog.agency.get("url", ""))
    common = cache.digest(cache.program(), cache.spell(dressed), site)
    for id_, basis in bases.items():
        figure = basis.figure
        collection = catalog.collections.get(figure.definition.collection)
        links: list[Link] = [(page, titles[page]) for page in seen.get(id_, ())]
        related = basis.others, names, links, basis.used, basis.within
        about = Context(*related, catalog.collections, catalog.as_of)
        title, above, below = _title(basis), reckoning.top(figure, about), _permalink(site, figure)
        if collection and basis.drawn and (place := views.place(collection, figure)):
            above += _elsewhere(collection, figure, place)
            collection = None
        if collection is None or figure.of:
            key = cache.digest(common, id_, title, above)
            yield Job(key, rowless, (id_, title, above + below, dressed))
        else:
            listing = _listing(basis, collection, shelves[collection.name])
            same = cache.digest(common, spelled[collection.name])
            yield from _listed(listing, figure.rows, above, below, dressed, same, site)


def addresses(catalog: Catalog, bases: Bases) -> Iterator[str]:
    """The files of all pages of all figures."""
    for id_, basis in bases.items():
        figure = basis.figure
        collection = catalog.collections.get(figure.definition.collection)
        dated = bool(collection and collection.schema.date)
        alone = basis.drawn and collection and views.place(collection, figure)
        for sheet in lists.sheets(0 if alone else len(figure.rows), newest_first=dated):
            yield f"{ADDRESS}{id_}/{sheet.file}.html"


def _elsewhere(collection: Collection, figure: Figure, place: str) -> str:
    """The way to the list that holds the rows of a figure, and no others."""
    word, shown = escape(collection.schema.unit), len(figure.rows)
    return (
        f'<section class="group"><h2>逐条记录 <span class="count">{shown:,} {word}</span></h2>'
        f'<p class="more"><a href="../../{place}">逐条列示在“{escape(collection.schema.title)}”栏目，'
        "可以逐条核对和下载</a></p></section>"
    )


def _title(basis: Basis) -> str:
    return f"底数：{basis.name}"


def _permalink(site: str, figure: Figure) -> str:
    return (
        f'<p class="permalink">固定网址：<a href="../../{figure.address}">'
        f'{escape(site)}{figure.address}</a>　<a href="../">全部{TITLE}</a></p>'
    )


def _listing(basis: Basis, collection: Collection, mine: str) -> Listing:
    schema, asked = collection.schema, basis.figure.definition
    own = [name for name in (asked.by, asked.column) if _is_public(schema, name)]
    columns = list(dict.fromkeys((*schema.list, *own)))
    dated = [schema.date] if _is_public(schema, schema.date) else []
    conditions = [name for key in asked.where if (name := _named(schema, key))]
    return Listing(
        basis.figure.id,
        _title(basis),
        basis.figure.words.rstrip("。"),
        schema,
        columns,
        list(dict.fromkeys((*columns, *dated, *conditions))),
        mine,
    )


def _is_public(schema: Schema, name: str) -> bool:
    return name in schema.by_name and schema.by_name[name].public


def _named(schema: Schema, word: str) -> str:
    """The public column that a condition calls by name, title or alias; "" for a year or a month."""
    known = schema.headers.get(plain(word))
    name = word if word in schema.by_name else known[0].name if known else ""
    return name if _is_public(schema, name) else ""


def _listed(
    listing: Listing,
    rows: Rows,
    above: str,
    below: str,
    dressed: Shell,
    common: str,
    site: str,
) -> Iterator[Job]:
    """The first page, the older ones by the ten, and the downloads."""
    schema, mine = listing.schema, listing.mine
    about = (listing.id, listing.title, listing.words, listing.columns, listing.saved)
    same = cache.digest(common, repr(about))
    first, *older = lists.sheets(len(rows), newest_first=bool(schema.date))
    below = _offer(listing, len(rows)) * bool(len(rows)) + below
    content = shelf.fingerprint(mine, rows[: first.size])
    key = cache.digest(same, above, below, repr(first), content)
    yield Job(
        key, front_page, (listing, first, rows[: first.size], len(rows), above, below, dressed)
    )
    start, odd = first.size, len(older) % lists.BATCH
    for begin in range(odd - lists.BATCH if odd else 0, len(older), lists.BATCH):
        some = older[max(begin, 0) : begin + lists.BATCH]
        mine_rows = rows[start : start + sum(sheet.size for sheet in some)]
        start += len(mine_rows)
        key = cache.digest(same, repr(some), shelf.fingerprint(mine, mine_rows))
        yield Job(key, more_pages, (listing, some, mine_rows, dressed))
    if len(rows):
        key = cache.digest(same, "downloads", shelf.fingerprint(mine, rows))
        yield Job(key, files, (listing, rows, site))


def rowless(id_: str, title: str, content: str, dressed: Shell) -> Iterator[tuple[str, bytes]]:
    """The page of a figure without rows of its own as (path, bytes)."""
    yield f"{ADDRESS}{id_}/index.html", dressed.stamp(title, content, id_, "index")


def front_page(
    listing: Listing, sheet: Sheet, rows: Rows, total: int, above: str, below: str, dressed: Shell
) -> Iterator[tuple[str, bytes]]:
    """The first page of a figure as (path, bytes)."""
    schema = listing.schema
    count = f'<span class="count">{total:,} {escape(schema.unit)}</span>'
    table = '<p class="none">没有可以列示的记录。</p>'
    if total:
        table = tabular.table(schema, _lines(listing, rows), "逐条记录", listing.columns)
    pager = lists.pager(sheet, newest_first=bool(schema.date))
    content = (
        f'{above}<section class="group"><h2>逐条记录 {count}</h2>{table}{pager}</section>{below}'
    )
    path = f"{ADDRESS}{listing.id}/{sheet.file}.html"
    yield path, dressed.stamp(listing.title, content, listing.id, sheet.file)


def more_pages(
    listing: Listing, sheets: Sequence[Sheet], rows: Rows, dressed: Shell
) -> Iterator[tuple[str, bytes]]:
    """Some of its further pages."""
    schema, lines, start = listing.schema, _lines(listing, rows), 0
    lead = f'<p class="lead">{escape(listing.words)}。<a href="./">总数和算法</a></p>'
    for sheet in sheets:
        some, start = lines[start : start + sheet.size], start + sheet.size
        table = tabular.table(schema, some, f"逐条记录（第 {sheet.file} 页）", listing.columns)
        content = lead + table + lists.pager(sheet, newest_first=bool(schema.date))
        path = f"{ADDRESS}{listing.id}/{sheet.file}.html"
        yield path, dressed.stamp(listing.title, content, listing.id, sheet.file)


def _lines(listing: Listing, rows: Rows) -> list[str]:
    names = list(dict.fromkeys((*listing.columns, "id", "folder", "title")))
    frame = shelf.frame(listing.mine, rows, names)
    return tabular.rows(listing.schema, frame, listing.columns, up=f"../../{listing.schema.name}/")


def files(listing: Listing, rows: Rows, site: str) -> Iterator[tuple[str, bytes]]:
    """The rows on show of a figure as files, each with the address of its record."""
    frame = shelf.frame(listing.mine, rows, [*listing.saved, "path"])
    columns = [
        downloads.column(listing.schema.by_name[name], frame[name].tolist())
        for name in listing.saved
    ]
    columns.append(Column("固定网址", TEXT, [f"{site}{path}" for path in frame["path"].tolist()]))
    made = downloads.table("底数", columns, workbook=len(rows) <= PER_WORKBOOK)
    for end, content in made.items():
        yield f"{ADDRESS}{listing.id}/{FILE}{end}", content


def _offer(listing: Listing, total: int) -> str:
    ends = (".csv", ".xlsx") if total <= PER_WORKBOOK else (".csv",)
    saved = escape(re.sub(r"\W+", "-", listing.title))
    links = "、".join(
        f'<a href="{FILE}{end}" download="{saved}{end}">{end[1:].upper()}</a>' for end in ends
    )
    more = "" if ".xlsx" in ends else f"（超过 {PER_WORKBOOK // 10_000} 万行，只提供 CSV）"
    return (
        f'<section class="downloads"><h2>下载</h2><p>这里列示的 {total:,} {escape(listing.schema.unit)}：'
        f"{links}{more}。{downloads.CSV_NOTE}</p></section>"
    )
