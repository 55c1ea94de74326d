"""Proportions: per cents that a sentence states, computed again from the numbers beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from disclosure.figures import numerals
from disclosure.figures.arithmetic import Mistake
from disclosure.figures.enumerations import are_complements
from disclosure.figures.sentences import Number, Sentence, amount, find, same

Numbers = Sequence[Number]
_UP = r"增加|新增|增长|增幅|上升|升幅|提高|提升|净增|多出|超出|超额|高出|攀升|上调|扩大|发展|[增升]"
_DOWN = r"减少|核减|调减|下降|降低|净减|下调|降幅|减幅|节约|节省|压降|回落|缩减|削减|少收|精简|压减|压缩|缩短|[降减]"
GROWTH = re.compile(
    rf"(?:(?P<up>{_UP}|(?:^|[^至最许])多)|(?P<down>{_DOWN}|(?:^|[^至不缺])少))(?:完成)?(?:了|率为?|幅度?为?|比例为?)?$"
)
_SHARE = re.compile(r"^(?:约|仅|各)?占(?P<of>[^0-9]*)$|^(?:为|占比为?)$")
_GENERAL = re.compile(
    r"^(?:比|比为|比达|比重为?|到|了|全部|总数?的?|总量的?|合计的?|总数比例?为?|总体的?|全部案件的?|案件总数的?|总件数的?|的比例为)?$"
)
_RATE = re.compile(r"(?P<stem>[^\W\d_]{1,6}?)(?:率|比例|比重|进度)(?:为|达|达到|约)?$")
_WHOSE = re.compile(r"^(?P<who>[^，。；占]{2,10}?)占(?P<of>[^0-9]*)$")
NEIGHBOURS = 6
"""Numbers before a per cent that it may be made of."""
_HOW = re.compile("提前|按时|按期|及时|限时|一次|首次|当场|全程|当年|最终|准时")
"""How something was done; a rate of that is not the rate of what was done at all."""
_PLANNED = re.compile("计划|目标|任务|应|预算|核定|下达|要求")
_REACHED = re.compile("实|完成|已|执行|支出|到位|使用")
_ALL = re.compile("全|总|共|应")
_LEFT = re.compile("^[^，、]{0,4}[未不]")
_OTHER = re.compile(r"上年|去年|同比|环比|全省|全国|同类|^第")


def check(sentence: Sentence) -> Iterator[Mistake]:
    """Per cents that do not follow from the numbers that they are printed beside."""
    yield from _shares(sentence)
    yield from _hundred(sentence)


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
        elif (rate := _RATE.search(share.label)) and not GROWTH.search(share.label):
            before = before or _in_brackets(sentence, share) or _next_two(sentence, index)
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
                parts = [sum_of(parts)]
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
        wholes = [sum_of(alike[at:]) for at in range(len(alike) - 1)]
        wholes += [n for n in alike if n is not parts[0]]
        told = [n for n in wholes if n.known and (n.value or 0) >= (parts[0].value or 0)]
        yield from _compare(share, parts, told)


def _excess(share: Number, reached: Number, planned: Number) -> Iterator[Mistake]:
    """320 公里，超计划 300 公里的 6.7%."""
    base = amount(planned, reached.unit)
    if base > 0 and not agrees(rate := abs((reached.value or 0) - base) * 100 / base, share):
        top = f"（{reached.shown}－{planned.shown}）"
        yield Mistake("N303", share, quotient(top, planned.shown, rate, share))


def sum_of(parts: Numbers) -> Number:
    """Several numbers as one, written as their sum."""
    values = [amount(n, parts[-1].unit) for n in parts]
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


def _in_brackets(sentence: Sentence, share: Number) -> list[Number]:
    """The numbers of the brackets right behind a per cent."""
    found = re.match(r"\s?[（(]([^（()）]*)[)）]", sentence.whole[share.end :])
    return [n for n in find(found[1]) if n.unit not in ("", numerals.PERCENT)] if found else []


def _next_two(sentence: Sentence, index: int) -> list[Number]:
    """实施率 x%，应实施 a 辆，已实施 b 辆: the two numbers behind a per cent that opens its sentence."""
    two = list(sentence.numbers[index + 1 : index + 3])
    if len(two) < 2 or not same(two[0].unit, two[1].unit) or two[0].unit in ("", numerals.PERCENT):
        return []
    return two if _PLANNED.search(two[0].label) and _REACHED.search(two[1].label) else []


def _rate(share: Number, stem: str, before: Numbers, sentence: Sentence) -> Iterator[Mistake]:
    """办结 18 件，办结率 90%: what was done, of all that there was to do."""
    if _OTHER.search(share.label) or re.search(r"[由从]|平均", share.label):
        return
    if "（含" in sentence.whole or "(含" in sentence.whole:
        return  # what counts is said elsewhere
    how = _HOW.search(share.label)
    stem, says = stem[-2:], [n.label + n.behind for n in before]
    alike = len(before) == 2 and same(before[0].unit, before[1].unit)
    if alike and stem in says[0] and re.search(rf"[不未]{stem}", says[1]):
        after = [n for n in sentence.numbers if n.start > share.end]
        if not any(same(n.unit, before[0].unit) for n in after):
            yield from _compare(share, before[:1], [sum_of(before)])
            return
    for index in range(len(before) - 1, 0, -1):
        part = before[index]
        if stem in says[index] and len(stem) == 2:
            if re.search(rf"[不未]{stem}", says[index]):
                continue
            # What was not done is no total of which what was done could be a share.
            wholes = [
                n for n in before[:index] if same(n.unit, part.unit) and not _LEFT.search(n.label)
            ]
            if how and how[0] not in says[index] and _HOW.search(says[index]):
                return
            if not is_told(share, before):
                yield from _compare(share, [part], wholes)
            return
    if len(before) > 1 and same(before[-1].unit, before[-2].unit):
        planned, reached = before[-2:]
        if _PLANNED.search(planned.label) and _REACHED.search(reached.label):
            yield from _compare(share, [reached], [planned], named=True)
        elif _ALL.search(reached.label) and set(stem) & set(planned.label):
            yield from _compare(share, [planned], [reached])
        elif _ALL.search(planned.label) and set(stem) & set(reached.label):
            yield from _compare(share, [reached], [planned])


def is_told(share: Number, numbers: Numbers) -> bool:
    """Whether some neighbouring numbers together are this share of another, or of all of them."""
    numbers = numbers[-NEIGHBOURS:]
    if not all(n.known for n in numbers) or not (share.decimals or share.value == 100):
        return False
    sums = [
        sum((n.value or Decimal(0) for n in numbers[start:end]), Decimal(0))
        for start in range(len(numbers))
        for end in range(start + 1, len(numbers) + 1)
    ]
    return any(
        0 < part <= whole and agrees(part * 100 / whole, share) for part in sums for whole in sums
    )


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
        bottom = amount(whole, part[0].unit)
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
