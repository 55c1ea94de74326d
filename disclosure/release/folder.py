"""The folder target: releases side by side in a folder, and a link to the one that is served.

`releases/12/` is what a web server shows while `current` leads there; `takedown/12.json` is the list
that belongs to it, which nobody is shown; `incoming/` is what is on its way; `lock` says who works here.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from disclosure.progress import Tell, silent
from disclosure.release import manifest, trees
from disclosure.release.manifest import Manifest
from disclosure.release.target import Busy, Drift, Full, Moved, Refused, Sealed

NUMBER = re.compile(r"[1-9][0-9]{0,8}")
ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Folder:
    """A folder on this computer as a target."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.name = f"文件夹 {place}"
        self._current = place / "current"
        self._incoming = place / "incoming"

    def _tree(self, number: int) -> Path:
        return self.place / "releases" / str(number)

    def _list(self, number: int) -> Path:
        return self.place / "takedown" / f"{number}.json"

    @contextmanager
    def lock(self, who: str) -> Iterator[None]:
        for folder, mode in (("", 0o755), ("releases", 0o755), ("takedown", 0o700)):
            path = self.place / folder
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(mode)
        descriptor = os.open(
            self.place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644
        )
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(
                    f"{_holder(descriptor)}正在发布到{self.name}。请等它结束以后再试，线上没有变化。"
                ) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, who.encode()[:500], 0)
            try:
                yield
            finally:
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def live(self) -> int:
        try:
            lead = os.readlink(self._current)
        except FileNotFoundError:
            return 0
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            raise Refused(
                f"{self._current} 应当是指向当前版本的链接，现在不是。请移走它，再运行 make rollback TO=版本号。"
            ) from None
        folder, _, number = lead.rpartition("/")
        if folder != "releases" or not NUMBER.fullmatch(number):
            raise Refused(
                f"{self._current} 指向了别处（{lead}）。请删去这个链接，再运行 make rollback TO=版本号。"
            )
        return int(number)

    def releases(self) -> Sequence[int]:
        try:
            names = os.listdir(self.place / "releases")
        except FileNotFoundError:
            return []
        return sorted(int(name) for name in names if NUMBER.fullmatch(name))

    def sealed(self, number: int) -> Sealed:
        own = [self.read(number, name) for name in (manifest.NAME, manifest.SIGNATURE)]
        more = self.read(number, manifest.SM2)
        try:
            takedown = self._list(number).read_bytes()
        except FileNotFoundError:
            takedown = None
        if own[0] is None or own[1] is None or takedown is None:
            raise Refused(f"{self.name}的第 {number} 版不完整：缺少清单、签名或者下架清单。")
        return Sealed(own[0], own[1], takedown, {} if more is None else {manifest.SM2: more})

    def read(self, number: int, path: str) -> bytes | None:
        with suppress(FileNotFoundError, NotADirectoryError):
            file = manifest.opened(f"{self._tree(number)}/{path}")
            if file is not None:
                with file:
                    return file.read()
        return None

    def receive(
        self, release: Manifest, sealed: Sealed, source: Path, base: Manifest | None, tell: Tell
    ) -> int:
        if release.number <= max(self.releases(), default=0):
            raise Moved(f"{self.name}里已经有第 {release.number} 版。请重新运行 make publish。")
        live = (self._tree(base.number), base.files) if base else None
        try:
            sent = trees.fill(self._incoming, release, source, live, tell)
            self._seal(self._incoming, release, sealed)
            # The list is there before the release to which it belongs.
            trees.write(self._list(release.number), sealed.takedown, release.made)
            trees.settle(self.place)
        except OSError as error:
            if error.errno not in ROOM:
                raise
            shutil.rmtree(self._incoming, ignore_errors=True)  # give back the room it took
            need = sum(entry.size for entry in release.files.values())
            raise full(self.place, need) from None
        self._incoming.rename(self._tree(release.number))
        trees.settle_names(self.place / "releases")
        return sent

    def _seal(self, tree: Path, release: Manifest, sealed: Sealed) -> None:
        trees.write(tree / manifest.NAME, sealed.manifest, release.made)
        trees.write(tree / manifest.SIGNATURE, sealed.signature, release.made)
        for name, content in sealed.more.items():
            trees.write(tree / name, content, release.made)

    def lend(self, release: Manifest, lender: Manifest) -> None:
        trees.lend(self._tree(release.number), release, self._tree(lender.number), lender)

    def switch(self, number: int, *, parent: int) -> None:
        live = self.live()
        if live != parent:
            raise Moved(
                f"{self.name}的当前版本已经是第 {live} 版，不再是第 {parent} 版。请重新运行 make publish。"
            )
        if not self._tree(number).is_dir():
            raise Refused(f"{self.name}里没有第 {number} 版。")
        aside = self.place / "current.next"
        with suppress(FileNotFoundError):
            aside.unlink()
        aside.symlink_to(f"releases/{number}")
        aside.rename(self._current)
        trees.settle_names(self.place)

    def drift(self, release: Manifest, *, thorough: bool, tell: Tell = silent) -> Drift:
        return trees.drift(self._tree(release.number), release, thorough=thorough, tell=tell)

    def mend(self, release: Manifest, sealed: Sealed, drift: Drift, source: Path | None) -> None:
        tree = self._tree(release.number)
        others = [self._tree(n) for n in reversed(self.releases()) if n != release.number]
        trees.mend(tree, release, drift, [*([source] if source else []), *others])
        self._seal(tree, release, sealed)
        trees.settle(self.place)

    def discard(self, numbers: Iterable[int]) -> None:
        kept = {self.live(), max(self.releases(), default=0)}
        for number in numbers:
            if number in kept:
                continue
            # First out of the way as a whole: half a release must not look like one.
            doomed = self.place / "releases" / f".{number}.removed"
            shutil.rmtree(doomed, ignore_errors=True)
            with suppress(FileNotFoundError):
                self._tree(number).rename(doomed)
            with suppress(FileNotFoundError):
                self._list(number).unlink()
            shutil.rmtree(doomed, ignore_errors=True)
        for left in (self.place / "releases").glob(".*.removed"):
            shutil.rmtree(left, ignore_errors=True)


def _holder(descriptor: int) -> str:
    """Who holds the lock. The name is written right after the lock was taken: a moment is left for it."""
    for _ in range(40):
        time.sleep(0.05)
        name = os.pread(descriptor, 500, 0).decode("utf-8", "replace").strip()
        if name:
            return name
    return "另一个程序"


def full(place: Path, need: int) -> Full:
    """The refusal of so many bytes, for which a disk has no room."""
    free = shutil.disk_usage(str(place)).free / 1_000_000
    return Full(
        f"{place} 所在的磁盘放不下新的版本：大约需要 {need / 1_000_000:,.0f} MB，现有 {free:,.0f} MB。"
        "线上仍是原来的版本，没有写完的已经清除。请清理磁盘，或者在 publish.yml 中减少保留的版本数（keep）。"
    )
