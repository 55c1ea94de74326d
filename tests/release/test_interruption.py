"""Interruption: killed at any moment, what is served is one signed release, and a second try succeeds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from disclosure.release import past, publishing
from disclosure.release.folder import Folder
from disclosure.release.publishing import Held
from disclosure.release.signature import Keys
from disclosure.release.target import Full

from .releases import draft, files, in_a_child, publish, served, whole, write

MOMENTS = 6


def few(version: int) -> dict[str, bytes]:
    """A site so small that every single step can be tried."""
    some = files(version)
    names = ("index.html", "guide/index.html", "penalties/2026/0000000000000000.html")
    return {name: some[name] for name in names}


@pytest.fixture
def place(tmp_path: Path, keys: Keys) -> Path:
    """A folder with three releases, of which the next one will remove the first."""
    for version in (1, 2, 3):
        publish(Folder(tmp_path / "public"), tmp_path / "site", keys, files(version))
    return tmp_path / "public"


def check(place: Path, keys: Keys, allowed: dict[int, dict[str, bytes]]) -> int:
    """Exactly one signed release is served, and the lock is free at once."""
    number = whole(place, keys)
    assert number in allowed
    for name, content in allowed[number].items():
        assert served(place)[name] == content
    with Folder(place).lock("我"):
        pass
    return number


def test_killed_before_every_step_of_publishing(tmp_path: Path, keys: Keys) -> None:
    place, site = tmp_path / "public", tmp_path / "site"
    for version in (1, 2, 3):
        publish(Folder(place), site, keys, few(version))
    made = few(4)
    write(site, made)
    leaving = draft(site)
    work = partial(publishing.publish, Folder(place), leaving, keys, held=Held(2, 60))
    seen = {3: 0}
    step = 0
    while (code := in_a_child(work, step)) == -signal.SIGKILL:
        number = check(place, keys, {Folder(place).live(): made, 3: few(3)})
        seen[number] = seen.get(number, 0) + 1
        if number == 3:
            assert served(place) == few(3)
            step += 1
        else:  # it went live: the next try has to begin before that again
            publishing.rollback(Folder(place), keys, 3)
            step += 1
    assert code == 0
    assert seen[3] > 50
    assert len(seen) > 1, "it was never killed after the switch"
    assert check(place, keys, {Folder(place).live(): made}) > 3


def test_killed_before_every_step_of_the_first_publishing(tmp_path: Path, keys: Keys) -> None:
    place = tmp_path / "public"
    write_here = tmp_path / "site"
    write_here.mkdir()
    write(write_here, few(1))
    work = partial(publishing.publish, Folder(place), draft(write_here), keys)
    step = 0
    while in_a_child(work, step) == -signal.SIGKILL and not whole(place, keys):
        step += 1
    assert step > 30
    work()
    assert served(place) == few(1)


def test_killed_before_every_step_of_going_back(place: Path, keys: Keys) -> None:
    step = 0
    contents = {2: files(2), 3: files(3)}
    while in_a_child(partial(publishing.rollback, Folder(place), keys, 2), step) != 0:
        if check(place, keys, contents) == 2:
            break
        step += 1
    assert step > 10


def test_killed_before_every_step_of_repair(tmp_path: Path, keys: Keys) -> None:
    place = tmp_path / "public"
    publish(Folder(place), tmp_path / "site", keys, few(1))
    publish(Folder(place), tmp_path / "site", keys, few(2))
    (place / "current/guide/index.html").write_bytes(b"tampered")
    (place / "current/extra.html").write_bytes(b"")
    release, _ = past.trusted(Folder(place), 2, keys)
    work = partial(publishing.repair, Folder(place), keys, None)
    step = 0
    while in_a_child(work, step) != 0:
        step += 1
        # What is wrong may be wrong still, and nothing else is.
        left = Folder(place).drift(release, thorough=True)
        wrong = {name.removesuffix(".arriving") for name in (*left.changed, *left.extra)}
        known = {"guide/index.html", "extra.html", "manifest.json", "manifest.json.sig"}
        assert wrong <= known
        assert not left.missing
    assert step > 10
    check(place, keys, {2: few(2)})


def test_killed_at_any_moment(place: Path, tmp_path: Path, keys: Keys) -> None:
    moments = random.Random(20261122)
    version, ended = 3, 0
    begun = time.monotonic()
    publish(Folder(place), tmp_path / "site", keys, files(version) | {"index.html": b"warm"})
    whole_time = time.monotonic() - begun
    contents = {Folder(place).live(): dict(files(version) | {"index.html": b"warm"})}
    for _ in range(MOMENTS):
        version += 1
        work = partial(publish, Folder(place), tmp_path / "site", keys, files(version))
        child = os.fork()
        if not child:
            os._exit(in_a_child(work) != 0)
        time.sleep(moments.uniform(0, whole_time))
        running = children(child)
        for pid in (*running, child):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ended += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        deadline = time.monotonic() + 1
        while any(alive(pid) for pid in running):
            assert time.monotonic() < deadline
        number = whole(place, keys)
        contents.setdefault(number, files(version))
        check(place, keys, contents)
        work()
        contents[Folder(place).live()] = files(version)
        check(place, keys, contents)
    assert ended < MOMENTS


def children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in path.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# ── Full disks ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_loses_nothing(small_disk: Path, tmp_path: Path, keys: Keys) -> None:
    place = small_disk / "public"
    publish(Folder(place), tmp_path / "site", keys, files(1))
    free = os.statvfs(small_disk).f_bavail
    big = files(2) | {"penalties/downloads/all.csv": os.urandom(1_500_000)}
    with pytest.raises(Full, match=r"放不下新的版本.*线上仍是原来的版本"):
        publish(Folder(place), tmp_path / "site", keys, big)
    assert check(place, keys, {1: files(1)}) == 1
    assert os.statvfs(small_disk).f_bavail >= free - 4  # the room is given back
    publish(Folder(place), tmp_path / "site", keys, files(2))
    assert check(place, keys, {2: files(2)}) == 2


@pytest.mark.parametrize("room", range(0, 6_000, 1_500))
def test_a_disk_that_is_full_at_any_file(
    place: Path, tmp_path: Path, keys: Keys, room: int
) -> None:
    """A limit on the size of files fails where a full disk would, at one file after another."""
    import resource

    write(tmp_path / "site", files(4) | {f"x/{n}.html": bytes(n * 100) for n in range(60)})
    made = draft(tmp_path / "site")

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        try:
            publishing.publish(Folder(place), made, keys)
        except (Full, publishing.Refused, OSError):
            os._exit(7)

    assert in_a_child(work) == 7
    assert check(place, keys, {3: files(3)}) == 3
    publishing.publish(Folder(place), made, keys)
    assert check(place, keys, {4: files(4)}) == 4


# ── Two at once ──────────────────────────────────────────────────────────────────────────────────


def test_the_lock_tells_its_holder_and_ends_with_it(place: Path, keys: Keys) -> None:
    ready_in, ready_out = os.pipe()
    child = os.fork()
    if not child:
        with Folder(place).lock(publishing.who()):
            os.write(ready_out, b"1")
            signal.pause()
    os.read(ready_in, 1)
    with pytest.raises(publishing.Refused, match=rf"进程 {child}，"):
        publishing.rollback(Folder(place), keys)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert publishing.rollback(Folder(place), keys) == (2, 3)


def test_whoever_reads_sees_one_release(place: Path, tmp_path: Path, keys: Keys) -> None:
    """Readers that open one page after the other below the link, while releases come and go."""
    stop, failures, loads = threading.Event(), [], [0]

    def read(path: Callable[[], Path]) -> None:
        while not stop.is_set():
            try:
                page = path().read_bytes()
                assert page.startswith("第 ".encode())
                loads[0] += 1
            except (OSError, AssertionError) as error:
                failures.append(error)

    crew = [threading.Thread(target=read, args=(lambda: place / "current/index.html",))]
    for thread in crew:
        thread.start()
    for version in range(4, 14):
        publish(Folder(place), tmp_path / "site", keys, files(version), held=Held(2, 60))
    stop.set()
    for thread in crew:
        thread.join()
    assert not failures
    assert loads[0] > 100
