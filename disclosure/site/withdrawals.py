"""Withdrawals: the notice at the address of each withdrawn record, and the list of all notices.

行政处罚法 art. 48: the information is withdrawn and the reason published. A notice says which
document, of which organ, when and why; nothing of the party and nothing of what it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import escape

from disclosure import cache
from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.site import lists, views
from disclosure.site.shell import Page, Shell, blank, token
from disclosure.site.writer import Job

TITLE = "撤回公告"
ABOVE = ("公示变更", "changes/")
HEADS = ("文号", "栏目", "机关", "决定日期", "撤回情形", "生效日期", "撤回理由")


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told of one withdrawn record."""

    path: str
    number: str
    column: str
    organ: str
    made: str
    status: str
    day: str
    reason: str
    address: str = ""
    """The full public address; only on the notice's own page."""

    @property
    def cells(self) -> Sequence[str]:
        """In the order of `HEADS`."""
        return (
            *(self.number, self.column, self.organ, self.made),
            *(self.status, self.day, self.reason),
        )


def may_occur(collection: Collection) -> bool:
    """Whether records of a collection can be withdrawn."""
    return "status" in collection.schema.by_name


def page() -> Page:
    """The page of all notices, whose content changes with the data."""
    return Page("withdrawals/index.html", TITLE, token("content"), (ABOVE,))


def shell() -> Page:
    """The page that the theme dresses for the notices of one year."""
    return blank("withdrawals", (ABOVE, (TITLE, "withdrawals/")))


def notice_shell(collection: Collection) -> Page:
    """The page that the theme dresses for the notices of a collection; search engines may forget it."""
    trail = ((collection.schema.title, f"{collection.name}/"), (TITLE, "withdrawals/"))
    return replace(blank(collection.name, trail), robots="noindex")


def of(collection: Collection) -> list[Notice]:
    """The notices of a collection, newest first."""
    rows, schema = collection.withdrawn, collection.schema
    if rows.empty:
        return []
    blank_cells = [""] * len(rows)
    numbers = [f.name for f in schema.public_fields if f.format == "docno"][:1]
    names = ("path", *(numbers or ["id"]), "organ", schema.date, "status", "status_date")
    columns = [
        rows[name].tolist() if name in rows else blank_cells for name in (*names, "status_reason")
    ]
    orders = rows["party_no"].tolist() if "party_no" in rows else blank_cells
    return [
        Notice(path, f"{number}（当事人{order}）" if order else number, schema.title, *rest)
        for order, path, number, *rest in zip(orders, *columns, strict=True)
    ]


def everything(catalog: Catalog) -> list[Notice]:
    """All notices, the last withdrawals first."""
    found = [notice for collection in catalog.collections.values() for notice in of(collection)]
    return sorted(found, key=lambda notice: (notice.day, notice.path), reverse=True)


def front(catalog: Catalog) -> str:
    """What stands on the page of all notices: the newest, and the ways to those of each year."""
    found = everything(catalog)
    lead = (
        "公开的决定被依法撤销、确认违法或者确认无效的，本局撤回原信息，在这里说明理由。"
        "公告不写当事人和案情；原网址打开的就是撤回公告。"
    )
    parts = [f'<p class="lead">{lead}现有 {len(found):,} 条。</p>']
    links = "".join(
        f'<li><a href="{year}/">{year}年 <span class="count">{len(some):,}条</span></a></li>'
        for year, some in _by_year(found)
    )
    if links:
        parts.append(views.nav("按年度", links, "dates"))
        parts.append(_table(found[: views.PER_PAGE], "最近的撤回公告", "../"))
    else:
        parts.append('<p class="none">没有撤回的记录。</p>')
    return "".join(parts)


def _by_year(found: Sequence[Notice]) -> Sequence[tuple[str, Sequence[Notice]]]:
    years: dict[str, list[Notice]] = {}
    for notice in found:
        years.setdefault(notice.day[:4] or "0000", []).append(notice)
    return list(years.items())


def _table(found: Sequence[Notice], caption: str, root: str) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    body = "".join(_line(notice, root) for notice in found)
    return (
        f'<div class="table-wrap"><table class="rows"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


def _line(notice: Notice, root: str) -> str:
    number, *others = notice.cells
    kinds = ("", " class=code", " class=code", "", " class=code", "")
    cells = "".join(
        f'<td data-label="{head}"{kind}>{escape(cell)}</td>'
        for head, kind, cell in zip(HEADS[1:], kinds, others, strict=True)
    )
    link = f'<a href="{root}{notice.path}">{escape(number)}</a>'
    return f'<tr><th scope="row" data-label="{HEADS[0]}" class=code>{link}</th>{cells}</tr>\n'


def jobs(catalog: Catalog, dressed: Shell) -> Iterator[Job]:
    """The lists of notices by year, in pages of a hundred."""
    common = cache.digest(cache.program(), cache.spell(dressed))
    for year, found in _by_year(everything(catalog)):
        key = cache.digest(common, year, *(cache.spell(notice) for notice in found))
        yield Job(key, pages, (year, found, dressed))


def addresses(catalog: Catalog) -> Iterator[str]:
    """The first page of each list."""
    return (f"withdrawals/{year}/index.html" for year, _ in _by_year(everything(catalog)))


def pages(year: str, found: Sequence[Notice], dressed: Shell) -> Iterator[tuple[str, bytes]]:
    """The list of one year as (path, bytes)."""
    start, title = 0, f"{year}年{TITLE}"
    for sheet in lists.sheets(len(found), newest_first=True):
        some, start = found[start : start + sheet.size], start + sheet.size
        content = _table(some, title, "../../") + lists.pager(sheet, newest_first=True)
        yield (
            f"withdrawals/{year}/{sheet.file}.html",
            dressed.stamp(title, content, year, sheet.file),
        )


def notices(catalog: Catalog, collection: Collection, dressed: Shell) -> Iterator[Job]:
    """The notices of a collection at the addresses of the withdrawn records, by folder."""
    site = str(catalog.agency.get("url", ""))
    folders: dict[str, list[Notice]] = {}
    for notice in of(collection):
        folder = notice.path.rsplit("/", 2)[1]
        folders.setdefault(folder, []).append(replace(notice, address=site + notice.path))
    common = cache.digest(cache.program(), cache.spell(dressed))
    for found in folders.values():
        key = cache.digest(common, *(cache.spell(notice) for notice in found))
        yield Job(key, notice_pages, (collection.name, found, dressed))


def notice_pages(name: str, found: Sequence[Notice], dressed: Shell) -> Iterator[tuple[str, bytes]]:
    """Some notices as (path, bytes)."""
    root = "../" * (name.count("/") + 2)
    for notice in found:
        _, folder, file = notice.path.rsplit("/", 2)
        rows = "".join(
            f"<div><dt>{head}</dt><dd>{escape(cell)}</dd></div>"
            for head, cell in zip(HEADS, notice.cells, strict=True)
            if cell
        )
        content = (
            '<article class="record"><p class="mark">这里原来公示的信息已经依法撤回，不再公开。</p>'
            f'<section class="fields"><h2>{TITLE}</h2><dl>{rows}</dl></section>'
            f'<p class="permalink">固定网址：<a href="{root}{notice.path}">{escape(notice.address)}</a>'
            f'　<a href="{root}withdrawals/">全部{TITLE}</a></p></article>'
        )
        title = f"{TITLE}：{notice.number}"
        yield notice.path, dressed.stamp(title, content, folder, file.removesuffix(".html"))
