"""Containers: files of many formats that hold given sentences, written by hand so that nothing else is in them."""

from __future__ import annotations

import gzip
import html
import io
import json
import zipfile
import zlib
from collections.abc import Sequence


def page(body: str) -> bytes:
    return f"<!doctype html><title>示例</title><main>{body}</main>".encode()


def archive(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in members.items():
            target.writestr(name.replace("__", "/"), text)
    return stream.getvalue()


def rows(sentences: Sequence[str]) -> str:
    quoted = (s.replace('"', '""') for s in sentences)
    return "序号,内容\n" + "".join(f'{n},"{s}"\n' for n, s in enumerate(quoted, 1))


_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_P = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def workbook(cells: Sequence[str] = ("示例",), hidden: Sequence[str] = (), **more: str) -> bytes:
    """A workbook with a sheet, a hidden sheet, and perhaps further members."""

    def sheet(texts: Sequence[str]) -> str:
        lines = (
            f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t xml:space="preserve">{html.escape(s)}</t></is></c></row>'
            for n, s in enumerate(texts, 1)
        )
        return f"<worksheet {_S}><sheetData>{''.join(lines)}</sheetData></worksheet>"

    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    office = kind.replace("worksheet", "officeDocument")
    links = "".join(
        f'<Relationship Id="r{n}" Type="{kind}" Target="worksheets/sheet{n}.xml"/>' for n in (1, 2)
    )
    return archive(
        **{
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": f'<Relationships {_P}><Relationship Id="r1" Type="{office}" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook {_S} {_R}><sheets><sheet name="表" sheetId="1" r:id="r1"/>'
            '<sheet name="底稿" sheetId="2" state="hidden" r:id="r2"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f"<Relationships {_P}>{links}</Relationships>",
            "xl/worksheets/sheet1.xml": sheet(cells),
            "xl/worksheets/sheet2.xml": sheet(hidden),
            **more,
        }
    )


def comments(sentences: Sequence[str]) -> bytes:
    said = "".join(
        f'<comment ref="A{n}"><text><r><rPr/><t>{html.escape(s[:9])}</t></r><r><t>{html.escape(s[9:])}</t></r></text></comment>'
        for n, s in enumerate(sentences, 1)
    )
    return workbook(
        **{"xl/comments1.xml": f"<comments {_S}><commentList>{said}</commentList></comments>"}
    )


def properties(sentences: Sequence[str]) -> bytes:
    text = html.escape("；".join(sentences))
    return workbook(
        **{
            "docProps/core.xml": f"<coreProperties><description>{text}</description></coreProperties>"
        }
    )


def letter(sentences: Sequence[str]) -> bytes:
    """A Word document, each paragraph in two runs as Word makes them."""
    body = "".join(
        f"<w:p><w:r><w:t>{html.escape(s[:11])}</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>{html.escape(s[11:])}</w:t></w:r></w:p>"
        for s in sentences
    )
    return archive(
        **{
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f'<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>',
        }
    )


def pdf(sentences: Sequence[str], about: str = "") -> bytes:
    """A page whose font has no names for its characters but the table that PDF readers copy text by."""
    shown = "\n".join(
        f"1 0 0 1 50 {800 - 12 * n} Tm <{line.encode('utf-16-be').hex()}> Tj"
        for n, line in enumerate("\n".join(sentences).split("\n"))
    )
    stream = zlib.compress(f"BT /F 10 Tf\n{shown}\nET".encode())
    used = sorted({c for c in "".join(sentences) if c != "\n"})
    names = "\n".join(f"<{ord(c):04X}> <{ord(c):04X}>" for c in used)
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{len(used)} beginbfchar\n{names}\n"
        "endbfchar endcmap end end"
    ).encode()
    title = (b"\xfe\xff" + about.encode("utf-16-be")).hex()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type0/BaseFont/S/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/S/CIDSystemInfo<</Registry(A)/Ordering(I)/Supplement 0>>/DW 1000>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(table), table),
        b"<</Title<%b>>>" % title.encode(),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%b endobj\n" % (number, content)
    entries = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R/Info 8 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, entries, len(objects) + 1, len(out))
    )


def png(chunk: bytes, body: bytes) -> bytes:
    def one(kind: bytes, content: bytes) -> bytes:
        return (
            len(content).to_bytes(4, "big")
            + kind
            + content
            + zlib.crc32(kind + content).to_bytes(4, "big")
        )

    head = one(b"IHDR", bytes.fromhex("00000001000000010800000000"))
    pixel = one(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + one(chunk, body) + pixel + one(b"IEND", b"")


def jpeg(text: str) -> bytes:
    """A JPEG whose Exif says a description, and Windows a comment of two bytes a letter."""
    said, comment = text.encode() + b"\0", text.encode("utf-16-le") + b"\0\0"
    entries = (270, 2, said), (40092, 1, comment)
    at, table, body = 8 + 2 + 12 * len(entries) + 4, b"", b""
    for tag, kind, content in entries:
        table += b"".join(
            n.to_bytes(size, "little")
            for n, size in ((tag, 2), (kind, 2), (len(content), 4), (at + len(body), 4))
        )
        body += content
    tiff = b"II*\0\x08\0\0\0" + len(entries).to_bytes(2, "little") + table + b"\0\0\0\0" + body
    segment = b"Exif\0\0" + tiff
    return b"\xff\xd8\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + b"\xff\xd9"


def index(sentences: Sequence[str]) -> bytes:
    texts = json.dumps([[s] for s in sentences], ensure_ascii=False)
    return b"\1" + gzip.compress(texts.encode(), mtime=0)


def calendar(sentences: Sequence[str]) -> bytes:
    """Long lines are folded, as the format demands, wherever that falls."""
    lines = []
    for sentence in sentences:
        line = "SUMMARY:" + sentence.replace("\n", "\\n")
        lines += [line[:24], *(f" {line[n : n + 24]}" for n in range(24, len(line), 24))]
    return ("BEGIN:VCALENDAR\r\n" + "\r\n".join(lines) + "\r\nEND:VCALENDAR\r\n").encode()


def joined(sentences: Sequence[str], form: str, between: str = "\n") -> bytes:
    return between.join(form.format(html.escape(s)) for s in sentences).encode()
