"""Interruption: a build killed at any moment leaves nothing that could mislead the next one."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import TODAY, build, copy_project, leave_no_reports, leave_only, tree

from disclosure import catalog
from disclosure.site import build as builds

KILLS = 100
VERSIONS = 35
"""So many states the data have."""
DAY = date.fromisoformat(TODAY)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample project with a few collections and few penalties only, built once."""
    copied = copy_project(tmp_path_factory.mktemp("killed") / "project")
    leave_only(copied, "penalties", "powers", "norms")
    leave_no_reports(copied / "docs")
    for table in (copied / "data" / "penalties").glob("*.csv"):
        lines = table.read_text("utf-8").splitlines(keepends=True)[:200]
        table.unlink()
        if table.stem in ("2025", "2026"):
            table.write_text("".join(lines), "utf-8")
    result = build(copied)
    assert result.returncode == 0, result.stdout + result.stderr
    return copied


def change(project: Path, version: int) -> None:
    """Another version of the data: other facts in many rows, another number of rows."""
    source = project / "data" / "penalties" / "2025.csv"
    original = source.with_suffix(".original")
    if not original.exists():
        shutil.copy(source, original)
    lines = original.read_text("utf-8").splitlines(keepends=True)
    rows, name = divmod(version % VERSIONS, 5)
    text = "".join(lines[: len(lines) - rows])
    source.write_text(text.replace("示例市", f"示例第{name}市"), "utf-8")


def build_here(project: Path, site: Path, *, clean: bool = False) -> None:
    """What `make site` does when only rows have changed; a clean build uses and leaves nothing."""
    dressed = builds.kept_dressing(project)
    assert dressed
    contents = builds.read(project, as_of=DAY)
    if clean:
        fresh = catalog.load(project / "data", as_of=DAY)
        contents = replace(contents, catalog=fresh, made_from="")
    builds.finish(project, dressed, contents, site)


def in_a_child(project: Path, seconds: float | None) -> bool:
    """Build in a process group of its own, killed after so many seconds; whether it came to its end."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        try:
            build_here(project, project / "site")
        finally:
            os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_killed_at_any_moment_the_next_build_is_whole(project: Path, tmp_path: Path) -> None:
    moments = random.Random(20261122)
    wanted: dict[int, dict[str, bytes]] = {}
    begun = time.monotonic()
    change(project, 1)
    in_a_child(project, None)
    whole = time.monotonic() - begun
    ended = 0
    for number in range(KILLS):
        change(project, number)
        ended += in_a_child(project, moments.uniform(0, whole * 1.1))
        if number % 5 == 4:
            assert in_a_child(project, None)
            version = number % VERSIONS
            if version not in wanted:
                build_here(project, tmp_path / "clean", clean=True)
                wanted[version] = tree(tmp_path / "clean")
                shutil.rmtree(tmp_path / "clean")
            assert tree(project / "site") == wanted[version]
    assert ended < KILLS * 0.6, "most builds were over before they were killed"


@pytest.mark.parametrize(
    "victim", ["parts", "rows", "memory", "dressed", "finished", "blocks", "downloads"]
)
@pytest.mark.parametrize("how", ["deleted", "cut", "garbled"])
def test_a_damaged_cache_changes_nothing(
    project: Path, tmp_path: Path, victim: str, how: str
) -> None:
    change(project, 2)
    in_a_child(project, None)
    place = project / ".cache" / "site" / victim
    files = [place] if place.is_file() else sorted(place.iterdir())
    assert files
    for path in files:
        if how == "deleted":
            path.unlink()
        elif how == "cut":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        else:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 0x55
            path.write_bytes(content)
    change(project, 3)
    if builds.kept_dressing(project):
        assert in_a_child(project, None)
    else:
        result = build(project)
        assert result.returncode == 0, result.stdout + result.stderr
    clean = tmp_path / "clean"
    build_here(project, clean, clean=True)
    assert tree(project / "site") == tree(clean)
