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
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

ODD = (  # digits that are not plain ones
    "²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒٠-٩۰-۹०-९０-９\U0001d7ce-\U0001d7ff\U0001f100-\U0001f10a"
)
NUMERALS = {
    numeral: str(n)
    for numerals in (
        "〇一二三四五六七八九",
        "零壹贰叁肆伍陆柒捌玖",
        "○㈠㈡㈢㈣㈤㈥㈦㈧㈨",
        "零㊀貳叄㊃㊄陸㊆㊇㊈",
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
    "</?(?:a|abbr|b|bdi|bdo|big|br|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|nobr|q|s|samp"
    r"|small|span|strong|sub|sup|time|tspan|tt|u|var|wbr)(?:[\s/][^<>]*)?>|<!--[^<>]*-->"
)
"""What stands between digits of one word on the screen; other tags part what they part."""

# ── At a glance ──────────────────────────────────────────────────────────────────────────────────
# In the language of RE2, which Python's own mostly shares.

_GAP = (
    rf"(?:[{BLANKS}{WIDTHLESS}{DOTS}{DASHES}]|{TAG}"
    "|&(?:nbsp|shy|en?sp|em?sp|thinsp|zwn?j|lrm|rlm|hyphen|dash|ndash|mdash|minus|middot|period|newline|tab);"
    "|&#(?:x0*(?:9|a|d|20|2d|2e|a0|ad|b7|200[0-9a-f]|201[0-5]|202[89af]|2060|3000|feff)"
    "|0*(?:9|10|13|32|45|46|160|173|183|819[2-9]|820[0-9]|821[0-3]|8232|8233|8239|8288|12288|65279));?"
    "|%(?:09|0[ad]|20|2[de]|c2%a[0d]|c2%b7|e2%80%[89][0-9a-f]|e2%81%a0|e3%80%80|ef%bb%bf)"
    r"|\\(?:[nrt]|[ux]\{?(?:00)?(?:09|0[ad]|20|2[de]|a[0d]|b7)\}?"
    r"|u\{?(?:200[0-9a-f]|201[0-5]|2060|3000|feff)\}?))"
)
_DISGUISED = (
    rf"(?:[{ODD}{''.join(NUMERALS)}]"
    "|&#(?:x0*(?:3[0-9]|ff1[0-9]|246[0-8]|24ea)"
    "|0*(?:4[89]|5[0-7]|6529[6-9]|6530[0-5]|931[2-9]|9320|9450));?"
    "|%(?:3[0-9]|ef%bc%9[0-9]|e2%91%a[0-8]|e2%93%aa)"
    r"|\\(?:u\{?(?:003[0-9]|ff1[0-9]|246[0-8]|24ea)\}?|x3[0-9]|u\{3[0-9]\}))"
)
_ANY = rf"(?:[0-9]|{_DISGUISED})"


def glance(pattern: str) -> str:
    """A pattern in which `D` is a plain digit and `_` what may stand between two, spelled out for RE2."""
    return "(?i:" + pattern.replace("D", "[0-9]").replace("_", f"{_GAP}*") + ")"


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
    at: tuple[int, ...]
    """Where each character of `text` stands in the source."""
    end: int
    """Where the run ends in the source."""
    numerals: bool
    """Whether some are Chinese numerals."""


_ESCAPE = (
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,18}(?=;));?|(?:%[0-9a-fA-F]{2})+"
    r"|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}|\\x[0-9a-fA-F]{2}|\\[nrt]"
)
_DIGIT = rf"0-9{ODD}{''.join(NUMERALS)}"
_RUN = re.compile(
    rf"(?:[{_DIGIT}]|(?=[&%\\])(?:{_ESCAPE}))"
    rf"(?:[{_DIGIT}{BLANKS}{WIDTHLESS}{DOTS}{DASHES}]++|(?i:{TAG})|{_ESCAPE})*+"
    r"(?:[XxＸｘⅩⅹ]|&#(?:88|120|[xX][57]8);?|%[57]8|\\u00[57]8|\\x[57]8)?"
)
_TOKEN = re.compile(rf"(?P<tag><(?i:{TAG[1:]}))|(?P<escape>{_ESCAPE})|(?s:.)")
_TAG = re.compile(rf"(?i:{TAG})")
_LEAST = 8
"""Characters below which a run is not looked at."""


def runs(text: str) -> Iterator[Run]:
    """Every run of digits in a text that may be long enough to matter."""
    for found in _RUN.finditer(text):
        if found.end() - found.start() >= _LEAST:
            yield from _read(found[0], found.start())


def _read(raw: str, start: int) -> Iterator[Run]:
    """The runs in what looks like one; an escape that is neither digit nor gap parts them, and a tag
    may hold runs of its own."""
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
    code = int(escape[2:].strip("{}"), 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def readable(text: str) -> str:
    """A piece of text around digits as one reads it: without tags, references and hidden characters."""
    plain = _TAG.sub("", text)
    plain = (
        re.sub(r"<[^<>]*(?:>|$)|^[^<>]*>", " ", plain) if "<" in plain or ">" in plain else plain
    )
    plain = html.unescape(plain) if "&" in plain else plain
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", plain))
