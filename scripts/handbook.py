"""handbook: writes the table of all codes into CONTRIBUTING.md, between its two markers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from disclosure.diagnostics import handbook_table

BEGIN, END = "<!-- 代码表：开始 -->", "<!-- 代码表：结束 -->"
HANDBOOK = Path("CONTRIBUTING.md")


def with_table(text: str) -> str:
    """The handbook's text with the current table between the markers."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{handbook_table().rstrip()}\n\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table; with --check only say whether it is current (1 if not)."""
    parser = argparse.ArgumentParser(
        prog="handbook",
        usage="python scripts/handbook.py [--check]",
        description="把全部代码写进《编辑手册》的代码表。",
    )
    parser.add_argument("--check", action="store_true", help="只检查代码表是不是最新，不改文件")
    only_check = parser.parse_args(arguments).check
    text = HANDBOOK.read_text("utf-8")
    if BEGIN not in text or END not in text:
        print(f"{HANDBOOK} 里缺少标记「{BEGIN}」或「{END}」。", file=sys.stderr)
        return 1
    current = with_table(text)
    if only_check and current != text:
        print("代码表不是最新，请运行 make handbook。", file=sys.stderr)
        return 1
    if current != text:
        HANDBOOK.write_text(current, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
