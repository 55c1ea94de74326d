"""Balances: what was there, came and went, against what is left; averages and multiples against what they are of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from disclosure.figures import numerals
from disclosure.figures.arithmetic import Mistake
from disclosure.figures.sentences import Number, Sentence, converted, same

Numbers = Sequence[Number]
_OPENING = re.compile(r"(?:上年|去年|上一年|往年)(?:度)?(?:结转|末|底|遗留|未)|年初|期初|月初|原有|原持|年前结转")
_CLOSING = re.compile(
    r"年末|年底|期末|月末|结转(?:下年|下一年|次年|至|到|今年)|尚有|尚未|未(?:办|审|结|完)|剩余|结余|仍有"
    r"|现(?:行)?有|现行有效|正在|在办"
)
_IN = re.compile("新|收到|受理|收件|制定|制发|出台|增加|增|投入|纳入|购置|招录|调入|收")
_SO_FAR = re.compile("应|共|合计|总")
_OUT = re.compile("废止|失效|办结|结案|审结|办理完毕|办理|完结|注销|退出|取消|减少|核减|报废|支出|销号|整改|调出|退休|清退|宣布")


def check(sentence: Sentence) -> Iterator[Mistake]:
    """Remainders, averages and multiples that do not follow from the numbers beside them."""
    yield from _remainder(sentence)
    yield from _averages(sentence)
    yield from _multiples(sentence)


# ── What is left ─────────────────────────────────────────────────────────────────────────────────


def flow(sentence: Sentence) -> tuple[Numbers, Numbers, Numbers] | None:
    """The numbers of one unit that tell a stock's course: what there was and came in, what went, what is left."""
    for unit in dict.fromkeys(n.unit for n in sentence.numbers if n.unit not in ("", "%")):
        run = [n for n in sentence.numbers if same(n.unit, unit)]
        if "其中" in sentence.text or not all(n.known for n in run):
            continue
        came, gone, left = [], [], []
        for n in run:
            if _SO_FAR.search(n.label) and n.value == _sum(came, n):
                continue  # 共应办理: what there was and what came, once more
            kinds = ((_OPENING, came), (_CLOSING, left), (_OUT, gone), (_IN, came))
            course = next((course for kind, course in kinds if kind.search(n.label)), None)
            if course is None:
                break
            course.append(n)
        else:
            opened = [n for n in came if _OPENING.search(n.label)]
            if len(opened) == len(left) == 1 and len(came) + len(gone) > 1:
                return came, gone, left
    return None


def _remainder(sentence: Sentence) -> Iterator[Mistake]:
    """上年结转 a 件，新收 b 件，办结 c 件，结转下年 d 件: d = a + b - c."""
    found = flow(sentence)
    if not found:
        return
    came, gone, (left,) = found
    value = _sum(came, left) - _sum(gone, left)
    if value != left.value:
        terms = "＋".join(n.shown for n in came) + "".join(f"－{n.shown}" for n in gone)
        yield Mistake("N307", left, f"{terms}＝{value:f}，文中写 {left.shown}{left.unit}")


def _sum(numbers: Numbers, like: Number) -> Decimal:
    values = (converted(n.value or Decimal(0), n.unit, like.unit) for n in numbers)
    return sum(values, Decimal(0))


# ── Averages and multiples ───────────────────────────────────────────────────────────────────────

_MEAN = re.compile(
    r"平均(?:每|到)?(?P<one>[^\W\d_]{0,4})$|每(?P<each>[^\W\d_]{1,3})平均$|(?P<mean>[人场次户车家件案项批期])均[^\W\d_]{0,4}$"
)
_ONES = {"人": "人名", "场": "场", "次": "次场", "户": "户", "车": "辆台", "家": "家", "件": "件起", "案": "件起", "项": "项", "批": "批", "期": "期", "月": "月", "天": "天", "日": "天", "辆": "辆台", "起": "起件", "条": "条", "名": "名人", "个": "个", "处": "处", "公里": "公里"}  # fmt: skip
"""What an average is taken over, and the measure words that count it."""
_TIMES = re.compile(r"(?:是|为|达|达到|相当于)[^，。；]{0,8}的?$")


def _averages(sentence: Sentence) -> Iterator[Mistake]:
    """11 场 1320 人次，场均 120 人次."""
    for index, mean in enumerate(sentence.numbers):
        found = _MEAN.search(mean.label)
        if not found or not mean.known or mean.unit in (numerals.PERCENT, ""):
            continue
        before = [n for n in (*sentence.head, *sentence.numbers[:index])]
        one = found["one"] or found["each"] or found["mean"] or ""
        over = [n for n in before if n.unit and n.unit[0] in _ONES.get(one, "") and n.known]
        wholes = [n for n in before if same(n.unit, mean.unit) and n.known and n not in over]
        if not over or not wholes or any(not n.known for n in before):
            continue
        told = []
        for whole in reversed(wholes):
            for count in reversed(over):
                if not count.value:
                    continue
                true = converted(whole.value or Decimal(0), whole.unit, mean.unit) / count.value
                if abs(true - (mean.value or 0)) < Decimal(1).scaleb(-mean.decimals):
                    return
                told.append((whole, count, true))
        if told:
            whole, count, true = told[0]
            right = numerals.rounded(true, max(mean.decimals, 1 if true % 1 else 0)).normalize()
            result = f"{whole.shown}{whole.unit}÷{count.shown}＝{right:f}，文中写 {mean.shown}{mean.unit}"
            yield Mistake("N306", mean, result)
            return


def _multiples(sentence: Sentence) -> Iterator[Mistake]:
    """a 是 b 的 x 倍."""
    numbers = sentence.numbers
    for index in range(2, len(numbers)):
        times, base, value = numbers[index], numbers[index - 1], numbers[index - 2]
        if times.unit != "倍" or not (times.known and base.known and value.known and base.value):
            continue
        if times.gap.strip() != "的" or not same(base.unit, value.unit):
            continue
        true = converted(value.value or Decimal(0), value.unit, base.unit) / base.value
        if numerals.rounded(true, times.decimals) != times.value:
            right = numerals.rounded(true, times.decimals)
            result = f"{value.shown}÷{base.shown}＝{right:f}，文中写 {times.shown}倍"
            yield Mistake("N306", times, result)
