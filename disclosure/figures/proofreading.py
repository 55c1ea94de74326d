"""Proofreading: all that can be found in written pages without knowing the rows; and what mends itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.figures import (
    arithmetic,
    artefacts,
    balances,
    changes,
    consistency,
    dating,
    itemising,
    listings,
    markup,
    misprints,
    passages,
    proportions,
    sentences,
    tallies,
)
from disclosure.figures.arithmetic import Mistake
from disclosure.figures.artefacts import Slip
from disclosure.figures.passages import Page, Remark
from disclosure.figures.sentences import Sentence
from disclosure.intake import articles, settings
from disclosure.intake.articles import Article
from disclosure.rules import book, units
from disclosure.rules.book import Profile
from disclosure.rules.units import Units
from disclosure.rules.workdays import Calendar

LIMITS, GENERAL = "data/rules/deadlines.yml", "general"
"""Where the time limit for documents stands, and under which name."""
_SUMS = (arithmetic.check, listings.check)
_CHECKS = (*_SUMS, proportions.check, changes.check, balances.check, misprints.check)
AROUND = 12
"""Characters on either side of what is to be mended that a finding quotes."""


def check(
    root: Path, written: Iterable[Article], agency: Mapping[str, Any], calendar: Calendar
) -> Iterator[Finding]:
    """What does not agree on the pages of the project at `root`, and what is to be mended: warnings.

    Pages that cannot be read have findings already and are passed over.
    """
    limit, known = _limit(root), units.read(agency)
    for article in written:
        yield from read(article.source, article.file, known=known, limit=limit, calendar=calendar)


def read(
    source: str,
    file: str,
    *,
    known: Units | None = None,
    limit: Profile = (),
    calendar: Calendar | None = None,
) -> list[Finding]:
    """The findings on one page, by where they are."""
    page = passages.read(source)
    remarks = [
        *_sums(page),
        *consistency.check(page, known),
        *itemising.check(page),
        *_slips(source),
    ]
    remarks += dating.check(page, _head(source), limit, calendar or Calendar())
    findings = []
    for remark in sorted(remarks, key=lambda r: (r.at, r.code)):
        row, column = passages.spot(source, remark.at)
        findings.append(Finding(remark.code, Place(file, row=row, column=column), remark.facts))
    return findings


def _sums(page: Page) -> Iterator[Remark]:
    for passage in passages.connected(page):
        for sentence in sentences.read(passage.text):
            for wrong in _mistakes(sentence):
                inside = any(n is wrong.number for n in sentence.numbers)
                at = wrong.number.start + (sentence.start if inside else sentence.outer)
                facts = {"sentence": quote(passage.text, at), "sum": wrong.sum}
                yield Remark(wrong.code, passage.at(at), facts)
    for table in (*page.tables, *markup.read(page.source)):
        yield from tallies.check(table)


def _mistakes(sentence: Sentence) -> Iterator[Mistake]:
    """What is wrong in a sentence; no number and no sum twice."""
    if not sentence.numbers:
        return
    told: list[Mistake] = []
    for check in _CHECKS:
        if check in _SUMS and balances.flow(sentence):
            continue  # what came and what went are no parts of a sum
        for mistake in check(sentence):
            if not any(mistake.number is m.number or mistake.sum == m.sum for m in told):
                told.append(mistake)
                yield mistake


def quote(text: str, at: int, around: int = 90) -> str:
    """The sentence around a place, cut when it is long."""
    start = max(text.rfind(mark, 0, at) for mark in "。！？\n") + 1
    ends = [end for mark in "。！？\n" if (end := text.find(mark, at)) >= 0]
    end = min(ends, default=len(text))
    if text.startswith("其中", end + 1):
        end = min((e for m in "。！？\n" if (e := text.find(m, end + 1)) >= 0), default=len(text))
    first, last = max(start, at - around), min(end, at + around)
    cut = "…" if first > start else "", "…" if last < end else ""
    return f"{cut[0]}{text[first:last].strip()}{cut[1]}".replace(passages.UNKNOWN, "{{…}}")


def _slips(source: str) -> Iterator[Remark]:
    """What is to be mended, once for each kind and line."""
    slips = artefacts.find(source)
    key = lambda slip: (source.count("\n", 0, slip.start), slip.code)  # noqa: E731
    for _, group in groupby(sorted(slips, key=key), key=key):
        alike = list(group)
        slip = alike[0]
        more = f"（这一行共 {len(alike)} 处）" if len(alike) > 1 else ""
        before, after = shown(source, alike)
        how = "" if not slip.safe else "，可以运行 make check FIX=1 自动改正"
        facts = {"text": before, "mended": after, "more": more, "how": how}
        yield Remark(slip.code, slip.start, facts)


def shown(source: str, slips: Sequence[Slip]) -> tuple[str, str]:
    """The words around the first of some slips of one line, as they are and as they should be."""
    start, stop = slips[0].start, slips[0].end
    first = max(source.rfind("\n", 0, start) + 1, start - AROUND)
    end = source.find("\n", stop)
    last = min(end if end >= 0 else len(source), stop + AROUND)
    before = after = ""
    for slip in (slip for slip in slips if slip.end <= last):
        kept = source[first : slip.start]
        before += kept + source[slip.start : slip.end]
        after += kept + slip.mended
        first = slip.end
    return (before + source[first:last]).strip(), (after + source[first:last]).strip()


def _head(source: str) -> Mapping[str, object]:
    found = passages.HEAD.match(source)
    if not found:
        return {}
    inner = re.sub(r"\A[^\n]*\n|---[ \t]*\Z", "", found[0])
    return settings.parse("#\n" + inner, file="")[0] or {}


def _limit(root: Path) -> Profile:
    file = root / LIMITS
    return (
        book.load(file, file=LIMITS, measure="workdays")[0].get(GENERAL, ())
        if file.exists()
        else ()
    )


# ── What mends itself ────────────────────────────────────────────────────────────────────────────


def fix(docs: Path) -> list[tuple[str, int, str, str]]:
    """Mend what is safe to mend in every page below `docs`: file, line, text before and after of each.

    A file is written beside itself and renamed, so that nobody meets half of it; its line ends and
    its byte order mark stay. Doing it again changes nothing.
    """
    told: list[tuple[str, int, str, str]] = []
    for path in sorted(docs.rglob("*.md")):
        way = path.relative_to(docs).parts
        if path.is_symlink() or not path.is_file() or any(part.startswith(".") for part in way):
            continue
        if path.stat().st_size > articles.MAX_BYTES:
            continue
        try:
            source = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # the check has a finding for it
        mended, slips = artefacts.mend(source)
        if mended == source:
            continue
        unfinished = path.with_name(f".{path.name}.mending")
        unfinished.write_bytes(mended.encode())
        unfinished.chmod(path.stat().st_mode)
        unfinished.replace(path)
        for slip in slips:
            row = passages.spot(source, slip.start)[0]
            told.append((path.relative_to(docs.parent).as_posix(), row, *shown(source, [slip])))
    return told
