"""The page 发布可靠性: what was promised of publishing and what was measured, a row for each promise."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- 实测数据：开始 -->", "<!-- 实测数据：结束 -->"
HEAD = ("情况", "要求", "实测", "日期和环境")


@dataclass(frozen=True)
class Figure:
    """One promise, and what was measured."""

    words: str
    """What was tried, as the page says it; a row of the page is known by it."""
    wanted: str
    measured: str
    english: str
    said: str
    """The same two, for RESULTS.md."""
    failures: Sequence[str] = ()
    """In what it was not kept, for whoever runs the test."""

    @property
    def is_kept(self) -> bool:
        return not self.failures


def machine() -> str:
    """On what it was measured, in a few words for the public."""
    return f"{os.cpu_count()} 核 {platform.machine()}，{platform.system()}"


def keep(figures: Sequence[Figure], page: Path = PAGE) -> None:
    """Put figures into the table of the page, each in place of an earlier one of the same promise."""
    text = page.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    table, _, after = rest.partition(END)
    rows = {
        line.split(" | ")[0].removeprefix("| "): line for line in table.strip().splitlines()[2:]
    }
    day = f"{date.today()}，{machine()}"
    for one in figures:
        measured = one.measured if one.is_kept else f"**未达到**：{one.measured}"
        rows[one.words] = f"| {one.words} | {one.wanted} | {measured} | {day} |"
    lines = [f"| {' | '.join(HEAD)} |", "| --- | --- | --- | --- |", *rows.values()]
    page.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}", "utf-8")


RESULTS = Path(__file__).with_name("RESULTS.md")
TITLE = "## Publishing: what it withstands"
LINE = re.compile(r"^\| .+ \|$", re.M)


def note(figures: Sequence[Figure], file: Path = RESULTS) -> None:
    """Put figures into their section of the results, likewise."""
    text = file.read_text("utf-8")
    section = re.search(rf"^{TITLE}\n((?:(?!## ).*\n?)*)", text, re.M)
    old = LINE.findall(section[1])[2:] if section else []
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in old}
    for one in figures:
        verdict = "kept" if one.is_kept else "**not kept**"
        rows[one.english] = f"| {one.english} | {one.said} | {verdict} | {date.today()} |"
    about = (
        f"Made by `make test-release`, each line on its day. {os.cpu_count()} cores, "
        f"{platform.machine()}, {platform.system()}; nginx, ssh-keygen and tmpfs are the real ones."
    )
    lines = ["| Promise | Measured |  | Day |", "| --- | --- | --- | --- |", *rows.values()]
    body = f"{TITLE}\n\n{about}\n\n" + "\n".join(lines) + "\n"
    extra = [] if section is None else re.findall(r"^- .+$(?:\n  .+$)*", section[1], re.M)
    body += "\n" + "\n".join(extra) + "\n" if extra else ""
    if section:
        text = text[: section.start()] + body + "\n" + text[section.end() :]
    else:
        text = text.rstrip() + "\n\n" + body
    file.write_text(text.rstrip() + "\n", "utf-8")


def cells(page: Path = PAGE) -> list[list[str]]:
    """The rows of the table."""
    return [re.split(r" \| ", line.strip("| ")) for line in _lines(page)]


def _lines(page: Path) -> list[str]:
    table = page.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    return table.strip().splitlines()[2:]
