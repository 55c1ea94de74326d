"""The receiver: the program on the portal's server, which does what a folder target does and nothing else.

The line of a key in authorized_keys starts it, whatever that key's owner asks for (`command="…",restrict`):
`session` is a conversation about one folder, and `rsync --server` brings files into its `incoming/` while
such a conversation holds the lock. Everything else is refused. It must run on Python 3.7 by itself.
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
from contextlib import suppress
from pathlib import Path
from typing import Callable, NoReturn, Sequence

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


def main(arguments: Sequence[str], asked: str, converse: Callable[[Path], NoReturn]) -> int:
    """Serve one connection to a folder, the only argument; 2 for what is not allowed."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("receiver: no such folder", file=sys.stderr)
        return 2
    os.umask(0o022)
    os.chdir(arguments[0])
    if asked == "session":
        converse(Path.cwd())
    upload = ASKED.fullmatch(asked)
    if upload:
        return receive(upload[1], int(upload[2]))
    print("receiver: refused", file=sys.stderr)
    return 2


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
        incoming = Path("incoming")
        if incoming.is_symlink():
            incoming.unlink()
        incoming.mkdir(exist_ok=True)
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
