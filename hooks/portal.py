"""The door for MkDocs: loads the catalog before a build, adds its pages, and completes the site after.

The only module that imports mkdocs; it runs unchanged under properdocs, which answers to that name.
MkDocs renders into a folder beside the site. The finished site is touched last, in one go, and only
when everything succeeded: a build that fails leaves the old site as it was.
"""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mkdocs
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page as RenderedPage
from mkdocs.utils import CountHandler

from disclosure import diagnostics, freshness, prose
from disclosure.catalog import Catalog
from disclosure.diagnostics import Finding, Place, Report
from disclosure.figures import bindings
from disclosure.intake import values
from disclosure.pool import Unreachable
from disclosure.progress import teller
from disclosure.site import (
    assets,
    build,
    changes,
    charts,
    codes,
    columns,
    companies,
    heads,
    outline,
    pages,
    places,
    policy,
    timeliness,
)
from disclosure.site.build import Contents
from disclosure.site.shell import Page, token

PREVIEW_ROWS = 300
TYPOGRAPHY = "assets/stylesheets/main.*.min.css"
SEARCH = "search.md"
"""The page that searches, and shows all lists to those who cannot."""

log = logging.getLogger("mkdocs.plugins.portal")


@dataclass
class Build:
    """What one build hands from event to event."""

    root: Path
    contents: Contents
    site: Path
    sources: dict[str, Page]
    """Pages that the theme dresses, by the name under which MkDocs knows them."""
    told: dict[str, str]
    """One sentence on each part of the site, by address."""
    written: dict[str, str] = field(default_factory=dict)
    """The HTML of the pages that people wrote, by address."""


_preview = False


def on_startup(*, command: str, dirty: bool) -> None:
    global _preview  # MkDocs tells only this event whether it serves or builds
    _preview = command == "serve"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Load and check everything, before MkDocs has touched a file."""
    root = Path(config.config_file_path).parent
    try:
        contents = build.read(
            root, as_of=freshness.today(), limit=PREVIEW_ROWS if _preview else None
        )
    except ValueError as error:
        raise PluginError(str(error)) from None
    report, agency = contents.catalog.report, contents.catalog.agency
    if report.errors and not _preview:
        raise PluginError(
            f"数据有 {len(report.errors)} 个错误，网站没有生成，原有的网站保持不变：\n\n"
            + diagnostics.as_text(report)
        )
    for finding in report.warnings:
        log.info("%s", finding)  # not a warning of MkDocs: strict is about the site, not the data
    config.extra["agency"] = agency
    config.extra["findings"] = [str(finding) for finding in report.errors][:10] if _preview else []
    config.site_name = agency.get("site_name") or config.site_name
    if _preview:
        config.strict = False  # in preview an abort would leave the browser waiting
    else:
        config.extra["policy"] = policy.stated()  # live reload is a script within the page
        config.site_url = agency.get("url") or config.site_url
    site = Path(config.site_dir)
    config.site_dir = str(site.with_name(site.name + ".render"))
    dressed = outline.pages(contents.catalog)
    sources = {name.replace(".html", ".md"): page for name, page in dressed.items()}
    config.extra["build"] = Build(root, contents, site, sources, columns.told(contents.catalog))
    config.extra["site_tags"] = heads.site(agency)
    config.theme.static_templates.discard("sitemap.xml")
    config.extra["typography"] = typography(config.theme.dirs)
    config.nav = navigation(config.nav or [], config.extra.get("sections", []), contents.catalog)
    return config


def typography(folders: list[str]) -> str:
    """The theme's main stylesheet, whose name changes with its content."""
    found = (path for folder in folders for path in Path(folder).glob(TYPOGRAPHY))
    return f"assets/stylesheets/{next(found).name}"


def navigation(nav: list[Any], sections: list[dict[str, Any]], loaded: Catalog) -> list[Any]:
    """The menu of mkdocs.yml with the collections put where `extra.sections` says; the rest come last."""
    menu = [dict(entry) for entry in nav]
    waiting = {c.name: c.schema.title for c in loaded.collections.values()}
    waiting |= {
        "companies": companies.TITLE,
        "changes": changes.TITLE,
        "timeliness": timeliness.TITLE,
        "charts": charts.TITLE,
    }
    for section in sections:
        entries = [
            {waiting.pop(name): f"{name}/index.md"}
            for name in section["collections"]
            if name in waiting
        ]
        if not entries:
            continue
        titles = [next(iter(entry)) for entry in menu]
        if section["title"] in titles:
            existing = menu[titles.index(section["title"])]
            existing[section["title"]] = entries + list(existing[section["title"]])
        else:
            after = (
                titles.index(section["after"]) + 1 if section.get("after") in titles else len(menu)
            )
            menu.insert(after, {section["title"]: entries})
    if others := [
        {title: f"{name}/index.md"} for name, title in waiting.items() if "/" not in name
    ]:
        menu.append({"其他公开": others})
    return menu


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of data that the theme dresses; leave out what is no file and may never end."""
    current: Build = config.extra["build"]
    for file in [f for f in files if f.abs_src_path and not Path(f.abs_src_path).is_file()]:
        files.remove(file)
    if plain := files.get_file_from_path("sitemap.xml"):
        files.remove(plain)  # the theme's template, which nobody fills in: the site has its own
    for source, page in current.sources.items():
        file = generated(config, source)
        if source.endswith(".shell.md"):
            file.dest_uri = source.replace(".md", ".html")
            file.url = page.path  # so that its links are those of the pages stamped from it
        files.append(file)
    return files


def generated(config: MkDocsConfig, source: str) -> File:
    """A page of ours; the menu names those it wants, and strict mode need not miss the others."""
    return File.generated(config, source, content="", inclusion=InclusionLevel.NOT_IN_NAV)


def on_page_markdown(
    markdown: str, *, page: RenderedPage, config: MkDocsConfig, files: Files
) -> str:
    """Give generated pages their head, as their content needs no Markdown; take out of others what
    nobody can see, and leave room for the figures, which depend on rows."""
    current: Build = config.extra["build"]
    if dressed := current.sources.get(page.file.src_uri):
        page.meta = {"title": dressed.title, "template": dressed.template}
        page.meta |= {"robots": dressed.robots, "feed": dressed.feed}
    elif not _preview and any(
        article.filed and article.address == page.url
        for article in current.contents.catalog.articles
    ):
        page.meta["paper"] = token("paper")
    return bindings.tokens(values.bare(markdown))


def on_page_content(html: str, *, page: RenderedPage, config: MkDocsConfig, files: Files) -> str:
    current: Build = config.extra["build"]
    if dressed := current.sources.get(page.file.src_uri):
        return dressed.content
    html, refused = prose.clean(html)
    if refused and not _preview:  # what the check of the source has not seen already
        place = Place(f"docs/{page.file.src_uri}")
        found = Report.of(Finding(r.code, place, dict(r.facts)) for r in refused)
        raise PluginError(diagnostics.as_text(found))
    html = pages.tables(html)
    current.written[page.url] = html
    if any(
        article.duty and article.address == page.url
        for article in current.contents.catalog.articles
    ):
        title, end, text = html.rpartition("</h1>")
        return f"{title}{end}{token('content')}{text}"  # what is said of its time limit comes first
    return html + token("content") if page.is_homepage or page.file.src_uri == SEARCH else html


def on_page_context(
    context: dict[str, Any], *, page: RenderedPage, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Tell a page the pages above it, and what it says of itself to machines."""
    current: Build = config.extra["build"]
    menu = [
        (str(item.title), [(str(leaf.title), leaf.url or "") for leaf in item.children or [item]])
        for item in nav.items
    ]
    agency, told = current.contents.catalog.agency, current.told
    if dressed := current.sources.get(page.file.src_uri):
        trail, head = places.generated(agency, menu, dressed, told)
        address = places.where(dressed)
    else:
        known = {article.address: article for article in current.contents.catalog.articles}
        article = known.get("" if page.is_homepage else page.url)
        if article is None:  # in a preview, what the check could not read
            return context
        trail, head = places.written(agency, menu, article, page.meta, told)
        address = article.address
        if article.published:
            page.meta["code"] = codes.figure(f"{agency.get('url', '')}{article.address}")
    page.meta["trail"] = [{"title": title, "url": url or "."} for title, url in trail]
    page.meta["head"] = head
    page.meta["address"] = f"{agency.get('url', '')}{address}"
    return context


def on_post_build(*, config: MkDocsConfig) -> None:
    """Put what MkDocs rendered and what is stamped into the finished site."""
    current: Build = config.extra["build"]
    rendered = Path(config.site_dir)
    if config.strict and warnings():
        shutil.rmtree(rendered)
        return  # MkDocs will abort by itself; the old site stays
    dressed = {
        path.relative_to(rendered).as_posix(): path.read_bytes()
        for path in rendered.rglob("*")
        if path.is_file()
    }
    dressed[outline.WRITTEN] = json.dumps(current.written).encode()
    shutil.rmtree(rendered)
    config.site_dir = str(current.site)
    try:
        tally = build.finish(current.root, dressed, current.contents, current.site, teller=teller)
    except (Unreachable, assets.Absent) as error:
        raise PluginError(str(error)) from None
    log.info("网站已写入 %s：%s", current.site, tally)


def warnings() -> bool:
    """Whether strict mode has counted a warning."""
    return any(
        isinstance(handler, CountHandler) and handler.get_counts()
        for handler in logging.getLogger(mkdocs.__name__).handlers
    )
