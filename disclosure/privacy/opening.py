"""Opening: the texts inside a file of any kind that a site may hold, archives, documents and pictures included.

A file is a few layers of text: itself, or the members of an archive, the pages of a PDF, what a
picture says of itself. A layer is cheap to make and to look at. Only one that looks suspicious is
taken apart into pieces, which know their row and column.

Not looked into: fonts, the numbers of the search index, what a picture or a film shows.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import logging
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from disclosure.privacy import cells
from disclosure.privacy.detectors import NATURAL

MOST = 1_000_000_000  # bytes of all that one file unpacks to
DEEPEST = 4  # archives within archives


@dataclass(frozen=True, slots=True)
class Layer:
    """Some text of a file."""

    part: str
    """Where in the file: "" for the file itself, else a name that people understand."""
    content: bytes
    """UTF-8 as far as one can tell."""
    form: str = "text"
    """`text`; `table`, delimited rows; `workbook`, all cells of `source`."""
    source: bytes = b""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text with its place; row and column count from 1, 0 where there are none."""

    text: str
    part: str = ""
    row: int = 0
    column: int = 0
    line: int = 0
    label: str = ""
    """What stands above, as the head of a column does."""
    natural: bool | None = None
    """Whether it is about a natural person, where that is known."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """A part that could not be looked into, and why."""

    part: str
    reason: str
    code: str = "P121"


Opened = Iterator[Layer | Unopened]


def layers(name: str, data: bytes) -> Opened:
    """Everything that can be read in a file, and what cannot. Never raises for what the bytes are."""
    yield from _layers(name, data, "", 0)


def _layers(name: str, data: bytes, part: str, depth: int) -> Opened:
    if depth > DEEPEST:
        yield Unopened(part, "压缩包的层数太多")
        return
    if opened := _opener(data):
        yield from opened(name, data, part, depth)
    elif name.endswith(".bin") and _INDEX.search(name):
        yield from _index(name, data, part)
    elif b"\0" in data:
        yield Unopened(part, "不认识的文件类型")
    else:
        if data.startswith(b"BEGIN:V"):  # calendars and cards fold long lines anywhere
            data = data.replace(b"\r\n ", b"").replace(b"\n ", b"")
        form = "table" if name.lower().endswith((".csv", ".tsv")) else "text"
        yield Layer(part, data, form)
        if b";base64," in data:
            for encoded in _EMBEDDED.findall(data):
                yield from _layers("", _decoded(encoded), f"{part}内嵌文件", depth + 1)


_EMBEDDED = re.compile(rb";base64,([A-Za-z0-9+/%=_-]{16,})")
_INDEX = re.compile(r"(?:^|/)(?:search/[^/]+/(?P<folder>\w+)/.*|facets/[^/]+(?:/\d+)?)\.bin$")


def _decoded(encoded: bytes) -> bytes:
    plain = encoded.replace(b"%2B", b"+").replace(b"%2F", b"/").replace(b"%3D", b"=").rstrip(b"=")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), altchars=None)
    except binascii.Error:
        return b""


def _index(name: str, data: bytes, part: str) -> Opened:
    """A file of the search index: cards and texts; lists of numbers hold no text."""
    found = _INDEX.search(name)
    if found and found["folder"] in ("s", "d"):
        return
    try:
        yield Layer(part, zlib.decompress(data[1:], 31) if data[:1] == b"\1" else data[1:])
    except zlib.error:
        yield Unopened(part, "检索文件已损坏")


def _utf16(name: str, data: bytes, part: str, depth: int) -> Opened:
    text = data.decode("utf-16", "replace").encode("utf-8", "replace")
    yield from _layers(name, text, part, depth)


def _gzip(name: str, data: bytes, part: str, depth: int) -> Opened:
    unpacking = zlib.decompressobj(31)
    try:
        content = unpacking.decompress(data, MOST)
    except zlib.error:
        yield Unopened(part, "压缩文件已损坏")
        return
    if unpacking.unconsumed_tail or not unpacking.eof:
        yield Unopened(part, "压缩文件不完整或过大")
    yield from _layers(name.removesuffix(".gz"), content, part, depth + 1)


def _font(name: str, data: bytes, part: str, depth: int) -> Opened:
    """Nothing of a font is text; a text may begin like one, but holds no zero bytes."""
    if b"\0" not in data:
        yield Layer(part, data)


def _raw(name: str, data: bytes, part: str, depth: int) -> Opened:
    """What a picture or a film says of itself: texts among other bytes, perhaps of two bytes a letter."""
    yield Layer(part, data.replace(b"\0", b"").decode("utf-8", "replace").encode())


def _png(name: str, data: bytes, part: str, depth: int) -> Opened:
    yield from _raw(name, data, part, depth)
    at = 8
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            for start in (found.end() for found in islice(re.finditer(b"\0+", body), 8)):
                try:
                    text = zlib.decompressobj().decompress(body[start:], MOST)
                except zlib.error:
                    continue
                yield from _raw(name, text, f"{part}图片说明", depth)


def _old_office(name: str, data: bytes, part: str, depth: int) -> Opened:
    yield from _raw(name, data, part, depth)
    sealed = "EncryptedPackage".encode("utf-16-le") in data
    yield Unopened(part, "文件有打开密码" if sealed else "旧版 Office 文件")


# ── Archives and Office documents ────────────────────────────────────────────────────────────────

_NAMES = {
    "xl/comments": "批注",
    "xl/threadedComments": "批注",
    "word/comments": "批注",
    "docProps/": "文件属性",
    "xl/workbook.xml": "工作簿",
    "word/document.xml": "正文",
    "word/header": "页眉",
    "word/footer": "页脚",
    "word/footnotes": "脚注",
    "xl/drawings": "图形",
}
_PARTING = re.compile(
    rb"</(?:\w+:)?(?:p|tc|tr|si|is|c|v|f|row|comment|h|title|subject|creator|description|keywords"
    rb"|lastModifiedBy|definedName|oddHeader|oddFooter|table-cell|lpwstr)>"
)
_BREAKING = re.compile(rb"<(?:\w+:)?(?:br|cr|tab|line-break)\b[^<>]*>")
_OFFICE_TAG = re.compile(rb"<[^!<>][^<>]*>")
_ATTRIBUTE = re.compile(rb"""=(?:"([^"<>]{8,})"|'([^'<>]{8,})')""")


def _zip(name: str, data: bytes, part: str, depth: int) -> Opened:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from _members(archive, data, part, depth)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        yield Unopened(part, "压缩包或文档已损坏")
    except RuntimeError:  # how zipfile says that it needs a password
        yield Unopened(part, "文件有打开密码")


def _members(archive: zipfile.ZipFile, data: bytes, part: str, depth: int) -> Opened:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if sum(entry.file_size for entry in entries) > MOST:
        yield Unopened(part, "解压后过大")
        return
    names = {entry.filename for entry in entries}
    office = bool(names & {"[Content_Types].xml", "mimetype"})
    comments = (entry.comment for entry in entries)
    yield Layer(f"{part}文件名", b"\n".join((archive.comment, *comments, *map(str.encode, names))))
    cells: list[bytes] = []
    for entry in entries:
        content = archive.read(entry)
        if office and entry.filename.endswith((".xml", ".rels", ".vml")):
            text = _office_text(content)
            if entry.filename.startswith(("xl/worksheets/", "xl/sharedStrings")):
                cells.append(text)
            else:
                yield Layer(part + _member(entry.filename), text)
        else:
            yield from _layers(entry.filename, content, part + _member(entry.filename), depth + 1)
    if cells:
        yield Layer(part, b"\x1e".join(cells), "workbook", data)


def _member(name: str) -> str:
    """A member of an archive, as people know it."""
    return next((title for start, title in _NAMES.items() if name.startswith(start)), name)


def _office_text(xml: bytes) -> bytes:
    """The text of a document's XML, words whole however they are formatted, then its attributes."""
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        xml = xml.decode("utf-16", "replace").encode("utf-8", "replace")
    parted = _BREAKING.sub(b"\n", _PARTING.sub(b"\x1e\n", xml))
    attributes = (first or second for first, second in _ATTRIBUTE.findall(xml))
    return _OFFICE_TAG.sub(b"", parted) + b"\x1e" + b"\x1e".join(attributes)


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────────


def _pdf(name: str, data: bytes, part: str, depth: int) -> Opened:
    from pypdf import PdfReader  # only now: hardly a site has many, and most have none

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    yield from _raw(name, data, part, depth)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            yield Unopened(part, "PDF 有打开密码")
            return
        about = [str(value) for value in (reader.metadata or {}).values()]
        about += [str(field.get("/V", "")) for field in (reader.get_fields() or {}).values()]
        if xmp := reader.root_object.get("/Metadata"):
            about.append(xmp.get_object().get_data().decode("utf-8", "replace"))
        yield _texts(f"{part}文件属性", about)
        written, beginnings = False, cells.of(reader)
        for number, page in enumerate(reader.pages, 1):
            text = cells.text(page, beginnings)
            notes = [note.get_object() for note in page.get("/Annots") or ()]
            said = [str(note.get("/Contents", "")) for note in notes]
            said += [str(note["/A"].get("/URI", "")) for note in notes if "/A" in note]
            yield _texts(f"{part}第{number}页", [text, *said])
            written |= bool(text.strip())
        for attached, contents in reader.attachments.items():
            for content in contents:
                yield from _layers(attached, content, f"{part}附件", depth + 1)
    except Exception:  # whatever a broken file makes of the reader
        yield Unopened(part, "PDF 已损坏")
        return
    if not written:
        yield Unopened(part, "扫描的 PDF", "P122")


def _texts(part: str, texts: list[str]) -> Layer:
    return Layer(part, "\x1e\n".join(texts).encode("utf-8", "replace"))


Opener = Callable[[str, bytes, str, int], Opened]
_OPENERS: tuple[tuple[tuple[bytes, ...], Opener], ...] = (
    ((b"\xff\xfe", b"\xfe\xff"), _utf16),
    ((b"\x1f\x8b",), _gzip),
    ((b"PK\x03\x04", b"PK\x05\x06"), _zip),
    ((b"%PDF", b"\xef\xbb\xbf%PDF"), _pdf),
    ((b"\x89PNG\r\n\x1a\n",), _png),
    ((b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"\0\0\1\0"), _raw),
    ((b"ID3", b"\xff\xfb", b"\x1aE\xdf\xa3", b"OggS", b"fLaC"), _raw),
    ((b"wOFF", b"wOF2", b"\0\1\0\0", b"OTTO", b"ttcf"), _font),
    ((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",), _old_office),
)
"""How files begin. Texts may begin like the shorter ones; then they are read as bytes, which is as good."""

_BEGINNINGS = {beginning[0] for beginnings, _ in _OPENERS for beginning in beginnings}


def _opener(data: bytes) -> Opener | None:
    """What opens a file that begins like this, None for a text or what nobody knows."""
    if data[4:8] == b"ftyp":
        return _raw
    if not data or data[0] not in _BEGINNINGS:
        return None
    return next((opened for begins, opened in _OPENERS if data.startswith(begins)), None)


# ── Pieces ───────────────────────────────────────────────────────────────────────────────────────


def readable(content: bytes) -> str:
    """The text of bytes: UTF-8, else GB18030, else what can be read of it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            pass
    return content.decode("utf-8", "replace")


def pieces(layer: Layer) -> Iterator[Piece]:
    """A layer in pieces that know where they stand."""
    text = readable(layer.content)
    if layer.form == "table":
        yield from _rows(layer.part, _records(text))
        return
    if layer.form == "workbook":
        for sheet, rows in _sheets(layer.source):
            yield from _rows(f"{layer.part}{sheet}", enumerate(rows, 1))
    yield Piece(text, layer.part)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of delimited text, each with the line it begins on."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=first.count))
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error:
        for number, rest in enumerate(text.splitlines()[line - 1 :], line):
            yield number, [rest]


HEAD = 3  # rows that may name the columns


def _rows(part: str, rows: Iterable[tuple[int, list[str]]]) -> Iterator[Piece]:
    rest = iter(rows)
    head = list(islice(rest, HEAD))
    width = max((len(row) for _, row in head), default=0)
    labels = [" ".join(row[n] for _, row in head if n < len(row)) for n in range(width)]
    for number, (line, row) in enumerate(chain(head, rest), 1):
        natural = any(cell.strip() == NATURAL for cell in row)
        for column, cell in enumerate(row, 1):
            if len(cell) > 4:
                label = labels[column - 1] if column <= width and number > 1 else ""
                yield Piece(
                    cell, part, number, column, 0 if line == number else line, label, natural
                )


def _sheets(data: bytes) -> Iterator[tuple[str, list[list[str]]]]:
    """Every sheet of a workbook, hidden ones too; none if the reader cannot make sense of it."""
    from python_calamine import CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield name, [[_cell(value) for value in row] for row in rows]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic inside the reader is not an Exception
        return


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
