"""Listings: kinds that follow a number without a word for it, and whether they come to that number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from disclosure.figures.arithmetic import CLOSING, Mistake, first_stop
from disclosure.figures.enumerations import (
    CERTAIN,
    NOT_PARTS,
    REST,
    STRONG,
    WEAK,
    Numbers,
    adds_up,
    are_complements,
    is_wrong,
    missing_from,
    total_of,
    written,
)
from disclosure.figures.sentences import Number, Sentence, same

_STEPS = re.compile(
    "办结|整改|移送|立案|结案|回访|满意|复查|下达|约谈|发现|曝光|奖励|追回|建成|回复|答复|落实|出动|召开"
)
"""What happens to the same cases one after another; numbers of it are no kinds."""
_REPEATED = re.compile("分别较|均为|同比|比上年|较上年|上年|去年")
_YEAR = re.compile("[0-9]{4}年|去年|上年|今年|本年")


def check(sentence: Sentence) -> Iterator[Mistake]:
    """Totals that kinds which seem to be all of them do not come to."""
    if "其中" not in sentence.text:
        yield from _complementary(sentence)
        yield from _flat(sentence)
        yield from _columns(sentence)


def _flat(sentence: Sentence) -> Iterator[Mistake]:
    """N 件，a、b、c: kinds that follow a number of the same unit and miss it by little."""
    text, numbers = sentence.text, sentence.numbers
    for index, head in enumerate(numbers[:-2]):
        run = _run(sentence, index)
        if len(run) < 2 or not head.known or not head.value or not all(n.known for n in run):
            continue
        if _is_peer(numbers, index, run) or _REPEATED.search(text[head.end : run[-1].start]):
            continue
        marks = [n.gap.strip()[:1] for n in run]
        readings = [run, *(run[:at] for at in range(2, len(run)) if marks[at] != marks[at - 1])]
        if any(adds_up(head, some) for some in readings):
            continue
        missing = missing_from(run, head)
        slight = missing * 10 <= head.value or (missing == 1 and (len(run) > 2 or head.value > 4))
        if any(_STEPS.search(n.label) for n in run):
            slight = missing * 40 <= head.value
        if REST.match(run[-1].gap.lstrip("，,、；;：: ")):  # then they are all
            slight = missing * 10 <= head.value * 3
        tiny = missing * 40 <= head.value and len(set(marks[1:])) == 1
        evidence = CERTAIN if tiny else STRONG
        if slight and is_wrong(head, run, text[head.end : run[-1].end], evidence):
            yield Mistake("N301", head, written(run, head))


def _columns(sentence: Sentence) -> Iterator[Mistake]:
    """14 条、862 公里，a 6 条 388 公里，b 8 条 474 公里: each unit by itself."""
    numbers = sentence.numbers
    for index in range(2, len(numbers) - 3):
        units = [n.unit for n in numbers[index - 2 : index]]
        end = first_stop(sentence.text, numbers[index - 1].end, len(sentence.text))
        tail = [n for n in numbers[index:] if n.start < end]
        if units[0] == units[1] or len(tail) % 2 or len(tail) < 4 or not all(units):
            continue
        if [n.unit for n in tail] != units * (len(tail) // 2) or any(n.label for n in tail[1::2]):
            continue
        if not all(n.known for n in (*numbers[index - 2 : index], *tail)):
            continue
        columns = [(numbers[index - 2 + at], tail[at::2]) for at in (0, 1)]
        right = [adds_up(total, parts) for total, parts in columns]
        if any(right) and not any(NOT_PARTS.search(n.label) for n in tail):
            for (total, parts), agrees in zip(columns, right, strict=True):
                if not agrees:
                    yield Mistake("N301", total, written(parts, total))


def _run(sentence: Sentence, index: int) -> list[Number]:
    """The numbers of one unit that follow a number of that unit, back to back or with per cents only."""
    head, run = sentence.numbers[index], []
    end = first_stop(sentence.text, head.end, len(sentence.text))
    for n in sentence.numbers[index + 1 :]:
        if n.start >= end or (not same(n.unit, head.unit) and n.unit != "%"):
            break
        if n.unit == "%":
            continue
        if CLOSING.match(n.label) or NOT_PARTS.search(n.label):
            return []
        run.append(n)
    return run if head.unit not in ("", "%", "个百分点") else []


def _is_peer(numbers: Numbers, index: int, run: Numbers) -> bool:
    """Whether a number is one of a list itself, and not what the list comes to."""
    head, first = numbers[index], run[0]
    between = first.gap.strip()
    if not re.search("[，,：:中里]", between) or between[0] in "、和及；;":
        return True
    if index and re.match(r"\s*[、和及]", head.gap) and same(numbers[index - 1].unit, head.unit):
        return True
    years = [bool(_YEAR.search(n.label)) for n in (head, *run)]
    if (years[0] and any(years[1:])) or (CLOSING.match(head.label) and index > 1):
        return True
    if between[0] in "，,：:" and all(n.gap.strip()[:1] in ("、", "和", "及") for n in run[1:]):
        return False
    noun = head.label[-2:]
    return (
        len(noun) == 2
        and any(n.label.endswith(noun) for n in run)
        and not all(n.label.endswith(noun) for n in run)
    )


def _complementary(sentence: Sentence) -> Iterator[Mistake]:
    """清理 5 件，废止 2 件、保留 3 件: two kinds of one thing that leave no third between them."""
    for start, end in _segments(sentence.text):
        inside = [n for n in sentence.numbers if start <= n.start < end]
        for unit in dict.fromkeys(n.unit for n in inside if n.unit not in ("", "%", "个百分点")):
            run = [n for n in inside if same(n.unit, unit)]
            run = [n for n in run if n.label.startswith("对") or not NOT_PARTS.search(n.label)]
            run = [n for n in run if not CLOSING.match(n.label)] or run
            if len(run) < 3 or not all(n.known for n in run) or not are_complements(run[1:]):
                continue
            ways = [(run[at], run[at + 1 :]) for at in range(len(run) - 2)]
            ways += [(run[at], run[at + 1 : at + 3]) for at in range(len(run) - 3)]
            ways = [way for way in ways if way[1][0].gap.strip()[:1] not in ("、", "和", "及")]
            balanced = any(
                total_of(run[:at], run[0]) == total_of(run[at:], run[0])
                for at in range(1, len(run))
            )
            known = [n for n in inside if n.known and same(n.unit, unit)]
            pairs = [(n, pair) for n in known for pair in combinations(run[1:], 2)]
            pairs = [way for way in pairs if are_complements(way[1])]
            if not balanced and not any(adds_up(total, parts) for total, parts in (*ways, *pairs)):
                ways = [way for way in ways if are_complements(way[1])]
                if not ways:
                    continue
                total, parts = min(ways, key=lambda way: missing_from(way[1], way[0]))
                if is_wrong(total, parts, "", WEAK):
                    yield Mistake("N301", total, written(parts, total))


def _segments(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in re.finditer("[；;。]|$", text):
        yield start, found.start()
        start = found.end()
