"""List pages: every row once in every list, links that lead somewhere, and pages that stay as they are."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from disclosure import descriptor
from disclosure.collection import Collection
from disclosure.site import lists, shelf, views
from disclosure.site.shell import cut

SCHEMA = """\
title: 典型案例
description: 虚构的案例。
unit: 个
date: closed
record_title: "{name}"
primaryKey: [name]
list: [name, domain, closed]
views: [domain, kind]
fields:
  - {name: name, title: 名称, constraints: {required: true}}
  - {name: domain, title: 领域, type: list, slugs: {公路: gonglu, 水上: shuishang}}
  - {name: kind, title: 类别}
  - {name: closed, title: 结案日期, type: date, constraints: {required: true}}
"""
UNDATED = SCHEMA.replace("date: closed\n", "")
SIZES = [0, 1, 99, 100, 101, 199, 200, 201, 299, 300, 301, 1000]
DRESSED = cut("<qztitlezq|qzfolderzq|qzfilezq>qzcontentzq")

Pages = dict[str, str]


def collection(tmp_path: Path, days: list[str], text: str = SCHEMA) -> Collection:
    """A collection with a row for each day, newest first, as the catalog gives it."""
    path = tmp_path / "schema.yml"
    path.write_text(text, "utf-8")
    schema, findings = descriptor.load(path, name="cases", file="schema.yml")
    assert schema is not None, findings
    total = len(days)
    names = [f"案例{total - n}" for n in range(total)]  # the oldest is 1, whatever is added
    rows = pd.DataFrame(
        {
            "name": names,
            "domain": [("公路", "水上", "公路、水上", "")[(total - n) % 4] for n in range(total)],
            "kind": ["一般"] * total,
            "closed": days,
            "id": [f"id{total - n}" for n in range(total)],
            "title": names,
            "folder": [day[:4] if schema.date else "item" for day in days],
        },
        dtype="str",
    )
    rows["path"] = "cases/" + rows["folder"] + "/" + rows["id"] + ".html"
    tally: dict[str, dict[str, int]] = {}
    for day in days:
        state = tally.setdefault(day[:4] if schema.date else "", {"公示中": 0})
        state["公示中"] += 1
    return Collection(schema, rows, tally)


def spread(size: int, last: date = date(2025, 12, 31)) -> list[str]:
    """So many days, newest first; the older ones do not change when one is added."""
    first = last - timedelta(days=300)
    return [(first + timedelta(days=300 * n // 1000)).isoformat() for n in reversed(range(size))]


def build(tmp_path: Path, made: Collection) -> Pages:
    shelves = {"cases": shelf.put(made, str(tmp_path / "shelves"))}
    found: Pages = {}
    for job in lists.jobs(made, shelves, DRESSED):
        for path, content in job.make(*job.arguments):
            assert path not in found
            found[path] = content.decode()
    return found


def rows_of(page: str) -> list[str]:
    """The ids of the rows of a page, in order."""
    return re.findall(r'<th scope="row"[^>]*><a href="\.\./\w+/(id\d+)\.html">', page)


def walk(pages: Pages, folder: str) -> list[str]:
    """The files of a list in the order in which a reader turns its pages, forward and back."""
    files = ["index"]
    while found := re.search(r'rel="next" href="([^"]+)"', pages[f"{folder}/{files[-1]}.html"]):
        before, after = files[-1], found[1].removesuffix(".html")
        files.append(after)
        back = re.search(r'rel="prev" href="([^"]+)"', pages[f"{folder}/{after}.html"])
        assert back
        assert back[1] == ("./" if before == "index" else f"{before}.html")
    return files


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", [SCHEMA, UNDATED], ids=["dated", "undated"])
def test_every_row_is_once_in_a_list(tmp_path: Path, size: int, text: str) -> None:
    made = collection(tmp_path, spread(size), text)
    pages = build(tmp_path, made)
    ids = made.rows["id"].tolist()
    folders = {path.rpartition("/")[0] for path in pages}
    whole = "cases/2025" if made.schema.date else "cases/all"
    assert (whole in folders) == (size > (0 if made.schema.date else views.WHOLE))
    for folder in folders:
        files = walk(pages, folder)
        assert {f"{folder}/{file}.html" for file in files} == {
            path for path in pages if path.rpartition("/")[0] == folder
        }
        listed = [row for file in files for row in rows_of(pages[f"{folder}/{file}.html"])]
        wanted = set(ids) if folder == whole else set(listed)
        assert listed == [row for row in ids if row in wanted]
        sizes = [len(rows_of(pages[f"{folder}/{file}.html"])) for file in files]
        assert max(sizes) < 2 * views.PER_PAGE
        assert all(n == views.PER_PAGE for n in sizes[1:-1])
    for value, slug in (("公路", "gonglu"), ("水上", "shuishang")):
        has = made.rows["domain"].str.contains(value)
        folder = f"cases/domain-{slug}"
        if folder in folders:
            listed = [
                row
                for file in walk(pages, folder)
                for row in rows_of(pages[f"{folder}/{file}.html"])
            ]
            assert listed == made.rows["id"][has].tolist()


@pytest.mark.parametrize("size", [0, 1, 99, 100, 198, 199, 200, 299, 300, 999])
def test_a_new_record_changes_the_newest_pages_only(tmp_path: Path, size: int) -> None:
    old = build(tmp_path, collection(tmp_path, spread(size)))
    new = build(tmp_path, collection(tmp_path, spread(size + 1)))
    assert old.keys() <= new.keys() or size == 0
    for folder in {path.rpartition("/")[0] for path in old}:
        # A note may count all rows of the year; below it, older pages stay byte for byte.
        files = walk(new, folder)
        known = {path for path in old if path.rpartition("/")[0] == folder}
        added = [file for file in files if f"{folder}/{file}.html" not in known]
        changed = {f for f in files if old.get(f"{folder}/{f}.html") != new[f"{folder}/{f}.html"]}
        assert len(added) <= 1
        assert changed <= {"index", *added, *(str(int(file) - 1) for file in added)}


@pytest.mark.parametrize("text", [SCHEMA, UNDATED], ids=["dated", "undated"])
@pytest.mark.parametrize("size", [1, 150, 400])
def test_the_front_page_leads_to_every_list(tmp_path: Path, size: int, text: str) -> None:
    made = collection(tmp_path, spread(size), text)
    pages = build(tmp_path, made)
    targets = set(re.findall(r'<li><a href="([a-z0-9-]+)/"', lists.front(made)))
    months = {f for f in pages if re.match(r"cases/\d{4}-\d\d/", f)}
    lead = {path.split("/")[1] for path in pages.keys() - months}
    assert targets == lead
    for path in months:  # which the page of their year leads to
        folder = path.split("/")[1]
        assert f'href="../{folder}/"' in pages[f"cases/{folder[:4]}/index.html"]


def test_a_field_of_one_value_offers_no_choice(tmp_path: Path) -> None:
    made = collection(tmp_path, spread(10))
    assert not [path for path in build(tmp_path, made) if "/kind-" in path]
    assert "按类别" not in lists.front(made)


def test_what_is_hidden_is_counted(tmp_path: Path) -> None:
    made = collection(tmp_path, spread(3))
    more = Collection(
        made.schema, made.rows, {"2025": {"公示中": 3, "期满下架": 1200}, "2019": {"已撤回": 1}}
    )
    pages = build(tmp_path, more)
    assert (
        "2025年共 1,203 个，现公开 3 个；另有 1,200 个已依法撤回" in pages["cases/2025/index.html"]
    )
    assert "没有可以列示的记录" in pages["cases/2019/index.html"]
    front = lists.front(more)
    assert "累计 1,204 个，现公开 3 个" in front
    assert "1,203个" in front


def test_an_empty_collection_says_so(tmp_path: Path) -> None:
    made = collection(tmp_path, [])
    assert build(tmp_path, made) == {}
    assert "暂无公开的记录" in lists.front(made)


def test_cells_are_text(tmp_path: Path) -> None:
    made = collection(tmp_path, spread(3))
    hostile = ["<script>alert(1)</script>", '"><img src=x>', "&lt;b&gt; 'a'"]
    made.rows["name"] = pd.Series(hostile, dtype="str")
    made.rows["domain"] = pd.Series(hostile, dtype="str")
    pages = {**build(tmp_path, made), "front": lists.front(made)}
    for page in pages.values():
        assert "<script" not in page
        assert "<img" not in page
        assert "<b>" not in page
    assert "&amp;lt;b&amp;gt;" in pages["front"]
    for path in pages.keys() - {"front"}:
        assert re.fullmatch(r"cases/[a-z0-9-]+/\w+\.html", path), path
