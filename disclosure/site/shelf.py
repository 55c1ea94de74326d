"""Shelves: a collection's rows on disk, from which any process takes the few that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa

from disclosure.cache import digest
from disclosure.catalog import Collection, frame_of

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
"""Numbers of rows in the order of the collection's lists."""
Targets = Mapping[str, tuple[str, str]]
"""For the values of one column: (address below the root, title) of the record each one names."""


def put(collection: Collection, folder: str) -> str:
    """Write a collection's rows below `folder`, a path or an address of fsspec; returns the shelf's
    name, which holds the hash of its content."""
    table = pa.Table.from_pandas(collection.rows, preserve_index=False)
    table = table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    content = sink.getvalue()
    name = f"{folder}/{digest(collection.name, content)}.arrow"
    if "://" in name:
        with fsspec.open(name, "wb") as file:
            file.write(content)
    else:  # written each time: what lies there already may be damaged
        Path(folder).mkdir(parents=True, exist_ok=True)
        aside = Path(f"{name}.new")
        aside.write_bytes(content)
        aside.replace(name)
    return name


@lru_cache(maxsize=8)
def _open(shelf: str) -> pa.Table:
    if "://" in shelf:
        with fsspec.open(shelf, "rb") as file:
            return pa.ipc.open_file(pa.py_buffer(file.read())).read_all()
    return pa.ipc.open_file(pa.memory_map(shelf)).read_all()


def take(shelf: str, rows: Rows, columns: Sequence[str]) -> pa.Table:
    """Some columns of some rows, in the order of `rows`."""
    return _open(shelf).select(list(columns)).take(pa.array(rows, pa.int64()))


def frame(shelf: str, rows: Rows, columns: Sequence[str]) -> pd.DataFrame:
    return frame_of(take(shelf, rows, columns))


def whole(shelf: str) -> pd.DataFrame:
    return frame_of(_open(shelf))


def fingerprint(shelf: str, rows: Rows, columns: Sequence[str]) -> str:
    """A hash of some columns of some rows."""
    pieces = (batch.serialize() for batch in take(shelf, rows, columns).combine_chunks().to_batches())
    return digest(*columns, *(memoryview(piece).tobytes() for piece in pieces))


@lru_cache(maxsize=32)
def targets(shelf: str, column: str) -> Targets:
    """Where the values of a column lead."""
    table = _open(shelf).select([column, "path", "title"])
    values, paths, titles = (table[name].to_pylist() for name in (column, "path", "title"))
    return dict(zip(values, zip(paths, titles, strict=True), strict=True))
