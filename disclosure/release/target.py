"""Targets: where releases go, as one small interface, and the ways in which a target says no."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from disclosure.progress import Tell
from disclosure.release.manifest import Manifest

if sys.version_info >= (3, 8):
    from typing import Protocol
else:  # what runs on a server needs no more than the name
    Protocol = object


class Refused(Exception):
    """What was asked for was not done, nothing was lost; the message says to people why."""


class Busy(Refused):
    """Somebody else is publishing; the message says who."""


class Moved(Refused):
    """Another release went live since this one was begun."""


class Damaged(Refused):
    """What arrived is not what the manifest says."""

    def __init__(self, message: str, paths: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.paths = list(paths)


class Full(Refused):
    """There is no room left."""


_SAID = {
    "Permission denied": "没有权限",
    "Operation not permitted": "没有权限",
    "Read-only file system": "磁盘只能读取",
    "No space left on device": "磁盘已满",
    "Disk quota exceeded": "磁盘配额已满",
    "Input/output error": "磁盘读写出错",
    "File exists": "应当是文件夹的地方有同名的文件",
    "Not a directory": "应当是文件夹的地方有同名的文件",
    "Is a directory": "应当是文件的地方有同名的文件夹",
    "File name too long": "文件名太长",
}


def reason(error: OSError) -> str:
    """What the system says, in Chinese as far as it is known, with the file that it is about."""
    said = _SAID.get(error.strerror or "", error.strerror or type(error).__name__)
    return f"{said}（{error.filename}）" if error.filename else said


@dataclass(frozen=True)
class Sealed:
    """A manifest as it is kept: its canonical bytes, the signature over them, and the list of what
    may not be shown again, whose hash the manifest states. Only the list is not for the public."""

    manifest: bytes
    signature: bytes
    takedown: bytes
    more: Mapping[str, bytes] = field(default_factory=dict)
    """Further signatures, by the name of their file beside the manifest."""


@dataclass(frozen=True)
class Drift:
    """How what is served differs from its manifest; paths in order."""

    changed: Sequence[str] = ()
    missing: Sequence[str] = ()
    extra: Sequence[str] = ()
    altered: Mapping[str, str] = field(default_factory=dict)
    """Files with the right bytes and wrong attributes, or no plain files: what is wrong, in words."""

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.extra or self.altered)


class Target(Protocol):
    """A place that holds some releases by number and serves one of them.

    Whoever changes anything holds the lock; reading needs none. All methods raise OSError or Refused
    when the place cannot be reached. Nothing but `switch` changes what is served, and that at one
    moment; where the place knows no such moment, at none of them does a link lead to nothing.
    """

    name: str
    """How messages call it."""

    def lock(self, who: str) -> AbstractContextManager[None]:
        """Keep all others from changing anything. It ends with the process that holds it, however
        that ends (where that cannot be told from afar: soon after). Raises Busy at once, with the
        name of the holder."""

    def live(self) -> int:
        """The number of the release that is served, 0 for none."""

    def releases(self) -> Sequence[int]:
        """The numbers of all whole releases here, ascending. The highest one is never removed, so
        that no number comes twice."""

    def sealed(self, number: int) -> Sealed:
        """The manifest of a release as it was received. Raises Refused when it is not whole."""

    def read(self, number: int, path: str) -> bytes | None:
        """One file of a release, None when it is not there."""

    def receive(
        self, release: Manifest, sealed: Sealed, source: Path, base: Manifest | None, tell: Tell
    ) -> int:
        """Take in a release, of which `source` is the site. What lies here already with the same
        bytes is copied here and never shared with what is served; `base` is the manifest of the live
        release. Every file is hashed again where it arrived. Only when all of it is here, and would
        survive a loss of power, it appears among `releases()`. What an interrupted attempt brought
        is used again. Returns how many bytes had to be sent. Raises Damaged, Full."""

    def lend(self, release: Manifest, lender: Manifest) -> None:
        """Put the assets of one release beside those of another that is to be served instead of it, so
        that whoever is just loading one of its pages gets them; other assets than those of the two are
        removed. Neither may be live yet but the lender."""

    def switch(self, number: int, *, parent: int) -> None:
        """Serve a release instead of `parent` (0 for none), from one moment to the next. Raises Moved
        when another one is live."""

    def drift(self, release: Manifest, *, thorough: bool, tell: Tell) -> Drift:
        """How a release as it lies here differs from its manifest. Without `thorough` only what
        can be told without reading: presence, kind, size, time."""

    def mend(self, release: Manifest, sealed: Sealed, drift: Drift, source: Path | None) -> None:
        """Make a release again what its manifest says, file by file, each in one step, from `source`
        or from other releases here. Raises Damaged with what is nowhere to be had."""

    def discard(self, numbers: Iterable[int]) -> None:
        """Remove releases that are neither live nor the highest."""
