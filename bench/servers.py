"""Servers: the portal's web server on this computer, with the very settings that are handed out."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from disclosure.release import installing
from disclosure.release.connection import Host
from disclosure.release.installing import Setting

AROUND = """
{user}
worker_processes 2;
daemon off;
error_log {place}/error.log;
pid {place}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  access_log off;
  {bodies}
  include {place}/portal.conf;
}}
"""
PATIENCE = 60
"""Seconds until a server must answer, however busy the computer is."""


def program(name: str) -> str:
    """A plain user's path may lack the folder that servers lie in."""
    return shutil.which(name) or f"/usr/sbin/{name}"


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def await_port(port: int, server: subprocess.Popen[bytes]) -> None:
    """Return when a server answers; raises OSError when it has ended or lets one wait too long."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise
            time.sleep(0.02)


@contextmanager
def nginx(
    place: Path, folder: Path, change: Callable[[str], str] = lambda text: text
) -> Iterator[int]:
    """The portal of a folder target, for as long as it is wanted; gives its port on this computer.
    Somebody may `change` its settings."""
    port = free_port()
    place.mkdir(parents=True, exist_ok=True)
    host = Host("", 22, "portal", str(folder), place / "known_hosts")
    setting = Setting(host, "", "", listen=f"127.0.0.1:{port}", conf=str(place))
    made = installing.make(setting)
    for name in ("portal.conf", "headers.conf"):
        (place / name).write_text(change(made[name].decode()), "utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    bodies = " ".join(f"{kind}_temp_path {place}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    (place / "nginx.conf").write_text(AROUND.format(place=place, bodies=bodies, user=user))
    command = [program("nginx"), "-p", str(place), "-c", str(place / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            await_port(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(30)
