"""Consistency: one page against itself: numbering, annexes, one quantity with two values, names of units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from disclosure.figures import numerals, sentences
from disclosure.figures.enumerations import CHANGE, pairs
from disclosure.figures.passages import HEADING, ORDINALS, Page, Passage, Remark
from disclosure.figures.sentences import Number, Sentence
from disclosure.rules.units import Units

HIGHEST = 200
"""Numbers above this are no ordinals: a list may begin with a year."""


def check(page: Page, known: Units | None = None) -> Iterator[Remark]:
    """What a page says in two ways."""
    yield from _numbering(page)
    yield from _annexes(page)
    yield from _quantities(page)
    yield from _units(page, known or Units())


# ── Numbering ────────────────────────────────────────────────────────────────────────────────────

_STYLES = (
    (re.compile(rf"([{ORDINALS}]{{1,3}})、"), "{}、"),
    (re.compile(rf"[（(]([{ORDINALS}]{{1,3}})[）)]"), "（{}）"),
    (re.compile(r"([0-9]{1,3})[.．、](?![0-9])"), "{}."),
    (re.compile(r"[（(]([0-9]{1,3})[）)]"), "（{}）"),
)
FIRSTLY = re.compile(rf"(?:^|[，。；：、\s])([{ORDINALS}]{{1,2}})是")


def _numbering(page: Page) -> Iterator[Remark]:
    """Ordinals that leave one out or come twice. A list may hold another, and goes on after it."""
    runs: dict[str, list[int]] = {}
    for passage in page.passages:
        for style, number, index, shape in ordinals(passage):
            run = runs.setdefault(style, [])
            if (wrong := _next(run, number)) is not None:
                before = _spell(style, wrong)
                missing = "、".join(
                    shape.format(_spell(style, n)) for n in range(wrong + 1, min(number, wrong + 6))
                )
                what = f"缺「{missing}」" if number > wrong else "编号重复或者次序不对"
                facts = {
                    "before": shape.format(before),
                    "found": shape.format(_spell(style, number)),
                    "what": what,
                }
                yield Remark("N312", passage.at(index), facts)


def ordinals(passage: Passage) -> Iterator[tuple[str, int, int, str]]:
    """Style, number, place and shape of each ordinal of a passage."""
    if passage.number is not None:
        if passage.number <= HIGHEST:
            yield "item", passage.number, 0, "{}."
    else:
        for pattern, shape in _STYLES:
            if found := pattern.match(passage.text):
                words = "" if found[1].isdigit() else "words"
                yield shape + words, spelled(found[1]), 0, shape
                break
    for found in FIRSTLY.finditer(passage.text):
        yield "是", spelled(found[1]), found.start(1), "{}是"


def _next(run: list[int], number: int) -> int | None:
    """Go on to a number; what came before it if it does not follow from that."""
    if number == 1:
        run.append(1)
        return None
    for level in range(len(run) - 1, -1, -1):
        if run[level] == number - 1:
            del run[level:]
            run.append(number)
            return None
    if not run:
        run.append(number)  # a piece of a longer list
        return None
    before, run[-1] = run[-1], number
    return before


def spelled(words: str) -> int:
    return int(words) if words.isdigit() else int(numerals.chinese(words) or 0)


def _spell(style: str, number: int) -> str:
    if not (style.endswith("words") or style == "是"):
        return str(number)
    tens, ones = divmod(number, 10)
    lead = "" if not tens else "十" if tens == 1 else f"{ORDINALS[tens - 1]}十"
    return lead + (ORDINALS[ones - 1] if ones else "")


# ── Annexes ──────────────────────────────────────────────────────────────────────────────────────

_ORDINAL = rf"(?:[0-9]{{1,2}}|[{ORDINALS}]{{1,3}})"
_CITED = re.compile(
    rf"附件\s?(?P<first>{_ORDINAL})(?P<more>(?:\s?[、，,和及—－~～至-]\s?(?:附件\s?)?{_ORDINAL}(?![0-9份个项件年月]))*)"
)
_ELSEWHERE = re.compile(
    r"(?:》|号|〕|(?<!本)(?:通知|办法|文件|方案|规定|标准|指南|意见))\s?(?:的|中的?)?$"
)
_LISTED = re.compile(r"(?:^|(?<=[^0-9.]))([0-9]{1,2})[.．、](?![0-9])")


def _annexes(page: Page) -> Iterator[Remark]:
    """Annexes that are cited and not there, or that are left out between two others."""
    cited: dict[int, int] = {}
    held: set[int] = set()
    listing = False
    for passage in page.passages:
        title = re.match(rf"附件\s?({_ORDINAL})(?:[\s：:　]|$)", passage.text)
        if title and (passage.kind == HEADING or len(passage.text) < 40):
            held.add(spelled(title[1]))
            continue
        if found := re.match(r"附件\s?[：:]", passage.text):
            held.update(int(n) for n in _LISTED.findall(passage.text[found.end() :]))
            listing = True
            continue
        if listing and passage.number:
            held.add(passage.number)
            continue
        listing = False
        for found in _CITED.finditer(passage.text):
            if not _ELSEWHERE.search(passage.text[max(0, found.start() - 9) : found.start()]):
                for number in _cited(found):
                    cited.setdefault(number, passage.at(found.start()))
    known = cited.keys() | held
    missing = set(range(1, max(known, default=0) + 1)) - known
    missing |= cited.keys() - held if held else set()
    if cited and missing:
        at = next((cited[n] for n in sorted(missing) if n in cited), max(cited.values()))
        facts = {
            "cited": "、".join(f"附件{n}" for n in sorted(known - missing) or sorted(cited)),
            "missing": "、".join(f"附件{n}" for n in sorted(missing)),
        }
        yield Remark("N313", at, facts)


def _cited(found: re.Match[str]) -> Iterator[int]:
    last = spelled(found["first"])
    yield last
    for mark, words in re.findall(
        rf"([、，,和及—－~～至-])\s?(?:附件\s?)?({_ORDINAL})", found["more"]
    ):
        number = spelled(words)
        if mark in "—－~～至-":
            yield from range(last + 1, min(number, last + 50))
        yield number
        last = number


# ── One quantity, two values ─────────────────────────────────────────────────────────────────────

_WHOLE = re.compile(r"全年|年内|全局|全市|本局|我局|全系统|总数|总量|合计|总计|共|现有")
_BEFORE = re.compile(
    r"^(?:截至|目前|现有?|全年|年内|本年度?|当年|我局|本局|全局|全市|全系统|共计?|总共|一共|有|已|对|将|把|累计|办理|查处|作出|受理|"
    r"梳理|编制|公布|公开|录入|建成|调整后?|清理|承接|拥有|配备|的|了|经核实|市局)"
)
_BEHIND = re.compile(
    r"(?:总数|总量|数量|总计|合计|共计?|有|由|从|为|达到?|数|动态|事项|行政权力|权责|政务服务|的)$"
)
_STOCK = re.compile(r"类$|清单$|(?:执法|从业|持证)人员$|名录库?$|执法机构$|里程$")
_EVENT = re.compile(
    rf"{CHANGE}|上年|去年|同期|比|新取得|组织|出动|抽调|派出|培训|参加|招录|退休|计划|目标|力争|不少于|平均|人均|每|其中|分别"
)
_TOTAL = re.compile(r"[^\W\d_的]{2,4}总[数量额](?=由|从|为|达|是|$)")
_CLAUSE, _JOINED = re.compile("[，。；：,;:]"), ("和", "及", "与")
_SPAN = re.compile(
    r"(?:19|20)[0-9]{2}年(?:[0-9]{1,2}月)?|[一二三四]季度|[上下]半年|[0-9]{1,2}月|专项[^，。]{0,6}(?:期间|中)"
)


@dataclass(frozen=True, slots=True)
class _Mention:
    """One place where a page says how many there are of something."""

    values: tuple[str, ...]
    """Before and after, where it tells of a change."""
    sentence: Sentence
    at: int
    number: Number


def _quantities(page: Page) -> Iterator[Remark]:
    """The same words with the same unit for the same time, and another number."""
    told: dict[tuple[str, str, str], list[_Mention]] = {}
    for passage in page.passages:
        for sentence in sentences.read(passage.text):
            for key, mention in _mentions(sentence, passage):
                told.setdefault(key, []).append(mention)
    for (noun, unit, _), mentions in told.items():
        first = next((m for m in mentions if len(m.values) > 1), mentions[0])
        for mention in mentions:
            if mention is not first and not set(mention.values) <= set(first.values):
                row = page.source.count("\n", 0, first.at) + 1
                facts = {
                    "sentence": quote(mention.sentence, mention.number),
                    "what": noun,
                    "value": f"{'→'.join(mention.values)}{unit}",
                    "other": f"{'→'.join(first.values)}{unit}",
                    "row": row,
                }
                yield Remark("N311", mention.at, facts)


def _mentions(
    sentence: Sentence, passage: Passage
) -> Iterator[tuple[tuple[str, str, str], _Mention]]:
    changed = {b.start: (a, b) for a, b in pairs(sentence.numbers)}
    befores = {a.start for a, _ in changed.values()}
    for number in sentence.numbers:
        if not number.known or number.start in befores or number.unit in ("", "%", "个百分点"):
            continue
        pair = changed.get(number.start)
        subject = pair[0] if pair else number
        if _EVENT.search(subject.label) or "其中" in sentence.text[: subject.start]:
            continue
        noun = (
            _total(subject.label)
            or _noun(_whole_label(subject))
            or _noun(_following(sentence.text, number.end))
        )
        whole = (
            pair
            or _TOTAL.search(subject.label)
            or _WHOLE.search(subject.label)
            or _STOCK.search(noun)
        )
        if len(noun) >= 3 and whole:
            spans = " ".join(_SPAN.findall(sentence.text[: number.start]))
            values = tuple(n.shown for n in (pair or (number,)))
            at = passage.at(sentence.start + subject.start)
            yield (noun, number.unit, spans), _Mention(values, sentence, at, number)


def _total(label: str) -> str:
    """事项总数: what is called a total is one quantity, whatever stands around it."""
    found = _TOTAL.search(label)
    return _BEFORE.sub("", found[0]) if found else ""


def _whole_label(number: Number) -> str:
    """The label of a number with all that is joined in it: 受罚的企业和个体工商户, not the last alone."""
    clause = _CLAUSE.split(number.gap)[-1].strip()
    joined = clause.endswith(number.label) and clause[: -len(number.label)].endswith(_JOINED)
    return clause if joined else number.label


def _noun(label: str) -> str:
    """The words for what is counted, without those that say that it is counted."""
    for pattern in (_BEFORE, _BEHIND):
        while label and (found := pattern.search(label)):
            label = label[: found.start()] + label[found.end() :]
    return label.strip()


def _following(text: str, start: int) -> str:
    found = re.match(r"[^\W\d_]{2,14}?(?=[，。；、：（）\s]|和|及|进行|，|$)", text[start:])
    return found[0] if found else ""


def quote(sentence: Sentence, number: Number, around: int = 60) -> str:
    """The sentence, cut when it is long, with the number in it."""
    text = sentence.whole if len(sentence.whole) == len(sentence.text) else sentence.text
    first, last = max(0, number.start - around), min(len(text), number.end + around)
    cut = ("…" if first else ""), ("…" if last < len(text) else "")
    return f"{cut[0]}{text[first:last].strip()}{cut[1]}".rstrip("。")


# ── Units ────────────────────────────────────────────────────────────────────────────────────────

_RESPONSIBLE = re.compile(r"(?:责任|牵头|配合|承办|报送)(?:单位|部门|科室)[：:]\s*([^）)\n。；]+)")
_COLUMN = re.compile(r"(?:责任|牵头|配合|承办|报送)(?:单位|部门|科室)")
_AND = re.compile(r"[、，,；;]|和(?=[^\W\d_]{2,8}(?:科|室|队|处|党委))")


def _units(page: Page, known: Units) -> Iterator[Remark]:
    """Units that are responsible for something and are not always called the same."""
    found: dict[str, Counter[str]] = {}
    places: dict[str, int] = {}
    for name, at in _responsible(page):
        proper = known.name(name) or known.name(_proper(name)) or _proper(name)
        found.setdefault(proper, Counter())[name] += 1
        places.setdefault(name, at)
    for proper, spelled in found.items():
        if len(spelled) > 1:
            best = proper if proper in spelled else max(spelled, key=lambda n: spelled[n])
            other = next(name for name in spelled if name != best)
            ways = "、".join(f"“{name}”（{count} 处）" for name, count in spelled.most_common())
            yield Remark("N317", places[other], {"unit": best, "ways": ways})


def _responsible(page: Page) -> Iterator[tuple[str, int]]:
    for passage in page.passages:
        for found in _RESPONSIBLE.finditer(passage.text):
            yield from _split(found[1], passage, found.start(1))
    for table in page.tables:
        for at, header in enumerate(table.rows[0]):
            if _COLUMN.fullmatch(header.text.strip()):
                for row in table.rows[1:]:
                    if at < len(row):
                        yield from _split(row[at].text, row[at], 0)


def _split(text: str, passage: Passage, start: int) -> Iterator[tuple[str, int]]:
    last = 0
    for end in [*(found.start() for found in _AND.finditer(text)), len(text)]:
        name = text[last:end].strip("、，,；;和 ")
        if name:
            yield name, passage.at(start + text.index(name, last))
        last = end


def _proper(name: str) -> str:
    """局机关政策法规科 and 局政策法规科 are 政策法规科; 局机关党委 is 机关党委."""
    bare = re.sub(r"^(?:市|区|县)?(?:交通运输)?局(?=机关|[^\W\d_]{2,}(?:科|室|处|队))", "", name)
    return re.sub(r"^机关(?=[^\W\d_]{2,}(?:科|室|处|队)$)", "", bare)
