"""Staging: the files that a commit is about to keep, read from Git's own store and not from the folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from disclosure import git

PROVED = ("tests/",)
"""Folders of the program's own proof, where invented values stand on purpose."""


class NoRepository(Exception):
    """There is no Git here; the message says so to people."""


def staged(root: Path) -> Iterator[tuple[str, bytes]]:
    """Path and content of every file that the next commit adds or changes."""
    listed = _git(
        root,
        "diff",
        "--cached",
        "--raw",
        "-z",
        "--no-abbrev",
        "--diff-filter=ACMRT",
        "--no-renames",
    )
    fields = listed.split(b"\0")[:-1]
    for about, path in zip(fields[::2], fields[1::2], strict=True):
        _, mode, _, blob, _ = about.split(b" ")
        name = path.decode("utf-8", "replace")
        if mode.startswith(b"10") and not name.startswith(PROVED):  # a file, not a link or a module
            yield name, _git(root, "cat-file", "blob", blob.decode())


def content(root: Path, path: str) -> bytes | None:
    """The content of one file as it is staged, None if there is none."""
    try:
        return _git(root, "cat-file", "blob", f":{path}")
    except NoRepository:
        return None


def _git(root: Path, *arguments: str) -> bytes:
    with suppress(OSError):
        done = git.run(root, *arguments, in_hook=True)
        if not done.returncode:
            return done.stdout
    raise NoRepository("这里没有 Git 版本库，或者没有安装 Git。")
