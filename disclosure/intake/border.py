"""The border: rows of a raw sheet made fit to be kept: masked, without what is never public, or refused."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from disclosure.checking import Checked
from disclosure.diagnostics import Finding, Place, Severity
from disclosure.intake import stock, values
from disclosure.intake.tables import Column, plain
from disclosure.intake.values import Refusal
from disclosure.privacy import detectors, masks, names, persons
from disclosure.schema import Field, Schema

ADULT = 18
"""Years; cases of minors are not published."""
_HARMLESS = frozenset(
    re.findall(
        r"\w+",
        "title allowed hint limits length pattern character rows number more limit name reason sheet "
        "line offset encoding what area height width looks",
    )
)
"""Facts of a finding that never repeat what a cell says."""
_HEADERS = frozenset({"header", "known", "first"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row that may be kept."""

    place: Place
    decision: str
    """The id of its decision: rows that share it are parties of one."""
    values: Mapping[str, str]
    """Canonical, masked text for every public field that the sheet has."""


@dataclass(slots=True)
class Crossing:
    """What came through, what did not, and what was hidden on the way: cells by header."""

    arrivals: list[Arrival] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    refused: int = 0
    masked: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By title of the column and kind of mask."""
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Row:
    """A row of the sheet on its way: raw, so it must not leave this module."""

    checked: Checked
    index: int
    decision: str
    person: bool
    faults: list[Finding] = field(default_factory=list)
    name: str = ""
    """How the natural person is named in public."""

    def text(self, name: str) -> str:
        return self.checked.columns[name][self.index] if name in self.checked.columns else ""

    def cell(self, name: str) -> str:
        """The cell as written, for columns whose check says nothing about this row."""
        column = self.checked.header.get(name)
        return values.bare(column.values[self.index]).strip() if column else ""

    def raw(self, field: Field) -> str:
        """What the row says, though it may be no value of its column, such as an ID for a code."""
        if field.mask == "party-code" and self.person:
            cell = self.cell(field.name)
            return "" if cell in field.missing else cell
        return self.text(field.name)

    def place(self, name: str = "") -> Place:
        return self.checked.place(self.index, name)


def cross(
    schema: Schema, found: Sequence[Checked], findings: Sequence[Finding]
) -> tuple[Crossing, bool]:
    """Everything of a sheet that may be kept, and whether the sheet as a whole is sound.

    `found` and `findings` are what reading and checking the sheet gave. No finding that comes out
    repeats a cell.
    """
    crossing = Crossing()
    checked = list(_of_collection(schema, found, crossing.findings))
    faults, sound = _sort_out(schema, checked, findings, crossing.findings)
    if not sound:
        return crossing, False
    rows = [row for one in checked for row in _rows(schema, one, faults)]
    _refuse_repeated(schema, rows)
    for row in rows:
        row.faults += _doubtful_party(schema, row, crossing.findings)
    decisions: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        decisions[row.decision].append(row)
    for group in decisions.values():
        _name(schema, group)
    for row in rows:
        _admit(schema, row, decisions[row.decision], crossing)
    for one in checked:
        _count_dropped(schema, one, crossing.dropped)
    return crossing, True


# ── What reading found ───────────────────────────────────────────────────────────────────────────


def _of_collection(
    schema: Schema, found: Sequence[Checked], findings: list[Finding]
) -> Iterator[Checked]:
    """The sheets of the file that hold this collection; a workbook may hold others beside them."""
    keys = {name for name in schema.primary_key if schema.by_name[name].required}
    fitting = [one for one in found if keys <= one.header.keys()]
    for one in found:
        if one in fitting or not fitting:
            yield one
        else:
            place = Place(one.table.file, one.table.sheet, one.table.header_row)
            findings.append(Finding("F503", place, {"title": schema.title}))


def _sort_out(
    schema: Schema, checked: Sequence[Checked], findings: Sequence[Finding], kept: list[Finding]
) -> tuple[dict[tuple[str, int], list[tuple[str, Finding]]], bool]:
    """Faults of single cells by sheet and row, with the field; and whether there is nothing worse.

    What is wrong with a column that is never kept does not matter.
    """
    fields = {
        (one.table.sheet, column.number): schema.by_name[name]
        for one in checked
        for name, column in one.header.items()
    }
    headers = {(one.table.sheet, column.number) for one in checked for column in one.table.columns}
    sheets = {one.table.sheet for one in checked}
    faults: dict[tuple[str, int], list[tuple[str, Finding]]] = defaultdict(list)
    sound = bool(checked)
    for finding in map(discreet, findings):
        at = finding.place.sheet, finding.place.column
        owner = fields.get(at)
        if finding.code == "F404" or (checked and finding.place.sheet not in {"", *sheets}):
            continue
        if finding.code == "F401":
            kept.append(Finding("F504", finding.place, finding.facts))
        elif owner and finding.code.startswith("V"):
            if owner.public:
                row = finding.place.sheet, finding.place.row
                faults[row].append((owner.name, finding))
        elif at in headers and not (owner and owner.public) and finding.code != "F403":
            continue
        else:
            kept.append(finding)
            sound = sound and finding.severity is not Severity.ERROR
    return faults, sound


def discreet(finding: Finding) -> Finding:
    """The finding without anything that a cell says: who reads it has the sheet at hand."""

    def fact(key: str, value: object) -> object:
        if key in _HARMLESS or isinstance(value, int):
            return value
        if key in _HEADERS:
            return re.sub(r"\d{5,}", "…", " ".join(str(value).split()))[:30]
        return "（略）"

    return replace(finding, facts={key: fact(key, value) for key, value in finding.facts.items()})


# ── Rows and their parties ───────────────────────────────────────────────────────────────────────


def _rows(
    schema: Schema, one: Checked, faults: Mapping[tuple[str, int], list[tuple[str, Finding]]]
) -> Iterator[_Row]:
    """Every row of a sheet, with what is wrong with its cells."""
    ids = stock.decisions_of(schema, one.columns)
    kinds = one.columns.get(masks.PARTY_KIND)
    dropped = {f.name for f in schema.fields if f.mask == "party-code"}
    for index, id_ in enumerate(ids):
        person = kinds is None or kinds[index] not in masks.ORGANISATIONS
        mine = faults.get((one.table.sheet, one.table.rows[index]), ())
        # A number that is no credit code goes anyway where a natural person has none to give.
        wrong = [finding for name, finding in mine if not (person and name in dropped)]
        yield _Row(one, index, id_, person, wrong)


def _refuse_repeated(schema: Schema, rows: Sequence[_Row]) -> None:
    """Refuse rows that say the same as an earlier one, cell by cell."""
    first: dict[tuple[str, ...], _Row] = {}
    for row in rows:
        cells = tuple(row.text(f.name) for f in schema.fields)
        if (earlier := first.setdefault(cells, row)) is not row and not row.faults:
            facts = {"first": f"第 {earlier.place().row} 行"}
            row.faults.append(Finding("F505", row.place(), facts))


def _doubtful_party(schema: Schema, row: _Row, warnings: list[Finding]) -> Iterator[Finding]:
    """Why a row's party cannot be published: too young, or not what its kind says."""
    kind = schema.by_name.get(masks.PARTY_KIND)
    for f in schema.fields:
        if f.mask != "party-name" or not kind or not row.text(kind.name):
            continue
        facts = {"title": f.title, "kind": kind.title}
        if row.person and names.looks_like_firm(row.text(f.name)):
            yield Finding("P202", row.place(f.name), facts)
        elif not row.person and names.looks_like_person(row.text(f.name)):
            if row.text(kind.name) == masks.SELF_EMPLOYED:
                warnings.append(Finding("P204", row.place(f.name), facts))
            else:
                yield Finding("P203", row.place(f.name), facts)
    if row.person and (minor := _minor(schema, row)):
        yield Finding("P201", row.place(minor.name), {"title": minor.title})


def _minor(schema: Schema, row: _Row) -> Field | None:
    """The field that tells that a natural person was not of age on the day of the decision."""
    decided = row.text(schema.date)
    for f in schema.fields:
        cell, born = row.cell(f.name), None
        if f.mask == "age" and (years := re.search(r"\d{1,3}", cell)) and int(years[0]) < ADULT:
            return f
        if f.mask in ("id-number", "party-code"):
            born = masks.birthday(cell)
        elif f.mask == "birth-date" and isinstance(day := values.day(cell), str) and cell:
            born = date.fromisoformat(day)
        if born and decided and _birthday(born, ADULT) > decided:
            return f
    return None


def _birthday(born: date, age: int) -> str:
    return f"{born.year + age:04}-{born.month:02}-{born.day:02}"


def _name(schema: Schema, group: Sequence[_Row]) -> None:
    """Give the natural persons of one decision the names they bear in public."""
    party = next((f.name for f in schema.fields if f.mask == "party-name"), "")
    told: dict[tuple[str, ...], str] = {}
    order: dict[tuple[str, ...], tuple[int, str]] = {}
    people = {row.text(party) for row in group if row.person} if party else set()
    texts = {row.text(f.name) for row in group for f in schema.fields if f.mask == "text"}
    # The text that names most of them first; never by their place in the sheet, which may change.
    told_of = "\n".join(sorted(texts, key=lambda text: (-sum(p in text for p in people), text)))
    for row in group:
        if row.person and party:
            who = _identity(schema, row, party)
            told[who] = names.mask(row.text(party))
            named = told_of.find(row.text(party)) % (
                len(told_of) + 1
            )  # who is not named comes last
            digest = hashlib.sha256("\x1f".join(who).encode()).hexdigest()
            order[who] = named, digest
    raw = [who for who in sorted(told, key=order.__getitem__) if not names.is_masked(who[0])]
    masked = names.distinguish([told[who] for who in raw])
    told |= dict(zip(raw, masked, strict=True))
    for row in group:
        if row.person and party:
            row.name = told[_identity(schema, row, party)]


def _identity(schema: Schema, row: _Row, party: str) -> tuple[str, ...]:
    """Who a row's party is, raw: name and numbers."""
    codes = [f.name for f in schema.fields if f.mask in ("id-number", "party-code")]
    return re.sub(r"\s", "", row.text(party)), *(row.cell(name) for name in codes)


# ── Masking ──────────────────────────────────────────────────────────────────────────────────────


def _admit(schema: Schema, row: _Row, group: Sequence[_Row], crossing: Crossing) -> None:
    """Mask a row and let it in, or refuse it."""
    veiled = _veil(schema, row, group)
    guarded = any(f.mask for f in schema.fields)
    kept: dict[str, str] = {}
    masked: list[tuple[str, str]] = []
    for f in schema.public_fields:
        if f.name not in row.checked.header:
            continue
        raw = row.raw(f)
        value = _masked(f, row, raw, veiled)
        if value != raw:
            masked.append((f.title, f.mask))
            if isinstance(again := f.read(value), Refusal) and not row.faults:
                row.faults.append(discreet(Finding(again.code, row.place(f.name), again.facts)))
        elif guarded and not f.mask and _betrays(f, raw, veiled):
            row.faults.append(Finding("P205", row.place(f.name), {"title": f.title}))
        kept[f.name] = value
    if row.faults:
        crossing.refused += 1
        crossing.findings += row.faults
        return
    crossing.masked.update(masked)
    crossing.findings += _left(schema, row, kept)
    crossing.arrivals.append(Arrival(row.place(), row.decision, kept))


def _left(schema: Schema, row: _Row, kept: Mapping[str, str]) -> Iterator[Finding]:
    """Names and homes that the texts seem to tell still: of people of whom the sheet has no column."""
    for f in schema.public_fields:
        for hit in persons.find(kept.get(f.name, "")) if f.mask == "text" else ():
            facts = {"kind": detectors.KINDS[hit.kind], "shown": hit.masked, "more": ""}
            yield Finding(detectors.DOUBTFUL[hit.kind], row.place(f.name), facts)


def _masked(f: Field, row: _Row, raw: str, veiled: Callable[[str], str]) -> str:
    if f.mask == "text":
        return veiled(raw)
    if f.mask == "party-name" and row.person and raw:
        return row.name
    return masks.mask(f.mask, raw, person=row.person) if f.mask and raw else raw


def _veil(schema: Schema, row: _Row, group: Sequence[_Row]) -> Callable[[str], str]:
    """What masks the texts of a row: with all that is personal in its decision."""
    secrets: dict[str, str] = {}
    kept: list[str] = []
    for other in (*(one for one in group if one is not row), row):  # of namesakes its own wins
        for f in schema.fields:
            if not f.mask or not (raw := other.raw(f)):
                continue
            if f.mask == "party-name" and not other.person:
                kept.append(raw)
            words = dict(masks.words_of(f.mask, raw, person=other.person))
            if f.mask == "party-name" and len(words) == 1:
                words = dict.fromkeys(words, other.name)
            secrets |= words
    return masks.veil(secrets, person=row.person, kept=kept)


def _betrays(f: Field, raw: str, veiled: Callable[[str], str]) -> bool:
    """Whether a column that nothing masks holds what the texts must not hold.

    Document numbers may look like any number, and words to choose from are nobody's.
    """
    if f.type not in ("string", "list") or f.enum or f.format != "text":
        return False
    return veiled(raw) != raw


# ── What is left behind ──────────────────────────────────────────────────────────────────────────


def _count_dropped(schema: Schema, one: Checked, dropped: Counter[str]) -> None:
    public = {column.number for name, column in one.header.items() if schema.by_name[name].public}
    for column in one.table.columns:
        if column.number not in public and (filled := _filled(schema, column)):
            dropped[column.header.strip()] += filled


def _filled(schema: Schema, column: Column) -> int:
    known = schema.headers.get(plain(column.header))
    missing = known[0].missing if known else values.MISSING
    return sum(values.bare(cell).strip() not in missing for cell in column.values)
