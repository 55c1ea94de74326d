"""Lines: an ssh server of this computer with the receiver behind it, and a network that fails or is measured."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.servers import await_port, free_port, program
from disclosure.release import bundle
from disclosure.release.connection import Host
from disclosure.release.ssh import Ssh

SETTINGS = """
Port {port}
ListenAddress 127.0.0.1
HostKey {place}/host
PidFile {place}/pid
AuthorizedKeysFile {place}/authorized_keys
StrictModes no
UsePAM no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin forced-commands-only
MaxStartups 100
LogLevel ERROR
"""


def make_key(path: Path) -> str:
    """A new pair of keys; gives the public one."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(command, check=True)
    return path.with_name(path.name + ".pub").read_text().strip()


@cache
def oldest_python() -> str:
    """The oldest Python of this computer that the receiver must be able to run on."""
    for minor in range(7, 11):
        found = shutil.which(f"python3.{minor}")
        # A name on the path may be a mere signpost to a version that is not there.
        if found and not subprocess.run([found, "-I", "-c", ""], capture_output=True).returncode:
            asked = [found, "-c", "import sys; print(sys.executable)"]
            return subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    return sys.executable


@dataclass(frozen=True)
class Sshd:
    """A running sshd with a host key and keys of its own."""

    place: Path
    port: int

    @property
    def receiver(self) -> Path:
        return self.place / "receiver.pyz"

    def host(self, folder: Path, **more: object) -> Host:
        """The receiver for a folder, as somebody with a key of that folder reaches it."""
        folder.mkdir(parents=True, exist_ok=True)
        key = folder.parent / f"{folder.name}.key"
        if not key.exists():
            public = make_key(key)
            python = f"{shlex.quote(oldest_python())} -I -S -X utf8"
            with (self.place / "authorized_keys").open("a") as lines:
                lines.write(bundle.line(str(self.receiver), str(folder), public, python))
        about = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "path": str(folder),
            "known_hosts": self.place / "known_hosts",
            "key": key,
        }
        return Host(**{**about, **more})  # type: ignore[arg-type]

    def target(self, folder: Path, **more: object) -> Ssh:
        return Ssh(self.host(folder, **more))


@contextmanager
def sshd(place: Path) -> Iterator[Sshd]:
    """An ssh server, for as long as it is wanted."""
    port = free_port()
    public = make_key(place / "host")
    (place / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}\n")
    (place / "authorized_keys").touch()
    (place / "receiver.pyz").write_bytes(bundle.make())
    (place / "sshd_config").write_text(SETTINGS.format(port=port, place=place))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    command = [program("sshd"), "-D", "-e", "-f", str(place / "sshd_config")]
    with (place / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as server:
        try:
            await_port(port, server)
            yield Sshd(place, port)
        finally:
            server.terminate()
            server.wait(30)


# ── A network that fails ─────────────────────────────────────────────────────────────────────────


class Cable:
    """A line to a port of this computer that can be cut, or made to swallow everything, and that
    counts what goes over it."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.sent = 0
        """Bytes towards the port, whatever they are."""
        self.received = 0
        self._counting = threading.Lock()
        self._flows = threading.Event()
        self._flows.set()
        self._ends: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self._listening.accept()
                other = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [one, other]
                for way in ((one, other, "sent"), (other, one, "received")):
                    threading.Thread(target=self._carry, args=way, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, count: str) -> None:
        with suppress(OSError):
            while content := one.recv(1 << 16):
                self._flows.wait()
                with self._counting:
                    setattr(self, count, getattr(self, count) + len(content))
                other.sendall(content)
            other.shutdown(socket.SHUT_WR)

    def swallow(self) -> None:
        self._flows.clear()

    def cut(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def known(self, server: Sshd) -> Path:
        """The list of known hosts for whoever reaches a server over this line."""
        path = server.place / f"known-{self.port}"
        about = (server.place / "known_hosts").read_text()
        path.write_text(about.replace(f":{server.port} ", f":{self.port} "))
        return path

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        self._flows.set()
        for end in self._ends:
            end.close()
