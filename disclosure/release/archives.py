"""Archives: what a private bucket keeps of every release: its files by their hash, its sealed manifest.

Below one folder: `blobs/` every file by its SHA-256; `releases/12/` the manifest, its signatures and the
list of what was taken down; `live/` the number of the release that is served, under the number of the
lock with which it went live (see `leases`): the highest counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from disclosure.release import manifest
from disclosure.release.manifest import Entry, Manifest
from disclosure.release.objects import Listed, Objects, each
from disclosure.release.target import Refused, Sealed

CUTS = [f"{digit:x}" for digit in range(1, 16)]
"""Where the listing of files is divided."""
TAKEDOWN = "takedown.json"


class Archive:
    """What a bucket keeps below a folder. Whoever changes it holds the lock. Raises Unreachable."""

    def __init__(self, objects: Objects, root: str, name: str) -> None:
        self.objects, self.root = objects, root
        self._name = name
        self._blobs = f"{root}blobs/"

    # ── Which release is served ──────────────────────────────────────────────────────────────────

    def live(self) -> int:
        """The number of the release that is served, 0 for none."""
        pointers = self.objects.listing(f"{self.root}live/")
        if not pointers:
            return 0
        found = self.objects.get(max(pointers))
        with suppress(ValueError, TypeError, KeyError):
            if found and isinstance(number := json.loads(found.content)["release"], int):
                return number
        raise Refused(
            f"存储桶 {self.objects.bucket} 的 {max(pointers)} 读不出来，不知道当前是第几版。"
            "请删去它，再运行 make rollback TO=版本号。"
        )

    def fence(self) -> int:
        """The number of the lock with which a release last went live, 0 before the first."""
        folder = f"{self.root}live/"
        last = max(self.objects.listing(folder), default="")[len(folder) :]
        return int(last) if last.isdecimal() else 0

    def point(self, number: int, lock: int) -> None:
        """Say which one is served from now on, as the holder of a lock."""
        own = f"{self.root}live/{lock:09d}"
        self.objects.put(own, json.dumps({"release": number}).encode())
        for key in self.objects.listing(f"{self.root}live/"):
            if key < own:
                self.objects.delete(key)

    # ── Manifests ────────────────────────────────────────────────────────────────────────────────

    def _own(self, number: int, name: str) -> str:
        return f"{self.root}releases/{number}/{name}"

    def releases(self) -> Sequence[int]:
        """The numbers of all whole releases, ascending."""
        folder = f"{self.root}releases/"
        found = (key[len(folder) :].split("/") for key in self.objects.listing(folder))
        return sorted(
            int(parts[0])
            for parts in found
            if parts[0].isdecimal() and parts[1:] == [manifest.NAME]
        )

    def sealed(self, number: int) -> Sealed:
        """The manifest of a release as it was received. Raises Refused when it is not whole."""
        names = (*manifest.OWN, TAKEDOWN)
        text, signature, sm2, takedown = each(partial(self.own, number), names)
        if text is None or signature is None or takedown is None:
            raise Refused(f"{self._name}的第 {number} 版不完整：缺少清单、签名或者下架清单。")
        return Sealed(text, signature, takedown, {} if sm2 is None else {manifest.SM2: sm2})

    def manifest(self, number: int) -> Manifest:
        """What a release says it is. Raises Refused."""
        with suppress(manifest.Unreadable):
            if content := self.own(number, manifest.NAME):
                return manifest.decode(content)
        raise Refused(f"{self._name}的第 {number} 版：清单读不出来。")

    def seal(self, number: int, sealed: Sealed) -> None:
        """Keep the manifest of a release, which comes last: with it the release is there."""
        parts = {TAKEDOWN: sealed.takedown, **sealed.more, manifest.SIGNATURE: sealed.signature}
        for name, content in {**parts, manifest.NAME: sealed.manifest}.items():
            self.objects.put(self._own(number, name), content)

    def own(self, number: int, name: str) -> bytes | None:
        """The manifest of a release, one of its signatures, or its list."""
        found = self.objects.get(self._own(number, name))
        return found and found.content

    def discard(self, numbers: Collection[int]) -> None:
        """Remove releases, and the files that none of the others has."""
        for number in numbers:
            # The manifest first: half a release must not look like one.
            for name in (*manifest.OWN, TAKEDOWN):
                self.objects.delete(self._own(number, name))
        needed: set[str] = set()
        try:
            for number in self.releases():
                files = self.manifest(number).files
                needed.update(entry.sha256 for entry in files.values())
        except Refused:  # nobody knows what it needs: nothing goes
            return
        each(
            self.objects.delete, sorted(self._blobs + name for name in self.blobs().keys() - needed)
        )

    # ── Files ────────────────────────────────────────────────────────────────────────────────────

    def blobs(self) -> Mapping[str, Listed]:
        """All files that are kept, by their SHA-256."""
        listed = self.objects.listing(self._blobs, [self._blobs + cut for cut in CUTS])
        return {key[len(self._blobs) :]: about for key, about in listed.items()}

    def key(self, entry: Entry) -> str:
        """Where a file lies."""
        return self._blobs + entry.sha256

    def read(self, entry: Entry) -> bytes | None:
        """A file, as it lies here."""
        found = self.objects.get(self.key(entry))
        return found and found.content

    def keep(
        self,
        path: str,
        entry: Entry,
        there: Listed | None,
        source: Path | None,
        served: Callable[[str], bytes | None],
    ) -> int | None:
        """See to it that a file is kept, of which a listing told what lies `there`: from the site, or
        else from what is served. Returns the bytes that were sent; None when it is nowhere to be had."""
        content = _from_disk(source, path, entry) if source else None
        if content is None:
            if there and sound(self.read(entry), entry):
                return 0
            content = served(path)
            if not sound(content, entry):
                return None
        elif there and there.bytes == (entry.size, hashlib.md5(content).hexdigest()):
            return 0
        assert content is not None
        self.objects.put(self.key(entry), content)
        return entry.size


def sound(content: bytes | None, entry: Entry) -> bool:
    """Whether some bytes are those of a file."""
    return content is not None and hashlib.sha256(content).hexdigest() == entry.sha256


def _from_disk(source: Path, path: str, entry: Entry) -> bytes | None:
    """A file of the site, if its bytes are what they should be."""
    with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        if (file := manifest.opened(f"{source}/{path}")) is not None:
            with file:
                content = file.read()
            if hashlib.sha256(content).hexdigest() == entry.sha256:
                return content
    return None
