"""What ten times as many records cost: seconds, memory, files and bytes, and how they grow."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path

from bench import project
from bench.measure import less, measure, once, size
from bench.report import Part, Target, number

SMALLEST = 1_000
LARGEST_REPEATED = 100_000
"""Larger ones are built once, timed and watched together."""


def run(disk: Path, memory: Path, records: int, runs: int) -> Part:
    head = (
        "Records",
        "Seconds",
        "without records",
        "per 1,000 records",
        "Memory, MB",
        "Files",
        "MB",
    )
    part = Part("growth", "Growth", records, runs, head)
    sizes = [SMALLEST]
    while sizes[-1] * 10 <= records:
        sizes.append(sizes[-1] * 10)
    bare = project.copy(disk / "bare")
    whole, stage, memories = [], [], []
    for n in sizes:
        full = project.copy(disk / f"{n}", project.tables(disk / f"tables-{n}", n))
        contenders = {"full": full.build(), "bare": bare.build()}
        if n <= LARGEST_REPEATED:
            costs = measure(contenders, runs)
        else:
            costs = {name: once(contender) for name, contender in contenders.items()}
        added = less(costs["full"], costs["bare"])
        whole.append(costs["full"].median)
        stage.append(added.median)
        memories.append(costs["full"].together)
        files, bytes_ = size(full.site)
        part.rows.append(
            (
                f"{n:,}",
                number(whole[-1]),
                number(costs["bare"].median),
                number(added.median / n * 1_000),
                f"{memories[-1]:,.0f} ({costs['full'].resident:,.0f})",
                f"{files:,}",
                f"{bytes_ / 1e6:,.1f}",
            )
        )
        shutil.rmtree(full.root)
    if len(sizes) > 1:
        at = 1_000_000
        part.targets = [
            Target("growth exponent of the whole build", exponent(sizes, whole), 1.05, "", at),
            Target("peak memory of all processes", memories[-1], 2_000, " MB", at),
        ]
    if len(sizes) > 1 and min(stage) > 0:
        text = "growth exponent of what records add"
        part.targets.insert(1, Target(text, exponent(sizes, stage), 1.05, "", at))
    part.notes = [
        "Exponents by least squares on the logarithms; 1 is in proportion to the records."
    ]
    return part


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of log seconds over log records, by least squares."""
    x, y = [math.log(n) for n in sizes], [math.log(s) for s in seconds]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    rise = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return rise / sum((a - mean_x) ** 2 for a in x)
