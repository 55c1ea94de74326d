"""The page of reliability: figures take the place of earlier ones, and a broken promise is not hidden."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench import reliability
from bench.reliability import PAGE, Figure


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return Path(shutil.copy(PAGE, tmp_path))


def figure(words: str, measured: str, *failures: str) -> Figure:
    return Figure(words, "不失败", measured, f"promise {words}", f"said {measured}", failures)


def test_figures_take_the_place_of_earlier_ones(page: Path) -> None:
    there = len(reliability.cells(page))
    reliability.keep([figure("甲", "1 次"), figure("乙", "2 次")], page)
    reliability.keep([figure("甲", "3 次")], page)
    rows = reliability.cells(page)
    assert len(rows) == there + 2
    assert [row[:3] for row in rows[-2:]] == [["甲", "不失败", "3 次"], ["乙", "不失败", "2 次"]]


def test_what_was_not_kept_is_told(page: Path) -> None:
    reliability.keep([figure("甲", "1 次", "wrong")], page)
    assert reliability.cells(page)[-1][2] == "**未达到**：1 次"


def test_the_rest_of_the_page_stays(page: Path) -> None:
    before = page.read_text("utf-8")
    reliability.keep([], page)
    assert page.read_text("utf-8") == before


def test_results_keep_their_notes_and_their_neighbours(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    file.write_text("# What it costs\n\n## Build: 10 records\n\n| a |\n", "utf-8")
    reliability.note([figure("甲", "1")], file)
    file.write_text(file.read_text("utf-8") + "\n- Other work ran.\n\n## Later\n\ntext\n", "utf-8")
    reliability.note([figure("甲", "2"), figure("乙", "3", "wrong")], file)
    text = file.read_text("utf-8")
    assert "said 1" not in text
    assert "| promise 甲 | said 2 | kept |" in text
    assert "| promise 乙 | said 3 | **not kept** |" in text
    for kept in ("## Build: 10 records\n\n| a |", "- Other work ran.", "## Later\n\ntext\n"):
        assert text.count(kept) == 1
