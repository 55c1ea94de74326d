"""The sample bureau's yearly report on the rule of law: five contents, and numbers that a plain recount confirms."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import pytest
import test_sample
import yaml
from conftest import ROOT

from disclosure.figures import numerals

FILE = ROOT / "docs" / "reports" / "law-2025.md"
_, HEAD, TEXT = FILE.read_text("utf-8").split("---\n", 2)
FIGURES: dict[str, dict[str, Any]] = yaml.safe_load(HEAD)["figures"]
CHECKS: list[dict[str, Any]] = yaml.safe_load(HEAD)["checks"]
USES = re.findall(r"\{\{ ([^}：=]+?)(?:：([^}=]+?))?(?: = ([^}]+?))? \}\}", TEXT)
DATES = {
    "penalties": "处罚决定日期",
    "permits": "许可决定日期",
    "inspections": "检查日期",
    "norms": "成文日期",
    "petitions": "登记日期",
    "hotline": "统计截止日",
    "tasks": "印发日期",
}
everything = cache(test_sample.everything)
DERIVED = ("share", "difference", "change", "total")
COLLECTIONS = {"penalties", "permits", "powers", "inspections", "norms", "petitions", "hotline"}


def cell(row: dict[str, str], collection: str, column: str) -> str:
    if column == "年度":
        return row[DATES[collection]][:4]
    return row.get(column) or row.get(f"{column}（元）") or ""


def fits(text: str, wanted: Any) -> bool:
    """Whether a cell meets one condition."""
    if isinstance(wanted, dict):
        low, high = wanted.get("from"), wanted.get("to")
        kind = Decimal if isinstance(low, int) else str
        return bool(text) and not (
            (low is not None and kind(text) < kind(low))
            or (high is not None and kind(text) > kind(high))
        )
    if wanted in ("空", "非空"):
        return (not text) == (wanted == "空")
    return text in map(str, wanted if isinstance(wanted, list) else [wanted])


def number(name: str) -> Decimal:
    """What a figure comes to, counted without the program that counts it."""
    return value(FIGURES[name])


def value(entry: dict[str, Any], group: str | None = None) -> Decimal:
    kind = next(key for key in entry if key in ("count", "sum", "distinct", "given", *DERIVED))
    if kind == "given":
        return Decimal(str(entry["given"]))
    if kind in DERIVED:
        return derived(kind, [number(name) for name in entry[kind]], entry.get("decimals", 0))
    collection, _, column = entry[kind].partition(".")
    rows = [
        row
        for row in everything(collection)
        if all(fits(cell(row, collection, key), w) for key, w in entry.get("where", {}).items())
        and (group is None or cell(row, collection, entry["by"]) == group)
    ]
    cells = [text for row in rows if (text := cell(row, collection, column))] if column else []
    if kind == "count":
        return Decimal(len(rows))
    if kind == "distinct":
        return Decimal(len(set(cells)))
    scale = 10_000 if entry["unit"] == "万元" else 1
    return rounded(sum(map(Decimal, cells), Decimal(0)) / scale, entry.get("decimals", 0))


def derived(kind: str, of: list[Decimal], decimals: int) -> Decimal:
    if kind == "total":
        return sum(of, Decimal(0))
    first, second = of
    if kind == "difference":
        return first - second
    part = first - second if kind == "change" else first
    return rounded(100 * part / second, decimals)


def rounded(exact: Decimal, decimals: int) -> Decimal:
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def test_it_has_the_five_contents_in_their_order() -> None:
    heads = re.findall(r"^## (.+)$", TEXT, re.M)
    assert [head[:2] for head in heads] == ["一、", "二、", "三、", "四、", "五、"]
    for head, words in zip(
        heads, ("举措和成效", "不足和原因", "第一责任人职责", "下一年度", "其他"), strict=True
    ):
        assert words in head


def test_at_least_forty_figures_of_every_kind_are_used() -> None:
    used = {name for name, _, _ in USES}
    assert used <= set(FIGURES)
    assert len(used) >= 40
    operands = {
        name for entry in FIGURES.values() for key in DERIVED for name in entry.get(key, ())
    }
    assert set(FIGURES) == used | operands, "a figure that nobody prints or computes with"
    kinds = {key for entry in FIGURES.values() for key in entry}
    assert {"count", "sum", "distinct", "given", "by", *DERIVED} <= kinds
    bound = {
        str(entry[key]).partition(".")[0]
        for name, entry in FIGURES.items()
        if name in used
        for key in ("count", "sum", "distinct")
        if key in entry
    }
    assert bound >= COLLECTIONS
    assert all(entry.get("source") for entry in FIGURES.values() if "given" in entry)


@pytest.mark.parametrize(("name", "group", "stated"), sorted({u for u in USES if u[2]}))
def test_what_the_report_states_is_what_a_recount_gives(name: str, group: str, stated: str) -> None:
    found = value(FIGURES[name], group or None)
    [quantity] = numerals.find(stated)
    assert numerals.holds(quantity, found, FIGURES[name].get("unit", ""))


def test_its_checks_hold() -> None:
    assert len(CHECKS) >= 10
    for check in CHECKS:
        if "total" in check:
            assert number(check["total"]) == sum(map(number, check["parts"]))
        else:
            one, other = map(number, check["equal"])
            assert one == other


def test_every_group_table_is_of_a_group_figure() -> None:
    tables = [name for name, group, _ in USES if group == "表"]
    assert len(tables) >= 2
    assert all("by" in FIGURES[name] for name, group, _ in USES if group)
    assert re.findall(r"^\{\{ (.+)：表 \}\}$", TEXT, re.M) == tables  # each a paragraph of its own
