"""The law: all that the files of `data/rules/` say, each kind of rule by the name of a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from disclosure.diagnostics import Finding
from disclosure.rules import book, wording
from disclosure.rules.wording import Words


@dataclass(frozen=True)
class Law:
    """What `data/rules/` says, each kind by the name of a profile."""

    retention: Mapping[str, book.Profile]
    credit: Mapping[str, book.Profile]
    deadlines: Mapping[str, book.Profile]
    duties: Mapping[str, book.Profile]
    withdrawal: Mapping[str, book.Profile]
    words: Words


def load(data: Path, *, timed: bool) -> tuple[Law, list[Finding]]:
    """Read `data/rules/`; the deadlines must be there if a collection is `timed`, the retention always."""
    retention, findings = _rules(data, "retention", needed=True)
    credit, more = _rules(data, "credit")
    deadlines, late = _rules(data, "deadlines", "workdays", needed=timed)
    duties, yearly = _rules(data, "duties", "yearly")
    withdrawn, terms = _rules(data, "withdrawal", "workdays")
    findings += [*more, *late, *yearly, *terms]
    words, file = Words(), data / "rules" / "wording.yml"
    if file.exists():
        words, complaints = wording.load(file, file=f"{data.name}/rules/{file.name}")
        findings += complaints
    return Law(retention, credit, deadlines, duties, withdrawn, words), findings


def _rules(
    data: Path, name: str, measure: str = "months", needed: bool = False
) -> tuple[Mapping[str, book.Profile], list[Finding]]:
    """The rules in a file of `data/rules/`; a bureau need not keep every kind."""
    file = data / "rules" / f"{name}.yml"
    if not needed and not file.exists():
        return {}, []
    return book.load(file, file=f"{data.name}/rules/{file.name}", measure=measure)
