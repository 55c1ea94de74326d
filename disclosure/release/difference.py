"""Differences: what a new release changes for the public, counted in files and told in records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from disclosure.release.manifest import Manifest

ADDED, CHANGED, WITHDRAWN, RETIRED, LOST = "新增", "更新", "撤回", "下架", "减少"
EVENTS = (ADDED, CHANGED, WITHDRAWN, RETIRED, LOST)
"""What becomes of records: `LOST` are those that are missing although no rule takes them down."""
MUCH = 0.2
"""The share of a collection's records whose loss wants to be confirmed."""
DAYS = 31
"""For how long nothing may have been published for the calendar alone to explain what is retired."""


@dataclass(frozen=True)
class Difference:
    """From the live release to the next."""

    files: Mapping[str, int]
    """How many are 新增, 更新, 未变, 删除."""
    bytes: int
    """Of new and changed files."""
    events: Mapping[str, Counter[str]]
    """By collection, how many records are what."""
    before: Mapping[str, int] = field(default_factory=dict)
    """By collection, how many records the live release shows."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The titles in the live release, also of collections that are no more."""
    days: int = 0
    """How much later the new release is seen from."""

    def words(self, titles: Mapping[str, str], units: Mapping[str, str]) -> str:
        """「行政处罚新增 12 件、撤回 1 件；…」"""
        told = []
        for name, events in self.events.items():
            unit = units.get(name, "条")
            some = [f"{event} {events[event]:,} {unit}" for event in EVENTS if events[event]]
            if some:
                told.append(f"{self._title(name, titles)}{'，'.join(some)}")
        return "；".join(told) or "记录没有增减"

    def _title(self, name: str, titles: Mapping[str, str]) -> str:
        return titles.get(name) or self.names.get(name) or name

    def doubts(self, titles: Mapping[str, str], *, unattended: bool = False) -> list[str]:
        """What somebody should confirm before it is published. With `unattended`, whatever is explained
        is none: records that are retired day by day, and those that rows say to be withdrawn, as long
        as these are few. A clock that is far ahead, or a table that is cut short, explains nothing."""
        total = sum(self.events.values(), Counter[str]())
        gone = total[WITHDRAWN] + total[RETIRED] + total[LOST]
        found = []
        if gone and not total[ADDED] and not total[CHANGED] and (total[LOST] or not unattended):
            found.append(f"这一版只有撤下（{gone:,} 条），没有新增或更新。")
        expected = unattended and 0 <= self.days <= DAYS
        for name, events in self.events.items():
            less = events[WITHDRAWN] + events[LOST] + (0 if expected else events[RETIRED])
            had = self.before.get(name, 0)
            if had and less > had * MUCH:
                found.append(
                    f"{self._title(name, titles)}的 {had:,} 条记录将有 {less:,} 条不再公开。"
                )
        return found


def between(
    live: Manifest | None, release: Manifest, notices: set[str], down: set[str]
) -> Difference:
    """What becomes of the live release's records in the next: `notices` are the addresses of withdrawn
    records, `down` of all that may not be shown."""
    before, files = live.files if live else {}, release.files
    counts: Counter[str] = Counter()
    size = 0
    events: dict[str, Counter[str]] = {}
    for path, entry in files.items():
        old = before.get(path)
        kind = "新增" if old is None else "未变" if old.sha256 == entry.sha256 else "更新"
        counts[kind] += 1
        size += 0 if kind == "未变" else entry.size
        if entry.record:
            shown = old is not None and bool(old.record)
            event = ADDED if not shown else CHANGED if kind == "更新" else ""
            events.setdefault(entry.record, Counter())[event] += 1
    for path, entry in before.items():
        counts["删除"] += path not in files
        if entry.record and not (path in files and files[path].record):
            event = WITHDRAWN if path in notices else RETIRED if path in down else LOST
            events.setdefault(entry.record, Counter())[event] += 1
    if live is None:
        return Difference(counts, size, events)
    days = (date.fromisoformat(release.as_of) - date.fromisoformat(live.as_of)).days
    return Difference(counts, size, events, live.records, live.titles, days)
