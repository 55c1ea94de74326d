"""check: reads all of data/ and prints what is wrong, where, and what to do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from disclosure import catalog
from disclosure.diagnostics import RENDERERS

BEIJING = timezone(timedelta(hours=8))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; 1 if it has errors, which would stop the site from being made."""
    parser = argparse.ArgumentParser(
        prog="check",
        usage="python scripts/check.py [选项]",
        description="检查 data/ 下的全部数据。",
    )
    parser.add_argument(
        "--data", type=Path, default=Path("data"), help="数据所在的文件夹（默认 data）"
    )
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        default=datetime.now(UTC).astimezone(BEIJING).date(),
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
    report = catalog.load(options.data, as_of=options.as_of).report
    sys.stdout.write(RENDERERS[options.format](report))
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
