"""What readers wait for, and what stands in their way: every kind of page as Lighthouse judges it.

    python -m bench.pages --runs 3

serves the finished site with the web server and the settings that are handed out for the portal, and
looks at one page of each kind as on a phone and as on a desktop. Connection and processor are those
that Lighthouse simulates; bytes and requests are counted on the wire.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench import report
from bench.peers import Absent, modules
from bench.project import ROOT
from bench.servers import nginx
from scripts.setup import BROWSERS
from tests.browser.kinds import KINDS, address

RESULTS = Path(__file__).with_name("PAGES.md")
SCRIPT = Path(__file__).with_suffix(".mjs")
FORMS = ("mobile", "desktop")
PROMISED = {"performance": 0.95, "accessibility": 1.0, "best practices": 1.0, "SEO": 1.0}
"""The lowest score of each category, in the order of Lighthouse."""
FIRST, NEXT = 60_000, 6_000
"""Bytes on the wire that a record may cost on the first visit, and when its assets are there already."""
NOINDEX = re.compile(r'<meta name="robots" content="[^"]*noindex')
INTRODUCTION = """\
# What readers wait for

Made by `make bench-pages`: one page of every kind, served by nginx with the settings of
`make portal-setup` (loopback, http), judged by Lighthouse with its own simulated phone (slow 4G,
a processor four times slower) and desktop. Scores are the medians of the runs; times are in seconds
(LCP, when the largest piece shows) and milliseconds (TBT, how long scripts hold up what readers do);
CLS is how far things move while the page loads.
"""
NOTES = """\
- Loopback counts as a secure context, so that no audit fails for want of TLS; certificates, redirects
  to https and Strict-Transport-Security are not looked at here.
- `is-crawlable` is skipped on pages that tell search engines to leave them out, which is meant: the
  notices in place of withdrawn records.
- The page for addresses that lead nowhere is asked for by its own name, because Lighthouse judges no
  answer of status 404.
- “Next” is another page of the same kind while the browser has the styles and scripts; it asks
  whether the style with the day of printing is still the same.
"""


@dataclass(frozen=True)
class Judged:
    """One page in one form: the medians of its runs."""

    kind: str
    form: str
    scores: Sequence[float]
    """From 0 to 1, in the order of PROMISED."""
    lcp: float
    tbt: float
    """Both in milliseconds."""
    cls: float
    complaints: Sequence[Mapping[str, Any]]
    """Audits that count and that the last run did not pass."""
    visits: Sequence[Mapping[str, int]]
    """Requests and bytes of the first visit and of the next page; only of the first form."""
    version: str

    @property
    def fits(self) -> bool:
        met = all(s >= least for s, least in zip(self.scores, PROMISED.values(), strict=True))
        return met and (self.kind != "record" or self.is_light)

    @property
    def is_light(self) -> bool:
        return all(v["bytes"] <= most for v, most in zip(self.visits, (FIRST, NEXT), strict=False))


def judged(site: Path, kinds: Sequence[str], runs: int) -> Iterator[Judged]:
    """Every kind in every form, as they are done; raises Absent if Lighthouse is not to be had."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    node = shutil.which("node")
    if not (chromium and node):
        raise Absent("Chromium or Node is not installed")
    command = [node, str(SCRIPT), str(modules()), chromium, str(runs)]
    with TemporaryDirectory() as folder:
        (Path(folder) / "current").symlink_to(site.resolve())
        with nginx(Path(folder) / "nginx", Path(folder)) as port:
            asked = [
                {
                    "kind": kind,
                    "form": form,
                    "address": f"http://127.0.0.1:{port}/{address(site, kind)}",
                    "skipped": ["is-crawlable"] if is_left_out(site, kind) else [],
                    "counted": form == FORMS[0],
                }
                for form in FORMS
                for kind in kinds
            ]
            with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
                assert process.stdin
                assert process.stdout
                process.stdin.write(json.dumps(asked))
                process.stdin.close()
                for line in process.stdout:
                    yield summed_up(json.loads(line))
            if process.returncode:
                raise Absent(f"Lighthouse ended with {process.returncode}")


def is_left_out(site: Path, kind: str) -> bool:
    """Whether the page tells search engines to leave it out."""
    path = site / address(site, kind).partition("?")[0]
    path = path / "index.html" if path.is_dir() else path
    return bool(NOINDEX.search(path.read_text("utf-8")))


def summed_up(told: Mapping[str, Any]) -> Judged:
    looks = told["looks"]
    times = {name: median(look["times"][name] or 0 for look in looks) for name in looks[0]["times"]}
    return Judged(
        told["kind"],
        told["form"],
        [median(scores) for scores in zip(*(look["scores"] for look in looks), strict=True)],
        **times,
        complaints=looks[-1]["complaints"],
        visits=told["visits"],
        version=looks[-1]["version"],
    )


def as_markdown(found: Sequence[Judged], runs: int) -> str:
    """Everything that was found, for PAGES.md."""
    versions = f"Lighthouse {found[0].version}, {browser()}"
    parts = [
        INTRODUCTION,
        f"{date.today()}, {'one run' if runs == 1 else f'{runs} runs'} of each. {report.machine()}, {versions}.",
        _verdict(found),
    ]
    for form in FORMS:
        rows = [_line(one) for one in found if one.form == form]
        head = (
            "Kind of page",
            *(name.capitalize() if name != "SEO" else name for name in PROMISED),
        )
        parts.append(
            f"## {form.capitalize()}\n\n" + report.table((*head, "LCP", "TBT", "CLS"), rows)
        )
    rows = [_visits(one) for one in found if one.visits]
    head = ("Kind of page", "Requests", "KB", "Next: requests", "KB")
    parts.append("## On the wire\n\n" + report.table(head, rows))
    parts.append("## What to know\n\n" + NOTES.strip())
    if complaints := _complaints(found):
        parts.append("## Audits not passed in full\n\n" + complaints)
    return "\n\n".join(part.strip() for part in parts) + "\n"


def browser() -> str:
    program = next(filter(None, map(shutil.which, BROWSERS)))
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return " ".join(done.stdout.split()[:2])


def _line(one: Judged) -> Sequence[str]:
    scores = (
        f"{score:.2f}" if score >= least else f"**{score:.2f}**"
        for score, least in zip(one.scores, PROMISED.values(), strict=True)
    )
    return (one.kind, *scores, f"{one.lcp / 1000:.1f}", f"{one.tbt:.0f}", f"{one.cls:.3f}")


def _visits(one: Judged) -> Sequence[str]:
    cells = ((str(v["requests"]), f"{v['bytes'] / 1000:.1f}") for v in one.visits)
    return (one.kind, *(cell for pair in cells for cell in pair))


def _verdict(found: Sequence[Judged]) -> str:
    lines = []
    for number, (name, least) in enumerate(PROMISED.items()):
        low = min(found, key=lambda one: one.scores[number])
        lines.append((f"{name} of every page", f"≥ {least:.2f}", low.scores[number], low))
    rows = [
        (
            text,
            limit,
            f"{score:.2f} ({low.kind}, {low.form})",
            "met" if score >= PROMISED[name] else "**not met**",
        )
        for (text, limit, score, low), name in zip(lines, PROMISED, strict=True)
    ]
    for record in (one for one in found if one.kind == "record" and one.visits):
        texts = ("a record on the first visit", "a record after others")
        for text, most, visit in zip(texts, (FIRST, NEXT), record.visits, strict=True):
            kept = "met" if visit["bytes"] <= most else "**not met**"
            rows.append((text, f"≤ {most / 1000:.0f} KB", f"{visit['bytes'] / 1000:.1f} KB", kept))
    return report.table(("Promise", "Limit", "Measured", ""), rows)


def _complaints(found: Sequence[Judged]) -> str:
    """Audits that count and what they are about, with the kinds of pages."""
    kinds: dict[str, list[str]] = {}
    for one in found:
        for complaint in one.complaints:
            kinds.setdefault(complaint["id"], []).append(f"{one.kind} ({one.form})")
    rows = [(f"`{audit}`", str(len(names)), ", ".join(names[:3])) for audit, names in kinds.items()]
    return report.table(("Audit", "Pages", "For example"), rows) if rows else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and keep them; 1 if a page is not as promised."""
    parser = argparse.ArgumentParser(prog="bench.pages", description="用 Lighthouse 检查各类网页")
    parser.add_argument("--site", type=Path, default=ROOT / "site", help="网站（默认 site/）")
    parser.add_argument("--runs", type=int, default=3, help="每页几次，取中位数（默认 3）")
    parser.add_argument("--results", type=Path, default=RESULTS, help="结果写到哪里")
    parser.add_argument("kinds", nargs="*", metavar="kind", help="只看这几类网页")
    options = parser.parse_args(arguments)
    if not (options.site / "index.html").exists():
        print(f"{options.site} 不存在，请先运行 make site。", file=sys.stderr)
        return 1
    if unknown := set(options.kinds) - set(KINDS):
        parser.error(f"没有这类网页：{'、'.join(sorted(unknown))}")
    found = []
    try:
        for one in judged(options.site, options.kinds or list(KINDS), options.runs):
            found.append(one)
            print(f"{one.form:8}", *_line(one), *(c["id"] for c in one.complaints), flush=True)
    except Absent as problem:
        print(problem, file=sys.stderr)
        return 1
    text = as_markdown(found, options.runs)
    print("\n" + text)
    if not options.kinds:
        options.results.write_text(text, "utf-8")
    return int(not all(one.fits for one in found))


if __name__ == "__main__":
    sys.exit(main())
