"""Addresses: whatever rows, folders and schemas hold, no page of the site lies outside it or twice."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from disclosure import parts
from disclosure.descriptor import load
from disclosure.intake import articles, values
from disclosure.schema import Schema
from disclosure.site import parties, writer
from disclosure.site.writer import Job

HOSTILE = [
    "../../etc/passwd", "..", ".", "/", "/etc/passwd", "\\", "..\\..\\x", "a/b", "a\0b", "con", "NUL", "aux.txt", "x" * 5_000, "%2e%2e%2f",
    "A", "a", "ａ", "é", "é", "ß", "SS", "İ", "<script>", "{{ 7*7 }}", "a b", "a\nb", "~", "", "C:\\x", "qzfolderzq", "\u202ea",
]  # fmt: skip
anything = st.sampled_from(HOSTILE) | st.text(max_size=40)


def schema(folder: Path, **slugs: str) -> tuple[Schema | None, list[str]]:
    raw: dict[str, Any] = {
        "title": "甲", "record_title": "{name}", "primaryKey": ["name", "number"], "list": ["name"],
        "fields": [
            {"name": "name", "title": "名称", "type": "string", "constraints": {"required": True}, "slugs": slugs},
            {"name": "number", "title": "文号", "type": "string", "format": "docno"},
        ],
    }  # fmt: skip
    path = folder / "schema.yml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), "utf-8")
    read, findings = load(path, name="x", file="schema.yml")
    return read, [f.code for f in findings]


@given(st.lists(st.tuples(anything, anything), min_size=1, max_size=20, unique=True))
def test_ids_of_records_are_sixteen_letters(tmp_path: Path, keys: list[tuple[str, str]]) -> None:
    read, _ = schema(tmp_path)
    assert read
    # Rows are split at NUL, which no cell can hold.
    names, numbers = ([key[n].replace("\0", "") for key in keys] for n in (0, 1))
    for id_ in parts.record_ids(read, {"name": names, "number": numbers}):
        assert re.fullmatch("[b-df-hj-np-tv]{16}", id_)


@given(anything)
def test_lists_lie_in_folders_of_their_own(tmp_path: Path, value: str) -> None:
    read, _ = schema(tmp_path)
    assert read
    assert re.fullmatch("[0-9a-f]{8}", read.by_name["name"].slug(value))


@given(anything)
def test_a_schema_names_no_folder_that_leads_out(tmp_path: Path, slug: str) -> None:
    try:
        read, codes = schema(tmp_path, 甲=slug)
    except UnicodeEncodeError:
        return
    if values.is_slug(slug):
        assert re.fullmatch("[a-z0-9-]{1,80}", slug)
        assert read
        assert read.by_name["name"].slug("甲") == slug
    else:
        assert not read
        assert codes


@pytest.mark.parametrize(
    "name",
    [
        *(n for n in HOSTILE if not re.fullmatch("[a-z]{1,2}|", n)),
        "com1",
        "lpt9",
        "a--b",
        "-a",
        "a.b",
        "a_b",
    ],
)
def test_names_that_are_no_part_of_an_address(name: str) -> None:
    assert not values.is_slug(name)


@given(anything)
def test_only_due_codes_have_a_page(code: str) -> None:
    assert not parties.has_page(code, "自然人")
    if parties.has_page(code, "个体工商户"):
        assert re.fullmatch("companies/[b-v]{2}/[0-9a-z]{18}.html", parties.address(code))


def test_a_text_that_is_no_code_has_no_page() -> None:
    for code in (
        "不适用",
        "../../../../etc/x",
        "91/../../../../etc",
        "91000000ma0000308g",
        "*" * 18,
    ):
        assert not parties.has_page(code, "个体工商户")
    assert parties.has_page("91000000MA0000308G", "个体工商户")


@pytest.mark.parametrize("name", ["..", "Con", "con", "甲", "a b", "A", "x" * 200])
def test_pages_with_such_names_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "docs" / f"{name}.md"
    path.parent.mkdir()
    path.write_text("---\ntitle: 甲\n---\n", "utf-8")
    assert [f.code for f in articles.load(path.parent)[1] if f.code == "M104"] == (
        [] if name == ".." else ["M104"]  # `...md` is hidden and no page at all
    )


@given(st.text(max_size=30) | st.sampled_from([*HOSTILE, "a/../b", "a//b", "/a", "a/", "./a"]))
def test_the_writer_writes_nowhere_else(tmp_path: Path, name: str) -> None:
    site = tmp_path / "deep" / "er" / "site"
    outside = {p for p in tmp_path.rglob("*") if site not in (p, *p.parents)}
    with suppress(writer.Clash, ValueError, OSError):
        writer.write([Job("key", lambda: [(name, b"x")], ())], site)
    made = {p for p in tmp_path.rglob("*") if site not in (p, *p.parents)} - outside
    assert made <= {tmp_path / "deep", tmp_path / "deep/er"}
