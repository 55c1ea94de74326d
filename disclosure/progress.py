"""Progress: how much is done and how long it will take, live on a terminal, in plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

LIVE = 0.2  # seconds between two looks at a terminal
PLAIN = 10.0  # seconds between two lines of a log


def teller(what: str, stream: TextIO = sys.stderr) -> Callable[[int, int], None]:
    """A function to be told (done, total) as work goes on; it says how far it has come, now and then."""
    live = stream.isatty()
    begun = time.monotonic()
    said = begun

    def tell(done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        over = done >= total
        if now - said < (LIVE if live else PLAIN) and not (over and live and said > begun):
            return
        said = now
        left = "" if over or not done else f"，约剩 {_time((now - begun) * (total - done) / done)}"
        line = f"{what}：{done:,}/{total:,}{left}"
        stream.write(f"\r\x1b[K{line}" + ("\n" if over else "") if live else f"{line}\n")
        stream.flush()

    return tell


def _time(seconds: float) -> str:
    return f"{seconds:.0f} 秒" if seconds < 100 else f"{seconds / 60:.0f} 分钟"
