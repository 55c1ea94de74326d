"""allow: makes an entry of the allow-list for a value that is asked for and never shown."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from disclosure import freshness
from disclosure.intake import settings
from disclosure.privacy import allowlist, detectors

MONTHS = 6  # an approval is looked at again twice a year unless somebody says otherwise


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the entry; 1 if there is no list, 2 if nothing was given."""
    parser = argparse.ArgumentParser(
        prog="allow",
        usage="python scripts/allow.py 代码 文件",
        description="为看起来像个人信息、实际不是的值生成一条放行登记。值从键盘或标准输入读入，不显示。",
    )
    parser.add_argument("rule", choices=allowlist.RULES, help="检查报告的代码")
    parser.add_argument(
        "path", help="报告所说的文件，例如 docs/guide.md，网站里的写 site/…；* 代表任意"
    )
    options = parser.parse_args(arguments)
    content, findings = settings.read(Path(allowlist.FILE), file=allowlist.FILE)
    salt = (content or {}).get("salt")
    if not isinstance(salt, str) or findings:
        print(*map(str, findings), "放行登记里没有可用的 salt。", sep="\n", file=sys.stderr)
        return 1
    typed = getpass.getpass("值（输入时不显示）：") if sys.stdin.isatty() else sys.stdin.readline()
    if not (value := detectors.canonical(typed)):
        print("没有读到值。", file=sys.stderr)
        return 2
    expires = freshness.today() + timedelta(days=30 * MONTHS)
    print(
        f"  - rule: {options.rule}\n"
        f'    hash: "{allowlist.hashed(value, salt)}"\n'
        f'    path: "{options.path}"\n'
        "    reason: （写明为什么不是个人信息）\n"
        "    approver: （批准人）\n"
        f"    expires: {expires}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
