"""Numerals: which numbers of a text are quantities, what they say, and for which true values that holds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure.figures import numerals


def read(text: str) -> list[tuple[str, str, str]]:
    return [(str(q.value), q.unit, q.about) for q in numerals.find(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("全年办理行政处罚案件573起", [("573", "起", "")]),
        ("其中非法营运47件、水上198件", [("47", "件", ""), ("198", "件", "")]),
        ("发放资料2500余份", [("2500", "份", "余")]),
        ("发放资料2500份余", [("2500", "份", "余")]),
        ("约1,200人次，近300家", [("1200", "人次", "约"), ("300", "家", "近")]),
        ("罚款１２．５万元", [("12.5", "万元", "")]),
        ("占30.30%，百分之十五点一五", [("30.30", "%", ""), ("15.15", "%", "")]),
        ("二十八项任务，两批", [("28", "项", ""), ("2", "批", "")]),
        ("投资1.2亿元、3万人次", [("1.2", "亿元", ""), ("30000", "人次", "")]),
        ("2024年3月5日印发示交发〔2021〕12号，依据第48条、第三款", []),
        ("电话0000-12345678，JT-CF-008", []),
        ("一般情况下，三项制度", [("3", "项", "")]),
        ("二〇二四年", []),
        ("总数由128项调整为132项", [("128", "项", ""), ("132", "项", "")]),
    ],
)
def test_quantities_are_told_from_names(text: str, found: list[tuple[str, str, str]]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    ("stated", "unit", "low", "high"),
    [
        ("2500余份", "份", "2500", "2599"),
        ("2000余份", "份", "2000", "2999"),
        ("约2500份", "份", "2450", "2550"),
        ("近300家", "家", "201", "300"),
        ("573起", "件", "573", "573"),
        ("12.5万元", "元", "124500", "125499.99"),
        ("1.2亿元", "万元", "11500", "12499.99"),
    ],
)
def test_a_statement_holds_between_its_bounds(stated: str, unit: str, low: str, high: str) -> None:
    [quantity] = numerals.find(stated)
    step = Decimal("0.01") if "元" in unit else Decimal(1)
    assert numerals.holds(quantity, Decimal(low), unit)
    assert numerals.holds(quantity, Decimal(high), unit)
    assert not numerals.holds(quantity, Decimal(low) - step, unit)
    assert not numerals.holds(quantity, Decimal(high) + step, unit)


def test_what_cannot_be_compared_is_neither_true_nor_false() -> None:
    [quantity] = numerals.find("43批")
    assert numerals.holds(quantity, Decimal(43), "人次") is None
    assert numerals.holds(quantity, Decimal(43), "批")
    assert numerals.holds(quantity, Decimal(43))


@given(st.integers(0, 99_999_999))
def test_chinese_numerals_are_read(number: int) -> None:
    assert numerals.chinese(spelled(number)) == number


def spelled(number: int) -> str:
    """As people write it in words."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        zero = "零" if low and low < 1000 else ""
        return f"{spelled(high)}万{zero}{spelled(low) if low else ''}"
    text, gap = "", False
    for scale, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // scale % 10
        if digit:
            text += ("零" if gap and text else "") + "零一二三四五六七八九"[digit] + word
        gap = not digit
    return text or "零"
