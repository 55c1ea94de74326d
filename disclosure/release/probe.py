"""Probes: whether the portal shows a release to its readers, asked over HTTP as they do."""

from __future__ import annotations

import hashlib
import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from html import unescape
from urllib.parse import quote, unquote, urljoin, urlsplit

from disclosure.release import manifest
from disclosure.release.manifest import Manifest
from disclosure.release.target import Refused, Target
from disclosure.site import policy

CHANGED, SPREAD, ASSETS = 5, 50, 40
"""How many changed pages are asked for after a switch, how many of all when verifying, and how many of
the files that these pages load."""
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
        """What is wrong anywhere: pages from all parts of the site, and the headers of answers."""
        pages = [path for path in release.files if path.endswith(".html") and path != "404.html"]
        return self.look(release, pages[:: len(pages) // SPREAD + 1], headers=True)

    def look(self, release: Manifest, pages: Iterable[str], *, headers: bool = False) -> list[str]:
        """What is wrong with the front page, the manifest, some pages and what these load."""
        try:
            return list(self._look(release, pages, headers))
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            return [f"{self.address} 打不开（{type(reason).__name__}）"]

    def _look(self, release: Manifest, pages: Iterable[str], headers: bool) -> Iterator[str]:
        status, about, front = self._get("")
        sums = {path: entry.sha256 for path, entry in release.files.items()}
        yield from _compared("首页", status, front, sums.get("index.html", ""))
        for name, wanted in policy.headers().items() if headers else ():
            if (found := about.get(name)) != wanted:
                yield f"响应头 {name} 是「{found or '没有'}」，应为「{wanted}」"
        status, _, content = self._get(manifest.NAME)
        sealed = hashlib.sha256(release.encode()).hexdigest()
        yield from _compared(manifest.NAME, status, content, sealed)
        loads = dict.fromkeys(self._loaded("", front))
        for path in pages:
            status, _, page = self._get(path)
            yield from _compared(path, status, page, sums[path])
            loads.update(dict.fromkeys(self._loaded(path, page)))
        for path in [path for path in loads if path in sums][:ASSETS]:
            status, _, content = self._get(path)
            yield from _compared(path, status, content, sums[path])

    def _loaded(self, path: str, page: bytes) -> Iterator[str]:
        """The paths of files that a page of this site loads."""
        own = urlsplit(self.address)
        for found in _LOADED.findall(page.decode("utf-8", "replace")):
            where = urlsplit(urljoin(self.address + quote(path), unescape(found)))
            if where.netloc == own.netloc and where.path.startswith(own.path):
                yield unquote(where.path[len(own.path) :])

    def _get(self, path: str) -> tuple[int, Message, bytes]:
        # No proxy, and nobody else's address: what is asked is this portal itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
        request = urllib.request.Request(
            self.address + quote(path), headers={"Cache-Control": "no-cache"}
        )
        try:
            with opener.open(request, timeout=self.seconds) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, b""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _compared(name: str, status: int, content: bytes, sha256: str) -> Iterator[str]:
    if status != 200:
        yield f"{name}：服务器回答 {status}"
    elif hashlib.sha256(content).hexdigest() != sha256:
        yield f"{name}：看到的内容与清单不一致"


def prove(
    probe: Probe, target: Target, release: Manifest, parent: int, before: Manifest | None
) -> None:
    """Look at the portal after a switch. If it does not show the release, serve again what was there
    `before`, and raise Refused."""
    if not (wrong := probe.after(release, before)):
        return
    told = "\n".join(f"  {one}" for one in _some(wrong))
    about = f"切换到第 {release.number} 版以后，从 {probe.address} 看到的不是这一版：\n{told}\n"
    if before is None:
        raise Refused(
            f"{about}以前没有可以退回的版本，所以没有退回。请检查网站服务器的根目录和 publish.yml 的 probe，"
            "再运行 make verify。"
        )
    target.lend(before, release)
    target.switch(parent, parent=release.number)
    raise Refused(
        f"{about}已经立即退回第 {parent} 版。请检查网站服务器（根目录、缓存）和 publish.yml 的 probe，"
        "再重新发布。"
    )


def _some(wrong: Sequence[str], most: int = 10) -> list[str]:
    more = [f"另有 {len(wrong) - most} 处"] if len(wrong) > most else []
    return [*wrong[:most], *more]
