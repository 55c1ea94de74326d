"""What a whole build costs: beside MkDocs + Material and Hugo on the same rows, and beside `cp -r`."""

from __future__ import annotations

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
    stage = _lines(part, "disk", costs, sites)
    for name in others:
        there = size(disk / name / ("site" if name == "material" else "public"))
        line = cost_line(TITLES[name], costs[name], against=("ours", costs["full"]), size=there)
        part.rows.append(line)
    part.rows.append(cost_line("the sample site as it is", costs["sample"], size=size(sample.site)))
    part.targets += _promises(costs, stage, "disk")
    if records <= MOST_MEMORY and memory.is_dir():
        contenders, sites = _ours(memory, tables)
        costs = measure(contenders, runs)
        part.targets += _promises(costs, _lines(part, "memory", costs, sites), "memory")
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
    "The stage is the difference to it in the same round, so it holds reading, checking and "
    "indexing the rows besides writing the pages.",
    "Writing the peers' Markdown files and copying their rows is not counted.",
]


def _ours(folder: Path, tables: Path) -> tuple[dict[str, Contender], dict[str, Path]]:
    full = project.copy(folder / "full", tables)
    bare = project.copy(folder / "bare")
    copied = folder / "copied"
    contenders = {
        "full": full.build(),
        "bare": bare.build(),
        "cp": peers.copying(full.site, copied),
    }
    return contenders, {"full": full.site, "bare": bare.site, "cp": copied}


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


def _lines(part: Part, place: str, costs: dict[str, Cost], sites: dict[str, Path]) -> Cost:
    """The lines of our own builds at one place; gives the cost of the stage alone."""
    stage, limit = less(costs["full"], costs["bare"]), ("cp -r", costs["cp"])
    part.rows += [
        cost_line(f"ours, {place}", costs["full"], against=limit, size=size(sites["full"])),
        cost_line(f"ours without records, {place}", costs["bare"], size=size(sites["bare"])),
        cost_line(f"the stage: the difference, {place}", stage, against=limit),
        cost_line(f"`cp -r` of the finished site, {place}", costs["cp"], size=size(sites["cp"])),
    ]
    return stage


def _promises(costs: dict[str, Cost], stage: Cost, place: str) -> list[Target]:
    full, copied = costs["full"], costs["cp"]
    text = f"the stage beside `cp -r` of the same tree, {place}"
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
