"""Data packages: what downloads are, for programs: their files, columns and keys (Data Package v2).

Everything comes from the schema that staff edit. What is said must hold: a package is checked
against its files by whoever takes it. In a CSV file columns are called by their headers, in a JSON
file by the names of the schema. https://datapackage.org/standard/data-package/

A resource is the CSV file of one year, or of all; `alternatives`, a property of ours, are the same
rows in other formats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from disclosure.collection import Collection
from disclosure.schema import NOT_APPLICABLE, Field, ForeignKey, Schema
from disclosure.site.objects import WORDS

FILE = "datapackage.json"
CSV, JSON = "csv.schema.json", "json.schema.json"
"""What the columns of all CSV files of a collection are, and those of its JSON files."""
TERMS = "opendata/#terms"
_PROFILE = "https://datapackage.org/profiles/2.0/{}.json"
_MISSING = (("", "没有填报"), (NOT_APPLICABLE, "与该事项无关"))
MEDIA = {
    "csv": "text/csv",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Described = dict[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file that can be downloaded."""

    name: str
    period: str
    """The year of its rows, `all`, or "" for a file that describes others."""
    rows: int
    size: int
    """Bytes."""
    sha256: str
    """In hexadecimal."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes the data, and where."""

    name: str
    email: str
    site: str
    """The public address of the site."""
    sample: bool
    """Whether all data are invented."""

    @staticmethod
    def of(agency: Mapping[str, Any]) -> Publisher:
        name, email, site = (str(agency.get(key, "")) for key in ("name", "email", "url"))
        return Publisher(name, email, site, bool(agency.get("sample")))


def loose(collection: Collection) -> frozenset[str]:
    """The required fields of a collection in which 不适用 is written: they are not always filled."""
    required = (field.name for field in collection.schema.public_fields if field.required)
    rows = collection.rows
    return frozenset(name for name in required if (rows[name] == NOT_APPLICABLE).any())


def held(key: ForeignKey, source: Collection, target: Collection) -> bool:
    """Whether every reference of the rows on show leads to a row on show."""
    named = set(source.rows[key.field].unique()) - {"", NOT_APPLICABLE}
    return named <= set(target.rows[key.target].unique())


def schemas(schema: Schema, loose: frozenset[str]) -> Mapping[str, bytes]:
    """The files that describe the columns of a collection."""
    return {
        CSV: _written(_table(schema, loose, by_header=True)),
        JSON: _written(_table(schema, loose, by_header=False)),
    }


def package(schema: Schema, told: Sequence[File], publisher: Publisher) -> bytes:
    """The description of all files of a collection, which lies beside them."""
    address = f"{publisher.site}{schema.name}/"
    about = {
        **_head(schema.name.replace("/", "-"), schema.title, schema.description, publisher),
        "id": f"{address}downloads/{FILE}",
        "homepage": address,
    }
    periods: dict[str, list[File]] = {}
    for file in told:
        if file.period:
            periods.setdefault(file.period, []).append(file)
    resources = []
    for first, *others in periods.values():
        found = {**_resource(schema, first), "schema": CSV}
        if others:
            found["alternatives"] = [_alternative(file) for file in others]
        resources.append(found)
    return _written({**about, "resources": resources})


def whole(
    offered: Sequence[tuple[Schema, frozenset[str], Sequence[File]]],
    keys: Mapping[str, Sequence[ForeignKey]],
    title: str,
    publisher: Publisher,
) -> bytes:
    """The description of the CSV files of all collections, which lies at the root of the site.

    Each collection is given with its loose fields and its files (see `loose`), `keys` are the
    references of each that hold (see `held`).
    """
    resources = []
    listed = {schema.name: schema for schema, _, told in offered if told}
    for schema, some, told in offered:
        table = _table(schema, some, by_header=True)
        if foreign := [_foreign(schema, key, listed) for key in keys.get(schema.name, ())]:
            table["foreignKeys"] = foreign
        chosen = [file for file in told if file.name == "all.csv"]
        for file in chosen or [file for file in told if file.name.endswith(".csv")]:
            name = schema.name.replace("/", "-")
            name += "" if chosen else f"-{file.period}"
            path = f"{schema.name}/downloads/{file.name}"
            resources.append(
                {**_resource(schema, file), "name": name, "path": path, "schema": table}
            )
    words = "各栏目现公开的全部记录，一个栏目一个资源；分年度的文件和其他格式见各栏目的说明。"
    about = {**_head("all", title, words, publisher), "homepage": f"{publisher.site}opendata/"}
    return _written({**about, "id": f"{publisher.site}{FILE}", "resources": resources})


def _head(name: str, title: str, words: str, publisher: Publisher) -> Described:
    note = "示例数据，内容均为虚构。" if publisher.sample else ""
    by: Described = {"title": publisher.name, "path": publisher.site}
    by |= {"email": publisher.email} if publisher.email else {}
    return {
        "$schema": _PROFILE.format("datapackage"),
        "name": name,
        "title": title,
        "description": note + words,
        "licenses": [{"title": "使用条款", "path": publisher.site + TERMS}],
        "sources": [{"title": publisher.name, "path": publisher.site}],
        "contributors": [{**by, "roles": ["publisher"]}],
    }


def _resource(schema: Schema, file: File) -> Described:
    period = "全部" if file.period == "all" else f"{file.period}年"
    return {
        "name": file.period,
        "type": "table",
        "title": f"{schema.title}（{period}）",
        **_file(file),
        "encoding": "utf-8",
        "rows": file.rows,
    }


def _alternative(file: File) -> Described:
    return _file(file) | ({"schema": JSON} if file.name.endswith(".json") else {})


def _file(file: File) -> Described:
    end = file.name.rpartition(".")[2]
    return {
        "path": file.name,
        "format": end,
        "mediatype": MEDIA[end],
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
    }


def _table(schema: Schema, loose: frozenset[str], *, by_header: bool) -> Described:
    """The columns and keys of a table (Table Schema)."""
    fields = {field.name: field for field in schema.public_fields}
    called = {name: field.title if by_header else name for name, field in fields.items()}
    table: Described = {
        "$schema": _PROFILE.format("tableschema"),
        "fields": [
            {"name": called[name], **_field(field, name in loose, by_header=by_header)}
            for name, field in fields.items()
        ],
        "missingValues": [{"value": value, "label": label} for value, label in _MISSING],
    }
    key = [called[name] for name in schema.primary_key]
    # No part of a primary key may be empty; where one may, the key is at least unique.
    firm = all(fields[name].required and name not in loose for name in schema.primary_key)
    return table | ({"primaryKey": key} if firm else {"uniqueKeys": [key]})


def _foreign(schema: Schema, key: ForeignKey, listed: Mapping[str, Schema]) -> Described:
    target = listed[key.resource]
    reference: Described = {"fields": [target.by_name[key.target].title]}
    if target is not schema:
        reference["resource"] = key.resource.replace("/", "-")
    return {"fields": [schema.by_name[key.field].title], "reference": reference}


def _field(field: Field, loose: bool, *, by_header: bool) -> Described:
    found: Described = {"title": field.title, "type": field.type}
    if field.type == "list":
        found["type"] = "string" if by_header else "array"
    elif field.type == "boolean" and by_header:
        found |= {f"{str(value).lower()}Values": [word] for word, value in WORDS.items()}
    if words := "".join(_words(field)):
        found["description"] = words
    more = {"unit": field.unit, "title_en": field.title_en, "description_en": field.description_en}
    found |= {key: value for key, value in more.items() if value}
    if limits := dict(_limits(field, loose)):
        found["constraints"] = limits
    if NOT_APPLICABLE in field.enum:  # here it is a value like others
        found["missingValues"] = [""]
    return found


def _words(field: Field) -> Iterator[str]:
    """What people are told of a column."""
    if field.description:
        yield f"{field.description.rstrip('。')}。"
    if field.unit:
        yield f"单位：{field.unit}。"
    if field.type == "list":
        yield f"可以有几个值，在 CSV 文件里以“{field.delimiter}”分隔。"
        yield f"可选值：{'、'.join(field.enum)}。" * bool(field.enum)
    if field.type == "date":
        yield "2099-12-31 表示长期。"


def _limits(field: Field, loose: bool) -> Iterator[tuple[str, Any]]:
    """The constraints that every value on show keeps within."""
    if field.required and not loose:
        yield "required", True
    if field.type == "list":
        return
    if field.enum:
        yield "enum", list(field.enum)
    if field.type == "string":
        texts = {"pattern": field.pattern, "minLength": field.min_length}
        texts["maxLength"] = field.max_length
        yield from ((key, value) for key, value in texts.items() if value)
    for key, bound in (("minimum", field.minimum), ("maximum", field.maximum)):
        if bound is not None:
            yield key, int(bound) if bound.lstrip("-").isdigit() else bound


def _written(described: Described) -> bytes:
    return (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode()
