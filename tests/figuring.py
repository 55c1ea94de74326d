"""What the tests of figures share: figures counted by plain Python, and the pages that are made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from disclosure import collection, descriptor
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.diagnostics import Place, Report
from disclosure.figures import numerals
from disclosure.figures.conditions import BLANK
from disclosure.figures.deriving import POINTS
from disclosure.figures.figure import (
    CHANGE,
    COUNT,
    DIFFERENCE,
    DISTINCT,
    GIVEN,
    SHARE,
    SUM,
    Definition,
    Figure,
)
from disclosure.intake.articles import Article
from disclosure.rules import status
from disclosure.site import basis, shelf
from disclosure.site.shell import cut
from disclosure.timeliness import Timeliness

Row = Mapping[str, str]
Chosen = Callable[[Row], bool]
Files = dict[str, bytes]
TODAY = date(2026, 11, 22)
SITE = "https://jtj.example.gov.cn/"
DRESSED = cut("<qztitlezq|qzfolderzq|qzfilezq>qzcontentzq")
SCHEMA = """\
title: 行政处罚
description: 虚构的处罚。
unit: 件
date: decided
record_title: "{party}"
primaryKey: [number]
list: [number, decided]
fields:
  - {name: number, title: 文号, constraints: {required: true}}
  - {name: party, title: 当事人}
  - {name: category, title: 业务类别, constraints: {enum: [非法营运, 水上, 其他]}}
  - {name: fine, title: 罚款金额（元）, type: number, unit: 元}
  - {name: decided, title: 决定日期, type: date, constraints: {required: true}}
  - {name: phone, title: 联系电话, public: false}
  - {name: publish, title: 是否公开, type: boolean}
  - {name: status, title: 状态}
  - {name: status_date, title: 状态日期, type: date}
  - {name: until, title: 公示截止期, type: date}
"""
STATES: Mapping[str, Row] = {
    status.SHOWN: {},
    status.CHANGED: {"status": "变更", "status_date": "2026-11-02"},
    status.WITHDRAWN: {"status": "撤销", "status_date": "2026-11-02"},
    status.REPAIRED: {"status": "信用修复", "status_date": "2026-11-02"},
    status.RETIRED: {"until": "2026-11-21"},
    status.CLOSED: {"publish": "否"},
}
"""What a row says of itself to be so."""


class Made(NamedTuple):
    """A collection, and all its rows with what each of them is."""

    collection: Collection
    rows: list[dict[str, str]]


def row(number: int, state: str = status.SHOWN, /, **cells: str) -> dict[str, str]:
    filled = {
        "number": f"虚交罚〔2026〕{number}号",
        "party": f"虚构{number}号运输有限公司",
        "category": "其他",
        "fine": "500.5",
        "decided": "2026-10-15",
        "phone": f"0000-{number:08}",
        "publish": "是",
        "status": "",
        "status_date": "",
        "until": "",
    }
    return {**filled, **STATES[state], **cells, "id": f"id{number}"}


def gather(folder: Path, rows: Sequence[Row]) -> Made:
    """The collection of such rows as of today, as the catalog gathers it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "schema.yml"
    path.write_text(SCHEMA, "utf-8")
    schema, findings = descriptor.load(path, name="cases", file="schema.yml")
    assert schema is not None, findings
    frame = pd.DataFrame(list(rows), columns=[*(f.name for f in schema.fields), "id"], dtype="str")
    frame["title"] = frame["party"]
    standing = status.standing(frame, "decided", (), TODAY)
    found = collection.gather(schema, frame, standing, Timeliness(), TODAY)
    states = standing["status"].tolist()
    return Made(found, [{**r, "state": s} for r, s in zip(rows, states, strict=True)])


def figure(
    made: Made,
    chosen: Chosen = lambda row: True,
    *,
    id: str = "f-total",
    kind: str = COUNT,
    by: str = "",
    words: str = "虚构的问题",
    **definition: Any,
) -> Figure:
    """What a plain recount of all rows comes to."""
    some = [row for row in made.rows if chosen(row)]
    about = Definition("总数", kind, Place("x.md"), collection=made.collection.name, by=by)
    about = replace(about, unit={COUNT: "件", SUM: "元", DISTINCT: "个"}[kind])
    about = replace(about, **definition)
    ids = {row["id"] for row in some if row["state"] in status.PUBLIC}
    shown = made.collection.rows["id"].isin(ids).to_numpy(dtype=bool)
    hidden = Counter(row["state"] for row in some if row["state"] not in status.PUBLIC)
    members = {}
    for number, value in enumerate(dict.fromkeys(row[by] for row in some) if by else ()):
        group = partial(_in_group, chosen, by, value)
        own = {"id": f"{id}-{number}", "kind": kind, "words": f"{value}的件数"}
        members[value or BLANK] = figure(made, group, **own, **definition)
    return Figure(about, _value(about, some), id, words, np.flatnonzero(shown), hidden, members)


def _in_group(chosen: Chosen, by: str, value: str, row: Row) -> bool:
    return chosen(row) and row[by] == value


def _value(about: Definition, some: Sequence[Row]) -> Decimal:
    if about.kind == COUNT:
        return Decimal(len(some))
    cells = [row[about.column] for row in some if row[about.column]]
    if about.kind == DISTINCT:
        return Decimal(len(set(cells)))
    assert about.kind == SUM
    total = numerals.converted(sum(map(Decimal, cells), Decimal(0)), "元", about.unit or "元")
    assert total is not None
    return numerals.rounded(total, about.decimals)


def derived(kind: str, value: str, *of: Figure, id: str = "f-derived", **about: Any) -> Figure:
    names = [operand.definition.name for operand in of]
    units = {of_.definition.unit for of_ in of}
    unit = numerals.PERCENT if kind in (SHARE, CHANGE) else of[0].definition.unit
    unit = POINTS if kind == DIFFERENCE and units == {numerals.PERCENT} else unit
    definition = Definition("算出的数", kind, Place("x.md"), of=names, unit=unit)
    definition = replace(definition, **about)
    return Figure(definition, Decimal(value), id, "算出的问题", of=of)


def given(value: str, source: str, *, id: str = "f-given", unit: str = "件") -> Figure:
    definition = Definition("信访件数", GIVEN, Place("x.md"), given=Decimal(value), source=source)
    return Figure(replace(definition, unit=unit), Decimal(value), id, "信访件数")


def catalog(*made: Made, figures: Mapping[str, Mapping[str, Figure]]) -> Catalog:
    collections = {some.collection.name: some.collection for some in made}
    return Catalog({"url": SITE}, collections, Report.of([]), {}, TODAY, figures=figures)


REPORT = Article("reports/law-2026/", "虚构的年度报告", "报告", "2027-03-01")


def build(folder: Path, seen: Catalog, pages: Sequence[tuple[str, bytes]] = ()) -> Files:
    """All pages and downloads of the figures of a catalog."""
    shelves = {n: shelf.put(c, str(folder / "rows")) for n, c in seen.collections.items()}
    bases, printed = basis.of(seen), basis.printed(pages, [REPORT])
    found: Files = {}
    for job in basis.jobs(seen, bases, printed, [REPORT], shelves, DRESSED):
        for path, content in job.make(*job.arguments):
            assert path not in found
            found[path] = content
    listed = set(basis.addresses(seen, bases))
    assert listed == {path for path in found if path.endswith(".html")}
    found[basis.PATH] = basis.front(seen, bases, printed, [REPORT]).encode()
    return found
