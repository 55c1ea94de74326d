"""Search: a static index of all public records and pages in which every text of two characters is found.

Documents are numbered by age, from the oldest on. Grams propose documents, and the browser checks
each proposal in the document's own text, so that the result is exact. These are the files, read by
`hooks/theme/assets/search-engine.js`:

`search/current.json` names the folder of the index in force; it alone ever changes.
`search/<hash>/manifest.json` is what a reader needs first:
    total    how many documents there are
    card, text, zones, bits    by which numbers files are cut (see `postings`)
    types    for each type of document its `title`; the `labels` of the texts on its cards and their
             `roles` (k = key, x = key, but need not be shown, s = shown, but not key); which of them
             is the `name` whose initials are kept (-1 = none); the labels of its `bodies`
    facets   `name`, `title` and `values`, each a value and its count. Values are numbered through.
             Years are newest first: their counts tell which documents belong to each.
    common   the first 24 bits of the ids of common grams, in order, in base 64
`search/<hash>/c/…`, cards, JSON: for each document the number of its type, address, title, date,
    initials in Latin letters, the numbers of its facet values apart from type and year, then its
    texts. The key scope is title, initials and key texts.
`search/<hash>/t/…`, bodies, JSON: for each document its texts, in the order of `bodies`; further
    ones have no label and stand behind a text shown, such as the date behind 长期.
`search/<hash>/s/…`, `search/<hash>/d/…`, the documents of each gram: see `postings`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from disclosure import cache
from disclosure.pool import Pool, nowhere, slim
from disclosure.progress import Tell, silent
from disclosure.site import blocks, documents, entries, postings, shelf
from disclosure.site.documents import Source
from disclosure.site.entries import TYPE, Numbers, Piece
from disclosure.site.postings import USUAL, Layout, Plan
from disclosure.site.writer import Files, Job

Indexes = npt.NDArray[np.int64]
YEAR = "year"
_TITLES = {TYPE: "类型", YEAR: "年份"}


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """Neighbouring documents: how to read them, and the hash of all that they depend on."""

    key: str
    pieces: Mapping[int, Piece]
    numbers: Numbers
    size: int
    layout: Layout


def prepare(folder: str) -> None:
    """Load what reading many documents takes, if nothing is kept in `folder`: processes that are
    forked afterwards share it."""
    if "://" not in folder and not Path(folder).is_dir():
        entries.initials("")


def index(sources: Sequence[Source], layout: Layout = USUAL) -> Iterator[tuple[str, bytes]]:
    """Every file of the index of some sources, the pointer to it last."""
    with tempfile.TemporaryDirectory() as folder:
        for job in jobs(sources, folder, layout=layout):
            for path, content in job.make(*job.arguments):
                yield job.under + path, content


def jobs(
    sources: Sequence[Source],
    folder: str,
    *,
    layout: Layout = USUAL,
    pool: Pool = nowhere,
    tell: Tell = silent,
) -> Iterator[Job]:
    """The index in jobs. `folder`, which may be an address of fsspec, keeps the blocks of documents,
    so that only changed ones are read again; many are read by the executor that `pool` opens, and
    `tell` hears how many are."""
    origin, row, days = documents.ranked(sources)
    total = len(row)
    facets = _facets(sources, days)
    del days
    all_blocks = _blocks(sources, origin, row, _numbered(facets), layout)
    for source in sources:
        if source.shelf:
            shelf.let_go(source.shelf)
    _keep_all(all_blocks, folder, pool, tell)
    keys = [block.key for block in all_blocks]
    bounds = postings.zones(total, layout)
    share = (
        blocks.merged(folder, keys, layout.block, bucket, bucket + 1)
        for bucket in range(blocks.BUCKETS // postings.SHARES)
    )
    plan = postings.plan(blocks.size(folder, keys), share, bounds[-1], layout)
    common = b"".join(
        (gram >> 10).to_bytes(3, "big") for gram in blocks.common(folder, keys, total)
    )
    manifest: dict[str, Any] = {
        "total": total,
        "card": layout.card,
        "text": layout.text,
        "zones": bounds,
        "bits": plan.bits,
        "types": [_type(source) for source in sources],
        "facets": facets,
        "common": base64.b64encode(common).decode(),
    }
    head = entries.encode(manifest)
    root = hashlib.sha256(cache.digest(cache.program(), head, *keys).encode()).hexdigest()[:16]
    under = f"search/{root}/"
    for number, block in enumerate(all_blocks):
        first = number * layout.block
        yield Job(
            cache.digest("cards", block.key, str(first)), _cards, (block, first, folder), under
        )
    yield from _postings(folder, keys, bounds[-1], plan, layout, under)
    yield Job(cache.digest("manifest", head), _given, ("manifest.json", head), under)
    pointer = entries.encode({"index": root})
    yield Job(cache.digest("pointer", pointer), _given, ("search/current.json", pointer))


def _blocks(
    sources: Sequence[Source], origin: Indexes, row: Indexes, numbers: Numbers, layout: Layout
) -> list[Block]:
    """The documents in blocks, in order."""
    spoken = [_spell(source) for source in sources]
    common = cache.digest(cache.program(), repr(layout), repr(sorted(numbers.items())))
    bare = [replace(source, rows=source.rows.iloc[:0]) for source in sources]
    found = []
    for first in range(0, len(row), layout.block):
        mine, rows = origin[first : first + layout.block], row[first : first + layout.block]
        told, pieces = [common], {}
        for number in np.unique(mine).tolist():
            source, places = sources[number], np.flatnonzero(mine == number)
            chosen = rows[places]
            if source.shelf:
                print_ = shelf.fingerprint(source.shelf, chosen)
                pieces[number] = Piece(bare[number], chosen, places)
            else:
                some = replace(source, rows=source.rows.take(chosen))
                print_ = _fingerprint(some)
                pieces[number] = Piece(some, chosen, places)
            told += [spoken[number], print_, places.tobytes().hex()]
        found.append(Block(cache.digest(*told), pieces, numbers, len(mine), layout))
    return found


def _spell(source: Source) -> str:
    """All of a source but its rows."""
    fields = [cache.spell(field) for field in (*(f for f, _ in source.cards), *source.bodies)]
    roles = "".join(role for _, role in source.cards)
    facets = [[f.name, f.title, f.column, *f.order] for f in source.facets]
    return repr([source.title, fields, roles, source.name, facets, source.day, source.number])


def _fingerprint(source: Source) -> str:
    columns = [source.rows[name].tolist() for name in source.columns]
    return cache.digest(entries.encode(columns))


def _keep_all(found: Sequence[Block], folder: str, pool: Pool, tell: Tell) -> None:
    """Make sure that all blocks are kept in a folder, and in one on this machine nothing else."""
    missing = [block for block in found if not blocks.is_kept(folder, block.key)]
    tell(0, len(missing))
    # To read the dictionary takes longer than one block, less than all names for each of many.
    known = _initials(folder) if len(missing) == 1 else {}
    with pool() if len(missing) > 1 else nowhere() as executor:
        work = partial(_keep, folder=folder, known=known)
        done = (executor.map if executor else map)(work, missing)
        for number, _ in enumerate(done, 1):
            tell(number, len(missing))
    if "://" not in folder:
        names = (block.key for block in found)
        cache.keep_only(Path(folder), [name + end for name in names for end in ("", *_BESIDE)])


_BESIDE = _FILES, _NAMES = ".files", ".names"
"""What is kept of a block under its key and these: its cards and bodies; the initials of its names, for
the program that found them."""


def _initials(folder: str) -> Mapping[str, str]:
    """The initials of all names that are kept on this machine."""
    found: dict[str, str] = {}
    for path in Path(folder).glob(f"*{_NAMES}") if "://" not in folder else ():
        if (kept := cache.get(folder, path.name)) is not None:
            program, names = json.loads(kept.to_pybytes())
            found |= names if program == entries.speaker() else {}
    return found


def _keep(block: Block, folder: str, known: Mapping[str, str] = MappingProxyType({})) -> None:
    """Read a block's documents and keep all that is made of them; `known` are initials of names."""
    read = entries.read(block.pieces, block.numbers, known)
    folders, places, contents = zip(*read.files(block.layout), strict=True)
    files = pa.table(
        {
            "folder": pa.array(folders, pa.string()),
            "place": pa.array(places, pa.int64()),
            "content": pa.array(contents, pa.binary()),
        }
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, files.schema) as target:
        target.write_table(files)
    cache.put(folder, block.key + _FILES, sink.getvalue())
    cache.put(folder, block.key + _NAMES, entries.encode([entries.speaker(), read.initials]))
    cache.put(folder, block.key, blocks.pack(read.grams(), block.size))
    slim()


def _cards(block: Block, first: int, folder: str) -> Files:
    """The cards and bodies of a block, the first document of which has the number `first`."""
    if (kept := cache.get(folder, block.key + _FILES)) is None:
        _keep(block, folder)
        kept = cache.get(folder, block.key + _FILES)
    files = pa.ipc.open_file(kept).read_all()
    sizes = {"c": block.layout.card, "t": block.layout.text}
    for name, place, content in zip(
        *(files[c].to_pylist() for c in files.column_names), strict=True
    ):
        yield postings.path(name, first // sizes[name] + place), content


def _postings(
    folder: str, keys: Sequence[str], end: int, plan: Plan, layout: Layout, under: str
) -> Iterator[Job]:
    """The lists of documents in jobs, each of some buckets of all blocks."""
    common = cache.digest(cache.program(), repr(layout), repr(plan), str(end))
    hashes = blocks.hashes(folder, keys)
    step = blocks.BUCKETS // plan.parts
    for number in range(plan.parts):
        key = cache.digest(common, str(number), *hashes[number * step : (number + 1) * step])
        yield Job(key, _part, (folder, keys, number, plan, end, layout), under)


def _part(
    folder: str, keys: Sequence[str], number: int, plan: Plan, end: int, layout: Layout
) -> Files:
    step = blocks.BUCKETS // plan.parts
    found = blocks.merged(folder, keys, layout.block, number * step, (number + 1) * step)
    return postings.files(found, number, plan, end, layout)


def _given(path: str, content: bytes) -> Files:
    return [(path, content)]


def _type(source: Source) -> dict[str, Any]:
    names = [field.name for field, _ in source.cards]
    return {
        "title": source.title,
        "labels": [field.title for field, _ in source.cards],
        "roles": "".join(role for _, role in source.cards),
        "name": names.index(source.name) if source.name in names else -1,
        "bodies": [field.title for field in source.bodies],
    }


def _facets(sources: Sequence[Source], days: Sequence[str]) -> list[dict[str, Any]]:
    """All facets with their values, as the manifest has them; empty ones are left out."""
    titles = dict(_TITLES)
    counts: dict[str, Counter[str]] = {name: Counter() for name in titles}
    order: dict[str, dict[str, int]] = {name: {} for name in titles}
    for source in sources:
        counts[TYPE][source.title] += len(source.rows)
        order[TYPE].setdefault(source.title, len(order[TYPE]))
        for facet in source.facets:
            titles.setdefault(facet.name, facet.title)
            found = counts.setdefault(facet.name, Counter())
            known = order.setdefault(facet.name, {})
            for value in facet.order:
                known.setdefault(value, len(known))
            for text, n in source.rows[facet.column].value_counts().items():
                found.update(dict.fromkeys(facet.values(str(text)), int(n)))
    for n, year in enumerate(dict.fromkeys(day[:4] for day in reversed(days) if day)):
        order[YEAR][year] = n
    counts[YEAR].update(day[:4] for day in days if day)
    facets = []
    for name, title in titles.items():
        known, found = order[name], counts[name]
        ranked = sorted(found, key=lambda v: (known.get(v, len(known)), -found[v], v))
        values = [{"value": value, "count": found[value]} for value in ranked if found[value]]
        if values:
            facets.append({"name": name, "title": title, "values": values})
    return facets


def _numbered(facets: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """The running number of each value of each facet."""
    values = ((facet["name"], item["value"]) for facet in facets for item in facet["values"])
    return {key: number for number, key in enumerate(values)}
