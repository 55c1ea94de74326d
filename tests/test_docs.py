"""The documents are true: commands exist, tables are current, nothing of one machine is left."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from disclosure.diagnostics import FAMILIES, registry
from scripts import handbook

ROOT = Path(__file__).parent.parent
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
DOCUMENTS = sorted(path.name for path in ROOT.glob("*.md"))
MADE = {"public", "site", "site.render", "build", "node_modules", "__pycache__"}
OURS = {".ci", ".editorconfig", ".gitattributes", ".gitignore", ".github", ".gitlab-ci.yml"}
# Built from parts, so that this file does not find itself.
HOSTS = re.compile("|".join(("pypi" + r"\.org", "python" + "hosted", "npm" + "js", "tuna" + r"\.")))
PLACES = re.compile(
    r"(?<![\w.…:-])/(?:" + "|".join(("root", "home", "work", "opt", "Users")) + ")/"
)


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file of the project, without what is made from it."""
    for path in sorted(folder.iterdir()):
        if path.name in MADE or (path.name.startswith(".") and path.name not in OURS):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def test_the_handbook_has_the_current_table() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert handbook.with_table(text) == text, "run: make handbook"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_name_commands_that_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    code = re.findall(r"^```.*?^```|`[^`\n]+`", text, re.M | re.S)
    named = {found for part in code for found in re.findall(r"\bmake ([a-z-]+)", part)}
    assert named <= TARGETS


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_link_to_files_that_exist(name: str) -> None:
    prose = re.sub(r"`[^`\n]+`", "", (ROOT / name).read_text("utf-8"))
    for link in re.findall(r"\]\(([^)\s#]+)", prose):
        if not re.match(r"[a-z]+:", link):
            assert (ROOT / link).exists(), link


def test_every_target_has_a_sentence() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    assert set(re.findall(r"^([a-z-]+):.*## .+$", text, re.M)) == TARGETS


def test_nothing_of_one_machine_or_registry_is_left() -> None:
    found = []
    for path in files():
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{path.relative_to(ROOT)}: {m[0]}" for m in HOSTS.finditer(text)]
        found += [f"{path.relative_to(ROOT)}: {m[0]}" for m in PLACES.finditer(text)]
    assert not found


@pytest.mark.parametrize("code", registry())
def test_every_code_tells_a_whole_story(code: str) -> None:
    kind = registry()[code]
    assert code[0] in FAMILIES
    assert kind.says.removesuffix("{hint}").endswith("。")
    assert kind.remedy.endswith("。")
    assert f" {code} " in kind.example
    assert len(kind.title) <= 20


def test_versions_agree() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_locks_pin_every_package_with_hashes(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    pins = re.findall(r"^([a-z0-9][a-z0-9._-]*)==\S+ \\\n    --hash=sha256:", text, re.M)
    starts = re.findall(r"^[a-z0-9]\S*", text, re.M)
    assert len(pins) == len(starts) > 5
    assert "http" not in text
