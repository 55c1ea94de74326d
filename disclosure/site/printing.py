"""Printing: figures set into the pages that state them, each a link to the rows behind it."""

from __future__ import annotations

import re

from markupsafe import escape

from disclosure.catalog import Catalog
from disclosure.figures import bindings, conditions, groups, ledger, reconciling
from disclosure.figures.bindings import TABLE, Binding
from disclosure.figures.figure import Figure
from disclosure.site import charts

_PIECES = re.compile(
    r"<(script|style)\b.*?</\1>|<!--.*?-->"
    r"|<p>\s*(?P<paragraph>qzfigure[a-z]{16}zq)\s*</p>"
    r"""|<(?P<end>/?)(?P<tag>[A-Za-z][\w-]*)(?:"[^"]*"|'[^']*'|[^"'>])*>"""
    r"|(?P<token>qzfigure[a-z]{16}zq)",
    re.DOTALL,
)
_SIGNS = re.compile(r"[^\w.-]")


def stamp(html: str, catalog: Catalog, address: str) -> str:
    """The HTML of the page at an address, dressed or not, with its figures in place of the tokens.

    Within links, and within tags, where a heading is an anchor, there is the number alone.
    """
    page = ledger.page_of(address)
    if not (found := catalog.bindings.get(page)):
        return html
    own, shared = catalog.figures.get(page, {}), catalog.figures.get("", {})
    by_token = {binding.token: binding for binding in found}
    up = "../" * address.count("/")
    linked, drawn = False, 0

    def named(token: str) -> tuple[Binding, Figure | None]:
        binding = by_token[token]
        return binding, own.get(binding.name) or shared.get(binding.name)

    def plain(token: re.Match[str]) -> str:
        return _SIGNS.sub("", reconciling.printed(*named(token[0])))

    def piece(found: re.Match[str]) -> str:
        nonlocal linked, drawn
        if token := found["paragraph"]:
            binding, figure = named(token)
            if binding.name == bindings.CHART and binding.group in catalog.charts:
                drawn += 1
                return charts.inset(catalog.charts[binding.group], up, drawn)
            if binding.group == TABLE and figure and figure.groups:
                return _table(figure, catalog, up)
            return f"<p>{_number(binding, figure, up, linked)}</p>"
        if token := found["token"]:
            return _number(*named(token), up, linked)
        if (found["tag"] or "").lower() == "a":
            linked = not found["end"]
        return bindings.TOKEN.sub(plain, found[0])

    return _PIECES.sub(piece, html)


def _number(binding: Binding, figure: Figure | None, up: str, linked: bool) -> str:
    """A figure in running text."""
    figure, text = reconciling.chosen(figure, binding.group), reconciling.printed(binding, figure)
    return str(escape(text)) if linked or figure is None else _link(figure, text, up)


def _link(figure: Figure, text: str, up: str) -> str:
    title = escape(figure.words)
    return f'<a class="figure" href="{up}{figure.address}" title="{title}">{escape(text)}</a>'


def _table(figure: Figure, catalog: Catalog, up: str) -> str:
    """The groups that have rows, and their total."""
    definition = figure.definition
    schema = catalog.collections[definition.collection].schema
    by = conditions.axis(schema, definition.by)
    assert by is not None, definition.by  # figures are made of what there is
    members = groups.told(figure, schema)
    show = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        f'<td class="num">{_link(group, group.text, up)}</td></tr>\n'
        for label, group in members.items()
        if group.value or len(group.rows) or group.hidden
    )
    if others := groups.rest(figure, members):
        show += (
            f'<tr><th scope="row">{groups.REST}</th>'
            f'<td class="num">{groups.amount(figure, others)}</td></tr>\n'
        )
    unit = f"（{definition.unit}）" if definition.unit else ""
    heading = by.name if by.cut else by.title
    return (
        f'<div class="table-wrap"><table class="rows"><caption>{escape(definition.name)}</caption>'
        f'<thead><tr><th scope="col">{escape(heading)}</th>'
        f'<th scope="col" class="num">数量{escape(unit)}</th></tr></thead>\n<tbody>{show}</tbody>'
        f'<tfoot><tr><th scope="row">合计</th><td class="num">{_link(figure, figure.text, up)}</td>'
        "</tr></tfoot></table></div>"
    )
