"""Every code the project can report has a folder that provokes it, and says exactly what comes out.

`tests/cases/F101-empty-file/` holds a small `data/` (and `docs/`), and `expected.txt` with the
findings, one per line. What a case leaves out of the bureau's own settings is taken from the sample.
What cannot be committed as a file is made by a builder below that `recipe.yml` names with a path;
`recipe.yml` may also state the day the data are seen from (`as_of`).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
import yaml

from bench import bombs
from disclosure import catalog
from disclosure.diagnostics import Report, registry
from disclosure.intake import articles

ROOT = Path(__file__).parent.parent
CASES = sorted(path for path in (ROOT / "tests" / "cases").iterdir() if path.is_dir())
SETTINGS = ("agency.yml", "calendar.yml", "rules/retention.yml")
TODAY = date(2026, 11, 22)


def dangling_link(path: Path) -> None:
    """A link to a file that is not there, as a careless copy leaves it."""
    path.symlink_to(path.with_name("nothing.csv"))


def long_cell(path: Path) -> None:
    """A table whose second row has a cell of ten million characters."""
    path.write_text(f"文号,当事人,金额\nA-1,某甲,100\nA-2,{'长' * 10_000_000},200\n", "utf-8")


def long_settings(path: Path) -> None:
    """A settings file of more than a megabyte."""
    path.write_text("# 说明\n" * 200_000, "utf-8")


def long_line(path: Path) -> None:
    """A table whose only line has forty megabytes."""
    path.write_bytes(b"a" * 40_000_000)


def outward_link(path: Path) -> None:
    """A link to a file that is none of the project's."""
    (path.parents[3] / "elsewhere.csv").write_bytes(path.with_name("2026.csv").read_bytes())
    path.symlink_to(path.parents[3] / "elsewhere.csv")


def pipe(path: Path) -> None:
    """What is no file: who opens it waits for ever."""
    os.mkfifo(path)


def renamed(path: Path) -> None:
    """A table whose name reads backwards in part."""
    path.rename(path.with_name("2026\u202evsc.csv"))


def one_text_everywhere(path: Path) -> None:
    """A workbook that unfolds to many times its size while it is read."""
    path.write_bytes(bombs.one_text_everywhere())


def ten_million_blanks(path: Path) -> None:
    """A workbook of nothing but blank cells."""
    path.write_bytes(bombs.ten_million_blanks())


def remove(path: Path) -> None:
    """A file that the sample has and this case must not have."""
    path.unlink()


BUILDERS: Mapping[str, Callable[[Path], None]] = {
    builder.__name__: builder
    for builder in (
        dangling_link,
        long_cell,
        long_line,
        long_settings,
        one_text_everywhere,
        outward_link,
        pipe,
        remove,
        renamed,
        ten_million_blanks,
    )
}


def findings(case: Path, root: Path) -> list[str]:
    """What is found in a case, built in the folder `root`."""
    shutil.copytree(case, root, dirs_exist_ok=True)
    for name in SETTINGS:
        if not (target := root / "data" / name).exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "data" / name, target)
    recipe_file = case / "recipe.yml"
    recipe = yaml.safe_load(recipe_file.read_text("utf-8")) if recipe_file.exists() else {}
    as_of = recipe.pop("as_of", TODAY)
    for builder, path in recipe.items():
        BUILDERS[builder](root / path)
    found = list(catalog.load(root / "data", as_of=as_of).report)
    if (root / "docs").exists():
        found += articles.load(root / "docs")[1]
    return [str(finding) for finding in Report.of(found)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, tmp_path: Path) -> None:
    found = findings(case, tmp_path / "project")
    assert found == (case / "expected.txt").read_text("utf-8").splitlines()
    code = case.name.partition("-")[0]
    assert any(f": {code} " in line for line in found), f"the case does not provoke {code}"


def test_every_code_has_a_case() -> None:
    for case in CASES:
        assert re.fullmatch(r"[A-Z]\d{3}-[a-z0-9-]+", case.name), case.name
    assert {case.name.partition("-")[0] for case in CASES} == set(registry())
