"""Blocks: the grams of a few thousand neighbouring documents as they are kept, and many blocks merged.

A block holds its grams in buckets, by the first bits of their ids. Each bucket has a hash of its
own, so that of an index only those buckets are made anew in which some block has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from disclosure import cache
from disclosure.site import grams
from disclosure.site.grams import DOCUMENT_BITS, ID_BITS, Keys

BUCKET_BITS = 10
BUCKETS = 1 << BUCKET_BITS
COMMON = 20
"""A gram is common when one document in so many holds it."""
_LISTS, _COUNTS, _DOCS, _HASH, _COMMON = "lists", "counts", "docs", "hash", "common"
TURNS = 16
"""In how many calls of `merged` memory is given back for all blocks."""
_SIZE = 12
"""Bytes of a bucket's hash."""


def pack(keys: Keys, size: int) -> pa.Buffer:
    """The grams of `size` documents, from sorted keys whose documents are counted from 0."""
    lists = keys >> np.uint64(DOCUMENT_BITS)
    docs = (keys & np.uint64((1 << DOCUMENT_BITS) - 1)).astype(np.uint16)
    starts = np.flatnonzero(grams.first_ones(lists))
    ids = lists[starts]
    ends = np.append(starts, len(keys))
    counts = np.diff(ends).astype(np.uint16)
    low = np.arange(BUCKETS + 1, dtype=np.uint64) << np.uint64(ID_BITS + 1 - BUCKET_BITS)
    cuts = np.searchsorted(ids, low).astype(np.int32)
    doc_cuts = ends[cuts].astype(np.int32)
    bounds = zip(cuts[:-1], cuts[1:], doc_cuts[:-1], doc_cuts[1:], strict=True)
    hashes = [_hash(ids[a:b], counts[a:b], docs[c:d]) for a, b, c, d in bounds]
    often = counts > size / COMMON
    often_cuts = np.append(0, np.cumsum(often))[cuts].astype(np.int32)
    table = pa.table(
        {
            _LISTS: pa.ListArray.from_arrays(cuts, ids),
            _COUNTS: pa.ListArray.from_arrays(cuts, counts),
            _DOCS: pa.ListArray.from_arrays(doc_cuts, docs),
            _HASH: pa.array(hashes, pa.binary(_SIZE)),
            _COMMON: pa.ListArray.from_arrays(often_cuts, np.flatnonzero(often).astype(np.int32)),
        }
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as target:
        target.write_table(table)
    return sink.getvalue()


def _hash(*arrays: npt.NDArray[np.unsignedinteger]) -> bytes:
    total = hashlib.blake2b(digest_size=_SIZE)
    for array in arrays:
        total.update(len(array).to_bytes(4, "big"))
        total.update(array.tobytes())
    return total.digest()


@lru_cache(maxsize=1024)
def _opened(folder: str, key: str) -> tuple[pa.Buffer, Mapping[str, pa.Array]]:
    """What is kept of a block, and its columns, which lie there."""
    content = cache.get(folder, key)
    if content is None:
        raise FileNotFoundError(f"{folder}/{key}")
    table = pa.ipc.open_file(content).read_all()
    return content, {name: table[name].chunk(0) for name in table.column_names}


def _open(folder: str, key: str) -> Mapping[str, pa.Array]:
    return _opened(folder, key)[1]


def _let_go(folder: str, keys: Sequence[str]) -> None:
    """Have what was looked at of some blocks take no memory any more."""
    for key in keys:
        cache.let_go(_opened(folder, key)[0])


def is_kept(folder: str, key: str) -> bool:
    """Whether a folder holds a block, whole."""
    try:
        return bool(_open(folder, key))
    except FileNotFoundError:
        return False


def hashes(folder: str, keys: Sequence[str]) -> list[bytes]:
    """For each bucket a hash of what the blocks of these keys hold there."""
    columns = (_open(folder, key)[_HASH].to_pylist() for key in keys)
    return [_joined(row) for row in zip(*columns, strict=True)] or [b""] * BUCKETS


def _joined(pieces: Sequence[bytes]) -> bytes:
    return hashlib.blake2b(b"".join(pieces), digest_size=_SIZE).digest()


def size(folder: str, keys: Sequence[str]) -> int:
    """How many postings the blocks hold together."""
    return sum(len(_open(folder, key)[_DOCS].values) for key in keys)


def common(folder: str, keys: Sequence[str], total: int) -> list[int]:
    """The ids of grams, in order, that so many of all documents hold, in blocks where they are common."""
    held: dict[int, int] = {}
    for key in keys:
        block = _open(folder, key)
        places = block[_COMMON].values.to_numpy()
        lists = block[_LISTS].values.to_numpy()[places]
        counts = block[_COUNTS].values.to_numpy()[places]
        best: dict[int, int] = {}  # of a gram's two scopes the greater
        for each, count in zip((lists >> np.uint64(1)).tolist(), counts.tolist(), strict=True):
            best[each] = max(count, best.get(each, 0))
        for each, count in best.items():
            held[each] = held.get(each, 0) + count
        _let_go(folder, [key])
    return sorted(g for g, n in held.items() if n > total / COMMON and g & 3 != grams.VALUE)


def merged(folder: str, keys: Sequence[str], step: int, low: int, high: int) -> Keys:
    """The postings of the buckets from `low` to below `high` of blocks of `step` documents, sorted."""
    lists, counts, docs, firsts = [], [], [], []
    for number, key in enumerate(keys):
        block = _open(folder, key)
        lists.append(_values(block[_LISTS], low, high))
        counts.append(_values(block[_COUNTS], low, high))
        docs.append(_values(block[_DOCS], low, high))
        firsts.append(np.full(len(lists[-1]), number * step, np.uint64))
    if not lists:
        return np.zeros(0, np.uint64)
    all_lists, all_counts = np.concatenate(lists), np.concatenate(counts).astype(np.int64)
    order = np.argsort(all_lists, kind="stable")  # of equal ones the earlier block stays before
    starts = np.cumsum(all_counts) - all_counts
    chosen = all_counts[order]
    places = np.repeat(starts[order] - (np.cumsum(chosen) - chosen), chosen)
    places += np.arange(len(places))
    heads = (all_lists << np.uint64(DOCUMENT_BITS)) + np.concatenate(firsts)
    found: Keys = np.repeat(heads[order], chosen)
    found += np.concatenate(docs)[places]
    # Each time others: the next buckets lie beside these, often in pages that are here already.
    _let_go(folder, keys[low // (high - low) % TURNS :: TURNS])
    return found


def _values(lists: pa.ListArray, low: int, high: int) -> npt.NDArray[np.unsignedinteger]:
    offsets = lists.offsets
    first, last = offsets[low].as_py(), offsets[high].as_py()
    values: npt.NDArray[np.unsignedinteger] = lists.values.slice(first, last - first).to_numpy()
    return values
