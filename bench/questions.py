"""What is asked of a search engine, and what is true: substrings of the rows, found by brute force."""

from __future__ import annotations

import csv
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PARTY, CODE = "行政相对人名称", "行政相对人代码_1（统一社会信用代码）"
NUMBER, VIOLATION, FACT = "行政处罚决定书文号", "违法行为类型", "违法事实"
ORDINAL = "当事人序号"
EXHAUSTED = 500
"""Queries with more true hits are asked for the first page only."""
UNIT = "\x1f"

Row = dict[str, str]


@dataclass(frozen=True)
class Question:
    """A query, and the numbers of all rows that hold each of its words in one field."""

    query: str
    true: frozenset[int]


def rows(tables: Path) -> list[Row]:
    found: list[Row] = []
    for file in sorted(tables.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            found += csv.DictReader(stream)
    return found


def fold(text: str) -> str:
    """A text in the form in which it is compared: letters and digits, in lower case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


def folded(row: Row) -> str:
    """All fields of a row, folded; the record's title counts as a field."""
    title = f"{row[PARTY]}：{row[VIOLATION]}"
    return UNIT.join(fold(text) for text in (title, *row.values()) if text)


def questions(found: Sequence[Row]) -> list[Question]:
    """Two hundred queries of the kinds that people ask, the same for the same rows."""
    draw = random.Random("questions")
    texts = [folded(row) for row in found]
    queries = [query for count, make in _kinds(draw, found) for query in _several(count, make)]
    return [Question(query, _truth(query, texts)) for query in queries]


def _truth(query: str, texts: Sequence[str]) -> frozenset[int]:
    words = [fold(word) for word in query.split()]
    return frozenset(n for n, text in enumerate(texts) if all(word in text for word in words))


def _several(count: int, make: Callable[[], str]) -> list[str]:
    made = (make() for _ in range(count * 50))
    return [query for query in made if len(fold(query)) > 1][:count]


def _kinds(draw: random.Random, found: Sequence[Row]) -> list[tuple[int, Callable[[], str]]]:
    def row() -> Row:
        return found[int(draw.random() * len(found))]

    def part(column: str, least: int, most: int) -> str:
        text = fold(row()[column])
        size = min(least + int(draw.random() * (most - least + 1)), len(text))
        start = int(draw.random() * (len(text) - size + 1))
        return text[start : start + size]

    def digits(between: str) -> str:
        return between.join(re.findall(r"\d+", row()[NUMBER]))

    def two() -> str:
        one = row()
        return f"{fold(one[PARTY])[:6][-3:]} {fold(one[VIOLATION])[-3:]}"

    def stranger() -> str:
        return part(PARTY, 2, 2) + "龘" + part(VIOLATION, 2, 2)

    return [
        (20, lambda: part(PARTY, 2, 2)),
        (20, lambda: part(PARTY, 3, 3)),
        (20, lambda: part(PARTY, 4, 8)),
        (15, lambda: row()[PARTY]),
        (15, lambda: row()[NUMBER]),
        (15, lambda: row()[NUMBER].replace("〔", "(").replace("〕", ")")),
        (10, lambda: digits(" ")),
        (10, lambda: digits("")),
        (10, lambda: row()[CODE]),
        (10, lambda: part(CODE, 6, 9)),
        (10, lambda: part(VIOLATION, 2, 2)),
        (10, lambda: part(VIOLATION, 4, 8)),
        (20, lambda: part(FACT, 3, 10)),
        (10, two),
        (10, stranger),
    ]
