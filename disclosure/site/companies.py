"""Company pages (一企一档): all public records of one company together, and whether it is closely watched.

Only organisations have such a page, never natural persons: what the law lets the public know of a
person's single decision is not to be gathered into a picture of the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import escape

from disclosure import cache
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.rules import credit
from disclosure.rules.book import Rule
from disclosure.schema import Schema
from disclosure.site import parties, shelf, tabular
from disclosure.site.parties import CODE, NAME
from disclosure.site.shelf import Rows
from disclosure.site.shell import Page, Shell, blank
from disclosure.site.writer import Job

TITLE = "企业信用档案"
MARK = "重点监管"
BATCH = 400
"""About how many companies one job serves."""


@dataclass(frozen=True)
class Holding:
    """The records of some companies in one collection."""

    schema: Schema
    mine: str
    rows: Rows


def shell() -> Page:
    """The page that the theme dresses for all companies."""
    return blank("companies", ((TITLE, "companies/"),))


@dataclass(frozen=True, eq=False)
class Register:
    """All companies that have records."""

    collections: Sequence[Collection]
    members: Mapping[str, Sequence[Rows]]
    """For every company, the numbers of its rows in each of these collections."""
    rules: Sequence[Rule]
    watched: Mapping[str, Rule]
    """The companies under closer supervision, each with the rule that says so."""


def register(catalog: Catalog) -> Register:
    """The companies of a catalog."""
    collections = [c for c in catalog.collections.values() if parties.has_parties(c)]
    rules = [rule for profile in catalog.credit.values() for rule in profile]
    return Register(collections, _members(collections), rules, _watched(catalog))


def jobs(known: Register, shelves: Mapping[str, str], dressed: Shell) -> Iterator[Job]:
    """The company pages, in batches by the folder they lie in."""
    members = known.members
    schemas = (cache.spell(collection.schema) for collection in known.collections)
    common = cache.digest(cache.program(), cache.spell(dressed), *schemas)
    for codes in _batches(members):
        holdings = [
            Holding(c.schema, shelves[c.name], np.sort(np.concatenate(found)))
            for n, c in enumerate(known.collections)
            if (found := [members[code][n] for code in codes if len(members[code][n])])
        ]
        marks = {code: known.watched[code] for code in codes if code in known.watched}
        pieces = [shelf.fingerprint(h.mine, h.rows) for h in holdings]
        pieces += [h.schema.name for h in holdings]
        pieces += [f"{code} {cache.spell(rule)}" for code, rule in sorted(marks.items())]
        yield Job(cache.digest(common, *pieces), pages, (holdings, marks, dressed))


def addresses(known: Register) -> Iterator[str]:
    """The files of all company pages."""
    return map(parties.address, known.members)


def _members(collections: Sequence[Collection]) -> Mapping[str, Sequence[Rows]]:
    """For every company, the numbers of its rows in each collection."""
    none: Rows = np.empty(0, dtype=np.int64)
    members: dict[str, list[Rows]] = {}
    for number, collection in enumerate(collections):
        rows = collection.rows
        mine = np.flatnonzero(parties.with_page(rows))
        found: dict[str, list[int]] = {}
        for row, code in zip(mine.tolist(), rows[CODE].iloc[mine].tolist(), strict=True):
            found.setdefault(code, []).append(row)
        for code, some in found.items():
            members.setdefault(code, [none] * len(collections))[number] = np.array(some, np.int64)
    return members


def _batches(members: Mapping[str, object]) -> Iterator[list[str]]:
    """Companies by the first letter or letters of their folder; which, depends on their number."""
    depth = 0 if len(members) <= BATCH else 1 if len(members) <= BATCH * 16 else 2
    batches: dict[str, list[str]] = {}
    for code in sorted(members):
        batches.setdefault(parties.folder(code)[:depth], []).append(code)
    yield from (batches[letters] for letters in sorted(batches))


def _watched(catalog: Catalog) -> Mapping[str, Rule]:
    found: dict[str, Rule] = {}
    for name, profile in catalog.credit.items():
        collection = catalog.collections.get(name)
        if collection is None or not parties.has_parties(collection):
            continue
        rows = collection.rows
        first = min((credit.first_day(rule, catalog.as_of) for rule in profile), default="")
        rows = rows[rows[str(collection.schema.date)] > first]
        rows = rows[parties.with_page(rows)]
        looked_at = [n for n in {c for rule in profile for c, _ in rule.when} if n in rows.columns]
        often = rows[CODE].value_counts()
        least = min((rule.times for rule in profile), default=0)
        rows = rows[rows[CODE].isin(often.index[often >= least])]
        decisions: dict[str, list[tuple[str, Mapping[str, str]]]] = {}
        names = (CODE, str(collection.schema.date), *looked_at)
        for code, day, *values in zip(*(rows[name].tolist() for name in names), strict=True):
            about = dict(zip(looked_at, values, strict=True))
            decisions.setdefault(code, []).append((day, about))
        for code, known in decisions.items():
            if rule := credit.marked(profile, known, catalog.as_of):
                found[code] = rule
    return found


def pages(
    holdings: Sequence[Holding], marks: Mapping[str, Rule], dressed: Shell
) -> Iterator[tuple[str, bytes]]:
    """The pages of some companies as (path, bytes)."""
    names: dict[str, tuple[str, str]] = {}
    tables: dict[str, list[str]] = {}
    for holding in holdings:
        schema = holding.schema
        frame = shelf.frame(holding.mine, holding.rows, _columns(schema))
        columns = [name for name in schema.list if name != NAME]
        lines = tabular.rows(schema, frame, columns, up=f"../../{schema.name}/")
        grouped: dict[str, list[str]] = {}
        days = frame[schema.date].tolist() if schema.date else [""] * len(frame)
        codes, called = frame[CODE].tolist(), frame[NAME].tolist()
        for code, name, day, line in zip(codes, called, days, lines, strict=True):
            grouped.setdefault(code, []).append(line)
            names[code] = max(names.get(code, ("", "")), (day, name))
        for code, some in grouped.items():
            caption = f"{schema.title}（{len(some):,} {schema.unit}）"
            tables.setdefault(code, []).append(tabular.table(schema, some, caption, columns))
    for code, found in sorted(tables.items()):
        content = _head(code, marks.get(code)) + "".join(found)
        file = code.lower()
        path = parties.address(code)
        yield path, dressed.stamp(names[code][1], content, parties.folder(code), file)


def _columns(schema: Schema) -> list[str]:
    dated = [schema.date] if schema.date else []
    return list(dict.fromkeys((*schema.list, *dated, CODE, NAME, "id", "folder", "title")))


def _head(code: str, mark: Rule | None) -> str:
    text = (
        f'<p class="lead">统一社会信用代码 {escape(code)}。以下是本站现公开的该单位全部记录。</p>'
    )
    if mark:
        text += (
            f'<p class="mark"><strong>{MARK}</strong> {escape(mark.text)}'
            f"（依据：{escape(mark.source)}，规则 {escape(mark.id)}）</p>"
        )
    return text


def front(known: Register) -> str:
    """What stands on the front page: what these pages are, and the companies closely watched."""
    titles = "、".join(c.schema.title for c in known.collections)
    parts = [
        f'<p class="lead">按统一社会信用代码汇集每个单位现公开的{escape(titles)}记录，'
        f"共 {len(known.members):,} 个单位。自然人不建档。可以在页面上方搜索单位名称或代码，"
        "或从任何一条记录进入。</p>"
    ]
    rows = [
        f'<tr><th scope="row" data-label="单位名称"><a href="{_below(code)}">{escape(name)}</a></th>'
        f'<td data-label="统一社会信用代码" class=code>{escape(code)}</td>'
        f'<td data-label="规则">{escape(rule.id)}</td></tr>\n'
        for name, code, rule in sorted(
            ((_name(known, code), code, rule) for code, rule in known.watched.items()),
            key=lambda entry: entry[:2],
        )
    ]
    for rule in known.rules:
        parts.append(f"<p>{escape(rule.id)}：{escape(rule.text)}（{escape(rule.source)}）</p>")
    if rows:
        heads = "".join(
            f'<th scope="col">{t}</th>' for t in ("单位名称", "统一社会信用代码", "规则")
        )
        parts.append(
            f'<div class="table-wrap"><table class="rows"><caption>{MARK}的单位</caption>'
            f"<thead><tr>{heads}</tr></thead>\n<tbody>{''.join(rows)}</tbody></table></div>"
        )
    else:
        parts.append(f'<p class="none">目前没有{MARK}的单位。</p>')
    return "".join(parts)


def _below(code: str) -> str:
    return parties.address(code).removeprefix("companies/")


def _name(known: Register, code: str) -> str:
    for collection, rows in zip(known.collections, known.members[code], strict=True):
        if len(rows):
            return str(collection.rows[NAME].iloc[int(rows[0])])
    return code
