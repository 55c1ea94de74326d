"""Units: the offices that answer for tasks, each by its one name however it is written, and groups of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake.tables import plain
from disclosure.schema import nearest

UNITS, GROUPS = "units", "unit_groups"
"""The entries of `agency.yml`: names with their other spellings, and groups with their members."""


@dataclass(frozen=True)
class Units:
    """The units of a bureau, in its own order."""

    spellings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By name, how else it is written. Groups are among the names."""
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By name of a group, the names of its members."""

    def name(self, word: str) -> str:
        """The one name of what a text calls a unit; "" when there is none such."""
        return self._names.get(plain(word), "")

    def hint(self, word: str) -> str:
        """「最接近的是…」 for a word that names no unit."""
        return nearest(word, [*self.spellings, *self.groups])

    def among(self, words: Iterable[str]) -> Mapping[str, str]:
        """Every unit that some words name: directly (""), or by which group.

        A word that is not known stands for itself.
        """
        named = [self.name(word) or word for word in words]
        found = {member: group for group in named for member in self.groups.get(group, ())}
        return found | {name: "" for name in named if name not in self.groups}

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The rank of every unit."""
        return {name: n for n, name in enumerate(self.spellings)}

    @cached_property
    def _names(self) -> Mapping[str, str]:
        found = {plain(name): name for name in (*self.spellings, *self.groups)}
        for name, others in self.spellings.items():
            found |= {plain(other): name for other in others if plain(other) not in found}
        return found


def read(agency: Mapping[str, Any]) -> Units:
    """The units that the settings of a bureau name, as far as they are written as they should be."""
    lists = {
        key: {
            str(name): tuple(str(word) for word in words or ())
            for name, words in _entries(agency.get(key))
            if words is None or isinstance(words, list)
        }
        for key in (UNITS, GROUPS)
    }
    return Units(lists[UNITS], lists[GROUPS])


def check(agency: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """Whether every name means one unit, and every group is made of units that there are."""
    for key in (UNITS, GROUPS):
        raw = agency.get(key)
        if raw is not None and not isinstance(raw, dict):
            yield _wrong(file, key, "下面每行写一个名称，后面方括号里列出各个单位或者别的写法")
        for name, words in _entries(raw):
            if words is not None and not isinstance(words, list):
                yield _wrong(file, name, "名称后面要写方括号，里面用半角逗号隔开")
    units = read(agency)
    owners: dict[str, str] = {}
    for name, others in units.spellings.items():
        for word in (name, *others):
            owner = owners.setdefault(plain(word), name)
            if owner != name:
                yield _wrong(
                    file, word, f"同时是「{owner}」和「{name}」的写法，一种写法只能指一个单位"
                )
    for group, members in units.groups.items():
        for member in members:
            if member not in units.spellings or member in units.groups:
                why = f"「{group}」包含的单位要写 {UNITS} 中的规范名称"
                yield _wrong(file, member, f"{why}。{units.hint(member)}".rstrip("。"))


def _entries(raw: object) -> Iterable[tuple[Any, Any]]:
    return raw.items() if isinstance(raw, dict) else ()


def _wrong(file: str, word: object, why: str) -> Finding:
    return Finding("N601", Place(file), {"word": word, "why": why})
