"""What reading and checking rows costs: CSV and XLSX, beside plain pandas that checks nothing."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from bench import project
from bench.measure import Contender, measure
from bench.report import COSTS, Part, cost_line
from scripts import synth

MOST_WORKBOOK = 100_000
"""A workbook written without compression gets too large beyond."""

OURS = """
import sys, time
from pathlib import Path
from disclosure import checking, descriptor
from disclosure.intake import tables
schema, _ = descriptor.load(Path("data/penalties/schema.yml"), name="penalties", file="schema.yml")
headers = {text for _, text, _ in schema.headers.values()}
started, rows = time.perf_counter(), 0
for path in map(Path, sys.argv[1:]):
    found, findings = tables.read(path, file=path.name, headers=headers)
    for table in found:
        checked, more = checking.check(schema, table)
        rows += len(table.rows)
        findings += more
assert not [f for f in findings if f.severity == "error"], findings[:3]
print(rows, time.perf_counter() - started)
"""
PANDAS = """
import sys, time
import pandas, python_calamine
started, rows = time.perf_counter(), 0
for path in sys.argv[1:]:
    if path.endswith(".csv"):
        rows += len(pandas.read_csv(path, dtype=str))
    else:
        rows += len(pandas.read_excel(path, dtype=str, header=1, engine="calamine"))
print(rows, time.perf_counter() - started)
"""


def run(disk: Path, memory: Path, records: int, runs: int) -> Part:
    part = Part("intake", "Reading and checking", records, runs, COSTS)
    folder = project.tables(disk / "tables", records)
    sheets = {"CSV": sorted(folder.glob("*.csv"))}
    if records <= MOST_WORKBOOK:
        sheets["XLSX"] = [_workbook(file) for file in sheets["CSV"]]
    else:
        part.notes.append(f"XLSX: left out above {MOST_WORKBOOK:,} records.")
    contenders = {
        f"{who} {kind}": _reading(program, files)
        for kind, files in sheets.items()
        for who, program in (("ours", OURS), ("pandas", PANDAS))
    }
    costs = measure(contenders, runs)
    for kind, files in sheets.items():
        plain = costs[f"pandas {kind}"]
        there = (len(files), sum(file.stat().st_size for file in files))
        title = f"pandas, {kind}, all text, nothing checked"
        part.rows += [
            cost_line(
                f"ours, {kind}, every cell checked",
                costs[f"ours {kind}"],
                against=("pandas", plain),
                size=there,
            ),
            cost_line(title, plain, size=there),
        ]
    part.notes.append("A process of its own each time; starting it and importing is not counted.")
    part.notes.append(
        "The workbooks are those of `scripts/synth.py`: uncompressed, texts in the cells."
    )
    return part


def _reading(program: str, files: list[Path]) -> Contender:
    command = [sys.executable, "-c", program, *map(str, files)]
    environment = {"PYTHONPATH": str(project.ROOT), "PYTHONUTF8": "1"}
    return Contender(command, project.ROOT, environment, speaks=True)


def _workbook(file: Path) -> Path:
    with file.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    types = ["date" if title.endswith("日期") else "string" for title in head]
    target = file.with_suffix(".xlsx")
    target.write_bytes(synth.as_xlsx((head, types, rows), f"{file.stem}年行政处罚"))
    return target
