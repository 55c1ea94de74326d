"""Adjustments: a list of powers as of any day, from its rows and the adjustments entered beside it.

The rows are the list as it stands when every adjustment is in force; going back over the adjustments,
newest first, gives the list of any earlier day. A row is in force from its 生效日期 on (blank: since
ever) and no longer from its 失效日期 on (blank: without end). Days are ISO text and compare as such.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from disclosure.schema import Field, Schema

LIST = frozenset({"kind", "name", "effective", "ended"})
"""The fields, by their fixed names, that make a collection a list of powers; its key is one field."""
ITEM = "item"
"""The field of a list, if it has one, for 子项."""
LOG = frozenset({"change", "effective", "column", "before", "after"})
"""The fields, by their fixed names, that make a collection the adjustments of the list it refers to."""
BEGINS, ENDS, MERGED, CHANGED = ("新增", "承接"), ("取消", "下放", "合并"), "合并", "变更"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One line of the adjustments; `column` is the field that a 变更 concerns, else ""."""

    code: str
    change: str
    day: str
    column: str = ""
    before: str = ""
    after: str = ""
    basis: str = ""
    approval: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A power from one adjustment to the next."""

    start: str
    """The first day; "" since ever."""
    end: str = ""
    """The first day on which it no longer holds; "" without end."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What stands in the columns that were ever changed; all others are those of the row."""

    def holds(self, day: str) -> bool:
        return self.start <= day and (not self.end or day < self.end)

    @property
    def anchor(self) -> str:
        """The place on the power's page that tells of this version."""
        return f"since-{self.start or 'ever'}"


@dataclass(frozen=True, slots=True)
class Power:
    """Everything known of one code: its versions and adjustments, both in order of days."""

    versions: tuple[Version, ...]
    adjustments: tuple[Adjustment, ...] = ()

    def on(self, day: str) -> Version | None:
        """The version in force on a day, if any."""
        at = bisect_right(self.versions, day, key=lambda version: version.start) - 1
        return self.versions[at] if at >= 0 and self.versions[at].holds(day) else None

    def shown(self, day: str) -> Version:
        """The version to show on a day: the one in force, else the last before, else the first."""
        at = bisect_right(self.versions, day, key=lambda version: version.start) - 1
        return self.versions[max(at, 0)]


@dataclass(frozen=True, eq=False)
class Timeline:
    """A list of powers through time."""

    name: str
    """The collection that holds the list."""
    key: str
    """Its field that holds the code."""
    powers: Mapping[str, Power]
    """By code, in the order of the table."""
    log: str = ""
    """The collection that holds the adjustments; "" if none is kept."""

    @cached_property
    def days(self) -> Sequence[str]:
        """The days on which the list became another one, ascending."""
        versions = [version for power in self.powers.values() for version in power.versions]
        return sorted({day for version in versions for day in (version.start, version.end)} - {""})

    def at(self, day: str) -> Mapping[str, Version]:
        """The list on a day: the version of every power in force."""
        found = ((code, power.on(day)) for code, power in self.powers.items())
        return {code: version for code, version in found if version}

    def in_force(
        self, codes: Sequence[str], days: Sequence[str]
    ) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each code and each day (ascending), whether the power was in force; unknown codes never are."""
        table = np.zeros((len(codes), len(days)), np.bool_)
        for number, code in enumerate(codes):
            for version in self.powers[code].versions if code in self.powers else ():
                first = np.searchsorted(days, version.start) if len(days) else 0
                last = np.searchsorted(days, version.end) if version.end else len(days)
                table[number, first:last] = True
        return table


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different between two lists, each by code."""

    begun: Mapping[str, Version]
    ended: Mapping[str, Version]
    """As it last was."""
    changed: Mapping[str, tuple[Version, Version]]


def difference(old: Mapping[str, Version], new: Mapping[str, Version]) -> Difference:
    """What the second of two lists has that the first has not, and the other way round."""
    both = {code: (old[code], new[code]) for code in new if code in old}
    return Difference(
        begun={code: version for code, version in new.items() if code not in old},
        ended={code: version for code, version in old.items() if code not in new},
        changed={code: pair for code, pair in both.items() if pair[0].texts != pair[1].texts},
    )


def versions(
    periods: Sequence[tuple[str, str]], row: Mapping[str, str], changes: Sequence[Adjustment]
) -> tuple[Version, ...]:
    """The versions of a power: its periods, cut on the days of its changes (ascending).

    `row` gives, for each column that was changed, what the table says.
    """
    states: list[tuple[str, Mapping[str, str]]] = []
    texts: Mapping[str, str] = {change.column: row[change.column] for change in changes}
    for change in reversed(changes):
        states.append((change.day, texts))
        texts = {**texts, change.column: change.before}
    states.append(("", texts))
    states.reverse()
    # Of several changes on one day only what they lead to was ever in force.
    by_day = dict(states)
    days = list(by_day)
    found = []
    for start, end in periods:
        inside = [day for day in days if start < day and (not end or day < end)]
        for first, next_ in zip([start, *inside], [*inside, end], strict=True):
            found.append(Version(first, next_, by_day[days[bisect_right(days, first) - 1]]))
    return tuple(found)


def is_list(schema: Schema) -> bool:
    return schema.by_name.keys() >= LIST and len(schema.primary_key) == 1


def changeable(schema: Schema) -> Sequence[Field]:
    """The columns of a list that an adjustment may change."""
    fixed = {*schema.primary_key, "effective", "ended"}
    return [f for f in schema.public_fields if f.name not in fixed]


def referring(schema: Schema, timeline: Timeline) -> Sequence[str]:
    """The fields by which the dated records of a collection name a power of the list, one each."""
    return [
        key.field
        for key in schema.foreign_keys
        if (key.resource, key.target) == (timeline.name, timeline.key)
        and schema.date
        and schema.by_name[key.field].public
        and schema.by_name[key.field].type == "string"
    ]
