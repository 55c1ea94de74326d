"""Sharing: how much text the cells of a workbook come to, of which its file holds every piece only once."""

from __future__ import annotations

import re
import zipfile

import numpy as np
import numpy.typing as npt

MAX_TEXT = 200_000_000
"""Bytes of text in all cells that share some: a hundred thousand rows of thirty columns have a tenth."""

_CHUNK = 1 << 22
_OVERLAP = 256  # bytes that hold the beginning of a cell and its value
_REFERENCE_LEAST = 22  # bytes of the shortest cell that shares: <c t="s"><v>0</v></c>
_TEXT_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_SHARED = re.compile(
    rb"""\st\s*=\s*["']s["'][^<>]*>\s*<(?:\w+:)?v(?:\s[^<>]*)?>\s*([0-9]{1,9})\s*<"""
)


def is_excessive(archive: zipfile.ZipFile) -> bool:
    """Whether the cells come to more text than any list of records has: a text of five megabytes in
    two thousand cells makes ten gigabytes of a file of five megabytes."""
    entries = archive.infolist()
    sheets = [e for e in entries if e.filename.lower().startswith("xl/worksheets/")]
    most = sum(entry.file_size for entry in sheets) // _REFERENCE_LEAST
    for entry in entries:
        if entry.filename.lower().endswith("sharedstrings.xml"):
            ends = [found.end() for found in _TEXT_END.finditer(archive.read(entry))]
            marks = np.array([0, *ends], np.int64)
            lengths = marks[1:] - marks[:-1]
            if int(lengths.max(initial=0)) * most > MAX_TEXT:
                return sum(_weight(archive, sheet, lengths) for sheet in sheets) > MAX_TEXT
    return False


def _weight(
    archive: zipfile.ZipFile, sheet: zipfile.ZipInfo, lengths: npt.NDArray[np.int64]
) -> int:
    """Bytes of the shared texts in one sheet."""
    total, rest = 0, b""
    with archive.open(sheet) as stream:
        while chunk := stream.read(_CHUNK):
            rest += chunk
            end = 0
            numbers = []
            for found in _SHARED.finditer(rest):
                numbers.append(int(found[1]))
                end = found.end()
            chosen = np.array(numbers, np.int64)
            total += int(lengths[chosen[chosen < len(lengths)]].sum())
            rest = rest[max(end, len(rest) - _OVERLAP) :]
    return total
