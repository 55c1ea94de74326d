"""Journeys of people who narrow a list down, in a real browser, on the sample site."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .conftest import Open

WIDTHS = pytest.mark.parametrize("width", [320, 375, 768, 1280])
WATER = "?业务类别=水上"


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """Pages of which something is expected to fail."""
    context = browser.new_context()
    yield context
    context.close()


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def status(page: Page) -> str:
    """What the list says of itself once it has settled."""
    told = page.locator(".sifter > .status")
    expect(told).to_contain_text(re.compile(r"^共 |^没有"))
    expect(page.locator(".sifted[aria-busy=true]")).to_have_count(0)
    return told.inner_text()


def total(page: Page) -> int:
    found = re.match(r"共 ([\d,]+)", status(page))
    return int(found[1].replace(",", "")) if found else 0


def wait_for(page: Page, text: str) -> None:
    expect(page.locator(".sifter > .status")).to_contain_text(text)


def rows(page: Page) -> list[list[str]]:
    lines = page.locator(".sifted tbody tr")
    return [
        list(map(str.strip, line.locator("th, td").all_text_contents())) for line in lines.all()
    ]


def count(page: Page, name: str) -> int:
    """What stands beside a choice."""
    label = page.locator(".facet label", has_text=re.compile(f"^{name}")).first
    return int((label.locator(".count").text_content() or "0").replace(",", ""))


def unfold(page: Page, title: str) -> None:
    """Open a group of choices, on a narrow page within the panel."""
    panel = page.locator(".filters > summary")
    if panel.is_visible() and page.locator(".filters").get_attribute("open") != "":
        panel.click()
    page.locator(".facet > summary", has_text=title).click()


@WIDTHS
def test_choices_say_what_they_give_and_give_it(opened: Open, width: int) -> None:
    page = opened("penalties/", width=width)
    everything = total(page)
    unfold(page, "业务类别")
    water = count(page, "水上")
    page.get_by_role("checkbox", name="水上").check()
    wait_for(page, f"共 {water:,} 件")
    assert 0 < water < everything
    assert asked(page) == {"业务类别": ["水上"]}
    plain = page.locator(".plain")
    expect(plain).to_be_hidden()
    year = count(page, "2023年")
    expect(page.locator(".chosen a")).to_have_text(["业务类别：水上"])
    page.keyboard.press("Escape")
    unfold(page, "年份")
    page.get_by_role("checkbox", name="2023年").check()
    wait_for(page, f"共 {year} 件")
    assert all(line[-1].startswith("2023-") for line in rows(page))
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_order_and_page_stand_in_the_address_too(opened: Open) -> None:
    page = opened(f"penalties/{WATER}")
    some = total(page)
    page.get_by_label("排序").select_option("most")
    page.wait_for_url("**order=most*")
    status(page)
    expect(page.locator(".sifted tbody tr").first).to_be_visible()
    page.get_by_role("link", name="下一页").click()
    wait_for(page, "第 2 页")
    expect(page.locator("#sifted")).to_be_focused()
    fines = [float(line[-2].replace(",", "") or 0) for line in rows(page)]
    assert fines == sorted(fines, reverse=True)
    seen, address = rows(page), page.url
    again = opened(address.split("/", 3)[3])  # a copied address shows the same
    assert total(again) == some
    assert rows(again) == seen
    expect(again.get_by_label("排序")).to_have_value("most")
    page.go_back()
    wait_for(page, "第 1 页")
    page.go_back()
    page.wait_for_url(lambda url: "order" not in url)
    assert total(page) == some
    page.locator(".chosen a").click()
    expect(page.locator(".plain")).to_be_visible()
    assert not asked(page)
    page.go_back()
    wait_for(page, f"共 {some:,} 件")


def test_columns_say_and_change_the_order(opened: Open) -> None:
    page = opened("penalties/")
    total(page)
    fine = page.get_by_role("columnheader", name="罚款金额")
    day = page.get_by_role("columnheader", name="处罚决定日期")
    expect(day).to_have_attribute("aria-sort", "descending")
    assert fine.get_attribute("aria-sort") is None
    fine.get_by_role("link").click()
    page.wait_for_url("**order=most*")
    for wanted in ("descending", "ascending"):
        expect(fine).to_have_attribute("aria-sort", wanted)
        assert day.get_attribute("aria-sort") is None
        total(page)
        fines = [float(line[-2].replace(",", "") or 0) for line in rows(page)]
        assert fines == sorted(fines, reverse=wanted == "descending")
        if wanted == "descending":
            fine.get_by_role("link").click()
            page.wait_for_url("**order=least*")
    narrow = opened("penalties/?order=most", width=375)
    total(narrow)
    expect(narrow.locator("thead a")).to_have_count(0)  # nobody could see that they have the focus


def test_pages_have_numbers(opened: Open) -> None:
    page = opened(f"penalties/{WATER}")
    last = -(-total(page) // 20)
    numbers = page.locator(".pager .numbers a")
    assert numbers.all_inner_texts() == ["1", "2", str(last)]
    numbers.last.click()
    wait_for(page, f"第 {last} 页")
    expect(page.locator("#sifted")).to_be_focused()
    assert numbers.all_inner_texts() == ["1", str(last - 1), str(last)]
    expect(page.get_by_role("link", name=f"第 {last} 页")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("link", name="下一页")).to_have_count(0)


def test_a_view_is_known_by_its_title(opened: Open) -> None:
    page = opened("penalties/?业务类别=水上&year=2023")
    status(page)
    expect(page).to_have_title(re.compile("^业务类别：水上 - 年份：2023年 - 行政处罚 - "))
    expect(page.locator(".facet > summary", has_text="业务类别")).to_contain_text("已选1")
    page.get_by_role("link", name="取消全部筛选").first.click()
    expect(page).to_have_title(re.compile("^行政处罚 - "))
    expect(page.locator(".picked", has_text="已选")).to_have_count(0)


def test_choices_are_offered_once(opened: Open) -> None:
    page = opened("penalties/")
    total(page)
    expect(page.get_by_role("navigation", name="按年度")).to_be_visible()
    expect(page.get_by_role("navigation", name="按业务类别")).to_be_hidden()


def test_coming_back_from_a_record_finds_the_place(opened: Open) -> None:
    page = opened(f"penalties/{WATER}&page=2")
    status(page)
    record = page.locator(".sifted tbody a").nth(15)
    record.scroll_into_view_if_needed()
    left = page.evaluate("scrollY")
    assert left > 200
    record.click()
    expect(page.locator("article.record")).to_be_visible()
    page.go_back()
    wait_for(page, "第 2 页")
    until = time.monotonic() + 30  # no wait_for_function: the policy lets no text become a program
    while page.evaluate("scrollY") != left and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert page.evaluate("scrollY") == left


def test_a_list_of_one_year_is_narrowed_within_it(opened: Open) -> None:
    page = opened("penalties/2023/")
    expect(page.locator(".facet > summary", has_text="年份")).to_have_count(0)
    unfold(page, "金额")
    expect(page.locator(".sifter > .status")).to_contain_text("共 ")
    some = count(page, "1万–5万元")
    page.get_by_role("checkbox", name="1万–5万元").check()
    wait_for(page, f"共 {some} 件")
    assert all(line[-1].startswith("2023-") for line in rows(page))
    assert all(10000 <= float(line[-2].replace(",", "")) < 50000 for line in rows(page))


def test_the_lists_of_a_month_and_of_a_value_are_narrowed_within_them(opened: Open) -> None:
    page = opened("penalties/2023-05/?order=oldest")
    total(page)
    dates = [line[-1] for line in rows(page)]
    assert dates == sorted(dates)
    assert all(day.startswith("2023-05") for day in dates)
    page = opened("penalties/category-shuishang/?year=2021")
    plain = opened("penalties/?业务类别=水上&year=2021")
    assert total(page) == total(plain) > 0
    assert rows(page) == rows(plain)


def test_grouped_lists_give_way(opened: Open) -> None:
    page = opened("powers/")
    total(page)
    unfold(page, "承办机构")
    box = page.locator(".facet[open] input").first
    box.check()
    assert total(page) > 0
    expect(page.locator(".group").first).to_be_hidden()
    link = page.locator(".sifted tbody a").first
    name = page.locator(".sifted tbody td").first.inner_text()
    link.click()
    expect(page.locator("h1")).to_contain_text(name)


def test_nothing_fits_and_the_way_out(opened: Open) -> None:
    page = opened("penalties/?业务类别=没有的类别&year=2023")
    wait_for(page, "没有符合条件的记录")
    page.locator(".message").get_by_role("link", name="取消全部筛选").click()
    expect(page.locator(".plain")).to_be_visible()
    assert total(page) > 0


def test_markup_in_an_address_stays_text(opened: Open) -> None:
    page = opened("penalties/?业务类别=<img src=x onerror=alert(1)>&<b>=<i>")
    wait_for(page, "没有符合条件的记录")
    expect(page.locator(".sifter img, .sifter b, .sifter i")).to_have_count(0)


def test_the_keyboard_is_enough(opened: Open) -> None:
    page = opened("penalties/")
    total(page)
    page.locator(".facet > summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    first = page.locator(".facet[open] input").first
    expect(first).to_be_focused()
    page.keyboard.press("Space")
    page.wait_for_url("**year=*")
    status(page)
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".facet > summary").first).to_be_focused()
    expect(page.locator(".facet[open]")).to_have_count(0)
    page.locator(".sifted tbody a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("article.record")).to_be_visible()


def test_the_chosen_rows_are_saved_as_the_downloads_have_them(
    opened: Open, sample_site: Path
) -> None:
    page = opened("penalties/?业务类别=水上&year=2023&order=most")
    some = total(page)
    with page.expect_download() as saving:
        page.get_by_role("button", name="下载所选").click()
    assert saving.value.suggested_filename == f"行政处罚（所选{some}件）.csv"
    text = Path(saving.value.path()).read_bytes().decode()
    whole = (sample_site / "penalties/downloads/2023.csv").read_bytes().decode()
    assert text[0] == whole[0] == "\ufeff"
    head, *lines = csv.reader(io.StringIO(text[1:], newline=""))
    wanted, *all_lines = csv.reader(io.StringIO(whole[1:], newline=""))
    assert head == wanted
    assert len(lines) == some
    at = head.index("业务类别")
    assert sorted(lines) == sorted(line for line in all_lines if line[at] == "水上")
    numbers = [line[0] for line in rows(page)]
    column = head.index("行政处罚决定书文号")
    assert [line[column] for line in lines[: len(numbers)]] == numbers


@WIDTHS
def test_cards_are_still_a_table(opened: Open, width: int) -> None:
    page = opened(f"penalties/{WATER}", width=width)
    total(page)
    for table in (
        page.locator(".sifted table"),
        opened("penalties/2023/", width=width).locator("table.rows"),
    ):
        expect(table.get_by_role("rowheader").first).to_be_visible()
        expect(table.get_by_role("cell").first).to_be_visible()
        names = table.get_by_role("columnheader").all_inner_texts()
        labels = (
            table.locator("tbody tr")
            .first.locator("th, td")
            .evaluate_all("cells => cells.map(cell => cell.dataset.label)")
        )
        assert names == labels
        tree = roles(table.page)
        assert {"table", "row", "rowheader", "cell", "columnheader"} <= tree


def roles(page: Page) -> set[str]:
    """The roles that the browser tells a screen reader."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return {node["role"]["value"] for node in nodes if "role" in node}


def test_without_scripts_every_choice_is_a_link_to_a_page(opened: Open) -> None:
    page = opened("penalties/", java_script_enabled=False)
    expect(page.locator(".sifter")).to_be_hidden()
    for heading in ("按年度", "按业务类别", "按处罚类别", "按金额"):
        links = page.get_by_role("navigation", name=heading).get_by_role("link")
        assert links.count() > 1
    link = page.get_by_role("navigation", name="按金额").get_by_role("link", name="1万–5万元")
    some = re.search(r"([\d,]+)件", link.inner_text())
    assert some
    link.click()
    expect(page.locator("h1")).to_have_text("行政处罚：金额1万–5万元")
    fines = [
        float(text.replace(",", "")) for text in page.locator("tbody td.num").all_inner_texts()
    ]
    assert all(10000 <= fine < 50000 for fine in fines)


def test_without_the_files_of_filters_the_page_is_what_it_was(
    browser_context: BrowserContext, server: str
) -> None:
    page = browser_context.new_page()
    page.route(re.compile(r"/facets/"), lambda route: route.abort())
    page.goto(f"{server}penalties/")
    expect(page.locator("table.rows tbody a").first).to_be_visible()
    expect(page.get_by_role("navigation", name="按年度")).to_be_visible()


def test_a_broken_connection_is_told_and_can_be_retried(
    browser_context: BrowserContext, server: str
) -> None:
    page = browser_context.new_page()
    page.route(re.compile(r"/facets/.*bin"), lambda route: route.abort())
    page.goto(f"{server}penalties/{WATER}")
    expect(page.locator(".sifter > .status")).to_have_text("筛选没有完成")
    expect(page.locator(".plain")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="再试一次").click()
    assert total(page) > 0


def test_a_citation_is_copied(opened: Open) -> None:
    page = opened("penalties/2023/")
    page.locator("tbody a").first.click()
    title = page.locator("h1").inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制引用").click()
    expect(page.locator(".permalink [role=status]")).to_have_text("已复制。")
    copied = page.evaluate("navigator.clipboard.readText()")
    link = page.locator(".permalink a").inner_text()
    number = page.locator("dt:text-is('行政处罚决定书文号') + dd").inner_text()
    day = page.locator("dt:text-is('处罚决定日期') + dd").inner_text()
    assert copied == f"示例市交通运输局，《{title}》，{number}，{day}，{link}"


def test_a_citation_is_shown_where_it_cannot_be_copied(opened: Open) -> None:
    page = opened("penalties/2023/")
    page.locator("tbody a").first.click()
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
    )
    page.get_by_role("button", name="复制引用").click()
    shown = page.get_by_role("textbox", name="引用文字")
    expect(shown).to_be_focused()
    assert shown.input_value().startswith("示例市交通运输局，《")
