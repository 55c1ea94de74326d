"""Drafts: a report as the Markdown page that staff go on with, its numbers bound to the data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from disclosure.figures import figure
from disclosure.reports.forms import Form, Way, write
from disclosure.reports.questions import Questions
from disclosure.reports.returns import BLANK, Return, said
from disclosure.rules.book import Rule
from disclosure.schema import Schema

PROMPT = re.compile(r"【待填写[^】]*】")
"""Stands where staff must write; a page that still has one cannot be published."""
_NAMES = re.compile(r"\{\{\s*([^\s=：}]+)")
TO_FILL = ("索引号", "成文日期", "公开日期")
_ORDINALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Basis:
    """What a report is made of."""

    year: int
    agency: Mapping[str, Any]
    schemas: Mapping[str, Schema]
    values: Mapping[str, Decimal] = field(default_factory=dict)
    """Of the figures that the report asks for, by name."""
    stated: Return | None = None
    """What the bureau states of what no rows hold."""
    rules: Sequence[Rule] = ()
    """The chapters that the law wants."""
    counting: Rule | None = None

    @property
    def name(self) -> str:
        return str(self.agency.get("name", ""))


@dataclass(frozen=True)
class Draft:
    """The text of the page, and in words what is left to be filled in."""

    text: str
    left: Sequence[str]


def prompt(words: str) -> str:
    """A place to fill in."""
    return f"【待填写：{words}】"


def chapter(number: int, title: str) -> str:
    """The heading of a chapter, counted from 0."""
    return f"## {_ORDINALS[number]}、{title}"


def bound(name: str, values: Mapping[str, Decimal]) -> str:
    """A figure in a text or a cell: printed as it is now, and an error once the data say otherwise."""
    return f"{{{{ {name} = {values[name]:,} }}}}"


def table(
    basis: Basis, form: Form, asked: Questions, prefix: Way = (), **words: str
) -> tuple[str, list[str]]:
    """A table whose cells are bound to rows or repeat what is stated; and which cells are blank."""
    cells: dict[Way, str] = {}
    missing: list[str] = []
    for way in form.ways:
        full = (*prefix, *way)
        name = asked.cells.get(full)
        value = basis.stated[full] if basis.stated else BLANK
        cells[way] = bound(name, basis.values) if name else said(value)
        if not name and value == BLANK:
            missing.append(" ".join(way))
    return write(form, cells, **words), missing


def page(
    basis: Basis,
    duty: str,
    title: str,
    description: str,
    asked: Questions,
    parts: Sequence[str],
    left: Sequence[str] = (),
) -> Draft:
    """The whole page: its head, with the figures that it asks for, and its parts."""
    head: dict[str, object] = {
        "title": title,
        "description": description,
        "索引号": None,
        "发文机关": basis.name,
        "信息分类": "工作报告",
        "成文日期": None,
        "公开日期": None,
        "有效性": "有效",
        "公开方式": "主动公开",
        "法定事项": duty,
        "年度": basis.year,
    }
    lines = [f"{key}: {value}" if value is not None else f"{key}:" for key, value in head.items()]
    body = "\n\n".join(parts)
    if used := _used(asked, body):
        lines.append("figures:")
        lines += [f"  {name}: {_flow(entry)}" for name, entry in used.items()]
    if asked.checks:
        lines.append("checks:")
        lines += [f"  - {_flow(check)}" for check in asked.checks]
    todo = [f"文件信息：{'、'.join(TO_FILL)}", *left, *PROMPT.findall(body)]
    return Draft("\n".join(["---", *lines, "---", "", body, ""]), todo)


def _used(asked: Questions, body: str) -> Mapping[str, Mapping[str, Any]]:
    """The figures that the text prints or a check holds, and those that they are computed from."""
    waiting = [*_NAMES.findall(body), *(n for check in asked.checks for n in _named(check))]
    used: set[str] = set()
    while waiting:
        if (name := waiting.pop()) in asked.figures and name not in used:
            used.add(name)
            waiting += _named(asked.figures[name])
    return {name: entry for name, entry in asked.figures.items() if name in used}


def _named(entry: Mapping[str, Any]) -> list[str]:
    """The figures that a derived one or a check names."""
    values = [entry.get(k) for k in (*sorted(figure.DERIVED), "parts", "equal")]
    named = [v if isinstance(v, list) else [v] for v in values if v is not None]
    return [name for names in named for name in names if isinstance(name, str)]


def _flow(value: object) -> str:
    """YAML in one line."""
    text = yaml.safe_dump(
        value, allow_unicode=True, default_flow_style=True, width=10**6, sort_keys=False
    )
    return text.strip()


def given(value: Decimal) -> int | float:
    """A stated number as YAML writes it."""
    return int(value) if value == value.to_integral() else float(value)
