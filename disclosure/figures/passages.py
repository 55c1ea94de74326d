"""Passages: a Markdown page as people read it, paragraph by paragraph, each character with its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

UNKNOWN = "\ufffc"
"""Stands for a bound figure whose number is only printed when the site is made."""
ORDINALS = "一二三四五六七八九十"
HEADING, ITEM, PARAGRAPH = "heading", "item", "paragraph"

SHORT, LONGEST = 60, 2000
"""Characters of an item that is a part of a sum and no text of its own, and of what is read as one."""

HEAD = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
"""The front matter of a page."""
BINDING = re.compile(r"\{\{(?P<bound>[^{}\n]*)\}\}")
CODE = (
    r"^(?P<fence>```+|~~~+).*?(?:^(?P=fence)[ \t]*\r?$|\Z)|<!--.*?(?:-->|\Z)"
    r"|(?P<ticks>`+)[^\n]*?(?P=ticks)"
)
"""What is not read: code and notes of those who write. Without an end it goes on to the last line,
so that nobody has to look for that end twice."""
_SILENT = re.compile(
    rf"{CODE}|<table\b.*?(?:</table>|\Z)", re.DOTALL | re.MULTILINE | re.IGNORECASE
)
_MARKUP = re.compile(
    rf"{BINDING.pattern}"
    r"|\[\^[^\]\n]+\]"  # footnotes
    r"|!?\[(?P<words>[^\[\]\n]*)\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])"
    r"|<(?:https?|mailto|tel):[^<>\n]*>|</?[A-Za-z][^<>\n]*>"
    r"|\*+|~~|\\(?P<escaped>[\\`*_{}\[\]()#+.!|-])"
)
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_HEADING = re.compile(r"[ \t]{0,3}(#{1,6})[ \t]+")
_ITEM = re.compile(r"[ \t]*(?:([0-9]{1,4})[.)]|[-*+])[ \t]+")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)+|:[ \t]+|[ \t]+")
_BREAK = re.compile(r"(?: {2,}|\\)$")


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading, an item of a list, a paragraph or a cell, without its markup."""

    text: str
    spots: Sequence[tuple[int, int]]
    """(index in the text, index in the source) wherever the two drift apart."""
    kind: str = PARAGRAPH
    level: int = 0
    """Of a heading; of an item, how far in it stands."""
    number: int | None = None
    """Of an item of a numbered list, as written."""

    def at(self, index: int) -> int:
        """Where a character stands in the source."""
        here, there = self.spots[max(bisect_right(self.spots, (index, 1 << 62)) - 1, 0)]
        return there + index - here


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first row is the header."""

    rows: Sequence[Sequence[Passage]]
    groups: Sequence[Sequence[str]] = ()
    """The headings above that of each column, from the outermost; () where there is one row of them."""


@dataclass(frozen=True)
class Page:
    """What there is to read on a page, in order."""

    source: str
    blocks: Sequence[Passage | Table]

    @property
    def passages(self) -> Iterator[Passage]:
        return (block for block in self.blocks if isinstance(block, Passage))

    @property
    def tables(self) -> Iterator[Table]:
        return (block for block in self.blocks if isinstance(block, Table))


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that does not agree: the code of the finding, the offset in the source, and its facts."""

    code: str
    at: int
    facts: Mapping[str, object] = field(default_factory=dict)


def spot(source: str, offset: int) -> tuple[int, int]:
    """Row and column of an offset, from 1."""
    return source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset)


def read(source: str) -> Page:
    """The page in a Markdown file, with or without front matter."""
    head = HEAD.match(source)
    text = _blanked(HEAD, source) if head else source
    return Page(source, tuple(_blocks(_blanked(_SILENT, text))))


def connected(page: Page) -> Iterator[Passage]:
    """The passages as their sums run on: what begins with 其中 belongs to what stands before it, and
    short items belong to the colon that they follow."""
    whole: Passage | None = None
    for block in page.blocks:
        passage = block if isinstance(block, Passage) else None
        if whole is not None and passage is not None and _goes_on(whole, passage):
            whole = _together(whole, passage)
            continue
        if whole is not None:
            yield whole
        whole = passage
    if whole is not None:
        yield whole


def _goes_on(whole: Passage, passage: Passage) -> bool:
    if len(whole.text) > LONGEST or whole.kind == HEADING:
        return False
    if passage.kind == ITEM:
        begun = whole.text.rstrip().endswith(("：", ":")) or (whole.number == 0)
        return begun and len(passage.text) <= SHORT
    starts = (
        "其中",
        "分别为",
        "分别是",
        *(("以上", "合计", "共计", "总计") if whole.number == 0 else ()),
    )
    return passage.kind == PARAGRAPH and passage.text.startswith(starts)


def _together(one: Passage, other: Passage) -> Passage:
    """Two passages as one; between items stands a comma, whatever they end with."""
    first = one.text
    is_item = other.kind == ITEM
    if not first.rstrip().endswith(("：", ":")):
        first = re.sub(r"[；;。，,、\s]*$", "", first) + "，"
    spots = [*one.spots, *((here + len(first), there) for here, there in other.spots)]
    number = 0 if is_item else one.number
    return Passage(first + other.text, spots, one.kind, one.level, number)


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def _blocks(text: str) -> Iterator[Passage | Table]:
    lines: list[tuple[int, str]] = []
    offset = 0
    for line in text.split("\n"):
        lines.append((offset, line.removesuffix("\r")))
        offset += len(line) + 1
    index = 0
    while index < len(lines):
        start, line = lines[index]
        if "|" in line and index + 1 < len(lines) and _is_rule(lines[index + 1][1]):
            last = index + 2
            while last < len(lines) and "|" in lines[last][1]:
                last += 1
            yield Table([_cells(*lines[at]) for at in range(index, last) if at != index + 1])
            index = last
        elif heading := _HEADING.match(line):
            yield plain([(start + heading.end(), line[heading.end() :])], HEADING, len(heading[1]))
            index += 1
        elif line.strip():
            index, passage = _paragraph(lines, index)
            yield passage
        else:
            index += 1


def _is_rule(line: str) -> bool:
    return "-" in line and "|" in line and bool(_RULE.fullmatch(line))


def _paragraph(lines: Sequence[tuple[int, str]], index: int) -> tuple[int, Passage]:
    """The paragraph or item that begins on a line, and the line after it."""
    start, line = lines[index]
    line_of_item = line
    item = _ITEM.match(line)
    cut = item.end() if item else _indent(line)
    pieces = [(start + cut, line[cut:])]
    while not _BREAK.search(line):  # a line that is broken on purpose stands by itself
        index += 1
        if index == len(lines):
            break
        start, line = lines[index]
        if not line.strip() or _ITEM.match(line) or _HEADING.match(line) or "|" in line:
            break
        pieces.append((start + _indent(line), line[_indent(line) :]))
    else:
        index += 1
    number = int(item[1]) if item and item[1] else None
    level = len(line_of_item) - len(line_of_item.lstrip()) if item else 0
    return index, plain(pieces, ITEM if item else PARAGRAPH, level, number)


def _indent(line: str) -> int:
    found = _QUOTE.match(line)
    return found.end() if found else 0


def _cells(start: int, line: str) -> list[Passage]:
    cells: list[Passage] = []
    for found in re.finditer(r"(?:\\.|[^|\\])+|(?<=\|)(?=\|)", line):
        if found[0].strip() or 0 < found.start() < len(line.rstrip()) - 1:
            lead = len(found[0]) - len(found[0].lstrip())
            cells.append(plain([(start + found.start() + lead, found[0].strip())]))
    return cells


def plain(
    pieces: Sequence[tuple[int, str]],
    kind: str = PARAGRAPH,
    level: int = 0,
    number: int | None = None,
) -> Passage:
    """Lines of source, each with its place, as one text without markup."""
    text: list[str] = []
    spots: list[tuple[int, int]] = []
    length = 0

    def add(words: str, offset: int) -> None:
        nonlocal length
        if words:
            spots.append((length, offset))
            text.append(words)
            length += len(words)

    for start, line in pieces:
        last = 0
        line = line.rstrip()
        for found in _MARKUP.finditer(line):
            add(line[last : found.start()], start + last)
            add(*_read(found, start))
            last = found.end()
        add(line[last:], start + last)
    return Passage("".join(text), spots or [(0, pieces[0][0])], kind, level, number)


def _read(found: re.Match[str], start: int) -> tuple[str, int]:
    """What a piece of markup says to a reader, and where that stands."""
    if (bound := found["bound"]) is not None:
        _, printed, words = bound.partition("=")
        return words.strip() if printed else UNKNOWN, start + found.start()
    for name in ("words", "escaped"):
        if found[name] is not None:
            return found[name], start + found.start(name)
    return "", start + found.start()
