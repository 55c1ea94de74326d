"""What finding a record costs, and what is found: beside Material's own search and Pagefind."""

from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

from bench import peers, project
from bench.measure import Contender, Cost, Failed, once, size
from bench.questions import EXHAUSTED, NUMBER, ORDINAL, Question, Row, fold, questions, rows
from bench.report import Part, Target, number

MOST_MATERIAL = 10_000
"""Above that, cutting Chinese into words for its index takes an hour."""
MOST_PAGEFIND = 20_000
"""Above that, asking it everything to the end takes longer than all the rest."""
HEAD = (
    "Engine", "Index, s", "Memory, MB", "Files", "MB", "Loads, KB", "Recall", "whole", "Precision",
    "First page, KB p50 / p95", "requests", "ms p50 / p95", "ms warm",
)  # fmt: skip
OURS = f"""
import json, sys, time
from datetime import date
from pathlib import Path
from disclosure import catalog, pool
from disclosure.site import documents, search, shelf, writer
out = Path(sys.argv[1])
loaded = catalog.load(Path("data"), as_of=date.fromisoformat("{project.DAY}"))
written = loaded.articles
shelves = {{c.name: shelf.put(c, "rows") for c in loaded.collections.values()}}
started = time.perf_counter()
found = documents.sources(loaded, written, [], shelves)
with pool.together(pool.here) as crew:
    writer.write(search.jobs(found, "blocks", pool=crew), out, pool=crew)
seconds = time.perf_counter() - started
rows = loaded.collections["penalties"].rows
keys = rows["doc_no"] + "|" + rows["party_no"]
(out / "paths.json").write_text(json.dumps(dict(zip(keys, rows["path"]))), "utf-8")
print(seconds)
"""


def run(disk: Path, memory: Path, records: int, runs: int) -> Part:
    part = Part("search", "Search", records, runs, HEAD)
    node = shutil.which("node")
    if not node:
        raise Failed("the search engines are asked by Node.js, which is not installed")
    tables = project.tables(disk / "tables", records)
    found = rows(tables)
    asked = questions(found)
    engines: dict[str, tuple[Callable[[], Made], int]] = {
        "ours": (lambda: _ours(disk / "ours", tables, found), records),
        "pagefind": (lambda: _pagefind(disk / "pagefind", found), MOST_PAGEFIND),
        "material": (lambda: _material(disk / "material", tables), MOST_MATERIAL),
    }
    for name, (make, most) in engines.items():
        if records > most:
            part.notes.append(f"{TITLES[name]}: left out above {most:,} records.")
            continue
        try:
            made = make()
        except peers.Absent as reason:
            part.notes.append(f"{TITLES[name]}: left out, {reason}.")
            continue
        answers = _ask(node, name, made[0].parent, asked)
        judged = _judge(part, name, made, answers, asked)
        if name == "ours":
            part.targets += _promises(judged)
        shutil.rmtree(made[0].parent)
    part.notes += NOTES
    part.block = _budget(records)
    return part


TITLES = {
    "ours": "ours",
    "pagefind": "Pagefind, texts cut into overlapping pairs, quoted phrases",
    "material": "Material's own search, with jieba",
}
NOTES = [
    "The same 205 queries for all: parts of names, document numbers, credit codes, violations and "
    "facts, two words, and words that occur nowhere; truth by brute force over the rows.",
    f"Recall and precision over the queries with at most {EXHAUSTED} true hits, asked to the end; "
    "“whole” is the share of queries that found all.",
    "A first page is 20 hits, by a reader who has just loaded the search; milliseconds are the "
    "engine's in Node.js without any network; each request costs a round trip besides.",
    "Index: of ours the index alone, rows already read; of Pagefind its command over prepared pages; "
    "of Material the whole build, of which its index is a part. Built once each.",
]

Made = tuple[Path, Mapping[str, int], Cost]
"""The folder of the index, the row's number for each path, and what building it cost."""


def _ours(root: Path, tables: Path, found: Sequence[Row]) -> Made:
    copied = project.copy(root / "project", tables)
    served = root / "served"
    environment = {"PYTHONPATH": str(copied.root), "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", OURS, str(served)]
    cost = once(Contender(command, copied.root, environment, speaks=True))
    shutil.copytree(copied.root / "hooks/theme/assets", served / "assets")
    (served / "package.json").write_text('{"type": "module"}')
    paths = json.loads((served / "paths.json").read_text("utf-8"))
    known = {paths[f"{row[NUMBER]}|{row.get(ORDINAL) or ''}"]: n for n, row in enumerate(found)}
    return served / "search", known, cost


def _pagefind(root: Path, found: Sequence[Row]) -> Made:
    program = peers.pagefind()
    for n, row in enumerate(found):
        file = root / "pages" / f"{n // 1000}" / f"{n}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        cells = "".join(f"<p>{html.escape(pairs(text))}</p>" for text in row.values() if text)
        file.write_text(
            f'<html lang="xx"><head><title>{html.escape(row[NUMBER])}</title></head>'
            f"<body><main data-pagefind-body>{cells}</main></body></html>",
            "utf-8",
        )
    served = root / "served" / "pagefind"
    command = [str(program), "--site", str(root / "pages"), "--output-path", str(served)]
    cost = once(Contender(command, root))
    (served / "package.json").write_text('{"type": "module"}')
    known = {f"{n // 1000}/{n}.html": n for n in range(len(found))}
    return served, known, cost


def pairs(text: str) -> str:
    """A text as its overlapping pairs of characters, which Pagefind takes for words."""
    text = fold(text)
    return " ".join(text[n : n + 2] for n in range(len(text) - 1)) or text


def _material(root: Path, tables: Path) -> Made:
    cost = once(peers.material(root, tables, jieba=True))
    site = root / "site"
    workers = [file.name for file in site.glob("assets/javascripts/workers/search.*.min.js")]
    (site / "bench.json").write_text(json.dumps({"worker": workers}))
    known: dict[str, int] = {}
    for file in sorted(tables.glob("*.csv")):
        count = len(list((root / "docs" / "penalties" / file.stem).iterdir()))
        known |= {f"penalties/{file.stem}/{n + 1}/": len(known) + n for n in range(count)}
    return site / "search", known, cost


def _budget(records: int) -> str:
    """What the engine's own measurement says, against a truth and queries of its own."""
    command = [sys.executable, "-m", "bench.search_budget", "-n", str(records)]
    done = subprocess.run(command, cwd=project.ROOT, capture_output=True, text=True, check=False)
    if done.stderr:
        raise Failed(done.stderr[-2000:])
    return done.stdout


def _ask(node: str, name: str, folder: Path, asked: Sequence[Question]) -> dict[str, Any]:
    quoted = name == "pagefind"
    prepared = [
        {
            "query": [f'"{pairs(w)}"' for w in q.query.split()] if quoted else q.query,
            "take": 4 * EXHAUSTED if len(q.true) <= EXHAUSTED else 0,
        }
        for q in asked
    ]
    files = folder / "questions.json", folder / "answers.json"
    files[0].write_text(json.dumps(prepared), "utf-8")
    script = Path(__file__).with_name("ask.mjs")
    command = [node, "--max-old-space-size=8192", str(script), name, str(folder), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    if done.returncode:
        raise Failed(f"{name} gave no answers: {done.stderr[-2000:]}")
    answers: dict[str, Any] = json.loads(files[1].read_text("utf-8"))
    return answers


def _judge(
    part: Part, name: str, made: Made, answers: Mapping[str, Any], asked: Sequence[Question]
) -> dict[str, float]:
    """Add the line of an engine; gives the figures that are promised."""
    folder, known, cost = made
    recalls, precisions = [], []
    for question, answer in zip(asked, answers["warm"], strict=True):
        hits = {known[path] for path in answer["paths"] if path in known}
        if question.true and len(question.true) <= EXHAUSTED:
            recalls.append(len(hits & question.true) / len(question.true))
        if hits and len(question.true) <= EXHAUSTED:
            precisions.append(len(hits & question.true) / len(hits))
    fresh = answers["fresh"]
    middle = {what: _spread([a[what] for a in fresh]) for what in ("bytes", "requests", "ms")}
    warm = _spread([a["ms"] for a in answers["warm"]])
    kilobytes = tuple(value / 1000 for value in middle["bytes"])
    files, bytes_ = size(folder)
    whole = mean(recall == 1 for recall in recalls)
    part.rows.append(
        (
            TITLES[name],
            number(cost.median),
            f"{cost.together:,.0f}",
            f"{files:,}",
            number(bytes_ / 1e6),
            number(answers["load"]["bytes"] / 1000),
            f"{mean(recalls):.1%}",
            f"{whole:.1%}",
            f"{mean(precisions):.1%}",
            _both(kilobytes),
            _both(middle["requests"]),
            _both(middle["ms"]),
            _both(warm),
        )
    )
    return {
        "recall": mean(recalls) * 100,
        "precision": mean(precisions) * 100,
        "p50": kilobytes[0],
        "p95": kilobytes[1],
        "ms": middle["ms"][1],
        "index": cost.median,
    }


def _promises(judged: Mapping[str, float]) -> list[Target]:
    at = 100_000
    return [
        Target("recall", judged["recall"], 100, " %", at_least=True),
        Target("precision", judged["precision"], 100, " %", at_least=True),
        Target("first page, median", judged["p50"], 50, " KB", at),
        Target("first page, 95 %", judged["p95"], 120, " KB", at),
        Target("milliseconds, 95 %", judged["ms"], 100, " ms", at),
        Target("building the index", judged["index"], 15, " s", at),
    ]


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18]


def _both(values: Sequence[float]) -> str:
    return f"{number(values[0])} / {number(values[1])}"
