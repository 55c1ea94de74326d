"""Views: which lists a collection has, by year, month and kind, with their addresses and their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from markupsafe import escape

from disclosure import choices
from disclosure.choices import Facet
from disclosure.collection import Collection
from disclosure.figures.conditions import MONTH, YEAR, Choice, Condition
from disclosure.figures.figure import Figure
from disclosure.schema import Field, Schema
from disclosure.site import matrix
from disclosure.site.shelf import Rows

PER_PAGE = 100
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


@lru_cache(maxsize=64)
def of(collection: Collection) -> Sequence[View]:
    """The lists of a collection: by year when it is dated, whole when it is long, by each view field.

    A year of many rows has a list for each of its months, too. A field that has one value only
    offers no choice and has no lists.
    """
    return tuple(_views(collection))


def _views(collection: Collection) -> Iterator[View]:
    schema, rows = collection.schema, collection.rows
    if schema.date:
        shown = by_value(schema.by_name[schema.date], rows["folder"])
        days = rows[schema.date].to_numpy(dtype="object")
        for year, made in collection.years.items():
            members = shown.get(year, NONE)
            months = list(_months(schema, year, members, days)) if made > PER_PAGE else []
            note = f'<p class="lead">{escape(_note(collection, year))}</p>'
            note += nav("按月份", "".join(link(schema, month, "../") for month in months), "dates")
            note += nav(matrix.HEADING, matrix.links(collection, "../").get(year, ""))
            title, label = f"{year}年{schema.title}", f"{year}年"
            yield View("year", year, title, label, made, members, note, ("year", year))
            yield from months
    elif len(rows) > WHOLE:
        some = _listed(collection, {"": np.arange(len(rows))}).get("", NONE)
        title = f"全部{schema.title}"
        yield View("all", "all", title, "全部", len(some), some, narrowed=("", ""))
    facets = {facet.column: facet for facet in choices.of(schema, collection.fields)}
    for name in schema.views:
        field = schema.by_name[name]
        values = _listed(collection, by_value(field, rows[name]))
        for value, members in values.items() if len(values) > 1 else ():
            title = f"{schema.title}：{value}"
            folder = schema.view_folder(name, value)
            facet = facets.get(name)
            at = (facet.name, value) if facet and value in facet.values(value) else None
            yield View(name, folder, title, value, len(members), members, narrowed=at)
    for facet in choices.shared(schema, collection.fields):
        values = _listed(collection, _by_facet(facet, rows[facet.column]))
        for value, members in values.items() if len(values) > 1 else ():
            title = f"{schema.title}：{facet.title}{value}"
            folder, at = choices.folder(schema, facet, value), (facet.name, value)
            yield View(facet.name, folder, title, value, len(members), members, narrowed=at)
    for name, labels in collection.back.items():
        for value, members in by_value(schema.by_name[name], rows[name]).items():
            if value in labels and name not in schema.views:
                title = f"{schema.title}：{value} {labels[value]}"
                folder = schema.view_folder(name, value)
                yield View(name, folder, title, value, len(members), members)


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


def by_value(field: Field, cells: pd.Series[str]) -> Mapping[str, Rows]:
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
    known = {view.folder: view for view in of(collection)} if len(where) == 1 else {}
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


def _note(collection: Collection, year: str) -> str:
    unit, made, hidden = collection.schema.unit, collection.years[year], collection.hidden(year)
    if not hidden:
        return f"{year}年共 {made:,} {unit}。"
    return (
        f"{year}年共 {made:,} {unit}，现公开 {made - hidden:,} {unit}；"
        f"另有 {hidden:,} {unit}已依法撤回、下架或不予公开，不再列示。"
    )


def nav(heading: str, links: str, kind: str = "") -> str:
    """Links to lists that are alike; `kind` is "dates" for years and months, "offered" for what the
    filters of the page offer, too."""
    if not links:
        return ""
    return (
        f'<nav class="{f"facets {kind}".strip()}" aria-label="{escape(heading)}"><h2>{escape(heading)}</h2>'
        f"<ul>{links}</ul></nav>"
    )


def link(schema: Schema, view: View, root: str) -> str:
    return (
        f'<li><a href="{root}{view.folder}/">{escape(view.label)} '
        f'<span class="count">{view.count:,}{escape(schema.unit)}</span></a></li>'
    )
