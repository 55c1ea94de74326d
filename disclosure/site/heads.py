"""Heads: what a page tells machines of itself: the tags of government sites, Open Graph and JSON-LD.

《政府网站发展指引》（国办发〔2017〕47号）wants three groups of tags, each tag once and in this order: of
the site and of the column on every page, of the article on pages that carry a document or a decision
with its date. Its `Description`, `Keywords` and `Author` are what other search engines read as well.
JSON-LD is data that no browser runs; `<`, `>` and `&` are spelled as escapes in it, so that no value
can end the element that holds it.

Pages stamped from a shell get all of this with tokens in it, except the tags of the article, which
`article` makes for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from markupsafe import escape

from disclosure.site.shell import as_json, token

HOME, COLUMN, DATASET, REPORT, ARTICLE = "home", "column", "dataset", "report", "article"
"""The kinds of pages, by what schema.org calls their subject."""
_TYPES = {REPORT: "Report", ARTICLE: "Article"}

Object = dict[str, Any]
Trail = Sequence[tuple[str, str]]
"""The pages above one, as (title, address below the root)."""


@dataclass(frozen=True, slots=True)
class Column:
    """The part of the site (栏目) that a page belongs to."""

    name: str
    description: str
    kind: str
    """The entry of the main menu that it lies under."""


@dataclass(frozen=True, slots=True)
class Document:
    """What the tags of an article state of it."""

    title: str
    day: str
    """When it was made public, `YYYY-MM-DD`; what has no day states none of these tags."""
    source: str
    keywords: Sequence[str]
    author: str
    description: str
    address: str
    """Below the root."""
    number: str = ""
    """发文字号"""


@dataclass(frozen=True, slots=True)
class About:
    """What a head is made from."""

    title: str
    address: str
    """Below the root, "" for the front page; of stamped pages with tokens in it."""
    column: Column
    description: str
    trail: Trail = ()
    kind: str = COLUMN
    article: str = ""
    """The tags of the article, or the token in their place; "" for pages that are none."""
    document: Document | None = None
    measured: Sequence[str] = ()
    """What the columns of a dataset are called."""
    files: Sequence[tuple[str, str]] = ()
    """The files that hold all of its rows: each its address below the root, and its media type."""


def head(agency: Mapping[str, Any], page: About) -> str:
    """The tags of a page for its `<head>`, as HTML."""
    column = page.column
    words = dict.fromkeys((column.name, column.kind, _text(agency, "name")))
    tags = [
        site(agency),
        _tag("ColumnName", column.name),
        _tag("ColumnDescription", column.description or column.name),
        _tag("ColumnKeywords", ",".join(filter(None, words))),
        _tag("ColumnType", column.kind),
        page.article or _tag("Description", page.description or page.title),
        f'<link rel="canonical" href="{escape(_text(agency, "url"))}{escape(page.address)}">',
        *_open_graph(agency, page),
        _linked_data(agency, page),
    ]
    return "\n".join(tags)


def site(agency: Mapping[str, Any]) -> str:
    """The tags that tell whose site a page belongs to; all that a page outside of it needs."""
    domain = urlsplit(_text(agency, "url")).netloc
    names = {"SiteName": "site_name", "SiteIDCode": "site_code"}
    values = {tag: _text(agency, key) for tag, key in names.items()}
    order = ("SiteName", "SiteDomain", "SiteIDCode")
    return "\n".join(_tag(name, (values | {"SiteDomain": domain})[name]) for name in order)


def article(agency: Mapping[str, Any], document: Document) -> str:
    """The tags of one article."""
    return articles(
        _text(agency, "url"),
        (str(escape(document.source)), str(escape(document.author))),
        [
            (
                str(escape(document.title)),
                document.day,
                str(escape(",".join(document.keywords))),
                str(escape(document.description)),
                str(escape(document.address)),
            )
        ],
    )[0]


def articles(
    url: str, origin: tuple[str, str], pages: Sequence[tuple[str, str, str, str, str]]
) -> list[str]:
    """The tags of many articles from (title, day, keywords, description, address), escaped for HTML.

    `origin` is where they come from and who wrote them, `url` the public address of the site. A page
    without a day is no article and has a description only. A day is all that is known of the time.
    """
    start, end = '<meta name="', '">'
    source = f'{end}\n{start}ContentSource" content="{origin[0]}{end}\n{start}Keywords" content="'
    author = f'{end}\n{start}Author" content="{origin[1]}{end}\n{start}Description" content="'
    where = f'{end}\n{start}Url" content="{escape(url)}'
    return [
        f'{start}ArticleTitle" content="{title}{end}\n{start}PubDate" content="{day} 00:00{source}'
        f"{keywords}{author}{description}{where}{address}{end}"
        if day
        else f'{start}Description" content="{description}{end}'
        for title, day, keywords, description, address in pages
    ]


def _open_graph(agency: Mapping[str, Any], page: About) -> list[str]:
    values = {
        "title": page.title,
        "type": "article" if page.article else "website",
        "url": f"{_text(agency, 'url')}{page.address}",
        "site_name": _text(agency, "site_name"),
        "locale": "zh_CN",
    }
    return [
        f'<meta property="og:{name}" content="{escape(value)}">' for name, value in values.items()
    ]


def _linked_data(agency: Mapping[str, Any], page: About) -> str:
    url = _text(agency, "url")
    graph: list[Object] = []
    if page.kind == HOME:
        graph += [_organization(agency), {"@type": "WebSite", "name": page.title, "url": url}]
    else:
        graph.append(_breadcrumb(url, page))
    if page.kind == DATASET:
        graph.append(_dataset(agency, page))
    if page.document and page.kind in _TYPES:
        graph.append(_report(agency, page, page.document))
    whole = as_json({"@context": "https://schema.org", "@graph": graph})
    whole = whole.replace(token("title"), token("name"))  # the same title, escaped for JSON
    return f'<script type="application/ld+json">{whole}</script>'


def _breadcrumb(url: str, page: About) -> Object:
    steps = [("首页", ""), *page.trail, (page.title, page.address)]
    items = [
        {"@type": "ListItem", "position": number, "name": title, "item": f"{url}{address}"}
        for number, (title, address) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _organization(agency: Mapping[str, Any]) -> Object:
    address = {
        "@type": "PostalAddress",
        "addressCountry": "CN",
        "addressRegion": _text(agency, "region"),
        "streetAddress": _text(agency, "address"),
        "postalCode": _text(agency, "postcode"),
    }
    values = {
        "name": _text(agency, "name"),
        "alternateName": _text(agency, "short_name"),
        "url": _text(agency, "url"),
        "description": _text(agency, "intro"),
        "taxID": _text(agency, "uscc"),
        "telephone": _text(agency, "phone"),
        "email": _text(agency, "email"),
        "address": {key: value for key, value in address.items() if value},
    }
    return {"@type": "GovernmentOrganization"} | {k: v for k, v in values.items() if v}


def _publisher(agency: Mapping[str, Any]) -> Object:
    kind = "GovernmentOrganization"
    return {"@type": kind, "name": _text(agency, "name"), "url": _text(agency, "url")}


def _dataset(agency: Mapping[str, Any], page: About) -> Object:
    return {
        "@type": "Dataset",
        "name": page.title,
        "description": f"{_text(agency, 'name')}{page.title}。{page.description}",
        "url": f"{_text(agency, 'url')}{page.address}",
        "inLanguage": "zh-CN",
        "isAccessibleForFree": True,
        "creator": _publisher(agency),
        "variableMeasured": list(page.measured),
        "distribution": [_download(agency, *file) for file in page.files],
    }


def _download(agency: Mapping[str, Any], file: str, media: str) -> Object:
    address = f"{_text(agency, 'url')}{file}"
    return {"@type": "DataDownload", "encodingFormat": media, "contentUrl": address}


def _report(agency: Mapping[str, Any], page: About, document: Document) -> Object:
    values = {
        "headline": document.title,
        "description": document.description,
        "reportNumber" if page.kind == REPORT else "identifier": document.number,
        "datePublished": document.day,
        "inLanguage": "zh-CN",
        "url": f"{_text(agency, 'url')}{document.address}",
        "author": {"@type": "GovernmentOrganization", "name": document.author},
        "publisher": _publisher(agency),
    }
    return {"@type": _TYPES[page.kind]} | {key: value for key, value in values.items() if value}


def _tag(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{escape(content)}">'


def _text(agency: Mapping[str, Any], key: str) -> str:
    return str(agency.get(key) or "")
