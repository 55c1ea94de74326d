"""Definitions: what `figures:` and `checks:` of a page's head or of `data/figures.yml` say, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.figures import conditions, numerals
from disclosure.figures.conditions import Axis, Choice, Condition, Unfit
from disclosure.figures.figure import (
    CHANGE,
    COUNT,
    DERIVED,
    DIFFERENCE,
    DISTINCT,
    GIVEN,
    SHARE,
    SUM,
    TOTAL,
    Definition,
)
from disclosure.intake import values
from disclosure.schema import Schema, nearest

FIGURES, CHECKS = "figures", "checks"
EQUAL, PARTS = "equal", "parts"
VALUES = "个"
"""What different values are counted in, where nothing else is stated."""
PLACES = 2
"""Decimals of sums of money and of per cents, where none are stated."""
MOST_PLACES = 6
FREE = "text"
"""The mask of columns of free text, which do not tell by themselves whose record it is."""
OPEN_TO_ALL = (Choice(()), Choice(("",)))
"""Conditions that name nobody: whether anything is there at all."""
OPEN = -1
"""Decimals of a sum or a difference that has as many as the figures that it is computed from."""
MAY: Mapping[str, tuple[str, ...]] = {
    COUNT: ("where", "by", "unit"),
    SUM: ("where", "by", "unit", "decimals"),
    DISTINCT: ("where", "by", "unit"),
    SHARE: ("decimals",),
    CHANGE: ("decimals",),
    DIFFERENCE: ("unit", "decimals"),
    TOTAL: ("unit", "decimals"),
    GIVEN: ("unit", "source"),
}
"""What each kind of figure may state besides itself."""
_NAME = re.compile(r"[^\s:：=＝{}#|<>`*\[\]][^:：=＝{}#|<>`*\[\]\n]*")

Way = tuple[str | int, ...]
Places = Mapping[Way, tuple[int, int]]
"""Where the entries of a file stand (see `settings.places`)."""


@dataclass(frozen=True)
class Reference:
    """A figure as another one or a check names it: 名称, 名称：组, or {page: …, figure: 名称}."""

    name: str
    group: str = ""
    page: str | None = None
    """The address of the page that it is sought on; None for the page itself and the shared ones."""

    def __str__(self) -> str:
        return self.name + (f"：{self.group}" if self.group else "")


@dataclass(frozen=True)
class Check:
    """An entry of `checks:`: the first is the total of the others, or all are equal."""

    kind: str
    """TOTAL or EQUAL."""
    of: Sequence[Reference]
    place: Place


@dataclass
class Sheet:
    """All that one page, or `data/figures.yml`, says of figures."""

    page: str
    """The address of the page; "" for what all pages share."""
    file: str
    definitions: dict[str, Definition] = field(default_factory=dict)
    references: dict[str, Sequence[Reference]] = field(default_factory=dict)
    """What derived figures are computed from."""
    checks: list[Check] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """Of all figures, also of such as cannot be read."""


def read(
    head: Mapping[Any, Any],
    places: Places,
    *,
    file: str,
    page: str,
    schemas: Mapping[str, Schema],
) -> tuple[Sheet, list[Finding]]:
    """The figures and checks of a file that `settings` has read."""
    reader = _Reader(Sheet(page, file), places, schemas)
    figures, checks = head.get(FIGURES), head.get(CHECKS)
    if isinstance(figures, Mapping):
        for name, raw in figures.items():
            reader.figure(str(name), raw)
    elif figures is not None:
        reader.wrong((FIGURES,), FIGURES, "要写成「名称: {…}」的样子")
    if isinstance(checks, list):
        for number, raw in enumerate(checks):
            reader.check((CHECKS, number), raw)
    elif checks is not None:
        reader.find("N114", (CHECKS,), what="checks 要写成列表，每项前面有一个短横线")
    return reader.sheet, reader.findings


class _Reader:
    """Reads one file; whatever is wrong is noted, and the figure is left out."""

    def __init__(self, sheet: Sheet, places: Places, schemas: Mapping[str, Schema]) -> None:
        self.sheet, self.places, self.schemas = sheet, places, schemas
        self.findings: list[Finding] = []

    def place(self, way: Way) -> Place:
        while way not in self.places and way:
            way = way[:-1]
        row, column = self.places.get(way, (0, 0))
        return Place(self.sheet.file, row=row, column=column)

    def find(self, code: str, way: Way, **facts: object) -> None:
        self.findings.append(Finding(code, self.place(way), facts))

    def wrong(self, way: Way, name: str, what: str) -> None:
        self.find("N101", way, name=name, what=what)

    # ── Figures ──────────────────────────────────────────────────────────────────────────────────

    def figure(self, name: str, raw: object) -> None:
        """One entry of `figures:`."""
        way: Way = (FIGURES, name)
        self.sheet.names.add(name)
        if not _NAME.fullmatch(name):
            self.find("N111", way, name=name)
            return
        kinds = [kind for kind in MAY if isinstance(raw, Mapping) and kind in raw]
        if not isinstance(raw, Mapping) or len(kinds) != 1:
            self.wrong(way, name, f"要写、并且只写 {'、'.join(MAY)} 中的一种")
            return
        before, kind = len(self.findings), kinds[0]
        for key in raw:
            if key != kind and key not in MAY[kind]:
                known = (kind, *MAY[kind])
                hint = nearest(str(key), known)
                self.find(
                    "N102", (*way, str(key)), key=key, name=name, known="、".join(known), hint=hint
                )
        told: dict[str, Any] = {"name": name, "kind": kind, "page": self.sheet.page}
        told |= {"place": self.place(way), "unit": self._unit(way, name, raw)}
        references: Sequence[Reference] = ()
        if kind in DERIVED:
            references = self._references((*way, kind), raw[kind], name, kind)
            told["of"] = [str(reference) for reference in references]
            percent = kind in (SHARE, CHANGE)
            told["unit"] = numerals.PERCENT if percent else told["unit"]
            told["decimals"] = self._decimals(way, name, raw, PLACES if percent else OPEN)
        elif kind == GIVEN:
            told |= self._given(way, name, raw)
        else:
            told |= self._counted(way, name, kind, raw, told["unit"])
        if len(self.findings) == before:
            self.sheet.definitions[name] = Definition(**told)
            self.sheet.references[name] = references

    def _unit(self, way: Way, name: str, raw: Mapping[Any, Any]) -> str:
        unit = raw.get("unit", "")
        if not isinstance(unit, str) or len(unit) > 10:
            self.wrong((*way, "unit"), name, "unit 要写成计量单位，如 件、家、万元")
            return ""
        return unit.strip().replace("％", "%")

    def _decimals(self, way: Way, name: str, raw: Mapping[Any, Any], default: int) -> int:
        decimals = raw.get("decimals", 0)
        if type(decimals) is not int or not 0 <= decimals <= MOST_PLACES:
            self.wrong((*way, "decimals"), name, f"decimals 要写成 0 至 {MOST_PLACES} 的整数")
        elif "decimals" in raw:
            return decimals
        return default

    def _given(self, way: Way, name: str, raw: Mapping[Any, Any]) -> dict[str, Any]:
        number, source = raw[GIVEN], raw.get("source")
        reading = values.number(str(number))
        exact = not isinstance(number, float) or len(repr(number).strip("-").replace(".", "")) <= 15
        if isinstance(number, bool) or not isinstance(reading, str) or not exact:
            self.wrong((*way, GIVEN), name, "given 要写成数字，15 位以上的加引号")
            return {}
        if not isinstance(source, str) or not source.strip():
            self.wrong(way, name, "要用 source 写明数字出自哪本台账、哪个系统")
        value = Decimal(reading)
        places = max(0, -int(value.as_tuple().exponent))
        return {"given": value, "decimals": places, "source": str(source).strip()}

    # ── Counting rows ────────────────────────────────────────────────────────────────────────────

    def _counted(
        self, way: Way, name: str, kind: str, raw: Mapping[Any, Any], unit: str
    ) -> dict[str, Any]:
        """What a figure that is counted out of rows says of them."""
        collection, _, word = str(raw[kind]).partition(".")
        schema = self.schemas.get(collection)
        if schema is None or (kind == COUNT and word):
            hint = nearest(collection, self.schemas)
            self.find("N103", (*way, kind), value=raw[kind], name=name, hint=hint)
            return {}
        usual = schema.unit if kind == COUNT else VALUES
        told: dict[str, Any] = {"collection": collection, "unit": unit or usual}
        if kind != COUNT:
            column = self._axis((*way, kind), schema, word, name)
            told |= {"column": column.name if column else ""}
            if kind == SUM and column:
                told |= self._summed(way, name, column, unit, raw)
        told["where"] = self._where((*way, "where"), schema, raw.get("where", {}), name)
        if "by" in raw and (by := self._axis((*way, "by"), schema, str(raw["by"]), name)):
            told["by"] = by.name
            if by.field.mask:
                facts = {"name": name, "title": by.title, "what": "分组用了"}
                self.find("N117", (*way, "by"), **facts)
            if by.field.type == "list" and by.name in told["where"]:
                self.wrong((*way, "by"), name, f"「{by.title}」一格有几个值，不能又筛选又分组")
        return told

    def _axis(self, way: Way, schema: Schema, word: str, name: str) -> Axis | None:
        """A column that may be named; a finding if there is none."""
        axis = conditions.axis(schema, word)
        if axis is None:
            titles = [f.title for f in schema.public_fields]
            aliases = [alias for f in schema.public_fields for alias, _ in f.aliases]
            hint = nearest(word, [*aliases, *titles, *conditions.STANDING])
            self.find("N104", way, value=word, name=name, title=schema.title, hint=hint)
        elif not axis.field.public:
            self.find("N105", way, value=word, name=name, title=schema.title)
            return None
        return axis

    def _summed(
        self, way: Way, name: str, column: Axis, unit: str, raw: Mapping[Any, Any]
    ) -> dict[str, Any]:
        """What a sum takes from its column: unit and decimals, unless it states its own."""
        kind, own = column.field.type, column.field.unit
        if column.cut or kind not in ("number", "integer"):
            self.find("N110", (*way, SUM), name=name, title=column.title)
            return {}
        if numerals.converted(Decimal(1), own, unit or own) is None:
            self.find("N131", (*way, "unit"), name=name, units=f"{own}、{unit}")
        places = self._decimals(way, name, raw, PLACES if kind == "number" else 0)
        return {"unit": unit or own, "decimals": places}

    def _where(self, way: Way, schema: Schema, raw: object, name: str) -> dict[str, Condition]:
        found: dict[str, Condition] = {}
        if not isinstance(raw, Mapping):
            self.wrong(way, name, "where 要写成 {列名: 值}")
            return found
        for word, value in raw.items():
            here = (*way, str(word))
            if (axis := self._axis(here, schema, str(word), name)) is None:
                continue
            if axis.name in found:
                self.wrong(here, name, f"「{word}」一列写了两次")
                continue
            try:
                condition = found[axis.name] = conditions.read(axis, value)
            except Unfit as why:
                self.find("N108", here, column=word, name=name, hint=why)
                continue
            if axis.field.mask not in ("", FREE) and condition not in OPEN_TO_ALL:
                self.find("N117", here, name=name, title=axis.title, what="筛选用了")
        return found

    # ── References and checks ────────────────────────────────────────────────────────────────────

    def _references(self, way: Way, raw: object, name: str, kind: str) -> Sequence[Reference]:
        some = [self._reference(one) for one in raw] if isinstance(raw, list) else []
        if None in some or len(some) < 2 or (kind != TOTAL and len(some) != 2):
            count = "两个以上" if kind == TOTAL else "两个"
            self.wrong(way, name, f"{kind} 后面要写{count}数字的名称，如 [甲, 乙]")
            return ()
        return [one for one in some if one]

    def _reference(self, raw: object) -> Reference | None:
        if isinstance(raw, Mapping) and set(raw) == {"page", "figure"}:
            address = str(raw["page"]).strip("/").removesuffix(".md").removesuffix("index")
            page = f"{address.strip('/')}/" if address.strip("/") else ""
            inner = self._reference(raw["figure"])
            return inner and Reference(inner.name, inner.group, page)
        if not isinstance(raw, str | int) or isinstance(raw, bool):
            return None
        name, _, group = str(raw).replace(":", "：").partition("：")
        return Reference(name.strip(), group.strip()) if name.strip() else None

    def check(self, way: Way, raw: object) -> None:
        """One entry of `checks:`."""
        keys = set(raw) if isinstance(raw, Mapping) else set()
        parts = raw.get(PARTS) or raw.get(EQUAL) if isinstance(raw, Mapping) else None
        some = [self._reference(one) for one in parts] if isinstance(parts, list) else []
        if isinstance(raw, Mapping) and keys == {TOTAL, PARTS}:
            some.insert(0, self._reference(raw[TOTAL]))
        elif keys != {EQUAL}:
            some = []
        known: Iterator[Reference] = (one for one in some if one)
        if len(some) < 2 or None in some:
            what = "要写成 {total: 合计, parts: [甲, 乙]} 或者 {equal: [甲, 乙]}"
            self.find("N114", way, what=what)
            return
        kind = EQUAL if keys == {EQUAL} else TOTAL
        self.sheet.checks.append(Check(kind, tuple(known), self.place(way)))
