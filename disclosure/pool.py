"""Pools: where work that falls into independent parts is done: in processes here, or on a Dask cluster."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path

LARGE = 1 << 18
"""Bytes from which on a piece of memory is large."""
_M_MMAP_THRESHOLD = -3  # of malloc.h
PATIENCE = "10s"  # how long a scheduler may take to answer

Pool = Callable[[], AbstractContextManager[Executor | None]]
"""Opens an executor, or None for work in this process."""
nowhere: Pool = nullcontext
"""For work in this process."""


class Unreachable(Exception):
    """The cluster that was asked for is not there; the message says so to people."""


def cluster() -> tuple[str, str] | None:
    """The scheduler (`CLUSTER=tcp://…`) and the folder (`SHARED=…`, a path or an address of fsspec)
    that this machine and all workers can read and write; None when work stays here."""
    scheduler = os.environ.get("CLUSTER", "")
    shared = os.environ.get("SHARED", "")
    if scheduler and not shared:
        raise Unreachable(
            "设置了 CLUSTER，还要用 SHARED 指定各台机器共用的文件夹或存储桶，例如 SHARED=/mnt/shared。"
        )
    if not scheduler:
        return None
    return scheduler, shared if "://" in shared else f"file://{Path(shared).resolve()}"


def frugal() -> None:
    """Have large pieces of memory given back as soon as they are not used any more, here and in forked
    processes. Arrow's own pool keeps what it once had, and glibc what lies between smaller pieces."""
    import pyarrow as pa  # only now: nothing may have changed, and then nothing else needs it

    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE)


def slim() -> None:
    """Give memory that is not used any more back to the system, which glibc does not do by itself."""
    if sys.platform == "linux":
        with suppress(
            OSError, AttributeError
        ):  # another C library keeps nothing, or cannot be asked
            ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def here() -> Iterator[Executor | None]:
    """As many processes as there are cores; None, for work in this process, when there is one only."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    if cores < 2:
        yield None
        return
    # Forked processes share what is loaded already; where forking is not to be had, start afresh.
    gc.collect()
    slim()
    gc.freeze()  # what is here stays shared: no collector of a forked process writes into it
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
    executor = ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context(method))
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        gc.unfreeze()


@contextmanager
def together(pool: Pool) -> Iterator[Pool]:
    """One executor for several askers: opened when the first of them asks, closed after the last."""
    with ExitStack() as stack:
        opened = cache(lambda: stack.enter_context(pool()))
        yield lambda: nullcontext(opened())


@contextmanager
def elsewhere(scheduler: str) -> Iterator[Executor]:
    """Dask's own executor on a running cluster, which does the work of lost workers again."""
    try:
        from distributed import Client
    except ImportError:
        raise Unreachable(
            "使用 CLUSTER 需要先安装 distributed：.venv/bin/pip install distributed。"
        ) from None
    try:
        client = Client(scheduler, timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise Unreachable(
            f"连不上 CLUSTER={scheduler} 指定的调度器。请确认它已经启动、地址和端口正确，"
            f"或者不设 CLUSTER，在本机生成。（{type(error).__name__}）"
        ) from None
    with client:
        executor: Executor = client.get_executor(retries=3)  # type: ignore[no-untyped-call]
        yield executor
