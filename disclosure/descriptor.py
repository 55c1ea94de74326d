"""Descriptors: reads a collection's `schema.yml` into a Schema, with a finding for whatever does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake import patterns, settings, values
from disclosure.intake.tables import plain
from disclosure.privacy import masks
from disclosure.schema import Field, ForeignKey, Schema, nearest

TYPES = ("string", "date", "number", "integer", "year", "list", "boolean")
FORMATS = ("text", "docno", "uscc", "uri")
NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset(
    {"id", "folder", "path", "title", "last_day", "part", "index"}
    | {"limit_rule", "limit_day", "limit_used"}
    | {"sheet", "row", "line"}
)
"""Names that the catalog adds to every row, or by which it remembers where a row stands."""
DELIMITERS = ("、", "；", ";", "，", ",", "|")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_BOUNDS: Mapping[str, re.Pattern[str]] = {
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "year": re.compile(r"[0-9]{4}"),
    "number": _NUMBER,
    "integer": _NUMBER,
}

Kinds = type | tuple[type, ...]
Keys = Mapping[str, Kinds]
_SCHEMA_KEYS: Keys = {
    "title": str, "description": str, "title_en": str, "description_en": str, "unit": str, "order": int, "date": str, "record_title": str,
    "primaryKey": list, "sort": list, "list": list, "views": list, "group": str, "retention": str,
    "update": str, "deadline": str, "missingValues": list, "ignore": list, "foreignKeys": list, "fields": list,
}  # fmt: skip
_FIELD_KEYS: Keys = {
    "name": str, "title": str, "type": str, "format": str, "unit": str, "section": str,
    "description": str, "title_en": str, "description_en": str, "delimiter": str, "public": bool, "verbatim": bool, "multiline": bool, "merged": str,
    "mask": str, "constraints": dict, "slugs": dict, "aliases": list,
}  # fmt: skip
_CONSTRAINT_KEYS: Keys = {
    "required": bool, "enum": list, "pattern": str, "minLength": int, "maxLength": int,
    "minimum": (int, float, date, str), "maximum": (int, float, date, str),
}  # fmt: skip
_NEEDED = ("title", "primaryKey", "record_title", "list", "fields")
_WORDS: Mapping[Kinds, str] = {
    str: "文字",
    int: "整数",
    bool: "true 或 false",
    list: "列表",
    dict: "「名称: 值」",
}

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
            return schema, _placed(_foreign_words(schema), path, file)
    return None, _placed(complaints, path, file)


def _placed(complaints: Iterable[Complaint], path: Path, file: str) -> list[Finding]:
    """Complaints as findings at the lines that they are about."""
    if not (known := list(complaints)):
        return []
    lines = settings.lines(path)
    return [Finding(code, Place(file, row=_line(lines, way)), facts) for code, way, facts in known]


def _foreign_words(schema: Schema) -> Iterator[Complaint]:
    """What an English page would not say, where there is some English."""
    numbers = {f.name: number for number, f in enumerate(schema.fields)}
    missing: dict[str, list[str]] = {}
    for name, key in schema.untranslated():
        missing.setdefault(name, []).append(key)
    for name, keys in missing.items():
        way: Way = ("fields", numbers[name], "title") if name else ("title",)
        title = schema.by_name[name].title if name else schema.title
        yield "S321", way, {"title": title, "keys": " 和 ".join(keys)}


def _line(lines: Mapping[Way, int], way: Way) -> int:
    """The line of the deepest entry that exists on the way to a complaint."""
    while way and way not in lines:
        way = way[:-1]
    return lines.get(way, 1)


def _shape(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    """Whether keys are known and values have the right form."""
    for key in _NEEDED:
        if _is_blank(raw.get(key)):
            yield "F301", (), {"key": key}
    yield from _keys(raw, _SCHEMA_KEYS, ())
    for number, entry in enumerate(_entries(raw.get("fields"))):
        way: Way = ("fields", number)
        if not isinstance(entry, dict):
            yield "F303", way, {"key": "fields", "expected": "每个字段一组「名称: 值」"}
            continue
        for key in ("name", "title"):
            if _is_blank(entry.get(key)):
                yield "F301", way, {"key": key}
        yield from _keys(entry, _FIELD_KEYS, way)
        yield from _choices(entry, way)
        yield from _units(entry, way)
        yield from _limits(entry, way)
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


def _is_blank(value: object) -> bool:
    return not value or (isinstance(value, str) and not value.strip())


def _entries(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _keys(raw: Mapping[Any, Any], known: Keys, way: Way) -> Iterator[Complaint]:
    for key, value in raw.items():
        if key not in known:
            yield "F302", (*way, str(key)), {"key": key, "hint": nearest(str(key), known)}
        elif (
            value is None
            or not isinstance(value, known[key])
            or _is_bool_as_number(value, known[key])
        ):
            expected = _WORDS.get(known[key], "数或日期")
            yield "F303", (*way, str(key)), {"key": key, "expected": expected}


def _is_bool_as_number(value: object, kinds: Kinds) -> bool:
    return isinstance(value, bool) and kinds is not bool


def _choices(entry: Mapping[str, Any], way: Way) -> Iterator[Complaint]:
    """Values of a field that must be one of few, or of a certain form."""
    if isinstance(name := entry.get("name"), str) and (
        not NAME.fullmatch(name) or name in RESERVED
    ):
        expected = "小写英文字母开头，只含小写字母、数字和下划线，且不是 " + "、".join(
            sorted(RESERVED)
        )
        yield "F303", (*way, "name"), {"key": "name", "expected": expected}
    for key, allowed in (
        ("type", TYPES),
        ("format", FORMATS),
        ("merged", ("fill",)),
        ("delimiter", DELIMITERS),
        ("mask", tuple(masks.KINDS)),
    ):
        if isinstance(value := entry.get(key), str) and value not in allowed:
            yield "F303", (*way, key), {"key": key, "expected": f"以下之一：{' '.join(allowed)}"}
    seen: set[object] = set()
    for value, slug in _pairs(entry.get("slugs")):
        if not (isinstance(slug, str) and values.is_slug(slug)) or slug in seen:
            expected = "小写英文字母、数字和连字符，且互不相同"
            yield (
                "F303",
                (*way, "slugs", str(value)),
                {"key": f"slugs「{value}」", "expected": expected},
            )
        else:
            seen.add(slug)


def _units(entry: Mapping[str, Any], way: Way) -> Iterator[Complaint]:
    """Units of amounts, which are kept in 元, and the other headers of a column."""
    money = entry.get("type") == "number" and str(entry.get("unit")) in values.UNITS
    if money and entry.get("unit") != "元":
        expected = "元（金额一律以元保存；以万元填报的表头，写在 aliases 中并注明 unit）"
        yield "F303", (*way, "unit"), {"key": "unit", "expected": expected}
    for number, alias in enumerate(_entries(entry.get("aliases"))):
        header, unit = _alias(alias)
        if not plain(header) or (unit and not (money and unit in values.UNITS)):
            expected = "表头文字；金额字段（type: number, unit: 元）还可用 {header: 表头, unit: 元、万元或亿元}"
            yield "F303", (*way, "aliases", number), {"key": "aliases", "expected": expected}


def _limits(entry: Mapping[str, Any], way: Way) -> Iterator[Complaint]:
    """Constraints that cannot be applied to values of the field's type."""
    for key, value in _pairs(entry.get("constraints")):
        place = (*way, "constraints", str(key))
        if key == "pattern" and isinstance(value, str) and not patterns.is_sound(value):
            yield "F303", place, {"key": key, "expected": "正则表达式"}
        bound = _BOUNDS.get(str(entry.get("type")))
        if key in ("minimum", "maximum") and not (bound and bound.fullmatch(str(value))):
            expected = "与字段类型相符的数、年份或日期（文字、列表和是否字段不能设上下限）"
            yield "F303", place, {"key": key, "expected": expected}


def _pairs(value: object) -> Iterable[tuple[Any, Any]]:
    return value.items() if isinstance(value, dict) else ()


def _alias(raw: object) -> tuple[str, str]:
    header, unit = (raw.get("header"), raw.get("unit")) if isinstance(raw, dict) else (raw, None)
    return header if isinstance(header, str) else "", str(unit or "")


def _build(raw: Mapping[str, Any], name: str) -> Schema:
    missing = frozenset(map(str, raw.get("missingValues", values.MISSING))) | {""}
    texts = (
        "title",
        "description",
        "title_en",
        "description_en",
        "unit",
        "date",
        "record_title",
        "group",
        "retention",
        "deadline",
        "update",
    )
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
    texts = (
        "name",
        "title",
        "type",
        "format",
        "unit",
        "section",
        "description",
        "title_en",
        "description_en",
        "delimiter",
        "mask",
    )
    limits: Mapping[str, Any] = raw.get("constraints", {})
    enum = tuple(str(v) for v in limits.get("enum", ()))
    return Field(
        **{key: raw[key] for key in texts if key in raw},
        public=raw.get("public", True),
        verbatim=raw.get("verbatim", False),
        multiline=raw.get("multiline", False),
        fill=raw.get("merged") == "fill",
        required=limits.get("required", False),
        enum=enum,
        pattern=limits.get("pattern", ""),
        min_length=limits.get("minLength"),
        max_length=limits.get("maxLength"),
        minimum=str(limits["minimum"]) if "minimum" in limits else None,
        maximum=str(limits["maximum"]) if "maximum" in limits else None,
        slugs={str(k): v for k, v in raw.get("slugs", {}).items()},
        aliases=tuple(_alias(a) for a in raw.get("aliases", ())),
        # A word that may be chosen, such as 无, is a value.
        missing=tuple(sorted(missing.difference(enum) | {""})),
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
        ("record_title", schema.title_fields),
        ("date", [schema.date] if schema.date else []),
        ("group", [schema.group] if schema.group else []),
        ("foreignKeys", [key.field for key in schema.foreign_keys]),
    ]
    for key, used in uses:
        for name in used:
            if name not in names:
                yield "F304", (key,), {"key": key, "name": name, "hint": nearest(name, names)}
            elif key not in ("sort", "foreignKeys") and not schema.by_name[name].public:
                yield "F306", (key,), {"key": key, "name": name}
    dated = schema.by_name.get(schema.date)
    if dated and not (dated.type == "date" and dated.required):
        expected = "一个 type: date 且必填（required: true）的字段"
        yield "F303", ("date",), {"key": "date", "expected": expected}
    if not any(f.required for f in schema.fields if f.name in schema.primary_key):
        expected = "至少含一个必填（required: true）字段的列表"
        yield "F303", ("primaryKey",), {"key": "primaryKey", "expected": expected}
    if not re.search(r"\{\w+\}", schema.record_title):
        expected = '至少含一个字段的文字，例如 "{name}"'
        yield "F303", ("record_title",), {"key": "record_title", "expected": expected}
    yield from _masks(schema)
    owners: dict[str, str] = {}
    for number, f in enumerate(schema.fields):
        for header in (f.title, *(alias for alias, _ in f.aliases)):
            owner = owners.setdefault(plain(header), f.name)
            if owner != f.name:
                yield "F305", ("fields", number), {"what": "表头", "value": header}


def _masks(schema: Schema) -> Iterator[Complaint]:
    """Whether each mask can be applied to its column."""
    for number, f in enumerate(schema.fields):
        if f.mask in masks.AGES and f.public:
            expected = "不公开的字段（public: false）"
        elif f.mask and f.mask not in masks.AGES and f.type != "string":
            expected = "文字字段（type: string）"
        elif f.mask in masks.BY_PARTY and masks.PARTY_KIND not in schema.by_name:
            expected = f"本栏目另有一个名为 {masks.PARTY_KIND}（行政相对人类别）的字段"
        else:
            continue
        yield "F303", ("fields", number, "mask"), {"key": f"mask: {f.mask}", "expected": expected}
