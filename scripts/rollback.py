"""rollback: serves an earlier release again, if it is whole and shows nothing that was taken down."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from disclosure.diagnostics import Report, as_text
from disclosure.release import configuration, publishing, targets
from disclosure.release.target import Refused, reason


def main(arguments: Sequence[str] | None = None) -> int:
    """Go back one release, or to the one named; 2 if that may not be or did not work."""
    parser = argparse.ArgumentParser(
        prog="rollback",
        usage="python scripts/rollback.py [--to 版本号]",
        description="退回到以前发布的一版（默认前一版）。其中有已经撤下的信息的，不能退回。",
    )
    parser.add_argument("--root", type=Path, default=Path(), help="项目所在的文件夹")
    parser.add_argument("--to", type=int, default=0, metavar="版本号", help="退回到哪一版")
    options = parser.parse_args(arguments)
    settings, findings = configuration.load(options.root.resolve())
    if findings:
        sys.stdout.write(as_text(Report.of(findings)))
        return 1
    target = targets.of(settings)
    try:
        now, before = publishing.rollback(
            target, settings.keys, options.to, settings.takedown, settings.probe
        )
    except Refused as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"没有退回：{reason(error)}。线上没有变化。", file=sys.stderr)
        return 2
    print(f"已退回：{target.name}现在公开第 {now} 版，原来是第 {before} 版。")
    return 0


if __name__ == "__main__":
    gc.disable()  # it ends at once, and readers wait for it
    sys.exit(main())
