"""From a number in a report to the rows behind it: as many as the report says, on any screen and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import build, copy_project, leave_only
from playwright.sync_api import Browser, Page, expect

from .conftest import served
from .test_pages import check_frame

REPORT = """\
---
title: 虚构的数字报告
figures:
  处罚总数: {count: penalties, where: {年度: 2025}}
  出租汽车: {count: penalties, where: {年度: 2025, 业务类别: 出租汽车}}
  占比: {share: [出租汽车, 处罚总数], decimals: 2}
  罚款: {sum: penalties.罚款金额, where: {年度: 2025}, unit: 万元, decimals: 2}
  信访: {given: 43, unit: 件, source: 信访工作台账}
  按类别: {count: penalties, by: 业务类别, where: {年度: 2025}}
  没有: {count: penalties, where: {年度: 2025, 罚款金额: {from: 900000000}}}
---

全年办理行政处罚案件{{ 处罚总数 }}起，其中出租汽车{{ 出租汽车 }}起，占{{ 占比 }}%；罚款{{ 罚款 }}万元；
信访{{ 信访 }}件，按类别见{{ 按类别 }}起；九亿元以上的{{ 没有 }}起。
"""
FEW = "出租汽车"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small site with a report that prints figures."""
    project = copy_project(tmp_path_factory.mktemp("figures") / "project")
    leave_only(project, "penalties", "powers")
    (project / "docs/reports/figures.md").write_text(REPORT, "utf-8")
    result = build(project)
    assert result.returncode == 0, result.stdout + result.stderr
    with served(project / "site") as address:
        yield address


@pytest.fixture
def page(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    width = getattr(request, "param", 1280)
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{site}reports/figures/")
    yield page
    context.close()


def rows(page: Page) -> int:
    """How many rows a reader counts who turns all pages of a list."""
    total = 0
    while True:
        table = page.locator("table", has=page.locator("caption", has_text="逐条记录"))
        total += table.locator("tbody tr").count()
        older = page.locator('.pager a[rel="next"]')
        if not older.count():
            return total
        with page.expect_navigation():
            older.click()


@pytest.mark.parametrize("number", ["处罚总数", FEW, "没有", "罚款"])
def test_the_rows_behind_a_number_are_as_many_as_it_says(page: Page, number: str) -> None:
    printed = page.locator("a.figure").nth(
        ["处罚总数", FEW, "占比", "罚款", "信访", "按类别", "没有"].index(number)
    )
    said = printed.inner_text()
    printed.click()
    expect(page.locator("h1")).to_have_text(f"底数：{number}")
    expect(page.locator(".total strong")).to_have_text(said)
    with page.expect_navigation():
        page.locator(".fields a", has_text="虚构的数字报告").click()
    page.go_back()
    listed = page.locator(".reckoning div", has=page.locator("dt", has_text="列示")).inner_text()
    gone = re.search(r"另有 ([\d,]+) 件", listed)
    hidden = int(gone[1].replace(",", "")) if gone else 0
    heading = page.locator("h2", has_text="逐条记录").inner_text()
    promised = int(re.sub(r"\D", "", heading))
    found = rows(page)
    assert found == promised
    if number != "罚款":
        assert found + hidden == int(said.replace(",", ""))
    assert (found == 0) == (number == "没有")


def test_each_row_leads_to_its_record(page: Page) -> None:
    page.locator("a.figure").nth(1).click()
    link = page.locator("table.rows tbody th a").first
    number = link.inner_text()
    link.click()
    expect(page.locator(".record")).to_contain_text(number)


def test_a_share_leads_to_both_of_its_numbers(page: Page) -> None:
    page.locator("a.figure").nth(2).click()
    line = page.locator("dd", has_text="÷").inner_text()
    first, second = re.findall(r"[\d,]+", line)[:2]
    for number, name in ((first, FEW), (second, "处罚总数")):
        with page.expect_navigation():
            page.locator(".fields a", has_text=name).first.click()
        expect(page.locator(".total strong")).to_have_text(number)
        page.go_back()


def test_the_downloads_are_there(page: Page) -> None:
    page.locator("a.figure").nth(1).click()
    for name in ("CSV", "XLSX"):
        with page.expect_download() as started:
            page.locator(".downloads a", has_text=name).click()
        assert started.value.suggested_filename == f"底数-{FEW}.{name.lower()}"
        assert Path(started.value.path()).stat().st_size


@pytest.mark.parametrize("page", [375, 768, 1440], indirect=True)
def test_pages_of_figures_open_well(page: Page, site: str) -> None:
    addresses = [a.get_attribute("href") or "" for a in page.locator("a.figure").all()]
    for address in ["reports/figures/", "figures/", *(a.removeprefix("../../") for a in addresses)]:
        page.goto(site + address)
        check_frame(page)
        assert page.locator("th:not([scope])").count() == 0


def test_a_number_is_a_link_that_keyboards_reach(page: Page) -> None:
    number = page.locator("a.figure").first
    style = "e => getComputedStyle(e).textDecorationStyle"
    assert number.evaluate(style) == "dotted"
    same = "e => getComputedStyle(e).color === getComputedStyle(e.parentElement).color"
    assert number.evaluate(same)
    number.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert number.evaluate("e => e.matches(':focus-visible')")
    assert number.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 2
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("底数：处罚总数")


def test_on_paper_numbers_are_plain(page: Page) -> None:
    page.emulate_media(media="print")
    line = "e => getComputedStyle(e).textDecorationLine"
    assert page.locator("a.figure").first.evaluate(line) == "none"
    page.locator("a.figure").first.evaluate("e => e.click()")
    expect(page.locator(".total strong")).to_be_visible()
    expect(page.locator(".pager").first).not_to_be_visible()
