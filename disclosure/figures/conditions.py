"""Conditions: which rows a figure counts, by the values of one column: read, in words, and for any value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from disclosure.intake import values
from disclosure.intake.tables import plain
from disclosure.intake.values import Refusal
from disclosure.rules.deadlines import STATES
from disclosure.schema import NOT_APPLICABLE, Field, Schema, nearest

YEAR, MONTH = "年度", "月份"
"""Stand for the year and the month of the collection's own date, unless it has such a column."""
KEPT = "公开时效"
"""Stands for how the time limit for publishing was kept (按期, 逾期 …), in collections that have one;
also the column of that name in the rows that are counted. 不适用 where no limit holds."""
BLANK, FILLED = "空", "非空"
"""What a condition says instead of a value: nothing is there, or something is."""
STANDING = (YEAR, MONTH, KEPT)
"""All words that name no column of their own."""
_CUTS = {YEAR: 4, MONTH: 7}
_MONTH = re.compile(r"([12][0-9]{3})\s*[-/.年]\s*(1[0-2]|0?[1-9])月?")
_ORDERED = ("number", "integer", "date", "year")


@dataclass(frozen=True)
class Axis:
    """A column of a collection, or the year or month of its date, by which rows are told apart."""

    name: str
    """The name of the column, or YEAR or MONTH."""
    column: str
    """The column that holds it."""
    field: Field
    """What it means; of a year or a month: of the date."""
    cut: int = 0
    """How many characters of the date count; 0 for all of a cell."""
    unit: str = ""
    """The money unit of the header by which staff name it."""

    @property
    def title(self) -> str:
        return f"{self.field.title}的{self.name}" if self.cut else self.field.title

    def parts(self, cell: str) -> list[str]:
        """What a cell counts as: several values for a list, [""] for an empty one."""
        return [cell[: self.cut]] if self.cut else self.field.parts(cell) or [""]

    def show(self, value: str) -> str:
        """How a value reads: 2024年, 2024年3月, or as the column shows it."""
        if not value:
            return "（未填写）"
        year, _, month = value.partition("-")
        return (
            f"{year}年{month.lstrip('0')}{month and '月'}" if self.cut else self.field.show(value)
        )

    @property
    def order(self) -> tuple[str, ...]:
        """The values that the schema knows, in its order."""
        return () if self.cut else self.field.enum or tuple(self.field.slugs)


def axis(schema: Schema, word: str) -> Axis | None:
    """The axis that staff name by title, alias or name; it may not be public (see `Field.public`)."""
    if word in schema.by_name:
        return Axis(word, word, schema.by_name[word])
    if known := schema.headers.get(plain(word)):
        field, _, unit = known
        return Axis(field.name, field.name, field, unit=unit)
    if word in _CUTS and schema.date:
        return Axis(word, schema.date, schema.by_name[schema.date], _CUTS[word])
    if word == KEPT and schema.deadline:
        return Axis(word, KEPT, Field(KEPT, KEPT, enum=STATES))
    return None


@dataclass(frozen=True)
class Range:
    """From and to, both included; "" where it is open. Dates compare as text, numbers as decimals."""

    low: str
    high: str


@dataclass(frozen=True)
class Choice:
    """Any of some values, "" among them for blank cells; of no values: whatever is filled."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class Without:
    """Any of some values (of none: whatever there is) and not one of others beside it."""

    some: tuple[str, ...]
    none: tuple[str, ...]


Condition = Range | Choice | Without


class Unfit(ValueError):
    """A condition that a column cannot meet; its message says why, as part of a sentence."""


def read(axis: Axis, raw: object) -> Condition:
    """What is written for a column in `where`. Raises Unfit."""
    if isinstance(raw, Mapping) and "none" in raw:
        return _without(axis, raw)
    if isinstance(raw, Mapping):
        if not raw or not set(raw) <= {"from", "to"}:
            raise Unfit("范围要写成 {from: 起, to: 止}，可以只写一头。")
        if not axis.cut and axis.field.type not in _ORDERED:
            raise Unfit("这一列不是数字或者日期，不能写范围。")
        low, high = (_value(axis, raw[end]) if end in raw else "" for end in ("from", "to"))
        if low and high and _key(axis)(low) > _key(axis)(high):
            raise Unfit(f"范围的起「{low}」在止「{high}」之后。")
        return Range(low, high)
    if raw == FILLED:
        return Choice(())
    if not (several := _several(axis, raw)):
        raise Unfit("没有写任何值；没有填写的写「空」，填写了的写「非空」。")
    return Choice(several)


def _without(axis: Axis, raw: Mapping[str, object]) -> Without:
    if not set(raw) <= {"any", "none"} or axis.field.type != "list":
        raise Unfit("{any: [甲], none: [乙]} 只能用于一格可以有几个值的列，any 可以不写。")
    some, none = (_several(axis, raw[key]) if key in raw else () for key in ("any", "none"))
    if not none or ("any" in raw and not some):
        raise Unfit("any 和 none 后面要写值，如 {any: [甲], none: [乙]}。")
    return Without(some, none)


def _several(axis: Axis, raw: object) -> tuple[str, ...]:
    """The canonical texts of a value, or of a list of them, each once."""
    several = raw if isinstance(raw, list) else [raw]
    return tuple(dict.fromkeys("" if v == BLANK else _value(axis, v) for v in several))


def _value(axis: Axis, raw: object) -> str:
    """The canonical text of one value."""
    if isinstance(raw, date):
        raw = raw.isoformat()
    if raw is None or isinstance(raw, list | Mapping) or not str(raw).strip():
        raise Unfit("没有写值；没有填写的写「空」，填写了的写「非空」。")
    word = str(raw).strip()
    if axis.cut == _CUTS[YEAR]:
        found = values.year(word)
        return found if isinstance(found, str) else _refuse(f"「{word}」不是年度，写法如 2024。")
    if axis.cut:
        month = _MONTH.fullmatch(word)
        if not month:
            return _refuse(f"「{word}」不是月份，写法如 2024-03。")
        return f"{month[1]}-{int(month[2]):02d}"
    read_as = replace(axis.field, required=False) if axis.field.required else axis.field
    reading = read_as.read(word, axis.unit)
    if isinstance(reading, Refusal):
        near = nearest(word, axis.order)
        return _refuse(f"这一列没有「{axis.field.quote(word)}」这样的值。{near}")
    return reading


def _refuse(why: str) -> str:
    raise Unfit(why)


def _key(axis: Axis) -> Callable[[str], Any]:
    """What the values of an axis are compared by."""
    return Decimal if not axis.cut and axis.field.type in ("number", "integer") else str


def meets(axis: Axis, condition: Condition, cell: str) -> bool:
    """Whether a cell meets a condition; of a list, one of its values is enough."""
    parts = axis.parts(cell)
    if isinstance(condition, Choice):
        some = any(part in condition.values for part in parts)
        return some if condition.values else bool(cell)
    if isinstance(condition, Without):
        some = not condition.some or any(part in condition.some for part in parts)
        return some and not any(part in condition.none for part in parts)
    value = axis.parts(cell)[0]
    if value in ("", NOT_APPLICABLE):
        return False
    key, low, high = _key(axis), condition.low, condition.high
    return (not low or key(low) <= key(value)) and (not high or key(value) <= key(high))


def words(axis: Axis, condition: Condition) -> str:
    """A condition in words, such as 业务类别为“水上”."""
    title, is_ = (axis.field.title, "在") if axis.cut else (axis.title, "为")
    if isinstance(condition, Range):
        low, high = (axis.show(end) if end else "" for end in (condition.low, condition.high))
        if low and high:
            return f"{title}从{low}至{high}"
        return f"{title}不低于{low}" if low else f"{title}不高于{high}"
    if isinstance(condition, Without):
        some, none = (
            "、".join(f"“{axis.show(value)}”" for value in values)
            for values in (condition.some, condition.none)
        )
        held = f"含{some}{'之一' if len(condition.some) > 1 else ''}而" if some else ""
        return f"{title}{held}不含{none}"
    if not condition.values:
        return f"{title}已填写"
    quoted = not axis.cut and axis.field.type not in _ORDERED
    filled = [axis.show(value) for value in condition.values if value]
    told = "、".join(f"“{value}”" if quoted else value for value in filled)
    told = f"{is_}{told}" + ("之一" if len(filled) > 1 and not axis.cut else "") if told else ""
    if "" in condition.values:
        return f"{title}{told}或者没有填写" if told else f"{title}没有填写"
    return f"{title}{told}"
