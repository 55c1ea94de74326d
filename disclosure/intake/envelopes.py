"""Envelopes: whether the zip file that a workbook is may be opened at all, and what else lies in it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

MAX_UNPACKED = 64_000_000  # bytes of all parts together
MAX_RATIO = 100  # unpacked to packed, of a part from LARGE on
LARGE = 1_000_000
MAX_ENTRIES = 1_000
MAX_CELLS = (
    8_000_000  # of all sheets, blank ones included; 65,535 rows of 30 columns are two million
)
MAX_DIRECTORY = 1_000_000  # bytes; a thousand entries need a tenth of it

_END = struct.Struct("<4s4H2LH")  # the end record: counts, size and place of the directory
_LOCATOR = b"PK\x06\x07"  # of the directory of very large archives
_HEADER = 30  # bytes of a part's own header, without its name
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_XML = (".xml", ".rels", ".vml")
_CHUNK = 1 << 20
_CELLS = (b"<c ", b"<c>", b"<c/", b":c ", b":c/")  # how the XML of a cell begins


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a workbook is not to be opened, or what is in it: the code of the finding and its reason."""

    code: str
    reason: str


# What runs or reaches out when a workbook is opened; part names are matched in lower case.
_BURDENS = tuple(
    (Fault(code, reason), re.compile(pattern))
    for code, reason, pattern in (
        ("F142", "宏", r"xl/(?:.*/)?vba\w*\.bin"),
        ("F142", "旧式宏表", r"xl/(?:macrosheets|dialogsheets|intlmacrosheets)/.*"),
        ("F142", "ActiveX 控件", r"xl/activex/.*"),
        ("F142", "嵌入的文件", r"xl/embeddings/.*"),
        ("F142", "嵌入的压缩包或程序", r".*\.(?:zip|xls[xmb]?|docx?|docm|pptx?|jar|exe|dll|js|vbs|bat|html?)"),
        ("F142", "自动取数的数据连接", r"xl/(?:connections\.xml|querytables/.*|webextensions/.*)"),
        ("F143", "", r"xl/externallinks/[^/]*\.xml"),
    )
)  # fmt: skip
_DDE = re.compile(rb"<(?:\w+:)?(?:ddeLink|oleLink)[\s/>]")


def unsafe(data: bytes) -> Fault | None:
    """Judges a workbook by its directory alone; nothing is unpacked. Raises BadZipFile."""
    if directory_size(data) > MAX_DIRECTORY:
        return _refused(f"里面的部件超过 {MAX_ENTRIES} 个")
    archive = zipfile.ZipFile(io.BytesIO(data))
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        return _refused(f"里面的部件超过 {MAX_ENTRIES} 个")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        return _refused(f"解开后超过 {MAX_UNPACKED // 1_000_000} MB")
    for entry in entries:
        if entry.file_size > LARGE and entry.file_size > MAX_RATIO * entry.compress_size:
            return _refused(f"有的部件压缩了 {MAX_RATIO} 倍以上")
        if entry.flag_bits & 1:
            return _refused("里面有加密的部件")
        if entry.compress_type not in _METHODS:
            return _refused("压缩方法不是工作簿用的方法")
        if _leads_out(entry.orig_filename):
            return _refused("里面的部件名指向别处")
    if len({entry.filename.casefold() for entry in entries}) < len(entries):
        return _refused("里面有同名的部件")
    if any(_overlaps(entries, archive.start_dir)):
        return _refused("里面的部件互相重叠")
    return None


def _refused(reason: str) -> Fault:
    return Fault("F140", reason)


def directory_size(data: bytes) -> int:
    """What the end record says. It has a long form only for more than 65,535 parts, or 4 GB."""
    at = data.rfind(b"PK\x05\x06", -65_557)
    if at < 0 or len(data) < at + _END.size:
        raise zipfile.BadZipFile
    long = data[max(0, at - 20) :].startswith(_LOCATOR)
    return MAX_DIRECTORY + 1 if long else int(_END.unpack_from(data, at)[5])


def _leads_out(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return "\0" in name or ":" in name or "\\" in name or parts[0] == "" or ".." in parts


def _overlaps(entries: list[zipfile.ZipInfo], end: int) -> Iterator[bool]:
    """Whether parts share bytes with each other or with the directory."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    starts = [entry.header_offset for entry in ordered[1:]] + [end]
    for entry, following in zip(ordered, starts, strict=True):
        yield entry.header_offset + _HEADER + entry.compress_size > following


def burdens(archive: zipfile.ZipFile) -> Iterator[Fault]:
    """What a workbook carries besides cells: programs, other files, links to other workbooks."""
    names = [entry.filename.lower() for entry in archive.infolist()]
    for fault, pattern in _BURDENS:
        if found := [name for name in names if pattern.fullmatch(name)]:
            yield fault
            if fault.code == "F143" and any(
                _DDE.search(archive.read(entry))
                for entry in archive.infolist()
                if entry.filename.lower() in found
            ):
                yield Fault("F142", "连到别的程序的动态链接（DDE、OLE）")


def unpacked(archive: zipfile.ZipFile) -> Fault | None:
    """Unpacks every part once, keeping nothing: sizes and checksums are what the directory says, no
    XML part has a document type, by which entities and other files could be drawn in, and there are
    not too many cells. Raises BadZipFile."""
    cells = 0
    for entry in archive.infolist():
        prolog = _Prolog() if entry.filename.lower().endswith(_XML) else None
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                if prolog and prolog.declares_type(chunk):
                    return Fault("F144", entry.filename)
                cells += sum(map(chunk.count, _CELLS))
                if cells > MAX_CELLS:
                    return Fault("F151", f"{MAX_CELLS // 10_000} 万")
    return None


class _Prolog:
    """Reads an XML part up to its first element."""

    def __init__(self) -> None:
        self._typed = self._over = False
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._declared
        self._parser.StartElementHandler = self._started

    def declares_type(self, chunk: bytes) -> bool:
        if not self._over:
            try:
                self._parser.Parse(chunk)
            except expat.ExpatError:
                self._over = True  # not XML; who reads it says so
        return self._typed

    def _declared(self, *_: object) -> None:
        self._typed = self._over = True
        raise expat.ExpatError

    def _started(self, *_: object) -> None:
        self._over = True
        raise expat.ExpatError
