"""What the search engine answers besides: order, filters, counts, hits, suggestions, marks, errors."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, TODAY
from hypothesis import given
from hypothesis import strategies as st
from searching import KINDS, TINY, Row, plain_search, ranked, source, write

from bench import search_budget
from disclosure import catalog, choices
from disclosure.intake.articles import Article
from disclosure.site import documents, entries, postings, search
from disclosure.site.documents import Section
from disclosure.site.postings import Layout

# Order, filters, counts ---------------------------------------------------------------------------

SOME: list[Row] = [
    {
        "title": f"示例市云途{n}公司：超限",
        "number": f"示罚〔{2019 + n % 5}〕{n:04}号",
        "name": f"示例市云途{n}公司",
        "kinds": ("罚款", "警告", "罚款、警告", "")[n % 4],
        "fine": ("", "0", "999.5", "1000", "4999", "5000", "10000", "50000", "100000", "500000")[
            n % 10
        ],
        "note": "在演示路查获。" if n % 3 else "云途车队\n停驶。",
        "until": "2099-12-31" if n % 2 else "2024-05-06",
        "day": f"{2019 + n % 5}-0{1 + n % 9}-11" if n % 7 else "",
    }
    for n in range(60)
]
WRITTEN = [
    Section("reports/a/", "云途报告", "", "工作报告", "2021-02-03", "第一段说超限。"),
    Section("reports/a/#_1", "云途报告", "基本情况", "工作报告", "2021-02-03", "第二段说停驶。"),
]


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory, ask: search_budget.Ask) -> Callable[..., Any]:
    """Questions about some rows and a report, in an index of the smallest sizes."""
    base = write(
        [source(SOME), *documents.of_pages([], WRITTEN)], tmp_path_factory.mktemp("some"), TINY
    )
    return lambda kind, **question: ask(kind, base=base, **question)


def chosen(rows: Sequence[Row], **filters: Sequence[str]) -> list[Row]:
    """The rows that have one of the values of every filter."""

    def values(row: Row) -> dict[str, list[str]]:
        return {
            "year": [row["day"][:4]],
            "种类": KINDS.parts(row["kinds"]),
            "amount": list(choices.amounts(row["fine"])),
            "type": ["记录"],
        }

    return [
        row
        for row in rows
        if all(set(values(row)[name]) & set(some) for name, some in filters.items())
    ]


@pytest.mark.parametrize(
    "filters",
    [
        {"year": ["2021"]},
        {"year": ["2019", "2020", "2023"]},
        {"year": ["1999"]},
        {"种类": ["罚款"]},
        {"种类": ["罚款", "警告"]},
        {"amount": ["无"]},
        {"amount": ["1千元以下", "1千–5千元"]},
        {"amount": ["50万元以上"], "种类": ["警告"]},
        {"year": ["2019", "2022"], "种类": ["罚款"], "amount": list(choices.AMOUNTS[:6])},
        {"type": ["记录"], "year": ["2023", "2021"]},
        {"year": [], "种类": []},
    ],
)
@pytest.mark.parametrize("query", ["云途", "停驶", "示例 演示", "云途1", "0007"])
def test_filters(query: str, filters: dict[str, list[str]], some: Callable[..., Any]) -> None:
    numbered = ranked(SOME)
    kept = chosen(numbered, **{name: values for name, values in filters.items() if values})
    for order in ("relevance", "newest", "oldest"):
        options = {"filters": {"type": ["记录"], **filters}, "order": order}
        hits = [path for path, _ in some("paths", query=query, options=options)]
        assert hits == plain_search(kept, query, order)


def test_a_filter_that_does_not_exist_finds_nothing(some: Callable[..., Any]) -> None:
    for filters in ({"type": ["没有"]}, {"没有": ["罚款"]}):
        assert some("paths", query="云途", options={"filters": filters}) == []
        assert some("count", query="云途", options={"filters": filters}) == {"n": 0, "exact": True}


@pytest.mark.parametrize(
    ("amount", "label"),
    [
        ("", "无"),
        ("0", "无"),
        ("不适用", "无"),
        ("0.5", "1千元以下"),
        ("999.99", "1千元以下"),
        ("1000", "1千–5千元"),
        ("4999.99", "1千–5千元"),
        ("5000", "5千–1万元"),
        ("10000", "1万–5万元"),
        ("50000", "5万–10万元"),
        ("100000", "10万–50万元"),
        ("499999", "10万–50万元"),
        ("500000", "50万元以上"),
        ("123456789", "50万元以上"),
    ],
)
def test_amounts_fall_into_ranges(amount: str, label: str) -> None:
    assert choices.amounts(amount) == (label,)


def test_facets_tell_their_counts(some: Callable[..., Any]) -> None:
    about = some("about")
    assert about["total"] == len(SOME) + len(WRITTEN)
    facets = {facet["name"]: facet for facet in about["facets"]}
    assert [facet["title"] for facet in about["facets"]] == ["类型", "年份", "种类", "金额"]
    counts = {name: {v["value"]: v["count"] for v in f["values"]} for name, f in facets.items()}
    assert counts["type"] == {"记录": 60, "工作报告": 2}
    assert list(counts["year"]) == ["2023", "2022", "2021", "2020", "2019"]
    assert sum(counts["year"].values()) == 2 + sum(bool(row["day"]) for row in SOME)
    assert list(counts["amount"]) == list(choices.AMOUNTS)
    for name in ("year", "种类", "amount"):
        for value, count in counts[name].items():
            written = 2 if (name, value) == ("year", "2021") else 0
            assert count == len(chosen(SOME, **{name: [value]})) + written


def test_counts(some: Callable[..., Any]) -> None:
    for query in ("云途", "停驶", "示罚", "2021", "99"):
        want = len(some("paths", query=query))
        assert some("count", query=query, fresh=True) == {"n": want, "exact": True}
    assert some("count", query="没有的字") == {"n": 0, "exact": True}
    assert some("count", query="字") == {"n": 0, "exact": True}
    for query, filters in (
        ("云途1", {}),
        ("演示路", {"year": ["2021"]}),
        ("云途 停驶", {"种类": ["警告"]}),
    ):
        options = {"filters": filters}
        before = some("count", query=query, options=options, fresh=True)
        hits = some("paths", query=query, options=options)
        assert before["n"] == len(hits) if before["exact"] else before["n"] >= len(hits)
        assert some("count", query=query, options=options) == {"n": len(hits), "exact": True}


# Hits ---------------------------------------------------------------------------------------------


def test_a_hit_says_what_it_is(some: Callable[..., Any]) -> None:
    row = SOME[8]
    (hit,) = some("search", query="示罚(2022)0008号")["hits"]
    assert hit == {
        "path": "rows/00008.html",
        "title": row["title"],
        "date": row["day"],
        "type": "记录",
        "inKey": True,
        "facets": {"type": ["记录"], "year": ["2022"], "种类": ["罚款"], "amount": ["10万–50万元"]},
        "fields": [
            ["文号", row["number"]],
            ["名称", row["name"]],
            ["种类", "罚款"],
            ["金额（元）", "100,000"],
        ],
        "excerpt": "",
        "label": "",
    }


def test_body_hits_come_with_an_excerpt(some: Callable[..., Any]) -> None:
    hits = some("search", query="车队停驶")["hits"]
    assert hits
    assert {(hit["inKey"], hit["label"], hit["excerpt"]) for hit in hits} == {
        (False, "事实", "云途车队 停驶。")
    }
    long_term = some("search", query="2099-12-31")["hits"]
    assert len(long_term) == 30
    assert {hit["excerpt"] for hit in long_term} == {"2099-12-31"}
    assert len(some("paths", query="长期")) == 30


def test_sections_are_found_by_heading_and_text(some: Callable[..., Any]) -> None:
    (hit,) = some("search", query="第二段")["hits"]
    assert (hit["path"], hit["title"], hit["type"]) == ("reports/a/#_1", "基本情况", "工作报告")
    assert (hit["fields"], hit["label"]) == ([["页面", "云途报告"]], "正文")
    assert [path for path, _ in some("paths", query="云途报告")] == ["reports/a/", "reports/a/#_1"]


def test_words_joined_in_a_number_come_first(some: Callable[..., Any]) -> None:
    assert some("paths", query="2021 0007")[0] == ["rows/00007.html", True]


def test_names_are_found_by_their_initials(some: Callable[..., Any]) -> None:
    assert entries.initials("示例市云途３号（Ａ）") == "slsyt3ha"
    assert len(some("paths", query="slsyt")) == 60
    assert some("paths", query="SLSYT59GS") == [["rows/00059.html", True]]
    assert some("paths", query="报告 s") == []


def test_suggestions(some: Callable[..., Any]) -> None:
    assert some("suggest", text="途59") == ["示例市云途59公司"]
    assert some("suggest", text="slsyt59") == ["示例市云途59公司"]
    assert some("suggest", text="0059号") == ["示罚〔2023〕0059号"]
    assert some("suggest", text="基本情") == ["基本情况"]
    assert len(set(some("suggest", text="云途"))) == 8
    assert (
        some("suggest", text="云")
        == some("suggest", text="车队")
        == some("suggest", text=" ")
        == []
    )


def test_queries_that_are_too_short(some: Callable[..., Any]) -> None:
    for query in ("", " ", "云", "云 途", "（）", "a b c", "——"):
        assert some("reason", query=query) == "short"
        assert some("paths", query=query) == []
    for query in ("云途", "云 途公", "a1", "\U00020bb7"):
        assert some("reason", query=query) == ""


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("示交罚〔2023〕0123号", "2023 0123", ["2023〕0123"]),
        ("示交罚〔2023〕0123号", "罚(２０２３)", ["罚〔2023"]),
        ("云途、云途公司", "云途 公司", ["云途、云途公司"[:2], "云途公司"]),
        ("aＡa", "aa", ["aＡa"]),
        ("面积 12㎡", "2m2", ["2㎡"]),
        ("𠮷祥", "𠮷", ["𠮷"]),
        ("没有", "有没", []),
        ("", "有没", []),
        ("云途", "", []),
    ],
)
def test_marks(
    text: str, query: str, marked: list[str], ask: search_budget.Ask, some: Callable[..., Any]
) -> None:
    units = text.encode("utf-16-le")
    marks = some("marks", text=text, query=query)
    assert [units[2 * start : 2 * end].decode("utf-16-le") for start, end in marks] == marked


# Files --------------------------------------------------------------------------------------------


def test_equal_documents_make_equal_files() -> None:
    some = [source(SOME)]
    files = dict(search.index(some, TINY))
    assert files == dict(search.index([source(SOME)], TINY))
    pointer = json.loads(files["search/current.json"])
    assert list(files)[-1] == "search/current.json"
    assert all(path.startswith(f"search/{pointer['index']}/") for path in list(files)[:-1])
    changed = [{**SOME[0], "note": "别的"}, *SOME[1:]]
    assert dict(search.index([source(changed)], TINY)).keys() - files.keys()
    batches = Layout(**{**{n: getattr(TINY, n) for n in Layout.__slots__}, "block": 60})
    assert len(dict(search.index(some, batches))) == len(files)


def test_only_what_is_needed_is_fetched(
    some: Callable[..., Any], ask: search_budget.Ask, tmp_path: Path
) -> None:
    base = write([source(SOME * 40)], tmp_path)
    first = ask("paths", base=base, query="云途", take=21, fresh=True, cost=True)
    again = ask("paths", base=base, query="云途", take=21, cost=True)
    assert len(first["fetched"]) < 30
    assert again["fetched"] == []
    assert first["result"] == again["result"]
    pointers = [cache for address, _, cache in first["fetched"] if address.endswith("current.json")]
    assert pointers == ["no-cache"]


def test_a_search_can_be_stopped(some: Callable[..., Any]) -> None:
    reply = some("search", query="云途", abort=3)
    assert reply["error"] == "AbortError"
    assert 3 <= len(reply["hits"]) < 60


def test_a_missing_file_is_an_error_and_not_an_answer(
    tmp_path: Path, ask: search_budget.Ask
) -> None:
    base = write([source(SOME)], tmp_path, TINY)
    cards = next(tmp_path.glob("search/*/c"))
    cards.rename(cards.with_name("gone"))
    assert ask("search", base=base, query="云途")["error"] == "Error"
    cards.with_name("gone").rename(cards)
    assert len(ask("search", base=base, query="云途")["hits"]) == 60


def test_old_browsers_find_the_same(tmp_path: Path, ask: search_budget.Ask) -> None:
    base = write([source(SOME)], tmp_path)
    for query in ("云途", "停驶", "2021 0007"):
        new = ask("search", base=base, query=query, fresh=True)
        assert ask("search", base=base, query=query, fresh=True, old=True) == new


@given(
    st.one_of(st.binary(), st.text().map(str.encode), st.binary(max_size=9).map(lambda b: b * 999)),
    st.integers(0, 9),
    st.sampled_from([zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE]),
)
def test_inflate(ask: search_budget.Ask, content: bytes, level: int, strategy: int) -> None:
    packer = zlib.compressobj(level, zlib.DEFLATED, 31, 8, strategy)
    packed = packer.compress(content) + packer.flush()
    answer = ask("gunzip", data=base64.b64encode(packed).decode())
    assert base64.b64decode(answer) == content


@given(st.binary())
def test_packed_files_open(content: bytes) -> None:
    packed = postings.pack(content)
    assert (gzip.decompress(packed[1:]) if packed[0] else packed[1:]) == content


# What is in the index -----------------------------------------------------------------------------


def test_the_index_holds_what_is_public_and_nothing_else(
    tmp_path: Path, ask: search_budget.Ask
) -> None:
    loaded = catalog.load(ROOT / "data", as_of=date.fromisoformat(TODAY))
    articles = [Article("about/", "关于本站", "", "")]
    for path, content in search.index(documents.sources(loaded, articles, WRITTEN)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    base = str(tmp_path / "search")
    shown = {path for c in loaded.collections.values() for path in c.rows["path"]}
    about = ask("about", base=base)
    assert about["total"] == len(shown) + 1 + len(WRITTEN)
    assert ask("paths", base=base, query="关于本站") == [["about/", True]]
    penalties = pd.read_csv(ROOT / "data/penalties/2025.csv", dtype="str", keep_default_na=False)
    public = set(loaded.collections["penalties"].rows["doc_no"])
    statuses = set()
    for number, status in penalties[["行政处罚决定书文号", "状态"]].itertuples(index=False):
        if status not in ("", "公示中") or number not in public:
            statuses.add(status)
            hits = ask("paths", base=base, query=number)
            assert {path for path, _ in hits} <= shown
            assert bool(hits) == (number in public)
    assert {"撤销", "信用修复"} <= statuses


def test_sections_of_a_page() -> None:
    html = """
    <h1 id="t">标题</h1><p>导语<strong>加</strong>粗。<br>另行</p>
    <h2 id="_1">一、<em>概况</em><a class="headerlink" href="#_1">¶</a></h2>
    <p>正文&amp;更多</p><script>var a = "<p>";</script><ul><li>甲</li><li>乙</li></ul>
    <h3>没有锚点</h3><table><tr><td>1</td><td>2</td></tr></table>
    <h2 id="_2">二、空</h2><style>p { color: red }</style>
    """
    found = list(documents.sections("a/", "标题", "栏目", "2024-01-02", html))
    assert [(s.address, s.heading, s.text) for s in found] == [
        ("a/", "", "标题\n导语加粗。\n另行"),
        ("a/#_1", "一、概况", "正文&更多\n甲\n乙\n没有锚点\n1 | 2"),
        ("a/#_2", "二、空", ""),
    ]
    assert {(s.title, s.column, s.date) for s in found} == {("标题", "栏目", "2024-01-02")}
