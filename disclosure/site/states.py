"""States: a list of powers as of each day on which it changed, and what is different between two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import pandas as pd
from markupsafe import escape

from disclosure import adjustments, cache
from disclosure.adjustments import Difference, Timeline, Version
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.schema import Schema
from disclosure.site import items, lists, shelf, tabular
from disclosure.site.shell import Page, Shell, token
from disclosure.site.writer import Job

FOLDER = "as-of"
"""Below the list's own folder; below it a folder for every day on which the list changed."""
COUNTED = "项数按职权编码计，一个编码计一项；子项写在所属事项之内的，不另计数，各有编码的，按编码逐项计数。"

Listed = Mapping[str, Version]


@dataclass(frozen=True, eq=False)
class States:
    """What all pages of one list have in common."""

    schema: Schema
    timeline: Timeline
    today: str
    current: str
    """The day from which today's list holds; "" if the list has no such day."""


def states(catalog: Catalog, timeline: Timeline) -> States:
    today = catalog.as_of.isoformat()
    past = [day for day in timeline.days if day <= today]
    schema = catalog.collections[timeline.name].schema
    return States(schema, timeline, today, past[-1] if past else "")


def shell(collection: Collection) -> Page:
    """The page that the theme dresses for all states of a list."""
    path = f"{collection.name}/{FOLDER}/{token('folder')}/{token('file')}.html"
    trail = ((collection.schema.title, f"{collection.name}/"),)
    return Page(path, token("title"), token("content"), trail)


def addresses(known: States) -> Iterator[str]:
    """The files of all states, and of their differences from today's."""
    for day in known.timeline.days:
        yield f"{known.timeline.name}/{FOLDER}/{day}/index.html"
        if day != known.current:
            yield f"{known.timeline.name}/{FOLDER}/{day}/today.html"


def front(catalog: Catalog, collection: Collection) -> str:
    """The front page of a list: today's, with the ways to those of other days."""
    known = states(catalog, catalog.timelines[collection.name])
    schema, rows, listed = collection.schema, collection.rows, collection.listed
    if listed is None:
        return lists.front(collection)
    above = _chooser(known) if known.timeline.days else ""
    if known.timeline.log:
        log = catalog.collections[known.timeline.log]
        up = "../" * (collection.name.count("/") + 2)  # as seen from the lists
        above += f'<p class="more"><a href="{up}{log.name}/">{escape(log.schema.title)}</a></p>'
    above += _counts(known, rows, {}, _today(known))
    gone = rows[~listed].reset_index(drop=True)
    below = ""
    if len(gone):
        columns = [*schema.list, *(n for n in ("effective", "ended") if n not in schema.list)]
        table = tabular.table(schema, tabular.rows(schema, gone, columns), "不在清单中", columns)
        below = (
            '<section class="group"><h2 id="gone">不在现行清单中的事项 '
            f'<span class="count">{len(gone):,}{escape(schema.unit)}</span></h2>{table}</section>'
        )
    return lists.front(collection, above, below)


def _chooser(known: States) -> str:
    """Links to the list of every day on which it changed, newest first."""
    links = []
    for day in reversed(known.timeline.days):
        mark = "现行，" if day == known.current else "尚未施行，" if day > known.today else ""
        count = f"{len(known.timeline.at(day)):,}{escape(known.schema.unit)}"
        current = ' aria-current="true"' if day == known.current else ""
        links.append(
            f'<li><a href="../{FOLDER}/{day}/"{current}>自 {day} 起 '
            f'<span class="count">{mark}{count}</span></a></li>'
        )
    return (
        '<nav class="facets dates days" aria-label="按日期查看"><h2>按日期查看</h2>'
        f"<ul>{''.join(links)}</ul></nav>"
    )


def jobs(
    catalog: Catalog, collection: Collection, shelves: Mapping[str, str], dressed: Shell
) -> Iterator[Job]:
    """The page of every state, and of its difference from today's list."""
    known = states(catalog, catalog.timelines[collection.name])
    mine, days = shelves[collection.name], known.timeline.days
    everything = shelf.fingerprint(mine, pd.RangeIndex(len(collection.rows)).to_numpy())
    timeline = {code: asdict(power) for code, power in known.timeline.powers.items()}
    same = (cache.program(), cache.spell(known.schema), cache.spell(dressed), repr(timeline))
    key = cache.digest(*same, everything)
    for day in days:
        # Which list is today's, and whether a day has come, is all that matters of today.
        about = f"{day} {known.current} {day > known.today}"
        yield Job(cache.digest(key, about), pages, (known, mine, dressed, day))


def pages(known: States, mine: str, dressed: Shell, day: str) -> Iterator[tuple[str, bytes]]:
    """The page of one state, and that of its difference from today's list, as (path, bytes)."""
    rows = shelf.whole(mine)
    title = f"{_long(day)}起的{known.schema.title}"
    folder = f"{known.timeline.name}/{FOLDER}/{day}"
    yield f"{folder}/index.html", dressed.stamp(title, _state(known, rows, day), day, "index")
    if day != known.current:
        title = f"{_long(day)}起的{known.schema.title}与现行清单的比较"
        yield (
            f"{folder}/today.html",
            dressed.stamp(title, _compared(known, rows, day), day, "today"),
        )


def _long(day: str) -> str:
    year, month, rest = day.split("-")
    return f"{year}年{int(month)}月{int(rest)}日"


def _today(known: States) -> Listed:
    return known.timeline.at(known.today)


def _state(known: States, rows: pd.DataFrame, day: str) -> str:
    """The list on a day: how many there are, what changed on that day, and every power."""
    days, now = known.timeline.days, known.timeline.at(day)
    at = days.index(day)
    before = known.timeline.at(days[at - 1]) if at else known.timeline.at("")
    until = days[at + 1] if at + 1 < len(days) else ""
    span = f"自 {day} 起" + (f"，至 {until} 前" if until else "") + "的清单"
    come = "，尚未施行" if day > known.today else "，即现行清单" if day == known.current else ""
    frame = _frame(known, rows, now)
    unit = escape(known.schema.unit)
    parts = [f'<p class="lead">{span}{come}，共 {len(now):,} {unit}。</p>', _neighbours(known, at)]
    parts.append(_counts(known, rows, before, now))
    if before:
        heading = f"与上一份清单（自 {days[at - 1]} 起）的比较" if at else "与此前清单的比较"
        parts.append(_changes(known, rows, adjustments.difference(before, now), heading, day))
    if known.schema.group:
        parts += lists.groups(known.schema, frame, up="../../")
    else:
        lines = tabular.rows(known.schema, frame, up="../../")
        parts.append(tabular.table(known.schema, lines, known.schema.title))
    return "".join(parts)


def _neighbours(known: States, at: int) -> str:
    """The ways from the list of a day to the one before, the one after, and the comparison with today's."""
    days, links = known.timeline.days, []
    if at:
        links.append(f'<a rel="prev" href="../{days[at - 1]}/">上一份清单（{days[at - 1]}）</a>')
    if at + 1 < len(days):
        links.append(f'<a rel="next" href="../{days[at + 1]}/">下一份清单（{days[at + 1]}）</a>')
    more = '<a href="../../">现行清单</a>'
    if known.current and days[at] != known.current:
        more = f'<a href="today.html">与现行清单比较</a> {more}'
    pager = f'<nav class="pager" aria-label="其他日期">{"".join(links)}</nav>' if links else ""
    return f'{pager}<p class="more">{more}</p>'


def _compared(known: States, rows: pd.DataFrame, day: str) -> str:
    """The difference between the list of a day and today's."""
    then, now = known.timeline.at(day), _today(known)
    old, new = (then, now) if day <= known.today else (now, then)
    ends = [f"自 {day} 起的清单", f"现行清单（自 {known.current} 起）"]
    if day > known.today:
        ends.reverse()
    found = adjustments.difference(old, new)
    unit = escape(known.schema.unit)
    text = (
        f"从{ends[0]}到{ends[1]}：增加 {len(found.begun):,} {unit}，减少 {len(found.ended):,} {unit}，"
        f"变更 {len(found.changed):,} {unit}。"
    )
    return (
        f'<p class="lead">{text}</p><p class="more"><a href="./">{_long(day)}起的清单</a> '
        f'<a href="../../">现行清单</a></p>{_counts(known, rows, old, new)}'
        + _changes(known, rows, found, "逐项比较")
    )


def _frame(known: States, rows: pd.DataFrame, held: Listed) -> pd.DataFrame:
    """The rows of a list as they were, in the order of today's, with the places on their pages."""
    codes = rows[known.timeline.key].tolist()
    chosen = [n for n, code in enumerate(codes) if code in held]
    frame = rows.iloc[chosen].reset_index(drop=True)
    versions = [held[codes[n]] for n in chosen]
    columns: dict[str, list[str]] = {"anchor": [version.anchor for version in versions]}
    for number, version in enumerate(versions):
        for name, text in version.texts.items():
            columns.setdefault(name, frame[name].tolist())[number] = text
    frame = frame.assign(**columns)
    titled = {name: frame[name].tolist() for name in known.schema.title_fields}
    return frame.assign(title=list(known.schema.titles(titled)))


def _kinds(known: States, rows: pd.DataFrame, held: Listed) -> Mapping[str, str]:
    """By code, the type of every power of a list."""
    frame = _frame(known, rows, held)
    return dict(zip(frame[known.timeline.key].tolist(), frame["kind"].tolist(), strict=True))


def _counts(known: States, rows: pd.DataFrame, before: Listed, now: Listed) -> str:
    """The list by type, with what was added to the one before and taken away; each line adds up."""
    field = known.schema.by_name["kind"]
    old, new = _kinds(known, rows, before), _kinds(known, rows, now)
    added = Counter(kind for code, kind in new.items() if old.get(code) != kind)
    taken = Counter(kind for code, kind in old.items() if new.get(code) != kind)
    was, is_ = Counter(old.values()), Counter(new.values())
    kinds = [k for k in dict.fromkeys([*field.enum, *sorted(was | is_)]) if was[k] or is_[k]]
    lines = {"原有": was, "增加": added, "减少": taken} if before else {}
    heads = "".join(f'<th scope="col">{escape(kind)}</th>' for kind in kinds)
    body = "".join(
        f'<tr><th scope="row">{label}</th>'
        + f"<td>{counts.total():,}</td>"
        + "".join(f"<td>{counts[kind]:,}</td>" for kind in kinds)
        + "</tr>"
        for label, counts in {**lines, "现有" if before else "项数": is_}.items()
    )
    title, unit = escape(field.title), escape(known.schema.unit)
    table = (
        f'<table class="figures kinds"><caption>按{title}（{unit}）</caption>'
        f'<thead><tr><th scope="col">{title}</th><th scope="col">合计</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )
    return f'{tabular.scrolling(table, f"按{field.title}")}<p class="aside">{COUNTED}</p>'


def _changes(
    known: States, rows: pd.DataFrame, found: Difference, heading: str, day: str = ""
) -> str:
    """A table of what is different; of one `day` with the words of its adjustments and on what they rest."""
    schema, paths = known.schema, _paths(known, rows)
    root = "../" * (known.timeline.name.count("/") + 3)
    lines: list[str] = []
    for label, some in (("增加", found.begun), ("减少", found.ended)):
        for code, version in some.items():
            told = [a for a in known.timeline.powers[code].adjustments if a.day == day]
            what = "<br>".join(items.says(schema, a, paths, root) for a in told)
            lines.append(_line(known, rows, code, version, what or label, items.sources(told)))
    for code, (old, new) in found.changed.items():
        told = [a for a in known.timeline.powers[code].adjustments if a.day == day]
        what = "<br>".join(
            f"变更{items.change(schema, name, old.texts[name], new.texts[name])}"
            for name in old.texts
            if old.texts[name] != new.texts[name]
        )
        lines.append(_line(known, rows, code, new, what, items.sources(told)))
    body = "".join(line for line in lines if line)
    heads = ["事项", "变化", *(["依据和批准文号"] if day else [])]
    table = (
        '<div class="table-wrap"><table class="rows differences">'
        f"<caption>{heading}</caption><thead><tr>"
        + "".join(f'<th scope="col">{head}</th>' for head in heads)
        + f"</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )
    none = '<p class="none">两份清单没有不同。</p>'
    return (
        f'<section class="group"><h2 id="changes">{heading}</h2>{table if body else none}</section>'
    )


def _paths(known: States, rows: pd.DataFrame) -> Mapping[str, str]:
    return dict(zip(rows[known.timeline.key].tolist(), rows["path"].tolist(), strict=True))


def _line(
    known: States, rows: pd.DataFrame, code: str, version: Version, what: str, why: str
) -> str:
    """One power that is different; "" for one without a page."""
    mine = rows[rows[known.timeline.key] == code]
    if mine.empty:
        return ""
    row = mine.iloc[0]
    name = escape(version.texts.get("name", row["name"]))
    address = f"../../{row['folder']}/{row['id']}.html#{version.anchor}"
    basis = f'<td data-label="依据"><div>{why}</div></td>' if why else ""
    return (
        f'<tr><th scope="row" data-label="事项"><a href="{address}">{escape(code)} {name}</a></th>'
        f'<td data-label="变化" class=lines><div>{what}</div></td>{basis}</tr>'
    )
