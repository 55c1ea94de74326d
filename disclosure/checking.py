"""Checking: a table of raw text against its schema, column by column; canonical text and findings come out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from disclosure.diagnostics import Finding, Place
from disclosure.intake import values
from disclosure.intake.tables import Column, Table, plain
from disclosure.intake.values import Reading, Refusal
from disclosure.schema import Field, Schema, nearest

ODD = frozenset({"V901", "V902"})
"""What is said of cells that are read all the same, once for a column."""


@dataclass(frozen=True)
class Checked:
    """One table in canonical text: a column for every field of the schema, "" where there is nothing."""

    table: Table
    header: Mapping[str, Column]
    """The sheet's own column for each field it has."""
    columns: Mapping[str, Sequence[str]]

    def place(self, index: int, field: str = "") -> Place:
        return self.table.place(index, self.header.get(field))


def check(schema: Schema, table: Table) -> tuple[Checked, list[Finding]]:
    """Match the headers, read every cell. A cell that cannot be read is "" and has a finding."""
    header, findings = _match(schema, table)
    size = len(table.rows)
    columns: dict[str, Sequence[str]] = {}
    for field in schema.fields:
        if field.name in header:
            column, unit = header[field.name]
            columns[field.name], refused = read_column(field, column.values, unit)
            findings += _findings(field, table, column, refused)
        else:
            columns[field.name] = [""] * size
    return Checked(table, {name: column for name, (column, _) in header.items()}, columns), findings


def read_column(
    field: Field, cells: Sequence[str], unit: str = ""
) -> tuple[list[str], list[tuple[int, Refusal]]]:
    """The canonical text of every cell, and what was refused, by index; also what is merely odd.

    Two speeds: each distinct text is looked at once, and only those that are not settled at a
    glance go through the exact reading.
    """
    distinct = dict.fromkeys(cells)
    exact_only = bool(unit) and unit != field.unit
    doubtful = distinct if exact_only else field.unsettled(distinct)
    if not doubtful:
        return list(cells), []
    readings: dict[str, Reading] = {text: field.read(text, unit) for text in doubtful}
    odd = {text: notice for text in doubtful if (notice := values.odd(text))}
    if not odd and not any(isinstance(reading, Refusal) for reading in readings.values()):
        return [readings.get(text, text) for text in cells], []  # type: ignore[misc]
    canonical: list[str] = []
    refused: list[tuple[int, Refusal]] = []
    for index, raw in enumerate(cells):
        reading = readings.get(raw, raw)
        if isinstance(reading, Refusal):
            refused.append((index, reading))
            canonical.append("")
        else:
            canonical.append(reading)
            if raw in odd:
                refused.append((index, odd[raw]))
    return canonical, refused


def _match(schema: Schema, table: Table) -> tuple[dict[str, tuple[Column, str]], list[Finding]]:
    """The sheet's column (and its money unit) for each field, with what is wrong about the headers."""
    header: dict[str, tuple[Column, str]] = {}
    findings: list[Finding] = []
    ignored = {plain(text) for text in schema.ignore}
    titles = [f.title for f in schema.fields] + [a for f in schema.fields for a, _ in f.aliases]
    for column in table.columns:
        place = Place(table.file, table.sheet, table.header_row, column.number)
        known = schema.headers.get(plain(column.header))
        if known is None:
            if column.header.strip() and plain(column.header) not in ignored:
                facts = {"header": column.header, "hint": nearest(column.header, titles)}
                findings.append(Finding("F401", place, facts))
            continue
        field, text, unit = known
        if field.name in header:
            facts = {
                "header": column.header,
                "first": header[field.name][0].header,
                "title": field.title,
            }
            findings.append(Finding("F403", place, facts))
            continue
        if _spelling(column.header) != _spelling(text):
            findings.append(Finding("F404", place, {"header": column.header, "known": text}))
        header[field.name] = column, unit
    findings += _absent(schema, table, header)
    return header, findings


def _spelling(header: str) -> str:
    return unicodedata.normalize("NFC", header).strip("\ufeff")


def _absent(schema: Schema, table: Table, header: Mapping[str, object]) -> Iterator[Finding]:
    unread = [c.header for c in table.columns if plain(c.header) not in schema.headers]
    for field in schema.fields:
        if field.required and field.name not in header:
            facts = {"title": field.title, "hint": nearest(field.title, unread)}
            yield Finding("F402", Place(table.file, table.sheet, table.header_row), facts)


def _findings(
    field: Field, table: Table, column: Column, refused: Sequence[tuple[int, Refusal]]
) -> Iterator[Finding]:
    """One for every cell that was refused, and one for all that are odd in the same way."""
    odd: dict[str, list[tuple[int, Refusal]]] = {}
    for index, refusal in refused:
        if refusal.code in ODD:
            odd.setdefault(refusal.code, []).append((index, refusal))
            continue
        facts = dict(refusal.facts)
        if "value" in facts:
            facts["value"] = field.quote(str(facts["value"]))
        yield Finding(refusal.code, table.place(index, column), facts)
    for code, found in odd.items():
        index, refusal = found[0]
        more = f"（共 {len(found)} 格）" if len(found) > 1 else ""
        facts = {"title": field.title, **refusal.facts, "more": more}
        yield Finding(code, table.place(index, column), facts)
