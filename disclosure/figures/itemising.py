"""Itemising: how many items a sentence announces, against those that follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from disclosure.figures import numerals
from disclosure.figures.consistency import FIRSTLY, ordinals, spelled
from disclosure.figures.passages import HEADING, ITEM, ORDINALS, Page, Passage, Remark, Table

_NUMBER = rf"(?:[0-9]{{1,2}}|[{ORDINALS}两]{{1,3}})"
_ANNOUNCED = re.compile(
    rf"(?:以下|如下|下列|下述)(?P<number>{_NUMBER})(?:个方面|方面|大?类|个|项|条|点|种|步|件|大|批|起)[^，。；：、（）]{{0,16}}"
    rf"|(?:[共有从为抓做分括]|主要是|围绕|聚焦)(?P<other>{_NUMBER})(?:个方面|大方面|方面|大类|类|项|点|条|个)[^，。；：、（）]{{0,16}}"
    r"(?=[：:]\s*$|[：:]一是)"
)
"""以下五个方面…, or 共三项…： right before a list."""
MOST = 30
"""Items that somebody would still announce one by one."""
NEAR = 30
"""Characters between an announcement and the first of its items."""
_RANKS = ("{}、words", "（{}）words", "{}.", "item", "（{}）")
"""The styles of ordinals, from the outermost."""


def check(page: Page) -> Iterator[Remark]:
    """Announcements that the items behind them do not bear out."""
    blocks = page.blocks
    for index, block in enumerate(blocks):
        if not isinstance(block, Passage) or block.kind == HEADING:
            continue
        for found in _ANNOUNCED.finditer(block.text):
            words = found["number"] or found["other"]
            stated = int(words) if words.isdigit() else int(numerals.chinese(words) or 0)
            if not 1 < stated <= MOST:
                continue
            listed = _within(block.text[found.end() :])
            if not listed and _is_last(block.text, found.end()):
                listed = _behind(blocks[index + 1 :])
            if listed and listed != stated:
                facts = {"sentence": found[0], "stated": stated, "found": listed}
                yield Remark("N308", block.at(found.start()), facts)


def _is_last(text: str, end: int) -> bool:
    """Whether nothing more is said before the passage ends, but how these items are dealt with."""
    return len(re.findall("[。；！？]", text[end:].rstrip())) <= 1


def _within(text: str) -> int:
    """The items of the same passage, if they begin right away: 一是…二是…."""
    first = FIRSTLY.search(text)
    if not first or first.start() > NEAR:
        return 0
    found = [spelled(words) for words in FIRSTLY.findall(text)]
    return len(found) if found[:1] == [1] and found == list(range(1, len(found) + 1)) else 0


def _behind(blocks: Sequence[Passage | Table]) -> int:
    """The items that follow, of a list or of numbered paragraphs; 0 where none do."""
    if not blocks or not isinstance(first := blocks[0], Passage):
        return 0
    if first.kind == ITEM:
        return _items(blocks, first.level)
    style, number = _ordinal(first)
    if number != 1:
        return 0
    count = 1
    for block in blocks[1:]:
        if not isinstance(block, Passage):
            continue
        if block.kind == HEADING and (first.kind != HEADING or block.level < first.level):
            break
        other, number = _ordinal(block)
        if other == style:
            if number != count + 1:
                break
            count = number
        elif other and _RANKS.index(other) < _RANKS.index(style):
            break
    return count


def _items(blocks: Sequence[Passage | Table], level: int) -> int:
    """The items of one list; those that stand further in belong to the one before them."""
    count = 0
    for block in blocks:
        if not isinstance(block, Passage) or block.kind != ITEM or block.level < level:
            break
        count += block.level == level
    return count


def _ordinal(passage: Passage) -> tuple[str, int]:
    """The style and the number that a passage begins with; "" and 0 without."""
    for style, number, index, _ in ordinals(passage):
        if index == 0 and style in _RANKS:
            return style, number
    return "", 0
