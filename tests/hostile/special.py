"""The sample's own collections, with a hostile text in every cell that may hold any text."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from unicodedata import normalize

import yaml

from disclosure.intake import escaping
from disclosure.schema import Field

NAMES = (
    "powers",
    "powers/adjustments",
    "discretion",
    "tasks",
    "inspections/items",
    "inspections",
    "officers",
    "norms",
)
"""Those with pages of their own: lists of powers with their changes, matrices, lists under headings."""
ROWS = 40
"""So many rows of each; all of those that others refer to."""
APART = 29
"""So many texts further each column begins than the one before."""
WHOLE = ("powers", "inspections/items")

Row = Mapping[str, str]


def write(source: Path, target: Path, texts: Sequence[str]) -> None:
    """Copy the collections from one folder of data to another, with all the texts in turn in their cells."""
    columns = 0
    names: dict[str, str] = {}
    for name in NAMES:
        schema = yaml.safe_load((source / name / "schema.yml").read_text("utf-8"))
        schema["missingValues"] = [""]
        *_, sheet = sorted((source / name).glob("*.csv"))
        with sheet.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        rows = rows if name in WHOLE else rows[:ROWS]
        if name == "powers":  # those that nothing but `agreeing` changes
            first = min(row["生效日期"] for row in rows)
            rows = [r for r in rows if r["生效日期"] == first and not r["失效日期"]]
        for field in schema["fields"]:
            title = field["title"]
            if field.get("format") == "uri":
                rows = [row | {title: ""} for row in rows]
            if is_free(field, schema):
                # No text comes twice in a column: records may be told apart by it.
                trap = islice(cycle(fitting(field, texts)), columns * APART, None)
                rows = [row | {title: next(trap) if row.get(title) else ""} for row in rows]
                columns += 1
        if name == "powers":
            names = {row["职权编码"]: row["项目名称"] for row in rows}
        elif name == "powers/adjustments":
            rows = agreeing(rows, names)
        put(target / name, schema, sheet.name, rows)


def agreeing(rows: Sequence[Row], names: Mapping[str, str]) -> list[dict[str, str]]:
    """Changes of powers that are what the list of powers says: each has got the name it has there."""
    return [
        {**row, "职权编码": code, "项目名称": now, "调整类型": "变更", "调整内容": "项目名称"}
        | {"调整前": f"{now}（原）", "调整后": now}
        for row, (code, now) in zip(rows, names.items(), strict=False)
    ]


def put(folder: Path, schema: Mapping[str, Any], sheet: str, rows: Sequence[Row]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schema.yml").write_text(yaml.safe_dump(schema, allow_unicode=True), "utf-8")
    with (folder / sheet).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow({title: escaping.defuse(cell) for title, cell in row.items()})


def is_free(field: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    """Whether a field may hold any text, and no record is found by it."""
    bound = {*schema["primaryKey"], *(key["fields"] for key in schema.get("foreignKeys", ()))}
    rules = field.get("constraints", {}).keys() & {"enum", "pattern"}
    is_text = field.get("type", "string") == "string" and "format" not in field
    return is_text and not rules and field["name"] not in bound and field.get("public", True)


def is_shown(field: Field) -> bool:
    """Whether a page of a record shows a text as it is."""
    return field.public and (field.type, field.format) == ("string", "text")


def fitting(field: Mapping[str, Any], texts: Sequence[str]) -> list[str]:
    """The texts that a field has room for; as names, only those that differ for a reader."""
    most = field.get("constraints", {}).get("maxLength", 5000)
    some = [text for text in texts if len(text) <= most]
    if field["name"] == "name":
        some = list({normalize("NFKC", text).casefold(): text for text in some}.values())
    return some
