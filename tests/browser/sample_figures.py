"""Figures of the sample's penalties, counted by plain Python, for a site that is looked at in a browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import numpy as np

from disclosure.catalog import Catalog
from disclosure.diagnostics import Place
from disclosure.figures import numerals
from disclosure.figures.figure import COUNT, GIVEN, SHARE, SUM, Definition, Figure
from disclosure.rules import status

YEAR = "2025"


def of(catalog: Catalog) -> Mapping[str, Figure]:
    penalties = catalog.collections["penalties"]
    rows = penalties.rows.to_dict("records")
    of_year = {s: n for s, n in penalties.tally[YEAR].items() if s not in status.PUBLIC and n}

    def found(
        id_: str, words: str, chosen: Callable[[dict[str, str]], bool], **about: object
    ) -> Figure:
        some = [n for n, row in enumerate(rows) if row["folder"] == YEAR and chosen(row)]
        kind = str(about.pop("kind", COUNT))
        hidden = about.pop("hidden", {})
        groups = about.pop("groups", {})
        value = Decimal(len(some) + sum(hidden.values()))  # type: ignore[attr-defined]
        if kind == SUM:
            fines = sum((Decimal(rows[n]["fine"] or 0) for n in some), Decimal(0))
            value = numerals.rounded(fines / 10_000, 2)
        place = Place("docs/reports/figures.md")
        definition = Definition(id_, kind, place, collection="penalties", **about)  # type: ignore[arg-type]
        numbers = np.array(some, np.int64)
        return Figure(definition, value, id_, f"{YEAR}年{words}", numbers, hidden, groups)  # type: ignore[arg-type]

    kinds = sorted({row["category"] for row in rows if row["folder"] == YEAR})
    groups = {
        kind: found(
            f"f-kind-{n}",
            f"业务类别为“{kind}”的行政处罚件数",
            lambda row, kind=kind: row["category"] == kind,
        )
        for n, kind in enumerate(kinds)
    }
    total = found("f-total", "行政处罚件数", lambda row: True, hidden=of_year)
    taxi = groups["出租汽车"]
    share = numerals.rounded(taxi.value * 100 / total.value, 2)
    place = Place("docs/reports/figures.md")
    return {
        "处罚总数": total,
        "出租汽车": taxi,
        "占比": Figure(
            Definition("占比", SHARE, place, of=("出租汽车", "处罚总数"), decimals=2),
            share,
            "f-share",
            "2025年行政处罚里出租汽车案件所占的比例",
            of=(taxi, total),
        ),
        "罚款": found(
            "f-sum",
            "行政处罚的罚款金额合计",
            lambda row: True,
            kind=SUM,
            column="fine",
            unit="万元",
            decimals=2,
        ),
        "信访": Figure(
            Definition("信访", GIVEN, place, given=Decimal(43), unit="件", source="信访工作台账"),
            Decimal(43),
            "f-given",
            "2025年收到的信访件数",
        ),
        "按类别": found(
            "f-by", "行政处罚件数，按业务类别", lambda row: True, by="category", groups=groups
        ),
        "没有": found("f-none", "业务类别为“虚构”的行政处罚件数", lambda row: False),
    }
