"""Pictures of every kind of page, in three widths, light and dark: `make pictures` writes them into pictures/.

They are for people to look at, so that nothing ugly or puzzling goes unseen; no test compares them.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import served
from tests.browser.kinds import KINDS, address
from tests.conftest import ROOT, launched

WIDTHS, LONGEST = (1440, 768, 375), 1500
"""Of the window, and how much of a long page is shown, in pixels of the page."""
SCALE, GAP, QUALITY = 0.5, 12, 60
SCHEMES = ("light", "dark")
HEADING = """\
# 各类网页的样子 · Every kind of page

由 `make pictures` 从示例单位的网站拍成。每张图是一类网页：上排浅色，下排深色；从左到右为电脑（1440 像素）、
平板（768 像素）和手机（375 像素）；很长的网页只拍开头。

Made by `make pictures` from the sample bureau's site. Each picture shows one kind of page, light above
and dark below, 1440, 768 and 375 pixels wide; of long pages it shows the beginning.
"""


def main(arguments: Sequence[str]) -> int:
    """Take the pictures of all kinds of pages, or of those that are named."""
    site, folder = ROOT / "site", ROOT / "pictures"
    if not site.is_dir():
        print("site/ 不存在，请先运行 make site。", file=sys.stderr)
        return 1
    lines = [HEADING]
    kinds = [kind for kind in KINDS if not arguments or kind in arguments]
    with served(site) as server, sync_playwright() as playwright:
        browser = launched(playwright)
        page = browser.new_page(reduced_motion="reduce")
        for kind in kinds:
            name = f"{kind.replace(' ', '-').lower()}.webp"
            save(sheet(taken(page, server + address(site, kind))), folder / name)
            print(name, flush=True)
            title = page.locator("h1").inner_text().replace("\n", "")
            lines.append(f"## {title}\n\n![{kind}]({name})\n")
        browser.close()
    if not arguments:
        (folder / "README.md").write_text("\n".join(lines), "utf-8")
    return 0


def taken(page: Page, where: str) -> list[list[Image.Image]]:
    """A row of pictures for each scheme, one for each width."""
    rows: list[list[Image.Image]] = [[] for _ in SCHEMES]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(where)
        page.wait_for_load_state("networkidle")
        height = min(page.evaluate("document.documentElement.scrollHeight"), LONGEST)
        page.set_viewport_size({"width": width, "height": height})
        for scheme, row in zip(SCHEMES, rows, strict=True):
            page.emulate_media(color_scheme=scheme)
            with Image.open(io.BytesIO(page.screenshot())) as image:
                size = round(width * SCALE), round(height * SCALE)
                row.append(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))
    return rows


def sheet(some: Sequence[Sequence[Image.Image]]) -> Image.Image:
    """Some rows of pictures on one grey sheet."""
    tall = [max(image.height for image in row) for row in some]
    width = sum(image.width + GAP for image in some[0]) + GAP
    made = Image.new("RGB", (width, sum(tall) + GAP * (len(some) + 1)), "#8793a3")
    top = GAP
    for row, height in zip(some, tall, strict=True):
        left = GAP
        for image in row:
            made.paste(image, (left, top))
            left += image.width + GAP
        top += height + GAP
    return made


def save(image: Image.Image, path: Path) -> None:
    image.save(path, quality=QUALITY, method=6)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
