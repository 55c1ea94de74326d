"""Headers: what a web server says of each file: its type, its encoding, and how long it may be kept."""

from __future__ import annotations

import re
from typing import NamedTuple

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".jsonld": "application/ld+json",
    ".webmanifest": "application/manifest+json",
    ".xml": "application/xml",
    ".atom": "application/atom+xml",
    ".rss": "application/rss+xml",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".yml": "text/plain; charset=utf-8",
    ".yaml": "text/plain; charset=utf-8",
    ".sig": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".svgz": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".ofd": "application/ofd",
    ".wps": "application/vnd.ms-works",
    ".zip": "application/zip",
    ".gz": "application/gzip",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".wasm": "application/wasm",
}
"""A table of its own: that of the system differs from computer to computer, and a file that is sent
with another type from one day to the next is one that somebody has touched."""
OTHER = "application/octet-stream"
HASHED = re.compile(r"(?:assets|search)/(?:.*[./])?[0-9a-f]{16}[./]")
"""Addresses that hold the hash of what lies there."""
FOREVER = "public, max-age=31536000, immutable"
ASK = "no-cache"
"""Keep it, and ask every time whether it is still the same: what was withdrawn is gone at once."""


class Headers(NamedTuple):
    """What is said of a file."""

    type: str
    cache: str
    encoding: str = ""
    """Only where the file itself is a packed form of what its type says; a download that ends in .gz
    is to arrive as it is."""


def of(path: str) -> Headers:
    """The headers of a file of the site."""
    dot = path.rpartition("/")[2].rfind(".")
    end = path.rpartition("/")[2][dot:].lower() if dot >= 0 else ""
    kind = KINDS.get(end, OTHER)
    lasting = HASHED.match(path) is not None and end != ".html"
    return Headers(kind, FOREVER if lasting else ASK, "gzip" if end == ".svgz" else "")


def as_nginx() -> dict[str, str]:
    """The same for the settings of nginx, by the names that its template has for them."""
    by_type: dict[str, list[str]] = {}
    for end, kind in KINDS.items():
        by_type.setdefault(kind.partition(";")[0], []).append(end[1:])
    # text/html always has its charset.
    named = {kind.partition(";")[0] for kind in KINDS.values() if "charset" in kind} - {"text/html"}
    return {
        "TYPES": "\n".join(f"        {kind} {' '.join(ends)};" for kind, ends in by_type.items()),
        "CHARSETS": " ".join(sorted(named)),
        "OTHER": OTHER,
        "HASHED": HASHED.pattern,
        "FOREVER": FOREVER,
        "ASK": ASK,
    }
