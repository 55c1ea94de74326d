"""Sentences: a running text cut where its sums end, with the numbers in it and what each is said to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import zip_longest

from disclosure.figures import numerals
from disclosure.figures.passages import UNKNOWN

_ENDS = re.compile(r"[。！？\n](?!\s*(?:其中|按|分别))")
_MARKS = re.compile(r"[，,、；;：:。（(）)！？\n]|其中|和|及|与(?=.{1,6}[0-9])")
_BOUNDS = re.compile("不少于|不低于|不超过|不多于|至少|最多(?!跑)|力争|目标")
_AFTER_BOUNDS = re.compile(r"\s?(?:以上|以下|以内|左右|上下|多(?!式|\s?[0-9])|余)|[/／]")
_RANGE = re.compile(
    r"[0-9]\s?[^\W\d_增减升降加]{0,2}\s?[—–~～\-－至到]\s?[0-9.]+|(?:第|附件|序号|编号|[图表])\s?[0-9]+(?:\s?[、和及至—～-]\s?[0-9]+)+"
)
_BOUND = re.compile(
    rf"{UNKNOWN}\s?(?P<unit>人次|万元|亿元|[件起宗批项份次场家户人名个条辆艘处元%％])?"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity of a sentence."""

    value: Decimal | None
    """In its unit; None when it is only known once the site is made."""
    unit: str
    decimals: int
    loose: bool
    """Whether it is not meant exactly, or sets a bound: nothing follows from it."""
    start: int
    end: int
    label: str
    """The words before it, back to the last mark or number."""
    gap: str = ""
    """All that stands between it and the number before."""
    behind: str = ""
    """The words behind it, up to the next mark or number."""

    @property
    def known(self) -> bool:
        return self.value is not None and not self.loose

    @property
    def shown(self) -> str:
        return "?" if self.value is None else f"{self.value:f}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """Some text with its numbers; what stood in brackets is blank here and a sentence of its own."""

    text: str
    start: int
    """Where it begins in the passage."""
    numbers: Sequence[Number]
    whole: str
    """As it is written, brackets and all."""
    head: Sequence[Number] = ()
    """Of brackets, the numbers that stand before them."""
    outer: int = 0
    """Of brackets, where the sentence begins that they stand in."""


PEOPLE = frozenset({"人", "名", "位"})
"""Words that count people."""


def same(one: str, other: str) -> bool:
    """Whether two units measure the same."""
    money = one in numerals.MONEY and other in numerals.MONEY
    bare = {scale(one)[1], scale(other)[1]}
    return len(bare) == 1 or bare <= numerals.CASES or bare <= PEOPLE or money


def converted(value: Decimal, unit: str, wanted: str) -> Decimal:
    """A value in another unit that measures the same."""
    if unit in numerals.MONEY and wanted in numerals.MONEY:
        return value * numerals.MONEY[unit] / numerals.MONEY[wanted]
    return value * scale(unit)[0] / scale(wanted)[0]


def amount(number: Number, unit: str) -> Decimal:
    """What a number comes to in a unit that measures the same; one that is not known counts for nothing."""
    return converted(number.value or Decimal(0), number.unit, unit)


def scale(unit: str) -> tuple[Decimal, str]:
    """万人次 as ten thousand of 人次."""
    times = {"万": Decimal(10) ** 4, "亿": Decimal(10) ** 8}.get(unit[:1])
    return (times, unit[1:]) if times and unit not in numerals.MONEY else (Decimal(1), unit)


DEEPEST = 3
"""Brackets within brackets that are looked into."""
MOST = 100
"""Numbers in a sentence; one with more is a table that has lost its lines, and not judged."""


def read(text: str) -> Iterator[Sentence]:
    """The sentences of a passage, each followed by what stands in its brackets."""
    start = 0
    for end in [*(found.end() for found in _ENDS.finditer(text)), len(text)]:
        if piece := text[start:end]:
            for sentence in _with_brackets(piece, start):
                if len(sentence.numbers) <= MOST:
                    yield sentence
        start = end


def _with_brackets(piece: str, start: int, depth: int = 0) -> Iterator[Sentence]:
    """A piece with its outer brackets blanked, then these, and what they hold, in turn."""
    spans = list(_brackets(piece))
    outer = list(piece)
    for first, last in spans:
        outer[first:last] = " " * (last - first)
    text = "".join(outer)
    numbers = tuple(find(text))
    yield Sentence(text, start, numbers, piece)
    for first, last in spans if depth < DEEPEST else ():
        shared = {n for n in numbers for a, b in spans if b < first and _has_share(piece, n, a, b)}
        head = [n for n in numbers if n.end <= first and n not in shared]
        near = bool(head) and not piece[head[-1].end : first].strip()
        for sentence in _with_brackets(piece[first + 1 : last - 1], start + first + 1, depth + 1):
            if sentence.start == start + first + 1 and not sentence.head:
                sentence = replace(sentence, head=head if near else (), outer=start)
            yield sentence


def _has_share(piece: str, number: Number, start: int, end: int) -> bool:
    """Whether brackets right behind a number say what share of something it is."""
    return not piece[number.end : start].strip() and "%" in piece[start:end]


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    depth = first = 0
    for index, character in enumerate(text):
        if character in "（(":
            first = index if not depth else first
            depth += 1
        elif character in "）)" and depth:
            depth -= 1
            if not depth:
                yield first, index + 1


def find(text: str) -> Iterator[Number]:
    """The numbers in digits, and those that are bound, in order."""
    ranges = [found.span() for found in _RANGE.finditer(text)]
    found: list[Number] = []
    for q in numerals.find(text):
        written = text[q.start : q.end]
        if not re.search(r"[0-9０-９]", written):
            continue
        loose = bool(q.about) or any(a < q.end and q.start < b for a, b in ranges)
        loose = loose or bool(_AFTER_BOUNDS.match(text, q.end))
        unit = q.unit or _measure(text, q.end)
        value, times = q.value, re.search("[万亿]", written)
        if times and q.unit not in numerals.MONEY:  # read as it is written
            value, unit = value / scale(times[0])[0], f"{times[0]}{unit}"
        found.append(Number(value, unit, q.decimals, loose, q.start, q.end, ""))
    for bound in _BOUND.finditer(text):
        unit = (bound["unit"] or "").replace("％", "%")
        found.append(Number(None, unit, 0, False, bound.start(), bound.end(), ""))
    found.sort(key=lambda n: n.start)
    for at in range(len(found) - 2, -1, -1):  # 47、203 和 12 起
        gap = text[found[at].end : found[at + 1].start]
        if not found[at].unit and re.fullmatch(r"\s*[、和及]\s*", gap):
            found[at] = replace(found[at], unit=found[at + 1].unit)
    end = 0
    for number, following in zip_longest(found, found[1:]):
        gap = text[end : number.start]
        behind = _MARKS.split(text[number.end : following.start if following else len(text)])[0]
        label = _MARKS.split(gap)[-1].strip()
        aim = "目标" in label and text.startswith("的", number.end)  # of which a share is told
        loose = number.loose or (bool(_BOUNDS.search(label)) and not aim)
        yield replace(number, label=label, gap=gap, loose=loose, behind=behind.strip())
        end = number.end


def _measure(text: str, end: int) -> str:
    """The character behind a number, which counts as its measure word where nobody knows it."""
    found = re.match(r"\s?[大小]?([^\W\d_A-Za-z和及与至到以的])", text[end:])
    return found[1] if found else ""
