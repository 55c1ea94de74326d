"""Relations: what rows owe each other: keys of their own, references that lead somewhere, stated grounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from disclosure.diagnostics import Finding, Place
from disclosure.schema import ForeignKey, Schema, nearest

GROUNDS = (
    ("publish", {"否"}, "publish_basis"),
    ("status", {"变更", "撤销", "确认违法", "确认无效", "信用修复"}, "status_date"),
    ("status", {"变更", "撤销", "确认违法", "确认无效", "信用修复"}, "status_reason"),
)
"""Values of one column that call for another: 行政处罚法 art. 48; 国办发〔2018〕118号."""
HINTS = 50
"""For how many unknown values of a column the nearest known one is looked for."""


class Part(Protocol):
    """One file, which knows where its rows and cells stand."""

    @property
    def rows(self) -> pa.Table: ...

    def place(self, index: int, field: str = "") -> Place: ...


@dataclass(frozen=True, eq=False)
class Source:
    """All rows of a collection in canonical text, with `id`, and `part` and `index` that lead back
    to the sheet."""

    schema: Schema
    frame: pd.DataFrame
    parts: Sequence[Part]

    def rows(self, chosen: pd.Series[bool], *columns: str) -> Iterator[tuple[int, int, list[str]]]:
        """Part, index and the named columns of some rows."""
        if not chosen.any():  # as a rule nothing is wrong
            return
        picked = self.frame.loc[chosen, ["part", "index", *columns]]
        for part, index, *cells in picked.itertuples(index=False):
            yield part, index, cells

    def by_sheet(
        self, chosen: NDArray[np.bool_], field: str
    ) -> Iterator[tuple[Place, list[int], list[int]]]:
        """For every sheet with some of these rows: where the first one's cell of a field stands, the
        numbers of the rows in the sheet, and which of all rows they are."""
        where = np.flatnonzero(chosen)
        parts, indexes = (self.frame[name].to_numpy()[where] for name in ("part", "index"))
        for part in np.unique(parts):
            file, mine = self.parts[part], parts == part
            sheets, numbers = (file.rows[n].to_numpy()[indexes[mine]] for n in ("sheet", "row"))
            for sheet in np.unique(sheets):
                some = sheets == sheet
                place = file.place(int(indexes[mine][some][0]), field)
                yield place, numbers[some].tolist(), where[mine][some].tolist()


def check(sources: Mapping[str, Source], data: str) -> Iterator[Finding]:
    """Everything that rows of one collection or of several owe each other and miss."""
    for source in sources.values():
        yield from _duplicates(source)
        yield from _unexplained(source)
        for key in source.schema.foreign_keys:
            target = sources.get(key.resource)
            if target is None or key.target not in target.schema.by_name:
                facts = {"field": key.field, "target": f"{key.resource}.{key.target}"}
                yield Finding("F310", Place(f"{data}/{source.schema.name}/schema.yml"), facts)
            else:
                yield from _dangling(source, key, target)


def _duplicates(source: Source) -> Iterator[Finding]:
    """Rows with the key of an earlier row."""
    first: dict[str, Place] = {}
    keys = source.schema.primary_key
    repeated = source.frame["id"].duplicated(keep=False)
    filled = (source.frame[list(keys)] != "").any(axis=1)  # an empty key has its own finding
    for part, index, (id_, *cells) in source.rows(repeated & filled, "id", *keys):
        place = source.parts[part].place(index)
        if (earlier := first.setdefault(id_, place)) is not place:
            key = "、".join(f"「{cell}」" for cell in cells if cell)
            yield Finding("R101", place, {"key": key, "first": earlier})


def _unexplained(source: Source) -> Iterator[Finding]:
    """Rows that are not published, or no longer, without the grounds that the law wants stated."""
    names, frame = source.schema.by_name, source.frame
    for cause, calling, reason in GROUNDS:
        if cause not in names:
            continue
        due = frame[cause].isin(list(calling))
        if reason in names:
            due &= frame[reason] == ""
        title = names[reason].title if reason in names else reason
        for part, index, (value,) in source.rows(due, cause):
            facts = {"title": title, "cause": names[cause].title, "value": value}
            yield Finding("R103", source.parts[part].place(index, reason), facts)


def _dangling(source: Source, key: ForeignKey, target: Source) -> Iterator[Finding]:
    """Values that name a row of another collection which is not there."""
    field = source.schema.by_name[key.field]
    known = set(target.frame[key.target].tolist())
    cells = source.frame[key.field]
    unknown = {
        cell: missing
        for cell in cells.unique()
        if (missing := [value for value in field.parts(cell) if value not in known])
    }
    strays = list(dict.fromkeys(value for missing in unknown.values() for value in missing))
    hints = {value: nearest(value, known) for value in strays[:HINTS] if field.public}
    facts = {"title": field.title, "resource": target.schema.title}
    for part, index, (cell,) in source.rows(cells.isin(list(unknown)), key.field):
        for value in unknown[cell]:
            more = {"value": field.quote(value), "hint": hints.get(value, "")}
            yield Finding("R102", source.parts[part].place(index, key.field), {**facts, **more})
