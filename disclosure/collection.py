"""Collections: the rows of one folder as of a day, in order: what is on show, and what is only counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from disclosure import cache, timeliness
from disclosure.rules import status
from disclosure.schema import Field, Schema
from disclosure.timeliness import Timeliness

NOTICE = ("party_no", "organ", "status", "status_date", "status_reason")
"""What the notice of a withdrawal says by fixed names, besides document number and date: nothing
of the party, nothing of what it did."""


@dataclass(frozen=True, eq=False)
class Collection:
    """One collection: what its columns mean, its public rows in the order of lists, and what is counted."""

    schema: Schema
    rows: pd.DataFrame
    """Canonical text of the public fields of the rows on show, plus `id`, `folder`, `path`, `title`,
    `last_day`, the last day on which each is public ("" without end), and the columns of
    `timeliness` when there is a time limit for publishing."""
    tally: Mapping[str, Mapping[str, int]]
    """Rows by year ("" when undated) and status; those not on show are counted here, in `changes`
    and in `timeliness`, and nowhere else."""
    timeliness: Timeliness = dataclass_field(default_factory=Timeliness)
    """How the time limits for publishing were kept; without rules when there is none."""
    withdrawn: pd.DataFrame = dataclass_field(default_factory=pd.DataFrame)
    """Of withdrawn rows what their notice says, newest first, plus `folder`, `path`."""
    changes: Mapping[str, Mapping[str, int]] = dataclass_field(default_factory=dict)
    """By day and event, how many records were added, changed, withdrawn, retired (see `status.EVENTS`)."""
    listed: NDArray[np.bool_] | None = None
    """Which rows lists show; the others have their pages alone. None for all."""
    back: Mapping[str, Mapping[str, str]] = dataclass_field(default_factory=dict)
    """For fields whose values have a list of their own, though not named among the others: what each
    value is called. The record that a value names leads to it."""
    down: Sequence[str] = ()
    """The addresses of all records that are not on show; withdrawn ones have their notice there."""

    @property
    def name(self) -> str:
        return self.schema.name

    @cached_property
    def fields(self) -> Sequence[Field]:
        """The public fields that at least one row fills."""
        columns = (
            (f, pa.array(self.rows[f.name], pa.large_string())) for f in self.schema.public_fields
        )
        # The lengths of texts are known without looking at them.
        return [f for f, cells in columns if pc.max(pc.binary_length(cells)).as_py()]

    @cached_property
    def total(self) -> int:
        return sum(sum(statuses.values()) for statuses in self.tally.values())

    @cached_property
    def years(self) -> Mapping[str, int]:
        """How many rows each year has, newest first, whether still on show or not."""
        return {year: sum(self.tally[year].values()) for year in sorted(self.tally, reverse=True)}

    def hidden(self, year: str | None = None) -> int:
        """How many rows (of a year) are counted and no longer shown."""
        chosen = self.tally.values() if year is None else [self.tally.get(year, {})]
        return sum(n for statuses in chosen for s, n in statuses.items() if s not in status.PUBLIC)


def gather(
    schema: Schema, frame: pd.DataFrame, standing: pd.DataFrame, kept: Timeliness, as_of: date
) -> Collection:
    """The collection of all its rows and what each of them is as of a day (see `status.standing`)."""
    usable = ~frame["id"].duplicated()
    if schema.date:
        usable &= frame[schema.date] != ""
    # A preview goes on without what has findings.
    if not usable.all():
        frame, standing = frame[usable], standing[usable]
    dated = frame[schema.date].str[:4] if schema.date else pd.Series("", frame.index, dtype="str")
    tally: dict[str, dict[str, int]] = {}
    for (year, state), n in Counter(
        zip(dated.tolist(), standing["status"].tolist(), strict=True)
    ).items():
        tally.setdefault(year, {})[state] = n
    published = frame["published"] if "published" in frame else dated.str[:0]
    frame = frame.assign(folder=dated if schema.date else "item", last_day=standing["last"])
    frame["path"] = schema.name + "/" + frame["folder"] + "/" + frame["id"] + ".html"
    return Collection(
        schema,
        _on_show(schema, frame, standing, timeliness.COLUMNS if kept.rules else ()),
        tally,
        kept,
        # By their numbers: a mask would look at every cell of every column.
        _withdrawn(schema, frame.iloc[np.flatnonzero(standing["status"] == status.WITHDRAWN)]),
        status.tally(standing, published, as_of),
        down=frame["path"][~standing["status"].isin(status.PUBLIC)].tolist(),
    )


def _on_show(
    schema: Schema, frame: pd.DataFrame, standing: pd.DataFrame, judged: Sequence[str]
) -> pd.DataFrame:
    """The public rows, in order, without a word of changes that are not in force yet."""
    shown = standing["status"].isin(status.PUBLIC)
    added = ["id", "title", "folder", "path", "last_day", *judged]
    public = [f.name for f in schema.public_fields]
    order, columns = _order(schema, frame, shown), {}
    places = frame.index.get_indexer(order)
    for name in public + added:
        columns[name] = frame[name].array.take(places)
        cache.let_go()  # else there are both all rows as they were read and all in order
    rows = pd.DataFrame(columns, index=order, copy=False)
    pending = standing.loc[rows.index, "pending"] != ""
    changing = {"status", "status_date", "status_reason"} if pending.any() else set()
    for name in changing & set(rows.columns):
        told = status.SHOWN if name == "status" else ""
        rows = rows.assign(**{name: rows[name].mask(pending, told)})
    return rows.reset_index(drop=True)


def _withdrawn(schema: Schema, rows: pd.DataFrame) -> pd.DataFrame:
    """What the notices of some rows may say."""
    numbers = [f.name for f in schema.public_fields if f.format == "docno"]
    names = [*numbers, *([schema.date] if schema.date else []), *NOTICE]
    public = {f.name for f in schema.public_fields}
    kept = rows[[name for name in names if name in public] + ["id", "folder", "path"]]
    order = [name for name in ("status_date", "id") if name in kept]
    return kept.sort_values(order, ascending=False).reset_index(drop=True)


def _order(schema: Schema, frame: pd.DataFrame, shown: pd.Series[bool]) -> pd.Index[int]:
    """The index of the rows on show in the order of lists."""
    numeric = {f.name for f in schema.fields if f.type in ("number", "integer", "year")}
    order = schema.sort or ((f"-{schema.date}",) if schema.date else ())
    chosen = {key.removeprefix("-"): not key.startswith("-") for key in order}
    chosen |= {name: True for name in schema.primary_key if name not in chosen}
    keys = frame.loc[shown, list(chosen)].sort_values(
        list(chosen),
        ascending=list(chosen.values()),
        key=lambda cells: pd.to_numeric(cells, "coerce") if cells.name in numeric else cells,
        kind="stable",
    )
    return keys.index
