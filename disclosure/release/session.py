"""Sessions: one publisher's conversation with the portal's server about a folder of releases.

They run there, on Python 3.7 and later.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import queue
import shutil
import socket
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Callable, NoReturn

from disclosure.release import folder, manifest, wire
from disclosure.release.folder import Folder
from disclosure.release.manifest import Manifest
from disclosure.release.receiver import GATE, MEETING, PATIENCE
from disclosure.release.target import Refused, Sealed


class Session:
    """One publisher's conversation about a folder. It ends, and the lock with it, as soon as the
    other side is gone or has said nothing for too long, whatever is being done just then."""

    def __init__(self, place: Path) -> None:
        self.folder = Folder(place)
        self._known: dict[str, tuple[bytes, Manifest]] = {}
        self._lock: ExitStack | None = None
        self._writing = threading.Lock()
        self._requests: queue.Queue[bytes] = queue.Queue()
        self._silence = 60.0
        self._heard = time.monotonic()
        self._told = 0.0

    def run(self) -> NoReturn:
        self._say({"portal": wire.PROTOCOL, "files": manifest.FORMAT})
        for work in (self._listen, self._watch, self._beat):
            threading.Thread(target=work, daemon=True).start()
        while True:
            self._say(self._answer(self._requests.get()))

    def _answer(self, request: bytes) -> dict[str, Any]:
        try:
            message = json.loads(request.decode())
            verb, values = str(message["do"]), list(message.get("with", []))
            if verb not in VERBS or (verb in CHANGING and self._lock is None):
                raise Refused(f"服务器不接受这个请求（{verb[:20]}）。")
            return {"done": VERBS[verb](self, *values)}
        except Refused as error:
            return wire.refusal(error)
        except OSError as error:
            return {"failed": f"{error.strerror or error}（{error.filename or self.folder.place}）"}
        except Exception as error:
            return {"failed": f"{type(error).__name__}：{str(error)[:200]}"}

    def _listen(self) -> None:
        rest = b""
        while True:
            some = os.read(0, 1 << 16)
            if not some:
                os._exit(0)
            self._heard = time.monotonic()
            *lines, rest = (rest + some).split(b"\n") if b"\n" in some else [rest + some]
            for line in lines:
                if line:
                    self._requests.put(line)

    def _watch(self) -> None:
        while time.monotonic() - self._heard < self._silence:
            time.sleep(0.5)
        os._exit(1)

    def _beat(self) -> None:
        while True:
            time.sleep(self._silence / wire.BEAT / 2)
            self._write(b"\n")

    def _say(self, message: dict[str, Any]) -> None:
        self._write(wire.line(message))

    def _write(self, content: bytes) -> None:
        with self._writing:
            try:
                while content:
                    content = content[os.write(1, content) :]
            except OSError:
                os._exit(1)

    def _tell(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not done or done == total or now - self._told > 0.2:
            self._told = now
            self._say({"tell": [done, total]})

    # What can be asked for. Numbers, hashes and paths are checked where they come in.

    def hello(self, name: str, silence: float) -> None:
        """How the publisher calls this server in its messages, and how long silence may last."""
        self.folder.name = _plain(name)
        self._silence = min(max(float(silence), 1), 120)

    def lock(self, who: str) -> None:
        held = ExitStack()
        held.enter_context(self.folder.lock(_plain(who)))
        try:
            _wait_for_uploads()
            held.enter_context(_Meeting(self.folder.live()))
        except BaseException:
            held.close()
            raise
        self._lock = held

    def unlock(self) -> None:
        if self._lock:
            self._lock.close()
        self._lock = None

    def live(self) -> int:
        return self.folder.live()

    def releases(self) -> list[int]:
        return list(self.folder.releases())

    def seal(self, number: int) -> dict[str, Any]:
        """A release as it was received, of its manifest only the hash."""
        sealed = self.folder.sealed(_number(number))
        return {"sha256": hashlib.sha256(sealed.manifest).hexdigest(), **wire.parts(sealed)}

    def read(self, number: int, path: str) -> str | None:
        if not manifest.is_safe(path):
            raise Refused("路径不对。")
        content = self.folder.read(_number(number), path)
        return None if content is None else wire.pack(content)

    def know(self, number: int, sha256: str) -> bool:
        """Whether a manifest is here, by the number of its release, or just uploaded."""
        if sha256 in self._known:
            return True
        uploaded = self.folder.place / "incoming" / manifest.NAME
        with suppress(OSError, Refused):
            file = manifest.opened(str(uploaded))
            if file is not None:
                with file:
                    self._learn(file.read(wire.MOST))
        with suppress(OSError, Refused):
            self._learn(self.folder.read(_number(number), manifest.NAME) or b"")
        return sha256 in self._known

    def teach(self, content: str) -> str:
        return self._learn(wire.unpack(content))

    def _learn(self, content: bytes) -> str:
        try:
            release = manifest.decode(content)
        except manifest.Unreadable:
            raise Refused("清单读不出来。") from None
        sha256 = hashlib.sha256(content).hexdigest()
        self._known[sha256] = content, release
        return sha256

    def _sealed(self, sha256: str, parts: dict[str, Any]) -> tuple[Manifest, Sealed]:
        content, release = self._known[sha256]
        sealed = wire.sealed(content, parts)
        if not sealed.more.keys() <= set(manifest.OWN):
            raise Refused("签名的名称不对。")
        return release, sealed

    def receive(self, sha256: str, parts: dict[str, Any]) -> None:
        """Make a release of what was uploaded and of what the live one holds."""
        release, sealed = self._sealed(sha256, parts)
        incoming = self.folder.place / "incoming"
        self.folder.receive(release, sealed, incoming, self._base(), self._tell)

    def _base(self) -> Manifest | None:
        """What should lie in the live release, with the assets that the newest one has lent it. Only
        places to look at: whatever is copied from there is hashed."""
        found: dict[str, manifest.Entry] = {}
        live = self.folder.live()
        base = None
        for number in sorted({live, max(self.releases(), default=0)} - {0}, key=live.__eq__):
            with suppress(manifest.Unreadable, OSError):
                release = manifest.decode(self.folder.read(number, manifest.NAME) or b"")
                assets = release.files.items()
                if number == live:
                    base = release
                    found.update(release.files)
                else:
                    found.update((p, e) for p, e in assets if manifest.is_asset(p))
        return base and Manifest(live, 0, 0, "", "", "", "", files=found)

    def give_up(self, need: int) -> None:
        """There was no room for an upload: give back what it took, and say so."""
        shutil.rmtree("incoming", ignore_errors=True)
        raise folder.full(self.folder.place, int(need))

    def lend(self, sha256: str, lender: str) -> None:
        self.folder.lend(self._known[sha256][1], self._known[lender][1])

    def switch(self, number: int, parent: int) -> None:
        self.folder.switch(_number(number), parent=int(parent))

    def drift(self, sha256: str, thorough: bool) -> dict[str, Any]:
        release = self._known[sha256][1]
        return wire.drift(self.folder.drift(release, thorough=bool(thorough), tell=self._tell))

    def mend(self, sha256: str, kept: str, parts: dict[str, Any], drift: dict[str, Any]) -> None:
        release, sealed = self._known[sha256][1], self._sealed(kept, parts)[1]
        wrong = wire.as_drift(drift)
        paths = [*wrong.changed, *wrong.missing, *wrong.extra, *wrong.altered]
        if any({"", ".", ".."} & set(path.split("/")) for path in paths):
            raise Refused("路径不对。")
        incoming = self.folder.place / "incoming"
        self.folder.mend(release, sealed, wrong, incoming)
        shutil.rmtree(str(incoming), ignore_errors=True)

    def discard(self, numbers: list[int]) -> None:
        self.folder.discard([_number(number) for number in numbers])


VERBS: dict[str, Callable[..., Any]] = {
    work.__name__: work
    for work in (
        Session.hello,
        Session.lock,
        Session.unlock,
        Session.live,
        Session.releases,
        Session.seal,
        Session.read,
        Session.know,
        Session.teach,
        Session.receive,
        Session.give_up,
        Session.lend,
        Session.switch,
        Session.drift,
        Session.mend,
        Session.discard,
    )
}
CHANGING = {"receive", "give_up", "lend", "switch", "mend", "discard"}
"""What only the holder of the lock may ask for."""


class _Meeting:
    """Where uploads ask for the live release, and are told by the end of the line when to stop."""

    def __init__(self, live: int) -> None:
        self._live = live
        self._socket = socket.socket(socket.AF_UNIX)
        self._guests: list[socket.socket] = []

    def __enter__(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(MEETING)
        before = os.umask(0o077)
        self._socket.bind(MEETING)
        os.umask(before)
        self._socket.listen(8)
        threading.Thread(target=self._welcome, daemon=True).start()

    def _welcome(self) -> None:
        while True:
            try:
                guest, _ = self._socket.accept()
                self._guests.append(guest)
                guest.sendall(b"%d\n" % self._live)
            except OSError:
                return

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        for one in (self._socket, *self._guests):
            one.close()


def _wait_for_uploads() -> None:
    """Whoever had the lock before may be gone sooner than the files on the way to it."""
    gate = os.open(GATE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > end:
                    raise Refused("上一次发布的传送还没有结束，请过一会儿再试。") from None
                time.sleep(0.02)
    finally:
        os.close(gate)


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in str(text))[:150]


def _number(number: int) -> int:
    if type(number) is not int or not 0 < number < 1_000_000_000:
        raise Refused("版本号不对。")
    return number
