"""Record pages: one page per public row, with every field that is filled, what it links to, its address."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from markupsafe import escape

from disclosure import cache, timeliness
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.rules.status import CHANGED
from disclosure.schema import Field
from disclosure.site import parties, shelf
from disclosure.site.shelf import Rows, Targets
from disclosure.site.shell import Page, Shell, blank, escape_all, token
from disclosure.site.writer import Job
from disclosure.timeliness import PUBLISHED

BATCH = 800
"""About how many pages one job makes."""


@dataclass(frozen=True)
class Layout:
    """What all record pages of a collection have in common."""

    title: str
    fields: Sequence[Field]
    root: str
    """The way from a page to the root of the site."""
    site: str
    """The public address of the site."""
    links: Mapping[str, tuple[str, str]]
    """For a field that names records of another collection: their shelf, and the column it names."""
    party: str
    """The field whose values have a company page, or ""."""
    shell: Shell
    limits: Mapping[str, int]
    """Working days of the time limit for publishing, by the id of the rule that sets it."""


def shell(collection: Collection) -> Page:
    """The page that the theme dresses for all records of a collection."""
    trail = [(collection.schema.title, f"{collection.name}/")]
    if collection.schema.date:
        trail.append((f"{token('folder')}年", f"{collection.name}/{token('folder')}/"))
    return blank(collection.name, tuple(trail))


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
    for rows in _batches(collection.rows):
        key = cache.digest(same, shelf.fingerprint(mine, rows))
        yield Job(key, pages, (common, mine, rows))


def layout(
    catalog: Catalog, collection: Collection, shelves: Mapping[str, str], dressed: Shell
) -> Layout:
    """What the record pages of a collection have in common."""
    keys = {k.field: k for k in collection.schema.foreign_keys if k.resource in shelves}
    limits = {rule.id: rule.workdays for rule in collection.timeliness.rules}
    filled = {f.name for f in collection.fields} | ({PUBLISHED} if limits else set())
    return Layout(
        title=collection.schema.title,
        fields=[f for f in collection.schema.public_fields if f.name in filled],
        root="../" * (collection.name.count("/") + 2),
        site=str(catalog.agency.get("url", "")),
        links={field: (shelves[key.resource], key.target) for field, key in keys.items()},
        party=parties.CODE if parties.has_parties(collection) else "",
        shell=dressed,
        limits=limits,
    )


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


def pages(layout: Layout, mine: str, rows: Rows) -> Iterator[tuple[str, bytes]]:
    """Some records as (path, bytes)."""
    frame = shelf.frame(mine, rows, _columns(layout))
    columns = (frame[name].tolist() for name in ("path", "title", "folder", "id"))
    for path, title, folder, file, content in zip(*columns, contents(layout, frame), strict=True):
        yield path, layout.shell.stamp(title, content, folder, file)


def contents(layout: Layout, rows: pd.DataFrame) -> Sequence[str]:
    """The HTML of every record, made column by column."""
    sections: dict[str, list[list[str]]] = {}
    for field in layout.fields:
        links = shelf.targets(*layout.links[field.name]) if field.name in layout.links else {}
        cells = rows[field.name].tolist()
        if field.name == layout.party:
            pieces = _company(field, cells, rows[parties.KIND].tolist(), layout.root)
        else:
            pieces = _pieces(field, cells, links, layout.root)
        sections.setdefault(field.section or layout.title, []).append(pieces)
        if field.name == PUBLISHED and layout.limits:
            sections[field.section or layout.title].append(_lateness(layout, rows))
    blocks = [_notes(rows), *(_blocks(heading, pieces) for heading, pieces in sections.items())]
    site = escape(layout.site)
    feet = [
        f'<p class="permalink">固定网址：<a href="{layout.root}{path}">{site}{path}</a></p>'
        for path in rows["path"].tolist()
    ]
    return [
        f'<article class="record">{"".join(parts)}</article>'
        for parts in zip(*blocks, feet, strict=True)
    ]


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
