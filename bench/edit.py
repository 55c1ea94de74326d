"""What an edit costs: building again when nothing, one row or one more row has changed."""

from __future__ import annotations

import csv
import subprocess
from dataclasses import replace
from itertools import count
from pathlib import Path

from bench import project
from bench.measure import Failed, measure, ratio
from bench.report import COSTS, Part, Target, cost_line

NUMBER, FACT = "行政处罚决定书文号", "违法事实"


def run(disk: Path, memory: Path, records: int, runs: int) -> Part:
    part = Part("edit", "Building again", records, runs, COSTS)
    edited = project.copy(disk / "edited", project.tables(disk / "tables", records))
    table = edited.root / "data" / "penalties" / f"{project.YEARS[4]}.csv"
    marks = (f"测速改动之{n}。" for n in count(1))
    again = edited.build(fresh=False)
    contenders = {
        "full": edited.build(),
        "same": again,
        "changed": replace(again, prepare=lambda: change(table, next(marks))),
        "added": replace(again, prepare=lambda: add(table, next(marks))),
    }
    costs = measure(contenders, runs)
    last = next(marks).replace(str(2 * (runs + 1) + 1), str(2 * (runs + 1)))
    _shows(edited.site / "penalties", last)
    full = ("from nothing", costs["full"])
    part.rows = [
        cost_line("from nothing (no site, no cache)", costs["full"]),
        cost_line("nothing changed", costs["same"], against=full),
        cost_line("one row of a middle year changed", costs["changed"], against=full),
        cost_line("one row added to a middle year", costs["added"], against=full),
    ]
    at = 100_000
    part.targets = [
        Target("nothing changed", ratio(costs["same"], costs["full"]), 1 / 12, " ×", at),
        Target("one row changed", ratio(costs["changed"], costs["full"]), 1 / 6, " ×", at),
    ]
    part.notes = [
        "The whole command of `make site` each time; the last edit was looked up in the site."
    ]
    return part


def change(table: Path, mark: str) -> None:
    """Add a sentence to the facts of the middle row."""
    head, rows = _read(table)
    row = rows[len(rows) // 2]
    row[head.index(FACT)] = row[head.index(FACT)].partition("测速")[0] + mark
    _write(table, [head, *rows])


def add(table: Path, mark: str) -> None:
    """Append a row: the last one under a new number."""
    head, rows = _read(table)
    row = list(rows[-1])
    row[head.index(NUMBER)] = f"示交罚〔{table.stem}〕测速{len(rows):04d}号"
    row[head.index(FACT)] = mark
    _write(table, [head, *rows, row])


def _shows(pages: Path, mark: str) -> None:
    found = subprocess.run(["grep", "-rlF", mark, str(pages)], capture_output=True, check=False)
    if not found.stdout.strip():
        raise Failed(f"the site does not show the last edit: {mark}")


def _read(table: Path) -> tuple[list[str], list[list[str]]]:
    with table.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    return head, rows


def _write(table: Path, lines: list[list[str]]) -> None:
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(lines)
