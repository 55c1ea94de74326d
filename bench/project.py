"""What is measured: a copy of this project whose only records are N invented penalties of ten years.

Every row is made to be public, whatever the day, so that N rows are N pages. Of the other tables
only those powers are kept that the penalties refer to.
"""

from __future__ import annotations

import csv
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.figures import unbound
from bench.measure import Contender
from scripts import invented, synth

ROOT = Path(__file__).parent.parent
LEFT = {"bench", "build", "site", "site.render", "tests", "__pycache__"}
"""What a copy does without, besides everything hidden."""
YEARS = range(2016, 2026)
DAY = "2026-06-30"
"""The day all sites are seen from."""
OPEN = {"publish": "是", "status": "公示中"}
CLOSED = ("publish_basis", "until", "status_date", "status_reason")


@dataclass(frozen=True)
class Project:
    """A copy of the project that can be built and made pristine again."""

    root: Path
    own: frozenset[str]
    """What lies in it before it was ever built."""

    @property
    def site(self) -> Path:
        return self.root / "site"

    def clean(self) -> None:
        """Remove whatever builds have made: the site, and every trace that a build could profit from."""
        for entry in self.root.iterdir():
            if entry.name not in self.own:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def build(self, *, fresh: bool = True) -> Contender:
        """The command that people type, as `make site` gives it to Python."""
        script = self.root / "scripts" / "build.py"
        command = [str(script)] if script.exists() else ["-m", "mkdocs", "build", "--strict"]
        environment = {
            "PYTHONPATH": str(self.root),
            "PYTHONUTF8": "1",
            "NO_MKDOCS_2_WARNING": "1",
            "AS_OF": DAY,
        }
        prepare = self.clean if fresh else lambda: None
        return Contender([sys.executable, *command], self.root, environment, prepare)


def sample(root: Path) -> Project:
    """The sample site as it is."""
    root.mkdir(parents=True)
    for entry in ROOT.iterdir():
        if entry.name in LEFT or entry.name.startswith("."):
            continue
        if entry.is_dir():
            shutil.copytree(entry, root / entry.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(entry, root)
    return Project(root, frozenset(entry.name for entry in root.iterdir()))


def copy(root: Path, tables: Path | None = None) -> Project:
    """The sample's pages and settings, with the penalties in `tables` or no records at all."""
    project = sample(root)
    data = root / "data"
    for schema in data.rglob("schema.yml"):
        for file in (*schema.parent.glob("*.csv"), *schema.parent.glob("*.xlsx")):
            if schema.parent.name != "powers":
                file.unlink()
    _keep_powers(data / "powers" / "powers.csv")
    unbound(root / "docs")
    retention = data / "rules" / "retention.yml"
    retention.write_text(re.sub(r"years: \d+", "years: 99", retention.read_text("utf-8")), "utf-8")
    for file in tables.glob("*.csv") if tables else ():
        shutil.copy2(file, data / "penalties")
    return project


def _keep_powers(file: Path) -> None:
    used = {offence["power"] for offence in invented.WORLD["offences"]}
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(
            [rows[0]] + [row for row in rows[1:] if used & set(row)]
        )


def tables(folder: Path, records: int) -> Path:
    """Ten files of penalties, `records` rows together, the same for the same number."""
    folder.mkdir(parents=True)
    for number, year in enumerate(YEARS):
        share = records * (number + 1) // len(YEARS) - records * number // len(YEARS)
        rows = invented.penalties(year, share, seed="bench")
        shown = [row | OPEN | dict.fromkeys(CLOSED, "") for row in rows]
        (folder / f"{year}.csv").write_bytes(synth.as_csv(synth.table("penalties", shown)))
    return folder
