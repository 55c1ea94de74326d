"""Publication dates against the history: what was first committed when, over renames and merges."""

from __future__ import annotations

import os
import subprocess
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT

from disclosure import commits
from disclosure.intake import articles

PERSON = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "示例"), ("EMAIL", "a@example.gov.cn"))
}


class Project:
    """A project under version control, with a clock of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "docs").mkdir(parents=True)
        (root / "data").mkdir()
        (root / "data" / "agency.yml").write_text("publish_grace_days: 7\n", "utf-8")

    def git(self, *words: str, moment: str = "2026-01-01T12:00:00+08:00") -> None:
        dates = {"GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z", "GIT_COMMITTER_DATE": moment}
        command = ["git", "-C", str(self.root), "-c", "commit.gpgsign=false", *words]
        environment = {**os.environ, **PERSON, **dates}
        subprocess.run(command, check=True, capture_output=True, env=environment)

    def write(self, name: str, published: str, more: str = "", topic: str = "本文") -> None:
        path = self.root / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{topic}第{n}段，写明有关情况。\n" for n in range(20)) + name
        path.write_text(f"---\ntitle: 通知\n公开日期: {published}\n{more}---\n{text}", "utf-8")

    def commit(self, moment: str) -> None:
        self.git("add", "-A", moment=moment)
        self.git("commit", "-q", "-m", "改动", moment=moment)

    def found(self, **agency: object) -> list[str]:
        written, findings = articles.load(self.root / "docs")
        assert not findings
        return [
            f"{f.place}: {f.code}" for f in commits.check(self.root, written, agency) if f.message
        ]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.git("init", "-q", "-b", "main")
    return made


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2026-03-12", ["docs/a.md:3: T381"]),
        ("2026-03-13", []),  # seven days before
        ("2026-03-20", []),
        ("2026-03-25", []),  # prepared ahead
    ],
)
def test_the_grace_before_the_first_commit(
    project: Project, published: str, expected: list[str]
) -> None:
    project.write("a.md", published)
    project.commit("2026-03-20T10:00:00+08:00")
    assert project.found() == expected


def test_the_grace_is_a_setting(project: Project) -> None:
    project.write("a.md", "2026-03-18")
    project.commit("2026-03-20T10:00:00+08:00")
    assert project.found(publish_grace_days=1) == ["docs/a.md:3: T381"]
    assert project.found(publish_grace_days=2) == []
    for wrong in ("七", -1, True, None, 1.5):
        assert project.found(publish_grace_days=wrong) == ["data/agency.yml:1: T383"]


def test_days_are_those_of_china(project: Project) -> None:
    project.write("a.md", "2026-03-20")
    project.commit("2026-03-19T17:00:00+00:00")  # one in the morning of the 20th
    assert commits.read(project.root).first == {"docs/a.md": date(2026, 3, 20)}


def test_what_was_moved_here_says_so(project: Project) -> None:
    project.write("a.md", "2016-03-20", "迁移说明: 原载旧网站\n")
    project.write("b.md", "2016-03-20", "迁移说明:\n")
    project.commit("2026-03-20T10:00:00+08:00")
    assert project.found() == ["docs/b.md:3: T381"]


def test_an_article_keeps_its_day_when_it_is_renamed_and_edited(project: Project) -> None:
    project.write("old.md", "2026-03-20")
    project.commit("2026-03-20T10:00:00+08:00")
    project.git("mv", "docs/old.md", "docs/middle.md")
    project.commit("2026-04-01T10:00:00+08:00")
    (project.root / "docs" / "notices").mkdir()
    project.git("mv", "docs/middle.md", "docs/notices/new.md")
    project.write("notices/new.md", "2026-03-20")
    # Another article under the first name.
    project.write("old.md", "2026-03-20", topic="与前文无关的事项，另行通知，请遵照执行")
    project.commit("2026-05-01T10:00:00+08:00")
    assert commits.read(project.root).first["docs/notices/new.md"] == date(2026, 3, 20)
    assert project.found() == ["docs/old.md:3: T381"]


def test_a_branch_counts_from_its_own_commits(project: Project) -> None:
    project.write("a.md", "2026-03-01")
    project.commit("2026-03-01T10:00:00+08:00")
    project.git("switch", "-q", "-c", "draft")
    project.write("b.md", "2026-03-05")
    project.commit("2026-03-05T10:00:00+08:00")
    project.git("switch", "-q", "main")
    project.write("c.md", "2026-03-06")
    project.commit("2026-03-06T10:00:00+08:00")
    project.git("merge", "-q", "--no-ff", "-m", "合并", "draft", moment="2026-06-01T10:00:00+08:00")
    assert project.found() == []


def test_what_is_not_committed_yet_passes(project: Project) -> None:
    project.write("a.md", "2026-03-20")
    assert project.found() == []  # a repository without a commit
    project.commit("2026-03-20T10:00:00+08:00")
    project.write("b.md", "2016-03-20")
    assert project.found() == []


def test_no_history_at_all_is_no_mistake(tmp_path: Path) -> None:
    project = Project(tmp_path / "copy")
    project.write("a.md", "2016-03-20")
    assert project.found() == []


def test_a_clone_without_its_past_says_so_once(project: Project, tmp_path: Path) -> None:
    for number, name in enumerate(("a.md", "b.md")):
        project.write(name, "2016-03-20")
        project.commit(f"2026-03-2{number}T10:00:00+08:00")
    source = f"file://{project.root}"
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", source, str(clone)], check=True)
    written, _ = articles.load(clone / "docs")
    [finding] = commits.check(clone, written, {})
    assert (finding.code, str(finding.place)) == ("T382", "docs")


def test_a_broken_history_says_so_once(project: Project) -> None:
    project.write("a.md", "2016-03-20")
    project.commit("2026-03-20T10:00:00+08:00")
    (project.root / ".git" / "refs" / "heads" / "main").write_text("0123456789" * 4 + "\n")
    assert project.found() == ["docs: T382"]


def test_without_git_it_is_said_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("a.md", "2016-03-20")
    project.commit("2026-03-20T10:00:00+08:00")
    monkeypatch.setenv("PATH", str(project.root))
    assert project.found() == ["docs: T382"]
    (project.root / ".git").rename(project.root / "elsewhere")
    assert project.found() == []


def test_settings_of_a_git_hook_do_not_mislead(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("a.md", "2026-03-12")
    project.commit("2026-03-20T10:00:00+08:00")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert project.found() == ["docs/a.md:3: T381"]


def test_the_sample_passes() -> None:
    written, _ = articles.load(ROOT / "docs")
    assert not [f for f in commits.check(ROOT, written, {}) if f.code == "T381"]
