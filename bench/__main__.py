"""What everything costs, measured in one run: `python -m bench --help`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import peers, report
from bench.measure import Failed

PARTS = ("build", "edit", "growth", "intake", "search")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; else all")
    parser.add_argument("--records", type=int, default=10_000, help="how many records (10,000)")
    parser.add_argument("--runs", type=int, default=3, help="rounds after the warm-up (3)")
    parser.add_argument("--disk", type=Path, help="where to work on disk (build/bench)")
    parser.add_argument("--memory", type=Path, default=Path("/dev/shm"), help="and in memory")
    parser.add_argument(
        "--results", type=Path, default=report.RESULTS, help="where to keep results"
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    disk = options.disk or peers.HOME
    disk.mkdir(parents=True, exist_ok=True)
    for name in options.parts or PARTS:
        module = importlib.import_module(f"bench.{name}")
        with (
            tempfile.TemporaryDirectory(prefix="bench-", dir=disk) as work,
            tempfile.TemporaryDirectory(
                prefix="bench-", dir=_shared(options.memory, work)
            ) as shared,
        ):
            try:
                part = module.run(Path(work), Path(shared), options.records, options.runs)
            except Failed as problem:
                print(f"\n{name} failed: {problem}", file=sys.stderr)
                return 1
        print("\n" + part.markdown(), flush=True)
        report.keep(part, options.results)
    return 0


def _shared(memory: Path, work: str) -> Path:
    """Where to work in memory; without such a place the parts are told so by a missing folder."""
    return memory if os.access(memory, os.W_OK) else Path(work)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped; what was measured before is kept", file=sys.stderr)
        sys.exit(130)
