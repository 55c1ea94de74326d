"""Versions: what Git keeps of a folder's earlier states, as a list of changes and as the bytes of files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from disclosure import git

_FILES = frozenset({"100644", "100755"})
_NOTHING = "0" * 40


class Unreadable(Exception):
    """There is a history, and it cannot be read; the text says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file that one commit of the main line added, changed or removed."""

    commit: str
    day: str
    """Of the commit, in China, as ISO text."""
    path: str
    """Below the folder that was asked about."""
    old: str
    new: str
    """The keys of its bytes before and after; "" where there was no file."""


@dataclass(frozen=True, slots=True)
class History:
    """All changes below a folder along the main line (first parents), oldest first."""

    changes: tuple[Change, ...]
    complete: bool
    """Whether it reaches back to the beginning."""


def read(folder: Path) -> History | None:
    """The history of a folder; None when there is none at all. Raises Unreadable."""
    home = folder.resolve()
    if not folder.is_dir() or not any((p / ".git").exists() for p in (home, *home.parents)):
        return None
    about = _git(folder, "rev-parse", "--is-shallow-repository", "HEAD").split()
    if not about:
        raise Unreadable("git 打不开版本库")
    if len(about) < 2 or about[1] == b"HEAD":
        return None  # a repository without a commit
    # The merge of a branch counts as one change: what it did to the main line.
    listing = _git(
        folder, "log", "--first-parent", "-m", "--reverse", "--raw", "--no-abbrev",
        "--no-renames", "--no-ext-diff", "--relative", "-z", "--format=%x01%H %cI", "HEAD", "--", ".",
    )  # fmt: skip
    return History(tuple(_changes(listing)), about[0] == b"false")


def _changes(listing: bytes) -> Iterator[Change]:
    commit = day = ""
    words = iter(listing.split(b"\0"))
    for word in words:
        word = word.strip(b"\n")
        if word.startswith(b"\x01"):
            commit, _, when = word[1:].decode("ascii").partition(" ")
            moment = datetime.fromisoformat(when.strip())
            day = moment.astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
        elif word.startswith(b":"):
            before, after, old, new, _ = word[1:].decode("ascii").split(" ")
            path = next(words).decode(errors="replace")
            old, new = (
                key if mode in _FILES and key != _NOTHING else ""
                for mode, key in ((before, old), (after, new))
            )
            yield Change(commit, day, path, old, new)


@contextmanager
def contents(folder: Path) -> Iterator[Callable[[str], bytes]]:
    """A function that gives the bytes behind a key of `Change`; it raises Unreadable."""
    command = ["git", "-C", str(folder), "cat-file", "--batch"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=git.environment()
    ) as reader:
        assert reader.stdin
        assert reader.stdout
        source, answers = reader.stdin, reader.stdout

        def content(key: str) -> bytes:
            source.write(key.encode("ascii") + b"\n")
            source.flush()
            *_, size = answers.readline().split() or [b""]
            if not size.isdigit():
                raise Unreadable("版本库缺少一部分内容")
            data = answers.read(int(size))
            answers.read(1)
            return data

        yield content


def _git(folder: Path, *arguments: str) -> bytes:
    """What a command of Git prints, as far as it comes."""
    try:
        return git.run(folder, *arguments).stdout
    except OSError:
        raise Unreadable("没有安装 git") from None
