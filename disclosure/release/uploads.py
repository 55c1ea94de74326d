"""Uploads: what rsync may do on the portal's server: write into incoming/ while a session holds the lock.

They run in the folder itself, on Python 3.7 and later.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from disclosure.release import trees
from disclosure.release.target import Refused

ASKED = re.compile(
    r"rsync --server -cRe([0-9]*\.[A-Za-z]*) --log-format=X --timeout=([0-9]{1,3}) \. \."
)
"""The one form in which our own rsync asks; only what it can do and its patience are taken from it."""
MEETING = "session"
"""A socket in the folder, at which uploads find the session that they belong to, and see it end."""
GATE = "upload"
"""A file that every upload holds until all of its processes are gone."""
PATIENCE = 10.0
"""Seconds for which a new session waits for uploads of an earlier one to be gone."""
PATH = "/usr/local/bin:/usr/bin:/bin"


def receive(capabilities: str, patience: int) -> int:
    """Let rsync write into incoming/, for as long as the session that holds the lock is there."""
    with socket.socket(socket.AF_UNIX) as session:
        try:
            session.settimeout(PATIENCE)
            session.connect(MEETING)
            live = int(session.makefile("rb").readline(20) or b"x")
            session.settimeout(None)
        except (OSError, ValueError):
            print("receiver: refused, nobody is publishing", file=sys.stderr)
            return 2
        gate = os.open(GATE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        fcntl.flock(gate, fcntl.LOCK_SH)
        trees.make_folder(Path("incoming"))
        program = shutil.which("rsync", path=PATH)
        if not program:
            print("receiver: rsync is not installed", file=sys.stderr)
            return 2
        command = [program, "--server", f"-cRe{capabilities}", "--log-format=X"]
        command += [f"--timeout={patience}"]
        command += [f"--copy-dest=../releases/{live}"] if live else []
        child = subprocess.Popen(
            [*command, ".", "."],
            cwd="incoming",
            pass_fds=[gate],
            start_new_session=True,
            env={"PATH": PATH, "LC_ALL": "C"},
        )
        threading.Thread(target=_until_it_ends, args=(session, child.pid), daemon=True).start()
        return child.wait() & 0xFF


def _until_it_ends(session: socket.socket, group: int) -> None:
    """Nothing may be written any more when the session, and with it the lock, is gone."""
    with suppress(OSError):
        session.recv(1)
    with suppress(OSError):
        os.killpg(group, signal.SIGKILL)


class Meeting:
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


def wait() -> None:
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
