"""Patterns: whether a text has the form that a schema asks for, in time that only grows with its length.

A schema is data, and whoever changes it must not be able to stop a build: there are patterns for
which Python's own search takes years on a cell of thirty characters. Arrow's takes one look at each
character, and knows no references back.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc


@lru_cache(maxsize=10_000)
def fits(pattern: str, text: str) -> bool:
    """Whether all of a text has the form of a pattern that is sound."""
    found = pc.match_substring_regex(pa.array([text]), f"^(?s:{pattern})$")
    return bool(found[0].as_py())


def is_sound(pattern: str) -> bool:
    """Whether a pattern can be used; what Arrow alone would take for plain letters is a slip."""
    try:
        for whole in (pattern, f"^(?s:{pattern})$"):
            re.compile(whole)
            pc.match_substring_regex(pa.array([""]), whole)
    except (pa.ArrowInvalid, re.error, OverflowError, RecursionError):
        return False
    return True
