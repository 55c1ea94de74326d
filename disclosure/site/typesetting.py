"""Typesetting: HTML made into a tagged PDF (PDF/UA-1) laid out as official documents are (GB/T 9704-2012)."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from disclosure import cache, fonts

STYLES = "paper.css"
LIBRARIES = ("weasyprint", "pydyf", "tinycss2", "tinyhtml5", "cssselect2", "fonttools", "pyphen")
"""What shapes the result besides this module, the styles and the fonts."""
ROLES: Mapping[str, tuple[str, ...]] = {
    "has-biaosong": ("方正小标宋_GBK", "FZXiaoBiaoSong-B05", "方正小标宋简体"),
    "has-kai": ("楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi"),
}
"""Proprietary fonts that need no weight added, as the free one in their place does."""


def press() -> str:
    """What papers are set with on this machine, as one word that changes with it; "" when nothing can
    be set here, for want of libraries or fonts."""
    there = fonts.installed()
    if fonts.missing() or not set(fonts.OPEN) & there.keys():
        return ""
    styles = _styles()
    used = (f"{name} {there[name]}" for name in re.findall(r'"([^"]+)"', styles) if name in there)
    return cache.digest(styles, __doc__ or "", *used, *map(version, LIBRARIES))


def classes() -> str:
    """Which of the fonts that have a weight of their own are here, as classes of the root element."""
    there = fonts.installed().keys()
    return " ".join(name for name, families in ROLES.items() if there & set(families))


def paper(html: str, base: str, pictures: Mapping[str, bytes]) -> bytes:
    """A whole HTML document as PDF; the same bytes for the same arguments on one press.

    `base` is the address that its links and pictures start from. `pictures` are the only files it
    may show, by their addresses; nothing else is read, and nothing fetched. Dates and language are
    those that the document states.
    """
    import weasyprint  # only now: it takes a second, and mostly nothing has to be set
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Pictures(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            kind = mimetypes.guess_type(url)[0] or "application/octet-stream"
            return URLFetcherResponse(url, pictures[url], {"Content-Type": kind})

    source = weasyprint.HTML(string=html, base_url=base, url_fetcher=Pictures())
    styles = weasyprint.CSS(string=_styles())
    made: bytes = source.write_pdf(
        stylesheets=[styles],
        finisher=_number_pages,
        pdf_variant="pdf/ua-1",
        pdf_identifier=cache.digest(html).encode(),
    )
    return made


def _styles() -> str:
    return files("disclosure.site").joinpath(STYLES).read_text("utf-8")


def _number_pages(document: object, pdf: Any) -> None:
    """Mark page numbers as what is no part of the text (an artifact, ISO 14289-1, 7.1): they are
    tagged by now, but in no tree."""
    root = pdf.objects[_number(pdf.catalog["StructTreeRoot"])]
    told = set(_marks(pdf.objects, root))
    by_page = pdf.objects[_number(root["ParentTree"])]["Nums"][1::2]
    for page, elements in zip(pdf.pages["Kids"][::3], by_page, strict=False):
        stream = pdf.objects[_number(pdf.objects[page]["Contents"])].stream
        for at, item in enumerate(stream):
            if isinstance(item, dict) and (page, mark := item.get("MCID", -1)) not in told:
                stream[at - 1 : at + 1] = ["/Artifact", type(item)({"Type": "/Pagination"})]
                elements[mark] = "null"


def _marks(objects: Sequence[Any], root: Any) -> Iterator[tuple[int, int]]:
    """The pieces of text that the tree of tags holds, as (page, mark)."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        for kid in element.get("K", ()):
            if isinstance(kid, int):
                yield _number(element["Pg"]), kid
            else:
                waiting.append(objects[_number(kid)])


def _number(reference: bytes) -> int:
    """The number of an object, from a reference to it."""
    return int(reference.split()[0])
