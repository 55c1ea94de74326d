"""What it costs to compute and check the figures of a long report: `python -m bench.figures`."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from bench import prose
from disclosure import descriptor
from disclosure.figures import bindings, counting, ledger
from disclosure.intake import articles
from disclosure.rules import status
from scripts import invented

ROOT = Path(__file__).parent.parent
AIM = 2.0
"""Seconds of the processor that all figures of a report may take; others may be at work on the machine."""
YEARS = range(2016, 2026)
_HEAD = re.compile(r"^(?:figures|checks):.*\n(?:[ \t].*\n)*", re.MULTILINE)


def unbound(docs: Path) -> None:
    """Let the pages of a copy state their numbers, without the rows that they are counted from."""
    for path in docs.rglob("*.md"):
        text = path.read_text("utf-8")
        if "{{" in text:
            plain = bindings.spelled(text, lambda binding: binding.stated or "若干")
            path.write_text(_HEAD.sub("", plain), "utf-8")


def questions(number: int) -> Iterator[tuple[str, str]]:
    """Names and definitions: counts, sums, parties, groups and shares, of one kind and year after another."""
    kinds = list(dict.fromkeys(offence["category"] for offence in invented.WORLD["offences"]))
    for n in range(number):
        turn = n // 5
        year, kind = YEARS[turn % len(YEARS)], kinds[turn // len(YEARS) % len(kinds)]
        where = f"where: {{年度: {year}, 业务类别: {kind}"
        yield (
            f"数{n}",
            (
                f"{{count: penalties, {where}, 罚款金额: {{from: {turn * 10}}}}}}}",
                f"{{sum: penalties.罚款金额, {where}}}, unit: 万元}}",
                f"{{distinct: penalties.统一社会信用代码, {where}}}, unit: 家}}",
                f"{{count: penalties, by: 裁量档次, {where}}}}}",
                f"{{share: [数{n - 4}, 数{n - 1}]}}",
            )[n % 5],
        )


def report(number: int) -> str:
    """A report of so many bindings, each in a sentence of its own."""
    asked = list(questions(number))
    head = "".join(f"  {name}: {text}\n" for name, text in asked)
    body = "\n\n".join(f"本项数字为{{{{ {name} }}}}，已经核对。" for name, _ in asked)
    return f"---\ntitle: 年度报告\nfigures:\n{head}---\n\n{body}\n"


def table(size: int) -> counting.Table:
    """Invented penalties of ten years as a collection holds them, all on show."""
    file = ROOT / "data" / "penalties" / "schema.yml"
    schema, _ = descriptor.load(file, name="penalties", file=file.name)
    assert schema is not None
    rows = [row for year in YEARS for row in invented.penalties(year, size // len(YEARS))]
    text = pd.StringDtype("pyarrow", na_value=np.nan)
    columns = {f.name: [row.get(f.name, "") for row in rows] for f in schema.fields}
    columns["id"] = [f"{number}" for number in range(len(rows))]
    frame = pd.DataFrame(columns, dtype=text)
    shown = pd.Series(status.SHOWN, index=frame.index, dtype=text)
    return counting.Table(schema, frame, shown, frame["id"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how long the figures of a report take; 1 if it is longer than aimed at."""
    parser = argparse.ArgumentParser(prog="bench.figures", description="测量勾稽用的时间")
    parser.add_argument("-n", type=int, default=100_000, help="多少行（默认 100000）")
    parser.add_argument("--bindings", type=int, default=200, help="多少处数字（默认 200）")
    parser.add_argument("--runs", type=int, default=3, help="几轮（默认 3）")
    options = parser.parse_args(arguments)
    taken, walls = [], []
    rows = table(options.n)
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "docs").mkdir()
        (root / "docs" / "report.md").write_text(report(options.bindings), "utf-8")
        written, _ = articles.load(root / "docs")
        for _ in range(options.runs):
            fresh = counting.Table(rows.schema, rows.frame, rows.status, rows.shown)
            begun = time.perf_counter(), time.process_time()
            found, complaints = ledger.load(root, written, {"penalties": fresh})
            walls.append(time.perf_counter() - begun[0])
            taken.append(time.process_time() - begun[1])
    figures = sum(1 + len(f.groups) for f in found.figures["report/"].values())
    seconds = median(taken)
    print(
        f"{options.n:,} 行，{options.bindings} 处数字（连同各组共 {figures} 个），"
        f"问题 {len(complaints)} 个：处理器 {seconds:.2f} 秒，历时 {median(walls):.2f} 秒（目标 {AIM:.0f} 秒以内）"
    )
    return max(int(seconds > AIM), prose.main())


if __name__ == "__main__":
    sys.exit(main())
