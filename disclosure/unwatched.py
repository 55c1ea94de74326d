"""Unwatched: collections that are gone, or lost the fields by which their records once came down."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path

from disclosure.diagnostics import Finding, Place
from disclosure.intake.versions import Change
from disclosure.rules.status import TAKEN_DOWN
from disclosure.schema import Schema

WORDS: Mapping[str, frozenset[str]] = {
    "status": frozenset(TAKEN_DOWN),
    "publish": frozenset({"否"}),
}
"""By field, what a row says there that must not be shown."""
CODES = ("utf-8", "gb18030")


def check(
    schemas: Mapping[str, Schema],
    changes: Sequence[Change],
    content: Callable[[str], bytes],
    data: Path,
    removed: Container[str] = (),
) -> Iterator[Finding]:
    """Collections whose records that were taken down nothing tells of any more: what says so is an
    ordinary column now, or none, and all of them would be shown again; or the collection is gone, and
    the notices of what was withdrawn with it. `changes` and `content` are what Git keeps of the folder
    `data`; `removed` are collections of which it is known why they are gone.
    """
    present = {name: _key((data / name / "schema.yml").read_bytes()) for name in schemas}
    lost: dict[str, set[str]] = {}
    sheets: dict[str, dict[str, str]] = {}
    for change in changes:
        name, _, file = change.path.rpartition("/")
        if not change.new or not (name in schemas or _is_gone(data, name, removed)):
            continue
        missing = WORDS.keys() - (schemas[name].by_name.keys() if name in schemas else set())
        if file == "schema.yml" and missing and change.new != present.get(name):
            text = content(change.new)
            had = {f for f in missing if re.search(rb"\bname: *[\"']?%b\b" % f.encode(), text)}
            lost.setdefault(name, set()).update(had)
        elif file.endswith(".csv"):
            sheets.setdefault(name, {})[file] = change.new
    for name, fields in sorted(lost.items()):
        told = [
            field
            for field in sorted(fields)
            if any(_says(content(key), WORDS[field]) for key in sheets.get(name, {}).values())
        ]
        if name in schemas:
            place = Place(f"{data.name}/{name}/schema.yml")
            yield from (Finding("T504", place, {"field": field}) for field in told)
        elif told:
            yield Finding("T505", Place(f"{data.name}/{name}"), {"name": name})


def _is_gone(data: Path, name: str, removed: Container[str]) -> bool:
    """Whether there is no collection of a name, and nobody said why."""
    return name not in removed and not (data / name / "schema.yml").exists()


def _key(content: bytes) -> str:
    """The key under which Git keeps some bytes: what is as it is today need not be read again."""
    head = b"blob %d\0" % len(content)
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


def _says(sheet: bytes, words: frozenset[str]) -> bool:
    """Whether a cell of a CSV file is one of some words."""
    spelled = b"|".join(word.encode(code) for word in sorted(words) for code in CODES)
    return re.search(rb'(?:^|,)"?(?:%b)"?(?:,|\r|$)' % spelled, sheet, re.MULTILINE) is not None
