"""Schemas: what each column of a collection means; reads `schema.yml` and checks a table against it.

A `schema.yml` is a Frictionless Table Schema (name, title, type, format, constraints, missingValues,
primaryKey, foreignKeys) with a few keys of ours: what the public reads (title, unit, sections, list,
views) and what staff may write (aliases, merged cells).
"""

from __future__ import annotations

import difflib
import hashlib
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from decimal import Decimal
from functools import cached_property

from disclosure.intake import patterns, values
from disclosure.intake.tables import plain
from disclosure.intake.values import Reading, Refusal

NOT_APPLICABLE = "不适用"
"""A value of its own in any column: neither blank nor zero."""

_FAST: Mapping[str, re.Pattern[str]] = {
    "date": re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"),
    "number": re.compile(r"0|[1-9][0-9]{0,11}(?:\.[0-9]?[1-9])?"),
    "integer": re.compile(r"0|[1-9][0-9]{0,11}"),
}


@dataclass(frozen=True)
class Field:
    """A column: what it is called, how its cells are read, and how they are shown."""

    name: str
    title: str
    type: str = "string"
    format: str = "text"
    unit: str = ""
    section: str = ""
    description: str = ""
    title_en: str = ""
    description_en: str = ""
    delimiter: str = "、"
    public: bool = True
    verbatim: bool = False
    """Published as it is, like a name: its wording is not for us to correct."""
    multiline: bool = False
    fill: bool = False
    mask: str = ""
    """What of a cell is personal (a kind of `privacy.masks`); an import hides it before it is kept."""
    required: bool = False
    enum: tuple[str, ...] = ()
    pattern: str = ""
    min_length: int | None = None
    max_length: int | None = None
    minimum: str | None = None
    maximum: str | None = None
    slugs: Mapping[str, str] = default(default_factory=dict)
    aliases: tuple[tuple[str, str], ...] = ()
    """Other headers met in the wild, each with the unit its amounts are in ("" = the field's own)."""
    missing: tuple[str, ...] = values.MISSING
    """The spellings of an empty cell; a tuple, because caches are keyed by how a schema prints."""

    def read(self, raw: str, unit: str = "") -> Reading:
        """The canonical text of a cell ("" when it is empty), or why it has none.

        `unit` is the money unit that the header states. This is the exact, explaining check;
        `settled` is its fast companion.
        """
        word = values.bare(raw).strip()
        if word in self._blanks:
            reading: Reading = ""
        elif word == NOT_APPLICABLE and not (self.required and self.type == "date"):
            reading = word
        else:
            reading = self._reader(unit)(word)
        if isinstance(reading, Refusal):
            return Refusal(reading.code, {"title": self.title, **reading.facts})
        if reading in self._blanks:
            return Refusal("V101", {"title": self.title}) if self.required else ""
        return self._constrained(reading)

    def unsettled(self, texts: Collection[str]) -> Collection[str]:
        """The texts that may not be canonical as they stand: for all others `read(text) == text`."""
        if (
            self.type == "string"
            and self.format in ("text", "docno")
            and self._is_free
            and not self.enum
        ):
            filled = texts if self.required else [text for text in texts if text]
            longest = max(map(len, filled), default=0)
            if (
                values.is_settled("".join(filled))
                and self._blanks.isdisjoint(filled)
                and longest <= (self.max_length or sys.maxsize)
            ):
                return ()
        return [text for text in texts if not self.settled(text)]

    @cached_property
    def _blanks(self) -> frozenset[str]:
        return frozenset(self.missing)

    @cached_property
    def _is_free(self) -> bool:
        """Whether only the choice and the greatest length of values are constrained."""
        return not (self.pattern or self.minimum or self.maximum or self.min_length)

    def settled(self, text: str) -> bool:
        """Whether one text is surely canonical as it stands."""
        if text in self._blanks:
            return not text and not self.required
        if self.enum and text not in self.enum:
            return False
        if not self._is_free or len(text) > (self.max_length or sys.maxsize):
            return False
        if self.type == "string":
            return self.format in ("text", "docno") and values.is_settled(text)
        fast = _FAST.get(self.type)
        return bool(fast and fast.fullmatch(text))

    def _reader(self, unit: str) -> Callable[[str], Reading]:
        readers: dict[str, Callable[[str], Reading]] = {
            "date": values.day,
            "integer": values.integer,
            "year": values.year,
            "boolean": values.boolean,
            "number": values.number,
            "list": lambda raw: values.listing(raw, self.delimiter),
        }
        if self.type == "number" and self.unit in values.UNITS:
            return lambda raw: values.amount(raw, unit or self.unit)
        if self.type == "string" and self.format == "uscc":
            return values.credit_code
        if self.type == "string" and self.format == "uri":
            return values.address
        return readers.get(self.type, lambda raw: values.text(raw, multiline=self.multiline))

    def _constrained(self, value: str) -> Reading:
        """The value itself if it keeps within the constraints, else the refusal."""
        if value == NOT_APPLICABLE:
            return value
        if self.enum:
            for part in self.parts(value):
                if part not in self.enum:
                    near = nearest(part, self.enum)
                    facts = {"value": part, "allowed": "、".join(self.enum), "hint": near}
                    return Refusal("V102", {"title": self.title, **facts})
        facts = {"title": self.title, "value": value}
        if self.pattern and not patterns.fits(self.pattern, value):
            return Refusal("V103", {**facts, "pattern": self.pattern})
        if not (self.min_length or 0) <= len(value) <= (self.max_length or len(value)):
            limits = f"{self.min_length or 0}–{self.max_length or '不限'}"
            return Refusal("V104", {"title": self.title, "length": len(value), "limits": limits})
        if not self._within_bounds(value):
            limits = f"{self.minimum or '不限'} 至 {self.maximum or '不限'}"
            return Refusal("V105", {**facts, "limits": limits})
        return value

    def _within_bounds(self, value: str) -> bool:
        as_value: Callable[[str], str | Decimal] = str if self.type in ("date", "year") else Decimal
        low = self.minimum is None or as_value(value) >= as_value(self.minimum)  # type: ignore[operator]
        high = self.maximum is None or as_value(value) <= as_value(self.maximum)  # type: ignore[operator]
        return low and high

    def parts(self, value: str) -> list[str]:
        """The single values of a cell: several for a list, else one, none for an empty cell."""
        if not value:
            return []
        return value.split(self.delimiter) if self.type == "list" else [value]

    def show(self, value: str) -> str:
        """How a canonical value reads: 52120 → 52,120; 2099-12-31 → 长期."""
        if self.type == "date" and value == values.LONG_TERM:
            return "长期"
        if self.type in ("number", "integer") and value and value != NOT_APPLICABLE:
            whole, point, rest = value.partition(".")
            return f"{int(whole):,}{point}{rest}"
        return value

    def quote(self, text: str) -> str:
        """How a finding quotes a cell: cut when it is long, not at all when it is not public."""
        word = text.strip()
        if not self.public:
            return "（本列不公开，略）"
        return word if len(word) <= 40 else f"{word[:40]}…"

    def slug(self, value: str) -> str:
        """The part of an address that stands for a value: as the schema names it, else a short hash."""
        digest = hashlib.sha256(value.encode()).hexdigest()[:8]
        return self.slugs.get(value, digest)


@dataclass(frozen=True)
class ForeignKey:
    """A column whose values name rows of another collection."""

    field: str
    resource: str
    target: str


@dataclass(frozen=True)
class Schema:
    """A collection's descriptor: its fields, and how its rows are identified, ordered and shown."""

    name: str
    title: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    description: str = ""
    title_en: str = ""
    """What the collection is called in English, on the page for readers from abroad."""
    description_en: str = ""
    unit: str = "件"
    order: int = 100
    date: str = ""
    record_title: str = ""
    sort: tuple[str, ...] = ()
    list: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    group: str = ""
    retention: str = ""
    deadline: str = ""
    update: str = ""
    """How often the collection is to be renewed, as `data/rules/upkeep.yml` names it."""
    ignore: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {f.name: f for f in self.fields}

    @cached_property
    def headers(self) -> Mapping[str, tuple[Field, str, str]]:
        """Every known header in comparison form → its field, the header as the schema writes it, its unit."""
        known: dict[str, tuple[Field, str, str]] = {}
        for f in self.fields:
            known.setdefault(plain(f.title), (f, f.title, ""))
            for header, unit in f.aliases:
                known.setdefault(plain(header), (f, header, unit))
        return known

    @property
    def public_fields(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.public)

    def untranslated(self) -> Sequence[tuple[str, str]]:
        """(field, key) for what has no English, "" for the collection itself; nothing where no English
        is written at all."""
        parts: dict[str, Field | Schema] = {"": self, **{f.name: f for f in self.public_fields}}
        keys = ("title_en", "description_en")
        if not any(getattr(part, key) for part in parts.values() for key in keys):
            return ()
        return [
            (name, key) for name, part in parts.items() for key in keys if not getattr(part, key)
        ]

    def view_folder(self, view: str, value: str) -> str:
        """The folder of the list of all rows that share a value of a view field."""
        return f"{view}-{self.by_name[view].slug(value)}"

    @cached_property
    def title_fields(self) -> Sequence[str]:
        """The fields that `record_title` is made of."""
        return re.findall(r"\{(\w+)\}", self.record_title)

    def titles(self, columns: Mapping[str, Sequence[str]]) -> Sequence[str]:
        """The title of every row, from `record_title`; empty fields leave no punctuation."""
        literals = re.split(r"\{\w+\}", self.record_title)
        rows = zip(*(columns[name] for name in self.title_fields), strict=True)
        return [_fill(literals, row) for row in rows]


def _fill(literals: Sequence[str], row: Sequence[str]) -> str:
    title = literals[0]
    for value, literal in zip(row, literals[1:], strict=True):
        title += value.replace("\n", " ") + literal
    return title.strip("：:·-—，、 ") or "（无标题）"


def nearest(word: str, known: Iterable[str]) -> str:
    """「最接近的是…」 for a word that is not known, or nothing when none is near."""
    by_form = {plain(k): k for k in known}
    close = difflib.get_close_matches(plain(word), by_form, n=1, cutoff=0.5)
    return f"最接近的是「{by_form[close[0]]}」。" if close else ""
