"""Git repositories for tests: versions committed on days of one's choice."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def git(root: Path, *arguments: str, day: str = "2026-01-01") -> str:
    """Run a command of Git as nobody in particular, at noon (China) of a day."""
    moment = f"{day}T12:00:00+08:00"
    settings = {
        "GIT_AUTHOR_DATE": moment,
        "GIT_COMMITTER_DATE": moment,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    names = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    command = ["git", *names, "-c", "init.defaultBranch=main", *arguments]
    done = subprocess.run(
        command,
        cwd=root,
        env={**os.environ, **settings},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def commit(root: Path, day: str) -> str:
    """Commit the data below `root` as of a day, making it a repository first; returns the commit."""
    if not (root / ".git").exists():
        git(root, "init")
    git(root, "add", "--all", "data")
    git(root, "commit", "--allow-empty", "-m", day, day=day)
    return git(root, "rev-parse", "HEAD")


def make_shallow(root: Path) -> None:
    """What a clone of depth one is."""
    (root / ".git" / "shallow").write_text(git(root, "rev-parse", "HEAD") + "\n", "utf-8")
