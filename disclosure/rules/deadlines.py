"""Deadlines: until which day each record had to be public, and how long its publication really took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from disclosure.rules import workdays
from disclosure.rules.book import Profile, Rule
from disclosure.rules.workdays import Calendar

ON_TIME, LATE, UNSTATED, OPEN, UNKNOWN = STATES = ("按期", "逾期", "未填", "未届满", "待公布")
"""Public within the limit; after it; nobody wrote down when, and the limit is over; not stated (or
still to come) while the limit runs; not to be told before the holidays of a year are announced."""
NONE = -1

_Days = NDArray[np.datetime64]
_Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Clock:
    """For every record, in columns of equal length: its rule, its last day, what it took, its state."""

    rule: _Numbers
    """Number of the rule in its profile; -1 where no rule holds, and then nothing else counts."""
    last: _Days
    """The last day of the limit; NaT where it is not known."""
    used: _Numbers
    """Working days from the decision to the publication; -1 where that is not known."""
    state: _Numbers
    """Number in `STATES`; -1 where no rule holds."""
    early: NDArray[np.bool_]
    """Whether the record claims to have been public before it was made."""
    future: NDArray[np.bool_]
    """Whether the record claims a day of publication that is still to come."""


def judge(
    profile: Profile,
    calendar: Calendar,
    decided: pd.Series[str],
    published: pd.Series[str],
    conditions: Mapping[str, pd.Series[str]],
    as_of: date,
) -> Clock:
    """How every record kept its time limit (政府信息公开条例 art. 26; 国办发〔2018〕118号).

    `decided` and `published` are ISO dates as text, `conditions` the columns that rules look at.
    The limit begins on the day after the decision; its last day is still in time. A record that
    does not state when it was published is never taken to have been in time once the limit is over.
    """
    begun, shown = days(decided), days(published)
    rule = _rules(profile, begun, conditions)
    limits = np.array([*(r.workdays for r in profile), 1])[rule]
    last, known = workdays.add_workdays(calendar, begun, limits)
    used, counted = workdays.workdays_between(calendar, begun, shown)
    blank, early = np.isnat(shown), shown < begun
    today = np.full(len(begun), as_of, "datetime64[D]")
    # A limit that ends after the last announced year cannot be over on any day of such a year.
    _, running = workdays.workdays_between(calendar, begun, today)
    future = shown > today
    over = np.where(known, today > last, ~running)
    late = known & (shown > last)
    state = np.select(
        [
            early | (blank & known & over),
            late,
            (blank | future) & (known | running),
            ~blank & (known | counted),
        ],
        [STATES.index(name) for name in (UNSTATED, LATE, OPEN, ON_TIME)],
        STATES.index(UNKNOWN),
    )
    holds = rule != NONE
    return Clock(
        rule=rule,
        last=np.where(holds, last, np.datetime64("NaT", "D")),
        used=np.where(holds & counted & ~early, used, NONE),
        state=np.where(holds, state, NONE),
        early=early,
        future=future,
    )


def days(cells: pd.Series[str]) -> _Days:
    """A column of ISO dates as numpy counts days; NaT for whatever is no date."""
    codes, texts = pd.factorize(cells)
    known = np.array([_day(text) for text in texts], "datetime64[D]")
    return np.append(known, np.datetime64("NaT", "D"))[codes]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else "NaT"
    except ValueError:
        return "NaT"


def _rules(profile: Profile, begun: _Days, conditions: Mapping[str, pd.Series[str]]) -> _Numbers:
    """For every record the number of the first rule that holds for it."""
    found = np.full(len(begun), NONE)
    for number, rule in reversed(list(enumerate(profile))):
        chosen = _in_time(rule, begun)
        for name, accepted in rule.when:
            codes, texts = pd.factorize(conditions[name])
            fits = [bool(accepted & set(text.split("、"))) for text in texts]
            chosen &= np.array([*fits, False])[codes]
        found[chosen] = number
    return found


def _in_time(rule: Rule, begun: _Days) -> NDArray[np.bool_]:
    chosen = ~np.isnat(begun)
    if rule.first:
        chosen &= begun >= np.datetime64(rule.first)
    if rule.last:
        chosen &= begun <= np.datetime64(rule.last)
    return chosen
