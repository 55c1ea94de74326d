"""What inspectors look for on every kind of page: WCAG 2.2 A and AA, valid HTML, small and enlarged views.

Lists without bullets state their role all the same, because some screen readers go by the bullets.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import ROOT

from . import kinds

TOOLS = ROOT / "node_modules"
AXE = TOOLS / "axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that look at colours; the others do not depend on them."""
LOOKS: list[dict[str, Any]] = [
    {"color_scheme": "dark"},
    {"color_scheme": "light", "contrast": "more"},
    {"color_scheme": "dark", "contrast": "more"},
    {"color_scheme": "dark", "forced_colors": "active"},
]
PLAIN = {"color_scheme": "light", "contrast": "no-preference", "forced_colors": "none"}
WIDTHS = (375, 768, 1440)
EVERY = pytest.mark.parametrize("kind", kinds.KINDS)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    # axe is run as a part of the page, which the policy of the site would not let in.
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce")
    context.add_init_script(path=AXE)
    yield context.new_page()
    context.close()


@EVERY
def test_no_barrier_in_any_look_at_any_width(
    page: Page, server: str, sample_site: Path, kind: str
) -> None:
    page.goto(server + kinds.address(sample_site, kind))
    page.wait_for_load_state("networkidle")
    barriers = set()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(**PLAIN)
        barriers |= audited(page, RULES)
        for look in LOOKS:
            page.emulate_media(**{**PLAIN, **look})
            barriers |= audited(page, COLOURS)
    assert not barriers


def audited(page: Page, rules: list[str]) -> set[tuple[str, str]]:
    """What stands in somebody's way by these rules, or all rules with these marks."""
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules
    )
    assert found["passes"], "nothing was looked at"
    return {(r["id"], n["html"][:200]) for r in found["violations"] for n in r["nodes"]}


@EVERY
def test_nothing_is_cut_off_on_a_small_or_enlarged_page(
    page: Page, server: str, sample_site: Path, kind: str
) -> None:
    """WCAG 1.4.10: 320 px without scrolling sideways; 1.4.4: text of twice the size."""
    page.goto(server + kinds.address(sample_site, kind))
    page.set_viewport_size({"width": 320, "height": 640})
    assert width(page) <= 320
    page.set_viewport_size({"width": 1280, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert width(page) <= 1280


def width(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


def test_every_kind_of_page_is_valid_html(sample_site: Path, tmp_path: Path) -> None:
    named = {kinds.address(sample_site, kind).partition("?")[0] for kind in kinds.KINDS}
    paths = [sample_site / name for name in sorted(named)]
    files = [str(path / "index.html" if path.is_dir() else path) for path in paths]
    found = tmp_path / "found.json"
    validate = TOOLS / "html-validate/bin/html-validate.mjs"
    options = ["--config", ROOT / ".htmlvalidate.json", "--formatter", f"json={found}"]
    done = subprocess.run(["node", validate, *options, *files], cwd=ROOT, capture_output=True)
    assert found.exists(), done.stderr.decode()
    told = [
        (Path(file["filePath"]).name, message["line"], message["message"])
        for file in json.loads(found.read_text("utf-8"))
        for message in file["messages"]
    ]
    assert not told
