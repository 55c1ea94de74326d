"""Opening: the texts inside a file of any kind that a site may hold, archives, documents and pictures included.

A file is a few layers of text: itself, or the members of an archive, the pages of a PDF, what a
picture says of itself. A layer is cheap to make and to look at.

Not looked into: fonts, the numbers of the search index, what a picture or a film shows.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from disclosure.intake import envelopes
from disclosure.privacy import papers

MOST = envelopes.MAX_UNPACKED  # bytes that one file may unpack to, above what it has
OWN = 1_000_000_000  # likewise, of a file that this program has made
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
class Unopened:
    """A part that could not be looked into, and why."""

    part: str
    reason: str
    code: str = "P121"


Opened = Iterator[Layer | Unopened]


class _TooMuch(Exception):
    """A file unpacks to more than it may."""


@dataclass(slots=True)
class _Way:
    """How deep in a file a part lies, and how much its whole file may still unpack to."""

    depth: int
    left: list[int]

    def down(self) -> _Way:
        return _Way(self.depth + 1, self.left)

    def spend(self, size: int) -> None:
        self.left[0] -= max(size, 0)
        if self.left[0] < 0:
            raise _TooMuch


def layers(name: str, data: bytes, *, own: bool = False) -> Opened:
    """Everything that can be read in a file, and what cannot. Never raises for what the bytes are.

    `own` tells that this program has made the file, which then may unpack to more.
    """
    try:
        yield from _layers(name, data, "", _Way(0, [OWN if own else MOST]))
    except _TooMuch:
        yield Unopened("", "解压后过大")


def _layers(name: str, data: bytes, part: str, way: _Way) -> Opened:
    if way.depth > DEEPEST:
        yield Unopened(part, "压缩包的层数太多")
        return
    if opened := _opener(data):
        yield from opened(name, data, part, way)
    elif name.endswith(".bin") and _INDEX.search(name):
        yield from _index(name, data, part, way)
    elif b"\0" in data:
        yield Unopened(part, "不认识的文件类型")
    else:
        if data.startswith(b"BEGIN:V"):  # calendars and cards fold long lines anywhere
            data = data.replace(b"\r\n ", b"").replace(b"\n ", b"")
        if name.endswith(".md"):  # what stands between digits in the source only
            data = _EMPHASIS.sub(rb"\2", data)
        form = "table" if name.lower().endswith((".csv", ".tsv")) else "text"
        yield Layer(part, data, form)
        if b";base64," in data:
            for encoded in _EMBEDDED.findall(data):
                yield from _layers("", _decoded(encoded), f"{part}内嵌文件", way.down())


_EMPHASIS = re.compile(rb"(?<![*_\\])(\*{1,3}|_{1,3})([0-9 -]{1,18})\1(?![*_])|\\(?=[-_.])")
_EMBEDDED = re.compile(rb";base64,([A-Za-z0-9+/%=_-]{16,})")
_INDEX = re.compile(r"(?:^|/)(?:search/[^/]+/(?P<folder>\w+)/.*|facets/[^/]+(?:/\d+)?)\.bin$")


def _decoded(encoded: bytes) -> bytes:
    plain = encoded.replace(b"%2B", b"+").replace(b"%2F", b"/").replace(b"%3D", b"=").rstrip(b"=")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), altchars=None)
    except binascii.Error:
        return b""


def _index(name: str, data: bytes, part: str, way: _Way) -> Opened:
    """A file of the search index: cards and texts; lists of numbers hold no text."""
    found = _INDEX.search(name)
    if found and found["folder"] in ("s", "d"):
        return
    try:
        yield Layer(part, _inflated(data[1:], way, 31)[0] if data[:1] == b"\1" else data[1:])
    except zlib.error:
        yield Unopened(part, "检索文件已损坏")


def _utf16(name: str, data: bytes, part: str, way: _Way) -> Opened:
    text = data.decode("utf-16", "replace").encode("utf-8", "replace")
    yield from _layers(name, text, part, way)


def _gzip(name: str, data: bytes, part: str, way: _Way) -> Opened:
    if any(byte & 0x1C for byte in data[3:4]):  # the head holds a name or a comment
        yield from _raw(name, data[:1024], part, way)
    try:
        content, rest = _inflated(data, way, 31)
    except zlib.error:
        yield Unopened(part, "压缩文件已损坏")
        return
    if rest is None:
        yield Unopened(part, "压缩文件不完整")
    yield from _layers(name.removesuffix(".gz"), content, part, way.down())
    if rest:
        yield from _layers(name, rest, f"{part}附加内容", way.down())


def _inflated(data: bytes, way: _Way, bits: int = zlib.MAX_WBITS) -> tuple[bytes, bytes | None]:
    """What a packed text unpacks to, and what follows it, None if it is not whole; raises zlib.error
    and _TooMuch."""
    unpacking = zlib.decompressobj(bits)
    content = unpacking.decompress(data, way.left[0] + len(data) + 1)
    way.spend(len(content) - len(data))
    return content, unpacking.unused_data if unpacking.eof else None


def _font(name: str, data: bytes, part: str, way: _Way) -> Opened:
    """Nothing of a font is text; a text may begin like one, but holds no zero bytes."""
    if b"\0" not in data:
        yield Layer(part, data)


_GLUED = re.compile(rb"(?<![\x20-\x7e])[0-9]{12,22}[0-9Xx]|(?<![0-9])[0-9]{12,23}(?![\x20-\x7e])")
"""Digits of which some at an end may be a length or a checksum that only looks like digits."""
_LOOSE = 4  # bytes of such a number


def _raw(name: str, data: bytes, part: str, way: _Way) -> Opened:
    """What a picture or a film says of itself: texts among other bytes, perhaps of two bytes a letter."""
    for between in (b"", b" ") if b"\0" in data else (b"",):
        yield Layer(part, data.replace(b"\0", between).decode("utf-8", "replace").encode())
    if glued := _GLUED.findall(data):
        ends = [(run[n:], run[:-n]) for run in glued for n in range(1, _LOOSE + 1)]
        yield Layer(part, b"\n".join(chain.from_iterable(ends)))
    start = data.find(b"PK\3\4")
    if (
        start >= 0 and data.rfind(_END, -65_557) > start
    ):  # an archive that begins like something else
        yield from _zip("", data[start:], f"{part}附加内容", way.down())


_END = b"PK\5\6"


def _png(name: str, data: bytes, part: str, way: _Way) -> Opened:
    yield from _raw(name, data, part, way)
    at = 8
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind != b"IDAT":  # by itself: a checksum behind it may look like digits
            yield Layer(part, body.replace(b"\0", b"").decode("utf-8", "replace").encode())
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            for start in (found.end() for found in islice(re.finditer(b"\0+", body), 8)):
                try:
                    text = _inflated(body[start:], way)[0]
                except zlib.error:
                    continue
                yield from _raw(name, text, f"{part}图片说明", way)


def _old_office(name: str, data: bytes, part: str, way: _Way) -> Opened:
    yield from _raw(name, data, part, way)
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
_USUAL = (
    (b' t="inlineStr"><is><t>', b">"),
    (b'"><v>', b'">'),
    (b"</t></is></c>", b"\x1e\n"),
    (b"</v></c>", b"\x1e\n"),
    (b"<si><t>", b""),
    (b"</t></si>", b"\x1e\n"),
)
"""How nearly all cells of a workbook begin and end, put shortly: five million tags take their time."""
_BREAKING = re.compile(rb"<(?:\w+:)?(?:br|cr|tab|line-break)\b[^<>]*>")
_BREAKS = (b"br", b"cr", b"tab", b"line-break")
_OFFICE_ESCAPE = re.compile(rb"_x00([2-7][0-9A-Fa-f])_")
_OFFICE_TAG = re.compile(rb"<[^!<>][^<>]*>")
_ATTRIBUTE = re.compile(rb"""=(?:"([^"<>]{8,})"|'([^'<>]{8,})')""")


def _zip(name: str, data: bytes, part: str, way: _Way) -> Opened:
    try:
        if envelopes.directory_size(data) > way.left[0] // _PER_ENTRY:
            raise _TooMuch
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from _members(archive, data, part, way)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        yield Unopened(part, "压缩包或文档已损坏")
    except RuntimeError:  # how zipfile says that it needs a password
        yield Unopened(part, "文件有打开密码")


_PER_ENTRY = 64
"""Bytes that a file may unpack to, for each of the directory of an archive: a million for 64 MB."""


def _members(archive: zipfile.ZipFile, data: bytes, part: str, way: _Way) -> Opened:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    way.spend(sum(max(0, entry.file_size - entry.compress_size) for entry in entries))
    if not {entry.compress_type for entry in entries} <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        yield Unopened(part, "压缩方法不是通常的方法")
        return
    names = {entry.filename for entry in entries}
    office = bool(names & {"[Content_Types].xml", "mimetype"})
    comments = (entry.comment for entry in entries)
    yield Layer(f"{part}文件名", b"\n".join((archive.comment, *comments, *map(str.encode, names))))
    yield Layer(f"{part}文件名", _around(data, entries).decode("utf-8", "replace").encode())
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
            yield from _layers(entry.filename, content, part + _member(entry.filename), way.down())
    if cells:
        yield Layer(part, b"\x1e".join(cells), "workbook", data)


def _around(data: bytes, entries: Iterable[zipfile.ZipInfo]) -> bytes:
    """What of an archive is none of its members: their heads, and whatever stands between or behind."""
    rest, at = [], 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        head = data[entry.header_offset : entry.header_offset + 30]
        if len(head) == 30 and entry.header_offset >= at:
            start = entry.header_offset + 30 + sum(struct.unpack_from("<2H", head, 26))
            rest.append(data[at:start])
            at = start + entry.compress_size
    return b"\n".join((*rest, data[at:]))


def _member(name: str) -> str:
    """A member of an archive, as people know it."""
    return next((title for start, title in _NAMES.items() if name.startswith(start)), name)


def _office_text(xml: bytes) -> bytes:
    """The text of a document's XML, words whole however they are formatted, then its attributes."""
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        xml = xml.decode("utf-16", "replace").encode("utf-8", "replace")
    if b"_x00" in xml:
        xml = _OFFICE_ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), xml)
    xml = xml.replace(b'"&amp;"', b"")  # how formulas join texts
    for usual, short in _USUAL:
        xml = xml.replace(usual, short)
    parted = _PARTING.sub(b"\x1e\n", xml)
    if any(mark in xml for mark in _BREAKS):
        parted = _BREAKING.sub(b"\n", parted)
    attributes = (first or second for first, second in _ATTRIBUTE.findall(xml))
    return _OFFICE_TAG.sub(b"", parted) + b"\x1e" + b"\x1e".join(attributes)


def _pdf(name: str, data: bytes, part: str, way: _Way) -> Opened:
    yield from _raw(name, data, part, way)
    paper = papers.read(data)
    for title, texts in paper.texts:
        yield Layer(part + title, "\x1e\n".join(texts).encode("utf-8", "replace"))
    for attached, content in paper.attached:
        yield from _layers(attached, content, f"{part}附件", way.down())
    if paper.wrong:
        yield Unopened(part, paper.wrong)
    elif not paper.is_written:
        yield Unopened(part, "扫描的 PDF", "P122")


Opener = Callable[[str, bytes, str, _Way], Opened]
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
