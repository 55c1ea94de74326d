"""Rules as data: what a file of `data/rules/` says, each rule with its source and the days it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings

_KEYS = ("id", "text", "source", "from", "to")
MEASURES: Mapping[str, tuple[str, ...]] = {
    "months": ("when", "at_least", "publish", "years", "months", "least_months", "times"),
    "workdays": ("when", "workdays"),
    "yearly": ("by", "before", "applies", "done"),
    "counting": ("counting", "columns", "order"),
    "chapters": ("title", "words"),
}
"""What a rule can measure by, and the parameters that it then has."""
HEAVIEST, LATEST, EACH = "最重", "靠后", "分别"
"""How a decision with several kinds is counted: as its heaviest, as the one whose column stands
last, or once in the column of each."""
_DAY = re.compile(r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")

_NOTHING = Decimal("-Infinity")
_Complaint = tuple[str, tuple[str | int, ...], dict[str, object]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule on the records of a span of time.

    `first` and `last` bound the record's own date (ISO text, "" for open); `when` names columns and
    the values that select a record, `at_least` columns and the amounts from which on they do.
    `months` is the period the rule counts by, `times` how often something must happen in it. A
    record may not leave before `least` months are over, and is never shown when `publish` is false.
    `workdays` is a time limit. What is due every year has its last day in `by`, or the day after it
    in `before` (`MM-DD`), and in `done` the days on which it was done elsewhere, by the year it is
    about; a rule that does not apply to this bureau waits for its turn. `counting` says how decisions
    of several kinds are told in the columns of a table (`told_in`), which `order` ranks from the lightest. A
    chapter of a report is called `title`; a heading with one of `words` in it is taken for it.
    """

    id: str
    text: str
    source: str
    first: str
    last: str
    when: tuple[tuple[str, frozenset[str]], ...]
    months: int = 0
    times: int = 0
    workdays: int = 0
    by: str = ""
    before: str = ""
    applies: bool = True
    done: tuple[tuple[int, str], ...] = ()
    least: int = 0
    publish: bool = True
    at_least: tuple[tuple[str, Decimal], ...] = ()
    counting: str = ""
    told_in: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    title: str = ""
    words: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule looks at, besides the date."""
        return tuple(name for name, _ in (*self.when, *self.at_least))


def holding(profile: tuple[Rule, ...], day: str) -> list[Rule]:
    """The rules that hold on a day (ISO text), in the order of the file."""
    return [r for r in profile if r.first <= day and (not r.last or day <= r.last)]


Profile = tuple[Rule, ...]  # in the order of the file; the first rule that matches wins


def matches(rule: Rule, day: str, values: Mapping[str, str]) -> bool:
    """Whether a rule holds for a record of a day (ISO text) with these values of its columns."""
    in_time = rule.first <= day and (not rule.last or day <= rule.last)
    return (
        in_time
        and all(accepted & set(values.get(name, "").split("、")) for name, accepted in rule.when)
        and all(_amount(values.get(name, "")) >= least for name, least in rule.at_least)
    )


def _amount(text: str) -> Decimal:
    """A cell as an amount; what is blank or no number reaches none."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return _NOTHING
    return amount if amount.is_finite() else _NOTHING


def columns(profile: Profile) -> tuple[str, ...]:
    """The columns that the profile's rules look at."""
    return tuple(dict.fromkeys(column for rule in profile for column in rule.columns))


def load(
    path: Path, *, file: str, measure: str = "months"
) -> tuple[dict[str, Profile], list[Finding]]:
    """The profiles in the YAML file at `path`; rules with a mistake are only reported.

    Each name maps to a list of rules `{id, text, source, from, to, …}` with the parameters of one
    of `MEASURES`.
    """
    content, findings = settings.read(path, file=file)
    profiles: dict[str, Profile] = {}
    for name, entries in (content or {}).items():
        rules: list[Rule] = []
        complaints: list[_Complaint] = []
        if not isinstance(entries, list) or not entries:
            complaints.append(("T201", (), {}))
            entries = []
        ids: set[str] = set()
        for number, entry in enumerate(entries):
            wrong = list(_complaints(entry, ids, measure))
            complaints += [(code, (number, *way), facts) for code, way, facts in wrong]
            if not wrong:
                rules.append(_rule(entry))
        for code, way, facts in complaints:
            places = settings.lines(path)
            row = places.get((str(name), *way)) or places[(str(name), *way[:1])]
            findings.append(Finding(code, Place(file, row=row), {"profile": name, **facts}))
        profiles[str(name)] = tuple(rules)
    return profiles, findings


def _complaints(entry: Any, ids: set[str], measure: str) -> Iterator[_Complaint]:
    """Code, way to the entry and facts of everything wrong with one rule."""
    if not isinstance(entry, dict):
        yield "T202", (), {"key": "id"}
        return
    for key in ("id", "text", "source"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            yield "T202", (), {"key": key}
    known = (*_KEYS, *MEASURES[measure])
    for key in entry:
        if key not in known:
            yield "T206", (str(key),), {"key": key, "known": "、".join(known)}
    if entry.get("id") in ids:
        yield "T207", ("id",), {"id": entry["id"]}
    ids.add(str(entry.get("id")))
    yield from _PARAMETERS[measure](entry)
    bounds = [entry[key] for key in ("from", "to") if entry.get(key) is not None]
    if not all(type(bound) is date for bound in bounds) or bounds != sorted(bounds):
        yield "T204", (), {}
    when = entry.get("when") or {}
    if not isinstance(when, dict) or not all(
        isinstance(values, list) and values and all(isinstance(value, str) for value in values)
        for values in when.values()
    ):
        yield "T205", ("when",), {}


def _months(entry: Mapping[str, Any]) -> Iterator[_Complaint]:
    periods = [entry[key] for key in ("years", "months") if key in entry]
    shown = entry.get("publish", True)
    if (shown and not periods) or any(type(n) is not int or not 0 < n <= 1200 for n in periods):
        yield "T203", (), {}
    elif type(shown) is not bool or (periods and not shown):
        yield "T503", ("publish",), {"key": "publish"}
    else:
        yield from _limits(entry)
    if "times" in entry and (type(entry["times"]) is not int or entry["times"] < 1):
        yield "T208", ("times",), {}


def _limits(entry: Mapping[str, Any]) -> Iterator[_Complaint]:
    """What is wrong with the lower bounds, of time and of amounts."""
    least, most = entry.get("least_months", 0), _period(entry)
    if type(least) is not int or least < 0 or least > most:
        yield "T503", ("least_months",), {"key": "least_months"}
    amounts = entry.get("at_least") or {}
    if not isinstance(amounts, dict) or not all(
        type(amount) in (int, float) for amount in amounts.values()
    ):
        yield "T503", ("at_least",), {"key": "at_least"}


def _period(entry: Mapping[str, Any]) -> int:
    return int(entry.get("years", 0) * 12 + entry.get("months", 0))


def _workdays(entry: Mapping[str, Any]) -> Iterator[_Complaint]:
    if type(n := entry.get("workdays")) is not int or not 0 < n <= 250:
        yield "T302", (), {}


def _yearly(entry: Mapping[str, Any]) -> Iterator[_Complaint]:
    days = [entry[key] for key in ("by", "before") if key in entry]
    if len(days) != 1 or not isinstance(days[0], str) or not _is_day(days[0]):
        yield "T351", (), {}
    if type(entry.get("applies", True)) is not bool:
        yield "T352", ("applies",), {"key": "applies"}
    done = entry.get("done") or {}
    if not isinstance(done, dict) or not all(
        type(year) is int and type(day) is date for year, day in done.items()
    ):
        yield "T352", ("done",), {"key": "done"}


def _is_day(text: str) -> bool:
    """Whether every year has this day (`MM-DD`)."""
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(f"2001-{text}"))
    except ValueError:
        return False


def _counting(entry: Mapping[str, Any]) -> Iterator[_Complaint]:
    if entry.get("counting") not in (HEAVIEST, LATEST, EACH):
        yield "N421", ("counting",), {"what": f"counting 只能写 {HEAVIEST}、{LATEST} 或 {EACH}"}
    columns: Any = entry.get("columns")
    if not _is_texts(columns) or len(set(columns)) != len(columns):
        yield "N421", ("columns",), {"what": "columns 要逐项写出各列的名称，不能重复"}
    elif "order" in entry and (
        not _is_texts(entry["order"]) or sorted(entry["order"]) != sorted(columns)
    ):
        yield "N421", ("order",), {"what": "order 要把 columns 的各列从轻到重各写一次"}


def _chapters(entry: Mapping[str, Any]) -> Iterator[_Complaint]:
    if not isinstance(entry.get("title"), str) or not entry["title"].strip():
        yield "N422", ("title",), {"what": "title 要写这一章的标题"}
    if not _is_texts(entry.get("words")):
        yield "N422", ("words",), {"what": "words 要列出标题中可以认出这一章的词语"}


def _is_texts(value: Any) -> bool:
    return bool(value) and isinstance(value, list) and all(isinstance(v, str) and v for v in value)


_PARAMETERS = {
    "months": _months,
    "workdays": _workdays,
    "yearly": _yearly,
    "counting": _counting,
    "chapters": _chapters,
}


def _rule(entry: Mapping[str, Any]) -> Rule:
    when = (entry.get("when") or {}).items()
    return Rule(
        id=entry["id"],
        text=entry["text"].strip(),
        source=entry["source"].strip(),
        first=str(entry.get("from") or ""),
        last=str(entry.get("to") or ""),
        when=tuple((str(column), frozenset(values)) for column, values in when),
        months=_period(entry),
        times=entry.get("times", 0),
        workdays=entry.get("workdays", 0),
        by=entry.get("by", ""),
        before=entry.get("before", ""),
        applies=entry.get("applies", True),
        done=tuple((year, day.isoformat()) for year, day in (entry.get("done") or {}).items()),
        least=entry.get("least_months", 0),
        publish=entry.get("publish", True),
        at_least=tuple(
            (str(column), Decimal(str(amount)))
            for column, amount in (entry.get("at_least") or {}).items()
        ),
        counting=entry.get("counting", ""),
        told_in=tuple(entry.get("columns") or ()),
        order=tuple(entry.get("order") or ()),
        title=entry.get("title", ""),
        words=tuple(entry.get("words") or ()),
    )
