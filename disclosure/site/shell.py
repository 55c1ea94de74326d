"""Shells: finished pages of the theme with tokens in them, cut once, from which data pages are stamped.

MkDocs renders one page per kind of data page through the real theme, with a token wherever a data
page differs from its neighbours. The finished HTML is cut at the tokens; stamping a page is joining
the pieces with its own values. No theme knowledge is needed here, and the result is what MkDocs
would have rendered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

HOLES = ("title", "content", "folder", "file", "page", "name", "article")
"""What differs between the pages of one shell: title and content, the two last parts of the path, the
last one as links have it (without `index.html`), the title as JSON has it, and the tags of an article."""

_TOKENS = re.compile(f"qz({'|'.join(HOLES)})zq")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that the theme dresses: where it lies, what it is called, and its own HTML."""

    path: str
    """Below the site's root, such as `penalties/index.html`."""
    title: str
    """Plain text; the theme escapes it."""
    content: str
    """HTML."""
    trail: tuple[tuple[str, str], ...] = ()
    """The pages above this one, as (title, address below the root)."""
    robots: str = ""
    """What search engines are told, such as `noindex`."""
    description: str = ""
    """One sentence on what is to be found there."""
    article: str = ""
    """HTML of the tags that tell of a single document, or the token for them; "" when it is none."""
    measured: tuple[str, ...] = ()
    """For the front page of a collection, what its columns are called."""
    files: tuple[tuple[str, str], ...] = ()
    """And the files that hold all of its rows: each its address below the root, and its media type."""
    template: str = "data.html"
    feed: tuple[str, str] | None = None
    """The feed of what the page lists: its title, and its address below the root without an ending."""


@dataclass(frozen=True, slots=True)
class Shell:
    """A dressed page in pieces: `pieces[i]`, then the value of `holes[i]`, then the next piece."""

    pieces: Sequence[bytes]
    holes: Sequence[int]

    def stamp(
        self, title: str, content: str, folder: str = "", file: str = "", article: str = ""
    ) -> bytes:
        """One finished page. `title` is plain text, `content` and `article` are HTML; the rest is part
        of the path."""
        escaped, name, end = str(escape(title)).encode(), title.encode(), file.encode()
        if escaped != name or b"\\" in name:
            name = as_json(title)[1:-1].encode()
        page = b"" if end == b"index" else end + b".html"
        values = (escaped, content.encode(), folder.encode(), end, page, name, article.encode())
        parts = [self.pieces[0]]
        for hole, piece in zip(self.holes, self.pieces[1:], strict=True):
            parts += (values[hole], piece)
        return b"".join(parts)


def escape_all(texts: Sequence[str]) -> list[str]:
    """Many cells escaped for HTML at once, as the theme escapes one.

    Canonical text holds no control characters, so that one of them can keep the cells apart.
    """
    joined = "\x1f".join(texts)
    escaped = str(escape(joined))
    return escaped.split("\x1f") if len(escaped) != len(joined) and texts else list(texts)


_UNSAFE = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&"})


def as_json(value: Any) -> str:
    """A value as JSON in which nothing can end the HTML element that holds it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


def token(hole: str) -> str:
    """The word that stands for a hole while the theme renders a shell."""
    return f"qz{hole}zq"


def blank(collection: str, trail: tuple[tuple[str, str], ...]) -> Page:
    """A page of tokens for the theme to dress: two levels below its collection's root, as all data pages."""
    path = f"{collection}/{token('folder')}/{token('file')}.html"
    return Page(path, token("title"), token("content"), trail)


def cut(html: str, needed: Sequence[str] = ("title", "content")) -> Shell:
    """Cut a dressed shell at its tokens; raises ValueError when the theme lost one that pages need."""
    parts = _TOKENS.split(html)
    holes = parts[1::2]
    for hole in needed:
        if hole not in holes:
            raise ValueError(f"the theme renders no {token(hole)}")
    return Shell([part.encode() for part in parts[::2]], [HOLES.index(hole) for hole in holes])
