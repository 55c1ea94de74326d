"""Phrasing: the running text of a Markdown page or a settings file, read for wrong wordings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from disclosure.diagnostics import Finding, Place
from disclosure.rules.wording import Word, Words

_MARKUP = re.compile(
    r"^(?P<fence>```+|~~~+).*?^(?P=fence)[ \t]*$"  # blocks of code
    r"|`[^`\n]+`"
    r"|<!--.*?-->|<[A-Za-z/][^<>\n]*>"
    r"|(?<=\])\([^()\s]*\)|(?<=\])\[[^\[\]\n]*\]"  # where links lead
    r"|\bhttps?://[^\s<>，。；、）]+",
    re.DOTALL | re.MULTILINE,
)
_ENDS = "。！？；\n|"
AROUND = 16
"""How much of a sentence a finding quotes on either side."""


def check(text: str, words: Words, file: str) -> Iterator[Finding]:
    """The wrong wordings of a text that people wrote; what is code or an address is passed over.

    `file` is the name findings use; a column is counted in characters from 1.
    """
    if not words.find(text):  # mostly nothing is wrong, and nothing needs a closer look
        return
    plain = _MARKUP.sub(lambda found: re.sub(r"[^\n]", "\0", found[0]), text)
    for index, word in words.find(plain):
        row = plain.count("\n", 0, index) + 1
        column = index - (plain.rfind("\n", 0, index) + 1) + 1
        facts = {"sentence": _sentence(text, index, word), **told(word)}
        yield Finding("M301" if word.grave else "M302", Place(file, row=row, column=column), facts)


def told(word: Word) -> dict[str, object]:
    """What findings say of an entry of the list."""
    return {"wrong": word.wrong, "right": word.right, "source": word.source, "id": word.id}


def _sentence(text: str, index: int, word: Word) -> str:
    """The sentence around a place, cut when it is long."""
    start = max(text.rfind(mark, 0, index) for mark in _ENDS) + 1
    ends = [found for mark in _ENDS if (found := text.find(mark, index)) >= 0]
    end = min(ends, default=len(text))
    first, last = max(start, index - AROUND), min(end, index + len(word.wrong) + AROUND)
    piece = text[first:last].strip()
    return f"{'…' if first > start else ''}{piece}{'…' if last < end else ''}"
