"""Record pages: one page per public row, with every field that is filled, what it links to, its address."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default

import numpy as np
import pandas as pd
from markupsafe import escape

from disclosure import adjustments, cache, choices, discretion, timeliness
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.discretion import Standards
from disclosure.intake import values
from disclosure.rules.status import CHANGED
from disclosure.schema import Field
from disclosure.site import bars, heads, items, parties, shelf
from disclosure.site.items import More
from disclosure.site.shelf import Rows, Targets
from disclosure.site.shell import Page, Shell, blank, escape_all, token
from disclosure.site.writer import Job
from disclosure.timeliness import PUBLISHED

BATCH = 800
"""About how many pages one job makes."""
BRIEF = 60
"""Characters of a cell in the description of its page."""


@dataclass(frozen=True)
class Layout:
    """What all record pages of a collection have in common."""

    title: str
    fields: Sequence[Field]
    root: str
    """The way from a page to the root of the site."""
    site: str
    """The public address of the site."""
    publisher: str
    """Who publishes, for records that name no organ of their own."""
    links: Mapping[str, tuple[str, str]]
    """For a field that names records of another collection: their shelf, and the column it names."""
    party: str
    """The field whose values have a company page, or ""."""
    shell: Shell
    limits: Mapping[str, int]
    """Working days of the time limit for publishing, by the id of the rule that sets it."""
    date: str = ""
    """The field of the records' own date, or ""."""
    dated: Mapping[str, Mapping[str, Sequence[tuple[str, str, str, str]]]] = default(
        default_factory=dict
    )
    """For a field that names powers: by code, the first day of each version, the first day without it,
    its place on the power's page, and what the power was called."""
    standards: Standards | None = None
    """Between which fines the records lie, if they are penalties."""
    agency: str = ""
    """Who publishes them."""
    listed: Sequence[Field] = ()
    """What lists show of a record, and its description besides the title."""
    sorted_by: Sequence[Field] = ()
    """By whose values records are listed: their keywords."""


def shell(collection: Collection) -> Page:
    """The page that the theme dresses for all records of a collection."""
    trail = [(collection.schema.title, f"{collection.name}/")]
    if collection.schema.date:
        trail.append((f"{token('folder')}年", f"{collection.name}/{token('folder')}/"))
    dressed = blank(collection.name, tuple(trail))
    return replace(dressed, article=token("article")) if collection.schema.date else dressed


def jobs(
    catalog: Catalog, collection: Collection, shelves: Mapping[str, str], dressed: Shell
) -> Iterator[Job]:
    """The record pages of a collection in batches that stay the same when other rows come and go."""
    common = layout(catalog, collection, shelves, dressed)
    links = [
        f"{field} {column} {_digest_of_targets(catalog, collection, field)}"
        for field, (_, column) in common.links.items()
    ]
    same = cache.digest(cache.program(), cache.spell(replace(common, links={})), *links)
    mine = shelves[collection.name]
    besides = items.more(catalog, collection)
    for rows in _batches(collection.rows):
        more = [besides[row] for row in rows.tolist()] if besides else []
        told = (html for one in more for html in one)
        key = cache.digest(same, shelf.fingerprint(mine, rows), *told)
        yield Job(key, pages, (common, mine, rows, more))


def layout(
    catalog: Catalog, collection: Collection, shelves: Mapping[str, str], dressed: Shell
) -> Layout:
    """What the record pages of a collection have in common."""
    keys = {k.field: k for k in collection.schema.foreign_keys if k.resource in shelves}
    limits = {rule.id: rule.workdays for rule in collection.timeliness.rules}
    filled = {f.name for f in collection.fields} | ({PUBLISHED} if limits else set())
    schema, fields = (
        collection.schema,
        [f for f in collection.schema.public_fields if f.name in filled],
    )
    titled = schema.title_fields
    return Layout(
        title=collection.schema.title,
        fields=fields,
        root="../" * (collection.name.count("/") + 2),
        site=str(catalog.agency.get("url", "")),
        publisher=str(catalog.agency.get("name", "")),
        links={field: (shelves[key.resource], key.target) for field, key in keys.items()},
        party=parties.CODE if parties.has_parties(collection) else "",
        shell=dressed,
        limits=limits,
        date=collection.schema.date,
        dated=_versions(catalog, collection),
        standards=catalog.standards if discretion.are_penalties(collection.schema) else None,
        agency=str(catalog.agency.get("name", "")),
        listed=[f for f in fields if f.name in schema.list and f.name not in titled],
        sorted_by=[f for f in fields if f.name in schema.views],
    )


def _versions(
    catalog: Catalog, collection: Collection
) -> Mapping[str, Mapping[str, Sequence[tuple[str, str, str, str]]]]:
    """What the records of a collection need of the powers that they name."""
    return {
        field: {
            code: [
                (version.start, version.end, version.anchor, version.texts.get("name", name))
                for version in timeline.powers[code].versions
            ]
            for code, name in catalog.collections[timeline.name]
            .rows[[timeline.key, "name"]]
            .itertuples(index=False)
        }
        for timeline in catalog.timelines.values()
        for field in adjustments.referring(collection.schema, timeline)
    }


def _digest_of_targets(catalog: Catalog, collection: Collection, field: str) -> str:
    """A hash of the addresses and titles that a field's links show: more of a target is not seen here."""
    key = next(k for k in collection.schema.foreign_keys if k.field == field)
    rows = catalog.collections[key.resource].rows
    cells = (rows[name].tolist() for name in (key.target, "path", "title"))
    return cache.digest(*("\x1f".join(column) for column in cells))


def _batches(rows: pd.DataFrame) -> Iterator[Rows]:
    """Row numbers by folder and by the first letters of the id, of which there are sixteen."""
    folders, ids = rows["folder"].tolist(), rows["id"].tolist()
    sizes = Counter(folders)
    depths = {
        folder: max(0, math.ceil(math.log(size / BATCH, 16))) for folder, size in sizes.items()
    }
    batches: dict[tuple[str, str], list[int]] = {}
    for number, (folder, id_) in enumerate(zip(folders, ids, strict=True)):
        batches.setdefault((folder, id_[: depths[folder]]), []).append(number)
    for _, members in sorted(batches.items()):
        yield np.array(members, dtype=np.int64)


def _columns(layout: Layout) -> list[str]:
    names = [*(field.name for field in layout.fields), "id", "folder", "path", "title"]
    return [*names, *timeliness.COLUMNS] if layout.limits else names


def pages(
    layout: Layout, mine: str, rows: Rows, more: Sequence[More] = ()
) -> Iterator[tuple[str, bytes]]:
    """Some records as (path, bytes)."""
    frame = shelf.frame(mine, rows, _columns(layout))
    columns = (frame[name].tolist() for name in ("path", "title", "folder", "id"))
    for path, title, folder, file, content, article in zip(
        *columns, contents(layout, frame, more), articles(layout, frame), strict=True
    ):
        yield path, layout.shell.stamp(title, content, folder, file, article)


def articles(layout: Layout, rows: pd.DataFrame) -> list[str]:
    """The tags of every record as an article, with its day of publication, or its own date where the
    collection knows no other.

    Without a day it is an entry of a list and no article: none is made up.
    """
    if not layout.date:
        return [""] * len(rows)
    titles, paths = rows["title"].tolist(), rows["path"].tolist()
    stated = rows[PUBLISHED if PUBLISHED in rows else layout.date].tolist()
    known = {text: text if values.is_day(text) else "" for text in set(stated)}
    days = [known[text] for text in stated]
    origin = str(escape(layout.agency))
    keywords = _told(layout.sorted_by, rows, str(escape(layout.title)), ",", "")
    descriptions = _told(layout.listed, rows, "", "；", "：")
    pages = zip(escape_all(titles), days, keywords, descriptions, paths, strict=True)
    return heads.articles(layout.site, (origin, origin), list(pages))


def _told(
    fields: Sequence[Field], rows: pd.DataFrame, first: str, between: str, after: str
) -> list[str]:
    """For every row the filled ones of some fields in one line; with their names, if `after` follows these."""
    columns = [[first] * len(rows)]
    for field in fields:
        cells = rows[field.name].tolist()
        distinct = list(dict.fromkeys(cells))
        shown = escape_all([_brief(field.show(text)) for text in distinct])
        label = f"{escape(field.title)}{after}" if after else ""
        made = {
            text: f"{label}{value}" if text else ""
            for text, value in zip(distinct, shown, strict=True)
        }
        columns.append([made[text] for text in cells])
    return [between.join(filter(None, parts)) for parts in zip(*columns, strict=True)]


def _brief(text: str) -> str:
    """The beginning of a cell, in one line."""
    line = text.replace("\n", " ")
    return line if len(line) <= BRIEF else f"{line[:BRIEF]}…"


def contents(layout: Layout, rows: pd.DataFrame, more: Sequence[More] = ()) -> Sequence[str]:
    """The HTML of every record, made column by column; `more` is what each says besides, if anything."""
    sections: dict[str, list[list[str]]] = {}
    for field in layout.fields:
        links = shelf.targets(*layout.links[field.name]) if field.name in layout.links else {}
        cells = rows[field.name].tolist()
        if field.name in layout.dated:
            pieces = _in_force(layout, field, rows, links)
        elif field.name == layout.party:
            pieces = _company(field, cells, rows[parties.KIND].tolist(), layout.root)
        else:
            pieces = _pieces(field, cells, links, layout.root)
        sections.setdefault(field.section or layout.title, []).append(pieces)
        if field.name == PUBLISHED and layout.limits:
            sections[field.section or layout.title].append(_lateness(layout, rows))
        if field.name == "discretion" and layout.standards:
            sections[field.section or layout.title].append(_brackets(layout, rows))
    blocks = [_notes(rows), *(_blocks(heading, pieces) for heading, pieces in sections.items())]
    if more:
        blocks = [[one.above for one in more], *blocks, [one.below for one in more]]
    site = escape(layout.site)
    feet = [
        f'<p class="permalink" data-cite="{cite}">固定网址：'
        f'<a href="{layout.root}{path}">{site}{path}</a></p>'
        for path, cite in zip(rows["path"].tolist(), _citations(layout, rows), strict=True)
    ]
    return [
        f'<article class="record">{"".join(parts)}</article>'
        for parts in zip(*blocks, feet, strict=True)
    ]


def _citations(layout: Layout, rows: pd.DataFrame) -> list[str]:
    """How each record is cited, as far as its address: organ, title, document number, date."""
    fields = {field.name: field for field in layout.fields}
    numbers = [field.name for field in layout.fields if field.format == "docno"][:1]
    blank = [""] * len(rows)
    organs = rows[choices.ORGAN[0]].tolist() if choices.ORGAN[0] in fields else blank
    others = [rows[n].tolist() for n in (*numbers, layout.date) if n in fields]
    return escape_all(
        [
            "，".join(filter(None, (organ or layout.publisher, f"《{title}》", *details)))
            for organ, title, *details in zip(organs, rows["title"].tolist(), *others, strict=True)
        ]
    )


def _notes(rows: pd.DataFrame) -> list[str]:
    """What changed decisions begin with: when, and why."""
    names = ("status", "status_date", "status_reason")
    if not set(names) <= set(rows.columns):
        return [""] * len(rows)
    return [
        f'<p class="mark"><strong>本决定已变更</strong>（{escape(day)}）：{escape(reason)}</p>'
        if status == CHANGED
        else ""
        for status, day, reason in zip(*(rows[name].tolist() for name in names), strict=True)
    ]


def _blocks(heading: str, pieces: Sequence[Sequence[str]]) -> list[str]:
    """One section per row; empty where the row fills none of its fields."""
    opening = f'<section class="fields"><h2>{escape(heading)}</h2><dl>'
    rows = ("".join(parts) for parts in zip(*pieces, strict=True))
    return [f"{opening}{row}</dl></section>" if row else "" for row in rows]


def _pieces(field: Field, cells: Sequence[str], links: Targets, root: str) -> list[str]:
    """The field's line for every row; "" where it is not filled."""
    opening = f"<div><dt>{escape(field.title)}</dt><dd{' class=lines' if field.multiline else ''}>"
    distinct = list(dict.fromkeys(cells))
    if field.format == "uri" or links:
        values = [_linked(field, text, links, root) for text in distinct]
    else:
        values = escape_all([field.show(text) for text in distinct])
    made = {
        text: f"{opening}{value}</dd></div>" if text else ""
        for text, value in zip(distinct, values, strict=True)
    }
    return [made[text] for text in cells]


def _company(field: Field, codes: Sequence[str], kinds: Sequence[str], root: str) -> list[str]:
    """The line of the credit code, which leads to all records of the company."""
    opening = f"<div><dt>{escape(field.title)}</dt><dd>"
    return [
        f'{opening}{code} <a href="{root}{parties.address(code)}">该单位全部记录</a></dd></div>'
        if parties.has_page(code, kind)
        else f"{opening}{escape(code)}</dd></div>"
        if code
        else ""
        for code, kind in zip(codes, kinds, strict=True)
    ]


def _in_force(layout: Layout, field: Field, rows: pd.DataFrame, links: Targets) -> list[str]:
    """The line on the power that a decision rests on, as it was in force on its day."""
    opening = f"<div><dt>{escape(field.title)}</dt><dd>"
    pairs = list(zip(rows[field.name].tolist(), rows[layout.date].tolist(), strict=True))
    made = {("", day): "" for _, day in pairs}
    for code, day in dict.fromkeys(pair for pair in pairs if pair[0]):
        address, label = links.get(code, ("", ""))
        text = f"{code} {label}".strip()
        for start, end, anchor, name in layout.dated[field.name].get(code, ()):
            if start <= day and (not end or day < end):
                address, text = f"{address}#{anchor}", f"{code} {name}"
        link = f'<a href="{layout.root}{address}">{escape(text)}</a>' if address else escape(text)
        made[code, day] = f"{opening}{link}</dd></div>"
    return [made[pair] for pair in pairs]


def _brackets(layout: Layout, rows: pd.DataFrame) -> list[str]:
    """The line on the bracket of discretion that each penalty lies in."""
    names = ("violation", discretion.POWER, "discretion", layout.date, "fine")
    blank = [""] * len(rows)
    columns = (rows[name].tolist() if name in rows else blank for name in names)
    known = layout.standards or Standards()
    return bars.lines(known, list(zip(*columns, strict=True)), layout.root)


def _lateness(layout: Layout, rows: pd.DataFrame) -> list[str]:
    """The line on how the time limit was kept, which leads to the rule; "" where there is none."""
    columns = (rows[name].tolist() for name in (*timeliness.COLUMNS, PUBLISHED))
    lines = list(zip(*columns, strict=True))
    made = {
        (
            rule,
            last,
            used,
            shown,
        ): f"<div><dt>公开时限</dt><dd{' class=late' if late else ''}>{text}"
        f'（规则 <a href="{layout.root}timeliness/#{escape(rule)}">{escape(rule)}</a>）</dd></div>'
        if rule
        else ""
        for rule, last, used, shown in dict.fromkeys(lines)
        for late, text in [timeliness.sentence(layout.limits.get(rule, 0), last, used, shown)]
    }
    return [made[line] for line in lines]


def _linked(field: Field, text: str, links: Targets, root: str) -> str:
    if field.format == "uri":
        inward = "" if text.startswith(("http://", "https://")) else root
        return f'<a href="{inward}{escape(text)}">{escape(text)}</a>'
    shown = []
    for part in field.parts(text):
        if part in links:
            path, title = links[part]
            label = part if part == title else f"{part} {title}"
            shown.append(f'<a href="{root}{path}">{escape(label)}</a>')
        else:
            shown.append(str(escape(part)))
    return field.delimiter.join(shown)
