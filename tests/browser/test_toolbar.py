"""The toolbar: what readers choose holds on every page, by mouse and by keyboard, and asks nobody else."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import segno
import segno.encoder
from playwright.sync_api import Page, expect

from .conftest import Open

ROOT = Path(__file__).parent.parent.parent
SPEAKS = """
const said = window.said = [];
Object.defineProperty(window, "speechSynthesis", {value: Object.assign(new EventTarget(), {
  getVoices: () => [{lang: "zh-CN", localService: LOCAL}],
  speak: (one) => { said.push(one.text); setTimeout(() => one.onend(), 0); },
  cancel: () => {},
})});
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""


def tool(page: Page, name: str) -> None:
    page.locator(".tools").get_by_role("button", name=name, exact=True).click()


def test_choices_hold_on_the_next_page(opened: Open) -> None:
    page = opened("penalties/2025/")
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    before = page.evaluate(size)
    tool(page, "字号大")
    tool(page, "高对比")
    page.locator("tbody a").first.click()
    expect(page.locator(".record")).to_be_visible()
    assert page.evaluate(size) > before
    expect(page.get_by_role("button", name="字号大")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="字号中")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("button", name="高对比")).to_have_attribute("aria-pressed", "true")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(0, 0, 0)"
    tool(page, "字号中")
    tool(page, "高对比")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    assert page.evaluate(size) == before
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []


def test_the_choice_is_there_before_the_page_is_painted(opened: Open) -> None:
    page = opened("guide/")
    tool(page, "长者模式")
    page.route(
        "**/toolbar.js", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    page.reload()
    assert page.evaluate("document.documentElement.dataset.mode") == "simple"


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_simple_layout_is_large_and_fits(opened: Open, width: int) -> None:
    page = opened("penalties/2025/", width=width)
    if width < 720:
        tool(page, "阅读工具")
    tool(page, "长者模式")
    server = page.url.partition("penalties/")[0]
    for address in ("penalties/2025/", "", "reports/website-2025/", "guide/", "sitemap/"):
        page.goto(server + address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        small = """[...document.querySelectorAll('.main-nav a, .sub-nav a, .tools button')]
            .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).length"""
        assert page.evaluate(small) == 0
        expect(page.get_by_label("主导航").get_by_role("link", name="权责清单")).to_be_visible()


def test_everything_is_reached_by_keyboard(opened: Open) -> None:
    page = opened("guide/", width=375)
    page.get_by_role("link", name="跳到正文").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="阅读工具")).to_be_focused()
    page.keyboard.press("Enter")
    names = []
    for _ in range(7):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent"))
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(outline) != "none"
    assert names == ["小", "中", "大", "高对比", "长者模式", "打印", "二维码"]
    page.keyboard.press("Space")
    expect(page.get_by_role("img", name="本页网址的二维码")).to_be_visible()


def test_nothing_is_offered_that_does_not_work(opened: Open) -> None:
    page = opened("guide/", java_script_enabled=False)
    expect(page.locator(".tools")).not_to_be_visible()
    assert page.locator(".tools button").count() == 0
    page = opened("404.html")
    expect(page.get_by_role("button", name="打印")).to_be_visible()
    expect(page.get_by_role("button", name="二维码")).to_have_count(
        0
    )  # it has no address of its own


@pytest.mark.parametrize("local", [True, False])
def test_reading_aloud_with_voices_of_this_device_only(opened: Open, local: bool) -> None:
    page = opened("guide/")
    page.add_init_script(SPEAKS.replace("LOCAL", str(local).lower()))
    page.reload()
    button = page.get_by_role("button", name="朗读")
    if not local:
        expect(page.get_by_role("button", name="打印")).to_be_visible()
        expect(button).to_have_count(0)
        return
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    said = page.evaluate("said")
    assert said[0] == "政府信息公开指南"
    assert any("《条例》" in text for text in said)


def test_print_has_the_code_and_no_tools(opened: Open) -> None:
    page = opened("reports/website-2025/")
    code = page.locator(".qr svg")
    expect(code).not_to_be_visible()
    page.emulate_media(media="print")
    expect(code).to_be_visible()
    expect(page.locator(".tools")).not_to_be_visible()


def test_what_the_system_asks_for_is_respected(opened: Open) -> None:
    black, white = "rgb(0, 0, 0)", "rgb(255, 255, 255)"
    for scheme, wanted in (("light", [black, white]), ("dark", [white, black])):
        page = opened("penalties/", contrast="more", color_scheme=scheme)
        colours = "(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))"
        assert page.evaluate(colours) == wanted
    page = opened("penalties/", forced_colors="active")
    tool(page, "高对比")
    chosen, other = (
        page.evaluate(
            f"getComputedStyle(document.querySelectorAll('.tools [aria-pressed={x}]')[0]).backgroundColor"
        )
        for x in ("true", "false")
    )
    assert chosen != other


def test_the_browser_draws_the_codes_that_the_standard_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Module by module those of segno, with any of the eight masks; segno adds a blank word to
    texts that end with a word, which the standard does not have."""
    monkeypatch.setattr(
        segno.encoder,
        "write_padding_bits",
        lambda buff, _, length: buff.extend([0] * (-length % 8)),
    )
    texts = [
        f"https://jtj.example.gov.cn/{'penalties/2025/bcdfgh.html' * 9}"[:n]
        for n in range(14, 213, 9)
    ]
    script = (
        f"import {{code}} from {json.dumps(str(ROOT / 'hooks/theme/assets/qr.js'))};"
        f"console.log(JSON.stringify([...{json.dumps(texts)}, 'x'.repeat(214)].map(code)))"
    )
    command = [str(shutil.which("node")), "--input-type=module", "-e", script]
    *made, none = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert none is None
    for text, rows in zip(texts, made, strict=True):
        wanted = [
            [[bool(x) for x in row] for row in segno.make(
                text, micro=False, error="m", mode="byte", boost_error=False, mask=mask
            ).matrix]
            for mask in range(8)
        ]  # fmt: skip
        assert rows in wanted, text
