"""What publishing asks, on a real terminal; what it does where nobody can answer."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import ROOT

from disclosure.release import difference, publishing
from disclosure.release.difference import Difference
from disclosure.release.folder import Folder
from disclosure.release.signature import Keys
from scripts import publish as door

from . import bureau

QUESTION = "确实要发布吗？输入 y 继续："
COMMAND = [sys.executable, str(ROOT / "scripts" / "publish.py")]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose five cases are live as release 1."""
    root = bureau.built(bureau.make(tmp_path_factory.mktemp("prompts") / "project"))
    done = subprocess.run(COMMAND, cwd=root, env=bureau.environment(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return root


def next_version(root: Path, *rows: str) -> None:
    """Other rows, committed and built as `make site` does."""
    bureau.write_rows(root, *rows)
    bureau.commit(root)
    build = [sys.executable, str(ROOT / "scripts" / "build.py")]
    done = subprocess.run(build, cwd=root, env=bureau.environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def on_a_terminal(root: Path, answer: bytes, **more: str) -> tuple[int, str]:
    """Publish as a person does: the exit code, and what the terminal shows."""
    ours, theirs = pty.openpty()
    work = subprocess.Popen(
        COMMAND,
        cwd=root,
        env=bureau.environment(**more),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown, answered = b"", False
    while select.select([ours], [], [], 120)[0]:
        try:
            some = os.read(ours, 65_536)
        except OSError:  # it has ended
            break
        if not some:
            break
        shown += some
        if not answered and QUESTION.encode() in shown:
            os.write(ours, answer)
            answered = True
    code = work.wait(120)
    os.close(ours)
    return code, shown.decode("utf-8", "replace").replace("\r\n", "\n")


def unattended(root: Path, **more: str) -> tuple[int, str]:
    """Publish as a timer does."""
    done = subprocess.run(
        COMMAND,
        cwd=root,
        env=bureau.environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def live(root: Path) -> int:
    return Folder(root / "public").live()


def test_a_release_that_only_takes_down_is_asked_for(root: Path) -> None:
    rows = [bureau.row(number) for number in bureau.NUMBERS]
    next_version(root, bureau.row(1, withdrawn=True), *rows[1:])
    doubt = "请确认：这一版只有撤下（1 条），没有新增或更新。"
    code, said = unattended(root)
    assert code == 2, said
    assert "第 2 版：处罚案件撤回 1 件。" in said
    assert doubt in said
    assert QUESTION not in said
    assert said.endswith("没有发布，线上没有变化。确认无误的，请运行 make publish YES=1。\n")
    for answer in (b"n\n", b"\n", b"\x04"):  # no; nothing; the end of what is typed
        code, said = on_a_terminal(root, answer)
        assert (code, doubt in said, "没有发布，线上没有变化。" in said) == (2, True, True), said
        assert live(root) == 1
    code, said = on_a_terminal(root, "是\n".encode())
    assert code == 0, said
    assert "已发布第 2 版" in said
    assert live(root) == 2
    # What is told of the change, the notice of withdrawal says as well.
    assert "撤回" in (root / "public/current/withdrawals/index.html").read_text("utf-8")

    # Everything as usual, and something new: nobody is asked.
    more = [bureau.row(1, withdrawn=True), *rows[1:4], bureau.row(5, "改"), bureau.row(6)]
    next_version(root, *more)
    code, said = on_a_terminal(root, b"")
    assert code == 0, said
    assert "第 3 版：处罚案件新增 1 件，更新 1 件。" in said
    assert QUESTION not in said

    # Rows that are simply gone, and too many of them.
    next_version(root, more[0], *more[3:], bureau.row(7))
    code, said = unattended(root)
    assert code == 2, said
    assert "第 4 版：处罚案件新增 1 件，减少 2 件。" in said
    assert "请确认：处罚案件的 5 条记录将有 2 条不再公开。" in said
    assert live(root) == 3
    code, said = unattended(root, AUTO="1")
    assert (code, "请确认：" in said, "没有发布，线上没有变化。" in said) == (2, True, True), said
    assert live(root) == 3
    code, said = unattended(root, YES="1")
    assert code == 0, said
    assert live(root) == 4
    code, said = unattended(root)
    assert (code, "没有变化" in said) == (0, True)


def doubts(before: int, gone: Mapping[str, int], days: int = 1, timer: bool = False) -> list[str]:
    events = {"cases": difference.Counter(gone)}
    found = Difference({}, 0, events, {"cases": before}, days=days)
    return found.doubts({"cases": "案件"}, unattended=timer)


@pytest.mark.parametrize(
    ("before", "events", "asked"),
    [
        (100, {difference.ADDED: 12, difference.WITHDRAWN: 1}, False),
        (100, {difference.WITHDRAWN: 1}, True),
        (100, {difference.RETIRED: 1}, True),
        (100, {difference.ADDED: 50, difference.LOST: 20}, False),
        (100, {difference.ADDED: 50, difference.LOST: 21}, True),
        (100, {difference.ADDED: 50, difference.RETIRED: 11, difference.WITHDRAWN: 10}, True),
        (0, {difference.ADDED: 5}, False),
        (5, {}, False),
    ],
)
def test_when_it_is_asked(before: int, events: Mapping[str, int], asked: bool) -> None:
    assert bool(doubts(before, events)) == asked


@pytest.mark.parametrize(
    ("events", "days", "stops"),
    [
        ({difference.RETIRED: 1}, 1, False),  # as on most days
        ({difference.RETIRED: 60}, 1, False),  # all of a year on one day
        ({difference.RETIRED: 60}, 32, True),  # a clock that is far ahead
        ({difference.RETIRED: 20}, 400, False),
        ({difference.WITHDRAWN: 20}, 1, False),  # each with its reason
        ({difference.WITHDRAWN: 21}, 1, True),
        ({difference.LOST: 1}, 1, True),  # nothing explains it
        ({difference.LOST: 1, difference.ADDED: 1}, 1, False),
        ({difference.LOST: 21, difference.ADDED: 50}, 1, True),
        ({difference.LOST: 11, difference.WITHDRAWN: 10, difference.RETIRED: 60}, 1, True),
        ({difference.LOST: 10, difference.RETIRED: 60, difference.CHANGED: 1}, 1, False),
    ],
)
def test_when_a_timer_stops(events: Mapping[str, int], days: int, stops: bool) -> None:
    assert bool(doubts(100, events, days, timer=True)) == stops


def test_a_collection_that_is_no_more_keeps_its_name() -> None:
    found = Difference({}, 0, {"old": difference.Counter(减少=3)}, {"old": 3}, {"old": "旧栏目"})
    assert found.words({}, {}) == "旧栏目减少 3 条"
    assert any("旧栏目的 3 条记录" in doubt for doubt in found.doubts({}))


def test_the_words_of_a_difference() -> None:
    events = {
        "cases": difference.Counter({difference.ADDED: 1_212, difference.WITHDRAWN: 1}),
        "permits": difference.Counter({difference.RETIRED: 2}),
        "norms": difference.Counter(),
    }
    words = Difference({}, 0, events).words(
        {"cases": "行政处罚", "permits": "行政许可"}, {"cases": "件"}
    )
    assert words == "行政处罚新增 1,212 件，撤回 1 件；行政许可下架 2 条"
    assert Difference({}, 0, {}).words({}, {}) == "记录没有增减"


def test_declining_leaves_no_trace(tmp_path: Path, keys: Keys) -> None:
    from .releases import draft, files, publish, write

    target, site = Folder(tmp_path / "public"), tmp_path / "site"
    publish(target, site, keys, files(1))
    write(site, files(2))

    def decline(number: int, change: Difference) -> None:
        raise publishing.Declined("不")

    with pytest.raises(publishing.Declined):
        publishing.publish(target, draft(site), keys, confirm=decline)
    assert (target.live(), list(target.releases())) == (1, [1])
    assert not (tmp_path / "public" / "incoming").exists()


def test_yes_means_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, meant in (("1", True), ("y", True), ("0", False), ("no", False), ("", False)):
        monkeypatch.setenv("YES", value)
        assert door.is_asked("YES") == meant
