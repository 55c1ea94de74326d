"""The bucket target: an object store that serves one release, and a second bucket that keeps them all.

What readers see lies in the public bucket at its own address. The private bucket, which nobody else may
read (it is tried at every lock), holds below `_releases/` what is not for them: see `archives`, and for
the lock `leases`.

A bucket knows no renaming, so that a switch is not one moment. What it promises instead: whatever link
a page that is served has, it leads to something that is served. For every release is whole in itself,
so it is enough that (1) everything that was not there is there before anything that was there changes,
and (2) nothing is removed before all that led to it has changed. In detail: new assets; other new
files; changed assets; changed pages and data; changed indexes and feeds; the public manifest; then what
the release does not have is removed, apart from the assets of the one before, which readers of its
pages may still ask for; at last the pointer. Files are copied from blob to address within the store.
Interrupted anywhere, the pointer still names the release before, and the next switch goes on from what
it finds: it compares all that lies there, not what should. Only one thing cannot be undone by it: that
headers were changed. That `drift` finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from disclosure.progress import Tell, silent
from disclosure.release import headers, manifest
from disclosure.release.archives import Archive, sound
from disclosure.release.leases import TERM, Lease
from disclosure.release.manifest import Entry, Manifest
from disclosure.release.objects import Clients, Listed, Objects, Unreachable, each
from disclosure.release.providers import Address
from disclosure.release.target import Damaged, Drift, Moved, Refused, Sealed

PARTS = 16
"""Into how many parts the listing of a large site is divided."""
INDEXES = (".xml", ".json", ".atom", ".rss", ".ics")


class Bucket:
    """A bucket that everybody may read, with one beside it that nobody else may, as a target."""

    def __init__(self, address: Address, term: float = TERM) -> None:
        self.name = f"{address.provider.title}存储桶 {address.public}"
        self._clients = Clients(address)
        self._clients.guard = self._ask
        self._public = Objects(self._clients, address.public)
        self._private = Objects(self._clients, address.private)
        self._prefix = address.prefix
        self._archive = Archive(self._private, f"_releases/{address.prefix}", self.name)
        self._term = term
        self._lease: Lease | None = None
        self._state = ""

    # ── Who may change anything ──────────────────────────────────────────────────────────────────

    @contextmanager
    def lock(self, who: str) -> Iterator[None]:
        folder = f"{self._archive.root}lock/"
        lease = Lease(self._private, folder, self._term, self._archive.fence)
        state = "线上没有变化。"
        try:
            with lease.held(who):
                if self._private.is_open(lease.key):
                    raise Refused(
                        f"存储桶 {self._private.bucket} 谁都能读取，里面要放没有公开的下架清单和以前的版本。"
                        "请先把它改为私有。线上没有变化。"
                    )
                self._lease, self._state = lease, state
                try:
                    yield
                finally:
                    self._lease, state = None, self._state
        except Unreachable as error:
            raise Refused(f"{error}{state}") from None

    def _ask(self) -> None:
        if self._lease:
            self._lease.check()

    def _held(self) -> Lease:
        if self._lease is None:
            raise Refused(f"没有锁，不能改动{self.name}。")
        return self._lease

    # ── What is there ────────────────────────────────────────────────────────────────────────────

    def live(self) -> int:
        return self._archive.live()

    def releases(self) -> Sequence[int]:
        return self._archive.releases()

    def sealed(self, number: int) -> Sealed:
        return self._archive.sealed(number)

    def read(self, number: int, path: str) -> bytes | None:
        """Of the live release what is served, of others what would be."""
        if number == self.live():
            return self._shown(path)
        if path in manifest.OWN:
            return self._archive.own(number, path)
        entry = self._archive.manifest(number).files.get(path)
        return self._archive.read(entry) if entry else None

    def _shown(self, path: str) -> bytes | None:
        found = self._public.get(self._prefix + path)
        return found and found.content

    def _served(self, release: Manifest) -> Mapping[str, Listed]:
        """All that lies where readers look; the release only tells where to divide the listing."""
        known = sorted(self._prefix + path for path in release.files)
        cuts = known[:: max(len(known) // PARTS, 1000)][1:]
        listed = self._public.listing(self._prefix, cuts)
        return {key[len(self._prefix) :]: about for key, about in listed.items()}

    # ── Taking in ────────────────────────────────────────────────────────────────────────────────

    def receive(
        self, release: Manifest, sealed: Sealed, source: Path, base: Manifest | None, tell: Tell
    ) -> int:
        self._held()
        if release.number <= max(self.releases(), default=0):
            raise Moved(f"{self.name}里已经有第 {release.number} 版。请重新运行 make publish。")
        self._state = "线上没有变化，已经传送的不会再传。"
        blobs = self._archive.blobs()

        def take(path: str) -> int:
            entry = release.files[path]
            sent = self._archive.keep(path, entry, blobs.get(entry.sha256), source, self._shown)
            if sent is None:
                raise Damaged(
                    f"{path} 的内容与清单不一致：发布途中 site/ 里的文件被改动了，或者磁盘有故障。"
                    "线上仍是原来的版本。请重新运行 make publish。"
                )
            return sent

        places = {entry.sha256: path for path, entry in release.files.items()}
        sent = sum(each(take, list(places.values()), tell))
        self._archive.seal(release.number, sealed)
        return sent

    # ── Serving ──────────────────────────────────────────────────────────────────────────────────

    def lend(self, release: Manifest, lender: Manifest) -> None:
        """The assets of the release before stay where they are when another one is served."""

    def switch(self, number: int, *, parent: int) -> None:
        lease = self._held()
        if (live := self.live()) != parent:
            raise Moved(
                f"{self.name}的当前版本已经是第 {live} 版，不再是第 {parent} 版。请重新运行 make publish。"
            )
        if number not in self.releases():
            raise Refused(f"{self.name}里没有第 {number} 版。")
        release = self._archive.manifest(number)
        before = None
        with suppress(Refused):
            before = self._archive.manifest(parent) if parent else None
        there = self._served(release)
        self._only_own(release, before, there)
        stale = self._stale(release, there)
        sealed = self.sealed(number)
        self._state = (
            "切换没有完成：线上的网页可能一部分已经是新的，但没有断开的链接。"
            "请尽快再运行一次 make publish，它会接着完成。"
        )
        for step in steps(stale, there):
            each(partial(self._show, release), step)
        self._declare(sealed)
        kept = {path for path in before.files if manifest.is_asset(path)} if before else set()
        doomed = there.keys() - release.files.keys() - kept - _declared(sealed).keys()
        each(self._public.delete, sorted(self._prefix + path for path in doomed))
        self._archive.point(number, lease.number)
        self._state = "新的版本已经公开；以前的版本没有清理完，下次发布时再清理。"

    def _stale(self, release: Manifest, there: Mapping[str, Listed]) -> list[str]:
        """What is not yet, or not any more, as a release wants it. Raises Damaged when that is not kept."""
        blobs = self._archive.blobs()
        files = release.files.items()
        if lacking := [p for p, entry in files if not _is_kept(blobs.get(entry.sha256), entry)]:
            raise Damaged(
                f"存储桶 {self._private.bucket} 里缺少第 {release.number} 版的 {len(lacking):,} 个文件："
                f"{'、'.join(lacking[:5])}。线上没有变化。请重新运行 make publish。"
            )
        return [
            path
            for path, entry in files
            if path not in there or there[path].bytes != blobs[entry.sha256].bytes
        ]

    def _only_own(
        self, release: Manifest, before: Manifest | None, there: Mapping[str, Listed]
    ) -> None:
        """Before the first release, whatever lies in the bucket may be somebody's who does not know that
        it is to be a portal's; afterwards it is the portal's, and what is not signed is removed."""
        if before or self.live():
            return
        others = there.keys() - release.files.keys() - set(manifest.OWN)
        for number in self.releases():
            others -= self._archive.manifest(number).files.keys()
        if others:
            raise Refused(
                f"存储桶 {self._public.bucket} 里已经有 {len(others):,} 个别的文件（{min(others)} 等），"
                "发布会把它们删除。请换一个空的存储桶，或者在 publish.yml 中写 prefix，或者先移走它们。"
                "线上没有变化。"
            )

    def _show(self, release: Manifest, path: str) -> None:
        key = self._archive.key(release.files[path])
        self._public.copy(self._private, key, self._prefix + path, headers.of(path))

    def _declare(self, sealed: Sealed) -> None:
        for name, content in _declared(sealed).items():
            self._public.put(self._prefix + name, content, headers.of(name))

    # ── Comparing ────────────────────────────────────────────────────────────────────────────────

    def drift(self, release: Manifest, *, thorough: bool, tell: Tell = silent) -> Drift:
        """Of the live release as it is served, of others as it is kept."""
        live, files = release.number == self.live(), release.files
        there = self._served(release) if live else {}
        declared = _declared(self.sealed(release.number)) if live else {}
        blobs = {} if live else self._archive.blobs()
        found = {p: there.get(p) if live else blobs.get(e.sha256) for p, e in files.items()}
        missing = [path for path, about in found.items() if about is None]
        changed = [
            path for path, about in found.items() if about and about.size != files[path].size
        ]
        altered: dict[str, str] = {}
        if thorough:
            same = sorted(files.keys() - set(missing) - set(changed))
            look = partial(self._difference if live else self._damage, release)
            for path, what in zip(same, each(look, same, tell), strict=True):
                if what is None:
                    changed.append(path)
                elif what:
                    altered[path] = what
            changed += [name for name, said in declared.items() if self._shown(name) != said]
        extra = sorted(there.keys() - files.keys() - declared.keys())
        return Drift(sorted(changed), sorted(missing), extra, altered)

    def _damage(self, release: Manifest, path: str) -> str | None:
        """None when a file is not kept as it should be."""
        entry = release.files[path]
        return "" if sound(self._archive.read(entry), entry) else None

    def _difference(self, release: Manifest, path: str) -> str | None:
        """None for other bytes; else what is wrong with the headers, "" for nothing."""
        found = self._public.get(self._prefix + path)
        if found is None or not sound(found.content, release.files[path]):
            return None
        names = ("Content-Type", "Cache-Control", "Content-Encoding")
        pairs = zip(names, found.headers, headers.of(path), strict=True)
        return "；".join(
            f"{name} 是“{given}”，应为“{due}”" for name, given, due in pairs if given != due
        )

    def mend(self, release: Manifest, sealed: Sealed, drift: Drift, source: Path | None) -> None:
        self._held()
        self._state = "没有全部恢复，请再运行一次 make verify REPAIR=1。"
        wrong = [*drift.missing, *drift.changed, *drift.altered]
        paths = [path for path in wrong if path in release.files]
        blobs = self._archive.blobs()

        def keep(path: str) -> bool:
            entry = release.files[path]
            there = blobs.get(entry.sha256)
            return self._archive.keep(path, entry, there, source, self._shown) is not None

        kept = each(keep, paths)
        if release.number == self.live():
            found = [path for path, is_kept in zip(paths, kept, strict=True) if is_kept]
            for step in steps(found, {*drift.changed, *drift.altered}):
                each(partial(self._show, release), step)
            self._declare(sealed)
            each(self._public.delete, [self._prefix + path for path in drift.extra])
        self._archive.seal(release.number, sealed)
        if lost := [path for path, is_kept in zip(paths, kept, strict=True) if not is_kept]:
            raise Damaged(
                f"有 {len(lost)} 个文件到处都找不到原来的内容：{'、'.join(lost[:5])}。"
                "请用同一次提交重新生成网站后再试，或者运行 make publish 重新发布。"
            )

    def discard(self, numbers: Iterable[int]) -> None:
        self._held()
        there = set(self.releases())
        if doomed := there & set(numbers) - {self.live(), max(there, default=0)}:
            self._archive.discard(sorted(doomed))


def _is_kept(there: Listed | None, entry: Entry) -> bool:
    return there is not None and there.size == entry.size


def steps(paths: Iterable[str], there: Iterable[str]) -> Iterator[list[str]]:
    """In which order files become what they should be, of which some are `there` already: each step
    leads only to what is there before it."""
    old = set(there)
    found: dict[int, list[str]] = {}
    for path in paths:
        found.setdefault(3 * (path in old) + _rank(path), []).append(path)
    for rank in sorted(found):
        yield found[rank]


def _rank(path: str) -> int:
    """0 for what pages are dressed in, 1 for pages and data, 2 for what leads to all of them."""
    if path.startswith(manifest.CARRIED):
        return 0
    name = path.rpartition("/")[2]
    return 2 if name == "index.html" or name.endswith(INDEXES) else 1


def _declared(sealed: Sealed) -> Mapping[str, bytes]:
    """What the public can check a release with; the manifest last."""
    own = {**sealed.more, manifest.SIGNATURE: sealed.signature}
    return {**own, manifest.NAME: sealed.manifest}
