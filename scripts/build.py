"""build: makes the site in site/, doing no more than what has changed asks for."""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from disclosure import freshness
from disclosure.diagnostics import as_text
from disclosure.pool import Unreachable
from disclosure.progress import teller


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the site of the project in this folder; 1 if its data have errors."""
    parser = argparse.ArgumentParser(
        prog="build",
        usage="python scripts/build.py [--engine mkdocs|properdocs]",
        description="检查数据，把网站生成到 site/。环境变量 AS_OF=年-月-日 指定从哪一天看。",
    )
    parser.add_argument("--engine", default="mkdocs", help="渲染文稿的程序，默认 mkdocs")
    engine = parser.parse_args(arguments).engine
    root, site = Path.cwd(), Path.cwd() / "site"
    try:
        as_of = freshness.today()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if freshness.is_fresh(root, site, as_of):
        print("数据、文稿和程序都没有变化，网站已是最新。")
        return 0
    if freshness.has_dressing(root) and (code := rows_only(root, site, as_of)) is not None:
        return code
    return everything(root, site, engine)


def rows_only(root: Path, site: Path, as_of: date) -> int | None:
    """Make what depends on rows; None when what the theme has dressed is not to be had."""
    from disclosure.site import build  # only now: it takes longer than to see what has changed

    if (dressed := build.kept_dressing(root)) is None:
        return None
    contents = build.read(root, as_of=as_of)
    if contents.catalog.report.errors:
        print(as_text(contents.catalog.report), end="")
        print("网站没有生成，原有的网站保持不变。", file=sys.stderr)
        return 1
    try:
        print(build.finish(root, dressed, contents, site, teller=teller))
    except Unreachable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def everything(root: Path, site: Path, engine: str) -> int:
    """Let the generator render the texts; its hook makes the rest."""
    # Never -q: it hides from --strict what it should count.
    command = [sys.executable, "-m", engine, "build", "--strict"]
    with subprocess.Popen(command, cwd=root) as generator:
        try:
            return generator.wait()
        except KeyboardInterrupt:
            generator.send_signal(signal.SIGTERM)
            generator.wait()
            shutil.rmtree(site.with_name(site.name + ".render"), ignore_errors=True)
            shutil.rmtree(site.with_name(site.name + ".new"), ignore_errors=True)
            raise


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\n已停止，原有的网站保持不变。", file=sys.stderr)
        sys.exit(130)
