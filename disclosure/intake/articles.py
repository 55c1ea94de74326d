"""Articles: the Markdown pages of `docs/`, by what their front matter says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from disclosure import prose
from disclosure.diagnostics import Finding, Place
from disclosure.intake import attachments, folders, settings, values

DATES = ("成文日期", "公开日期")
DUTY, YEAR, MIGRATED = "法定事项", "年度", "迁移说明"
"""Entries of the head: which yearly duty a report fulfils, for which year; where an old page came from."""
KEYS = (
    "title", "description", "索引号", "发文字号", "发文机关", "信息分类", *DATES, "有效性", "公开方式",
    DUTY, YEAR, MIGRATED, "update", "figures", "checks",
)  # fmt: skip
"""What the head of a page may state; other words mean something to the generator, or are misspelt."""
TEMPLATES = {"index": "home.html", "search": "search.html"}
"""The pages that have a layout of their own."""
MAX_BYTES = 1_000_000
_FRONT = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Article:
    """One Markdown page: where it lies in the site and what its head states."""

    address: str
    """Below the root, such as `reports/law-2020/`."""
    title: str
    column: str
    """The title of the page that leads its folder."""
    published: str
    """公开日期 as `YYYY-MM-DD`, or "" for pages that carry none."""
    file: str = ""
    """The Markdown file, as findings call it."""
    duty: str = ""
    """The yearly duty that it fulfils, by name, and the year it is about (0 when not stated)."""
    year: int = 0
    migrated: bool = False
    """Whether it says where it was published before it came here."""
    filed: bool = False
    """Whether it is a document with a head (索引号 and 公开日期), of which there is a paper."""
    update: str = ""
    """How often its folder is to be renewed, for the page that leads one."""
    description: str = ""
    number: str = ""
    """索引号"""
    source: str = field(default="", compare=False, repr=False)
    """The whole file with plain line ends; "" when it is too large or no text."""


def load(docs: Path) -> tuple[list[Article], list[Finding]]:
    """Every page below `docs`; none without that folder. Never raises for what the files hold."""
    root = docs.parent
    heads: dict[str, Mapping[str, Any]] = {}
    sources: dict[str, str] = {}
    findings = folders.check(docs) + attachments.check(docs)
    for path in sorted(docs.rglob("*.md")):
        file = path.relative_to(root).as_posix()
        way = path.relative_to(docs)
        if not path.is_file() or any(part.startswith(".") for part in way.parts):
            continue  # MkDocs passes over hidden files too; editors leave such while a page is open
        for part in (*way.parts[:-1], way.stem):
            if not values.is_slug(part):
                name = path.name if part == way.stem else part
                findings.append(Finding("M104", Place(file), {"name": name}))
        address = way.as_posix().removesuffix(".md")
        sources[address], complaints = _source(path, file)
        findings += complaints
        heads[address], complaints = _read(sources[address], file, TEMPLATES.get(address))
        findings += complaints
    articles = [
        Article(
            address=re.sub(r"(?:^|(?<=/))index/$", "", f"{way}/"),
            title=str(head.get("title", "")),
            column=str(heads.get(f"{way.rpartition('/')[0]}/index", {}).get("title", "")),
            published=_iso(head.get("公开日期")),
            file=f"{docs.name}/{way}.md",
            duty=_text(head.get(DUTY)),
            year=_year(head.get(YEAR)),
            migrated=bool(_text(head.get(MIGRATED))),
            filed=bool(_text(head.get("索引号")) and _iso(head.get("公开日期"))),
            update=str(head.get("update") or ""),
            description=_text(head.get("description")),
            number=_text(head.get("索引号")),
            source=sources[way],
        )
        for way, head in heads.items()
    ]
    return articles, [*findings, *_numbers(articles)]


def _numbers(articles: Sequence[Article]) -> Iterator[Finding]:
    """Documents that have the 索引号 of another one, or none although others have; it identifies a
    document (条例第十二条)."""
    first: dict[str, Article] = {}
    numbered = any(article.number for article in articles)
    for article in articles:
        if article.published and not article.number and numbered:
            yield Finding("S302", Place(article.file, row=1))
        if article.number and (other := first.setdefault(article.number, article)) is not article:
            rows = (n for n, line in enumerate(article.source.split("\n"), 1) if "索引号" in line)
            place = Place(article.file, row=next(rows, 1))
            yield Finding("S301", place, {"number": article.number, "other": other.file})


def parted(text: str) -> tuple[str, str, int]:
    """The head of a page as YAML of the same lines, "" without one; its body, and the line of the
    file on which that begins."""
    found = _FRONT.match(text)
    if not found:
        return "", text, 1
    return "#\n" + found[1], text[found.end() :], text.count("\n", 0, found.end()) + 1


def line(path: Path, key: str) -> int:
    """The line of a page on which an entry of its head stands; 1 when it is spelled in another way."""
    lines = path.read_text("utf-8-sig", "replace").splitlines()
    return next((n for n, text in enumerate(lines, 1) if key in text), 1)


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _year(value: object) -> int:
    return value if type(value) is int and 1949 <= value <= 2199 else 0


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else ""


def _source(path: Path, file: str) -> tuple[str, list[Finding]]:
    """The text of a page; "" with a finding for what is none."""
    if path.stat().st_size > MAX_BYTES:
        what = f"超过 {MAX_BYTES // 1_000_000} MB"
        return "", [Finding("F141", Place(file), {"name": path.name, "what": what})]
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        place = Place(file, row=content.count(b"\n", 0, error.start) + 1)
        return "", [Finding("M103", place, {"name": path.name})]
    return text, [] if text else [Finding("M101", Place(file, row=1))]


def _read(text: str, file: str, template: str | None) -> tuple[Mapping[str, Any], list[Finding]]:
    """The front matter of a page; the whole page checked."""
    if not text:
        return {}, []
    if word := values.RESERVED.search(text):
        place = Place(file, row=text.count("\n", 0, word.start()) + 1)
        return {}, [Finding("F146", place, {"word": word[0]})]
    found = _FRONT.match(text)
    if not found or values.HIDDEN.search(found[1]):
        findings = prose.check(text, file)
        if not found:
            findings.append(
                Finding("M105" if text.startswith("---") else "M101", Place(file, row=1))
            )
        return {}, findings
    findings = prose.check(text[found.end() :], file, first=text.count("\n", 0, found.end()) + 1)
    head, complaints = settings.parse("#\n" + found[1], file=file)
    if head is not None:
        complaints = list(_head(head, text, file, template))
    return head or {}, findings + complaints


def _head(head: Mapping[str, Any], text: str, file: str, template: str | None) -> Iterator[Finding]:
    """Whether the front matter states what it should, and nothing else."""

    def place(key: object) -> Place:
        rows = (n for n, line in enumerate(text.split("\n")) if str(key) in line)
        return Place(file, row=1 + next(rows, 0))

    title = head.get("title")
    if not isinstance(title, str | int | float) or not str(title).strip():
        yield Finding("M101", Place(file, row=1))
    for key in DATES:
        value = head.get(key)
        if value is not None and not isinstance(value, date):
            yield Finding("M102", place(key), {"key": key, "value": value})
    for key, value in head.items():
        if key == "template":
            if value != template:
                why = f"只能是 {template}" if template else "由程序决定，这一页不能写"
                yield _unknown(place(key), key, why)
        elif key not in KEYS:
            yield _unknown(place(key), key, "不是认识的项")


def _unknown(place: Place, key: object, why: str) -> Finding:
    return Finding("M202", place, {"key": key, "why": why, "known": "、".join(KEYS)})
