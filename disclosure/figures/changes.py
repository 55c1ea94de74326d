"""Changes: what a sentence says has grown or fallen, and by how much, against the numbers before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from disclosure.figures import numerals
from disclosure.figures.arithmetic import Mistake
from disclosure.figures.enumerations import pairs
from disclosure.figures.proportions import GROWTH, agrees, quotient, sum_of
from disclosure.figures.sentences import Number, Sentence, amount, same

Numbers = Sequence[Number]
_PRIOR = re.compile(
    r"(?:(?<![占同环可评相对])比(?![例重率较])|(?<!比)较(?![好大高强多少低为]))[^，。；]{0,12}$"
    r"|(?:比|较|与)(?:上年|去年|上一年|20[0-9]{2}年|同期|上年同期|去年同期|调整前|年初|原来|原有?|(?:年度)?(?:计划|目标))"
    r"|[，,；](?:去年|上年)(?:同期)?[^\W\d_]{0,6}$"
)
_PERIOD = re.compile("季度|月|半年|年|季|期")
_APART = re.compile(
    "(?:超额|超出|超过|多出|节约|节余|结余|缺口|相差|差额|高出|少收|净增|净减|缺)(?:了|为|计划|规定|任务|预算|目标)?$"
)
_ALONE = re.compile(rf"(?:同比|环比|共|总体|合计|数量)?{GROWTH.pattern}")
"""A change of what the sentence is about, and of no other thing that is named."""
_AGAINST = re.compile(
    "上年|去年|同期|原[有来]|改革前|整治前|调整前|计划|任务|预算|应|目标|指标|核定|需"
)
_YEAR = re.compile("[0-9]{4}年(?![来前])")


def check(sentence: Sentence) -> Iterator[Mistake]:
    """Differences and rates of growth that do not follow from the numbers that they are printed beside."""
    yield from _changes(sentence)
    yield from _growth(sentence)
    yield from _contrast(sentence)


def _changes(sentence: Sentence) -> Iterator[Mistake]:
    """由 a 调整为 b，增加 c，增长 x%."""
    numbers = sentence.numbers
    for a, b in pairs(numbers):
        if not (a.known and b.known):
            continue
        assert a.value is not None
        assert b.value is not None
        after = numbers[numbers.index(b) + 1 :]
        way = GROWTH.search(re.split("[至到为]", b.gap)[0].strip())
        stated = None
        difference = b.value - a.value
        if (
            way
            and difference
            and (difference > 0) != bool(way["up"])
            and not re.search("率", a.label)
        ):
            yield Mistake("N305", b, f"由 {a.shown} 到 {b.shown}，文中写“{way[0]}”")
        elif after and (stated := GROWTH.search(after[0].label)) and _follows(after[0], b):
            yield from _difference(after[0], stated, b, a)
        elif after and stated and _is_rate_of(after[0], b):
            yield from _growth_rate(after[0], stated, b, a)
        before = numbers[: numbers.index(a)][-1:]
        if before and (stated := GROWTH.search(before[0].label)):
            change, told = before[0], any(before[0] in pair for pair in pairs(numbers))
            if same(change.unit, b.unit) and change.known and len(a.gap) < 12 and not told:
                yield from _difference(change, stated, b, a)


def _follows(change: Number, base: Number) -> bool:
    points = base.unit == numerals.PERCENT and change.unit == "个百分点"
    return change.known and (change.unit == base.unit or points) and len(change.gap) < 12


def _is_rate_of(share: Number, base: Number) -> bool:
    """Whether a per cent says by how much the number right before it has changed."""
    near = share.known and share.unit == numerals.PERCENT and len(share.gap) < 12
    return near and base.unit not in (numerals.PERCENT, "个百分点")


def _growth_rate(share: Number, way: re.Match[str], now: Number, then: Number) -> Iterator[Mistake]:
    """The per cent of a change that is only told by the numbers before and after it."""
    before = amount(then, now.unit)
    difference = (now.value or Decimal(0)) - before
    if before <= 0:
        return
    rate = abs(difference) * 100 / before
    one, other = (now, then) if difference >= 0 else (then, now)
    if not agrees(rate, share):
        top = f"（{one.shown}－{other.shown}）"
        yield Mistake("N305", share, quotient(top, then.shown, rate, share))
    elif difference and (difference > 0) != bool(way["up"]):
        yield Mistake("N305", share, f"由 {then.shown} 到 {now.shown}，文中写“{way[0]}”")


def _difference(change: Number, way: re.Match[str], now: Number, then: Number) -> Iterator[Mistake]:
    assert now.value is not None
    assert then.value is not None
    true = now.value - then.value
    signed = change.value if way["up"] else -(change.value or 0)
    if true != signed:
        one, other = (now, then) if true >= 0 else (then, now)
        turned = true and (true > 0) != bool(way["up"])
        right = f"，应为{('减少', '增加')[true > 0]}" if turned else ""
        stated = f"{way[0]} {change.shown}{change.unit}"
        result = f"{one.shown}－{other.shown}＝{abs(true):f}{right}，文中写{stated}"
        yield Mistake("N305", change, result)


def _growth(sentence: Sentence) -> Iterator[Mistake]:
    """N 起，比上年的 M 起增加 D 起，增长 x%: D = N - M, and x = D ÷ M."""
    numbers = sentence.numbers
    for index, change in enumerate(numbers):
        way = GROWTH.search(change.label)
        if way and index and _is_rate_of(change, numbers[index - 1]):
            yield from _against_prior(change, way, [*sentence.head, *numbers[:index]])
            continue
        if way and change.unit == "个百分点" and change.known:
            yield from _points(
                change, way, [n for n in numbers[:index] if n.unit == numerals.PERCENT]
            )
        if not way or not change.known or change.unit in (numerals.PERCENT, "个百分点", ""):
            continue
        before = [n for n in (*sentence.head, *numbers[:index]) if same(n.unit, change.unit)]
        pair = bool(before) and any(b is before[-1] for _, b in pairs(numbers))
        stated = not pair and bool(before) and bool(_PRIOR.search(before[-1].gap))
        if stated:
            now = (
                before[:-1][-1:]
                or [
                    n
                    for n in numbers[index + 1 :]
                    if same(n.unit, change.unit) and not n.label.startswith("占")
                ][:1]
            )
            if now and now[0].known and before[-1].known:
                wrong = list(_difference(change, way, now[0], before[-1]))
                if any(
                    not list(_difference(change, way, sum_of(before[at:-1]), before[-1]))
                    for at in range(len(before) - 2)
                ):
                    continue  # the numbers before it together
                yield from wrong
                if wrong:
                    continue
        elif not (pair or _is_year_on_year(change, sentence)):
            continue
        if before and before[-1].known:
            prior = before[-1:] if stated else before[-2:-1] if pair else []
            yield from _per_cent(numbers[index + 1 :][:1], change, way, before, prior)


def _points(change: Number, way: re.Match[str], before: Numbers) -> Iterator[Mistake]:
    """满意率 a%，较上年的 b% 提升 c 个百分点."""
    if len(before) > 1 and all(n.known for n in before[-2:]) and len(change.gap) < 6:
        now, then = before[-2:]
        if _PRIOR.search(then.gap) and not GROWTH.search(then.label):
            yield from _difference(change, way, now, then)


def _against_prior(share: Number, way: re.Match[str], before: Numbers) -> Iterator[Mistake]:
    """N 件，较上年 M 件增长 x%, or 较上年 M 件减少 D 件，全年 N 件，降幅 x%."""
    unit = before[-1].unit
    before = before[-4:]
    at = max((i for i, n in enumerate(before) if n.unit == numerals.PERCENT), default=-1)
    near = [n for n in before[at + 1 :] if same(n.unit, unit)]
    priors = [n for n in near if _PRIOR.search(n.gap) and not GROWTH.search(n.label)]
    present = [n for n in near if n not in priors and not GROWTH.search(n.label)]
    if not priors and len(near) == 2 and re.search("[环同]比", share.label):
        priors, present = _periods(near)
    if not priors and len(near) == 2 and sum(bool(_AGAINST.search(n.label)) for n in near) == 1:
        priors = [n for n in near if _AGAINST.search(n.label) and not GROWTH.search(n.label)]
        present = [n for n in near if n not in priors and not GROWTH.search(n.label)]
    if len(priors) == 1 and present and all(n.known for n in near):
        told = [list(_growth_rate(share, way, now, priors[0])) for now in present]
        if all(told):
            yield from told[-1]


def _periods(two: Numbers) -> tuple[list[Number], list[Number]]:
    """Which of two numbers is the earlier, where both name their time: 三季度 a 件，四季度 b 件."""
    if not all(_PERIOD.search(n.label) and not GROWTH.search(n.label) for n in two):
        return [], []
    earlier = 1 if re.search("去年|上年|上季|上月", two[1].label) else 0
    return [two[earlier]], [two[1 - earlier]]


def _is_year_on_year(change: Number, sentence: Sentence) -> bool:
    return bool(re.search(r"同比|环比|比上年|较上年|比去年|较去年|上年同期|去年同期", change.gap))


def _per_cent(
    following: Numbers, change: Number, way: re.Match[str], before: Numbers, prior: Numbers
) -> Iterator[Mistake]:
    """The per cent right behind a change in numbers, of the number that is changed or leads to it."""
    if not following or following[0].unit != numerals.PERCENT or not following[0].known:
        return
    share = following[0]
    if not GROWTH.search(share.label) or len(share.gap) > 10:
        return
    amount = change.value or Decimal(0)
    signed = amount if way["up"] else -amount
    bases = [n.value for n in prior if n.known and n.value]
    bases = bases or [n.value - signed for n in before if n.known and n.value]
    rates = [(base, amount * 100 / base) for base in bases if base > 0]
    if rates and not any(agrees(rate, share) for _, rate in rates):
        base, rate = rates[-1]
        yield Mistake("N305", share, quotient(change.shown, f"{base:f}", rate, share))


def _contrast(sentence: Sentence) -> Iterator[Mistake]:
    """任务 b 件，实际 a 件，超额 d 件: whatever the words, d = a - b where the sentence has these three."""
    for number in sentence.numbers:
        way = _APART.search(number.label) or _ALONE.match(number.label)
        alike = [n for n in sentence.numbers if same(n.unit, number.unit) and n is not number]
        if not way or number.unit in ("", "%") or len(alike) != 2 or not _are_two_times(alike):
            continue
        if not all(n.known for n in (number, *alike)) or any(
            _APART.search(n.label) or GROWTH.search(n.label) for n in alike
        ):
            continue
        low, high = sorted(alike, key=lambda n: amount(n, number.unit))
        value = amount(high, number.unit) - amount(low, number.unit)
        if value != number.value:
            result = (
                f"{high.shown}－{low.shown}＝{value:f}，文中写{way[0]} {number.shown}{number.unit}"
            )
            yield Mistake("N305", number, result)


def _are_two_times(two: Numbers) -> bool:
    """Whether of two numbers one is what the other is held against: of another year, or planned."""
    against = [bool(_AGAINST.search(n.label)) for n in two]
    years = [_YEAR.search(n.label) for n in two]
    if all(years):
        return years[0][0] != years[1][0]  # type: ignore[index]
    return any(against) and not all(against)
