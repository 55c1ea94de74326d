"""A build on a cluster: the same bytes, a lost worker's work done again, and plain words when nobody answers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, build, tree


@contextmanager
def process(log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of our own that ends with the test; what it says goes to a file."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as words:
        started = subprocess.Popen(
            [sys.executable, "-m", *arguments], env=environment, stdout=words, stderr=words
        )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def until(log: Path, pattern: str) -> str:
    """What a process says first that fits the pattern."""
    for _ in range(600):
        if found := re.search(pattern, log.read_text("utf-8")):
            return found[0]
        time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8"))


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """A scheduler on this machine; gives its address."""
    log = tmp_path / "scheduler.log"
    arguments = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    with process(log, "distributed.cli.dask_scheduler", *arguments):
        yield until(log, r"tcp://127\.0\.0\.1:\d+")


@contextmanager
def workers(scheduler: str, folder: Path, number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Single worker processes, which nobody starts again when they are gone."""
    single = ("--nworkers", "1", "--nthreads", "1", "--no-nanny", "--no-dashboard")
    with ExitStack() as stack:
        found = []
        for name in range(number):
            own = ("--host", "127.0.0.1", "--local-directory", str(folder / f"worker-{name}"))
            command = ("distributed.cli.dask_worker", scheduler, *single, *own)
            found.append(stack.enter_context(process(folder / f"worker-{name}.log", *command)))
        for name in range(number):
            until(folder / f"worker-{name}.log", "Registered to")
        yield found


def test_two_workers_give_the_same_site(
    project: Path, sample_site: Path, scheduler: str, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    with workers(scheduler, tmp_path, 2):
        result = build(project, CLUSTER=scheduler, SHARED=str(shared))
    assert result.returncode == 0, result.stdout + result.stderr
    assert tree(project / "site") == tree(sample_site)
    assert not list((shared / "pages").iterdir())


def test_the_work_of_a_lost_worker_is_done_again(
    project: Path, sample_site: Path, scheduler: str, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    (shared / "pages").mkdir(parents=True)
    with workers(scheduler, tmp_path, 2) as two:

        def kill_when_busy() -> None:
            while not any((shared / "pages").iterdir()):
                time.sleep(0.01)
            two[0].send_signal(signal.SIGKILL)

        killer = threading.Thread(target=kill_when_busy, daemon=True)
        killer.start()
        result = build(project, CLUSTER=scheduler, SHARED=str(shared))
        assert two[0].wait(10) == -signal.SIGKILL
    assert result.returncode == 0, result.stdout + result.stderr
    assert tree(project / "site") == tree(sample_site)


def test_a_scheduler_that_is_not_there_is_said_plainly(project: Path, tmp_path: Path) -> None:
    result = build(project, CLUSTER="tcp://127.0.0.1:9", SHARED=str(tmp_path))
    assert result.returncode != 0
    words = result.stdout + result.stderr
    assert "连不上 CLUSTER=tcp://127.0.0.1:9" in words
    assert "Traceback" not in words
    assert not (project / "site").exists()


def test_a_cluster_needs_a_shared_folder(project: Path) -> None:
    result = build(project, CLUSTER="tcp://127.0.0.1:9", SHARED="")
    assert result.returncode != 0
    assert "SHARED" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
