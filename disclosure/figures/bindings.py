"""Bindings: the places `{{ … }}` of a Markdown text at which a figure is printed or stated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from disclosure import cache
from disclosure.diagnostics import Place

TOTAL, TABLE = "合计", "表"
"""What may stand behind the colon in place of a group: all groups together, all of them as a table."""
CHART = "图"
"""The name of a binding whose group names a chart: `{{ 图：penalties }}`."""
TOKEN = re.compile("qzfigure([a-z]{16})zq")
"""What stands for a binding while the theme dresses the page."""
NEAR = 2
AROUND = 60
"""How much of a sentence is quoted on either side."""

_BINDING = re.compile(r"\{\{([^{}\n]*)\}\}")
_STRAY = re.compile(r"\{\{")
_PARTS = re.compile(
    r"\s*(?P<name>[^=＝:：]*?)\s*(?:[:：]\s*(?P<group>[^=＝]*?)\s*)?(?:(?P<sign>[=＝])\s*(?P<stated>.*?)\s*)?"
)
_FENCE = re.compile(r"^(?P<fence>~{3,}|`{3,})[^\n]*\n.*?(?<=\n)(?P=fence)[ ]*$", re.M | re.S)
_TICKS = re.compile("`+")
_BLANK = re.compile(r"\n[ \t]*\n")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|[0-9]+[.)]|:|\[\^[^\]\n]*\]:|!!!)[ \t]")
_ENDS = "。！？；\n"
_MARKUP = re.compile(r"[*#|`]+|<[^<>\n]*>|(?<=^…)[^<>\n]*[\w\"'/]>|</?[a-zA-Z][^<>\n]*(?=…$)")
"""Also tags that the quotation has cut in two."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One `{{ name：group = stated }}`; a binding without a name is one that cannot be read."""

    name: str
    group: str
    """A group of the figure, TOTAL, TABLE, or "" for the figure itself."""
    stated: str
    """What is written for the figure; "" where it is to be printed."""
    place: Place
    sentence: str
    """What stands around it, with the bindings in it as they are written."""
    before: str
    """The few characters in front of it, where 约 may stand."""
    after: str
    """The few characters behind it, where its unit may stand."""
    alone: bool
    """Whether it is a paragraph of its own."""
    written: str

    @property
    def token(self) -> str:
        """The word that stands for it in the dressed page: the same for what asks the same."""
        asked = "\x1f".join((self.name, self.group, self.stated))
        return f"qzfigure{cache.letters(asked)}zq"


def find(text: str, file: str = "", first: int = 1) -> list[Binding]:
    """The bindings of a Markdown text, in order; what is code or a comment holds none.

    `first` is the line of the file on which the text begins.
    """
    return [binding for _, _, binding in _located(text, file, first)]


def spelled(text: str, say: Callable[[Binding], str]) -> str:
    """The text with every binding replaced by what is said for it."""
    pieces, end = [], 0
    for start, stop, binding in _located(text, "", 1):
        pieces += [text[end:start], say(binding)]
        end = stop
    return "".join((*pieces, text[end:]))


def tokens(text: str) -> str:
    """The text as the generator is to see it: a word for every binding."""
    return spelled(text, lambda binding: binding.token if binding.name else binding.written)


def quoted(binding: Binding, say: Callable[[Binding], str]) -> str:
    """The sentence in which a binding stands, as its readers see it."""
    return " ".join(_MARKUP.sub(" ", spelled(binding.sentence, say)).split())


def _located(text: str, file: str, first: int) -> Iterator[tuple[int, int, Binding]]:
    if "{{" not in text:
        return
    plain = _without_code(text)
    end = 0
    for found in _BINDING.finditer(plain):
        yield from _strays(text, plain, end, found.start(), file, first)
        end = found.end()
        parts = _PARTS.fullmatch(found[1])
        known = parts is not None and parts["name"] and not (parts["sign"] and not parts["stated"])
        name, group, stated = (
            parts.group("name", "group", "stated") if parts and known else ("",) * 3
        )
        empty = parts is not None and parts["group"] == ""
        where = _where(text, found.start(), found.end(), file, first)
        yield (
            found.start(),
            found.end(),
            Binding("" if empty else name, group or "", stated or "", *where, found[0]),
        )
    yield from _strays(text, plain, end, len(text), file, first)


def _strays(
    text: str, plain: str, start: int, end: int, file: str, first: int
) -> Iterator[tuple[int, int, Binding]]:
    """Braces that nothing closes."""
    for found in _STRAY.finditer(plain, start, end):
        where = _where(text, found.start(), found.end(), file, first)
        yield found.start(), found.end(), Binding("", "", "", *where, found[0])


def _where(
    text: str, start: int, end: int, file: str, first: int
) -> tuple[Place, str, str, str, bool]:
    """Place and sentence of a binding, what stands next to it, and whether it stands alone."""
    line = text.rfind("\n", 0, start) + 1
    row = text.count("\n", 0, start) + first
    left = max(text.rfind(mark, 0, start) for mark in _ENDS) + 1
    right = min((at for mark in _ENDS if (at := text.find(mark, end)) >= 0), default=len(text))
    right += text[right : right + 1] == "。"
    near, far = max(left, start - AROUND), min(right, end + AROUND)
    for found in _BINDING.finditer(text, max(left, near - AROUND), min(right, far + AROUND)):
        if found.start() < near < found.end():
            near = found.end()  # no half of another binding
        elif found.start() < far < found.end():
            far = found.start()
    sentence = f"{'…' if near > left else ''}{text[near:far].strip()}{'…' if far < right else ''}"
    next_line = (text.find("\n", end) + 1 or len(text) + 1) - 1
    around = text[line:start] + text[end:next_line]
    above = text[text.rfind("\n", 0, max(line - 1, 0)) + 1 : max(line - 1, 0)]
    below = text[next_line + 1 :].partition("\n")[0]
    alone = not (around.strip() or above.strip() or below.strip() or start - line > 3)
    place = Place(file, row=row, column=start - line + 1)
    return place, sentence, text[max(line, start - NEAR) : start], text[end : end + 3 * NEAR], alone


def _without_code(text: str) -> str:
    """The text with every character of its code and its comments replaced, so that places stay."""
    pieces = list(text)

    def hide(start: int, end: int) -> None:
        pieces[start:end] = ["\n" if c == "\n" else "\0" for c in text[start:end]]

    def rest() -> str:
        return "".join(pieces)

    for found in _FENCE.finditer(text):
        hide(*found.span())
    for opening, closing in (("<!--", "-->"), ("<pre", "</pre>"), ("<code", "</code>")):
        plain, end = rest(), 0
        while (start := plain.find(opening, end)) >= 0 and (
            stop := plain.find(closing, start)
        ) >= 0:
            end = stop + len(closing)
            hide(start, end)
    for start, end in _indented(rest()):
        hide(start, end)
    for start, end in _spans(rest()):
        hide(start, end)
    return rest()


def _indented(text: str) -> Iterator[tuple[int, int]]:
    """Lines that are code because of their indentation: not the further paragraphs of list items."""
    start, blank, item, code = 0, True, False, False
    for line in text.split("\n"):
        end = start + len(line)
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        if not line.strip():
            blank = True
        else:
            code = (blank or code) and indent >= (8 if item else 4)
            if code:
                yield start, end
            elif indent < 4:
                item = bool(_ITEM.match(line)) or (item and not blank)
            blank = False
        start = end + 1


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Pieces of a paragraph between equal runs of backticks."""
    start = 0
    for end in (*(found.start() for found in _BLANK.finditer(text)), len(text)):
        runs = [found.span() for found in _TICKS.finditer(text, start, end)]
        later: dict[int, list[int]] = {}
        for number in range(len(runs) - 1, -1, -1):
            later.setdefault(runs[number][1] - runs[number][0], []).append(number)
        passed = 0
        for number, (opening, behind) in enumerate(runs):
            same = later[behind - opening]
            same.pop()  # the run itself
            if number >= passed and same:
                passed = same[-1] + 1
                yield opening, runs[same[-1]][1]
        start = end
