"""Digits: runs of digits in a text, read as a person reads them, however they are written or disguised.

Two speeds. `long_runs` asks Arrow, whose regular expressions run at hundreds of MB/s, which of many
texts hold anything worth a look; `runs` reads one of these exactly.

What is seen through: full-width, circled and other digits of Unicode, Chinese numerals; blanks, line
breaks, hyphens, dots and characters without width between digits; HTML and XML references
(`&#49;`), percent-encoding (`%31`), escapes of JSON, scripts and styles (`\\u0031`, `\\x31`); inline
tags and comments (`1<b>3</b>8`). An asterisk ends a run: what is masked is not read.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

_ZEROS = (  # of other scripts, each followed by its digits up to nine
    "٠۰߀०০੦૦୦௦౦೦൦෦๐໐༠၀႐០᠐᥆᧐᪀᪐᭐᮰᱀᱐꘠꣐꤀꧐꧰꩐꯰０\U000104a0\U0001e950\U0001fbf0"
)
ODD = (  # digits that are not plain ones
    "²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒\U0001d7ce-\U0001d7ff\U0001f100-\U0001f10a"
    + "".join(f"{zero}-{chr(ord(zero) + 9)}" for zero in _ZEROS)
)
NUMERALS = {
    numeral: str(n)
    for numerals in (
        "〇一二三四五六七八九",
        "零壹贰叁肆伍陆柒捌玖",
        "○㈠㈡㈢㈣㈤㈥㈦㈧㈨",
        "零㊀貳叄㊃㊄陸㊆㊇㊈",
        "〇〡〢〣〤〥〦〧〨〩",
        "零幺二三四五六七八九",
    )
    for n, numeral in enumerate(numerals)
}
"""Chinese numerals, which may also be words of a sentence: what holds them is doubtful."""
BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
DASHES = "_\u2010-\u2015\u2212\ufe58\ufe63\uff0d-"
DOTS = ".·•․‧∙⋅・．｡"
WIDTHLESS = (
    "\xad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
TAG = (
    "</?(?:a|abbr|b|bdi|bdo|big|br|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|nobr|q|rb|rp|rt|ruby|s|samp"
    r"|small|span|strong|sub|sup|time|tspan|tt|u|var|wbr)(?:[\s/][^<>]*)?>|<!--[^<>]*-->"
)
"""What stands between digits of one word on the screen; other tags part what they part."""

# ── At a glance ──────────────────────────────────────────────────────────────────────────────────
# In the language of RE2, which Python's own mostly shares.

_GAP = rf"(?:[{BLANKS}{WIDTHLESS}{DOTS}{DASHES}]|{TAG})"
_DISGUISED = f"[{ODD}{''.join(NUMERALS)}]"
_ANY = f"[0-9{_DISGUISED[1:]}"


def glance(pattern: str) -> str:
    """A pattern in which `D` is a plain digit and `_` what may stand between two, spelled out for RE2."""
    return "(?i:" + pattern.replace("D", "[0-9]").replace("_", f"{_GAP}*") + ")"


_REST = "%[89abAB][0-9a-fA-F]"  # of a character that takes several bytes
_ESCAPE = (
    r"&(?:#[0-9]{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z]{2,18};)"
    f"|%(?:[0-7][0-9a-fA-F]|[cdCD][0-9a-fA-F]{_REST}|[eE][0-9a-fA-F](?:{_REST}){{2}}|[fF][0-7](?:{_REST}){{3}})"
    r"|\\u[dD]8[0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}"
    r"|\\x[0-9a-fA-F]{2}|\\0{0,4}3[0-9] ?|\\0?(?:6[0-7]|7[01])|\\[nrt]"
)
"""How characters are written in HTML, addresses, JSON, styles (`\\33 `) and scripts (in octal: `\\063`)."""
ESCAPED = rf"(?:[0-9]|{_ESCAPE})(?:{_ESCAPE})(?:[0-9]|{_ESCAPE})"
"""An escape among digits, or three in a row: then `unescaped` should be looked at instead."""
LONG = glance(rf"(?:^|[^0-9])[1-9](?:_{_ANY}){{10}}|{_DISGUISED}(?:_{_ANY}){{10}}")
"""Eleven digits in any dress, the first not a plain zero: whatever is shorter is nothing to us."""
DRESSED = glance(rf"{_DISGUISED}(?:_{_ANY}){{5}}|{_ANY}(?:_{_ANY}){{4}}_{_DISGUISED}")
"""Six digits of which the first or last is disguised: every long run that holds such a digit has them."""


def matching(texts: pa.LargeStringArray, pattern: str) -> pa.BooleanArray:
    """Which of the texts match a pattern in the language of RE2."""
    return pc.match_substring_regex(texts, pattern)


# ── Exactly ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that stand together, as they would read without disguise."""

    text: str
    """Plain digits, with one mark for each visible gap: a blank, a line break, `-` or `.`; perhaps
    an X at the end: `138-1234 5678`."""
    at: Sequence[int]
    """Where each character of `text` stands in the source."""
    end: int
    """Where the run ends in the source."""
    numerals: bool
    """Whether some are Chinese numerals."""


_DIGIT = rf"0-9{ODD}{''.join(NUMERALS)}"
_RUN = re.compile(
    rf"(?:[{_DIGIT}]|(?=[&%\\])(?:{_ESCAPE}))"
    rf"(?:[{_DIGIT}{BLANKS}{WIDTHLESS}{DOTS}{DASHES}]++|(?i:{TAG})|{_ESCAPE})*+"
    r"(?:[XxＸｘⅩⅹ]|&#(?:88|120|[xX][57]8);?|%[57]8|\\u00[57]8|\\x[57]8)?"
)
_TOKEN = re.compile(rf"(?P<tag>(?i:{TAG}))|(?P<escape>{_ESCAPE})|(?s:.)")
_TAG = re.compile(rf"(?i:{TAG})")
_LEAST = 9
"""Characters below which a run is not looked at."""


def runs(text: str) -> Iterator[Run]:
    """Every run of digits in a text that may be long enough to matter."""
    for found in _RUN.finditer(text):
        if found.end() - found.start() >= _LEAST:
            yield from _read(found[0], found.start())


def _read(raw: str, start: int) -> Iterator[Run]:
    """The runs in what looks like one; an escape that is neither digit nor gap parts them, and a tag
    may hold runs of its own."""
    if raw.isascii() and raw.isdigit():
        yield Run(raw, range(start, start + len(raw)), start + len(raw), False)
        return
    pieces: list[str] = []
    at: list[int] = []
    gap, numerals = "", False
    for token in _TOKEN.finditer(raw):
        where = start + token.start()
        if token["tag"]:
            if sum(map(str.isdigit, token[0])) >= _LEAST:
                for run in runs(token[0][1:]):
                    yield Run(
                        run.text,
                        tuple(n + where + 1 for n in run.at),
                        run.end + where + 1,
                        run.numerals,
                    )
            gap += "\n" if token[0][1:3].lower() == "br" else ""
            continue
        for character in _unescaped(token[0]) if token["escape"] else token[0]:
            if digit := _digit(character):
                if gap and pieces:
                    pieces.append(_mark(gap))
                    at.append(where)
                pieces.append(digit)
                at.append(where)
                numerals |= character in NUMERALS
                gap = ""
            elif _is_gap(character):
                gap += character if _is_visible(character) else ""
            else:
                if pieces:
                    yield Run("".join(pieces), tuple(at), where, numerals)
                pieces, at, gap, numerals = [], [], "", False
    if pieces:
        yield Run("".join(pieces), tuple(at), start + len(raw), numerals)


@cache
def _digit(character: str) -> str:
    """A character as a plain digit (or X), "" if it is none."""
    if character in NUMERALS:
        return NUMERALS[character]
    if character in "XxＸｘⅩⅹ":
        return "X"
    value = unicodedata.digit(character, None)
    return "" if value is None else str(value)


_GAPS = re.compile(rf"[{BLANKS}{WIDTHLESS}{DOTS}{DASHES}]")
_UNSEEN = re.compile(rf"[{WIDTHLESS}]")


@cache
def _is_gap(character: str) -> bool:
    return bool(_GAPS.match(character))


@cache
def _is_visible(character: str) -> bool:
    return not _UNSEEN.match(character)


def _mark(gap: str) -> str:
    """The one mark that stands for a visible gap."""
    if any(character in "\n\r\v\f\x85\u2028\u2029" for character in gap):
        return "\n"
    if len(gap) == 1 and gap in DOTS:
        return "."
    return "-" if any(re.match(rf"[{DASHES}]", character) for character in gap) else " "


def _unescaped(escape: str) -> str:
    """What an escape stands for."""
    if escape.startswith("&"):
        return html.unescape(escape.rstrip(";") + ";")
    if escape.startswith("%"):
        return unquote(escape, errors="replace")
    if escape in (r"\n", r"\r", r"\t"):
        return {"n": "\n", "r": "\r", "t": "\t"}[escape[1]]
    if len(escape) == 12:  # the two halves that UTF-16 makes of one character
        return bytes.fromhex(escape[2:6] + escape[8:]).decode("utf-16-be", "replace")
    if escape[1].isdigit():
        octal = re.fullmatch(r"\\0?([67][0-7])", escape)
        return chr(int(octal[1], 8) if octal else 0x30 + int(escape.rstrip()[-1]))
    code = int(escape[2:].strip("{}"), 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|^[^<>]*>")
_TOKENS = re.compile(_ESCAPE)
_OWN_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\[nrt]")


def unescaped(text: str) -> str:
    """A text with all escapes replaced by what they stand for."""
    return _TOKENS.sub(lambda found: _unescaped(found[0]), text)


def readable(text: str) -> str:
    """A piece of text as one reads it: without escapes and hidden characters, and of tags only the
    Chinese words that their attributes hold."""
    if "\\" in text:
        text = _OWN_ESCAPES.sub(lambda found: _TOKEN.sub(_plain, found[0]), text)
    if "<" in text or ">" in text:
        text = _TAG.sub("", text)
        text = _MARKUP.sub(lambda tag: re.sub(r"[\x00-\x7f]+", " ", tag[0]), text)
    text = html.unescape(text) if "&" in text else text
    text = unquote(text, errors="replace") if "%" in text else text
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", text))


def _plain(token: re.Match[str]) -> str:
    return _unescaped(token[0]) if token["escape"] else token[0]
