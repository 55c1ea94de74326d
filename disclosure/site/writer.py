"""The writer: puts files into the finished site, touching only what changed and removing what is gone."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class Clash(Exception):
    """Two producers claim one address, or a path leads out of the site."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a build did to the site, in files."""

    new: int
    changed: int
    same: int
    gone: int

    def __str__(self) -> str:
        total = self.new + self.changed + self.same
        return (
            f"共 {total} 个文件：新增 {self.new}，更新 {self.changed}，"
            f"未变 {self.same}，删除 {self.gone}。"
        )


def write(outputs: Iterable[tuple[str, bytes]], site: Path) -> Tally:
    """Make `site` hold exactly these files.

    Nothing in `site` is touched before the last output is there: changed files are written beside
    it first and then renamed into place, so that a failure or an interruption on the way leaves
    the old site whole. A file whose bytes are the same keeps its modification time.
    """
    aside = site.with_name(site.name + ".new")
    shutil.rmtree(aside, ignore_errors=True)
    old = _files(site)
    kept: set[str] = set()
    taken: set[str] = set()
    above: set[str] = set()
    staged: list[str] = []
    folders: set[str] = set()
    try:
        for path, content in outputs:
            _claim(path, taken, above)
            kept.add(path)
            if path not in old or not _same(site / path, content):
                _put(f"{aside}/{path}", content, folders)
                staged.append(path)
        gone = old - kept
        new = sum(path not in old for path in staged)
        _apply(staged, gone, aside, site)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Tally(new, len(staged) - new, len(kept) - len(staged), len(gone))


def _files(site: Path) -> set[str]:
    return {
        os.path.relpath(os.path.join(folder, name), site).replace(os.sep, "/")
        for folder, _, names in os.walk(site)
        for name in names
    }


def _claim(path: str, taken: set[str], above: set[str]) -> None:
    """Take an address; it must be free also where upper and lower case are not told apart."""
    if "\\" in path or "\0" in path or not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise Clash(f"a page would lie outside the site: {path!r}")
    form = path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()
    if form in taken or form in above:
        raise Clash(f"two pages have the address {path}")
    taken.add(form)
    while (form := form.rpartition("/")[0]) and form not in above:
        if form in taken:
            raise Clash(f"a page has the address of the folder of {path}")
        above.add(form)


def _put(path: str, content: bytes, folders: set[str]) -> None:
    """Write one file; `folders` remembers which exist. Plain calls, because there are a million."""
    folder = path.rpartition("/")[0]
    if folder not in folders:
        os.makedirs(folder, exist_ok=True)
        folders.add(folder)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _apply(staged: Iterable[str], gone: Iterable[str], aside: Path, site: Path) -> None:
    if not site.exists() and aside.exists():
        aside.rename(site)
        return
    for path in gone:
        (site / path).unlink()
    for path in staged:
        target = site / path
        if target.is_dir():  # a folder of files that are gone now gives way to a file
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(aside / path, target)
    for folder, _, _ in os.walk(site, topdown=False):
        if Path(folder) != site and not os.listdir(folder):
            os.rmdir(folder)
