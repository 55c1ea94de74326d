"""Patterns of schemas: they match whole texts, and none of them can take for ever."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure.intake import patterns

USUAL = (
    "AL-[0-9]{3}",
    "20[0-9]{2}年(1[0-2]|[1-9])月",
    "≤?[0-9]+([.][0-9]+)?(、≤?[0-9]+)*",
    "[甲乙].?",
    ".*",
)
"""Of the forms that schemas ask for."""


@given(st.sampled_from(USUAL), st.text(st.sampled_from("AL-0123456789年月≤.、甲乙\n"), max_size=9))
def test_they_fit_what_python_says_fits(pattern: str, text: str) -> None:
    assert patterns.fits(pattern, text) == bool(re.fullmatch(pattern, text, re.DOTALL))


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*", "(a|aa)+", "(.*)*x", "(a*)*(a*)*(a*)*"])
def test_none_takes_for_ever(pattern: str) -> None:
    """Python's own search would not come back in the age of the universe."""
    assert patterns.is_sound(pattern)
    assert not patterns.fits(pattern, "a" * 5_000 + "b")


@pytest.mark.parametrize(
    "pattern", ["(", "a)|(b", r"(a)\1", "(?=a)", "(?<!a)b", "[z-a]", "a{99999}"]
)
def test_what_it_cannot_do_is_no_pattern(pattern: str) -> None:
    assert not patterns.is_sound(pattern)
