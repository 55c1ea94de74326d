"""Papers: the texts of a PDF file and the files attached to it, read in a process of its own."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from disclosure import confine
from disclosure.privacy import cells

MEMORY = 400_000_000  # bytes that reading one file may take
PACE = 20_000  # bytes of a file for a second of processor time, which it may take besides the first five
MOST_SECONDS = 60.0
MOST_PAGES = 10_000


@dataclass
class Paper:
    """What was found, as far as the file could be read."""

    texts: list[tuple[str, list[str]]] = field(default_factory=list)
    """The texts of each part of the file, by a name that people understand."""
    attached: list[tuple[str, bytes]] = field(default_factory=list)
    is_written: bool = False
    """Whether any page has text."""
    wrong: str = ""
    """Why the file, or the rest of it, could not be read."""


def read(data: bytes) -> Paper:
    """Everything that a file says. Never raises for what the bytes are."""
    import pypdf  # only now: hardly a site has many, and most have none

    logging.getLogger(pypdf.__name__).setLevel(logging.CRITICAL)
    seconds = min(MOST_SECONDS, 5 + len(data) / PACE)
    try:
        return confine.run(partial(_read, data), memory=MEMORY, seconds=seconds)
    except confine.Overrun:
        return Paper(wrong="读取 PDF 用的时间或内存超过了限度")
    except confine.Failed:
        return Paper(wrong="PDF 已损坏")


def _read(data: bytes) -> Paper:
    from pypdf import PdfReader

    paper = Paper()
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return Paper(wrong="PDF 有打开密码")
        if _is_endless(reader):
            return Paper(wrong=f"PDF 的页数超过了 {MOST_PAGES:,}")
        paper.texts.append(("文件属性", list(_about(reader))))
        beginnings = cells.of(reader)
        seen: set[int] = set()
        for number, page in enumerate(reader.pages, 1):
            key = getattr(page.indirect_reference, "idnum", -number)
            if key in seen:
                continue  # the same page a thousand times says nothing new
            seen.add(key)
            text = cells.text(page, beginnings)
            paper.texts.append((f"第{number}页", [text, *_noted(page)]))
            paper.is_written |= bool(text.strip())
        for name, contents in reader.attachments.items():
            paper.attached += [(name, content) for content in contents]
    except MemoryError:
        raise
    except Exception:  # whatever a broken file makes of the reader
        paper.wrong = "PDF 已损坏"
    return paper


def _is_endless(reader: Any) -> bool:
    """Whether the tree of pages has more branches than any document: some lead to one page for ever."""
    waiting, found = [reader.root_object["/Pages"]], 0
    while waiting and found <= MOST_PAGES:
        kids = waiting.pop().get_object().get("/Kids", ())
        found += len(kids)
        waiting += kids[: MOST_PAGES + 1]
    return found > MOST_PAGES


def _about(reader: Any) -> Iterator[str]:
    """What the file says of itself, and what is filled into its forms."""
    yield from map(str, (reader.metadata or {}).values())
    for value in (reader.get_fields() or {}).values():
        yield str(value.get("/V", ""))
    if xmp := reader.root_object.get("/Metadata"):
        yield xmp.get_object().get_data().decode("utf-8", "replace")


def _noted(page: Any) -> Iterator[str]:
    """What the notes on a page say, and where they lead."""
    for note in (note.get_object() for note in page.get("/Annots") or ()):
        yield str(note.get("/Contents", ""))
        if "/A" in note:
            yield str(note["/A"].get("/URI", ""))
