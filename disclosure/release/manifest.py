"""Manifests: what a release is made of, file by file, with its hashes; one canonical text to be signed."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

NAME = "manifest.json"
SIGNATURE = NAME + ".sig"
SM2 = NAME + ".sm2"
OWN = (NAME, SIGNATURE, SM2)
"""Files of a release that its manifest cannot list."""
FORMAT = 1
BLOCK = 1 << 20
HAS_SM3 = "sm3" in hashlib.algorithms_available


class Unreadable(Exception):
    """A manifest that is none."""


class Hashes(NamedTuple):
    """What the bytes of a file come to."""

    size: int
    sha256: str
    sm3: str
    """GB/T 32905; "" where the OpenSSL of this computer cannot do it."""


class Entry(NamedTuple):
    """One file of a release."""

    size: int
    sha256: str
    sm3: str
    mtime: int
    """Seconds since 1970: when this content was first released at this address. Web servers make
    their validators from it, so that other content must never have the same."""
    record: str = ""
    """The collection whose record this page shows, or ""."""
    kept: int = 0
    """For an asset that only pages of earlier releases ask for: the last release that had it; else 0."""


@dataclass(frozen=True)
class Manifest:
    """A release: a number that only grows, where it comes from, and every file."""

    number: int
    parent: int
    """The release that was live before, 0 for none."""
    made: int
    """Seconds since 1970, later than those of every release before, whatever the clock says."""
    as_of: str
    commit: str
    """The commit of the data, "" without version history."""
    lock: str
    """SHA-256 of the file of locked dependencies, "" when there is none."""
    takedown: str
    """SHA-256 of the list of what may not be shown again."""
    sample: bool = False
    sm2: bool = False
    """Whether a signature by SM2 belongs to it."""
    files: Mapping[str, Entry] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    """The Chinese name of each collection."""
    text: bytes = field(default=b"", init=False, repr=False, compare=False)
    """What it was decoded from; nothing in one that was made, also out of another."""

    @property
    def records(self) -> Mapping[str, int]:
        """How many records of each collection it shows."""
        found = Counter(entry.record for entry in self.files.values() if entry.record)
        return {name: found[name] for name in self.titles}

    def encode(self) -> bytes:
        """The canonical text: UTF-8, keys in order, no blanks (RFC 8785)."""
        if self.text:
            return self.text
        head = {
            "format": FORMAT,
            "hashes": ["sha256", "sm3"] if HAS_SM3 else ["sha256"],
            "records": self.records,
            "files": {path: _plain(entry) for path, entry in self.files.items()},
            **{name: getattr(self, name) for name in _HEAD},
        }
        return canonical(head)


_HEAD = (
    *("number", "parent", "made", "as_of", "commit", "lock"),
    *("takedown", "sample", "sm2", "titles"),
)


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON of which there is one form only; raises ValueError for text that is none."""
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _ordered(value[key]) for key in keys}
    return value


def _plain(entry: Entry) -> Mapping[str, Any]:
    """An entry without what is empty."""
    return {name: value for name, value in entry._asdict().items() if value or name == "size"}


def decode(content: bytes) -> Manifest:
    """The manifest that a canonical text says; raises Unreadable for every other text."""
    try:
        with _uncollected():
            raw = json.loads(content)
            files = {path: _entry(about) for path, about in raw["files"].items()}
        found = Manifest(files=files, **{name: raw[name] for name in _HEAD})
        numbers = (found.number, found.parent, found.made)
        sound = all(isinstance(n, int) for n in numbers) and raw["format"] == FORMAT
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreadable(type(error).__name__) from None
    if not sound or not _are_safe(files):
        raise Unreadable("content")
    object.__setattr__(found, "text", content)
    return found


@contextmanager
def _uncollected() -> Iterator[None]:
    """Python's collector would go through all that a hundred thousand entries make, again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _entry(about: Mapping[str, Any]) -> Entry:
    give = about.get
    record, kept, sm3 = give("record"), give("kept"), give("sm3")
    # A key that is unknown makes one too many.
    if len(about) != 3 + (record is not None) + (kept is not None) + (sm3 is not None):
        raise KeyError
    return Entry(about["size"], about["sha256"], sm3 or "", about["mtime"], record or "", kept or 0)


_UNSAFE = ("//", "/./", "/../", "\\", "\0", "\r")
"""What no path may hold when a / stands before and behind it."""


def is_safe(path: str) -> bool:
    """Whether a path stays within the folder that it is below, and can be written anywhere."""
    return _are_safe([path])


def _are_safe(paths: Collection[str]) -> bool:
    """The same of all of them, which is looked for at once."""
    lines = "/" + "/\n/".join(paths) + "/"
    in_line = lines.count("\n") == len(paths) - 1
    return not paths or (in_line and not any(unsafe in lines for unsafe in _UNSAFE))


# ── Hashing ──────────────────────────────────────────────────────────────────────────────────────


def hashes(content: bytes) -> Hashes:
    """The hashes of some bytes."""
    sm3 = hashlib.new("sm3", content).hexdigest() if HAS_SM3 else ""
    return Hashes(len(content), hashlib.sha256(content).hexdigest(), sm3)


def of_file(file: BinaryIO, write: Callable[[bytes], object] | None = None) -> Hashes:
    """The hashes of what a file still holds, block by block; `write` is given each."""
    block = file.read(BLOCK)
    if len(block) < BLOCK:  # nearly all files
        if write:
            write(block)
        return hashes(block)
    size, first = 0, hashlib.sha256()
    second = hashlib.new("sm3") if HAS_SM3 else None
    while block:
        size += len(block)
        first.update(block)
        if second:
            second.update(block)
        if write:
            write(block)
        block = file.read(BLOCK)
    return Hashes(size, first.hexdigest(), second.hexdigest() if second else "")


def opened(path: str) -> BinaryIO | None:
    """A plain file to be read; None for links, pipes and the like, which are not followed or waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        if not os.path.islink(path):
            raise
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return open(descriptor, "rb", buffering=0)


# ── The next release ─────────────────────────────────────────────────────────────────────────────


def entries(
    found: Mapping[str, Hashes],
    records: Mapping[str, str],
    before: Mapping[str, Entry],
    made: int,
) -> Iterator[tuple[str, Entry]]:
    """The files of a release made at a time: what is as in the live one keeps its time."""
    for path, about in found.items():
        old = before.get(path)
        same = old is not None and old.sha256 == about.sha256
        yield path, Entry(*about, old.mtime if old and same else made, records.get(path, ""))


def carried(
    found: Iterable[str], before: Mapping[str, Entry], live: int, oldest: int
) -> Iterator[tuple[str, Entry]]:
    """Assets that the site has no more and readers of earlier pages may still ask for.

    Assets hold styles and scripts; records and what may be taken down lie elsewhere.
    """
    there = set(found)
    for path, entry in before.items():
        if is_asset(path) and path not in there:
            last = entry.kept or live
            if last >= oldest:
                yield path, entry._replace(kept=last)


def is_asset(path: str) -> bool:
    """Whether a file holds no more than how pages look and work."""
    return path.startswith(CARRIED) and path.endswith(KINDS)


CARRIED = "assets/"
KINDS = (".css", ".js", ".woff2", ".svg")
