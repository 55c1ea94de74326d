"""What tests of releases need: small sites that change from version to version, keys, and targets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bench.faults import in_a_child
from disclosure.release import manifest, past, publishing, sites
from disclosure.release.folder import Folder
from disclosure.release.manifest import Manifest
from disclosure.release.publishing import Draft, Outcome
from disclosure.release.signature import Keys
from disclosure.release.target import Target

__all__ = ["in_a_child"]
Files = Mapping[str, bytes]
TITLES = {"penalties": "行政处罚"}
NAMES = (
    "index.html",
    "guide/index.html",
    "assets/site.css",
    "assets/有 空格 100%.svg",
    "assets/%E4%B8%AD.svg",
    "norms/关于“出租汽车”的通知（全文）.html",
    "norms/e\u0301.html",  # the same to the eye, as two characters and as one
    "norms/\u00e9.html",
    "norms/Case.html",
    "norms/case.html",
    "empty.txt",
    *(f"penalties/2026/{number:016d}.html" for number in range(4)),
)


def files(version: int) -> dict[str, bytes]:
    """The files of a site: half of the records change with every version, and one is added."""
    found = {name: f"{name} 不变\n".encode() for name in NAMES}
    found["empty.txt"] = b""
    found["index.html"] = f"第 {version:04d} 版".encode()
    for name in [name for name in NAMES if name.startswith("penalties")][::2]:
        found[name] = f"{name} {version:04d}\n".encode()  # always of the same length
    found[f"penalties/2026/{100 + version:016d}.html"] = b"added"
    found[f"assets/script.{version}.js"] = f"// {version}\n".encode()
    return found


def write(site: Path, content: Files) -> None:
    """Make a folder hold exactly some files."""
    there = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    for name, path in there.items():
        if name not in content:
            path.unlink()
    for name, data in content.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name not in there or path.read_bytes() != data:
            path.write_bytes(data)


def draft(site: Path, **more: Any) -> Draft:
    """A site of which every page of a penalty shows a record."""
    hashes = sites.hashes(site)
    records = {name: "penalties" for name in hashes if name.startswith("penalties/")}
    gone = {*more.get("notices", ()), *more.get("down", ())}
    shown = {name: column for name, column in records.items() if name not in gone}
    return Draft(site, hashes, "2026-11-22", **{"records": shown, "titles": TITLES, **more})


def publish(target: Target, site: Path, keys: Keys, content: Files, **more: Any) -> Outcome:
    """Write a site and publish it."""
    site.mkdir(exist_ok=True)
    write(site, content)
    held = more.pop("held", None)
    return publishing.publish(target, draft(site, **more), keys, held=held)


def served(place: Path) -> dict[str, bytes]:
    """What a web server would show of a folder target, apart from the manifest."""
    current = place / "current"
    return {
        path.relative_to(current).as_posix(): path.read_bytes()
        for path in current.rglob("*")
        if path.is_file() and path.name not in manifest.OWN
    }


@cache
def _manifest(place: Path, number: int, keys: Keys, sealed: bytes) -> Manifest:
    """Its signature is checked once, as long as not one byte of it changes."""
    return past.trusted(Folder(place), number, keys)[0]


def whole(place: Path, keys: Keys) -> int:
    """The number of the release that is served, which must be exactly what was signed."""
    target = Folder(place)
    if number := target.live():
        kept = target.sealed(number)
        release = _manifest(place, number, keys, kept.manifest + kept.signature + kept.takedown)
        found = target.drift(release, thorough=True)
        if found:  # assets that another release has lent are found out by their signature
            found = publishing.verify(target, keys)
        assert not found, publishing.words(found)
    return number
