"""The commands: what they print, in every format, and how they end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from conftest import ROOT, TODAY, tree


def run(
    script: str, *arguments: str, where: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / f"{script}.py"), *arguments],
        cwd=where,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "AS_OF": TODAY,
            "NO_MKDOCS_2_WARNING": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
    )


def spoil(project: Path) -> None:
    rows = project / "data" / "penalties" / "2021.csv"
    rows.write_text(rows.read_text("utf-8").replace("2021-", "2021/13/", 1), "utf-8")
    guide = project / "docs" / "guide.md"
    guide.write_text(guide.read_text("utf-8").replace("title:", "titel:", 1), "utf-8")


def test_a_sound_tree_passes(project: Path) -> None:
    result = run("check", where=project)
    *warnings, summary = result.stdout.splitlines()
    assert (result.returncode, summary) == (0, f"共 0 个错误、{len(warnings)} 个提醒。")
    # Late publications remain what they were; what was not renewed in time, and which task nobody has
    # begun, is said; nothing else.
    assert {re.search(r": ([A-Z]\d+) ", line)[1] for line in warnings} == {"N604", "S203", "T305"}  # type: ignore[index]


def test_every_format_names_code_place_and_remedy(project: Path) -> None:
    spoil(project)
    text = run("check", where=project)
    assert text.returncode == 1
    assert "错误 data/penalties/2021.csv:2:" in text.stdout
    assert "V203" in text.stdout
    assert "请改为" in text.stdout
    assert "docs/guide.md:1: M101" in text.stdout
    assert "共 3 个错误" in text.stdout
    found = json.loads(run("check", "--format", "json", where=project).stdout)
    assert {(f["code"], f["file"], f["severity"]) for f in found if f["severity"] == "error"} == {
        ("V203", "data/penalties/2021.csv", "error"),
        ("M101", "docs/guide.md", "error"),
        ("M202", "docs/guide.md", "error"),  # what the title is misspelt as
    }
    github = run("check", "--format", "github", where=project).stdout
    assert "::error file=data/penalties/2021.csv,line=2,title=V203 不是有效日期::" in github
    table = run("check", "--format", "markdown", where=project).stdout
    assert "| 错误 | `docs/guide.md:1` | M101 |" in table


def test_the_day_can_be_chosen(project: Path) -> None:
    later = run("check", "--as-of", "2026-12-28", where=project)
    assert later.returncode == 0
    assert "T101" in later.stdout
    due = run("check", "--as-of", "2027-01-31", where=project)
    assert due.returncode == 0
    assert due.stdout.count(": T356 ") == 3
    overdue = run("check", "--as-of", "2027-02-01", where=project)
    assert overdue.returncode == 1
    assert overdue.stdout.count(": T357 ") == 3
    # What is missing keeps nothing else from being published.
    assert run("build", where=project, AS_OF="2027-02-01").returncode == 0
    wrong = run("check", "--as-of", "2027-13-01", where=project)
    assert wrong.returncode == 2
    assert "2027-13-01 不是日期" in wrong.stderr
    assert (
        run("check", where=project, AS_OF="明天").stderr
        == "AS_OF=明天 不是日期，请写成 2026-12-01 的样子。\n"
    )


def test_a_second_build_has_nothing_to_do(project: Path) -> None:
    first = run("build", where=project)
    assert first.returncode == 0, first.stdout + first.stderr
    second = run("build", where=project)
    assert second.stdout == "数据、文稿和程序都没有变化，网站已是最新。\n"
    # A change of rows needs no generator, a change of texts does; both give the whole site.
    rows = project / "data" / "norms" / "norms.csv"
    rows.write_text(rows.read_text("utf-8").replace("网络预约", "网上预约"), "utf-8")
    third = run("build", where=project)
    assert third.returncode == 0
    assert "Cleaning site directory" not in third.stderr
    assert "共 " in third.stdout
    guide = project / "docs" / "guide.md"
    guide.write_text(guide.read_text("utf-8") + "\n补充一句。\n", "utf-8")
    fourth = run("build", where=project)
    assert fourth.returncode == 0
    assert "补充一句。" in (project / "site" / "guide" / "index.html").read_text("utf-8")
    spoil(project)
    fifth = run("build", where=project)
    assert fifth.returncode == 1
    assert "V203" in fifth.stdout + fifth.stderr
    assert "Traceback" not in fifth.stderr
    assert "补充一句。" in (project / "site" / "guide" / "index.html").read_text("utf-8")


def test_explain_tells_a_code_and_its_neighbours(tmp_path: Path) -> None:
    assert "不是有效日期" in run("explain", "v203", where=tmp_path).stdout
    wrong = run("explain", "V20", where=tmp_path)
    assert wrong.returncode == 1
    assert "相近的代码：V20" in wrong.stderr


def test_stopping_a_build_leaves_the_old_site(project: Path) -> None:
    assert run("build", where=project).returncode == 0
    before = tree(project / "site")
    (project / "docs" / "guide.md").write_text("---\ntitle: 新的指南\n---\n\n新的。\n", "utf-8")
    settings = {"PYTHONPATH": str(ROOT), "AS_OF": TODAY, "NO_MKDOCS_2_WARNING": "1"}
    with subprocess.Popen(
        [sys.executable, str(ROOT / "scripts" / "build.py")],
        cwd=project,
        env={**os.environ, **settings},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # As at a terminal, even when the tests run in the background, where nobody can interrupt.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as started:
        while not (project / "site.render").exists():
            assert started.poll() is None
            time.sleep(0.01)
        os.killpg(started.pid, signal.SIGINT)  # as a terminal does for Ctrl-C
        words = started.communicate(timeout=60)[1]
    assert started.returncode == 130
    assert "已停止，原有的网站保持不变。" in words
    assert tree(project / "site") == before
    assert not list(project.glob("site.*"))
