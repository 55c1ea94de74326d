"""QR codes: the address of a page as a picture that a telephone reads, for screens and for paper.

Those of the documents that people write are made at build with segno, so that print has them without
scripts. Those of other pages the browser makes when the toolbar is asked for one, with the same result
(`hooks/theme/assets/qr.js`): drawing one takes 12 ms here, twenty minutes for 100,000 records, and would add
2 KB of digits to every page, in which whoever looks for personal data would have to search, too. A
record states its permanent address in words, which print shows.
"""

from __future__ import annotations

import re

import segno
from markupsafe import escape

LABEL = "本页网址的二维码"
QUIET = 4
"""Modules of white on every side (GB/T 18284)."""


def figure(address: str) -> str:
    """The QR code of an address with the address below, as HTML."""
    return (
        f'<aside class="qr" aria-label="{LABEL}">{svg(address)}'
        f"<p>扫描二维码，或者输入网址，在线查看本页：<br>{escape(address)}</p></aside>"
    )


def svg(address: str) -> str:
    """The QR code of an address, correction level M, one unit for each module."""
    made = segno.make(address, micro=False, error="m", mode="byte", boost_error=False)
    drawn = "".join(
        f"M{run.start()} {y}h{len(run[0])}v1h-{len(run[0])}z"
        for y, row in enumerate(made.matrix)
        for run in re.finditer(b"\x01+", bytes(row))
    )
    size = len(made.matrix) + 2 * QUIET
    return (
        f'<svg viewBox="-{QUIET} -{QUIET} {size} {size}" role="img" aria-label="{LABEL}">'
        f'<path d="{drawn}"/></svg>'
    )
