"""Proportions: per cents and changes that a sentence states, computed again from the numbers beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from disclosure.figures import numerals
from disclosure.figures.arithmetic import Mistake
from disclosure.figures.enumerations import are_complements, pairs
from disclosure.figures.sentences import Number, Sentence, converted, same

Numbers = Sequence[Number]
_SHARE = re.compile(r"^(?:约|仅|各)?占(?P<of>[^0-9]*)$|^(?:为|占比为?)$")
_GENERAL = re.compile(
    r"^(?:比|比为|比达|比重为?|到|了|全部|总数?的?|总量的?|合计的?|总数比例?为?|总体的?|全部案件的?|案件总数的?|总件数的?|的比例为)?$"
)
_RATE = re.compile(r"(?P<stem>[^\W\d_]{1,6}?)(?:率|比例|比重)(?:为|达|达到|约)?$")
_WHOSE = re.compile(r"^(?P<who>[^，。；占]{2,10}?)占(?P<of>[^0-9]*)$")
_PERIOD = re.compile("季度|月|半年|年|季|期")
_UP = r"增加|新增|增长|增幅|上升|升幅|提高|提升|净增|多出|超出|超额|高出|攀升|上调|扩大|发展|[增升]"
_DOWN = r"减少|核减|调减|下降|降低|净减|下调|降幅|减幅|节约|节省|压降|回落|缩减|削减|少收|精简|压减|压缩|缩短|[降减]"
_GROWTH = re.compile(
    rf"(?:(?P<up>{_UP}|(?:^|[^至最许])多)|(?P<down>{_DOWN}|(?:^|[^至不缺])少))(?:了|率为?|幅度?为?)?$"
)
_PRIOR = re.compile(
    r"(?:(?<![占同环可评相对])比(?![例重率较])|(?<!比)较(?![好大高强多少低为]))[^，。；]{0,12}$"
    r"|(?:比|较|与)(?:上年|去年|上一年|20[0-9]{2}年|同期|上年同期|去年同期|调整前|年初|原来|原有?|(?:年度)?(?:计划|目标))"
    r"|[，,；](?:去年|上年)(?:同期)?[^\W\d_]{0,6}$"
)
_PLANNED = re.compile("计划|目标|任务|应|预算|核定|下达|要求")
_REACHED = re.compile("实|完成|已|执行|支出|到位|使用")
_LEFT = re.compile("^[^，、]{0,4}[未不]")
_OTHER = re.compile(r"上年|去年|同比|环比|全省|全国|同类|^第")


def check(sentence: Sentence) -> Iterator[Mistake]:
    """Per cents and differences that do not follow from the numbers that they are printed beside."""
    yield from _shares(sentence)
    yield from _hundred(sentence)
    yield from _changes(sentence)
    yield from _growth(sentence)


# ── Shares ───────────────────────────────────────────────────────────────────────────────────────


def _shares(sentence: Sentence) -> Iterator[Mistake]:
    numbers = sentence.numbers
    for index, share in enumerate(numbers):
        if share.unit != numerals.PERCENT or not share.known:
            continue
        before = [
            n
            for n in (*sentence.head, *numbers[:index])
            if n.unit not in (numerals.PERCENT, "个百分点", "")
        ]
        listed = _listed(sentence, index)
        if listed is not None:
            yield from _each(listed, before)
        elif (
            index and numbers[index - 1].unit == numerals.PERCENT and share.gap.strip() in "、和及"
        ):
            continue  # told with the first of its list
        elif rate := _RATE.search(share.label):
            yield from _rate(share, rate["stem"], before, sentence)
        elif found := _SHARE.search(share.label):
            yield from _part(share, found["of"] or "", before, sentence)
        elif found := _WHOSE.search(share.label):
            yield from _named(share, found["who"], before)
        elif before and re.match("超|高于|多于|低于|少于", before[-1].label) and share.gap == "的":
            planned, reached = before[-1], [n for n in before[:-1] if same(n.unit, before[-1].unit)]
            if reached and planned.known and reached[-1].known:
                yield from _excess(share, reached[-1], planned)
        elif before and _is_base(before[-1]) and re.match("^的?$", share.gap.strip()):
            parts = [n for n in before[:-1] if same(n.unit, before[-1].unit)]
            if re.search("合计|共", before[-1].label) and len(parts) > 1:
                parts = [_sum_of(parts)]
            yield from _compare(share, parts[-1:], before[-1:], named=True)


def _hundred(sentence: Sentence) -> Iterator[Mistake]:
    """Two kinds that leave no third between them, and shares of them that are not 100 per cent."""
    for a, b in pairwise(n for n in sentence.numbers if n.unit == numerals.PERCENT):
        if not (a.known and b.known and "占" in a.label and "占" in b.label):
            continue
        value = (a.value or 0) + (b.value or 0)
        if are_complements([a, b]) and abs(value - 100) > Decimal("0.1") * 10 ** (not a.decimals):
            yield Mistake("N303", b, f"{a.shown}%＋{b.shown}%＝{value:f}%，应为 100%")


def _named(share: Number, who: str, before: Numbers) -> Iterator[Mistake]:
    """上半年 a 件，下半年 b 件，下半年占 x%: the part is named again; the whole may be all of them."""
    parts = [n for n in before if n.label and (who in n.label or n.label in who)]
    if who == "后者" and before:
        parts = [before[-1]]
    elif who == "前者" and len(before) > 1:
        parts = [before[-2]]
    if len(parts) == 1 and parts[0].known:
        alike = [n for n in before if same(n.unit, parts[0].unit)]
        wholes = [n for n in alike if n is not parts[0]]
        wholes += [_sum_of(alike[at:]) for at in range(len(alike) - 1)]
        told = [n for n in wholes if n.known and (n.value or 0) >= (parts[0].value or 0)]
        yield from _compare(share, parts, told)


def _excess(share: Number, reached: Number, planned: Number) -> Iterator[Mistake]:
    """320 公里，超计划 300 公里的 6.7%."""
    base = converted(planned.value or Decimal(0), planned.unit, reached.unit)
    if base > 0 and not agrees(rate := abs((reached.value or 0) - base) * 100 / base, share):
        top = f"（{reached.shown}－{planned.shown}）"
        yield Mistake("N303", share, quotient(top, planned.shown, rate, share))


def _sum_of(parts: Numbers) -> Number:
    """Several numbers as one, written as their sum."""
    values = [converted(n.value or Decimal(0), n.unit, parts[-1].unit) for n in parts]
    known = all(n.known for n in parts)
    return replace(parts[-1], value=sum(values, Decimal(0)) if known else None)


def _is_base(number: Number) -> bool:
    return "占" in number.label or number.label.startswith("为年度")


def _listed(sentence: Sentence, index: int) -> list[Number] | None:
    """分别占 a%、b% and c%: the per cents of a list, from its first."""
    numbers = sentence.numbers
    lead = sentence.text[: numbers[index].start]
    if not re.search(r"分别占[^%，。；]*$|占比分别为?$", lead):
        return None
    found = [numbers[index]]
    for n in numbers[index + 1 :]:
        if n.unit != numerals.PERCENT or not re.fullmatch(r"\s*[、和及，,]\s*(?:和)?\s*", n.gap):
            break
        found.append(n)
    return found if len(found) > 1 else None


def _each(shares: Numbers, before: Numbers) -> Iterator[Mistake]:
    base = [before[-1]] if before and "占" in before[-1].label else []
    parts = before[: len(before) - len(base)][-len(shares) :]
    wholes = base or before[: -len(parts)]
    if len(parts) == len(shares) and wholes:
        for share, part in zip(shares, parts, strict=True):
            yield from _compare(share, [part], wholes)


def _part(share: Number, of: str, before: Numbers, sentence: Sentence) -> Iterator[Mistake]:
    """b 件，占 x%: of a total before it; which one, the words behind 占 may say."""
    if not before or not before[-1].known:
        return
    part = before[-1]
    shared = {
        a
        for a, b in pairwise(sentence.numbers)
        if b.unit == numerals.PERCENT and b is not share and _SHARE.search(b.label)
    }
    wholes = [n for n in before[:-1] if same(n.unit, part.unit) and n not in shared]
    specific = re.sub(r"总?[数量]的?$|的$|^总", "", of)
    if not _GENERAL.match(of.strip()):
        wholes = [n for n in wholes if len(specific) > 1 and specific in n.label]
        if not wholes:
            return
    else:
        if not sentence.head and "其中" in sentence.text[: part.start]:
            at = sentence.text.rfind("其中", 0, part.start)
            wholes = [n for n in wholes if n.end <= at] or wholes
    yield from _compare(share, [part], wholes)


def _rate(share: Number, stem: str, before: Numbers, sentence: Sentence) -> Iterator[Mistake]:
    """办结 18 件，办结率 90%: what was done, of all that there was to do."""
    if _OTHER.search(share.label) or re.search(r"[由从]|平均", share.label):
        return
    if "（含" in sentence.whole or "(含" in sentence.whole:
        return  # what counts is said elsewhere
    stem = stem[-2:]
    for index in range(len(before) - 1, 0, -1):
        part = before[index]
        if stem in part.label and len(stem) == 2:
            if re.search(rf"[不未]{stem}", part.label):
                continue
            # What was not done is no total of which what was done could be a share.
            wholes = [
                n for n in before[:index] if same(n.unit, part.unit) and not _LEFT.search(n.label)
            ]
            yield from _compare(share, [part], wholes)
            return
    if len(before) > 1 and same(before[-1].unit, before[-2].unit):
        planned, reached = before[-2:]
        if _PLANNED.search(planned.label) and _REACHED.search(reached.label):
            yield from _compare(share, [reached], [planned], named=True)
        elif re.search("全|总|共|应", reached.label) and set(stem) & set(planned.label):
            yield from _compare(share, [planned], [reached])


def _compare(
    share: Number, part: Numbers, wholes: Numbers, *, named: bool = False
) -> Iterator[Mistake]:
    """A mistake if the share is right of none of the totals that it may be meant of; a total that is
    not `named` as such is not smaller than its part."""
    if not part or not wholes or not all(n.known for n in (*part, *wholes)):
        return
    top = part[0].value or Decimal(0)
    told = []
    for whole in reversed(wholes):
        bottom = converted(whole.value or Decimal(0), whole.unit, part[0].unit)
        if bottom <= 0 or (bottom < top and not named):
            continue
        true = top * 100 / bottom
        if agrees(true, share):
            return
        told.append((whole, true))
    if told:
        whole, true = told[0]
        yield Mistake("N303", share, quotient(part[0].shown, whole.shown, true, share))


def agrees(true: Decimal, share: Number) -> bool:
    """Whether a per cent is right with the decimals that it is written with."""
    return numerals.rounded(true, share.decimals) == share.value


def quotient(part: str, whole: str, true: Decimal, share: Number) -> str:
    right = numerals.rounded(true, share.decimals)
    return f"{part}÷{whole}＝{right:f}%，文中写 {share.shown}%"


# ── Changes ──────────────────────────────────────────────────────────────────────────────────────


def _changes(sentence: Sentence) -> Iterator[Mistake]:
    """由 a 调整为 b，增加 c，增长 x%."""
    numbers = sentence.numbers
    for a, b in pairs(numbers):
        if not (a.known and b.known):
            continue
        assert a.value is not None
        assert b.value is not None
        after = numbers[numbers.index(b) + 1 :]
        way = _GROWTH.search(re.split("[至到为]", b.gap)[0].strip())
        stated = None
        difference = b.value - a.value
        if (
            way
            and difference
            and (difference > 0) != bool(way["up"])
            and not re.search("率", a.label)
        ):
            yield Mistake("N305", b, f"由 {a.shown} 到 {b.shown}，文中写“{way[0]}”")
        elif after and (stated := _GROWTH.search(after[0].label)) and _follows(after[0], b):
            yield from _difference(after[0], stated, b, a)
        elif after and stated and _is_rate_of(after[0], b):
            yield from _growth_rate(after[0], stated, b, a)
        before = numbers[: numbers.index(a)][-1:]
        if before and (stated := _GROWTH.search(before[0].label)) and same(before[0].unit, b.unit):
            if before[0].known and len(a.gap) < 12 and not any(x is before[0] for p in pairs(numbers) for x in p):
                yield from _difference(before[0], stated, b, a)


def _follows(change: Number, base: Number) -> bool:
    points = base.unit == numerals.PERCENT and change.unit == "个百分点"
    return change.known and (change.unit == base.unit or points) and len(change.gap) < 12


def _is_rate_of(share: Number, base: Number) -> bool:
    """Whether a per cent says by how much the number right before it has changed."""
    near = share.known and share.unit == numerals.PERCENT and len(share.gap) < 12
    return near and base.unit not in (numerals.PERCENT, "个百分点")


def _growth_rate(share: Number, way: re.Match[str], now: Number, then: Number) -> Iterator[Mistake]:
    """The per cent of a change that is only told by the numbers before and after it."""
    before = converted(then.value or Decimal(0), then.unit, now.unit)
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
        way = _GROWTH.search(change.label)
        if way and index and _is_rate_of(change, numbers[index - 1]):
            yield from _against_prior(change, way, [*sentence.head, *numbers[:index]])
            continue
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
                yield from wrong
                if wrong:
                    continue
        elif not (pair or _is_year_on_year(change, sentence)):
            continue
        if before and before[-1].known:
            prior = before[-1:] if stated else before[-2:-1] if pair else []
            yield from _per_cent(numbers[index + 1 :][:1], change, way, before, prior)


def _against_prior(share: Number, way: re.Match[str], before: Numbers) -> Iterator[Mistake]:
    """N 件，较上年 M 件增长 x%, or 较上年 M 件减少 D 件，全年 N 件，降幅 x%."""
    unit = before[-1].unit
    before = before[-4:]
    at = max((i for i, n in enumerate(before) if n.unit == numerals.PERCENT), default=-1)
    near = [n for n in before[at + 1 :] if same(n.unit, unit)]
    priors = [n for n in near if _PRIOR.search(n.gap) and not _GROWTH.search(n.label)]
    present = [n for n in near if n not in priors and not _GROWTH.search(n.label)]
    if not priors and len(near) == 2 and re.search("[环同]比", share.label):
        priors, present = _periods(near)
    if len(priors) == 1 and present and all(n.known for n in near):
        told = [list(_growth_rate(share, way, now, priors[0])) for now in present]
        if all(told):
            yield from told[-1]


def _periods(two: Numbers) -> tuple[list[Number], list[Number]]:
    """Which of two numbers is the earlier, where both name their time: 三季度 a 件，四季度 b 件."""
    if not all(_PERIOD.search(n.label) and not _GROWTH.search(n.label) for n in two):
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
    if not _GROWTH.search(share.label) or len(share.gap) > 10:
        return
    amount = change.value or Decimal(0)
    signed = amount if way["up"] else -amount
    bases = [n.value for n in prior if n.known and n.value]
    bases = bases or [n.value - signed for n in before if n.known and n.value]
    rates = [(base, amount * 100 / base) for base in bases if base > 0]
    if rates and not any(agrees(rate, share) for _, rate in rates):
        base, rate = rates[-1]
        yield Mistake("N305", share, quotient(change.shown, f"{base:f}", rate, share))
