"""Inspection: what may not leave with a finished site, looked for in its files by themselves.

Whatever made the site, and whatever went wrong on the way: a record that is missing, a record that is
down, a script or a picture that comes from elsewhere, a name that cannot be served everywhere.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from disclosure.catalog import Catalog
from disclosure.diagnostics import Finding, Place, Report
from disclosure.release import scanning
from disclosure.release.manifest import Hashes, is_safe
from disclosure.site import links

SHOWN = 5
INDEX = "/index.html"


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


def contents(scanned: pa.Table, down: frozenset[str] = frozenset()) -> Report:
    """What is wrong inside of files that were scanned; `down` are ids that nothing may name."""
    found: dict[tuple[str, str, str], list[str]] = {}
    paths, wrong = scanned["path"], scanned["wrong"]
    some = np.flatnonzero(wrong.to_numpy(zero_copy_only=False) != "")
    for path, facts in zip(paths.take(some).to_pylist(), wrong.take(some).to_pylist(), strict=True):
        for code, fact in json.loads(facts):
            if code != scanning.DEAD:
                found.setdefault((code, fact, ""), []).append(path)
    named = {scanning.number_of_id(one): one for one in down}
    for row, number in _holding(scanned["ids"], named):
        path = paths[row].as_py()
        found.setdefault(("D102", named[number], path), []).append(path)
    return Report.of(_finding(code, fact, sorted(w)) for (code, fact, _), w in found.items())


def _holding(
    column: pa.ChunkedArray, wanted: Collection[bytes], *, others: bool = False
) -> Iterator[tuple[int, bytes]]:
    """The rows of a column of numbers that hold wanted ones (or `others`), and which."""
    sought = np.array(sorted(int.from_bytes(one) for one in wanted), np.uint64)
    before = 0
    for chunk in column.chunks:
        values, ends = _numbers(chunk)
        places = np.flatnonzero(np.isin(values, sought, invert=others))
        rows = np.searchsorted(ends, places, side="right")
        for row, place in zip(rows.tolist(), places.tolist(), strict=True):
            yield before + row, int(values[place]).to_bytes(scanning.WIDTH)
        before += len(chunk)


def _numbers(chunk: pa.LargeBinaryArray) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """All numbers of some rows one after the other, and where each row ends."""
    if not len(chunk):
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    _, offsets, data = chunk.buffers()
    ends = np.frombuffer(offsets, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
    ends = ends // scanning.WIDTH
    values = np.frombuffer(data, ">u8", count=int(ends[-1])) if data else np.empty(0, ">u8")
    return values[ends[0] :].astype(np.uint64), ends[1:] - ends[0]


def has_dead_links(scanned: pa.Table, site: Path) -> bool:
    """Whether any link of a site leads nowhere; which ones, `links.of_site` tells."""
    marked = pa.compute.match_substring(scanned["wrong"], f'["{scanning.DEAD}", ')
    if pa.compute.any(marked).as_py():
        return True
    files = set(scanned["path"].to_pylist())
    names = files | {name.removesuffix(INDEX) for name in files if name.endswith(INDEX)}
    there = {scanning.number_of_file(name) for name in names}
    if next(_holding(scanned["leads"], there, others=True), None):
        return True
    pages: dict[str, set[str]] = {}
    for some in pa.compute.unique(scanned["anchors"]).to_pylist():
        for file, anchor in json.loads(some or "[]"):
            pages.setdefault(file if file in files else f"{file}{INDEX}", set()).add(anchor)
    for page, anchors in pages.items():
        content = (site / page).read_bytes()
        if not all(links.has_anchor(content, anchor) for anchor in anchors):
            return True
    return False


_FACT = {"D102": "id", "D103": "link", "D104": "what"}


def _finding(code: str, fact: str, where: Sequence[str]) -> Finding:
    more = f"（另有 {len(where) - 1} 个文件也是这样）" if len(where) > 1 else ""
    return Finding(code, Place(where[0]), {_FACT[code]: fact, "more": more})


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, "" when there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
