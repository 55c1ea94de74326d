"""Pictures of every kind of page, in three widths, light and dark: `make pictures` writes them into pictures/.

They are for people to look at, so that nothing ugly or puzzling goes unseen; no test compares them.
"""

from __future__ import annotations

import sys

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import served
from tests.browser.kinds import KINDS, address
from tests.conftest import ROOT, launched

WIDTHS, HEIGHT, SCALE, GAP = (1440, 768, 375), 900, 0.45, 12
HEADING = """\
# Every kind of page

Made by `make pictures` from the sample bureau's site. Each picture shows one kind of page 1440, 768
and 375 pixels wide, above in light and below in dark colours.
"""


def main() -> int:
    site, folder = ROOT / "site", ROOT / "pictures"
    if not site.is_dir():
        print("site/ 不存在，请先运行 make site。", file=sys.stderr)
        return 1
    lines = [HEADING]
    with served(site) as server, sync_playwright() as playwright:
        browser = launched(playwright)
        for kind in KINDS:
            name = f"{kind.replace(' ', '-').lower()}.webp"
            rows = []
            for scheme in ("light", "dark"):
                context = browser.new_context(color_scheme=scheme)
                page = context.new_page()
                row = []
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": HEIGHT})
                    page.goto(server + address(site, kind))
                    page.wait_for_load_state("networkidle")
                    taken = folder / "taken.png"
                    page.screenshot(path=taken)
                    with Image.open(taken) as image:
                        row.append(image.resize((round(width * SCALE), round(HEIGHT * SCALE))))
                    taken.unlink()
                rows.append(row)
                context.close()
            sheet(rows).save(folder / name, quality=72, method=6)
            lines.append(f"## {kind}\n\n![{kind}]({name})\n")
            print(name, flush=True)
        browser.close()
    (folder / "README.md").write_text("\n".join(lines), "utf-8")
    return 0


def sheet(rows: list[list[Image.Image]]) -> Image.Image:
    """Some rows of pictures on one grey sheet."""
    width = sum(image.width + GAP for image in rows[0]) + GAP
    height = sum(row[0].height + GAP for row in rows) + GAP
    made = Image.new("RGB", (width, height), "#8793a3")
    for down, row in enumerate(rows):
        left = GAP
        for image in row:
            made.paste(image, (left, GAP + down * (row[0].height + GAP)))
            left += image.width + GAP
    return made


if __name__ == "__main__":
    sys.exit(main())
