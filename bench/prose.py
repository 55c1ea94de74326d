"""What it costs to read a report of sixty pages for what does not agree: `python -m bench.prose`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from disclosure.figures import proofreading

AIM = 1.0
"""Seconds of the processor that reading it may take."""
PAGES, LETTERS = 60, 900
"""A printed page of a report in running text holds about so many characters."""


def report() -> str:
    """The sample's own reports and notices, again and again, until they fill the pages."""
    docs = Path(__file__).parent.parent / "docs"
    texts = [path.read_text("utf-8").split("---", 2)[-1] for path in sorted(docs.rglob("*.md"))]
    text = ""
    while len(text) < PAGES * LETTERS:
        text += "\n\n".join(texts)
    return text[: PAGES * LETTERS]


def main() -> int:
    text = report()
    begun = time.perf_counter(), time.process_time()
    proofreading.read(text, "report.md")
    wall, spent = time.perf_counter() - begun[0], time.process_time() - begun[1]
    print(
        f"{PAGES} 页、{len(text):,} 字的文稿：处理器 {spent:.2f} 秒，历时 {wall:.2f} 秒（目标 {AIM:.0f} 秒以内）"
    )
    return int(spent > AIM)


if __name__ == "__main__":
    sys.exit(main())
