"""Tables of rows: records as the lines of an HTML table, each leading to its record."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import escape

from disclosure.schema import Field, Schema
from disclosure.site.shell import escape_all


def rows(
    schema: Schema, frame: pd.DataFrame, columns: Sequence[str] = (), *, up: str = "../"
) -> list[str]:
    """Every row as HTML; the first column is the link. `up` leads from the page to the collection;
    a column `anchor` names the place on the record's page."""
    cells: list[list[str]] = []
    for number, field in enumerate(schema.by_name[name] for name in columns or schema.list):
        texts = frame[field.name].tolist()
        distinct = list(dict.fromkeys(texts))
        shown = dict(zip(distinct, escape_all([field.show(t) for t in distinct]), strict=True))
        label, kind = escape(field.title), _class(field)
        if number:
            opening = f'<td data-label="{label}"{kind}>'
            cells.append([f"{opening}{shown[text]}</td>" for text in texts])
        else:
            titles = escape_all(frame["title"].tolist())
            places = (
                [f"#{name}" for name in frame["anchor"]] if "anchor" in frame else [""] * len(texts)
            )
            addresses = (frame["folder"].tolist(), frame["id"].tolist(), places)
            targets = zip(*addresses, texts, titles, strict=True)
            opening = f'<tr><th scope="row" data-label="{label}"{"" if "num" in kind else kind}><a href="{up}'
            cells.append(
                [
                    f'{opening}{folder}/{file}.html{place}">{shown[text] or title}</a></th>'
                    for folder, file, place, text, title in targets
                ]
            )
    return ["".join((*row, "</tr>\n")) for row in zip(*cells, strict=True)]


def table(schema: Schema, lines: Sequence[str], caption: str, columns: Sequence[str] = ()) -> str:
    """A table of such rows."""
    fields = [schema.by_name[name] for name in columns or schema.list]
    # The first column is the link to the record; it is a name even when it is a number.
    heads = "".join(
        f'<th scope="col"{_class(f) if n else ""}>{escape(f.title)}</th>'
        for n, f in enumerate(fields)
    )
    return (
        f'<div class="table-wrap"><table class="rows"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>{''.join(lines)}</tbody></table></div>"
    )


def scrolling(table: str, name: str) -> str:
    """A wide table that scrolls by itself, by keyboard too; `name` says what it is, as plain text."""
    return f'<div class="table-wrap" role="group" tabindex="0" aria-label="{escape(name)}">{table}</div>'


def kind(field: Field) -> str:
    """How a column is set: numbers to the right ("num"), dates and codes unbroken ("code")."""
    if field.type in ("number", "integer"):
        return "num"
    return "code" if field.type == "date" or field.format in ("docno", "uscc") else ""


PLAIN = '<div class="plain">'
"""Around the rows that give way while others are asked for."""


def sifter(root: str, narrowed: tuple[str, str]) -> str:
    """Where `hooks/theme/assets/list.js` puts filters and what they leave. `root` leads to the collection;
    what the page is narrowed down to already is a facet with its value, or ("", "")."""
    name, value = narrowed
    own = f' data-name="{escape(name)}" data-value="{escape(value)}"' if name else ""
    return f'<div class="sifter" data-root="{root}"{own}></div>'


def _class(field: Field) -> str:
    return f" class={found}" if (found := kind(field)) else ""
