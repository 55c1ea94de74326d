"""Statuses: what each record is as of a day (shown, changed, withdrawn, retired, closed), and by which rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from disclosure.rules import book, retention
from disclosure.rules.book import Profile
from disclosure.rules.retention import Term, day_of

SHOWN, CHANGED = "公示中", "变更"
WITHDRAWN, RETIRED, REPAIRED, CLOSED = "已撤回", "期满下架", "信用修复下架", "不公开"
PUBLIC = (SHOWN, CHANGED)

CAUSES: Mapping[str, str] = {
    "变更": CHANGED,
    "撤销": WITHDRAWN,
    "确认违法": WITHDRAWN,
    "确认无效": WITHDRAWN,
    "信用修复": REPAIRED,
}
"""What staff write in the column `status`, and what becomes of the record (行政处罚法 art. 48)."""
TAKEN_DOWN = frozenset(cause for cause, status in CAUSES.items() if status not in PUBLIC)

ADDED = "新增"
EVENTS = (ADDED, CHANGED, WITHDRAWN, RETIRED, REPAIRED)
"""What may happen to a record on a day, in the order in which it is told."""
STATED = "公示截止期"
"""Stands for the rule where the row itself states an earlier last day."""
_ROW = ("until", "status", "status_date", "publish")


class Standing(NamedTuple):
    """What one record is as of a day; days are ISO text."""

    status: str
    """One of the statuses above."""
    since: str = ""
    """The day from which it holds: of the change, or the first day without the record; "" unknown."""
    rule: str = ""
    """The id of the rule that took it down or closes it; "" where the row itself says so."""
    last: str = ""
    """The last day on which it is public, by the rule or by the row; "" without end."""
    least: str = ""
    """The last day of its minimum; "" for none."""
    pending: str = ""
    """The day of a change that the row states and that is not in force yet; "" for none."""


def standing(frame: pd.DataFrame, made: str, profile: Profile, as_of: date) -> pd.DataFrame:
    """What each row of a collection is as of a day: the fields of `Standing` as columns of text.

    `made` names the column of the records' own date, "" if there is none. What is missing from the
    frame counts as blank.
    """
    names = (made, *_ROW, *book.columns(profile))
    blank = pd.Series("", index=frame.index, dtype="str")
    columns = [frame[name] if name in frame.columns else blank for name in names]
    codes, firsts = combinations(columns)
    decided, *others = (column.iloc[firsts].tolist() for column in columns)
    looked_at = dict(zip(names[1 + len(_ROW) :], others[len(_ROW) :], strict=True))
    terms = retention.terms(profile, decided, looked_at)
    today = as_of.isoformat()
    rows = zip(terms, *others[: len(_ROW)], strict=True)
    found = [_judge(today, *row) for row in rows]
    distinct = pd.DataFrame(found, columns=list(Standing._fields), dtype="str")
    return distinct.take(codes).set_axis(frame.index)


def combinations(
    columns: Sequence[pd.Series[str]],
) -> tuple[np.ndarray[Any, np.dtype[np.intp]], np.ndarray[Any, np.dtype[np.intp]]]:
    """The distinct rows of some columns: for each row its number, for each number its first row."""
    codes = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        own, texts = pd.factorize(column)
        codes = pd.factorize(codes * max(len(texts), 1) + own)[0]
    return codes, np.unique(codes, return_index=True)[1]


def _judge(today: str, term: Term, until: str, said: str, on: str, publish: str) -> Standing:
    """What one record is; a change without a day that can be read is in force, lest it leave public
    what has to come down."""
    day = on if day_of(on) else ""
    stated = until if day_of(until) else ""
    own = bool(stated) and (not term.last or stated < term.last)
    last = stated if own else term.last
    becomes = CAUSES.get(said, SHOWN)
    pending = day if becomes != SHOWN and day > today else ""
    if pending:
        becomes = SHOWN
    if becomes == REPAIRED and last and last < day:
        becomes = SHOWN  # the time was over before credit was repaired
    if publish == "否":
        found = Standing(CLOSED)
    elif not term.publish:
        found = Standing(CLOSED, rule=term.rule)
    elif becomes in (WITHDRAWN, REPAIRED):
        found = Standing(becomes, since=day)
    elif last and last < today:
        found = Standing(RETIRED, since=_next(last), rule=STATED if own else term.rule)
    else:
        found = Standing(becomes, since=day if becomes == CHANGED else "")
    return found._replace(last=last, least=term.least, pending=pending)


def _next(day: str) -> str:
    """The day after; only called for days that are over."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def tally(
    standing: pd.DataFrame, published: pd.Series[str], as_of: date
) -> dict[str, dict[str, int]]:
    """How often each event happened on each day up to `as_of`: `{day: {event: number}}`.

    A record was added on the day it became public, whatever became of it since. What is closed to
    the public is not counted.
    """
    found: dict[str, dict[str, int]] = {}
    for event in EVENTS:
        if event == ADDED:
            days = published[(standing["status"] != CLOSED).to_numpy()]
        else:
            days = standing.loc[standing["status"] == event, "since"]
        for day, count in days.value_counts().items():
            if day_of(str(day)) and str(day) <= as_of.isoformat():
                found.setdefault(str(day), {})[event] = int(count)
    return found
