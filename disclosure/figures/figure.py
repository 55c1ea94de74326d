"""Figures: what a number in a report is by definition, and what it comes to, with the rows behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from disclosure.diagnostics import Place

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
"""Numbers of rows in the order of a collection's lists."""
COUNT, SUM, DISTINCT, GIVEN = "count", "sum", "distinct", "given"
"""What is counted out of rows, or stated with its source because no rows of this site hold it."""
SHARE, DIFFERENCE, CHANGE, TOTAL = "share", "difference", "change", "total"
"""What is computed from printed figures: a / b in per cent, a - b, (a - b) / b in
per cent, a + b + …"""
DERIVED = frozenset({SHARE, DIFFERENCE, CHANGE, TOTAL})


@dataclass(frozen=True)
class Definition:
    """One entry of `figures:` in a page's head or in `data/figures.yml`."""

    name: str
    kind: str
    place: Place
    """Where it is written."""
    page: str = ""
    """The address of the page that it belongs to; "" when all pages share it."""
    collection: str = ""
    column: str = ""
    """The name of the column that is summed, or whose values are told apart."""
    where: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    """The name of the column by whose values it is told in groups."""
    of: Sequence[str] = ()
    """The names of the figures that a derived one is computed from, in order."""
    unit: str = ""
    decimals: int = 0
    given: Decimal | None = None
    source: str = ""
    """Of a given one: which account, ledger or system states it."""


@dataclass(frozen=True, eq=False)
class Figure:
    """What a definition comes to on the day of the catalog."""

    definition: Definition
    value: Decimal
    """Rounded as it is printed, in the definition's unit."""
    id: str
    """Names the page of the rows behind it (底数), `figures/<id>/`: the same for the same question,
    whatever it is called and whoever asks it."""
    words: str
    """The question in words."""
    rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    """The rows on show that it counts, in the order of the collection's lists."""
    hidden: Mapping[str, int] = field(default_factory=dict)
    """By status, how many rows it counts that are not on show: counted, never listed."""
    groups: Mapping[str, Figure] = field(default_factory=dict)
    """With `by`, the figure of each value of the column, in the order of the schema, else by size."""
    of: Sequence[Figure] = ()
    """What a derived figure was computed from."""

    @property
    def text(self) -> str:
        """The value as it is printed: with commas, and with all its decimals."""
        return f"{self.value:,f}"

    @property
    def address(self) -> str:
        """Of the page of the rows behind it, below the root of the site."""
        return f"figures/{self.id}/"
