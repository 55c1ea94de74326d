"""Imports: the rows of a raw sheet, masked, set into the tables of a collection; what changed, counted."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from disclosure import descriptor, parts
from disclosure.diagnostics import Finding, Place, Severity
from disclosure.intake import border, ordinals, stock, values
from disclosure.intake.border import Arrival
from disclosure.intake.stock import Kept, Row
from disclosure.privacy import detectors
from disclosure.schema import Schema

LASTING = frozenset(
    {"published", "until", "publish", "publish_basis", "status", "status_date", "status_reason"}
)
"""What a bureau notes beside the decision itself: a blank cell of a sheet does not wipe it."""
STANDING = frozenset({"", "公示中", "变更"})
"""Statuses of a decision that stands; from any other, an import leads no way back."""
UNFINISHED = ".import"
"""How the name of a file ends while it is written; it begins with a dot and holds masked rows only."""


@dataclass(slots=True)
class Outcome:
    """What an import did, or would do: counts and places, nothing that a cell says."""

    sheet: str
    title: str = ""
    findings: list[Finding] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    """How many rows are new, changed, same, refused."""
    files: dict[str, Counter[str]] = field(default_factory=dict)
    """The files that change, with how many of their rows are new and changed."""
    cells: Counter[str] = field(default_factory=Counter)
    """How many cells of rows that were there change, by title."""
    masked: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many cells were masked, by title and kind of mask."""
    dropped: Counter[str] = field(default_factory=Counter)
    """How many filled cells of columns that are never kept, by header."""
    notes: list[str] = field(default_factory=list)
    is_sound: bool = False
    """Whether the sheet could be read as a whole; if not, nothing is written."""

    @property
    def errors(self) -> list[Finding]:
        return [f for f in self.findings if f.severity is Severity.ERROR]

    def refuse(self, code: str, arrival: Arrival, **facts: object) -> None:
        self.rows["refused"] += 1
        self.findings.append(Finding(code, arrival.place, facts))

    def count(self, what: str, file: str) -> None:
        self.rows[what] += 1
        self.files.setdefault(file, Counter())[what] += 1


def run(
    root: Path, sheet: Path, collection: str, *, published: str = "", dry: bool = False
) -> Outcome:
    """Import a sheet from outside into `data/<collection>` of the project at `root`.

    Rows with errors are refused and the others kept; of a sheet that is unsound as a whole, nothing.
    `published` (YYYY-MM-DD) is the day of publication of rows that are new and state none. With
    `dry`, nothing is written. Never raises for what files hold.
    """
    name = _named(sheet)
    outcome = Outcome(name)
    outcome.findings += _misplaced(root, sheet)
    schema = _schema(root, collection, outcome.findings)
    if schema is None or outcome.errors:
        return outcome
    outcome.title = schema.title
    crossing, sound = border.cross(schema, *parts.read(schema, sheet, name))
    tables, findings = stock.load(schema, root)
    outcome.findings += crossing.findings + findings
    outcome.masked, outcome.dropped = crossing.masked, crossing.dropped
    outcome.rows["refused"] = crossing.refused
    if not sound or findings:
        return outcome
    outcome.is_sound = True
    fresh = _settle(schema, root, tables, crossing.arrivals, published, outcome)
    contents, outcome.notes = stock.contents(schema, tables, fresh)
    if not dry:
        _write(root / "data" / schema.name, contents)
    return outcome


def _named(sheet: Path) -> str:
    """How a sheet is called in messages: who sent it in may have named it after somebody."""
    return detectors.veiled(sheet.stem) + sheet.suffix


def _misplaced(root: Path, sheet: Path) -> Iterator[Finding]:
    """A raw sheet belongs outside the project, where nobody can commit it."""
    real, home = sheet.resolve(), root.resolve()
    name = _named(sheet)
    place, facts = Place(name), {"name": name}
    if any(real.is_relative_to(home / folder) for folder in ("data", "docs", "site")):
        yield Finding("F501", place, facts)
    elif real.is_relative_to(home) and real.exists():
        yield Finding("F502", place, facts)


def _schema(root: Path, collection: str, findings: list[Finding]) -> Schema | None:
    data, name = root / "data", collection.strip("/")
    file = data / name / "schema.yml"
    if not all(map(values.is_slug, name.split("/"))) or not file.exists():
        known = sorted(
            path.parent.relative_to(data).as_posix() for path in data.rglob("schema.yml")
        )
        facts = {"collection": name, "known": "、".join(known) or "没有"}
        findings.append(Finding("F510", Place("data"), facts))
        return None
    schema, complaints = descriptor.load(file, name=name, file=f"data/{name}/schema.yml")
    findings += complaints
    return schema


def _settle(
    schema: Schema,
    root: Path,
    tables: Sequence[Kept],
    arrivals: Sequence[Arrival],
    published: str,
    outcome: Outcome,
) -> Mapping[Path, Sequence[Row]]:
    """Note in every table what changes in it; the rows of files that are not there yet come back."""
    standing = {id_: (kept, n) for kept in reversed(tables) for n, id_ in enumerate(kept.ids)}
    fresh: dict[Path, list[Row]] = defaultdict(list)
    added: dict[Path, list[Row]] = defaultdict(list)
    stuck: dict[str, list[int]] = defaultdict(list)
    seen: dict[str, Place] = {}
    for arrival in _numbered(schema, tables, arrivals, outcome):
        cells = {name: [arrival.values.get(name, "")] for name in schema.primary_key}
        (id_,) = stock.ids_of(schema, cells)
        if (first := seen.setdefault(id_, arrival.place)) is not arrival.place:
            outcome.refuse("F505", arrival, first=f"第 {first.row} 行")
        elif id_ in standing:
            kept, index = standing[id_]
            if not _renew(schema, kept, index, arrival, outcome):
                stuck[kept.file].append(arrival.place.row)
        else:
            row = dict(arrival.values)
            if published and "published" in schema.by_name and not row.get("published"):
                row["published"] = published
            path = stock.target(schema, root, tables, row)
            file = f"data/{schema.name}/{path.name}"
            if stock.is_workbook(path):
                stuck[file].append(arrival.place.row)
                continue
            (added if path.exists() else fresh)[path].append(row)
            outcome.count("new", file)
    for kept in tables:
        kept.insert(added.pop(kept.path, ()))
    outcome.findings += _stuck(stuck, outcome)
    return fresh


def _renew(schema: Schema, kept: Kept, index: int, arrival: Arrival, outcome: Outcome) -> bool:
    """Compare a row that is there with the sheet's, and note what changes; False where none can."""
    old = kept.row(index)
    new = {
        name: value
        for name, value in arrival.values.items()
        if value != old[name] and (value or name not in LASTING)
    }
    if not new:
        outcome.rows["same"] += 1
    elif _brings_back(old, new):
        outcome.refuse("F507", arrival, file=kept.file, row=kept.number(index))
    elif kept.is_workbook:
        return False
    else:
        kept.change(index, new)
        outcome.count("changed", kept.file)
        outcome.cells.update(schema.by_name[name].title for name in new)
    return True


def _brings_back(old: Row, new: Row) -> bool:
    """Whether a record would be shown again that the bureau has withdrawn, retired or closed."""
    withdrawn = old.get("status", "") not in STANDING and new.get("status", "?") in STANDING
    return withdrawn or (old.get("publish") == "否" and "publish" in new)


def _stuck(rows: Mapping[str, Sequence[int]], outcome: Outcome) -> Iterator[Finding]:
    """Rows that would change a workbook, which an import cannot write."""
    for file, numbers in rows.items():
        outcome.rows["refused"] += len(numbers)
        shown = "、".join(map(str, numbers[:5])) + (f" 等 {len(numbers)}" if numbers[5:] else "")
        facts = {"name": file, "rows": f"第 {shown} 行", "csv": f"{Path(file).stem}.csv"}
        yield Finding("F506", Place(outcome.sheet), facts)


def _numbered(
    schema: Schema, tables: Sequence[Kept], arrivals: Sequence[Arrival], outcome: Outcome
) -> Iterator[Arrival]:
    """The rows with the ordinals of their parties; refused where nobody can tell them apart."""
    number = stock.ordinal_of(schema)
    if not number:
        yield from arrivals
        return
    there: dict[str, list[Row]] = defaultdict(list)
    for kept in tables:
        for index, decision in enumerate(kept.decisions):
            there[decision].append(kept.row(index))
    groups: dict[str, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        groups[arrival.decision].append(arrival)
    for decision, group in groups.items():
        rows = [arrival.values for arrival in group]
        for arrival, given in zip(
            group, ordinals.assign(number, rows, there[decision]), strict=True
        ):
            if given is None:
                outcome.refuse("F508", arrival, title=schema.by_name[number].title)
            else:
                yield replace(arrival, values={**arrival.values, number: given})


def _write(folder: Path, contents: Mapping[Path, bytes]) -> None:
    """Put every file in place at once; what was broken off earlier is cleared away."""
    for left in folder.glob(f".*{UNFINISHED}"):
        left.unlink()
    for path, content in contents.items():
        unfinished = path.with_name(f".{path.name}{UNFINISHED}")
        with unfinished.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
