"""Heads: every page of the site tells what it is, in the tags of government sites and in JSON-LD."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure.site import codes, heads, places, shell
from disclosure.site.heads import About, Column, Document
from disclosure.site.shell import Page, token

SITE = ["SiteName", "SiteDomain", "SiteIDCode"]
COLUMN = ["ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"]
ARTICLE = ["ArticleTitle", "PubDate", "ContentSource", "Keywords", "Author", "Description", "Url"]
AGENCY = {
    "name": "示例局",
    "site_name": "示例局信息公开",
    "site_code": "0000000000",
    "url": "https://jtj.example.gov.cn/",
    "phone": "0000-12345678",
}


class Head(HTMLParser):
    """What the head of a page holds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, str]] = []
        self.graph: dict[str, str] = {}
        self.canonical: list[str] = []
        self.data = ""
        self.within = ""
        self.scripts = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if tag == "meta" and "name" in found:
            self.tags.append((found["name"], found["content"]))
        elif tag == "meta" and "property" in found:
            assert found["property"] not in self.graph
            self.graph[found["property"]] = found["content"]
        elif tag == "link" and found.get("rel") == "canonical":
            self.canonical.append(found["href"])
        elif tag == "script" and found.get("type") == "application/ld+json":
            self.scripts += 1
            self.within = tag

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.within:
            self.data += data

    @property
    def ours(self) -> list[str]:
        return [name for name, _ in self.tags if name not in ("viewport", "robots")]

    @property
    def linked(self) -> dict[str, Any]:
        """The objects of the JSON-LD by their type."""
        return {one["@type"]: one for one in json.loads(self.data)["@graph"]}


def read(site: Path, path: str) -> Head:
    return Head((site / path).read_text("utf-8"))


def some(site: Path, pattern: str) -> str:
    """The first page that fits and is no list."""
    found = sorted(path.relative_to(site).as_posix() for path in site.glob(pattern))
    return next(
        name
        for name in found
        if re.search(r"/[b-df-hj-np-tv]{16}\.html|/index\.html|/1\d{17}", f"/{name}")
    )


def pages(site: Path) -> dict[str, tuple[str, list[str]]]:
    """One page of each kind, with the groups of tags that it must have besides those of the site."""
    column, article = [*COLUMN, "Description"], [*COLUMN, *ARTICLE]
    company = next(p for p in sorted(site.glob("companies/*/*.html"))).relative_to(site).as_posix()
    notice = re.search(
        r'href="\.\./(\w+/\d+/\w+\.html)"', (site / "withdrawals/index.html").read_text("utf-8")
    )
    assert notice
    return {
        "home": ("index.html", column),
        "front": ("penalties/index.html", column),
        "nested front": ("powers/adjustments/index.html", column),
        "year": ("penalties/2025/index.html", column),
        "older": ("penalties/2025/1.html", column),
        "month": ("penalties/2020-06/index.html", column),
        "kind": ("penalties/kind-fakuan/index.html", column),
        "record": (some(site, "penalties/2025/[b-v]*.html"), article),
        "permit": (some(site, "permits/2025/[b-v]*.html"), article),
        "power": (some(site, "powers/item/[b-v]*.html"), column),
        "state": (some(site, "powers/as-of/*/index.html") if (site / "powers/as-of").exists() else "powers/index.html", column),
        "company": (company, column),
        "changes": ("changes/index.html", column),
        "month of changes": ("changes/2026-11/index.html", column),
        "withdrawals": ("withdrawals/index.html", column),
        "withdrawals of a year": ("withdrawals/2025/index.html", column),
        "notice": (notice[1], column),
        "figures": ("figures/index.html", column),
        "figure": (some(site, "figures/*/index.html"), column),
        "timeliness": ("timeliness/index.html", column),
        "duties": ("duties/index.html", column),
        "matrix": ("tasks/matrix/2026/index.html", column),
        "selfcheck": ("selfcheck/index.html", column),
        "map": ("sitemap/index.html", column),
        "search": ("search/index.html", column),
        "about": ("about/index.html", column),
        "guide": ("guide/index.html", article),
        "reports": ("reports/index.html", column),
        "report": ("reports/law-2020/index.html", article),
        "announcement": ("notices/key-points-2021/index.html", article),
        "missing": ("404.html", ["Description"]),
    }  # fmt: skip


def test_every_kind_of_page_has_its_tags_once_and_in_order(sample_site: Path) -> None:
    for kind, (path, wanted) in pages(sample_site).items():
        head = read(sample_site, path)
        assert head.ours == SITE + wanted, kind
        assert all(content.strip() for _, content in head.tags), kind
        told = dict(head.tags)
        assert told["SiteIDCode"] == "0000000000"
        assert told["SiteDomain"] == "jtj.example.gov.cn"
        assert told["SiteName"] == "示例市交通运输局政府信息公开"
        assert "qz" not in "".join(f"{a}{b}" for a, b in head.tags), kind


def test_the_address_of_a_page_is_its_own(sample_site: Path) -> None:
    for kind, (path, wanted) in pages(sample_site).items():
        if kind == "missing":
            continue
        head = read(sample_site, path)
        address = f"https://jtj.example.gov.cn/{path.removesuffix('index.html')}"
        assert head.canonical == [address], kind
        assert head.graph["og:url"] == address, kind
        printed = re.findall(
            r'class="printed">网址：([^<]+)<', (sample_site / path).read_text("utf-8")
        )
        assert printed == [address], kind
        if "Url" in wanted:
            assert dict(head.tags)["Url"] == address, kind


def test_what_pages_say_of_themselves_in_json(sample_site: Path) -> None:
    html = {
        kind: (sample_site / path).read_text("utf-8")
        for kind, (path, _) in pages(sample_site).items()
    }
    found = {kind: Head(text) for kind, text in html.items() if kind != "missing"}
    assert all(head.scripts == 1 for head in found.values())
    assert found["home"].linked["GovernmentOrganization"]["telephone"] == "0000-12345678"
    assert "处罚内容" in found["front"].linked["Dataset"]["variableMeasured"]
    assert not {"法定代表人", "证件号码"} & set(
        found["front"].linked["Dataset"]["variableMeasured"]
    )
    files = found["front"].linked["Dataset"]["distribution"]
    assert [file["encodingFormat"].rpartition("/")[2][-5:] for file in files] == [
        "csv",
        "sheet",
        "json",
    ]
    for file in files:
        assert (
            sample_site / file["contentUrl"].removeprefix("https://jtj.example.gov.cn/")
        ).is_file()
    assert found["report"].linked["Report"]["datePublished"] == "2021-03-09"
    assert found["announcement"].linked["Article"]["headline"].startswith("关于印发")
    for kind, head in found.items():
        if kind == "home":
            continue
        steps = head.linked["BreadcrumbList"]["itemListElement"]
        assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
        shown = re.search(r'<nav class="breadcrumb".*?</nav>', html[kind], re.S)
        assert shown, kind
        texts = re.findall(r"<li[^>]*>(?:<a[^>]*>)?([^<]+)", shown[0])
        assert [text.strip().replace("&#39;", "'") for text in texts] == [
            s["name"] for s in steps
        ], kind
        for step in steps:
            target = step["item"].removeprefix("https://jtj.example.gov.cn/")
            file = f"{target}index.html" if not target or target.endswith("/") else target
            assert (sample_site / file).exists(), (kind, file)


def test_every_page_says_where_it_lies(sample_site: Path) -> None:
    for kind, (path, _) in pages(sample_site).items():
        assert (sample_site / path).read_text("utf-8").count('aria-label="当前位置"') == 1, kind


def test_a_record_tells_of_itself(sample_site: Path) -> None:
    path, _ = pages(sample_site)["record"]
    html = (sample_site / path).read_text("utf-8")
    told = dict(Head(html).tags)
    shown = re.search(r"<dt>公开日期</dt><dd>([^<]+)", html)
    assert shown
    assert told["PubDate"] == f"{shown[1]} 00:00"
    assert told["ArticleTitle"] in html.partition("<h1>")[2]
    assert "处罚决定日期：" in told["Description"]
    assert told["Keywords"].startswith("行政处罚,")


HOSTILE = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("<>&\"'\\/{}"), max_size=40
) | st.sampled_from(
    ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "\\", '"', "&quot;", "\u2028"]
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_value_leaves_its_place(title: str, description: str, name: str) -> None:
    agency = AGENCY | {"name": name or "甲"}
    document = Document(title, "2026-01-02", name, [title], name, description, "a/b.html", title)
    about = About(
        title, "a/b.html", Column(name, description, title), description, [(name, "a/")],
        heads.REPORT, heads.article(agency, document), document,
    )  # fmt: skip
    html = heads.head(agency, about)
    head = Head(html)
    assert head.ours == SITE + COLUMN + ARTICLE
    assert dict(head.tags)["ArticleTitle"] == title
    assert head.linked["Report"].get("headline", "") == title
    assert head.linked["BreadcrumbList"]["itemListElement"][-1]["name"] == title
    assert html.count("</script") == 1
    assert html.count("<script") == 1
    assert "<!--" not in html


@given(HOSTILE)
def test_a_stamped_head_is_the_head_of_the_page(title: str) -> None:
    """What differs between pages is filled into the tokens just as if it had been there before."""
    trail = (("栏目", "x/"),)
    page = Page(f"x/{token('folder')}/{token('file')}.html", token("title"), "", trail)
    _, head = places.generated(AGENCY, [], page, {"x/": "说明"})
    stamped = shell.cut(head + token("content")).stamp(title, "", "2026", "index").decode()
    _, real = places.generated(
        AGENCY, [], Page("x/2026/index.html", title, "", trail), {"x/": "说明"}
    )
    assert stamped == real


def test_what_has_no_day_is_no_article() -> None:
    (tags,) = heads.articles("https://x.example/", ("甲", "甲"), [("题", "", "词", "述", "a.html")])
    assert tags == '<meta name="Description" content="述">'


def test_the_longest_beginning_is_the_place() -> None:
    menu = [("首页", [("首页", "")]), ("甲", [("乙", "a/"), ("丙", "a/b/")])]
    assert places.place(menu, "a/b/c.html").title == "丙"
    assert places.place(menu, "a/x.html").title == "乙"
    assert places.place(menu, "").title == "首页"
    assert places.place(menu, "z/") == places.Place()
    assert places.trail(places.place(menu, "a/b/c.html"), "a/b/c.html") == [
        ("甲", "a/"),
        ("丙", "a/b/"),
    ]
    assert places.trail(places.place(menu, "a/"), "a/") == []


def test_the_code_of_a_document_is_for_print(sample_site: Path) -> None:
    html = (sample_site / "reports/law-2020/index.html").read_text("utf-8")
    address = "https://jtj.example.gov.cn/reports/law-2020/"
    assert codes.figure(address) in html
    assert "<aside" not in (sample_site / "about/index.html").read_text("utf-8")


@pytest.mark.parametrize(
    "path", ["reports/law-2020/index.html", "penalties/index.html", "404.html"]
)
def test_the_footer_says_who_answers_for_the_site(sample_site: Path, path: str) -> None:
    footer = (sample_site / path).read_text("utf-8").partition('<footer class="site-footer">')[2]
    text = re.sub("<[^>]*>", "", footer.partition("</footer>")[0])
    for word in (
        "主办单位：示例市交通运输局", "承办单位：示例市交通运输局办公室", "联系电话：0000-12345678",
        "电子邮箱：gongkai@jtj.example.gov.cn", "网站标识码：0000000000", "示例ICP备00000000号",
        "示例公网安备00000000000000号", "党政机关网站标识", "网站地图",
    ):  # fmt: skip
        assert word in text
