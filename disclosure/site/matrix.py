"""The matrix of tasks (任务分工表): each year's tasks against the units that answer for them, counted both ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from markupsafe import escape

from disclosure import cache, tasks
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.rules import units
from disclosure.rules.units import Units
from disclosure.rules.workdays import Calendar
from disclosure.schema import Schema
from disclosure.site import tabular
from disclosure.site.shell import Page, Shell, blank
from disclosure.site.writer import Job
from disclosure.tasks import BLANK, DONE, GOING, OPEN, STATES, Target

HEADING = "任务分工和完成情况"
ROOT = "../../../"
"""From a page of a collection at the top to the root of the site; deeper ones go up further."""
_MARKS = {DONE: "state good", GOING: "state", OPEN: "state gap", BLANK: "state note"}
_MET = {True: ("state good", "达到"), False: ("state gap", "未达到"), None: ("state", "未填报")}


@dataclass(frozen=True)
class Task:
    """One task of a year."""

    row: Mapping[str, str]
    units: Mapping[str, str]
    """The units that answer for it, by name: directly (""), or by which group."""

    @property
    def state(self) -> str:
        return self.row["progress"] or BLANK

    @cached_property
    def targets(self) -> Sequence[Target]:
        return tasks.targets(self.row)


@dataclass(frozen=True)
class Plan:
    """All tasks of a year that are on show, in their order."""

    schema: Schema
    year: str
    tasks: Sequence[Task]
    known: Units

    @cached_property
    def units(self) -> Sequence[str]:
        """The units that answer for any of them, in the bureau's own order, unknown ones last."""
        found = {unit for task in self.tasks for unit in task.units}
        order = self.known.order
        return sorted(found, key=lambda unit: (order.get(unit, len(order)), unit))

    @cached_property
    def chapters(self) -> Mapping[str, Sequence[Task]]:
        found: dict[str, list[Task]] = {}
        for task in self.tasks:
            found.setdefault(task.row["chapter"], []).append(task)
        return found

    @property
    def root(self) -> str:
        return ROOT + "../" * self.schema.name.count("/")


def shell(collection: Collection) -> Page:
    """The page that the theme dresses for the matrix of every year."""
    return blank(f"{collection.name}/matrix", ((collection.schema.title, f"{collection.name}/"),))


def addresses(collection: Collection) -> Iterator[str]:
    """The files of the pages of all years."""
    known = tasks.addresses(collection.schema, collection.rows)
    return (f"{address}index.html" for address in known)


def links(collection: Collection, root: str = "") -> Mapping[str, str]:
    """By year, a list item with the link to its page; `root` leads to the collection."""
    rows, unit = collection.rows, escape(collection.schema.unit)
    counts = Counter(rows["year"].tolist()) if tasks.are_planned(collection.schema) else Counter()
    return {
        year: f'<li><a href="{root}matrix/{year}/">{year}年 '
        f'<span class="count">{counts[year]:,}{unit}</span></a></li>'
        for year in tasks.years(collection.schema, rows)
    }


def jobs(catalog: Catalog, collection: Collection, dressed: Shell) -> Iterator[Job]:
    """The page of every year."""
    known = units.read(catalog.agency)
    for year, file in zip(
        tasks.years(collection.schema, collection.rows), addresses(collection), strict=True
    ):
        found = plan(collection, year, known)
        title = f"{year}年{collection.schema.title}：{HEADING}"
        html = content(found, catalog.calendar, catalog.as_of, collection.hidden(year))
        page = dressed.stamp(title, html, year, "index")
        yield Job(cache.digest(file, page), list, ([(file, page)],))


def plan(collection: Collection, year: str, known: Units) -> Plan:
    """The tasks of one year."""
    schema = collection.schema
    rows = collection.rows[collection.rows["year"] == year]
    columns = {str(name): rows[name].tolist() for name in rows.columns}
    found = []
    for cells in zip(*columns.values(), strict=True):
        row = dict(zip(columns, cells, strict=True))
        found.append(Task(row, known.among(schema.by_name["units"].parts(row["units"]))))
    found.sort(key=lambda task: _rank(task.row["number"]))
    return Plan(schema, year, found, known)


def _rank(number: str) -> int:
    return int(number) if number.isdecimal() else 0


def content(plan: Plan, calendar: Calendar, as_of: date, hidden: int = 0) -> str:
    """What stands on the page of a year; `hidden` tasks are not on show."""
    return "".join(
        (
            _lead(plan, hidden),
            _untouched(plan, calendar, as_of),
            _matrix(plan),
            *_counts(plan),
            _list(plan),
        )
    )


def _lead(plan: Plan, hidden: int) -> str:
    unit, states = plan.schema.unit, Counter(task.state for task in plan.tasks)
    told = "、".join(f"{state} {states[state]} {unit}" for state in STATES if states[state])
    wanted = [target for task in plan.tasks for target in task.targets]
    reached = Counter(target.met for target in wanted)
    parts = [
        f"{plan.year}年共 {len(plan.tasks)} {unit}任务，由 {len(plan.units)} 个单位负责：{told}。"
    ]
    if wanted:
        met = "、".join(f"{_MET[state][1]} {reached[state]} 个" for state in _MET if reached[state])
        parts.append(f"量化目标 {len(wanted)} 个：{met}。")
    if hidden:
        parts.append(f"另有 {hidden} {unit}不予公开，不在表内。")
    return f'<p class="lead">{escape("".join(parts))}</p>'


def _untouched(plan: Plan, calendar: Calendar, as_of: date) -> str:
    """The tasks of which nothing is known, when the year is about to end or over."""
    left = [task for task in plan.tasks if tasks.is_untouched(task.row)]
    first, end = tasks.closing(calendar, int(plan.year))
    if not left or as_of < first:
        return ""
    over = "年度已经终了" if as_of >= end else f"年度于 {end} 终了"
    items = "".join(
        f"<li>{_link(plan, task)}（{escape('、'.join(task.units))}）</li>" for task in left
    )
    return (
        f'<div class="mark"><p><strong>{len(left)} {escape(plan.schema.unit)}任务没有填写完成情况，'
        f"也没有佐证材料</strong>（截至 {as_of}，{over}）：</p><ul>{items}</ul></div>"
    )


def _link(plan: Plan, task: Task) -> str:
    text = f"{task.row['number']}. {task.row['name']}"
    return f'<a href="{plan.root}{task.row["path"]}">{escape(text)}</a>'


def _section(heading: str, body: str) -> str:
    return f'<section class="group"><h2>{escape(heading)}</h2>{body}</section>'


def _matrix(plan: Plan) -> str:
    name = f"{plan.year}年各项任务的责任单位"
    heads = "".join(
        f'<th scope="col" class="unit"><span>{escape(unit)}</span></th>' for unit in plan.units
    )
    body = "".join(_chapter(plan, chapter, some) for chapter, some in plan.chapters.items())
    total = _numbers(plan, plan.tasks)
    table = (
        f'<table class="matrix"><caption>{escape(name)}</caption><thead><tr><th scope="col">任务</th>{heads}'
        f'<th scope="col" class="num">单位数</th><th scope="col">完成情况</th></tr></thead>\n{body}'
        f'<tfoot><tr><th scope="row">合计 {len(plan.tasks)} {escape(plan.schema.unit)}</th>{total}</tr></tfoot></table>'
    )
    return _section("任务与责任单位", _key(plan) + tabular.scrolling(table, name))


def _key(plan: Plan) -> str:
    """What the marks mean, and whom the groups stand for."""
    used = {group for task in plan.tasks for group in task.units.values() if group}
    groups = "；".join(
        f"“{group}”代表{'、'.join(members)}"
        for group, members in plan.known.groups.items()
        if group in used
    )
    said = "● 文件直接列名的责任单位" + (f"，◎ 由总称包括的单位（{groups}）" if groups else "")
    counted = "篇章和合计两种行中的数字，是该单位负责的任务数"
    return f'<p class="legend">{escape(f"{said}。{counted}。")}</p>'


def _chapter(plan: Plan, chapter: str, some: Sequence[Task]) -> str:
    count = f'<span class="count">{len(some)} {escape(plan.schema.unit)}</span>'
    lines = "".join(_line(plan, task) for task in some)
    return (
        f'<tbody><tr class="chapter"><th scope="rowgroup">{escape(chapter)} {count}</th>'
        f"{_numbers(plan, some)}</tr>\n{lines}</tbody>"
    )


def _numbers(plan: Plan, some: Sequence[Task]) -> str:
    """For each unit how many of some tasks it answers for, their sum, and how many are done."""
    counts = Counter(unit for task in some for unit in task.units)
    cells = "".join(f"<td>{counts[unit] or ''}</td>" for unit in plan.units)
    done = sum(task.state == DONE for task in some)
    return f'{cells}<td class="num">{counts.total()}</td><td>{DONE} {done} / {len(some)}</td>'


def _line(plan: Plan, task: Task) -> str:
    cells = "".join(_cell(task.units.get(unit)) for unit in plan.units)
    return (
        f'<tr><th scope="row">{_link(plan, task)}</th>{cells}<td class="num">{len(task.units)}</td>'
        f"<td>{_state(task)}</td></tr>\n"
    )


def _cell(group: str | None) -> str:
    if group is None:
        return "<td></td>"
    mark, told = ("◎", f"责任单位，由“{group}”包括") if group else ("●", "责任单位")
    return f'<td><span role="img" aria-label="{escape(told)}">{mark}</span></td>'


def _state(task: Task) -> str:
    return f'<span class="{_MARKS.get(task.state, "state")}">{escape(task.state)}</span>'


def _counts(plan: Plan) -> Iterator[str]:
    """How many tasks stand how, by chapter and by unit."""
    by_unit = {unit: [task for task in plan.tasks if unit in task.units] for unit in plan.units}
    spread = sum(map(len, by_unit.values())) > len(plan.tasks)
    note = "一项任务由几个单位负责的，在各单位各计一次，合计因此大于任务总数。" if spread else ""
    yield _section("按篇章统计", _table(plan, "篇章", plan.chapters))
    yield _section("按责任单位统计", _table(plan, "责任单位", by_unit, note))


def _table(plan: Plan, head: str, groups: Mapping[str, Sequence[Task]], note: str = "") -> str:
    name = f"{plan.year}年任务完成情况，按{head}"
    heads = "".join(f'<th scope="col">{title}</th>' for title in ("任务", *STATES))
    body = "".join(_row("row", group, some) for group, some in groups.items())
    whole = _row("row", "合计", [task for some in groups.values() for task in some])
    table = (
        f'<table class="figures tally"><caption>{escape(f"{name}（{plan.schema.unit}）。{note}")}</caption><thead><tr>'
        f'<th scope="col">{head}</th>{heads}</tr></thead>\n<tbody>{body}</tbody><tfoot>{whole}</tfoot></table>'
    )
    return tabular.scrolling(table, name)


def _row(scope: str, title: str, some: Sequence[Task]) -> str:
    states = Counter(task.state for task in some)
    numbers = (len(some), *(states[state] for state in STATES))
    cells = "".join(f"<td>{number}</td>" for number in numbers)
    return f'<tr><th scope="{scope}">{escape(title)}</th>{cells}</tr>\n'


def _list(plan: Plan) -> str:
    """The targets of every task beside what was reached, and the evidence."""
    columns: Sequence[tuple[str, Callable[[Task], str]]] = (
        ("工作目标", lambda task: _lines([str(escape(task.row.get("target", "")))])),
        ("目标值", lambda task: _lines([_wanted(t) for t in task.targets])),
        ("完成值", lambda task: _lines([_reached(t) for t in task.targets])),
        ("是否达到", lambda task: _lines([_verdict(t) for t in task.targets])),
        ("完成情况", _state),
        ("佐证材料", lambda task: _evidence(plan, task)),
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("任务", *(h for h, _ in columns)))
    body = "".join(
        f'<tr><th scope="row">{_link(plan, task)}</th>'
        + "".join(_labelled(head, show(task)) for head, show in columns)
        + "</tr>\n"
        for task in plan.tasks
    )
    note = (
        f"完成值不低于目标值的为达到；目标值前有“{tasks.AT_MOST}”的，完成值不高于目标值的为达到。"
    )
    return _section(
        "目标、完成情况和佐证材料",
        f'<p class="legend">{note}</p><div class="table-wrap"><table class="rows aims">'
        f"<caption>{plan.year}年各项任务的目标、完成情况和佐证材料</caption>"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>{body}</tbody></table></div>",
    )


def _labelled(head: str, shown: str) -> str:
    return f'<td data-label="{head}">{f"<span>{shown}</span>" if shown else ""}</td>'


def _lines(parts: Sequence[str]) -> str:
    return "<br>".join(parts).replace("\n", "<br>")


def _wanted(target: Target) -> str:
    limit = tasks.AT_MOST if target.at_most else ""
    return str(escape(f"{limit}{_number(target)}"))


def _number(target: Target, reached: bool = False) -> str:
    value = target.reached if reached else target.value
    space = "" if target.unit in ("%", "‰") else " "
    return f"{value:,f}{space}{target.unit}".strip()


def _reached(target: Target) -> str:
    return "" if target.reached is None else str(escape(_number(target, reached=True)))


def _verdict(target: Target) -> str:
    mark, word = _MET[target.met]
    return f'<span class="{mark}">{word}</span>'


def _evidence(plan: Plan, task: Task) -> str:
    parts = [str(escape(task.row["evidence"]))] if task.row["evidence"] else []
    if address := task.row.get("evidence_link", ""):
        inward = "" if address.startswith(("http://", "https://")) else plan.root
        parts.append(f'<a href="{inward}{escape(address)}">查看相关公开内容</a>')
    return _lines(parts)
