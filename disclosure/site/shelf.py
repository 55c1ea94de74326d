"""Shelves: a collection's rows on disk, from which any process takes the few that it needs."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from disclosure import cache
from disclosure.collection import Collection
from disclosure.holdings import frame_of

CHUNK, MARK = 8192, 16
"""Rows whose hashes are made at a time, and the bytes of each."""
OPEN = 64
"""Shelves that are open at a time: one for each collection, as a rule."""
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
"""Numbers of rows in the order of the collection's lists."""
Targets = Mapping[str, tuple[str, str]]
"""For the values of one column: (address below the root, title) of the record each one names."""


def put(collection: Collection, folder: str) -> str:
    """Write a collection's rows below `folder`, a path or an address of fsspec; returns the shelf's
    name, which holds the hash of its content."""
    table = pa.Table.from_pandas(collection.rows, preserve_index=False)
    # As data frames hold texts, so that they need not be converted when they are read back.
    table = table.cast(pa.schema([(name, pa.large_string()) for name in table.column_names]))
    table = table.combine_chunks()
    if "://" in folder:
        content = _Hashed()
        _write(table, content)
        name = f"{folder}/{cache.digest(collection.name, content.value)}.arrow"
        with fsspec.open(name, "wb") as file:
            _write(table, file)
        return name
    Path(folder).mkdir(parents=True, exist_ok=True)
    # Written each time, as what lies there already may be damaged; aside, as its name is not known yet.
    aside = Path(folder, f"{collection.name.replace('/', '.')}.{os.getpid()}.new")
    with aside.open("wb") as file:
        content = _Hashed(file)
        _write(table, content)
    name = f"{folder}/{cache.digest(collection.name, content.value)}.arrow"
    aside.replace(name)
    return name


def kept(collection: Collection, folder: str) -> tuple[Collection, str]:
    """A collection whose rows are on a shelf and no longer in memory, and the shelf's name."""
    name = put(collection, folder)
    return replace(collection, rows=whole(name)), name


class _Hashed(io.RawIOBase):
    """A file of which the hash is known when it is written; without one, only the hash."""

    def __init__(self, file: BinaryIO | None = None) -> None:
        self._file, self._hash = file, blake2b()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._hash.update(content)
        return self._file.write(content) if self._file else len(content)

    @property
    def value(self) -> bytes:
        return self._hash.digest()


def _write(table: pa.Table, file: Any) -> None:
    with pa.ipc.new_file(pa.PythonFile(file, "w"), table.schema) as writer:
        writer.write_table(table)


@lru_cache(maxsize=OPEN)
def _opened(shelf: str) -> tuple[pa.Buffer, pa.Table]:
    """The content of a shelf, and its rows, which lie there."""
    content = cache.mapped(shelf)
    return content, pa.ipc.open_file(content).read_all()


def _open(shelf: str) -> pa.Table:
    return _opened(shelf)[1]


def let_go(shelf: str) -> None:
    """Have the rows that were looked at take no memory in this process any more."""
    cache.let_go(_opened(shelf)[0])


def take(shelf: str, rows: Rows, columns: Sequence[str]) -> pa.Table:
    """Some columns of some rows, in the order of `rows`."""
    found = _open(shelf).select(list(columns)).take(pa.array(rows, pa.int64()))
    let_go(shelf)
    return found


def frame(shelf: str, rows: Rows, columns: Sequence[str]) -> pd.DataFrame:
    return frame_of(take(shelf, rows, columns))


def whole(shelf: str) -> pd.DataFrame:
    return frame_of(_open(shelf))


def fingerprint(shelf: str, rows: Rows) -> str:
    """A hash of some rows with all their columns."""
    return cache.digest(_marks(shelf)[rows].tobytes())


@lru_cache(maxsize=8)
def _marks(shelf: str) -> np.ndarray[Any, np.dtype[np.void]]:
    """For each row its hash: far quicker than to gather the rows for every question."""
    hashes = bytearray()
    table, blank = _open(shelf), pa.scalar(" ", pa.large_string())
    for start in range(0, table.num_rows, CHUNK):
        cells = [column.combine_chunks() for column in table.slice(start, CHUNK).columns]
        # With their lengths before them, texts run together are told apart.
        lengths = [pc.cast(pc.binary_length(column), pa.large_string()) for column in cells]
        rows = pc.binary_join_element_wise(*lengths, *cells, blank)
        _, offsets, content = rows.buffers()
        texts = memoryview(content)
        for low, high in pairwise(memoryview(offsets).cast("q")[: len(rows) + 1]):
            hashes += blake2b(texts[low:high], digest_size=MARK).digest()
        let_go(shelf)
    return np.frombuffer(bytes(hashes), dtype=f"V{MARK}")


@lru_cache(maxsize=32)
def targets(shelf: str, column: str) -> Targets:
    """Where the values of a column lead."""
    table = _open(shelf).select([column, "path", "title"])
    values, paths, titles = (table[name].to_pylist() for name in (column, "path", "title"))
    return dict(zip(values, zip(paths, titles, strict=True), strict=True))
