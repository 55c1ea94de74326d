"""Prose: what pages may hold comes through as it is; what they may not hold is named at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from conftest import ROOT, build
from hypothesis import given
from hypothesis import strategies as st

from disclosure import prose

CLEAN = [
    "普通的段落，**粗**、*斜*、`代码`。",
    "[站内](guide.md)、[锚](#a)、[上级](../reports/index.md#_1)、[外](https://example.com/a?b=c&d=e#f)",
    "<gongkai@example.com>、<https://example.com/>、[电话](tel:0000-12345678)",
    "![图](chart.png)",
    "| 甲 | 乙 |\n|:--|--:|\n| 1 | 2 |",
    "甲[^1]\n\n[^1]: 注",
    '!!! note "提示"\n    内容',
    "术语\n:   定义",
    "```python\nprint(1)\n```",
    "3. 三\n4. 四",
    "<details open><summary>甲</summary><p>乙</p></details>",
    '<table><caption>表</caption><tr><th scope="col" colspan="2">甲</th></tr><tr><td rowspan="2">乙</td></tr></table>',
    '<figure><img src="a.png" alt="甲" width="100" loading="lazy"><figcaption>图</figcaption></figure>',
    '<abbr title="甲">乙</abbr><br><time datetime="2026-01-01">丙</time><sup>2</sup><ruby>字<rt>zì</rt></ruby>',
    "<div>\n\n甲\n\n</div>",
    "甲 < 乙 & 丙 > 丁，R&D，a<3",
    "甲<!-- 给同事的话 -->乙",
]


@pytest.mark.parametrize("text", CLEAN)
def test_what_pages_need_comes_through(text: str) -> None:
    assert prose.check(text, "x.md") == []
    html, refused = prose.clean(prose._rendered(text))
    assert not refused
    assert "<!--" not in html


def test_the_pages_of_this_site_come_through() -> None:
    for path in (ROOT / "docs").rglob("*.md"):
        assert prose.check(path.read_text("utf-8").split("---", 2)[2], path.name) == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("<script>alert(1)</script>", {"M203"}),
        ("<form><input></form>", {"M203"}),
        ("<style>p{}</style>", {"M203"}),
        ('<meta http-equiv="refresh" content="0">', {"M203"}),
        ('<base href="x">', {"M203"}),
        ("<svg></svg>", {"M203"}),
        ("<video src=x></video>", {"M203"}),
        ('<p style="x">甲</p>', {"M204"}),
        ('<p onclick="x">甲</p>', {"M204"}),
        ('<a href="x" target="_blank">甲</a>', {"M204"}),
        ('<a href="x" ping="https://example.com/">甲</a>', {"M204"}),
        ('<img src="a.png" srcset="//example.com/a.png 2x">', {"M204"}),
        ('<td colspan="many">', {"M204"}),
        ('<div class="site-header">甲</div>', {"M204"}),
        ('<p id="a b">甲</p>', {"M204"}),
        ("[甲](javascript:alert(1))", {"M205"}),
        ("[甲][乙]\n\n[乙]: vbscript:x", {"M205"}),
        ("<javascript:alert(1)>", {"M203"}),
        ("![甲](https://example.com/a.png)", {"M205"}),
        ("![甲](//example.com/a.png)", {"M205"}),
        ("[甲](//example.com)", {"M205"}),
        ("[甲](/\\example.com)", {"M205"}),
        ('<a href=" https://example.com/">甲</a>', {"M205"}),
        ('<a href="https://a@example.com/">甲</a>', {"M205"}),
        ('<a href="https:example.com">甲</a>', {"M205"}),
        ('<a href="java&#x0a;script:x">甲</a>', {"M205"}),
        ('<a href="&#1;javascript:x">甲</a>', {"M205"}),
        ("<table><tr><td>甲</td>乙</tr></table>", {"M206"}),
        ("甲 &#60乙", {"M206"}),
        ("甲\u202e乙", {"M201"}),
        ("甲&#8238;乙", {"M201"}),
        ("甲&#xfffe;乙", {"M206"}),
        ("`甲`&#0;", {"M201"}),
        ('<p title="&#x202e;">甲</p>', {"M201"}),
        ("甲\u200b乙", {"M209"}),
    ],
)
def test_what_pages_may_not_hold_is_named(text: str, codes: set[str]) -> None:
    found = prose.check(f"第一段。\n\n{text}\n", "x.md", first=5)
    assert {f.code for f in found} == codes
    assert {f.place.row for f in found} <= {7, 9}
    assert all(f.message for f in found)


def test_links() -> None:
    for link in (
        "a.md",
        "../a/b.md#c",
        "#c",
        "?q=1",
        "",
        "https://例子.example/甲",
        "mailto:a@b.cn",
        "tel:110",
        "HTTP://a.cn",
    ):
        assert prose.is_safe_link(link), link
    for link in ("javascript:x", "JAVASCRIPT:x", "java\tscript:x", "data:,x", "//a.cn", "\\\\a.cn", "/\\a.cn", "http:/a.cn", "http://",
                 "https://a.cn\\@b.cn", " a.md", "a b.md", "x\u202ey", "file:///a", "C:\\a", "ftp://a.cn", "mailto://a"):  # fmt: skip
        assert not prose.is_safe_link(link), link


pieces = st.sampled_from(
    ["<b>", "</b>", "<p>", "</p>", "<a href=", '"x"', "'//y'", "javascript:x", ">", "<", "/", "<script>", "</script>", "甲", " onx=1 ",
     "<table>", "<td>", "<!--", "-->", "<![CDATA[", "]]>", "&lt;", "&#60;", "<svg>", "<style>", "\n", "<img src=x>", "`", "*", "[", "](", ")", "![", "http://a.cn", "]: "]
)  # fmt: skip


@given(st.lists(pieces, max_size=12).map("".join))
def test_what_comes_through_has_nothing_left_to_refuse(html: str) -> None:
    cleaned, refused = prose.clean(html)
    again, left = prose.clean(cleaned)
    assert not left
    assert again == cleaned
    if not refused:
        assert prose._read(cleaned).content == prose._read(html).content


@given(st.lists(pieces | st.text(max_size=6), max_size=12).map("".join))
def test_the_check_names_whatever_the_site_would_lose(text: str) -> None:
    refused = prose.clean(prose._rendered(text))[1]
    assert {r.code for r in refused} <= {f.code for f in prose.check(text, "x.md")}


class Lenient(yaml.SafeLoader):
    """Reads mkdocs.yml without the functions it names."""


Lenient.add_multi_constructor("tag:yaml.org,2002:python/name:", lambda loader, suffix, node: suffix)


def test_the_check_reads_markdown_as_the_site_does() -> None:
    settings = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Lenient)
    turned_on = {"toc", "tables", "fenced_code"}  # by MkDocs itself
    for entry in settings["markdown_extensions"]:
        turned_on |= {entry} if isinstance(entry, str) else set(entry)
    assert turned_on == set(prose.EXTENSIONS)
    assert not settings["plugins"]


def test_a_page_that_the_check_did_not_see_is_stopped_by_the_site(project: Path) -> None:
    """The site looks again at what is rendered, whatever turned it into HTML."""
    path = project / "mkdocs.yml"
    path.write_text(
        path.read_text("utf-8").replace("- def_list", "- def_list\n  - attr_list"), "utf-8"
    )
    page = project / "docs/guide.md"
    page.write_text(page.read_text("utf-8") + "\n甲。\n{: onclick=x }\n", "utf-8")
    result = build(project)
    assert result.returncode == 1
    assert "docs/guide.md: M204" in result.stdout + result.stderr
    assert not (project / "site").exists()


@pytest.mark.parametrize(
    "text",
    ["[" * 9_000, "![" * 9_000, "甲\n" + "[a](<\n" * 900, "<a " * 9_000, "<![CDATA[" * 900, "> " * 90, "1. " * 90 + "甲", "甲\n: 乙\n" * 300, "| [ |\n" * 300],
)  # fmt: skip
def test_what_would_take_markdown_hours_is_refused_at_once(text: str) -> None:
    found = prose.check(f"第一段。\n\n{text}", "x.md")
    assert [(f.code, f.place.row) for f in found] in ([("M210", 3)], [("M210", 1)])


def test_long_lists_of_links_are_no_burden() -> None:
    table = "| 标题 |\n|---|\n" + "| [甲](a.md) |\n" * 900
    items = ["- [甲](a.md)"] * 900
    for text in (table, "\n".join(items), "\n\n".join(items)):
        assert prose.check(f"第一段。\n\n{text}\n", "x.md") == []
