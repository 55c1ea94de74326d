"""The map is true: ARCHITECTURE.md lists what there is, and the floors hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAP = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
LISTED = {
    path: (99 if floor == "door" else int(floor), sentence)
    for floor, path, sentence in re.findall(r"^\| (\d+|door) \| `(\S+\.py)` \| (.+) \|$", MAP, re.M)
}
MODULES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("disclosure", "hooks", "scripts")
    for path in (ROOT / folder).rglob("*.py")
    if path.name != "__init__.py"
)
GENERATORS = {"mkdocs", "properdocs", "material"}
modules = pytest.mark.parametrize("module", MODULES)


def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text("utf-8"))


def imported(module: str) -> Iterator[str]:
    """Every name that a module imports, as far as it can be told: packages, modules, members."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} uses a relative import"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_listing_names_what_there_is() -> None:
    assert sorted(LISTED) == MODULES


@modules
def test_the_listing_repeats_the_first_sentence(module: str) -> None:
    sentence = (ast.get_docstring(tree(module)) or "").partition("\n")[0]
    assert sentence.endswith("."), "the first line of a module is a whole sentence"
    assert LISTED[module][1] == sentence


@modules
def test_modules_import_only_from_lower_floors(module: str) -> None:
    own = LISTED[module][0]
    for name in imported(module):
        path = name.replace(".", "/") + ".py"
        if path in LISTED and path != module:
            assert LISTED[path][0] < own, f"{module} must not import {name}"


@modules
def test_only_hooks_know_the_site_generator(module: str) -> None:
    if not module.startswith("hooks/"):
        assert not {name.partition(".")[0] for name in imported(module)} & GENERATORS


@modules
def test_modules_stay_small(module: str) -> None:
    assert len((ROOT / module).read_text("utf-8").splitlines()) < 400


def test_packages_hold_no_code() -> None:
    for path in (ROOT / "disclosure").rglob("__init__.py"):
        assert not [
            n for n in ast.parse(path.read_text("utf-8")).body if not isinstance(n, ast.Expr)
        ]


def test_every_dependency_has_its_reason() -> None:
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    names = [re.split(r"[=<>~]", line)[0] for line in lines if line and not line.startswith("#")]
    table = MAP.partition("## Dependencies")[2].partition("\n## ")[0]
    reasons = re.findall(r"^\| ([a-z][a-z0-9-]*) \| .+ \|$", table, re.M)
    assert sorted(set(names)) == sorted(names)
    assert sorted(reasons) == sorted(names)


def test_every_package_is_built() -> None:
    packages = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in (ROOT / "disclosure").rglob("__init__.py")
    }
    line = re.search(r"^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert line
    assert set(re.findall(r'"([^"]+)"', line[1])) == packages
