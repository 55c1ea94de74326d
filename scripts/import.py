"""import: takes the rows of a raw sheet into data/, masked, and says what was new, hidden and refused."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from disclosure.intake import imports, receipts, values


def main(arguments: Sequence[str] | None = None) -> int:
    """Import one sheet; 1 if anything of it was refused, 2 if it was asked for wrongly."""
    parser = argparse.ArgumentParser(
        prog="import",
        usage="make import FILE=原表 COLLECTION=栏目 [PUBLISHED=年-月-日] [DRY=1]",
        description="把项目以外的原始表格脱敏后导入 data/。原始的内容不会写到任何地方。",
        add_help=False,
    )
    parser.add_argument("-h", "--help", action="help", help="显示这份说明")
    parser.add_argument("file", help="原表：CSV 或 XLSX，放在项目以外")
    parser.add_argument("collection", help="栏目的文件夹名，例如 penalties")
    parser.add_argument("--published", default="", metavar="年-月-日", help="新增各行的公开日期")
    parser.add_argument("--dry", action="store_true", help="只看结果，不写入")
    parser.add_argument("--root", type=Path, default=Path(), help="项目文件夹（默认当前文件夹）")
    options = parser.parse_args(arguments)
    if not options.file or not options.collection:
        parser.error("请写明 FILE=原表 和 COLLECTION=栏目。")
    published = values.day(options.published) if options.published else ""
    if not isinstance(published, str):
        parser.error("PUBLISHED 不是日期，请写成 2026-12-01 的样子。")
    outcome = imports.run(
        options.root.resolve(),
        Path(options.file).expanduser(),
        options.collection,
        published=published,
        dry=options.dry,
    )
    sys.stdout.write(receipts.of(outcome, dry=options.dry))
    return 1 if outcome.errors else 0


def discreetly() -> int:
    """Run; what goes wrong inside is told by its lines only, for a message could repeat a cell."""
    try:
        return main()
    except KeyboardInterrupt:
        print("\n已停止，没有写完的文件保持原样。", file=sys.stderr)
        return 130
    except Exception as error:
        lines = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        print(
            f"程序出错（{type(error).__name__}），没有写入。请联系维护人员：\n{lines}",
            file=sys.stderr,
        )
        return 3


if __name__ == "__main__":
    sys.exit(discreetly())
