"""What the tests of searching share: documents of any rows, their index, and plain search in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from disclosure import choices
from disclosure.choices import Facet
from disclosure.schema import Field
from disclosure.site import entries, search
from disclosure.site.documents import KEY, SHOWN, Source
from disclosure.site.folding import fold
from disclosure.site.postings import USUAL, Layout

Row = Mapping[str, str]
TINY = Layout(card=2, text=3, zone=4, inline=4, segment=3, shard=64, block=6, part=40)
"""Sizes so small that a handful of documents has several zones, segments, shards and parts."""
NUMBER = Field("number", "文号", format="docno")
NAME = Field("name", "名称")
KINDS = Field("kinds", "种类", type="list")
FINE = Field("fine", "金额（元）", type="number", unit="元")
NOTE = Field("note", "事实", multiline=True)
UNTIL = Field("until", "有效期至", type="date")
FIELDS = (NUMBER, NAME, KINDS, FINE, NOTE, UNTIL)
KEYS = ("title", "number", "name", "kinds")


def source(rows: Sequence[Row]) -> Source:
    """Documents of one type, of any rows."""
    columns = {
        name: [row.get(name, "") for row in rows]
        for name in ("title", "day", *(field.name for field in FIELDS))
    }
    columns["path"] = [row.get("path", f"rows/{n:05}.html") for n, row in enumerate(rows)]
    facets = [
        Facet("种类", "种类", "kinds", KINDS.parts),
        Facet(*choices.AMOUNT, "fine", choices.amounts, choices.AMOUNTS),
    ]
    cards = [(NUMBER, KEY), (NAME, KEY), (KINDS, KEY), (FINE, SHOWN)]
    frame = pd.DataFrame(columns, dtype="str")
    return Source("记录", frame, cards, [FINE, NOTE, UNTIL], "name", facets, "day", "number")


def write(sources: Sequence[Source], folder: Path, layout: Layout = USUAL) -> str:
    """Write an index; the address of its folder."""
    for path, content in search.index(sources, layout):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return str(folder / "search")


def ranked(rows: Sequence[Row]) -> list[Row]:
    """Rows as the index numbers them."""
    numbered = [{"path": f"rows/{n:05}.html", **row} for n, row in enumerate(rows)]
    numbered.sort(key=lambda row: (row.get("title", ""), row["path"]))
    numbered.sort(key=lambda row: (row.get("day", ""), row.get("number", "")), reverse=True)
    return numbered


def plain_search(rows: Sequence[Row], query: str, order: str = "relevance") -> list[str]:
    """The paths of all rows that hold all words, by plain `in`, in the order that is promised."""
    words = [word for word in map(fold, query.split()) if word]
    if not any(len(word.encode("utf-16-le")) > 2 for word in words):
        return []
    found: list[tuple[int, str]] = []
    for row in ranked(rows):
        keys = [fold(row.get(name, "")) for name in KEYS]
        letters = entries.initials(row.get("name", ""))
        shown = [fold(f.show(row.get(f.name, ""))) for f in FIELDS]
        texts = [*keys, *shown, *(fold(row.get(f.name, "")) for f in FIELDS)]

        def held(word: str, texts: Sequence[str], letters: str = letters) -> bool:
            return any(word in text for text in texts) or (len(word) > 1 and word in letters)

        if all(held(word, texts) for word in words):
            joined, key = held("".join(words), keys), all(held(word, keys) for word in words)
            found.append((0 if joined else 1 if key else 2, row["path"]))
    if order == "relevance":
        found.sort(key=lambda hit: hit[0])
    paths = [path for _, path in found]
    return paths[::-1] if order == "oldest" else paths
