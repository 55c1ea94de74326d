"""Before a commit: the hook that setup installs, what it looks at, and the commands around it."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, TODAY

from bench import planted
from scripts import setup

PHONE = planted.mobile(random.Random(7)).digits
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "PYTHONPATH": str(ROOT),
    "PYTHONUTF8": "1",
    "AS_OF": TODAY,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "示例",
    "GIT_AUTHOR_EMAIL": "a@example.gov.cn",
    "GIT_COMMITTER_NAME": "示例",
    "GIT_COMMITTER_EMAIL": "a@example.gov.cn",
}


def run(*command: str, where: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=where,
        env=ENVIRONMENT,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own in Git, with the hook that setup installs."""
    root = tmp_path / "政务 公开"
    (root / "data" / "rules").mkdir(parents=True)
    (root / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "rules" / "privacy-allow.yml", root / "data" / "rules")
    (root / "scripts").symlink_to(ROOT / "scripts")
    python = root / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    (root / ".gitignore").write_text(".venv\nscripts\n.cache\n", "utf-8")
    assert run("git", "init", "--quiet", where=root).returncode == 0
    monkeypatch.chdir(root)
    for name in os.environ:
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert "已设置" in setup.guard_commits()
    assert setup.guard_commits() == ""
    return root


def commit(root: Path, *paths: str) -> subprocess.CompletedProcess[str]:
    assert run("git", "add", "--", *paths, where=root).returncode == 0
    return run("git", "commit", "--message", "示例", where=root)


def test_a_commit_with_personal_data_is_stopped(repository: Path) -> None:
    assert commit(repository, ".").returncode == 0
    for name in ("名单 二〇二六.csv", "docs/说明 一.md", "随手 记.txt"):
        file = repository / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"姓名,电话\n张某,{PHONE}\n", "utf-8")
        stopped = commit(repository, name)
        assert stopped.returncode == 1
        assert name in stopped.stdout + stopped.stderr
        assert "提交已停止" in stopped.stderr
        assert PHONE not in stopped.stdout + stopped.stderr
        # Only what is staged counts, not what lies in the folder.
        file.write_text("姓名,电话\n张某,138****0001\n", "utf-8")
        assert run("git", "commit", "--message", "示例", where=repository).returncode == 1
        assert commit(repository, name).returncode == 0


def test_a_commit_is_judged_by_the_list_it_brings(repository: Path) -> None:
    page = repository / "docs" / "值班.md"
    page.parent.mkdir()
    page.write_text(f"值班手机 {PHONE}\n", "utf-8")
    made = run(
        sys.executable,
        str(ROOT / "scripts/allow.py"),
        "P102",
        "docs/值班.md",
        where=repository,
        given=PHONE,
    )
    assert made.returncode == 0
    assert PHONE not in made.stdout + made.stderr
    rules = repository / "data" / "rules" / "privacy-allow.yml"
    rules.write_text(
        rules.read_text("utf-8").replace("entries: []", f"entries:\n{made.stdout}"), "utf-8"
    )
    assert commit(repository, "docs").returncode == 1
    assert commit(repository, ".").returncode == 0


def test_a_hook_of_somebody_else_is_left_alone(repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho 别的检查\n", "utf-8")
    assert "没有改动" in setup.guard_commits()
    assert setup.guard_commits() == "", "it is said once"
    assert hook.read_text("utf-8") == "#!/bin/sh\necho 别的检查\n"
    followed = f"#!/bin/sh\necho 别的检查\npython {setup.LOOK} || exit 1\n"
    hook.write_text(followed, "utf-8")
    assert setup.guard_commits() == ""
    assert hook.read_text("utf-8") == followed
    older = setup.HOOK.replace("exec ", "")
    hook.write_text(older, "utf-8")
    assert "已设置" in setup.guard_commits(), "our own is renewed"


def test_hooks_are_left_alone_where_they_are_shared_or_there_is_no_git(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / ".git" / "hooks" / "pre-commit").unlink()
    shared = tmp_path / "hooks"
    run("git", "config", "core.hooksPath", str(shared), where=repository)
    assert "没有改动" in setup.guard_commits()
    assert not shared.exists()
    monkeypatch.chdir(tmp_path)
    assert setup.guard_commits() == ""


def test_without_an_environment_nothing_is_committed(repository: Path) -> None:
    shutil.rmtree(repository / ".venv")
    refused = commit(repository, ".")
    assert refused.returncode == 1
    assert "请先运行 make setup" in refused.stderr


def test_the_gate_command_tells_whether_a_site_is_clean(tmp_path: Path) -> None:
    gate = (sys.executable, str(ROOT / "scripts" / "gate.py"))
    assert run(*gate, where=tmp_path).returncode == 2
    assert "请先运行 make site" in run(*gate, where=tmp_path).stderr
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<p>值班电话 0000-12345678", "utf-8")
    clean = run(*gate, where=tmp_path)
    assert (clean.returncode, clean.stdout) == (0, "检查通过，没有发现问题。\n")
    (tmp_path / "site" / "a.html").write_text(f"<p>手机 {PHONE}", "utf-8")
    spoiled = run(*gate, where=tmp_path)
    assert spoiled.returncode == 1
    assert "错误 site/a.html:1: P102" in spoiled.stdout
    assert PHONE not in spoiled.stdout


def test_allow_asks_for_a_value_and_a_list(tmp_path: Path) -> None:
    allow = (sys.executable, str(ROOT / "scripts" / "allow.py"), "P102", "docs/a.md")
    assert run(*allow, where=tmp_path, given=PHONE).returncode == 1
    assert run(*allow, where=ROOT, given="\n").returncode == 2
    wrong = run(*allow[:2], "V203", "docs/a.md", where=ROOT, given=PHONE)
    assert wrong.returncode == 2
