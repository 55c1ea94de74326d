"""Progress: how much is done and how long it will take, live on a terminal, in plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Callable, TextIO

LIVE = 0.2  # seconds between two looks at a terminal
PLAIN = 10.0  # seconds between two lines of a log

Tell = Callable[[int, int], None]
"""To be told (done, total) as work goes on, with nothing done when it begins; a total of 0 means that
nobody knows it yet."""
Teller = Callable[[str], Tell]
"""Gives somebody to tell for each kind of work, by its name."""


def silent(done: int, total: int) -> None:
    """Says nothing."""


def nobody(what: str) -> Tell:
    """For work that nobody wants to hear of."""
    return silent


def teller(what: str, stream: TextIO = sys.stderr) -> Tell:
    """Somebody who says, now and then, how far the work has come."""
    live = stream.isatty()
    begun = time.monotonic()
    said = begun

    def tell(done: int, total: int) -> None:
        nonlocal begun, said
        now = time.monotonic()
        if not done:
            begun = said = now
        over = 0 < total <= done
        if now - said < (LIVE if live else PLAIN) and not (over and live and said > begun):
            return
        said = now
        line = f"{what}：{done:,}"
        if total:
            # Of the first few nobody can tell how long the others take.
            left = (now - begun) * (total - done) / done if done > total / 20 else 0
            line += f"/{total:,}" + (f"，约剩 {_time(left)}" if left else "")
        stream.write(f"\r\x1b[K{line}" + ("\n" if over else "") if live else f"{line}\n")
        stream.flush()

    return tell


def _time(seconds: float) -> str:
    return f"{seconds:.0f} 秒" if seconds < 100 else f"{seconds / 60:.0f} 分钟"
