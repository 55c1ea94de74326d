"""Planted personal data in every disguise and file format, and clean rows that look alike, to measure the gate with.

Everything is invented anew from a seed; none of it is ever stored in the project.
"""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import quote

from stdnum import luhn
from stdnum.cn import ric, uscc

from disclosure.privacy.numbers import PROVINCES


class Value(NamedTuple):
    """One invented number, and how its groups are usually written apart."""

    kind: str
    digits: str
    groups: tuple[int, ...]
    label: str


def identity(draw: random.Random) -> Value:
    """A number of the identity card, with a check character, of somebody who does not exist."""
    day = date(1940, 1, 1) + timedelta(days=draw.randrange(26_000))
    number = f"{draw.choice(sorted(PROVINCES))}{draw.randrange(10_000):04d}{day:%Y%m%d}"
    number += f"{draw.randrange(1000):03d}"
    return Value("id", number + str(ric.calc_check_digit(number + "0")), (6, 8, 4), "身份证号码")


def mobile(draw: random.Random) -> Value:
    number = f"1{draw.randrange(3, 10)}{draw.randrange(10**9):09d}"
    return Value("mobile", number, (3, 4, 4), "联系电话")


def card(draw: random.Random) -> Value:
    """A bank card of 16 to 19 digits."""
    number = draw.choice(("62", "4", "5"))
    length = draw.randrange(15, 19)
    number += "".join(str(draw.randrange(10)) for _ in range(length - len(number)))
    return Value("card", number + luhn.calc_check_digit(number), (4, 4, 4, 4, 3), "银行卡号")


KINDS: Sequence[Callable[[random.Random], Value]] = (identity, mobile, card)

# ── Disguises ────────────────────────────────────────────────────────────────────────────────────


def grouped(value: Value, mark: str) -> str:
    pieces, at = [], 0
    for size in value.groups:
        pieces.append(value.digits[at : at + size])
        at += size
    return mark.join(piece for piece in pieces if piece)


def mapped(value: Value, zero: str) -> str:
    """With digits of another kind; there is no other X but the wide one."""
    return "".join("Ｘ" if c == "X" else zero[int(c)] for c in value.digits)


def each(value: Value, form: str) -> str:
    return "".join(form.format(ord(c)) for c in value.digits)


CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨"
FREE = {  # what any text can hold
    "as it is": lambda v: v.digits,
    "full width": lambda v: mapped(v, "０１２３４５６７８９"),
    "blanks": lambda v: grouped(v, " "),
    "wide blanks": lambda v: grouped(v, "\u3000"),
    "no-break blanks": lambda v: grouped(v, "\xa0"),
    "hyphens": lambda v: grouped(v, "-"),
    "dashes": lambda v: grouped(v, "—"),
    "dots": lambda v: grouped(v, "."),
    "middle dots": lambda v: grouped(v, "·"),
    "blank after each": lambda v: " ".join(v.digits),
    "no width": lambda v: "\u200b".join(v.digits),
    "joiners": lambda v: grouped(v, "\u2060"),
    "soft hyphens": lambda v: grouped(v, "\xad"),
    "byte-order marks": lambda v: grouped(v, "\ufeff"),
    "circled": lambda v: mapped(v, CIRCLED),
    "key caps": lambda v: "".join(c if c == "X" else f"{c}\ufe0f\u20e3" for c in v.digits),
    "bold of Unicode": lambda v: mapped(v, "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
    "Chinese": lambda v: mapped(v, "〇一二三四五六七八九"),
    "Chinese for cheques": lambda v: mapped(v, "零壹贰叁肆伍陆柒捌玖"),
    "percent": lambda v: "".join(f"%{ord(c):02X}" for c in v.digits),
    "percent, full width": lambda v: quote(mapped(v, "０１２３４５６７８９")),
}
LINES = {
    "end of line": lambda v: grouped(v, "\n"),
    "end of line inside": lambda v: f"{v.digits[:7]}\n{v.digits[7:]}",
}
REFERENCES = {
    "references": lambda v: each(v, "&#{};"),
    "hexadecimal references": lambda v: each(v, "&#x{:X};"),
    "hyphens by name": lambda v: grouped(v, "&shy;"),
    "blanks by name": lambda v: grouped(v, "&nbsp;"),
}
MARKUP = {
    "bold within": lambda v: f"{v.digits[:3]}<b>{v.digits[3:6]}</b>{v.digits[6:]}",
    "spans": lambda v: "".join(f'<span class="d">{c}</span>' for c in v.digits),
    "comment within": lambda v: f"{v.digits[:5]}<!-- -->{v.digits[5:]}",
    "line break within": lambda v: grouped(v, "<br>"),
}
ESCAPES = {
    "escapes": lambda v: each(v, "\\u{:04x}"),
    "escapes of blanks": lambda v: grouped(v, "\\u200b"),
}
Disguise = Callable[[Value], str]

# ── Formats ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Format:
    """A kind of file: the disguises it can hold, and how its bytes are made from sentences."""

    name: str
    path: str
    make: Callable[[Sequence[str]], bytes]
    disguises: Sequence[dict[str, Disguise]] = (FREE, LINES)


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


FORMATS: Sequence[Format] = (
    Format(
        "HTML text",
        "a/page.html",
        lambda s: page("".join(f"<p>{x}</p>" for x in s)),
        (FREE, LINES, REFERENCES, MARKUP),
    ),
    Format(
        "HTML attribute",
        "a/page.html",
        lambda s: page("".join(f'<img alt="{x}">' for x in s)),
        (FREE, LINES, REFERENCES),
    ),
    Format(
        "HTML address",
        "a/page.html",
        lambda s: page("".join(f'<a href="/x?q={quote(x)}">a</a>' for x in s)),
        ({name: d for name, d in FREE.items() if not name.startswith("percent")}, LINES),
    ),
    Format(
        "HTML comment",
        "a/page.html",
        lambda s: page("".join(f"<!-- {x} -->" for x in s)),
        (FREE, LINES),
    ),
    Format(
        "script",
        "a/page.js",
        lambda s: "\n".join(f'say("{x}");' for x in s).encode(),
        (FREE, ESCAPES),
    ),
    Format(
        "Markdown",
        "a/page.md",
        lambda s: "\n\n".join(s).encode(),
        (FREE, LINES, REFERENCES, MARKUP),
    ),
    Format(
        "JSON",
        "a/rows.json",
        lambda s: json.dumps([{"t": x} for x in s], ensure_ascii=False).encode(),
    ),
    Format("JSON, escaped", "a/rows.json", lambda s: json.dumps([{"t": x} for x in s]).encode()),
    Format(
        "JSON escapes",
        "a/rows.json",
        lambda s: ("[" + ",".join(f'"{x}"' for x in s) + "]").encode(),
        (ESCAPES,),
    ),
    Format("search index", "search/0a1b/t/0/1.bin", index),
    Format("CSV", "a/rows.csv", lambda s: rows(s).encode("utf-8-sig")),
    Format("CSV in GB18030", "a/rows.csv", lambda s: rows(s).encode("gb18030")),
    Format("CSV in UTF-16", "a/rows.csv", lambda s: rows(s).encode("utf-16")),
    Format("CSV, packed", "a/rows.csv.gz", lambda s: gzip.compress(rows(s).encode(), mtime=0)),
    Format("XLSX", "a/rows.xlsx", lambda s: workbook(s)),
    Format("XLSX, hidden sheet", "a/rows.xlsx", lambda s: workbook(hidden=s)),
    Format("XLSX, comments", "a/rows.xlsx", comments),
    Format("XLSX, properties", "a/rows.xlsx", properties),
    Format("DOCX", "a/letter.docx", letter),
    Format("ZIP", "a/all.zip", lambda s: archive(**{"a__rows.csv": rows(s)})),
    Format(
        "Atom",
        "a/feed.xml",
        lambda s: b"<feed>" + joined(s, "<entry><summary>{}</summary></entry>") + b"</feed>",
    ),
    Format("iCalendar", "a/days.ics", calendar),
    Format("SVG", "a/chart.svg", lambda s: b"<svg>" + joined(s, "<text>{}</text>") + b"</svg>"),
    Format("PDF", "a/paper.pdf", pdf),
    Format("PDF, properties", "a/paper.pdf", lambda s: pdf(["示例"], "；".join(s))),
    Format(
        "PNG, text",
        "a/photo.png",
        lambda s: png(b"iTXt", b"Comment\0\0\0\0\0" + "；".join(s).encode()),
    ),
    Format(
        "PNG, packed text",
        "a/photo.png",
        lambda s: png(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress("；".join(s).encode())),
    ),
    Format("JPEG, Exif", "a/photo.jpg", lambda s: jpeg("；".join(s))),
    Format(
        "embedded picture",
        "a/page.css",
        lambda s: (
            b"a{b:url(data:image/png;base64,"
            + base64.b64encode(png(b"iTXt", b"C\0\0\0\0\0" + "；".join(s).encode()))
            + b")}"
        ),
    ),
    Format("file name", "a/{}.txt", lambda s: b"", (FREE,)),
)


class Plant(NamedTuple):
    """A file in which values are hidden."""

    format: str
    disguise: str
    path: str
    content: bytes
    values: Sequence[Value]


def plants(seed: str, each_kind: int) -> Iterator[Plant]:
    """So many values of every kind in every disguise in every format that can hold it.

    A card is named as such, because its number alone says little; the others stand by themselves.
    """
    draw = random.Random(seed)
    for form in FORMATS:
        for disguises in form.disguises:
            for name, disguise in disguises.items():
                if form.name.startswith("PDF") and name == "bold of Unicode":
                    continue  # beyond what the two-byte codes of the PDF made here can say
                values = [kind(draw) for kind in KINDS for _ in range(each_kind)]
                sentences = [_sentence(value, disguise(value)) for value in values]
                if "{}" in form.path:
                    for value, sentence in zip(values, sentences, strict=True):
                        yield Plant(form.name, name, form.path.format(sentence), b"", [value])
                else:
                    yield Plant(form.name, name, form.path, form.make(sentences), values)


def _sentence(value: Value, spelled: str) -> str:
    return (
        f"{value.label}：{spelled}。" if value.kind == "card" else f"经核实（{spelled}）情况属实。"
    )


# ── Rows without personal data ───────────────────────────────────────────────────────────────────


def clean(seed: str, n: int) -> Iterator[dict[str, str]]:
    """Rows of lawful numbers that look alike: codes, documents, declarations, amounts, places, landlines."""
    draw = random.Random(seed)

    def digits(count: int) -> str:
        return "".join(str(draw.randrange(10)) for _ in range(count))

    for number in range(n):
        day = date(2018, 1, 1) + timedelta(days=draw.randrange(3200))
        yield {
            "序号": str(number + 1),
            "文号": f"示交罚〔{day.year}〕{draw.randrange(10**6):06d}号",
            "统一社会信用代码": numeric_code(draw),
            "工商注册号": f"4309{digits(11)}",
            "报关单号": f"{draw.randrange(100, 9500):04d}{day.year}{draw.randrange(2)}{digits(9)}",
            "道路运输证号": f"4309{digits(8)}",
            "从业资格证号": f"43{digits(4)}{day:%Y%m%d}{digits(4)}"[:17],
            "发票号码": digits(20),
            "运单号": f"{draw.choice(('SF', 'YT', 'JD'))}{digits(13)}",
            "车辆识别代号": "L"
            + "".join(draw.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(16)),
            "时间戳": str(draw.randrange(1_400_000_000_000, 1_790_000_000_000)),
            "罚款金额（元）": f"{draw.randrange(1, 10 ** draw.randrange(3, 12))}.{digits(2)}",
            "合同价款": f"{draw.randrange(10**10, 2 * 10**10)}元",
            "位置": f"{draw.uniform(73, 135):.{draw.randrange(4, 9)}f},{draw.uniform(18, 53):.6f}",
            "经度": f"{draw.uniform(73, 135):.8f}",
            "单位电话": f"0{draw.randrange(310, 999)}-{draw.randrange(2, 9)}{digits(7)}",
            "服务热线": f"400-{digits(3)}-{digits(4)}",
            "已脱敏电话": f"1{draw.randrange(3, 10)}{digits(1)}****{digits(4)}",
            "已脱敏证件": f"{draw.choice(sorted(PROVINCES))}*************{digits(3)}",
            "条码": f"69{digits(11)}",
            "日期": f"{day} {draw.randrange(24):02d}:{draw.randrange(60):02d}",
            "起止": f"{day:%Y.%m.%d}-{day + timedelta(days=400):%Y.%m.%d}",
            "摘要": hex(draw.getrandbits(160))[2:],
        }


def numeric_code(draw: random.Random) -> str:
    """A 统一社会信用代码 that is all digits and right."""
    while True:
        head = draw.choice(("91", "92", "93", "11", "12", "13", "51", "52", "53"))
        region = f"{draw.choice(sorted(PROVINCES))}{draw.randrange(30):02d}{draw.randrange(30):02d}"
        code = f"{head}{region}" + "".join(str(draw.randrange(10)) for _ in range(9))
        check = str(uscc.calc_check_digit(code + "0"))
        if check.isdigit():
            return code + check


def clean_files(seed: str, n: int) -> Iterator[tuple[str, bytes]]:
    """The rows as a table, as list pages, and as lines of prose without the names of the columns."""
    table = list(clean(seed, n))
    head = list(table[0])
    yield (
        "a/rows.csv",
        "\n".join(
            ",".join(row) for row in [head, *([f'"{c}"' for c in r.values()] for r in table)]
        ).encode(),
    )
    for first in range(0, n, 100):
        some = table[first : first + 100]
        lines = "".join(
            "<tr>" + "".join(f"<td>{c}</td>" for c in row.values()) + "</tr>\n" for row in some
        )
        names = "".join(f"<th>{name}</th>" for name in head)
        yield f"a/{first}.html", page(f"<table><tr>{names}</tr>{lines}</table>")
        yield f"b/{first}.json", json.dumps(some, ensure_ascii=False).encode()
        yield f"c/{first}.md", "\n".join("，".join(row.values()) + "。" for row in some).encode()
