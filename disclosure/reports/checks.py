"""Checks of yearly reports: returns that add up, tables that repeat them, chapters that are there and filled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from disclosure.diagnostics import Finding, Place
from disclosure.figures import ledger
from disclosure.figures.counting import Table
from disclosure.intake import articles
from disclosure.intake.articles import Article
from disclosure.reports import draft, enforcement, foi, forms, questions, returns
from disclosure.reports.forms import Way
from disclosure.reports.questions import Questions
from disclosure.reports.returns import Return
from disclosure.rules import book
from disclosure.rules.book import Profile, Rule
from disclosure.schema import NOT_APPLICABLE

COUNTING, CHAPTERS = "data/rules/statistics.yml", "data/rules/chapters.yml"
FOI, ENFORCEMENT = "foi", "enforcement"
_NAME = re.compile(rf"({FOI}|{ENFORCEMENT})-([0-9]{{4}})\.yml")
_HEADING = re.compile(r"^##[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_FIGURE = re.compile(r"\{\{\s*[^=}]+?\s*(?:=\s*(?P<stated>[^}]*?)\s*)?\}\}")


def counting(root: Path, year: int) -> tuple[Rule | None, list[Finding]]:
    """How the penalties of a year are told in columns, by the rule of its last day."""
    path = root / COUNTING
    if not path.exists():
        return None, []
    profiles, findings = book.load(path, file=COUNTING, measure="counting")
    rules = book.holding(profiles.get(questions.PENALTIES, ()), f"{year}-12-31")
    return (rules[0] if rules else None), findings


def chapters(root: Path) -> tuple[Mapping[str, Profile], list[Finding]]:
    """What chapters each yearly report must have."""
    path = root / CHAPTERS
    if not path.exists():
        return {}, []
    return book.load(path, file=CHAPTERS, measure="chapters")


def read(root: Path, kind: str, year: int) -> tuple[Return | None, list[Finding]]:
    """The return of a year; None, without a finding, when there is no such file."""
    file = f"{returns.FOLDER}/{kind}-{year}.yml"
    path = root / file
    if not path.exists():
        return None, []
    ways = foi.WAYS if kind == FOI else enforcement.ways(counting(root, year)[0])
    return returns.load(path, file=file, year=year, ways=ways)


def years(root: Path) -> list[tuple[str, int]]:
    """The returns that there are, by kind and year; other files are for people."""
    folder = root / returns.FOLDER
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [(m[1], int(m[2])) for name in names if (m := _NAME.fullmatch(name))]


# ── Returns ──────────────────────────────────────────────────────────────────────────────────────


def data(root: Path, tables: Mapping[str, Table], *, whole: bool = True) -> list[Finding]:
    """What is wrong with the returns of all years, by themselves, by each other and by the rows.

    Without all rows (in previews) nothing is compared with them.
    """
    findings = counting(root, 0)[1]
    schemas = {name: table.schema for name, table in tables.items()}
    for kind, year in years(root):
        stated, complaints = read(root, kind, year)
        findings += complaints
        if stated is None:
            continue
        rule = counting(root, year)[0]
        asked = (
            questions.second(year, schemas)
            if kind == FOI
            else questions.enforcement(year, schemas, rule)
        )
        counted = _counted(asked, tables) if whole else {}
        if kind == FOI:
            owed = [way for way in foi.WAYS if way not in asked.cells]
            findings += foi.check(stated, read(root, FOI, year - 1)[0], counted)
            findings += _coercion(stated, read(root, ENFORCEMENT, year)[0])
        else:
            owed = enforcement.owed(asked, rule)
            findings += foi.recounted(stated, counted)
        findings += returns.blanks(stated, owed)
    return findings


def _counted(asked: Questions, tables: Mapping[str, Table]) -> dict[Way, Decimal]:
    """What the rows say of the cells that they fill."""
    values = ledger.values(asked.figures, tables)
    return {way: values[name] for way, name in asked.cells.items() if name in values}


def _coercion(stated: Return, other: Return | None) -> Iterator[Finding]:
    """The two reports of a year must count the same acts of coercion."""
    if other:
        heads = {forms.key(questions.MEASURE), forms.key(questions.FORCE)}
        parts = [way for way in enforcement.ways(None) if way[0] in heads]
        told = [other.stated(way) for way in parts]
        known = [number for number in told if number is not None]
        total = sum(known, Decimal(0)) if len(known) == len(told) else None
        here = {"行政强制": stated.stated(foi.COERCION)}
        there = {"行政强制措施和行政强制执行各项合计": total}
        yield from foi.unequal("N409", stated, foi.COERCION, here, there, file=other.file)


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────


def pages(root: Path, written: Sequence[Article]) -> Iterator[Finding]:
    """What is wrong with the pages of yearly reports: chapters, tables, and places not filled in."""
    required, findings = chapters(root)
    yield from findings
    for article in written:
        _, body, first = articles.parted(article.source)
        body = "\n" * (first - 1) + body
        yield from _prompts(article.file, body)
        if article.duty in required:
            yield from _chapters(article, required[article.duty], body)
        for kind, duty in ((FOI, foi.TITLE), (ENFORCEMENT, enforcement.TITLE)):
            if article.duty == duty and (stated := read(root, kind, article.year)[0]):
                yield from _tables(article, stated, body)


def _prompts(file: str, body: str) -> Iterator[Finding]:
    for found in draft.PROMPT.finditer(body):
        place = Place(file, row=body.count("\n", 0, found.start()) + 1)
        yield Finding("N433", place, {"prompt": found[0]})


def _chapters(article: Article, profile: Profile, body: str) -> Iterator[Finding]:
    """Contents that the law wants and no chapter has; each chapter stands for one of them."""
    day = article.published or f"{article.year + 1}-03-31"
    headings = list(_HEADING.finditer(body))
    ends = [heading.start() for heading in headings[1:]] + [len(body)]
    texts = {h: body[h.end() : end] for h, end in zip(headings, ends, strict=True)}
    code = "N431" if article.published else "N432"
    for rule in book.holding(profile, day):
        found = next((h for h in texts if any(word in h[1] for word in rule.words)), None)
        text = texts.pop(found) if found else ""
        lines = (line for line in text.split("\n") if not line.lstrip().startswith("#"))
        if not "".join(lines).strip():  # a prompt has a finding of its own
            row = body.count("\n", 0, found.start()) + 1 if found else 0
            facts = {
                "what": f"“{found[1]}”一章没有内容" if found else f"缺少“{rule.title}”一章",
                "rule": rule.id,
                "text": rule.text.rstrip("。"),
                "source": rule.source,
            }
            yield Finding(code, Place(article.file, row=row), facts)


def _tables(article: Article, stated: Return, body: str) -> Iterator[Finding]:
    """Cells of the page's tables that say something else than the return, and tables without cells."""
    told: dict[Way, tuple[str, int]] = {}
    for cell in forms.read(body):
        column = tuple(forms.key(t) for t in cell.column if t not in foi.THROUGH)
        row = tuple(forms.key(t) for t in cell.row if t not in foi.THROUGH)
        for way in ((*row, *column), column):
            told.setdefault(way, (cell.text, cell.line))
    missing: dict[str, None] = {}
    for full, value in stated.cells.items():
        way = full[1:] if full[0] in foi.FORMS else full
        if way not in told:
            if value != returns.BLANK:
                missing[full[0]] = None
            continue
        text, line = told[way]
        if not _agrees(text, value):
            facts = {
                "cell": " ".join(full),
                "told": text or "空白",
                "stated": returns.said(value),
                "file": stated.file,
            }
            yield Finding("N411", Place(article.file, row=line), facts)
    first = len(body) - len(body.lstrip("\n"))
    for name in missing:
        yield Finding("N412", Place(article.file, row=first), {"name": name, "file": stated.file})


def _agrees(text: str, value: returns.Value) -> bool:
    """Whether a cell says what the return states; what is printed out of rows has its own check."""
    if figure := _FIGURE.fullmatch(text):
        if figure["stated"] is None:
            return True
        text = figure["stated"]
    if value == NOT_APPLICABLE:
        return text == NOT_APPLICABLE
    if value == returns.BLANK:
        return text in ("", returns.said(value))
    try:
        return Decimal(text.replace(",", "")) == value
    except InvalidOperation:
        return False
