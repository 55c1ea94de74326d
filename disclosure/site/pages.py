"""The front page: what this bureau publishes, what is new, and how much there is of it by year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from markupsafe import Markup, escape

from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.intake.articles import Article
from disclosure.site import tabular

LATEST = 10
MOST = 3
"""How many of the newest may come from one collection, lest one busy office fill the list."""
RECENT = 100
AS_OF = "assets/as-of.css"
"""The style of print that says as of which day a page is: one small file that changes every day, so
that the pages need not."""
YEARS = 8
MORE = '<p class="more"><a href="changes/">公示变更</a> · <a href="withdrawals/">撤回公告</a></p>'
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def home(catalog: Catalog, articles: Iterable[Article]) -> str:
    """The HTML that follows the welcome text of `docs/index.md`."""
    return "".join((_cards(catalog), _latest(catalog, articles), _years(catalog)))


def as_of(day: date) -> bytes:
    """What printed pages say beside their address."""
    said = f"（内容截至{day.year}年{day.month}月{day.day}日）"
    return f'.printed::after {{ content: "{said}"; }}\n'.encode()


def tables(html: str) -> str:
    """The HTML of an article with its tables made to scroll by themselves and to name their headers; tables
    of several levels of headers say so themselves."""
    html = re.sub(r"<th(?![^>]*\sscope=)(?=[ >])", '<th scope="col"', html)
    html = re.sub(r'(<t[hd]\b[^>]*) align="(left|center|right)"', r'\1 class="\2"', html)
    return re.sub(
        r"<table>.*?</table>", lambda m: tabular.scrolling(m[0], _named(m[0])), html, flags=re.S
    )


def _named(table: str) -> str:
    """What a table says that it is."""
    caption = re.search(r"<caption>(.*?)</caption>", table, re.S)
    return Markup(caption[1]).striptags() if caption else "表格"


def _cards(catalog: Catalog) -> str:
    items = (
        f'<li><a href="{c.name}/"><strong>{escape(c.schema.title)}</strong>'
        f"<span>{escape(c.schema.description)}</span>"
        f'<span class="count">{c.total:,} {escape(c.schema.unit)}</span></a></li>'
        for c in catalog.collections.values()
    )
    return f'<section class="cards"><h2>公开目录</h2><ul>{"".join(items)}</ul></section>'


def _latest(catalog: Catalog, articles: Iterable[Article]) -> str:
    """The newest rows and articles."""
    entries = [(a.published, a.title, a.address, a.column) for a in articles if a.published]
    for collection in catalog.collections.values():
        entries += islice(_newest(collection, catalog.as_of.isoformat()), MOST)
    entries.sort(key=lambda entry: (entry[0], entry[1]), reverse=True)
    items = (
        f'<li><time datetime="{day}">{day}</time> <a href="{escape(address)}">{escape(title)}</a> '
        f"{_tag(column)}</li>"
        for day, title, address, column in entries[:LATEST]
    )
    return f'<section class="latest"><h2>最新公开</h2><ul>{"".join(items)}</ul>{MORE}</section>'


def _tag(column: str) -> str:
    return f'<span class="tag">{escape(column)}</span>' if column else ""


def _newest(collection: Collection, today: str) -> Iterator[tuple[str, str, str, str]]:
    """The day a row became public (or was made), its title, address and collection, newest first.

    What was made last is looked at, not all: a record stands among the first of its lists anyway.
    """
    schema = collection.schema
    if not schema.date:
        return
    rows = collection.rows.head(RECENT)
    made = rows[schema.date].tolist()
    published = rows["published"].tolist() if "published" in rows else made
    days = [
        public if _DAY.fullmatch(public) else own
        for public, own in zip(published, made, strict=True)
    ]
    entries = zip(
        days, rows["id"].tolist(), rows["title"].tolist(), rows["path"].tolist(), strict=True
    )
    for day, _, title, path in sorted(entries, reverse=True):
        if day <= today:
            yield day, title, path, schema.title


def _years(catalog: Catalog) -> str:
    dated = [c for c in catalog.collections.values() if c.schema.date]
    years = sorted({year for c in dated for year in c.years}, reverse=True)[:YEARS]
    heads = "".join(f'<th scope="col" class="num">{escape(c.schema.title)}</th>' for c in dated)
    body = "".join(
        f'<tr><th scope="row">{year}年</th>{"".join(_year_cell(c, year) for c in dated)}</tr>'
        for year in years
    )
    return (
        '<section class="years"><h2>历年数量</h2><div class="table-wrap"><table class="rows">'
        "<caption>各栏目按年度公开的数量</caption>"
        f'<thead><tr><th scope="col">年度</th>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
        '<p class="more"><a href="timeliness/">公开及时率</a> <a href="duties/">年度法定公开事项</a></p></section>'
    )


def _year_cell(collection: Collection, year: str) -> str:
    label, count = escape(collection.schema.title), collection.years.get(year, 0)
    shown = f'<a href="{collection.name}/{year}/">{count:,}</a>' if count else "—"
    return f'<td class="num" data-label="{label}">{shown}</td>'
