"""Returns: the numbers of yearly reports that no rows hold, as YAML files of `data/reports/` state them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings
from disclosure.reports.forms import Way
from disclosure.schema import NOT_APPLICABLE, nearest

BLANK = ""
"""Nothing is stated yet: neither zero nor 不适用."""
Value = Decimal | str
"""A number, BLANK, or NOT_APPLICABLE."""
YEAR, SOURCE = "年度", "来源"
FOLDER = "data/reports"


@dataclass(frozen=True)
class Return:
    """What one file states, by the ways of the cells."""

    year: int
    path: Path
    file: str
    """How findings name it."""
    cells: Mapping[Way, Value]
    source: str = ""
    """The ledgers that the numbers are taken from."""

    def __getitem__(self, way: Way) -> Value:
        return self.cells.get(way, BLANK)

    def stated(self, way: Way) -> Decimal | None:
        """A number, where 不适用 adds nothing; None when it is blank."""
        value = self[way]
        if isinstance(value, Decimal):
            return value
        return Decimal(0) if value == NOT_APPLICABLE else None

    def place(self, way: Way) -> Place:
        """The line of a cell, else of what leads to it."""
        lines = settings.lines(self.path)
        known = (lines.get(way[:n], 0) for n in range(len(way), 0, -1))
        return Place(self.file, row=next((row for row in known if row), 0))


def load(
    path: Path, *, file: str, year: int, ways: Collection[Way]
) -> tuple[Return | None, list[Finding]]:
    """The file at `path`, which may state the cells of `ways`. Never raises for what it holds.

    Keys are nested along the way of a cell. A number (or 不适用) in place of further keys holds for
    all cells below it: 属于国家秘密: 0 is a row of zeros.
    """
    content, findings = settings.read(path, file=file)
    if content is None:
        return None, findings
    cells: dict[Way, Value] = {}
    complaints: list[tuple[Way, str]] = []
    if content.get(YEAR) != year:
        complaints.append(((YEAR,), f"“{YEAR}”应当是文件名中的 {year}"))
    source = content.get(SOURCE)
    if source is not None and not isinstance(source, str):
        complaints.append(((SOURCE,), f"“{SOURCE}”应当是一段文字"))
    below = {way[:n] for way in ways for n in range(len(way))}
    body = {key: value for key, value in content.items() if key not in (YEAR, SOURCE)}
    complaints += _fill(body, (), ways, below, cells)
    if complaints:
        lines = settings.lines(path)
        for way, what in complaints:
            row = lines.get(way) or lines.get(way[:1], 0)
            findings.append(Finding("N401", Place(file, row=row), {"what": what}))
    return Return(year, path, file, cells, source if isinstance(source, str) else ""), findings


def _fill(
    value: Any,
    way: Way,
    ways: Collection[Way],
    below: Collection[Way],
    cells: dict[Way, Value],
) -> Iterator[tuple[Way, str]]:
    """Puts what is stated into `cells`; the way and the words for everything that cannot be."""
    if isinstance(value, dict):
        if way not in below:
            yield way, f"“{'”下的“'.join(way)}”应当直接写数字"
            return
        known = {other[len(way)] for other in ways if other[: len(way)] == way}
        for key, inner in value.items():
            if (name := str(key)) in known:
                yield from _fill(inner, (*way, name), ways, below, cells)
            else:
                yield (*way, name), f"没有“{name}”这一项。{nearest(name, known)}".rstrip("。")
        return
    read = _value(value)
    if read is None or not way:
        yield (
            way,
            f"“{'”下的“'.join(way)}”的值“{value}”不是不小于零的数字，也不是“{NOT_APPLICABLE}”",
        )
        return
    cells.update((other, read) for other in ways if other[: len(way)] == way)


def _value(value: Any) -> Value | None:
    if value is None or value == BLANK:
        return BLANK
    if value == NOT_APPLICABLE:
        return NOT_APPLICABLE
    if type(value) in (int, float) and value >= 0:
        return Decimal(str(value))  # as it is written, never as it is rounded
    return None


def blanks(stated: Return, ways: Sequence[Way]) -> Iterator[Finding]:
    """What is still to be filled in: one finding for all cells below a key, or of a row."""
    missing = {way for way in ways if stated[way] == BLANK}
    wholly: dict[Way, list[str]] = {}
    for way in ways:
        if way not in missing:
            continue
        for size in range(1, len(way)):
            if all(other in missing for other in ways if other[:size] == way[:size]):
                wholly.setdefault(way[:size], [])
                break
        else:
            wholly.setdefault(way[:-1], []).append(way[-1])
    for above, names in wholly.items():
        what = f"“{' '.join(above)}”" + (f"的{'、'.join(names)}" if names else "")
        yield Finding("N402", stated.place((*above, *names[:1])), {"what": what})


def said(value: Value) -> str:
    """How a value stands in a table."""
    return f"{value:,}" if isinstance(value, Decimal) else value or "未填"
