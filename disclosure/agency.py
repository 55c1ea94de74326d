"""The agency: who publishes, as `data/agency.yml` says it, and what every page needs of that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings
from disclosure.rules import units

NEEDED = ("name", "short_name", "site_name", "url", "organizer", "undertaker", "address", "phone")
"""What `agency.yml` must say, because every page shows it."""
ADDRESS = re.compile(r"https?://[^\s/@\"'<>]+/(?:[^\s\"'<>]+/)?")
"""The public address of the site; those of all pages are made by appending to it."""


def load(data: Path) -> tuple[Mapping[str, Any], list[Finding]]:
    """What `data/agency.yml` says, and what is missing or wrong in it."""
    file = f"{data.name}/agency.yml"
    raw, findings = settings.read(data / "agency.yml", file=file)
    if raw is None:
        return {}, findings
    findings = [
        Finding("F311", Place(file), {"key": key})
        for key in NEEDED
        if not isinstance(raw.get(key), str) or not raw[key].strip()
    ]
    url = raw.get("url")
    if isinstance(url, str) and url.strip() and not ADDRESS.fullmatch(url):
        findings.append(Finding("F312", Place(file), {"url": url}))
    return raw, [*findings, *units.check(raw, file)]
