"""Findings: what is wrong, where, and what to do, as values with a code; and how they are printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_NONE = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 15))
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff9-\uffff"
    f"\U000e0000-\U000e00ff\U000e01f0-\U000e0fff\U000f0000-\U0010ffff{_NONE}]"
)


def visible(text: str) -> str:
    """A text in one line that moves no cursor and turns no direction: what is unseen shows its number."""
    return _UNSEEN.sub(
        lambda found: " " if found[0] in "\n\t" else f"<U+{ord(found[0]):04X}>", text
    )


class Severity(StrEnum):
    """How grave a finding is: an error stops the build, a warning asks for a look."""

    ERROR = "error"
    WARNING = "warning"

    @property
    def label(self) -> str:
        return {"error": "错误", "warning": "提醒"}[self.value]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a finding lies, counted as a spreadsheet counts: rows and columns from 1, the header is row 1.

    `line` is the line of a text file when it differs from `row` (cells may hold line breaks).
    Zero means that the finding concerns the whole of what stands to its left.
    """

    file: str
    sheet: str = ""
    row: int = 0
    column: int = 0
    line: int = 0

    def __str__(self) -> str:
        text = f"{self.file}#{self.sheet}" if self.sheet else self.file
        if self.row:
            text += f":{self.row}"
        if self.column:
            text += f":{self.column}"
        return visible(text)


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the registry: what every finding with this code has in common."""

    code: str
    severity: Severity
    title: str
    says: str
    remedy: str
    example: str

    def explain(self) -> str:
        """The entry as `make explain CODE=…` prints it."""
        return (
            f"{self.code} {self.title}（{self.severity.label}）\n\n"
            f"说明：{_general(self.says)}\n处理：{_general(self.remedy)}\n"
            f"示例：{self.example.rstrip()}"
        )


def _general(sentence: str) -> str:
    """A sentence of the registry without its facts."""
    return re.sub(r"\{\w+\}", "…", sentence)


FAMILIES: Mapping[str, str] = {
    "F": "文件与格式",
    "V": "取值",
    "R": "关联",
    "T": "时限",
    "P": "个人信息",
    "N": "数字勾稽",
    "M": "文稿",
    "S": "网站",
    "D": "发布",
}


@cache
def registry() -> Mapping[str, Kind]:
    """Every code this project can report, in order, from `findings.yml`."""
    text = files("disclosure").joinpath("findings.yml").read_text("utf-8")
    quick = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # every command begins with this
    entries: dict[str, dict[str, str]] = yaml.load(text, quick)
    return {
        code: Kind(
            code=code,
            severity=Severity(entry["severity"]),
            title=entry["title"],
            says=entry["says"].strip(),
            remedy=entry["remedy"].strip(),
            example=entry["example"],
        )
        for code, entry in sorted(entries.items())
    }


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a code of the registry, a place, and the facts that fill its sentence."""

    code: str
    place: Place
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        return registry()[self.code]

    @property
    def severity(self) -> Severity:
        return self.kind.severity

    @property
    def says(self) -> str:
        """The fact: what is wrong."""
        return visible(self.kind.says.format_map(self.facts))

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return visible(self.kind.remedy.format_map(self.facts))

    @property
    def message(self) -> str:
        return f"{self.says}{self.remedy}"

    def __str__(self) -> str:
        return f"{self.place}: {self.code} {self.message}"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of one run, in the order of their places."""

    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Report:
        return cls(tuple(sorted(findings, key=lambda f: (f.place, f.code, f.says))))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.WARNING)

    @property
    def summary(self) -> str:
        if not self.findings:
            return "检查通过，没有发现问题。"
        return f"共 {len(self.errors)} 个错误、{len(self.warnings)} 个提醒。"


def name_rows(rows: Sequence[int]) -> str:
    """「第 3、5 行」: the first few of some rows, and how many there are."""
    shown = "、".join(str(row) for row in rows[:5])
    return f"第 {shown} 行" + (f"等 {len(rows)} 行" if len(rows) > 5 else "")


def as_text(report: Report) -> str:
    """One line per finding, errors marked, and a closing count."""
    lines = [f"{f.severity.label} {f}" for f in report]
    return "\n".join([*lines, report.summary]) + "\n"


def as_json(report: Report) -> str:
    """A JSON array with one object per finding."""
    rows: list[dict[str, Any]] = [
        {
            "code": f.code,
            "severity": f.severity.value,
            "file": f.place.file,
            "sheet": f.place.sheet or None,
            "row": f.place.row or None,
            "column": f.place.column or None,
            "title": f.kind.title,
            "message": f.says,
            "remedy": f.remedy,
        }
        for f in report
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def as_github(report: Report) -> str:
    """GitHub workflow commands, which appear as annotations beside the changed lines."""

    def escape(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def escape_property(text: str) -> str:
        return escape(text).replace(":", "%3A").replace(",", "%2C")

    lines = []
    for f in report:
        at = [f"file={escape_property(f.place.file)}"]
        if line := f.place.line or f.place.row:
            at.append(f"line={line}")
        at.append(f"title={escape_property(f'{f.code} {f.kind.title}')}")
        cell = f"（第 {f.place.row} 行第 {f.place.column} 列）" if f.place.column else ""
        lines.append(f"::{f.severity.value} {','.join(at)}::{escape(f.message + cell)}")
    return "\n".join([*lines, report.summary]) + "\n"


def as_markdown(report: Report) -> str:
    """A Markdown table, for the comment under a pull request."""

    def cell(text: str) -> str:
        # Entities are shown as the characters they are and start neither HTML, links nor mentions.
        return re.sub(r"[&<>\[\]|@#*_~`\\!]", lambda found: f"&#{ord(found[0])};", text)

    def code(text: str) -> str:
        return "`" + text.replace("`", "'").replace("|", "\\|") + "`"

    if not report.findings:
        return f"{report.summary}\n"
    lines = [
        f"**{report.summary}**",
        "",
        "| 级别 | 位置 | 代码 | 问题 | 处理 |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {f.severity.label} | {code(str(f.place))} | {f.code} | {cell(f.says)} | {cell(f.remedy)} |"
        for f in report
    ]
    return "\n".join(lines) + "\n"


RENDERERS = {"text": as_text, "json": as_json, "github": as_github, "markdown": as_markdown}


def handbook_table() -> str:
    """The table of all codes for the staff's handbook, by family."""
    lines: list[str] = []
    for letter, family in FAMILIES.items():
        kinds = [k for k in registry().values() if k.code.startswith(letter)]
        if kinds:
            lines += [
                f"### {letter} {family}",
                "",
                "| 代码 | 级别 | 含义 | 怎么处理 |",
                "| --- | --- | --- | --- |",
            ]
            lines += [
                f"| {k.code} | {k.severity.label} | {k.title} | {_general(k.remedy)} |"
                for k in kinds
            ]
            lines.append("")
    return "\n".join(lines)
