"""The writer: makes the finished site from jobs, doing only what is not done, touching only what changed."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa

from disclosure import cache, freshness
from disclosure.freshness import Stamps
from disclosure.pool import Pool, nowhere, together
from disclosure.progress import Tell, silent

Files = Iterable[tuple[str, bytes]]

Result = Callable[[], tuple[list[str], list[str]]]
"""Waits for a job: (the paths it has below its folder, those written aside, as they differ from the site)."""


class Clash(Exception):
    """Two producers claim one address, or a path leads out of the site."""


@dataclass(frozen=True, slots=True)
class Job:
    """Some files of the site, which `make(*arguments)` yields as (path, bytes), in any process."""

    key: str
    """The hash of everything they depend on: equal keys, equal files."""
    make: Callable[..., Files]
    arguments: tuple[Any, ...]
    under: str = ""
    """A folder, "x/y/", that their paths are below. Next time it may have another name; then what is
    not made anew moves there with it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a build did to the site, in files."""

    new: int
    changed: int
    same: int
    gone: int
    stamps: Stamps = field(default_factory=dict, compare=False, repr=False)
    """The site as the build has left it."""

    def __str__(self) -> str:
        total = self.new + self.changed + self.same
        return (
            f"共 {total} 个文件：新增 {self.new}，更新 {self.changed}，"
            f"未变 {self.same}，删除 {self.gone}。"
        )


def write(
    jobs: Iterable[Job],
    site: Path,
    *,
    memory: Path | None = None,
    pool: Pool = nowhere,
    shared: str = "",
    tell: Tell = silent,
) -> Tally:
    """Make `site` hold exactly the files of `jobs`.

    Nothing in `site` is touched before the last file is there: changed files are written beside it
    first and then renamed into place, so that a failure or an interruption on the way leaves the
    old site whole. A file whose bytes are the same keeps its modification time.

    The folder `memory` remembers which job made which files. A job is not done again while its key
    and all its files are as they were; whatever else happened to site or memory only means more
    work.

    Jobs are begun by the executor that `pool` opens while further ones are still being named. One on
    other machines cannot see `site`; it is served through the folder `shared`. `tell` hears how many
    jobs are done, of how many, which is 0 as long as nobody knows.
    """
    aside = site.with_name(site.name + ".new")
    shutil.rmtree(aside, ignore_errors=True)
    before: Stamps = freshness.survey(site)
    remembered = _recall(memory)
    try:
        staged: list[str] = []
        ended, named = count(1), False
        with together(pool) as crew:
            begin = partial(
                _begin,
                site=site,
                aside=aside,
                crew=crew,
                shared=shared,
                tell=lambda _: tell(next(ended), 0) if not named else None,
            )
            made, renamed, pending = _sorted_out(jobs, remembered, before, site, begin)
            before, named = _renamed(before, renamed), True
            for number, (job, result) in enumerate(pending, 1):
                paths, changed = result()
                made.setdefault(job.key, (job.under, []))[1].extend(paths)
                staged += changed
                tell(len(made), len(made) + len(pending) - number)
        held = {under + path for under, paths in made.values() for path in paths}
        _claim(under + path for under, paths in made.values() for path in paths)
        gone = before.keys() - held
        new = sum(path not in before for path in staged)
        _apply(staged, renamed, gone, aside, site)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    stamps = {path: stamp for path, stamp in before.items() if path in held}
    stamps |= {path: freshness.stamp(f"{site}/{path}") for path in staged}
    if staged or renamed or gone or pending or len(made) != len(remembered):
        _remember(memory, made, stamps)
    return Tally(new, len(staged) - new, len(held) - len(staged), len(gone), stamps)


def _sorted_out(
    jobs: Iterable[Job],
    remembered: Mapping[str, _Done],
    before: Stamps,
    site: Path,
    begin: Callable[[Job], Result],
) -> tuple[dict[str, tuple[str, list[str]]], dict[str, str], list[tuple[Job, Result]]]:
    """Of some jobs: the folder and files of those that need not be done again; the old names of
    folders, by their new ones; and the others, which are begun at once."""
    made: dict[str, tuple[str, list[str]]] = {}
    renamed: dict[str, str] = {}
    pending: list[tuple[Job, Result]] = []
    for job in jobs:
        done = remembered.get(job.key)
        if (
            done
            and job.key not in made
            and _stamp(done.under, done.paths, before) == done.stamp
            and (done.under == job.under or _may_move(done.under, job.under, renamed, site))
        ):
            made[job.key] = job.under, done.paths
        else:
            pending.append((job, begin(job)))
    return made, renamed, pending


def _renamed(stamps: Stamps, renamed: Mapping[str, str]) -> Stamps:
    """A survey as it will be when some folders have their new names."""
    for under, old in renamed.items():
        stamps = {
            (under + path[len(old) :] if path.startswith(old) else path): stamp
            for path, stamp in stamps.items()
        }
    return stamps


def _may_move(old: str, new: str, renamed: dict[str, str], site: Path) -> bool:
    """Whether a job's folder gets another name as a whole; if so it is noted under the new one."""
    free = new not in renamed and old and new and old not in renamed.values()
    if free and not (site / new).exists():
        renamed[new] = old
    return renamed.get(new) == old


@dataclass(frozen=True, slots=True)
class _Done:
    """What is remembered of a job: its files, and the state that it left them in."""

    under: str
    paths: list[str]
    stamp: int


def _stamp(under: str, paths: Sequence[str], stamps: Stamps) -> int:
    """One number for the state of several files."""
    return hash(tuple(stamps.get(under + path, 0) for path in paths))


def _recall(memory: Path | None) -> Mapping[str, _Done]:
    if (kept := cache.get(memory, cache.program())) is None:
        return {}
    entries: dict[str, tuple[str, str, int]] = json.loads(kept.to_pybytes())
    return {key: _Done(u, paths.split("\n"), stamp) for key, (u, paths, stamp) in entries.items()}


def _remember(
    memory: Path | None, made: Mapping[str, tuple[str, Sequence[str]]], stamps: Stamps
) -> None:
    if memory is None:
        return
    entries = {
        key: (under, "\n".join(paths), _stamp(under, paths, stamps))
        for key, (under, paths) in made.items()
        if paths
    }
    cache.put(memory, cache.program(), pa.py_buffer(json.dumps(entries).encode()))
    cache.keep_only(memory, [cache.program()])


def _begin(
    job: Job, site: Path, aside: Path, crew: Pool, shared: str, tell: Callable[[object], object]
) -> Result:
    """Have a job done by somebody, who will tell; what is returned waits for it."""
    with crew() as executor:
        if executor is None:
            return partial(_make, job, site, aside)
        if not shared:
            here = executor.submit(_make, job, site, aside)
            here.add_done_callback(tell)
            return here.result
        pack = executor.submit(_send, job, shared)
        pack.add_done_callback(tell)
    return lambda: _make(Job(job.key, _receive, (pack.result(),), job.under), site, aside)


def _send(job: Job, shared: str) -> str:
    """Do one job on another machine: its files go into one file below `shared`, whose name is returned."""
    files = list(job.make(*job.arguments))
    table = pa.table(
        {
            "path": pa.array([path for path, _ in files], pa.string()),
            "content": pa.array([content for _, content in files], pa.large_binary()),
        }
    )
    pack = f"{shared}/pages/{job.key}.arrow"
    with fsspec.open(pack, "wb") as target, pa.ipc.new_file(target, table.schema) as writer:
        writer.write_table(table)
    return pack


def _receive(pack: str) -> Iterator[tuple[str, bytes]]:
    with fsspec.open(pack, "rb") as file:
        table = pa.ipc.open_file(pa.py_buffer(file.read())).read_all()
    fsspec.core.url_to_fs(pack)[0].rm(pack)
    yield from zip(table["path"].to_pylist(), table["content"].to_pylist(), strict=True)


def _make(job: Job, site: Path, aside: Path) -> tuple[list[str], list[str]]:
    """Do one job: (the paths it has below its folder, those written aside, as they differ from the site)."""
    paths: list[str] = []
    changed: list[str] = []
    folders: set[str] = set()
    for name, content in job.make(*job.arguments):
        path = job.under + name
        _refuse(path)
        paths.append(name)
        if not _same(f"{site}/{path}", content):
            _put(f"{aside}/{path}", content, folders)
            changed.append(path)
    return paths, changed


def _refuse(path: str) -> None:
    if {"\\", "\0", "\n"}.intersection(path) or not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise Clash(f"a page would lie outside the site: {path!r}")


def _claim(paths: Iterable[str]) -> None:
    """Every address is taken once; it must be free also where case is not told apart."""
    taken: set[str] = set()
    above: set[str] = set()
    for path in paths:
        form = path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()
        form = path if form == path else form  # as a rule; then there is one text, not two
        if form in taken or form in above:
            raise Clash(f"two pages have the address {path}")
        taken.add(form)
        while (form := form.rpartition("/")[0]) and form not in above:
            if form in taken:
                raise Clash(f"a page has the address of the folder of {path}")
            above.add(form)


def _folder_of(path: str, folders: set[str]) -> None:
    """Make the folder of a file; `folders` remembers which exist."""
    folder = path.rpartition("/")[0]
    if folder not in folders:
        os.makedirs(folder, exist_ok=True)
        folders.add(folder)


def _put(path: str, content: bytes, folders: set[str]) -> None:
    """Write one file. Plain calls, because there are a million."""
    try:
        _folder_of(path, folders)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise Clash(f"two pages have the address {path}") from error
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _same(path: str, content: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return os.fstat(file.fileno()).st_size == len(content) and file.read() == content
    except OSError:
        return False


def _apply(
    staged: Sequence[str],
    renamed: Mapping[str, str],
    gone: AbstractSet[str],
    aside: Path,
    site: Path,
) -> None:
    """Bring the new files in, in the order of their jobs; what is old goes last."""
    if not site.exists() and aside.exists():
        aside.rename(site)
        return
    folders: set[str] = set()
    for new, old in renamed.items():
        _folder_of(f"{site}/{new}".rstrip("/"), folders)
        os.rename(f"{site}/{old}", f"{site}/{new}")
    blocking = _in_the_way(staged, gone)
    for path in blocking:
        os.unlink(f"{site}/{path}")
    for path in staged:
        target = f"{site}/{path}"
        if os.path.isdir(target):  # a folder of files that are gone now gives way to a file
            shutil.rmtree(target)
        _folder_of(target, folders)
        os.replace(f"{aside}/{path}", target)
    for path in gone - blocking:
        with suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(f"{site}/{path}")
    if gone:
        for folder in _folders(site):
            if not os.listdir(folder):
                os.rmdir(folder)


def _in_the_way(staged: Iterable[str], gone: AbstractSet[str]) -> set[str]:
    """Old files where there are to be folders."""
    above: set[str] = set()
    for path in staged:
        while (path := path.rpartition("/")[0]) and path not in above:
            above.add(path)
    return above & gone


def _folders(site: Path) -> Iterator[str]:
    """All folders below, innermost first."""
    return (folder for folder, _, _ in os.walk(site, topdown=False) if folder != str(site))
