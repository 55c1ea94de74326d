"""Probes: whether the portal shows a release to its readers, asked over HTTP as they do."""

from __future__ import annotations

import hashlib
import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from html import unescape
from urllib.parse import quote, unquote, urljoin, urlsplit

from disclosure.release import headers, manifest
from disclosure.release.manifest import Manifest
from disclosure.release.target import Refused, Target
from disclosure.site import policy

CHANGED, SPREAD, ASSETS = 5, 50, 40
"""How many changed pages are asked for after a switch, how many of all when verifying, and how many of
the files that these pages load."""
CALLERS = 4
"""How many connections ask at the same time what is said of all files."""
_LOADED = re.compile(
    r"<(?:link|script|img)\b[^>]*?\s(?:href|src)=[\"']?([^\"'>\s]+)", re.IGNORECASE
)


@dataclass(frozen=True)
class Probe:
    """The address of a portal, ending with a slash, and how it is asked."""

    address: str
    seconds: float = 10
    """For one answer."""
    tries: int = 2
    pause: float = 0.5

    def after(self, release: Manifest, before: Manifest | None) -> list[str]:
        """What readers are shown wrongly of a release that was just put in the place of another."""
        old = before.files if before else {}
        new = (p for p, e in release.files.items() if p not in old or old[p].sha256 != e.sha256)
        pages = [path for path in new if path.endswith(".html") and path != "404.html"][:CHANGED]
        for _ in range(self.tries - 1):
            if not (wrong := self.look(release, pages)):
                return wrong
            time.sleep(self.pause)
        return self.look(release, pages)

    def all_over(self, release: Manifest) -> list[str]:
        """What is wrong anywhere: the bytes of pages from all parts of the site, and what the server
        says of each single file."""
        pages = [path for path in release.files if path.endswith(".html") and path != "404.html"]
        try:
            looked = self._look(release, pages[:: len(pages) // SPREAD + 1])
            return [*looked, *self._said(release)]
        except (OSError, http.client.HTTPException) as error:
            return self._closed(error)

    def look(self, release: Manifest, pages: Iterable[str]) -> list[str]:
        """What is wrong with the front page, the manifest, some pages and what these load."""
        try:
            return list(self._look(release, pages))
        except (OSError, http.client.HTTPException) as error:
            return self._closed(error)

    def _closed(self, error: Exception) -> list[str]:
        return [f"{self.address} 打不开（{type(getattr(error, 'reason', error)).__name__}）"]

    def _look(self, release: Manifest, pages: Iterable[str]) -> Iterator[str]:
        status, front = self._get("")
        sums = {path: entry.sha256 for path, entry in release.files.items()}
        yield from _compared("首页", status, front, sums.get("index.html", ""))
        status, content = self._get(manifest.NAME)
        sealed = hashlib.sha256(release.encode()).hexdigest()
        yield from _compared(manifest.NAME, status, content, sealed)
        loads = dict.fromkeys(self._loaded("", front))
        for path in pages:
            status, page = self._get(path)
            yield from _compared(path, status, page, sums[path])
            loads.update(dict.fromkeys(self._loaded(path, page)))
        for path in [path for path in loads if path in sums][:ASSETS]:
            status, content = self._get(path)
            yield from _compared(path, status, content, sums[path])

    def _said(self, release: Manifest) -> Iterator[str]:
        """What the server says wrongly of files, each kind of mistake once, with where it is made."""
        paths, found = list(release.files), dict[str, list[str]]()
        with ThreadPoolExecutor(CALLERS) as crew:
            calls = (crew.submit(self._heads, release, paths[n::CALLERS]) for n in range(CALLERS))
            for call in list(calls):
                for path, wrong in call.result():
                    found.setdefault(wrong, []).append(path)
        for wrong, where in found.items():
            more = f" 等 {len(where):,} 个文件" if len(where) > 5 else ""
            yield f"{'、'.join(sorted(where)[:5])}{more}：{wrong}"

    def _heads(self, release: Manifest, paths: Sequence[str]) -> list[tuple[str, str]]:
        """The same for some files one by one, over one connection."""
        own = urlsplit(self.address)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        found: list[tuple[str, str]] = []
        with closing(kinds[own.scheme](own.netloc, timeout=self.seconds)) as line:
            for path in paths:
                answer = _head(line, own.path + quote(path))
                wrong = _misstated(path, release.files[path].size, answer.status, answer.headers)
                found += [(path, one) for one in wrong]
        return found

    def _loaded(self, path: str, page: bytes) -> Iterator[str]:
        """The paths of files that a page of this site loads."""
        own = urlsplit(self.address)
        for found in _LOADED.findall(page.decode("utf-8", "replace")):
            where = urlsplit(urljoin(self.address + quote(path), unescape(found)))
            if where.netloc == own.netloc and where.path.startswith(own.path):
                yield unquote(where.path[len(own.path) :])

    def _get(self, path: str) -> tuple[int, bytes]:
        # No proxy, and nobody else's address: what is asked is this portal itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
        request = urllib.request.Request(
            self.address + quote(path), headers={"Cache-Control": "no-cache"}
        )
        try:
            with opener.open(request, timeout=self.seconds) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, b""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _compared(name: str, status: int, content: bytes, sha256: str) -> Iterator[str]:
    if status != 200:
        yield f"{name}：服务器回答 {status}"
    elif hashlib.sha256(content).hexdigest() != sha256:
        yield f"{name}：看到的内容与清单不一致"


def _head(line: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    """What a server says of a file; a line that it has closed is opened once more."""
    for is_last in (False, True):
        try:
            line.request("HEAD", path, headers={"Cache-Control": "no-cache"})
            answer = line.getresponse()
            answer.read()
            return answer
        except (ConnectionError, http.client.BadStatusLine):
            line.close()
            if is_last:
                raise
    raise AssertionError


def _misstated(path: str, size: int, status: int, said: Message) -> Iterator[str]:
    """What is wrong in what a server says of a file of so many bytes."""
    if status != 200:
        yield f"服务器回答 {status}"
        return
    own = headers.of(path)
    due = {**policy.headers(), "Content-Type": own.type, "Cache-Control": own.cache}
    for name, wanted in due.items():
        if (found := said.get(name)) != wanted:
            yield f"响应头 {name} 是「{found or '没有'}」，应为「{wanted}」"
    length = said.get("Content-Length")
    if length and not said.get("Content-Encoding") and length != str(size):
        yield "大小与清单不一致"


def prove(
    probe: Probe, target: Target, release: Manifest, parent: int, before: Manifest | None
) -> None:
    """Look at the portal after a switch. If it does not show the release, serve again what was there
    `before`, and raise Refused. A first release stays: there is nothing to show instead of it."""
    if not (told := _told(probe, probe.after(release, before), release.number)):
        return
    if before is None:
        raise Refused(
            f"{told}第 {release.number} 版已经公开，以前没有可以退回的版本，所以没有退回。"
            "请检查网站服务器的根目录和 publish.yml 的 probe，再运行一次 make publish，直到它看到这一版。"
        )
    target.lend(before, release)
    target.switch(parent, parent=release.number)
    raise Refused(
        f"{told}已经立即退回第 {parent} 版。请检查网站服务器（根目录、缓存）和 publish.yml 的 probe，"
        "再重新发布。"
    )


def confirm(probe: Probe, release: Manifest, before: Manifest | None = None) -> None:
    """Raise Refused when the portal does not show the release that is live, which stays: somebody has
    gone back to it, away from the one `before`, or it was not shown the last time either."""
    if told := _told(probe, probe.after(release, before), release.number):
        raise Refused(
            f"{told}公开的仍是第 {release.number} 版。请检查网站服务器（根目录、缓存）和 publish.yml 的 probe，"
            "再运行 make verify。"
        )


def _told(probe: Probe, wrong: Sequence[str], number: int) -> str:
    told = "".join(f"  {one}\n" for one in _some(wrong))
    return told and f"切换到第 {number} 版以后，从 {probe.address} 看到的不是这一版：\n{told}"


def _some(wrong: Sequence[str], most: int = 10) -> list[str]:
    more = [f"另有 {len(wrong) - most} 处"] if len(wrong) > most else []
    return [*wrong[:most], *more]
