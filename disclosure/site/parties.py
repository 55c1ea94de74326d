"""Parties: which records belong to one company, by its credit code, and where the company's page lies."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pandas as pd

from disclosure.collection import Collection

CODE, NAME, KIND = "uscc", "party", "party_kind"
"""The fields, by their fixed names, that say whom a record is about."""
PERSON = "自然人"
FOLDERS = "bcdfghjkmnpqrstv"
_FORM = re.compile("[0-9A-Z]{18}")


def has_parties(collection: Collection) -> bool:
    """Whether the records of a collection are about companies that can be told apart."""
    fields = {field.name for field in collection.fields}
    return {CODE, NAME, KIND} <= fields


def has_page(code: str, kind: str) -> bool:
    """Whether a party has a page of its own: an organisation with a code in due form, which is also
    what makes it fit for an address."""
    return kind != PERSON and bool(_FORM.fullmatch(code))


def with_page(rows: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows are about a party with a page."""
    pairs = zip(rows[CODE].tolist(), rows[KIND].tolist(), strict=True)
    return np.fromiter((has_page(*pair) for pair in pairs), np.bool_, len(rows))


def folder(code: str) -> str:
    """The folder of a company's page: one of 256, so that none grows too large."""
    first = hashlib.blake2b(code.encode(), digest_size=1).digest()[0]
    return FOLDERS[first >> 4] + FOLDERS[first & 15]


def address(code: str) -> str:
    """The company's page below the root of the site."""
    return f"companies/{folder(code)}/{code.lower()}.html"
