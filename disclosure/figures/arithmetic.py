"""Arithmetic: sums that a sentence states, and whether its parts come to the total that it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from disclosure.figures import numerals
from disclosure.figures.enumerations import (
    CERTAIN,
    NOT_PARTS,
    OPEN,
    STRONG,
    WEAK,
    Numbers,
    adds_up,
    is_wrong,
    joined,
    missing_from,
    pairs,
    total_of,
    written,
)
from disclosure.figures.sentences import Number, Sentence, same

_LEADS = re.compile(
    r"[按从分][^，,]{1,8}(?:分|看|划分|统计|区分|来说|而言)(?![之析])|(?:情况|结果|构成|组成|来源|类型|分布)(?:为|是|如下)?[：:，,]|分为|分别是|分别为|包括|涵盖|^[：:]|^，?即(?![办时将日到])|^，?由"
)
CLOSING = re.compile(
    r"^(?:[^\W\d_]{0,6}?(?:共计|合计|总计|总共|一共|累计|总[^\W\d_]{0,4}?(?:数|量|额|里程)为?)|[^\W\d_]{0,6}?(?<!公)共(?![同享建产治青商识性用存生鸣担管])|计)"
    r"[^\W\d_]{0,8}$"
)
_VERBS = re.compile(
    r"^(?:全年|年内|共)?(?:办理|查处|作出|受理|收到|接收|处理|制发|印发|发放|开展|组织|检查|抽查|培训|实施|"
    r"完成|审批|登记|录入|处罚|接待|排查|走访|查扣|安排|处置|发现)?"
)
_PERIOD = re.compile("年|季度|月|半年|[市县区]$")
_NOT_CLOSING = re.compile(
    r"年来|以来|历年|其中|办结|解决|移送|整改|完成|发现|挽回|节约|回复|答复|结案|采纳|为."
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A number that does not follow from the others, and the sum that shows it."""

    code: str
    number: Number
    sum: str


def check(sentence: Sentence) -> list[Mistake]:
    """The totals of a sentence that their parts do not come to; each total once."""
    found = [
        *_of_which(sentence),
        *_in_brackets(sentence),
        *_leading(sentence),
        *_closing(sentence),
    ]
    told: dict[str, Mistake] = {}
    for mistake in found:
        if not any(mistake.number is other.number for other in told.values()):
            told.setdefault(mistake.sum, mistake)
    return list(told.values())


# ── Where groups stand ───────────────────────────────────────────────────────────────────────────


def _of_which(sentence: Sentence) -> Iterator[Mistake]:
    """总数，其中 a、b、c: from 其中 to the end of the list."""
    text, numbers = sentence.text, sentence.numbers
    places = [found.start() for found in re.finditer("其中", text)]
    for at, following in zip(places, [*places[1:], len(text)], strict=False):
        head = [n for n in numbers if n.end <= at] or list(sentence.head)
        end = following
        if following < len(text):  # the next 其中 has a head of its own, and what leads up to it
            end = max((m.end() for m in re.finditer("[；;。]", text[:following])), default=at)
            if end <= at:
                continue  # one within another: what belongs to which cannot be told
        tail = [n for n in numbers if at < n.start < end]
        yield from _judged(sentence, head, tail, text[at:end], first_stop(text, at, end))


def _in_brackets(sentence: Sentence) -> Iterator[Mistake]:
    """总数（a、b、c）."""
    if sentence.head and "其中" not in sentence.text and not OPEN.search(sentence.text):
        first = sentence.text.lstrip()[:4]
        evidence = WEAK if re.match("含|包含|如", first) else STRONG
        yield from _judged(
            sentence, sentence.head[-1:], sentence.numbers, sentence.text, evidence=evidence
        )


def first_stop(text: str, start: int, end: int) -> int:
    found = re.search("[；;。]", text[start:end])
    return start + found.start() if found else end


def _leading(sentence: Sentence) -> Iterator[Mistake]:
    """总数：a、b、c — 分为 a、b — 总数 N，a、b、c, where N is called a total or the parts as it is."""
    text, numbers = sentence.text, sentence.numbers
    if "其中" in text:
        return
    done = 0
    for index, head in enumerate(numbers[:-2]):
        end = first_stop(text, head.end, len(text))
        tail = [n for n in numbers[index + 1 :] if n.start < end and not CLOSING.match(n.label)]
        parts = [n for n in tail if same(n.unit, head.unit)]
        if head.start < done or len(parts) < 2 or NOT_PARTS.search(head.label):
            continue
        between = text[head.end : parts[0].start] if not head.label.startswith("由") else ""
        named = bool(_LEADS.search(between)) or bool(
            _LEADS.search(head.label) and text[head.end : head.end + 1] in "：:"
        )
        if named or _is_led(head, parts, tail):
            done = parts[-1].end
            yield from _judged(
                sentence,
                numbers[: index + 1],
                tail,
                text[head.end : end],
                evidence=CERTAIN if named else WEAK,
            )


def _is_led(head: Number, parts: Numbers, tail: Numbers) -> bool:
    """Whether a list without a word for it belongs to the number before it: a total by name that is
    followed by nothing else, or parts that are called as it is."""
    if len(parts) != len(tail) or _PERIOD.search(head.label):
        return False
    noun = _VERBS.sub("", head.label)
    alike = len(noun) > 1 and all(
        part.label.endswith(noun) and part.label != noun for part in parts
    )
    return alike or bool(re.search("合计|共计|总计|总数", head.label))


def _closing(sentence: Sentence) -> Iterator[Mistake]:
    """a 起、b 起，共 N 起."""
    for total in sentence.numbers:
        label = total.label
        if not CLOSING.match(label) or _NOT_CLOSING.search(label) or not total.known:
            continue
        before = _since("[；;]|其中", sentence, total)
        if sum(same(n.unit, total.unit) for n in before) < 2:  # the list has semicolons itself
            before = _since("其中", sentence, total)
        run = [n for n in before if same(n.unit, total.unit) and not NOT_PARTS.search(n.label)]
        if not run and len(total.unit) == 1:  # 艘次 and 台次 are 次
            run = [replace(n, unit=total.unit) for n in before if n.unit[1:] == total.unit]
        if len(run) > 2 and run[0].value == total.value:
            run = run[1:]  # the total has been said before
        if len(run) < 2 or not all(n.known for n in run) or not _is_near(run, total):
            continue
        others = {n.unit for n in before if n.unit and not same(n.unit, total.unit)}
        runs = [run[at:] for at in range(len(run) - 1)]
        if any(adds_up(total, some) for some in runs) or (others and _are_stages(run)):
            continue
        if (
            len(run) > 2
            and adds_up(run[0], run[1:])
            and missing_from(run[1:], total) < missing_from(run, total)
        ):
            run = run[1:]
        yield Mistake("N301", total, written(run, total))


def _since(marks: str, sentence: Sentence, total: Number) -> list[Number]:
    """The numbers before a total, back to the last of some marks."""
    ends = [found.end() for found in re.finditer(marks, sentence.text[: total.start])]
    return [n for n in sentence.numbers if max(ends, default=0) <= n.start < total.start]


def _is_near(parts: Numbers, total: Number) -> bool:
    """Whether a sum is so near to a total that it may have been meant: a fleet and what is new in it
    are far apart."""
    assert total.value is not None
    value = total_of(parts, total)
    return value <= total.value * 2 and total.value <= value * 2


def _are_stages(run: Numbers) -> bool:
    return any(re.search("办结|整改|移送|完成", n.label) for n in run)


# ── Whether a group adds up ──────────────────────────────────────────────────────────────────────


def _judged(
    sentence: Sentence,
    head: Numbers,
    tail: Numbers,
    words: str,
    stop: int = 0,
    *,
    evidence: int = 0,
) -> Iterator[Mistake]:
    """Each unit of a list against the number before it that has the same."""
    if head and len(tail) > 1 and not any(n.unit for n in tail) and _is_bare(tail):
        tail = [replace(n, unit=head[-1].unit) for n in tail]
    if pair := _pair(head):
        yield from _columns(pair, tail)
        return
    for unit in dict.fromkeys(n.unit for n in tail if n.unit not in ("", "%", "个百分点")):
        total = next((n for n in reversed(head) if n.unit == unit), None) or next(
            (n for n in reversed(head) if same(n.unit, unit)), None
        )
        if total is None or NOT_PARTS.search(total.label):
            continue
        parts = _parts(tail, total)
        readings = [parts, [n for n in parts if n.start < stop], _enumerated(parts)]
        readings.append(_parts([n for n in tail if n.label != "新增"], total))
        readings = [some for some in readings if len(some) > 1]
        if not readings or not total.known or not all(n.known for n in parts):
            continue
        totals = [n for n in head if same(n.unit, total.unit) and n.known]
        if any(adds_up(one, some) for one in totals for some in readings):
            continue
        if len(totals) > 1 and any(
            adds_up(joined(totals[at:]), parts) for at in range(len(totals) - 1)
        ):
            continue
        chosen = min(readings[::-1], key=lambda some: missing_from(some, total))
        if is_wrong(total, chosen, words, evidence):
            yield Mistake("N301", total, written(chosen, total))


def _is_bare(tail: Numbers) -> bool:
    """Whether numbers follow each other with nothing between them: （其中 47、203、113）."""
    return all(re.fullmatch(r"\s*[、，和及]\s*", n.gap) for n in tail[1:])


def _parts(tail: Numbers, total: Number) -> list[Number]:
    """The numbers of a list that may be parts of a total; a number without a unit has its neighbour's."""
    parts: list[Number] = []
    for n in tail:
        if (NOT_PARTS.search(n.label) and n.label != "新增") or CLOSING.match(n.label):
            if parts and CLOSING.match(n.label):
                break
            continue
        visits = n.unit == "批" and "访" in n.label and total.unit in numerals.CASES
        if same(n.unit, total.unit) or visits:  # a visit of many is one case
            parts.append(replace(n, unit=total.unit) if visits else n)
    return parts


def _enumerated(parts: Numbers) -> list[Number]:
    """The parts up to the first that is set off by a comma where the others are not."""
    if len(parts) < 2 or not re.match("[、和及]", parts[1].gap.strip()):
        return []
    kept = [parts[0]]
    for n in parts[1:]:
        if n.gap.strip()[:1] in "，,；;":
            break
        kept.append(n)
    return kept


# ── Before and after ─────────────────────────────────────────────────────────────────────────────


def _pair(head: Numbers) -> tuple[Number, Number] | None:
    """The change that a list is about, if it is about one."""
    found = pairs(head)
    return found[-1] if found and found[-1][1] is head[-1] else None


def _columns(total: tuple[Number, Number], tail: Numbers) -> Iterator[Mistake]:
    """Parts that change as their total does: what was, and what is now."""
    changes = [pair for pair in pairs(tail) if same(pair[0].unit, total[0].unit)]
    if len(changes) < 2:
        parts = _parts(tail, total[1])
        judged = len(parts) > 2 and all(n.known for n in (*parts, total[1]))
        if judged and not adds_up(total[1], parts) and is_wrong(total[1], parts, "", WEAK):
            yield Mistake("N301", total[1], written(parts, total[1]))
        return
    columns = [(total[side], [pair[side] for pair in changes]) for side in (0, 1)]
    if not all(n.known for whole, parts in columns for n in (whole, *parts)):
        return
    right = [adds_up(whole, parts) for whole, parts in columns]
    for (whole, parts), is_right in zip(columns, right, strict=True):
        if not is_right and (any(right) or is_wrong(whole, parts, "", WEAK)):
            yield Mistake("N301", whole, written(parts, whole))
