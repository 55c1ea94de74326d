"""Publishing: a release made, brought to its target, served; taken back; compared with what was signed."""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from disclosure.progress import Teller, nobody, silent
from disclosure.release import difference, manifest, past, signature
from disclosure.release import probe as probing
from disclosure.release.difference import Difference
from disclosure.release.manifest import Entry, Hashes, Manifest
from disclosure.release.past import Past, trusted
from disclosure.release.probe import Probe
from disclosure.release.signature import Keys, Unsigned
from disclosure.release.target import Drift, Refused, Sealed, Target

CARRY = 20
"""For how many releases assets stay that only pages of earlier ones ask for."""
DAY = 86_400


class Declined(Refused):
    """Whoever was asked did not want it."""


@dataclass(frozen=True)
class Draft:
    """A site that is to become a release."""

    site: Path
    hashes: Mapping[str, Hashes]
    as_of: str
    commit: str = ""
    lock: str = ""
    sample: bool = False
    records: Mapping[str, str] = field(default_factory=dict)
    """Of every page of a record, by address, the collection."""
    notices: Collection[str] = ()
    """The addresses of withdrawn records."""
    down: Collection[str] = ()
    """The addresses of all records that may not be shown: withdrawn, retired, closed."""
    banned: Collection[str] = ()
    """Files, or folders with a final /, that people have taken down."""
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Held:
    """How many releases a target holds, and for how long; the live one and its parent always stay."""

    count: int = 10
    days: int = 60


@dataclass(frozen=True)
class Outcome:
    """What publishing came to."""

    number: int
    before: int
    difference: Difference
    sent: int = 0
    """Bytes of files that the target did not hold already."""

    @property
    def is_new(self) -> bool:
        return self.number != self.before


Confirm = Callable[[int, Difference], None]
"""Is shown the number and the difference before anything is sent; raises Declined to stop."""


def who() -> str:
    """Whoever runs this, as others are told who holds the lock."""
    user = "有人"
    with suppress(KeyError, OSError):
        user = getpass.getuser()
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"{user}@{socket.gethostname()}（进程 {os.getpid()}，{since} 起）"


def publish(
    target: Target,
    draft: Draft,
    keys: Keys,
    *,
    confirm: Confirm = lambda number, change: None,
    held: Held | None = None,
    probe: Probe | None = None,
    teller: Teller = nobody,
) -> Outcome:
    """Make the next release of a site, bring it to the target and serve it. Raises Refused, OSError;
    whatever is raised, what is served stays."""
    with target.lock(who()):
        before = past.of(target, keys)
        release, takedown = _composed(draft, before, partial(target.read, before.number))
        release = replace(release, sm2=keys.sm2 is not None)
        change = difference.between(
            before.live, release, set(draft.notices), {*draft.down, *before.down}
        )
        if before.live and _same(before.live, release):
            if probe:
                probing.confirm(probe, before.live)
            return Outcome(before.number, before.number, change)
        confirm(release.number, change)
        sealed = _signed(release, takedown, keys)
        tell = teller("传送并核对文件")
        base = before.live and replace(before.live, files={**_lent(before), **before.live.files})
        sent = target.receive(release, sealed, draft.site, base, tell)
        target.switch(release.number, parent=before.number)
        if probe:
            probing.prove(probe, target, release, before.number, before.live)
        _prune(target, release, held or Held(), keys)
        return Outcome(release.number, before.number, change, sent)


def _same(live: Manifest, release: Manifest) -> bool:
    """Whether nothing would be different for anybody."""
    one, other = (
        {path: entry._replace(kept=0) for path, entry in some.files.items()}
        for some in (live, release)
    )
    return one == other and (live.takedown, live.sample) == (release.takedown, release.sample)


def _composed(
    draft: Draft, before: Past, read: Callable[[str], bytes | None]
) -> tuple[Manifest, bytes]:
    """The next release, not signed yet, and the list of what may not be shown again; `read` gives a
    file of the live release."""
    number = before.highest + 1
    made = max(int(time.time()), before.made + 1)
    old = before.live.files if before.live else {}
    files = dict(manifest.entries(draft.hashes, draft.records, old, made))
    assets = {**_lent(before), **old}
    for path, entry in manifest.carried(files, assets, before.number, number - CARRY):
        content = None if is_banned(path, draft.banned) else read(path)
        if content is not None and manifest.hashes(content).sha256 == entry.sha256:
            files[path] = entry
    down = {**dict.fromkeys(draft.down, number), **before.down}
    listed = {
        "records": {path: since for path, since in down.items() if path not in draft.records},
        "files": {path: before.banned.get(path, number) for path in draft.banned},
    }
    takedown = manifest.canonical(listed)
    release = Manifest(
        number=number,
        parent=before.number,
        made=made,
        as_of=draft.as_of,
        commit=draft.commit,
        lock=draft.lock,
        takedown=hashlib.sha256(takedown).hexdigest(),
        sample=draft.sample,
        files=files,
        titles=draft.titles,
    )
    return release, takedown


def _lent(before: Past) -> Mapping[str, Entry]:
    """The assets that lie beside those of the live release since somebody went back to it."""
    if before.live is None or before.last is None:
        return {}
    others = before.last.files.items()
    return {p: e for p, e in others if manifest.is_asset(p) and p not in before.live.files}


def _signed(release: Manifest, takedown: bytes, keys: Keys) -> Sealed:
    content = release.encode()
    more = {manifest.SM2: signature.sign_sm2(content, keys.sm2)} if keys.sm2 else {}
    sealed = Sealed(content, signature.sign(content, keys), takedown, more)
    signature.verify(content, sealed.signature, keys)  # before it leaves, not after
    return sealed


def is_banned(path: str, banned: Iterable[str]) -> bool:
    """Whether a file is one of those that people have taken down, or lies in such a folder."""
    return any(path == one or (one.endswith("/") and path.startswith(one)) for one in banned)


def _prune(target: Target, live: Manifest, held: Held, keys: Keys) -> None:
    """Remove releases that are too many, and those that are too old."""
    numbers = target.releases()
    doomed = set(numbers[: -held.count])
    for number in numbers[-held.count :]:
        with suppress(manifest.Unreadable, Refused):
            if number == live.number or (
                manifest.decode(target.sealed(number).manifest).made >= live.made - held.days * DAY
            ):
                break  # those after it are younger still
            doomed.add(number)
    target.discard(sorted(doomed - {live.number, live.parent}))


# ── Taking back ──────────────────────────────────────────────────────────────────────────────────


def rollback(
    target: Target,
    keys: Keys,
    to: int = 0,
    banned: Collection[str] = (),
    probe: Probe | None = None,
) -> tuple[int, int]:
    """Serve an earlier release again (the one before, when none is named), as long as it is whole and
    shows nothing that was taken down since or is `banned`; returns the numbers (now, before). When the
    portal does not show it then, that is told, and it stays: whoever goes back wants the other gone."""
    with target.lock(who()):
        live, numbers = target.live(), target.releases()
        before = past.of(target, keys)
        if before.spoilt:
            raise Unsigned(f"{before.spoilt[0]}\n不知道哪些内容已经依法撤下，请改用 make publish。")
        number = to or _previous(before, numbers)
        if number not in numbers:
            there = "、".join(map(str, numbers)) or "没有"
            raise Refused(f"{target.name}里没有第 {number} 版。现有的版本：{there}。")
        if number == live:
            raise Refused(f"现在公开的就是第 {number} 版。")
        known = before.last if before.last and before.last.number == number else None
        release = known or trusted(target, number, keys)[0]
        if back := _would_return(release, before.down, {*before.banned, *banned}):
            shown = "、".join(back[:5])
            raise Refused(
                f"不能退回到第 {number} 版：其中有 {len(back):,} 个页面已经依法撤下，不能再公开：{shown}"
                f"{'等' if len(back) > 5 else ''}。请改正数据后重新 make publish。"
            )
        lender = before.live or release
        if before.live:
            target.lend(release, lender)
        if drift := _owing(target.drift(release, thorough=False, tell=silent), lender):
            raise Refused(
                f"不能退回到第 {number} 版：它的文件被动过。\n{words(drift)}"
                f"请先运行 make verify TO={number} REPAIR=1。"
            )
        target.switch(number, parent=live)
        if probe:
            probing.confirm(probe, release, before.live)
        return number, live


def _previous(before: Past, numbers: Iterable[int]) -> int:
    if before.live and before.live.parent in numbers:
        return before.live.parent
    earlier = [number for number in numbers if not before.number or number < before.number]
    if not earlier:
        raise Refused("没有更早的版本可以退回。")
    return max(earlier)


def _would_return(release: Manifest, down: Collection[str], banned: Collection[str]) -> list[str]:
    """What a release shows although it was taken down. At the address of a record a notice may stand."""
    return sorted(
        path
        for path, entry in release.files.items()
        if (entry.record and path in down) or is_banned(path, banned)
    )


# ── Comparing ────────────────────────────────────────────────────────────────────────────────────


def verify(target: Target, keys: Keys, number: int = 0, teller: Teller = nobody) -> Drift:
    """How the live release (or the one named) differs from what was signed. Raises Unsigned when
    there is nothing to compare with, Refused when nothing is live."""
    release, _ = trusted(target, number or _live(target), keys)
    found = target.drift(release, thorough=True, tell=teller("核对文件"))
    return _without_loans(target, keys, release, found)


def _owing(drift: Drift, lender: Manifest) -> Drift:
    """A drift without the assets that another release has lent."""
    lent = {path for path in drift.extra if path in lender.files and manifest.is_asset(path)}
    return replace(drift, extra=[path for path in drift.extra if path not in lent])


def _without_loans(target: Target, keys: Keys, release: Manifest, drift: Drift) -> Drift:
    """The same, when it has to be found out who lent them; they must be what somebody has signed."""
    for number in reversed(target.releases()):
        if not any(map(manifest.is_asset, drift.extra)):
            break
        with suppress(Refused):
            lender, _ = trusted(target, number, keys)
            for path in filter(manifest.is_asset, drift.extra):
                content, entry = target.read(release.number, path), lender.files.get(path)
                sha256 = "" if content is None else manifest.hashes(content).sha256
                if entry and sha256 == entry.sha256:
                    others = [other for other in drift.extra if other != path]
                    drift = replace(drift, extra=others)
    return drift


def _live(target: Target) -> int:
    if number := target.live():
        return number
    raise Refused(f"{target.name}里还没有公开任何版本，请先运行 make publish。")


def repair(target: Target, keys: Keys, site: Path | None, number: int = 0) -> Drift:
    """Make the live release (or the one named) what was signed; returns what was wrong. A manifest
    that cannot be trusted is not repaired: then nothing says what is right."""
    with target.lock(who()):
        release, sealed = trusted(target, number or _live(target), keys)
        found = target.drift(release, thorough=True, tell=silent)
        if found := _without_loans(target, keys, release, found):
            target.mend(release, sealed, found, site)
            left = target.drift(release, thorough=True, tell=silent)
            if left := _without_loans(target, keys, release, left):
                raise Refused(f"没有全部修复：\n{words(left)}")
        return found


def words(drift: Drift, most: int = 20) -> str:
    """A drift by name, one file a line."""
    altered = [f"{path}（{why}）" for path, why in drift.altered.items()]
    lines = []
    for title, paths in (
        ("内容被改动", drift.changed),
        ("缺少", drift.missing),
        ("多出", drift.extra),
        ("属性被改动", altered),
    ):
        if paths:
            lines.append(f"{title} {len(paths):,} 个：")
            lines += [f"  {path}" for path in paths[:most]]
            lines += [f"  …另有 {len(paths) - most:,} 个"] if len(paths) > most else []
    return "".join(f"{line}\n" for line in lines)
