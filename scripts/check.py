"""check: reads all of data/ and docs/ and prints what is wrong, where, and what to do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from disclosure import commits, freshness
from disclosure.diagnostics import RENDERERS, Report
from disclosure.rules import duties
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
    options = parser.parse_args(arguments)
    try:
        as_of = options.as_of or freshness.today()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    report = everything(options.root.resolve(), as_of)
    sys.stdout.write(RENDERERS[options.format](report))
    return 1 if report.errors else 0


def everything(root: Path, as_of: date) -> Report:
    """All findings: those that keep a site from being made, and those that only people can mend."""
    contents = build.read(root, as_of=as_of)
    loaded, written = contents.catalog, contents.articles
    return Report.of(
        [
            *contents.report,
            *duties.check(root, loaded.duties, written, loaded.agency, loaded.calendar, as_of),
            *commits.check(root, written, loaded.agency),
        ]
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} 不是日期，请写成 2026-12-01 的样子。") from None


if __name__ == "__main__":
    sys.exit(main())
