"""Withdrawal: whether what rows say of coming down can be published, and is allowed by then."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from disclosure.diagnostics import Finding
from disclosure.relations import Source
from disclosure.rules.retention import day_of
from disclosure.rules.status import CAUSES, CLOSED, REPAIRED, SHOWN, WITHDRAWN

NAMED = ("party", "uscc")
"""The fields, by their fixed names, that say whom a record is about."""
WORDS = {"status": (SHOWN, *CAUSES), "publish": ("是", "否")}
"""What may stand in the fields by which records come down."""


def check(source: Source, standing: pd.DataFrame) -> Iterator[Finding]:
    """Everything that is wrong with the withdrawals of one collection; `standing` as of a day."""
    names = source.schema.by_name
    yield from _unknown(source)
    if {"status", "status_reason"} <= names.keys():
        yield from _telling(source, standing)
    if {"status", "status_date"} <= names.keys():
        yield from _undated(source)
    yield from _hasty(source, standing)


def _unknown(source: Source) -> Iterator[Finding]:
    """Words that say nothing certain: a record would stay public although somebody wanted it down. Where
    the schema lists the words, every other one is reported already."""
    for name, known in WORDS.items():
        field = source.schema.by_name.get(name)
        if field is None or field.enum or field.type == "boolean":
            continue
        for part, index, (said,) in source.rows(~source.frame[name].isin(["", *known]), name):
            facts = {"title": field.title, "value": said, "known": "、".join(known)}
            yield Finding("R207", source.parts[part].place(index, name), facts)


def _telling(source: Source, standing: pd.DataFrame) -> Iterator[Finding]:
    """Reasons that name the party: the notice of a withdrawal must not (行政处罚法 art. 48 wants the
    information withdrawn and the reason published)."""
    names, frame = source.schema.by_name, source.frame
    gone = frame["status"].isin([word for word, becomes in CAUSES.items() if becomes == WITHDRAWN])
    chosen = gone & (standing["status"] != CLOSED) & (frame["status_reason"] != "")
    told = [name for name in NAMED if name in names]
    for part, index, (reason, *about) in source.rows(chosen, "status_reason", *told):
        for name, text in zip(told, about, strict=True):
            if text and text in reason:
                facts = {"title": names["status_reason"].title, "named": names[name].title}
                yield Finding("R201", source.parts[part].place(index, "status_reason"), facts)
                break


def _undated(source: Source) -> Iterator[Finding]:
    """Changes with a day that is none, or that comes before the decision that was changed."""
    schema, frame = source.schema, source.frame
    chosen = frame["status"].isin(list(CAUSES)) & (frame["status_date"] != "")
    made = schema.date or "status_date"
    for part, index, (on, day) in source.rows(chosen, "status_date", made):
        if day_of(on) is None or on < day:
            facts = {
                "title": schema.by_name["status_date"].title,
                "value": on,
                "made": schema.by_name[made].title,
                "day": day,
            }
            yield Finding("R202", source.parts[part].place(index, "status_date"), facts)


def _hasty(source: Source, standing: pd.DataFrame) -> Iterator[Finding]:
    """Repairs of credit, and ends stated in the row, before the minimum time of publication is over."""
    names, frame, least = source.schema.by_name, source.frame, standing["least"]
    if not (least != "").any():
        return
    words = [word for word, becomes in CAUSES.items() if becomes == REPAIRED]
    ends: list[tuple[str, pd.Series[bool]]] = []
    if {"status", "status_date"} <= names.keys():
        on = frame["status_date"]
        ends.append(("status_date", frame["status"].isin(words) & (on != "") & (on <= least)))
    if "until" in names:
        ends.append(("until", (frame["until"] != "") & (frame["until"] < least)))
    for name, early in ends:
        chosen = early & (least != "")
        rows = zip(source.rows(chosen, name), least[chosen].tolist(), strict=True)
        for (part, index, (day,)), until in rows:
            facts = {"title": names[name].title, "day": day, "least": until}
            yield Finding("T502", source.parts[part].place(index, name), facts)
