"""Commits: when each article first entered the version history, against the day it claims to be from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from disclosure import git
from disclosure.diagnostics import Finding, Place
from disclosure.intake import articles, settings
from disclosure.intake.articles import Article

GRACE = "publish_grace_days"
"""The entry of `agency.yml` that says how many days an article may come after the day it states."""
DAYS = 7
"""What holds when it says nothing."""
_COMMIT = "\x01"
_EMPTY = ("not a git repository", "does not have any commits yet")


@dataclass(frozen=True)
class History:
    """The day of the first commit of every file, by its present path; or why that is not known."""

    first: Mapping[str, date] = field(default_factory=dict)
    unknown: str = ""


def check(
    root: Path, written: Sequence[Article], agency: Mapping[str, object]
) -> Iterator[Finding]:
    """Articles that claim to have been public long before they first appeared in the history.

    Publication dates that are made up fail the national check of government sites by themselves
    (国办秘函〔2019〕19号). What was moved here from an older site says so in its head.
    """
    grace = agency.get(GRACE, DAYS)
    if not isinstance(grace, int) or isinstance(grace, bool) or grace < 0:
        place = Place("data/agency.yml", row=settings.lines(root / "data/agency.yml")[GRACE,])
        yield Finding("T383", place, {"value": grace})
        return
    dated = [a for a in written if a.published and not a.migrated]
    if not dated:
        return
    history = read(root)
    if history.unknown:
        yield Finding("T382", Place("docs"), {"reason": history.unknown})
    for article in dated:
        committed = history.first.get(article.file)
        if committed is None:
            continue  # not committed yet, or there is no history to compare with
        days = (committed - date.fromisoformat(article.published)).days
        if days > grace:
            row = articles.line(root / article.file, "公开日期")
            facts = {"published": article.published, "committed": committed, "days": days}
            yield Finding("T381", Place(article.file, row=row), facts)


def read(root: Path, folder: str = "docs") -> History:
    """The history of a folder of the project; empty, and not a mistake, where there is none.

    The days are those of the committer, in China: the day on which a change was taken in. A file
    that was renamed or moved keeps the day on which it first appeared.
    """
    try:
        shallow = _git(root, "rev-parse", "--is-shallow-repository")
        if shallow is None:
            return History()
        if shallow.strip() != "false":
            return History(unknown="这份副本只有最近的版本记录")
        log = _git(
            root,
            *("-c", "core.quotepath=off", "log", "--no-show-signature", "--no-ext-diff"),
            *("--relative", "--topo-order", "-M", "-l0", "--diff-filter=AR", "--name-status"),
            *(f"--format={_COMMIT}%ct", "--", folder),
        )
    except OSError:
        here = (root / ".git").exists()
        return History(unknown="这台电脑上没有 git 程序" if here else "")
    except _Unreadable as error:
        reason = str(error).strip().splitlines()
        return History(unknown=f"版本记录读不出来（{reason[0] if reason else '原因不明'}）")
    return History(_first(log or ""))


def _first(log: str) -> Mapping[str, date]:
    """The day of the first commit of every path, from a log that goes back in time."""
    found: dict[str, date] = {}
    now: dict[str, str] = {}  # what is called what today, by the names of the time we have come to
    day = date.min
    for line in log.splitlines():
        if line.startswith(_COMMIT):
            moment = datetime.fromtimestamp(int(line[1:]), ZoneInfo("Asia/Shanghai"))
            day = moment.date()
        elif line:
            kind, *paths = line.split("\t")
            name = now.get(paths[-1], paths[-1])
            found[name] = min(found.get(name, day), day)
            if kind.startswith("R"):
                now[paths[0]] = name
    return found


class _Unreadable(Exception):
    """What git says of a history that it cannot read."""


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints; None where there is no repository. Raises _Unreadable otherwise."""
    done = git.run(root, *arguments)
    complaint = done.stderr.decode("utf-8", "replace")
    if done.returncode and any(words in complaint for words in _EMPTY):
        return None
    if done.returncode:
        raise _Unreadable(complaint)
    return done.stdout.decode("utf-8", "replace")
