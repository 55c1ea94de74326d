"""A cache: bytes kept under the hash of everything they were made from; a broken entry is as good as none."""

from __future__ import annotations

import ctypes
import hashlib
import json
import mmap
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    import pyarrow as pa

HEAD = 64  # bytes before the content: the hash of the content, in hexadecimal
LIBRARIES = (
    "numpy",
    "pandas",
    "pyarrow",
    "python-calamine",
    "python-stdnum",
    "pypdf",
    "pyyaml",
    "markupsafe",
    "nh3",
)


def digest(*pieces: str | bytes) -> str:
    """A hash of the pieces, each told apart from its neighbours."""
    total = hashlib.blake2b(digest_size=20)
    for piece in pieces:
        content = piece.encode() if isinstance(piece, str) else piece
        total.update(len(content).to_bytes(8, "big"))
        total.update(content)
    return total.hexdigest()


_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")


def letters(text: str) -> str:
    """Sixteen letters that stand for a text in addresses, spelled without digits and vowels: they
    read neither as a number nor as a word."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest().translate(_LETTERS)


def spell(value: Any) -> str:
    """A data class as text that is the same in every run (`repr` is not: sets have no order)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: object) -> object:
    if is_dataclass(value):  # not copied with all that it holds, as `asdict` would
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"no spelling for {value!r}")


@cache
def program() -> str:
    """A hash of this program: its own source, Python, and the libraries that shape what it makes."""
    root = Path(str(files("disclosure")))
    sources = sorted(p for p in root.rglob("*") if p.suffix in (".py", ".yml"))
    return digest(sys.version, *map(_version, LIBRARIES), *(p.read_bytes() for p in sources))


def _version(library: str) -> str:
    try:
        return distribution(library).version
    except PackageNotFoundError:
        return ""


def get(folder: Path | str | None, key: str) -> pa.Buffer | None:
    """The content kept under `key`, mapped into memory; None when there is none that is whole.

    The folder may be an address of fsspec, which machines of a cluster share.
    """
    if folder is None or not (_is_far(folder) or Path(folder, key).exists()):
        return None
    import pyarrow as pa  # only now: nothing may have changed, and then nothing else needs it

    try:
        kept = mapped(f"{folder}/{key}")
    except (OSError, pa.ArrowInvalid):
        return None
    content = kept.slice(HEAD) if kept.size > HEAD else None
    if content is None or _seal(content) != kept.slice(0, HEAD).to_pybytes():
        return None
    if kept.address in _mapped:
        _mapped[content.address] = content
    let_go(content)  # the seal has looked at all of it; who reads it may want little
    return content


def mapped(place: str) -> pa.Buffer:
    """The content of a file, mapped into memory; fetched, if `place` is an address of fsspec.

    Raises OSError or pyarrow.ArrowInvalid.
    """
    import pyarrow as pa  # only now, as above

    if _is_far(place):
        from fsspec.core import url_to_fs

        system, path = url_to_fs(place)
        return pa.py_buffer(system.cat_file(path))
    with pa.memory_map(place) as file:
        content = file.read_buffer()
    _mapped[content.address] = content
    return content


_mapped: WeakValueDictionary[int, pa.Buffer] = WeakValueDictionary()
"""What is mapped and still held, by its place in memory. All else must never be let go: what was
fetched, or made here, lies in memory alone and would be lost."""


def let_go(*contents: pa.Buffer) -> None:
    """Have what this process has looked at of some contents that `get` or `mapped` returned (of all
    that somebody still holds, if none is named) take no memory any more. Whoever looks at it again
    gets it from the system, which is quick."""
    if sys.platform != "linux":
        return
    for content in contents or tuple(_mapped.values()):
        if content.address in _mapped:
            start = content.address - content.address % mmap.PAGESIZE
            length = content.address + content.size - start
            _madvise()(ctypes.c_void_p(start), ctypes.c_size_t(length), mmap.MADV_DONTNEED)


@cache
def _madvise() -> Callable[..., int]:
    found: Callable[..., int] = ctypes.CDLL(None).madvise
    return found


def put(folder: Path | str | None, key: str, content: pa.Buffer | bytes) -> None:
    """Keep `content` under `key`. Written aside and renamed, so that nobody meets it half-written."""
    if folder is None:
        return
    if _is_far(folder):
        import fsspec

        with fsspec.open(f"{folder}/{key}", "wb") as target:
            target.write(_seal(content))
            target.write(memoryview(content))
        return
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    aside = place / f".{key}.{os.getpid()}"
    with aside.open("wb") as file:
        file.write(_seal(content))
        file.write(content)
    aside.replace(place / key)


def _is_far(folder: Path | str) -> bool:
    return isinstance(folder, str) and "://" in folder


def keep_only(folder: Path | None, keys: Iterable[str]) -> None:
    """Forget every entry but these, and what an interrupted run left behind."""
    if folder is None or not folder.is_dir():
        return
    wanted = set(keys)
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink(missing_ok=True)


def _seal(content: pa.Buffer | bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=HEAD // 2).hexdigest().encode()
