"""What a whole build costs: beside MkDocs + Material and Hugo on the same rows, and beside `cp -r`."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

from bench import peers, project
from bench.measure import Contender, Cost, less, measure, ratio, size
from bench.report import COSTS, Part, Target, cost_line

MOST_MARKDOWN = 10_000
"""Above that, MkDocs with a page per record takes more than a quarter of an hour a run."""
MOST_HUGO = 200_000
"""Above that, Hugo needs more memory than common machines have."""
MOST_MEMORY = 200_000
"""Above that, a site and its copy fill too much of the memory to be kept there."""


def run(disk: Path, memory: Path, records: int, runs: int) -> Part:
    part = Part("build", "Whole build", records, runs, COSTS)
    tables = project.tables(disk / "tables", records)
    ours, sites = _ours(disk, tables)
    others = _others(disk, tables, records, part)
    sample = project.sample(disk / "sample")
    costs = measure({**ours, **others, "sample": sample.build()}, runs)
    _lines(part, "disk", costs, sites)
    for name in others:
        there = size(disk / name / ("site" if name == "material" else "public"))
        line = cost_line(TITLES[name], costs[name], against=("ours", costs["full"]), size=there)
        part.rows.append(line)
    part.rows.append(cost_line("the sample site as it is", costs["sample"], size=size(sample.site)))
    part.targets += _promises(costs, "disk")
    if records <= MOST_MEMORY and memory.is_dir():
        contenders, sites = _ours(memory, tables)
        costs = measure(contenders, runs)
        _lines(part, "memory", costs, sites)
        part.targets += _promises(costs, "memory")
    else:
        part.notes.append("In memory: left out at this size.")
    part.notes += NOTES
    return part


TITLES = {
    "material": "MkDocs + Material, a Markdown page per record, not in the menu, search without jieba",
    "hugo": "Hugo, content adapter: record pages and lists by year, nothing else",
}
NOTES = [
    "Ours: everything on, through the command of `make site`, from nothing (no site, no cache).",
    "“Without records” is the same project with no penalties: what MkDocs itself needs. "
    "What the records add holds reading, checking and indexing the rows and the company pages.",
    "The stage: record and list pages alone, from checked rows to files, in a process of its own; "
    "its seconds are those that it counts itself, without starting and reading.",
    "Writing the peers' Markdown files and copying their rows is not counted.",
]


STAGE = """
import sys, time
from pathlib import Path
from disclosure import freshness, pool
from disclosure.site import build, lists, outline, records, shelf, writer
from disclosure.site.shell import cut
root, out = Path.cwd(), Path(sys.argv[1])
loaded = build.read(root, as_of=freshness.today()).catalog
dressed = build.kept_dressing(root)
started = time.perf_counter()
shelves = {c.name: shelf.put(c, str(root / ".stage")) for c in loaded.collections.values()}
def jobs():
    for name in ("penalties",):
        collection = loaded.collections[name]
        shells = [cut(dressed[f"{name}/{kind}{outline.SHELL}"].decode()) for kind in ("lists", "records")]
        yield from lists.jobs(collection, shelves, shells[0])
        yield from records.jobs(loaded, collection, shelves, shells[1])
writer.write(jobs(), out, pool=pool.here)
print(time.perf_counter() - started)
"""
"""The stage alone: record and list pages, in as many processes as there are cores, after reading."""


def _ours(folder: Path, tables: Path) -> tuple[dict[str, Contender], dict[str, Path]]:
    full = project.copy(folder / "full", tables)
    bare = project.copy(folder / "bare")
    copied, pages, pages_copied = folder / "copied", folder / "pages", folder / "pages-copied"
    stage = replace(
        full.build(fresh=False),
        command=[sys.executable, "-c", STAGE, str(pages)],
        prepare=lambda: shutil.rmtree(pages, ignore_errors=True),
        speaks=True,
    )
    contenders = {
        "full": full.build(),
        "bare": bare.build(),
        "stage": stage,
        "cp": peers.copying(full.site, copied),
        "cp pages": peers.copying(pages, pages_copied),
    }
    sites = {"full": full.site, "bare": bare.site, "stage": pages, "cp": copied}
    return contenders, sites | {"cp pages": pages_copied}


def _others(disk: Path, tables: Path, records: int, part: Part) -> dict[str, Contender]:
    found = {}
    makers = {"material": (peers.material, MOST_MARKDOWN), "hugo": (peers.hugo, MOST_HUGO)}
    for name, (make, most) in makers.items():
        if records > most:
            part.notes.append(f"{TITLES[name]}: left out above {most:,} records.")
            continue
        try:
            found[name] = make(disk / name, tables)
        except peers.Absent as reason:
            part.notes.append(f"{TITLES[name]}: left out, {reason}.")
    return found


def _lines(part: Part, place: str, costs: dict[str, Cost], sites: dict[str, Path]) -> None:
    """The lines of our own builds at one place."""
    added, limit = less(costs["full"], costs["bare"]), ("cp -r", costs["cp"])
    own = ("its `cp -r`", costs["cp pages"])
    sizes = {name: size(folder) for name, folder in sites.items()}
    part.rows += [
        cost_line(f"ours, {place}", costs["full"], against=limit, size=sizes["full"]),
        cost_line(f"ours without records, {place}", costs["bare"], size=sizes["bare"]),
        cost_line(f"what the records add: the difference, {place}", added, against=limit),
        cost_line(f"`cp -r` of the finished site, {place}", costs["cp"], size=sizes["cp"]),
        cost_line(f"the stage, {place}", costs["stage"], against=own, size=sizes["stage"]),
        cost_line(f"`cp -r` of its pages, {place}", costs["cp pages"], size=sizes["cp pages"]),
    ]


def _promises(costs: dict[str, Cost], place: str) -> list[Target]:
    full, stage, copied = costs["full"], costs["stage"], costs["cp pages"]
    text = f"record and list pages beside `cp -r` of the same tree, {place}"
    made = [
        Target(text, ratio(stage, copied), 1.0, " ×", 100_000),
        Target(text, ratio(stage, copied), 2.0, " ×", 10_000),
    ]
    if place == "memory":
        return made
    made += [
        Target("peak memory of all processes", full.together, limit, " MB", at)
        for limit, at in ((400, 10_000), (700, 100_000), (2_000, 1_000_000))
    ]
    if other := costs.get("material"):
        text = "faster than MkDocs + Material with a page per record"
        made.append(Target(text, ratio(other, full), 15, " ×", 10_000, at_least=True))
    if other := costs.get("hugo"):
        text = "faster than Hugo's content adapter, everything on beside pages and lists"
        made.append(Target(text, ratio(other, full), 1, " ×", 100_000, at_least=True))
        text = "the stage alone faster than Hugo's content adapter"
        made.append(Target(text, ratio(other, stage), 10, " ×", 100_000, at_least=True))
    made.append(Target("the sample site", costs["sample"].median, 6, " s"))
    return made
