"""Fonts: whether this machine can set papers: its libraries, its Chinese fonts, and the characters these can show."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

OPEN = ("Noto Serif CJK SC", "Noto Sans CJK SC")
"""The fonts that pages and papers come down to when the proprietary ones that they name first are absent."""
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    name: (f"{library}.so.{version}", f"{library}.{version}.dylib", f"{library}-{version}.dll")
    for name, library, version in (
        ("GObject", "libgobject-2.0", 0),
        ("Pango", "libpango-1.0", 0),
        ("PangoFT2", "libpangoft2-1.0", 0),
        ("HarfBuzz", "libharfbuzz", 0),
        ("Fontconfig", "libfontconfig", 1),
    )
}
"""The system's libraries that setting text needs, by the file names they have on Linux, macOS, Windows."""

Signs = npt.NDArray[np.bool_]
"""For every code point whether there is a sign for it."""


def missing() -> list[str]:
    """The libraries that this machine lacks."""
    return [name for name, files in LIBRARIES.items() if not any(map(_loads, files))]


def _loads(file: str) -> bool:
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True


def installed() -> Mapping[str, str]:
    """The versions of all fonts of this machine, by family; none where Fontconfig cannot be asked."""
    found: dict[str, str] = {}
    for line in _ask("%{family}\t%{fontversion}\n", ""):
        families, _, version = line.partition("\t")
        for family in families.split(","):
            found[family] = max(version, found.get(family, ""))
    return found


def signs() -> Signs | None:
    """Which characters the open fonts can show; None when none of these fonts is there."""
    known = np.zeros(0x110000, dtype=bool)
    for family in OPEN:
        for line in _ask("%{charset}\n", family):
            for span in line.split():
                first, _, last = span.partition("-")
                known[int(first, 16) : int(last or first, 16) + 1] = True
    return known if known.any() else None


def _ask(form: str, pattern: str) -> list[str]:
    """What Fontconfig says of the fonts of a pattern."""
    try:
        answer = subprocess.run(
            ["fc-list", "-f", form, *filter(None, [pattern])], capture_output=True, check=False
        )
    except OSError:
        return []
    return answer.stdout.decode("utf-8", "replace").splitlines()
