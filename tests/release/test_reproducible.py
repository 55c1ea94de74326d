"""Two builds of one commit are the same byte for byte, wherever, whenever and by whomever they are made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, tree

from disclosure.release import manifest

from . import bureau

CLOCK = """\
import datetime, time
_real, _real_ns, _kept = time.time, time.time_ns, datetime.datetime
SHIFT = {shift}
time.time = lambda: _real() + SHIFT
time.time_ns = lambda: _real_ns() + SHIFT * 10**9
class datetime_class(_kept):
    @classmethod
    def now(cls, tz=None):
        return _kept.now(tz) + datetime.timedelta(seconds=SHIFT)
    @classmethod
    def utcnow(cls):
        return _kept.utcnow() + datetime.timedelta(seconds=SHIFT)
    @classmethod
    def today(cls):
        return cls.now()
class date_class(datetime.date):
    @classmethod
    def today(cls):
        return datetime_class.now().date()
datetime.datetime, datetime.date = datetime_class, date_class
"""
"""A clock that is wrong by so many seconds, for a process and those that it starts."""
DAYS = 86_400


def build(root: Path, place: Path, *, engine: str, shift: int, umask: int, **more: str) -> Path:
    """Build a clone of a repository under other circumstances; gives the site."""
    subprocess.run(["git", "clone", "-q", str(root), str(place)], check=True, capture_output=True)
    clock = place.parent / f"{place.name}-clock"
    clock.mkdir()
    (clock / "sitecustomize.py").write_text(CLOCK.format(shift=shift), "utf-8")
    settings = bureau.environment(
        PYTHONPATH=f"{clock}{os.pathsep}{ROOT}", PYTHONHASHSEED="random", **more
    )
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
    one = build(commit, tmp_path / "one", engine=engine, shift=0, umask=0o022)
    other = build(
        commit,
        tmp_path / "别处 的文件夹",
        engine=engine,
        shift=400 * DAYS,
        umask=0o077,
        TZ="America/New_York",
        LC_ALL="C",
        LANG="tr_TR.UTF-8",
        USER="somebody",
        HOME=str(tmp_path),
        SOURCE_DATE_EPOCH="1000000000",
    )
    assert manifest.of_site(one) == manifest.of_site(other)
    assert tree(one) == tree(other)


def test_the_clock_of_these_tests_is_wrong_indeed(tmp_path: Path) -> None:
    """Else the test above would show nothing."""
    (tmp_path / "sitecustomize.py").write_text(CLOCK.format(shift=400 * DAYS), "utf-8")
    code = "import time, datetime as d; print(time.time(), d.date.today(), d.datetime.now().date())"
    command = [sys.executable, "-c", code]
    settings = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=True)
    moment, *days = done.stdout.split()
    assert float(moment) > bureau.freshness.datetime.now().timestamp() + 399 * DAYS
    assert all(day > bureau.freshness.date.today().isoformat() for day in days)


def test_without_a_day_of_its_own_a_build_is_of_today(commit: Path, tmp_path: Path) -> None:
    """The day is the only thing of all these that a site may depend on."""
    place = tmp_path / "today"
    shutil.copytree(commit, place)
    code = "from disclosure import freshness; print(freshness.today())"
    days = []
    for shift in (0, 400 * DAYS):
        (tmp_path / "sitecustomize.py").write_text(CLOCK.format(shift=shift), "utf-8")
        settings = {**bureau.environment(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")}
        settings.pop("AS_OF")
        done = subprocess.run(
            [sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True
        )
        days.append(done.stdout)
    assert days[0] < days[1]
