"""The matrix of tasks on a phone: it scrolls by itself, and the tasks stay where they are."""

from __future__ import annotations

from io import BytesIO

from playwright.sync_api import Browser
from pypdf import PdfReader

from .conftest import Open

REGION = ".table-wrap:has(.matrix)"


def test_tasks_stay_while_the_units_scroll_by(opened: Open) -> None:
    page = opened("tasks/matrix/2021/", width=375, java_script_enabled=False)
    region, task = page.locator(REGION), page.locator(".matrix tbody th[scope=row]").first
    last = page.locator(".matrix thead th").last
    before, hidden = task.bounding_box(), last.bounding_box()
    region.evaluate("region => region.scrollLeft = region.scrollWidth")
    after, shown = task.bounding_box(), last.bounding_box()
    assert before
    assert after
    assert hidden
    assert shown
    assert (before["x"], before["width"]) == (after["x"], after["width"])
    assert hidden["x"] > 375 > shown["x"] + shown["width"] - 1
    assert page.evaluate("document.documentElement.scrollWidth") == 375


def test_it_prints_on_wide_paper(browser: Browser, server: str) -> None:
    page = browser.new_page()
    page.goto(f"{server}tasks/matrix/2021/")
    content = page.pdf(prefer_css_page_size=True)
    page.close()
    sizes = {
        (round(float(sheet.mediabox.width)), round(float(sheet.mediabox.height)))
        for sheet in PdfReader(BytesIO(content)).pages
    }
    assert sizes == {(842, 595)}
