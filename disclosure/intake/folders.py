"""Folders: what may not lie in data/ or docs/ whatever it holds: links that lead away, devices, names that deceive."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from disclosure.diagnostics import Finding, Place
from disclosure.intake import values

_KINDS = {
    stat.S_IFIFO: "管道",
    stat.S_IFSOCK: "套接字",
    stat.S_IFBLK: "设备",
    stat.S_IFCHR: "设备",
}


def check(folder: Path) -> list[Finding]:
    """Everything below `folder` that is neither a file of its own nor a folder, or is badly named.

    Hidden entries are passed over, as everywhere. Links are not followed: one may name a file of the
    project, but neither a folder nor anything outside.
    """
    return list(_check(folder, folder.parent, folder.parent.resolve()))


def _check(folder: Path, root: Path, home: Path) -> Iterator[Finding]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:  # not there, or not to be read: who reads it says so
        return
    for entry in found:
        if entry.name.startswith("."):
            continue
        path = Path(entry.path)
        place = Place(path.relative_to(root).as_posix())
        character = values.HIDDEN.search(entry.name.replace("\n", "\x00").replace("\t", "\x00"))
        if character:
            number = f"U+{ord(entry.name[character.start()]):04X}"
            yield Finding("F149", place, {"name": entry.name, "character": number})
        elif entry.is_symlink():
            if where := _leads(path, home):
                yield Finding("F147", place, {"name": entry.name, "where": where})
        elif entry.is_dir():
            yield from _check(path, root, home)
        elif what := kind(path):
            yield Finding("F148", place, {"name": entry.name, "what": what})


def _leads(link: Path, home: Path) -> str:
    """Where a link leads, if it may not lead there."""
    try:
        target = link.resolve()
    except (OSError, RuntimeError):  # a link to itself
        return "它自己"
    if not target.is_relative_to(home):
        return "项目文件夹之外"
    return "文件夹" if target.is_dir() else kind(target)


def kind(path: Path) -> str:
    """What a path is if reading it may never end, else ""."""
    try:
        return _KINDS.get(stat.S_IFMT(path.stat().st_mode), "")
    except (OSError, ValueError):
        return ""
