"""The page of timeliness (公开及时率): how many records were published in time, by year, kind and organ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from markupsafe import escape

from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.rules.deadlines import LATE, ON_TIME, OPEN, STATES, UNKNOWN, UNSTATED
from disclosure.site import tabular
from disclosure.timeliness import Counts

TITLE = "公开及时率"
PROVEN = (ON_TIME, LATE, UNSTATED)
"""What the rate is reckoned from: what the limit was over for."""
MEANINGS = {
    "应公开": "依法应当公开的记录，包括后来依法撤回、下架的，不包括依法不予公开的。",
    ON_TIME: "在时限的最后一天以前（含当日）公开。",
    LATE: "超过时限才公开。",
    UNSTATED: "时限已过，而没有填写公开日期，不能算作按期。",
    OPEN: "时限还没有到，尚未公开或者没有填写公开日期。",
    UNKNOWN: "时限所涉年度的放假安排待国务院公布，或者不在本站的工作日日历之内。",
    "及时率": "按期 ÷（按期＋逾期＋未填），四舍五入保留两位小数；没有可以计算的记录时写“—”。",
}


def front(catalog: Catalog) -> str:
    """What stands on the page."""
    bound = [c for c in catalog.collections.values() if c.timeliness.rules]
    if not bound:
        return '<p class="none">没有设定公开时限的栏目。</p>'
    parts = [
        f'<p class="lead">各栏目的记录是否在法定时限内公开。截至 {catalog.as_of}，由登记的决定日期、'
        "公开日期和工作日日历直接算出；每条记录的页面上写明用时和所依据的规则。</p>",
        _contents(bound),
        _overview(bound),
    ]
    parts += (_section(collection) for collection in bound)
    return "".join([*parts, _rules(bound), _meanings()])


def anchor(collection: Collection) -> str:
    """Where a collection begins on the page."""
    return collection.name.replace("/", "-")


def rate(counts: Counts) -> str:
    """The share of records published in time, as an exact decimal; — when there is none to share."""
    total = sum(counts.get(state, 0) for state in PROVEN)
    if not total:
        return "—"
    share = Decimal(counts.get(ON_TIME, 0) * 100) / Decimal(total)
    return f"{share.quantize(Decimal('0.01'), ROUND_HALF_UP)}%"


def _summed(some: Iterable[Counts]) -> Counts:
    total: dict[str, int] = {}
    for counts in some:
        for state, n in counts.items():
            total[state] = total.get(state, 0) + n
    return total


def _by_year(collection: Collection) -> Mapping[str, Counts]:
    """The counts of each year, newest first."""
    counts = collection.timeliness.counts[""]
    return {year: counts["", year] for year in sorted((y for _, y in counts), reverse=True)}


def _contents(bound: Sequence[Collection]) -> str:
    links = "".join(
        f'<li><a href="#{anchor(c)}">{escape(c.schema.title)} '
        f'<span class="count">{rate(_summed(_by_year(c).values()))}</span></a></li>'
        for c in bound
    )
    return f'<nav class="facets" aria-label="按栏目"><h2>按栏目</h2><ul>{links}</ul></nav>'


def _overview(bound: Sequence[Collection]) -> str:
    """The rates of all collections by year."""
    years = {c.name: _by_year(c) for c in bound}
    found = sorted({year for counts in years.values() for year in counts}, reverse=True)
    lines = (
        _line(f"{year}年", (_share(years[c.name].get(year, {})) for c in bound)) for year in found
    )
    heads = ["年度", *(c.schema.title for c in bound)]
    caption = "各栏目历年的公开及时率（括号内为按期件数和计入件数）"
    return f'<section class="group"><h2>总表</h2>{_table(caption, heads, lines)}</section>'


def _section(collection: Collection) -> str:
    """Everything about one collection."""
    schema, counts = collection.schema, collection.timeliness.counts
    years = _by_year(collection)
    ids = "、".join(
        f'<a href="#{escape(rule.id)}">{escape(rule.id)}</a>'
        for rule in collection.timeliness.rules
    )
    heading = f'<section class="group" id="{anchor(collection)}"><h2>{escape(schema.title)}</h2>'
    if not years:
        return f'{heading}<p class="none">没有适用时限的记录。</p></section>'
    lines = {f"{year}年": some for year, some in years.items()}
    if len(years) > 1:
        lines["合计"] = _summed(years.values())
    absent = "、".join(state for state in STATES if state not in _states(collection))
    none = f"没有{absent}的记录。" if absent else ""
    parts = [
        heading,
        f"<p>依据规则 {ids}，单位：{escape(schema.unit)}。{none}</p>",
        _full(collection, f"{schema.title}：按年度", "年度", lines),
    ]
    for name in counts:
        if name:
            parts += _by_value(collection, name, list(years))
    return "".join([*parts, "</section>"])


def _by_value(collection: Collection, name: str, years: Sequence[str]) -> Iterator[str]:
    """The counts by the values of one field: of all years together, and the rates of each year."""
    field, counts = collection.schema.by_name[name], collection.timeliness.counts[name]
    values: dict[str, dict[str, Counts]] = {}
    for (value, year), some in counts.items():
        values.setdefault(value, {})[year] = some
    rank = {value: number for number, value in enumerate(field.enum or field.slugs)}
    order = sorted(values, key=lambda value: (rank.get(value, len(rank)), value))
    several = "，一件有几个值的分别计入" if field.type == "list" else ""
    title = f"{collection.schema.title}：按{field.title}"
    full = {value: _summed(values[value].values()) for value in order}
    yield _full(collection, f"{title}（全部年度{several}）", field.title, full)
    if len(years) > 1:
        lines = (
            _line(value, (_share(values[value].get(year, {})) for year in years)) for value in order
        )
        heads = [field.title, *(f"{year}年" for year in years)]
        table = _table(f"{title}和年度的及时率（括号内为按期件数和计入件数）", heads, lines)
        yield f"<details><summary>按{escape(field.title)}和年度</summary>{table}</details>"


def _states(collection: Collection) -> Sequence[str]:
    """The states that any record of the collection is in, and the two that matter most."""
    met = _summed(_by_year(collection).values())
    return [state for state in STATES if state in (ON_TIME, LATE) or met.get(state)]


def _full(collection: Collection, caption: str, head: str, lines: Mapping[str, Counts]) -> str:
    """A table with every count, for each of some labels."""
    states = _states(collection)
    rows = (
        _line(
            label,
            [f"{sum(some.values()):,}", *(f"{some.get(s, 0):,}" for s in states), rate(some)],
        )
        for label, some in lines.items()
    )
    return _table(caption, [head, "应公开", *states, "及时率"], rows)


def _share(counts: Counts) -> str:
    """A rate with what it was reckoned from."""
    total = sum(counts.get(state, 0) for state in PROVEN)
    return f"{rate(counts)}（{counts.get(ON_TIME, 0):,}/{total:,}）" if total else "—"


def _line(label: str, cells: Iterable[str]) -> str:
    body = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(label)}</th>{body}</tr>\n'


def _table(caption: str, heads: Sequence[str], lines: Iterable[str]) -> str:
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    table = (
        f'<table class="figures"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{columns}</tr></thead>\n<tbody>{''.join(lines)}</tbody></table>"
    )
    return tabular.scrolling(table, caption)


def _rules(bound: Sequence[Collection]) -> str:
    """The rules that were applied, each where its id leads."""
    titles: dict[str, list[str]] = {}
    rules = {rule.id: rule for c in bound for rule in c.timeliness.rules}
    for collection in bound:
        for rule in collection.timeliness.rules:
            titles.setdefault(rule.id, []).append(collection.schema.title)
    items = "".join(
        f'<div id="{escape(rule.id)}"><dt>规则 {escape(rule.id)}</dt><dd>{escape(rule.text)}<br>'
        f"依据：{escape(rule.source)}。"
        f"适用于{rule.first or '以往'}以来{f'至{rule.last}' if rule.last else ''}作出的决定；"
        f"栏目：{escape('、'.join(titles[rule.id]))}。</dd></div>"
        for rule in rules.values()
    )
    return f'<section class="fields"><h2>所依据的规则</h2><dl>{items}</dl></section>'


def _meanings() -> str:
    items = "".join(
        f"<div><dt>{escape(word)}</dt><dd>{escape(text)}</dd></div>"
        for word, text in MEANINGS.items()
    )
    return f'<section class="fields"><h2>怎样计算</h2><dl>{items}</dl></section>'
