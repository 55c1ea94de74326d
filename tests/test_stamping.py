"""Stamping: a page of data is, byte for byte, what MkDocs renders for the same content."""

from __future__ import annotations

from pathlib import Path

from conftest import build

HOOK = '''
"""Ten records of two collections as pages that MkDocs renders itself."""
from pathlib import Path
from mkdocs.structure.files import File, InclusionLevel
from disclosure.site import items, records, shelf
from disclosure.site.shell import Shell

pages = {}


def on_files(files, config):
    catalog = config.extra["build"].contents.catalog
    folder = str(Path(config.config_file_path).parent / "shelves")
    shelves = {c.name: shelf.put(c, folder) for c in catalog.collections.values()}
    for name in ("penalties", "powers"):
        collection = catalog.collections[name]
        layout = records.layout(catalog, collection, shelves, Shell([b""], []))
        rows = collection.rows.iloc[:: max(len(collection.rows) // 5, 1)].head(5)
        besides = items.more(catalog, collection)
        more = [besides[n] for n in rows.index] if besides else []
        for (_, row), content in zip(rows.iterrows(), records.contents(layout, rows, more)):
            source = f"real/{row['id']}.md"
            file = File.generated(config, source, content="", inclusion=InclusionLevel.NOT_IN_NAV)
            file.dest_uri = f"real/{row['path']}"
            file.url = row["path"]
            files.append(file)
            trail = [{"title": collection.schema.title, "url": f"{name}/"}]
            if collection.schema.date:
                trail.append({"title": f"{row['folder']}年", "url": f"{name}/{row['folder']}/"})
            meta = {"title": row["title"], "template": "data.html", "trail": trail}
            pages[source] = meta, content
    return files


def on_page_markdown(markdown, page, config, files):
    if page.file.src_uri in pages:
        page.meta = pages[page.file.src_uri][0]
    return markdown


def on_page_content(html, page, config, files):
    return pages[page.file.src_uri][1] if page.file.src_uri in pages else html
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
