"""Two builds of one commit are the same byte for byte, wherever, whenever and by whomever they are made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, tree

from disclosure import freshness
from disclosure.release import sites

from . import bureau

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
"""What lets a program see another time (package libfaketime of Debian)."""
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed")
LATER = "+400d"


def clock(shift: str) -> dict[str, str]:
    """A clock that is wrong; files and waiting keep the right one."""
    others = {"NO_FAKE_STAT": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    return {"LD_PRELOAD": str(LIBRARY), "FAKETIME": shift, **others} if shift else {}


def build(
    root: Path, place: Path, *, engine: str, shift: str = "", umask: int, **more: str
) -> Path:
    """Build a clone of a repository under other circumstances; gives the site."""
    subprocess.run(["git", "clone", "-q", str(root), str(place)], check=True, capture_output=True)
    settings = bureau.environment(PYTHONHASHSEED="random", **clock(shift), **more)
    command = [sys.executable, str(ROOT / "scripts" / "build.py"), "--engine", engine]
    done = subprocess.run(
        command, cwd=place, env=settings, capture_output=True, text=True, umask=umask, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "site"


@pytest.fixture(scope="module")
def commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one commit."""
    return bureau.make(tmp_path_factory.mktemp("commit") / "bureau")


@pytest.mark.parametrize("engine", ["mkdocs", "properdocs"])
def test_builds_of_one_commit_are_the_same(commit: Path, tmp_path: Path, engine: str) -> None:
    one = build(commit, tmp_path / "one", engine=engine, umask=0o022)
    other = build(
        commit,
        tmp_path / "别处 的文件夹",
        engine=engine,
        shift=LATER,
        umask=0o077,
        TZ="America/New_York",
        LC_ALL="C",
        LANG="tr_TR.UTF-8",
        USER="somebody",
        HOME=str(tmp_path),
        SOURCE_DATE_EPOCH="1000000000",
    )
    assert sites.hashes(one) == sites.hashes(other)
    assert tree(one) == tree(other)


def test_the_day_is_all_that_a_clock_decides() -> None:
    """The clock of the test above is wrong indeed; and AS_OF goes before it."""
    code = "from disclosure import freshness; print(freshness.today())"
    days = []
    for day, shift in (("", ""), ("", LATER), (bureau.DAY, LATER)):
        settings = bureau.environment(**clock(shift), AS_OF=day)
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=settings, capture_output=True, text=True, check=True)
        days.append(freshness.date.fromisoformat(done.stdout.strip()))
    assert 399 <= (days[1] - days[0]).days <= 401
    assert days[2].isoformat() == bureau.DAY
