"""Feeds: what is new, changed or withdrawn, for programs that ask again: Atom and JSON Feed.

An entry is one record or page; its id is its permanent address, so that a reader's program replaces
what it has: when a decision is withdrawn, the entry that named the party becomes the notice, which
says no more than that and why (行政处罚法 art. 48). Records whose time is over leave without a trace.
Days are those of the records, never that of the build. RFC 4287; https://www.jsonfeed.org/version/1.1/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import escape

from disclosure import cache
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.rules.status import ADDED, CHANGED, WITHDRAWN
from disclosure.schema import NOT_APPLICABLE, Schema
from disclosure.site import datapackages, duties, withdrawals
from disclosure.site.changes import SAID
from disclosure.site.writer import Job

TITLE, PATH = "订阅", "feeds/index.html"
NAME = "feed"
MOST = 100
"""Entries of one feed."""
LONGEST = 60
"""Characters of one value in the words of an entry."""
EVERYTHING = ("全站更新", NAME)
"""What the feed of the whole site is called, and its address without an ending."""
_MIDNIGHT = "T00:00:00+08:00"
_NEVER = f"1970-01-01{_MIDNIGHT}"
"""When a feed without entries was changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record or page."""

    day: str
    """Of the last thing that happened to it, as ISO text."""
    first: str
    """The day on which it became public; "" unknown."""
    event: str
    title: str
    path: str
    """Below the root."""
    words: str
    column: str


@dataclass(frozen=True, slots=True)
class Feed:
    """All that stands in one feed, newest first."""

    title: str
    address: str
    """Below the root, without an ending."""
    home: str
    """The page that it belongs to, below the root."""
    site: str
    """The public address of the site."""
    author: str
    entries: Sequence[Entry]


def of(schema: Schema) -> tuple[str, str] | None:
    """The feed of a collection: its title and its address without an ending; None where rows bear no
    day by which they could be told."""
    if _day(schema):
        return schema.title, f"{schema.name}/{NAME}"
    return None


def _day(schema: Schema) -> str:
    """The column that says when a row became public; failing that, its own date."""
    field = schema.by_name.get("published")
    return "published" if field and field.public else schema.date


def everything(catalog: Catalog) -> list[Feed]:
    """The feed of the whole site, which holds the written pages, too, and those of the collections."""
    site, author = (str(catalog.agency.get(key, "")) for key in ("url", "name"))
    feeds, told = [], list(_articles(catalog))
    for collection in catalog.collections.values():
        if named := of(collection.schema):
            entries = newest(collection, catalog.as_of)
            told += entries
            title, address = named
            home = f"{collection.name}/"
            feeds.append(Feed(f"{title} - {author}", address, home, site, author, entries))
    title, address = EVERYTHING
    return [Feed(f"{title} - {author}", address, "", site, author, _cut(told)), *feeds]


def newest(collection: Collection, as_of: date) -> list[Entry]:
    """The last entries of a collection."""
    schema, rows, today = collection.schema, collection.rows, as_of.isoformat()
    made = rows[_day(schema)]
    days = made.where((made <= today) & (made.str[:1] == "2"), "")
    if {"status", "status_date"} <= set(rows.columns):
        changed = (rows["status"] == CHANGED) & (rows["status_date"] <= today)
        days = days.where(~(changed & (rows["status_date"] > days)), rows["status_date"])
    # Of a hundred thousand rows the newest hundred: only what is not older than the last of them is sorted.
    filled = days[days != ""]
    top = pc.top_k_unstable(pa.array(filled, pa.string()), MOST)
    least = filled.iloc[top[-1].as_py()] if len(top) == MOST else "0"
    near = filled[filled >= least]
    told = {str(name): column.tolist() for name, column in rows.loc[near.index].items()}
    cells = (dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True))
    days_of = zip(near.tolist(), made.loc[near.index].tolist(), strict=True)
    found = [_entry(schema, row, *some) for row, some in zip(cells, days_of, strict=True)]
    return _cut([*found, *_withdrawn(collection, today)])


def _entry(schema: Schema, row: Mapping[str, str], day: str, first: str) -> Entry:
    changed = row.get("status") == CHANGED and row.get("status_date") == day
    event = CHANGED if changed else ADDED
    words = [f"{SAID[event]}{schema.title}"]
    if changed and row.get("status_reason"):
        words.append(f"变更理由：{_short(row['status_reason'])}")
    for name in schema.list:
        field = schema.by_name[name]
        if row[name] not in ("", NOT_APPLICABLE) and row[name] not in row["title"]:
            words.append(f"{field.title}：{_short(field.show(row[name]))}")
    return Entry(day, first, event, row["title"], row["path"], "；".join(words), schema.title)


def _withdrawn(collection: Collection, today: str) -> Iterator[Entry]:
    """The notices: which document and why, nothing of the party."""
    for notice in withdrawals.of(collection):
        if notice.day[:1] >= "2" and notice.day <= today:
            why = f"{notice.status}：{notice.reason}" if notice.reason else notice.status
            words = f"这里原来公示的信息已经依法撤回，不再公开。{why}"
            title = f"{withdrawals.TITLE}：{notice.number}"
            yield Entry(
                notice.day, "", WITHDRAWN, title, notice.path, words, collection.schema.title
            )


def _articles(catalog: Catalog) -> Iterator[Entry]:
    today = catalog.as_of.isoformat()
    for article in catalog.articles:
        if article.published and article.published <= today:
            day, words = article.published, f"{SAID[ADDED]}{article.column or '文稿'}"
            yield Entry(day, day, ADDED, article.title, article.address, words, article.column)


def _cut(entries: Iterable[Entry]) -> list[Entry]:
    """The newest; on one day what was withdrawn comes first, lest a busy day push it out."""
    rank = {event: number for number, event in enumerate((WITHDRAWN, CHANGED, ADDED))}
    in_order = sorted(entries, key=lambda entry: (rank[entry.event], entry.path))
    return sorted(in_order, key=lambda entry: entry.day, reverse=True)[:MOST]


def _short(text: str) -> str:
    flat = text.replace("\n", " ")
    return flat if len(flat) <= LONGEST else f"{flat[:LONGEST]}…"


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


def jobs(feeds: Sequence[Feed]) -> Iterator[Job]:
    """The files of all feeds."""
    for feed in feeds:
        yield Job(cache.digest(cache.program(), cache.spell(feed)), files, (feed,))


def addresses(feeds: Iterable[Feed]) -> Iterator[str]:
    return (f"{feed.address}{end}" for feed in feeds for end in (".xml", ".json"))


def files(feed: Feed) -> Iterator[tuple[str, bytes]]:
    """A feed in both forms as (path, bytes)."""
    yield f"{feed.address}.xml", atom(feed)
    yield f"{feed.address}.json", json_feed(feed)


def atom(feed: Feed) -> bytes:
    """A feed as an Atom document (RFC 4287)."""
    updated = f"{feed.entries[0].day}{_MIDNIGHT}" if feed.entries else _NEVER
    site, own = escape(feed.site), escape(f"{feed.site}{feed.address}.xml")
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">',
        f"<title>{escape(feed.title)}</title>",
        f"<id>{own}</id>",
        f"<updated>{updated}</updated>",
        f"<author><name>{escape(feed.author)}</name><uri>{site}</uri></author>",
        f'<link rel="self" type="application/atom+xml" href="{own}"/>',
        f'<link rel="alternate" type="text/html" href="{site}{escape(feed.home)}"/>',
        f"<rights>使用条款：{site}{datapackages.TERMS}</rights>",
    ]
    for entry in feed.entries:
        address = escape(feed.site + entry.path)
        published = f"<published>{entry.first}{_MIDNIGHT}</published>\n" if entry.first else ""
        column = f'<category term="{escape(entry.column)}"/>\n' if entry.column else ""
        lines.append(
            f"<entry>\n<title>{escape(entry.title)}</title>\n<id>{address}</id>\n"
            f'<link rel="alternate" type="text/html" href="{address}"/>\n'
            f"<updated>{entry.day}{_MIDNIGHT}</updated>\n{published}"
            f'<category term="{SAID[entry.event]}"/>\n{column}'
            f"<summary>{escape(entry.words)}</summary>\n</entry>"
        )
    return "\n".join([*lines, "</feed>\n"]).encode()


def json_feed(feed: Feed) -> bytes:
    """A feed as a JSON Feed, version 1.1."""
    found = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.site + feed.home,
        "feed_url": f"{feed.site}{feed.address}.json",
        "language": "zh-CN",
        "authors": [{"name": feed.author, "url": feed.site}],
        "items": [_item(feed.site, entry) for entry in feed.entries],
    }
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def _item(site: str, entry: Entry) -> Mapping[str, object]:
    address = site + entry.path
    published = {"date_published": f"{entry.first}{_MIDNIGHT}"} if entry.first else {}
    return {
        "id": address,
        "url": address,
        "title": entry.title,
        "content_text": entry.words,
        **published,
        "date_modified": f"{entry.day}{_MIDNIGHT}",
        "tags": [SAID[entry.event], *([entry.column] if entry.column else [])],
    }


# ── The page that explains them ──────────────────────────────────────────────────────────────────


def front(feeds: Sequence[Feed]) -> str:
    """What stands on the page 订阅; it lies one level below the root."""
    whole, *others = feeds
    rows = [
        _line(EVERYTHING[0], whole),
        *(_line(feed.title.partition(" - ")[0], feed) for feed in others),
    ]
    return (
        '<p class="lead">订阅以后，本站有新增、变更或者撤回的信息，您的阅读器会自动显示，不用每天来查看。</p>'
        '<section class="group"><h2>怎样订阅</h2><ol>'
        "<li>选一个支持订阅的程序，例如邮件程序或者手机上的订阅阅读器；多数浏览器也有这样的扩展。</li>"
        "<li>从下表选择要关注的栏目，复制链接的网址（Atom 或 JSON Feed 任选一种，内容相同）。</li>"
        "<li>在程序里选“添加订阅”，粘贴网址。以后由程序自己来查看，不需要登记，本站也不知道是谁在订阅。</li>"
        "</ol></section>"
        '<section class="group"><h2>可以订阅的栏目</h2>'
        '<div class="table-wrap"><table class="rows"><caption>订阅网址</caption><thead><tr>'
        '<th scope="col">栏目</th><th scope="col">最近更新</th><th scope="col">Atom</th><th scope="col">JSON Feed</th>'
        f"</tr></thead>\n<tbody>{''.join(rows)}</tbody></table></div>"
        f"<p>每个订阅最多列出最近的 {MOST} 条，日期是公开、变更或者撤回的日期。已经撤回的只说明文号和理由，"
        "不写当事人；期满下架的不再列出。没有日期的清单没有订阅，其调整见相应的栏目。更早的记录请在栏目里查阅，"
        '或者<a href="../opendata/">下载全部数据</a>。</p></section>'
        f'<section class="group"><h2>日历</h2><p><a href="../{duties.CALENDAR}">{duties.TITLE}日历</a>'
        "（iCalendar 格式）可以加入手机或者电脑的日历：每年应当公布的报告什么时候到期、是否已经公布，到期前有提醒。"
        f'各项内容见<a href="../duties/">{duties.TITLE}</a>。</p></section>'
    )


def _line(title: str, feed: Feed) -> str:
    name = escape(title)
    newest = f"<time>{feed.entries[0].day}</time>" if feed.entries else "—"
    links = "".join(
        f'<td data-label="{kind}"><a type="{media}" href="../{feed.address}{end}" '
        f'aria-label="{kind}：{name}">{kind}</a></td>'
        for kind, media, end in (
            ("Atom", "application/atom+xml", ".xml"),
            ("JSON Feed", "application/feed+json", ".json"),
        )
    )
    return (
        f'<tr><th scope="row"><a href="../{feed.home}">{name}</a></th>'
        f'<td class="code" data-label="最近更新">{newest}</td>{links}</tr>\n'
    )
