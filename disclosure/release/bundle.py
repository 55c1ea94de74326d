"""The bundle: the receiver and the modules that it needs as one file, which Python runs as it is."""

from __future__ import annotations

import io
import zipfile
from importlib.resources import files

MODULES = (
    "__init__.py",
    "progress.py",
    "release/__init__.py",
    "release/folder.py",
    "release/manifest.py",
    "release/receiver.py",
    "release/session.py",
    "release/target.py",
    "release/trees.py",
    "release/wire.py",
)
START = """\
import os
import sys

from disclosure.release import receiver


def converse(place):
    from disclosure.release.session import Session  # only now: uploads need none of it

    Session(place).run()


sys.exit(receiver.main(sys.argv[1:], os.environ.get("SSH_ORIGINAL_COMMAND", ""), converse))
"""
PYTHON = "/usr/bin/python3 -I -S -X utf8"
"""How the server starts it: whatever the environment says, with UTF-8 file names."""


def make() -> bytes:
    """A zip archive for Python 3.7 or later, the same bytes for the same program."""
    package = files("disclosure")
    sources = {f"disclosure/{name}": package.joinpath(name).read_text("utf-8") for name in MODULES}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, source in {"__main__.py": START, **sources}.items():
            archive.writestr(zipfile.ZipInfo(name), source, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def line(program: str, place: str, key: str, python: str = PYTHON) -> str:
    """The line of authorized_keys by which the owner of a public key may publish into a folder, and
    may do nothing else."""
    return f'command="{python} {program} {place}",restrict {key.strip()}\n'
