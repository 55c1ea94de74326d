"""Charts in a browser: legible on a phone, reached by keyboard, and each number with its rows."""

from __future__ import annotations

import itertools

import pytest

from .conftest import Open

CHARTS = ("penalties", "penalties-by-category", "penalties-by-kind", "fines", "timeliness")


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chart_is_legible_on_a_phone(opened: Open, name: str, scheme: str) -> None:
    page = opened(f"charts/{name}/", width=375, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    sizes = page.locator(".chart text").evaluate_all(
        "some => some.map(t => [parseFloat(getComputedStyle(t).fontSize), getComputedStyle(t).fill,"
        " t.getBoundingClientRect().width])"
    )
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert sizes
    for size, fill, width in sizes:
        assert size >= 12
        assert fill != paper
        assert width > 0


@pytest.mark.parametrize("name", ["penalties", "penalties-by-category", "fines"])
def test_numbers_do_not_touch_each_other_on_a_phone(opened: Open, name: str) -> None:
    page = opened(f"charts/{name}/", width=375)
    boxes = page.locator(".chart a").evaluate_all(
        "some => some.map(a => a.getBoundingClientRect()).map(b => [b.left, b.right])"
    )
    assert len(boxes) > 1
    for (_, right), (left, _) in itertools.pairwise(boxes):
        assert right < left


def test_a_number_of_a_chart_leads_to_its_rows(opened: Open) -> None:
    page = opened("charts/penalties/")
    region = page.get_by_role("region", name="图：历年行政处罚数量")
    region.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # what a report asks too is listed with its figure; this is not
    link = page.locator(":focus")
    number = link.text_content()
    assert link.get_attribute("aria-label") == f"2021年：{number} 件"
    page.keyboard.press("Enter")
    page.wait_for_url("**/figures/**")
    assert page.locator(".total strong").text_content() == number
    page.get_by_role("link", name="逐条列示在").click()
    assert page.url.endswith("/penalties/2021/")


def test_without_scripts_everything_is_there(opened: Open) -> None:
    page = opened("charts/penalties-by-category/", java_script_enabled=False)
    picture = page.get_by_role("img", name="历年行政处罚的业务类别")
    assert picture.count() == 1
    assert page.locator(".plotted tbody tr").count() == 7
