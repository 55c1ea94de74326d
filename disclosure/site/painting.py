"""Painting: charts as SVG files that stand by themselves, measured out and coloured."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import escape

from disclosure.charts import Chart
from disclosure.site import drawings
from disclosure.site.canvas import WIDTH

COLOURS = ("#0b4f9e", "#b35900", "#00796b", "#8e3a8e", "#a3242a", "#666600", "#2578b5", "#5a6472")
"""Of the series, as in the style sheet on white."""
DASHES = ("", "8 4", "2 3", "10 3 2 3", "5 2", "12 4", "1 4", "6 2 1 2 1 2")
_PAINT: Mapping[str, str] = {
    "grid": 'stroke="#d5dce5"',
    "base": 'stroke="#525d6b"',
    "edge": 'stroke="#fff" stroke-width="2" paint-order="stroke"',
    "hatch": 'fill="none" stroke="#fff" stroke-width="1.5"',
    "tick": 'fill="#525d6b"',
    "value": 'font-weight="600"',
    "mid": 'text-anchor="middle"',
    "end": 'text-anchor="end"',
    "soft": 'stroke-opacity="0.55"',
}


def _painted(classes: re.Match[str]) -> str:
    found = []
    for name in classes[1].split():
        kind, k = name[0], int(name[1:]) - 1 if name[1:].isdigit() else -1
        if k < 0:
            found.append(_PAINT[name])
        elif kind == "l":
            dash = f' stroke-dasharray="{DASHES[k]}"' if DASHES[k] else ""
            found.append(f'stroke="{COLOURS[k]}" stroke-width="2.5"{dash}')
        else:
            found.append(f'fill="{COLOURS[k]}"')
    return " ".join(found)


def file(chart: Chart, source: str) -> bytes:
    """A chart as an SVG file: measured and painted, with its title and where it comes from."""
    inner = drawings.draw(chart, chart.name, measured=True)
    inner = re.sub(r'class="([^"]*)"', _painted, inner)
    found = re.match(r'<svg xmlns="[^"]*" width="\d+" height="(\d+)"', inner)
    assert found  # as it is drawn above
    height = int(found[1])
    title = f'<text x="24" y="32" font-size="18" font-weight="700">{escape(chart.title)}</text>'
    unit = f"（{chart.unit}）" if chart.unit else ""
    low = f"，纵轴从 {start} 起" if (start := drawings.starts(chart)) else ""
    under = escape(f"按{chart.axis}{unit}{low}")
    axis = f'<text x="24" y="56" fill="#525d6b">{under}</text>'
    end = f'<text x="24" y="{height + 104}" fill="#525d6b" font-size="12">{escape(source)}</text>'
    placed = inner.replace("<svg ", '<svg x="24" y="72" overflow="visible" ', 1)
    whole = WIDTH + 48
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{height + 120}" '
        f'viewBox="0 0 {whole} {height + 120}" font-family="sans-serif" font-size="13" fill="#1b2430">'
        f'<rect width="100%" height="100%" fill="#fff"/>{title}{axis}{placed}{end}</svg>\n'
    ).encode()
