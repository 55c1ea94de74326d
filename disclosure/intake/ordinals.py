"""Ordinals: which number each party of one decision bears, so that it keeps it from sheet to sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from disclosure.privacy import names

Row = Mapping[str, str]


def assign(number: str, sheet: Sequence[Row], kept: Sequence[Row]) -> list[str | None]:
    """The ordinal of every row that a sheet has of one decision; None where nobody can tell.

    `number` is the ordinal's field, `kept` are the decision's rows that are there already. Sheets for
    the credit site have no ordinals: a party is known again by its masked name and its code. Where
    natural persons of the decision are missing in the sheet, none of its rows can be placed.
    """
    given = [row.get(number) or None for row in sheet]
    free = [row for row in kept if row[number] not in given]
    for alike in (_same, _namesakes):
        for n, row in enumerate(sheet):
            found = [other for other in free if alike(row, other)]
            if given[n] is None and found and (len(sheet) > 1 or len(found) == 1):
                given[n] = found[0][number]
                free.remove(found[0])
    if len(sheet) == 1 and given[0] is None and [row[number] for row in kept] in ([], [""]):
        return [""]  # the only party of its decision, perhaps under a name put right
    if any(names.is_masked(_party(row)[0]) for row in free):
        return [
            None for _ in sheet
        ]  # texts may name who is absent, and nobody knows how to mask it
    taken = {one or "1" for one in given if one is not None} | {row[number] or "1" for row in kept}
    numbers = (str(n) for n in range(1, len(taken) + len(sheet) + 1) if str(n) not in taken)
    return [next(numbers) if one is None else one for one in given]


def _same(one: Row, other: Row) -> bool:
    return _party(one) == _party(other)


def _namesakes(one: Row, other: Row) -> bool:
    """Alike but for what tells them apart: 张某 and 张某甲."""
    (name, code), (other_name, other_code) = _party(one), _party(other)
    masked = names.is_masked(name) and names.is_masked(other_name)
    return masked and code == other_code and names.surname(name) == names.surname(other_name)


def _party(row: Row) -> tuple[str, str]:
    return row.get("party", ""), row.get("uscc", "")
