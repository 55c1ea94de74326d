"""links: reads every page of the finished site and prints the links that lead nowhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from disclosure.diagnostics import RENDERERS
from disclosure.intake import settings
from disclosure.site import links


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; 1 if a link leads nowhere, 2 if there is no site."""
    parser = argparse.ArgumentParser(
        prog="links",
        usage="python scripts/links.py [选项]",
        description="逐页核对已经生成的网站：站内链接、页内位置、图片和附件；外部链接只核对写法，不访问。",
    )
    parser.add_argument("--site", type=Path, default=Path("site"), help="网站文件夹（默认 site）")
    parser.add_argument("--format", choices=sorted(RENDERERS), default="text", help="输出格式")
    options = parser.parse_args(arguments)
    if not options.site.is_dir():
        print(f"没有找到网站文件夹 {options.site}，请先运行 make site。", file=sys.stderr)
        return 2
    agency, _ = settings.read(Path("data/agency.yml"), file="data/agency.yml")
    found, report = links.of_site(options.site, str((agency or {}).get("url", "")))
    sys.stdout.write(RENDERERS[options.format](report))
    if options.format == "text":
        print(f"共核对 {found.pages:,} 个页面、{found.links:,} 个链接。")
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
