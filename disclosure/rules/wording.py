"""Wording: what the list of wrong wordings says, and where a text goes against it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings

_NEEDED = ("id", "wrong", "right", "source")
_KEYS = frozenset({*_NEEDED, "severity", "except", "from", "to"})
SEVERITIES = ("error", "warning")

Complaint = tuple[str, tuple[str | int, ...], dict[str, object]]


@dataclass(frozen=True, slots=True)
class Word:
    """One wrong wording, literally, with the right one and why; `spared` are longer texts that hold
    it and are right. It is wrong from the day `first` to `last` (ISO text, "" for open)."""

    id: str
    wrong: str
    right: str
    source: str
    group: str
    grave: bool = False
    spared: tuple[str, ...] = ()
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class Words:
    """The list, in the order of its file."""

    entries: tuple[Word, ...] = ()

    def on(self, day: str) -> Words:
        """Those that are wrong on a day."""
        return Words(
            tuple(w for w in self.entries if w.first <= day and (not w.last or day <= w.last))
        )

    @cached_property
    def always(self) -> Words:
        """Those that are wrong whatever the day."""
        return Words(tuple(w for w in self.entries if not w.first and not w.last))

    def find(self, text: str) -> list[tuple[int, Word]]:
        """Where a text goes against the list: (index, entry), each place once, by the longest entry.

        Two speeds: one pattern settles the many texts in which nothing is wrong.
        """
        if not self.entries or not self._pattern.search(text):
            return []
        hits = [
            (index, word)
            for word in self.entries
            for index in _occurrences(word.wrong, text)
            if not _is_spared(word, text, index)
        ]
        return [hit for hit in sorted(hits, key=_order) if not _is_within_another(hit, hits)]

    def column(self, cells: pa.ChunkedArray) -> Iterator[tuple[int, Word]]:
        """The same for a column of text: (row from 0, entry)."""
        if not self.entries:
            return
        doubtful = pc.match_substring_regex(cells, self._alternation)
        for row in pc.indices_nonzero(doubtful).to_pylist():
            for _, word in self.find(cells[row].as_py()):
                yield row, word

    @cached_property
    def _alternation(self) -> str:
        return "|".join(re.escape(word.wrong) for word in self.entries)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self._alternation)


NO_WORDS = Words()


def _occurrences(wanted: str, text: str) -> Iterator[int]:
    index = text.find(wanted)
    while index >= 0:
        yield index
        index = text.find(wanted, index + 1)


def _is_spared(word: Word, text: str, index: int) -> bool:
    """Whether the wrong text stands within a longer one that is right."""
    return any(
        index >= within and text.startswith(longer, index - within)
        for longer in (*word.spared, word.right)
        for within in _occurrences(word.wrong, longer)
    )


def _order(hit: tuple[int, Word]) -> tuple[int, int]:
    return hit[0], -len(hit[1].wrong)


def _is_within_another(hit: tuple[int, Word], hits: list[tuple[int, Word]]) -> bool:
    start, end = hit[0], hit[0] + len(hit[1].wrong)
    return any(
        other <= start and end <= other + len(word.wrong) and len(word.wrong) > end - start
        for other, word in hits
    )


def load(path: Path, *, file: str) -> tuple[Words, list[Finding]]:
    """The list in the YAML file at `path`; entries with a mistake are only reported.

    Each group maps to a list of entries `{id, wrong, right, source, severity, except, from, to}`.
    """
    content, findings = settings.read(path, file=file)
    entries: list[Word] = []
    taken: set[str] = set()
    complaints: list[Complaint] = []
    for group, listed in (content or {}).items():
        if not isinstance(listed, list) or not listed:
            complaints.append(("M311", (str(group),), {"what": "这一组没有词条"}))
            listed = []
        for number, entry in enumerate(listed):
            wrong = list(_complaints(entry, taken))
            complaints += [(code, (str(group), number, *way), facts) for code, way, facts in wrong]
            if not wrong:
                entries.append(_word(entry, str(group)))
    lines = settings.lines(path) if complaints else {}
    for code, way, facts in complaints:
        row = lines.get(way) or lines.get(way[:2]) or lines.get(way[:1], 0)
        findings.append(Finding(code, Place(file, row=row), facts))
    return Words(tuple(entries)), findings


def _complaints(entry: Any, taken: set[str]) -> Iterator[Complaint]:
    """Code, way within the entry and facts of everything wrong with one entry."""
    if not isinstance(entry, dict):
        yield "M311", (), {"what": "词条不是「名称: 值」"}
        return
    missing = [
        key for key in _NEEDED if not isinstance(entry.get(key), str) or not entry[key].strip()
    ]
    if missing:
        yield "M311", (), {"what": f"词条缺少 {'、'.join(missing)}"}
        return
    for key in entry:
        if key not in _KEYS:
            yield "M312", (str(key),), {"key": key}
    for key in ("id", "wrong"):
        if (said := f"{key} {entry[key]}") in taken:
            yield "M313", (key,), {"key": key, "value": entry[key]}
        taken.add(said)
    yield from _contradictions(entry)


def _contradictions(entry: Mapping[str, Any]) -> Iterator[Complaint]:
    spared = entry.get("except", [])
    if entry["wrong"] == entry["right"]:
        yield "M314", ("right",), {"what": "正确写法与错误写法相同"}
    if not isinstance(spared, list) or not all(
        isinstance(text, str) and entry["wrong"] in text and text != entry["wrong"]
        for text in spared
    ):
        yield "M314", ("except",), {"what": "except 应是列表，每一项都含有错误写法而且更长"}
    if entry.get("severity", "warning") not in SEVERITIES:
        yield "M314", ("severity",), {"what": f"severity 只能写 {' 或 '.join(SEVERITIES)}"}
    bounds = [entry[key] for key in ("from", "to") if entry.get(key) is not None]
    if not all(type(bound) is date for bound in bounds) or bounds != sorted(bounds):
        yield "M314", ("from",), {"what": "from（自）、to（至）应是日期，自不晚于至"}


def _word(entry: Mapping[str, Any], group: str) -> Word:
    return Word(
        id=entry["id"],
        wrong=entry["wrong"],
        right=entry["right"],
        source=entry["source"].strip(),
        group=group,
        grave=entry.get("severity") == "error",
        spared=tuple(entry.get("except", ())),
        first=str(entry.get("from") or ""),
        last=str(entry.get("to") or ""),
    )
