"""Parties: which records belong to one company, by its credit code, and where the company's page lies."""

from __future__ import annotations

import hashlib

from disclosure.collection import Collection

CODE, NAME, KIND = "uscc", "party", "party_kind"
"""The fields, by their fixed names, that say whom a record is about."""
PERSON = "自然人"
FOLDERS = "bcdfghjkmnpqrstv"


def has_parties(collection: Collection) -> bool:
    """Whether the records of a collection are about companies that can be told apart."""
    fields = {field.name for field in collection.fields}
    return {CODE, NAME, KIND} <= fields


def folder(code: str) -> str:
    """The folder of a company's page: one of 256, so that none grows too large."""
    first = hashlib.blake2b(code.encode(), digest_size=1).digest()[0]
    return FOLDERS[first >> 4] + FOLDERS[first & 15]


def address(code: str) -> str:
    """The company's page below the root of the site."""
    return f"companies/{folder(code)}/{code.lower()}.html"
