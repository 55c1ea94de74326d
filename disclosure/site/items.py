"""Items: what the page of a power says besides its fields: its history, and the decisions made under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from markupsafe import escape

from disclosure.adjustments import BEGINS, CHANGED, ENDS, Adjustment, Power, referring
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.schema import Schema
from disclosure.site import tabular

NEWEST = 5
"""How many decisions the page of a power lists."""


class More(NamedTuple):
    """HTML before the fields of a record, and after them."""

    above: str = ""
    below: str = ""


def more(catalog: Catalog, collection: Collection) -> Sequence[More]:
    """For every row of a list of powers what its page says besides; empty for any other collection."""
    timeline = catalog.timelines.get(collection.name)
    if timeline is None:
        return ()
    root = "../" * (collection.name.count("/") + 2)
    today = catalog.as_of.isoformat()
    codes = collection.rows[timeline.key].tolist()
    paths = dict(zip(codes, collection.rows["path"].tolist(), strict=True))
    made = [
        decisions(other, field, root)
        for other in catalog.collections.values()
        for field in referring(other.schema, timeline)
    ]
    found = []
    for code in codes:
        power = timeline.powers[code]
        below = history(collection.schema, power, paths, root)
        below += "".join(sections.get(code, "") for sections in made)
        found.append(More(notice(power, today), below))
    return found


def notice(power: Power, today: str) -> str:
    """What the page of a power begins with that is not in force today, or will be changed."""
    texts = []
    if not power.on(today):
        shown = power.shown(today)
        if shown.start > today:
            texts.append(f"<strong>尚未生效</strong>：本事项自 {shown.start} 起列入权责清单。")
        else:
            cause = next(
                (a for a in power.adjustments if a.day == shown.end and a.change in ENDS), None
            )
            why = f"（{cause.change}）" if cause else ""
            texts.append(
                f"<strong>已不再行使</strong>{why}：本事项自 {shown.end} 起不在权责清单中。"
            )
    elif coming := next((a for a in power.adjustments if a.day > today), None):
        texts.append(
            f"<strong>即将调整</strong>：本事项自 {coming.day} 起{coming.change}，见下面的沿革。"
        )
    return "".join(f'<p class="mark">{text}</p>' for text in texts)


def history(schema: Schema, power: Power, paths: Mapping[str, str], root: str) -> str:
    """A table of everything that happened to a power, newest first, each version at its anchor."""
    days = {v.start for v in power.versions} | {v.end for v in power.versions if v.end}
    days |= {a.day for a in power.adjustments}
    anchors = {v.start: v.anchor for v in power.versions}
    lines = []
    for day in sorted(days, reverse=True):
        told = [a for a in power.adjustments if a.day == day]
        what = "<br>".join(says(schema, a, paths, root) for a in told) or _plainly(power, day)
        mark = f' id="{anchors[day]}"' if day in anchors else ""
        lines.append(
            f'<tr{mark}><th scope="row" data-label="生效日期" class=code>{day or "本站开始记载时"}</th>'
            f'<td data-label="调整" class=lines><div>{what}</div></td>'
            f'<td data-label="依据"><div>{sources(told)}</div></td></tr>'
        )
    return (
        '<section class="group history"><h2>沿革</h2><div class="table-wrap"><table class="rows">'
        "<caption>本事项列入清单以来的调整</caption><thead><tr>"
        '<th scope="col">生效日期</th><th scope="col">调整</th><th scope="col">依据和批准文号</th>'
        f"</tr></thead>\n<tbody>{''.join(lines)}</tbody></table></div></section>"
    )


def _plainly(power: Power, day: str) -> str:
    """What happened on a day of which the adjustments tell nothing."""
    return "列入权责清单" if any(v.start == day for v in power.versions) else "不再列入权责清单"


def says(schema: Schema, told: Adjustment, paths: Mapping[str, str], root: str) -> str:
    """One adjustment in words."""
    if told.change == CHANGED:
        return f"变更{change(schema, told.column, told.before, told.after)}"
    if told.change in BEGINS:
        return f"{told.change}：列入权责清单"
    target = ""
    if told.after in paths:
        target = f'，并入 <a href="{root}{paths[told.after]}">{escape(told.after)}</a>'
    return f"{told.change}：不再列入权责清单{target}"


def change(schema: Schema, column: str, before: str, after: str) -> str:
    """What one column said before and after."""
    title = escape(schema.by_name[column].title)
    if not before or not after:
        return f"{title}：{'删去' if before else '增加'}“{escape(before or after)}”"
    return f"{title}：由“{escape(before)}”调整为“{escape(after)}”"


def sources(told: Sequence[Adjustment]) -> str:
    """On what adjustments rest."""
    lines = dict.fromkeys("，".join(filter(None, (a.basis, a.approval))) for a in told)
    return "<br>".join(str(escape(line)) for line in lines if line)


def decisions(collection: Collection, field: str, root: str) -> Mapping[str, str]:
    """By code, how many public records of a collection name it, by year, and the newest of them."""
    schema, rows = collection.schema, collection.rows
    numbers, codes = pd.factorize(rows[field])
    order = np.argsort(numbers, kind="stable")  # the rows come newest first
    bounds = np.searchsorted(numbers[order], np.arange(len(codes) + 1))
    groups = [order[bounds[n] : bounds[n + 1]] for n in range(len(codes))]
    years = rows["folder"].to_numpy(dtype="object")
    heads = np.concatenate([np.empty(0, np.int64), *(some[:NEWEST] for some in groups)])
    lines = tabular.rows(schema, rows.iloc[heads], up=f"{root}{schema.name}/")
    found, start = {}, 0
    for code, some in zip(codes.tolist(), groups, strict=True):
        newest = lines[start : start + min(len(some), NEWEST)]
        start += len(newest)
        if code:
            folder = f"{root}{schema.name}/{schema.view_folder(field, code)}/"
            found[code] = _decisions(schema, list(_by_year(years[some])), newest, folder)
    return found


def _by_year(years: np.ndarray) -> Iterator[tuple[str, int]]:
    texts, counts = np.unique(years.astype("U"), return_counts=True)
    yield from zip(texts[::-1].tolist(), counts[::-1].tolist(), strict=True)


def _decisions(
    schema: Schema, years: Sequence[tuple[str, int]], newest: Sequence[str], folder: str
) -> str:
    total, unit, title = sum(n for _, n in years), escape(schema.unit), escape(schema.title)
    heads = "".join(f'<th scope="col">{year}年</th>' for year, _ in years)
    cells = "".join(f"<td>{n:,}</td>" for _, n in years)
    caption = f"最新的 {len(newest)} {unit}" if total > len(newest) else f"{title}"
    table = (
        f'<table class="figures"><caption>按年度，只计现公开的记录（{unit}）</caption>'
        f'<thead><tr><th scope="col">年度</th>{heads}<th scope="col">合计</th></tr></thead>'
        f'<tbody><tr><th scope="row">数量</th>{cells}<td>{total:,}</td></tr></tbody></table>'
    )
    return (
        f'<section class="group decisions"><h2>依据本事项作出的{title} '
        f'<span class="count">{total:,}{unit}</span></h2>'
        f"{tabular.scrolling(table, f'{schema.title}，按年度')}"
        f"{tabular.table(schema, newest, caption)}"
        f'<p class="more"><a href="{folder}">依据本事项作出的全部{title}（{total:,}{unit}）</a></p></section>'
    )
