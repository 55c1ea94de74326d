"""Places: where in the main menu a page lies, the pages above it, and the head that follows from this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from disclosure.intake.articles import Article
from disclosure.site import heads
from disclosure.site.heads import About, Column, Document, Trail
from disclosure.site.shell import Page, token

Menu = Sequence[tuple[str, Trail]]
"""The entries of the main menu, each with its pages as (title, address); an entry of one page has that."""
HOME = "首页"


@dataclass(frozen=True, slots=True)
class Place:
    """The page of the menu that leads to a page, and the entry it stands under; "" outside of it."""

    section: str = ""
    first: str = ""
    """The address of the section's first page."""
    title: str = ""
    address: str = ""


def place(menu: Menu, address: str) -> Place:
    """The page of the menu whose address is the longest beginning of a page's own."""
    best: Place | None = None
    for section, leaves in menu:
        for title, leaf in leaves:
            inside = address.startswith(leaf) if leaf else not address
            if inside and (best is None or len(leaf) > len(best.address)):
                best = Place(section, leaves[0][1], title, leaf)
    return best or Place()


def trail(found: Place, address: str) -> Trail:
    """The pages above a page, as its place in the menu has them, without the front page."""
    steps = []
    if found.section not in ("", found.title) and found.first != address:
        steps.append((found.section, found.first))
    if found.title and found.address != address:
        steps.append((found.title, found.address))
    return steps


def where(page: Page) -> str:
    """The address of a page of ours below the root; of stamped pages with tokens in it."""
    address = page.path.removesuffix("index.html")
    return address.replace(f"{token('file')}.html", token("page"))


def generated(
    agency: Mapping[str, Any], menu: Menu, page: Page, told: Mapping[str, str]
) -> tuple[Trail, str]:
    """The trail and the head of a page of ours; `told` describes the pages of the site by address."""
    address = where(page)
    found = place(menu, page.path)
    above = page.trail or trail(found, address)
    title, column = page.trail[0] if page.trail else (page.title, address)
    description = page.description or told.get(column, "")
    about = About(
        title=page.title,
        address=address,
        column=Column(title, told.get(column) or description, found.section or title),
        description=f"{page.title}。{description}" if page.trail else description,
        trail=[(step, way.removeprefix("./")) for step, way in above],
        kind=heads.DATASET if page.measured else heads.COLUMN,
        article=page.article,
        measured=page.measured,
        files=page.files,
    )
    return above, heads.head(agency, about)


def written(
    agency: Mapping[str, Any],
    menu: Menu,
    article: Article,
    meta: Mapping[str, Any],
    told: Mapping[str, str],
) -> tuple[Trail, str]:
    """The trail and the head of a page that people wrote; `meta` is what its own head states."""
    found = place(menu, article.address)
    column = found.title or article.title
    above = trail(found, article.address)
    document, kind = None, heads.COLUMN if article.address else heads.HOME
    if article.published:
        kind = heads.REPORT if article.duty else heads.ARTICLE
        organ = str(meta.get("发文机关") or agency.get("name", ""))
        words = [
            column,
            str(meta.get("信息分类") or ""),
            article.duty,
            str(meta.get("发文字号") or ""),
        ]
        document = Document(
            title=article.title,
            day=article.published,
            source=organ,
            keywords=list(dict.fromkeys(filter(None, words))),
            author=organ,
            description=article.description or article.title,
            address=article.address,
            number=words[3],
        )
    about = About(
        title=article.title if article.address else str(agency.get("site_name", "")),
        address=article.address,
        column=Column(column, told.get(found.address, ""), found.section or column),
        description=article.description,
        trail=above,
        kind=kind,
        article=heads.article(agency, document) if document else "",
        document=document,
    )
    return above, heads.head(agency, about)
