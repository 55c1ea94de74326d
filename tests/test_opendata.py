"""Open data: descriptions that hold of the files they describe, and a page that states both."""

from __future__ import annotations

import csv
import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import frictionless
import pytest
from conftest import ROOT, copy_settings

from disclosure import catalog
from disclosure.catalog import Catalog
from disclosure.site import datapackages, downloads, opendata, shelf
from disclosure.site.datapackages import File, Publisher
from disclosure.site.shell import cut

TODAY = date(2026, 11, 22)
NAMES = ("powers", "powers/adjustments", "tasks", "norms", "inspections/items", "penalties")
DRESSED = cut("<main>qzcontentzq</main>", needed=("content",))
TYPES = {"string", "number", "integer", "date", "year", "boolean", "array"}
"""What the profile of Data Package 2.0 knows, as far as we use it."""
PROFILE = "https://datapackage.org/profiles/2.0/"

SCHEMA = """title: 罚款
title_en: Fines
unit: 件
date: day
record_title: "{no}"
primaryKey: [no]
list: [no, amount]
fields:
  - {name: no, title: 编号, type: string, constraints: {required: true, maxLength: 8}}
  - {name: amount, title: 金额, type: number, unit: 元, constraints: {required: true, minimum: 0}}
  - {name: kind, title: 类别, type: string, constraints: {enum: [甲, 不适用]}}
  - {name: done, title: 完成, type: boolean}
  - {name: day, title: 日期, type: date, constraints: {required: true}}
  - {name: secret, title: 内部备注, type: string, public: false}
"""
TABLE = """编号,金额,类别,完成,日期,内部备注
=A1,0.10,不适用,是,2026-01-05,甲某
B2,不适用,甲,否,2026-02-05,乙某
C3,123456789012.5,,,2026-02-06,
"""


@pytest.fixture(autouse=True)
def _limit_of_cells() -> Iterator[None]:
    """frictionless raises, for the whole process, how long a cell of Python's reader may be."""
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)


def write(root: Path, seen: Catalog) -> None:
    """All downloads of a site, and the page of them."""
    publisher = Publisher.of(seen.agency)
    offered: dict[str, tuple[frozenset[str], Sequence[File]]] = {}
    for name, collection in seen.collections.items():
        mine = shelf.put(collection, str(root / "rows"))
        parts, loose = downloads.parts(collection, mine), datapackages.loose(collection)
        kept, front = str(root / "kept"), (f"{name}/index.html", DRESSED, "")
        told = downloads.prepare(collection.schema, parts, mine, kept, loose)
        offered[name] = loose, told
        jobs = [
            *downloads.jobs(collection.schema, parts, mine, front, kept, loose, told, publisher)
        ]
        jobs += (
            [opendata.job(seen, offered, DRESSED)] if len(offered) == len(seen.collections) else []
        )
        for job in jobs:
            for path, content in job.make(*job.arguments):
                target = root / "site" / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Some collections of the sample, of penalties those of one year."""
    data = tmp_path_factory.mktemp("sample") / "data"
    tables = (
        [ROOT / "data/penalties/2024.csv"]
        if name == "penalties"
        else sorted((ROOT / "data" / name).glob("*.csv"))
        for name in NAMES
    )
    schemas = [f"{name}/schema.yml" for name in NAMES]
    found = [path.relative_to(ROOT / "data").as_posix() for some in tables for path in some]
    copy_settings(data, *schemas, *found)
    return catalog.load(data, as_of=TODAY)


@pytest.fixture(scope="module")
def site(sample: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("open")
    write(root, sample)
    return root / "site"


def test_collections_without_rows_are_left_out(tmp_path: Path) -> None:
    """As in a site that begins: there is a schema and nothing yet to offer."""
    for name, table in (("fines", TABLE), ("later", TABLE.partition("\n")[0] + "\n")):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        (folder / "schema.yml").write_text(SCHEMA.replace("罚款", f"罚款{name}"), "utf-8")
        (folder / "2026.csv").write_text(table, "utf-8")
    copy_settings(tmp_path / "data")
    write(tmp_path, catalog.load(tmp_path / "data", as_of=TODAY))
    page = (tmp_path / "site" / opendata.PATH).read_text("utf-8")
    assert "罚款fines" in page
    assert "罚款later" not in page


def described(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_bytes())
    return found


def tables(path: Path) -> Iterator[Mapping[str, Any]]:
    """Every description of columns that a package holds or names."""
    for resource in described(path)["resources"]:
        schema = resource["schema"]
        yield schema if isinstance(schema, dict) else described(path.parent / schema)
        for other in resource.get("alternatives", ()):
            if "schema" in other:
                yield described(path.parent / other["schema"])


PACKAGES = ("datapackage.json", *(f"{name}/downloads/datapackage.json" for name in NAMES))


@pytest.mark.parametrize("name", PACKAGES)
def test_frictionless_finds_every_package_valid(site: Path, name: str) -> None:
    report = frictionless.validate(site / name)
    assert report.valid, report.flatten(["type", "message"])
    assert {task.type for task in report.tasks} == {"table"}


def test_what_does_not_hold_is_found(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "norms"
    folder.mkdir()
    for path in (site / "norms/downloads").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    table = folder / "all.csv"
    table.write_bytes(table.read_bytes().replace(",有效,".encode(), ",有错,".encode(), 1))
    found = {
        e.type
        for task in frictionless.validate(folder / datapackages.FILE).tasks
        for e in task.errors
    }
    assert {"hash-count", "constraint-error"} <= found


@pytest.mark.parametrize("name", PACKAGES)
def test_packages_keep_to_version_two(site: Path, name: str) -> None:
    path = site / name
    package = described(path)
    assert package["$schema"] == f"{PROFILE}datapackage.json"
    assert all(licence["path"].endswith("opendata/#terms") for licence in package["licenses"])
    assert package["sources"][0]["title"] == "示例市交通运输局"
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(names)
    for resource in package["resources"]:
        assert resource["type"] == "table"
        for file in (resource, *resource.get("alternatives", ())):
            assert not file["path"].startswith(("/", "."))
            content = (path.parent / file["path"]).read_bytes()
            assert file["bytes"] == len(content)
            assert file["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    for table in tables(path):
        assert table["$schema"] == f"{PROFILE}tableschema.json"
        called = [field["name"] for field in table["fields"]]
        assert len(set(called)) == len(called)
        assert {field["type"] for field in table["fields"]} <= TYPES
        keys = [table["primaryKey"]] if "primaryKey" in table else table["uniqueKeys"]
        assert {name for key in keys for name in key} <= set(called)


def test_json_rows_are_as_described(site: Path) -> None:
    for name in ("powers", "tasks", "penalties"):
        folder = site / name / "downloads"
        table = described(folder / "json.schema.json")
        rows = json.loads((folder / "all.json").read_bytes())
        resource = {"name": "rows", "type": "table", "data": rows, "schema": table}
        package = {"$schema": f"{PROFILE}datapackage.json", "resources": [resource]}
        report = frictionless.Package.from_descriptor(package).validate()
        assert report.valid, report.flatten(["type", "message"])
        assert [field["name"] for field in table["fields"]] == list(rows[0])


def test_descriptions_say_what_staff_edit(site: Path, sample: Catalog) -> None:
    schema = sample.collections["penalties"].schema
    table = described(site / "penalties/downloads/csv.schema.json")
    fields = {field["name"]: field for field in table["fields"]}
    assert list(fields) == [field.title for field in schema.public_fields]
    assert fields["行政相对人类别"]["constraints"]["enum"] == [
        "法人及非法人组织",
        "自然人",
        "个体工商户",
    ]
    assert fields["罚款金额（元）"] | {"description": ""} == {
        "name": "罚款金额（元）", "title": "罚款金额（元）", "type": "number", "description": "",
        "unit": "元", "title_en": "Fine", "constraints": {"minimum": 0},
        "description_en": "The amount of the fine; blank where none was imposed.",
    }  # fmt: skip
    assert table["uniqueKeys"] == [["处罚机关", "行政处罚决定书文号", "当事人序号"]]
    assert described(site / "powers/downloads/csv.schema.json")["primaryKey"] == ["职权编码"]
    whole = {r["name"]: r["schema"] for r in described(site / "datapackage.json")["resources"]}
    assert set(whole) == {name.replace("/", "-") for name in NAMES}
    assert whole["powers-adjustments"]["foreignKeys"] == [
        {"fields": ["职权编码"], "reference": {"resource": "powers", "fields": ["职权编码"]}}
    ]
    assert whole["penalties"]["foreignKeys"][0]["reference"]["resource"] == "powers"


def test_nothing_that_is_not_public_is_named(site: Path, sample: Catalog) -> None:
    private = {
        f.title for c in sample.collections.values() for f in c.schema.fields if not f.public
    }
    assert len(private) > 5
    for path in site.rglob("*"):
        if path.suffix in (".json", ".csv", ".html"):
            text = path.read_text("utf-8-sig")
            assert not [title for title in private if f'"{title}"' in text or f",{title}," in text]


def test_words_for_what_is_not_there(tmp_path: Path) -> None:
    """不适用 in a required number, a choice of that name, a formula, amounts of many digits."""
    data = tmp_path / "data"
    copy_settings(data)
    (data / "fines").mkdir()
    (data / "fines/schema.yml").write_text(SCHEMA, "utf-8")
    (data / "fines/2026.csv").write_text(TABLE, "utf-8")
    seen = catalog.load(data, as_of=TODAY)
    assert not seen.report.errors
    write(tmp_path, seen)
    folder = tmp_path / "site/fines/downloads"
    report = frictionless.validate(folder / datapackages.FILE)
    assert report.valid, report.flatten(["type", "message"])
    fields = {f["name"]: f for f in described(folder / "csv.schema.json")["fields"]}
    assert fields["金额"]["constraints"] == {"minimum": 0}  # for it is not always there
    assert fields["类别"]["missingValues"] == [""]
    assert "内部备注" not in fields
    text = (folder / "all.json").read_text("utf-8")
    assert '"amount":0.1,' in text
    assert '"amount":"不适用","kind":"甲","done":false' in text
    assert '"amount":123456789012.5,"kind":null,"done":null' in text
    assert '"no":"=A1"' in text
    assert "甲某" not in text
    assert "'=A1" in (folder / "all.csv").read_text("utf-8-sig")


def test_a_collection_without_rows_offers_nothing_and_keeps_no_other_from_being_offered(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    copy_settings(data)
    for name, rows in (("fines", TABLE), ("none", TABLE.splitlines()[0])):
        (data / name).mkdir()
        (data / name / "schema.yml").write_text(SCHEMA, "utf-8")
        (data / name / "2026.csv").write_text(rows, "utf-8")
    write(tmp_path, catalog.load(data, as_of=TODAY))
    page = (tmp_path / "site/opendata/index.html").read_text("utf-8")
    assert 'id="fines"' in page
    assert 'id="none"' not in page
    assert [path.name for path in (tmp_path / "site/none").rglob("*")] == ["index.html"]


def test_the_page_states_every_file(site: Path, sample: Catalog) -> None:
    page = (site / "opendata/index.html").read_text("utf-8")
    links = set(re.findall(r'href="\.\./([^"#]*/downloads/[^"]+)"', page))
    for name, collection in sample.collections.items():
        files = {f"{name}/downloads/{path.name}" for path in (site / name / "downloads").iterdir()}
        unlisted = {
            f"{name}/downloads/{schema}" for schema in (datapackages.CSV, datapackages.JSON)
        }
        assert files - unlisted == {link for link in links if link.startswith(f"{name}/downloads/")}
        assert f'id="{name.replace("/", "-")}"' in page
        assert f"{len(collection.rows):,} {html.escape(collection.schema.unit)}" in page
        for file in files - unlisted:
            if Path(file).name not in (datapackages.FILE, downloads.SUMS):
                assert hashlib.sha256((site / file).read_bytes()).hexdigest() in page
    assert 'id="terms"' in page
    assert "<li>这里的数据由本局依法公开" in page


def test_the_bureau_may_state_terms_of_its_own(sample: Catalog) -> None:
    own = {**sample.agency, "terms": ["只此<一条>。"]}
    seen = Catalog(own, sample.collections, sample.report, {}, TODAY)
    assert "<ol><li>只此&lt;一条&gt;。</li></ol>" in opendata.lead(seen)
