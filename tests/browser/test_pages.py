"""The pages people read: each kind of them at phone and desktop width, and the way from a list to a company."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import Open

WIDTHS = pytest.mark.parametrize("width", [375, 768, 1440])


def first(site: Path, pattern: str) -> str:
    """The address of the first page that fits, by name."""
    found = (path.relative_to(site).as_posix() for path in sorted(site.glob(pattern)))
    return next(name for name in found if not name.endswith("index.html"))


def addresses(site: Path) -> dict[str, str]:
    """One page of each kind."""
    return {
        "home": "",
        "front": "penalties/",
        "year": "penalties/2020/",
        "month": "penalties/2020-06/",
        "kind": "penalties/kind-fakuan/",
        "record": first(site, "penalties/2025/[b-v]*.html"),
        "powers": "powers/",
        "power": first(site, "powers/item/[b-v]*.html"),
        "companies": "companies/",
        "company": first(site, "companies/*/*.html"),
        "changes": "changes/",
        "changes of a month": "changes/2026-11/",
        "what comes down next": "changes/next/",
        "withdrawals": "withdrawals/",
        "withdrawals of a year": "withdrawals/2025/",
        "notice": notice(site),
        "report": "reports/law-2020/",
        "late": "reports/website-2025/",
        "timeliness": "timeliness/",
        "duties": "duties/",
        "tasks and units": "tasks/matrix/2026/",
        "announcement": "notices/key-points-2021/",
        "plan": "plans/campaign-2023/",
        "guide": "guide/",
        "figures": "figures/",
        "selfcheck": "selfcheck/",
        "missing": "404.html",
    }


def notice(site: Path) -> str:
    """The address of a withdrawn record."""
    found = re.search(
        r'href="\.\./(\w+/\d+/\w+\.html)"', (site / "withdrawals/index.html").read_text("utf-8")
    )
    assert found
    return found[1]


def check_frame(page: Page) -> None:
    """What every page owes its readers."""
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
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
    for address in addresses(sample_site).values():
        page.goto(server + address)
        check_frame(page)


def test_tables_name_their_headers(opened: Open, sample_site: Path) -> None:
    pages = addresses(sample_site)
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
    page = opened(addresses(sample_site)["record"])
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
    page = opened(addresses(sample_site)["report"])
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("navigation", name="主导航")).not_to_be_visible()
    expect(page.get_by_text("示例数据", exact=True)).to_be_visible()
    style = "getComputedStyle(document.querySelector('main p')).color"
    assert page.evaluate(style) in ("rgb(0, 0, 0)", "black")
