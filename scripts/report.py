"""report: writes the draft of a yearly report into docs/reports/, with its figures counted and bound."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from disclosure import catalog
from disclosure.diagnostics import Report, as_text
from disclosure.figures import ledger
from disclosure.intake import settings
from disclosure.reports import checks, enforcement, foi, law, yearly
from disclosure.reports.draft import Basis, Draft
from disclosure.reports.questions import Questions


@dataclass(frozen=True)
class Kind:
    """One kind of report: how its file is called, which duty it fulfils, which return it needs."""

    slug: str
    duty: str
    ask: Callable[[Basis], Questions]
    make: Callable[[Basis, Questions], Draft]
    needs: str = ""


KINDS: Mapping[str, Kind] = {
    "执法统计": Kind(
        "enforcement", enforcement.TITLE, enforcement.ask, enforcement.make, checks.ENFORCEMENT
    ),
    "信息公开": Kind("disclosure", foi.TITLE, yearly.ask, yearly.make, checks.FOI),
    "法治政府": Kind("law", law.TITLE, law.ask, law.make),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page and say what is left to do; 1 if it cannot be made, 2 if it is there already."""
    parser = argparse.ArgumentParser(
        prog="report",
        usage="python scripts/report.py 种类 年度 [选项]",
        description="用数据起草年度报告，写进 docs/reports/。",
    )
    parser.add_argument("kind", choices=KINDS, metavar="种类", help="、".join(KINDS))
    parser.add_argument("year", type=_year, metavar="年度", help="报告所说的年度，例如 2024")
    parser.add_argument("--force", action="store_true", help="覆盖已经有的文件")
    parser.add_argument("--root", type=Path, default=Path(), help="data/ 和 docs/ 所在的文件夹")
    options = parser.parse_args(arguments)
    root, kind, year = options.root.resolve(), KINDS[options.kind], options.year
    target = root / "docs" / "reports" / f"{kind.slug}-{year}.md"
    name = target.relative_to(root)
    if target.exists() and not options.force:
        print(
            f"{name} 已经有了，没有改动。确实要重写的，加上 FORCE=1（原有的内容会丢失）。",
            file=sys.stderr,
        )
        return 2
    try:
        draft, notes = _draft(root, kind, year)
    except ValueError as error:
        sys.stderr.write(str(error))
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(draft.text, "utf-8", newline="\n")
    print(f"已写入 {name}。")
    print("\n".join([*notes, "还要填写：", *(f"  - {words}" for words in draft.left)]))
    print(
        f"填写以后，在 docs/reports/index.md 添上一行链接 [{kind.duty}]({target.name})，再运行 make check。"
    )
    return 0


def _draft(root: Path, kind: Kind, year: int) -> tuple[Draft, list[str]]:
    """The draft, and what staff should know of it. Raises ValueError when settings cannot be read."""
    agency, findings = settings.read(root / "data" / "agency.yml", file="data/agency.yml")
    rule, complaints = checks.counting(root, year)
    findings += complaints
    required, complaints = checks.chapters(root)
    findings += complaints
    stated = None
    if kind.needs:
        stated, complaints = checks.read(root, kind.needs, year)
        findings += complaints
    if errors := Report.of(findings).errors:
        raise ValueError(as_text(Report.of(errors)))
    tables = catalog.tables(root / "data")
    rules = [r for r in required.get(kind.duty, ()) if not r.last or r.last >= f"{year + 1}-01-01"]
    schemas = {name: table.schema for name, table in tables.items()}
    basis = Basis(year, agency or {}, schemas, stated=stated, rules=rules, counting=rule)
    if kind.slug == "disclosure" and (linked := _before(root, year)):
        asked = yearly.ask(basis, linked)
    else:
        asked = kind.ask(basis)
    basis = replace(basis, values=ledger.values(asked.figures, tables))
    return kind.make(basis, asked), list(_notes(root, kind, basis))


def _before(root: Path, year: int) -> str:
    """The address of last year's report on disclosure, if this year's can be checked against it."""
    path = root / "docs" / "reports" / f"disclosure-{year - 1}.md"
    known = path.is_file() and "  结转下年度:" in path.read_text("utf-8-sig", "replace")
    return f"reports/disclosure-{year - 1}" if known else ""


def _notes(root: Path, kind: Kind, basis: Basis) -> Sequence[str]:
    """What could not be done for want of something."""
    notes = []
    if kind.needs and basis.stated is None:
        notes.append(
            f"没有 data/reports/{kind.needs}-{basis.year}.yml，记录以外的数字写作“未填”；"
            "建好这个文件以后，加上 FORCE=1 再做一次。"
        )
    before = f"data/reports/{checks.FOI}-{basis.year - 1}.yml"
    if kind.needs == checks.FOI and basis.stated and not (root / before).exists():
        notes.append(f"没有 {before}，上年结转和现行有效件数没有与上年核对。")
    if kind.slug == "enforcement" and basis.counting is None:
        notes.append(f"{checks.COUNTING} 没有 {basis.year} 年的统计口径，处罚种类的各列没有填。")
    if kind.duty != enforcement.TITLE and not basis.rules:
        notes.append(f"{checks.CHAPTERS} 没有“{kind.duty}”应当写的章节。")
    return notes


def _year(text: str) -> int:
    if not (text.isdecimal() and 1949 <= int(text) <= 2199):
        raise argparse.ArgumentTypeError(f"{text} 不是年度，请写成 2024 的样子。")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
