"""gate: looks for personal data in the finished site, or with --staged in what is about to be committed."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from disclosure import freshness
from disclosure.diagnostics import RENDERERS, Finding, Report
from disclosure.privacy import allowlist, gate, staging
from disclosure.release import departure


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; 1 if it has errors: then nothing may be published or committed."""
    parser = argparse.ArgumentParser(
        prog="gate",
        usage="python scripts/gate.py [选项]",
        description="检查生成的网站（或将要提交的文件）里有没有个人信息。",
    )
    parser.add_argument(
        "--root", type=Path, default=Path(), help="项目所在的文件夹（默认当前文件夹）"
    )
    parser.add_argument("--site", type=Path, help="网站所在的文件夹（默认项目下的 site/）")
    parser.add_argument("--staged", action="store_true", help="检查已经 git add、将要提交的文件")
    parser.add_argument(
        "--format", choices=sorted(RENDERERS), default="text", help="输出格式（默认 text）"
    )
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    try:
        if options.staged:
            findings = of_staged(root)
        else:
            findings = of_site(root, (options.site or root / "site").resolve())
    except (ValueError, staging.NoRepository) as error:
        print(error, file=sys.stderr)
        return 2
    report = Report.of(findings)
    if report.findings or not options.staged:  # a commit without fault needs no word
        sys.stdout.write(RENDERERS[options.format](report))
    if options.staged and report.errors:
        print("提交已停止。改正后重新 git add，再提交。", file=sys.stderr)
    return 1 if report.errors else 0


def of_site(root: Path, site: Path) -> list[Finding]:
    if not site.is_dir():
        raise ValueError("还没有生成网站，请先运行 make site。")
    return departure.personal(root, site)


def of_staged(root: Path) -> list[Finding]:
    """The list is the one that is staged with the files. What it does not need is not told here."""
    with tempfile.TemporaryDirectory() as passing:
        rules = Path(passing) / "rules.yml"
        if (content := staging.content(root, allowlist.FILE)) is not None:
            rules.write_bytes(content)
        allowed, findings = allowlist.load(rules, freshness.today())
    for verdict in gate.inspect(list(staging.staged(root)), allowed):
        findings += verdict.findings
    return findings


if __name__ == "__main__":
    sys.exit(main())
