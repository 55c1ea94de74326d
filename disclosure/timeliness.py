"""Timeliness: how a collection kept its time limits, for each record, in sum, and in findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from disclosure.diagnostics import Finding, Place, name_rows
from disclosure.relations import Source
from disclosure.rules import book, deadlines
from disclosure.rules.book import Profile
from disclosure.rules.deadlines import LATE, OPEN, STATES, UNKNOWN, UNSTATED, Clock
from disclosure.rules.status import combinations
from disclosure.rules.workdays import Calendar
from disclosure.schema import NOT_APPLICABLE, Schema

PUBLISHED, ORGAN = "published", "organ"
"""The fields, by their fixed names, that say when a record became public and who decided."""
COLUMNS = ("limit_rule", "limit_day", "limit_used")
"""What every record is given: the id of its rule, the last day of its limit, and the working days
that its publication took; blank where not known."""
BLANK = "（未填）"

Counts = Mapping[str, int]
"""How many records are in each state."""


@dataclass(frozen=True)
class Timeliness:
    """The rules that a collection is under, and its records counted by how they were kept."""

    rules: Profile = ()
    counts: Mapping[str, Mapping[tuple[str, str], Counts]] = field(default_factory=dict)
    """By field ("" for all records alike), then by (value of the field, year). Records that have
    been taken down are counted, those that are closed to the public are not."""
    states: pd.Series[str] | None = field(default=None, compare=False, repr=False)
    """The state of every row, counted or not; 不适用 where no rule holds. None without rules."""


@dataclass(frozen=True)
class Terms:
    """What lateness depends on besides the records."""

    profiles: Mapping[str, Profile]
    calendar: Calendar
    as_of: date


def _unfit(schema: Schema, profiles: Mapping[str, Profile], file: str) -> Iterator[Finding]:
    """Why the time limit that a schema names cannot be applied, if so."""
    names = schema.by_name
    if schema.deadline not in profiles:
        reason = "data/rules/deadlines.yml 里没有这个方案"
    elif not schema.date:
        reason = "本栏目没有日期字段（date），期限无从起算"
    elif PUBLISHED not in names or not names[PUBLISHED].public:
        reason = "本栏目没有公开的「公开日期」字段（published）"
    elif absent := [n for n in book.columns(profiles[schema.deadline]) if n not in names]:
        reason = f"规则用到的字段「{absent[0]}」本栏目没有"
    else:
        return
    yield Finding("T301", Place(file), {"profile": schema.deadline, "reason": reason})


def judge(
    terms: Terms, source: Source, due: NDArray[np.bool_], file: str
) -> tuple[pd.DataFrame, Timeliness, list[Finding]]:
    """The source's frame with `COLUMNS`, the sums, and the findings.

    `due` marks the rows that must be public; `file` is the schema's. A collection without a time
    limit, or with one that does not fit, comes back as it is.
    """
    schema, frame, calendar = source.schema, source.frame, terms.calendar
    if not schema.deadline or not terms.profiles:  # what could not be read is reported already
        return frame, Timeliness(), []
    if wrong := list(_unfit(schema, terms.profiles, file)):
        return frame, Timeliness(), wrong
    profile = terms.profiles[schema.deadline]
    conditions = {name: frame[name] for name in book.columns(profile)}
    decided, published = frame[schema.date], frame[PUBLISHED]
    clock = deadlines.judge(profile, calendar, decided, published, conditions, terms.as_of)
    counted = due & (clock.rule != deadlines.NONE)
    years = decided.str[:4]
    counts = {n: _counts(schema, frame, n, years, clock, counted) for n in _groups(schema)}
    findings = list(_findings(source, profile, calendar, years, clock, counted))
    frame = frame.assign(
        limit_rule=_texts(clock.rule, [rule.id for rule in profile]),
        limit_day=_texts(*_coded(clock.last)),
        limit_used=_texts(*_coded(clock.used)),
    )
    told = np.where(counted, clock.state, len(STATES))
    return frame, Timeliness(profile, counts, _texts(told, [*STATES, NOT_APPLICABLE])), findings


def _coded(column: NDArray[np.generic]) -> tuple[NDArray[np.int64], list[str]]:
    values, codes = np.unique(column, return_inverse=True)
    return codes, ["" if text in ("NaT", "-1") else text for text in map(str, values)]


def _texts(codes: NDArray[np.int64], words: Sequence[str]) -> pd.Series[str]:
    """A column of text from numbers into a few words; -1 is blank."""
    column = pa.array([*words, ""], pa.string()).take(pa.array(codes % (len(words) + 1)))
    return pd.Series(pd.array(column, dtype=pd.StringDtype("pyarrow", na_value=np.nan)))


def _groups(schema: Schema) -> list[str]:
    """The fields by which records are counted."""
    organ = [ORGAN] if ORGAN in schema.by_name and schema.by_name[ORGAN].public else []
    return list(dict.fromkeys(["", *schema.views, *organ]))


def _counts(
    schema: Schema,
    frame: pd.DataFrame,
    name: str,
    years: pd.Series[str],
    clock: Clock,
    counted: NDArray[np.bool_],
) -> Mapping[tuple[str, str], Counts]:
    """Records by (value, year) and state; one with several values counts for each of them."""
    columns = [*([frame[name][counted]] if name else []), years[counted]]
    columns.append(pd.Series(clock.state[counted], columns[0].index))
    codes, firsts = combinations(columns)
    cells = [column.iloc[firsts].tolist() for column in columns]
    values = cells[0] if name else [""] * len(firsts)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for value, year, state, n in sorted(
        zip(values, *cells[-2:], np.bincount(codes).tolist(), strict=True)
    ):
        parts = schema.by_name[name].parts(value) or [BLANK] if name else [""]
        for part in parts:
            states = found.setdefault((part, year), {})
            states[STATES[state]] = states.get(STATES[state], 0) + n
    return found


def _findings(
    source: Source,
    profile: Profile,
    calendar: Calendar,
    years: pd.Series[str],
    clock: Clock,
    counted: NDArray[np.bool_],
) -> Iterator[Finding]:
    """One finding for each sheet and kind of lapse."""

    def is_(state: str) -> NDArray[np.bool_]:
        chosen: NDArray[np.bool_] = counted & (clock.state == STATES.index(state))
        return chosen

    blank = is_(UNSTATED) & ~clock.early
    for number, rule in enumerate(profile):
        mine = clock.rule == number
        facts = {"rule": rule.id, "limit": rule.workdays}
        for place, rows, members in source.by_sheet(is_(LATE) & mine, PUBLISHED):
            over = int(clock.used[members].max()) - rule.workdays
            most = f"，最长逾期 {over} 个工作日" if over > 0 else ""
            yield Finding("T305", place, {"rows": name_rows(rows), "most": most, **facts})
        for place, rows, _ in source.by_sheet(blank & mine, PUBLISHED):
            yield Finding("T306", place, {"rows": name_rows(rows), **facts})
    plain = {
        "T303": counted & clock.early,
        "T304": counted & clock.future,
        "T307": is_(OPEN) & ~clock.future,
    }
    for code, chosen in plain.items():
        for place, rows, _ in source.by_sheet(chosen, PUBLISHED):
            yield Finding(code, place, {"rows": name_rows(rows)})
    for year, some in _unannounced(calendar, years, is_(UNKNOWN)).items():
        for place, rows, _ in source.by_sheet(some, PUBLISHED):
            yield Finding("T308", place, {"rows": name_rows(rows), "year": year})


def _unannounced(
    calendar: Calendar, years: pd.Series[str], chosen: NDArray[np.bool_]
) -> Mapping[int, NDArray[np.bool_]]:
    """Rows by the first year, from that of their own, whose working days are not known."""
    found: dict[int, NDArray[np.bool_]] = {}
    for text in years[chosen].unique():
        year = int(text)
        while year in calendar.years:
            year += 1
        mine = (years == text).to_numpy(dtype=bool)
        found[year] = found.get(year, np.zeros(len(years), bool)) | (chosen & mine)
    return found


def sentence(limit: int, last: str, used: str, published: str) -> tuple[bool, str]:
    """Whether a record was late, and how its time limit was kept, in words.

    `last` and `used` are its `limit_day` and `limit_used`. Nothing here depends on today: what was
    said of a record stays true.
    """
    until = f"时限 {limit} 个工作日，" + (f"至 {last}" if last else "截止日待国务院公布放假安排")
    if len(published) != 10 or published[:1] not in "12":
        return False, f"未填公开日期；{until}"
    took = "用时不足 1 个工作日" if used == "0" else f"用时 {used} 个工作日" if used else ""
    if last and published > last:
        over = int(used) - limit if used else -1
        days = {-1: "", 0: "不足 1 个工作日"}.get(over, f" {over} 个工作日")
        return True, "；".join(filter(None, (f"逾期{days}公开", took, until)))
    if used or last:
        return False, "；".join(filter(None, ("按期公开", took, until)))
    return False, f"待国务院公布放假安排后计算；时限 {limit} 个工作日"
