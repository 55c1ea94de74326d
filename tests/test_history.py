"""History: what was taken down stays down, whatever happens to the rows; and lateness is noticed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from conftest import copy_settings
from repositories import commit, git, make_shallow

from disclosure import catalog
from disclosure.intake import versions
from scripts.synth import as_xlsx

SCHEMA = """\
title: 处罚
date: decided
record_title: "{party}"
primaryKey: [doc_no]
list: [doc_no, party]
fields:
  - {name: doc_no, title: 文号, format: docno, constraints: {required: true}}
  - {name: party, title: 当事人, constraints: {required: true}}
  - {name: decided, title: 日期, type: date, constraints: {required: true}}
  - {name: fact, title: 事实, multiline: true}
  - {name: status, title: 状态}
  - {name: status_date, title: 状态日期, type: date}
  - {name: status_reason, title: 状态理由}
"""
HEADS = ["文号", "当事人", "日期", "事实", "状态", "状态日期", "状态理由"]
TODAY = "2026-06-30"
FINES = "fines/2026.csv"
Rows = dict[int, tuple[str, str]]
"""Status and its day by the number of a decision."""
OPEN: Rows = {1: ("", ""), 2: ("公示中", ""), 3: ("", "")}


def cells(rows: Rows) -> list[list[str]]:
    return [
        [f"虚罚〔2026〕{n}号", f"虚构公司{n}", "2026-03-02", "一行\n又一行", status, day,
         "虚构的理由" if status not in ("", "公示中") else ""]
        for n, (status, day) in rows.items()
    ]  # fmt: skip


def write(data: Path, rows: Rows, name: str = FINES, encoding: str = "utf-8") -> None:
    lines = [",".join(f'"{cell}"' for cell in line) for line in [HEADS, *cells(rows)]]
    (data / name).parent.mkdir(parents=True, exist_ok=True)
    (data / name).write_text("\n".join(lines) + "\n", encoding)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A repository with three decisions, committed on 2026-03-05."""
    copy_settings(
        tmp_path / "data",
        "rules/withdrawal.yml",
        change=lambda text: text.replace("\npenalties:", "\nfines:"),
    )
    write(tmp_path / "data", OPEN)
    (tmp_path / "data" / "fines" / "schema.yml").write_text(SCHEMA, "utf-8")
    commit(tmp_path, "2026-03-05")
    return tmp_path / "data"


def found(data: Path, as_of: str = TODAY, *, kept: bool = False) -> list[str]:
    """Code and place of everything found, with and without what is kept from before."""
    cached = catalog.load(
        data, as_of=date.fromisoformat(as_of), kept=data.parent / ".cache" / "parts"
    )
    fresh = catalog.load(data, as_of=date.fromisoformat(as_of))
    assert [str(f) for f in cached.report] == [str(f) for f in fresh.report]
    return [f"{f.place}: {f.code}" for f in cached.report]


def record(data: Path, rows: Rows, day: str, name: str = FINES) -> None:
    """Write rows and commit them on a day."""
    write(data, rows, name)
    commit(data.parent, day)


WITHDRAWN: Rows = {**OPEN, 2: ("撤销", "2026-04-01")}


@pytest.mark.parametrize("status", ["撤销", "确认违法", "确认无效", "信用修复"])
@pytest.mark.parametrize("committed", [True, False], ids=["committed", "not committed"])
def test_a_row_that_was_taken_down_must_stay(data: Path, status: str, committed: bool) -> None:
    down: Rows = {**OPEN, 2: (status, "2026-04-01")}
    record(data, down, "2026-04-01")
    assert found(data) == []
    without = {n: row for n, row in down.items() if n != 2}
    for rows, code in ((without, f"data/{FINES}: R203"), (OPEN, f"data/{FINES}:3:5: R204")):
        write(data, rows)
        if committed:
            commit(data.parent, "2026-04-10")
        assert found(data) == [code]
    write(data, down)
    assert found(data) == []


def test_the_finding_names_the_document_and_not_the_party(data: Path) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    write(data, {1: ("", "")})
    [finding] = catalog.load(data, as_of=date.fromisoformat(TODAY)).report
    assert "虚罚〔2026〕2号已于 2026-04-01「撤销」" in str(finding)
    assert "公司" not in str(finding)


def test_a_rollback_of_the_file_is_found(data: Path) -> None:
    old = (data / FINES).read_bytes()
    record(data, WITHDRAWN, "2026-04-01")
    record(data, {**WITHDRAWN, 4: ("", "")}, "2026-04-05")
    (data / FINES).write_bytes(old)
    assert found(data) == [f"data/{FINES}:3:5: R204"]


def test_a_row_may_move_to_another_file(data: Path) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    write(data, {n: row for n, row in WITHDRAWN.items() if n != 2})
    write(data, {2: WITHDRAWN[2]}, "fines/withdrawn.csv")
    assert found(data) == []
    commit(data.parent, "2026-04-02")
    assert found(data) == []
    (data / "fines" / "withdrawn.csv").unlink()
    assert found(data) == [f"data/{FINES}: R203"]  # where it was first said


def test_restoring_takes_a_change_of_a_later_day(data: Path) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    for day, codes in (
        ("2026-03-31", [f"data/{FINES}:3:5: R204"]),
        ("2026-04-01", [f"data/{FINES}:3:5: R204"]),
        ("2026-04-02", []),
        ("2026-07-01", [f"data/{FINES}:3:5: R204"]),  # not in force yet
    ):
        write(data, {**OPEN, 2: ("变更", day)})
        assert found(data) == codes
    record(data, {**OPEN, 2: ("变更", "2026-04-02")}, "2026-04-02")
    assert found(data) == []
    # What was withdrawn a second time is judged by the second time.
    record(data, {**OPEN, 2: ("确认无效", "2026-05-06")}, "2026-05-06")
    write(data, {**OPEN, 2: ("变更", "2026-04-02")})
    assert found(data) == [f"data/{FINES}:3:5: R204"]


def test_a_withdrawal_put_off_brings_the_record_back(data: Path) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    write(data, {**OPEN, 2: ("撤销", "2026-08-01")})
    assert found(data) == [f"data/{FINES}:3:5: R204"]


def test_a_withdrawal_of_the_future_binds_from_its_day_on(data: Path) -> None:
    record(data, {**OPEN, 2: ("撤销", "2026-06-10")}, "2026-06-01")
    write(data, OPEN)
    assert found(data, "2026-06-09") == []
    assert found(data, "2026-06-10") == [f"data/{FINES}:3:5: R204"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_old_versions_may_be_in_any_encoding(data: Path, encoding: str) -> None:
    write(data, WITHDRAWN, encoding=encoding)
    commit(data.parent, "2026-04-01")
    write(data, OPEN)
    assert found(data) == [f"data/{FINES}:3:5: R204"]


def test_workbooks_are_read_too(data: Path) -> None:
    def book(rows: Rows) -> None:
        content = (HEADS, ["string"] * len(HEADS), cells(rows))
        (data / "fines" / "2025.xlsx").write_bytes(as_xlsx(content, "登记表"))

    write(data, {1: ("", "")})
    book({2: ("", ""), 3: ("", "")})
    commit(data.parent, "2026-03-10")
    book({2: ("撤销", "2026-04-01"), 3: ("", "")})
    commit(data.parent, "2026-04-01")
    assert found(data) == []
    book({3: ("", "")})
    assert found(data) == ["data/fines/2025.xlsx: R203"]


def test_only_the_main_line_counts(data: Path) -> None:
    git(data.parent, "checkout", "-b", "draft")
    record(data, WITHDRAWN, "2026-04-01")
    record(data, OPEN, "2026-04-02")  # a slip, mended before it was merged
    git(data.parent, "checkout", "main")
    git(data.parent, "merge", "--no-ff", "draft", "-m", "merged", day="2026-04-03")
    assert found(data) == []
    git(data.parent, "checkout", "draft")
    record(data, WITHDRAWN, "2026-04-04")
    git(data.parent, "checkout", "main")
    git(data.parent, "merge", "--no-ff", "draft", "-m", "merged", day="2026-04-05")
    write(data, OPEN)
    assert found(data) == [f"data/{FINES}:3:5: R204"]


def test_another_branch_does_not_leave_traces(data: Path) -> None:
    git(data.parent, "checkout", "-b", "other")
    record(data, WITHDRAWN, "2026-04-01")
    assert found(data) == []
    git(data.parent, "checkout", "main")
    assert found(data) == []


# ── What may be left out ─────────────────────────────────────────────────────────────────────────


def settings(data: Path, text: str) -> None:
    (data / "history.yml").write_text(text, "utf-8")


def test_a_correction_with_its_reason(data: Path) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    write(data, OPEN)
    [finding] = catalog.load(data, as_of=date.fromisoformat(TODAY)).report
    id_ = str(finding.facts["id"])
    assert id_ in str(finding)
    settings(data, f"corrections:\n  {id_}: 当时填错了行\n")
    assert found(data) == []
    for wrong in (f"  {id_}: ''\n", f"  {id_}:\n", "  abc: 理由\n"):
        settings(data, f"corrections:\n{wrong}")
        assert "data/history.yml:2: R206" in found(data)


def test_history_may_begin_on_a_day(data: Path) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    record(data, {3: ("确认违法", "2026-04-10"), 5: ("撤销", "2026-04-10")}, "2026-04-10")
    record(data, {3: ("", ""), 6: ("", "")}, "2026-04-20")
    gone = [f"data/{FINES}:2:5: R204", f"data/{FINES}: R203"]
    for since, expected in (
        ("2026-03-01", [gone[1], gone[1], gone[0]]),
        ("2026-04-02", [gone[1], gone[0]]),
        ("2026-04-10", [gone[1], gone[0]]),
        ("2026-04-11", []),
        ("2026-04-20", []),
        ("2027-01-01", []),
    ):
        settings(data, f"since: {since}\n")
        assert found(data) == expected, since


def test_the_state_of_the_first_day_counts(data: Path) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    record(data, {7: ("", "")}, "2026-05-01", "fines/other.csv")
    write(data, OPEN)
    settings(data, "since: 2026-05-01\n")
    assert found(data) == [f"data/{FINES}:3:5: R204"]


@pytest.mark.parametrize("text", ["since: 昨天\n", "corrections: [a]\n", "until: 2026-01-01\n"])
def test_settings_that_are_wrong_are_reported(data: Path, text: str) -> None:
    settings(data, text)
    assert found(data) == ["data/history.yml:1: R206"]


def go(data: Path, rows: Rows) -> None:
    """Remove a collection with rows that were committed, beside which there is another one."""
    record(data, rows, "2026-04-01")
    shutil.copytree(data / "fines", data / "others")
    write(data, OPEN, "others/2026.csv")
    shutil.rmtree(data / "fines")


def test_a_collection_may_be_gone_when_somebody_says_why(data: Path) -> None:
    go(data, WITHDRAWN)
    assert found(data) == ["data/fines: T505"]
    settings(data, "removed:\n  fines: 记录已并入另一个栏目\n")
    assert found(data) == []
    settings(data, "removed:\n  fines: ''\n")
    assert found(data) == ["data/fines: T505", "data/history.yml:2: R206"]
    settings(data, "since: 2027-01-01\n")
    assert found(data) == []


def test_a_collection_without_withdrawals_may_go(data: Path) -> None:
    go(data, OPEN)
    assert found(data) == []


# ── What cannot be read ──────────────────────────────────────────────────────────────────────────


def test_without_a_repository_nothing_is_said(data: Path) -> None:
    shutil.rmtree(data.parent / ".git")
    assert found(data) == []
    git(data.parent, "init")  # a repository without a commit
    assert found(data) == []


def test_a_shallow_clone_is_said_once(data: Path) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    make_shallow(data.parent)
    assert found(data) == ["data: R205"]
    write(data, {1: ("", "")})  # what there is counts all the same
    assert found(data) == ["data: R205", f"data/{FINES}: R203"]


def test_a_repository_that_cannot_be_read(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data.parent / ".git" / "HEAD").write_text("nonsense", "utf-8")
    assert found(data) == ["data: R205"]
    monkeypatch.setenv("PATH", "")
    with pytest.raises(versions.Unreadable, match="没有安装 git"):
        versions.read(data)


def test_objects_that_are_missing(data: Path) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    key = git(data.parent, "rev-parse", f"HEAD:data/{FINES}")
    (data.parent / ".git" / "objects" / key[:2] / key[2:]).unlink()
    assert found(data) == ["data: R205"]


def test_a_hook_of_git_does_not_mislead(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    write(data, OPEN)
    monkeypatch.setenv("GIT_DIR", "/nowhere/.git")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert found(data) == [f"data/{FINES}:3:5: R204"]


def test_what_was_read_is_not_read_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(data, WITHDRAWN, "2026-04-01")
    assert found(data) == []
    asked: list[str] = []
    contents = versions.contents

    @contextmanager
    def counting(folder: Path) -> Iterator[Callable[[str], bytes]]:
        with contents(folder) as content:
            yield lambda key: (asked.append(key), content(key))[1]

    monkeypatch.setattr(versions, "contents", counting)
    kept = data.parent / ".cache" / "parts"
    catalog.load(data, as_of=date.fromisoformat(TODAY), kept=kept)
    assert asked == []
    record(data, {**WITHDRAWN, 4: ("", "")}, "2026-04-05")
    catalog.load(data, as_of=date.fromisoformat(TODAY), kept=kept)
    assert asked == [git(data.parent, "rev-parse", f"HEAD:data/{FINES}")]


# ── Three working days ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entered", "codes"),
    [("2026-05-25", []), ("2026-05-26", []), ("2026-05-27", []), ("2026-05-28", ["T501"])],
)
@pytest.mark.parametrize("committed", [True, False], ids=["committed", "not committed"])
def test_the_three_working_days(
    data: Path, entered: str, codes: list[str], committed: bool
) -> None:
    # Friday 22 May 2026; Monday to Wednesday are the three working days after it.
    write(data, {**OPEN, 2: ("撤销", "2026-05-22")})
    if committed:
        commit(data.parent, entered)
    places = [f"data/{FINES}:3:6: {code}" for code in codes]
    assert found(data, entered) == places
    if committed:
        assert found(data, "2026-08-20") == places
        assert found(data, "2026-12-01") == []  # in the end it is no news


def test_a_late_withdrawal_stops_the_build_until_somebody_says_why(data: Path) -> None:
    record(data, {**OPEN, 2: ("撤销", "2026-05-22")}, "2026-06-01")
    [late] = catalog.load(data, as_of=date.fromisoformat(TODAY)).report.errors
    assert late.code == "T501"
    about = data / "history.yml"
    about.write_text(f"late:\n  {late.facts['id']}: 复议决定书送达迟延。\n", "utf-8")
    assert found(data) == []
    about.write_text(f"late:\n  {late.facts['id']}: ' '\n", "utf-8")
    assert {line.rpartition(" ")[2] for line in found(data)} == {"R206", "T501"}


def test_changes_are_withdrawals_of_what_was(data: Path) -> None:
    record(data, {**OPEN, 2: ("变更", "2026-05-22")}, "2026-06-01")
    assert found(data) == [f"data/{FINES}:3:6: T501"]


def test_repaired_credit_is_under_another_rule(data: Path) -> None:
    record(data, {**OPEN, 2: ("信用修复", "2026-05-22")}, "2026-06-01")
    assert found(data) == []


def test_rows_that_come_withdrawn_say_nothing_of_lateness(data: Path) -> None:
    record(data, {**OPEN, 9: ("撤销", "2026-03-03")}, "2026-06-01")
    assert found(data) == []
    record(data, {8: ("撤销", "2026-03-03")}, "2026-06-02", "fines/2025.csv")
    assert found(data) == []
