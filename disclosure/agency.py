"""The agency: who publishes, as `data/agency.yml` says it, and what every page needs of that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings
from disclosure.rules import units

NEEDED = (
    "name", "short_name", "site_name", "url", "organizer", "undertaker", "address", "phone",
    "site_code", "icp", "police_record", "emblem",
)  # fmt: skip
"""What `agency.yml` must say, because every page shows it."""
FORMS = {
    "site_code": ("F321", re.compile("[0-9]{10}|bm[0-9]{8}")),
    "icp": ("F322", re.compile("[\u4e00-\u9fff]{1,4}ICP备[0-9]{6,10}号(?:-[0-9]{1,4})?")),
    "police_record": ("F323", re.compile("[\u4e00-\u9fff]{1,4}公网安备 ?[0-9]{14}号")),
    "emblem": ("F324", re.compile("[0-9A-Fa-f]{32}")),
    "email": ("F325", re.compile("[^\\s@<>\"']+@[^\\s@<>\"']+\\.[A-Za-z]{2,}")),
}
"""How the numbers of a site and its address for letters are written, each with the finding: 标识码 and
标签 by 国办发〔2017〕47号, ICP 备案 by 工业和信息化部令第33号, 公安备案 by 公安部令第33号, the emblem as
中央编办 hands it out."""
INVENTED = {"site_code": re.compile("0{10}|bm0{8}"), "emblem": re.compile("0{32}")}
"""Numbers that only a sample may have."""
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
    findings += _numbers(data / "agency.yml", raw, file)
    return raw, [*findings, *units.check(raw, file)]


def _numbers(path: Path, raw: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """What is wrong with the numbers under which a site is registered."""
    lines = settings.lines(path)
    for key, (code, form) in FORMS.items():
        value = raw.get(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            continue  # if it is needed, that is told already
        place = Place(file, row=lines.get((key,), 1))
        if not isinstance(value, str) or not form.fullmatch(value):
            yield Finding(code, place, {"key": key, "value": value})
        elif key in INVENTED and INVENTED[key].fullmatch(value) and not raw.get("sample"):
            yield Finding("F326", place, {"key": key, "value": value})
