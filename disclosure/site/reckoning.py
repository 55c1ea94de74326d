"""Reckonings: how a figure comes about, in HTML: what is asked, what it comes to, how it is rounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from markupsafe import escape

from disclosure.collection import Collection
from disclosure.figures import conditions, groups, numerals
from disclosure.figures.figure import CHANGE, COUNT, DIFFERENCE, GIVEN, SHARE, SUM, Figure
from disclosure.rules.status import CLOSED, REPAIRED, RETIRED, WITHDRAWN
from disclosure.schema import NOT_APPLICABLE, Field
from disclosure.site import tabular

Link = tuple[str, str]
"""A page of the site: (address below the root, title)."""
MORE_DIGITS = 4
"""How many digits beyond those that are printed show what was rounded."""
NOT_SHOWN = (WITHDRAWN, RETIRED, REPAIRED, CLOSED)
"""Statuses of rows that are only counted, in the order in which they are told."""
_ROOT = "../../"
_OVERLAP = "一条记录可以属于几组，或者同一个值出现在几组里，各组相加不等于总数。"


@dataclass(frozen=True)
class Context:
    """What is told of a figure beside what it is itself."""

    others: Sequence[str]
    """What it is called elsewhere."""
    names: Mapping[str, str]
    """What every figure is called, by id."""
    printed: Sequence[Link]
    """The pages that print it."""
    used: Sequence[str]
    """The ids of the figures that are computed from it."""
    within: Sequence[str]
    """The ids of the figures of which it is a group."""
    collections: Mapping[str, Collection]
    as_of: date


def number(value: Decimal) -> str:
    """As the site shows numbers: 1,234.50."""
    return f"{value:,f}"


def told(figure: Figure) -> str:
    """Number and unit, as plain text."""
    return _joined(figure.text, figure.definition.unit)


def _joined(text: str, unit: str) -> str:
    return f"{text}{'' if unit == numerals.PERCENT else ' '}{unit}".strip()


def top(figure: Figure, about: Context) -> str:
    """All that stands on the page of a figure above the rows behind it."""
    return "".join((_answer(figure, about), _facts(figure, about), _groups(figure, about)))


def hidden(figure: Figure) -> int:
    """How many rows a figure counts that are not on show."""
    return sum(figure.hidden.values())


def _answer(figure: Figure, about: Context) -> str:
    day, word = about.as_of, figure.definition.unit
    gap = "" if word == numerals.PERCENT else " "
    return (
        f'<p class="lead">{escape(figure.words.rstrip("。"))}。</p>'
        f'<p class="total"><strong>{figure.text}</strong>{gap}{escape(word)} '
        f'<span class="count">截至<time datetime="{day}">{day.year}年{day.month}月{day.day}日</time></span></p>'
    )


def _facts(figure: Figure, about: Context) -> str:
    lines = [
        *(_derived(figure, about) if figure.of else _counted(figure, about)),
        *([("又称", str(escape("、".join(about.others))))] if about.others else []),
        ("印在", "、".join(_link(page) for page in about.printed) or "没有直接印在文稿里。"),
    ]
    for term, ids in (("属于", about.within), ("由它算出", about.used)):
        if ids:
            lines.append((term, "、".join(_figure(id_, about.names) for id_ in ids)))
    rows = "".join(f"<div><dt>{term}</dt><dd>{html}</dd></div>" for term, html in lines)
    return f'<section class="fields reckoning"><h2>怎么得出</h2><dl>{rows}</dl></section>'


def _link(page: Link) -> str:
    address, title = page
    return f'<a href="{_ROOT}{escape(address)}">{escape(title)}</a>'


def _figure(id_: str, names: Mapping[str, str]) -> str:
    return f'<a href="../{id_}/">{escape(names[id_])}</a>'


# ── Counted out of rows, or given ────────────────────────────────────────────────────────────────


def _counted(figure: Figure, about: Context) -> Iterator[tuple[str, str]]:
    own = figure.definition
    collection = about.collections.get(own.collection)
    if own.kind == GIVEN or collection is None:
        yield "来源", str(escape(own.source))
        yield "算法", "照来源所载的数字填写，本站没有逐条的记录。"
        return
    schema = collection.schema
    yield "来源", f"本站公开栏目：{_link((f'{schema.name}/', schema.title))}"
    field = schema.by_name.get(own.column)
    if own.kind == COUNT or field is None:
        yield "算法", f"符合条件的记录逐{escape(schema.unit)}计数，没有取舍。"
    elif own.kind == SUM:
        yield (
            "算法",
            f"符合条件的记录的“{escape(field.title)}”相加，{_in_unit(figure, field)}"
            f"{_rounding(own.decimals)}。空白和“不适用”不计。",
        )
    else:
        yield "算法", f"符合条件的记录里，“{escape(field.title)}”相同的只计一次。"
    yield "列示", _listed(figure, collection, field)


def _in_unit(figure: Figure, field: Field) -> str:
    word = figure.definition.unit or field.unit
    return f"以{escape(word)}计，" if word else ""


def _rounding(decimals: int) -> str:
    return f"四舍五入到 {decimals} 位小数" if decimals else "四舍五入到整数"


def _listed(figure: Figure, collection: Collection, field: Field | None) -> str:
    """How many rows are on show, what they come to by themselves, and how many are not."""
    word, shown, gone = escape(collection.schema.unit), len(figure.rows), hidden(figure)
    text = f"逐条列示 {shown:,} {word}{_alone(figure, collection, field)}。"
    if not shown and not gone:
        return "没有符合条件的记录。"
    if gone:
        parts = "、".join(f"{s} {n:,} {word}" for s in NOT_SHOWN if (n := figure.hidden.get(s)))
        text += f"另有 {gone:,} {word}已依法下架或者未公开，计入总数，不再列示（{parts}）。"
    return text


def _alone(figure: Figure, collection: Collection, field: Field | None) -> str:
    """What the rows on show add up to, for who counts again."""
    if field is None or figure.definition.kind == COUNT or field.name not in collection.rows:
        return ""
    cells = Counter(collection.rows[field.name].iloc[figure.rows].tolist())
    if figure.definition.kind == SUM:
        total = sum((_amount(cell) * n for cell, n in cells.items()), Decimal(0))
        return f"，“{escape(field.title)}”合计 {number(total)} {escape(field.unit)}".rstrip()
    values = {part for cell in cells for part in field.parts(cell)} - {NOT_APPLICABLE}
    return f"，其中有 {len(values):,} 个不同的“{escape(field.title)}”"


def _amount(cell: str) -> Decimal:
    return Decimal(cell) if cell and cell != NOT_APPLICABLE else Decimal(0)


# ── Computed from printed figures ────────────────────────────────────────────────────────────────

_PARTS = {SHARE: ("分子", "分母"), CHANGE: ("本期数", "基数"), DIFFERENCE: ("被减数", "减数")}


def _derived(figure: Figure, about: Context) -> Iterator[tuple[str, str]]:
    own = figure.definition
    names = _PARTS.get(own.kind) or [f"第 {n} 项" for n in range(1, len(figure.of) + 1)]
    for term, operand in zip(names, figure.of, strict=False):
        yield (
            term,
            f"{_figure(operand.id, about.names)}　{escape(told(operand))}",
        )
    if own.kind == CHANGE:
        yield "分子、分母", "分子为本期数减去基数，分母为基数。"
    if line := arithmetic(figure):
        yield "算式", f"{escape(line)}"
    yield "取舍", f"按印出的数字计算，结果{_rounding(own.decimals)}。"


def arithmetic(figure: Figure) -> str:
    """The calculation in numbers, with more digits than are printed; "" when it has no result."""
    kind, word = figure.definition.kind, figure.definition.unit
    per_cent = kind in (SHARE, CHANGE)
    units = [operand.definition.unit for operand in figure.of]
    common = units[0] if per_cent or word not in numerals.MONEY else word
    values = [
        _in(operand.value, own, common) for operand, own in zip(figure.of, units, strict=True)
    ]
    said = [number(value) for value in values]
    if per_cent and not values[1]:
        return ""
    if kind == SHARE:
        left, exact = f"{said[0]} ÷ {said[1]} × 100%", values[0] * 100 / values[1]
    elif kind == CHANGE:
        left = f"（{said[0]} − {said[1]}）÷ {said[1]} × 100%"
        exact = (values[0] - values[1]) * 100 / values[1]
    elif kind == DIFFERENCE:
        left, exact = f"{said[0]} − {said[1]}", values[0] - values[1]
    else:
        left, exact = " + ".join(said), sum(values, Decimal(0))
    result = _joined(figure.text, word)
    if exact == figure.value:
        return f"{left} = {result}"
    places = figure.definition.decimals + MORE_DIGITS
    longer = exact.quantize(Decimal(1).scaleb(-places), "ROUND_DOWN")
    more = "…" if longer != exact else ""
    return f"{left} = {_joined(f'{number(longer)}{more}', word)} ≈ {result}"


def _in(value: Decimal, unit: str, wanted: str) -> Decimal:
    found = numerals.converted(value, unit, wanted)
    return value if found is None else found


# ── Groups ───────────────────────────────────────────────────────────────────────────────────────


def _groups(figure: Figure, about: Context) -> str:
    collection = about.collections.get(figure.definition.collection)
    if not figure.groups or collection is None:
        return ""
    schema = collection.schema
    members, by = groups.told(figure, schema), conditions.axis(schema, figure.definition.by)
    title, word = by.title if by else figure.definition.by, figure.definition.unit
    heads = [title, f"数量（{word}）" if word else "数量", f"其中不再列示（{schema.unit}）"]
    lines = [
        _cells(f'<a href="../{m.id}/">{escape(label)}</a>', [m.text, f"{hidden(m):,}"])
        for label, m in members.items()
    ]
    if (others := groups.rest(figure, members)) and (told := groups.amount(figure, others)):
        lines.append(_cells(groups.REST, [told, f"{sum(map(hidden, others)):,}"]))
    total = sum((m.value for m in figure.groups.values()), Decimal(0))
    note = ""
    if total != figure.value:
        summed = figure.definition.kind == SUM
        note = "各组分别取舍，相加与总数可有出入。" if summed else _OVERLAP
        note = f"<p>{note}</p>"
    top_ = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    table = (
        f'<table class="figures"><caption>各组的数量</caption><thead><tr>{top_}</tr></thead>\n'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )
    scrolled = tabular.scrolling(table, "各组的数量")
    return f'<section class="group"><h2>按{escape(title)}</h2>{scrolled}{note}</section>'


def _cells(name: str, cells: Sequence[str]) -> str:
    rest = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{name}</th>{rest}</tr>\n'
