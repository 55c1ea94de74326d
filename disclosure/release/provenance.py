"""Provenance: which state of the version history a site comes from, and whether that may be published."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from disclosure import git
from disclosure.diagnostics import Finding, Place
from disclosure.release.manifest import Manifest

SOURCES = ("data", "docs", "hooks", "mkdocs.yml", "publish.yml", "disclosure", "requirements.lock")
"""What a site is made from."""
SLOW, FAST = 86_400, 3 * 366 * 86_400
"""Seconds by which a clock may be behind, or ahead of, the last thing that is known to have happened."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a site comes from."""

    commit: str = ""
    """"" without version history."""
    committed: int = 0
    """Seconds since 1970."""
    shallow: bool = False
    dirty: tuple[str, ...] = ()
    """Files of the sources that are not as in the commit."""


def of(root: Path) -> Origin:
    """The state of the version history that a project's folder is in."""
    try:
        head = _git(root, "log", "-1", "--format=%H %ct")
    except OSError:
        return Origin()
    if not head:
        return Origin()
    commit, _, moment = head.partition(" ")
    status = _git(root, "status", "--porcelain", "-z", "--no-renames", "--", *SOURCES) or ""
    dirty = tuple(line[3:] for line in status.split("\0") if line)
    shallow = _git(root, "rev-parse", "--is-shallow-repository") == "true"
    return Origin(commit, int(moment), shallow, dirty)


def check(
    root: Path, origin: Origin, as_of: str, live: Manifest | None, now: float
) -> Iterator[Finding]:
    """What speaks against publishing a site of this origin, seen from a day, after the live
    release, at a moment (seconds since 1970)."""
    here = Place(".git")
    if not origin.commit:
        yield Finding("D106", here, {})
    if origin.dirty:
        names = "、".join(origin.dirty[:5]) + (
            f"等 {len(origin.dirty)} 个" if origin.dirty[5:] else ""
        )
        yield Finding("D107", Place(origin.dirty[0]), {"names": names})
    if origin.shallow:
        yield Finding("D108", here, {})
    elif live and live.commit and origin.commit and live.commit != origin.commit:
        try:
            done = git.run(root, "merge-base", "--is-ancestor", live.commit, "HEAD")
            newer = done.returncode == 0
        except OSError:
            newer = False
        if not newer:
            about = {"live": live.commit[:10], "number": live.number}
            yield Finding("D109", here, about)
    yield from _clock(origin, as_of, live, now)


def _clock(origin: Origin, as_of: str, live: Manifest | None, now: float) -> Iterator[Finding]:
    known = max(origin.committed, live.made if live else 0)
    shown = time.strftime("%Y-%m-%d", time.localtime(now))
    what = ""
    if now < known - SLOW:
        what = f"电脑的日期是 {shown}，早于最近一次提交或发布的日期"
    elif known and now > known + FAST:
        what = f"电脑的日期是 {shown}，比最近一次提交或发布晚了三年以上"
    elif live and as_of < live.as_of:
        what = f"这个网站按 {as_of} 生成，线上的版本按 {live.as_of} 生成，期满的信息会重新出现"
    if what:
        yield Finding("D110", Place("site"), {"what": what})


def _git(root: Path, *arguments: str) -> str | None:
    done = git.run(root, *arguments)
    return None if done.returncode else done.stdout.decode("utf-8", "surrogateescape").strip("\n")
