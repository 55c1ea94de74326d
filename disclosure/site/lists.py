"""List pages: each collection's front page, and its rows by year and by kind in tables of a hundred.

Addresses are stable. Dated lists are counted from the oldest row, so that a new record changes the
newest pages only: `index.html` holds the newest rows, `1.html` the oldest hundred, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import escape

from disclosure.catalog import Collection
from disclosure.schema import Field, Schema
from disclosure.site.shell import Page, Shell, blank, escape_all

PER_PAGE = 100
LATEST = 20
WHOLE = 300
"""An undated collection up to this size stands whole on its front page."""


@dataclass(frozen=True, slots=True)
class View:
    """One list: the rows of a collection that share a year or a value."""

    folder: str
    title: str
    label: str
    """What the link to it says on the collection's front page."""
    count: int
    """How many rows the link promises: for years all that were made, else those on show."""
    rows: Sequence[int]
    """Which rows of the collection it lists, by their number."""
    note: str = ""


def shell(collection: Collection) -> Page:
    """The page that the theme dresses for all lists of a collection."""
    return blank(collection.name, ((collection.schema.title, f"{collection.name}/"),))


def front(collection: Collection) -> Page:
    """The collection's front page: what it is, ways in, and its newest rows (or all of a small list)."""
    schema, rows = collection.schema, collection.rows
    parts = [f'<p class="lead">{escape(schema.description)}{_totals(collection)}</p>']
    parts += _facets(collection)
    if schema.group:
        parts += _groups(schema, rows)
    elif schema.date:
        parts.append(_table(schema, _rows(schema, rows.head(LATEST)), "最新公开"))
    elif len(rows) <= WHOLE:
        parts.append(_table(schema, _rows(schema, rows), schema.title))
    else:
        parts.append(_table(schema, _rows(schema, rows.head(PER_PAGE)), schema.title))
        parts.append('<p class="more"><a href="all/">查看全部</a></p>')
    if rows.empty:
        parts.append('<p class="none">暂无公开的记录。</p>')
    content = "".join(parts).replace('<a href="../', '<a href="')  # one level up from the lists
    return Page(f"{collection.name}/index.html", schema.title, content)


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


def pages(collection: Collection, dressed: Shell) -> Iterator[tuple[str, bytes]]:
    """Every list page of a collection as (path, bytes)."""
    rows = _rows(collection.schema, collection.rows)
    for view in views(collection):
        for file, content in _paged(collection.schema, view, rows):
            path = f"{collection.name}/{view.folder}/{file}.html"
            yield path, dressed.stamp(view.title, content, view.folder, file)


def views(collection: Collection) -> Iterator[View]:
    """The lists of a collection: by year when it is dated, whole when it is long, by each view field."""
    schema, rows = collection.schema, collection.rows
    if schema.date:
        shown = _by_value(schema.by_name[schema.date], rows["folder"])
        for year, made in collection.years.items():
            title, note = f"{year}年{schema.title}", _note(collection, year)
            yield View(year, title, f"{year}年", made, shown.get(year, []), note)
    elif len(rows) > WHOLE:
        yield View("all", f"全部{schema.title}", "全部", len(rows), range(len(rows)))
    for name in schema.views:
        field = schema.by_name[name]
        for value, indexes in _by_value(field, rows[name]).items():
            title = f"{schema.title}：{value}"
            yield View(f"{name}-{field.slug(value)}", title, value, len(indexes), indexes)


def _by_value(field: Field, cells: pd.Series[str]) -> Mapping[str, list[int]]:
    """Row numbers for each value, in the schema's order of values, then by how many rows have it."""
    found: dict[str, list[int]] = {}
    for index, text in enumerate(cells.tolist()):
        for part in field.parts(text):
            found.setdefault(part, []).append(index)
    order = {value: rank for rank, value in enumerate(field.enum or field.slugs)}
    ranked = sorted(found, key=lambda value: (order.get(value, len(order)), -len(found[value]), value))
    return {value: found[value] for value in ranked}


def _totals(collection: Collection) -> str:
    unit, shown, hidden = collection.schema.unit, len(collection.rows), collection.hidden()
    text = f"现公开 {shown:,} {unit}。" if not hidden else f"累计 {shown + hidden:,} {unit}，现公开 {shown:,} {unit}。"
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
        yield (
            f'<nav class="facets" aria-label="{escape(heading)}"><h2>{escape(heading)}</h2>'
            f"<ul>{links}</ul></nav>"
        )


def _links(collection: Collection, root: str = "") -> Mapping[str, str]:
    """For each kind of list that there is (按年度 …) its links as list items; `root` precedes addresses."""
    schema = collection.schema
    headings = {"": "按年度"} | {name: f"按{schema.by_name[name].title}" for name in schema.views}
    links = dict.fromkeys(headings.values(), "")
    for view in views(collection):
        kind = view.folder.partition("-")[0] if "-" in view.folder else ""
        links[headings[kind]] += (
            f'<li><a href="{root}{view.folder}/">{escape(view.label)} '
            f'<span class="count">{view.count:,}{escape(schema.unit)}</span></a></li>'
        )
    return {heading: items for heading, items in links.items() if items}


def _groups(schema: Schema, rows: pd.DataFrame) -> Iterator[str]:
    field = schema.by_name[schema.group]
    columns = [name for name in schema.list if name != schema.group]
    for value, indexes in _by_value(field, rows[schema.group]).items():
        count = f'<span class="count">{len(indexes):,}{escape(schema.unit)}</span>'
        table = _table(schema, _rows(schema, rows.iloc[indexes], columns), value, columns)
        heading = f'<h2 id="{field.slug(value)}">{escape(value)} {count}</h2>'
        yield f'<section class="group">{heading}{table}</section>'


def _paged(schema: Schema, view: View, rows: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(file, content) of each page of a list."""
    for file, start, stop, newer, older in _cuts(len(view.rows), newest_first=bool(schema.date)):
        parts = [f'<p class="lead">{escape(view.note)}</p>'] if view.note and file == "index" else []
        caption = view.title if file == "index" else f"{view.title}（第 {file} 页）"
        if stop > start:
            chosen = [rows[number] for number in view.rows[start:stop]]
            parts.append(_table(schema, chosen, caption))
        else:
            parts.append('<p class="none">没有可以列示的记录。</p>')
        words = ("较新的记录", "较早的记录") if schema.date else ("上一页", "下一页")
        links = [
            f'<a rel="{rel}" href="{target}">{word}</a>'
            for rel, target, word in (("prev", newer, words[0]), ("next", older, words[1]))
            if target
        ]
        if links:
            parts.append(f'<nav class="pager" aria-label="分页">{"".join(links)}</nav>')
        yield file, "".join(parts)


def _cuts(size: int, *, newest_first: bool) -> Iterator[tuple[str, int, int, str, str]]:
    """(file, first row, last row + 1, address of the page before, of the page after) for each page."""
    full = size // PER_PAGE
    if newest_first:
        # The front page holds what is left over and one whole block; older blocks never move.
        bounds = [("index", 0, size - max(full - 1, 0) * PER_PAGE)]
        for number in range(full - 1, 0, -1):
            stop = size - (number - 1) * PER_PAGE
            bounds.append((str(number), stop - PER_PAGE, stop))
    else:
        starts = range(0, max(size, 1), PER_PAGE)
        bounds = [
            ("index" if not n else str(n + 1), start, min(start + PER_PAGE, size))
            for n, start in enumerate(starts)
        ]
    names = ["./" if file == "index" else f"{file}.html" for file, _, _ in bounds]
    for number, (file, start, stop) in enumerate(bounds):
        before = names[number - 1] if number else ""
        after = names[number + 1] if number + 1 < len(names) else ""
        yield file, start, stop, before, after


def _rows(schema: Schema, rows: pd.DataFrame, columns: Sequence[str] = ()) -> list[str]:
    """Every row as HTML, for pages two levels below the collection; the first column is the link."""
    cells: list[list[str]] = []
    for number, field in enumerate(schema.by_name[name] for name in columns or schema.list):
        texts = rows[field.name].tolist()
        distinct = list(dict.fromkeys(texts))
        shown = dict(zip(distinct, escape_all([field.show(t) for t in distinct]), strict=True))
        label, kind = escape(field.title), _class(field)
        if number:
            opening = f'<td data-label="{label}"{kind}>'
            cells.append([f"{opening}{shown[text]}</td>" for text in texts])
        else:
            titles = escape_all(rows["title"].tolist())
            targets = zip(rows["folder"].tolist(), rows["id"].tolist(), texts, titles, strict=True)
            opening = f'<tr><th scope="row" data-label="{label}"{"" if "num" in kind else kind}><a href="../'
            cells.append(
                [
                    f'{opening}{folder}/{file}.html">{shown[text] or title}</a></th>'
                    for folder, file, text, title in targets
                ]
            )
    return ["".join((*row, "</tr>\n")) for row in zip(*cells, strict=True)]


def _table(
    schema: Schema, rows: Sequence[str], caption: str, columns: Sequence[str] = ()
) -> str:
    fields = [schema.by_name[name] for name in columns or schema.list]
    # The first column is the link to the record; it is a name even when it is a number.
    heads = "".join(
        f'<th scope="col"{_class(f) if n else ""}>{escape(f.title)}</th>' for n, f in enumerate(fields)
    )
    return (
        f'<div class="table-wrap"><table class="rows"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _class(field: Field) -> str:
    """How a column is set: numbers to the right, dates and codes unbroken."""
    if field.type in ("number", "integer"):
        return " class=num"
    return " class=code" if field.type == "date" or field.format in ("docno", "uscc") else ""
