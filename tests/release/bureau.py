"""A bureau that publishes: a small project with five cases, built once, copied for whoever needs one."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import repositories
from conftest import ROOT, build, copy_settings

from disclosure import freshness

DAY = "2026-11-22"
SCHEMA = """\
title: 处罚案件
description: 虚构的案件。
unit: 件
order: 10
date: decided
record_title: "{number}"
primaryKey: [number]
list: [number, decided]
fields:
  - {name: number, title: 文号, format: docno, constraints: {required: true}}
  - {name: decided, title: 决定日期, type: date, constraints: {required: true}}
  - {name: note, title: 备注}
  - {name: status, title: 状态}
  - {name: status_date, title: 状态日期, type: date}
  - {name: status_reason, title: 状态理由}
"""
HEAD = "文号,决定日期,备注,状态,状态日期,状态理由"
NUMBERS = range(1, 6)
KEYS = {"AS_OF": DAY, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1", "PYTHONUTF8": "1"}


def row(number: int, note: str = "", withdrawn: bool = False) -> str:
    """A case of the table; a withdrawn one says why."""
    rest = "撤销,2026-11-20,认定事实有误" if withdrawn else "公示中,,"
    return f"示交罚〔2026〕{number}号,2026-05-0{number},{note},{rest}"


def write_rows(root: Path, *rows: str) -> None:
    path = root / "data" / "cases" / "2026.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", "utf-8")


def make(root: Path) -> Path:
    """The project, with its history, before it is built."""
    root.mkdir(parents=True)
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    settings = re.sub(
        r"\nnav:.*?\n(?=\nextra:)",
        "\nnav:\n  - 首页: index.md\nnot_in_nav: /search.md\n",
        settings,
        flags=re.S,
    )
    settings = re.sub(
        r"sections:\n.*?\n\n",
        "sections:\n    - {title: 行政执法公示, collections: [cases], after: 首页}\n\n",
        settings,
        flags=re.S,
    )
    (root / "mkdocs.yml").write_text(settings, "utf-8")
    shutil.copytree(ROOT / "hooks", root / "hooks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "docs" / "assets", root / "docs" / "assets")
    shutil.copy(ROOT / "docs" / "search.md", root / "docs")
    front = (ROOT / "docs" / "index.md").read_text("utf-8")
    (root / "docs" / "index.md").write_text(re.sub(r"\[(.*?)\]\(.*?\)", r"\1", front), "utf-8")
    copy_settings(
        root / "data",
        # A bureau that is no sample; its numbers may not be the sample's either.
        change=lambda text: re.sub(r"(?m)^(sample|duties_from):.*\n", "", text).replace(
            "0000", "1100"
        ),
    )
    (root / "data" / "cases").mkdir()
    (root / "data" / "cases" / "schema.yml").write_text(SCHEMA, "utf-8")
    write_rows(root, *map(row, NUMBERS))
    (root / ".gitignore").write_text("/site*\n.cache\n.keys\npublic\n")
    commit(root)
    return root


def commit(root: Path, day: str = DAY) -> str:
    """Commit everything; returns the commit."""
    if not (root / ".git").exists():
        repositories.git(root, "init")
    repositories.git(root, "add", "--all")
    repositories.git(root, "commit", "--allow-empty", "-m", day, day=day)
    return repositories.git(root, "rev-parse", "HEAD")


def built(root: Path) -> Path:
    done = build(root)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def copy(made: Path, root: Path) -> Path:
    """A copy of a built project that counts as built."""
    shutil.copytree(made, root, symlinks=True)
    remember(root)
    return root


def remember(root: Path) -> None:
    """Let whatever lies in site/ count as what a build has made of the project."""
    stamps = freshness.survey(root / "site")
    made_from = freshness.everything(root, freshness.date.fromisoformat(DAY))
    freshness.remember(root, stamps, made_from)


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, **KEYS, **more}
