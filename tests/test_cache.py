"""What is kept and mapped: let go of, it takes no memory and is there all the same."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest

from disclosure import cache

CONTENT = os.urandom(3_000_001)


def resident() -> int:
    """KB of files that are mapped into this process and were looked at."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssFile"))


def test_what_is_let_go_is_there_when_it_is_looked_at_again(tmp_path: Path) -> None:
    cache.put(tmp_path, "key", CONTENT)
    kept = cache.get(tmp_path, "key")
    assert kept is not None
    for contents in ((), (kept,), (kept, kept)):
        assert kept.to_pybytes() == CONTENT
        cache.let_go(*contents)
    assert kept.to_pybytes() == CONTENT


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how much is mapped")
def test_what_is_let_go_takes_no_memory(tmp_path: Path) -> None:
    cache.put(tmp_path, "key", CONTENT)
    before = resident()
    kept = cache.get(tmp_path, "key")
    assert kept is not None
    assert resident() - before < 1_000  # although the seal has looked at all of it
    assert kept.to_pybytes() == CONTENT
    assert resident() - before > 2_000
    cache.let_go(kept)
    assert resident() - before < 1_000


def test_what_was_fetched_or_made_here_is_never_lost() -> None:
    cache.put("memory://kept", "key", CONTENT)
    fetched = cache.get("memory://kept", "key")
    made = pa.py_buffer(bytearray(CONTENT))
    assert fetched is not None
    cache.let_go(fetched, made)
    cache.let_go()
    assert fetched.to_pybytes() == made.to_pybytes() == CONTENT
    fsspec.filesystem("memory").rm("/kept", recursive=True)
