"""Canvases: lines, areas, points and numbers of a drawing in SVG, and the scales on which they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from markupsafe import escape

from disclosure.figures.plotting import Point

WIDTH = 800
"""Pixels of a file that stands by itself."""
LONGEST = 22
"""Characters of a label that are drawn; the whole of it is its title and stands in the table."""
SHAPES = (
    "M-5 0A5 5 0 1 1 5 0A5 5 0 1 1-5 0Z",
    "M-4.5-4.5H4.5V4.5H-4.5Z",
    "M0-6L6 5H-6Z",
    "M0-6L6 0L0 6L-6 0Z",
    "M0 6L6-5H-6Z",
    "M-6-2H-2V-6H2V-2H6V2H2V6H-2V2H-6Z",
    "M0-6L6-1L4 6H-4L-6-1Z",
    "M-6-6L0-3L6-6L3 0L6 6L0 3L-6 6L-3 0Z",
)
"""The points of each series of a line chart."""
HATCHES = (
    "",
    "M-2 10L10-2M-2 2L2-2M6 10L10 6",
    "M2 2h2v2h-2ZM6 6h2v2h-2Z",
    "M0 2H8M0 6H8",
    "M-2-2L10 10M-2 6L2 10M6-2L10 2",
    "M2 0V8M6 0V8",
    "M0 4H8M4 0V8",
    "M0 8L4 0L8 8",
)
"""What lies over the colour of each series, in a square of eight pixels."""


@dataclass(frozen=True)
class Scale:
    """Where numbers lie between the two ends of an axis."""

    low: Decimal
    high: Decimal
    step: Decimal

    def share(self, value: Decimal) -> Decimal:
        return (value - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> Iterator[Decimal]:
        value = self.low
        while value <= self.high:
            yield value
            value += self.step


def scale(values: Sequence[Decimal], *, zero: bool = True) -> Scale:
    """Even numbers around all values, about four steps apart. Areas begin at zero; without `zero` the
    scale may begin above it, where the values are so near to each other that nobody could tell them."""
    low, high = min(values, default=Decimal(0)), max(values, default=Decimal(0))
    if zero or low <= 0 or high - low > high / 2 or low == high:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        return Scale(Decimal(0), Decimal(1), Decimal(1))
    rough = (high - low) / 4
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    floor = (low / step).to_integral_value(ROUND_FLOOR) * step
    ceiling = (high / step).to_integral_value(ROUND_CEILING) * step
    return Scale(floor, ceiling, step)


def short(length: Decimal) -> str:
    """A length with at most two decimals and none that say nothing."""
    text = f"{length.quantize(Decimal('0.01'), ROUND_HALF_UP):f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def number(point: Point) -> str:
    """As it is printed; — where there is none."""
    return "—" if point.value is None else f"{point.value:,f}"


@dataclass
class Canvas:
    """A drawing as it comes about. Lengths along the page are per cents, those down the page pixels."""

    name: str
    """What all ids begin with."""
    up: str | None = None
    """What leads from the page to the root of the site; None for a drawing without links."""
    measured: bool = False
    """Whether it is to stand by itself, with pixels for per cents."""
    marks: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    """Numbers that lead to what is behind them."""
    widest: int = 1
    """Characters of the longest number that is written out."""

    def x(self, percent: Decimal) -> str:
        """A length along the page."""
        return short(percent * WIDTH / 100) if self.measured else f"{short(percent)}%"

    def fill(self, series: int) -> str:
        return f'class="edge" fill="url(#{self.name}-{series + 1})"'

    def line(self, kind: str, x: tuple[Decimal, Decimal], y: tuple[Decimal, Decimal]) -> None:
        ends = f'x1="{self.x(x[0])}" x2="{self.x(x[1])}" y1="{short(y[0])}" y2="{short(y[1])}"'
        self.marks.append(f'<line class="{kind}" {ends}/>')

    def text(self, words: str, kind: str, x: Decimal, y: Decimal) -> None:
        """Some words; too long ones are cut, with all of them as their title."""
        title, shown = "", words
        if len(words) > LONGEST:
            title, shown = f"<title>{escape(words)}</title>", f"{words[: LONGEST - 1]}…"
        self.marks.append(self._text(title, shown, kind, x, y))

    def _text(self, title: str, words: str, kind: str, x: Decimal, y: Decimal) -> str:
        named = f' class="{kind}"' if kind else ""
        return f'<text{named} x="{self.x(x)}" y="{short(y)}">{title}{escape(words)}</text>'

    def number(self, point: Point, tip: str, kind: str, x: Decimal, y: Decimal) -> None:
        """A number written out, as a link where something is behind it."""
        shown = number(point)
        self.widest = max(self.widest, len(shown))
        text = self._text("", shown, kind, x, y)
        if self.up is None or point.figure is None:
            self.marks.append(text)
        else:
            address = f"{self.up}{point.figure.address}"
            self.links.append(f'<a href="{address}" aria-label="{escape(tip)}">{text}</a>')

    def area(
        self, series: int, tip: str, x: tuple[Decimal, Decimal], y: tuple[Decimal, Decimal]
    ) -> None:
        """A piece of a column or a bar between two ends either way."""
        (left, right), (top, bottom) = sorted(x), sorted(y)
        size = f'width="{self.x(right - left)}" height="{short(bottom - top)}"'
        at = f'x="{self.x(left)}" y="{short(top)}"'
        title = f"<title>{escape(tip)}</title>"
        self.marks.append(f"<rect {self.fill(series)} {at} {size}>{title}</rect>")

    def point(self, series: int, tip: str, x: Decimal, y: Decimal) -> None:
        """The point of a line. A drawing within the drawing puts it where a per cent says."""
        shape = f'd="{SHAPES[series % len(SHAPES)]}"><title>{escape(tip)}</title></path>'
        inner = f'<path class="m{series + 1}" {shape}'
        self.marks.append(self._placed(x, y, inner))

    def _placed(self, x: Decimal, y: Decimal, inner: str) -> str:
        return f'<svg x="{self.x(x)}" y="{short(y)}" overflow="visible">{inner}</svg>'

    def key(self, series: int, name: str, x: Decimal, y: Decimal, *, lines: bool) -> None:
        """An entry of the legend."""
        swatch = f'<rect {self.fill(series)} x="1" y="2" width="20" height="14"/>'
        if lines:
            path = f'<path class="m{series + 1}" d="{SHAPES[series % len(SHAPES)]}"/>'
            swatch = (
                f'<line class="l{series + 1}" x1="0" x2="24" y1="9" y2="9"/>'
                f'<svg x="12" y="9" overflow="visible">{path}</svg>'
            )
        shown = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        text = f'<text x="30" y="14">{escape(shown)}</text>'
        self.marks.append(self._placed(x, y, swatch + text))

    def patterns(self, series: int) -> str:
        """What the areas of so many series are filled with."""
        made = []
        for k in range(series):
            hatch = HATCHES[k % len(HATCHES)]
            lines = f'<path class="hatch" d="{hatch}"/>' if hatch else ""
            made.append(
                f'<pattern id="{self.name}-{k + 1}" width="8" height="8" patternUnits="userSpaceOnUse">'
                f'<rect class="c{k + 1}" width="8" height="8"/>{lines}</pattern>'
            )
        return f"<defs>{''.join(made)}</defs>"
