"""The ledger: all figures of the site and what texts say of them, read, computed and reconciled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.figures import bindings, counting, definitions, deriving, reconciling
from disclosure.figures.bindings import TABLE, Binding
from disclosure.figures.bindings import TOTAL as ALL
from disclosure.figures.counting import Table
from disclosure.figures.definitions import CHECKS, FIGURES, Reference, Sheet
from disclosure.figures.figure import DERIVED, GIVEN, Definition, Figure
from disclosure.intake import articles, settings
from disclosure.intake.articles import Article
from disclosure.schema import Schema, nearest

FILE = "figures.yml"
"""In `data/`: the figures that several pages share."""
HOME = "./"
"""What a ledger calls the front page, whose address is empty."""
DIGITS = 80
"""More than any sum over rows can have."""
OF_ROWS = frozenset({"N109", "N113", "N115", "N121", "N130", "N132", "N133"})
"""What only all rows can tell."""

Key = tuple[str, str]
"""The page of a figure ("" for shared ones) and its name."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """The figures by page and name, and the bindings by page; "" stands for what all pages share."""

    figures: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    bindings: Mapping[str, Sequence[Binding]] = field(default_factory=dict)


def load(
    root: Path, written: Sequence[Article], tables: Mapping[str, Table], *, whole: bool = True
) -> tuple[Ledger, list[Finding]]:
    """All figures of the project at `root`, and what is wrong with them.

    `tables` are all rows by collection. Without the `whole` of them, as in previews, nothing is
    said of numbers. Never raises for what files hold.
    """
    schemas = {name: table.schema for name, table in tables.items()}
    sheets, found, findings = _read(root, written, schemas)
    with localcontext(prec=DIGITS):
        book = _Book(sheets, tables)
        for page, sheet in sheets.items():
            for name in sheet.definitions:
                book.figure((page, name))
        for page, some in found.items():
            book.bind(page, some)
        book.reconcile()
        findings += book.findings + book.unused()
    figures: dict[str, dict[str, Figure]] = {}
    for (page, name), figure in book.figures.items():
        if figure:
            figures.setdefault(page, {})[name] = figure
    seen = [f for f in findings if whole or f.code not in OF_ROWS]
    return Ledger(figures, found), list({(f.place, f.code, f.says): f for f in seen}.values())


def values(entries: Mapping[str, Any], tables: Mapping[str, Table]) -> dict[str, Decimal]:
    """What definitions come to that a program has written, by name; those that cannot be computed
    are left out."""
    schemas = {name: table.schema for name, table in tables.items()}
    sheet, _ = definitions.read({FIGURES: entries}, {}, file="", page=HOME, schemas=schemas)
    with localcontext(prec=DIGITS):
        book = _Book({HOME: sheet, "": Sheet("", "")}, tables)
        found = {name: book.figure((HOME, name)) for name in sheet.definitions}
    return {name: figure.value for name, figure in found.items() if figure}


def page_of(address: str) -> str:
    """The page at an address, as a ledger calls it: "" are no page, but all."""
    return address or HOME


def _read(
    root: Path, written: Sequence[Article], schemas: Mapping[str, Schema]
) -> tuple[dict[str, Sheet], dict[str, list[Binding]], list[Finding]]:
    """What all files say of figures, by page."""
    name = f"data/{FILE}"
    shared, findings = _shared(root / "data" / FILE, name, schemas)
    sheets, found = {"": shared}, {}
    for article in written:
        text = article.source
        if "{{" not in text and not any(f"{key}:" in text for key in (FIGURES, CHECKS)):
            continue
        head_text, body, first = articles.parted(text)
        head, complaints = settings.parse(head_text, file=article.file)
        if complaints or head is None:  # it has its own findings, and all its names are unknown
            continue
        page = page_of(article.address)
        places = settings.places(head_text)
        sheet, complaints = definitions.read(
            head, places, file=article.file, page=page, schemas=schemas
        )
        findings += complaints
        for twice in sorted(sheet.names & shared.names):
            row, column = places.get((FIGURES, twice), (0, 0))
            place = Place(article.file, row=row, column=column)
            findings.append(Finding("N112", place, {"name": twice, "file": name}))
        sheets[page] = sheet
        found[page] = bindings.find(body, article.file, first)
    return sheets, found, findings


def _shared(path: Path, file: str, schemas: Mapping[str, Schema]) -> tuple[Sheet, list[Finding]]:
    """The figures that all pages share; none without the file."""
    if not path.exists():
        return Sheet("", file), []
    head, findings = settings.read(path, file=file)
    if head is None:
        return Sheet("", file), findings
    places = settings.places(path.read_text("utf-8-sig"))
    for key in head:
        if key not in (FIGURES, CHECKS):
            row, column = places.get((str(key),), (0, 0))
            facts = {"name": key, "what": "这个文件里只写 figures 和 checks"}
            findings.append(Finding("N101", Place(file, row=row, column=column), facts))
    sheet, complaints = definitions.read(head, places, file=file, page="", schemas=schemas)
    return sheet, findings + complaints


class _Book:
    """Computes each figure once, whoever asks for it, and notes who asked."""

    def __init__(self, sheets: Mapping[str, Sheet], tables: Mapping[str, Table]) -> None:
        self.sheets, self.tables = sheets, tables
        self.figures: dict[Key, Figure | None] = {}
        """None for what cannot be computed, and while it is being computed."""
        self.findings: list[Finding] = []
        self._used: set[Key] = set()
        self._open: list[Key] = []

    def figure(self, key: Key) -> Figure | None:
        """A figure; None, with a finding, for what cannot be computed."""
        if key in self._open:
            ring = [*self._open[self._open.index(key) :], key]
            place = self.sheets[key[0]].definitions[key[1]].place
            told = " → ".join(name for _, name in ring)
            self.findings.append(Finding("N107", place, {"name": key[1], "ring": told}))
            return None
        if key not in self.figures:
            self._open.append(key)
            definition = self.sheets[key[0]].definitions.get(key[1])
            found = self._computed(key[0], definition) if definition else None
            self._open.pop()
            self.figures[key] = found
        return self.figures[key]

    def _computed(self, page: str, definition: Definition) -> Figure | None:
        if definition.kind == GIVEN:
            return deriving.given(definition)
        if definition.kind not in DERIVED:
            found, complaints = counting.count(self.tables[definition.collection], definition)
            self.findings += complaints
            return found
        references = self.sheets[page].references[definition.name]
        of = [self.sought(page, reference, definition.place) for reference in references]
        known = [figure for figure in of if figure]
        if len(known) < len(of):
            return None
        derived = deriving.derive(definition, known)
        if isinstance(derived, Finding):
            self.findings.append(derived)
            return None
        return derived

    def sought(self, page: str, reference: Reference, place: Place) -> Figure | None:
        """The figure that a page means; a finding when there is none of that name."""
        pages = [page, ""] if reference.page is None else [page_of(reference.page)]
        if pages[0] not in self.sheets:
            known = [sheet.page for sheet in self.sheets.values() if sheet.names and sheet.page]
            hint = nearest(pages[0], known)
            self.findings.append(Finding("N116", place, {"page": pages[0], "hint": hint}))
            return None
        key = next(
            ((p, reference.name) for p in pages if reference.name in self.sheets[p].names), None
        )
        if key is None:
            names = [name for p in pages for name in self.sheets[p].names]
            facts = {"name": reference.name, "hint": nearest(reference.name, names)}
            self.findings.append(Finding("N106", place, facts))
            return None
        self._used.add(key)
        figure = self.figure(key)
        found = reconciling.chosen(figure, reference.group)
        if figure and not found:
            facts = {"name": reference.name, "group": reference.group}
            hint = nearest(reference.group, figure.groups) if figure.groups else ""
            self.findings.append(Finding("N113", place, {**facts, "hint": hint}))
        return found

    def bind(self, page: str, found: Sequence[Binding]) -> None:
        """Hold what a page states against its figures."""

        def say(binding: Binding) -> str:
            own, shared = (
                self.figures.get((page, binding.name)),
                self.figures.get(("", binding.name)),
            )
            return reconciling.printed(binding, own or shared)

        for binding in found:
            if not binding.name:
                facts = {"written": binding.written, "sentence": bindings.quoted(binding, say)}
                self.findings.append(Finding("N120", binding.place, facts))
                continue
            if binding.name == bindings.CHART:
                continue  # no figure: see `charts.embedded`
            group = "" if binding.group in (ALL, TABLE) else binding.group
            reference = Reference(binding.name, group)
            if figure := self.sought(page, reference, binding.place):
                self.findings += reconciling.stated(binding, figure, say)

    def reconcile(self) -> None:
        """Hold figures against each other, as `checks:` ask."""
        for page, sheet in self.sheets.items():
            for check in sheet.checks:
                found = [self.sought(page, reference, check.place) for reference in check.of]
                known = [figure for figure in found if figure]
                if len(known) == len(found):
                    self.findings += reconciling.checked(check, known)

    def unused(self) -> list[Finding]:
        """A finding for every figure that nobody asked for."""
        return [
            Finding("N125", definition.place, {"name": name})
            for page, sheet in self.sheets.items()
            for name, definition in sheet.definitions.items()
            if (page, name) not in self._used
        ]
