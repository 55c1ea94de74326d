"""History: what earlier versions of the tables say was taken down, and whether it still is.

A record that was withdrawn or whose credit was repaired must never come back by a slip: by a row
deleted, by an old file copied over a new one, by a change undone. Rows alone cannot tell; the
versions that Git keeps can. The first time all of them are read, later only what is new.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from disclosure import cache, parts, unwatched
from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings, versions
from disclosure.intake.versions import Change
from disclosure.relations import Source
from disclosure.rules import book
from disclosure.rules.retention import day_of
from disclosure.rules.status import CAUSES, TAKEN_DOWN
from disclosure.rules.workdays import Calendar
from disclosure.schema import Schema

SETTINGS = "history.yml"
LATELY = 92
"""So many days a late withdrawal is pointed out after it was entered."""
_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_ID = re.compile(r"[b-v]{16}")
_NAME = re.compile(r"[\w-]+(?:/[\w-]+)*")
_REASONED = {"corrections": _ID, "late": _ID, "removed": _NAME}

Way = tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """What `data/history.yml` says: from which day's versions on to look, which records not to look at,
    of which withdrawals it is known why they came late, and of which collections why they are gone."""

    since: str = ""
    corrections: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Event:
    """What a version said of a record for the first time."""

    day: str
    """The day of the change, as the row states it."""
    entered: str
    """The day on which the row came to say so, if the record had been public before; else ""."""
    number: str
    path: str


Past = dict[str, dict[str, dict[str, Event]]]
"""By collection, record and status (撤销 …), the last such event."""


@dataclass
class _Memory:
    """How far the versions are read, and what was found; kept between runs."""

    count: int = 0
    past: Past = field(default_factory=dict)
    seen: dict[str, set[str]] = field(default_factory=dict)
    """By file, hashes of the lines that name a status: a version without new ones has no news."""


def check(
    data: Path,
    sources: Mapping[str, Source],
    terms: Mapping[str, book.Profile],
    calendar: Calendar,
    as_of: date,
    *,
    kept: Path | None = None,
) -> list[Finding]:
    """Compare the rows of today with all that earlier versions said was taken down.

    `terms` are by collection the rules that say in how many working days. `kept` is a cache folder.
    """
    own, findings = _settings(data / SETTINGS, f"{data.name}/{SETTINGS}")
    watched = {name: s for name, s in sources.items() if "status" in s.schema.by_name}
    try:
        history = versions.read(data)
        if history is None:
            return findings
        if watched and not history.complete:
            findings.append(Finding("R205", Place(data.name), {"reason": "检出时只取了一部分"}))
        changes = _counted(history.changes, own.since)
        schemas = {name: _needed(source.schema) for name, source in watched.items()}
        with versions.contents(data) as content:
            known = {name: source.schema for name, source in sources.items()}
            findings += unwatched.check(known, changes, content, data, own.removed)
            past = _remembered(changes, schemas, content, kept)
            latest = {change.path: change.new for change in changes}
            for name, source in watched.items():
                mine = past.get(name, {})
                findings += _standing(source, mine, own.corrections, as_of, data.name)
                public = _public(schemas[name], latest, content, data.name)
                late = _late(source, mine, public, terms.get(name, ()), calendar, as_of)
                findings += [f for f in late if f.facts["id"] not in own.late]
    except versions.Unreadable as error:
        findings.append(Finding("R205", Place(data.name), {"reason": str(error)}))
    return findings


def _settings(path: Path, file: str) -> tuple[Settings, list[Finding]]:
    if not path.exists():
        return Settings(), []
    raw, findings = settings.read(path, file=file)
    raw = raw or {}
    since = raw.get("since")
    wrong: list[Way] = [(str(key),) for key in raw if key not in ("since", *_REASONED)]
    if since is not None and type(since) is not date:
        wrong.append(("since",))
        since = None
    explained = {key: _explained(key, raw.get(key) or {}, wrong) for key in _REASONED}
    lines = settings.lines(path) if wrong else {}
    findings += [Finding("R206", Place(file, row=lines.get(w, 1)), {"key": w[-1]}) for w in wrong]
    return Settings(since.isoformat() if since else "", **explained), findings


def _explained(key: str, raw: object, wrong: list[Way]) -> frozenset[str]:
    """The records or collections for which a reason is given; what is not written like that is added to `wrong`."""
    if not isinstance(raw, dict):
        wrong.append((key,))
        return frozenset()
    good = {
        id_
        for id_, reason in raw.items()
        if _REASONED[key].fullmatch(str(id_)) and isinstance(reason, str) and reason.strip()
    }
    wrong += [(key, str(id_)) for id_ in raw if id_ not in good]
    return frozenset(good)


def _counted(changes: Sequence[Change], since: str) -> Sequence[Change]:
    """The changes from a day on, preceded by those that made what was in force on it."""
    first = next((n for n, change in enumerate(changes) if change.day >= since), len(changes))
    if not first or first == len(changes):
        return changes[first:]
    replaced = {change.path for change in changes if change.commit == changes[first].commit}
    standing = {change.path: change for change in changes[:first] if change.path not in replaced}
    return [*standing.values(), *changes[first:]]


# ── Reading versions ─────────────────────────────────────────────────────────────────────────────


def _remembered(
    changes: Sequence[Change],
    schemas: Mapping[str, Schema],
    content: Callable[[str], bytes],
    kept: Path | None,
) -> Past:
    """What all versions say; only those are read that were not there the last time."""
    spelled = [f"{c.day} {c.path} {c.old} {c.new}" for c in changes]
    base = cache.digest(cache.program(), *(cache.spell(schema) for schema in schemas.values()))
    memory = _recall(kept, base, spelled)
    if memory.count < len(changes):
        for change in changes[memory.count :]:
            _take(memory, change, schemas, content)
        memory.count = len(changes)
        _remember(kept, cache.digest(base, *spelled), memory)
    return memory.past


def _take(
    memory: _Memory,
    change: Change,
    schemas: Mapping[str, Schema],
    content: Callable[[str], bytes],
) -> None:
    """Take in one new version of a file."""
    collection, _, name = change.path.rpartition("/")
    schema = schemas.get(collection)
    plain = Path(name).suffix.lower() == ".csv"
    if not change.new or not schema or not _is_sheet(name):
        return
    data = content(change.new)
    if plain:
        telling = {cache.digest(line) for line in _telling(data)}
        seen = memory.seen.setdefault(change.path, set())
        if telling <= seen:
            return
        seen |= telling
    past = memory.past.setdefault(collection, {})
    news: dict[tuple[str, str], Event] = {}
    for id_, (status, day, number) in _rows(schema, name, data).items():
        known = past.get(id_, {}).get(status)
        if status in CAUSES and (known is None or known.day < day):
            news[id_, status] = Event(day, change.day, number, change.path)
    if news:
        before = _rows(schema, name, content(change.old)) if change.old else {}
        for (id_, status), event in news.items():
            was_public = id_ in before and before[id_][0] not in TAKEN_DOWN | {status}
            entered = event.entered if was_public else ""
            past.setdefault(id_, {})[status] = Event(event.day, entered, event.number, event.path)


def _telling(data: bytes) -> Iterator[bytes]:
    """The lines of a CSV file that name a status, and its first, which may be the header."""
    yield data[: data.find(b"\n") + 1]
    codes = [_WIDE[data[:2]]] if data[:2] in _WIDE else ["utf-8", "gb18030"]
    for word in (word.encode(code) for word in CAUSES for code in codes):
        at = data.find(word)
        while at >= 0:
            end = data.find(b"\n", at) + 1 or len(data)
            yield data[data.rfind(b"\n", 0, at) + 1 : end]
            at = data.find(word, end)


def _is_sheet(name: str) -> bool:
    return Path(name).suffix.lower() in parts.SHEETS and not name.startswith(("~$", "."))


def _needed(schema: Schema) -> Schema:
    """As much of a schema as tells records and their statuses apart; the rest need not be read."""
    wanted = {*schema.primary_key, "status", "status_date"}
    wanted |= {f.name for f in schema.fields if f.format == "docno"}
    others = [f for f in schema.fields if f.name not in wanted]
    headers = [header for f in others for header in (f.title, *(alias for alias, _ in f.aliases))]
    return replace(
        schema,
        fields=tuple(f for f in schema.fields if f.name in wanted),
        ignore=(*schema.ignore, *headers),
        foreign_keys=(),
        record_title=f"{{{schema.primary_key[0]}}}",
    )


def _rows(schema: Schema, name: str, data: bytes) -> Mapping[str, tuple[str, str, str]]:
    """Status, its day and the document number of every row of a table, by id."""
    with TemporaryDirectory(prefix="disclosure-") as folder:
        path = Path(folder) / f"table{Path(name).suffix}"
        path.write_bytes(data)
        rows = parts.load(parts.Source(schema, path, name)).rows
    numbers = [f.name for f in schema.public_fields if f.format == "docno"][:1]
    blank = [""] * rows.num_rows
    ids, *columns = (
        rows[column].to_pylist() if column in rows.column_names else blank
        for column in ("id", "status", "status_date", *numbers)
    )
    number = columns[2] if numbers else blank
    return dict(zip(ids, zip(columns[0], columns[1], number, strict=True), strict=True))


def _recall(kept: Path | None, base: str, spelled: Sequence[str]) -> _Memory:
    stored = cache.get(kept, "versions")
    if stored is None:
        return _Memory()
    found = json.loads(stored.to_pybytes())
    count: int = found["count"]
    if count > len(spelled) or found["prefix"] != cache.digest(base, *spelled[:count]):
        return _Memory()
    past = {
        name: {
            id_: {status: Event(*event) for status, event in events.items()}
            for id_, events in records.items()
        }
        for name, records in found["past"].items()
    }
    return _Memory(count, past, {path: set(lines) for path, lines in found["seen"].items()})


def _remember(kept: Path | None, prefix: str, memory: _Memory) -> None:
    past = {
        name: {
            id_: {status: [e.day, e.entered, e.number, e.path] for status, e in events.items()}
            for id_, events in records.items()
        }
        for name, records in memory.past.items()
    }
    seen = {path: sorted(lines) for path, lines in memory.seen.items()}
    stored = {"prefix": prefix, "count": memory.count, "past": past, "seen": seen}
    cache.put(kept, "versions", json.dumps(stored, ensure_ascii=False).encode())


# ── Judging rows ─────────────────────────────────────────────────────────────────────────────────


def _standing(
    source: Source,
    past: Mapping[str, Mapping[str, Event]],
    corrections: frozenset[str],
    as_of: date,
    data: str,
) -> Iterator[Finding]:
    """Records that were taken down and are not any more."""
    today, schema = as_of.isoformat(), source.schema
    gone: dict[str, tuple[str, Event]] = {}
    for id_, events in past.items():
        down = [(e, s) for s, e in events.items() if s in TAKEN_DOWN and e.day <= today]
        if down and id_ not in corrections:
            event, status = max(down, key=lambda entry: (entry[0].day, entry[1]))
            gone[id_] = status, event
    there = source.frame["id"].isin(list(gone))
    columns = ["id", "status", *(["status_date"] if "status_date" in schema.by_name else [])]
    for part, index, (id_, value, *days) in source.rows(there, *columns):
        if id_ not in gone:  # a second row with the same key, which has its own finding
            continue
        status, event = gone.pop(id_)
        on = days[0] if days and day_of(days[0]) else ""
        if value in TAKEN_DOWN and on <= today:
            continue
        if value in CAUSES and value not in TAKEN_DOWN and event.day < on <= today:
            continue  # restored, with the day and the reason that such a status must have
        facts = {"value": value or "空白", "title": schema.by_name["status"].title}
        place = source.parts[part].place(index, "status")
        yield Finding("R204", place, facts | _facts(id_, status, event))
    for id_, (status, event) in gone.items():
        yield Finding("R203", Place(f"{data}/{event.path}"), _facts(id_, status, event))


def _facts(id_: str, status: str, event: Event) -> dict[str, object]:
    number = event.number or f"编号为 {id_} 的记录"
    return {"number": number, "day": event.day, "status": status, "id": id_}


def _public(
    schema: Schema, latest: Mapping[str, str], content: Callable[[str], bytes], data: str
) -> Callable[[str, str, str], bool]:
    """Tells of a file and an id whether that record was public in the file's last version."""

    @functools.cache
    def rows(path: str) -> Mapping[str, tuple[str, str, str]]:
        key = latest.get(path, "")
        return _rows(schema, path, content(key)) if key else {}

    def was_public(file: str, id_: str, status: str) -> bool:
        found = rows(file.removeprefix(f"{data}/")).get(id_)
        return found is not None and found[0] not in TAKEN_DOWN | {status}

    return was_public


def _late(
    source: Source,
    past: Mapping[str, Mapping[str, Event]],
    public: Callable[[str, str, str], bool],
    profile: book.Profile,
    calendar: Calendar,
    as_of: date,
) -> Iterator[Finding]:
    """Changes that the rows came to state later than the rules allow.

    Only records that had been public here are looked at, and only what was entered lately: a row
    that came with its status from elsewhere says nothing about when the record was taken down.
    """
    if not profile or "status_date" not in source.schema.by_name:
        return
    frame, today = source.frame, as_of.isoformat()
    chosen = frame["status"].isin(list(CAUSES)) & (frame["status_date"] <= today)
    recent = (as_of - timedelta(days=LATELY)).isoformat()
    for part, index, (id_, status, on) in source.rows(chosen, "id", "status", "status_date"):
        began = day_of(on)
        values = {"status": status}
        rule = next((r for r in profile if r.workdays and book.matches(r, on, values)), None)
        if began is None or rule is None:
            continue
        place = source.parts[part].place(index, "status_date")
        event = past.get(id_, {}).get(status)
        is_new = event is None or event.day < on
        entered = today if event is None or is_new else event.entered
        if entered < recent:
            continue
        taken = calendar.workdays_between(began, date.fromisoformat(entered))
        if taken is None or taken <= rule.workdays:
            continue
        if not is_new or public(place.file, id_, status):
            facts = {"limit": rule.workdays, "rule": rule.id, "text": rule.text, "id": id_}
            yield Finding("T501", place, {**facts, "day": on, "status": status, "entered": entered})
