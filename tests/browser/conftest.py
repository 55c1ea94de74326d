"""What browser tests share: the sample site on a local server with a strict policy, and pages that forgive nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from disclosure.site import policy

POLICY = policy.headers()["Content-Security-Policy"]
VIOLATIONS = (
    "addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.blockedURI))"
)

Open = Callable[..., Page]


class Handler(SimpleHTTPRequestHandler):
    """The site as a careful server gives it out."""

    policy = POLICY
    disable_nagle_algorithm = True  # a body does not wait until its head was acknowledged

    def end_headers(self) -> None:
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def copyfile(self, source: Any, outputfile: Any) -> None:
        with suppress(ConnectionError):  # a browser may turn to another page at any time
            super().copyfile(source, outputfile)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the tests listen in the browser."""


@contextmanager
def served(folder: Path, handler: type[Handler] = Handler) -> Iterator[str]:
    """A folder on a server of this machine; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def server(sample_site: Path) -> Iterator[str]:
    """The address of the sample site."""
    with served(sample_site) as address:
        yield address


@pytest.fixture
def opened(browser: Browser, server: str) -> Iterator[Open]:
    """Opens a page of the site: `opened("search/", width=375, java_script_enabled=False)`.

    Afterwards nothing may have been complained about in the console, nothing may have failed, and no
    request may have gone to another host.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(kind: str, text: str) -> None:
        complaints.append(f"{kind}: {text}")

    def open(path: str = "", *, width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        if options.get("java_script_enabled", True):
            context.add_init_script(VIOLATIONS)
        context.on("console", lambda m: m.type in ("error", "warning") and note(m.type, m.text))
        context.on("weberror", lambda e: note("exception", str(e.error)))
        context.on("request", lambda r: r.url.startswith(server) or note("request", r.url))
        page = context.new_page()
        page.goto(server + path)
        return page

    yield open
    for context in contexts:
        context.close()
    assert not complaints
