"""The English page: what this site is, and what every column of its data means, out of the schemas."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import escape

from disclosure.catalog import Catalog
from disclosure.collection import Collection
from disclosure.schema import Field
from disclosure.site import tabular

TITLE, PATH = "About this site and its data", "en/index.html"
TWIN = "about/"
"""The page in Chinese that says the same of the site."""
_TYPES = {
    "string": "text",
    "date": "date",
    "number": "decimal number",
    "integer": "whole number",
    "year": "year",
    "list": "list",
    "boolean": "yes (是) or no (否)",
}
_UNITS = {"元": "CNY (yuan)"}


def front(catalog: Catalog) -> str:
    """What stands on the page; it lies one level below the root."""
    agency = catalog.agency
    own = escape(str(agency.get("name_en", "")))
    chinese = f'<span lang="zh-CN">{escape(str(agency.get("name", "")))}</span>'
    publisher = f"{own} ({chinese})" if own else chinese
    told = [c for c in catalog.collections.values() if c.schema.title_en]
    contents = "".join(
        f'<li><a href="#{_anchor(c)}">{escape(c.schema.title_en)}</a> '
        f'<span class="count">{len(c.rows):,} records</span></li>'
        for c in told
    )
    sample = (
        "<p class=mark>All data on this site are invented samples.</p>"
        if agency.get("sample")
        else ""
    )
    twin = f' <a href="../{TWIN}" hreflang="zh-CN" lang="zh-CN">中文说明</a>'
    if not any(article.address == TWIN for article in catalog.articles):
        twin = ""
    return "".join(
        (
            f'<p class="lead">This is the government information disclosure site of {publisher}. The site '
            f"is in Chinese; this page says in English what is published and what every column of the data "
            f"means.{twin}</p>{sample}",
            _about(catalog),
            f'<section class="group"><h2>Data dictionary</h2><ul class="columns">{contents}</ul></section>',
            *(_dictionary(c) for c in told),
        )
    )


def _about(catalog: Catalog) -> str:
    contact = ", ".join(
        f"{label} {escape(str(catalog.agency[key]))}"
        for key, label in (("phone", "telephone"), ("email", "e-mail"))
        if catalog.agency.get(key)
    )
    return (
        '<section class="group"><h2>How to read the data</h2><ul>'
        "<li>Every record comes from the registers that the bureau keeps. Records are checked row by row "
        "before each release; if one row does not pass, nothing is released.</li>"
        "<li>A blank means that nothing was entered, 0 that there was none, and "
        '<span lang="zh-CN">不适用</span> that the column does not apply to the matter.</li>'
        "<li>Amounts are in Chinese yuan (CNY), exactly as they were entered. Dates are written "
        'year-month-day; 2099-12-31 (<span lang="zh-CN">长期</span>) means without end.</li>'
        "<li>Personal data are masked before they reach this site: of a natural person only the surname is "
        "shown; addresses, telephone and identity numbers are never published.</li>"
        "<li>A decision is public for the time that the rules set and then comes down by itself. A decision "
        "that was revoked or found unlawful is withdrawn; its address then shows a notice with the reason "
        "(Administrative Penalty Law, article 48).</li>"
        "<li>The legal text is the original decision in Chinese. The English on this page is for information "
        "only.</li></ul></section>"
        '<section class="group"><h2>Getting the data</h2><p>All records on show can be '
        '<a href="../opendata/" hreflang="zh-CN">downloaded</a> as CSV, XLSX and JSON, free of charge and for '
        "any purpose; please name the bureau and the day of the download. Columns are called by their Chinese "
        "headers in CSV and XLSX files and by the names below in JSON files. A description for programs "
        "(Data Package v2) lies beside the files of each collection. "
        '<a href="../feeds/" hreflang="zh-CN">Feeds</a> (Atom, JSON Feed) tell what is new, changed or '
        f"withdrawn.</p>{f'<p>Questions and corrections: {contact}.</p>' if contact else ''}</section>"
    )


def _anchor(collection: Collection) -> str:
    return collection.name.replace("/", "-")


def _dictionary(collection: Collection) -> str:
    schema = collection.schema
    title = escape(schema.title_en)
    rows = "".join(_row(field) for field in schema.public_fields)
    heads = "".join(
        f'<th scope="col">{head}</th>'
        for head in ("Column", "Chinese header", "Name", "Type", "Meaning")
    )
    table = (
        f'<table class="rows dictionary"><caption>Columns of “{title}”</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody></table>"
    )
    return (
        f'<section class="group" id="{_anchor(collection)}"><h2>{title} '
        f'<a href="../{collection.name}/" hreflang="zh-CN" lang="zh-CN">{escape(schema.title)}</a></h2>'
        f"<p>{escape(schema.description_en)}</p>"
        f"{tabular.scrolling(table, f'Columns of {schema.title_en}')}</section>"
    )


def _row(field: Field) -> str:
    meaning = " ".join((escape(field.description_en), *_notes(field))).strip()
    return (
        f'<tr><th scope="row">{escape(field.title_en or field.name)}</th>'
        f'<td data-label="Chinese header" lang="zh-CN">{escape(field.title)}</td>'
        f'<td data-label="Name"><code>{field.name}</code></td>'
        f'<td data-label="Type">{_TYPES[field.type]}</td>'
        f'<td data-label="Meaning">{meaning}</td></tr>\n'
    )


def _notes(field: Field) -> Iterator[str]:
    if field.required:
        yield "Always given."
    if field.unit in _UNITS:
        yield f"In {_UNITS[field.unit]}."
    if field.enum:
        yield f'One{" or more" * (field.type == "list")} of: <span lang="zh-CN">{escape("、".join(field.enum))}</span>.'
