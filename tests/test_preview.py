"""The preview: rows and texts appear as they are edited, and a mistake shows on the page instead of stopping it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, TODAY


@pytest.fixture
def address(project: Path) -> Iterator[str]:
    """A running preview of the project."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"PYTHONPATH": str(ROOT), "AS_OF": TODAY, "NO_MKDOCS_2_WARNING": "1"}
    with (project.parent / "preview.log").open("wb") as log:
        command = ["mkdocs", "serve", "--livereload", "--dev-addr", f"127.0.0.1:{port}"]
        started = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=project,
            env={**os.environ, **settings},
            stdout=log,
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        started.terminate()
        started.wait(20)


def shows(address: str, text: str, *, present: bool = True) -> bool:
    """Whether a page comes to show a text (or to lose it) within a minute."""
    for _ in range(240):
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                if (text in answer.read().decode()) is present:
                    return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.25)
    return False


def test_edits_appear_and_mistakes_are_shown(project: Path, address: str) -> None:
    assert shows(address, "公开目录")
    guide = project / "docs" / "guide.md"
    guide.write_text(guide.read_text("utf-8") + "\n预览中补充的一句。\n", "utf-8")
    assert shows(address + "guide/", "预览中补充的一句。")
    rows = project / "data" / "norms" / "norms.csv"
    sound = rows.read_text("utf-8")
    rows.write_text(sound.replace("2026-04-07", "2026/13/07"), "utf-8")
    assert shows(address, "V203")
    rows.write_text(sound.replace("轻微违法行为", "轻微的违法行为"), "utf-8")
    assert shows(address, "V203", present=False)
    assert shows(address + "norms/", "轻微的违法行为")
    assert not (project / "site").exists()
    assert not (project / ".cache").exists()
