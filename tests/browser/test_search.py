"""Journeys of people who look for something, in a real browser, on the sample site."""

from __future__ import annotations

import csv
import re
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import ROOT
from playwright.sync_api import Browser, Page, expect

from .conftest import Open

BOX = "[role=search] [type=search]"
WIDTHS = [320, 375, 768, 1440]


def rows(collection: str, year: str) -> list[dict[str, str]]:
    """Rows of the sample data that are on show."""
    with (ROOT / "data" / collection / f"{year}.csv").open(encoding="utf-8", newline="") as stream:
        return [
            row
            for row in csv.DictReader(stream)
            if row["是否公开"] != "否" and row["状态"] == "公示中" and not row["公示截止期"]
        ]


def company() -> dict[str, str]:
    """A penalty of a company that has no other one in its year."""
    firms = [row for row in rows("penalties", "2025") if row["行政相对人名称"].endswith("有限公司")]
    times = Counter(row["行政相对人名称"] for row in firms)
    return next(row for row in firms if times[row["行政相对人名称"]] == 1)


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def total(page: Page) -> int:
    """How many results the page says there are, once it says so."""
    status = page.get_by_role("status")
    expect(page.locator(".hits[aria-busy=false]")).to_be_attached()
    expect(status).to_contain_text("条结果")
    found = re.search(r"([\d,]+) 条结果", status.inner_text())
    assert found
    return int(found[1].replace(",", ""))


def results(page: Page) -> list[str]:
    total(page)
    return page.locator(".hits h3").all_inner_texts()


def search(page: Page, text: str) -> None:
    page.locator(BOX).fill(text)
    page.locator(BOX).press("Enter")


def test_two_characters_of_a_company_lead_to_its_record(opened: Open) -> None:
    row = company()
    name = row["行政相对人名称"]
    page = opened()
    page.keyboard.press("/")
    expect(page.locator(BOX)).to_be_focused()
    page.keyboard.type(name[3:5])
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    assert all(name[3:5] in text for text in options.all_inner_texts())
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    assert total(page) > 0
    search(page, name)
    page.locator(".hits h3 a").filter(has_text=row["违法行为类型"]).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_choosing_a_suggestion_searches_for_it(opened: Open) -> None:
    page = opened("penalties/")
    page.locator(BOX).press_sequentially(company()["行政相对人名称"][:6])
    first = page.locator("#suggestions").get_by_role("option").first
    text = first.inner_text()
    first.click()
    page.wait_for_url("**/search/?q=*")
    assert asked(page)["q"] == [text]
    assert text in results(page)[0]


@pytest.mark.parametrize(
    "spelling", ["{0}〔{1}〕{2}号", "{0}[{1}]{2}号", "{0} ( {1} ) {2}", "{1} {2}"]
)
def test_a_document_number_is_found_however_it_is_typed(opened: Open, spelling: str) -> None:
    number = rows("penalties", "2023")[10]["行政处罚决定书文号"]
    parts = re.fullmatch(r"(\D+)〔(\d+)〕(\d+)号", number)
    assert parts
    page = opened("search/")
    search(page, spelling.format(*parts.groups()))
    shown = page.locator(".hits li", has_text=number)
    expect(shown.first).to_be_visible()
    expect(shown.first.locator("mark").first).to_be_visible()


def test_filters_and_order_stand_in_the_address(opened: Open) -> None:
    page = opened("search/?q=超限")
    everything = total(page)
    page.locator("input[name=type][value='行政处罚']").check()
    page.get_by_role("checkbox", name="2023年").check()
    expect(page.locator(".chosen")).to_contain_text("2023年")
    page.get_by_label("排序").select_option("oldest")
    assert asked(page) == {
        "q": ["超限"],
        "type": ["行政处罚"],
        "year": ["2023"],
        "order": ["oldest"],
    }
    some = total(page)
    assert 0 < some < everything
    dates = page.locator(".hits time").all_inner_texts()
    assert dates == sorted(dates)
    assert all(date.startswith("2023-") for date in dates)
    titles = results(page)
    page.reload()
    assert results(page) == titles
    assert total(page) == some
    expect(page.get_by_role("checkbox", name="2023年")).to_be_checked()
    expect(page.get_by_label("排序")).to_have_value("oldest")
    page.get_by_role("link", name=re.compile("取消筛选 .*2023年")).click()
    expect(page.get_by_role("checkbox", name="2023年")).not_to_be_checked()
    assert "year" not in asked(page)


def test_filters_tell_how_many_results_each_gives(opened: Open) -> None:
    page = opened()
    search(page, company()["行政相对人名称"])
    everything = total(page)
    types = page.locator(".facet").first.locator("label:visible")
    expect(types.locator(".count").first).not_to_be_empty()
    counts = [int(text) for text in types.locator(".count").all_inner_texts()]
    assert sum(counts) == everything
    assert all(counts)
    types.first.click()
    expect(page.locator(".chosen li")).to_have_count(1)
    assert total(page) == counts[0]


def test_back_leads_through_the_views_and_from_a_record_to_the_place_left(opened: Open) -> None:
    page = opened("search/?q=超限")
    first = results(page)
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_role("status")).to_contain_text("第 2 页")
    second = results(page)
    assert not set(first) & set(second) or first != second
    page.evaluate("scrollTo(0, 500)")
    page.locator(".hits h3 a").nth(5).click()
    expect(page.locator("article.record")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("status")).to_contain_text("第 2 页")
    assert results(page) == second
    page.wait_for_function("scrollY === 500")
    page.go_back()
    expect(page.get_by_role("status")).to_contain_text("第 1 页")
    assert results(page) == first


def test_typing_searches_after_a_pause_and_leaves_one_step_in_the_history(opened: Open) -> None:
    page = opened("search/?q=许可")
    total(page)
    before = page.evaluate("history.length")
    page.locator(BOX).fill("")
    page.locator(BOX).press_sequentially("超限", delay=400)
    expect(page).to_have_title(re.compile("^超限 - "))
    total(page)
    assert asked(page)["q"] == ["超限"]
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    expect(page.locator(BOX)).to_have_value("许可")


def test_the_keyboard_is_enough(opened: Open) -> None:
    page = opened("search/")
    page.keyboard.press("/")
    page.keyboard.type("超限")
    page.keyboard.press("Enter")
    titles = results(page)
    links = page.locator(".hits h3 a")
    page.keyboard.press("ArrowDown")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator(BOX)).to_be_focused()
    page.keyboard.type("/")
    expect(page.locator(BOX)).to_have_value("超限/")
    page.keyboard.press("Backspace")
    total(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(titles[0])


@pytest.mark.parametrize("width", WIDTHS)
def test_every_width_holds_the_page(opened: Open, width: int) -> None:
    page = opened("search/?q=超限&type=行政处罚", width=width)
    total(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    filters = page.locator(".filters")
    if width < 960:
        expect(page.get_by_role("checkbox", name="2023年")).not_to_be_visible()
        filters.locator("summary").first.click()
    expect(filters.locator("summary").first).to_have_text("筛选（已选 1 项）")
    page.get_by_role("checkbox", name="2023年").check()
    expect(page.locator(".chosen")).to_contain_text("2023年")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_nothing_found_says_what_was_looked_for_and_what_to_do(opened: Open) -> None:
    page = opened("search/?q=没有（此）公司 ＡＢＣ&type=行政处罚")
    expect(page.get_by_role("status")).to_have_text("没有找到符合条件的信息")
    assert page.locator(".message .tag").all_inner_texts() == ["没有此公司", "abc"]
    expect(page.get_by_role("heading", name="按目录查找")).to_be_visible()
    page.get_by_role("link", name="取消全部筛选，再找一次").click()
    expect(page.locator(".chosen li")).to_have_count(0)
    expect(page.locator(".message")).not_to_contain_text("筛选")


def test_one_character_is_explained(opened: Open) -> None:
    page = opened("search/?q=船")
    expect(page.get_by_role("status")).to_have_text("请至少输入连续的两个字")
    expect(page.get_by_role("heading", name="按目录查找")).to_be_visible()


def test_an_empty_box_shows_the_lists(opened: Open) -> None:
    page = opened("search/")
    expect(page.get_by_role("heading", name="按目录查找")).to_be_visible()
    expect(page.locator(".filters")).not_to_be_visible()


def test_markup_in_a_query_stays_text(opened: Open) -> None:
    page = opened("search/?q=<img src=x onerror=alert(1)>超限&type=<b>类")
    expect(page.get_by_role("status")).to_have_text("没有找到符合条件的信息")
    expect(page.locator(".search-page img, .search-page b")).to_have_count(0)


def test_a_broken_connection_is_told_and_can_be_retried(browser: Browser, server: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route(re.compile(r"/search/[^?]"), lambda route: route.abort())
    page.goto(f"{server}search/?q=超限")
    expect(page.get_by_role("status")).to_have_text("搜索没有完成")
    expect(page.get_by_role("heading", name="按目录查找")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="再试一次").click()
    assert total(page) > 0
    context.close()


def test_without_scripts_the_lists_lead_to_a_record(opened: Open) -> None:
    page = opened(java_script_enabled=False)
    page.locator(BOX).fill("超限")
    page.locator(BOX).press("Enter")
    expect(page.locator(".notice")).to_be_visible()
    page.locator(".browse section", has_text="行政处罚").first.get_by_role(
        "link", name="2023年"
    ).click()
    page.locator("table.rows tbody a").first.click()
    expect(page.locator("article.record")).to_be_visible()


def test_the_box_is_small_on_every_page(opened: Open) -> None:
    for path in ("", "penalties/", "about/", "notices/key-points-2021/"):
        page = opened(path, java_script_enabled=False)
        expect(page.get_by_role("search")).to_be_visible()
        assert len(page.get_by_role("search").evaluate("form => form.outerHTML")) < 600
