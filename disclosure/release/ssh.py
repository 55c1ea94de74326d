"""The ssh target: a folder target on the portal's server, spoken to by OpenSSH, its files brought by rsync.

The lock is held by the live connection and ends with it. What a release holds that the live one has not
is uploaded into `incoming/`; the server copies the rest there, hashes all of it and does the rest itself.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from disclosure import cache
from disclosure.progress import Tell, silent
from disclosure.release import manifest, wire
from disclosure.release.connection import Connection, Host, Lost, NoRoom
from disclosure.release.manifest import Manifest
from disclosure.release.target import Damaged, Drift, Moved, Refused, Sealed

SMALL = 100_000
"""Bytes of a packed manifest for which no comparison with the live one is worth the while."""
REMEMBERED = 12
"""How many manifests are kept here, so that they need not come over the line again."""


class Ssh:
    """The portal's server as a target. Each thread that uses it has a conversation of its own."""

    def __init__(self, host: Host, memory: Path | None = None) -> None:
        self.host = host
        self.name = host.name
        self._memory = memory
        self._here = _Here()

    def close(self) -> None:
        """End this thread's conversation."""
        if self._here.line:
            self._here.line.close()
        self._here.line = None

    @contextmanager
    def lock(self, who: str) -> Iterator[None]:
        self._call("lock", who)
        here = self._here
        here.locks, here.switched = here.locks + 1, 0
        try:
            yield
        finally:
            here.locks -= 1
            if here.line and not here.line.broken:
                with suppress(Refused):
                    self._call("unlock")

    def _line(self) -> Connection:
        here = self._here
        # A lock does not outlive its connection: whoever has one must be told, not connected again.
        if here.line is None or (here.line.broken and not here.locks):
            here.line = Connection(self.host)
        return here.line

    def _call(self, verb: str, *values: Any, tell: Tell = silent) -> Any:
        try:
            return self._line().call(verb, *values, tell=tell)
        except Lost as error:
            raise self._lost(error) from None

    def _lost(self, error: Lost) -> Refused:
        if number := self._here.switched:
            return Refused(f"{error}。第 {number} 版已经公开，只是没有清理旧的版本。")
        return Lost(f"{error}。线上没有变化，排除以后重新运行同一条命令即可。")

    # ── Looking ──

    def live(self) -> int:
        return int(self._call("live"))

    def releases(self) -> Sequence[int]:
        return [int(number) for number in self._call("releases")]

    def sealed(self, number: int) -> Sealed:
        parts = self._call("seal", number)
        content = self._recall(parts["sha256"])
        if content is None:
            content = wire.unpack(self._call("read", number, manifest.NAME) or wire.pack(b""))
            self._remember(content)
        return wire.sealed(content, parts)

    def _recall(self, sha256: str) -> bytes | None:
        kept = cache.get(self._memory, f"manifest-{sha256}")
        content = None if kept is None else bytes(kept)
        return content if content and hashlib.sha256(content).hexdigest() == sha256 else None

    def _remember(self, content: bytes) -> None:
        if self._memory is None:
            return
        cache.put(self._memory, f"manifest-{hashlib.sha256(content).hexdigest()}", content)
        kept = sorted(self._memory.glob("manifest-*"), key=lambda path: -path.stat().st_mtime_ns)
        for path in kept[REMEMBERED:]:
            path.unlink(missing_ok=True)

    def read(self, number: int, path: str) -> bytes | None:
        content = self._call("read", number, path)
        return None if content is None else wire.unpack(content)

    def drift(self, release: Manifest, *, thorough: bool, tell: Tell = silent) -> Drift:
        known = self._taught(release.number, release.encode())
        return wire.as_drift(self._call("drift", known, thorough, tell=tell))

    def _taught(self, number: int, content: bytes) -> str:
        """The hash of a manifest that the server knows by now."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self._call("know", number, sha256):
            self._call("teach", wire.pack(content))
        return sha256

    # ── Changing ──

    def receive(
        self, release: Manifest, sealed: Sealed, source: Path, base: Manifest | None, tell: Tell
    ) -> int:
        if release.number <= max(self.releases(), default=0):
            raise Moved(f"{self.name}里已经有第 {release.number} 版。请重新运行 make publish。")
        held = {entry.sha256 for entry in base.files.values()} if base else set()
        new = [path for path, entry in release.files.items() if entry.sha256 not in held]
        known = self._bring(release, sealed, source, new, tell)
        try:
            self._call("receive", known, wire.parts(sealed), tell=tell)
        except Damaged as error:
            # Somebody has changed what is live: these must be sent after all.
            new += set(release.files).intersection(error.paths).difference(new)
            self._upload(release, source, sorted(error.paths), tell)
            self._call("receive", known, wire.parts(sealed), tell=tell)
        self._remember(sealed.manifest)
        return sum(release.files[path].size for path in new)

    def _bring(
        self, release: Manifest, sealed: Sealed, source: Path, paths: Sequence[str], tell: Tell
    ) -> str:
        """Upload some files of a release, and of a large manifest what differs from the live one's."""
        if len(wire.pack(sealed.manifest)) > SMALL:
            with tempfile.TemporaryDirectory() as passing:
                Path(passing, manifest.NAME).write_bytes(sealed.manifest)
                self._upload(release, Path(passing), [manifest.NAME], silent)
        known = self._taught(release.number, sealed.manifest)
        self._upload(release, source, paths, tell)
        return known

    def _upload(self, release: Manifest, source: Path, paths: Sequence[str], tell: Tell) -> None:
        if not paths:
            return
        try:
            self._line().upload(source, paths, tell)
        except NoRoom:
            self._call("give_up", sum(entry.size for entry in release.files.values()))
        except Lost as error:
            raise self._lost(error) from None

    def lend(self, release: Manifest, lender: Manifest) -> None:
        one, other = (self._taught(some.number, some.encode()) for some in (release, lender))
        self._call("lend", one, other)

    def switch(self, number: int, *, parent: int) -> None:
        try:
            self._call("switch", number, parent)
        except Lost as error:
            # The line broke before the answer: only the server knows, so ask it once more.
            try:
                line = Connection(self.host)
                now = line.call("live")
                line.close()
            except Refused:
                raise Refused(
                    f"{str(error).partition('。')[0]}。切换到第 {number} 版的途中断了线，不知道有没有"
                    "切换。公开的总是完整的一版。网络恢复以后请运行 make verify 查看，再重新发布。"
                ) from None
            if now != number:
                raise
        self._here.switched = number

    def mend(self, release: Manifest, sealed: Sealed, drift: Drift, source: Path | None) -> None:
        paths = [path for path in (*drift.changed, *drift.missing) if path in release.files]
        if source:
            self._upload(release, source, paths, silent)
        known = self._taught(release.number, release.encode())
        kept = self._taught(release.number, sealed.manifest)
        self._call("mend", known, kept, wire.parts(sealed), wire.drift(drift))

    def discard(self, numbers: Iterable[int]) -> None:
        self._call("discard", list(numbers))


class _Here(threading.local):
    """What one thread has: its conversation, how many locks it holds, what it has switched to."""

    line: Connection | None = None
    locks = 0
    switched = 0
