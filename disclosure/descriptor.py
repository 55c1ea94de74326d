"""Descriptors: reads a collection's `schema.yml` into a Schema, with a finding for whatever does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings, values
from disclosure.intake.tables import plain
from disclosure.schema import Field, ForeignKey, Schema, nearest

TYPES = ("string", "date", "number", "integer", "year", "list", "boolean")
FORMATS = ("text", "docno", "uscc", "uri")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset({"id", "folder", "path", "title"})
"""Names that the catalog adds to every row."""

Keys = Mapping[str, type | tuple[type, ...]]
_TEXT = (str, int)
_SCHEMA_KEYS: Keys = {
    "title": str, "description": str, "unit": str, "order": int, "date": str, "record_title": str,
    "primaryKey": list, "sort": list, "list": list, "views": list, "group": str, "retention": str,
    "missingValues": list, "ignore": list, "foreignKeys": list, "fields": list,
}  # fmt: skip
_FIELD_KEYS: Keys = {
    "name": str, "title": str, "type": str, "format": str, "unit": str, "section": str,
    "description": str, "delimiter": str, "public": bool, "multiline": bool, "merged": str,
    "constraints": dict, "slugs": dict, "aliases": list,
}  # fmt: skip
_CONSTRAINT_KEYS: Keys = {
    "required": bool, "enum": list, "pattern": str, "minLength": int, "maxLength": int,
    "minimum": (int, float, date, str), "maximum": (int, float, date, str),
}  # fmt: skip
_NEEDED = ("title", "primaryKey", "record_title", "list", "fields")
_WORDS = {str: "文字", int: "整数", bool: "true 或 false", list: "列表", dict: "「名称: 值」"}

Way = tuple[str | int, ...]
Complaint = tuple[str, Way, dict[str, object]]


def load(path: Path, *, name: str, file: str) -> tuple[Schema | None, list[Finding]]:
    """The schema at `path` for the collection `name` (its folder below data/).

    Returns None when anything does not fit: rows cannot be judged by half a schema.
    """
    raw, findings = settings.read(path, file=file)
    if raw is None:
        return None, findings
    complaints = list(_shape(raw))
    if not complaints:
        schema = _build(raw, name)
        complaints = list(_sense(schema))
        if not complaints:
            return schema, []
    lines = settings.lines(path)
    return None, [
        Finding(code, Place(file, row=_line(lines, way)), facts) for code, way, facts in complaints
    ]


def _line(lines: Mapping[Way, int], way: Way) -> int:
    """The line of the deepest entry that exists on the way to a complaint."""
    while way and way not in lines:
        way = way[:-1]
    return lines.get(way, 1)


def _shape(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    """Whether keys are known and values have the right form."""
    for key in _NEEDED:
        if not raw.get(key):
            yield "F301", (), {"key": key}
    yield from _keys(raw, _SCHEMA_KEYS, ())
    for number, entry in enumerate(_entries(raw.get("fields"))):
        way: Way = ("fields", number)
        if not isinstance(entry, dict):
            yield "F303", way, {"key": "fields", "expected": "每个字段一组「名称: 值」"}
            continue
        for key in ("name", "title"):
            if not entry.get(key):
                yield "F301", way, {"key": key}
        yield from _keys(entry, _FIELD_KEYS, way)
        yield from _choices(entry, way)
        constraints = entry.get("constraints")
        if isinstance(constraints, dict):
            yield from _keys(constraints, _CONSTRAINT_KEYS, (*way, "constraints"))
    for number, entry in enumerate(_entries(raw.get("foreignKeys"))):
        reference = entry.get("reference") if isinstance(entry, dict) else None
        if not (
            isinstance(reference, dict)
            and isinstance(entry.get("fields"), str)
            and isinstance(reference.get("resource"), str)
            and isinstance(reference.get("fields"), str)
        ):
            expected = "fields 与 reference: {resource, fields}，各为一个名称"
            yield "F303", ("foreignKeys", number), {"key": "foreignKeys", "expected": expected}


def _entries(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _keys(raw: Mapping[Any, Any], known: Keys, way: Way) -> Iterator[Complaint]:
    for key, value in raw.items():
        if key not in known:
            yield "F302", (*way, str(key)), {"key": key, "hint": nearest(str(key), known)}
        elif value is None or not isinstance(value, known[key]) or _is_bool_as_number(value, known[key]):
            kinds = known[key] if isinstance(known[key], tuple) else (known[key],)
            expected = _WORDS.get(kinds[0], "数或日期")  # type: ignore[index]
            yield "F303", (*way, str(key)), {"key": key, "expected": expected}


def _is_bool_as_number(value: object, kinds: object) -> bool:
    return isinstance(value, bool) and kinds is not bool


def _choices(entry: Mapping[str, Any], way: Way) -> Iterator[Complaint]:
    """Values of a field that must be one of few, or of a certain form."""
    if isinstance(name := entry.get("name"), str) and (not NAME.fullmatch(name) or name in RESERVED):
        expected = "小写英文字母开头，只含小写字母、数字和下划线，且不是 " + "、".join(sorted(RESERVED))
        yield "F303", (*way, "name"), {"key": "name", "expected": expected}
    for key, allowed in (("type", TYPES), ("format", FORMATS), ("merged", ("fill",))):
        if isinstance(value := entry.get(key), str) and value not in allowed:
            yield "F303", (*way, key), {"key": key, "expected": "、".join(allowed)}
    for value, slug in (entry.get("slugs") or {}).items() if isinstance(entry.get("slugs"), dict) else ():
        if not (isinstance(slug, str) and SLUG.fullmatch(slug)):
            expected = "小写英文字母、数字和连字符"
            yield "F303", (*way, "slugs", str(value)), {"key": f"slugs「{value}」", "expected": expected}
    for number, alias in enumerate(_entries(entry.get("aliases"))):
        header, unit = _alias(alias)
        if not header or (unit and unit not in values.UNITS):
            expected = "表头文字，或 {header: 表头, unit: 元、万元或亿元}"
            yield "F303", (*way, "aliases", number), {"key": "aliases", "expected": expected}
    pattern = (entry.get("constraints") or {}).get("pattern") if isinstance(entry.get("constraints"), dict) else None
    if isinstance(pattern, str) and not _compiles(pattern):
        yield "F303", (*way, "constraints", "pattern"), {"key": "pattern", "expected": "正则表达式"}


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _alias(raw: object) -> tuple[str, str]:
    if isinstance(raw, dict):
        return str(raw.get("header") or ""), str(raw.get("unit") or "")
    return (str(raw), "") if isinstance(raw, str) else ("", "")


def _build(raw: Mapping[str, Any], name: str) -> Schema:
    missing = frozenset(str(v) for v in raw["missingValues"]) if "missingValues" in raw else frozenset(values.MISSING)
    texts = ("title", "description", "unit", "date", "record_title", "group", "retention")
    return Schema(
        name=name,
        fields=tuple(_field(entry, missing) for entry in raw["fields"]),
        primary_key=_names(raw["primaryKey"]),
        order=raw.get("order", 100),
        sort=_names(raw.get("sort", ())),
        list=_names(raw["list"]),
        views=_names(raw.get("views", ())),
        ignore=_names(raw.get("ignore", ())),
        foreign_keys=tuple(
            ForeignKey(k["fields"], k["reference"]["resource"], k["reference"]["fields"])
            for k in raw.get("foreignKeys", ())
        ),
        **{key: raw[key].strip() for key in texts if key in raw},
    )


def _names(raw: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(item) for item in raw)


def _field(raw: Mapping[str, Any], missing: frozenset[str]) -> Field:
    texts = ("name", "title", "type", "format", "unit", "section", "description", "delimiter")
    limits: Mapping[str, Any] = raw.get("constraints", {})
    return Field(
        **{key: raw[key] for key in texts if key in raw},
        public=raw.get("public", True),
        multiline=raw.get("multiline", False),
        fill=raw.get("merged") == "fill",
        required=limits.get("required", False),
        enum=tuple(str(v) for v in limits.get("enum", ())),
        pattern=limits.get("pattern", ""),
        min_length=limits.get("minLength"),
        max_length=limits.get("maxLength"),
        minimum=str(limits["minimum"]) if "minimum" in limits else None,
        maximum=str(limits["maximum"]) if "maximum" in limits else None,
        slugs={str(k): v for k, v in raw.get("slugs", {}).items()},
        aliases=tuple(_alias(a) for a in raw.get("aliases", ())),
        missing=missing,
    )


def _sense(schema: Schema) -> Iterator[Complaint]:
    """Whether names refer to fields that exist, and headers to one field each."""
    names = [f.name for f in schema.fields]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield "F305", ("fields", number, "name"), {"what": "字段名", "value": name}
    uses: list[tuple[str, Iterable[str]]] = [
        ("primaryKey", schema.primary_key),
        ("sort", [key.removeprefix("-") for key in schema.sort]),
        ("list", schema.list),
        ("views", schema.views),
        ("record_title", re.findall(r"\{(\w+)\}", schema.record_title)),
        ("date", [schema.date] if schema.date else []),
        ("group", [schema.group] if schema.group else []),
        ("foreignKeys", [key.field for key in schema.foreign_keys]),
    ]
    for key, used in uses:
        for name in used:
            if name not in names:
                yield "F304", (key,), {"key": key, "name": name, "hint": nearest(name, names)}
            elif key in ("list", "views", "group", "record_title") and not schema.by_name[name].public:
                yield "F306", (key,), {"key": key, "name": name}
    if schema.date in names and schema.by_name[schema.date].type != "date":
        yield "F303", ("date",), {"key": "date", "expected": "一个 type: date 的字段"}
    owners: dict[str, str] = {}
    for number, f in enumerate(schema.fields):
        for header in (f.title, *(alias for alias, _ in f.aliases)):
            owner = owners.setdefault(plain(header), f.name)
            if owner != f.name:
                yield "F305", ("fields", number), {"what": "表头", "value": header}
