"""Every code the project can report has a folder that provokes it, and says exactly what comes out.

`tests/cases/F101-empty-file/` holds a small `data/` (and `docs/`), and `expected.txt` with the
findings, one per line. A case on a finished site holds its pages in `finished/`, one on a site that
is about to be published in `leaving/`; `recipe.yml` says what is `live` there, if anything. What a case leaves out of the bureau's own settings is taken from the sample.
What cannot be committed as a file is made by a builder below that `recipe.yml` names with a path;
`recipe.yml` may also state the day the data are seen from (`as_of`), what the machine is `lacking`,
and a sheet that is imported `into` a collection; the case's folder `outside/` then lies outside the project.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import repositories
import yaml

from bench import bombs
from disclosure import catalog, commits, fonts
from disclosure.catalog import Catalog
from disclosure.diagnostics import Finding, Report, registry
from disclosure.figures import proofreading
from disclosure.intake import imports
from disclosure.release import configuration, departure, provenance, sites
from disclosure.release.manifest import Manifest
from disclosure.rules import duties
from disclosure.site import links

ROOT = Path(__file__).parent.parent
CASES = sorted(path for path in (ROOT / "tests" / "cases").iterdir() if path.is_dir())
SETTINGS = ("agency.yml", "calendar.yml", "rules/retention.yml", "rules/deadlines.yml")
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


def committed(path: Path) -> None:
    """A folder as the only commit of a repository, made on 20 November 2026."""
    day = "2026-11-20T10:00:00+08:00"
    person = {"GIT_AUTHOR_NAME": "示例", "GIT_AUTHOR_EMAIL": "a@example.gov.cn"}
    person |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in person.items()}
    dates = {"GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day}
    for words in (["init", "-q"], ["add", path.name], ["commit", "-q", "-m", "示例"]):
        command = ["git", "-C", str(path.parent), "-c", "commit.gpgsign=false", *words]
        subprocess.run(command, check=True, env={**os.environ, **person, **dates})


def shallow(path: Path) -> None:
    """The mark of a repository that was cloned without its past."""
    head = ["git", "-C", str(path.parent.parent), "rev-parse", "HEAD"]
    path.write_bytes(subprocess.run(head, check=True, capture_output=True).stdout)


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


def repository(path: Path) -> None:
    """A repository in which the folders below `path`, each named after a day, are its versions."""
    root = path.parent
    now = {file: file.read_bytes() for file in (root / "data").rglob("*") if file.is_file()}
    for version in sorted(path.iterdir()):
        shutil.copytree(version, root, dirs_exist_ok=True)
        repositories.commit(root, version.name)
    shutil.rmtree(root / "data")
    for file, content in now.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def shallow_repository(path: Path) -> None:
    """The same, of which only the last version was fetched."""
    repository(path)
    repositories.make_shallow(path.parent)


def twin(path: Path) -> None:
    """A second file whose name differs only in a capital letter, which not every disk can hold."""
    path.with_name(path.name.capitalize()).write_bytes(path.read_bytes())


BUILDERS: Mapping[str, Callable[[Path], None]] = {
    builder.__name__: builder
    for builder in (
        committed,
        dangling_link,
        long_cell,
        long_line,
        long_settings,
        one_text_everywhere,
        outward_link,
        pipe,
        remove,
        renamed,
        repository,
        shallow,
        shallow_repository,
        ten_million_blanks,
        twin,
    )
}


LACKING: Mapping[str, Callable[[pytest.MonkeyPatch, Path], None]] = {
    "libraries": lambda patch, _: patch.setattr(fonts, "LIBRARIES", {"Pango": ("libnowhere.so",)}),
    "fonts": lambda patch, case: patch.setenv("FONTCONFIG_FILE", str(case / "fonts.conf")),
}
"""What a machine may lack."""


def findings(case: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is found in a case, built in the folder `root`."""
    shutil.copytree(case, root, dirs_exist_ok=True)
    for name in SETTINGS:
        if not (target := root / "data" / name).exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "data" / name, target)
    recipe_file = case / "recipe.yml"
    recipe = yaml.safe_load(recipe_file.read_text("utf-8")) if recipe_file.exists() else {}
    as_of = recipe.pop("as_of", TODAY)
    sheet, collection = recipe.pop("import", ""), recipe.pop("into", "")
    live = recipe.pop("live", None)
    if lacking := recipe.pop("lacking", ""):
        LACKING[lacking](monkeypatch, case)
    for builder, path in recipe.items():
        BUILDERS[builder](root / path)
    loaded = catalog.load(root / "data", as_of=as_of)
    found = list(loaded.report)
    if sheet:
        found += imports.run(root, _outside(root, sheet), collection, dry=True).findings
    if (root / "docs").exists():
        written = loaded.articles
        about = (root, loaded.duties, written, loaded.agency, loaded.calendar, as_of)
        found += [*duties.check(*about), *commits.check(root, written, loaded.agency)]
        found += proofreading.check(root, written, loaded.agency, loaded.calendar)
    if (root / "leaving").exists():
        found += leaving(root, loaded, live)
    if (root / "finished").exists():
        found += links.of_site(root / "finished", "https://jtj.example.gov.cn/")[1]
    return [str(finding) for finding in Report.of(found)]


def leaving(root: Path, loaded: Catalog, live: Mapping[str, Any] | None) -> Iterator[Finding]:
    """What speaks against publishing a site at noon of its day; `live` as a manifest says it."""
    site = root / "leaving"
    configured, complaints = configuration.load(root)
    yield from complaints
    yield from departure.inspect(site, loaded, sites.hashes(site), configured)
    if live is not None:
        noon = datetime.combine(loaded.as_of, time(12), ZoneInfo("Asia/Shanghai")).timestamp()
        blank = Manifest(1, 0, int(noon) - 3600, "2026-11-20", "", "", "")
        there = replace(blank, **live) if live else None
        origin = provenance.of(root)
        yield from departure.last(root, loaded, origin, there, now=noon, trial=False)


def _outside(root: Path, sheet: str) -> Path:
    """Where a sheet lies that is to be imported: moved out of the project, if it should be."""
    moved = root.with_name(f"{root.name}-outside")
    if (root / "outside").exists():
        (root / "outside").rename(moved)
    return next(path for path in (moved / sheet, root / sheet) if path.exists())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(case, tmp_path / "project", monkeypatch)
    assert found == (case / "expected.txt").read_text("utf-8").splitlines()
    code = case.name.partition("-")[0]
    assert any(f": {code} " in line for line in found), f"the case does not provoke {code}"


def test_every_code_has_a_case() -> None:
    for case in CASES:
        assert re.fullmatch(r"[A-Z]\d{3}-[a-z0-9-]+", case.name), case.name
    assert {case.name.partition("-")[0] for case in CASES} == set(registry())
