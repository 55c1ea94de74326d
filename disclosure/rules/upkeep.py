"""Upkeep: how often a column of the site must be renewed, and what inspections hold against a site."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings

OPEN = "长期"
"""The frequency of a column that is renewed when there is reason to; it is never stale."""
GROUPS: Mapping[str, Sequence[str]] = {
    "update": ("days", "months"),
    "limits": ("count",),
    "guide": (),
    "catalogue": (),
}
"""The groups of rules in the file, and the numbers that a rule of each may state."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: of a frequency the period, of a limit the number from which on it is broken."""

    id: str
    name: str
    text: str
    source: str
    months: int = 0
    days: int = 0
    count: int = 0


@dataclass(frozen=True)
class Upkeep:
    """The rules by group and name."""

    update: Mapping[str, Rule] = field(default_factory=dict)
    limits: Mapping[str, Rule] = field(default_factory=dict)
    guide: Mapping[str, Rule] = field(default_factory=dict)
    catalogue: Mapping[str, Rule] = field(default_factory=dict)


def due(rule: Rule, newest: str) -> str:
    """The last day (ISO text) until which a column is renewed in time, its newest entry being of a day."""
    day = date.fromisoformat(newest)
    year, month = divmod(day.year * 12 + day.month - 1 + rule.months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    end = date(year, month + 1, min(day.day, last)) + timedelta(rule.days)
    return end.isoformat()


def load(path: Path, *, file: str) -> tuple[Upkeep, list[Finding]]:
    """The rules in the YAML file at `path`; rules with a mistake are only reported.

    Each group maps to a list of rules `{id, name, text, source, …}` with the numbers of `GROUPS`.
    """
    content, findings = settings.read(path, file=file)
    groups: dict[str, dict[str, Rule]] = {name: {} for name in GROUPS}
    for way, entry, what in _entries(content or {}):
        if what:
            lines = settings.lines(path)
            row = lines.get(way) or lines.get(way[:1], 0)
            findings.append(Finding("S211", Place(file, row=row), {"what": what}))
        else:
            groups[str(way[0])][entry["name"]] = Rule(**entry)
    return Upkeep(**groups), findings


def _entries(
    content: Mapping[Any, Any],
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any], str]]:
    """The way to every rule, the rule, and what is wrong with it."""
    ids: set[str] = set()
    for group, rules in content.items():
        if group not in GROUPS:
            yield (str(group),), {}, f"不认识的名称「{group}」，只能写 {'、'.join(GROUPS)}"
        elif not isinstance(rules, list) or not rules:
            yield (group,), {}, f"{group} 下面没有逐条写规则"
        else:
            for number, entry in enumerate(rules):
                yield (group, number), entry, _complaint(group, entry, ids)


def _complaint(group: str, entry: Any, ids: set[str]) -> str:
    texts, numbers = ("id", "name", "text", "source"), GROUPS[group]
    if not isinstance(entry, dict):
        return "规则不是「名称: 值」"
    missing = [k for k in texts if not isinstance(entry.get(k), str) or not entry[k].strip()]
    unknown = [str(key) for key in entry if key not in (*texts, *numbers)]
    if missing:
        return f"规则缺少 {'、'.join(missing)}"
    if unknown:
        return f"不认识的名称 {'、'.join(unknown)}"
    given = [entry[key] for key in numbers if key in entry]
    if numbers and (not given or any(type(n) is not int or not 0 < n <= 3660 for n in given)):
        return f"{' 或 '.join(numbers)} 要写大于零的整数"
    if entry["id"] in ids:
        return f"编号 {entry['id']} 重复"
    ids.add(entry["id"])
    return ""
