"""The English page: every public column of every collection, and a page that says that it is English."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT
from markupsafe import escape

from disclosure import catalog, holdings
from disclosure.catalog import Catalog
from disclosure.site import english


@pytest.fixture(scope="module")
def sample() -> Catalog:
    return catalog.load(ROOT / "data", as_of=date(2026, 11, 22))


def test_every_column_has_its_line(sample: Catalog) -> None:
    page = english.front(sample)
    for collection in sample.collections.values():
        schema = collection.schema
        _, _, section = page.partition(f'id="{schema.name.replace("/", "-")}"')
        section = section.partition("</section>")[0]
        names = re.findall(r"<code>(\w+)</code>", section)
        assert names == [field.name for field in schema.public_fields]
        for text in (schema.title_en, schema.description_en, schema.title):
            assert escape(text) in section
        for field in schema.public_fields:
            assert f'<th scope="row">{escape(field.title_en)}</th>' in section
            assert escape(field.description_en) in section
    assert "representative" not in page


def test_what_is_not_translated_is_left_out(sample: Catalog) -> None:
    norms = sample.collections["norms"]
    bare = replace(norms, schema=replace(norms.schema, title_en=""))
    page = english.front(replace(sample, collections={**sample.collections, "norms": bare}))
    assert 'id="norms"' not in page
    assert 'id="penalties"' in page


def test_chinese_words_say_that_they_are(sample: Catalog) -> None:
    page = english.front(sample)
    # Meanings may quote a word in brackets; headers, titles and choices are marked.
    marked = re.sub(r'<(\w+)[^>]* lang="zh-CN"[^>]*>.*?</\1>', "", page)
    marked = re.sub(r"\([^()]*\)", "", marked)
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"<[^>]+>", "", marked))


def test_the_sample_is_translated_throughout() -> None:
    schemas, findings = holdings.schemas(ROOT / "data")
    assert not findings
    assert all(schema.title_en and not schema.untranslated() for schema in schemas)


def test_pages_lead_to_their_feeds_and_to_each_other(sample_site: Path) -> None:
    def head(path: str) -> str:
        return (sample_site / path).read_text("utf-8").partition("</head>")[0]

    def alternates(path: str) -> set[tuple[str, str]]:
        pattern = r'<link rel="alternate" (?:type|hreflang)="([^"]+)"[^>]* href="([^"]+)">'
        return set(re.findall(pattern, head(path)))

    base = "https://jtj.example.gov.cn/"
    both = {("zh-CN", f"{base}about/"), ("en", f"{base}en/")}
    atom, other = "application/atom+xml", "application/feed+json"
    assert alternates("en/index.html") == alternates("about/index.html") == both
    assert '<html lang="en"' in head("en/index.html")
    assert '<html lang="zh-CN"' in head("about/index.html")
    assert alternates("index.html") == {(atom, "feed.xml"), (other, "feed.json")}
    assert alternates("penalties/index.html") == {(atom, "feed.xml"), (other, "feed.json")}
    assert alternates("feeds/index.html") == {(atom, "../feed.xml"), (other, "../feed.json")}
    assert not alternates("officers/index.html")
    page = (sample_site / "en/index.html").read_text("utf-8")
    assert 'class="site-header" lang="zh-CN"' in page
    assert 'class="site-footer" lang="zh-CN"' in page
    assert "About this site and its data" in head("en/index.html")
