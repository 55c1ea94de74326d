"""Record pages: one page per public row, with every field that is filled, what it links to, its address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import escape

from disclosure.catalog import Catalog, Collection
from disclosure.schema import Field, ForeignKey
from disclosure.site.shell import Page, Shell, blank, escape_all, token

Links = Mapping[str, tuple[str, str]]
"""For the values of one column: (address below the root, title) of the record each one names."""


def shell(collection: Collection) -> Page:
    """The page that the theme dresses for all records of a collection."""
    trail = [(collection.schema.title, f"{collection.name}/")]
    if collection.schema.date:
        trail.append((f"{token('folder')}年", f"{collection.name}/{token('folder')}/"))
    return blank(collection.name, tuple(trail))


def pages(catalog: Catalog, collection: Collection, dressed: Shell) -> Iterator[tuple[str, bytes]]:
    """Every record of a collection as (path, bytes), in the order of its lists."""
    rows = collection.rows
    columns = zip(
        rows["path"].tolist(),
        rows["title"].tolist(),
        rows["folder"].tolist(),
        rows["id"].tolist(),
        contents(catalog, collection),
        strict=True,
    )
    for path, title, folder, file, content in columns:
        yield path, dressed.stamp(title, content, folder, file)


def contents(catalog: Catalog, collection: Collection) -> Sequence[str]:
    """The HTML of every record, made column by column."""
    rows, schema = collection.rows, collection.schema
    root = "../" * (collection.name.count("/") + 2)
    keys = {key.field: key for key in schema.foreign_keys}
    sections: dict[str, list[list[str]]] = {}
    for field in collection.fields:
        links = _links(catalog, keys[field.name]) if field.name in keys else {}
        pieces = _pieces(field, rows[field.name].tolist(), links, root)
        sections.setdefault(field.section or schema.title, []).append(pieces)
    blocks = [_blocks(heading, pieces) for heading, pieces in sections.items()]
    site = escape(str(catalog.agency.get("url", "")))
    feet = [
        f'<p class="permalink">固定网址：<a href="{root}{path}">{site}{path}</a></p>'
        for path in rows["path"].tolist()
    ]
    return [
        f'<article class="record">{"".join(parts)}</article>'
        for parts in zip(*blocks, feet, strict=True)
    ]


def _blocks(heading: str, pieces: Sequence[Sequence[str]]) -> list[str]:
    """One section per row; empty where the row fills none of its fields."""
    opening = f'<section class="fields"><h2>{escape(heading)}</h2><dl>'
    rows = ("".join(parts) for parts in zip(*pieces, strict=True))
    return [f"{opening}{row}</dl></section>" if row else "" for row in rows]


def _pieces(field: Field, cells: Sequence[str], links: Links, root: str) -> list[str]:
    """The field's line for every row; "" where it is not filled."""
    opening = f"<div><dt>{escape(field.title)}</dt><dd{' class=lines' if field.multiline else ''}>"
    distinct = list(dict.fromkeys(cells))
    if field.format == "uri" or links:
        values = [_linked(field, text, links, root) for text in distinct]
    else:
        values = escape_all([field.show(text) for text in distinct])
    made = {
        text: f"{opening}{value}</dd></div>" if text else ""
        for text, value in zip(distinct, values, strict=True)
    }
    return [made[text] for text in cells]


def _linked(field: Field, text: str, links: Links, root: str) -> str:
    if field.format == "uri":
        inward = "" if text.startswith(("http://", "https://")) else root
        return f'<a href="{inward}{escape(text)}">{escape(text)}</a>'
    shown = []
    for part in field.parts(text):
        if part in links:
            path, title = links[part]
            label = part if part == title else f"{part} {title}"
            shown.append(f'<a href="{root}{path}">{escape(label)}</a>')
        else:
            shown.append(str(escape(part)))
    return field.delimiter.join(shown)


def _links(catalog: Catalog, key: ForeignKey) -> Links:
    target = catalog.collections.get(key.resource)
    if target is None or key.target not in target.rows.columns:
        return {}
    rows = target.rows
    return dict(
        zip(
            rows[key.target].tolist(),
            zip(rows["path"].tolist(), rows["title"].tolist(), strict=True),
            strict=True,
        )
    )
