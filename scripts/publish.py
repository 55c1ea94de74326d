"""publish: looks through the finished site, signs it as a release, brings it to its target and serves it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from disclosure import freshness
from disclosure.diagnostics import RENDERERS, Report
from disclosure.progress import teller
from disclosure.release import configuration, departure, past, publishing, signature, targets
from disclosure.release.departure import Departure, is_asked
from disclosure.release.difference import Difference
from disclosure.release.publishing import Declined, Outcome
from disclosure.release.target import Refused, reason


def main(arguments: Sequence[str] | None = None) -> int:
    """Publish site/; 1 if it may not leave, 2 if that did not work: then what is live stays live."""
    parser = argparse.ArgumentParser(
        prog="publish",
        usage="python scripts/publish.py [选项]",
        description="逐个字节检查生成的网站，签名，发布到 publish.yml 指定的地方（默认 public/）。"
        "环境变量：YES=1 不再询问，AUTO=1 定时发布（期满下架的直接发布，来历不明的减少停下等人确认），"
        "SAMPLE=1 试发布示例站，SIGNING_KEY 签名密钥的路径。",
    )
    parser.add_argument("--root", type=Path, default=Path(), help="项目所在的文件夹")
    parser.add_argument("--format", choices=sorted(RENDERERS), default="text", help="输出格式")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    try:
        return run(root, options.format)
    except (Refused, ValueError) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"没有发布成功：{reason(error)}。线上没有变化。", file=sys.stderr)
    return 2


def run(root: Path, form: str) -> int:
    site = root / "site"
    settings, findings = configuration.load(root)
    if findings:
        return refuse(Report.of(findings), form)
    if not freshness.is_fresh(root, site, freshness.today()):
        raise Refused("网站还没有生成，或者生成以后数据、文稿、程序又有变化。请先运行 make site。")
    leaving = departure.verify(root, site, settings, teller=teller)
    if leaving.report.errors:
        return refuse(leaving.report, form)
    target = targets.of(settings)
    live = past.of(target, settings.keys).live
    report = Report.of(
        departure.last(
            root, leaving.catalog, leaving.origin, live, now=time.time(), trial=is_asked("SAMPLE")
        )
    )
    if report.errors:
        return refuse(report, form)
    if leaving.draft.sample and live and not live.sample:
        raise Refused("线上是正式的网站，不能用示例站替换它。")
    sys.stdout.write("".join(f"{finding.severity.label} {finding}\n" for finding in report))
    if signature.make(settings.keys):
        print(
            f"已生成签名密钥 {settings.keys.private}。请妥善备份，不要提交到版本库；"
            f"核对签名用的是 {settings.keys.signers}。"
        )
    outcome = publishing.publish(
        target,
        leaving.draft,
        settings.keys,
        confirm=lambda number, change: confirm(leaving, number, change),
        held=settings.held,
        probe=settings.probe,
        teller=teller,
    )
    tell(outcome, target.name)
    return 0


def refuse(report: Report, form: str) -> int:
    sys.stdout.write(RENDERERS[form](report))
    print("没有发布，线上没有变化。", file=sys.stderr)
    return 1


def confirm(leaving: Departure, number: int, change: Difference) -> None:
    """Tell what will be different; ask when that looks as if something had gone wrong."""
    units = {c.name: c.schema.unit for c in leaving.catalog.collections.values()}
    titles = leaving.draft.titles
    files = "，".join(f"{kind} {n:,}" for kind, n in change.files.items() if n)
    print(f"第 {number} 版：{change.words(titles, units)}。")
    print(f"文件：{files}，新内容 {change.bytes / 1_000_000:,.1f} MB。", flush=True)
    doubts = change.doubts(titles, unattended=is_asked("AUTO"))
    if not doubts or is_asked("YES"):
        return
    print("".join(f"请确认：{doubt}\n" for doubt in doubts), end="")
    if not sys.stdin.isatty() or is_asked("AUTO"):
        raise Declined("没有发布，线上没有变化。确认无误的，请运行 make publish YES=1。")
    try:
        answer = input("确实要发布吗？输入 y 继续：").strip().lower()
    except EOFError:
        answer = ""
    if answer not in ("y", "yes", "是"):
        raise Declined("没有发布，线上没有变化。")


def tell(outcome: Outcome, name: str) -> None:
    if not outcome.is_new:
        print(f"{name}里已经是这个网站（第 {outcome.number} 版），没有变化。")
        return
    before = f"，原来是第 {outcome.before} 版" if outcome.before else ""
    print(
        f"已发布第 {outcome.number} 版到{name}{before}；传送 {outcome.sent / 1_000_000:,.1f} MB。"
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\n已停止，线上没有变化。", file=sys.stderr)
        sys.exit(130)
