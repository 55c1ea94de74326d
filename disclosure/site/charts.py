"""Chart pages (统计图表): each chart with its data beside it, its CSV and its SVG, and the page of them all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from markupsafe import escape

from disclosure.charts import CHARTS, Chart
from disclosure.figures.plotting import ALL, OTHERS, Point, Series
from disclosure.intake.articles import Article
from disclosure.site import downloads, drawings, painting
from disclosure.site.canvas import number
from disclosure.site.shell import Page, Shell, blank
from disclosure.site.spreadsheets import NUMBER, TEXT, Column

ADDRESS, TITLE = f"{CHARTS}/", "统计图表"
PATH = f"{ADDRESS}index.html"
FILE = "data.csv"
PICTURE = "chart.svg"
NONE = "—"


def shell() -> Page:
    """The page that the theme dresses for all charts."""
    return blank(CHARTS, ((TITLE, ADDRESS),))


def articles(charts: Mapping[str, Chart]) -> list[Article]:
    """The charts as pages that print figures."""
    return [Article(chart.address, chart.title, TITLE, "") for chart in charts.values()]


def front(charts: Mapping[str, Chart], as_of: date) -> str:
    """What stands on the page of all charts."""
    if not charts:
        return f'<p class="none">目前没有{TITLE}。</p>'
    lead = (
        f"由本站公开的记录直接画出，截至{_day(as_of)}。点开任何一张，是它的数据表和下载；"
        "表里的每个数字都连到它的底数。"
    )
    parts = [f'<p class="lead">{lead}</p>']
    for chart in charts.values():
        parts.append(
            f'<section class="group"><h2><a href="{chart.name}/">{escape(chart.title)}</a></h2>'
            f'{_picture(chart)}<p class="more">'
            f'<a href="{chart.name}/">{escape(chart.title)}：数据和下载</a></p></section>'
        )
    return "".join(parts)


def files(charts: Mapping[str, Chart], dressed: Shell, site: str) -> Iterator[tuple[str, bytes]]:
    """The pages of all charts and what can be downloaded there, as (path, bytes)."""
    for chart in charts.values():
        page = content(chart, site)
        yield f"{chart.address}index.html", dressed.stamp(chart.title, page, chart.name, "index")
        yield f"{chart.address}{FILE}", csv(chart, site)
        source = f"{site}{chart.address}　截至{_day(chart.as_of)}"
        yield f"{chart.address}{PICTURE}", painting.file(chart, source)


def inset(chart: Chart, up: str, number: int) -> str:
    """A chart within a page that people wrote; `up` leads to the root of the site, `number` tells it
    from the others there."""
    name = f"chart-{chart.name}" + (f"-at{number}" if number > 1 else "")
    return (
        f"{_picture(chart, name, up)}"
        f'<p class="chart-source">图：<a href="{up}{chart.address}">{escape(chart.title)}</a>'
        f"（数据和下载），截至{_day(chart.as_of)}。</p>"
    )


def content(chart: Chart, site: str) -> str:
    """What stands on the page of a chart."""
    lead = f'<p class="lead">{escape(chart.description)}</p>' if chart.description else ""
    saved = escape(re.sub(r"\W+", "-", chart.title))
    links = "、".join(
        f'<a href="{file}" download="{saved}.{file[-3:]}">{file[-3:].upper()}</a>'
        for file in (FILE, PICTURE)
    )
    return (
        f"{lead}{_picture(chart, up='../../')}{_notes(chart)}"
        f'<section class="group"><h2>数据</h2>{table(chart)}</section>'
        f'<section class="downloads"><h2>下载</h2><p>表里的数据和这张图：{links}。</p></section>'
        f'<p class="permalink">固定网址：<a href="./">{escape(site)}{chart.address}</a>　'
        f'<a href="../">全部{TITLE}</a></p>'
    )


def _picture(chart: Chart, name: str = "", up: str | None = None) -> str:
    """The drawing, which scrolls by itself where the page is too narrow for its numbers."""
    svg = drawings.draw(chart, name or f"chart-{chart.name}", up)
    label = escape(f"图：{chart.title}")
    return (
        f'<div class="chart" role="region" tabindex="0" aria-label="{label}">{svg}</div>'
        if chart.labels
        else '<p class="none">没有可以画出的数字。</p>'
    )


def _notes(chart: Chart) -> str:
    notes = [f"数字截至{_day(chart.as_of)}，由记录算出；依法下架、撤回和不公开的计入，不再列示。"]
    if chart.unit:
        notes.insert(0, f"单位：{escape(chart.unit)}。")
    if low := drawings.starts(chart):
        notes.append(f"纵轴从 {low} 起，不从 0 起。")
    if chart.running >= 0:
        notes.append(f"{escape(chart.labels[chart.running])}还没有过完。")
    if chart.several:
        notes.append("一条记录可以属于几项，或者同一个值出现在几项里，各项相加不等于全部。")
    if OTHERS in chart.labels or any(series.name == OTHERS for series in chart.series):
        notes.append(f"“{OTHERS}”是没有分开列出的各项之和，没有单独的底数。")
    if any(point.value is None for series in chart.series for point in series.points):
        notes.append(f"“{NONE}”表示没有可以计算的数，例如分母为零。")
    return f'<p class="chart-notes">{"".join(notes)}</p>'


def _day(as_of: date) -> str:
    return f"{as_of.year}年{as_of.month}月{as_of.day}日"


# ── The data ─────────────────────────────────────────────────────────────────────────────────────


def _columns(chart: Chart) -> Sequence[Series]:
    """What stands side by side in the table: all series, and what they divide."""
    return [*chart.series, *([chart.columns] if chart.columns else [])]


def _heads(chart: Chart) -> list[str]:
    return [series.name for series in chart.series] + ([ALL] if chart.columns else [])


def _labels(chart: Chart) -> list[str]:
    """As the table has them; a year that is not over says until when."""
    until = f"（截至{chart.as_of.month}月{chart.as_of.day}日）"
    return [f"{la}{until}" if n == chart.running else la for n, la in enumerate(chart.labels)]


def _rows(chart: Chart) -> Iterator[tuple[str, list[Point]]]:
    columns = _columns(chart)
    for n, label in enumerate(_labels(chart)):
        yield label, [series.points[n] for series in columns]


def _totals(chart: Chart) -> list[Point]:
    """What all labels come to; nothing where only some of them are drawn."""
    totals = [series.total for series in _columns(chart)]
    return totals if any(point.value is not None for point in totals) else []


def table(chart: Chart) -> str:
    """All numbers of a chart, each with the way to what is behind it."""
    unit = f"，单位：{chart.unit}" if chart.unit else ""
    caption = escape(f"{chart.title}（按{chart.axis}{unit}）")
    heads = "".join(f'<th scope="col">{escape(h)}</th>' for h in [chart.axis, *_heads(chart)])
    lines = "".join(_line(label, points) for label, points in _rows(chart))
    totals = _totals(chart)
    foot = f"<tfoot>{_line(ALL, totals)}</tfoot>" if totals else ""
    return (
        f'<div class="table-wrap" role="region" tabindex="0" aria-label="{caption}">'
        f'<table class="figures plotted"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{lines}</tbody>{foot}</table></div>"
    )


def _line(label: str, points: Sequence[Point]) -> str:
    cells = "".join(f"<td>{_cell(point)}</td>" for point in points)
    return f'<tr><th scope="row">{escape(label)}</th>{cells}</tr>\n'


def _cell(point: Point) -> str:
    if point.figure is None:
        return number(point)
    words, address = escape(point.figure.words), f"../../{point.figure.address}"
    return f'<a class="figure" href="{address}" title="{words}">{number(point)}</a>'


def csv(chart: Chart, site: str) -> bytes:
    """The same table as a CSV file, with the address of what is behind each number on the right."""
    labels, totals = _labels(chart), _totals(chart)
    columns = [Column(chart.axis, TEXT, [*labels, *([ALL] if totals else [])])]
    found = [[*series.points, *([series.total] if totals else [])] for series in _columns(chart)]
    unit = f"（{chart.unit}）" if chart.unit else ""
    for name, points in zip(_heads(chart), found, strict=True):
        cells = ["" if p.value is None else f"{p.value:f}" for p in points]
        columns.append(Column(f"{name}{unit}", NUMBER, cells))
    for name, points in zip(_heads(chart), found, strict=True):
        cells = [f"{site}{p.figure.address}" if p.figure else "" for p in points]
        columns.append(Column(f"{name}的底数", TEXT, cells))
    return downloads.table(chart.title, columns, workbook=False)[".csv"]
