"""Enumerations: whether some numbers come to a total, and whether they were meant to: that they are all, none twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, pairwise

from disclosure.figures import numerals
from disclosure.figures.sentences import Number, converted, same

Numbers = Sequence[Number]
WEAK, STRONG, CERTAIN = range(3)
"""How much speaks for it that a list names all parts, and each once: 其中 alone says neither."""


CHANGE = r"增加|减少|增长|下降|上升|提高|降低|净增|净减|新增|多出"
NOT_PARTS = re.compile(
    rf"(?:{CHANGE}|多|少)了?$|上年(?!结转)|去年|同比|环比|[较比]年初|^占|另|均|每|计划|目标|超额|超出|节约|节余|缺口|相差"
)
"""What a number is said to be when it is no part of the total before it."""
_LOOKS = r"(?<![不未])持证|党员|立案|整改|移送|同时|取得|采纳|复训|平台|表彰|女性"
_ATTRIBUTES = re.compile(_LOOKS)
"""Marks by which the same things may be counted twice."""
_PENALTIES = re.compile(r"警告|通报|罚款|没收|吊销|暂扣|责令|拘留|限制")
_TWICE = re.compile(r"又有|并处|兼|重复|交叉|同时|既.{1,8}又|分属|不重不漏|含上年")
REST = re.compile(r"^(?:其他|其它|其余|剩余|余下|剩下)")
OPEN = re.compile(r"其余(?!.{0,8}[0-9])|等(?:$|[，,。；）)])|其他(?!.{0,8}[0-9])")
"""What says that not all parts are counted."""
_COMPLEMENTS = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        (r"^(?!不|未).*(?:合格|达标|符合|属实)", r"不合格|不达标|不符合|不属实"),
        (r"准予|^许可", r"不予|不许可"),
        (r"废止|失效|取消|修改", r"保留|继续有效"),
        (r"办结|办理完毕|审结", r"在办|正在|结转|未办结|待办|尚未|不予受理"),
        (r"已|完成", r"正在|未|尚|剩余|其余|余下|剩下|仍有|还有"),
        (r"男", r"女"),
        (r"简易", r"普通|一般"),
        (r"按期|按时", r"逾期|超期"),
        (r"公开", r"不予公开"),
        (r"维持", r"撤销|驳回|变更"),
        (r"要求|申请", r"放弃"),
        (r"当场|立行立改|即时", r"限期|延期"),
        (r"赞成|同意", r"反对|不同意|弃权"),
        (r"上半年", r"下半年"),
        (r"线上|网上|网络|网办", r"线下|窗口|现场"),
        (r"个人|自然人", r"单位|法人|企业"),
    )
)


def joined(totals: Numbers) -> Number:
    """Several totals as one."""
    return replace(totals[-1], value=total_of(totals, totals[-1]))


def total_of(parts: Numbers, total: Number) -> Decimal:
    """The parts in the unit of the total."""
    values = (converted(n.value or Decimal(0), n.unit, total.unit) for n in parts)
    return sum(values, Decimal(0))


def adds_up(total: Number, parts: Numbers) -> bool:
    """Whether parts come to a total, but for what rounding of decimals may do."""
    assert total.value is not None
    missing = abs(total_of(parts, total) - total.value)
    if not missing:
        return True
    steps = [converted(Decimal(1).scaleb(-n.decimals), n.unit, total.unit) for n in (*parts, total)]
    rounded = [step for step, n in zip(steps, (*parts, total), strict=True) if n.decimals]
    return missing * 2 < sum(rounded, Decimal(0)) and max(steps) <= Decimal("0.1")


def is_wrong(total: Number, parts: Numbers, words: str, evidence: int) -> bool:
    """Whether parts that do not come to a total were meant to: that they are all, and none twice."""
    assert total.value is not None
    labels = [n.label.removeprefix("其中").lstrip("：:") for n in parts]
    if _TWICE.search(words):
        return False
    missing = total.value - total_of(parts, total)
    if OPEN.search(words) and missing > 0:
        return False
    if REST.match(labels[-1]):
        return True
    if are_complements(parts):
        return missing * 10 <= total.value * 3
    kinds = len({label[-2:] for label in labels}) == 1  # 在职党员 and 退休党员
    doubtful = not kinds and any(map(_ATTRIBUTES.search, labels))
    if total.unit not in numerals.MONEY:  # one decision may order several penalties
        doubtful = doubtful or all(map(_PENALTIES.search, labels))
    if doubtful or evidence or missing < 0 or _are_alike(labels):
        return evidence == CERTAIN or not doubtful
    if missing * 10 <= total.value and all(n.label.endswith(total.label[-2:]) for n in parts):
        return True
    if len(parts) > 2:
        return missing < min(n.value or Decimal(0) for n in parts) and missing * 10 <= total.value
    return missing * 40 <= total.value


def are_complements(parts: Numbers) -> bool:
    """Whether two of the parts leave no third between them."""
    return any(
        (one.search(a.label) and other.search(b.label))
        or (one.search(b.label) and other.search(a.label))
        for a, b in combinations(parts, 2)
        for one, other in _COMPLEMENTS
    ) or any(
        _denies(a.label, b.label) or _denies(b.label, a.label) for a, b in combinations(parts, 2)
    )


def _denies(one: str, other: str) -> bool:
    """采纳 and 未采纳."""
    found = re.search("(?:没有|尚未|[未不]予?获?)(.{2,})$", other)
    return found is not None and one.endswith(found[1]) and not one.endswith(found[0])


def _are_alike(labels: Sequence[str]) -> bool:
    """Whether all parts are named after one pattern, as kinds of one thing are: 执法类、审批类、综合类."""
    return len(labels) > 2 and all(label.endswith("类") for label in labels)


def missing_from(parts: Numbers, total: Number) -> Decimal:
    return abs(total_of(parts, total) - (total.value or 0))


def written(parts: Numbers, total: Number) -> str:
    """47＋203＝250，文中写 251: in the unit of the total where the parts have several."""
    units = {n.unit for n in parts}
    mixed = len(units) > 1 and not units <= numerals.CASES
    smallest = min(parts, key=lambda n: numerals.MONEY.get(n.unit, Decimal(0)))
    unit = smallest.unit if units != {total.unit} and total.unit in numerals.MONEY else ""
    terms = "＋".join(f"{n.shown}{n.unit if mixed else ''}" for n in parts)
    value = total_of(parts, smallest if unit else total)
    return f"{terms}＝{value:f}{unit}，文中写 {total.shown}{total.unit}"


# ── Before and after ─────────────────────────────────────────────────────────────────────────────

_TO = re.compile(
    r"^.{0,4}?(?:调整|增加|上升|提高|减少|下降|降低|下调|上调|提升|清理|扩大|精简|压减|压缩|变更|缩短|增长|发展|合并|整合|优化|核减|扩充|改|变|修订|调减|调增)(?:为|至|到)|^(?:增至|降[至到为]|升[至到为]|[减增][至到为])"
)
_FROM = re.compile(r"(?:由|从)(?!于|事|业)[^，。；]{0,12}$")
_TO_ANY = re.compile(r"^[^\W\d_]{0,8}?[^因认]?(?:为|至|到)$")
"""由 a …为 b: whatever is said to have been done."""


def pairs(numbers: Numbers) -> list[tuple[Number, Number]]:
    """由 a 调整为 b: the numbers before and after a change."""
    return [
        (a, b)
        for a, b in pairwise(numbers)
        if (_TO.match(b.gap.strip()) or (_FROM.search(a.label) and _TO_ANY.match(b.gap.strip())))
        and (same(a.unit, b.unit) or not a.unit)
    ]
