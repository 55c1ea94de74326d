"""The map of the site (网站地图): all columns, years and articles for readers, all addresses for search engines.

`sitemap.xml` is an index of files of at most 50,000 addresses each, far below the 50 MB that the
protocol allows. They lie at the root, because a file may only name what lies below its own folder. A
record's day is the last one that its row states up to today. Withdrawn records are not named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from markupsafe import escape

from disclosure import cache
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.intake import values
from disclosure.intake.articles import Article
from disclosure.site import lists, shelf
from disclosure.site.shelf import Rows
from disclosure.site.writer import Job
from disclosure.timeliness import PUBLISHED

TITLE, ADDRESS = "网站地图", "sitemap/"
PATH = f"{ADDRESS}index.html"
INDEX, ROBOTS = "sitemap.xml", "robots.txt"
MOST = 50_000
"""Addresses in one file."""
LEFT = {"404.html", "search/index.html"}
"""Pages that search engines need not know."""
CHANGED = "status_date"
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

Entries = Sequence[tuple[str, str]]
"""Addresses below the root, each with the day on which its page last changed, or ""."""


# ── For readers ──────────────────────────────────────────────────────────────────────────────────


def front(catalog: Catalog, others: Mapping[str, str]) -> str:
    """What stands on the page; `others` are the pages that tell of the whole site, by address."""
    written = _written(catalog.articles)
    items = "".join(_item(address, title) for address, title in others.items())
    return (
        '<p class="lead">本站的全部栏目、各年度的目录和文稿。要按名称、文号查找，请用'
        '<a href="../search/">搜索</a>。</p>'
        f'<section class="map group"><h2>公开目录</h2>{lists.browse(catalog.collections.values())}</section>'
        f'<section class="map group"><h2>文稿</h2>{written}</section>'
        f'<section class="map group"><h2>全站信息</h2><ul>{items}</ul></section>'
    )


def _written(articles: Iterable[Article]) -> str:
    """The written pages, those of a folder under the page that leads it, the newest first."""
    leading = {a.address: a for a in articles if a.address and a.address.count("/") == 1}
    parts = []
    for address, head in sorted(leading.items(), key=lambda pair: pair[0]):
        below = [a for a in articles if a.address.startswith(address) and a is not head]
        below.sort(key=lambda a: (a.published, a.address), reverse=True)
        items = "".join(_item(a.address, a.title, a.published) for a in below)
        parts.append(f'<h3><a href="../{escape(address)}">{escape(head.title)}</a></h3>')
        parts.append(f"<ul>{items}</ul>" if items else "")
    return "".join(parts)


def _item(address: str, title: str, day: str = "") -> str:
    shown = f' <time datetime="{day}">{day}</time>' if day else ""
    return f'<li><a href="../{escape(address)}">{escape(title)}</a>{shown}</li>'


# ── For search engines ───────────────────────────────────────────────────────────────────────────


def jobs(
    catalog: Catalog,
    shelves: Mapping[str, str],
    pages: Iterable[str],
    companies: Iterable[str],
) -> Iterator[Job]:
    """All files for search engines. `pages` are the files of pages that are no records."""
    url, today = str(catalog.agency.get("url", "")), catalog.as_of.isoformat()
    written = {article.address: article.published for article in catalog.articles}
    found = sorted({_address(path) for path in pages if path not in LEFT})
    some = [(address, written.get(address, "")) for address in found]
    named = {"pages": some, "companies": [(path, "") for path in sorted(companies)]}
    files = []
    for name, entries in named.items():
        files += _names(name, len(entries))
        yield Job(
            cache.digest(cache.program(), url, name, repr(entries)), _plain, (url, name, entries)
        )
    for collection in catalog.collections.values():
        mine, columns = shelves[collection.name], _dated(collection)
        for folder, rows in _folders(collection):
            name = f"{collection.name.replace('/', '.')}.{folder}"
            files += _names(name, len(rows))
            key = cache.digest(
                cache.program(), url, name, today, repr(columns), shelf.fingerprint(mine, rows)
            )
            yield Job(key, _records, (url, name, mine, rows, columns, today))
    yield Job(cache.digest(cache.program(), url, *files), _index, (url, files))


def _address(path: str) -> str:
    return path.removesuffix("index.html") if f"/{path}".endswith("/index.html") else path


def _folders(collection: Collection) -> Iterator[tuple[str, Rows]]:
    """The numbers of the rows of each folder (year)."""
    folders = collection.rows["folder"].to_numpy(dtype="object")
    for folder in sorted(set(folders.tolist())):
        yield folder, np.flatnonzero(folders == folder)


def _dated(collection: Collection) -> list[str]:
    """The columns that say when something of a record happened."""
    names = dict.fromkeys((collection.schema.date, PUBLISHED, CHANGED))
    return [name for name in names if name in collection.rows]


def _names(name: str, size: int) -> list[str]:
    """The files that hold so many addresses: none for none."""
    return [f"sitemap.{name}{f'.{n}' if n else ''}.xml" for n in range(-(-size // MOST))]


def _plain(url: str, name: str, entries: Entries) -> Iterator[tuple[str, bytes]]:
    for number, file in enumerate(_names(name, len(entries))):
        yield file, listing(url, entries[number * MOST : (number + 1) * MOST])


def _records(
    url: str, name: str, mine: str, rows: Rows, columns: Sequence[str], today: str
) -> Iterator[tuple[str, bytes]]:
    frame = shelf.frame(mine, rows, ["path", *columns])
    paths, days = frame["path"].tolist(), [frame[column].tolist() for column in columns]
    latest = [last(some, today) for some in zip(*days, strict=True)] or [""] * len(paths)
    yield from _plain(url, name, sorted(zip(paths, latest, strict=True)))


def last(days: Iterable[str], today: str) -> str:
    """The last of some days that is not to come; "" when none is known."""
    return max((day for day in days if day <= today and values.is_day(day)), default="")


def listing(url: str, entries: Iterable[tuple[str, str]]) -> bytes:
    """One file of addresses."""
    base = escape(url)
    lines = "".join(
        f"<url><loc>{base}{escape(address)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>\n"
        for address, day in entries
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_NAMESPACE}">\n{lines}</urlset>\n'.encode()


def _index(url: str, files: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    base = escape(url)
    lines = "".join(f"<sitemap><loc>{base}{name}</loc></sitemap>\n" for name in files)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{_NAMESPACE}">\n{lines}</sitemapindex>\n'
    yield INDEX, text.encode()
    yield ROBOTS, f"User-agent: *\nAllow: /\nSitemap: {url}{INDEX}\n".encode()
