"""Trimming: a stylesheet without rules that no page can meet, and any without comments and needless blanks.

The theme brings styles for a frame of page and for kinds of Markdown that this site does not have; they
would be four fifths of what a reader fetches before the first line of text shows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_PIECES = re.compile(
    r"""/\*.*?\*/|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|url\([^"')]*\)|\s+|[^\s"'/u]+|.""", re.S
)
_PARTS = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|url\([^"')]*\)|[{};,()]""", re.S)
_CLASSES = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_WITHIN = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)")
_FRAME = re.compile(r"\[data-md-|#__")
_GROUPS = ("@media", "@supports", "@layer", "@container")
_OWN = re.compile(r"--[\w-]+(?=\s*:)")
_USED = re.compile(r"var\(\s*(--[\w-]+)")


def classes(style: str) -> set[str]:
    """Every class that the selectors of a stylesheet name."""
    return {name for head, body in _rules(style) for name in _named(head, body)}


def trimmed(style: str, known: Collection[str]) -> str:
    """A stylesheet without the selectors that ask for a class which is not known, for a switch of the
    theme's own or an element of its frame, and without the groups that are empty then."""
    return "".join(_kept(head, body, known) for head, body in _rules(style))


def without_unused(style: str, others: str = "") -> str:
    """A stylesheet without the custom properties that neither it nor the others ask for."""
    while True:
        used = set(_USED.findall(style + others))
        shorter = "".join(_declared(head, body, used) for head, body in _rules(style))
        if shorter == style:
            return style
        style = shorter


def compact(style: str) -> str:
    """A stylesheet without comments, and with blanks only where they count."""
    pieces = [""]
    waiting = False
    for piece in _PIECES.findall(style):
        if piece.isspace() or piece.startswith("/*"):
            waiting = True
            continue
        if waiting and pieces[-1][-1:] not in ("", "{", "}", ";") and piece[0] not in "{};":
            pieces.append(" ")
        pieces.append(piece)
        waiting = False
    return "".join(pieces)


def _rules(style: str) -> Iterator[tuple[str, str | None]]:
    """The rules of a stylesheet: what stands before the braces, and what within; None without braces."""
    depth = start = inner = 0
    for match in _PARTS.finditer(style):
        part = match[0]
        if part == "{":
            depth += 1
            inner = match.end() if depth == 1 else inner
        elif part == "}":
            depth -= 1
            if not depth:
                yield style[start : inner - 1], style[inner : match.start()]
                start = match.end()
        elif part == ";" and not depth:
            yield style[start : match.start()], None
            start = match.end()


def _named(head: str, body: str | None) -> set[str]:
    if body is not None and head.strip().startswith(_GROUPS):
        return classes(body)
    return set() if head.strip().startswith("@") else set(_CLASSES.findall(head))


def _kept(head: str, body: str | None, known: Collection[str]) -> str:
    if body is None:
        return f"{head};"
    if head.strip().startswith(_GROUPS):
        inner = trimmed(body, known)
        return f"{head}{{{inner}}}" if inner else ""
    if head.strip().startswith("@"):
        return f"{head}{{{body}}}"
    selectors = [one for one in _split(head, ",") if _can_be_met(one, known)]
    return f"{','.join(selectors)}{{{body}}}" if selectors else ""


def _can_be_met(selector: str, known: Collection[str]) -> bool:
    plain = _WITHIN.sub("", selector)
    return not _FRAME.search(plain) and all(name in known for name in _CLASSES.findall(plain))


def _declared(head: str, body: str | None, used: Collection[str]) -> str:
    if body is None:
        return f"{head};"
    if head.strip().startswith(_GROUPS):
        inner = "".join(_declared(h, b, used) for h, b in _rules(body))
        return f"{head}{{{inner}}}" if inner else ""
    if head.strip().startswith("@"):
        return f"{head}{{{body}}}"
    lines = [
        line
        for line in _split(body, ";")
        if not (name := _OWN.match(line.strip())) or name[0] in used
    ]
    return f"{head}{{{';'.join(lines)}}}" if any(line.strip() for line in lines) else ""


def _split(text: str, at: str) -> list[str]:
    """A text cut where a sign stands, but not within quotes or brackets."""
    parts, depth, start = [], 0, 0
    for match in _PARTS.finditer(text):
        part = match[0]
        depth += (part == "(") - (part == ")")
        if part == at and not depth:
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]
