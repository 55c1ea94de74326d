"""Cells: the text of a PDF page with the cells of its tables kept apart, where the file tells which they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from typing import Any

APART = "\x1e\n"
Cells = Mapping[int, Set[int]]
"""By the number of the page's object, the marks with which cells begin."""


def of(reader: Any) -> Cells:
    """Where the cells of all tables begin, by the tree of tags; none where that is absent or broken.

    Without it the numbers of neighbouring cells would read as one.
    """
    found: dict[int, set[int]] = defaultdict(set)
    try:
        for element in _elements(reader.root_object["/StructTreeRoot"], set()):
            if element.get("/S") in ("/TD", "/TH"):
                for part in _elements(element, set()):
                    if marks := [kid for kid in _kids(part) if isinstance(kid, int)]:
                        found[part.raw_get("/Pg").idnum].add(int(marks[0]))
                        break
    except Exception:  # whatever a broken file makes of the reader
        return {}
    return found


def _elements(root: Any, seen: set[int]) -> Iterator[Any]:
    """An element of the tree of tags and all below it, in order."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if id(element) not in seen:  # a tree of bad intent may bite its tail
            seen.add(id(element))
            yield element
            kids = [kid for kid in _kids(element) if not isinstance(kid, int)]
            waiting += [kid.get_object() for kid in reversed(kids)]


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", [])
    return kids if isinstance(kids, list) else [kids]


def text(page: Any, beginnings: Cells) -> str:
    """What stands on a page."""
    marks = beginnings.get(page.indirect_reference.idnum, frozenset())
    if not marks:
        return str(page.extract_text())
    pieces: list[str] = []

    def before(operator: bytes, operands: Any, *_: object) -> None:
        about = operands[1] if operator == b"BDC" else None
        if isinstance(about, dict) and about.get("/MCID") in marks:
            pieces.append(APART)

    page.extract_text(
        visitor_operand_before=before, visitor_text=lambda piece, *_: pieces.append(piece)
    )
    return "".join(pieces)
