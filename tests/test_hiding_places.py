"""Where personal numbers could hide in a file: each place is looked into, by the bytes that are published."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping

import pytest

from bench import containers, planted
from disclosure.privacy import gate

PHONE = planted.mobile(random.Random("hiding")).digits
PERSON = planted.identity(random.Random("hiding")).digits
THREE = PHONE[:3], PHONE[3:7], PHONE[7:]
HALVES = PERSON[:9], PERSON[9:]
WORDS = f"手机 {PHONE}".encode()
SHEET = "xl/worksheets/sheet1.xml"


def book(**parts: str) -> bytes:
    return containers.workbook(**{name.replace("__", "/"): text for name, text in parts.items()})


def sheet(rows: str, after: str = "") -> bytes:
    text = f"<worksheet {containers._S}><sheetData>{rows}</sheetData>{after}</worksheet>"
    return containers.workbook(**{SHEET: text})


def letter(body: str) -> bytes:
    return containers.archive(**{"[Content_Types].xml": "<x/>", "word/document.xml": body})


def linked() -> bytes:
    """An archive in which a link leads to a telling place."""
    stream = io.BytesIO()
    entry = zipfile.ZipInfo("link")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(entry, f"../{PHONE}")
    return stream.getvalue()


def extra() -> bytes:
    """An archive with a field that no program reads."""
    stream = io.BytesIO()
    entry = zipfile.ZipInfo("a")
    entry.extra = struct.pack("<2H", 0xCAFE, len(PHONE)) + PHONE.encode()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(entry, "x")
    return stream.getvalue()


def named_gzip() -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile(PHONE, "wb", fileobj=stream) as packed:
        packed.write(b"x")
    return stream.getvalue()


def escaped(form: str) -> str:
    return "".join(form.format(int(c), ord(c)) for c in PHONE)


PLAIN_PICTURE = containers.png(b"tEXt", b"C\0x")
UTF16_PHONE = PHONE.encode("utf-16-be")
PLACES: Mapping[str, tuple[str, bytes | str]] = {
    "key of YAML": ("data/x/schema.yml", f"{PHONE}: x\n"),
    "key of JSON": ("a.json", json.dumps({PHONE: 1})),
    "number of JSON": ("a.json", json.dumps({"a": int(PHONE)})),
    "name of a folder": (f"{PHONE}/index.html", ""),
    "spans": ("a.html", "".join(f"<span class=d{n}>{c}</span>" for n, c in enumerate(PHONE))),
    "breaking points": ("a.html", "<wbr>".join(PHONE)),
    "ruby": ("a.html", f"<ruby>{'<rt></rt>'.join(PHONE)}</ruby>"),
    "template": ("a.html", f"<template>{PHONE}</template>"),
    "what is for no script": ("a.html", f"<noscript>{PHONE}</noscript>"),
    "meta": ("a.html", f'<meta content="{PHONE}">'),
    "id of a heading": ("a.html", f'<h2 id="a-{PHONE}">x</h2>'),
    "title": ("a.html", f'<a title="{PHONE}">x</a>'),
    "address with its data": ("a.html", f'<a href="data:text/plain,{PHONE}">x</a>'),
    "packed address": ("a.html", f'<a href="data:text/plain;base64,{base64.b64encode(WORDS).decode()}">'),
    "blanks by name": ("a.html", "&ensp;".join(THREE)),
    "content of a style": ("a.css", f'a::after{{content:"{PHONE}"}}'),
    "escapes of a style": ("a.css", f'a::after{{content:"{escaped(chr(92) + "3{0} ")}"}}'),
    "long escapes of a style": ("a.css", f'a::after{{content:"{escaped(chr(92) + "00003{0}")}"}}'),
    "octal escapes": ("a.js", f'x="{escaped(chr(92) + "{1:o}")}"'),
    "pieces of a drawing": ("a.svg", "".join(f'<tspan x="{n}">{c}</tspan>' for n, c in enumerate(PHONE))),
    "foreign object": ("a.svg", f"<svg><foreignObject><p>{PHONE}</p></foreignObject></svg>"),
    "description of a drawing": ("a.svg", f"<svg><desc>{PHONE}</desc></svg>"),
    "packed drawing": ("a.svgz", gzip.compress(f"<svg><desc>{PHONE}</desc></svg>".encode())),
    "words of a picture": ("a.png", containers.png(b"tEXt", b"Comment\0" + WORDS)),
    "packed words of a picture": ("a.png", containers.png(b"zTXt", b"Comment\0\0" + zlib.compress(WORDS))),
    "two bytes a letter": ("a.png", containers.png(b"tEXt", b"Comment\0" + UTF16_PHONE)),
    "Exif of a PNG": ("a.png", containers.png(b"eXIf", b"II*\0" + WORDS)),
    "behind a picture": ("a.png", PLAIN_PICTURE + WORDS),
    "archive behind a picture": ("a.png", PLAIN_PICTURE + containers.archive(a=WORDS.decode())),
    "XMP of a JPEG": ("a.jpg", b"\xff\xd8\xff\xe1\0\x50http://ns.adobe.com/xap/1.0/\0" + WORDS + b"\xff\xd9"),
    "comment of a GIF": ("a.gif", b"GIF89a\1\0\1\0\0\0\0!\xfe\x0b" + PHONE.encode() + b"\0;"),
    "Exif of a WebP": ("a.webp", b"RIFF\x40\0\0\0WEBPEXIF" + WORDS),
    "own property": ("a.xlsx", book(docProps__customxml=f"<x>{PHONE}</x>", **{
        "docProps/custom.xml": f"<Properties><property name='电话'><vt:lpwstr>{PHONE}</vt:lpwstr></property></Properties>"
    })),
    "name of a property": ("a.xlsx", book(**{"docProps/custom.xml": f'<property name="{PHONE}"/>'})),
    "number of a sheet": ("a.xlsx", sheet(f'<row r="1"><c r="A1"><v>{PHONE}</v></c></row>')),
    "number with an exponent": ("a.xlsx", sheet(f'<row r="1"><c r="A1"><v>{PHONE[0]}.{PHONE[1:]}E10</v></c></row>')),
    "formats within a cell": ("a.xlsx", sheet(
        f'<row r="1"><c r="A1" t="inlineStr"><is><r><t>{PHONE[:4]}</t></r><r><t>{PHONE[4:]}</t></r></is></c></row>'
    )),
    "references in a cell": ("a.xlsx", sheet(
        f'<row r="1"><c r="A1" t="inlineStr"><is><t>{escaped("&#{1};")}</t></is></c></row>'
    )),
    "escapes of a cell": ("a.xlsx", containers.workbook([escaped("_x00{1:02X}_")])),
    "reading of a text": ("a.xlsx", book(xl__sharedStrings=f"<si><t>x</t><rPh><t>{PHONE}</t></rPh></si>", **{
        "xl/sharedStrings.xml": f"<sst><si><t>x</t><rPh><t>{PHONE}</t></rPh></si></sst>"
    })),
    "formula": ("a.xlsx", sheet(f'<row r="1"><c r="A1"><f>"{PHONE}"</f><v>1</v></c></row>')),
    "formula that joins": ("a.xlsx", sheet(
        f'<row r="1"><c r="A1"><f>"{PHONE[:5]}"&amp;"{PHONE[5:]}"</f><v>1</v></c></row>'
    )),
    "header of a sheet": ("a.xlsx", sheet("", f"<headerFooter><oddHeader>&amp;C{PHONE}</oddHeader></headerFooter>")),
    "prompt of a cell": ("a.xlsx", sheet("", f'<dataValidations><dataValidation prompt="{PHONE}"/></dataValidations>')),
    "name of a sheet": ("a.xlsx", book(**{"xl/workbook.xml": f'<workbook><sheets><sheet name="{PHONE}"/></sheets></workbook>'})),
    "cache of a pivot table": ("a.xlsx", book(**{"xl/pivotCache/pivotCacheDefinition1.xml": f'<s v="{PHONE}"/>'})),
    "hidden text": ("a.docx", letter(
        f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{PHONE[:3]}</w:t></w:r><w:r><w:t>{PHONE[3:]}</w:t></w:r></w:p>"
    )),
    "deleted text": ("a.docx", letter(f"<w:p><w:del><w:r><w:delText>{PHONE}</w:delText></w:r></w:del></w:p>")),
    "page within a document": ("a.docx", containers.archive(
        **{"[Content_Types].xml": "<x/>", "word/afchunk.mht": f"<p>{PHONE}</p>"}
    )),
    "link in an archive": ("a.zip", linked()),
    "field of an archive": ("a.zip", extra()),
    "behind an archive": ("a.zip", containers.archive(a="x") + WORDS),
    "name in a packed file": ("a.csv.gz", named_gzip()),
    "second of two packed files": ("a.csv.gz", gzip.compress(b"x") + gzip.compress(WORDS)),
    "folded line of a calendar": ("a.ics", f"BEGIN:VCALENDAR\r\nTEL:{PHONE[:5]}\r\n {PHONE[5:]}"),
    "title of a link": ("docs/a.md", f'[x](y "电话 {PHONE}")'),
    "footnote": ("docs/a.md", f"x[^1]\n\n[^1]: {PHONE}"),
    "emphasis": ("docs/a.md", f"{THREE[0]}**{THREE[1]}**{THREE[2]}"),
    "escapes of Markdown": ("docs/a.md", "\\-".join(THREE)),
    "signs between": ("docs/a.md", f"手机号码：{'/'.join(THREE)}"),
    "commas between": ("docs/a.md", f"联系电话（{'、'.join(THREE)}）"),
    "Tibetan": ("docs/a.md", "".join(chr(0xF20 + int(c)) for c in PHONE)),
    "Thai": ("docs/a.md", "".join(chr(0xE50 + int(c)) for c in PHONE)),
    "segments": ("docs/a.md", "".join(chr(0x1FBF0 + int(c)) for c in PHONE)),
    "Suzhou": ("docs/a.md", PHONE.translate(str.maketrans("0123456789", "〇〡〢〣〤〥〦〧〨〩"))),
    "as soldiers say it": ("docs/a.md", PHONE.translate(str.maketrans("0123456789", "零幺二三四五六七八九"))),
    "no width and tags": ("docs/a.md", "\u200b<b></b>".join(PHONE)),
}  # fmt: skip
CELLS: Mapping[str, tuple[str, bytes | str]] = {
    "of a CSV file": ("a.csv", "甲,乙\n{},{}\n".format(*HALVES)),
    "of a quoted CSV file": ("a.csv", '甲,乙\n"{}","{}"\n'.format(*HALVES)),
    "of a page": ("a.html", "<tr><td>{}</td>\n<td class=x>{}</td></tr>".format(*HALVES)),
    "of Markdown": ("docs/a.md", "| {} | {} |".format(*HALVES)),
    "of a workbook": ("a.xlsx", containers.workbook(HALVES)),
}
"""An identity number over two cells."""


def found(path: str, content: bytes | str) -> dict[str, bool]:
    """What is found in a file, and whether it is sure."""
    data = content if isinstance(content, bytes) else content.encode()
    return {hit.value: hit.sure for _, _, hit in gate.look([(path, data)])}


@pytest.mark.parametrize("place", PLACES)
def test_a_telephone_number_is_found_wherever_it_hides(place: str) -> None:
    assert PHONE in found(*PLACES[place])


@pytest.mark.parametrize("place", CELLS)
def test_an_identity_number_over_two_cells_is_doubted(place: str) -> None:
    assert found(*CELLS[place]) == {PERSON: False}


@pytest.mark.parametrize("size", [*range(44, 62), 0x3131, 0x3930])
def test_a_length_or_checksum_that_looks_like_a_digit_hides_nothing(size: int) -> None:
    number = PHONE.encode() + bytes(max(0, size - len(PHONE) - 2))
    comment = b"\xff\xd8\xff\xfe" + size.to_bytes(2, "big") + number + b"\xff\xd9"
    block = b"GIF89a\1\0\1\0\0\0\0!\xfe" + bytes([size % 256]) + number + b"\0;"
    assert PHONE in found("a.jpg", comment)
    assert PHONE in found("a.gif", block)
    assert PHONE in found("a.png", b"\x89PNG\r\n\x1a\n" + PHONE.encode() + bytes([size % 256]) * 4)


def test_letters_behind_an_identity_number_hide_nothing() -> None:
    assert found("a.html", f"x{PERSON}y") == {PERSON: False}
    assert found("a.html", f"身份证{PERSON}y") == {PERSON: True}


def test_cells_of_figures_are_left_alone() -> None:
    rows = "\n".join(f"{n * 7919},{n * 104729},{2000 + n % 30},{n}" for n in range(3000))
    assert found("a.csv", rows) == {}
    cells = "".join(f"<td>{n % 10}</td>" for n in range(3000))
    assert found("a.html", f"<tr>{cells}</tr>") == {}
