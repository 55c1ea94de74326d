"""Scanning: what single files of a site fetch, run, name and lead to; a file that stayed is not read again.

What is kept of a file says nothing of any other, and nothing of the day: whether a page may be linked
to, and which records are down, is asked of all files together each time.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa

from disclosure import cache
from disclosure.pool import Pool, nowhere
from disclosure.privacy import opening
from disclosure.privacy.opening import Layer
from disclosure.progress import Tell, silent
from disclosure.release.manifest import Hashes
from disclosure.site import links

BATCH = 500
"""How many files one process reads at a time."""
WIDTH = 8
"""Bytes of a number: the id of a record, or the hash of the address that a link leads to."""
SCHEMA = pa.schema(
    {
        "path": pa.string(),
        "sha256": pa.string(),  # of the bytes that were looked at
        "wrong": pa.string(),  # [[code, fact], …] in JSON, "" for nothing
        "ids": pa.large_binary(),  # of the records it names, as numbers one after the other
        "leads": pa.large_binary(),  # the files of this site that it links to, likewise
        "anchors": pa.string(),  # [[file, anchor], …] in JSON: places on other pages
    }
)
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
_STYLED = re.compile(rb"\sstyle\s*=|<style\b")
_STYLED_IN = re.compile(rb"<style\b|<([a-z][a-z0-9]*)\b[^>]*?\sstyle\s*=", re.IGNORECASE)
_ADDRESS = re.compile(rb"/([b-df-hjkmnp-tv]{16})(?![a-z])")
_ID = re.compile(rb"(?<![a-z])[b-df-hjkmnp-tv]{16}(?![a-z])")
_NUMBERS = str.maketrans("bcdfghjkmnpqrstv", "0123456789abcdef")


def of_site(
    site: Path,
    hashes: Mapping[str, Hashes],
    *,
    base: str = "",
    memory: Path | None = None,
    pool: Pool = nowhere,
    tell: Tell = silent,
) -> pa.Table:
    """What there is in every file (see SCHEMA): `base` is the site's own address. The folder `memory` remembers files with the same name and bytes, as long
    as neither these nor the program are others."""
    key = cache.digest("scanning", cache.program(), base)
    kept = cache.get(memory, key)
    known = SCHEMA.empty_table() if kept is None else pa.ipc.open_file(kept).read_all()
    of_old = zip(known["path"].to_pylist(), known["sha256"].to_pylist(), strict=True)
    stayed = [(about := hashes.get(p)) is not None and about.sha256 == sha for p, sha in of_old]
    old = known if all(stayed) else known.filter(pa.array(stayed, pa.bool_()))
    new = sorted(hashes.keys() - set(old["path"].to_pylist()))
    batches = [new[start : start + BATCH] for start in range(0, len(new), BATCH)]
    tables = [old]
    tell(0, len(new))
    with (pool if len(batches) > 2 else nowhere)() as executor:
        work = partial(_look, str(site), base)
        for number, table in enumerate((executor.map if executor else map)(work, batches), 1):
            tables.append(table)
            tell(min(number * BATCH, len(new)), len(new))
    whole = pa.concat_tables(tables)
    if memory and (new or len(old) != len(known)):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, SCHEMA) as file:
            file.write_table(whole.combine_chunks())
        cache.put(memory, key, sink.getvalue())
        cache.keep_only(memory, [key])
    return whole


def _look(site: str, base: str, paths: Sequence[str]) -> pa.Table:
    """What there is in some files."""
    ways: dict[tuple[str, bytes], links.Way] = {}
    rows = []
    for path in paths:
        content = Path(f"{site}/{path}").read_bytes()
        wrong: set[tuple[str, str]] = set()
        leads: set[str] = set()
        anchors: set[tuple[str, str]] = set()
        if path.endswith((".html", ".svg", ".xml")):
            wrong |= {("D103", link) for link in loads(content, base)}
            wrong |= {("D104", what) for what in inline(content)}
        elif path.endswith(".css"):
            wrong |= {("D103", link) for link in _away(_STYLE.findall(content), base)}
        elif path.endswith((".js", ".mjs")):
            wrong |= {("D103", link) for link in _away(_MODULE.findall(content), base)}
        if path.endswith(".html"):
            for way in links.ways(path, content, base, ways):
                leads |= {way.file} if way.file else set()
                anchors |= {(way.file, way.anchor)} if way.file and way.anchor else set()
                wrong |= {(DEAD, way.link)} if way.is_wrong else set()
        rows.append(
            {
                "path": path,
                "sha256": hashlib.sha256(content).hexdigest(),
                "wrong": json.dumps(sorted(wrong)) if wrong else "",
                "ids": b"".join(map(number_of_id, sorted(ids(path, content)))),
                "leads": b"".join(map(number_of_file, sorted(leads))),
                "anchors": json.dumps(sorted(anchors)) if anchors else "",
            }
        )
    return pa.Table.from_pylist(rows, SCHEMA)


DEAD = "link"
"""In place of a code: a link that is wrong whatever else there is, which `links` tells in full."""


def number_of_id(one: str) -> bytes:
    """The id of a record as a number of eight bytes."""
    return bytes.fromhex(one.translate(_NUMBERS))


def number_of_file(path: str) -> bytes:
    """A hash of the name of a file, of the same size."""
    return hashlib.blake2b(path.encode(errors="surrogatepass"), digest_size=WIDTH).digest()


def ids(path: str, content: bytes) -> set[str]:
    """The ids of records that a file names, also inside of what is packed; a page by their addresses."""
    if path.endswith(".html"):
        return {found.decode() for found in _ADDRESS.findall(content)}
    texts = [content]
    if not path.endswith((".css", ".js", ".json", ".xml", ".csv", ".svg", ".ics")):
        texts = [
            layer.content
            for layer in opening.layers(path, content, own=True)
            if isinstance(layer, Layer)
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


def inline(content: bytes) -> set[str]:
    """Scripts and styles that stand within a page, where the policy of the site lets none run."""
    found = set()
    for attributes, body in _SCRIPT.findall(content):
        kind = _TYPE.search(attributes)
        runs = kind is None or kind[1].lower() in RUN
        if runs and body.strip() and not _SOURCE.search(attributes):
            found.add("脚本 <script>")
    low = content.lower()
    if b"javascript:" in low or _LISTENS.search(low):
        for handler, scheme in _HANDLER.findall(content):
            found.add(f"脚本属性 {handler.decode()}" if handler else f"脚本网址 {scheme.decode()}")
    if b"<html" in low and _STYLED.search(low):
        for element in _STYLED_IN.findall(content):
            found.add(f"样式属性（<{element.decode()} style=…>）" if element else "样式 <style>")
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
