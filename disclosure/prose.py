"""Prose: what the HTML of a written page may hold; what else there is becomes a finding and does not come through."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

import nh3

from disclosure.diagnostics import Finding, Place
from disclosure.intake import values

EXTENSIONS: Mapping[str, Mapping[str, object]] = {
    "admonition": {},
    "def_list": {},
    "fenced_code": {},
    "footnotes": {},
    "sane_lists": {},
    "tables": {"use_align_attribute": True},
    "toc": {},
}
"""The Markdown in which pages are written. None of these includes files or sets attributes."""

_SIMPLE = (
    "abbr b bdi blockquote br caption cite code dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i"
    " ins kbd mark p pre q rp rt ruby s samp section small span strong sub summary sup table tbody tfoot thead tr"
    " u ul var wbr"
)
_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    **{tag: frozenset() for tag in _SIMPLE.split()},
    "*": frozenset({"id", "class", "title", "lang"}),
    "a": frozenset({"href", "download"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "details": frozenset({"open"}),
    "img": frozenset({"src", "alt", "width", "height", "loading"}),
    "li": frozenset({"value"}),
    "ol": frozenset({"start", "type", "reversed"}),
    "td": frozenset({"align", "colspan", "rowspan"}),
    "th": frozenset({"align", "colspan", "rowspan", "scope"}),
    "time": frozenset({"datetime"}),
}
"""The elements that prose may use, and the attributes of each; "*" are those of all."""
_TAGS = frozenset(_ATTRIBUTES) - {"*"}
_NONE: frozenset[str] = frozenset()

_NUMBER = re.compile(r"[0-9]{1,4}%?")
_FORMS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("colspan", "rowspan", "span", "start", "value", "width", "height"), _NUMBER),
    "align": re.compile("left|right|center"),
    "id": re.compile(r"[\w:.-]+"),
    # Of the theme's styles only those for known classes are kept: assets.MARKED names them.
    "class": re.compile(
        r"admonition(?: \w+)*|admonition-title|footnote(?:-ref|-backref)?|language-[^\s.]+|toc|"
    ),
}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_OUTWARD = re.compile(
    r"(?i:https?)://(?:[\w-]+\.)*[\w-]+(?::[0-9]{1,5})?(?:[/?#][^\s\\]*)?"
    r"|(?i:mailto):[^\s:/\\<>]+|(?i:tel):[0-9+*#();=.-]+"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that a page may not hold: the code of the finding, its facts, and how the source spells it."""

    code: str
    facts: tuple[tuple[str, str], ...]
    sign: str


def clean(html: str) -> tuple[str, list[Refusal]]:
    """The HTML of a page with everything gone that it may not hold, and what that was.

    Comments go, too: they are notes of those who write. If nothing is refused, the rest is as it
    was, up to how HTML is spelled.
    """
    cleaned = nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags={"script", "style"},
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_passes,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"},
    )
    before, after = _read(html), _read(cleaned)
    refused = list(dict.fromkeys(before.refused))
    if not refused and before.content != after.content:
        refused.append(Refusal("M206", (), ""))  # tags so wrong that readers do not agree on them
    return cleaned, refused


def _passes(tag: str, attribute: str, value: str) -> str | None:
    return None if _judge(tag, attribute, value) else value


def _judge(tag: str, attribute: str, value: str) -> Refusal | None:
    """Whether an allowed element may have an attribute with this value."""
    if attribute not in _ATTRIBUTES.get(tag, _NONE) | _ATTRIBUTES["*"]:
        return Refusal("M204", (("tag", tag), ("attribute", attribute)), attribute)
    if attribute in ("href", "src"):
        if is_safe_link(value) and not (attribute == "src" and _SCHEME.match(value)):
            return None
        return Refusal("M205", (("link", value),), value)
    form = _FORMS.get(attribute)
    if form and not form.fullmatch(value):
        return Refusal("M204", (("tag", tag), ("attribute", f"{attribute}={value}")), attribute)
    return None


def is_safe_link(link: str) -> bool:
    """Whether a link leads within the site or, spelled out in full, to http(s), mail or telephone.

    Browsers ignore tabs and line breaks within a scheme, blanks before it, and take a backslash for
    a slash; none of these is needed.
    """
    if values.HIDDEN.search(link) or re.search(r"[\s\\]", link.strip(" ")) or link != link.strip():
        return False
    if _SCHEME.match(link):
        return bool(_OUTWARD.fullmatch(link))
    return not link.startswith("//")


class _Reader(HTMLParser):
    """Goes through a page's HTML: notes what is not allowed, and gathers attributes and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.refused: list[Refusal] = []
        self._attributes: list[tuple[str, str, str]] = []
        self._text: list[str] = []

    @property
    def content(self) -> tuple[list[tuple[str, str, str]], str]:
        return self._attributes, "".join("".join(self._text).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.refused.append(Refusal("M203", (("tag", tag),), f"<{tag}"))
            return
        for name, value in attrs:
            self._attributes.append((tag, name, value or ""))
            self._look_at(value or "")
            if refusal := _judge(tag, name, value or ""):
                self.refused.append(refusal)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self._text.append(data)
        self._look_at(data)

    def _look_at(self, text: str) -> None:
        """Notes what cannot be seen, which an entity may stand for in the source."""
        if found := values.HIDDEN.search(text):
            number = f"U+{ord(found[0]):04X}"
            self.refused.append(Refusal("M201", (("character", number),), found[0]))


def _read(html: str) -> _Reader:
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:  # what Python's parser makes of a declaration that is none
        reader.refused.append(Refusal("M206", (), ""))
    return reader


# ── The source ───────────────────────────────────────────────────────────────────────────────────

_DOUBTFUL = re.compile(r"<[A-Za-z/!?]|&|!\[|```|~~~|!!!")
"""HTML, entities, pictures, and what Markdown makes classes of."""
_LINK = re.compile(r"\]\s*[(:]\s*<?([^\s)>]*)")
MAX_BRACKETS = 200
"""Opening brackets in one paragraph, for each of which Markdown looks for the end."""
MAX_DEPTH = 30
_DEEP = re.compile(rf"[ \t]*+(?:(?:[0-9]++[.)]|[-*+:])[ \t]++|>[ \t]*+){{{MAX_DEPTH + 1}}}")
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+[-:| \t]*")
_ITEM = re.compile(r"[ \t]*+(?:[-*+]|[0-9]++[.)])[ \t]")
_ALTERED = re.compile(r"--!>|&#(?:[0-9]++|[xX][0-9A-Fa-f]++)(?!;)")
"""What Python-Markdown completes by itself, even within code, so that it would come out otherwise."""
_PLAIN_LINK = re.compile(
    r"(?:https?://[A-Za-z0-9.-]+(?:/[\w./#?=~-]*)?|mailto:[\w.@+-]+|tel:[0-9+-]+"
    r"|(?:\.\.?/)*[\w.-]+(?:/[\w.-]+)*/?(?:#[\w.-]*)?|#[\w.-]*)?"
)


def check(text: str, file: str, *, first: int = 1) -> list[Finding]:
    """What a Markdown page holds that may not be published, at the lines where it stands.

    `first` is the line of the file on which `text` begins.
    """
    found = [
        Finding(code, Place(file, row=place.row + first - 1), facts)
        for code, place, facts in _unseen(text)
    ]
    if crowded := _crowded(text):
        row, what, limit = crowded
        place = Place(file, row=row + first - 1)
        return [*found, Finding("M210", place, {"what": what, "limit": limit})]
    if altered := _ALTERED.search(text):
        row = first + text.count("\n", 0, altered.start())
        found.append(Finding("M206", Place(file, row=row)))
    if not _DOUBTFUL.search(text) and all(map(_PLAIN_LINK.fullmatch, _LINK.findall(text))):
        return found  # nothing but words and plain links
    try:
        refused = clean(_rendered(text))[1]
    except (
        RecursionError,
        AssertionError,
    ):  # Markdown nested or broken beyond what its reader can take
        refused = [Refusal("M206", (), "")]
    lines = text.split("\n")
    more = [
        Finding(r.code, Place(file, row=_line(lines, r.sign) + first - 1), dict(r.facts))
        for r in refused
    ]
    return found + [finding for finding in more if finding not in found]


def _crowded(text: str) -> tuple[int, str, int] | None:
    """The first part for which Markdown would take hours, or has not enough depth: (line, what, limit)."""
    row = 1
    for piece in text.split(">"):  # a tag without end is looked for from each of its beginnings
        if piece.count("<") > MAX_BRACKETS:
            return row, "不成对的尖括号", MAX_BRACKETS
        row += piece.count("\n")
    row = 1
    for block in re.split(r"(?<=\n)[ \t]*\n", text):
        lines = block.split("\n")
        if max(_brackets(lines)) > MAX_BRACKETS:
            return row, "方括号和尖括号", MAX_BRACKETS
        if sum(line.lstrip().startswith(":") for line in lines) > MAX_BRACKETS:
            return row, "定义", MAX_BRACKETS
        if any(map(_DEEP.match, lines)):
            return row, "层次", MAX_DEPTH
        row += len(lines)
    return None


def _brackets(lines: list[str]) -> Iterator[int]:
    """Opening brackets of each piece of a block that Markdown reads by itself: cell, item, paragraph."""
    is_table = len(lines) > 1 and _RULE.fullmatch(lines[1])
    is_list = _ITEM.match(lines[0])
    count = 0
    for line in lines:
        if is_table or (is_list and _ITEM.match(line)):
            yield count
            count = 0
        count += line.count("[") + line.count("<")
    yield count


def _rendered(text: str) -> str:
    import markdown  # only now: most pages need no second look

    configs = {name: dict(config) for name, config in EXTENSIONS.items()}
    return markdown.markdown(text, extensions=list(EXTENSIONS), extension_configs=configs)


def _unseen(text: str) -> Iterator[tuple[str, Place, dict[str, str]]]:
    """Characters that cannot be seen or are not the same everywhere, once for each line or kind."""
    for number, line in enumerate(text.split("\n") if values.HIDDEN.search(text) else (), 1):
        if found := values.HIDDEN.search(line.removesuffix("\r")):
            yield "M201", Place("", row=number), {"character": f"U+{ord(found[0]):04X}"}
    kinds = (("没有宽度、已经去掉的", values.WIDTHLESS), ("没有统一字形的", values.PRIVATE))
    for what, pattern in kinds:
        if places := [(found.start(), found[0]) for found in pattern.finditer(text)]:
            at, character = places[0]
            more = f"（共 {len(places)} 处）" if len(places) > 1 else ""
            facts = {"what": what, "character": f"U+{ord(character):04X}", "more": more}
            yield "M209", Place("", row=text.count("\n", 0, at) + 1), facts


def _line(lines: list[str], sign: str) -> int:
    """The line on which something stands: as it is spelled, else as entities spell it; the first one
    that holds HTML for what has no spelling."""
    if not sign:
        return next((n for n, line in enumerate(lines, 1) if _DOUBTFUL.search(line)), 1)
    wanted = sign.lower()
    for read in (str.lower, lambda line: entities.unescape(line).lower()):
        for number, line in enumerate(lines, 1):
            if wanted in read(line):
                return number
    return 1
