"""What several tests need: a copy of the project to change, and a build of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Playwright, sync_playwright

from bench import search_budget
from bench.figures import unbound
from scripts.setup import BROWSERS

ROOT = Path(__file__).resolve().parent.parent
TODAY = "2026-11-22"
"""The day tests see the sample site from."""
PAPERS = ROOT / ".cache" / "tests" / "papers"
"""What tests have laid out as PDF, under its hash, so that not every build of the sample does so."""
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# A busy computer is no finding: no property has a time limit.
settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("patient")

LONG = ("test_interruption.py", "test_site.py", "test_audit.py", "test_build.py", "test_cluster.py")
"""Modules that take minutes: they begin first, so that no core waits for another at the end."""

Build = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONG)


def build(
    project: Path, engine: str = "mkdocs", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Build a project's site as `make site` does; the result is in `project/site`."""
    settings = {
        "AS_OF": TODAY,
        "PYTHONPATH": str(ROOT),
        "NO_MKDOCS_2_WARNING": "1",
        "PYTHONHASHSEED": "random",
    }
    papers = project / ".cache" / "site" / "papers"
    if PAPERS.exists():
        shutil.copytree(PAPERS, papers, dirs_exist_ok=True)
    result = subprocess.run(
        [sys.executable, "-m", engine, "build", "--strict", "--config-file", "mkdocs.yml"],
        cwd=project,
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if papers.exists():
        shutil.copytree(papers, PAPERS, dirs_exist_ok=True)
    return result


def copy_project(target: Path, *, data: bool = True) -> Path:
    """The sample project, without its Git history and builds."""
    target.mkdir(parents=True)
    shutil.copy(ROOT / "mkdocs.yml", target)
    for folder in ("docs", "hooks", *(["data"] if data else [])):
        shutil.copytree(
            ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    if not data:  # whatever rows come in, they are not those of the sample's reports
        forget(target / "docs", [path.name for path in (ROOT / "data").iterdir()])
    return target


def leave_only(project: Path, *collections: str) -> None:
    """Take all other collections out of a copy of the sample, and whatever counts them or leads there."""
    gone = []
    for folder in (project / "data").iterdir():
        if folder.is_dir() and folder.name not in (*collections, "rules"):
            shutil.rmtree(folder)
            gone.append(folder.name)
    (project / "data" / "obligations.csv").unlink()  # it names their pages
    (project / "data" / "charts.yml").unlink()
    forget(project / "docs", gone)


def forget(docs: Path, collections: Sequence[str]) -> None:
    """Let the pages of a copy neither count rows nor lead to some collections."""
    unbound(docs)
    link = re.compile(rf"\[([^\]]*)\]\((?:\.\./)*(?:{'|'.join(collections)})/[^)]*\)")
    for page in docs.rglob("*.md"):
        page.write_text(link.sub(r"\1", page.read_text("utf-8")), "utf-8")


def leave_no_reports(docs: Path) -> None:
    """Take the reports and plans out of a copy, which take seconds to be laid out as PDF."""
    for path in (*docs.glob("reports/*.md"), *docs.glob("plans/*.md")):
        if path.name != "index.md":
            path.unlink()
    link = re.compile(r"\[([^\]]*)\]\([\w-]+\.md\)")
    for index in (docs / "reports" / "index.md", docs / "plans" / "index.md"):
        index.write_text(link.sub(r"\1", index.read_text("utf-8")), "utf-8")


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A fresh copy of the sample project."""
    return copy_project(tmp_path / "project")


@pytest.fixture(scope="session")
def sample_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample site, built once for all tests that only look at it."""
    copied = copy_project(tmp_path_factory.mktemp("sample") / "project")
    result = build(copied)
    assert result.returncode == 0, result.stdout + result.stderr
    return copied / "site"


@pytest.fixture(scope="session")
def ask() -> Iterator[search_budget.Ask]:
    """The engine in one process of Node for all tests."""
    with search_budget.engine() as asked:
        yield asked


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests: there can be no second one beside it."""
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


def launched(playwright: Playwright) -> Browser:
    """This machine's Chromium, which asks nobody for anything."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    return playwright.chromium.launch(executable_path=program, args=[*QUIET])


def copy_settings(data: Path, *more: str, change: Callable[[str], str] = str) -> None:
    """Put what every folder of data needs into one, and some more of the sample's files, changed."""
    for name in ("agency.yml", "calendar.yml", "rules/retention.yml", "rules/deadlines.yml", *more):
        target = data / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(change((ROOT / "data" / name).read_text("utf-8")), "utf-8")
