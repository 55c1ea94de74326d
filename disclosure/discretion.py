"""Discretion: between which fines a penalty lies by the bureau's standards, and which penalties do not.

行政处罚法 art. 34: standards of discretion are fixed and made public; 国办发〔2022〕27号 wants reasons stated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property

import numpy as np
import pandas as pd

from disclosure.diagnostics import Finding
from disclosure.relations import Source
from disclosure.rules.status import combinations
from disclosure.schema import Schema

BRACKETS = frozenset({"violation", "degree", "least", "most"})
"""The fields, by their fixed names, that make a collection standards of discretion; further
`power_code`, `clause`, `effective` and `ended` if it has them."""
PENALTIES = ("violation", "discretion", "fine")
"""The fields, by their fixed names, that make a dated collection one of penalties to be compared."""
POWER, REASON = "power_code", "discretion_reason"


@dataclass(frozen=True)
class Bracket:
    """Between which fines a penalty for one offence of one degree lies, in 元, both ends included."""

    violation: str
    degree: str
    least: str
    """"" stands for 0."""
    most: str
    """"" for no limit above."""
    power: str = ""
    clause: str = ""
    start: str = ""
    """The first day; "" since ever."""
    end: str = ""
    """The first day on which it no longer applies; "" without end."""
    path: str = ""
    """Of its page, where it has one."""

    @cached_property
    def low(self) -> Decimal:
        return Decimal(self.least or 0)

    @cached_property
    def high(self) -> Decimal | None:
        return Decimal(self.most) if self.most else None

    def applies(self, day: str) -> bool:
        return self.start <= day and (not self.end or day < self.end)

    def holds(self, fine: Decimal) -> bool:
        return self.low <= fine and (self.high is None or fine <= self.high)


@dataclass(frozen=True)
class Standards:
    """All brackets, by offence and by power."""

    violations: Mapping[str, tuple[Bracket, ...]] = field(default_factory=dict)
    powers: Mapping[str, tuple[Bracket, ...]] = field(default_factory=dict)

    @cached_property
    def editions(self) -> list[str]:
        """The days on which some bracket begins or ends, ascending."""
        brackets = [bracket for some in self.violations.values() for bracket in some]
        return sorted({day for b in brackets for day in (b.start, b.end)} - {""})

    def find(self, violation: str, power: str, degree: str, day: str) -> Bracket | None:
        """The bracket of a penalty: by its offence; where the standards do not name that, by its
        power, if that leaves one only."""
        if violation in self.violations:
            brackets = self.violations[violation]
            return next((b for b in brackets if b.degree == degree and b.applies(day)), None)
        known = self.powers.get(power, ())
        found = [b for b in known if b.degree == degree and b.applies(day)]
        return found[0] if len(found) == 1 else None

    def whole(self, violation: str, power: str, day: str) -> Bracket | None:
        """From the lowest to the highest bracket of an offence: what no fine for it may leave, whatever
        its degree; None where the standards say nothing, or of several offences."""
        known = self.violations.get(violation) or self.powers.get(power, ())
        found = [b for b in known if b.applies(day)]
        if len({b.violation for b in found}) != 1:
            return None
        least, most = min(found, key=lambda b: b.low), max(b.high or 0 for b in found)
        limit = "" if any(b.high is None for b in found) else f"{most:f}"
        return Bracket(found[0].violation, "", least.least, limit)

    def beside(self, bracket: Bracket, day: str) -> list[Bracket]:
        """The brackets of all degrees of the same offence, from the lowest on."""
        brackets = self.violations[bracket.violation]
        return sorted((b for b in brackets if b.applies(day)), key=lambda b: b.low)


def standards(frame: pd.DataFrame) -> Standards:
    """The brackets in the rows of a collection; rows whose numbers cannot be read are left out."""
    names = ("violation", "degree", "least", "most", POWER, "clause", "effective", "ended", "path")
    blank = [""] * len(frame)
    columns = [frame[name].tolist() if name in frame else blank for name in names]
    violations: dict[str, list[Bracket]] = {}
    powers: dict[str, list[Bracket]] = {}
    for cells in zip(*columns, strict=True):
        bracket = Bracket(*cells)
        if _wrong(bracket):
            continue
        violations.setdefault(bracket.violation, []).append(bracket)
        if bracket.power:
            powers.setdefault(bracket.power, []).append(bracket)
    return Standards(
        {key: tuple(some) for key, some in violations.items()},
        {key: tuple(some) for key, some in powers.items()},
    )


def is_standards(schema: Schema) -> bool:
    return schema.by_name.keys() >= BRACKETS


def are_penalties(schema: Schema) -> bool:
    """Whether a collection's fines are to be compared with the standards."""
    public = {f.name for f in schema.public_fields}
    return bool(schema.date) and public.issuperset(PENALTIES)


def amount(text: str) -> Decimal | None:
    """A sum of money as exact decimal; None for a cell that holds none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def check(sources: Mapping[str, Source]) -> Iterator[Finding]:
    """Brackets that cannot be applied or contradict, and fines outside theirs without a reason."""
    for source in sources.values():
        if is_standards(source.schema):
            yield from _brackets(source)
            known = standards(source.frame)
            for other in sources.values():
                if are_penalties(other.schema):
                    yield from _outside(other, known)


def _wrong(bracket: Bracket) -> str:
    """Why a bracket cannot be applied."""
    if not bracket.least and not bracket.most:
        return "上下限都没有填"
    low, high = amount(bracket.least or "0"), amount(bracket.most or "0")
    if low is None or high is None:
        return "上下限不是金额"
    if bracket.most and high < low:
        return f"下限 {bracket.least} 元高于上限 {bracket.most} 元"
    if bracket.end and bracket.end <= bracket.start:
        return f"失效日期 {bracket.end} 不晚于生效日期 {bracket.start}"
    return ""


def _brackets(source: Source) -> Iterator[Finding]:
    """Rows that are no bracket, and brackets of one offence and degree that apply at the same time."""
    schema, frame = source.schema, source.frame
    optional = [n for n in ("effective", "ended") if n in schema.by_name]
    names = ["violation", "degree", "least", "most", *optional]
    seen: dict[tuple[str, str], list[tuple[Bracket, object]]] = {}
    for part, index, cells in source.rows(frame["id"] != "", *names):
        about = dict(zip(names, cells, strict=True))
        violation, degree, least, most = cells[:4]
        days = about.get("effective", ""), about.get("ended", "")
        bracket = Bracket(violation, degree, least, most, start=days[0], end=days[1])
        facts = {"violation": schema.by_name["violation"].quote(bracket.violation)}
        facts["degree"] = bracket.degree
        if why := _wrong(bracket):
            place = source.parts[part].place(index, "least")
            yield Finding("R321", place, {**facts, "reason": why})
            continue
        place = source.parts[part].place(index)
        others = seen.setdefault((bracket.violation, bracket.degree), [])
        for other, first in others:
            meets = max(bracket.start, other.start)
            if bracket.applies(meets) and other.applies(meets):
                yield Finding("R322", place, {**facts, "first": first})
                break
        others.append((bracket, place))


def _outside(source: Source, known: Standards) -> Iterator[Finding]:
    """Fines outside their brackets of which nobody wrote why; where the degree is blank or none of
    the standards', outside all brackets of the offence."""
    schema, frame = source.schema, source.frame
    fined = frame["fine"] != ""
    if REASON in frame:
        fined &= frame[REASON] == ""
    names = {"violation", POWER, "discretion", schema.date, "fine"} & set(frame.columns)
    rows = frame.loc[fined, sorted(names)]
    if rows.empty or not known.violations:
        return
    power = rows[POWER] if POWER in rows else rows["fine"].str[:0]
    numbers, days = pd.factorize(rows[schema.date])
    # Only the edition in force matters: many days are one.
    edition = pd.Series(
        np.searchsorted(known.editions, days.tolist(), "right")[numbers], rows.index
    )
    columns = [rows["violation"], power, rows["discretion"], rows[schema.date], rows["fine"]]
    codes, firsts = combinations([*columns[:3], edition, columns[4]])
    wrong: dict[int, Bracket] = {}
    distinct = zip(*(column.iloc[firsts].tolist() for column in columns), strict=True)
    for number, (*about, fine) in enumerate(distinct):
        violation, power_code, _, day = about
        bracket, paid = known.find(*about) or known.whole(violation, power_code, day), amount(fine)
        if bracket and paid is not None and not bracket.holds(paid):
            wrong[number] = bracket
    chosen = fined.copy()
    chosen[fined] = found = np.isin(codes, list(wrong))
    reason = schema.by_name[REASON].title if REASON in schema.by_name else "裁量理由"
    brackets = [wrong[number] for number in codes[found].tolist()]
    lines = source.rows(chosen, "fine", "discretion")
    for (part, index, (fine, degree)), bracket in zip(lines, brackets, strict=True):
        stated = f"裁量档次「{degree}」" if degree else "没有填裁量档次"
        facts = {"fine": schema.by_name["fine"].show(fine), "degree": stated, "reason": reason}
        place = source.parts[part].place(index, "fine")
        which = "" if bracket.degree else "各档"
        yield Finding("R323", place, {**facts, "span": span(bracket), "which": which})


def span(bracket: Bracket) -> str:
    """A bracket in words: 5,000 元至 10,000 元."""
    if bracket.high is None:
        return f"{bracket.low:,} 元以上"
    return f"{bracket.low:,} 元至 {bracket.high:,} 元"
