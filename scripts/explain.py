"""explain: says what a code of the check means and what to do about it."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence

from disclosure.diagnostics import FAMILIES, registry


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one entry of the registry, or all codes by family; 1 if there is no such code."""
    parser = argparse.ArgumentParser(
        prog="explain", usage="python scripts/explain.py [代码]", description="说明检查结果的代码。"
    )
    parser.add_argument("code", nargs="?", default="", help="代码，例如 V203；不写则列出全部代码")
    code = parser.parse_args(arguments).code.strip().upper()
    kinds = registry()
    if code in kinds:
        print(kinds[code].explain())
        return 0
    if code:
        near = "、".join(difflib.get_close_matches(code, kinds, n=3, cutoff=0.5))
        print(f"没有代码「{code}」。" + (f"相近的代码：{near}。" if near else ""), file=sys.stderr)
        return 1
    for letter, family in FAMILIES.items():
        if chosen := [kind for kind in kinds.values() if kind.code.startswith(letter)]:
            print(f"\n{letter} {family}")
            print(
                "\n".join(f"  {kind.code}  {kind.severity.label}  {kind.title}" for kind in chosen)
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
