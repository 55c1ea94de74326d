"""The stock: the tables of a collection as they lie in `data/`, and the edits that bring in other rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from disclosure import parts
from disclosure.checking import Checked
from disclosure.diagnostics import Finding, Place, Severity
from disclosure.intake import ledgers, values
from disclosure.intake.ledgers import Edit
from disclosure.intake.tables import WORKBOOKS, plain
from disclosure.schema import NOT_APPLICABLE, Field, Schema

Row = Mapping[str, str]
"""Canonical text by field."""
_READABLE = {"F401", "F402", "F136", "F137"}
"""Errors of a table, besides those of single values, that leave its rows where they are."""


@dataclass(eq=False, slots=True)
class Kept:
    """One table, and what is to change in it."""

    schema: Schema
    path: Path
    file: str
    """The name findings use."""
    checked: Checked
    ids: Sequence[str]
    decisions: Sequence[str]
    """For every row the id of its decision, which several parties may share."""
    wide: int
    columns: dict[str, int]
    """The column of each field, those to be added included."""
    edit: Edit = field(default_factory=Edit)

    @property
    def is_workbook(self) -> bool:
        return is_workbook(self.path)

    def row(self, index: int) -> Row:
        return {name: column[index] for name, column in self.checked.columns.items()}

    def number(self, index: int) -> int:
        """The row as a spreadsheet counts it."""
        return self.checked.table.rows[index]

    def change(self, index: int, cells: Row) -> None:
        """Note that some cells of a row change."""
        self.edit.cells[self.number(index)] = self._by_column(cells)

    def insert(self, rows: Sequence[Row]) -> None:
        """Give new rows their places between those that are there, which keep theirs."""
        order = [
            order_of(self.schema, self.row(index)) for index in range(len(self.ids) if rows else 0)
        ]
        for row in sorted(rows, key=lambda row: order_of(self.schema, row)):
            mine = order_of(self.schema, row)
            before = [index for index, key in enumerate(order) if key <= mine]
            after = self.number(before[-1]) if before else self.edit.header
            self.edit.added.setdefault(after, []).append(self._by_column(row))

    def _by_column(self, row: Row) -> dict[int, str]:
        """A row's texts by column; where the file has none for a field, one is added to it."""
        cells = {}
        for name, value in row.items():
            if name not in self.columns:
                if not value:
                    continue
                self.edit.columns.append(self.schema.by_name[name].title)
                self.columns[name] = self.wide + len(self.edit.columns)
            cells[self.columns[name]] = self._spelled(self.schema.by_name[name], value)
        return cells

    def _spelled(self, f: Field, value: str) -> str:
        """An amount in the money unit of the column that it goes to."""
        column = self.checked.header.get(f.name)
        unit = self.schema.headers[plain(column.header)][2] if column else ""
        if unit in ("", f.unit) or value in ("", NOT_APPLICABLE):
            return value
        text = f"{Decimal(value) * values.UNITS[f.unit] / values.UNITS[unit]:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


def load(schema: Schema, root: Path) -> tuple[list[Kept], list[Finding]]:
    """The tables of a collection; F509 for a file whose rows cannot be known."""
    stock: list[Kept] = []
    findings: list[Finding] = []
    for path in parts.sheets(root / "data" / schema.name):
        file = f"data/{schema.name}/{path.name}"
        tables, found = parts.read(schema, path, file)
        errors = {f.code for f in found if f.severity is Severity.ERROR and f.code[0] != "V"}
        if errors - _READABLE or not tables:
            findings.append(Finding("F509", Place(file), {"name": path.name}))
        stock += [_kept(schema, path, file, checked) for checked in tables]
    return stock, findings


def _kept(schema: Schema, path: Path, file: str, checked: Checked) -> Kept:
    columns = {name: column.number for name, column in checked.header.items()}
    wide = 0 if is_workbook(path) else ledgers.width(path.read_bytes())
    edit = Edit(header=checked.table.header_row)
    ids, decisions = ids_of(schema, checked.columns), decisions_of(schema, checked.columns)
    return Kept(schema, path, file, checked, ids, decisions, wide, columns, edit)


def is_workbook(path: Path) -> bool:
    return path.suffix.lower() in WORKBOOKS


def ids_of(schema: Schema, columns: Mapping[str, Sequence[str]]) -> list[str]:
    """The id of every row."""
    return parts.record_ids(schema, columns)


def decisions_of(schema: Schema, columns: Mapping[str, Sequence[str]]) -> list[str]:
    """For every row the id of its decision: what the key is without the ordinal of the party."""
    key = tuple(name for name in schema.primary_key if name != ordinal_of(schema))
    return parts.record_ids(replace(schema, primary_key=key), columns)


def ordinal_of(schema: Schema) -> str:
    """The key field that tells the parties of one decision apart, or "" when there is none."""
    for name in reversed(schema.primary_key):
        if schema.by_name[name].type == "integer" and not schema.by_name[name].required:
            return name
    return ""


def target(schema: Schema, root: Path, stock: Sequence[Kept], row: Row) -> Path:
    """The file of a new row: that of its year, or the only one there is."""
    folder = root / "data" / schema.name
    by_year = not stock or any(re.fullmatch(r"[12]\d{3}", kept.path.stem) for kept in stock)
    if schema.date and by_year:
        stem = row[schema.date][:4]
    elif len({kept.path for kept in stock}) == 1:
        return stock[0].path
    else:
        stem = folder.name
    named = (kept.path for kept in stock if kept.path.stem == stem)
    return next(named, folder / f"{stem}.csv")


def order_of(schema: Schema, row: Row) -> tuple[str, list[list[tuple[int, str]]]]:
    """By date, then by key: 2号 before 10号, whatever the brackets."""
    keys = [values.document_key(row.get(name, "")) for name in schema.primary_key]
    pieces = ([p for p in re.split(r"(\d+)", key) if p] for key in keys)
    natural = [[(int(p) if p.isdecimal() else 0, p) for p in some] for some in pieces]
    return row.get(schema.date, ""), natural


def contents(
    schema: Schema, stock: Sequence[Kept], fresh: Mapping[Path, Sequence[Row]]
) -> tuple[dict[Path, bytes], list[str]]:
    """The new content of every file that changes or begins, and what staff should know of it."""
    found: dict[Path, bytes] = {}
    notes: list[str] = []
    for kept in stock:
        if kept.edit.cells or kept.edit.added:
            content = kept.path.read_bytes()
            found[kept.path] = ledgers.apply(content, kept.edit)
            if kept.edit.columns:
                columns = "、".join(f"「{title}」" for title in kept.edit.columns)
                notes.append(f"{kept.file} 末尾增加了列{columns}，因此表头一行也显示为改动。")
            if not ledgers.is_utf8(content):
                notes.append(f"{kept.file} 转为 UTF-8 编码，因此这一次整个文件都显示为改动。")
    # A new file has all columns: one that is added later would change every line.
    fields = schema.public_fields
    for path, rows in fresh.items():
        ordered = sorted(rows, key=lambda row: order_of(schema, row))
        body = [[row.get(f.name, "") for f in fields] for row in ordered]
        found[path] = ledgers.write([f.title for f in fields], body)
    return found, notes
