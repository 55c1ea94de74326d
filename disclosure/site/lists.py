"""List pages: each collection's front page, and its rows by year and by kind in tables of a hundred.

Addresses are stable. Dated lists are counted from the oldest row, so that a new record changes the
newest pages only: `index.html` holds the newest rows, `1.html` the oldest hundred, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from markupsafe import escape

from disclosure import cache
from disclosure.collection import Collection
from disclosure.figures.conditions import MONTH, YEAR, Choice, Condition
from disclosure.figures.figure import Figure
from disclosure.schema import Field, Schema
from disclosure.site import documents, matrix, shelf, tabular
from disclosure.site.documents import AMOUNT, ORGAN, SLUGS, STATUS, Facet
from disclosure.site.shelf import Rows
from disclosure.site.shell import Page, Shell, blank
from disclosure.site.writer import Job

PER_PAGE = 100
LATEST = 20
BATCH = 10
"""How many list pages one job makes."""
NONE: Rows = np.empty(0, dtype=np.int64)
WHOLE = 300
"""An undated collection up to this size stands whole on its front page."""


@dataclass(frozen=True, slots=True)
class View:
    """One list: the rows of a collection that share a year, a month or a value."""

    kind: str
    """The field whose value they share, "year", "month" or "all"."""
    folder: str
    title: str
    label: str
    """What the link to it says on the collection's front page."""
    count: int
    """How many rows the link promises: for years all that were made, else those on show."""
    rows: Rows
    note: str = ""
    """HTML above the table of the list's first page."""
    narrowed: tuple[str, str] | None = None
    """To which value of which facet its rows can be narrowed down; None when they cannot."""


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
    parts.append(_nav(matrix.HEADING, "".join(matrix.links(collection).values())))
    if collection.timeliness.rules:
        place = f"{'../' * (schema.name.count('/') + 2)}timeliness/#{schema.name.replace('/', '-')}"
        parts.append(f'<p class="more"><a href="{place}">{escape(schema.title)}公开及时率</a></p>')
    parts.append(f"</div>{tabular.PLAIN}")
    if schema.group:
        parts += groups(schema, rows)
    elif schema.date:
        parts.append(tabular.table(schema, tabular.rows(schema, rows.head(LATEST)), "最新公开"))
    elif len(rows) <= WHOLE:
        parts.append(tabular.table(schema, tabular.rows(schema, rows), schema.title))
    else:
        parts.append(tabular.table(schema, tabular.rows(schema, rows.head(PER_PAGE)), schema.title))
        parts.append('<p class="more"><a href="all/">查看全部</a></p>')
    if rows.empty:
        parts.append('<p class="none">暂无公开的记录。</p>')
    parts.append(f"{below}</div>")
    return "".join(parts).replace('<a href="../', '<a href="')  # one level up from the lists


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
    for view in views(collection):
        for sheet in sheets(len(view.rows), newest_first=bool(collection.schema.date)):
            yield f"{collection.name}/{view.folder}/{sheet.file}.html"


def place(collection: Collection, figure: Figure) -> str:
    """The list of a collection that holds the rows that a figure counts, and no others; "" if none does.

    The front page leads to all rows of a collection, the other lists to those of one year, month or
    value.
    """
    schema, where = collection.schema, figure.definition.where
    folders = [schema.view_folder(name, value) for name, value in _choices(where, schema.views)]
    folders += [value for _, value in _choices(where, (YEAR, MONTH)) if schema.date]
    if not where and collection.listed is None and len(figure.rows) == len(collection.rows):
        return f"{schema.name}/"
    known = {view.folder: view for view in views(collection)} if len(where) == 1 else {}
    return next(
        (
            f"{schema.name}/{folder}/"
            for folder in folders
            if folder in known and np.array_equal(known[folder].rows, figure.rows)
        ),
        "",
    )


def _choices(where: Mapping[str, Condition], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Of some conditions those that name one value of one of some columns."""
    for name, condition in where.items():
        if name in names and isinstance(condition, Choice) and len(condition.values) == 1:
            yield name, condition.values[0]


def _batches(collection: Collection) -> Iterator[list[Run]]:
    """First pages, whose rows change, together with their like; the others by the ten, from the last."""
    firsts: dict[str, list[Run]] = {}
    for view in views(collection):
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


@lru_cache(maxsize=64)
def views(collection: Collection) -> Sequence[View]:
    """The lists of a collection: by year when it is dated, whole when it is long, by each view field.

    A year of many rows has a list for each of its months, too. A field that has one value only
    offers no choice and has no lists.
    """
    return tuple(_views(collection))


def _views(collection: Collection) -> Iterator[View]:
    schema, rows = collection.schema, collection.rows
    if schema.date:
        shown = _by_value(schema.by_name[schema.date], rows["folder"])
        days = rows[schema.date].to_numpy(dtype="object")
        for year, made in collection.years.items():
            members = shown.get(year, NONE)
            months = list(_months(schema, year, members, days)) if made > PER_PAGE else []
            note = f'<p class="lead">{escape(_note(collection, year))}</p>'
            note += _nav("按月份", "".join(_link(schema, month, "../") for month in months))
            note += _nav(matrix.HEADING, matrix.links(collection, "../").get(year, ""))
            title, label = f"{year}年{schema.title}", f"{year}年"
            yield View("year", year, title, label, made, members, note, ("year", year))
            yield from months
    elif len(rows) > WHOLE:
        some = _listed(collection, {"": np.arange(len(rows))}).get("", NONE)
        title = f"全部{schema.title}"
        yield View("all", "all", title, "全部", len(some), some, narrowed=("", ""))
    facets = {facet.column: facet for facet in documents.of_collection(collection).facets}
    for name in schema.views:
        field = schema.by_name[name]
        values = _listed(collection, _by_value(field, rows[name]))
        for value, members in values.items() if len(values) > 1 else ():
            title = f"{schema.title}：{value}"
            folder = schema.view_folder(name, value)
            facet = facets.get(name)
            at = (facet.name, value) if facet and value in facet.values(value) else None
            yield View(name, folder, title, value, len(members), members, narrowed=at)
    for facet in _shared(collection):
        values = _listed(collection, _by_facet(facet, rows[facet.column]))
        for value, members in values.items() if len(values) > 1 else ():
            title = f"{schema.title}：{facet.title}{value}"
            folder = f"{facet.name}-{SLUGS.get(value) or schema.by_name[facet.column].slug(value)}"
            at = (facet.name, value)
            yield View(facet.name, folder, title, value, len(members), members, narrowed=at)
    for name, labels in collection.back.items():
        for value, members in _by_value(schema.by_name[name], rows[name]).items():
            if value in labels and name not in schema.views:
                title = f"{schema.title}：{value} {labels[value]}"
                folder = schema.view_folder(name, value)
                yield View(name, folder, title, value, len(members), members)


def _shared(collection: Collection) -> Iterator[Facet]:
    """The facets that the search has of every collection, where the schema names no list of them."""
    shared, named = (AMOUNT[0], ORGAN[0], STATUS[0]), collection.schema.views
    for facet in documents.of_collection(collection).facets:
        if facet.name in shared and facet.column not in named:
            yield facet


def _listed(collection: Collection, values: Mapping[str, Rows]) -> Mapping[str, Rows]:
    """The rows of each value that lists show; values of none of them are left out."""
    if (listed := collection.listed) is None:
        return values
    chosen = {value: members[listed[members]] for value, members in values.items()}
    return {value: members for value, members in chosen.items() if len(members)}


def _months(schema: Schema, year: str, members: Rows, days: np.ndarray) -> Iterator[View]:
    months = np.array([day[5:7] for day in days[members]], dtype="U2")
    for month in sorted(set(months.tolist()), reverse=True):
        some = members[months == month]
        title = f"{year}年{int(month)}月{schema.title}"
        label, folder = f"{int(month)}月", f"{year}-{month}"
        yield View("month", folder, title, label, len(some), some, narrowed=("month", folder))


def _by_value(field: Field, cells: pd.Series[str]) -> Mapping[str, Rows]:
    """Row numbers for each value, in the schema's order of values, then by how many rows have it."""
    order = field.enum or list(field.slugs)
    return _by_facet(Facet(field.name, field.title, field.name, field.parts, order), cells)


def _by_facet(facet: Facet, cells: pd.Series[str]) -> Mapping[str, Rows]:
    codes, texts = pd.factorize(cells)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(texts) + 1))
    found: dict[str, list[Rows]] = {}
    for number, text in enumerate(texts.tolist()):
        for part in facet.values(text):
            found.setdefault(part, []).append(order[bounds[number] : bounds[number + 1]])
    members = {value: np.sort(np.concatenate(some)) for value, some in found.items()}
    rank = {value: number for number, value in enumerate(facet.order)}
    ranked = sorted(members, key=lambda v: (rank.get(v, len(rank)), -len(members[v]), v))
    return {value: members[value] for value in ranked}


def _totals(unit: str, shown: int, collection: Collection) -> str:
    hidden = collection.hidden()
    text = (
        f"现公开 {shown:,} {unit}。"
        if not hidden
        else f"累计 {shown + hidden:,} {unit}，现公开 {shown:,} {unit}。"
    )
    return str(escape(text))


def _note(collection: Collection, year: str) -> str:
    unit, made, hidden = collection.schema.unit, collection.years[year], collection.hidden(year)
    if not hidden:
        return f"{year}年共 {made:,} {unit}。"
    return (
        f"{year}年共 {made:,} {unit}，现公开 {made - hidden:,} {unit}；"
        f"另有 {hidden:,} {unit}已依法撤回、下架或不予公开，不再列示。"
    )


def _facets(collection: Collection) -> Iterator[str]:
    """Links to all lists, by kind of list, each with its count."""
    for heading, links in _links(collection).items():
        yield _nav(heading, links)


def _nav(heading: str, links: str) -> str:
    if not links:
        return ""
    return (
        f'<nav class="facets" aria-label="{escape(heading)}"><h2>{escape(heading)}</h2>'
        f"<ul>{links}</ul></nav>"
    )


def _links(collection: Collection, root: str = "") -> Mapping[str, str]:
    """For each kind of list that there is (按年度 …) its links as list items; `root` precedes addresses."""
    schema = collection.schema
    headings = {"year": "按年度", "all": "全部"}
    headings |= {name: f"按{schema.by_name[name].title}" for name in schema.views}
    headings |= {facet.name: f"按{facet.title}" for facet in _shared(collection)}
    links = dict.fromkeys(headings.values(), "")
    for view in views(collection):
        if view.kind in headings:
            links[headings[view.kind]] += _link(schema, view, root)
    return {heading: items for heading, items in links.items() if items}


def _link(schema: Schema, view: View, root: str) -> str:
    return (
        f'<li><a href="{root}{view.folder}/">{escape(view.label)} '
        f'<span class="count">{view.count:,}{escape(schema.unit)}</span></a></li>'
    )


def groups(schema: Schema, rows: pd.DataFrame, up: str = "../") -> Iterator[str]:
    """The rows by the values of the schema's `group`; `up` leads from the page to the collection."""
    field = schema.by_name[schema.group]
    columns = [name for name in schema.list if name != schema.group]
    for value, indexes in _by_value(field, rows[schema.group]).items():
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
    if rows:
        page = "" if sheet.file == "index" else f"（第 {sheet.file} 页）"
        parts.append(tabular.table(schema, rows, run.title + page))
    else:
        parts.append('<p class="none">没有可以列示的记录。</p>')
    parts.append(f"{pager(sheet, newest_first=bool(schema.date))}</div>")
    return "".join(parts)


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
    full, left = divmod(size, PER_PAGE)
    if newest_first:
        # The front page holds what is left over and one whole block; older blocks never move.
        files = ["index", *(str(number) for number in range(full - 1, 0, -1))]
        sizes = [left + min(full, 1) * PER_PAGE, *[PER_PAGE] * (len(files) - 1)]
    else:
        sizes = [PER_PAGE] * full + [left] * bool(left or not full)
        files = ["index", *(str(number) for number in range(2, len(sizes) + 1))]
    names = ["", *("./" if file == "index" else f"{file}.html" for file in files), ""]
    return [
        Sheet(file, rows, names[number], names[number + 2])
        for number, (file, rows) in enumerate(zip(files, sizes, strict=True))
    ]
