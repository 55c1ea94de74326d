"""Pages as the browser prints them, read back from the PDF files that it makes."""

from __future__ import annotations

import html
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import TODAY
from playwright.sync_api import Browser
from pypdf import PdfReader

SCREEN_ONLY = ("当前位置", "本页目录", "下载 PDF", "下一页", "按目录查找", "CSV")
A4 = (595, 842)
DAY = "{}年{}月{}日".format(*map(int, TODAY.split("-")))
KINDS = {
    "report": "reports/law-2025/index.html",
    "form": "reports/disclosure-2025/index.html",
    "record": "penalties/2025/[b-v]*.html",
    "list": "penalties/2025/index.html",
    "powers": "powers/index.html",
    "power": "powers/item/[b-v]*.html",
    "figure": "figures/*/*.html",
    "home": "index.html",
}
Print = Callable[[str], PdfReader]


@pytest.fixture(scope="module")
def printed(browser: Browser, server: str, sample_site: Path) -> Iterator[Print]:
    page = browser.new_page()

    def to_pdf(kind: str) -> PdfReader:
        path = sorted(sample_site.glob(KINDS[kind]))[0]
        page.goto(server + path.relative_to(sample_site).as_posix())
        return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))

    yield to_pdf
    page.close()


RADICALS = str.maketrans("⻚⻋⻓⻔⻅⻛⻢⻥⻬⻆⻜⻝⻄⻘⻩⻰", "页车长门见风马鱼齐角飞食西青黄龙")


def plain(text: str) -> str:
    """A text without blanks, and without the radicals that look like characters and share their signs."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text).translate(RADICALS))


@pytest.mark.parametrize("kind", KINDS)
def test_paper_has_the_page_and_nothing_of_the_screen(printed: Print, kind: str) -> None:
    reader = printed(kind)
    for page in reader.pages:
        size = page.mediabox
        assert (round(float(size.width)), round(float(size.height))) == A4
    texts = [plain(page.extract_text()) for page in reader.pages]
    whole = "".join(texts)
    assert not [words for words in SCREEN_ONLY if plain(words) in whole]
    for number, text in enumerate(texts, 1):
        assert f"第{number}页,共{len(texts)}页" in text
    assert "示例市交通运输局" in texts[0]
    assert re.search(rf"网址:https://jtj\.example\.gov\.cn/\S*\(内容截至{DAY}\)", texts[-1])


@pytest.mark.parametrize(("kind", "head"), [("list", "行政处罚决定书文号"), ("powers", "职权编码")])
def test_heads_of_tables_repeat_and_rows_stay_whole(
    printed: Print, sample_site: Path, kind: str, head: str
) -> None:
    page = (sample_site / KINDS[kind]).read_text("utf-8")
    texts = [plain(sheet.extract_text()) for sheet in printed(kind).pages]
    assert len(texts) > 3
    assert all(plain(head) in text for text in texts[1:-1])
    body = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[-1]
    rows = [html.unescape(re.sub(r"<[^>]+>", "", row)) for row in body.split("</tr>")]
    for row in filter(str.strip, rows):
        assert [text for text in texts if plain(row) in text], row


ADD_LINK = """([href, text]) => {
  const link = document.createElement("a");
  link.href = href;
  link.textContent = text;
  document.querySelector(".text").append(link);
}"""
"""The policy lets no script, not even a test's, make HTML of text."""


def test_where_a_text_leads_outside_its_address_is_printed(browser: Browser, server: str) -> None:
    page = browser.new_page()
    page.goto(server + "about/")
    for link in (["https://www.example.gov.cn/a", "某处"], ["../guide/", "指南"]):
        page.evaluate(ADD_LINK, link)
    text = plain(PdfReader(io.BytesIO(page.pdf())).pages[-1].extract_text())
    page.close()
    assert "某处(https://www.example.gov.cn/a)指南" in text


def test_the_day_is_kept_out_of_the_pages(sample_site: Path) -> None:
    """A new day changes one small file, not all pages."""
    assert DAY in (sample_site / "assets/as-of.css").read_text("utf-8")
    record = sorted(sample_site.glob(KINDS["record"]))[0].read_text("utf-8")
    assert f"截至{DAY}" not in record
    assert 'media="print"' in record
