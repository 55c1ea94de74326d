"""The outline: the pages that the theme dresses, each with its place, its name and its tokens."""

from __future__ import annotations

from disclosure import tasks
from disclosure.catalog import Catalog
from disclosure.site import (
    basis,
    changes,
    charts,
    columns,
    companies,
    duties,
    english,
    feeds,
    lists,
    matrix,
    opendata,
    records,
    selfcheck,
    sitemap,
    states,
    timeliness,
    withdrawals,
)
from disclosure.site.shell import Page, token

WRITTEN = "written.json"
"""Beside the dressed pages: the text of the pages that people wrote, for the search."""
SHELL = ".shell.html"
OF_ALL = {
    "companies/": companies.TITLE,
    "changes/": changes.TITLE,
    "withdrawals/": withdrawals.TITLE,
    "timeliness/": timeliness.TITLE,
    "duties/": duties.TITLE,
    charts.ADDRESS: charts.TITLE,
    "opendata/": opendata.TITLE,
    "feeds/": feeds.TITLE,
    "en/": english.TITLE,
    basis.ADDRESS: basis.TITLE,
    selfcheck.ADDRESS: selfcheck.TITLE,
}
"""The pages that tell of the whole site, by address."""


def pages(catalog: Catalog) -> dict[str, Page]:
    """The pages that the theme must dress, by the file each is to be found in."""
    found = {
        "companies/index.html": Page("companies/index.html", companies.TITLE, token("content")),
        f"companies/records{SHELL}": companies.shell(),
        "timeliness/index.html": Page("timeliness/index.html", timeliness.TITLE, token("content")),
        "duties/index.html": Page("duties/index.html", duties.TITLE, token("content")),
        "changes/index.html": Page("changes/index.html", changes.TITLE, token("content")),
        f"changes/days{SHELL}": changes.shell(),
        "withdrawals/index.html": withdrawals.page(),
        f"withdrawals/years{SHELL}": withdrawals.shell(),
        selfcheck.PATH: Page(selfcheck.PATH, selfcheck.TITLE, token("content")),
        basis.PATH: Page(basis.PATH, basis.TITLE, token("content")),
        sitemap.PATH: Page(sitemap.PATH, sitemap.TITLE, token("content")),
        f"figures/rows{SHELL}": basis.shell(),
        charts.PATH: Page(charts.PATH, charts.TITLE, token("content")),
        f"charts/pages{SHELL}": charts.shell(),
        opendata.PATH: Page(opendata.PATH, opendata.TITLE, token("content")),
        feeds.PATH: Page(feeds.PATH, feeds.TITLE, token("content")),
        english.PATH: Page(english.PATH, english.TITLE, token("content"), template="english.html"),
    }
    for collection in catalog.collections.values():
        front = f"{collection.name}/index.html"
        found[front] = Page(
            front, collection.schema.title, token("content"), feed=feeds.of(collection.schema)
        )
        found[f"{collection.name}/lists{SHELL}"] = lists.shell(collection)
        found[f"{collection.name}/records{SHELL}"] = records.shell(collection)
        if tasks.are_planned(collection.schema):
            found[f"{collection.name}/matrix{SHELL}"] = matrix.shell(collection)
        if withdrawals.may_occur(collection):
            found[f"{collection.name}/withdrawn{SHELL}"] = withdrawals.notice_shell(collection)
        if collection.name in catalog.timelines:
            found[f"{collection.name}/{states.FOLDER}{SHELL}"] = states.shell(collection)
    return columns.described(found, catalog)
