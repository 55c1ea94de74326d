"""What a command costs: seconds and memory, from interleaved runs after a warm-up.

Every contender runs once to warm up, watched for memory and not timed; then all of them run in
turn, round after round, so that what the machine does besides falls on all alike. Ratios are the
medians of the ratios within a round. What is dirty is written to disk before each run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

EVERY = 0.05
"""Seconds between two looks at memory."""
MB = 1_000_000


@dataclass(frozen=True)
class Contender:
    """A command, where it runs, and what has to be done before each run, outside the clock."""

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None
    speaks: bool = False
    """Whether its last word is the seconds that count, without starting and importing."""


@dataclass
class Cost:
    """What the runs of one contender cost."""

    seconds: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    """Seconds of processor time, of all processes: what a busy machine changes least."""
    together: float = 0.0
    """MB of all its processes at one moment, at most: shared pages divided among those that share."""
    resident: float = 0.0
    """The same with shared pages counted in every process (the sum of their RSS)."""
    largest: float = 0.0
    """MB of its largest process at most (ru_maxrss)."""
    said: str = ""
    """What the last run printed."""

    @property
    def median(self) -> float:
        return median(self.seconds)


class Failed(Exception):
    """A command did not succeed; the message is the end of what it printed."""


def measure(contenders: Mapping[str, Contender], runs: int) -> dict[str, Cost]:
    """The cost of each contender: one warm-up, then `runs` rounds of all in turn."""
    costs = {name: Cost() for name in contenders}
    for number in range(runs + 1):
        for name, contender in contenders.items():
            contender.prepare()
            os.sync()
            if number:
                costs[name].seconds.append(_run(contender, costs[name]))
            else:
                _run(contender, costs[name], watched=True)
    return costs


def once(contender: Contender) -> Cost:
    """The cost of a single run, timed and watched: for what takes minutes."""
    contender.prepare()
    os.sync()
    cost = Cost()
    cost.seconds.append(_run(contender, cost, watched=True))
    return cost


def ratio(one: Cost, other: Cost) -> float:
    """How many times `other` one costs: the median of the rounds' ratios."""
    return median(a / b for a, b in zip(one.seconds, other.seconds, strict=True))


def less(one: Cost, other: Cost) -> Cost:
    """What one costs above the other, round by round; on a busy machine it may come out negative."""
    return Cost([a - b for a, b in zip(one.seconds, other.seconds, strict=True)])


def _run(contender: Contender, cost: Cost, *, watched: bool = False) -> float:
    with tempfile.TemporaryFile() as printed:
        started = time.perf_counter()
        process = subprocess.Popen(
            contender.command,
            cwd=contender.folder,
            env=os.environ | contender.environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, cost, done))
        if watched:
            watcher.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl-C reaches us alone: the command has a session of its own
            os.killpg(process.pid, signal.SIGKILL)
            done.set()
            raise
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        if watched:
            watcher.join()
        printed.seek(0)
        cost.said = printed.read().decode("utf-8", "replace")
    if process.returncode:
        raise Failed(f"{' '.join(contender.command)}\n{cost.said[-2000:]}")
    if not watched:
        cost.worked.append(usage.ru_utime + usage.ru_stime)
    cost.largest = max(cost.largest, usage.ru_maxrss * 1024 / MB)
    return float(cost.said.split()[-1]) if contender.speaks else seconds


def _watch(session: int, cost: Cost, done: threading.Event) -> None:
    """Add up the memory of a command's processes (they share a session) until it is done."""
    while not done.wait(EVERY):
        resident = together = 0.0
        for process in _processes(session):
            try:
                texts = (process / "smaps_rollup").read_text().splitlines()[1:]
            except OSError:  # it has just ended
                continue
            sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 / MB for line in texts}
            resident += sizes.get("Rss", 0)
            together += sizes.get("Pss", 0)
        cost.resident = max(cost.resident, resident)
        cost.together = max(cost.together, together)


def _processes(session: int) -> list[Path]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text()
            except OSError:
                continue
            if int(text.rpartition(")")[2].split()[3]) == session:
                found.append(entry)
    return found


def size(folder: Path) -> tuple[int, int]:
    """How many files a folder holds, and their bytes."""
    files = [Path(above) / name for above, _, names in os.walk(folder) for name in names]
    return len(files), sum(file.stat().st_size for file in files)
