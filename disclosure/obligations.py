"""Obligations: what must be made public, by the catalogue in `obligations.csv`, and the page that does it.

政府信息公开条例 arts. 19–21 say what; the ministries' catalogues of matters to be made public
(交通运输领域基层政务公开标准目录 and others) spell it out, and the bureau states where each is met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from disclosure import checking
from disclosure.diagnostics import Finding, Place
from disclosure.intake import tables
from disclosure.schema import Field, Schema

MET, MISSING, EXEMPT = "已公开", "缺项", "不适用"
FILE = "obligations.csv"

SCHEMA = Schema(
    name="obligations",
    title="主动公开事项目录",
    fields=(
        Field("area", "一级事项", required=True, fill=True),
        Field("matter", "二级事项", required=True),
        Field("content", "公开内容", required=True, multiline=True),
        Field("basis", "依据", multiline=True),
        Field("limit", "时限"),
        Field("organ", "公开主体"),
        Field("channel", "渠道", type="list"),
        Field("addresses", "公开页面"),
        Field("exempt", "不适用理由"),
        Field("note", "说明"),
    ),
    primary_key=("area", "matter"),
    record_title="{matter}",
    ignore=("序号",),
)

Size = Callable[[str], int | None]
"""How much there is on the page of an address: None when there is no such page."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """One matter that must be made public, and where it is."""

    area: str
    matter: str
    content: str
    basis: str
    limit: str
    organ: str
    channel: str
    addresses: tuple[str, ...]
    """Below the root of the site: `penalties/`, `guide/#…`."""
    exempt: str
    """Why this bureau has nothing to make public here, or ""."""
    note: str
    state: str
    """MET, MISSING or EXEMPT."""


def load(path: Path, *, file: str, size: Size) -> tuple[list[Obligation], list[Finding]]:
    """The catalogue in the table at `path`, each matter judged by what the pages hold.

    Nothing when there is no such file: a bureau need not keep one. Never raises for its content.
    """
    if not path.exists():
        return [], []
    headers = {text for _, text, _ in SCHEMA.headers.values()}
    found, findings = tables.read(path, file=file, headers=headers, fill={"一级事项"})
    obligations: list[Obligation] = []
    seen: dict[tuple[str, str], Place] = {}
    for table in found:
        checked, complaints = checking.check(SCHEMA, table)
        findings += complaints
        for index in range(len(table.rows)):
            row = {name: column[index] for name, column in checked.columns.items()}
            findings += _complaints(row, partial(checked.place, index), seen, size)
            obligations.append(_obligation(row, size))
    return obligations, findings


def _complaints(
    row: Mapping[str, str],
    place: Callable[[str], Place],
    seen: dict[tuple[str, str], Place],
    size: Size,
) -> Iterator[Finding]:
    """What is wrong with one row; `place` tells where its cells stand, `seen` where earlier ones do."""
    here, about = place("matter"), {"matter": row["matter"]}
    first = seen.setdefault((row["area"], row["matter"]), here)
    if first is not here and row["matter"]:
        yield Finding("F603", here, {**about, "first": first})
    if row["addresses"] and row["exempt"]:
        yield Finding("F604", place("exempt"), about)
    for address in _addresses(row):
        if not (held := _held(address, size)):
            code = "F601" if held is None else "F602"
            yield Finding(code, place("addresses"), {**about, "address": address})


def _addresses(row: Mapping[str, str]) -> Sequence[str]:
    return [address for address in re.split(r"[、，；,;\s]+", row["addresses"]) if address]


def _held(address: str, size: Size) -> int | None:
    """How much is on a page; another site is taken at its word."""
    return 1 if is_outside(address) else size(address.partition("#")[0])


def is_outside(address: str) -> bool:
    """Whether an address leads to another site, such as the one where applications are made."""
    return address.startswith(("http://", "https://"))


def _obligation(row: Mapping[str, str], size: Size) -> Obligation:
    addresses = tuple(_addresses(row))
    met = bool(addresses) and all(_held(address, size) for address in addresses)
    state = MET if met else EXEMPT if row["exempt"] and not addresses else MISSING
    texts = {name: text for name, text in row.items() if name != "addresses"}
    return Obligation(addresses=addresses, state=state, **texts)
