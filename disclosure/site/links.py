"""Links: where the pages of a site lead, and which of these places are not there.

A page is read with one pattern and not as a tree, because all pages are read, and there may be a
hundred thousand. Links to other sites are looked at for their form only; nothing is fetched.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from disclosure import freshness, pool
from disclosure.diagnostics import Finding, Place, Report
from disclosure.site.shell import Shell

_PATTERN = (
    rb"<(?:a|area|link|img|script|source|iframe|form|object|video|audio|embed)\b[^>]*?"
    rb"\s(?:href|src|action|data|poster)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))"
)
_LINK, _LINK_IN_CAPITALS = re.compile(_PATTERN), re.compile(_PATTERN, re.IGNORECASE)
_CAPITALS = re.compile(rb"<[A-Z]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s/?#@\"'<>\\]+(?:[/?#][^\s\"'<>\\]*)?", re.IGNORECASE)
_OTHER = ("mailto:", "tel:", "data:image/")
BATCH = 1_000
"""How many pages one process reads at a time."""


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A link as it is written, on the first page that has it, and how many pages have it."""

    page: str
    link: str
    pages: int = 1

    def __add__(self, other: Use) -> Use:
        first = min(self, other)
        return Use(first.page, first.link, self.pages + other.pages)


@dataclass
class Found:
    """What some pages link to."""

    pages: int = 0
    links: int = 0
    """On each page every address counts once."""
    inside: dict[tuple[str, str], Use] = field(default_factory=dict)
    """By the file and the anchor on it, or ""."""
    outside: dict[str, Use] = field(default_factory=dict)
    lost: dict[str, Use] = field(default_factory=dict)
    """Anchors that the pages which link to them do not have."""

    def __iadd__(self, other: Found) -> Found:
        self.pages += other.pages
        self.links += other.links
        for target, use in other.inside.items():
            self.inside[target] = self.inside[target] + use if target in self.inside else use
        for mine, theirs in ((self.outside, other.outside), (self.lost, other.lost)):
            for link, use in theirs.items():
                mine[link] = mine[link] + use if link in mine else use
        return self


def read(pages: Iterable[tuple[str, bytes]], base: str = "") -> Found:
    """What pages, given as (path, HTML), link to. `base` is the public address of their site."""
    total = Found()
    folders: dict[str, dict[bytes, list[str | int]]] = {}
    for path, content in pages:
        # Most pages of a folder have most links in common: each is worked out once for a folder.
        known = folders.setdefault(path.rpartition("/")[0], {})
        links = {a or b or c for a, b, c in _links(content)}
        total.pages += 1
        total.links += len(links)
        for written in links:
            if (use := known.get(written)) is None:
                known[written] = [path, 1]
            else:
                use[1] += 1  # type: ignore[operator]
            if written[:1] == b"#" and not has_anchor(content, _text(written)[1:]):
                _note(total.lost, _text(written), Use(path, _text(written)))
    for folder, uses in folders.items():
        for written, (page, count) in uses.items():
            _sort(total, folder, Use(str(page), _text(written), int(count)), base)
    return total


def _links(content: bytes) -> list[tuple[bytes, ...]]:
    # Nearly all HTML is in small letters, in which searching is twice as fast.
    return (_LINK_IN_CAPITALS if _CAPITALS.search(content) else _LINK).findall(content)


@lru_cache(maxsize=4096)
def _text(raw: bytes) -> str:
    return html.unescape(raw.decode(errors="replace")).strip()


def _note(uses: dict[str, Use], key: str, use: Use) -> None:
    uses[key] = uses[key] + use if key in uses else use


def _sort(found: Found, folder: str, use: Use, base: str) -> None:
    """Put a link among those that stay within the site or those that leave it."""
    link = use.link
    if link.startswith("#"):  # looked for on the page itself
        return
    if base and f"{link}/".startswith(base):
        key = _target("", link[len(base) :])
    elif _SCHEME.match(link):
        _note(found.outside, link, use)
        return
    elif link.startswith("/"):
        root = urlsplit(base).path or "/"
        key = _target("", link[len(root) :]) if link.startswith(root) else (link, "")
    else:
        key = _target(folder, link)
    known = found.inside.get(key)
    found.inside[key] = known + use if known else use


def _target(folder: str, link: str) -> tuple[str, str]:
    """The file that a link from a page in `folder` leads to, and the anchor on it."""
    way, _, anchor = link.partition("#")
    way = way.partition("?")[0]
    if "%" in link:
        way, anchor = unquote(way), unquote(anchor)
    path = f"{folder}/{way}" if folder else way
    if "./" in path or "//" in path or path.endswith("."):
        last = path.rpartition("/")[2]
        path = posixpath.normpath(path) + ("/" if last in ("", ".", "..") else "")
        path = path.removeprefix("./")
    return (f"{path}index.html" if not path or path.endswith("/") else path), anchor


def has_anchor(content: bytes, anchor: str) -> bool:
    """Whether a page has a place of that name; its top needs none."""
    if anchor in ("", "top"):
        return True
    name = html.escape(anchor).encode()
    if b'id="' + name + b'"' in content or b"id=" + name in content:
        return True
    named = rb"\s(?:id|name)\s*=\s*[\"']?" + re.escape(name) + rb"[\"'\s>]"
    return re.search(named, content) is not None


class Way(NamedTuple):
    """Where a link of a page leads: to a file of the site, or "" for elsewhere."""

    link: str
    file: str = ""
    anchor: str = ""
    is_wrong: bool = False
    """Whatever else there is: it leads to no place on its page, or its form is wrong."""


def ways(
    path: str, content: bytes, base: str, known: dict[tuple[str, bytes], Way]
) -> Iterator[Way]:
    """Where each link of a page leads. `known` keeps what pages of one folder have in common."""
    folder = path.rpartition("/")[0]
    for written in {a or b or c for a, b, c in _links(content)}:
        if written[:1] == b"#":
            link = _text(written)
            yield Way(link, is_wrong=not has_anchor(content, link[1:]))
            continue
        if (way := known.get((folder, written))) is None:
            way = known[folder, written] = _way(folder, _text(written), base)
        yield way


def _way(folder: str, link: str, base: str) -> Way:
    one = Found()
    _sort(one, folder, Use("", link), base)
    for file, anchor in one.inside:
        return Way(link, file, anchor)
    return Way(link, is_wrong=not all(map(_is_sound, one.outside)))


def _is_sound(link: str) -> bool:
    """Whether a link to elsewhere has a form that it can have."""
    return bool(_WEB.fullmatch(link) or link.lower().startswith(_OTHER))


def check(
    found: Found, files: Container[str], content: Callable[[str], bytes | None]
) -> Iterator[Finding]:
    """What is wrong with the links found: `files` are all of the site, `content` gives a page
    (None: its anchors are not looked at)."""
    wanted: dict[str, list[tuple[str, Use]]] = {}
    for (target, anchor), use in sorted(found.inside.items()):
        name = next((n for n in (target, f"{target}/index.html") if n in files), "")
        if not name:
            page = target.endswith(".html") or "." not in target.rpartition("/")[2]
            yield _finding("S231" if page else "S233", use)
        elif anchor:
            wanted.setdefault(name, []).append((anchor, use))
    for name, anchors in wanted.items():
        page_content = content(name)
        for anchor, use in anchors:
            if page_content is not None and not has_anchor(page_content, anchor):
                yield _finding("S232", use, anchor=anchor)
    for link, use in sorted(found.lost.items()):
        yield _finding("S232", use, anchor=link[1:])
    for link, use in sorted(found.outside.items()):
        if not _is_sound(link):
            yield _finding("S234", use)


def _finding(code: str, use: Use, **facts: str) -> Finding:
    more = f"（另有 {use.pages - 1} 个页面也有这个链接）" if use.pages > 1 else ""
    return Finding(code, Place(use.page), {"link": use.link, "more": more, **facts})


def of_site(site: Path, base: str = "") -> tuple[Found, Report]:
    """What all pages of a finished site link to, and what is wrong with it; read side by side."""
    files = freshness.survey(site)
    names = sorted(name for name in files if name.endswith(".html"))
    batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
    total = Found()
    with pool.here() as executor:
        several = executor.map if executor and len(batches) > 1 else map
        for found in several(partial(_read_files, str(site), base), batches):
            total += found
    findings = check(total, files, lambda name: (site / name).read_bytes())
    return total, Report.of(findings)


def stamps(
    shells: Mapping[str, Shell], addresses: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, bytes]]:
    """Each shell once for every folder that pages of it lie in: what all of these have in common."""
    for name, shell in shells.items():
        folders: dict[str, str] = {}
        for path in addresses[name]:
            folder = path.rpartition("/")[0]
            folders[folder] = min(path, folders.get(folder, path))
        for folder, path in sorted(folders.items()):
            file = path.rpartition("/")[2].removesuffix(".html")
            yield path, shell.stamp("", "", folder.rpartition("/")[2], file)


def _read_files(site: str, base: str, names: Sequence[str]) -> Found:
    return read(((name, Path(f"{site}/{name}").read_bytes()) for name in names), base)
