"""List pages: each collection's front page, and its rows by year and by kind in tables of a hundred.

Addresses are stable. Dated lists are counted from the oldest row, so that a new record changes the
newest pages only: `index.html` holds the newest rows, `1.html` the oldest hundred, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import escape

from disclosure import cache, choices
from disclosure.collection import Collection
from disclosure.schema import Schema
from disclosure.site import documents, downloads, matrix, shelf, tabular, views
from disclosure.site.shelf import Rows
from disclosure.site.shell import Page, Shell, blank
from disclosure.site.writer import Job

LATEST = 20
BATCH = 10
"""How many list pages one job makes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a list: its file, how many rows it has, and the pages beside it."""

    file: str
    size: int
    newer: str
    older: str


def shell(collection: Collection) -> Page:
    """The page that the theme dresses for all lists of a collection."""
    return blank(collection.name, ((collection.schema.title, f"{collection.name}/"),))


def front(collection: Collection, above: str = "", below: str = "") -> str:
    """What stands on a collection's front page: ways in, and its newest rows (or all of a small list).

    `above` is HTML that comes before the ways in, `below` what comes after the rows.
    """
    schema, rows = collection.schema, collection.rows
    if collection.listed is not None:
        rows = rows[collection.listed]
    lead = f"{escape(schema.description)}{_totals(collection.schema.unit, len(rows), collection)}"
    sifter = "" if rows.empty else tabular.sifter("./", ("", ""))
    parts = [f'<p class="lead">{lead}</p>{sifter}<div class="ways">', above]
    parts += _facets(collection)
    parts.append(views.nav(matrix.HEADING, "".join(matrix.links(collection).values())))
    parts.append(f'</div><p class="more beside">{_beside(collection)}</p>{tabular.PLAIN}')
    if schema.group:
        parts += groups(schema, rows)
    elif schema.date:
        parts.append(tabular.table(schema, tabular.rows(schema, rows.head(LATEST)), "最新公开"))
    elif len(rows) <= views.WHOLE:
        parts.append(tabular.table(schema, tabular.rows(schema, rows), schema.title))
    else:
        parts.append(
            tabular.table(schema, tabular.rows(schema, rows.head(views.PER_PAGE)), schema.title)
        )
        parts.append('<p class="more"><a href="all/">查看全部</a></p>')
    if rows.empty:
        parts.append('<p class="none">暂无公开的记录。</p>')
    parts.append(f"{below}</div>")
    return "".join(parts).replace('<a href="../', '<a href="')  # one level up from the lists


def _beside(collection: Collection) -> str:
    """What else there is to a collection: its downloads, and how timely it is."""
    name, title = collection.name, escape(collection.schema.title)
    links = f'<a href="#downloads">下载{title}数据</a>' if len(collection.rows) else ""
    if collection.timeliness.rules:
        place = f"{'../' * (name.count('/') + 2)}timeliness/#{name.replace('/', '-')}"
        links += f'<a href="{place}">{title}公开及时率</a>'
    return links


def browse(collections: Iterable[Collection]) -> str:
    """All lists of all collections as links, for the search page, one level below the site's root."""
    parts = []
    for collection in collections:
        schema, root = collection.schema, f"../{collection.name}/"
        parts.append(
            f'<section><h3><a href="{root}">{escape(schema.title)}</a> '
            f'<span class="count">{collection.total:,}{escape(schema.unit)}</span></h3>'
        )
        for heading, links in _links(collection, root).items():
            parts.append(f'<div class="facets"><h4>{escape(heading)}</h4><ul>{links}</ul></div>')
        parts.append("</section>")
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Run:
    """Some neighbouring pages of one list, with their rows."""

    folder: str
    title: str
    note: str
    narrowed: tuple[str, str] | None
    sheets: Sequence[Sheet]
    rows: Rows


def jobs(collection: Collection, shelves: Mapping[str, str], dressed: Shell) -> Iterator[Job]:
    """All list pages of a collection, in jobs that a new row leaves alone as far as may be."""
    schema, mine = collection.schema, shelves[collection.name]
    common = cache.digest(cache.program(), cache.spell(schema), cache.spell(dressed))
    for runs in _batches(collection):
        content = shelf.fingerprint(mine, _all_rows(runs))
        about = [(run.folder, run.title, run.note, run.narrowed, run.sheets) for run in runs]
        key = cache.digest(common, repr(about), content)
        yield Job(key, pages, (schema, runs, mine, dressed))


def addresses(collection: Collection) -> Iterator[str]:
    """The files of all list pages of a collection."""
    for view in views.of(collection):
        for sheet in sheets(len(view.rows), newest_first=bool(collection.schema.date)):
            yield f"{collection.name}/{view.folder}/{sheet.file}.html"


def _batches(collection: Collection) -> Iterator[list[Run]]:
    """First pages, whose rows change, together with their like; the others by the ten, from the last."""
    firsts: dict[str, list[Run]] = {}
    for view in views.of(collection):
        newest, *older = sheets(len(view.rows), newest_first=bool(collection.schema.date))
        told = (view.folder, view.title, view.note, view.narrowed)
        run = Run(*told, [newest], view.rows[: newest.size])
        alike = view.folder[:4] if view.kind in ("year", "month") else view.kind
        firsts.setdefault(alike, []).append(run)
        start, odd = newest.size, len(older) % BATCH
        for first in range(odd - BATCH if odd else 0, len(older), BATCH):
            some = older[max(first, 0) : first + BATCH]
            stop = start + sum(sheet.size for sheet in some)
            told = (view.folder, view.title, "", view.narrowed)
            yield [Run(*told, some, view.rows[start:stop])]
            start = stop
    yield from firsts.values()


def _all_rows(runs: Sequence[Run]) -> Rows:
    return np.concatenate([run.rows for run in runs])


def pages(
    schema: Schema, runs: Sequence[Run], mine: str, dressed: Shell
) -> Iterator[tuple[str, bytes]]:
    """Some list pages as (path, bytes)."""
    lines = tabular.rows(schema, shelf.frame(mine, _all_rows(runs), _columns(schema)))
    start = 0
    for run in runs:
        for sheet in run.sheets:
            rows, start = lines[start : start + sheet.size], start + sheet.size
            content = _content(schema, run, sheet, rows)
            path = f"{schema.name}/{run.folder}/{sheet.file}.html"
            yield path, dressed.stamp(run.title, content, run.folder, sheet.file)


def _columns(schema: Schema) -> list[str]:
    return list(dict.fromkeys((*schema.list, "id", "folder", "title")))


def _totals(unit: str, shown: int, collection: Collection) -> str:
    hidden = collection.hidden()
    text = (
        f"现公开 {shown:,} {unit}。"
        if not hidden
        else f"累计 {shown + hidden:,} {unit}，现公开 {shown:,} {unit}。"
    )
    return str(escape(text))


def _facets(collection: Collection) -> Iterator[str]:
    """Links to all lists, by kind of list, each with its count."""
    offered = {
        f"按{facet.title}": "offered" for facet in documents.of_collection(collection).facets
    }
    for heading, links in _links(collection).items():
        yield views.nav(heading, links, (offered | {"按年度": "dates"}).get(heading, ""))


def _links(collection: Collection, root: str = "") -> Mapping[str, str]:
    """For each kind of list that there is (按年度 …) its links as list items; `root` precedes addresses."""
    schema = collection.schema
    headings = {"year": "按年度", "all": "全部"}
    headings |= {name: f"按{schema.by_name[name].title}" for name in schema.views}
    headings |= {
        facet.name: f"按{facet.title}" for facet in choices.shared(schema, collection.fields)
    }
    links = dict.fromkeys(headings.values(), "")
    for view in views.of(collection):
        if view.kind in headings:
            links[headings[view.kind]] += views.link(schema, view, root)
    return {heading: items for heading, items in links.items() if items}


def groups(schema: Schema, rows: pd.DataFrame, up: str = "../") -> Iterator[str]:
    """The rows by the values of the schema's `group`; `up` leads from the page to the collection."""
    field = schema.by_name[schema.group]
    columns = [name for name in schema.list if name != schema.group]
    for value, indexes in views.by_value(field, rows[schema.group]).items():
        count = f'<span class="count">{len(indexes):,}{escape(schema.unit)}</span>'
        table = tabular.table(
            schema, tabular.rows(schema, rows.iloc[indexes], columns, up=up), value, columns
        )
        heading = f'<h2 id="{field.slug(value)}">{escape(value)} {count}</h2>'
        yield f'<section class="group">{heading}{table}</section>'


def _content(schema: Schema, run: Run, sheet: Sheet, rows: Sequence[str]) -> str:
    """What stands on one page of a list."""
    parts = [run.note]
    if rows and run.narrowed:
        parts.append(tabular.sifter("../", run.narrowed))
    parts.append(tabular.PLAIN)
    if rows and run.narrowed and run.narrowed[0] == "year":
        parts.append(_year(schema, run.folder))
    if rows:
        page = "" if sheet.file == "index" else f"（第 {sheet.file} 页）"
        parts.append(tabular.table(schema, rows, run.title + page))
    else:
        parts.append('<p class="none">没有可以列示的记录。</p>')
    parts.append(f"{pager(sheet, newest_first=bool(schema.date))}</div>")
    return "".join(parts)


def _year(schema: Schema, year: str) -> str:
    """The way to the rows of a year as files."""
    saved = f"{year}年{escape(schema.title)}"
    return (
        f'<p class="more beside"><a href="../{downloads.FOLDER}/{year}.csv" download="{saved}.csv">'
        f'下载{saved}（CSV）</a><a href="../#downloads">其他年度和格式</a></p>'
    )


def pager(sheet: Sheet, *, newest_first: bool) -> str:
    """The links from a page of a list to its neighbours."""
    words = ("较新的记录", "较早的记录") if newest_first else ("上一页", "下一页")
    links = [
        f'<a rel="{rel}" href="{target}">{word}</a>'
        for rel, target, word in (("prev", sheet.newer, words[0]), ("next", sheet.older, words[1]))
        if target
    ]
    return f'<nav class="pager" aria-label="分页">{"".join(links)}</nav>' if links else ""


def sheets(size: int, *, newest_first: bool) -> list[Sheet]:
    """The pages of a list of so many rows, the first page first."""
    full, left = divmod(size, views.PER_PAGE)
    if newest_first:
        # The front page holds what is left over and one whole block; older blocks never move.
        files = ["index", *(str(number) for number in range(full - 1, 0, -1))]
        sizes = [left + min(full, 1) * views.PER_PAGE, *[views.PER_PAGE] * (len(files) - 1)]
    else:
        sizes = [views.PER_PAGE] * full + [left] * bool(left or not full)
        files = ["index", *(str(number) for number in range(2, len(sizes) + 1))]
    names = ["", *("./" if file == "index" else f"{file}.html" for file in files), ""]
    return [
        Sheet(file, rows, names[number], names[number + 2])
        for number, (file, rows) in enumerate(zip(files, sizes, strict=True))
    ]
