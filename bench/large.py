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
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench import project
from bench.lines import Cable, sshd
from bench.project import Project
from bench.reliability import Figure
from disclosure.release import configuration, departure, publishing
from disclosure.release.connection import Host
from disclosure.release.folder import Folder
from disclosure.release.publishing import Outcome
from disclosure.release.signature import Keys
from disclosure.release.ssh import Ssh

SHARE = 0.01
"""Of the site's bytes, how much one changed record may send."""
BACK = 2.0
"""Seconds that going back may take."""
BACKS = 4
SILENCE = 120.0
"""Seconds for which either side may be too busy to say anything, on a computer that does both sides' work."""
Value = TypeVar("Value")


def timed(work: Callable[[], Value]) -> tuple[float, Value]:
    begun = time.monotonic()
    found = work()
    return time.monotonic() - begun, found


def run(place: Path, keys: Keys, records: int) -> list[Figure]:
    """Publish a site of so many records over ssh, change one of them, and publish it again; then go
    back and forth. What goes over the line is counted as it goes, whoever sends it."""
    os.environ["AS_OF"] = project.DAY
    made = project.copy(place / "project", project.tables(place / "tables", records))
    public, copy = place / "public", place / "copy"
    (place / "server").mkdir()
    with sshd(place / "server") as server:
        cable = Cable(server.port)
        about = {"port": cable.port, "known_hosts": cable.known(server), "silence": SILENCE}
        host = server.host(public, **about)
        _build(made)
        _leave(made, host, keys)
        _rsync(made.site, copy)
        _change(made.root / "data" / "penalties" / f"{project.YEARS[5]}.csv")
        _build(made)
        plain, delta = timed(lambda: _rsync(made.site, copy))
        before = cable.sent
        looked, sent_in, outcome, size = _leave(made, host, keys)
        sent = cable.sent - before
        checked, drift = timed(lambda: publishing.verify(Folder(public), keys))
        here = _back(place / "here", keys, f"folder: {public}\n")
        over = _back(place / "over", keys, _settings(host))
        cable.close()
    return [
        _one(records, size, sent, delta, outcome, looked, sent_in, plain),
        _going_back(records, here, over, checked, publishing.words(drift)),
    ]


def _one(
    records: int,
    size: int,
    sent: int,
    delta: int,
    outcome: Outcome,
    looked: float,
    sent_in: float,
    plain: float,
) -> Figure:
    share = sent / size
    cost = (
        f"经 ssh 实际传送 {sent / 1e6:,.2f} MB（全部字节，连同清单和往来的消息），"
        f"是全站 {size / 1e6:,.0f} MB 的 {share:.2%}；"
        f"发布到本机文件夹的，新内容 {outcome.sent / 1e6:,.1f} MB（按整个文件计）。"
        f"检查 {looked:,.0f} 秒，签名、传送、逐个核对和切换 {sent_in:,.0f} 秒；"
        f"rsync -a 传送同样的改动（不检查、不核对）{plain:,.1f} 秒，{delta / 1e6:,.2f} MB"
    )
    said = (
        f"{sent / 1e6:,.2f} of {size / 1e6:,.0f} MB over the line ({share:.3%}, every byte of the "
        f"conversation); {outcome.sent / 1e6:,.1f} MB in whole files, as a folder target takes them; "
        f"looking {looked:,.1f} s, signing, sending, hashing and switching {sent_in:,.1f} s; plain rsync -a "
        f"{plain:,.1f} s, {delta / 1e6:,.2f} MB of literal data"
    )
    return Figure(
        f"{records:,} 条记录的网站改动一条",
        "传送的内容不到全站的百分之一",
        cost,
        f"one changed record of {records:,} sends less than 1 % of the site",
        said,
        () if share < SHARE else (f"{share:.2%}",),
    )


Spent = tuple[float, float]
"""Seconds, and of them those of this computer's processor."""


def _going_back(records: int, here: Spent, over: Spent, checked: float, drift: str) -> Figure:
    return Figure(
        f"{records:,} 条记录的网站退回前一版",
        "不到两秒",
        f"本机文件夹 {here[0]:,.1f} 秒，经 ssh {over[0]:,.1f} 秒（各 {BACKS} 次的中位数）",
        f"going back in a site of {records:,} records takes less than 2 s",
        f"folder {here[0]:,.2f} s ({here[1]:,.2f} s of the processor), ssh {over[0]:,.2f} s "
        f"({over[1]:,.2f} s): medians of {BACKS} runs of the command; verifying all bytes {checked:,.1f} s",
        (
            *(f"{seconds:.1f} s" for seconds, _ in (here, over) if seconds >= BACK),
            *([drift] if drift else []),
        ),
    )


def _settings(host: Host) -> str:
    lines = (f"{name}: {getattr(host, name)}" for name in ("host", "port", "user", "path"))
    files = (f"{name}: {getattr(host, name)}" for name in ("key", "known_hosts"))
    return "target: ssh\nssh:\n" + "".join(f"  {line}\n" for line in (*lines, *files))


def _build(made: Project) -> None:
    work = made.build(fresh=False)
    environment = {**os.environ, **work.environment}
    subprocess.run(work.command, cwd=work.folder, env=environment, check=True, capture_output=True)


def _leave(made: Project, host: Host, keys: Keys) -> tuple[float, float, Outcome, int]:
    """Look through the site and publish it: seconds for both, the outcome, and the bytes of the site."""
    settings, _ = configuration.load(made.root)
    looked, leaving = timed(lambda: departure.verify(made.root, made.site, settings))
    wrong = [str(one) for one in leaving.report.errors]
    if wrong:
        raise RuntimeError(wrong[0])
    with closing(Ssh(host, made.root / ".cache" / "manifests")) as target:
        sent_in, outcome = timed(partial(publishing.publish, target, leaving.draft, keys))
    return looked, sent_in, outcome, sum(one.size for one in leaving.draft.hashes.values())


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


def _back(root: Path, keys: Keys, settings: str) -> Spent:
    """The command that goes back, and forth again, from release to release; medians."""
    root.mkdir()
    (root / "publish.yml").write_text(
        f"{settings}signing:\n  key: {keys.private}\n  signers: {keys.signers}\n"
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
