"""Questions: which figures, counted out of the site's own records, stand in the tables of yearly reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from disclosure.reports import foi
from disclosure.reports.forms import Form, Way
from disclosure.rules import book
from disclosure.rules.book import Rule
from disclosure.schema import Schema

PENALTIES, PERMITS, INSPECTIONS, NORMS = "penalties", "permits", "inspections", "norms"
"""The collections that the tables are counted from, as far as a bureau keeps them."""
REST = "其他"
"""The column of the kinds that no column names."""
ALL, MONEY = "合计", "罚没金额（万元）"
PENALTY, PERMIT = "行政处罚实施数量（件）", "行政许可实施数量（件）"
MEASURE, FORCE = "行政强制措施实施数量（件）", "行政强制执行实施数量（件）"
CHECKS = "行政检查次数（次）"


@dataclass
class Questions:
    """Figure definitions as the head of a page writes them, and the cells that they fill."""

    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    cells: dict[Way, str] = field(default_factory=dict)
    """By the way of a cell, the name of its figure."""
    checks: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, name: str, way: Way | None = None, **definition: Any) -> str:
        """Add a figure, and the cell in which it stands if it has one."""
        self.figures[name] = definition
        if way:
            self.cells[way] = name
        return name


def forms(rule: Rule | None) -> Sequence[Form]:
    """The four tables of 行政执法总体情况; the first has the columns of the counting rule."""
    kinds = rule.told_in if rule else ("处罚",)
    return (
        Form("行政处罚实施情况", ((PENALTY, (*kinds, ALL)), MONEY)),
        Form(
            "行政许可实施情况",
            ((PERMIT, ("申请数量", "受理数量", "许可数量", "不予许可数量", "撤销许可数量")),),
        ),
        Form(
            "行政强制实施情况",
            (
                (MEASURE, (
                    "查封场所、设施或者财物", "扣押财物", "冻结存款、汇款", "其他行政强制措施",
                )),
                (FORCE, (
                    ("行政机关强制执行", (
                        "加处罚款或者滞纳金", "划拨存款、汇款", "拍卖或者依法处理财物",
                        "排除妨碍、恢复原状", "代履行", "其他强制执行",
                    )),
                    "申请人民法院强制执行",
                )),
                ALL,
            ),
        ),
        Form("行政检查实施情况", ((CHECKS, ("双随机抽查", "其他行政检查", ALL)),)),
    )  # fmt: skip


def enforcement(year: int, schemas: Mapping[str, Schema], rule: Rule | None) -> Questions:
    """The figures of 行政执法总体情况, as far as the collections hold them."""
    asked = Questions()
    if (schema := schemas.get(PENALTIES)) and rule and "kind" in schema.by_name:
        _kinds(asked, year, schema, rule)
        _money(asked, year, schema)
    if schema := schemas.get(PERMITS):
        permits = Form("", ((PERMIT, ("许可数量", "撤销许可数量")),)).ways
        asked.ask("许可数量", permits[0], count=PERMITS, where={"年度": year})
        if {"status", "status_date"} <= schema.by_name.keys():
            where = {schema.by_name["status"].title: "撤销", **_during(schema, "status_date", year)}
            asked.ask("撤销许可数量", permits[1], count=PERMITS, where=where)
    if INSPECTIONS in schemas:
        way = Form("", ((CHECKS, ("双随机抽查",)),)).ways[0]
        asked.ask("双随机抽查次数", way, count=INSPECTIONS, where={"年度": year})
    return asked


def _kinds(asked: Questions, year: int, schema: Schema, rule: Rule) -> None:
    """How many decisions stand in the column of each kind.

    A decision of several kinds belongs to the column that ranks highest: it has one of the kinds of
    that column and none of those above, so that the rows behind every cell can be listed.
    """
    kind = schema.by_name["kind"]
    ways = dict(
        zip((*rule.told_in, ALL), Form("", ((PENALTY, (*rule.told_in, ALL)),)).ways, strict=True)
    )
    total = asked.ask("处罚合计", ways[ALL], count=PENALTIES, where={"年度": year})
    named = {k for column in rule.told_in for k in column.split("、")}
    rest = [k for k in kind.enum if k not in named]
    kinds = {c: [*c.split("、"), *(rest if c == REST else [])] for c in rule.told_in}

    def held(columns: Sequence[str]) -> list[str]:
        return [k for column in columns for k in kinds[column]]

    def ask(column: str, where: Any) -> None:
        name, asked_of = _counted(column), {"年度": year, kind.title: where}
        asked.ask(name, ways[column], count=PENALTIES, where=asked_of)

    each = rule.counting == book.EACH
    ranks = rule.order if rule.counting == book.HEAVIEST and rule.order else rule.told_in
    for number, column in enumerate(ranks):
        mine, above = held([column]), held(ranks[number + 1 :])
        if each or not above:
            ask(column, mine if len(mine) > 1 else mine[0])
        elif number:
            ask(column, {"any": mine, "none": above})
        else:  # the lowest is whatever is nowhere else
            ask(column, {"none": above})
    if not each:
        parts = [_counted(column) for column in rule.told_in]
        asked.checks.append({"total": total, "parts": parts})


def _counted(column: str) -> str:
    return column.replace("、", "") + "件数"


def _money(asked: Questions, year: int, schema: Schema) -> None:
    parts = [
        asked.ask(
            name,
            sum=f"{PENALTIES}.{schema.by_name[column].title}",
            where={"年度": year},
            unit="万元",
            decimals=2,
        )
        for name, column in (("罚款金额", "fine"), ("没收金额", "confiscated"))
        if column in schema.by_name
    ]
    if parts:
        way = Form("", (MONEY,)).ways[0]
        asked.ask("罚没金额", way, total=parts, unit="万元", decimals=2)


def _during(schema: Schema, name: str, year: int) -> dict[str, Any]:
    """That a column of days lies in a year."""
    span = {"from": date(year, 1, 1), "to": date(year, 12, 31)}
    return {schema.by_name[name].title: span}


def second(year: int, schemas: Mapping[str, Schema]) -> Questions:
    """The figures of 表二 in the yearly report on disclosure, as far as the collections hold them."""
    asked = Questions()
    if schema := schemas.get(NORMS):
        norms = foi.NORMS
        asked.ask("规范性文件制发", (*norms, foi.MADE), count=NORMS, where={"年度": year})
        if "repealed" in schema.by_name:
            way = (*norms, foi.REPEALED)
            asked.ask("规范性文件废止", way, count=NORMS, where=_during(schema, "repealed", year))
            until = {"to": date(year, 12, 31)}
            pair = [
                asked.ask(name, count=NORMS, where={schema.by_name[column].title: until})
                for name, column in (
                    ("年末以前制发", schema.date),
                    ("年末以前废止", "repealed"),
                )
            ]
            asked.ask("规范性文件现行有效", (*norms, foi.IN_FORCE), difference=pair)
    for collection, row, name in (
        (PERMITS, "行政许可", "许可决定"),
        (PENALTIES, "行政处罚", "处罚决定"),
    ):
        if collection in schemas:
            way = (foi.SECOND, row, foi.DECISIONS)
            asked.ask(name, way, count=collection, where={"年度": year})
    return asked
