"""The store: moto's S3 server in a process of its own, that can be watched and made to fail.

It answers one request after the other, because moto looks whether an object is there and writes it in
two steps. What it is asked below `/-/` is not for moto: to forget everything, to fail or to kill a
process before a certain write, to answer with an error, to watch for dead links after every write.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

PUBLIC, PRIVATE = "portal", "portal-private"
LINK = re.compile(r'(?:href|src)="([^"#?]+)"')
ERROR = '<?xml version="1.0"?><Error><Code>{0}</Code><Message>{0}</Message></Error>'


class Server:
    """The application: moto within what is done to it."""

    def __init__(self) -> None:
        import botocore.utils
        from moto.core import serialize
        from moto.moto_server.werkzeug_app import create_backend_app

        # A listing tells the time of every object, which moto reads and writes anew each time.
        read = cache(botocore.utils.parse_to_aware_datetime)
        serialize.parse_to_aware_datetime = read  # type: ignore[attr-defined]
        self.moto = create_backend_app("s3")
        self.turn = threading.Lock()
        self.forget()

    def forget(self, **_: Any) -> None:
        from moto.s3.models import s3_backends

        self.backend = s3_backends["123456789012"]["aws"]
        self.backend.reset()
        self.writes = 0
        self.until: float = float("inf")
        self.kill = 0
        self.error: tuple[str, int] | None = None
        self.dialect = ""
        self.roots: list[str] = []
        self.states = 0
        self.dangling: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        with self.turn:
            if path.startswith("/-/"):
                size = int(environ.get("CONTENT_LENGTH") or 0)
                asked = json.loads(environ["wsgi.input"].read(size) or b"{}")
                said = getattr(self, path[3:])(**asked)
                start("200 OK", [("Content-Type", "application/json")])
                return [json.dumps(said).encode()]
            return self.answer(environ, start)

    def answer(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        writes = environ["REQUEST_METHOD"] in ("PUT", "POST", "DELETE")
        if writes:
            self.writes += 1
        failing = writes and self.writes > self.until
        if failing and self.kill:
            os.kill(self.kill, signal.SIGKILL)
            self.kill = 0
        if (wrong := ("SlowDown", 503) if failing else self.error) or (
            wrong := self.peculiar(environ)
        ):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start(f"{wrong[1]} Error", [("Content-Type", "application/xml")])
            return [ERROR.format(wrong[0]).encode()]
        said = b"".join(self.moto(environ, start))
        if writes and self.roots:
            self.look()
        return [said]

    def peculiar(self, environ: dict[str, Any]) -> tuple[str, int] | None:
        """What stores of others do differently."""
        condition = environ.get("HTTP_IF_NONE_MATCH")
        if self.dialect == "oss" and condition and environ["REQUEST_METHOD"] == "PUT":
            return "NotImplemented", 501
        if self.dialect in ("deaf", "obs"):
            environ.pop("HTTP_IF_NONE_MATCH", None)
        header = f"HTTP_X_{self.dialect.upper()}_FORBID_OVERWRITE"
        if environ.get(header) == "true":
            _, bucket, key = urllib.parse.unquote(environ["PATH_INFO"]).split("/", 2)
            if self.backend.get_object(bucket, key) is not None:
                return "FileAlreadyExists", 409
        return None

    # ── What it is asked ─────────────────────────────────────────────────────────────────────────

    def fail(self, after: float | None = None, kill: int = 0) -> None:
        """Let so many writes pass, then refuse all, or kill a process before the next one."""
        self.writes, self.kill = 0, kill
        self.until = float("inf") if after is None else after

    def count(self) -> int:
        return self.writes

    def say(self, code: str = "", status: int = 0) -> None:
        self.error = (code, status) if code else None

    def later(self, seconds: float) -> None:
        """Let all that lies in the private bucket be so much older."""
        for key in self.backend.get_bucket(PRIVATE).keys.values():
            key.last_modified -= timedelta(seconds=seconds)

    def speak(self, dialect: str) -> None:
        self.dialect = dialect

    def watch(self, roots: list[str]) -> dict[str, Any]:
        """Look for dead links after every write, from some pages on; tells what was seen so far."""
        seen = {"states": self.states, "dangling": self.dangling}
        self.roots, self.states, self.dangling = roots, 0, []
        return seen

    def look(self) -> None:
        self.states += 1
        self.dangling += self.dead()

    def dead(self) -> list[str]:
        """Links of pages that can be reached which lead to nothing."""
        keys = self.backend.get_bucket(PUBLIC).keys
        waiting, known, found = list(self.roots), set(self.roots), []
        while waiting:
            page = waiting.pop()
            for link in LINK.findall(keys[page].value.decode()) if page in keys else ():
                path = urllib.parse.unquote(urllib.parse.urljoin(f"/{page}", link))[1:]
                path += "index.html" if path.endswith("/") or not path else ""
                if path not in keys:
                    found.append(f"{page} → {path} (write {self.states})")
                elif path not in known and path.endswith(".html"):
                    waiting.append(path)
                known.add(path)
        return found


class Store:
    """The server as tests see it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, what: str, **more: Any) -> Any:
        request = urllib.request.Request(f"{self.url}/-/{what}", json.dumps(more).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def anew(self) -> None:
        """Two empty buckets, of which everybody may read the one."""
        self.ask("forget")
        for bucket, acl in ((PUBLIC, "public-read"), (PRIVATE, "private")):
            client().create_bucket(Bucket=bucket, ACL=acl)

    def load(self, path: str) -> tuple[int, bytes, Any]:
        """A page as a browser gets it, which has no key."""
        url = f"{self.url}/{PUBLIC}/{urllib.parse.quote(path)}"
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, b"", {}


def client() -> Any:
    """For tests that do to the buckets what nobody should."""
    import boto3

    return boto3.client("s3", endpoint_url=os.environ["TEST_STORE"], region_name="us-east-1")


def run(port: int) -> None:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log(self, *_: Any) -> None:
            pass

    make_server("127.0.0.1", port, Server(), threaded=True, request_handler=Handler).serve_forever()


def started(place: Path) -> tuple[subprocess.Popen[bytes], Store]:
    """A server on a free port of this computer, and how to reach it."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    root = Path(__file__).parent.parent
    command = [sys.executable, "-W", "ignore", "-m", "bench.store", str(port)]
    with (place / "store.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
    deadline = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return server, Store(port)
        except OSError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    run(int(sys.argv[1]))
