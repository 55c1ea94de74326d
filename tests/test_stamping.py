"""Stamping: a page of data is, byte for byte, what MkDocs renders for the same content."""

from __future__ import annotations

from pathlib import Path

from conftest import build

HOOK = '''
"""Ten records of two collections as pages that MkDocs renders itself."""
from pathlib import Path
from mkdocs.structure.files import File, InclusionLevel
from dataclasses import replace
from disclosure.site import items, records, shelf
from disclosure.site.shell import Page, Shell


def on_files(files, config):
    build = config.extra["build"]
    catalog = build.contents.catalog
    folder = str(Path(config.config_file_path).parent / "shelves")
    shelves = {c.name: shelf.put(c, folder) for c in catalog.collections.values()}
    for name in ("penalties", "powers"):
        collection = catalog.collections[name]
        layout = records.layout(catalog, collection, shelves, Shell([b""], []))
        rows = collection.rows.iloc[:: max(len(collection.rows) // 5, 1)].head(5)
        besides = items.more(catalog, collection)
        more = [besides[n] for n in rows.index] if besides else []
        made = records.contents(layout, rows, more), records.articles(layout, rows)
        for (_, row), content, article in zip(rows.iterrows(), *made):
            source = f"real/{row['id']}.md"
            file = File.generated(config, source, content="", inclusion=InclusionLevel.NOT_IN_NAV)
            file.dest_uri = f"real/{row['path']}"
            file.url = row["path"]
            files.append(file)
            trail = [(collection.schema.title, f"{name}/")]
            if collection.schema.date:
                trail.append((f"{row['folder']}年", f"{name}/{row['folder']}/"))
            page = Page(row["path"], row["title"], content, tuple(trail), article=article)
            build.sources[source] = replace(page, description=collection.schema.description)
    return files
'''


def test_stamped_pages_are_what_mkdocs_renders(project: Path) -> None:
    rows = project / "data" / "penalties" / "2026.csv"
    rows.write_text(rows.read_text("utf-8").replace("有限公司", "<b>&\"'有限公司", 1), "utf-8")
    (project / "real_pages.py").write_text(HOOK, "utf-8")
    config = project / "mkdocs.yml"
    config.write_text(
        config.read_text("utf-8").replace(
            "- hooks/portal.py", "- hooks/portal.py\n  - real_pages.py"
        ),
        "utf-8",
    )
    result = build(project)
    assert result.returncode == 0, result.stdout + result.stderr
    real = project / "site" / "real"
    rendered = sorted(real.rglob("*.html"))
    assert len(rendered) == 10
    for page in rendered:
        stamped = project / "site" / page.relative_to(real)
        assert stamped.read_bytes() == page.read_bytes()
