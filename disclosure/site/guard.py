"""The guard: looks once more at what is about to be stamped, and refuses what the rules say must be down.

It repeats by other means what decides a status: row by row, and by counting back from today instead
of forward from the decision. Whatever goes wrong on the way from the tables to the pages, a record
that has to be down does not get past it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from disclosure.catalog import Catalog
from disclosure.rules import book, credit
from disclosure.rules.status import combinations
from disclosure.site import shelf

GONE = {"撤销", "确认违法", "确认无效", "信用修复"}


class MustBeDown(Exception):
    """A record would be published that must not be: a bug of this program, never of the data."""


def inspect(catalog: Catalog, shelves: Mapping[str, str]) -> None:
    """Look at every row on show as it lies on its shelf; raises MustBeDown with the first address."""
    for name, collection in catalog.collections.items():
        schema = collection.schema
        profile = catalog.retention.get(schema.retention, ()) if schema.date else ()
        rules = {column for rule in profile for column in rule.columns}
        own = {"publish", "status", "status_date", "until"}
        columns = sorted((rules | own) & {f.name for f in schema.public_fields})
        frame = shelf.whole(shelves[name])
        names = [schema.date or "folder", *columns]
        _, firsts = combinations([frame[column] for column in names])
        distinct = (frame[column].iloc[firsts].tolist() for column in ("path", *names))
        for path, day, *values in zip(*distinct, strict=True):
            about = dict(zip(columns, values, strict=True))
            if why := reason(profile, day, about, catalog.as_of):
                raise MustBeDown(f"{path}: {why}")
        shelf.let_go(shelves[name])


def reason(profile: book.Profile, day: str, row: Mapping[str, str], as_of: date) -> str:
    """Why a row must be down as of a day; "" when it may stay."""
    today = as_of.isoformat()
    if row.get("publish") == "否":
        return "不公开"
    on = row.get("status_date", "")
    if row.get("status") in GONE and not (on > today and on[:1].isdigit()):
        return f"{row['status']} {on}"
    until = row.get("until", "")
    if until[:1].isdigit() and until < today:
        return f"公示截止期 {until}"
    rule = next((r for r in profile if book.matches(r, day, row)), None)
    if rule and not rule.publish:
        return rule.id
    if rule and rule.months and day < credit.first_day(rule, as_of):
        return f"{rule.id} {day}"
    return ""
