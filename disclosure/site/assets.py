"""Assets: the styles and scripts that pages use, under names of their content, so that browsers keep them for ever.

What the generator and its theme bring besides is left out. A page of an earlier release finds its
own assets after a later one went live, because no name ever stands for other bytes.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from disclosure.cache import digest
from disclosure.site import trimming

FOLDER = "assets/"
THEME = "assets/stylesheets/"
"""Where the theme's own styles lie."""
USED = (".css", ".js", ".map")
"""Kinds of files that only pages and other assets use; the rest people may have linked."""

_MARKED = (
    "md-typeset js no-js toc footnote footnote-ref footnote-backref admonition admonition-title"
    " note abstract info tip success question warning failure danger bug example quote inline end"
)
MARKED = frozenset(_MARKED.split())
"""The classes that the theme styles and pages may hold, besides those that the site's own styles name."""

_STYLES = re.compile(rb'<link rel="stylesheet" href="([^":]*?)(assets/[^"]+\.css)">\s*')
_ICONS = re.compile(rb'(<link rel="icon" href="[^":]*?)(assets/[^"]+\.svg)(?=">)')
_SCRIPTS = re.compile(
    rb'(<(?:script\b[^>]* src|link rel="modulepreload" href)="[^":]*?)(assets/[^"]+\.js)(?=")'
)
_IMPORTS = re.compile(rb'\b(?:from|import)\s*\(?\s*"(\.{1,2}/[^"]+\.js)"')
_ADDRESSES = re.compile(rb"""url\((["']?)(?!data:|#|/|https?:)([^"')]+)\1\)""")

Dressed = Mapping[str, bytes]


class Absent(ValueError):
    """A style or script that pages use is not there; the message says to people which."""


def settle(dressed: Dressed) -> dict[str, bytes]:
    """The files that the theme dressed, with the styles that all pages share as one file, and every
    style, script and icon named after what it holds. Of the theme's styles only what some page can
    need is left. Pages are taken to name them all as the templates do.
    Raises Absent when a page or a script names one that is not there."""
    pages = {path: content for path, content in dressed.items() if path.endswith(".html")}
    styles = {path: [m[2].decode() for m in _STYLES.finditer(p)] for path, p in pages.items()}
    common = _beginning(list(styles.values()))
    alone = sorted({style for some in styles.values() for style in some} - set(common))
    scripts = _reached(dressed, sorted({n for page in pages.values() for n in _named(page)}))
    folder = f"{FOLDER}{_name(dressed[path] for path in scripts)}/"
    moved = {path: folder + path.removeprefix(FOLDER) for path in scripts}
    kept = {
        path: content
        for path, content in dressed.items()
        if not (path.startswith(FOLDER) and path.endswith(USED)) and path not in pages
    }
    kept |= {moved[path]: dressed[path] for path in scripts}
    icons = {path for page in pages.values() if (path := _icon(page)) in dressed}
    for path in icons:
        stem = path.removesuffix(".svg")
        moved[path] = f"{stem}.{_name([dressed[path]])}.svg"
        kept[moved[path]] = kept[path]  # under its old name, too: people may have linked it
    texts = _texts(dressed, [*common, *alone], moved)
    for group in ([common] if common else []) + [[path] for path in alone]:
        content = "\n".join(texts[path] for path in group).encode()
        name = "site" if group == common else posixpath.basename(group[0])[: -len(".css")]
        path = f"{FOLDER}{name}.{_name([content])}.css"
        kept[path] = content
        moved |= dict.fromkeys(group, path)
    return kept | {path: _renamed(page, common, moved) for path, page in pages.items()}


def _beginning(lists: Sequence[Sequence[str]]) -> list[str]:
    """What all lists begin with."""
    heads = takewhile(lambda some: len(set(some)) == 1, zip(*lists, strict=False))
    return [some[0] for some in heads]


def _named(page: bytes) -> Iterator[str]:
    return (match[2].decode() for match in _SCRIPTS.finditer(page))


def _reached(dressed: Dressed, first: Sequence[str]) -> list[str]:
    """The scripts that pages name, and those that these import, in order."""
    found: dict[str, None] = {}
    waiting = list(first)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = None
        folder = posixpath.dirname(path)
        for match in _IMPORTS.finditer(_content(dressed, path)):
            waiting.append(posixpath.normpath(f"{folder}/{match[1].decode()}"))
    return sorted(found)


def _content(dressed: Dressed, path: str) -> bytes:
    if path not in dressed:
        raise Absent(
            f"网页用到的 {path} 不在 docs/ 里。请补上这个文件，"
            "或者把它从 mkdocs.yml 的 extra_css、extra_javascript 和页面模板中删去。"
        )
    return dressed[path]


def _icon(page: bytes) -> str:
    match = _ICONS.search(page)
    return match[2].decode() if match else ""


def _texts(dressed: Dressed, paths: Sequence[str], moved: Mapping[str, str]) -> dict[str, str]:
    """The styles, each as it may stand in a file directly in the folder of assets, and no longer than needed."""
    texts = {path: trimming.compact(_style(dressed, path, moved)) for path in paths}
    own = [text for path, text in texts.items() if not path.startswith(THEME)]
    known = MARKED.union(*map(trimming.classes, own))
    for path in paths:
        if path.startswith(THEME):
            left = trimming.trimmed(texts[path], known)
            texts[path] = trimming.without_unused(left, "".join(own))
    return texts


def _style(dressed: Dressed, path: str, moved: Mapping[str, str]) -> str:
    """A style with its addresses as seen from the folder of assets."""
    folder = posixpath.dirname(path)

    def led(match: re.Match[bytes]) -> bytes:
        there = posixpath.normpath(f"{folder}/{match[2].decode()}")
        return b"url(%s)" % posixpath.relpath(moved.get(there, there), FOLDER).encode()

    return _ADDRESSES.sub(led, _content(dressed, path)).decode()


def _renamed(page: bytes, common: Sequence[str], moved: Mapping[str, str]) -> bytes:
    """A page that names its assets by their new names; what all share is named once."""

    def style(match: re.Match[bytes]) -> bytes:
        path = match[2].decode()
        if path in common[1:]:
            return b""
        return b'<link rel="stylesheet" href="%s%s">\n' % (match[1], moved[path].encode())

    def named(match: re.Match[bytes]) -> bytes:
        path = match[2].decode()
        return match[1] + moved.get(path, path).encode()

    return _SCRIPTS.sub(named, _ICONS.sub(named, _STYLES.sub(style, page)))


def _name(contents: Iterator[bytes] | Sequence[bytes]) -> str:
    return digest(*contents)[:16]
