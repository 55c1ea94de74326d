"""Freshness: hashes of all that a site is made from and of the site itself, by which work can be spared."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from disclosure import cache

Stamps = Mapping[str, int]
"""For every file of a site, a number that changes whenever the file is written."""


def today() -> date:
    """The day the site is seen from: the environment's AS_OF, else today in China. Raises ValueError."""
    if text := os.environ.get("AS_OF"):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"AS_OF={text} 不是日期，请写成 2026-12-01 的样子。") from None
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def work_folder(root: Path) -> Path:
    """Where a project keeps what its next build can use again."""
    return root / ".cache" / "site"


def is_fresh(root: Path, site: Path, as_of: date) -> bool:
    """Whether the site is what a build would make, byte for byte."""
    kept = cache.get(work_folder(root), "finished")
    if kept is None or not site.is_dir():
        return False
    made_from, _, state = bytes(kept).decode().partition(" ")
    return made_from == everything(root, as_of) and state == _state(survey(site))


def remember(root: Path, stamps: Stamps, made_from: str) -> None:
    """Note that the site in this state is what a build makes of everything that had this hash."""
    cache.put(work_folder(root), "finished", f"{made_from} {_state(stamps)}".encode())


def _state(stamps: Stamps) -> str:
    total = hashlib.blake2b(digest_size=20)
    for path in sorted(stamps):
        total.update(f"{path}\0{stamps[path]}\0".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def everything(root: Path, as_of: date) -> str:
    """A hash of all that the site depends on. Taken before a build reads, so that what is changed
    meanwhile is seen by the next one."""
    data = (path for path in (root / "data").rglob("*") if path.is_file())
    return cache.digest(_digest(root, (*_theme(root), *data)), as_of.isoformat())


def has_dressing(root: Path) -> bool:
    """Whether it is kept what the theme would dress today."""
    return (work_folder(root) / "dressed" / dressing(root)).exists()


def dressing(root: Path) -> str:
    """A hash of all that the theme's work depends on."""
    names = ("agency.yml", "schema.yml")
    settings = (p for p in (root / "data").rglob("*.yml") if p.name in names and p.is_file())
    return _digest(root, (*_theme(root), *settings))


def _theme(root: Path) -> Iterator[Path]:
    yield root / "mkdocs.yml"
    for folder in ("docs", "hooks"):
        for path in (root / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def _digest(root: Path, paths: Iterable[Path]) -> str:
    pieces: list[str | bytes] = []
    for path in sorted(paths):
        try:
            content = path.read_bytes()
        except OSError:  # unreadable, or gone since it was listed: reading it has its own finding
            content = b""
        pieces += (os.fsencode(path.relative_to(root)), content)
    return cache.digest(cache.program(), *pieces)


def stamp(path: str) -> int:
    """The number of one file, as in a survey."""
    return _stamp(os.lstat(path))


def _stamp(s: os.stat_result) -> int:
    return hash((s.st_size, s.st_mtime_ns, s.st_ctime_ns))


def survey(site: Path) -> dict[str, int]:
    """For every file of a site, a number that changes whenever the file is written."""
    found: dict[str, int] = {}
    waiting = [(str(site), "")] if site.is_dir() else []
    while waiting:
        folder, prefix = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, f"{prefix}{entry.name}/"))
                else:
                    found[prefix + entry.name] = _stamp(entry.stat(follow_symlinks=False))
    return found
