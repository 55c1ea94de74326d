"""What was measured, as tables: printed, and kept in RESULTS.md with the day, the machine and the versions."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median

from bench.measure import Cost, ratio
from bench.peers import versions

RESULTS = Path(__file__).with_name("RESULTS.md")
INTRODUCTION = """\
# What it costs

Made by `make bench`: every section is the last run of one part at one number of records, on the day
and the machine that it names. Times are medians of interleaved runs after a warm-up; a ratio is the
median of the ratios within a round. CPU is the processor time of all processes. Memory is the peak
of all processes of a command together, in MB (10⁶ bytes), seen every 50 ms in the warm-up, shared
pages divided among those that share them; in brackets the sum of the processes' RSS, which counts
shared pages once for each process.
"""


@dataclass(frozen=True)
class Target:
    """A promise, and what was measured."""

    text: str
    measured: float
    limit: float
    unit: str = ""
    at: int = 0
    """The number of records it is promised for; 0 if for any."""
    at_least: bool = False

    def line(self, records: int) -> Sequence[str]:
        kept = self.measured >= self.limit if self.at_least else self.measured <= self.limit
        verdict = "met" if kept else "**not met**"
        if self.at and self.at != records:
            verdict += f" here; promised for {self.at:,}"
        sign = "≥" if self.at_least else "≤"
        return (
            self.text,
            f"{sign} {number(self.limit)}{self.unit}",
            f"{number(self.measured)}{self.unit}",
            verdict,
        )


@dataclass
class Part:
    """The result of one part of the measurements."""

    name: str
    title: str
    records: int
    runs: int
    head: Sequence[str] = ()
    rows: list[Sequence[str]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    block: str = ""
    """What another program printed."""

    def markdown(self) -> str:
        times = "one run" if self.runs == 1 else f"{self.runs} rounds"
        parts = [
            f"## {self.title}: {self.records:,} records",
            f"{date.today()}, {times}. {machine()}.",
        ]
        if self.rows:
            parts.append(table(self.head, self.rows))
        if self.targets:
            lines = [target.line(self.records) for target in self._nearest()]
            parts.append(table(("Promise", "Limit", "Measured", ""), lines))
        if self.notes:
            parts.append("\n".join(f"- {note}" for note in self.notes))
        if self.block:
            parts.append(f"```\n{self.block.strip()}\n```")
        return "\n\n".join(parts) + "\n"

    def _nearest(self) -> Iterable[Target]:
        """Of the promises in the same words, the one for this number of records or the next to it."""
        found: dict[str, Target] = {}
        for target in sorted(self.targets, key=lambda t: abs(t.at - self.records)):
            found.setdefault(target.text, target)
        return [target for target in self.targets if found[target.text] is target]


COSTS = ("What", "Seconds", "from – to", "Ratio", "to", "CPU, s", "Memory, MB", "Files", "MB")


def cost_line(
    what: str,
    cost: Cost,
    *,
    against: tuple[str, Cost] | None = None,
    size: tuple[int, int] | None = None,
) -> Sequence[str]:
    """One line of a table of costs."""
    memory = f"{cost.together:,.0f} ({cost.resident:,.0f})" if cost.together else ""
    return (
        what,
        number(cost.median),
        f"{number(min(cost.seconds))} – {number(max(cost.seconds))}",
        f"{number(ratio(cost, against[1]))} ×" if against else "",
        against[0] if against else "",
        number(median(cost.worked)) if cost.worked else "",
        memory,
        f"{size[0]:,}" if size else "",
        f"{size[1] / 1e6:,.1f}" if size else "",
    )


def number(value: float) -> str:
    """Three digits are all that a measurement is worth."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """The machine and the versions, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    processor = " ".join(found[1].split()) if found else platform.machine()
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({processor}), {memory:.0f} GB, {platform.system()}; {versions()}"


def keep(part: Part, file: Path = RESULTS) -> None:
    """Put a part into the file in place of its last run at the same number of records."""
    text = file.read_text("utf-8") if file.exists() else ""
    sections = dict(re.findall(r"^(## .+)\n((?:(?!## ).*\n?)*)", text, re.M))
    heading, _, body = part.markdown().partition("\n")
    sections[heading] = body
    ordered = sorted(sections, key=lambda name: (name.split(":")[0], _records(name)))
    kept = "\n".join(f"{name}\n{sections[name].rstrip()}\n" for name in ordered)
    file.write_text(f"{INTRODUCTION}\n{kept}", "utf-8")


def _records(heading: str) -> int:
    return int(re.sub(r"\D", "", heading.rpartition(":")[2]) or 0)
