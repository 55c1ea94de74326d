"""Trees: a release as files in a folder: filled, compared with its manifest, made whole again.

The folder is on the computer that runs this: here, or on the server of the portal. Everything runs
in threads of this process, so that nothing of it goes on when the process is killed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from disclosure.progress import Tell
from disclosure.release import manifest
from disclosure.release.manifest import Entry, Manifest
from disclosure.release.target import Damaged, Drift

FILE, FOLDER = 0o644, 0o755
"""What everybody may do with what is served: read it."""
BATCH = 200
THREADS = 4
Value = TypeVar("Value")


def fill(
    tree: Path,
    release: Manifest,
    source: Path,
    base: tuple[Path, Mapping[str, Entry]] | None,
    tell: Tell,
) -> int:
    """Make `tree` hold exactly the files of a release, from what lies there already, from `base` (the
    live release: its folder and files), or else from `source`; returns the bytes taken from there.

    Each file is hashed again as it lies in the tree. Raises Damaged with all that is nowhere, OSError.
    """
    make_folder(tree)
    there = dict(walk(tree))
    for path, about in sorted(there.items(), reverse=True):  # what a folder holds goes before it
        if stat.S_ISDIR(about.st_mode):
            with suppress(OSError):  # it holds something
                (tree / path).rmdir()
        elif path not in release.files or not stat.S_ISREG(about.st_mode):
            (tree / path).unlink()
    for folder in sorted(_folders(release.files)):
        make_folder(tree / folder)
    from_base = _Base(*base) if base else None
    work = partial(_fill_some, str(tree), release.files, str(source), from_base)
    results = _each(work, list(release.files), tell)
    absent = [path for _, some in results for path in some]
    if absent:
        raise Damaged(
            f"{'、'.join(absent[:5])}{'等' if len(absent) > 5 else ''}（{len(absent):,} 个文件）的内容与"
            "清单不一致：发布途中 site/ 里的文件被改动了，或者磁盘有故障。"
            "线上仍是原来的版本。请重新运行 make publish。",
            absent,
        )
    return sum(size for size, _ in results)


class _Base:
    """The live release, as a place to copy from."""

    def __init__(self, folder: Path, files: Mapping[str, Entry]) -> None:
        self.folder, self.files = str(folder), files
        self._anywhere = {entry.sha256: path for path, entry in files.items()}

    def place(self, path: str, entry: Entry) -> str | None:
        """Where these bytes should lie: at the same address, or at any other."""
        old = self.files.get(path)
        same = old is not None and old.sha256 == entry.sha256
        there = path if same else self._anywhere.get(entry.sha256)
        return there and f"{self.folder}/{there}"


def _fill_some(
    tree: str, files: Mapping[str, Entry], source: str, base: _Base | None, paths: Sequence[str]
) -> tuple[int, list[str]]:
    sent, absent = 0, []
    for path in paths:
        entry, target = files[path], f"{tree}/{path}"
        if not _holds(target, entry):
            here = base.place(path, entry) if base else None
            if not (here and _copy(here, target, entry)):
                if not _copy(f"{source}/{path}", target, entry):
                    absent.append(path)
                    continue
                sent += entry.size
        os.chmod(target, FILE)
        os.utime(target, (entry.mtime, entry.mtime))
    return sent, absent


def _holds(path: str, entry: Entry) -> bool:
    """Whether a plain file with these bytes lies here."""
    try:
        if os.lstat(path).st_size != entry.size:
            return False
    except OSError:
        return False
    return _agrees(path, entry)


def _agrees(path: str, entry: Entry) -> bool:
    try:
        file = manifest.opened(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if file is None:
        return False
    with file:
        return manifest.of_file(file).sha256 == entry.sha256


def _copy(path: str, target: str, entry: Entry) -> bool:
    """Copy a file beside its place, and put it there if it arrived as it should be; whether it did."""
    aside = f"{target}{ASIDE}"
    try:
        shutil.copyfile(path, aside, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, shutil.SpecialFileError):
        return False
    sound = _agrees(aside, entry)
    if sound:
        os.chmod(aside, FILE)
        os.utime(aside, (entry.mtime, entry.mtime))
        os.replace(aside, target)
    else:
        os.unlink(aside)
    return sound


ASIDE = ".arriving"


def write(path: Path, content: bytes, mtime: int) -> None:
    """A small file, there as a whole or not at all."""
    aside = path.with_name(path.name + ASIDE)
    aside.write_bytes(content)
    aside.chmod(FILE)
    os.utime(aside, (mtime, mtime))
    aside.replace(path)


def make_folder(path: Path) -> None:
    """A folder that everybody may read, with those above it that are missing."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        path.unlink()
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(FOLDER)


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders that some files lie in."""
    found: set[str] = set()
    for path in paths:
        path = path.rpartition("/")[0]
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return found


def walk(tree: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Everything below a folder; links are not followed."""
    waiting = [(str(tree), "")]
    while waiting:
        folder, prefix = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                yield prefix + entry.name, entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, f"{prefix}{entry.name}/"))


def drift(tree: Path, release: Manifest, *, thorough: bool, tell: Tell) -> Drift:
    """How a folder differs from a manifest; without `thorough` nothing is read."""
    files, met = release.files, 0
    folders: dict[str, int] = {}
    extra: list[str] = []
    changed: list[str] = []
    same: list[str] = []
    altered: dict[str, str] = {}
    for path, about in walk(tree) if tree.is_dir() else ():
        entry = files.get(path)
        if stat.S_ISDIR(about.st_mode):
            folders[path] = stat.S_IMODE(about.st_mode)
        elif entry is None:
            extra += [] if path in manifest.OWN else [path]
        else:
            met += 1
            if not stat.S_ISREG(about.st_mode):
                altered[path] = "不是普通文件（可能被换成了链接）"
            elif about.st_size != entry.size:
                changed.append(path)
            else:
                same.append(path)
                why = _attributes(about, entry)
                if why:
                    altered[path] = why
    missing: list[str] = []
    if met < len(files):
        missing = sorted(files.keys() - {*changed, *same, *altered})
    if thorough:
        for found in _each(partial(_differing, str(tree), files), same, tell):
            changed += found
    for path in changed:
        altered.pop(path, None)
    for path in sorted(_folders(files) & folders.keys()):
        if folders[path] != FOLDER:
            altered[path] = f"文件夹权限是 {folders[path]:o}，应为 {FOLDER:o}"
    return Drift(sorted(changed), missing, sorted(extra), dict(sorted(altered.items())))


_PLAIN = stat.S_IFREG | FILE


def _attributes(about: os.stat_result, entry: Entry) -> str:
    if (about.st_mode, about.st_nlink) == (_PLAIN, 1) and (
        about.st_mtime_ns == entry.mtime * 1_000_000_000
    ):
        return ""
    if stat.S_IMODE(about.st_mode) != FILE:
        return f"权限是 {stat.S_IMODE(about.st_mode):o}，应为 {FILE:o}"
    if about.st_mtime_ns != entry.mtime * 1_000_000_000:
        return "修改时间不对，浏览器会据此误用旧的缓存"
    return "与别的文件共用存储（硬链接）" if about.st_nlink > 1 else ""


def _differing(tree: str, files: Mapping[str, Entry], paths: Sequence[str]) -> list[str]:
    return [path for path in paths if not _agrees(f"{tree}/{path}", files[path])]


def mend(tree: Path, release: Manifest, drift: Drift, others: Sequence[Path]) -> None:
    """Undo a drift, each file in one step, with what one of the other folders holds."""
    make_folder(tree)
    for path in drift.extra:
        with suppress(FileNotFoundError):
            (tree / path).unlink()
    lost: list[str] = []
    for folder in sorted(_folders(release.files)):
        make_folder(tree / folder)
    for path in [*drift.changed, *drift.missing, *drift.altered]:
        entry = release.files.get(path)
        if entry is None:  # a folder, whose mode is right by now
            continue
        target = f"{tree}/{path}"
        if (tree / path).is_dir() and not (tree / path).is_symlink():
            shutil.rmtree(target)
        # Where only attributes are wrong, the file itself is the first to copy from.
        if not any(_copy(f"{folder}/{path}", target, entry) for folder in (tree, *others)):
            lost.append(path)
    if lost:
        raise Damaged(
            f"有 {len(lost)} 个文件到处都找不到原来的内容：{'、'.join(lost[:5])}。"
            "请用同一次提交重新生成网站后再试，或者运行 make publish 重新发布。"
        )


def lend(tree: Path, release: Manifest, source: Path, lender: Manifest) -> None:
    """Make the assets in a folder those of a release and, beside them, those of the lender."""
    wanted = {p: e for p, e in lender.files.items() if manifest.is_asset(p)}
    wanted = {path: entry for path, entry in wanted.items() if path not in release.files}
    for path, about in walk(tree / manifest.CARRIED) if (tree / manifest.CARRIED).is_dir() else ():
        name = manifest.CARRIED + path
        if not stat.S_ISDIR(about.st_mode) and name not in release.files and name not in wanted:
            (tree / name).unlink()
    for folder in sorted(_folders(wanted)):
        make_folder(tree / folder)
    for path, entry in wanted.items():
        _copy(f"{source}/{path}", f"{tree}/{path}", entry)


def settle(folder: Path) -> None:
    """Return when all that was written on the disk of a folder would survive a loss of power."""
    if sys.platform == "linux":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if not ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
                return
        finally:
            os.close(descriptor)
    os.sync()


def settle_names(folder: Path) -> None:
    """The same for the names in one folder, which is quick."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _each(work: Callable[[Sequence[str]], Value], paths: Sequence[str], tell: Tell) -> list[Value]:
    """Some work on all paths, side by side; the first failure ends it."""
    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    done: list[Value] = []
    tell(0, len(paths))
    crew = ThreadPoolExecutor(THREADS if len(batches) > 1 else 1)
    waiting = [crew.submit(work, batch) for batch in batches]
    try:
        for result in waiting:
            done.append(result.result())
            tell(min(len(done) * BATCH, len(paths)), len(paths))
    finally:
        for result in waiting:
            result.cancel()
        crew.shutdown(wait=True)
    return done
