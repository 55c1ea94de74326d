"""Filters of lists: rows, counts, order and CSV, as the browser's engine finds them and as plain Python does."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from disclosure import choices, descriptor
from disclosure.collection import Collection
from disclosure.intake import escaping
from disclosure.privacy import opening
from disclosure.schema import Schema
from disclosure.site import datapackages, downloads, facets, lists, shelf, views
from disclosure.site.facets import Layout
from disclosure.site.shell import cut

SCHEMA = """\
title: 典型案例
description: 虚构的案例。
unit: 个
date: closed
record_title: "案例：{name}"
primaryKey: [organ]
sort: [-closed, name]
list: [name, fine, closed]
views: [domain, kind]
fields:
  - {name: name, title: 名称}
  - {name: domain, title: 领域, type: list}
  - {name: kind, title: 类别, constraints: {enum: [简易, 普通, 其他]}}
  - {name: fine, title: 罚款金额（元）, type: number, unit: 元}
  - {name: organ, title: 机关, constraints: {required: true}}
  - {name: note, title: 说明, multiline: true}
  - {name: closed, title: 结案日期, type: date, constraints: {required: true}}
"""
UNDATED = SCHEMA.replace("date: closed\n", "").replace("sort: [-closed, name]", "sort: [name]")
UNSORTED = SCHEMA.replace("sort: [-closed, name]", "sort: [name]")
TINY = Layout(block=12, group=4, chunk=2)
"""Sizes so small that a handful of rows has several blocks, groups and chunks."""
DRESSED = cut("<qztitlezq|qzfolderzq|qzfilezq>qzcontentzq")
FINES = ("", "不适用", "0", "999.5", "1000", "9999.99", "10000", "100000", "12", "9", "1234567.8")
NOTES = ("", "=1+1", '说"明"，,', "两行\n=文字", "'@x", " -1 ")
Row = Mapping[str, str]
Asked = Callable[..., Any]

ROW = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["", "甲", "乙,丙", '丁"戊"', "+己"]),
        "domain": st.sampled_from(["公路", "水上", "公路、水上", "", "<b>"]),
        "kind": st.sampled_from(["简易", "普通", "其他", ""]),
        "fine": st.sampled_from(FINES),
        "organ": st.sampled_from(["甲局", "乙局"]),
        "note": st.sampled_from(NOTES),
        "closed": st.dates(date(2023, 11, 1), date(2025, 2, 1)).map(str),
        "listed": st.booleans(),
    }
)
CHOICES: Mapping[str, Sequence[str]] = {
    "year": ("2023", "2024", "2025", "1999"),
    "领域": ("公路", "水上", "<b>", "没有"),
    "类别": ("简易", "普通", "其他"),
    "amount": choices.AMOUNTS,
    "organ": ("甲局", "乙局"),
}
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(st.sampled_from(values), max_size=3, unique=True)
        for name, values in CHOICES.items()
    },
)
BASES = st.sampled_from(
    [("", ""), ("year", "2024"), ("month", "2024-11"), ("领域", "公路"), ("organ", "乙局")]
)


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    """The engine in one process of Node for all tests."""
    program = ["node", str(ROOT / "tests" / "lists" / "answers.mjs")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(program, text=True, encoding="utf-8", **pipes) as process:  # type: ignore[call-overload]

        def ask(kind: str, *, whole: bool = False, **question: object) -> Any:
            process.stdin.write(json.dumps({"ask": kind, **question}) + "\n")
            process.stdin.flush()
            reply = json.loads(process.stdout.readline())
            if "error" in reply:
                raise RuntimeError(reply["error"])
            return reply if whole else reply["answer"]

        yield ask
        process.stdin.close()


def collection(folder: Path, rows: Sequence[Row], text: str, hiding: bool = False) -> Collection:
    """A collection of rows in the order of its lists, as the catalog gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schema.yml").write_text(text, "utf-8")
    schema, findings = descriptor.load(folder / "schema.yml", name="cases", file="schema.yml")
    assert schema is not None, findings
    ordered = sorted(rows, key=lambda row: row["name"])
    if schema.sort[0] == "-closed":
        ordered.sort(key=lambda row: row["closed"], reverse=True)
    columns = {f.name: [row[f.name] for row in ordered] for f in schema.fields}
    frame = pd.DataFrame(columns, dtype="str")
    frame["id"] = [f"id{len(ordered) - n:04}" for n in range(len(ordered))]
    frame["title"] = [f"案例：{row['name']}" for row in ordered]
    frame["folder"] = [row["closed"][:4] if schema.date else "item" for row in ordered]
    frame["path"] = "cases/" + frame["folder"] + "/" + frame["id"] + ".html"
    listed = np.array([row["listed"] for row in ordered], dtype=bool) if hiding else None
    return Collection(schema, frame, {}, listed=listed)


def write(made: Collection, folder: Path, layout: Layout = TINY) -> dict[str, bytes]:
    """Write what a browser fetches of a collection; all files by their paths."""
    shelves = {"cases": shelf.put(made, str(folder / "shelf"))}
    mine = shelves["cases"]
    jobs = list(facets.jobs(made, shelves, layout))
    some, kept, loose = downloads.parts(made, mine), str(folder / "kept"), datapackages.loose(made)
    told = downloads.prepare(made.schema, some, mine, kept, loose)
    publisher = datapackages.Publisher.of({})
    front = ("f", DRESSED, "")
    jobs.extend(downloads.jobs(made.schema, some, mine, front, kept, loose, told, publisher))
    found: dict[str, bytes] = {}
    for job in jobs:
        for path, content in job.make(*job.arguments):
            assert found.get(path, content) == content
            found[path] = content
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    return found


def values(schema: Schema, row: Row) -> dict[str, list[str]]:
    """By facet, the values of a row."""
    found = {
        "year": [row["folder"]] if schema.date else [],
        "领域": schema.by_name["domain"].parts(row["domain"]),
        "类别": schema.by_name["kind"].parts(row["kind"]),
        "amount": list(choices.amounts(row["fine"])),
        "organ": [row["organ"]],
        "month": [row["closed"][:7]],
        "": [""],
    }
    return {name: list(dict.fromkeys(some)) for name, some in found.items()}


def shown(made: Collection) -> list[Row]:
    """The rows that lists show, in their order: the newest year first."""
    rows = made.rows if made.listed is None else made.rows[made.listed]
    records: list[Row] = rows.to_dict("records")
    return sorted(records, key=lambda row: row["folder"], reverse=True)


def plain(
    made: Collection, filters: Mapping[str, Sequence[str]], order: str, base: tuple[str, str]
) -> tuple[list[Row], dict[str, dict[str, int]]]:
    """The rows that fit, in order, and what could be chosen besides: by plain comparison."""

    def fits(row: Row, without: str = "") -> bool:
        held = values(made.schema, row)
        asked = {name: some for name, some in filters.items() if some and name != without}
        return base[1] in held[base[0]] and all(
            set(held[name]) & set(some) for name, some in asked.items()
        )

    rows = [row for row in shown(made) if fits(row)]
    if order in ("newest", "oldest"):
        rows.sort(key=lambda row: row["closed"], reverse=True)
        rows = rows[::-1] if order == "oldest" else rows
    elif order in ("most", "least"):
        sign = -1 if order == "most" else 1

        def rank(row: Row) -> tuple[bool, Decimal]:
            known = row["fine"] not in ("", "不适用")
            return (not known, sign * Decimal(row["fine"]) if known else Decimal(0))

        rows.sort(key=rank)
    counts: dict[str, dict[str, int]] = {}
    for name in CHOICES:
        for row in shown(made):
            if fits(row, without=name):
                for value in values(made.schema, row)[name]:
                    counts.setdefault(name, {}).setdefault(value, 0)
                    counts[name][value] += 1
    return rows, counts


def cells(made: Collection, row: Row) -> list[str]:
    names = made.schema.list
    texts = [made.schema.by_name[name].show(row[name]) for name in names]
    return [f"{row['folder']}/{row['id']}", texts[0] or row["title"], *texts[1:]]


@settings(max_examples=40, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    rows=st.lists(ROW, min_size=1, max_size=40),
    text=st.sampled_from([SCHEMA, UNDATED, UNSORTED]),
    hiding=st.booleans(),
    questions=st.lists(st.tuples(FILTERS, BASES, st.integers(0, 4)), min_size=1, max_size=6),
)
def test_any_filters_find_what_plain_comparison_finds(
    tmp_path_factory: pytest.TempPathFactory,
    asked: Asked,
    rows: list[Row],
    text: str,
    hiding: bool,
    questions: list[tuple[dict[str, list[str]], tuple[str, str], int]],
) -> None:
    folder = tmp_path_factory.mktemp("facets")
    made = collection(folder, rows, text, hiding)
    write(made, folder)
    root = f"{folder}/cases/"
    about = asked("about", root=root)
    names = [facet["name"] for facet in about["facets"]]
    assert about["total"] == len(shown(made))
    totals = asked("totals", root=root)
    assert totals == {name: plain(made, {}, "", ("", ""))[1].get(name, {}) for name in names}
    for filters, base, number in questions:
        if base[0] not in {"", *names, *(["month"] if "year" in names else [])}:
            base = ("", "")  # lists of one value only are not narrowed
        order = about["orders"][number % len(about["orders"])]
        known = {name: some for name, some in filters.items() if name in names}
        found = asked("find", root=root, options={"filters": known, "order": order, "base": base})
        wanted, counts = plain(made, known, order, base)
        assert found["cells"] == [cells(made, row) for row in wanted]
        assert found["n"] == len(wanted)
        for name in names:
            if base[0] not in (name, "month" if name == "year" else name):
                positive = {value: n for value, n in found["counts"][name].items() if n}
                assert positive == counts.get(name, {})
        if not wanted:  # nothing to download
            continue
        text_ = asked("csv", root=root, options={"filters": known, "order": order, "base": base})
        assert text_.startswith("\ufeff")
        head, *lines = csv.reader(io.StringIO(text_[1:], newline=""))
        fields = made.schema.public_fields
        assert head == [field.title for field in fields]
        told = [[escaping.restore(cell) for cell in line] for line in lines]
        assert told == [[row[field.name] for field in fields] for row in wanted]
        assert not any(re.match("[=+@]", cell) for line in lines for cell in line)


SOME: list[Row] = [
    {
        "name": f"案例{n:03}",
        "domain": ("公路", "水上")[n % 2],
        "kind": ("简易", "普通", "其他")[n % 3],
        "fine": FINES[n % len(FINES)],
        "organ": "甲局",
        "note": NOTES[n % len(NOTES)],
        "closed": f"{2023 + n // 30}-{1 + n % 12:02}-{1 + n % 28:02}",
        "listed": True,
    }
    for n in range(90)
]


def test_an_unknown_filter_finds_nothing(tmp_path: Path, asked: Asked) -> None:
    write(collection(tmp_path, SOME, SCHEMA), tmp_path)
    for filters in ({"没有": ["甲"]}, {"领域": ["没有"]}, {"year": ["1999"], "类别": ["简易"]}):
        assert asked("find", root=f"{tmp_path}/cases/", options={"filters": filters})["n"] == 0


def test_one_value_offers_no_choice(tmp_path: Path, asked: Asked) -> None:
    write(collection(tmp_path, SOME, SCHEMA), tmp_path)
    about = asked("about", root=f"{tmp_path}/cases/")
    assert [facet["title"] for facet in about["facets"]] == ["年份", "领域", "类别", "金额"]
    assert about["orders"] == ["newest", "oldest", "most", "least"]


def test_a_changed_row_leaves_all_other_files_alone(tmp_path: Path) -> None:
    before = write(collection(tmp_path / "a", SOME, SCHEMA), tmp_path / "a")
    changed = [{**row, "note": "改过"} if row["name"] == "案例040" else row for row in SOME]
    after = write(collection(tmp_path / "b", changed, SCHEMA), tmp_path / "b")
    new = {path for path in after if path.startswith("cases/facets/") and path not in before}
    same = {path for path in after if path.startswith("cases/facets/") and path in before}
    assert all(after[path] == before[path] for path in same - {"cases/facets/current.json"})
    groups = {path.split("/")[2] for path in new if path.count("/") == 3}
    assert len(groups) == 1
    assert len(new) == 2 + TINY.group // TINY.chunk  # the codes of one block, one group of rows
    assert len(same) > 40


def test_a_new_row_changes_the_newest_files_of_its_year_only(tmp_path: Path) -> None:
    before = write(collection(tmp_path / "a", SOME, SCHEMA), tmp_path / "a")
    newest = {**SOME[-1], "name": "案例999", "closed": "2025-12-31"}
    after = write(collection(tmp_path / "b", [*SOME, newest], SCHEMA), tmp_path / "b")
    fresh = {path for path in after if path.startswith("cases/facets/") and path not in before}
    assert 2 < len(fresh) <= 2 + TINY.group // TINY.chunk


def test_a_record_that_is_not_on_show_is_in_no_file(tmp_path: Path) -> None:
    hidden = [{**row, "listed": row["kind"] != "简易"} for row in SOME]
    made = collection(tmp_path, hidden, SCHEMA, hiding=True)
    files = write(made, tmp_path)
    found = "".join(
        layer.content.decode()
        for path, content in files.items()
        if path.startswith("cases/facets/")
        for layer in opening.layers(path, content)
        if isinstance(layer, opening.Layer)
    )
    for row in hidden:
        assert (row["name"] in found) == row["listed"]
    assert "简易" not in found


def test_only_the_rows_shown_are_fetched(tmp_path: Path, asked: Asked) -> None:
    write(collection(tmp_path, SOME, SCHEMA), tmp_path)
    root = f"{tmp_path}/cases/"
    asked("about", root=root)
    told = asked(
        "find", whole=True, root=root, options={"filters": {"year": ["2024"]}}, cells=False
    )
    assert len(told["fetched"]) == 3  # the blocks of that year: 30 rows by twelves
    told = asked(
        "find", whole=True, root=root, cells=False, options={"filters": {"领域": ["公路"]}}
    )
    assert len(told["fetched"]) == 6  # those of the other years


def test_the_gate_reads_every_file(tmp_path: Path) -> None:
    files = write(collection(tmp_path, SOME, SCHEMA), tmp_path)
    found = ""
    for path, content in files.items():
        if path.startswith("cases/facets/"):
            layers = list(opening.layers(path, content))
            assert layers
            assert all(isinstance(layer, opening.Layer) for layer in layers), path
            found += "".join(layer.content.decode() for layer in layers)  # type: ignore[union-attr]
    assert all(row["name"] in found for row in SOME)


def test_codes_hold_no_digits(tmp_path: Path) -> None:
    assert len(set(facets.DIGITS)) == 64
    assert not re.search(r'[0-9"\\]', facets.DIGITS)
    script = (ROOT / "hooks/theme/assets/list-engine.js").read_text("utf-8")
    assert f'const DIGITS = "{facets.DIGITS}"' in script


def test_many_different_cells_need_several_digits(tmp_path: Path, asked: Asked) -> None:
    rows = [{**SOME[n % 90], "name": f"甲{n:05}", "fine": str(n)} for n in range(5000)]
    made = collection(tmp_path, rows, SCHEMA)
    write(made, tmp_path, facets.USUAL)
    options = {"filters": {"amount": ["1千–5千元"]}, "order": "most"}
    found = asked("find", root=f"{tmp_path}/cases/", options=options, cells=False)
    assert found["n"] == len(plain(made, options["filters"], "most", ("", ""))[0])  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [SCHEMA, UNDATED])
def test_every_choice_has_a_plain_page_with_its_count(
    tmp_path: Path, asked: Asked, text: str
) -> None:
    made = collection(tmp_path, SOME, text)
    write(made, tmp_path)
    made = Collection(made.schema, made.rows, {y: {"公示中": 30} for y in ("2023", "2024", "2025")})
    about = asked("about", root=f"{tmp_path}/cases/")
    known = {view.narrowed: view for view in views.of(made) if view.narrowed}
    for facet in about["facets"]:
        for item in facet["values"]:
            view = known[facet["name"], item["value"]]
            assert len(view.rows) == view.count == item["count"]
    front = lists.front(made)
    for view in known.values():
        assert (f'<a href="{view.folder}/">' in front) == (view.kind != "month")
    assert front.count('<div class="sifter"') == 1
    assert 'data-root="./"' in front
