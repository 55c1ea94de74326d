"""What people come for, by keyboard alone, on wide and narrow screens, with scripts and without."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from . import kinds
from .conftest import Open

WAYS = pytest.mark.parametrize(
    ("width", "scripts"),
    [
        pytest.param(width, scripts, id=f"{width}-{'with' if scripts else 'without'}-scripts")
        for width in (1280, 375)
        for scripts in (True, False)
    ],
)
PATIENCE = 160
"""How often somebody may have to press Tab to come to something."""
NAME = """() => {
  const e = document.activeElement;
  if (!e.matches('a, button, input, select, summary')) return ''; // a table that scrolls by itself
  return [e.getAttribute('aria-label'), e.innerText, ...[...e.labels || []].map(l => l.innerText)].join(' ');
}"""
PLACE = """() => {
  const e = document.activeElement, box = (e.labels && e.labels[0] || e).getBoundingClientRect();
  return [box.top >= 0 && box.bottom <= innerHeight && box.width > 0,
          [e, e.nextElementSibling || e].some(o => getComputedStyle(o).outlineStyle !== 'none')];
}"""
MOTION = """() => [...document.querySelectorAll('*')].filter(e => ['', '::before', '::after'].some(part => {
  const style = getComputedStyle(e, part || null);
  return style.animationName !== 'none' || style.transitionDuration.split(', ').some(d => d !== '0s')
    || style.scrollBehavior === 'smooth';
})).length"""


def reach(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus, which must be seen to have it."""
    for _ in range(PATIENCE):
        page.keyboard.press("Tab")
        if name in page.evaluate(NAME):
            assert page.evaluate(PLACE) == [True, True], name
            return
    raise AssertionError(f"Tab does not lead to {name}")


def follow(page: Page, name: str) -> None:
    before = page.url
    reach(page, name)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)


def choose(page: Page, name: str) -> None:
    """Take an entry of the main menu, which narrow pages fold up."""
    if (page.viewport_size or {})["width"] < 720:
        reach(page, "栏目导航")
        page.keyboard.press("Space")
    follow(page, name)


@pytest.fixture
def company(sample_site: Path) -> str:
    """The company that was punished last."""
    with (sample_site / "penalties/downloads/all.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["行政相对人类别"].startswith("法人")]
    return max(rows, key=lambda row: row["处罚决定日期"])["行政相对人名称"]


@WAYS
def test_find_the_penalties_of_a_company(
    opened: Open, company: str, width: int, scripts: bool
) -> None:
    page = opened(width=width, java_script_enabled=scripts)
    if scripts:
        reach(page, "搜索")
        page.keyboard.type(company)
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=*")
        expect(page.locator(".status")).to_contain_text("条结果")
        follow(page, company)
    else:
        choose(page, "行政执法公示")
        number = page.locator("tbody tr", has_text=company).first.locator("th").inner_text()
        follow(page, number)
    if "/companies/" not in page.url:
        follow(page, "该单位全部记录")
    expect(page.locator("h1")).to_have_text(company)
    penalties = page.locator("table", has=page.locator("caption", has_text="行政处罚"))
    first = penalties.locator("tbody th").first.inner_text()
    follow(page, first)
    expect(page.locator(".record")).to_contain_text(first)
    expect(page.locator("h1")).to_contain_text(company)


@WAYS
def test_read_a_report(opened: Open, width: int, scripts: bool) -> None:
    page = opened(width=width, java_script_enabled=scripts)
    choose(page, "工作报告")
    follow(page, "法治政府建设年度报告")
    expect(page.locator("h1")).to_have_text("2025年度法治政府建设年度报告")
    heading = page.locator(".toc a").nth(1).inner_text()
    reach(page, "下载 PDF")
    follow(page, heading)
    expect(page.locator(".text h2", has_text=heading)).to_be_in_viewport()
    page.keyboard.press("Tab")  # goes on from the heading, not from the table of contents
    assert page.evaluate("!document.activeElement.closest('.toc')")


@WAYS
def test_open_the_rows_behind_a_figure(
    opened: Open, sample_site: Path, width: int, scripts: bool
) -> None:
    address = kinds.address(sample_site, "report")
    page = opened(address, width=width, java_script_enabled=scripts)
    printed = page.locator("a.figure").first
    number, target = printed.inner_text(), printed.get_attribute("href") or ""
    follow(page, number)
    assert page.url.endswith(target.removeprefix("../../"))
    expect(page.locator("h1")).to_contain_text("底数：")
    expect(page.locator(".total strong")).to_have_text(number)
    if page.locator("table.rows tbody th a").count() == 0:
        follow(page, "逐条列示在")
    row = page.locator("table.rows tbody th a").first.inner_text()
    follow(page, row)
    expect(page.locator(".record")).to_contain_text(row)


@WAYS
def test_download_a_year(opened: Open, sample_site: Path, width: int, scripts: bool) -> None:
    page = opened(width=width, java_script_enabled=scripts)
    choose(page, "行政执法公示")
    follow(page, "2023年")
    expect(page.locator("h1")).to_have_text("2023年行政处罚")
    reach(page, "下载2023年行政处罚（CSV）")
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    assert started.value.suggested_filename == "2023年行政处罚.csv"
    offered = sample_site / "penalties/downloads/2023.csv"
    assert Path(started.value.path()).read_bytes() == offered.read_bytes()


@pytest.mark.parametrize("kind", ["home", "front", "year", "report", "search", "chart"])
def test_nothing_moves_where_rest_is_asked_for(opened: Open, sample_site: Path, kind: str) -> None:
    page = opened(kinds.address(sample_site, kind), reduced_motion="reduce")
    page.wait_for_load_state("networkidle")
    assert page.evaluate(MOTION) == 0
    if kind in ("front", "search"):  # what is being looked for again fades, or would
        rows = page.locator(".sifted, .hits")
        rows.evaluate("e => e.setAttribute('aria-busy', 'true')")
        assert page.evaluate(MOTION) == 0
        page.emulate_media(reduced_motion="no-preference")
        assert page.evaluate(MOTION) > 0
