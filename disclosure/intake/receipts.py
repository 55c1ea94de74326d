"""Receipts: what an import did, in words for a terminal: counts and places, never what a cell says."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from disclosure.diagnostics import Finding
from disclosure.intake.imports import Outcome
from disclosure.privacy.masks import KINDS

SHOWN = 40
"""So many findings are listed one by one."""


def of(outcome: Outcome, *, dry: bool = False) -> str:
    """The whole receipt."""
    return "\n".join(_lines(outcome, dry)) + "\n"


def _lines(outcome: Outcome, dry: bool) -> Iterator[str]:
    title = f" → {outcome.title}" if outcome.title else ""
    yield f"导入 {outcome.sheet}{title}{'（试看，不写入）' if dry else ''}"
    if outcome.is_sound:
        yield ""
        yield from _aligned(_counts(outcome))
        yield from _section("脱敏", _masked(outcome))
        dropped = [(header, f"{n} 格", "") for header, n in outcome.dropped.most_common()]
        yield from _section("弃去，没有写入", dropped)
        changes = [(name, f"{n} 格", "") for name, n in outcome.cells.most_common()]
        yield from _section("已有的行里改动的列", changes)
    yield from _findings("没有导入的行和原因" if outcome.is_sound else "错误", outcome.errors)
    yield from _findings("提醒", [f for f in outcome.findings if f not in outcome.errors])
    yield ""
    yield from outcome.notes
    yield _closing(outcome, dry)


def _counts(outcome: Outcome) -> list[tuple[str, str, str]]:
    def where(what: str) -> str:
        files = ((file, counts[what]) for file, counts in sorted(outcome.files.items()))
        return "、".join(f"{file}（{n}）" for file, n in files if n)

    rows = outcome.rows
    return [
        ("新增", f"{rows['new']} 行", where("new")),
        ("改动", f"{rows['changed']} 行", where("changed")),
        ("相同", f"{rows['same']} 行", ""),
        ("拒收", f"{rows['refused']} 行", "见下面的原因" if rows["refused"] else ""),
    ]


def _masked(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [(title, f"{n} 格", KINDS[kind]) for (title, kind), n in outcome.masked.most_common()]


def _findings(heading: str, findings: Sequence[Finding]) -> Iterator[str]:
    if findings:
        yield f"\n{heading}"
        yield from (f"  {finding}" for finding in sorted(findings, key=_where)[:SHOWN])
        if len(findings) > SHOWN:
            yield f"  …… 另有 {len(findings) - SHOWN} 处，改好以上各处后再导入一次即可看到。"


def _where(finding: Finding) -> tuple[object, ...]:
    return finding.place, finding.code


def _closing(outcome: Outcome, dry: bool) -> str:
    if not outcome.is_sound:
        return "没有写入任何内容。请照上面的说明改好后，再导入一次。"
    if not outcome.files:
        return "没有需要写入的内容。"
    if dry:
        return "这是试看，没有写入任何内容。去掉 DRY=1 就会写入。"
    return f"已写入 {'、'.join(sorted(outcome.files))}。下一步：make check，再提交。"


def _section(heading: str, rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    if rows:
        yield f"\n{heading}"
        yield from _aligned(rows)


def _aligned(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Three columns, the second to the right; a Chinese character is two places wide."""
    first, second = (max(_width(row[n]) for row in rows) for n in (0, 1))
    for name, number, remark in rows:
        gap = " " * (first - _width(name) + 2 + second - _width(number))
        yield f"  {name}{gap}{number}  {remark}".rstrip()


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(c) in "WFA") for c in text)
