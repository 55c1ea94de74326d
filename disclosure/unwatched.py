"""Unwatched: collections whose schema once had the fields by which records come down, and has them no more."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
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
) -> Iterator[Finding]:
    """Collections in which every record that was taken down would be shown again, because what says so
    is an ordinary column now, or none. `changes` and `content` are what Git keeps of the folder `data`.
    """
    present = {name: _key((data / name / "schema.yml").read_bytes()) for name in schemas}
    lost: dict[str, set[str]] = {}
    sheets: dict[str, dict[str, str]] = {}
    for change in changes:
        name, _, file = change.path.rpartition("/")
        if not change.new or name not in schemas:
            continue
        missing = WORDS.keys() - schemas[name].by_name.keys()
        if file == "schema.yml" and missing and change.new != present[name]:
            text = content(change.new)
            had = {f for f in missing if re.search(rb"\bname: *[\"']?%b\b" % f.encode(), text)}
            lost.setdefault(name, set()).update(had)
        elif file.endswith(".csv"):
            sheets.setdefault(name, {})[file] = change.new
    for name, fields in sorted(lost.items()):
        for field in sorted(fields):
            if any(_says(content(key), WORDS[field]) for key in sheets.get(name, {}).values()):
                yield Finding("T504", Place(f"{data.name}/{name}/schema.yml"), {"field": field})


def _key(content: bytes) -> str:
    """The key under which Git keeps some bytes: what is as it is today need not be read again."""
    head = b"blob %d\0" % len(content)
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


def _says(sheet: bytes, words: frozenset[str]) -> bool:
    """Whether a cell of a CSV file is one of some words."""
    spelled = b"|".join(word.encode(code) for word in sorted(words) for code in CODES)
    return re.search(rb'(?:^|,)"?(?:%b)"?(?:,|\r|$)' % spelled, sheet, re.MULTILINE) is not None
