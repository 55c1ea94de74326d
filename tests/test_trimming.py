"""Stylesheets without what no page can meet: nothing that one can meet is lost."""

from __future__ import annotations

import re
from pathlib import Path

import material
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure.site import assets, trimming
from tests.conftest import ROOT

THEME = Path(str(material.__file__)).parent / "templates" / assets.THEME
OWN = sorted((ROOT / "hooks/theme/assets").glob("*.css"))


@pytest.fixture(scope="module")
def theme() -> str:
    return next(THEME.glob("main.*.min.css")).read_text("utf-8")


@pytest.mark.parametrize(
    ("style", "left"),
    [
        ("a{b:c}.x{d:e}", "a{b:c}"),
        (".x a,.y a{b:c}", ".y a{b:c}"),
        (".y:not(.x),.x:not(.y){b:c}", ".y:not(.x){b:c}"),
        (":is(.x,.y) a,p:has(> .x){b:c}", ":is(.x,.y) a,p:has(> .x){b:c}"),
        ("[data-md-color-scheme=slate] .y,#__drawer~.y,.y{b:c}", ".y{b:c}"),
        ("@media print{.x{b:c}}@media screen{.y,.x{b:c}}", "@media screen{.y{b:c}}"),
        ("@supports (a:b){@media print{.x{b:c}}}", ""),
        ('.y:after{content:"}.x{,;"}', '.y:after{content:"}.x{,;"}'),
        ('@charset "utf-8";@keyframes x{0%{b:c}}', '@charset "utf-8";@keyframes x{0%{b:c}}'),
        (".y{b:url(data:x;.x{})}", ".y{b:url(data:x;.x{})}"),
    ],
)
def test_only_selectors_that_ask_for_unknown_classes_go(style: str, left: str) -> None:
    assert trimming.trimmed(style, {"y"}) == left


@pytest.mark.parametrize(
    ("style", "left"),
    [
        (":root{--a:1;--b:var(--a)}p{c:var(--b)}", ":root{--a:1;--b:var(--a)}p{c:var(--b)}"),
        (":root{--a:1;--b:var(--a)}p{c:d}", "p{c:d}"),
        ("@media print{:root{--a:1}}p{c:d}", "p{c:d}"),
        (":root{--icon:url('x;--y:z');--kept:1}", ":root{--kept:1}"),
    ],
)
def test_custom_properties_that_nobody_asks_for_go(style: str, left: str) -> None:
    assert trimming.without_unused(style, "q{r:var(--kept)}") == left


@pytest.mark.parametrize(
    ("style", "short"),
    [
        ("/* why */\na,  b > c {\n  d: e f; /* } */\n}\n", "a, b > c{d: e f;}"),
        ("a { b: 'x  /* y */ {  ;' }", "a{b: 'x  /* y */ {  ;'}"),
        ("@media (a) and (b) { c :is(d) { e: f } }", "@media (a) and (b){c :is(d){e: f}}"),
        ("a{b:url(//x/*.png)}", "a{b:url(//x/*.png)}"),
        ("a/**/b{c:calc(1px + 2px)}", "a b{c:calc(1px + 2px)}"),
    ],
)
def test_comments_and_blanks_go_where_they_do_not_count(style: str, short: str) -> None:
    assert trimming.compact(style) == short


@given(st.text("ab.{};,()\"'/*\\ \n:-u", max_size=30))
def test_shortening_twice_is_shortening_once(style: str) -> None:
    once = trimming.compact(style)
    assert trimming.compact(once) == once


def test_what_is_known_to_all_stays_whole(theme: str) -> None:
    plain = re.sub(r"\[data-md-|#__", "[x-", theme)
    assert trimming.trimmed(plain, trimming.classes(plain)) == plain


def test_pages_hold_no_class_whose_styles_are_gone(theme: str, sample_site: Path) -> None:
    """No record, list or text is styled by a rule of the theme that was taken out."""
    known = assets.MARKED.union(*(trimming.classes(p.read_text("utf-8")) for p in OWN))
    gone = trimming.classes(theme) - known
    assert "md-header" in gone
    held: set[str] = set()
    for path in sorted(sample_site.rglob("*.html"))[::7]:
        for value in re.findall(r'class="([^"]*)"', path.read_text("utf-8")):
            held |= set(value.split())
    assert "md-typeset" in held
    assert not held & gone
