"""check: reads all of data/ and docs/ and prints what is wrong, where, and what to do."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from disclosure import commits, freshness
from disclosure.catalog import Catalog
from disclosure.diagnostics import RENDERERS, Report, visible
from disclosure.figures import proofreading
from disclosure.privacy import gate
from disclosure.rules import duties, status
from disclosure.site import build


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; 1 if it has errors, which would stop the site from being made."""
    parser = argparse.ArgumentParser(
        prog="check",
        usage="python scripts/check.py [选项]",
        description="检查 data/ 和 docs/ 的全部内容。",
    )
    parser.add_argument(
        "--root", type=Path, default=Path(), help="data/ 和 docs/ 所在的文件夹（默认当前文件夹）"
    )
    parser.add_argument(
        "--as-of",
        type=_day,
        metavar="年-月-日",
        help="按哪一天判断期限和状态（默认北京时间今天）",
    )
    parser.add_argument(
        "--format",
        choices=sorted(RENDERERS),
        default="text",
        help="输出格式：text 文字，json 程序用，github 标注在合并请求上，markdown 表格（默认 text）",
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="先改正 docs/ 中改了也不影响意思的毛病（半角标点、文号括号等）",
    )
    options = parser.parse_args(arguments)
    try:
        as_of = options.as_of or freshness.today()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    root = options.root.resolve()
    if options.fix:
        sys.stderr.write(mended(root))
    contents = build.read(root, as_of=as_of)
    report = everything(root, contents)
    sys.stdout.write(RENDERERS[options.format](report))
    if options.as_of and options.format in ("text", "markdown"):
        sys.stdout.write(outlook(contents.catalog, freshness.today()))
    return 1 if report.errors else 0


def mended(root: Path) -> str:
    """What has just been mended by itself, line by line."""
    lines = [
        visible(f"{file}:{row}: 「{before}」改为「{after}」")
        for file, row, before, after in proofreading.fix(root / "docs")
    ]
    return "\n".join([*lines, f"自动改正了 {len(lines)} 处。", ""])


def outlook(seen: Catalog, today: date) -> str:
    """What comes down from tomorrow until the day the catalog is seen from; "" for a day gone by."""
    if seen.as_of <= today:
        return ""
    first, last = today.isoformat(), seen.as_of.isoformat()
    told = []
    for collection in seen.collections.values():
        total: Counter[str] = Counter()
        for day, events in collection.changes.items():
            if first < day <= last:
                total.update(events)
        told += [
            f"{collection.schema.title}{event} {total[event]:,} {collection.schema.unit}"
            for event in (status.RETIRED, status.WITHDRAWN, status.REPAIRED)
            if total[event]
        ]
    return f"\n从今天到 {last}，现有记录中应当下架的：{'，'.join(told) or '没有'}。\n"


def everything(root: Path, contents: build.Contents) -> Report:
    """All findings: those that keep a site from being made, and those that only people can mend."""
    loaded, written = contents.catalog, contents.catalog.articles
    law, agency, calendar = loaded.duties, loaded.agency, loaded.calendar
    findings = [
        *duties.check(root, law, written, agency, calendar, loaded.as_of),
        *commits.check(root, written, agency),
        *proofreading.check(root, written, agency, calendar),
    ]
    return Report.of([*loaded.report, *map(gate.veiled, findings)])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} 不是日期，请写成 2026-12-01 的样子。") from None


if __name__ == "__main__":
    sys.exit(main())
