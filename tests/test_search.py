"""Searching: the engine in JavaScript finds in the index exactly what plain `in` finds in the texts."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import TINY, Row, plain_search, ranked, source, write

from bench import search_budget
from disclosure import cache
from disclosure.site import entries, folding, search
from disclosure.site.folding import fold
from disclosure.site.postings import USUAL, Layout

# Folding ------------------------------------------------------------------------------------------


def test_the_browser_folds_as_the_index_does(ask: search_budget.Ask) -> None:
    changed = {point: text for point, text in ask("table") if not 0xD800 <= point < 0xE000}
    assert changed == folding.table()
    assert (ROOT / "hooks/theme/assets/search-fold.js").read_text("utf-8") == folding.script()


def test_folding_twice_changes_nothing() -> None:
    for text in folding.table().values():
        assert fold(text) == text


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("示交罚〔2023〕 0123号", "示交罚20230123号"),
        ("示交罚（２０２３）0123号", "示交罚20230123号"),
        ("二○二三年", "二〇二三年"),
        ("ＭＡ5l", "ma5l"),
        ("㎡①Ⅳ½", "m21iv12"),
        ("Jiāotōng", "jiaotong"),
        ("示例·公司", "示例公司"),
        ("豈葛\U000e0100", "豈葛"),
        ("𠮷\U00031350\U0002ebf0\U000323b0", "𠮷\U00031350\U0002ebf0\U000323b0"),
        ("\ue000", "\ue000"),
        (" \t\n—，。《》", ""),
    ],
)
def test_folding(text: str, form: str, ask: search_budget.Ask) -> None:
    assert fold(text) == form
    assert ask("fold", texts=[text]) == [form]


@given(st.lists(st.lists(st.text(max_size=12), max_size=4), max_size=5))
def test_many_texts_fold_as_one(texts: list[list[str]]) -> None:
    marks = "".join(
        folding.FIELD.join([*map(fold, fields), ""]) + folding.DOCUMENT
        if fields
        else folding.FIELD + folding.DOCUMENT
        for fields in texts
    )
    assert folding.units(texts).tobytes() == marks.encode("utf-16-le", "surrogatepass")


# Exactness ----------------------------------------------------------------------------------------

LETTERS = (
    *"示例市交罚运输公司甲乙一二〇○号",
    *"ａＡbＭ５5０0129xX",
    *"〔〕()（）[]《》·－- 、。",
    *"㎡①Ⅳ豈éﬁ\u0301\ufe0f",
    *("𠮷", "\U00030edd", "\U00031350", "\U0002ebf0", "\U000323b0", "\U0002f800", "\ue000"),
)
texts = st.text(st.sampled_from(LETTERS), max_size=14)
rows = st.fixed_dictionaries(
    {
        "title": texts,
        "number": st.one_of(
            st.just(""), st.from_regex(r"示罚〔202[0-3]〕0[01][0-9]号", fullmatch=True)
        ),
        "name": texts,
        "kinds": st.sampled_from(["", "罚款", "警告", "罚款、警告"]),
        "fine": st.sampled_from(["", "0", "500", "1000", "52120", "1234.5", "不适用"]),
        "note": st.lists(texts, max_size=3).map("\n".join),
        "until": st.sampled_from(["", "2024-05-06", "2099-12-31"]),
        "day": st.sampled_from(["", "2020-01-02", "2021-03-04", "2021-03-05", "2023-12-31"]),
    }
)
layouts = st.sampled_from(
    [TINY, USUAL, Layout(card=3, text=2, zone=2, inline=0, segment=0, block=6)]
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Row], list[str], Layout]:
    """Rows, queries that are mostly pieces of them, and sizes."""
    some = draw(st.lists(rows, max_size=24))
    queries = draw(st.lists(texts, min_size=1, max_size=2))
    for row in draw(st.lists(st.sampled_from(some), max_size=6)) if some else []:
        pieces = []
        for name in draw(st.lists(st.sampled_from(sorted(row)), min_size=1, max_size=3)):
            start = draw(st.integers(0, max(0, len(row[name]) - 2)))
            pieces.append(row[name][start : start + draw(st.integers(1, 6))])
        query = " ".join(pieces)
        queries.append(draw(st.sampled_from([query, query.upper(), query.lower(), "  " + query])))
    return some, queries, draw(layouts)


@settings(max_examples=250)
@given(cases(), st.sampled_from(["relevance", "newest", "oldest"]))
def test_hits_are_those_of_plain_search(
    ask: search_budget.Ask, case: tuple[list[Row], list[str], Layout], order: str
) -> None:
    some, queries, layout = case
    with TemporaryDirectory() as folder:
        base = write([source(some)], Path(folder), layout)
        for query in queries:
            hits = ask("paths", base=base, query=query, options={"order": order})
            assert [path for path, _ in hits] == plain_search(some, query, order)


@pytest.mark.parametrize("layout", [TINY, USUAL], ids=["tiny", "real"])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 11, 12, 13, 15, 16, 17, 31, 32, 33, 64, 65])
def test_any_number_of_documents(
    n: int, layout: Layout, tmp_path: Path, ask: search_budget.Ask
) -> None:
    some = [
        {
            "title": f"甲乙{k % 3}",
            "name": f"第{k}户",
            "note": f"丙丁{k}戊",
            "day": f"20{10 + k % 9}-01-01",
        }
        for k in range(n)
    ]
    base = write([source(some)], tmp_path, layout)
    assert ask("about", base=base)["total"] == n
    for query in ("甲乙", "乙1", "丙丁", f"丁{n - 1}戊", "第0户", "己庚", "甲乙2 丙丁"):
        for order in ("relevance", "newest", "oldest"):
            hits = ask("paths", base=base, query=query, options={"order": order})
            assert [path for path, _ in hits] == plain_search(some, query, order)


@pytest.mark.parametrize("n", [65_535, 65_536, 65_537])
def test_documents_to_the_edge_of_a_zone(n: int, tmp_path: Path, ask: search_budget.Ask) -> None:
    some = [{"title": f"甲{k % 7}", "note": "乙丙" if k % 5 else f"丁{k}"} for k in range(n)]
    base = write([source(some)], tmp_path)
    last = ranked(some)[-1]
    for query in ("甲6", "丁65530", "丁6553", str(n)[:4], "甲3 丁65"):
        hits = ask("paths", base=base, query=query)
        assert [path for path, _ in hits] == plain_search(some, query)
    oldest = ask("paths", base=base, query="甲6", options={"order": "oldest"}, take=2)
    assert oldest[0][0] == last["path"]
    assert ask("count", base=base, query="乙丙") == {
        "n": sum(k % 5 > 0 for k in range(n)),
        "exact": True,
    }


@pytest.mark.parametrize(("n", "step"), [(1_000, 1), (10_000, 4)])
def test_many_records_are_found_exactly(
    n: int, step: int, tmp_path: Path, ask: search_budget.Ask
) -> None:
    found = search_budget.collections(n)
    search_budget.write(found, tmp_path)
    asked = search_budget.queries(found)[::step]
    *wrong, rates, order = search_budget.compare(
        ask, str(tmp_path / "search"), asked, search_budget.Truth(found), n
    )
    assert wrong == []
    assert rates == "查全率 100.00%，查准率 100.00%"
    assert (
        order
        == f"前二十条次序相同 {len(asked)}/{len(asked)}，全部次序相同 {len(asked)}/{len(asked)}"
    )


# What is kept -------------------------------------------------------------------------------------


def test_initials_are_looked_up_once_by_each_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"title": f"第{n}号", "name": f"重庆第{n}公司", "day": f"2024-01-{n + 1:02}"}
        for n in range(12)
    ]
    edited = [*rows[:-1], {**rows[-1], "note": "新的事实"}]
    again = [*rows[:-1], {**rows[-1], "note": "更新的事实"}]

    def index(rows: list[dict[str, str]]) -> dict[str, bytes]:
        made = search.jobs([source(rows)], str(tmp_path), layout=TINY)
        return {job.under + path: file for job in made for path, file in job.make(*job.arguments)}

    index(rows)
    with monkeypatch.context() as patched:
        patched.delattr(entries, "initials")
        found = index(edited)
    assert found == dict(search.index([source(edited)], TINY))
    for path in tmp_path.glob("*.names"):
        kept = cache.get(tmp_path, path.name)
        assert kept
        names = json.loads(kept.to_pybytes())[1]
        cache.put(tmp_path, path.name, entries.encode(["another", dict.fromkeys(names, "zz")]))
    assert index(again) == dict(search.index([source(again)], TINY))
