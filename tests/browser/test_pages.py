"""The pages people read: each kind of them at phone and desktop width, and the way from a list to a company."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from . import kinds
from .conftest import Open

WIDTHS = pytest.mark.parametrize("width", [375, 768, 1440])


def check_frame(page: Page) -> None:
    """What every page owes its readers."""
    english = page.url.endswith("/en/")
    expect(page.locator("html")).to_have_attribute("lang", "en" if english else "zh-CN")
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("h1")).not_to_be_empty()
    for landmark in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    expect(page.get_by_text("示例数据", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "sideways scrolling"
    doubled = "[...document.querySelectorAll('[id]')].map(e => e.id).filter((x, i, a) => a.indexOf(x) < i)"
    assert page.evaluate(doubled) == []


@WIDTHS
def test_every_kind_of_page_opens_well(opened: Open, sample_site: Path, width: int) -> None:
    page = opened(width=width)
    server = page.url
    for address in (kinds.address(sample_site, kind) for kind in kinds.KINDS):
        page.goto(server + address)
        check_frame(page)


def test_tables_name_their_headers(opened: Open, sample_site: Path) -> None:
    pages = {kind: kinds.address(sample_site, kind) for kind in kinds.KINDS}
    page = opened()
    server = page.url
    for name in (
        "home",
        "front",
        "year",
        "powers",
        "company",
        "report",
        "timeliness",
        "duties",
        "tasks and units",
    ):
        page.goto(server + pages[name])
        assert page.locator("table").count()
        assert page.locator("th:not([scope])").count() == 0
    for name in ("front", "year", "powers", "company", "timeliness", "duties", "tasks and units"):
        page.goto(server + pages[name])
        assert page.locator("table:not(:has(caption))").count() == 0


def test_a_record_shows_what_is_filled_and_nothing_else(opened: Open, sample_site: Path) -> None:
    page = opened(kinds.address(sample_site, "record"))
    terms = page.locator(".record dt").all_inner_texts()
    assert "处罚决定日期" in terms
    assert not set(terms) & {"法定代表人", "证件号码", "行政相对人代码_2（工商注册号）"}
    assert all(text.strip() for text in page.locator(".record dd").all_inner_texts())
    link = page.locator(".permalink a")
    assert link.inner_text().startswith("https://jtj.example.gov.cn/penalties/2025/")
    link.click()
    expect(page.locator(".record")).to_be_visible()


@WIDTHS
def test_from_a_list_to_a_record_its_power_and_its_company(opened: Open, width: int) -> None:
    page = opened("penalties/2025/", width=width)
    page.locator("tbody tr", has_text="有限公司").locator("a").first.click()
    party = page.locator(".record dd").first.inner_text()
    record = page.url
    page.locator(".record dd a[href*=powers]").click()
    expect(page.locator(".record")).to_contain_text("责任事项")
    page.goto(record)
    page.get_by_role("link", name="该单位全部记录").click()
    expect(page.locator("h1")).to_have_text(party)
    assert page.locator("tbody th a").count() >= 1
    page.locator("tbody th a").first.click()
    expect(page.locator(".record dd").first).to_have_text(party)


def test_the_company_is_reached_by_keyboard_from_the_search(opened: Open) -> None:
    page = opened(width=375)
    page.keyboard.press("/")
    page.keyboard.type("远帆 罚款")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    expect(page.locator(".hits mark").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".record")).to_be_visible()
    company = page.get_by_role("link", name="该单位全部记录")
    company.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("远帆")


def test_a_phone_has_the_menu_without_scripts(opened: Open) -> None:
    page = opened(width=375, java_script_enabled=False)
    powers = page.get_by_label("主导航").get_by_role("link", name="权责清单")
    expect(powers).not_to_be_visible()
    page.get_by_text("栏目导航").click()
    expect(powers).to_be_visible()


def test_print_is_black_on_white_without_menus(opened: Open, sample_site: Path) -> None:
    page = opened(kinds.address(sample_site, "report"))
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("navigation", name="主导航")).not_to_be_visible()
    expect(page.get_by_text("示例数据", exact=True)).to_be_visible()
    style = "getComputedStyle(document.querySelector('main p')).color"
    assert page.evaluate(style) in ("rgb(0, 0, 0)", "black")
