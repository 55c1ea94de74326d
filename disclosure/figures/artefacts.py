"""Artefacts: what Word and careless typing leave in a Markdown page, with the text as it should be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from disclosure.figures import passages

_HAN = "一-鿿㐀-䶿"
_WORDS = (
    "进行|以及|根据|按照|关于|对于|通过|由于|因此|但是|并且|已经|可以|应当|必须|需要|开展|加强|推进|全面|认真|切实|积极|"
    "及时|交通|我局|本局|全市|相关|有关|情况|我们|他们|其他|其中|为了|不断|进一步|坚持|严格|确保"
)
_DIGIT_YEAR = r"(?:1 ?9 ?[0-9] ?[0-9]|2 ?0 ?[0-9] ?[0-9])"
_UNITS = "件|起|人次|人|家|份|项|次|元|万元|公里|辆|艘|户|个|名|条|批"
_FULL = str.maketrans(",;:!?", "，；：！？")

Mend = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing to mend: where it stands in the source, and what should stand there instead."""

    code: str
    start: int
    end: int
    mended: str
    safe: bool = True
    """Whether it can be mended by itself, because no reading of it can change."""


@dataclass(frozen=True, slots=True)
class _Kind:
    code: str
    pattern: re.Pattern[str]
    mend: Mend
    safe: bool = True


def _removed(found: re.Match[str]) -> str:
    return ""


def _joined(found: re.Match[str]) -> str:
    return re.sub(r"[ \u00a0]+", "", found[0])


_KINDS = (
    _Kind("N351", re.compile(r"\[bookmark:\s*[^\]\n]{0,200}\]", re.IGNORECASE), _removed),
    _Kind(
        "N351",
        re.compile(
            r"错误[!！]\s?(?:未找到引用源|未定义书签|文档中没有指定样式的文字)。?"
            r"|\{?\s?(?:PAGE|PAGEREF|HYPERLINK|REF|TOC|SEQ)\s+[^}\n]{0,60}\\\*?\s?[A-Za-z]+[^}\n]{0,40}\}?"
        ),
        _removed,
        safe=False,
    ),
    _Kind(
        "N352",
        re.compile(
            r"(?<![目标端])的的(?!确)|(?<![存现所正内自])在在(?!在)|(?<![温缓平调饱中附总亲柔祥])和和(?!气|平|睦|解|谐|美)"
            r"|(?<![可予加得难用])以以|(?<![参])与与(?!会)|(?<!普)及及(?!时)|由于于|关于于|被被|从从(?!容)"
        ),
        lambda found: found[0][:-1],
    ),
    _Kind("N352", re.compile(rf"({_WORDS})\1+"), lambda found: found[1]),
    _Kind("N353", re.compile(rf"(?<![0-9.,]){_DIGIT_YEAR}(?=\s?年)"), _joined),
    _Kind(
        "N353",
        re.compile(rf"(?<![0-9.,—-])[0-9]{{1,3}}(?: [0-9]{{3}}){{1,4}}(?=(?:\.[0-9]+)?\s?(?:{_UNITS}))"),
        _joined,
        safe=False,
    ),
    _Kind("N353", re.compile(rf"(?<=[{_HAN}])[ \u00a0](?=[{_HAN}])"), _removed),
    _Kind(
        "N354",
        re.compile(
            rf"(?<=[{_HAN}])[\[［(（【﹝]((?:19|20)[0-9]{{2}})[\]］)）】﹞]\s?(第?[0-9]{{1,5}})\s?号"
        ),
        lambda found: f"〔{found[1]}〕{found[2]}号",
    ),
    _Kind("N355", re.compile(r"(?<=[0-9])一(?=[0-9])|(?<=[0-9][年月日])一(?=[0-9]{1,4}[年月日])"), lambda found: "—"),
    _Kind("N356", re.compile(rf"(?<=[{_HAN}”》）)])[,;:!?](?=[{_HAN}“《（(])"), lambda found: found[0].translate(_FULL)),
    _Kind("N356", re.compile(rf"(?<=[{_HAN}])(?<![{passages.ORDINALS}])\.(?=[{_HAN}])"), lambda found: "。", safe=False),
    _Kind(
        "N356",
        re.compile(rf"\((?=[{_HAN}“《])([^()（）\[\]\n<>|]{{1,60}})\)"),
        lambda found: f"（{found[1]}）",
    ),
)  # fmt: skip
_SEPARATE = re.compile(
    rf"第[{passages.ORDINALS}百0-9]+[章节条编款部分]+$|(?:^|[^{_HAN}])(?:附件|附表|附录|表|图|注|附|例)[{passages.ORDINALS}]?$"
    rf"|(?:^|[^{_HAN}])[{_HAN}]$"
)
"""What may be set off from a title by a blank: 第一章 总则, 附件 名单, 张 三."""
_HIDDEN = re.compile(
    rf"{passages.CODE}|\{{\{{[^{{}}\n]*\}}\}}|</?[A-Za-z][^<>\n]*>|<(?:https?|mailto|tel):[^<>\n]*>"
    r"|!?\[[^\[\]\n]*\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])|^\[[^\]\n]+\]:[^\n]*$"
    r"|https?://[^\s<>，。；、）]+",
    re.DOTALL | re.MULTILINE,
)
"""Code, links, notes, tags and bound figures: none of these is text to mend."""
NEAR = 300
"""Characters of a line around a blank that tell what it is for."""
_INDENTED = re.compile(" {4}|\t")
"""What may be a block of code without a fence."""


def find(source: str) -> list[Slip]:
    """What is to be mended in the text of a page, in order; nothing of it overlaps."""
    plain = _HIDDEN.sub(_zeros, passages.HEAD.sub(_zeros, source))
    found: list[Slip] = []
    taken = 0
    slips = sorted(_slips(plain), key=lambda slip: (slip.start, -slip.end))
    for slip in slips:
        if slip.start >= taken:
            found.append(slip)
            taken = slip.end
    return found


def mend(source: str) -> tuple[str, list[Slip]]:
    """The page with all that is safe mended, and what that was, at its places in what came in.

    Mending what is mended changes nothing: one repair may bring another about, so it goes on until
    nothing is left to do.
    """
    mended = source
    first = [slip for slip in find(source) if slip.safe]
    for _ in range(len(source)):
        slips = [slip for slip in find(mended) if slip.safe]
        if not slips:
            break
        ends = [0, *(slip.end for slip in slips)]
        pieces = [
            mended[last : slip.start] + slip.mended for last, slip in zip(ends, slips, strict=False)
        ]
        mended = "".join(pieces) + mended[ends[-1] :]
    return mended, first


def _zeros(found: re.Match[str]) -> str:
    return re.sub(r"[^\n\r]", "\0", found[0])


def _slips(plain: str) -> Iterator[Slip]:
    for kind in _KINDS:
        for found in kind.pattern.finditer(plain):
            mended = kind.mend(found)
            if mended != found[0] and not _is_meant(kind, plain, found):
                safe = kind.safe and not _INDENTED.match(
                    plain, plain.rfind("\n", 0, found.start()) + 1
                )
                yield Slip(kind.code, found.start(), found.end(), mended, safe)


def _is_meant(kind: _Kind, plain: str, found: re.Match[str]) -> bool:
    """Whether a blank between Chinese characters sets off one thing from another: it does in titles,
    lists and signatures; within a sentence it does not."""
    if kind.code != "N353" or found[0].strip():
        return False
    begin = plain.rfind("\n", 0, found.start()) + 1
    end = plain.find("\n", found.end())
    start = max(begin, found.start() - NEAR)
    line = plain[start : min(end if end >= 0 else len(plain), found.end() + NEAR)]
    if plain[begin : begin + 9].lstrip().startswith(("#", "|")) or not re.search(
        "[，。；：]", line
    ):
        return True
    return bool(_SEPARATE.search(plain[start : found.start()].lstrip())) or line.count(" ") > 8
