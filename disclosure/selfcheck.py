"""Self-check: what an inspection of the site looks for and rows and pages can tell, before it is built.

Empty columns, stale columns, columns that the guide does not name, links within cells that lead
nowhere, wrong wordings (国办秘函〔2019〕19号; 政府信息公开条例 art. 12). A column is a collection or
a folder of articles.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from disclosure import choices, tasks
from disclosure.diagnostics import Finding, Place
from disclosure.intake import articles, phrasing
from disclosure.intake.articles import Article
from disclosure.relations import Source
from disclosure.rules import upkeep
from disclosure.rules.upkeep import OPEN, Rule, Upkeep
from disclosure.rules.wording import Words
from disclosure.schema import Field, Schema

GOOD, STALE, EMPTY, FREE, UNKNOWN = "正常", "未按时更新", "空白", "不定期", "未规定"
MADE = (
    *("changes", "companies", "duties", "en", "feeds", "opendata", "search", "selfcheck"),
    *("timeliness", "withdrawals"),
)
"""Pages that every site has, by their folders."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_UPDATE = re.compile(r"^update\s*:", re.MULTILINE)


class Held(Protocol):
    """A collection, as far as the self-check looks at it."""

    @property
    def schema(self) -> Schema: ...
    @property
    def rows(self) -> pd.DataFrame: ...
    @property
    def fields(self) -> Sequence[Field]: ...
    @property
    def years(self) -> Mapping[str, int]: ...
    @property
    def back(self) -> Mapping[str, Mapping[str, str]]: ...
    @property
    def listed(self) -> NDArray[np.bool_] | None: ...


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the site and how it is kept up."""

    address: str
    title: str
    file: str
    """Where it is described."""
    update: str
    """The name of its frequency, OPEN, or "" when none is stated."""
    newest: str
    """The day of its newest entry as ISO text, "" when entries have none."""
    size: int
    unit: str
    state: str = UNKNOWN
    in_guide: bool = True


@dataclass(frozen=True)
class Standing:
    """How the site stands: its columns, what the guide must name, and how much text was read."""

    columns: Sequence[Column] = ()
    upkeep: Upkeep = field(default_factory=Upkeep)
    words: int = 0
    """How many entries the list of wrong wordings has."""
    texts: int = 0
    """How many pages of prose were read for them."""


NO_STANDING = Standing()


@dataclass(frozen=True)
class Pages:
    """The pages that the site will have, each with how much is on it."""

    docs: Path
    texts: Mapping[str, str]
    """The text of every article by its address."""
    collections: Mapping[str, Held]
    whole: bool = True
    """Whether the collections have all their rows; in previews they have not, and any of their
    pages may be there."""

    def size(self, address: str) -> int | None:
        """How many entries (or characters of text) are on a page; None when there is no such page."""
        if address in self._fronts:
            return self._fronts[address]
        owners = [name for name in self.collections if address.startswith(f"{name}/")]
        if owners and address.endswith(".html"):
            rows = self.collections[max(owners, key=len)].rows
            return 1 if not self.whole or (rows["path"] == address).any() else None
        if owners and not self.whole:
            return 1
        file = self.docs / address
        inside = address and not address.startswith("/") and ".." not in address.split("/")
        return file.stat().st_size if inside and file.suffix != ".md" and file.is_file() else None

    @cached_property
    def _fronts(self) -> Mapping[str, int]:
        found = {address: len(text) for address, text in self.texts.items()}
        found |= dict.fromkeys(("", *(f"{name}/" for name in MADE)), 1)
        for name, held in self.collections.items():
            rows, schema = held.rows, held.schema
            found[f"{name}/"] = len(rows)
            found |= {address: len(rows) for address in tasks.addresses(schema, rows)}
            if schema.date:
                shown = rows["folder"].value_counts().to_dict()
                found |= {f"{name}/{year}/": int(shown.get(year, 0)) for year in held.years}
            listed = rows if held.listed is None else rows[held.listed]
            for view in (*schema.views, *(name for name in held.back if name not in schema.views)):
                parts: dict[str, int] = {}
                for cell, count in listed[view].value_counts().items():
                    for value in schema.by_name[view].parts(str(cell)):
                        parts[value] = parts.get(value, 0) + int(count)
                back = held.back.get(view, {})
                chosen = parts if view in schema.views else parts.keys() & back.keys()
                for value in chosen if back or len(parts) > 1 else ():
                    found[f"{name}/{schema.view_folder(view, value)}/"] = parts[value]
            for facet in choices.shared(schema, held.fields):
                cells = listed[facet.column].value_counts().items()
                sizes = Counter[str]()
                for cell, count in cells:
                    sizes.update(dict.fromkeys(facet.values(str(cell)), int(count)))
                for value, size in sizes.items() if len(sizes) > 1 else ():
                    found[f"{name}/{choices.folder(schema, facet, value)}/"] = size
        return found


def check(
    root: Path,
    collections: Mapping[str, Held],
    sources: Mapping[str, Source],
    written: Sequence[Article],
    words: Words,
    *,
    as_of: date,
    whole: bool = True,
) -> tuple[Standing, Pages, list[Finding]]:
    """How the site of the project at `root` stands, the pages it will have, and what is wrong.

    Without `data/rules/upkeep.yml` nothing is said of columns, without entries in `words` nothing
    of wordings. Never raises for what the files hold.
    """
    docs, today = root / "docs", as_of.isoformat()
    texts = {article.address: article.source for article in written if article.source}
    bodies = {address: articles.parted(text)[1].strip() for address, text in texts.items()}
    pages = Pages(docs, bodies, collections, whole)
    findings = list(_wordings(root, written, words, today))
    findings += _cells(sources, pages)
    rules, columns = Upkeep(), list(_columns(collections, written, today))
    if (file := root / "data" / "rules" / "upkeep.yml").exists():
        rules, complaints = upkeep.load(file, file="data/rules/upkeep.yml")
        findings += complaints
        columns, complaints = _judged(root, columns, rules, texts.get("guide/"), today)
        findings += complaints
    return Standing(columns, rules, len(words.entries), len(texts)), pages, findings


def _wordings(
    root: Path, written: Sequence[Article], words: Words, today: str
) -> Iterator[Finding]:
    """Wrong wordings in the articles, each judged by its own day, and in the bureau's own words."""
    for article in written:
        if words.find(article.source):  # seldom; then, whether it was wrong on its day
            known = words.on(article.published or today)
            yield from phrasing.check(article.source, known, article.file)
    agency = root / "data" / "agency.yml"
    try:
        text = agency.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):  # reading it as settings has its own finding
        return
    yield from phrasing.check(text, words.on(today), agency.relative_to(root).as_posix())


def _cells(sources: Mapping[str, Source], pages: Pages) -> Iterator[Finding]:
    """Links to pages of this site, in columns of links, that lead nowhere."""
    for source in sources.values():
        for column in source.schema.public_fields:
            if column.format != "uri":
                continue
            cells = source.frame[column.name]
            inward = [c for c in cells.unique() if c and not c.startswith(("http://", "https://"))]
            dead = [cell for cell in inward if pages.size(cell.partition("#")[0]) is None]
            for part, index, (cell,) in source.rows(cells.isin(dead), column.name):
                facts = {"title": column.title, "link": cell}
                yield Finding("S221", source.parts[part].place(index, column.name), facts)


def _columns(
    collections: Mapping[str, Held], written: Sequence[Article], today: str
) -> Iterator[Column]:
    """The collections in menu order, then the folders of articles."""
    for name, held in collections.items():
        schema = held.schema
        file = f"data/{name}/schema.yml"
        newest = _newest(held, today)
        yield Column(
            f"{name}/", schema.title, file, schema.update, newest, len(held.rows), schema.unit
        )
    folders = {way[: way.rfind("/", 0, -1) + 1] for way in (a.address for a in written)}
    leaders = [a for a in written if a.address and (a.address in folders or a.update)]
    for leader in leaders:
        inside = [a for a in written if a.address.startswith(leader.address) and a not in leaders]
        newest = max((a.published for a in inside if a.published <= today), default="")
        file = f"docs/{leader.address}index.md"
        yield Column(leader.address, leader.title, file, leader.update, newest, len(inside), "篇")


def _newest(held: Held, today: str) -> str:
    """The day of the newest row on show: when it became public, else when it was made."""
    names = [n for n in ("published", held.schema.date) if n and n in held.rows.columns]
    days = [
        day
        for name in names
        for day in held.rows[name].unique()
        if _DAY.fullmatch(day) and day <= today
    ]
    return max(days, default="")


def _judged(
    root: Path, columns: Sequence[Column], rules: Upkeep, guide: str | None, today: str
) -> tuple[list[Column], list[Finding]]:
    """Every column with its state, and a finding for each that is not as it should be."""
    judged: list[Column] = []
    findings: list[Finding] = []
    for column in columns:
        named = guide is not None and _names(guide, column)
        state, complaints = _state(root, column, rules.update, today)
        findings += complaints
        judged.append(replace(column, state=state, in_guide=named))
    for rule in rules.guide.values():
        facts = {"id": rule.id, "source": rule.source}
        if guide is None:
            findings.append(Finding("S207", Place("docs"), facts))
            continue
        for column in judged:
            if not column.in_guide:
                about = {"title": column.title, "address": column.address, **facts}
                findings.append(Finding("S206", Place("docs/guide.md"), about))
    counted = {EMPTY: "空白栏目", STALE: "长期未更新的栏目"}
    for state, name in counted.items():
        count, limit = sum(column.state == state for column in judged), rules.limits.get(name)
        if limit and count >= limit.count:
            said = {"name": name, "count": count, "limit": limit.count, "id": limit.id}
            findings.append(Finding("S205", Place("data"), said))
    return judged, findings


def _names(guide: str, column: Column) -> bool:
    """Whether the guide names a column by its title or leads to it."""
    link = re.escape(column.address)
    return column.title in guide or bool(re.search(rf"\]\((?:\./)?{link}(?:index\.md)?[)#]", guide))


def _state(
    root: Path, column: Column, frequencies: Mapping[str, Rule], today: str
) -> tuple[str, list[Finding]]:
    about: dict[str, object] = {"title": column.title, "update": column.update}
    rule = frequencies.get(column.update)
    if column.update not in ("", OPEN) and rule is None:
        known = "、".join([*frequencies, OPEN])
        return UNKNOWN, [Finding("S201", _stated(root, column), {**about, "known": known})]
    if not column.size:
        return EMPTY, [Finding("S204", Place(column.file), about)]
    if rule is None:
        return (FREE if column.update else UNKNOWN), []
    if not column.newest:
        return UNKNOWN, [Finding("S202", _stated(root, column), about)]
    last = upkeep.due(rule, column.newest)
    if today > last:
        facts = {**about, "newest": column.newest, "due": last, "id": rule.id}
        return STALE, [Finding("S203", Place(column.file), facts)]
    return GOOD, []


def _stated(root: Path, column: Column) -> Place:
    """Where the frequency of a column is stated."""
    text = (root / column.file).read_text("utf-8-sig", errors="replace")
    found = _UPDATE.search(text)
    return Place(column.file, row=text.count("\n", 0, found.start()) + 1 if found else 0)
