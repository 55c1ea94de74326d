"""Articles: addresses, titles and dates from front matter, and no Markdown file that can break the reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure.intake import articles
from disclosure.intake.articles import Article


def write(docs: Path, **pages: str | bytes) -> None:
    for name, content in pages.items():
        path = docs / (name.replace("__", "/") + ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def head(docs: Path, text: str | bytes) -> list[str]:
    """What is found in one page."""
    write(docs, page=text)
    return [f"{f.place}: {f.code}" for f in articles.load(docs)[1] if f.message]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs"


def test_the_sample_pages_fit() -> None:
    found, findings = articles.load(ROOT / "docs")
    assert not findings
    assert all(article.title for article in found)


def test_addresses_columns_and_dates(docs: Path) -> None:
    write(
        docs,
        index="---\ntitle: 首页\n---\n",
        about="---\ntitle: 关于\n---\n正文",
        reports__index="---\ntitle: 工作报告\n---\n",
        **{
            "reports__law-2020": "---\ntitle: 年度报告\n成文日期: 2021-03-01\n公开日期: 2021-03-30\n"
            "法定事项: 法治政府建设年度报告\n年度: 2020\n迁移说明: 旧网站\n---\n正文",
            "reports__by-index": "---\ntitle: 2020\n公开日期:\n---\n",
        },
    )
    found, findings = articles.load(docs)
    assert not findings
    assert sorted(found, key=lambda a: a.address) == [
        Article("", "首页", "", "", "docs/index.md"),
        Article("about/", "关于", "", "", "docs/about.md"),
        Article("reports/", "工作报告", "工作报告", "", "docs/reports/index.md"),
        Article("reports/by-index/", "2020", "工作报告", "", "docs/reports/by-index.md"),
        Article(
            "reports/law-2020/",
            "年度报告",
            "工作报告",
            "2021-03-30",
            "docs/reports/law-2020.md",
            duty="法治政府建设年度报告",
            year=2020,
            migrated=True,
        ),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: 指南\n---\n正文",
        "---\r\ntitle: 指南\r\n公开日期: 2026-03-04\r\n---\r\n正文",
        b"\xef\xbb\xbf---\ntitle: a\n---\n",
        "---  \ntitle: 指南\n---\t\n\n---\n正文中的横线",
        "---\n{title: 指南, 公开日期: 2026-03-04}\n---\n",
    ],
)
def test_usual_heads_pass(docs: Path, text: str | bytes) -> None:
    assert head(docs, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "docs/page.md:1: M101"),
        ("# 指南\n", "docs/page.md:1: M101"),
        ("---\n公开日期: 2026-03-04\n---\n", "docs/page.md:1: M101"),
        ("---\ntitle: ' '\n---\n", "docs/page.md:1: M101"),
        ("---\ntitle: [甲, 乙]\n---\n", "docs/page.md:1: M101"),
        ("---\ntitle: 指南\n公开日期: 明天\n---\n", "docs/page.md:3: M102"),
        ("---\ntitle: 指南\n'公开日期': 明天\n---\n", "docs/page.md:3: M102"),
        ("---\n{title: 指南, 成文日期: 明天}\n---\n", "docs/page.md:2: M102"),
        ('---\ntitle: 指南\n"\\u516c开日期": 明天\n---\n', "docs/page.md:1: M102"),
        ("---\ntitle: 指南\n公开日期: 2026-02-30\n---\n", "docs/page.md:3:7: F208"),
        ("---\ntitle: a: b\n---\n", "docs/page.md:2:9: F205"),
        ("---\ntitle: 指南\n", "docs/page.md:1: M105"),
        ("---\ntitle: 指南\n...\n", "docs/page.md:1: M105"),
        ("---\ntitle: a\n---\n\n中文".encode("gb18030"), "docs/page.md:5: M103"),
    ],
)
def test_what_does_not_fit_is_shown_at_its_line(
    docs: Path, text: str | bytes, expected: str
) -> None:
    assert head(docs, text) == [expected]


def test_names_become_addresses(docs: Path) -> None:
    good = "---\ntitle: 指南\n---\n"
    write(docs, Guide=good, a_b=good, 公告__notice=good)
    assert [f.facts["name"] for f in articles.load(docs)[1]] == ["Guide.md", "a_b.md", "公告"]


def test_what_is_no_page_is_passed_over(docs: Path) -> None:
    write(docs, index="---\ntitle: 首页\n---\n", **{".git__x": "", ".draft": ""})
    (docs / "folder.md").mkdir()
    (docs / ".#index.md").symlink_to("somebody@nowhere:1")
    (docs / "gone.md").symlink_to("nothing.md")
    found, findings = articles.load(docs)
    assert not findings
    assert [article.title for article in found] == ["首页"]


def test_no_folder_at_all(tmp_path: Path) -> None:
    assert articles.load(tmp_path / "docs") == ([], [])


lines = st.sampled_from(
    [
        "---",
        "title: 指南",
        "公开日期: 2026-03-04",
        "公开日期: x",
        "成文日期: [1]",
        "",
        "- a",
        "? {}",
        "&a *a",
        "\t",
    ]
)


@settings(
    max_examples=150,
)
@given(
    st.one_of(
        st.binary(max_size=40), st.text(max_size=40), st.lists(lines, max_size=7).map("\n".join)
    )
)
def test_no_page_breaks_the_reader(docs: Path, text: str | bytes) -> None:
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    for content in (text, b"---\n" + text, b"---\ntitle: a\n" + text + b"\n---\n"):
        head(docs, content)
