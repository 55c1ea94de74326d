"""The allow-list: values that look personal and are not, each for one place, approved and for a time.

`data/rules/privacy-allow.yml` holds a salt and entries of rule (the code of the finding), hash,
path, reason, approver and expiry. The value itself stands nowhere. The hash is a slow one, because
there are few enough telephone numbers to try them all with a quick one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from disclosure import cache
from disclosure.diagnostics import Finding, Place, registry
from disclosure.intake import settings

FILE = "data/rules/privacy-allow.yml"
RULES = ("P101", "P102", "P103", "P104", "P111", "P112", "P113", "P114")
"""The findings that an entry may silence."""
_TEXTS = ("rule", "hash", "path", "reason", "approver")
_KEYS = (*_TEXTS, "expires")


@dataclass(frozen=True, slots=True)
class Entry:
    """One value that may stand in one place (`*` in the path stands for anything)."""

    rule: str
    hash: str
    path: str
    expires: date
    place: Place
    reason: str = ""
    approver: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The whole list; an empty one allows nothing."""

    salt: str = ""
    entries: tuple[Entry, ...] = ()

    def entry(self, rule: str, path: str, value: str) -> int | None:
        """The number of the entry that lets a value stand in a file, None if there is none."""
        fitting = [
            number
            for number, entry in enumerate(self.entries)
            if entry.rule == rule and fnmatchcase(path, entry.path)
        ]
        digest = hashed(value, self.salt) if fitting else ""
        return next((n for n in fitting if self.entries[n].hash == digest), None)

    @property
    def spelling(self) -> str:
        """A hash of everything that decides what is let through."""
        return cache.digest(self.salt, *(f"{e.rule} {e.hash} {e.path}" for e in self.entries))


def hashed(value: str, salt: str) -> str:
    """The hash of a value as `Hit.value` spells it. Takes some hundredths of a second, on purpose."""
    return hashlib.scrypt(value.encode(), salt=salt.encode(), n=1 << 14, r=8, p=1, dklen=16).hex()


def load(path: Path, as_of: date, *, file: str = FILE) -> tuple[Allowed, list[Finding]]:
    """The list that holds on a day. A project need not have one; entries with a mistake are reported."""
    if not path.exists():
        return Allowed(), []
    content, findings = settings.read(path, file=file)
    if content is None:
        return Allowed(), findings
    lines = settings.lines(path)
    raw = content.get("entries") or []
    salt = content.get("salt")
    for key in content:
        if key not in ("salt", "entries"):
            findings.append(Finding("P131", Place(file, row=lines[(str(key),)]), {"key": key}))
    if not isinstance(raw, list) or not isinstance(salt, str) or len(salt) < 16:
        key = "entries" if not isinstance(raw, list) else "salt"
        row = lines.get((key,), 0)
        return Allowed(), [*findings, Finding("P131", Place(file, row=row), {"key": key})]
    entries: list[Entry] = []
    for number, one in enumerate(raw):
        place = Place(file, row=lines.get(("entries", number), 0))
        if wrong := next(_mistakes(one), ""):
            row = lines.get(("entries", number, wrong), place.row)
            findings.append(Finding("P131", Place(file, row=row), {"key": wrong}))
        elif one["expires"] < as_of:
            findings.append(Finding("P132", place, {"rule": one["rule"], "day": one["expires"]}))
        else:
            entries.append(_entry(one, place))
    return Allowed(salt, tuple(entries)), findings


def _mistakes(one: Any) -> Iterator[str]:
    """The keys of an entry that are wrong or missing."""
    if not isinstance(one, dict):
        yield "rule"
        return
    for key in _TEXTS:
        if not isinstance(one.get(key), str) or not one[key].strip():
            yield key
    if one.get("rule") not in RULES or one.get("rule") not in registry():
        yield "rule"
    if type(one.get("expires")) is not date:
        yield "expires"
    yield from (str(key) for key in one if key not in _KEYS)


def _entry(one: Mapping[str, Any], place: Place) -> Entry:
    return Entry(
        one["rule"],
        one["hash"],
        one["path"],
        one["expires"],
        place,
        one["reason"].strip(),
        one["approver"].strip(),
    )


def unused(allowed: Allowed, used: set[int], places: tuple[str, ...]) -> Iterator[Finding]:
    """The entries for files below one of some places that silence nothing there."""
    for number, entry in enumerate(allowed.entries):
        if number not in used and entry.path.startswith(places):
            yield Finding("P133", entry.place, {"rule": entry.rule, "path": entry.path})
