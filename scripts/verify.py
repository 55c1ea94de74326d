"""verify: compares what is live with its signed manifest, byte by byte, and restores it if asked to."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from disclosure.diagnostics import Report, as_text
from disclosure.progress import teller
from disclosure.release import configuration, past, publishing, targets
from disclosure.release.target import Refused, reason


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every file that differs; 0 if none does (or all are restored), 1 if some do, 2 if that
    cannot be told."""
    parser = argparse.ArgumentParser(
        prog="verify",
        usage="python scripts/verify.py [选项]",
        description="核对线上的每一个文件与签过名的清单是否一致，列出被改动、缺少和多出的文件。",
    )
    parser.add_argument("--root", type=Path, default=Path(), help="项目所在的文件夹")
    parser.add_argument(
        "--to", type=int, default=0, metavar="版本号", help="核对哪一版（默认线上的）"
    )
    parser.add_argument("--repair", action="store_true", help="把不一致的文件恢复原样")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    settings, findings = configuration.load(root)
    if findings:
        sys.stdout.write(as_text(Report.of(findings)))
        return 2
    target = targets.of(settings)
    seen: list[str] = []
    try:
        if options.repair:
            drift = publishing.repair(target, settings.keys, root / "site", options.to)
        else:
            drift = publishing.verify(target, settings.keys, options.to, teller)
        number = options.to or target.live()
        if settings.probe and number == target.live():
            seen = settings.probe.all_over(past.trusted(target, number, settings.keys)[0])
    except Refused as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"没有核对完：{reason(error)}。", file=sys.stderr)
        return 2
    sys.stdout.write(publishing.words(drift, most=1_000))
    if seen:
        print(f"从 {settings.probe and settings.probe.address} 看到的不对：")
        print("".join(f"  {one}\n" for one in seen), end="")
    if not drift and not seen:
        print(f"核对一致：{target.name}的第 {number} 版与签名的清单相同。")
        return 0
    if options.repair and not seen:
        print("以上各处已经恢复原样。请查明是谁、怎样改动的。")
        return 0
    remedy = "恢复原样：make verify REPAIR=1。" if drift else "请检查网站服务器的设置和缓存。"
    print(f"线上的内容与签名的清单不一致。{remedy}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
