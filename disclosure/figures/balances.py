"""Balances: what was there, came and went, against what is left; averages and multiples against what they are of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from disclosure.figures import numerals
from disclosure.figures.arithmetic import Mistake
from disclosure.figures.enumerations import pairs
from disclosure.figures.sentences import Number, Sentence, amount, same, scale

Numbers = Sequence[Number]
_OPENING = re.compile(
    r"结转上年|(?:上年|去年|上一年|往年)(?:度)?(?:结转|末|底|遗留|未)|[一二三]季度末|[0-9]月(?:末|底)|年初|期初|合同价|送审|概算|月初|原有|原持|年前结转"
)
_CLOSING = re.compile(
    r"年末|年底|期末|月末|结转(?:下年|下一年|次年|至|到|今年)|尚有|尚未|未(?:办|审|结|完)|剩余|结余|仍有"
    r"|调整后|调整为|最终|核定|现(?:行)?有|现行有效|正在|在办"
)
_IN = re.compile(
    "新|追加|调增|追增|收到|受理|收件|制定|制发|出台|增加|增|投入|纳入|购置|招录|调入|收"
)
_BEGUN = re.compile(
    "(?:新增|新建|新设|新开通|增设|承接|划入|列入|调入|纳入|转入|新招)[^0-9，。；]{0,8}$"
)
_ENDED = re.compile(
    "(?:撤销|取消|注销|关停|关闭|清退|下放|划出|移出|调出|转出|退出|退休|合并减少|拆除|淘汰|清理|废止|停用)[^0-9，。；]{0,8}$"
)
_SO_FAR = re.compile("应|共|合计|总")
_OUT = re.compile(
    "答复|回复|办复|处理|发放|领用|核销|废止|失效|办结|结案|审结|办理完毕|办理|完结|注销|退出|取消|减少|核减|报废|支出|销号|整改|调出|退休|清退|宣布"
)


def check(sentence: Sentence) -> Iterator[Mistake]:
    """Remainders, averages and multiples that do not follow from the numbers beside them."""
    yield from _remainder(sentence)
    yield from _course(sentence)
    yield from _averages(sentence)
    yield from _products(sentence)
    yield from _multiples(sentence)


# ── What is left ─────────────────────────────────────────────────────────────────────────────────


def flow(sentence: Sentence) -> tuple[Numbers, Numbers, Numbers] | None:
    """The numbers of one unit that tell a stock's course: what there was and came in, what went, what is left."""
    for unit in dict.fromkeys(n.unit for n in sentence.numbers if n.unit not in ("", "%")):
        run = [n for n in sentence.numbers if same(n.unit, unit)]
        if "其中" in sentence.text or not all(n.known for n in run):
            continue
        came: list[Number] = []
        gone: list[Number] = []
        left: list[Number] = []
        for n in run:
            if re.search("净[增减]", n.label):
                continue
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


def _course(sentence: Sentence) -> Iterator[Mistake]:
    """撤销 c 个，由 a 个减少到 b 个: b = a - c. 净增 d 个（新增 a 个，撤销 b 个）: d = a - b."""
    numbers = [*sentence.head, *sentence.numbers]
    for net in numbers:
        way = re.search("净(?:增|减)", net.label)
        others = [n for n in numbers if same(n.unit, net.unit) and n is not net]
        came = [n for n in others if _BEGUN.search(n.label)]
        gone = [n for n in others if n not in came and _ENDED.search(n.label)]
        if not way or not (came and gone) or not all(n.known for n in (net, *came, *gone)):
            continue
        if abs(value := _sum(came, net) - _sum(gone, net)) != net.value:
            terms = "＋".join(n.shown for n in came) + "".join(f"－{n.shown}" for n in gone)
            result = f"{terms}＝{value:f}，文中写{way[0]} {net.shown}{net.unit}"
            yield Mistake("N307", net, result)
    for a, b in pairs(sentence.numbers):
        others = [n for n in sentence.numbers if n not in (a, b) and same(n.unit, b.unit)]
        came = [n for n in others if _BEGUN.search(n.label)]
        gone = [n for n in others if n not in came and _ENDED.search(n.label)]
        if (
            not others
            or len(came) + len(gone) < len(others)
            or not all(n.known for n in (a, b, *others))
        ):
            continue
        value = amount(a, b.unit) + _sum(came, b) - _sum(gone, b)
        if value != b.value:
            terms = "".join(f"＋{n.shown}" for n in came) + "".join(f"－{n.shown}" for n in gone)
            yield Mistake("N307", b, f"{a.shown}{terms}＝{value:f}，文中写 {b.shown}{b.unit}")


def _sum(numbers: Numbers, like: Number) -> Decimal:
    return sum((amount(n, like.unit) for n in numbers), Decimal(0))


# ── Averages and multiples ───────────────────────────────────────────────────────────────────────

_MEAN = re.compile(
    r"平均(?:每|到)?(?P<one>[^\W\d_]{0,4})$|每(?P<each>[^\W\d_]{1,3})平均$|(?P<mean>[人场次户车家件案项批期日辆艘处班])均[^\W\d_]{0,4}$"
)
_ONES = {"人": "人名", "场": "场", "次": "次场", "户": "户", "车": "辆台", "家": "家", "件": "件起", "案": "件起", "项": "项", "批": "批", "期": "期", "月": "月", "天": "天", "日": "天日", "艘": "艘", "班": "个班", "组": "组个", "辆": "辆台", "起": "起件", "条": "条", "名": "名人", "个": "个", "处": "处", "公里": "公里"}  # fmt: skip
"""What an average is taken over, and the measure words that count it."""
_EACH = re.compile(r"^每([^\W\d_年月日周季])[^\W\d_]{0,4}$")


def _averages(sentence: Sentence) -> Iterator[Mistake]:
    """11 场 1320 人次，场均 120 人次."""
    for index, mean in enumerate(sentence.numbers):
        found = _MEAN.search(mean.label)
        if not found or not mean.known or mean.unit in (numerals.PERCENT, ""):
            continue
        before = [*sentence.head, *sentence.numbers[:index]]
        around = [*before, *sentence.numbers[index + 1 : index + 2]]
        one = found["one"] or found["each"] or found["mean"] or ""
        words = _ONES.get(one, "") or _ONES.get(one[:1], one[:1])
        over = [n for n in around if n.known and (scale(n.unit)[1] or " ")[0] in words]
        over = [n for n in over if one and one in n.behind[:8]] or over  # 6个督查组, not 126个点位
        wholes = [n for n in before if same(n.unit, mean.unit) and n.known and n not in over]
        if not over or not wholes or any(not n.known for n in before):
            continue
        told = []
        for whole in reversed(wholes):
            for count in reversed(over):
                if not count.value:
                    continue
                true = amount(whole, mean.unit)
                true /= count.value * scale(count.unit)[0]
                if abs(true - (mean.value or 0)) < Decimal(1).scaleb(-mean.decimals):
                    return
                told.append((whole, count, true))
        if told:
            whole, count, true = told[0]
            right = numerals.rounded(true, max(mean.decimals, 1 if true % 1 else 0)).normalize()
            result = f"{whole.shown}{whole.unit}÷{count.shown}{count.unit}＝{right:f}，文中写 {mean.shown}{mean.unit}"
            yield Mistake("N306", mean, result)
            return


def _products(sentence: Sentence) -> Iterator[Mistake]:
    """27 名，3 个组，每组 9 人. 24 期，每期 85 份，共 2040 份."""
    for index, each in enumerate(sentence.numbers):
        found = _EACH.search(each.label)
        if not found or not index or not each.known or not each.value:
            continue
        count = sentence.numbers[index - 1]
        after = sentence.text[count.end : each.start]
        if not count.known or found[1] not in f"{count.unit}{after[:6]}" or count.value == 1:
            continue
        around = [*sentence.numbers[: index - 1][-1:], *sentence.numbers[index + 1 :][:1]]
        totals = [n for n in around if n.known and same(n.unit, each.unit)]
        value = (count.value or 0) * (each.value or 0)
        if len(totals) == 1 and amount(totals[0], each.unit) != value:
            total = totals[0]
            result = f"{count.shown}×{each.shown}＝{value:f}，文中写 {total.shown}{total.unit}"
            yield Mistake("N306", total, result)


def _multiples(sentence: Sentence) -> Iterator[Mistake]:
    """a 是 b 的 x 倍."""
    numbers = sentence.numbers
    for index in range(2, len(numbers)):
        times, base, value = numbers[index], numbers[index - 1], numbers[index - 2]
        if times.unit != "倍" or not (times.known and base.known and value.known and base.value):
            continue
        if times.gap.strip() != "的" or not same(base.unit, value.unit):
            continue
        true = amount(value, base.unit) / base.value
        if numerals.rounded(true, times.decimals) != times.value:
            right = numerals.rounded(true, times.decimals)
            result = f"{value.shown}÷{base.shown}＝{right:f}，文中写 {times.shown}倍"
            yield Mistake("N306", times, result)
