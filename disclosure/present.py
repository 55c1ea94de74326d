"""Present: collections as they stand today where a list of powers is kept through time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from disclosure.adjustments import Timeline, referring
from disclosure.collection import Collection
from disclosure.rules import status


def settle(
    collections: Mapping[str, Collection], timelines: Mapping[str, Timeline], today: str
) -> dict[str, Collection]:
    """All collections: lists of powers as of today, and records that name a power with lists by power."""
    found = dict(collections)
    for name, timeline in timelines.items():
        found[name] = target = dated(found[name], timeline, today)
        labels = dict(
            zip(target.rows[timeline.key].tolist(), target.rows["title"].tolist(), strict=True)
        )
        for other in list(found.values()):
            if keys := referring(other.schema, timeline):
                back = {**other.back, **dict.fromkeys(keys, labels)}
                found[other.name] = replace(other, back=back)
    return found


def dated(collection: Collection, timeline: Timeline, today: str) -> Collection:
    """A list whose rows say what holds today, of which only what is in force is counted and listed."""
    schema, rows = collection.schema, collection.rows
    shown = [timeline.powers[code].shown(today) for code in rows[timeline.key].tolist()]
    columns: dict[str, list[str]] = {}
    for number, version in enumerate(shown):
        for name, text in version.texts.items():
            columns.setdefault(name, rows[name].tolist())[number] = text
    rows = rows.assign(**{name: _texts(column) for name, column in columns.items()})
    if columns.keys() & set(schema.title_fields):
        titles = schema.titles({name: rows[name].tolist() for name in schema.title_fields})
        rows = rows.assign(title=_texts(titles))
    listed = np.array([version.holds(today) for version in shown], np.bool_)
    tally: dict[str, dict[str, int]] = {}
    years = rows["folder"].tolist() if schema.date else [""] * len(rows)
    for year, holds in zip(years, listed.tolist(), strict=True):
        if holds:
            states = tally.setdefault(year, {})
            states[status.SHOWN] = states.get(status.SHOWN, 0) + 1
    return replace(collection, rows=rows, tally=tally, listed=listed)


def _texts(cells: Sequence[str]) -> pd.Series[str]:
    return pd.Series(list(cells), dtype=pd.StringDtype("pyarrow", na_value=np.nan))
