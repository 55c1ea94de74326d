"""Drawings: charts as SVG of lines, areas and text, sized by the page that they stand in.

Why not a chart library: a specification of Vega drawn by `vl-convert` adds a wheel of 40 MB and half
a second to every build, and writes its looks into attributes of every mark, where no style sheet can
turn them dark, and where nobody knows any more which row a pixel comes from. What this site draws is
columns, bars and lines; here each of them is known by the figure that it stands for.

Lengths along the page are per cents and text keeps its size, so that a chart fits a phone and a
screen alike; where numbers would touch, the style sheet lets it scroll. Marks have classes and no
colours; patterns, dashes and the forms of points tell the series apart where colours do not.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

from markupsafe import escape

from disclosure.charts import LINE, STACKED, Chart
from disclosure.figures.numerals import PERCENT
from disclosure.figures.plotting import Point, Series
from disclosure.site.canvas import WIDTH, Canvas, Scale, number, scale, short

LEFT, RIGHT = Decimal(11), Decimal(97)
"""Per cent of the width between which columns and points stand."""
ACROSS = Decimal(74)
"""Per cent of the width that the longest bar takes; its number stands behind it."""
PLOT, TOP, LINE_HEIGHT, BAR_HEIGHT, GAP = map(Decimal, (240, 26, 22, 26, 12))
"""Pixels: the height of columns, the room above them; of a line of text, a bar, and below bars."""
FULL = Decimal(100)
TOLD = 24
"""Numbers up to which the description tells all of them."""
SIZES = (20, 30, 40, 50, 60, 80, 120)
"""Widths in rem, of 16 pixels: a chart says by its class which of them it needs (w20 … w120)."""


def draw(chart: Chart, name: str, up: str | None = None, *, measured: bool = False) -> str:
    """A chart as an SVG element whose ids begin with `name`.

    `up` leads from the page to the root of the site; without it there are no links. Those numbers
    alone that are written out are links: they stand apart from the picture, which is told as one,
    and from each other.
    """
    canvas = Canvas(name, up, measured)
    if not chart.dated:
        height = _bars(chart, canvas)
    else:
        height = _lines(chart, canvas) if chart.kind == LINE else _columns(chart, canvas)
    height = _legend(chart, canvas, height)
    names = f'aria-labelledby="{name}-t {name}-d"'
    texts = (
        f'<title id="{name}-t">{escape(chart.title)}</title>'
        f'<desc id="{name}-d">{escape(told(chart))}</desc>'
    )
    filled = "" if _is_lines(chart) else canvas.patterns(len(chart.series))
    picture, start = filled + "".join(canvas.marks), f"<svg {_size(chart, canvas, height)}"
    if not canvas.links:
        return f'{start} role="img" {names}>{texts}{picture}</svg>'
    links = "".join(canvas.links)
    return f'{start} role="group" {names}>{texts}<g role="img" {names}>{picture}</g>{links}</svg>'


def _size(chart: Chart, canvas: Canvas, height: Decimal) -> str:
    """How high the drawing is, and which width it needs lest its numbers touch."""
    if canvas.measured:
        return f'xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{short(height)}"'
    beside = 1 if chart.kind != "bar" else len(chart.series)
    each = max(34, beside * (canvas.widest * 8 + 6)) if chart.dated else 0
    least = each * len(chart.labels) * 100 / (RIGHT - LEFT)
    size = next((size for size in SIZES if size * 16 >= least), SIZES[-1])
    return f'class="w{size}" height="{short(height)}"'


def told(chart: Chart) -> str:
    """What a chart shows, in words: all its numbers if they are few, else the most and the least."""
    parts = [f"按{chart.axis}，单位：{chart.unit}。" if chart.unit else f"按{chart.axis}。"]
    if low := starts(chart):
        parts.append(f"纵轴从 {low} 起。")
    everything = len(chart.series) * len(chart.labels) <= TOLD
    for series in chart.series:
        pairs = list(zip(chart.labels, series.points, strict=True))
        numbers = [(p.value, label) for label, p in pairs if p.value is not None]
        if everything and pairs:
            words = "、".join(f"{label} {number(point)}" for label, point in pairs)
        elif numbers:
            (least, low), (most, high) = min(numbers), max(numbers)
            words = f"最多 {most:,f}（{high}），最少 {least:,f}（{low}）"
        else:
            words = "没有数字"
        name = f"{series.name}：" if len(chart.series) > 1 else ""
        parts.append(f"{name}{words}。")
    return "".join(parts)


def _tip(chart: Chart, n: int, point: Point, series: Series | None = None) -> str:
    """A number with all that is needed to read it alone."""
    name = f"，{series.name}" if series and len(chart.series) > 1 else ""
    return f"{chart.labels[n]}{name}：{number(point)} {chart.unit}".rstrip()


def _top(chart: Chart, n: int) -> Point:
    """What a stack comes to: its own figure, or what its parts add up to."""
    if chart.columns and not chart.several:
        return chart.columns.points[n]
    known = [series.points[n].value for series in chart.series]
    return Point(sum((value for value in known if value is not None), Decimal(0)))


def _values(chart: Chart) -> list[Decimal]:
    """All numbers for which there must be room."""
    found = [p.value for s in chart.series for p in s.points if p.value is not None]
    if chart.kind == STACKED:
        found += [v for n in range(len(chart.labels)) if (v := _top(chart, n).value) is not None]
    return found


def starts(chart: Chart) -> str:
    """Where the scale of a line chart begins, if not at zero; else ""."""
    if not _is_lines(chart):
        return ""
    low = scale(_values(chart), zero=False).low
    return _tick(low, chart.unit) if low > 0 else ""


def _is_lines(chart: Chart) -> bool:
    return chart.dated and chart.kind == LINE


# ── Over time ────────────────────────────────────────────────────────────────────────────────────


def _middle(chart: Chart, n: int) -> Decimal:
    return LEFT + (RIGHT - LEFT) * (2 * n + 1) / (2 * len(chart.labels))


def _y(axis: Scale, value: Decimal) -> Decimal:
    return TOP + PLOT * (1 - axis.share(value))


def _grid(chart: Chart, axis: Scale, canvas: Canvas) -> Decimal:
    """The scale, and what stands below; returns where all that ends."""
    for value in axis.ticks:
        y, kind = _y(axis, value), "grid" if value else "base"
        canvas.line(kind, (LEFT, FULL), (y, y))
        canvas.text(_tick(value, chart.unit), "tick end", LEFT - 1, y + 4)
    if chart.unit != PERCENT:
        canvas.text(chart.unit, "tick end", LEFT - 1, Decimal(12))
    y = TOP + PLOT + LINE_HEIGHT - 4
    for n, label in enumerate(chart.labels):
        canvas.text(_date(label), "mid", _middle(chart, n), y)
    if chart.running >= 0:
        y += 16
        until = f"截至{chart.as_of.month}-{chart.as_of.day}"
        canvas.text(until, "tick mid", _middle(chart, chart.running), y)
    return y + 14


def _tick(value: Decimal, unit: str) -> str:
    """A number of the scale, short enough to stand beside it."""
    sign = unit if unit == PERCENT else ""
    for digits, word in ((8, "亿"), (4, "万")):
        if abs(value) >= Decimal(1).scaleb(digits):
            return f"{short(value.scaleb(-digits))}{word}{sign}"
    return f"{short(value)}{sign}"


def _date(label: str) -> str:
    """2024年 → 2024, 2024年3月 → 24-3: what has room under a column."""
    found = re.fullmatch(r"(\d{4})年(?:(\d{1,2})月)?", label)
    if not found:
        return "未填"
    return f"{found[1][2:]}-{found[2]}" if found[2] else found[1]


def _columns(chart: Chart, canvas: Canvas) -> Decimal:
    """Columns for each year or month, beside each other or one on top of the other."""
    axis, stacked = scale(_values(chart)), chart.kind == STACKED
    end, many = _grid(chart, axis, canvas), 1 if stacked else len(chart.series)
    wide = min((RIGHT - LEFT) * 7 / 10 / (len(chart.labels) or 1) / many, Decimal(9))
    for n in range(len(chart.labels)):
        left, level = _middle(chart, n) - wide * many / 2, Decimal(0)
        for k, series in enumerate(chart.series):
            point, bottom = series.points[n], level if stacked else Decimal(0)
            x = left if stacked else left + wide * k
            if point.value is None:
                continue
            level, tip = bottom + point.value, _tip(chart, n, point, series)
            canvas.area(k, tip, (x, x + wide), (_y(axis, bottom), _y(axis, level)))
            if not stacked:
                y = _y(axis, max(level, Decimal(0))) - 6
                canvas.number(point, tip, "value mid", x + wide / 2, y)
        if stacked:
            top = _top(chart, n)
            y = _y(axis, max(level, Decimal(0))) - 6
            canvas.number(top, _tip(chart, n, top), "value mid", _middle(chart, n), y)
    return end


def _lines(chart: Chart, canvas: Canvas) -> Decimal:
    """A line for each series, with a gap where there is no number."""
    axis = scale(_values(chart), zero=False)
    end = _grid(chart, axis, canvas)
    at = [_middle(chart, n) for n in range(len(chart.labels))]
    for k, series in enumerate(chart.series):
        for n, (one, two) in enumerate(pairwise(series.points)):
            if one.value is not None and two.value is not None:
                kind = f"l{k + 1} soft" if n + 1 == chart.running else f"l{k + 1}"
                y = _y(axis, one.value), _y(axis, two.value)
                canvas.line(kind, (at[n], at[n + 1]), y)
        for n, point in enumerate(series.points):
            if point.value is not None:
                tip, height = _tip(chart, n, point, series), _y(axis, point.value)
                canvas.point(k, tip, at[n], height)
                if len(chart.series) == 1:
                    canvas.number(point, tip, "value mid", at[n], height - 12)
    return end


# ── By values that have no order in time ─────────────────────────────────────────────────────────


def _bars(chart: Chart, canvas: Canvas) -> Decimal:
    """Bars under their labels, one below the other or one after the other."""
    values, stacked = _values(chart), chart.kind == STACKED
    low, high = min((*values, Decimal(0))), max((*values, Decimal(0)))
    axis = Scale(low, high if high > low else low + 1, Decimal(1))
    y = Decimal(0)

    def x(value: Decimal) -> Decimal:
        return axis.share(value) * ACROSS

    for n, label in enumerate(chart.labels):
        canvas.text(label, "", Decimal(0), y + 16)
        y, level = y + LINE_HEIGHT, Decimal(0)
        for k, series in enumerate(chart.series):
            point, bottom = series.points[n], level if stacked else Decimal(0)
            tip, top = _tip(chart, n, point, series), bottom + (point.value or Decimal(0))
            if point.value is not None:
                canvas.area(k, tip, (x(bottom), x(top)), (y + 2, y + BAR_HEIGHT - 2))
            if stacked:
                level = top
            else:
                end = max(x(top), x(Decimal(0))) + 1
                canvas.number(point, tip, "value", end, y + 18)
                y += BAR_HEIGHT
        if stacked:
            whole = _top(chart, n)
            canvas.number(whole, _tip(chart, n, whole), "value", x(level) + 1, y + 18)
            y += BAR_HEIGHT
        y += GAP
    zero = x(Decimal(0))
    canvas.line("base", (zero, zero), (Decimal(0), max(y - GAP, Decimal(1))))
    return max(y, LINE_HEIGHT)


def _legend(chart: Chart, canvas: Canvas, y: Decimal) -> Decimal:
    """The series by their names, in the order in which they are drawn; returns where they end."""
    if len(chart.series) < 2:
        return y
    beside = 2 if all(len(series.name) <= 9 for series in chart.series) else 1
    for k, series in enumerate(chart.series):
        x, line = Decimal(50 * (k % beside)), y + k // beside * LINE_HEIGHT
        canvas.key(k, series.name, x, line, lines=_is_lines(chart))
    return y + -(-len(chart.series) // beside) * LINE_HEIGHT
