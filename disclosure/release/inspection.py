"""Inspection: what may not leave with a finished site, looked for in its files by themselves.

Whatever made the site, and whatever went wrong on the way: a record that is missing, a record that is
down, a script or a picture that comes from elsewhere, a name that cannot be served everywhere.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from disclosure.catalog import Catalog
from disclosure.diagnostics import Finding, Place, Report
from disclosure.pool import Pool, nowhere
from disclosure.privacy import opening
from disclosure.privacy.opening import Layer
from disclosure.release.manifest import Hashes, is_safe

BATCH = 500
SHOWN = 5
_TAGS = re.compile(
    rb"<(?:script|img|iframe|frame|embed|source|track|audio|video|input|image|use|object|link|base)\b"
    rb"[^>]*>",
    re.IGNORECASE,
)
_LOADS = re.compile(
    rb"\s(?:src|srcset|poster|data|href|xlink:href)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))",
    re.IGNORECASE,
)
_REL = re.compile(rb"\srel\s*=\s*[\"']?([^\"'>]*)", re.IGNORECASE)
FETCHED = frozenset(
    b"stylesheet icon preload modulepreload prefetch manifest apple-touch-icon mask-icon "
    b"preconnect dns-prefetch prerender".split()
)
"""What a <link> leads to and a browser fetches without being asked."""
_STYLE = re.compile(
    rb"(?:url\(\s*[\"']?|@import\s+[\"'])\s*((?:[a-z][a-z0-9+.-]*:)?//[^\"')\s]+)", re.IGNORECASE
)
_MODULE = re.compile(
    rb"(?:\bfrom|\bimport)\s*\(?\s*[\"']((?:https?:)?//[^\"']+)[\"']", re.IGNORECASE
)
_SCRIPT = re.compile(rb"<script\b([^>]*)>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
_TYPE = re.compile(rb"\stype\s*=\s*[\"']?([^\"'\s>]*)", re.IGNORECASE)
_SOURCE = re.compile(rb"\ssrc\s*=", re.IGNORECASE)
_HANDLER = re.compile(
    rb"<[a-z][^>]*?\s(on[a-z]+)\s*=|\s(?:href|src|action|formaction)\s*=\s*[\"']?\s*(javascript:)",
    re.IGNORECASE,
)
_AWAY = re.compile(rb"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_LISTENS = re.compile(rb"\son[a-z]+\s*=")
_ADDRESS = re.compile(rb"/([b-df-hjkmnp-tv]{16})(?![a-z])")
_ID = re.compile(rb"(?<![a-z])[b-df-hjkmnp-tv]{16}(?![a-z])")


def names(hashes: Mapping[str, Hashes], stamps: Iterable[str]) -> Iterator[Finding]:
    """Names that deceive or that differ only where some file systems see no difference; what is no file."""
    forms: dict[str, str] = {}
    for name in sorted(stamps):
        shown = name.encode("utf-8", "replace").decode()
        if name not in hashes:
            yield Finding("D105", Place(shown), {"what": "不是普通文件（链接、管道或者设备）"})
            continue
        form = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).casefold()
        if (twin := forms.setdefault(form, shown)) != shown:
            yield Finding("D105", Place(shown), {"what": f"与 {twin} 只有大小写或编码形式的不同"})
        elif shown != name:
            yield Finding("D105", Place(shown), {"what": "文件名不是 UTF-8 编码的文字"})
        elif not is_safe(name) or not name.isprintable():
            yield Finding("D105", Place(shown), {"what": "文件名里有不能用的字符"})


def records(catalog: Catalog, files: Collection[str]) -> Iterator[Finding]:
    """Public records without a page, and pages at the address of records that may not have one."""
    for collection in catalog.collections.values():
        place = Place(f"data/{collection.name}")
        absent = [path for path in collection.rows["path"] if path not in files]
        if absent:
            facts = {"title": collection.schema.title, "count": len(absent), "names": _some(absent)}
            yield Finding("D101", place, facts)
        notices = set(collection.withdrawn["path"]) if len(collection.withdrawn) else set()
        absent = sorted(notices.difference(files))
        if absent:
            facts = {"title": f"{collection.schema.title}的撤回公告", "count": len(absent)}
            yield Finding("D101", place, {**facts, "names": _some(absent)})
        for path in sorted(set(collection.down) - notices):
            if path in files:
                yield Finding("D102", Place(path), {"id": Path(path).stem})


def _some(paths: Sequence[str]) -> str:
    return "、".join(paths[:SHOWN]) + ("等" if len(paths) > SHOWN else "")


def gone(catalog: Catalog) -> frozenset[str]:
    """The ids of records that are down without a notice: no file may name them."""
    return frozenset(
        Path(path).stem
        for collection in catalog.collections.values()
        for path in set(collection.down).difference(
            collection.withdrawn["path"] if len(collection.withdrawn) else ()
        )
    )


def contents(
    site: Path,
    hashes: Mapping[str, Hashes],
    *,
    base: str = "",
    down: frozenset[str] = frozenset(),
    scripts: frozenset[str] = frozenset(),
    pool: Pool = nowhere,
) -> Report:
    """What is wrong inside of files: `base` is the site's own address, `down` are ids that nothing
    may name, `scripts` what may stand within a page."""
    paths = sorted(hashes)
    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    work = partial(_look, str(site), base, down, scripts)
    found: dict[tuple[str, str, str], list[str]] = {}
    with (pool if len(batches) > 2 else nowhere)() as executor:
        for some in (executor.map if executor else map)(work, batches):
            for path, code, fact in some:
                key = (code, fact, "" if code != "D102" else path)
                found.setdefault(key, []).append(path)
    return Report.of(_finding(code, fact, where) for (code, fact, _), where in found.items())


_FACT = {"D102": "id", "D103": "link", "D104": "what"}


def _finding(code: str, fact: str, where: Sequence[str]) -> Finding:
    more = f"（另有 {len(where) - 1} 个文件也是这样）" if len(where) > 1 else ""
    return Finding(code, Place(where[0]), {_FACT[code]: fact, "more": more})


def _look(
    site: str, base: str, down: frozenset[str], scripts: frozenset[str], paths: Sequence[str]
) -> list[tuple[str, str, str]]:
    """(path, code, fact) of everything wrong in some files."""
    found: set[tuple[str, str, str]] = set()
    for path in paths:
        content = Path(f"{site}/{path}").read_bytes()
        if path.endswith((".html", ".svg", ".xml")):
            found |= {(path, "D103", link) for link in loads(content, base)}
            found |= {(path, "D104", what) for what in inline(content, scripts)}
        elif path.endswith(".css"):
            found |= {(path, "D103", link) for link in _away(_STYLE.findall(content), base)}
        elif path.endswith((".js", ".mjs")):
            found |= {(path, "D103", link) for link in _away(_MODULE.findall(content), base)}
        if down:
            found |= {(path, "D102", one) for one in ids(path, content) & down}
    return sorted(found)


def ids(path: str, content: bytes) -> set[str]:
    """The ids of records that a file names, also inside of what is packed; a page by their addresses."""
    if path.endswith(".html"):
        return {found.decode() for found in _ADDRESS.findall(content)}
    texts = [content]
    if not path.endswith((".css", ".js", ".json", ".xml", ".csv", ".svg", ".ics")):
        texts = [
            layer.content for layer in opening.layers(path, content) if isinstance(layer, Layer)
        ]
    return {found.decode() for text in texts for found in _ID.findall(text)}


def loads(content: bytes, base: str = "") -> set[str]:
    """What a page fetches from elsewhere by itself."""
    found: list[bytes] = []
    for tag in _TAGS.findall(content):
        rel = _REL.search(tag) if tag[:5].lower() == b"<link" else None
        if rel is None or not FETCHED.isdisjoint(rel[1].lower().split()):
            found += (b"".join(groups) for groups in _LOADS.findall(tag))
    low = content.lower()
    if b"url(" in low or b"@import" in low:
        found += _STYLE.findall(content)
    return _away(found, base)


def _away(links: Iterable[bytes], base: str) -> set[str]:
    """Those of some links that lead to another host."""
    own = urlsplit(base).netloc
    found = set()
    for link in links:
        for one in link.split(b",") if b" " in link else [link]:  # a srcset names several
            text = html.unescape(one.decode("utf-8", "replace")).strip()
            if _AWAY.match(text.encode()) and urlsplit(text.split()[0]).netloc != own:
                found.add(text)
    return found


def inline(content: bytes, allowed: frozenset[str]) -> set[str]:
    """Scripts that stand within a page and that no Content-Security-Policy of ours lets run."""
    found = set()
    for attributes, body in _SCRIPT.findall(content):
        kind = _TYPE.search(attributes)
        runs = kind is None or kind[1].lower() in RUN
        if runs and body.strip() and not _SOURCE.search(attributes):
            code = "sha256-" + base64.b64encode(hashlib.sha256(body).digest()).decode()
            if code not in allowed:
                found.add(f"网页里的脚本（{code}）")
    low = content.lower()
    if b"javascript:" in low or _LISTENS.search(low):
        for handler, scheme in _HANDLER.findall(content):
            found.add(f"属性 {handler.decode()}" if handler else scheme.decode())
    return found


RUN = frozenset(
    (
        b"",
        b"module",
        b"importmap",
        b"text/javascript",
        b"application/javascript",
        b"speculationrules",
    )
)
"""The types of a <script> that a browser runs; others are data."""


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, "" when there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
