"""Leases: who alone may change what lies in a bucket, for as long as he lives and not much longer.

Locks are numbered objects. Whoever wants one creates the object after the last one, on condition that
there is none; of several at once the store lets one do so. The number is his for good: it only grows,
and the pointer to the live release is an object that carries it (see `bucket`), so that somebody who
was thought dead and wakes up writes a pointer that is older than that of his successor, and nobody
heeds it. That fence needs no compare-and-swap, which not every store has.

A lock is renewed every sixth of its term. Others may pass it over when it is older than its term, told
from the store's own clock alone (its Date against its Last-Modified). Its holder stops by himself, before
every single request, when half a term has gone since he began to ask for the last renewal that was
granted, told from a clock that goes on while the computer sleeps. So two never write at once, unless a
request is on its way for more than half a term (a minute; it is given up after less), or clocks run at
different speeds. If even that happened, the next publication puts right what it left: it compares all
that lies there. Whoever finds the lock of a process of this computer that has ended need not wait.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from disclosure.release.objects import Objects
from disclosure.release.target import Busy, Refused

TERM = 120.0
"""Seconds after which a lock that nobody renews is void."""
TRIES = 5


@dataclass(frozen=True)
class Note:
    """What a lock says."""

    holder: str
    mark: str
    """By which its writer knows it."""
    process: str
    free: bool = False

    def encode(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()


class Lease:
    """One lock that is held."""

    def __init__(
        self, objects: Objects, folder: str, term: float = TERM, least: Callable[[], int] = int
    ) -> None:
        """`least` gives a number that the next lock must be above, should somebody have removed the
        objects that are locks."""
        self.number = 0
        self._objects, self._folder, self._term, self._least = objects, folder, term, least
        self._until = float("inf")

    @property
    def key(self) -> str:
        """The object that is the lock."""
        return self._key(self.number)

    def _key(self, number: int) -> str:
        return f"{self._folder}{number:09d}"

    def check(self) -> None:
        """Raises Refused when it is not certain any more that nobody else has the lock."""
        if _clock() > self._until:
            raise Refused(
                "发布的锁没有能够及时续期（网络中断或者电脑休眠过久），为免与别人冲突，已经停下。"
                "请重新运行 make publish。"
            )

    @contextmanager
    def held(self, who: str) -> Iterator[None]:
        """Raises Busy, with the name of the holder."""
        note = Note(who[:200], secrets.token_hex(16), _process(os.getpid()))
        self._acquire(note)
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(note, over), daemon=True)
        try:
            self._prove(note)
            keeper.start()
            yield
        finally:
            over.set()
            if keeper.ident:
                keeper.join()
            with suppress(Refused):  # then it runs out by itself
                self._objects.put(self.key, replace(note, free=True).encode())
                for key in self._objects.listing(self._folder):
                    if key < self.key:
                        self._objects.delete(key)

    def renew(self, note: Note) -> None:
        """Begin the term anew."""
        begun = _clock()
        self._objects.put(self.key, note.encode())
        self._until = begun + self._term / 2

    def _acquire(self, note: Note) -> None:
        for _ in range(TRIES):
            self.number = max(self._free(), self._least()) + 1
            begun = _clock()
            if self._objects.create(self.key, note.encode()):
                self._until = begun + self._term / 2
                return
        raise _busy(self._objects.bucket, "")

    def _free(self) -> int:
        """The last number, which nobody holds any more. Raises Busy."""
        listed = self._objects.listing(self._folder)
        if not listed:
            return 0
        number = int(max(listed)[len(self._folder) :][:9])
        found = self._objects.get(self._key(number))
        if found is None:  # somebody has just put up a claim to it
            ages = [about.age for key, about in listed.items() if key > self._key(number)]
            if min(ages, default=0.0) < self._term:
                raise _busy(self._objects.bucket, "")
            return number
        try:
            note = Note(**json.loads(found.content))
        except (ValueError, TypeError):
            note = Note("", "", "")
        if not (note.free or found.age >= self._term or _has_ended(note.process)):
            raise _busy(self._objects.bucket, note.holder)
        return number

    def _prove(self, note: Note) -> None:
        """A store that knows nothing of the condition would let everybody in; it is asked."""
        other = replace(note, mark=secrets.token_hex(16)).encode()
        if self._objects.create(self.key, other):
            raise Refused(
                f"存储桶 {self._objects.bucket} 的服务不支持“不存在时才写入”，不能防止两个人同时发布。"
                "请检查 publish.yml 的 provider；开启了多版本的，请给这个存储桶关闭多版本。"
            )

    def _keep(self, note: Note, over: threading.Event) -> None:
        while not over.wait(self._term / 6):
            with suppress(Refused):  # it is tried again, until `check` stops everything
                self.renew(note)


def _busy(bucket: str, holder: str) -> Busy:
    return Busy(
        f"{holder or '另一个程序'}正在发布到存储桶 {bucket}。请等它结束以后再试，线上没有变化。"
        f"它如果已经异常中断，最多 {TERM / 60:.0f} 分钟后锁会失效。"
    )


def _clock() -> float:
    """Seconds that pass also while the computer sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def _process(pid: int) -> str:
    """What tells a process from all others, as long as it runs; "" where that cannot be told."""
    with suppress(OSError, IndexError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        space = Path("/proc/self/ns/pid").readlink()
        state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        if state[0] not in "ZX":
            return f"{boot} {space} {pid} {state[19]}"
    return ""


def _has_ended(process: str) -> bool:
    """Whether a process is one of this computer, and is no more."""
    here, parts = _process(os.getpid()).split(), process.split()
    if len(here) != 4 or len(parts) != 4 or here[:2] != parts[:2] or not parts[2].isdecimal():
        return False
    return _process(int(parts[2])) != process
