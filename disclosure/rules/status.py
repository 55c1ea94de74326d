"""Statuses: what each record is as of a day (shown, changed, withdrawn, retired, closed), and by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from disclosure.rules import retention
from disclosure.rules.book import Profile
from disclosure.rules.retention import day_of

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

Cells = np.ndarray[Any, np.dtype[np.object_]]


def standing(frame: pd.DataFrame, made: str, profile: Profile, as_of: date) -> pd.DataFrame:
    """What each row of a collection is as of a day; one row for each, with texts in the columns

    `status`  one of the statuses above;
    `since`   the day from which it holds: of the change, or the first day without the record;
    `rule`    the id of the rule that took it down or closes it, "" where the row itself says so;
    `last`    the last day on which it is public, by the rule or by the row, "" without end;
    `least`   the last day of its minimum;
    `pending` whether the row states a change that lies in the future: not in force yet.

    `made` names the column of the records' own date, "" if there is none. What is missing from the
    frame counts as blank. A change without a day that can be read is in force: it must not leave
    public what has to come down.
    """
    today = as_of.isoformat()
    decided, until, said, on, publish = (
        _cells(frame, name) for name in (made, "until", "status", "status_date", "publish")
    )
    looked_at = {name: _cells(frame, name).tolist() for name in retention.columns(profile)}
    terms = retention.terms(profile, decided.tolist(), looked_at)
    rule, least, limit = (
        np.array([getattr(term, name) for term in terms], object)
        for name in ("rule", "least", "last")
    )
    until = _days(until)
    own = (until != "") & ((limit == "") | (until < limit))
    last = np.where(own, until, limit)

    pending = (_days(on) > today) & np.isin(said, list(CAUSES))
    cause = np.where(pending, SHOWN, said)
    over = (last != "") & (last < today)
    late = (last != "") & (last < _days(on))  # the time was over before credit was repaired
    ruled_out = ~np.array([term.publish for term in terms], bool)
    choices: list[tuple[Any, str, Any, Any]] = [
        (publish == "否", CLOSED, "", ""),
        (ruled_out, CLOSED, "", rule),
        (_is(cause, WITHDRAWN), WITHDRAWN, on, ""),
        (_is(cause, REPAIRED) & ~late, REPAIRED, on, ""),
        (over, RETIRED, _next_days(last), np.where(own, STATED, rule)),
        (_is(cause, CHANGED), CHANGED, on, ""),
    ]
    status, since, by = (np.full(len(frame), text, object) for text in (SHOWN, "", ""))
    for holds, name, day, decider in reversed(choices):
        status, since, by = (
            np.where(holds, value, column)
            for value, column in ((name, status), (day, since), (decider, by))
        )
    columns = {"status": status, "since": since, "rule": by, "last": last, "least": least}
    return pd.DataFrame({**columns, "pending": pending}, index=frame.index)


def tally(
    standing: pd.DataFrame, published: Iterable[str], as_of: date
) -> dict[str, dict[str, int]]:
    """How often each event happened on each day up to `as_of`: `{day: {event: number}}`.

    A record was added on the day it became public, whatever became of it since. What is closed to
    the public is not counted.
    """
    today = as_of.isoformat()
    status, since = (standing[name].to_numpy(dtype=object) for name in ("status", "since"))
    began = np.where(status == CLOSED, "", _days(np.array(list(published), object)))
    found: dict[str, dict[str, int]] = {}
    for event in EVENTS:
        days = began if event == ADDED else _days(np.where(status == event, since, ""))
        for day, count in pd.Series(days[(days != "") & (days <= today)]).value_counts().items():
            found.setdefault(str(day), {})[event] = int(count)
    return found


def _is(cause: Cells, status: str) -> Any:
    return np.isin(cause, [word for word, becomes in CAUSES.items() if becomes == status])


def _cells(frame: pd.DataFrame, name: str) -> Cells:
    if name not in frame.columns:
        return np.full(len(frame), "", object)
    return frame[name].to_numpy(dtype=object)


def _days(cells: Cells) -> Cells:
    """The cells that are days; "" for all others, such as 不适用."""
    known = {text: text if day_of(text) else "" for text in set(cells.tolist())}
    return np.array([known[text] for text in cells.tolist()], object)


def _next_days(cells: Cells) -> Cells:
    known = {
        text: (day + timedelta(days=1)).isoformat() if (day := day_of(text)) else ""
        for text in set(cells.tolist())
        if text < date.max.isoformat()
    }
    return np.array([known.get(text, "") for text in cells.tolist()], object)
