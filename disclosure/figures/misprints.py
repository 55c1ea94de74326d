"""Misprints: per cents that one slip of the pen sets apart from what two numbers beside them come to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from disclosure.figures import numerals
from disclosure.figures.arithmetic import Mistake
from disclosure.figures.enumerations import CHANGE
from disclosure.figures.proportions import is_told, quotient
from disclosure.figures.sentences import Sentence, amount, find, same

_RATE = re.compile("[率面度占]|比例|比重|达标|覆盖")
_ELSEWHERE = re.compile(rf"上年|去年|同比|环比|全省|全国|平均|{CHANGE}")


def check(sentence: Sentence) -> Iterator[Mistake]:
    """Per cents of three digits that would be right with two digits changed over, or one of them another.

    Which numbers a per cent is of, the words need not say: that it is so nearly theirs is no chance.
    """
    numbers = tuple(find(sentence.whole))
    counted = [n for n in numbers if n.unit not in ("", numerals.PERCENT, "个百分点")]
    for share in sentence.numbers:
        label = sentence.text[max(0, share.start - 8) : share.start]
        if share.unit != numerals.PERCENT or not share.known or not share.decimals:
            continue
        if (
            not _RATE.search(label)
            or _ELSEWHERE.search(share.label)
            or not all(n.known for n in counted)
        ):
            continue
        if is_told(share, counted):
            continue
        for one, other in pairwise(counted):
            part, whole = sorted((one, other), key=lambda n: amount(n, one.unit)) if same(one.unit, other.unit) else (one, one)  # fmt: skip
            if part is whole or not whole.value:
                continue
            true = amount(part, whole.unit) * 100 / whole.value
            if is_slip(f"{numerals.rounded(true, share.decimals):f}", share.shown):
                yield Mistake("N303", share, quotient(part.shown, whole.shown, true, share))
                break


def is_slip(right: str, stated: str) -> bool:
    """Whether two texts of digits differ by two neighbours changed over, or by one digit of at least three."""
    apart = [at for at, (a, b) in enumerate(zip(right, stated, strict=False)) if a != b]
    if len(right) != len(stated) or not apart:
        return False
    digits = [at for at, c in enumerate(right) if c.isdigit()]
    turned = (
        len(apart) == 2
        and right[apart[0]] == stated[apart[1]]
        and right[apart[1]] == stated[apart[0]]
    )
    turned = turned and digits.index(apart[1]) - digits.index(apart[0]) == 1
    return turned or (len(apart) == 1 and len(digits) >= 3)
