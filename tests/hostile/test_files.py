"""Every hostile string in what is downloaded, in findings, in refusals and in Markdown as it is typed."""

from __future__ import annotations

import csv
import html
import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from browser.conftest import Handler, served
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser
from python_calamine import CalamineWorkbook

from disclosure import checking, diagnostics, prose
from disclosure.diagnostics import Finding, Place, Report
from disclosure.intake import articles, escaping, settings, tables, values
from disclosure.intake.tables import Column, Table
from disclosure.rules.status import ADDED
from disclosure.site import feeds
from disclosure.site.feeds import Entry, Feed

from . import strings
from .conftest import BAIT, EXPECTED, SCRIPT, TRAPS, WATCH, Trapped

ATOM = "{http://www.w3.org/2005/Atom}"
FORMULA = re.compile(r"[\s'\"]*[=+\-@＝＋－＠]")


def downloads(trapped: Trapped, suffix: str) -> list[Path]:
    found = sorted((trapped.site / "traps/downloads").glob(f"*{suffix}"))
    assert [path.stem for path in found] == ["2026", "all"]
    return found


def columns(trapped: Trapped) -> dict[str, list[str]]:
    """What the downloads are to hold, by title."""
    rows = trapped.collection.rows
    return {f.title: rows[f.name].tolist() for f in trapped.collection.schema.public_fields}


def test_csv_files_hold_no_formula(trapped: Trapped) -> None:
    for path in downloads(trapped, ".csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            heads, *rows = csv.reader(stream)
        assert heads == list(columns(trapped))
        assert not [cell for row in rows for cell in row if FORMULA.match(cell) and cell[0] != "'"]
        texts = {title: [row[n] for row in rows] for n, title in enumerate(heads)}
        for title, cells in columns(trapped).items():
            assert [escaping.restore(cell) for cell in texts[title]] == cells


def test_downloads_are_read_back_as_the_same_values(trapped: Trapped) -> None:
    schema = trapped.collection.schema
    headers = [text for _, text, _ in schema.headers.values()]
    for path in downloads(trapped, ".csv") + downloads(trapped, ".xlsx"):
        (table,), findings = tables.read(path, file=path.name, headers=headers)
        assert not findings
        checked, findings = checking.check(schema, table)
        assert not findings
        for field in schema.public_fields:
            assert checked.columns[field.name] == trapped.collection.rows[field.name].tolist()


@pytest.mark.filterwarnings("ignore:Unknown extension")
def test_workbooks_hold_texts_as_texts(trapped: Trapped) -> None:
    for path in downloads(trapped, ".xlsx"):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            sheets = [archive.read(n) for n in archive.namelist() if "worksheets" in n]
        assert not [sheet for sheet in sheets if b"<f" in sheet or b"<hyperlink" in sheet]
        sheet = openpyxl.load_workbook(path).worksheets[0]
        heads, *rows = sheet.iter_rows()
        assert sheet.freeze_panes == "A2"
        typed = {"序号": "n", "日期": "d"}
        for number, (title, cells) in enumerate(columns(trapped).items()):
            found = [row[number] for row in rows]
            assert heads[number].value.replace("_x005F_", "_") == title
            assert {cell.data_type for cell in found if cell.value is not None} <= {
                typed.get(title, "s")
            }
            if title not in typed:
                # openpyxl leaves the escapes of the format as they are
                assert [(c.value or "").replace("_x005F_", "_") for c in found] == cells
        read = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        assert [row[1] for row in read[1:]] == trapped.collection.rows["name"].tolist()


def test_feeds_say_the_same_text() -> None:
    day, texts = "2026-01-05", [" ".join(text.split()) for text in EXPECTED]
    entries = [
        Entry(day, day, ADDED, text, f"{n}.html", text, text) for n, text in enumerate(texts)
    ]
    feed = Feed(BAIT, "traps/feed", "traps/", "https://jtj.example.gov.cn/", BAIT, entries)
    root = ElementTree.fromstring(feeds.atom(feed))
    assert root.findtext(f"{ATOM}title") == root.findtext(f"{ATOM}author/{ATOM}name") == BAIT
    for name in ("title", "summary"):
        assert [e.text for e in root.findall(f"{ATOM}entry/{ATOM}{name}")] == texts
    terms = [e.get("term") for e in root.findall(f"{ATOM}entry/{ATOM}category")]
    assert terms[1::2] == texts
    links = {e.get("href", "") for e in root.iter() if e.get("href") is not None}
    assert all(link.startswith("https://jtj.example.gov.cn/") for link in links)
    items = json.loads(feeds.json_feed(feed))["items"]
    assert [(item["title"], item["content_text"]) for item in items] == [(t, t) for t in texts]


@given(st.text())
def test_an_apostrophe_can_be_taken_off_again(text: str) -> None:
    defused = escaping.defuse(text)
    assert escaping.restore(defused) == text
    assert not defused.lstrip(' "\u3000').startswith(tuple("=+-@＝＋－＠\t\r"))


@pytest.mark.parametrize("text", strings.REFUSED)
def test_what_cannot_be_seen_is_refused_everywhere(
    trapped: Trapped, tmp_path: Path, text: str
) -> None:
    number = f"U+{ord(text[1]):04X}"
    schema = trapped.collection.schema
    for name in ("name", "note", "tags", "number", "party"):
        field = schema.by_name[name]
        table = Table("x.csv", "", 1, (Column(field.title, 1, ["甲", text]),), [2, 3], None)
        wrong = [f for f in checking.check(schema, table)[1] if f.code == "V401"]
        assert [(f.place.row, f.facts["character"]) for f in wrong] == [(3, number)]
    _, (wrong_setting,) = settings.parse(f"甲: 乙\n丙: {text}\n", file="x.yml")
    assert (wrong_setting.code, wrong_setting.place.row) == ("F150", 2)
    assert number in str(wrong_setting)
    (tmp_path / "page.md").write_text(f"---\ntitle: 甲\n---\n\n{text}\n", "utf-8")
    (wrong_page,) = articles.load(tmp_path)[1]
    assert (wrong_page.code, wrong_page.place.row) == ("M201", 5)
    assert number in str(wrong_page)


@pytest.mark.parametrize("text", [text for text in TRAPS if "\u200b" in text or "\u00ad" in text])
def test_what_has_no_width_is_taken_out_and_mentioned(trapped: Trapped, text: str) -> None:
    schema = trapped.collection.schema
    field = schema.by_name["name"]
    table = Table("x.csv", "", 1, (Column(field.title, 1, [text, text]),), [2, 3], None)
    checked, findings = checking.check(schema, table)
    assert not re.search("[\u200b\u00ad]", "".join(checked.columns["name"]))
    (said,) = [f for f in findings if f.code == "V901"]
    assert "共 2 格" in said.message


def test_findings_that_quote_them_stay_in_their_line() -> None:
    quoted = [*EXPECTED, *strings.REFUSED, "甲\n::error::乙", "\x1b[2J甲"]
    report = Report.of(
        Finding("V201", Place(f"data/{n}.csv", text), {"title": "甲", "value": text})
        for n, text in enumerate(quoted)
    )
    lines = diagnostics.as_text(report).splitlines()
    assert len(lines) == len(quoted) + 1
    assert not [line for line in lines if values.HIDDEN.search(line)]
    assert len(diagnostics.as_github(report).splitlines()) == len(quoted) + 1
    assert len(json.loads(diagnostics.as_json(report))) == len(quoted)
    assert all(diagnostics.visible(text) == text for text in strings.SAME if "\n" not in text)
    rows = diagnostics.as_markdown(report).splitlines()[4:]
    assert len(rows) == len(quoted)
    for row in rows:
        outside = re.sub(r"`[^`]*`", "", row)
        assert not re.search(r"[<\[@]", outside)


class Bare(Handler):
    policy = ""


def test_markdown_as_it_is_typed_does_nothing(browser: Browser, tmp_path: Path) -> None:
    """Whether a page is refused for it or not: what would come through is harmless by itself."""
    shown = []
    for text in [*TRAPS, *strings.REFUSED]:
        cleaned, _ = prose.clean(prose._rendered(text))
        shown.append(f"<section>{cleaned}</section>")
    (tmp_path / "page.html").write_text(
        f"<meta charset=utf-8><main>{''.join(shown)}</main>", "utf-8"
    )
    with served(tmp_path, Bare) as address:
        context = browser.new_context()
        context.add_init_script(WATCH)
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.goto(f"{address}page.html")
        page.evaluate(SCRIPT)
        assert page.evaluate("wrong(document)") == []
        assert page.locator("main > section").count() == len(shown)
        assert not page.evaluate("window.ran || []")
        assert not [url for url in asked if not url.startswith(address)]
        context.close()


def words(rendered: str) -> str:
    """What one reads of a piece of HTML, without blanks."""
    text = re.sub(r"<!--.*?-->|<[^>]*>", "", rendered, flags=re.DOTALL)
    return "".join(html.unescape(text).split())


def test_markdown_that_would_change_is_refused() -> None:
    """Nothing is dropped without a word: what passes the check comes out as it was written."""
    for text in TRAPS:
        rendered = prose._rendered(text)
        cleaned, refused = prose.clean(rendered)
        found = {f.code for f in prose.check(text, "x.md")}
        assert {r.code for r in refused} <= found
        if not refused:
            assert words(cleaned) == words(rendered)
