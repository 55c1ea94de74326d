"""Reconciling: whether what texts state of figures is so, and figures agree that must."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from disclosure.diagnostics import Finding
from disclosure.figures import bindings, deriving, numerals
from disclosure.figures.bindings import TABLE, Binding
from disclosure.figures.definitions import Check
from disclosure.figures.figure import TOTAL, Figure
from disclosure.figures.numerals import Quantity

_ABOUT = re.compile(r"(?:约|近|大约|将近|超过|逾)\s?$")
_MINUS = ("-", "－", "−")


def stated(binding: Binding, figure: Figure, say: Callable[[Binding], str]) -> list[Finding]:
    """What is wrong with a binding, given the figure that it names."""
    facts: dict[str, object] = {
        "name": binding.written[2:-2].partition("=")[0].partition("＝")[0].strip(),
        "figure": _with_unit(figure.text, figure.definition.unit),
        "sentence": bindings.quoted(binding, say),
    }
    if binding.group == TABLE:
        if binding.stated or not figure.groups or not binding.alone:
            return [Finding("N124", binding.place, facts)]
        return []
    quantity, minus = _quantity(binding, figure)
    if quantity is None:
        return [Finding("N123", binding.place, {**facts, "stated": binding.stated})]
    facts |= {"stated": binding.stated, "unit": quantity.unit, "wanted": figure.definition.unit}
    unit, value = figure.definition.unit, -figure.value if minus else figure.value
    if not binding.stated and quantity.unit in numerals.MONEY and quantity.unit != unit:
        return [Finding("N122", binding.place, facts)]  # it is printed in its own unit
    holds = numerals.holds(quantity, value, unit)
    if holds is None:
        return [Finding("N122", binding.place, facts)]
    if binding.stated and not holds:
        return [Finding("N121", binding.place, facts)]
    return []


def _with_unit(number: str, unit: str) -> str:
    return f"{number}{unit}" if unit == numerals.PERCENT else f"{number} {unit}".strip()


def _quantity(binding: Binding, figure: Figure) -> tuple[Quantity | None, bool]:
    """The number as the text has it, with the words around it that belong to it, and whether it is
    below nothing; None when what is written is no number."""
    number = binding.stated or figure.text
    minus = number.startswith(_MINUS)
    number = number[1:] if minus else number
    before = found[0] if (found := _ABOUT.search(binding.before)) else ""
    alone = _whole(number, number)
    if alone is None:
        return None, minus
    if alone.unit:
        return (_whole(before + number, before + number) or alone), minus
    own, after = figure.definition.unit, binding.after
    more = re.match(r"\s?[余多]?\s?", after)
    rest = after[more.end() :] if more else after
    if own and rest.startswith(own):  # also such units as the language at large does not know
        word = _whole(before + number + (more[0] if more else ""), before + number) or alone
        return replace(word, unit=own), minus
    wide = _whole(before + number + after, before + number)
    return (wide or _whole(before + number, before + number) or alone), minus


def _whole(text: str, least: str) -> Quantity | None:
    """The quantity with which a text begins, if it takes in at least a given beginning."""
    first = next(numerals.find(text), None)
    return first if first and first.start == 0 and first.end >= len(least) else None


def checked(check: Check, figures: Sequence[Figure]) -> list[Finding]:
    """What is wrong with figures that must add up or be equal."""
    first, others = figures[0], figures[1:]
    names = [str(reference) for reference in check.of]
    parts = others if check.kind == TOTAL else figures
    found = deriving.added(first, parts)
    if found is None:
        units = "、".join(
            f"「{name}」是{figure.definition.unit or '没有单位'}"
            for name, figure in zip(names, figures, strict=True)
        )
        return [Finding("N131", check.place, {"name": "、".join(names), "units": units})]
    if check.kind == TOTAL:
        value, sum_ = found
        if value == first.value:
            return []
        difference = abs(value - first.value)
        facts = {"name": names[0], "number": first.text, "parts": "、".join(names[1:])}
        facts |= {"sum": sum_, "difference": f"{difference:,f}"}
        return [Finding("N132", check.place, facts)]
    unit = first.definition.unit
    alike = all(numerals.converted(f.value, f.definition.unit, unit) == first.value for f in others)
    told = "，".join(
        f"「{name}」是 {_with_unit(figure.text, figure.definition.unit)}"
        for name, figure in zip(names, figures, strict=True)
    )
    return [] if alike else [Finding("N133", check.place, {"numbers": told})]


def printed(binding: Binding, figure: Figure | None) -> str:
    """What a reader sees for a binding of a figure: what is written, else the number."""
    figure = chosen(figure, binding.group)
    return binding.stated or (figure.text if figure else binding.written)


def chosen(figure: Figure | None, group: str) -> Figure | None:
    """A figure, or one of its groups."""
    if figure is None or group in ("", TABLE, bindings.TOTAL):
        return figure
    return figure.groups.get(group)
