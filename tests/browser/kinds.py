"""The kinds of pages that the sample site has, and one page of each."""

from __future__ import annotations

import re
from pathlib import Path

KINDS = {
    "home": "",
    "front": "penalties/",
    "year": "penalties/2020/",
    "month": "penalties/2020-06/",
    "kind": "penalties/kind-fakuan/",
    "record": "penalties/2025/[b-v]*.html",
    "powers": "powers/",
    "powers as of a day": "powers/as-of/*/*.html",
    "power": "powers/item/[b-v]*.html",
    "companies": "companies/",
    "company": "companies/*/[0-9]*.html",
    "changes": "changes/",
    "changes of a month": "changes/2026-11/",
    "what comes down next": "changes/next/",
    "withdrawals": "withdrawals/",
    "withdrawals of a year": "withdrawals/2025/",
    "notice": "",
    "report": "reports/law-2020/",
    "forms of a report": "reports/disclosure-2025/",
    "late": "reports/website-2025/",
    "timeliness": "timeliness/",
    "duties": "duties/",
    "tasks and units": "tasks/matrix/2026/",
    "announcement": "notices/key-points-2021/",
    "plan": "plans/campaign-2023/",
    "guide": "guide/",
    "figures": "figures/",
    "figure": "figures/*/index.html",
    "charts": "charts/",
    "chart": "charts/penalties/",
    "open data": "opendata/",
    "feeds": "feeds/",
    "map of the site": "sitemap/",
    "reliability": "reliability/",
    "English": "en/",
    "selfcheck": "selfcheck/",
    "search": "search/?q=%E8%B6%85%E9%99%90",
    "nothing found": "search/?q=%E9%BE%98%E9%BE%98",
    "missing": "404.html",
}
"""By name the address of a page, or a pattern that many addresses fit."""


def address(site: Path, kind: str) -> str:
    """Of a page of this kind, below the root of the site."""
    pattern = KINDS[kind]
    if kind == "notice":
        withdrawn = (site / "withdrawals/index.html").read_text("utf-8")
        found = re.search(r'href="\.\./(\w+/\d+/\w+\.html)"', withdrawn)
        assert found
        return found[1]
    return first(site, pattern) if "*" in pattern else pattern


def first(site: Path, pattern: str) -> str:
    """The address of the first page that fits, by name."""
    return min(path.relative_to(site).as_posix() for path in site.glob(pattern))
