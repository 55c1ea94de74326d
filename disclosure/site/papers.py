"""Papers: written pages with a document head as PDF files laid out as official documents, and the link to each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from posixpath import basename, join, normpath
from typing import Any

from markupsafe import escape

from disclosure import cache
from disclosure.catalog import Catalog
from disclosure.intake import articles, settings
from disclosure.intake.articles import Article
from disclosure.site import printing, typesetting
from disclosure.site.shell import token
from disclosure.site.writer import Job

TOKEN = token("paper").encode()
"""Where the theme leaves room for the link."""
_PICTURE = re.compile(r'<img\b[^>]*\bsrc="([^"]+)"')
_ADDRESSEE = re.compile(
    r"<p>(?=[^<。；]{2,80}(?:单位|科室|部门|处室|政府|局|厅|委|公司|企业)：</p>)"
)
_SIGNATURE = re.compile(
    r"<p>(?=[^<。；]{2,40}<br\s*/?>\s*[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日\s*</p>)"
)


@dataclass(frozen=True)
class Paper:
    """A page as the document that is set."""

    path: str
    """The PDF, below the root."""
    html: str
    base: str
    """The address of the page, from which its links and pictures start."""
    pictures: Mapping[str, bytes]
    """By address."""
    title: str

    @property
    def key(self) -> str:
        """The hash of all that the PDF depends on besides the press."""
        return cache.digest(self.html, self.base, *self.pictures, *self.pictures.values())


def of(catalog: Catalog, written: Mapping[str, str], dressed: Mapping[str, bytes]) -> list[Paper]:
    """The papers of all pages that have room for a link: by the HTML of their text (`written`, by
    address), and with the pictures that `dressed` holds, by path."""
    found = []
    for article in catalog.articles:
        page = f"{article.address}index.html"
        if article.address in written and TOKEN in dressed.get(page, b""):
            text = printing.stamp(written[article.address], catalog, article.address)
            found.append(_paper(article, text, catalog.agency, dressed))
    return found


def _paper(
    article: Article, text: str, agency: Mapping[str, Any], files: Mapping[str, bytes]
) -> Paper:
    site = str(agency.get("url", "")).rstrip("/") + "/"
    base = site + article.address
    paths = {
        src: normpath(join(article.address, src))
        for src in _PICTURE.findall(text)
        if ":" not in src
    }
    pictures = {site + path: files[path] for path in paths.values() if path in files}
    name = basename(article.address.rstrip("/"))
    html = _document(article, _head(article), text, base)
    return Paper(f"{article.address}{name}.pdf", html, base, pictures, article.title)


def _head(article: Article) -> Mapping[str, Any]:
    """What the head of a page states."""
    return settings.parse(articles.parted(article.source)[0], file=article.file)[0] or {}


def _document(article: Article, head: Mapping[str, Any], text: str, base: str) -> str:
    """The page as one document: title, number, text, and what it is filed under (版记)."""
    title, end, rest = text.partition("</h1>")
    title = title.partition("<h1")[2].partition(">")[2] if end else str(escape(article.title))
    text = _SIGNATURE.sub('<p class="signature">', rest if end else text)
    if found := _ADDRESSEE.match(text.lstrip()):
        text = f'<p class="addressee">{text.lstrip()[found.end() :]}'

    def stated(key: str) -> str:
        return str(escape(head.get(key) or ""))

    number = f'<p class="number">{stated("发文字号")}</p>' if stated("发文字号") else ""
    made, published = (head.get(key) or head.get("公开日期") for key in articles.DATES)
    filed = [
        (f"索引号：{stated('索引号')}", stated("公开方式") and f"公开方式：{stated('公开方式')}"),
        (stated("发文机关"), f"{_day(published)}公开"),
        (f"网址：{escape(base)}", ""),
    ]
    imprint = "".join(f"<p><span>{a}</span><span>{b}</span></p>" for a, b in filed)
    return (
        f'<!doctype html>\n<html lang="zh-CN" class="{typesetting.classes()}"><head>'
        f'<meta charset="utf-8"><title>{escape(article.title)}</title>'
        f'<meta name="author" content="{stated("发文机关")}">'
        f'<meta name="description" content="{stated("description")}">'
        f'<meta name="dcterms.created" content="{made}">'
        f'<meta name="dcterms.modified" content="{published}">'
        f'</head><body><h1>{title}</h1>{number}<div class="text">{text}</div>'
        f'<div class="imprint">{imprint}</div></body></html>\n'
    )


def _day(value: object) -> str:
    return f"{value.year}年{value.month}月{value.day}日" if isinstance(value, date) else ""


def jobs(some: list[Paper], pages: Mapping[str, bytes], kept: Path | None) -> Iterator[Job]:
    """Each paper, and its page with the link to it. `pages` are all pages with room for a link, by path.

    In `kept` the papers that did not change are found again. Where nothing can be set, the pages
    have no link; the check has said why. One job makes them all, one after the other, because the
    fonts of a single one take 280 MB while it is being set.
    """
    press = typesetting.press()
    by_page = {f"{paper.path.rpartition('/')[0]}/index.html": paper for paper in some}
    work = [(path, page, by_page.get(path) if press else None) for path, page in pages.items()]
    told = [
        piece for path, page, paper in work for piece in (path, page, paper.key if paper else "")
    ]
    if work:
        yield Job(cache.digest(cache.program(), press, *told), _files, (work, press, kept))


def names(some: list[Paper]) -> list[str]:
    """Under which names papers are kept."""
    press = typesetting.press()
    return [_name(paper, press) for paper in some]


def _name(paper: Paper, press: str) -> str:
    return cache.digest(press, paper.key)


def _files(
    work: list[tuple[str, bytes, Paper | None]], press: str, kept: Path | None
) -> Iterator[tuple[str, bytes]]:
    for path, page, paper in work:
        if not paper:
            yield path, page.replace(TOKEN, b"")
            continue
        found = cache.get(kept, _name(paper, press))
        made = found.to_pybytes() if found is not None else _set(paper, press, kept)
        yield paper.path, made
        yield path, page.replace(TOKEN, _link(paper, len(made)).encode())


def _set(paper: Paper, press: str, kept: Path | None) -> bytes:
    made = typesetting.paper(paper.html, paper.base, paper.pictures)
    cache.put(kept, _name(paper, press), made)
    return made


def _link(paper: Paper, size: int) -> str:
    file = basename(paper.path)
    return (
        f'<p class="paper"><a href="{file}" type="application/pdf" '
        f'download="{escape(paper.title)}.pdf">下载 PDF<span class="count">（按公文格式排版，'
        f"{max(1, round(size / 1000)):,} KB）</span></a></p>"
    )
