"""Charts: every number, in the picture, in the table and in the file, is what plain counting finds."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import figuring
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, copy_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure import catalog, charts, descriptor
from disclosure.charts import Chart
from disclosure.collection import Collection
from disclosure.figures import bindings
from disclosure.figures.conditions import Choice
from disclosure.figures.counting import Table
from disclosure.figures.plotting import OTHERS
from disclosure.rules import status
from disclosure.rules.deadlines import LATE, ON_TIME, UNSTATED
from disclosure.schema import Schema
from disclosure.site import basis, canvas, drawings, painting, printing
from disclosure.site import charts as pages
from disclosure.site import timeliness as rates
from disclosure.site.shell import cut

TODAY = date(2026, 11, 22)
SITE = "https://jtj.example.gov.cn/"
SCHEMA = """\
title: 行政处罚
unit: 件
date: decided
record_title: "{number}"
primaryKey: [number]
list: [number]
fields:
  - {name: number, title: 文号, constraints: {required: true}}
  - {name: category, title: 业务类别}
  - {name: kind, title: 处罚类别, type: list, delimiter: "、"}
  - {name: fine, title: 罚款金额（元）, type: number, unit: 元, aliases: [罚款金额]}
  - {name: party, title: 当事人, mask: party-name}
  - {name: party_kind, title: 当事人类别}
  - {name: decided, title: 决定日期, type: date, constraints: {required: true}}
"""
Row = Mapping[str, str]


@cache
def schema_of() -> Schema:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.yml"
        path.write_text(SCHEMA, "utf-8")
        schema, findings = descriptor.load(path, name="penalties", file="schema.yml")
    assert schema is not None, findings
    return schema


def draw(text: str, rows: Sequence[Row], *, as_of: date = TODAY) -> dict[str, Chart]:
    """The charts of `data/charts.yml` over some rows, each `{…, "shown": "yes"}` or not; without findings."""
    with tempfile.TemporaryDirectory() as folder:
        schema = schema_of()
        names = [f.name for f in schema.fields]
        frame = pd.DataFrame(
            [
                {"category": "水上", "kind": "罚款", "fine": "", "party": "甲", **row}
                for row in rows
            ],
            columns=[*names, "shown"],
            dtype="str",
        )
        frame["number"] = frame["id"] = [f"n{n}" for n in range(len(frame))]
        seen = frame.pop("shown") != "no"
        states = pd.Series(np.where(seen, status.SHOWN, status.RETIRED), dtype="str")
        table = Table(schema, frame, states, frame["id"][seen])
        (Path(folder) / "charts.yml").write_text(text, "utf-8")
        found, findings = charts.load(Path(folder), {"penalties": table}, as_of=as_of)
        assert not [str(f) for f in findings if f.code not in ("S347", "N109")]
        return found


def chart(
    kind: str, figures: str, rows: Sequence[Row], *, split: str = "", as_of: date = TODAY
) -> Chart:
    more = f"split: {split}, " if split else ""
    text = f"charts:\n  one: {{title: 图, kind: {kind}, {more}figures: {{{figures}}}}}\n"
    return draw(text, rows, as_of=as_of)["one"]


BY_YEAR = "处罚: {count: penalties, by: 年度}"


class Cells(HTMLParser):
    """The rows of a table, and what each cell leads to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self.scopes: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
            self.scopes += [str(found.get("scope"))] if tag == "th" else []
        elif tag == "a":
            self.links.append(str(found["href"]))

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data


def grid(one: Chart) -> list[list[str]]:
    return Cells(pages.table(one)).rows


def svg(one: Chart, up: str | None = "../../") -> ElementTree.Element:
    return ElementTree.fromstring(drawings.draw(one, "x", up))


def spelled(number: Decimal | int | None) -> str:
    return (
        "—" if number is None else f"{number:,f}" if isinstance(number, Decimal) else f"{number:,}"
    )


def tips(picture: ElementTree.Element) -> list[str]:
    """What marks say of themselves."""
    found = [e for e in picture.iter() if e.tag in ("rect", "path")]
    return [title.text or "" for e in found for title in e.iterfind("title")]


def words(picture: ElementTree.Element, kind: str) -> list[str]:
    return [
        "".join(e.itertext()) for e in picture.iter("text") if kind in e.get("class", "").split()
    ]


def rounded(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"), ROUND_HALF_UP)


# ── The same numbers everywhere ──────────────────────────────────────────────────────────────────

YEARS = range(2019, 2027)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "decided": st.sampled_from([f"{year}-0{year % 9 + 1}-11" for year in YEARS]),
            "category": st.sampled_from(["水上", "公路", "港口", ""]),
            "fine": st.decimals(0, 10**6, places=2).map(str),
            "shown": st.sampled_from(["yes", "yes", "no"]),
        }
    ),
    min_size=1,
    max_size=40,
)


def years(rows: Sequence[Row]) -> list[str]:
    found = [int(row["decided"][:4]) for row in rows]
    return [str(year) for year in range(min(found), max(found) + 1)]


def label(year: str) -> str:
    return f"{year}年（截至11月22日）" if year == "2026" else f"{year}年"


@settings(max_examples=30)
@given(ROWS)
def test_a_bar_for_each_year_is_what_counting_finds(rows: list[Row]) -> None:
    one = chart("bar", BY_YEAR, rows)
    counts = {y: sum(row["decided"][:4] == y for row in rows) for y in years(rows)}
    assert grid(one) == [
        ["年度", "处罚"],
        *([label(y), str(n)] for y, n in counts.items()),
        ["全部", str(len(rows))],
    ]
    picture = svg(one)
    assert tips(picture) == [f"{y}年：{n} 件" for y, n in counts.items()]
    assert words(picture, "value") == [str(n) for n in counts.values()]
    heights = [
        Decimal(e.get("height", "")) for e in picture.iter("rect") if e.find("title") is not None
    ]
    top = canvas.scale([Decimal(n) for n in counts.values()]).high
    for height, n in zip(heights, counts.values(), strict=True):
        assert abs(height - drawings.PLOT * n / top) <= Decimal("0.01")


@settings(max_examples=30)
@given(ROWS)
def test_stacks_are_what_counting_finds(rows: list[Row]) -> None:
    one = chart("stacked", BY_YEAR, rows, split="业务类别")
    heads, *lines, foot = grid(one)
    shown = {row["category"] for row in rows if row["shown"] == "yes"} | {""}
    told = [c for c in ("水上", "公路", "港口", "") if any(row["category"] == c for row in rows)]
    named = {c or "（未填写）" for c in told if c in shown}
    assert set(heads[1:-1]) - {OTHERS} == named
    assert (OTHERS in heads) == any(c not in shown for c in told)

    def counted(name: str, year: str) -> int:
        some = [row for row in rows if year in ("", row["decided"][:4])]
        if name == OTHERS:
            return sum(row["category"] not in shown for row in some)
        return sum((row["category"] or "（未填写）") == name for row in some)

    for year, line in zip([*years(rows), ""], [*lines, foot], strict=True):
        some = [row for row in rows if year in ("", row["decided"][:4])]
        assert line[0] == (label(year) if year else "全部")
        assert line[1:] == [*(str(counted(name, year)) for name in heads[1:-1]), str(len(some))]
    expected = [f"{y}年，{n}：{counted(n, y)} 件" for y in years(rows) for n in heads[1:-1]]
    if len(heads) == 3:
        expected = [f"{y}年：{counted(heads[1], y)} 件" for y in years(rows)]
    assert tips(svg(one)) == expected


@settings(max_examples=30)
@given(ROWS)
def test_amounts_and_shares_are_exact(rows: list[Row]) -> None:
    figures = (
        "罚款: {sum: penalties.罚款金额, by: 年度, unit: 万元}, "
        "再罚: {sum: penalties.罚款金额, where: {业务类别: [水上, 公路, 港口]}, by: 年度, unit: 万元}"
    )
    one = chart("stacked", figures, rows)
    for year, line in zip(years(rows), grid(one)[1:], strict=False):
        some = [row for row in rows if row["decided"][:4] == year]
        sums = [
            rounded(sum((Decimal(r["fine"]) for r in part), Decimal(0)) / 10_000)
            for part in (some, [r for r in some if r["category"]])
        ]
        assert line[1:] == [spelled(n) for n in (*sums, sum(sums))]
    share = "全: {count: penalties, by: 年度}, 水: {count: penalties, where: {业务类别: 水上}, by: 年度}, 率: {share: [水, 全]}"
    for year, line in zip(years(rows), grid(chart("line", share, rows))[1:], strict=False):
        some = [row for row in rows if row["decided"][:4] == year]
        part = sum(row["category"] == "水上" for row in some)
        expected = rounded(Decimal(part * 100) / len(some)) if some else None
        assert line[1:] == [spelled(expected)]


@settings(max_examples=30)
@given(ROWS)
def test_the_file_says_the_same_and_leads_to_what_is_behind(rows: list[Row]) -> None:
    one = chart("stacked", BY_YEAR, rows, split="业务类别")
    content = pages.csv(one, SITE)
    assert content.startswith(b"\xef\xbb\xbf")
    heads, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    table = grid(one)
    size = len(table[0])
    assert [re.sub("（件）$", "", head) for head in heads[:size]] == table[0]
    assert [line[:size] for line in lines] == table[1:]
    known = {
        f"{SITE}{f.address}"
        for some in charts.figures({"one": one}).values()
        for f in some.values()
    }
    assert {cell for line in lines for cell in line[size:] if cell} == known


@settings(max_examples=30)
@given(ROWS, st.randoms())
def test_the_same_rows_in_any_order_make_the_same_bytes(rows: list[Row], chance: object) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, two = (chart("stacked", BY_YEAR, r, split="业务类别") for r in (rows, mixed))
    assert pages.content(one, SITE) == pages.content(two, SITE)
    assert painting.file(one, SITE) == painting.file(two, SITE)


def test_every_number_that_is_written_out_leads_to_its_figure() -> None:
    rows = [{"decided": f"{2020 + n % 5}-01-02", "category": "水上甲乙"[n % 4]} for n in range(30)]
    for one in (chart("bar", BY_YEAR, rows), chart("stacked", BY_YEAR, rows, split="业务类别")):
        own = {
            f.address: f for some in charts.figures({"one": one}).values() for f in some.values()
        }
        for address, cell in zip(
            Cells(pages.table(one)).links,
            [cell for line in grid(one)[1:] for cell in line[1:]],
            strict=True,
        ):
            assert own[address.removeprefix("../../")].text == cell
        for link in svg(one).iter("a"):
            figure = own[link.get("href", "").removeprefix("../../")]
            assert "".join(link.itertext()) == figure.text
            assert f"{figure.text} 件" in link.get("aria-label", "")
        assert len(list(svg(one).iter("a"))) == 5


# ── What is not said ─────────────────────────────────────────────────────────────────────────────


def test_what_is_off_show_is_counted_and_never_named() -> None:
    rows = [{"decided": "2025-01-02", "category": "水上"}] * 3
    rows += [{"decided": "2025-01-02", "category": "秘密", "shown": "no"}] * 2
    for one in (
        chart("stacked", BY_YEAR, rows, split="业务类别"),
        chart("bar", "处罚: {count: penalties, by: 业务类别}", rows),
    ):
        page = (
            pages.content(one, SITE)
            + pages.csv(one, SITE).decode()
            + painting.file(one, "").decode()
        )
        assert "秘密" not in page
        assert OTHERS in page
        assert "5" in grid(one)[-1]


def test_nobody_is_drawn_by_name() -> None:
    with tempfile.TemporaryDirectory() as folder:
        schema = schema_of()
        frame = pd.DataFrame(columns=[*(f.name for f in schema.fields), "id"], dtype="str")
        text = "charts: {one: {title: 图, kind: stacked, split: 当事人, figures: {处罚: {count: penalties, by: 年度}}}}"
        (Path(folder) / "charts.yml").write_text(text, "utf-8")
        found, findings = charts.load(
            Path(folder), {"penalties": Table.of(schema, frame)}, as_of=TODAY
        )
    assert not found
    assert [f.code for f in findings] == ["N117"]
    assert findings[0].place.column == text.index("split") + 1


# ── Odd data ─────────────────────────────────────────────────────────────────────────────────────

HOSTILE = [
    "<script>alert(1)</script>",
    '"><svg onload=x>',
    "a&b'c\"d",
    "=1+1",
    "长" * 300,
    "{{ 图：one }}",
]


@pytest.mark.parametrize("kind", ["bar", "stacked"])
@pytest.mark.parametrize("by", ["年度", "业务类别"])
def test_hostile_and_long_labels_stay_text(kind: str, by: str) -> None:
    rows = [{"decided": "2025-01-02", "category": text} for text in HOSTILE]
    split = "业务类别" if by == "年度" else "年度"
    one = chart(kind, f"处罚: {{count: penalties, by: {by}}}", rows, split=split)
    picture, page = svg(one), pages.content(one, SITE)
    assert {e.tag for e in picture.iter()} <= {
        "svg",
        "title",
        "desc",
        "defs",
        "pattern",
        "rect",
        "path",
        "g",
        "line",
        "text",
        "a",
    }
    told = grid(one)
    assert set(HOSTILE) <= ({*told[0]} if by == "年度" else {line[0] for line in told})
    assert "<script" not in page
    assert "onload=x>" not in page.replace("&gt;", "")
    assert all(
        len("".join(t.itertext()).replace(HOSTILE[4], "")) < 60 for t in picture.iter("text")
    )
    ElementTree.fromstring(painting.file(one, "<&>"))
    cells = csv.reader(io.StringIO(pages.csv(one, SITE).decode("utf-8-sig"), newline=""))
    assert "'=1+1" in {cell.removesuffix("（件）") for line in cells for cell in line}


def test_nothing_but_zero_and_nothing_at_all() -> None:
    one = chart(
        "bar", "罚: {sum: penalties.罚款金额, by: 年度}", [{"decided": "2025-01-02", "fine": "0"}]
    )
    assert grid(one)[1:] == [["2025年", "0.00"], ["全部", "0.00"]]
    assert "2025年：0.00 元" in tips(svg(one))
    for kind in ("bar", "line", "stacked"):
        none = chart(kind, BY_YEAR, [], split="业务类别" if kind == "stacked" else "")
        assert "没有可以画出的数字" in pages.content(none, SITE)
        ElementTree.fromstring(painting.file(none, SITE))


def test_one_value_fills_its_column() -> None:
    picture = svg(chart("line", BY_YEAR, [{"decided": "2025-01-02"}]))
    assert tips(picture) == ["2025年：1 件"]
    assert words(picture, "value") == ["1"]


def test_years_without_rows_are_drawn_as_nothing() -> None:
    rows = [{"decided": "2020-01-02"}, {"decided": "2023-01-02"}]
    assert [line[1] for line in grid(chart("bar", BY_YEAR, rows))[1:-1]] == ["1", "0", "0", "1"]


def test_months_follow_each_other_without_a_gap() -> None:
    rows = [{"decided": "2025-11-02"}, {"decided": "2026-02-02"}]
    one = chart("bar", "处罚: {count: penalties, by: 月份}", rows)
    assert one.labels == ["2025年11月", "2025年12月", "2026年1月", "2026年2月"]
    assert one.running == -1


def test_the_year_that_is_not_over_says_so() -> None:
    rows = [{"decided": "2025-01-02"}, {"decided": "2026-02-02"}]
    now = chart("line", BY_YEAR, rows)
    assert "截至11-22" in words(svg(now), "tick")
    assert "2026年还没有过完" in pages.content(now, SITE)
    later = chart("line", BY_YEAR, rows, as_of=date(2027, 1, 1))
    assert later.running == -1
    assert "没有过完" not in pages.content(later, SITE)


CHANGE = (
    "新: {count: penalties, where: {业务类别: 水上}, by: 年度}, "
    "旧: {count: penalties, where: {业务类别: 公路}, by: 年度}, 增长: {change: [新, 旧]}"
)


def test_a_decrease_hangs_below_and_what_cannot_be_computed_is_not_drawn() -> None:
    rows = [{"decided": "2024-01-02", "category": "公路"}] * 4
    rows += [{"decided": "2024-01-02", "category": "水上"}] * 1
    rows += [{"decided": "2025-01-02", "category": "水上"}] * 3
    one = chart("bar", CHANGE, rows)
    assert [line[1] for line in grid(one)[1:]] == ["-75.00", "—", "0.00"]
    picture = svg(one)
    assert tips(picture) == ["2024年：-75.00 %"]
    assert "“—”表示没有可以计算的数" in pages.content(one, SITE)
    bar = next(e for e in picture.iter("rect") if e.find("title") is not None)
    base = next(e for e in picture.iter("line") if e.get("class") == "base")
    assert bar.get("y") == base.get("y1")
    assert Decimal(bar.get("height", "")) > 0


def test_too_many_series_and_labels_are_put_together() -> None:
    rows = [
        {"decided": "2025-01-02", "category": f"类{n:02}"} for n in range(50) for _ in range(60 - n)
    ]
    stack = chart("stacked", BY_YEAR, rows, split="业务类别")
    assert len(stack.series) == charts.MOST_SERIES
    assert stack.series[-1].name == OTHERS
    assert (
        sum(int(cell.replace(",", "")) for cell in grid(stack)[1][1:-1])
        == len(rows)
        == int(grid(stack)[1][-1].replace(",", ""))
    )
    bars = chart("bar", "处罚: {count: penalties, by: 业务类别}", rows)
    assert len(bars.labels) == charts.MOST_LABELS
    assert bars.labels[-1] == OTHERS
    assert sum(int(line[1].replace(",", "")) for line in grid(bars)[1:-1]) == len(rows)


def test_a_row_of_several_kinds_counts_in_each_and_once_in_all() -> None:
    rows = [
        {"decided": "2025-01-02", "kind": "罚款、警告"},
        {"decided": "2025-01-02", "kind": "警告"},
    ]
    one = chart("bar", "处罚: {count: penalties, by: 处罚类别}", rows)
    assert grid(one)[1:] == [["警告", "2"], ["罚款", "1"], ["全部", "2"]]
    assert "相加不等于全部" in pages.content(one, SITE)


# ── The picture ──────────────────────────────────────────────────────────────────────────────────


def samples() -> list[Chart]:
    rows = [
        {"decided": f"{2020 + n % 7}-01-02", "category": f"类{n % 9}", "fine": str(n * 1000)}
        for n in range(90)
    ]
    made = [chart(k, BY_YEAR, rows, split="业务类别") for k in charts.KINDS]
    made += [chart("stacked", "处罚: {count: penalties, by: 业务类别}", rows, split="年度")]
    made += [
        chart(
            "bar",
            CHANGE,
            [{**r, "category": "水上公路"[i % 2 * 2 :][:2]} for i, r in enumerate(rows)],
        )
    ]
    return made


@pytest.mark.parametrize("number", range(5))
def test_a_picture_has_a_name_and_neither_style_nor_script(number: int) -> None:
    one = samples()[number]
    for text in (
        drawings.draw(one, "chart-x", "../../"),
        drawings.draw(one, "chart-x"),
        painting.file(one, SITE).decode(),
    ):
        picture = ElementTree.fromstring(text.replace(' xmlns="http://www.w3.org/2000/svg"', ""))
        every = list(picture.iter())
        assert not [e.tag for e in every if e.tag in ("style", "script", "image", "foreignObject")]
        assert not [a for e in every for a in e.attrib if a == "style" or a.startswith("on")]
        ids = [e.get("id") for e in every if e.get("id")]
        assert len(ids) == len(set(ids))
        whole = next(e for e in every if e.get("role") == "img")
        names = whole.get("aria-labelledby", "").split()
        assert [e.tag for i in names for e in every if e.get("id") == i] == ["title", "desc"]
        assert all((e.text or "").strip() for e in every if e.tag in ("title", "desc"))
        assert not list(whole.iter("a")), "nothing that can be reached lies within a picture"
        used = set(re.findall(r"url\(#([^)]*)\)", text))
        assert used <= {e.get("id") for e in picture.iter("pattern")}
    assert "class=" not in text
    assert "href" not in text


def test_a_line_that_does_not_begin_at_zero_says_so() -> None:
    rows = [{"decided": f"{2020 + n}-01-02"} for n in range(5) for _ in range(100 + n)]
    one = chart("line", BY_YEAR, rows)
    assert "纵轴从 100 起" in pages.content(one, SITE)
    assert "纵轴从 100 起" in drawings.told(one)
    assert "纵轴从 100 起" in painting.file(one, "").decode()
    assert "纵轴" not in pages.content(chart("bar", BY_YEAR, rows), SITE)


@given(st.lists(st.decimals(-(10**12), 10**12, places=2), max_size=20), st.booleans())
def test_scales_hold_all_values_between_few_even_steps(values: list[Decimal], zero: bool) -> None:
    found = canvas.scale(values, zero=zero)
    assert all(found.low <= value <= found.high for value in values)
    assert 2 <= len(list(found.ticks)) <= 8
    if zero:
        assert Decimal(0) in list(found.ticks)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_every_colour_stands_out_in_light_and_dark() -> None:
    sheet = (ROOT / "hooks/theme/assets/charts.css").read_text("utf-8")
    frame = (ROOT / "hooks/theme/assets/site.css").read_text("utf-8")
    papers = [
        p if len(p) == 7 else f"#{p[1] * 2}{p[2] * 2}{p[3] * 2}"
        for p in re.findall(r"--paper: (#\w+)", frame)
    ]
    light, dark = (
        dict(re.findall(r"--(c\d): (#\w{6})", part)) for part in sheet.split("@media")[:2]
    )
    assert list(light.values()) == list(painting.COLOURS)
    assert len(light) == len(dark) == charts.MOST_SERIES
    for colours, paper in ((light, papers[0]), (dark, papers[1])):
        for colour in colours.values():
            one, two = sorted((luminance(colour), luminance(paper)))
            assert (two + 0.05) / (one + 0.05) >= 3, (colour, paper)
    assert len(set(canvas.HATCHES)) == len(set(canvas.SHAPES)) == charts.MOST_SERIES


# ── Where charts stand ───────────────────────────────────────────────────────────────────────────


def everything(text: str, rows: Sequence[Row]) -> dict[str, bytes]:
    shell = cut("<qztitlezq|qzfolderzq|qzfilezq>qzcontentzq")
    return dict(pages.files(draw(text, rows), shell, SITE))


def test_an_edited_row_touches_the_charts_that_it_changes() -> None:
    text = (
        "charts:\n"
        "  count: {title: 数量, kind: bar, figures: {处罚: {count: penalties, by: 年度}}}\n"
        "  fines: {title: 金额, kind: bar, figures: {罚款: {sum: penalties.罚款金额, by: 年度}}}\n"
    )
    rows = [{"decided": "2025-01-02", "fine": "100"}, {"decided": "2026-01-02", "fine": "200"}]
    before, after = everything(text, rows), everything(text, [rows[0], {**rows[1], "fine": "300"}])
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {f"charts/fines/{name}" for name in ("index.html", "data.csv", "chart.svg")}


def test_a_chart_stands_in_a_page_that_names_it() -> None:
    one = chart("bar", BY_YEAR, [{"decided": "2025-01-02"}])
    body = "{{ 图：one }}\n\n{{图: one}}\n"
    bound = bindings.find(body)
    seen = figuring.catalog(figures={})
    object.__setattr__(seen, "charts", {"one": one})
    object.__setattr__(seen, "bindings", {"reports/x/": bound})
    assert not charts.embedded(seen.bindings, seen.charts)
    html = "".join(f"<p>{line}</p>" for line in bindings.tokens(body).split("\n\n"))
    page = printing.stamp(html, seen, "reports/x/")
    assert page.count("<svg") == 2
    assert 'href="../../charts/one/"' in page
    assert "qzfigure" not in page
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))


def test_what_only_charts_ask_leads_to_the_list_of_its_rows(tmp_path: Path) -> None:
    made = figuring.gather(tmp_path, [figuring.row(n) for n in range(120)])
    schema = made.collection.schema
    year = figuring.figure(made, id="f-year", where={"年度": Choice(("2026",))})
    odd = figuring.figure(
        made, lambda r: r["fine"] == "1", id="f-odd", where={"fine": Choice(("1",))}
    )
    drawn = {"charts/x/": {"处罚：2026年": year, "罚一元": odd}}
    files = figuring.build(tmp_path, figuring.catalog(made, figures=drawn))
    assert f'href="../../{schema.name}/2026/"' in files["figures/f-year/index.html"].decode()
    assert {p for p in files if "f-year" in p} == {"figures/f-year/index.html"}
    assert "没有可以列示的记录" in files["figures/f-odd/index.html"].decode()
    both = {**drawn, "reports/law-2026/": {"处罚": year}}
    files = figuring.build(tmp_path, figuring.catalog(made, figures=both))
    assert "figures/f-year/rows.csv" in files
    assert "处罚：2026年" not in files[basis.PATH].decode()
    assert 'href="../charts/"' in files[basis.PATH].decode()


def test_the_rates_of_timeliness_are_those_of_their_page(tmp_path: Path) -> None:
    data = tmp_path / "data"
    copy_settings(data, "permits/schema.yml", "permits/2022.csv", "permits/2023.csv")
    text = (data / "permits/schema.yml").read_text("utf-8")
    (data / "permits/schema.yml").write_text(
        re.sub(r"foreignKeys:\n(?:  .*\n)+", "", text), "utf-8"
    )
    (data / "charts.yml").write_text(
        "charts:\n  rate:\n    title: 及时率\n    kind: line\n    figures:\n"
        "      按期: {count: permits, where: {公开时效: 按期}, by: 年度}\n"
        f"      到期: {{count: permits, where: {{公开时效: [{ON_TIME}, {LATE}, {UNSTATED}]}}, by: 年度}}\n"
        "      许可: {share: [按期, 到期]}\n",
        "utf-8",
    )
    loaded = catalog.load(data, as_of=TODAY)
    assert not loaded.report.errors
    permits: Collection = loaded.collections["permits"]
    counts = {year: some for (_, year), some in permits.timeliness.counts[""].items()}
    expected = [[f"{year}年", rates.rate(counts[year]).rstrip("%")] for year in sorted(counts)]
    assert grid(loaded.charts["rate"])[1:-1] == expected
    assert any(line[1] != "100.00" for line in expected)
