"""Proofreading: what pages say against themselves is found, what agrees is left alone, what mends itself is safe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from disclosure.figures import artefacts, passages, proofreading
from disclosure.rules import units
from scripts import check

CORPUS = ROOT / "tests" / "corpus" / "arithmetic.yml"
PARTS = ("development", "last")
RECALL, ALARMS = 0.95, 0.02


def findings(text: str) -> list[str]:
    """Code and message of what is found on a page, but for what is only badly typed."""
    found = proofreading.read(text, "a.md")
    return [f"{f.code} {f.says}" for f in found if f.code < "N350"]


@cache
def corpus() -> dict[str, dict[str, list[object]]]:
    return yaml.safe_load(CORPUS.read_text("utf-8"))  # type: ignore[no-any-return]


def test_the_corpus_is_large_and_even() -> None:
    right, wrong = (sum(len(corpus()[part][kind]) for part in PARTS) for kind in ("right", "wrong"))
    assert min(right, wrong) >= 150
    assert min(len(corpus()["last"][kind]) for kind in ("right", "wrong")) >= 25
    texts = [str(text) for part in PARTS for kind in ("right", "wrong") for text in corpus()[part][kind]]  # fmt: skip
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("part", PARTS)
def test_what_does_not_add_up_is_found_and_what_does_is_not(
    part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    missed = [
        (text, code, proof)
        for text, code, proof in corpus()[part]["wrong"]  # type: ignore[misc]
        if not any(found.startswith(code) and proof in found for found in findings(text))
    ]
    alarms = [(text, found) for text in corpus()[part]["right"] if (found := findings(str(text)))]
    wrong, right = len(corpus()[part]["wrong"]), len(corpus()[part]["right"])
    recall, rate = 1 - len(missed) / wrong, len(alarms) / right
    with capsys.disabled():
        print(
            f"\n{part}: {recall:.1%} of {wrong} mistakes found, {rate:.1%} false alarms in {right}"
        )
    assert recall >= RECALL, missed
    assert rate <= ALARMS, alarms


def test_nothing_is_wrong_with_the_pages_of_this_site() -> None:
    for path in (ROOT / "docs").rglob("*.md"):
        assert proofreading.read(path.read_text("utf-8"), path.name) == []


@given(
    st.lists(st.integers(0, 5000), min_size=3, max_size=6),
    st.integers(1, 400),
    st.sampled_from(
        [
            "全年办理案件{total}起（其中{parts}）。",
            "全年办理案件{total}起，其中{parts}。",
            "{parts}，共{total}起。",
            "案件分为{parts}，合计{total}起。",
        ]
    ),
)
def test_a_sum_is_judged_by_its_parts(numbers: list[int], more: int, shape: str) -> None:
    kinds = ["公路", "水路", "出租汽车", "非法营运", "超限超载"][: len(numbers) - 1]
    parts = "、".join(f"{kind}{n}起" for kind, n in zip([*kinds, "其他"], numbers, strict=True))
    total = sum(numbers)
    assert not findings(shape.format(total=total, parts=parts))
    found = findings(shape.format(total=total + more, parts=parts))
    if total + more <= total * 2:  # what is far off may be the total of something else
        assert [f for f in found if f.startswith("N301") and f"＝{total}，" in f]


@given(st.integers(1, 2000), st.integers(1, 2000), st.integers(0, 2))
def test_a_share_is_judged_by_rounding(part: int, rest: int, decimals: int) -> None:
    whole = part + rest
    true = round(part * 100 / whole * 10**decimals + 1e-9) / 10**decimals
    sentence = "二级事项{}项，占总数{}项的{:.{}f}%。"
    assert not findings(sentence.format(part, whole, true, decimals))
    assert findings(sentence.format(part, whole, true + 3, decimals))


@given(st.lists(st.lists(st.integers(0, 999), min_size=3, max_size=3), min_size=2, max_size=6))
def test_a_table_is_judged_both_ways(rows: list[list[int]]) -> None:
    head = "| 单位 | 处罚（件） | 许可（件） | 检查（件） | 合计（件） |\n|---|--:|--:|--:|--:|\n"
    totals = [sum(column) for column in zip(*rows, strict=True)]
    lines = [["支队", *row, sum(row)] for row in rows] + [["合计", *totals, sum(totals)]]

    def page() -> str:
        return head + "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)

    assert not findings(page())
    lines[-1][2] = int(lines[-1][2]) + 1
    found = findings(page())
    assert any(f"＝{totals[1]}，表中写 {totals[1] + 1}" in one for one in found)


@given(
    st.lists(st.lists(st.integers(0, 999), min_size=4, max_size=4), min_size=2, max_size=6),
    st.integers(0, 1),
    st.booleans(),
)
def test_a_table_of_html_is_judged_under_its_headings(
    rows: list[list[int]], group: int, bound: bool
) -> None:
    """Two groups of columns, each with a total of its own."""
    head = (
        '<table>\n<thead>\n<tr><th rowspan="2">单位</th><th colspan="3">处罚（件）</th>'
        '<th colspan="3">许可（件）</th></tr>\n'
        "<tr><th>公路</th><th>水路</th><th>小计</th><th>公路</th><th>水路</th><th>小计</th></tr>\n</thead>\n"
    )
    rows = [*rows, [sum(column) for column in zip(*rows, strict=True)]]
    lines = [[a, b, a + b, c, d, c + d] for a, b, c, d in rows]
    cell = "<td>{{{{ 数 = {} }}}}</td>" if bound else "<td><b>{}</b></td>"

    def page() -> str:
        titles = [*("支队" for _ in rows[1:]), "合计"]
        body = (
            f'<tr><th scope="row">{title}</th>{"".join(map(cell.format, line))}</tr>\n'
            for title, line in zip(titles, lines, strict=True)
        )
        return f"前文。\n\n{head}<tbody>\n{''.join(body)}</tbody>\n</table>\n"

    assert not findings(page())
    at = group * 3 + 2
    lines[0][at] += 1
    found = proofreading.read(page(), "a.md")
    assert {finding.place.row for finding in found} == {9, 8 + len(rows)}  # its row, its column
    assert any(f"＝{lines[0][at] - 1}，表中写 {lines[0][at]}" in finding.says for finding in found)


ANNOUNCED = [
    ("整改以下{}个方面问题：\n\n- 甲。\n- 乙。\n  - 乙的一部分。\n- 丙。\n\n后文。\n", "三", "四"),
    ("整治如下{}类问题。\n\n（一）甲。其中：\n\n1. 某\n2. 某\n\n（二）乙。\n\n（三）丙。\n\n二、要求\n\n（一）提高认识。\n", "3", "5"),
    ("主要有{}个方面：一是甲；二是乙；三是丙。", "三", "二"),
    ("共{}项：\n\n1. 甲\n2. 乙\n3. 丙\n", "3", "2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "right", "wrong"), ANNOUNCED)
def test_announced_items_are_counted(text: str, right: str, wrong: str) -> None:
    assert not findings(text.format(right))
    [found] = findings(text.format(wrong))
    assert found.startswith("N308")
    assert "下面列出 3" in found


@pytest.mark.parametrize(
    "text",
    [
        "整改以下三个方面问题。\n\n后文。\n",
        "从三个方面着手。还要做好别的。\n\n- 甲\n- 乙\n",
        "全年办理573件，主要是：\n\n- 甲\n- 乙\n",
        "以下573件案件：\n\n- 甲\n- 乙\n",
    ],
)
def test_lists_that_nobody_announced_are_left_alone(text: str) -> None:
    assert not findings(text)


@given(
    st.lists(st.integers(1, 400), min_size=2, max_size=6),
    st.integers(1, 20),
    st.sampled_from("；。，"),
)
def test_items_of_a_list_come_to_the_total_before_it(
    numbers: list[int], more: int, mark: str
) -> None:
    items = "".join(
        f"- {kind}类{n}起{mark}\n" for kind, n in zip("甲乙丙丁戊己", numbers, strict=False)
    )
    total = sum(numbers)
    assert not findings(f"全年查处案件{total}起，其中：\n\n{items}")
    found = findings(f"全年查处案件{total + more}起，包括：\n\n{items}")
    assert [f for f in found if f"＝{total}，" in f]


UNKNOWN = [
    "全年处罚{{ 处罚总数 }}起，其中公路310起、其他120起。",
    "全年处罚573起，其中公路{{ 公路 }}起、其他12起。",
    "公路{{ 公路 }}起、其他12起，共15起。",
    "公路{{ 公路 }}起，占总数573起的12%。",
    "| 类别 | 件数 |\n|---|--:|\n| 公路 | {{ 公路 }} |\n| 其他 | 3 |\n| 合计 | 5 |",
    "<table><tr><th>类别</th><th>甲</th><th>乙</th><th>合计</th></tr>"
    "<tr><td>公路</td><td>{{ 甲 }}</td><td>9</td><td>11</td></tr></table>",
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_not_known_yet_is_not_judged(text: str) -> None:
    assert not findings(text)
    printed = re.sub(r"\{\{ (\S+) \}\}", r"{{ \1 = 1 }}", text)
    assert findings(printed)


def test_a_finding_says_where_and_quotes() -> None:
    text = (
        "---\ntitle: 甲\n---\n\n前文。\n全年**共**处罚574起（其中公路470起、其他103起）。后文。\n"
    )
    [finding] = proofreading.read(text, "docs/a.md")
    assert str(finding.place) == "docs/a.md:6:10"
    assert (
        "「全年共处罚574起（其中公路470起、其他103起）」：470＋103＝573，文中写 574起"
        in finding.says
    )


def test_code_and_notes_are_not_read_nor_cells_as_sentences() -> None:
    wrong = "全年处罚574起（其中公路470起、其他103起）。"
    for shell in ("```\n{}\n```", "<!-- {} -->", "`{}`", "<table><tr><td>{}</td></tr></table>"):
        assert not findings(shell.format(wrong))
    assert findings(wrong)


@given(
    st.text(
        "全处罚其中占共由调整为起件%0123456789（）()，。、；：|\n#-一二是附件1. {}=*[]`<>!~年月日",
        max_size=300,
    )
)
def test_no_text_is_too_strange(text: str) -> None:
    page = passages.read(text)
    for passage in page.passages:
        for index, character in enumerate(passage.text):
            at = passage.at(index)
            if character not in (passages.UNKNOWN, *"{}"):
                assert 0 <= at < len(text)
    proofreading.read(text, "a.md")
    artefacts.mend(text)


@pytest.mark.parametrize(
    "text",
    [
        "一" * 3000,
        "（" * 20_000,
        "1件、" * 20_000,
        "<table>" * 20_000,
        "<!--" * 20_000,
        "附件1、" * 20_000,
        "甲 " * 20_000,
        "1 000 " * 20_000,
        "甲," * 20_000,
        "[bookmark: " * 20_000,
        "其中" * 20_000,
        "[" * 20_000,
        "|1|\n|-|\n" * 5_000,
        "<table>" + "<tr>" + "<td colspan=99 rowspan=99>1" * 5_000,
        "<table><tr><th>甲<th>合计" + "<tr><td>1<td>2" * 2_000,
        "以下三项：\n\n" + "- 甲\n" * 5_000,
        "甲1件，" * 5_000,
        "占1.5%，" * 5_000,
    ],
)
def test_no_text_holds_the_check_up(text: str) -> None:
    proofreading.read(text, "a.md")
    artefacts.mend(text)


# ── What mends itself ────────────────────────────────────────────────────────────────────────────

MENDED = [
    ("[bookmark: _Hlk123]全年工作", "全年工作"),
    ("对案件进行进行审核", "对案件进行审核"),
    ("各自的的职责", "各自的职责"),
    ("我局以及以及各县局", "我局以及各县局"),
    ("2 024年完成", "2024年完成"),
    ("20 24 年完成", "2024 年完成"),
    ("在人 流量较大的车站，开展宣传", "在人流量较大的车站，开展宣传"),
    ("示交发[2021]159号", "示交发〔2021〕159号"),
    ("示交发（2021） 159号", "示交发〔2021〕159号"),
    ("示交发【2021】0159号", "示交发〔2021〕0159号"),
    ("实施纲要（2021一2025年）", "实施纲要（2021—2025年）"),
    ("3月5日一3月9日", "3月5日—3月9日"),
    ("先审核,后公开;再归档", "先审核，后公开；再归档"),
    ("方案(以下简称《方案》)", "方案（以下简称《方案》）"),
    ("要求如下:\n\n一是审核:先审", "要求如下:\n\n一是审核：先审"),
    ("甲,乙,丙", "甲，乙，丙"),
]
KEPT = [
    "目的的实现，标的的交付",
    "为了了解情况，的的确确",
    "存在在先的权利，现在在岗人员",
    "温和和气，各地地方标准",
    "逐件研究研究，一件一件核对",
    "高高兴兴、清清楚楚",
    "第一章 总则",
    "附件 任务分解表",
    "姓名 单位 职务",
    "| 甲 | 乙 |\n|---|---|\n| 丙 丁 | 戊，己 |",
    "电话 12345 12328，传真",
    "依照示交发〔2021〕159号、（2021）湘09行终12号",
    "第一条、第十一条，1. 2、3，2021—2025年",
    "三一重工，十一月一日，2021年一季度",
    "8:30—12:00，比例为1:2，a,b;c",
    "[甲,乙](a,b.md)、![丙,丁](x.png)、<https://例.cn/甲,乙>",
    "`甲,乙`、{{ 甲,乙 = 5 }}",
    "```\n甲,乙 2 024年\n```",
    "<!-- 甲,乙 -->",
    '<abbr title="甲,乙">丙</abbr>',
    "    甲,乙：缩进的代码",
    "---\ntitle: 甲,乙\n索引号: 示交发[2021]1号\n---\n",
]


@pytest.mark.parametrize(("before", "after"), MENDED)
def test_what_word_leaves_is_mended(before: str, after: str) -> None:
    assert artefacts.find(before)
    assert artefacts.mend(before)[0] == after
    assert not [slip for slip in artefacts.find(after) if slip.safe]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_meant_is_kept(text: str) -> None:
    assert artefacts.mend(text)[0] == text


def test_what_may_mean_something_else_is_only_told() -> None:
    for text in ("发放资料1 200份", "迎检工作.发挥作用", "错误!未找到引用源。"):
        [slip] = artefacts.find(text)
        assert not slip.safe
        assert artefacts.mend(text)[0] == text


@given(st.lists(st.sampled_from([text for text, _ in MENDED] + KEPT), max_size=8), st.sampled_from(["", "，", " ", "\n\n"]))  # fmt: skip
def test_mending_twice_is_as_good_as_once(pieces: Sequence[str], between: str) -> None:
    mended = artefacts.mend(between.join(pieces))[0]
    assert artefacts.mend(mended) == (mended, [])


def test_files_are_mended_in_place_and_nothing_else(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "reports").mkdir(parents=True)
    bad = docs / "reports" / "a.md"
    bad.write_bytes("\ufeff---\r\ntitle: 甲,乙\r\n---\r\n\r\n先审核,后公开。\r\n".encode())
    good, hidden, strange = docs / "b.md", docs / ".c.md", docs / "d.md"
    good.write_text("先审核，后公开。\n", "utf-8")
    hidden.write_text("先审核,后公开。\n", "utf-8")
    strange.write_bytes("先审核,后公开。".encode("gb18030"))
    times = {path: path.stat().st_mtime_ns for path in (good, hidden, strange)}
    told = check.mended(tmp_path)
    assert (
        told
        == "docs/reports/a.md:5: 「先审核,后公开。」改为「先审核，后公开。」\n自动改正了 1 处。\n"
    )
    expected = "\ufeff---\r\ntitle: 甲,乙\r\n---\r\n\r\n先审核，后公开。\r\n"
    assert bad.read_bytes() == expected.encode()
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert check.mended(tmp_path) == "自动改正了 0 处。\n"
    assert sorted(path.name for path in docs.rglob("*") if path.is_file()) == [".c.md", "a.md", "b.md", "d.md"]  # fmt: skip


# ── One page against itself ──────────────────────────────────────────────────────────────────────

AGREES = [
    "1. 甲。\n1. 乙。\n1. 丙。",
    "## 一、甲\n\n1. 甲。\n2. 乙。\n\n## 二、乙\n\n3. 丙。\n4. 丁。",
    "1. 甲。\n    1. 子。\n    2. 子。\n2. 乙。",
    "一是甲：一是子，二是丑；二是乙。",
    "见附件1—3。\n\n附件：1. 甲\n2. 乙\n3. 丙",
    "填写附件1、2。\n\n附件：1．甲 2．乙",
    "按照《方案》的附件3和示交发〔2024〕1号附件2办理。",
    "专题学习不少于4次。专题学习不少于6次。",
    "检查企业12家。复查企业20家。",
    "2023年，全局现有执法人员282名。2024年，全局现有执法人员290名。",
    "一季度全局现有执法人员282名。二季度全局现有执法人员290名。",
    "（责任单位：机关党委、政策法规科，局属各单位）（责任单位：政策法规科）",
    "---\n成文日期: 2021-03-18\n公开日期: 2021-03-25\n---\n\n示例市交通运输局\n\n2021年3月18日\n\n附表于2021年4月1日填报。",
]


@pytest.mark.parametrize("text", AGREES)
def test_what_agrees_is_left_alone(text: str) -> None:
    assert not findings(text)


def test_other_spellings_of_units_come_from_the_bureau() -> None:
    page = (
        "---\ntitle: 要点\n---\n\n一项（责任单位：安监科）。\n\n另一项（责任单位：安全监督科）。\n"
    )

    def codes(agency: dict[str, object]) -> list[str]:
        found = proofreading.read(page, "docs/x.md", known=units.read(agency))
        return [finding.code for finding in found]

    assert codes({"units": {"安全监督科": ["安监科"]}}) == ["N317"]
    assert codes({}) == []
