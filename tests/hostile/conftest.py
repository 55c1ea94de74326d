"""A site in which every text of every record, page and heading is hostile, and a browser that counts what runs."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from browser.conftest import Handler, served
from conftest import ROOT, TODAY, build, copy_project
from playwright.sync_api import Browser
from stdnum.cn import uscc

from disclosure import catalog
from disclosure.catalog import Collection
from disclosure.intake import escaping, values
from disclosure.site import spreadsheets
from disclosure.site.spreadsheets import TEXT, Column

from . import special, strings

TRAPS = [*strings.SAME, *strings.CHANGED]
"""What stands in the cells, row by row."""
EXPECTED = [*strings.SAME, *strings.CHANGED.values()]
"""As what it is to come out."""
MARKER = "陷阱样本"
"""What every record holds, so that searching finds them all."""
BAIT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"

SCHEMA: dict[str, Any] = {
    "title": f"陷阱{BAIT}",
    "description": f"说明{BAIT}",
    "unit": "件<b>",
    "date": "decided",
    "record_title": "{name}",
    "primaryKey": ["no"],
    "sort": ["no"],
    "list": ["name", "note", "tags", "number", "party", "decided"],
    "views": ["kind"],
    "missingValues": [""],
    "fields": [
        {"name": "no", "title": "序号", "type": "integer", "constraints": {"required": True}},
        {"name": "name", "title": f"名称{BAIT}", "section": f"节{BAIT}", "constraints": {"required": True}},
        {"name": "note", "title": "事实", "multiline": True},
        {"name": "kind", "title": f"类别{BAIT}"},
        {"name": "tags", "title": "标签", "type": "list"},
        {"name": "number", "title": "文号", "format": "docno"},
        {"name": "party", "title": "当事人"},
        {"name": "party_kind", "title": "当事人类别"},
        {"name": "uscc", "title": "代码", "format": "uscc"},
        {"name": "marker", "title": "标记"},
        {"name": "decided", "title": "日期", "type": "date", "constraints": {"required": True}},
    ],
}  # fmt: skip
DOWN: dict[str, Any] = {
    "title": f"撤下{BAIT}",
    "date": "decided",
    "record_title": "{number}",
    "primaryKey": ["no"],
    "sort": ["no"],
    "list": ["number", "decided"],
    "missingValues": [""],
    "fields": [
        {"name": "no", "title": "序号", "type": "integer", "constraints": {"required": True}},
        {"name": "number", "title": "文号", "format": "docno"},
        {"name": "organ", "title": f"机关{BAIT}"},
        {"name": "decided", "title": "日期", "type": "date", "constraints": {"required": True}},
        {"name": "status", "title": "状态"},
        {"name": "status_date", "title": "状态日期", "type": "date"},
        {"name": "status_reason", "title": "状态理由"},
    ],
}
"""Records that were withdrawn or changed, for reasons that are hostile, too."""
TITLES = [f["title"] for f in SCHEMA["fields"]]
for entry in [*SCHEMA["fields"], *DOWN["fields"]]:
    entry.setdefault("type", "string")

GROUP = 12
"""Strings in the head of one page."""
REFUSED = re.compile(f"--!>|&#x3C&|{values.RESERVED.pattern}")
"""What pages may not hold even as code."""
HEADS = [text for text in strings.SAME if "\n" not in text and not REFUSED.search(text)]


def code(number: int) -> str:
    """A valid credit code for every row."""
    body = f"91000000MA{number:07}"
    return body + uscc.calc_check_digit(body)


def row(number: int, text: str) -> list[str]:
    texts = [text] * 6
    return [
        str(number),
        *texts,
        "法人及非法人组织",
        code(number),
        MARKER,
        f"2026-01-{number % 28 + 1:02}",
    ]


def table() -> bytes:
    """The first half of the strings as a CSV file."""
    some = enumerate(TRAPS[: len(TRAPS) // 2])
    return separated(TITLES, (row(number, text) for number, text in some))


def down() -> bytes:
    """Every string as the number, the organ and the reason of a record that was withdrawn, and of one
    that was changed."""
    rows = (
        [str(2 * number + turn), text, text, "2026-01-05", said, "2026-02-03", text]
        for number, text in enumerate(TRAPS)
        for turn, said in enumerate(("撤销", "变更"))
    )
    return separated([f["title"] for f in DOWN["fields"]], rows)


def separated(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(titles)
    writer.writerows([escaping.defuse(cell) for cell in cells] for cells in rows)
    return stream.getvalue().encode()


def workbook() -> bytes:
    """The other half as a workbook, with texts as texts."""
    rows = list(enumerate(TRAPS))[len(TRAPS) // 2 :]
    columns = zip(*(row(number, text) for number, text in rows), strict=True)
    sheet = spreadsheets.sheet(
        [Column(title, TEXT, cells) for title, cells in zip(TITLES, columns, strict=True)]
    )
    return spreadsheets.workbook({"陷阱": sheet})


def heads() -> Iterator[tuple[str, str]]:
    """Pages with hostile heads, whose text holds every string as code: (address, source)."""
    for start in range(0, len(HEADS), GROUP):
        texts = HEADS[start : start + GROUP]
        line = " ".join(texts)
        keys = ("title", "description", "索引号", "发文字号", "发文机关", "有效性")
        front = [f"{key}: {json.dumps(line, ensure_ascii=False)}" for key in keys]
        body = [f"第 {n} 条\n\n    {text}\n" for n, text in enumerate(texts)]
        yield f"notices/trap-{start}", "\n".join(["---", *front, "---", "", *body])


@dataclass(frozen=True)
class Trapped:
    """The finished site, and what it was made from."""

    root: Path
    site: Path
    collections: Mapping[str, Collection]

    @property
    def collection(self) -> Collection:
        return self.collections["traps"]

    @property
    def down(self) -> Collection:
        return self.collections["down"]

    @property
    def paths(self) -> list[str]:
        """The addresses of all pages."""
        found = (path.relative_to(self.site).as_posix() for path in self.site.rglob("*.html"))
        return sorted(path for path in found if ".shell." not in path)


@pytest.fixture(scope="session")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> Trapped:
    root = copy_project(tmp_path_factory.mktemp("hostile") / "project", data=False)
    data = root / "data"
    (data / "rules").mkdir(parents=True)
    (data / "traps").mkdir()
    (data / "down").mkdir()
    for name in ("calendar.yml", "rules/retention.yml", "rules/deadlines.yml"):
        (data / name).write_bytes((ROOT / "data" / name).read_bytes())
    agency = yaml.safe_load((ROOT / "data/agency.yml").read_text("utf-8"))
    kept = ("url", "sample", "site_code", "icp", "police_record", "emblem", "email")
    agency = {
        k: f"{v}{BAIT}" if isinstance(v, str | int) and k not in kept else v
        for k, v in agency.items()
    }
    settings = (("agency.yml", agency), ("traps/schema.yml", SCHEMA), ("down/schema.yml", DOWN))
    for name, content in settings:
        (data / name).write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    (data / "traps/2026.csv").write_bytes(table())
    (data / "traps/more.xlsx").write_bytes(workbook())
    (data / "down/2026.csv").write_bytes(down())
    special.write(ROOT / "data", data, TRAPS)
    for address, source in heads():
        (root / f"docs/{address}.md").write_text(source, "utf-8")
    result = build(root)
    assert result.returncode == 0, result.stdout + result.stderr
    loaded = catalog.load(data, as_of=date.fromisoformat(TODAY)).collections
    return Trapped(root, root / "site", loaded)


WATCH = """
window.alert = window.confirm = window.prompt = () => { (top.ran = top.ran || []).push(location.href); };
"""
SCRIPT = (Path(__file__).parent / "visit.js").read_text("utf-8")
TABS = 2
Visit = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def visit(browser: Browser, trapped: Trapped) -> Iterator[Visit]:
    """Opens pages of the site, several at a time, and tells what each came out as; if they are only
    `parsed`, none of their scripts runs, and there may be many.

    No policy protects them here: nothing may run, be fetched from elsewhere or be opened even so.
    """

    class Bare(Handler):
        policy = ""
        protocol_version = "HTTP/1.1"  # which keeps connections

        def translate_path(self, path: str) -> str:
            # How a page looks is no matter here, and takes long.
            return os.devnull if path.endswith(".css") else super().translate_path(path)

        def end_headers(self) -> None:
            if "/assets/" in self.path or "/search/data" in self.path:
                self.send_header("Cache-Control", "max-age=3600")
            super().end_headers()

    with served(trapped.site, Bare) as address:
        context = browser.new_context(bypass_csp=True)
        context.add_init_script(WATCH)
        tabs = [context.new_page() for _ in range(TABS)]
        wrong: list[str] = []
        context.on(
            "dialog", lambda dialog: wrong.append(f"dialog {dialog.message}") or dialog.dismiss()
        )
        context.on(
            "request", lambda r: r.url.startswith((address, "about:")) or wrong.append(r.url)
        )
        context.on("page", lambda other: wrong.append(f"window {other.url}"))
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        for tab in tabs:
            tab.goto(f"{address}404.html")
            tab.evaluate(SCRIPT)

        def opened(paths: list[str], *, parsed: bool = False) -> dict[str, Any]:
            way = "parsed" if parsed else "visit"
            for n, tab in enumerate(tabs):
                mine = [address + path for path in paths[n::TABS]]
                tab.evaluate(f"paths => {{ window.visited = {way}(paths); }}", mine)
            found: dict[str, Any] = {}
            for tab in tabs:
                found |= tab.evaluate("window.visited")
                assert not tab.evaluate("window.ran || []")
                assert tab.url == f"{address}404.html"
            assert not wrong
            return {path: found[address + path] for path in paths}

        yield opened
        context.close()
