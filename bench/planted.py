"""Planted personal data in every disguise and file format, and clean rows that look alike, to measure the gate with.

Everything is invented anew from a seed; none of it is ever stored in the project.
"""

from __future__ import annotations

import base64
import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import quote

from stdnum import luhn
from stdnum.cn import ric, uscc

from bench.containers import (
    archive,
    calendar,
    comments,
    index,
    joined,
    jpeg,
    letter,
    page,
    pdf,
    png,
    properties,
    rows,
    workbook,
)
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
