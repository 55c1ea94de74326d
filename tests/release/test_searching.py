"""Whoever has a page open while the next release goes live: it keeps its looks, and searching goes on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest
from conftest import ROOT
from playwright.sync_api import Browser, Page, expect

from bench.servers import nginx
from disclosure.release import publishing, sites
from disclosure.release.folder import Folder
from disclosure.release.publishing import Draft
from disclosure.release.signature import Keys

from . import bureau

BOX = "[role=search] [type=search]"
ASSET = re.compile(r'(?:href|src)="([^"]+\.(?:css|js|svg|woff2))"')


def status(address: str) -> int:
    try:
        with urlopen(address) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def results(page: Page, query: str) -> list[str]:
    page.locator(BOX).fill(query)
    page.locator(BOX).press("Enter")
    expect(page.locator(".hits[aria-busy=false]")).to_be_attached()
    expect(page.get_by_role("status")).to_contain_text(re.compile("条结果|没有找到"))
    return page.locator(".hits h3").all_inner_texts()


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two sites: in the second, a case is withdrawn and another one is new."""
    one = bureau.built(bureau.make(tmp_path_factory.mktemp("switch") / "one"))
    other = bureau.copy(one, one.with_name("other"))
    rows = [bureau.row(number) for number in bureau.NUMBERS[1:]]
    bureau.write_rows(other, bureau.row(1, withdrawn=True), *rows, bureau.row(6, "桥梁限高"))
    build = [sys.executable, str(ROOT / "scripts" / "build.py")]
    subprocess.run(build, cwd=other, env=bureau.environment(), check=True, capture_output=True)
    return one / "site", other / "site"


def test_pages_that_were_open_before_a_switch(
    versions: tuple[Path, Path], browser: Browser, tmp_path: Path, keys: Keys
) -> None:
    target, context = Folder(tmp_path / "public"), browser.new_context()

    def publish(site: Path) -> None:
        publishing.publish(target, Draft(site, sites.hashes(site), bureau.DAY), keys)

    tmp_path.chmod(0o755)
    for folder in (tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)  # the web server has another user
    publish(versions[0])
    with nginx(tmp_path / "nginx", tmp_path / "public") as port:
        home = f"http://127.0.0.1:{port}/"
        page = context.new_page()
        page.goto(f"{home}search/")
        expect(page.locator("details.facet").first).to_be_attached()  # the index is open
        before = urlopen(home).read().decode()
        index = json.load(urlopen(f"{home}search/current.json"))["index"]
        publish(versions[1])

        # Nothing is left of the former index: it names what was withdrawn.
        assert json.load(urlopen(f"{home}search/current.json"))["index"] != index
        assert status(f"{home}search/{index}/manifest.json") == 404
        assert len(results(page, "限高")) == 1
        assert results(page, "示交罚〔2026〕1号") == []
        assert len(results(page, "示交罚〔2026〕3号")) == 1

        links = ASSET.findall(before)
        assert links
        assert {status(urljoin(home, link)) for link in links} == {200}

        # The same for the box on every other page, whose suggestions are fetched as one types.
        other = context.new_page()
        other.goto(home)
        other.locator(BOX).press_sequentially("示交")
        expect(other.get_by_role("option").first).to_be_visible()
        publish(versions[0])
        other.locator(BOX).fill("")
        other.locator(BOX).press_sequentially("2026")
        other.locator(BOX).press_sequentially("〕1号")
        expect(other.get_by_role("option").first).to_be_visible()
    context.close()
