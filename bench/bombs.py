"""Bombs: small files that ask for all time or memory, what each is refused with, and what that costs.

    python -m bench.bombs

prints a table. Every refusal is measured in a fresh process: seconds of processor time, and the peak
memory of that process and of the one it starts for workbooks, together, above what Python and the
libraries take before anything is read.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import containers

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 2.0
MOST_MEGABYTES = 200.0

_SHEET = "xl/worksheets/sheet1.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OPENING = f'<worksheet xmlns="{_MAIN}"><sheetData>'
_CLOSING = "</sheetData></worksheet>"
PARTS: Mapping[str, str] = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_LINKS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_LINKS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}"/>',
    _SHEET: f'{_OPENING}<row r="1"><c r="A1" t="inlineStr"><is><t>文号</t></is></c></row>{_CLOSING}',
}
"""The parts of a small workbook that is in order."""


def workbook(
    parts: Mapping[str, str | bytes | Iterator[bytes]],
    *,
    packed: bool = True,
    base: Mapping[str, str] = PARTS,
) -> bytes:
    """A workbook with some parts replaced or added; a part may come in pieces."""
    target = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in {**base, **parts}.items():
            with archive.open(name, "w", force_zip64=False) as part:
                if isinstance(content, str | bytes):
                    part.write(content.encode() if isinstance(content, str) else content)
                else:
                    for piece in content:
                        part.write(piece)
    return target.getvalue()


def endless_zeros() -> bytes:
    """One part of 200 MB, packed to a thousandth."""
    return workbook({_SHEET: (bytes(1_000_000) for _ in range(200))})


def ten_million_cells() -> bytes:
    """A sheet of 100,000 rows and 100 columns."""

    def rows() -> Iterator[bytes]:
        yield _OPENING.encode()
        for row in range(1, 100_001):
            yield f'<row r="{row}">{"<c><v>1</v></c>" * 100}</row>'.encode()
        yield _CLOSING.encode()

    return workbook({_SHEET: rows()})


def ten_million_blanks() -> bytes:
    """The most cells that fit below the limits of size: blank ones, not packed at all."""
    row = f"<row>{'<c/>' * 1_000}</row>".encode()
    pieces = [_OPENING.encode(), *[row] * 10_100, _CLOSING.encode()]
    return workbook({_SHEET: iter(pieces)}, packed=False)


def many_parts() -> bytes:
    """A hundred thousand empty parts."""
    return workbook({f"xl/media/{number}.png": b"" for number in range(100_000)})


def overlapping_parts() -> bytes:
    """Nine hundred names in the directory for one and the same part."""
    data = workbook({"xl/media/a.bin": bytes(60_000)})
    archive = zipfile.ZipFile(io.BytesIO(data))
    start = archive.start_dir
    end = data[-22:]
    entry = archive.getinfo("xl/media/a.bin")
    size = 46 + len(entry.filename)
    record = next(
        data[at : at + size]
        for at in (found.start() for found in re.finditer(b"PK\x01\x02", data))
        if entry.filename.encode() in data[at : at + size]
    )
    more = b"".join(
        record[:46] + f"xl/media/{number:03}.b".encode()[: len(entry.filename)]
        for number in range(900)
    )
    count = len(archive.infolist()) + 900
    directory = data[start:-22] + more
    numbers = count.to_bytes(2, "little") * 2 + len(directory).to_bytes(4, "little")
    return data[:start] + directory + end[:8] + numbers + end[16:]


def lying_directory() -> bytes:
    """A part of 300 MB that the directory says to be of one kilobyte."""
    data = bytearray(workbook({_SHEET: (bytes(1_000_000) for _ in range(300))}))
    true = (300_000_000).to_bytes(4, "little")
    while (at := data.find(true)) >= 0:
        data[at : at + 4] = (1_000).to_bytes(4, "little")
    return bytes(data)


def packed_in_each_other() -> bytes:
    """A zip file of zip files of zip files beside the sheets."""
    inner = bytes(10_000_000)
    for _ in range(4):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(10):
                archive.writestr(f"{number}.zip", inner)
        inner = target.getvalue()
    return workbook({"xl/media/more.zip": inner})


def _typed(subset: str, use: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE sst [{subset}]><sst xmlns="{_MAIN}"><si><t>{use}</t></si></sst>'


def billion_laughs() -> bytes:
    """Ten entities, each of ten of the one before."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    return workbook({"xl/sharedStrings.xml": _typed(entities, "&a9;")})


def foreign_entity() -> bytes:
    """An entity that is a file of the machine which reads."""
    subset = '<!ENTITY x SYSTEM "file:///etc/passwd">'
    return workbook({"xl/sharedStrings.xml": _typed(subset, "&x;").encode("utf-16")})


def one_text_everywhere() -> bytes:
    """A text of five megabytes, once in the file and in two thousand cells."""
    cells = '<c t="s"><v>0</v></c>' * 2
    sheet = f"{_OPENING}{f'<row>{cells}</row>' * 1_000}{_CLOSING}"
    text = f'<sst xmlns="{_MAIN}"><si><t>{"a" * 5_000_000}</t></si></sst>'
    return workbook({_SHEET: sheet, "xl/sharedStrings.xml": text}, packed=False)


def far_cell() -> bytes:
    """One cell in the last row and column that there are."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return workbook({_SHEET: PARTS[_SHEET].replace(_CLOSING, far + _CLOSING)})


def long_line() -> bytes:
    """A CSV file whose only line has a hundred megabytes."""
    return b"a" * 100_000_000


def wide_line() -> bytes:
    """A CSV file with a line of thirty million columns."""
    return "文号,当事人\n".encode() + b"," * 30_000_000 + b"\n"


def null_bytes() -> bytes:
    """A CSV file of null bytes after its header."""
    return "文号,当事人\n".encode() + bytes(30_000_000)


def alias_bomb() -> bytes:
    """A YAML file of references to references."""
    lines = ["a0: &a0 [ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    return "\n".join(lines).encode()


def deep_yaml() -> bytes:
    """A YAML file nested a hundred thousand times."""
    return b"a: " + b"[" * 400_000


def endless_yaml() -> bytes:
    """A YAML file of a hundred megabytes."""
    return b"# note\n" * 15_000_000


def zeros_in_a_document() -> bytes:
    """A document of 200 MB, packed to a thousandth."""
    return workbook({"word/document.xml": (bytes(1_000_000) for _ in range(200))})


def archives_in_an_archive() -> bytes:
    """A zip file of zip files of zip files, ten in each, of ten megabytes."""
    inner = bytes(10_000_000)
    for depth in range(3):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(10):
                archive.writestr(f"{number}.{'zip' if depth else 'txt'}", inner)
        inner = target.getvalue()
    return inner


def packed_table() -> bytes:
    """A table of 500 MB, packed twice."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    once = b"".join(packer.compress(bytes(10_000_000)) for _ in range(50)) + packer.flush()
    return gzip.compress(once, mtime=0)


def words_of_a_picture() -> bytes:
    """A picture whose description has 200 MB."""
    packer = zlib.compressobj(9)
    words = b"".join(packer.compress(bytes(10_000_000)) for _ in range(20)) + packer.flush()
    return containers.png(b"zTXt", b"Comment\0\0" + words)


def zeros_in_a_page() -> bytes:
    """A PDF file whose only page has 200 MB."""
    packer = zlib.compressobj(9)
    page = b"".join(packer.compress(b" " * 10_000_000) for _ in range(20)) + packer.flush()
    return _pdf(b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(page), page))


def one_page_everywhere() -> bytes:
    """A PDF file in which the same page comes fifty thousand times."""
    return _pdf(b"<</Length 3>>stream\nBT \nendstream", pages=50_000)


def _pdf(content: bytes, pages: int = 1) -> bytes:
    kids = b" ".join([b"3 0 R"] * pages)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        content,
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%b endobj\n" % (number, body)
    entries = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out
        + b"xref\n0 5\n0000000000 65535 f \n%btrailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (
            entries,
            len(out),
        )
    )


def entities_in_a_drawing() -> bytes:
    """A drawing with entities of entities."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    return f"<!DOCTYPE svg [{entities}]><svg xmlns='http://www.w3.org/2000/svg'>&a9;</svg>".encode()


def copies_of_copies() -> bytes:
    """A drawing that uses a group of ten uses of a group, nine times over."""
    groups = "".join(
        f'<g id="a{n}">{f"""<use href="#a{n - 1}"/>""" * 10 if n else "<path/>"}</g>'
        for n in range(10)
    )
    return f"<svg xmlns='http://www.w3.org/2000/svg'>{groups}</svg>".encode()


def deep_drawing() -> bytes:
    """A drawing nested half a million times, without an end."""
    return b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 500_000


@dataclass(frozen=True)
class Bomb:
    """A file, how it ends, and the code that it is refused with."""

    make: Callable[[], bytes]
    suffix: str
    code: str


BOMBS = (
    Bomb(endless_zeros, ".xlsx", "F140"),
    Bomb(ten_million_cells, ".xlsx", "F140"),
    Bomb(ten_million_blanks, ".xlsx", "F151"),
    Bomb(many_parts, ".xlsx", "F140"),
    Bomb(overlapping_parts, ".xlsx", "F140"),
    Bomb(lying_directory, ".xlsx", "F130"),
    Bomb(packed_in_each_other, ".xlsx", "F142"),
    Bomb(billion_laughs, ".xlsx", "F144"),
    Bomb(foreign_entity, ".xlsx", "F144"),
    Bomb(one_text_everywhere, ".xlsx", "F145"),
    Bomb(far_cell, ".xlsx", "F122"),
    Bomb(long_line, ".csv", "F141"),
    Bomb(wide_line, ".csv", "F122"),
    Bomb(null_bytes, ".csv", "F110"),
    Bomb(alias_bomb, ".yml", "F207"),
    Bomb(deep_yaml, ".yml", "F207"),
    Bomb(endless_yaml, ".yml", "F204"),
    Bomb(zeros_in_a_document, ".docx", "P121"),
    Bomb(archives_in_an_archive, ".zip", "P121"),
    Bomb(packed_table, ".csv.gz", "P121"),
    Bomb(words_of_a_picture, ".png", "P121"),
    Bomb(zeros_in_a_page, ".pdf", "P122"),
    Bomb(one_page_everywhere, ".pdf", "P121"),
    Bomb(entities_in_a_drawing, ".svg", "M208"),
    Bomb(copies_of_copies, ".svg", "M208"),
    Bomb(deep_drawing, ".svg", "M208"),
)  # fmt: skip

_READ = """
import json, os, resource, sys
from pathlib import Path
from disclosure.diagnostics import registry
from disclosure.intake import attachments, settings, tables
from disclosure.privacy import allowlist, gate
registry()
def peak():
    status = Path("/proc/self/status").read_text()
    mine = int(status.partition("VmHWM:")[2].split()[0])
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return mine * 1024 / 1e6, child * 1024 / 1e6
path = Path(sys.argv[1])
own = peak()[0]
start = sum(os.times()[:4])
if path.suffix == ".yml":
    findings = settings.read(path, file=path.name)[1]
elif path.suffix == ".svg":
    findings = attachments.picture(path.read_bytes(), path.name)
elif path.suffix in (".docx", ".zip", ".gz", ".png", ".pdf"):
    files = [(f"docs/{path.name}", path.read_bytes())]
    findings = [f for v in gate.inspect(files, allowlist.Allowed()) for f in v.findings]
else:
    findings = tables.read(path, file=path.name, headers=["文号"])[1]
seconds = sum(os.times()[:4]) - start
mine, child = peak()
megabytes = mine - own + max(0, child - own)
print(json.dumps([sorted({f.code for f in findings}), seconds, megabytes]))
"""


@dataclass(frozen=True)
class Verdict:
    """What became of one bomb."""

    bytes: int
    codes: tuple[str, ...]
    seconds: float
    megabytes: float


def judge(bomb: Bomb, folder: Path) -> Verdict:
    """Read one bomb in a fresh process."""
    path = folder / f"{bomb.make.__name__}{bomb.suffix}"
    path.write_bytes(bomb.make())
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _READ, str(path)]
    result = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    codes, seconds, megabytes = json.loads(result.stdout)
    verdict = Verdict(path.stat().st_size, tuple(codes), seconds, megabytes)
    path.unlink()
    return verdict


def main() -> int:
    """Print the table; 1 if a bomb was not refused as it should be, or cost more than is promised."""
    failed = False
    print(f"{'bomb':24}{'file, MB':>10}{'verdict':>10}{'CPU, s':>10}{'peak, MB':>10}")
    with TemporaryDirectory() as folder:
        for bomb in BOMBS:
            found = judge(bomb, Path(folder))
            met = found.codes == (bomb.code,)
            met = met and found.seconds < MOST_SECONDS and found.megabytes < MOST_MEGABYTES
            failed |= not met
            print(
                f"{bomb.make.__name__.replace('_', ' '):24}{found.bytes / 1e6:10.2f}"
                f"{'+'.join(found.codes) or 'none':>10}{found.seconds:10.2f}{found.megabytes:10.1f}"
                f"{'' if met else '  not as promised'}"
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
