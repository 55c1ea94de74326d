"""Git: runs one of its commands on the version history that a folder belongs to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def run(folder: Path, *arguments: str, in_hook: bool = False) -> subprocess.CompletedProcess[bytes]:
    """A command of Git that has ended, well or not; raises OSError where Git is not installed.

    `in_hook` is for what Git itself has asked for: only then its own settings, such as which index
    is being committed, are about this command.
    """
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, env=environment(in_hook)
    )


def environment(in_hook: bool = False) -> dict[str, str]:
    """The environment for Git: it speaks English, and neither locks nor fetches while it reads."""
    kept = {k: v for k, v in os.environ.items() if in_hook or not k.startswith("GIT_")}
    return {**kept, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
