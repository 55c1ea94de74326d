"""Schemas: what a descriptor may say, and that the fast check of cells agrees with the exact one."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure import checking, descriptor
from disclosure.intake import values
from disclosure.intake.tables import Column, Table
from disclosure.intake.values import Refusal
from disclosure.schema import Field, Schema

GOOD = """\
title: 典型案例
description: 以案释法的典型案例。
unit: 个
order: 90
date: published
record_title: "{name}（{domain}）"
primaryKey: [name]
sort: [-published]
list: [name, domain, fine]
views: [domain, kind]
missingValues: ["", 无]
ignore: [序号]
foreignKeys:
  - fields: power
    reference: {resource: powers, fields: code}
fields:
  - name: name
    title: 案例名称
    constraints: {required: true, maxLength: 20}
    aliases: [标题]
  - name: domain
    title: 领域
    constraints: {enum: [公路, 水上, 无]}
    slugs: {公路: gonglu, 水上: shuishang}
  - name: fine
    title: 罚款金额（元）
    type: number
    unit: 元
    aliases: [{header: 罚款金额（万元）, unit: 万元}]
    constraints: {minimum: 0}
  - {name: kind, title: 类别, type: list, delimiter: "、"}
  - {name: story, title: 案情, multiline: true, merged: fill}
  - {name: power, title: 权责事项编码, constraints: {pattern: "[A-Z]{2}-[0-9]+"}}
  - {name: witness, title: 证人, public: false}
  - name: published
    title: 公开日期
    type: date
    constraints: {required: true, minimum: 2020-01-01}
"""


PLAIN = yaml.safe_load(GOOD)


def dump(raw: object) -> str:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(copy.deepcopy(raw), Dumper=dumper, allow_unicode=True))


def load(tmp_path: Path, text: str) -> tuple[Schema | None, list[str]]:
    path = tmp_path / "schema.yml"
    path.write_text(text, "utf-8")
    schema, findings = descriptor.load(path, name="cases", file="data/cases/schema.yml")
    return schema, [str(finding) for finding in findings]


# ── Descriptors ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path", sorted((ROOT / "data").rglob("schema.yml")), ids=lambda path: path.parent.name
)
def test_the_sample_descriptors_fit(path: Path) -> None:
    schema, findings = descriptor.load(path, name=path.parent.name, file=path.name)
    assert not findings
    assert schema is not None


def test_a_descriptor_is_read_whole(tmp_path: Path) -> None:
    schema, findings = load(tmp_path, GOOD)
    assert not findings
    assert schema is not None
    fine, domain = schema.by_name["fine"], schema.by_name["domain"]
    assert [f.name for f in schema.fields if not f.public] == ["witness"]
    assert (fine.unit, fine.minimum, fine.aliases) == ("元", "0", (("罚款金额（万元）", "万元"),))
    assert domain.read("无") == "无"  # a choice, though the word often means an empty cell
    assert schema.by_name["story"].read("无") == ""
    assert schema.by_name["story"].read("/") == "/"  # missingValues names its own


def test_a_schema_prints_the_same_in_every_process(tmp_path: Path) -> None:
    # Caches are keyed by it: sets, whose order changes from process to process, have no place there.
    path = tmp_path / "schema.yml"
    path.write_text(GOOD, "utf-8")
    program = (
        "import sys; from pathlib import Path; from disclosure import descriptor;"
        "print(descriptor.load(Path(sys.argv[1]), name='cases', file='x'))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program, str(path)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_a_title_leaves_no_loose_punctuation(tmp_path: Path) -> None:
    schema, _ = load(tmp_path, GOOD.replace("（{domain}）", "：{domain}"))
    assert schema is not None
    columns = {"name": ["甲案", "", ""], "domain": ["公路", "水上", ""]}
    assert list(schema.titles(columns)) == ["甲案：公路", "水上", "（无标题）"]


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("title: 典型案例\n", "", "1", "F301"),
        ("title: 典型案例\n", "title: ' '\n", "1", "F301"),
        ("unit: 个", "units: 个", "3", "F302"),
        ("order: 90", "order: 九十", "4", "F303"),
        ("order: 90", "order: true", "4", "F303"),
        ("date: published", "date: publish", "5", "F304"),
        ("date: published", "date: name", "5", "F303"),
        ("date: published", "date: witness", "5", "F306"),
        ('"{name}（{domain}）"', "案例", "6", "F303"),
        ('"{name}（{domain}）"', '"{witness}"', "6", "F306"),
        ("primaryKey: [name]", "primaryKey: [witness]", "7", "F306"),
        ("primaryKey: [name]", "primaryKey: [domain]", "7", "F303"),
        ("primaryKey: [name]", "primaryKey: []", "1", "F301"),
        ("list: [name, domain, fine]", "list: [name, fines]", "9", "F304"),
        ("list: [name, domain, fine]", "list: [name, witness]", "9", "F306"),
        ("list: [name, domain, fine]", "list: name", "9", "F303"),
        ("    reference: {resource: powers, fields: code}", "    reference: powers", "14", "F303"),
        ("- fields: power", "- fields: powers", "13", "F304"),
        ("  - name: name\n", "  - name: 名称\n", "17", "F303"),
        ("  - name: name\n", "  - name: id\n", "17", "F303"),
        ("  - name: name\n", "  - name: row\n", "17", "F303"),
        ("aliases: [标题]", "aliases: [领域]", "21", "F305"),
        ("{name: kind,", "{name: fine,", "31", "F305"),
        ("水上: shuishang", "水上: 水上", "24", "F303"),
        ("水上: shuishang", "水上: gonglu", "24", "F303"),
        ("type: number", "type: money", "27", "F303"),
        ("    unit: 元\n", "    unit: 万元\n", "28", "F303"),
        ("unit: 万元}]", "unit: 角}]", "29", "F303"),
        ("aliases: [标题]", "aliases: [{header: 标题, unit: 元}]", "20", "F303"),
        ("{minimum: 0}", "{minimum: 零}", "30", "F303"),
        ("{minimum: 0}", "{minimun: 0}", "30", "F302"),
        ("{minimum: 0}", "[minimum]", "30", "F303"),
        ('delimiter: "、"', 'delimiter: ""', "31", "F303"),
        ("merged: fill", "merged: up", "32", "F303"),
        ("[A-Z]{2}-[0-9]+", "[A-Z", "33", "F303"),
        ("[A-Z]{2}-[0-9]+", "A{99999999999}", "33", "F303"),
        ('{pattern: "[A-Z]{2}-[0-9]+"}', "{maximum: 3}", "33", "F303"),
        ("minimum: 2020-01-01", "minimum: 2020", "38", "F303"),
        ("  - name: domain\n", "  - domain\n  - name: domain\n", "21", "F303"),
    ],
)
def test_what_does_not_fit_is_shown_at_its_line(
    tmp_path: Path, old: str, new: str, place: str, code: str
) -> None:
    assert GOOD.count(old) == 1
    schema, findings = load(tmp_path, GOOD.replace(old, new))
    assert schema is None
    starts = [finding.partition(" ")[2][:4] + "@" + finding.split(":")[1] for finding in findings]
    assert f"{code}@{place}" in starts, findings


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.text(max_size=8)
)
junk = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    st.dictionaries(
        st.one_of(st.text(max_size=4), st.sampled_from(["name", "title"])), scalars, max_size=2
    ),
    st.sampled_from(
        ["name", "published", "list", ["name", "witness"], {"enum": []}, "{", "、", "元"]
    ),
)


def ways(value: object, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every part of a structure."""
    found = [way] if way else []
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in items:
            found += ways(part, (*way, key))
    return found


@settings(max_examples=150)
@given(st.data())
def test_no_descriptor_breaks_the_reader(tmp_path: Path, data: st.DataObject) -> None:
    raw = copy.deepcopy(PLAIN)
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(ways(raw)))
        part = raw
        try:
            for key in way:
                part = part[key]
            part[last] = data.draw(junk)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this part away
    schema, findings = load(tmp_path, dump(raw))
    assert (schema is None) == bool(findings)
    if schema:
        table = Table("a.csv", "", 1, tuple(
            Column(f.title, number, [*CELLS]) for number, f in enumerate(schema.fields, 1)
        ), range(2, 2 + len(CELLS)), None)  # fmt: skip
        checked, complaints = checking.check(schema, table)
        assert all(str(finding) for finding in complaints)
        schema.titles({name: checked.columns[name] for name in schema.by_name})


CELLS = [
    "",
    "无",
    "不适用",
    "公路",
    "0",
    "-1.50",
    "五万元",
    "2021/3/4",
    "长期",
    "A\nB",
    "、",
    "x" * 50,
]


# ── Cells ────────────────────────────────────────────────────────────────────────────────────────

words = st.sampled_from(["公路", "水上", "无", "其他", "A B", "12", "2024", "2024-02-01", "a、b"])
texts = st.one_of(
    st.sampled_from(CELLS),
    st.text(max_size=6),
    words,
    st.from_regex(r"-?[0-9０-９]{1,14}(\.[0-9]{1,3})?(元|万元)?", fullmatch=True),
    st.from_regex(r"(19|20|２０)[0-9]{2}[-/][01]?[0-9]-[0-3]?[0-9]", fullmatch=True),
    st.sampled_from(
        ["是", "否", "/", "***", "不适用 ", " 公路", "\u200b无", "是\u200b", "1.10", "0.0", "1,000"]
    ),
)


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    """A field of any type with constraints that fit it."""
    kind = draw(st.sampled_from(descriptor.TYPES))
    limits: dict[str, Any] = {}
    if draw(st.booleans()):
        limits["required"] = True
    if draw(st.booleans()):
        limits["enum"] = draw(st.lists(words, min_size=1, max_size=4))
    if draw(st.booleans()):
        limits["maxLength"] = draw(st.integers(0, 8))
    if draw(st.integers(0, 4)) == 0:
        limits["minLength"] = draw(st.integers(0, 4))
    if draw(st.integers(0, 4)) == 0:
        limits["pattern"] = draw(st.sampled_from([r"\w*", r"[0-9]+", ".*-.*"]))
    bounds = {
        "date": st.sampled_from(["2020-01-01", "2024-02-01"]),
        "year": st.sampled_from(["2020", "2024"]),
        "number": st.sampled_from([0, 1.5, 100]),
        "integer": st.sampled_from([0, 12]),
    }
    for key in ("minimum", "maximum"):
        if kind in bounds and draw(st.integers(0, 3)) == 0:
            limits[key] = draw(bounds[kind])
    entry: dict[str, Any] = {"name": "x", "title": "列", "type": kind, "constraints": limits}
    if kind == "string":
        entry["format"] = draw(st.sampled_from(descriptor.FORMATS))
        entry["multiline"] = draw(st.booleans())
    if kind == "number":
        entry["unit"] = draw(st.sampled_from(["", "元", "公里"]))
    if kind == "list":
        entry["delimiter"] = draw(st.sampled_from(descriptor.DELIMITERS))
    return entry


Make = Callable[[dict[str, Any], list[str] | None], Field]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A field as a descriptor gives it, beside a key that makes the descriptor whole."""

    def made(entry: dict[str, Any], missing: list[str] | None) -> Field:
        key = {"name": "k", "title": "键", "constraints": {"required": True}}
        raw = {
            "title": "表",
            "primaryKey": ["k"],
            "record_title": "{k}",
            "list": ["k"],
            "fields": [key, entry],
        }
        if missing is not None:
            raw["missingValues"] = missing
        schema, findings = load(tmp_path, dump(raw))
        assert schema is not None, findings
        return schema.by_name["x"]

    return made


@settings(max_examples=200)
@given(
    entry=fields(),
    cells=st.lists(texts, max_size=12),
    missing=st.sampled_from([None, ["无"], ["", "12"]]),
    unit=st.sampled_from(["", "元", "万元"]),
)
def test_the_two_speeds_agree(
    make: Make, entry: dict[str, Any], cells: list[str], missing: list[str] | None, unit: str
) -> None:
    field = make(entry, missing)
    for raw in cells:
        exact = field.read(raw)
        if field.settled(raw):
            assert exact == raw
        if isinstance(exact, str):
            assert field.read(exact) == exact
            assert isinstance(field.show(exact), str)
            assert (field.parts(exact) == []) == (exact == "")
            assert exact or not field.required
    canonical, refused = checking.read_column(field, cells, unit)
    slow = [field.read(raw, unit) for raw in cells]
    assert [entry for entry in refused if entry[1].code not in checking.ODD] == [
        (n, reading) for n, reading in enumerate(slow) if isinstance(reading, Refusal)
    ]
    assert canonical == ["" if isinstance(reading, Refusal) else reading for reading in slow]


@pytest.mark.parametrize(
    "day", ["2025-02-29", "2025-02-30", "2024-04-31", "2024-00-10", "2024-13-01"]
)
def test_no_impossible_day_is_settled(day: str) -> None:
    field = Field("closed", "结案日期", type="date")
    assert not field.settled(day)
    assert isinstance(field.read(day), Refusal)


@pytest.mark.parametrize(
    ("raw", "shown"), [("52120", "52,120"), ("-1234.5", "-1,234.5"), ("不适用", "不适用"), ("", "")]
)
def test_amounts_are_shown_with_separators(raw: str, shown: str) -> None:
    assert Field("fine", "罚款金额（元）", type="number", unit="元").show(raw) == shown


def test_long_term_is_shown_as_a_word() -> None:
    assert Field("until", "有效期至", type="date").show("2099-12-31") == "长期"


def test_addresses_of_values_are_named_or_stable() -> None:
    field = Field("domain", "领域", slugs={"公路": "gonglu"})
    assert field.slug("公路") == "gonglu"
    assert field.slug("水上") == field.slug("水上") != field.slug("出租汽车")
    assert values.is_slug(field.slug("水上"))


# ── Headers ──────────────────────────────────────────────────────────────────────────────────────


def check(tmp_path: Path, *columns: tuple[str, list[str]]) -> tuple[checking.Checked, list[str]]:
    schema, findings = load(tmp_path, GOOD)
    assert schema is not None, findings
    made = tuple(Column(header, number, cells) for number, (header, cells) in enumerate(columns, 1))
    table = Table("data/cases/2026.csv", "", 1, made, range(2, 2 + len(columns[0][1])), None)
    checked, complaints = checking.check(schema, table)
    return checked, [str(finding) for finding in complaints]


def test_headers_are_known_by_any_of_their_names(tmp_path: Path) -> None:
    checked, findings = check(
        tmp_path,
        ("标题", ["甲"]),
        ("序号", ["1"]),
        ("罚款金额（万元）", ["0.5"]),
        ("公开日期", ["2026/3/4"]),
    )
    assert not findings
    assert checked.columns["name"] == ["甲"]
    assert checked.columns["fine"] == ["5000"]
    assert checked.columns["published"] == ["2026-03-04"]
    assert checked.columns["domain"] == [""]


def test_what_the_public_must_not_see_is_not_quoted(tmp_path: Path) -> None:
    text = GOOD.replace("title: 证人, public: false", "title: 证人, type: date, public: false")
    schema, _ = load(tmp_path, text)
    assert schema is not None
    column = Column("证人", 1, ["某甲 0000-1111"])
    _, findings = checking.check(schema, Table("a.csv", "", 1, (column,), [2], None))
    [finding] = [f for f in findings if f.code == "V203"]
    assert "某甲" not in str(finding)
