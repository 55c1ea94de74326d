"""What others make of the same rows: MkDocs + Material, and Hugo, with a page for every record.

Both get the same files of rows and no more to do than a plain site: no menu entries, no checks, no
downloads. What is not installed, and cannot be, is left out with a sentence.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from bench.measure import Contender
from bench.project import ROOT

HERE = Path(__file__).parent
HOME = ROOT / "build" / "bench"
VENV = HOME / "venv"

MKDOCS = """\
site_name: 行政处罚
site_url: https://jtj.example.gov.cn/
theme: {name: material, language: zh, font: false}
nav: [{首页: index.md}]
not_in_nav: /penalties/
plugins:
  - search: {lang: zh, separator: '[\\s\\u200b\\-]'}
markdown_extensions: [tables]
"""


class Absent(Exception):
    """A peer cannot be had on this machine; the message says why."""


def environment() -> Path:
    """The Python environment of the peers, made on first use; its packages lie in the given folder."""
    wanted = (HERE / "requirements.in").read_text("utf-8")
    stamp = VENV / "installed"
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        _do([sys.executable, "-m", "venv", "--clear", str(VENV)])
        pip = [str(VENV / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        _do([*pip, "install", "-r", str(HERE / "requirements.in")])
        stamp.write_text(wanted, "utf-8")
    return next(VENV.glob("lib/python*/site-packages"))


def modules() -> Path:
    """What runs in Node, by the versions and hashes of package-lock.json; installed on first use."""
    wanted = (HERE / "package-lock.json").read_bytes()
    folder = HOME / "node_modules"
    stamp = folder / ".installed"
    if not stamp.exists() or stamp.read_bytes() != wanted:
        HOME.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, HOME)
        npm = shutil.which("npm")
        if not npm:
            raise Absent("npm is not installed")
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        # `npm ci` wants packages for other systems in the lock, which a lock without addresses lacks.
        _do([npm, "install", "--prefix", str(HOME), *quiet])
        stamp.write_bytes(wanted)
    return folder


def pagefind() -> Path:
    """The command of Pagefind."""
    return modules() / ".bin" / "pagefind"


def hugo(root: Path, tables: Path) -> Contender:
    """A Hugo site whose pages come from the rows by a content adapter, without Markdown files."""
    programs = sorted(environment().glob("hugo/binaries/hugo*"))
    if not programs:
        raise Absent("the package hugo has no program for this machine")
    shutil.copytree(HERE / "hugo", root)
    shutil.copytree(tables, root / "assets" / "tables")
    outputs = [root / "public", root / "resources"]
    command = [str(programs[0]), "--quiet", "--noBuildLock", "--cacheDir", str(root / "cache")]
    return Contender(command, root, {}, lambda: _remove(*outputs, root / "cache"))


def material(root: Path, tables: Path, *, jieba: bool = False) -> Contender:
    """A MkDocs site with Material and its search, and a Markdown file for every row, not in the menu.

    With jieba the search index is cut into Chinese words, as it must be to find any but whole cells.
    """
    docs = root / "docs"
    (docs / "penalties").mkdir(parents=True)
    (docs / "index.md").write_text("# 行政处罚\n", "utf-8")
    (root / "mkdocs.yml").write_text(MKDOCS, "utf-8")
    for file in sorted(tables.glob("*.csv")):
        folder = docs / "penalties" / file.stem
        folder.mkdir()
        with file.open(encoding="utf-8", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream), 1):
                (folder / f"{number}.md").write_text(_markdown(row), "utf-8")
    extra = {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(environment()) if jieba else ""}
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    return Contender(command, root, extra, lambda: _remove(root / "site"))


def _markdown(row: dict[str, str]) -> str:
    cells = ((title, text.replace("|", "\\|")) for title, text in row.items() if text)
    lines = "".join(f"| {title} | {text} |\n" for title, text in cells)
    title = f"{row['行政相对人名称']}：{row['违法行为类型']}"
    return f"# {title}\n\n| 项目 | 内容 |\n| --- | --- |\n{lines}"


def copying(source: Path, target: Path) -> Contender:
    """The limit: copying a finished site with all its files."""
    command = ["cp", "-r", str(source), str(target)]
    return Contender(command, source.parent, {}, lambda: _remove(target))


def versions() -> str:
    """The versions of everything compared, in a line."""
    names = ("mkdocs", "mkdocs-material", "numpy", "pandas", "pyarrow", "python-calamine")
    wanted = (HERE / "requirements.in").read_text("utf-8").splitlines()
    packages = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    found = {name: version(name) for name in names}
    found |= dict(line.split("==") for line in wanted if "==" in line) | packages
    if node := shutil.which("node"):
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        found["Node.js"] = done.stdout.strip().removeprefix("v")
    listed = [f"{name} {number}" for name, number in found.items()]
    return ", ".join([f"Python {sys.version.split()[0]}", *listed])


def _do(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    if done.returncode:
        raise Absent(f"{' '.join(command[:4])} …: {(done.stdout + done.stderr)[-300:].strip()}")


def _remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
