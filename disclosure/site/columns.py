"""Columns: one sentence on every part of the site, for readers of its map and for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from disclosure.catalog import Catalog
from disclosure.site import downloads
from disclosure.site.shell import Page

OURS: Mapping[str, str] = {
    "companies": "按统一社会信用代码汇集每个单位在本站公开的全部记录。",
    "timeliness": "行政执法决定是否在规定的工作日内公开，按年度、类别和机关统计。",
    "duties": "每年依法应当公布的报告，各自的期限和公布情况。",
    "changes": "每天新公开、变更、撤回和下架的记录，以及即将期满下架的记录。",
    "withdrawals": "依法撤回的公示信息，逐条说明文号、日期和理由。",
    "selfcheck": "网站内容的自查情况：栏目更新、空白栏目、用语、链接和主动公开事项。",
    "figures": "文稿中每个数字的底数：问的是什么，由哪些记录算出。",
    "sitemap": "本站的全部栏目、各年度的目录和文稿，逐级列出。",
}
"""What the parts of the site that are neither collections nor written pages are about."""


def told(catalog: Catalog) -> dict[str, str]:
    """The sentence on each part of the site, by address."""
    found = {f"{folder}/": sentence for folder, sentence in OURS.items()}
    found |= {article.address: article.description for article in catalog.articles}
    return found | {f"{c.name}/": c.schema.description for c in catalog.collections.values()}


def described(pages: Mapping[str, Page], catalog: Catalog) -> dict[str, Page]:
    """Pages by file, each with the sentence on its part of the site; those of datasets name their columns
    and files."""
    known = told(catalog)
    found = {}
    for file, page in pages.items():
        above = [way for way in known if way and page.path.startswith(way)]
        nearest = max(above, key=len, default="")
        collection = catalog.collections.get(page.path.removesuffix("/index.html"))
        names = tuple(f.title for f in collection.schema.public_fields) if collection else ()
        description = page.description or known.get(nearest, "")
        files = tuple(downloads.whole(collection)) if collection else ()
        found[file] = replace(page, description=description, measured=names, files=files)
    return found
