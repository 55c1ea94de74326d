"""Questions: what a figure asks, in words, and the name that the same question always has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from disclosure import cache
from disclosure.figures import conditions
from disclosure.figures.conditions import Condition, Range, Without
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
from disclosure.schema import Schema


def id_of(definition: Definition, of: Sequence[Figure] = ()) -> str:
    """The same for the same question, whatever it is called, on whatever page, in whatever order its
    conditions are written. What is given from elsewhere asks for its name, on its page."""
    asked: list[object] = [definition.kind, definition.unit, definition.decimals]
    if definition.kind == GIVEN:
        asked += [definition.page, definition.name, definition.source]
    elif of:
        asked += [figure.id for figure in of]
    else:
        where = sorted((name, _spelled(c)) for name, c in definition.where.items())
        asked += [definition.collection, definition.column, definition.by, where]
    return cache.letters(json.dumps(asked, ensure_ascii=False))


def _spelled(condition: Condition) -> list[object]:
    if isinstance(condition, Range):
        return ["range", condition.low, condition.high]
    if isinstance(condition, Without):
        return ["without", sorted(condition.some), sorted(condition.none)]
    return ["any", *sorted(condition.values)]


def counted(definition: Definition, schema: Schema) -> str:
    """The question of a figure that is counted out of rows."""
    told = "、".join(_conditions(definition.where, schema))
    rows = f"“{schema.title}”栏目中{f'{told}的' if told else '全部'}记录"
    column = conditions.axis(schema, definition.column) if definition.column else None
    title = column.title if column else ""
    asked = {
        COUNT: f"{rows}的数量",
        SUM: f"{rows}的{title}合计",
        DISTINCT: f"{rows}中不同的{title}的数量",
    }[definition.kind]
    if column and definition.kind == SUM and definition.unit != column.field.unit:
        asked += f"，以{definition.unit}计"
    by = conditions.axis(schema, definition.by) if definition.by else None
    return f"{asked}，按{by.title}分组" if by else asked


def _conditions(where: Mapping[str, Condition], schema: Schema) -> list[str]:
    axes = [(conditions.axis(schema, name), condition) for name, condition in where.items()]
    return [conditions.words(axis, condition) for axis, condition in axes if axis]


def given(definition: Definition) -> str:
    return f"“{definition.name}”，数字取自{definition.source}，本站没有逐件的记录"


def derived(definition: Definition, of: Sequence[Figure]) -> str:
    """The question of a figure that is computed from others."""
    first, *others = (f"（{figure.words}）" for figure in of)
    if definition.kind == SHARE:
        return f"{first}占{others[0]}的百分比"
    if definition.kind == CHANGE:
        return f"{first}比{others[0]}增长的百分比"
    if definition.kind == DIFFERENCE:
        return f"{first}减去{others[0]}"
    return "加上".join((first, *others))
