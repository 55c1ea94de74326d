"""Bars: where a fine lies between the fines that the standards of discretion allow, in words and as a plain bar."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from markupsafe import escape

from disclosure import discretion
from disclosure.discretion import Bracket, Standards

TITLE = "裁量幅度"
WIDTH = 1000
"""Of a bar, in the units of its drawing."""


def lines(
    known: Standards, penalties: Sequence[tuple[str, str, str, str, str]], root: str
) -> list[str]:
    """The line on its bracket for every penalty, given as (offence, power, degree, day, fine);
    "" where there is no bracket. `root` leads from the page to the root of the site."""
    made = {penalty: _line(known, penalty, root) for penalty in dict.fromkeys(penalties)}
    return [made[penalty] for penalty in penalties]


def _line(known: Standards, penalty: tuple[str, str, str, str, str], root: str) -> str:
    violation, power, degree, day, text = penalty
    fine, bracket = discretion.amount(text), known.find(violation, power, degree, day)
    if bracket is None or fine is None:
        return ""
    name = f"{escape(bracket.degree)}：{discretion.span(bracket)}"
    link = f'<a href="{root}{bracket.path}">{name}</a>' if bracket.path else name
    picture = bar(known.beside(bracket, day), bracket, fine)
    return f"<div><dt>{TITLE}</dt><dd>{link}。{sentence(bracket, fine)}{picture}</dd></div>"


def sentence(bracket: Bracket, fine: Decimal) -> str:
    """Where a fine lies, in words."""
    paid = f"本案罚款 {fine:,} 元"
    if fine < bracket.low:
        return f"{paid}，低于下限 {bracket.low - fine:,} 元，见裁量理由。"
    if bracket.high is None:
        return f"{paid}，在幅度以内。"
    if fine > bracket.high:
        return f"{paid}，高于上限 {fine - bracket.high:,} 元，见裁量理由。"
    if fine in (bracket.low, bracket.high):
        return f"{paid}，为幅度的{'下限' if fine == bracket.low else '上限'}。"
    share = (fine - bracket.low) / (bracket.high - bracket.low) * 100
    whole = share.quantize(Decimal(1), ROUND_HALF_UP)
    return f"{paid}，在幅度以内，位于自下限起约 {whole}% 处。"


def bar(brackets: Sequence[Bracket], mine: Bracket, fine: Decimal) -> str:
    """All degrees of the offence side by side, the one applied filled, and a mark at the fine.

    Drawn in lines and areas that print as they are; who does not see it has the sentence beside it.
    """
    ends = [end for b in brackets for end in (b.low, b.high) if end is not None]
    first, last = min(*ends, fine), max(*ends, fine)
    if any(b.high is None for b in brackets):
        last += (last - first) / 4
    if last == first:
        return ""

    def at(amount: Decimal) -> int:
        return int((amount - first) * WIDTH / (last - first))

    parts = []
    for bracket in brackets:
        left, right = at(bracket.low), at(last if bracket.high is None else bracket.high)
        kind = ' class="mine"' if bracket == mine else ""
        parts.append(f'<rect{kind} x="{left}" y="5" width="{right - left}" height="14"/>')
    # The filled one lies above its neighbours, the mark above all.
    parts.sort(key=lambda part: "mine" in part)
    x = min(max(at(fine), 3), WIDTH - 3)
    parts.append(f'<path d="M{x} 0V24"/>')
    top = "不设上限" if any(b.high is None for b in brackets) else f"{last:,} 元"
    return (
        f'<svg class="bar" viewBox="0 0 {WIDTH} 24" preserveAspectRatio="none" aria-hidden="true" '
        f'focusable="false">{"".join(parts)}</svg>'
        f'<span class="bar-ends" aria-hidden="true"><span>{first:,} 元</span><span>{top}</span></span>'
    )
