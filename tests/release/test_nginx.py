"""A real web server in front of a folder target: no reader ever meets half a release."""

from __future__ import annotations

from pathlib import Path

from bench import releases
from disclosure.release.signature import Keys


def test_readers_and_switches(tmp_path: Path, keys: Keys) -> None:
    seen = releases.readers(tmp_path, keys, switches=15, loads=300, seconds=90)
    assert not seen.failures
    assert seen.switches >= 15
    assert seen.loads >= 300


def test_changed_pages_get_other_validators(tmp_path: Path, keys: Keys) -> None:
    """A page of the same length, released within the same second, must not be taken for the old one."""
    tags = releases.validators(tmp_path, keys, 4)
    assert len(set(tags["index.html"])) == 4
    assert len(set(tags["assets/fixed.css"])) == 1
