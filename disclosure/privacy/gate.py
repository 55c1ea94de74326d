"""The gate: lets no personal data into what the bureau keeps, into a commit, or out of the finished site.

Every byte of every file is looked at, side by side where there are many, and again only when it
changed. What is found is told by kind, place and mask, never by value.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from disclosure import cache, freshness
from disclosure.diagnostics import Finding, Place
from disclosure.intake import folders
from disclosure.intake.tables import WORKBOOKS
from disclosure.pool import Pool, nowhere
from disclosure.privacy import allowlist, detectors, opening, persons, pieces
from disclosure.privacy.allowlist import Allowed
from disclosure.privacy.detectors import DOUBTFUL, KINDS
from disclosure.privacy.numbers import Hit
from disclosure.privacy.opening import Layer, Unopened
from disclosure.privacy.pieces import Piece

PLACES = ("data", "docs")
"""The folders whose content Git keeps for ever and the site publishes."""
SITE = "site"
RULES = {"id": "P101", "mobile": "P102", "card": "P103", "paper": "P104"}
"""The code for what is surely personal, by kind."""
CHUNK = 32_000_000  # bytes looked at in one go
SOME = 50_000  # pieces looked at in one go


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with one file, and which entries of the allow-list it needs."""

    file: str
    findings: tuple[Finding, ...] = ()
    used: tuple[int, ...] = ()


# ── Looking into files ───────────────────────────────────────────────────────────────────────────


def inspect(
    files: Sequence[tuple[str, bytes]], allowed: Allowed, *, written: bool = True
) -> list[Verdict]:
    """The verdict on each file, given by name and content; `written` ones are what people write, where
    names and homes are looked for, too."""
    closed: list[tuple[int, Unopened]] = []
    found: dict[int, list[tuple[Piece, Hit]]] = {}
    for number, piece, hit in look(files, closed, written=written):
        found.setdefault(number, []).append((piece, hit))
    verdicts = []
    for number, (name, _) in enumerate(files):
        findings, used = _judged(name, found.get(number, ()), allowed)
        findings += [
            Finding(one.code, Place(detectors.veiled(name)), _about(one))
            for at, one in closed
            if at == number and not _is_table(name)
        ]
        verdicts.append(Verdict(name, tuple(findings), tuple(sorted(used))))
    return verdicts


def _about(one: Unopened) -> dict[str, object]:
    return {"part": f"的「{detectors.veiled(one.part)}」" if one.part else "", "reason": one.reason}


def veiled(finding: Finding) -> Finding:
    """Any finding, with what looks personal in its facts and its place masked: it may quote a cell."""
    facts = {
        name: detectors.veiled(fact) if isinstance(fact, str) else fact
        for name, fact in finding.facts.items()
    }
    file, sheet = detectors.veiled(finding.place.file), detectors.veiled(finding.place.sheet)
    return Finding(finding.code, replace(finding.place, file=file, sheet=sheet), facts)


def _is_table(name: str) -> bool:
    """Whether reading the file as a table has findings of its own for what cannot be opened."""
    path = PurePosixPath(name)
    return path.parts[0] == "data" and path.suffix.lower() in WORKBOOKS | {".csv"}


def look(
    files: Sequence[tuple[str, bytes]],
    closed: list[tuple[int, Unopened]] | None = None,
    *,
    written: bool = False,
) -> Iterator[tuple[int, Piece, Hit]]:
    """Everything in some files that looks personal, their names included, by the number of the file.

    What cannot be opened is added to `closed`.
    """
    layers: list[tuple[int, Layer]] = []
    for number, (name, data) in enumerate(files):
        layers.append((number, Layer("文件名", name.encode("utf-8", "replace"))))
        for layer in opening.layers(name, data, own=name.startswith(f"{SITE}/")):
            if not isinstance(layer, Unopened):
                layers.append((number, layer))
            elif closed is not None:
                closed.append((number, layer))
    texts = _texts([layer.content for _, layer in layers])
    suspects = set(detectors.suspicious(texts))
    headed = set(detectors.naming(texts))
    naming = set(persons.suspicious(texts)) if written else ()
    for index, (number, layer) in enumerate(layers):
        if index in suspects:
            yield from ((number, *found) for found in _in_layer(layer))
        elif index in headed and layer.form != "text":
            yield from ((number, *found) for found in _in_layer(layer, below_names=True))
        if index in naming:
            yield from ((number, *found) for found in _named(layer))


def _texts(contents: Sequence[bytes]) -> pa.LargeStringArray:
    texts = pa.array(contents, pa.large_binary())
    try:
        return texts.cast(pa.large_string())  # looks whether it is UTF-8, sooner than Python would
    except pa.ArrowInvalid:
        return pa.array([pieces.readable(content) for content in contents], pa.large_string())


def _in_layer(layer: Layer, *, below_names: bool = False) -> Iterator[tuple[Piece, Hit]]:
    """What is found in one layer; in a workbook, the text of all cells adds what no cell shows."""
    parts = pieces.of(layer, below_names=below_names)
    if layer.form == "text":
        yield from ((piece, hit) for piece in parts for hit in detectors.find(piece.text))
        return
    seen: set[str] = set()
    if layer.form == "table":
        text = pieces.readable(layer.content)
        yield from ((Piece(text, layer.part), hit) for hit in detectors.parted(text))
    while some := list(islice(parts, SOME)):
        texts = pa.array([piece.text for piece in some], pa.large_string())
        suspects = set(detectors.suspicious(texts))
        for index, piece in enumerate(some):
            if index in suspects or piece.natural or detectors.names_numbers(piece.label):
                for hit in detectors.find(piece.text, piece.label, natural=piece.natural):
                    if not (layer.form == "workbook" and not piece.row and hit.value in seen):
                        seen.add(hit.value)
                        yield piece, hit


def _named(layer: Layer) -> Iterator[tuple[Piece, Hit]]:
    """The names and homes in one layer; in a workbook, all is in the cells."""
    text = pieces.readable(layer.content)
    if layer.form == "text":
        yield from ((Piece(text, layer.part), hit) for hit in persons.find(text))
        return
    lines = pa.array(text.splitlines(), pa.large_string())
    if any(persons.find(lines[index].as_py()) for index in persons.suspicious(lines)):
        for piece in pieces.of(layer):
            if piece.row:
                yield from ((piece, hit) for hit in persons.find(piece.text))


def _judged(
    name: str, found: Iterable[tuple[Piece, Hit]], allowed: Allowed
) -> tuple[list[Finding], set[int]]:
    """Findings for what is not allowed, one for a column or a value; and the entries that allow."""
    used: set[int] = set()
    groups: dict[tuple[str, ...], list[tuple[Place, Hit]]] = {}
    for piece, hit in found:
        rule = RULES[hit.kind] if hit.sure else DOUBTFUL.get(hit.kind, "P111")
        if (entry := allowed.entry(rule, name, hit.value)) is not None:
            used.add(entry)
            continue
        same = str(piece.column) if piece.column else hit.value
        key = (rule, hit.kind, piece.part, same)
        groups.setdefault(key, []).append((_place(name, piece, hit), hit))
    findings = []
    for (rule, kind, _, _), places in groups.items():
        place, hit = places[0]
        rows = "、".join(str(row) for row in sorted({p.row for p, _ in places if p.row})[:5])
        more = f"等 {len(places)} 处" + (f"（第 {rows} 行）" if rows else "")
        more = more if len(places) > 1 else ""
        facts = {"kind": KINDS[kind], "shown": hit.masked, "more": more}
        findings.append(Finding(rule, place, facts))
    return findings, used


def _place(name: str, piece: Piece, hit: Hit) -> Place:
    file, part = detectors.veiled(name), detectors.veiled(piece.part)
    if piece.row:
        return Place(file, part, piece.row, piece.column, piece.line)
    return Place(file, part, 0 if part else piece.text.count("\n", 0, hit.start) + 1)


# ── Many files ───────────────────────────────────────────────────────────────────────────────────


def inputs(
    root: Path, *, as_of: date, memory: Path | None = None, pool: Pool = nowhere
) -> list[Finding]:
    """What is personal in `data/` and `docs/` of a project, with what is wrong about the allow-list."""
    allowed, findings = allowlist.load(root / allowlist.FILE, as_of)
    stamps: dict[str, int] = {}
    for place in PLACES:
        for file, stamp in freshness.survey(root / place).items():
            hidden = any(part.startswith((".", "~$")) for part in file.split("/"))
            if not hidden and not folders.kind(root / place / file):  # a pipe may never end
                stamps[f"{place}/{file}"] = stamp
    verdicts = _verdicts(root, "", stamps, allowed, memory, pool)
    return findings + _told(verdicts, allowed, tuple(f"{place}/" for place in PLACES))


def outputs(
    site: Path, *, rules: Path, as_of: date, memory: Path | None = None, pool: Pool = nowhere
) -> list[Finding]:
    """What is personal in a finished site; its files are called `site/…`. `rules` is the allow-list."""
    allowed, _ = allowlist.load(rules, as_of)
    verdicts = _verdicts(site, f"{SITE}/", freshness.survey(site), allowed, memory, pool)
    return _told(verdicts, allowed, (f"{SITE}/",))


def _told(verdicts: Iterable[Verdict], allowed: Allowed, places: tuple[str, ...]) -> list[Finding]:
    findings: list[Finding] = []
    used: set[int] = set()
    for verdict in verdicts:
        findings += verdict.findings
        used.update(verdict.used)
    return [*findings, *allowlist.unused(allowed, used, places)]


def _verdicts(
    folder: Path,
    prefix: str,
    stamps: Mapping[str, int],
    allowed: Allowed,
    memory: Path | None,
    pool: Pool,
) -> Iterator[Verdict]:
    """The verdicts that matter: on files with findings, or that an entry lets pass."""
    key = cache.digest(cache.program(), prefix, allowed.spelling)
    known = _recall(memory, key)
    fresh = {
        name: known[name] for name, stamp in stamps.items() if known.get(name, (0,))[0] == stamp
    }
    new = [name for name in sorted(stamps) if name not in fresh]
    for name, (_, kept) in fresh.items():
        if kept:
            yield _unpacked(name, kept)
    chunks = list(_chunks(folder, new))
    work = partial(_inspect, folder, prefix, allowed)
    found: dict[str, Verdict] = {}
    with pool() if len(chunks) > 1 else nowhere() as executor:
        for verdicts in executor.map(work, chunks) if executor else map(work, chunks):
            for verdict in verdicts:
                found[verdict.file.removeprefix(prefix)] = verdict
                yield verdict
    if memory and (new or len(fresh) != len(known)):
        packed = {name: (stamps[name], _packed(found.get(name))) for name in new}
        cache.put(memory, key, json.dumps(fresh | packed).encode())
        cache.keep_only(memory, [key])


def _chunks(folder: Path, names: Iterable[str]) -> Iterator[list[str]]:
    """Files in groups of about equal size."""
    group: list[str] = []
    size = 0
    for name in names:
        with suppress(OSError):  # reading it will tell
            size += os.stat(f"{folder}/{name}").st_size  # noqa: PTH116 - there may be a million
        group.append(name)
        if size > CHUNK:
            yield group
            group, size = [], 0
    if group:
        yield group


def _inspect(folder: Path, prefix: str, allowed: Allowed, names: Sequence[str]) -> list[Verdict]:
    """The verdicts that matter on some files of a folder."""
    files: list[tuple[str, bytes]] = []
    verdicts: list[Verdict] = []
    for name in names:
        try:
            with open(f"{folder}/{name}", "rb") as file:  # noqa: PTH123 - there may be a million
                files.append((prefix + name, file.read()))
        except OSError as error:
            if isinstance(error, IsADirectoryError) and not prefix:
                continue  # a link to a folder, which Git keeps as a link
            facts = {"part": "", "reason": "文件读不出来"}
            closed = Finding("P121", Place(detectors.veiled(prefix + name)), facts)
            verdicts += [] if _is_table(prefix + name) else [Verdict(prefix + name, (closed,))]
    verdicts += inspect(files, allowed, written=not prefix)
    return [verdict for verdict in verdicts if verdict.findings or verdict.used]


# ── What is remembered ───────────────────────────────────────────────────────────────────────────

Packed = list[Any]
"""A verdict as JSON keeps it, empty for a clean file."""


def _recall(memory: Path | None, key: str) -> Mapping[str, tuple[int, Packed]]:
    kept = cache.get(memory, key)
    return {} if kept is None else json.loads(kept.to_pybytes())


def _packed(verdict: Verdict | None) -> Packed:
    if verdict is None:
        return []
    findings = [
        [
            f.code,
            [f.place.file, f.place.sheet, f.place.row, f.place.column, f.place.line],
            dict(f.facts),
        ]
        for f in verdict.findings
    ]
    return [findings, verdict.used]


def _unpacked(file: str, kept: Packed) -> Verdict:
    findings = (Finding(code, Place(*place), facts) for code, place, facts in kept[0])
    return Verdict(file, tuple(findings), tuple(kept[1]))
