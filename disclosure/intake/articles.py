"""Articles: the Markdown pages of `docs/`, by what their front matter says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings

DATES = ("成文日期", "公开日期")
DUTY, YEAR, MIGRATED = "法定事项", "年度", "迁移说明"
"""Entries of the head: which yearly duty a report fulfils, for which year; where an old page came from."""
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
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
    update: str = ""
    """How often its folder is to be renewed, for the page that leads one."""


def load(docs: Path) -> tuple[list[Article], list[Finding]]:
    """Every page below `docs`. Never raises for what the files hold."""
    root = docs.parent
    heads: dict[str, Mapping[str, Any]] = {}
    findings: list[Finding] = []
    for path in sorted(docs.rglob("*.md")):
        file = path.relative_to(root).as_posix()
        way = path.relative_to(docs)
        if not path.is_file() or any(part.startswith(".") for part in way.parts):
            continue  # MkDocs passes over hidden files too; editors leave such while a page is open
        for part in (*way.parts[:-1], way.stem):
            if not _SLUG.fullmatch(part):
                name = path.name if part == way.stem else part
                findings.append(Finding("M104", Place(file), {"name": name}))
        head, complaints = _head(path, file)
        findings += complaints
        heads[way.as_posix().removesuffix(".md")] = head
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
            update=str(head.get("update") or ""),
        )
        for way, head in heads.items()
    ]
    return articles, findings


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


def _head(path: Path, file: str) -> tuple[Mapping[str, Any], list[Finding]]:
    """The front matter of a page, checked."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        place = Place(file, row=content.count(b"\n", 0, error.start) + 1)
        return {}, [Finding("M103", place, {"name": path.name})]
    if not text.startswith("---"):
        return {}, [Finding("M101", Place(file, row=1))]
    if not (found := _FRONT.match(text)):
        return {}, [Finding("M105", Place(file, row=1))]
    head, findings = settings.parse("#\n" + found[1], file=file)
    if head is None:
        return {}, findings
    title = head.get("title")
    if not isinstance(title, str | int | float) or not str(title).strip():
        findings.append(Finding("M101", Place(file, row=1)))
    for key in DATES:
        value = head.get(key)
        if value is not None and not isinstance(value, date):
            row = 1 + next((n for n, line in enumerate(text.split("\n")) if key in line), 0)
            findings.append(Finding("M102", Place(file, row=row), {"key": key, "value": value}))
    return head, findings
