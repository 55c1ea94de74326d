"""What one changed record costs to publish in a large site, beside plain rsync; and what going back costs."""

from __future__ import annotations

import csv
import io
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench import project
from bench.project import Project
from bench.reliability import Figure
from disclosure.release import configuration, departure, publishing
from disclosure.release.departure import Departure
from disclosure.release.folder import Folder
from disclosure.release.publishing import Outcome
from disclosure.release.signature import Keys

SHARE = 0.01
"""Of the site's bytes, how much one changed record may send."""
BACK = 2.0
"""Seconds that going back may take."""
BACKS = 3
Value = TypeVar("Value")


def timed(work: Callable[[], Value]) -> tuple[float, Value]:
    begun = time.monotonic()
    found = work()
    return time.monotonic() - begun, found


def run(place: Path, keys: Keys, records: int) -> list[Figure]:
    """Publish a site of so many records, change one of them, and publish it again."""
    os.environ["AS_OF"] = project.DAY
    made = project.copy(place / "project", project.tables(place / "tables", records))
    target, copy = Folder(place / "public"), place / "copy"
    _build(made)
    _leave(made, target, keys)
    _rsync(made.site, copy)
    _change(made.root / "data" / "penalties" / f"{project.YEARS[5]}.csv")
    _build(made)
    plain, delta = timed(lambda: _rsync(made.site, copy))
    looked, sent_in, outcome, size = _leave(made, target, keys)
    share = delta / size
    checked, drift = timed(lambda: publishing.verify(target, keys))
    back, worked = _back(place, keys)
    cost = (
        f"增量传送 {delta / 1e6:,.2f} MB，是全站 {size / 1e6:,.0f} MB 的 {share:.2%}"
        f"（按整个文件计 {outcome.sent / 1e6:,.1f} MB）；"
        f"检查 {looked:,.0f} 秒，复制、核对和切换 {sent_in:,.0f} 秒（rsync -a 不检查也不核对，{plain:,.1f} 秒）"
    )
    said = (
        f"{delta / 1e6:,.2f} of {size / 1e6:,.0f} MB as rsync sends changes ({share:.3%}), "
        f"{outcome.sent / 1e6:,.1f} MB in whole files; "
        f"looking {looked:,.1f} s, copying, hashing and switching {sent_in:,.1f} s, "
        f"plain rsync -a {plain:,.1f} s"
    )
    return [
        Figure(
            f"{records:,} 条记录的网站改动一条",
            "传送的内容不到全站的百分之一",
            cost,
            f"one changed record of {records:,} sends less than 1 % of the site",
            said,
            () if share < SHARE else (f"{share:.2%}",),
        ),
        Figure(
            f"{records:,} 条记录的网站退回前一版",
            "不到两秒",
            f"{back:,.1f} 秒（{BACKS} 次的中位数）",
            f"going back in a site of {records:,} records takes less than 2 s",
            f"{back:,.2f} s, {worked:,.2f} s of the processor (median of {BACKS} runs of the command); verifying all bytes {checked:,.1f} s",
            (
                *(() if back < BACK else (f"{back:.1f} s",)),
                *([publishing.words(drift)] if drift else []),
            ),
        ),
    ]


def _build(made: Project) -> None:
    work = made.build(fresh=False)
    environment = {**os.environ, **work.environment}
    subprocess.run(work.command, cwd=work.folder, env=environment, check=True, capture_output=True)


def _leave(made: Project, target: Folder, keys: Keys) -> tuple[float, float, Outcome, int]:
    """Look through the site and publish it: seconds for both, the outcome, and the bytes of the site."""
    settings, _ = configuration.load(made.root)
    looked, leaving = timed(lambda: departure.verify(made.root, made.site, settings))
    wrong = [str(one) for one in leaving.report.errors]
    if wrong:
        raise RuntimeError(wrong[0])
    sent_in, outcome = timed(lambda: _publish(leaving, target, keys))
    return looked, sent_in, outcome, sum(one.size for one in leaving.draft.hashes.values())


def _publish(leaving: Departure, target: Folder, keys: Keys) -> Outcome:
    return publishing.publish(target, leaving.draft, keys)


def _rsync(site: Path, copy: Path) -> int:
    """What people use who publish without all this; how many bytes it would send over a network."""
    program = shutil.which("rsync") or "rsync"
    command = [program, "-a", "--delete", "--no-whole-file", "--stats", f"{site}/", f"{copy}/"]
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    (found,) = re.findall(r"Literal data: ([\d,]+)", done.stdout)
    return int(str(found).replace(",", ""))


def _change(table: Path) -> None:
    """Let one record in the middle of a table say something else."""
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    column = rows[0].index("违法事实")
    rows[len(rows) // 2][column] += "（已核对）"
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    table.write_text(text.getvalue(), "utf-8")


def _back(place: Path, keys: Keys) -> tuple[float, float]:
    """Seconds of the command that goes back, from release to release, and of the processor; medians."""
    root = place / "root"
    root.mkdir()
    (root / "publish.yml").write_text(
        f"folder: {place / 'public'}\nsigning:\n  key: {keys.private}\n  signers: {keys.signers}\n"
    )
    script = Path(__file__).parent.parent / "scripts" / "rollback.py"
    environment = {**os.environ, "PYTHONPATH": str(script.parent.parent)}
    times, worked = [], []
    for number in range(BACKS):
        command = [sys.executable, str(script), "--root", str(root), "--to", str(1 + number % 2)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds, _ = timed(
            partial(subprocess.run, command, env=environment, check=True, capture_output=True)
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(seconds)
        worked.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(times), median(worked)
