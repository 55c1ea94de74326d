"""Tallies: tables that people write, and whether their totals and shares follow from their rows and columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from disclosure.figures import numerals
from disclosure.figures.passages import UNKNOWN, Passage, Remark, Table

_TOTAL = re.compile(r"(?:合计|总计|共计|总数|总和)(?:数|（.*）|\(.*\))?")
_PART_TOTAL = re.compile(r"小计")
_WITHIN = re.compile(r"其中|[—－-]{1,2}")
_SHARE = re.compile(r"占比|比重|比例|占")
_NO_SUM = re.compile(
    r"序号|编号|年度|年份|日期|排名|单价|平均|率|同比|环比|增幅|分数|得分|电话|代码|标准|合格"
)
_NUMBER = re.compile(r"(?P<sign>[-−－+]?)\s?(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)\s?(?P<unit>[^\W\d_]{0,3}|[%％])")  # fmt: skip
_NOTHING = frozenset({"", "-", "—", "－", "——", "/", "\\", "无", "不适用"})
_UNIT = re.compile(r"[（(](?P<unit>[^（）()]{1,4})[）)]\s*$")
MANY = 12
"""Terms of a sum that a finding still writes out."""


@dataclass(frozen=True, slots=True)
class _Cell:
    value: Decimal
    decimals: int
    passage: Passage
    written: bool = True


_Column = Mapping[int, _Cell]
"""The numbers of a column by their rows."""


def check(table: Table) -> Iterator[Remark]:
    """What the cells of a table say against each other."""
    width = len(table.rows[0])
    first = 0 if table.groups and table.groups[0] else 1  # a lowest heading is none of the rows
    columns = {
        at: column
        for at in range(first, width)
        if not _is_named(_NO_SUM, table, at) and (column := _column(table, at)) is not None
    }
    shares = {at for at in columns if _is_share(table, at)}
    counts = {at: column for at, column in columns.items() if at not in shares}
    totals = [row for row in range(1, len(table.rows)) if _is_total(table, row)]
    for at, column in counts.items():
        yield from _down(table, at, column, totals)
    yield from _across(table, counts)
    for at in shares:
        yield from _shares(table, at, columns[at], counts, totals)


def _header(table: Table, at: int) -> str:
    row = table.rows[0]
    return row[at].text.strip() if at < len(row) else ""


def _is_named(pattern: re.Pattern[str], table: Table, at: int) -> bool:
    return bool(pattern.search(_header(table, at)))


def _label(table: Table, row: int) -> str:
    """What a row is called: its first cell that is no number."""
    words = (cell.text.strip() for cell in table.rows[row])
    return next((w for w in words if w and not _NUMBER.fullmatch(w)), "")


def _is_total(table: Table, row: int) -> bool:
    return bool(_TOTAL.fullmatch(re.sub(r"\s", "", _label(table, row))))


def _is_share(table: Table, at: int) -> bool:
    cells = [row[at].text.strip() for row in table.rows[1:] if at < len(row)]
    marked = any(cell.endswith(("%", "％")) for cell in cells) or "%" in _header(table, at)
    return marked or _is_named(_SHARE, table, at)


def _column(table: Table, at: int) -> _Column | None:
    """The numbers of a column; None if it holds something else."""
    found: dict[int, _Cell] = {}
    for number, row in enumerate(table.rows[1:], 1):
        if at >= len(row):
            return None
        text = row[at].text.strip()
        if text in _NOTHING:
            found[number] = _Cell(Decimal(0), 0, row[at], written=False)
        elif UNKNOWN not in text and (read := _NUMBER.fullmatch(text)):
            value = Decimal(read["digits"].replace(",", ""))
            decimals = len(read["digits"].partition(".")[2])
            found[number] = _Cell(-value if read["sign"] in ("-", "−", "－") else value, decimals, row[at])  # fmt: skip
        else:
            return None
    return found if any(cell.written for cell in found.values()) else None


# ── Sums ─────────────────────────────────────────────────────────────────────────────────────────


def _down(table: Table, at: int, column: _Column, totals: Sequence[int]) -> Iterator[Remark]:
    """The rows of a column against its total, wherever that stands; 小计 against the rows above it."""
    parts = [r for r in column if _PART_TOTAL.search(_label(table, r)) and r not in totals]
    within = [r for r in column if _WITHIN.match(_label(table, r))]
    yield from _blocks(table, at, column, parts if len(totals) < 2 else totals, within)
    if len(totals) != 1 or not column[totals[0]].written:
        return
    total = totals[0]
    rows = [r for r in column if r != total]
    plain = [r for r in rows if r not in parts and r not in within]
    readings = [some for some in (plain, parts, rows) if len(some) > 1]
    if not readings or any(_agree(column, some, column[total]) for some in readings):
        return
    if not within and not (parts and len(parts) < 2):
        what = f"列的「{_label(table, total)}」"
        yield _wrong(table, at, what, [column[r] for r in readings[0]], column[total])


def _blocks(
    table: Table, at: int, column: _Column, ends: Sequence[int], within: Sequence[int]
) -> Iterator[Remark]:
    """Totals of parts of a table, each of the rows above it back to the one before."""
    judged, last = [], 0
    for end in ends:
        rows = [r for r in range(last + 1, end) if r in column and r not in within]
        last = end
        if len(rows) > 1 and column[end].written:
            judged.append((end, rows, _agree(column, rows, column[end])))
    for end, rows, agrees in judged:
        cells = [column[r] for r in rows]
        if not agrees and (any(right for *_, right in judged) or _is_near(cells, column[end])):
            yield _wrong(table, at, f"列的「{_label(table, end)}」", cells, column[end])


def _across(table: Table, counts: Mapping[int, _Column]) -> Iterator[Remark]:
    """The total columns of each row against the columns that stand under the same headings."""
    sums = [at for at in counts if re.match("合计|总计|小计|共计", _header(table, at))]
    for at in sums:
        readings = [parts for parts in _terms(table, at, counts, sums) if len(parts) > 1]
        if not readings or _has_unknown(table, at, counts):
            continue
        right, wrong = 0, []
        for row, total in counts[at].items():
            some = [[counts[c][row] for c in parts if counts[c][row].written] for parts in readings]
            some = [cells for cells in some if cells]
            if total.written and some:
                if any(_adds_up(cells, total) for cells in some):
                    right += 1
                else:
                    wrong.append((row, some[0], total))
        for row, cells, total in wrong:
            if right or _is_near(cells, total):
                label = _label(table, row)
                what = f"列的「{label}」一行" if label else "一列"
                yield _wrong(table, at, what, cells, total)


def _terms(
    table: Table, at: int, counts: Mapping[int, _Column], sums: Sequence[int]
) -> Iterator[list[int]]:
    """The columns that a total column may be the sum of."""
    unit, group = _unit(table, at), _group(table, at)
    alike = [
        c
        for c in counts
        if c != at
        and _unit(table, c) in ("", unit)
        and not _is_named(_WITHIN, table, c)
        and _group(table, c)[: len(group)] == group
    ]
    if not group and len(sums) > 1 and re.match("小计", _header(table, at)):
        since = max((c for c in sums if c < at), default=0)
        alike = [c for c in alike if since < c < at]
    yield [c for c in alike if c not in sums]
    yield [c for c in alike if c in sums]


def _group(table: Table, at: int) -> Sequence[str]:
    return table.groups[at] if at < len(table.groups) else ()


def _has_unknown(table: Table, at: int, counts: Mapping[int, _Column]) -> bool:
    """Whether a column under the same headings holds what is only known once the site is made."""
    group = _group(table, at)
    return any(
        UNKNOWN in row[c].text
        for c in range(len(table.rows[0]))
        if c not in counts and _group(table, c)[: len(group)] == group
        for row in table.rows[1:]
        if c < len(row)
    )


def _is_near(cells: Sequence[_Cell], total: _Cell) -> bool:
    missing = abs(sum((cell.value for cell in cells), Decimal(0)) - total.value)
    return missing * 10 <= abs(total.value) or missing == 1


def _unit(table: Table, at: int) -> str:
    found = _UNIT.search(_header(table, at))
    return found["unit"] if found else ""


def _agree(column: _Column, rows: Sequence[int], total: _Cell) -> bool:
    return _adds_up([column[row] for row in rows], total)


def _adds_up(cells: Sequence[_Cell], total: _Cell) -> bool:
    """Whether cells come to a total, but for what rounding of decimals may do."""
    missing = abs(sum((cell.value for cell in cells), Decimal(0)) - total.value)
    steps = [Decimal(1).scaleb(-c.decimals) for c in (*cells, total) if c.decimals]
    return not missing or (missing * 2 < sum(steps, Decimal(0)) and max(steps) <= Decimal("0.1"))


def _wrong(table: Table, at: int, what: str, cells: Sequence[_Cell], total: _Cell) -> Remark:
    terms = "＋".join(f"{cell.value:f}" for cell in cells if cell.written)
    if len(cells) > MANY:
        terms = f"{len(cells)} 个数相加"
    value = sum((cell.value for cell in cells), Decimal(0))
    facts = {
        "column": _header(table, at),
        "what": what,
        "sum": f"{terms}＝{value:f}，表中写 {total.value:f}",
    }
    return Remark("N302", total.passage.at(0), facts)


# ── Shares ───────────────────────────────────────────────────────────────────────────────────────


def _shares(
    table: Table, at: int, shares: _Column, counts: Mapping[int, _Column], totals: Sequence[int]
) -> Iterator[Remark]:
    """A column of per cents against the column of numbers that most of them follow from."""
    best: list[tuple[int, Decimal, Decimal]] | None = None
    for count in sorted(counts, key=lambda c: (c > at, abs(c - at))):
        column = counts[count]
        rows = [r for r in shares if shares[r].written and r not in totals]
        bottom = (
            column[totals[0]].value
            if totals
            else sum((column[r].value for r in column), Decimal(0))
        )
        if len(rows) < 2 or bottom <= 0:
            continue
        wrong = [
            (r, column[r].value, bottom)
            for r in rows
            if numerals.rounded(column[r].value * 100 / bottom, shares[r].decimals)
            != shares[r].value
        ]
        if (
            len(wrong) * 2 <= len(rows) + 1
            and len(wrong) < len(rows)
            and (best is None or len(wrong) < len(best))
        ):
            best = wrong
    for row, top, bottom in best or ():
        cell = shares[row]
        right = numerals.rounded(top * 100 / bottom, cell.decimals)
        facts = {
            "row": _label(table, row),
            "column": _header(table, at),
            "sum": f"{top:f}÷{bottom:f}＝{right:f}%，表中写 {cell.value:f}%",
        }
        yield Remark("N304", cell.passage.at(0), facts)
