"""synth: writes files of invented rows, the sample's own or any number for trying things out."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZipFile, ZipInfo

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # run as a file, a script finds only its own folder

from scripts import appeals, invented  # noqa: E402
from scripts.invented import Row  # noqa: E402

Table = tuple[list[str], list[str], list[list[str]]]
"""Headers, the type of each column, and the rows."""


def table(collection: str, rows: Sequence[Row]) -> Table:
    """Rows under the headers of the collection's schema, in its order; unused columns are left out."""
    schema = yaml.safe_load((ROOT / "data" / collection / "schema.yml").read_text("utf-8"))
    used = {name for row in rows for name, value in row.items() if value}
    fields = [field for field in schema["fields"] if field["name"] in used]
    names = [field["name"] for field in fields]
    body = [[row.get(name, "") for name in names] for row in rows]
    return [field["title"] for field in fields], [field["type"] for field in fields], body


def as_csv(content: Table, encoding: str = "utf-8") -> bytes:
    headers, _, rows = content
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(content: Table, title: str) -> bytes:
    """A workbook as a bureau keeps it: a merged title, the headers, dates as dates.

    Written by hand, uncompressed and without a clock, so that equal rows give equal bytes.
    """
    headers, types, rows = content
    lines = [[title], headers, *rows]
    cells = (
        "".join(_cell(column, number, value, types) for column, value in enumerate(line))
        for number, line in enumerate(lines, 1)
    )
    body = "".join(f'<row r="{number}">{line}</row>' for number, line in enumerate(cells, 1))
    merged = (
        f'<mergeCells count="1"><mergeCell ref="A1:{_letters(len(headers) - 1)}1"/></mergeCells>'
    )
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData>{merged}</worksheet>'
    parts = _PARTS | {"xl/worksheets/sheet1.xml": sheet}
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        for name, text in parts.items():
            archive.writestr(ZipInfo(name), f'<?xml version="1.0" encoding="UTF-8"?>\n{text}')
    return stream.getvalue()


def _cell(column: int, row: int, value: str, types: Sequence[str]) -> str:
    place = f"{_letters(column)}{row}"
    if row > 2 and value and types[column] == "date":
        days = (date.fromisoformat(value) - date(1899, 12, 30)).days
        return f'<c r="{place}" s="1"><v>{days}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else ""


def _letters(column: int) -> str:
    high, low = divmod(column, 26)
    return (_letters(high - 1) if high else "") + chr(65 + low)


_OPEN = "http://schemas.openxmlformats.org"
_MAIN = f"{_OPEN}/spreadsheetml/2006/main"
_LINKS = f"{_OPEN}/package/2006/relationships"
_OFFICE = f"{_OPEN}/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: dict[str, str] = {
    "[Content_Types].xml": f'<Types xmlns="{_OPEN}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="抽查结果" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
    f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts count="1">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    "<borders count='1'><border/></borders><cellStyleXfs count='1'><xf/></cellStyleXfs>"
    '<cellXfs count="2"><xf xfId="0"/><xf xfId="0" numFmtId="164" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>",
}


def sample() -> Iterator[tuple[str, bytes]]:
    """Every generated file of the sample, by its path below data/."""
    plan = invented.WORLD["sample"]
    span = {"decided": plan["last_decision"], "published": plan["last_publication"]}
    seed = plan["seed"]
    for collection, rows_of in (("penalties", invented.penalties), ("permits", invented.permits)):
        for year, amount in plan[collection].items():
            path = f"{collection}/{year}.csv"
            encoding = plan["encodings"].get(path, "utf-8")
            yield (
                path,
                as_csv(table(collection, rows_of(year, amount, seed=seed, **span)), encoding),
            )
    for year, amount in plan["inspections"].items():
        content = table("inspections", invented.inspections(year, amount, seed=seed, **span))
        if year == plan["workbook"]:
            yield f"inspections/{year}.xlsx", as_xlsx(content, f"{year}年双随机抽查结果汇总表")
        else:
            yield f"inspections/{year}.csv", as_csv(content)
    yield "discretion/discretion.csv", as_csv(table("discretion", invented.brackets()))
    yield (
        "officers/officers.csv",
        as_csv(table("officers", invented.officers(plan["officers"], seed=seed))),
    )
    last = plan["last_publication"]
    for year, amount in plan["petitions"].items():
        rows = appeals.petitions(year, amount, seed=seed, last=last)
        yield f"petitions/{year}.csv", as_csv(table("petitions", rows))
    for year in plan["hotline"]:
        rows = appeals.hotline(year, seed=seed, last=last)
        yield f"hotline/{year}.csv", as_csv(table("hotline", rows))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one file of invented rows, or all of the sample's."""
    parser = argparse.ArgumentParser(
        prog="synth",
        usage="python scripts/synth.py penalties|permits -n 行数 --year 年 -o 文件.csv\n"
        "      python scripts/synth.py --sample data/",
        description="生成虚构的数据：试用、测速和示例站用。同样的参数总是得到同样的行。",
        add_help=False,
    )
    parser.add_argument("-h", "--help", action="help", help="显示这份说明")
    parser.add_argument(
        "collection", nargs="?", choices=("penalties", "permits"), help="栏目：行政处罚或行政许可"
    )
    parser.add_argument("-n", type=int, default=1000, metavar="行数", help="多少行（默认 1000）")
    parser.add_argument("--year", type=int, default=2024, metavar="年", help="哪一年（默认 2024）")
    parser.add_argument("-o", "--output", type=Path, metavar="文件", help="写到哪个 CSV 文件")
    parser.add_argument("--seed", default="", metavar="文字", help="换一个种子，得到另外一批行")
    parser.add_argument(
        "--sample", type=Path, metavar="文件夹", help="重写示例数据中由程序生成的文件"
    )
    options = parser.parse_args(arguments)
    if options.sample:
        files = {options.sample / path: content for path, content in sample()}
    elif options.collection and options.output:
        make = invented.penalties if options.collection == "penalties" else invented.permits
        rows = make(options.year, options.n, seed=options.seed)
        files = {options.output: as_csv(table(options.collection, rows))}
    else:
        parser.error("请写明栏目和 -o 文件，或者 --sample 文件夹。")
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
