"""Changes: what was added, changed, withdrawn and retired, day by day, and what comes down next.

Records that came down are only counted here: withdrawn ones by document number with their notice,
retired ones without any trace of which they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

import numpy as np
import pandas as pd
from markupsafe import escape

from disclosure import cache
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.rules.status import ADDED, CHANGED, EVENTS, WITHDRAWN
from disclosure.schema import Schema
from disclosure.site import lists, shelf, views, withdrawals
from disclosure.site.shelf import Rows
from disclosure.site.shell import Page, Shell, blank
from disclosure.site.writer import Job

TITLE, NEXT = "公示变更", "下架日程"
DAYS = 30
"""How far the front page looks back, and the list of what comes down looks ahead."""
MONTHS = 12
"""How many months ahead what comes down is counted."""
SAID = dict(zip(EVENTS, EVENTS, strict=True)) | {WITHDRAWN: "撤回"}

Counts = Mapping[str, Mapping[str, int]]
"""By day and event, how many records."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that is named on a day: what happened, its title, its address below the root."""

    day: str
    event: str
    title: str
    path: str
    column: str


def shell() -> Page:
    """The page that the theme dresses for the lists by month and for what comes down next."""
    return blank("changes", ((TITLE, "changes/"),))


# ── What happened ────────────────────────────────────────────────────────────────────────────────


def front(catalog: Catalog) -> str:
    """What stands on the front page: the last days, and the ways to every month."""
    counts = _counts(catalog.collections.values())
    since = (catalog.as_of - timedelta(days=DAYS - 1)).isoformat()
    recent = {day: events for day, events in counts.items() if day >= since}
    lead = (
        f"本站公示信息每天的新增、变更、撤回和下架。撤回的只列文号，期满和信用修复下架的只计数量。"
        f'另见<a href="../withdrawals/">{withdrawals.TITLE}</a>、<a href="next/">{NEXT}</a>。'
    )
    parts = [f'<p class="lead">{lead}</p>']
    if recent:
        lines = _lines(recent, list(_recently(catalog, since)))
        parts.append(_days(lines[: views.PER_PAGE], recent, "../"))
        if len(lines) > views.PER_PAGE:
            months = sorted({day[:7] for day in recent}, reverse=True)
            links = "、".join(f'<a href="{month}/">{_month(month)}</a>' for month in months)
            parts.append(f'<p class="more">这 {DAYS} 天的其余记录见{links}。</p>')
    else:
        parts.append(f'<p class="none">最近 {DAYS} 天没有变更。</p>')
    parts += _ways(counts)
    return "".join(parts)


def _counts(collections: Iterable[Collection]) -> Counts:
    """The changes of all collections together, newest first."""
    total: dict[str, Counter[str]] = {}
    for collection in collections:
        for day, events in collection.changes.items():
            total.setdefault(day, Counter()).update(events)
    return dict(sorted(total.items(), reverse=True))


def _recently(catalog: Catalog, since: str) -> Iterator[Entry]:
    today = catalog.as_of.isoformat()
    for collection in catalog.collections.values():
        rows, chosen = collection.rows, np.zeros(len(collection.rows), bool)
        for name in {"published", "status_date"} & set(rows.columns):
            chosen |= rows[name].between(since, today).to_numpy(dtype=bool)
        yield from _told(collection.schema, rows[chosen], since, today)
    yield from (e for e in _withdrawn(catalog) if since <= e.day <= today)


def _told(schema: Schema, rows: pd.DataFrame, first: str, last: str) -> Iterator[Entry]:
    """What rows on show tell of the days from `first` to `last`."""
    names = ("published", "status", "status_date", "title", "path")
    columns = [rows[n].tolist() if n in rows else [""] * len(rows) for n in names]
    for published, status, day, title, path in zip(*columns, strict=True):
        if first <= published <= last:
            yield Entry(published, ADDED, title, path, schema.title)
        if status == CHANGED and first <= day <= last:
            yield Entry(day, CHANGED, title, path, schema.title)


def _withdrawn(catalog: Catalog) -> Iterator[Entry]:
    for collection in catalog.collections.values():
        for notice in withdrawals.of(collection):
            yield Entry(notice.day, WITHDRAWN, notice.number, notice.path, notice.column)


def _ways(counts: Counts) -> Iterator[str]:
    months: Counter[str] = Counter()
    for day, events in counts.items():
        months[day[:7]] += sum(events.values())
    for year, some in groupby(months.items(), key=lambda entry: entry[0][:4]):
        links = "".join(
            f'<li><a href="{month}/">{int(month[5:])}月 <span class="count">{n:,}条</span></a></li>'
            for month, n in some
        )
        yield (
            f'<nav class="facets dates" aria-label="{year}年"><h2>{year}年</h2><ul>{links}</ul></nav>'
        )


Line = tuple[str, Entry | None]
"""A line of a list: the heading of a day, or one of its records."""


def _lines(counts: Counts, entries: Sequence[Entry]) -> list[Line]:
    """All lines, newest day first; within a day by event, otherwise in the order they come in."""
    rank = {event: number for number, event in enumerate(EVENTS)}
    named: dict[str, list[Entry]] = {}
    for entry in entries:
        named.setdefault(entry.day, []).append(entry)
    lines: list[Line] = []
    for day in counts:
        lines.append((day, None))
        lines += [(day, e) for e in sorted(named.get(day, ()), key=lambda e: rank[e.event])]
    return lines


def _days(lines: Sequence[Line], counts: Counts, root: str) -> str:
    """Lines as sections, one for each day."""
    parts = []
    for day, some in groupby(lines, key=lambda line: line[0]):
        first, *others = (entry for _, entry in some)
        named = [first, *others] if first else others
        items = "".join(
            f'<li><span class="tag">{SAID[e.event]}</span> '
            f'<a href="{root}{e.path}">{escape(e.title)}</a> <span class="count">{escape(e.column)}</span></li>'
            for e in named
            if e
        )
        heading = f"{_month(day[:7])}{int(day[8:])}日"
        told = f'<span class="count">{_said(counts[day])}</span>' if not first else "（续）"
        parts.append(
            f'<section class="group latest"><h2><time datetime="{day}">{heading}</time> {told}</h2>'
            f"{f'<ul>{items}</ul>' if items else ''}</section>"
        )
    return "".join(parts)


def _said(events: Mapping[str, int]) -> str:
    return "，".join(f"{SAID[event]} {events[event]:,} 条" for event in EVENTS if event in events)


def _month(month: str) -> str:
    return f"{month[:4]}年{int(month[5:])}月"


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────


def jobs(catalog: Catalog, shelves: Mapping[str, str], dressed: Shell) -> Iterator[Job]:
    """The lists by month, each in pages of a hundred, and what comes down next."""
    common = cache.digest(cache.program(), cache.spell(dressed))
    months: dict[str, dict[str, Mapping[str, int]]] = {}
    for day, events in _counts(catalog.collections.values()).items():
        months.setdefault(day[:7], {})[day] = events
    withdrawn: dict[str, list[Entry]] = {}
    for entry in _withdrawn(catalog):
        withdrawn.setdefault(entry.day[:7], []).append(entry)
    members = {name: _members(c, catalog.as_of) for name, c in catalog.collections.items()}
    for month, counts in months.items():
        holdings = [
            (c.schema, shelves[name], some)
            for name, c in catalog.collections.items()
            if (some := members[name].get(month)) is not None
        ]
        gone = withdrawn.get(month, [])
        pieces = [shelf.fingerprint(mine, rows) for _, mine, rows in holdings]
        pieces += [s.title for s, _, _ in holdings]
        key = cache.digest(common, repr(counts), repr(gone), *pieces)
        yield Job(key, pages, (month, counts, holdings, gone, dressed))
    yield _next(catalog, common, dressed)


def addresses(catalog: Catalog) -> Iterator[str]:
    """The first page of each of these lists."""
    months = {day[:7] for day in _counts(catalog.collections.values())}
    yield from (f"changes/{month}/index.html" for month in (*months, "next"))


def _members(collection: Collection, as_of: date) -> Mapping[str, Rows]:
    """By month, the numbers of the rows that something is told of."""
    rows, today = collection.rows, as_of.isoformat()
    months, numbers = [], []
    for name in ("published", "status_date"):
        if name in rows:
            happened = (rows[name] != "") & (rows[name] <= today)
            if name == "status_date":
                happened &= rows["status"] == CHANGED if "status" in rows else False
            numbers.append(np.flatnonzero(happened.to_numpy(dtype=bool)))
            months.append(rows[name].iloc[numbers[-1]].str[:7].to_numpy(dtype=object))
    if not months:
        return {}
    codes, texts = pd.factorize(np.concatenate(months))
    order, row_numbers = np.argsort(codes, kind="stable"), np.concatenate(numbers)
    bounds = np.searchsorted(codes[order], np.arange(len(texts) + 1))
    return {
        str(month): np.unique(row_numbers[order[bounds[n] : bounds[n + 1]]])
        for n, month in enumerate(texts)
    }


def _columns(schema: Schema) -> list[str]:
    told = [n for n in ("published", "status", "status_date") if n in schema.by_name]
    return [*(n for n in told if schema.by_name[n].public), "title", "path"]


def pages(
    month: str,
    counts: Counts,
    holdings: Sequence[tuple[Schema, str, Rows]],
    gone: Sequence[Entry],
    dressed: Shell,
) -> Iterator[tuple[str, bytes]]:
    """The list of one month as (path, bytes)."""
    entries = [
        entry
        for schema, mine, rows in holdings
        for entry in _told(
            schema, shelf.frame(mine, rows, _columns(schema)), f"{month}-01", f"{month}-31"
        )
        if entry.day in counts
    ]
    lines, start, title = _lines(counts, [*entries, *gone]), 0, f"{_month(month)}{TITLE}"
    total: Counter[str] = Counter()
    for events in counts.values():
        total.update(events)
    lead = f'<p class="lead">本月{_said(total)}。已经撤回、下架的不再列出名称。</p>'
    for sheet in lists.sheets(len(lines), newest_first=True):
        some, start = lines[start : start + sheet.size], start + sheet.size
        content = lead * (sheet.file == "index") + _days(some, counts, "../../")
        content += lists.pager(sheet, newest_first=True)
        yield f"changes/{month}/{sheet.file}.html", dressed.stamp(title, content, month, sheet.file)


# ── What comes down next ─────────────────────────────────────────────────────────────────────────


def _next(catalog: Catalog, common: str, dressed: Shell) -> Job:
    first = catalog.as_of
    months = [_later(first, n) for n in range(MONTHS)]
    soon = (first + timedelta(days=DAYS - 1)).isoformat()
    leaving: list[Entry] = []
    columns: dict[str, list[int]] = {}
    for collection in catalog.collections.values():
        rows, title = collection.rows, collection.schema.title
        if "last_day" not in rows or not (rows["last_day"] != "").any():
            continue
        last_days = rows["last_day"].value_counts()
        counted = Counter[str]()
        for day, n in last_days.items():
            if day and (down := _after(str(day))):
                counted[down[:7]] += int(n)
        columns[title] = [counted[month] for month in months]
        near = rows[(rows["last_day"] != "") & (rows["last_day"] <= soon)]
        cells = (near[name].tolist() for name in ("last_day", "title", "path"))
        leaving += [
            Entry(_after(d), "", name, path, title) for d, name, path in zip(*cells, strict=True)
        ]
    leaving.sort(key=lambda entry: entry.day)
    used = {c.schema.retention: c.schema.title for c in catalog.collections.values()}
    rules = [
        (used[name], rule.text, rule.source)
        for name, profile in catalog.retention.items()
        if name in used
        for rule in profile
    ]
    arguments = (months, columns, rules, leaving)
    key = cache.digest(common, repr(arguments))
    return Job(key, next_pages, (*arguments, dressed))


def _later(day: date, months: int) -> str:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return f"{year:04}-{month + 1:02}"


def _after(day: str) -> str:
    """The first day without the record; "" beyond the end of time."""
    last = date.fromisoformat(day)
    return (last + timedelta(days=1)).isoformat() if last < date.max else ""


def next_pages(
    months: Sequence[str],
    columns: Mapping[str, Sequence[int]],
    rules: Sequence[tuple[str, str, str]],
    leaving: Sequence[Entry],
    dressed: Shell,
) -> Iterator[tuple[str, bytes]]:
    """The calendar of what comes down, and the records of the next days, as (path, bytes)."""
    start = 0
    for sheet in lists.sheets(len(leaving), newest_first=False):
        some, start = leaving[start : start + sheet.size], start + sheet.size
        content = _calendar(months, columns) if sheet.file == "index" else ""
        content += _leaving(some) + lists.pager(sheet, newest_first=False)
        content += _rules(rules) if sheet.file == "index" else ""
        yield f"changes/next/{sheet.file}.html", dressed.stamp(NEXT, content, "next", sheet.file)


def _calendar(months: Sequence[str], columns: Mapping[str, Sequence[int]]) -> str:
    lead = (
        '<p class="lead">公示期满的记录在期满次日自动下架。下面是今后十二个月按现有数据应当下架的数量，'
        f"和今后 {DAYS} 天应当下架的记录。</p>"
    )
    if not columns:
        return lead
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in columns)
    body = "".join(
        f'<tr><th scope="row">{_month(month)}</th>'
        + "".join(f"<td>{counts[number]:,}</td>" for counts in columns.values())
        + "</tr>"
        for number, month in enumerate(months)
    )
    return (
        f'{lead}<div class="table-wrap"><table class="figures"><caption>今后十二个月应当下架的数量（条）'
        f'</caption><thead><tr><th scope="col">月份</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _leaving(entries: Sequence[Entry]) -> str:
    if not entries:
        return f'<p class="none">今后 {DAYS} 天没有应当下架的记录。</p>'
    body = "".join(
        f'<tr><th scope="row" data-label="记录"><a href="../../{e.path}">{escape(e.title)}</a></th>'
        f'<td data-label="栏目">{escape(e.column)}</td>'
        f'<td data-label="下架日期" class=code>{e.day}</td></tr>\n'
        for e in entries
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("记录", "栏目", "下架日期"))
    return (
        f'<div class="table-wrap"><table class="rows"><caption>今后 {DAYS} 天应当下架的记录</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


def _rules(rules: Sequence[tuple[str, str, str]]) -> str:
    if not rules:
        return ""
    items = "".join(
        f"<li>{escape(title)}：{escape(text)}（{escape(source)}）</li>"
        for title, text, source in rules
    )
    return f'<section class="group"><h2>公示期限</h2><ul>{items}</ul></section>'
