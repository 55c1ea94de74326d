"""Glyphs: characters of pages and rows that the fonts have no sign for, and whether papers can be set at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from disclosure import cache, fonts
from disclosure.diagnostics import Finding, Place
from disclosure.fonts import Signs
from disclosure.intake import values
from disclosure.intake.articles import Article
from disclosure.relations import Source
from disclosure.schema import Field

AT_ONCE = 100_000
"""Different cells that are looked at together."""
_SILENT = re.compile(r"[\s\x00-\x1f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""What is not meant to be seen; hidden and private characters have findings of their own."""


def check(sources: Mapping[str, Source], written: Sequence[Article]) -> Iterator[Finding]:
    """Every character without a sign, once for each file (or column) and character; and what this
    machine lacks for setting papers, when there are any to be set."""
    papers = any(article.filed for article in written)
    if papers and (lacking := fonts.missing()):
        yield Finding("S331", Place("docs"), {"libraries": "、".join(lacking)})
    if (signs := fonts.signs()) is None:
        if papers:
            yield Finding("S332", Place("docs"), {"fonts": "、".join(fonts.OPEN)})
        return
    for article in written:
        yield from _page(article, signs)
    for source in sources.values():
        for field in source.schema.public_fields:
            yield from _column(source, field, signs)
            cache.let_go()


def unknown(texts: Sequence[str], signs: Signs) -> list[str]:
    """The characters of some texts that there is no sign for, in the order of their numbers."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    found = map(chr, np.unique(codes[~signs[codes]]).tolist())
    return [
        character
        for character in found
        if not any(
            p.match(character) for p in (_SILENT, values.HIDDEN, values.WIDTHLESS, values.PRIVATE)
        )
    ]


def _page(article: Article, signs: Signs) -> Iterator[Finding]:
    text = article.source
    for character in unknown([text], signs):
        at = text.index(character)
        place = Place(
            article.file, row=text.count("\n", 0, at) + 1, column=at - text.rfind("\n", 0, at)
        )
        yield Finding("S333", place, _facts(character, text.count(character)))


def _column(source: Source, field: Field, signs: Signs) -> Iterator[Finding]:
    cells = source.frame[field.name]
    different = cells.unique()
    strange = {
        character
        for start in range(0, len(different), AT_ONCE)
        for character in unknown(different[start : start + AT_ONCE].tolist(), signs)
    }
    for character in sorted(strange):
        rows = source.rows(cells.str.contains(character, regex=False), field.name)
        places = [source.parts[part].place(index, field.name) for part, index, _ in rows]
        by_file = {place.file: place for place in reversed(places)}
        for file, first in sorted(by_file.items()):
            count = sum(place.file == file for place in places)
            yield Finding("S334", first, {"title": field.title, **_facts(character, count)})


def _facts(character: str, count: int) -> dict[str, object]:
    more = f"（共 {count} 处）" if count > 1 else ""
    return {"character": character, "number": f"U+{ord(character):04X}", "more": more}
