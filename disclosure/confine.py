"""Confinement: runs one piece of work in a process of its own, with so much memory and time and no more."""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, TypeVar

Result = TypeVar("Result")

_NO_MEMORY = 3
_FAILED = 4
_CHUNK = 1 << 20
_GLANCE = 0.25  # seconds between two looks at a silent child
_IDLE = 4  # looks that find it asleep
PATIENCE = 4
"""A busy machine gives a process a part of its time only."""


class Overrun(Exception):
    """The work was stopped; `what` is "memory" or "time"."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Failed(Exception):
    """The work raised, or its process died of something other than a limit."""


def run(work: Callable[[], Result], *, memory: int, seconds: float) -> Result:
    """What `work()` returns, which must be picklable; raises Overrun or Failed.

    `memory` is how many bytes of address space the work may take besides what this process has,
    `seconds` how much processor time; by the clock it may last PATIENCE times as long. Where
    processes cannot be forked (Windows) it is done here, without limits; where the system keeps no
    limit on memory (macOS) the clock alone holds.
    """
    if not hasattr(os, "fork"):
        return _here(work)
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # The child runs nothing but the work, so that locks of other threads do not matter to it.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os.close(reader)  # so that it ends, having nobody to write to, when its parent is killed
        _work(work, writer, memory, seconds)
    os.close(writer)
    try:
        content = _receive(reader, child, seconds)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    finally:
        os.close(reader)
    _judge(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    result: Result = pickle.loads(content)
    return result


def _here(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except MemoryError:
        raise Overrun("memory") from None
    except Exception as error:
        raise Failed(str(error)) from error


def _receive(reader: int, child: int, seconds: float) -> bytearray:
    """Everything that the child writes until it closes its end; raises Overrun."""
    until = time.monotonic() + seconds * PATIENCE
    content = bytearray()
    idle = 0
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while time.monotonic() < until:
            if selector.select(_GLANCE):
                idle = 0
                if not (chunk := os.read(reader, _CHUNK)):
                    return content
                content += chunk
            elif (idle := idle + 1 if _sleeps(child) else 0) >= _IDLE:
                raise Overrun("memory")
    raise Overrun("time")


def _sleeps(child: int) -> bool:
    """Whether the child waits, though there is nothing to wait for: libraries that can get no memory
    to say that they get none have been seen to stop like that."""
    try:
        return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "S"
    except OSError:
        return False


def _judge(status: int) -> None:
    """Raises if the child did not end well; a failed allocation outside Python ends in an abort."""
    if status in (_NO_MEMORY, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGKILL):
        raise Overrun("memory")
    if status == -signal.SIGXCPU:
        raise Overrun("time")
    if status:
        raise Failed(str(status))


def _work(work: Callable[[], object], writer: int, memory: int, seconds: float) -> NoReturn:
    """The child: never returns, runs no clean-up of its parent and says nothing."""
    status = _FAILED
    try:
        gc.disable()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 2)
        _limit(memory, seconds)
        with os.fdopen(writer, "wb") as target:
            pickler = pickle.Pickler(target, protocol=pickle.HIGHEST_PROTOCOL)
            pickler.fast = True  # remembers no object: nothing here is in two places
            pickler.dump(work())
        status = 0
    except MemoryError:
        status = _NO_MEMORY
    finally:
        os._exit(status)


def _limit(memory: int, seconds: float) -> None:
    import resource  # only now: Windows has none

    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with suppress(OSError, ValueError):
        most = max(1, round(seconds))
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
