"""What publishing withstands: readers of a real web server, while releases come and go without a pause.

`python -m bench.releases` runs the big numbers and prints them; the tests run small ones.
"""

from __future__ import annotations

import argparse
import http.client
import os
import platform
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from disclosure.release import publishing, signature, sites
from disclosure.release.folder import Folder
from disclosure.release.publishing import Draft, Held
from disclosure.release.signature import Keys

CONFIGURATION = """
worker_processes 2;
daemon off;
error_log {place}/error.log;
pid {place}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  types {{ text/html html; text/css css; }}
  access_log off;
  {bodies}
  server {{
    listen 127.0.0.1:{port};
    root {root}/current;
    etag on;
  }}
}}
"""
LINK = re.compile(rb'href="([^"]+)"')


@dataclass
class Seen:
    """What readers met."""

    loads: int = 0
    """Pages with all their assets."""
    switches: int = 0
    failures: list[str] = field(default_factory=list)


@contextmanager
def nginx(place: Path, root: Path) -> Iterator[int]:
    """A web server of its own on a free port of this computer, for as long as it is wanted."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    place.mkdir(parents=True, exist_ok=True)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    bodies = " ".join(f"{kind}_temp_path {place}/{kind};" for kind in kinds)
    settings = place / "nginx.conf"
    settings.write_text(
        ("user root;" if os.geteuid() == 0 else "")
        + CONFIGURATION.format(place=place, port=port, root=root, bodies=bodies)
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [program, "-p", str(place), "-c", str(settings)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 30
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if time.monotonic() > deadline or server.poll() is not None:
                        raise
                    time.sleep(0.02)
            yield port
        finally:
            server.terminate()
            server.wait(30)


def _site(site: Path, version: int, pages: int = 20) -> Draft:
    """A site whose pages name assets of their own version, as themes with hashed names do."""
    shutil.rmtree(site, ignore_errors=True)
    (site / "assets").mkdir(parents=True)
    (site / "assets" / "fixed.css").write_text("/* always the same */")
    (site / "assets" / f"style.{version:06d}.css").write_text(f"/* {version:06d} */")
    head = f'<link href="assets/fixed.css"><link href="assets/style.{version:06d}.css">'
    for number in range(pages):
        name = f"page-{number}.html" if number else "index.html"
        (site / name).write_text(f"{head}<p>{version:06d}</p><!--whole-->")
    return Draft(site, sites.hashes(site), "2026-11-22")


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    connection.request("GET", f"/{path}")
    answer = connection.getresponse()
    return answer.status, answer.read()


def _read(port: int, stop: threading.Event, seen: Seen, lock: threading.Lock, seed: int) -> None:
    """Open pages with all that they name, as browsers do, until told to stop."""
    choice = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while not stop.is_set():
        number = choice.randrange(20)
        path = f"page-{number}.html" if number else "index.html"
        wrong = ""
        try:
            status, page = _get(connection, path)
            if status != 200 or not page.endswith(b"<!--whole-->"):
                wrong = f"{path}: {status}"
            for link in LINK.findall(page):
                status, asset = _get(connection, link.decode())
                if status != 200 or not asset.endswith(b"*/"):
                    wrong = f"{path} → {link.decode()}: {status}"
        except (OSError, http.client.HTTPException) as error:
            wrong = f"{path}: {type(error).__name__}"
            connection.close()
        with lock:
            seen.loads += 1
            seen.failures += [wrong] if wrong else []
    connection.close()


def readers(place: Path, keys: Keys, *, switches: int, loads: int, seconds: float) -> Seen:
    """Publish (and now and then go back) while four readers read, until there were so many of both,
    or so many seconds are over."""
    target, site, seen = Folder(place / "public"), place / "site", Seen()
    publishing.publish(target, _site(site, 0), keys)
    stop, lock = threading.Event(), threading.Lock()
    deadline = time.monotonic() + seconds
    with nginx(place / "nginx", place / "public") as port:
        crew = [
            threading.Thread(target=_read, args=(port, stop, seen, lock, seed)) for seed in range(4)
        ]
        for reader in crew:
            reader.start()
        while (seen.switches < switches or seen.loads < loads) and time.monotonic() < deadline:
            if seen.switches % 7 == 6:
                publishing.rollback(target, keys)
            else:
                version = seen.switches + 1
                publishing.publish(target, _site(site, version), keys, held=Held(3, 60))
            seen.switches += 1
        stop.set()
        for reader in crew:
            reader.join()
    return seen


def validators(place: Path, keys: Keys, versions: int) -> dict[str, list[str]]:
    """The ETag of some files over several releases, made as fast as can be."""
    target, found = Folder(place / "public"), dict[str, list[str]]()
    with nginx(place / "nginx", place / "public") as port:
        for version in range(versions):
            publishing.publish(target, _site(place / "site", version), keys)
            for path in ("index.html", "assets/fixed.css"):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("GET", f"/{path}")
                found.setdefault(path, []).append(connection.getresponse().headers["ETag"])
                connection.close()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="releases", description="测试发布：读者与切换。")
    parser.add_argument("--switches", type=int, default=300, help="至少切换多少次（默认 300）")
    parser.add_argument("--loads", type=int, default=10_000, help="至少读多少页（默认 10000）")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        place = Path(passing)
        place.chmod(0o755)  # the web server has another user
        keys = Keys(place / "keys" / "release", place / "keys" / "allowed_signers")
        signature.make(keys)
        begun = time.monotonic()
        seen = readers(place, keys, switches=options.switches, loads=options.loads, seconds=3_600)
        print(
            f"{date.today()}，{platform.machine()}，{os.cpu_count()} 核：{seen.loads:,} 次打开网页"
            f"（连同它的样式），其间切换 {seen.switches:,} 次，失败 {len(seen.failures)} 次，"
            f"用时 {time.monotonic() - begun:.0f} 秒。"
        )
        for failure in seen.failures[:20]:
            print(f"  {failure}")
    return 1 if seen.failures else 0


if __name__ == "__main__":
    sys.exit(main())
