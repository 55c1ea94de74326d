"""Standards of discretion: which bracket a penalty lies in, where in it, and what is said of it."""

from __future__ import annotations

import re
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure import discretion
from disclosure.discretion import Bracket, Standards
from disclosure.site import bars
from scripts import invented

OLD = Bracket("污染公路", "轻微", "500", "1500", "CF-21", start="2020-01-01", end="2026-01-01")
NEW = Bracket("污染公路", "轻微", "1500", "2000", "CF-21", start="2026-01-01")
GRAVE = Bracket("污染公路", "严重", "4000", "", "CF-21", start="2020-01-01")


def known(*brackets: Bracket) -> Standards:
    """Standards as they are read from the rows of a collection."""
    rows = [
        {
            **{name: getattr(b, name) for name in ("violation", "degree", "least", "most")},
            "power_code": b.power,
            "effective": b.start,
            "ended": b.end,
        }
        for b in brackets
    ]
    return discretion.standards(pd.DataFrame(rows, dtype="str"))


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2019-12-31", None),
        ("2020-01-01", OLD),
        ("2025-12-31", OLD),
        ("2026-01-01", NEW),
        ("2026-11-22", NEW),
    ],
)
def test_the_bracket_in_force_on_the_day_of_the_decision(day: str, found: Bracket | None) -> None:
    standards = known(OLD, NEW, GRAVE)
    assert standards.find("污染公路", "", "轻微", day) == found
    assert standards.find("污染公路", "CF-21", "一般", day) is None
    # An offence that the standards do not name is found by its power.
    assert standards.find("用别的话说的污染公路", "CF-21", "轻微", day) == found
    assert standards.find("用别的话说的污染公路", "CF-22", "轻微", day) is None


def test_a_power_with_several_offences_decides_nothing() -> None:
    other = Bracket("损坏公路", "严重", "9000", "", "CF-21")
    assert known(GRAVE, other).find("毁坏公路", "CF-21", "严重", "2026-01-01") is None
    assert known(GRAVE, other).find("损坏公路", "CF-21", "严重", "2026-01-01") == other


def test_without_a_degree_all_brackets_of_the_offence_are_the_bracket() -> None:
    standards = known(OLD, NEW, GRAVE)
    assert standards.whole("污染公路", "", "2025-12-31") == Bracket("污染公路", "", "500", "")
    assert standards.whole("用别的话说的", "CF-21", "2026-01-01") == Bracket(
        "污染公路", "", "1500", ""
    )
    assert known(OLD, NEW).whole("污染公路", "", "2026-01-01") == Bracket(
        "污染公路", "", "1500", "2000"
    )
    assert standards.whole("污染公路", "", "2019-12-31") is None
    other = Bracket("损坏公路", "严重", "9000", "", "CF-21")
    assert known(GRAVE, other).whole("毁坏公路", "CF-21", "2026-01-01") is None


@given(
    st.decimals(0, 10**7, places=2),
    st.decimals(0, 10**7, places=2),
    st.decimals(0, 10**7, places=2),
)
def test_both_ends_are_inside(one: Decimal, other: Decimal, fine: Decimal) -> None:
    low, high = sorted((one, other))
    bracket = Bracket("甲", "一般", str(low), str(high))
    assert bracket.holds(fine) == (low <= fine <= high)
    assert bracket.holds(low)
    assert bracket.holds(high)
    said = bars.sentence(bracket, fine)
    assert f"本案罚款 {fine:,} 元" in said
    assert ("低于下限" in said) == (fine < low)
    assert ("高于上限" in said) == (fine > high)
    assert ("见裁量理由" in said) == (not bracket.holds(fine))
    if percent := re.search(r"约 (\d+)% 处", said):
        share = (fine - low) / (high - low) * 100
        assert abs(int(percent[1]) - share) <= Decimal("0.5")


@pytest.mark.parametrize(
    ("fine", "says"),
    [
        ("499.99", "本案罚款 499.99 元，低于下限 0.01 元，见裁量理由。"),
        ("500", "本案罚款 500 元，为幅度的下限。"),
        ("750", "本案罚款 750 元，在幅度以内，位于自下限起约 25% 处。"),
        ("1500", "本案罚款 1,500 元，为幅度的上限。"),
        ("21500", "本案罚款 21,500 元，高于上限 20,000 元，见裁量理由。"),
    ],
)
def test_where_a_fine_lies_in_words(fine: str, says: str) -> None:
    assert bars.sentence(OLD, Decimal(fine)) == says


def test_a_bracket_without_end_has_no_share() -> None:
    assert discretion.span(GRAVE) == "4,000 元以上"
    assert bars.sentence(GRAVE, Decimal(90_000)) == "本案罚款 90,000 元，在幅度以内。"
    assert "不设上限" in bars.bar([NEW, GRAVE], GRAVE, Decimal(90_000))


@given(st.decimals(0, 10**6, places=2), st.sampled_from([NEW, GRAVE]))
def test_the_bar_keeps_its_order(fine: Decimal, mine: Bracket) -> None:
    drawn = bars.bar([NEW, GRAVE], mine, fine)
    assert drawn.count("<rect") == 2
    [(left, width)] = re.findall(r'class="mine" x="(\d+)" y="5" width="(\d+)"', drawn)
    [mark] = re.findall(r'd="M(\d+) 0V24"', drawn)
    assert 0 <= int(left) <= int(left) + int(width) <= bars.WIDTH
    assert 0 < int(mark) < bars.WIDTH
    if mine.holds(fine):
        assert int(left) - 3 <= int(mark) <= int(left) + int(width) + 3
    assert "style=" not in drawn
    assert "<script" not in drawn


def test_a_line_leads_to_its_bracket_and_escapes_what_it_says() -> None:
    bracket = Bracket("<b>", "一&般", "1", "3", path="discretion/item/x.html")
    standards = Standards({"<b>": (bracket,)}, {})
    [line, none] = bars.lines(
        standards,
        [("<b>", "", "一&般", "2026-01-01", "2"), ("乙", "", "一般", "2026-01-01", "2")],
        "../../",
    )
    assert '<a href="../../discretion/item/x.html">一&amp;般：1 元至 3 元</a>' in line
    assert "约 50% 处" in line
    assert none == ""


def test_the_fines_of_the_sample_lie_in_its_standards_or_say_why() -> None:
    standards = known(
        *(
            Bracket(
                r["violation"],
                r["degree"],
                r["least"],
                r["most"],
                r["power_code"],
                start=r["effective"],
                end=r["ended"],
            )
            for r in invented.brackets()
        )
    )
    outside = 0
    for year in (2025, 2026):
        for row in invented.penalties(year, 1500, seed="裁量"):
            bracket = standards.find(
                row["violation"], row["power_code"], row["discretion"], row["decided"]
            )
            assert bracket
            if "fine" in row:
                inside = bracket.holds(Decimal(row["fine"]))
                assert inside == ("discretion_reason" not in row)
                outside += not inside
    assert outside
