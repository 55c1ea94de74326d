"""Figures: what a report states is what rows say, counted once by the program and once in plain Python."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, TODAY, copy_project, copy_settings, leave_only
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure import catalog, descriptor
from disclosure.figures import bindings, counting, definitions, ledger
from disclosure.figures.counting import Table
from disclosure.figures.figure import Figure
from disclosure.intake import articles
from disclosure.intake import settings as yaml_settings
from disclosure.schema import Field, Schema
from disclosure.site import printing

DAY = date.fromisoformat(TODAY)

# ── Where bindings stand ─────────────────────────────────────────────────────────────────────────


def names(text: str) -> list[str]:
    return [binding.name for binding in bindings.find(text)]


@pytest.mark.parametrize(
    "text",
    [
        "共{{ 甲 }}件",
        "- 一项\n\n    共{{ 甲 }}件，是列表的第二段",
        "| 类别 | 件数 |\n|---|---|\n| 水上 | {{ 甲 }} |",
        "<table><tr><td>{{ 甲 }}</td></tr></table>",
        "一个 ` 不成对，{{ 甲 }}",
        "1. 其一\n2. 其二{{ 甲 }}",
        "`代码`以后{{ 甲 }}",
        "```\n没有结尾的代码块\n\n{{ 甲 }}",
    ],
)
def test_a_binding_is_found_in_text_and_tables(text: str) -> None:
    assert names(text) == ["甲"]


@pytest.mark.parametrize(
    "text",
    [
        "`{{ 甲 }}`",
        "`` ` {{ 甲 }} ``",
        "```\n{{ 甲 }}\n```",
        "~~~ yaml\n{{ 甲 }}\n~~~",
        "文字\n\n    {{ 甲 }}\n",
        "<!-- {{ 甲 }} -->",
        "<pre>\n{{ 甲 }}</pre>",
        "<code>{{ 甲 }}</code>",
        "没有花括号",
    ],
)
def test_code_and_comments_hold_none(text: str) -> None:
    assert not names(text)
    assert bindings.tokens(text) == text


def test_a_binding_knows_its_parts_its_place_and_its_sentence() -> None:
    text = "第一句。全年处罚{{ 处罚总数 = 573 }}件，水上{{按类别：水上＝198}}件。\n\n{{ 按类别：表 }}\n"
    first, second, third = bindings.find(text, "docs/a.md", first=10)
    assert (first.name, first.group, first.stated) == ("处罚总数", "", "573")
    assert str(first.place) == "docs/a.md:10:9"
    assert bindings.quoted(first, lambda b: b.stated) == "全年处罚573件，水上198件。"
    assert (second.name, second.group, second.stated) == ("按类别", "水上", "198")
    assert (third.group, third.alone, second.alone) == ("表", True, False)
    assert str(third.place) == "docs/a.md:12:1"


@pytest.mark.parametrize(
    "text", ["{{ }}", "{{ = 3 }}", "{{ 甲 = }}", "{{ 甲：}}", "{{ 甲", "{{ {{ 甲 }}"]
)
def test_what_cannot_be_read_has_no_name(text: str) -> None:
    assert "" in names(text)


@given(st.text("{}甲：:= 1`~\n\t<>!-*|", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    assert bindings.spelled(text, lambda binding: binding.written) == text
    assert bindings.tokens(text).count("qzfigure") == sum(map(bool, names(text)))


# ── Counting again ───────────────────────────────────────────────────────────────────────────────

SCHEMA = Schema(
    "cases",
    "案例",
    (
        Field("number", "编号", required=True),
        Field("category", "类别", slugs={"水上": "w", "陆上": "l"}),
        Field("kind", "种类", type="list", enum=("警告", "罚款", "没收")),
        Field("fine", "金额（元）", type="number", unit="元", aliases=(("金额", ""),)),
        Field("parties", "人数", type="integer"),
        Field("decided", "日期", type="date", required=True),
    ),
    ("number",),
    date="decided",
)
CELLS: Mapping[str, st.SearchStrategy[str]] = {
    "category": st.sampled_from(["", "水上", "陆上", "空中"]),
    "kind": st.sampled_from(["", "警告", "罚款", "警告、罚款", "罚款、没收"]),
    "fine": st.sampled_from(["", "0", "0.1", "12.34", "500", "99999999999999.99", "不适用"]),
    "parties": st.sampled_from(["", "1", "7", "30"]),
    "decided": st.dates(date(2023, 1, 1), date(2025, 12, 31)).map(date.isoformat),
}
DATES = {"年度": 4, "月份": 7}
TITLES = {
    "金额（元）": "fine",
    "类别": "category",
    "种类": "kind",
    "金额": "fine",
    "人数": "parties",
    "日期": "decided",
}
STATUSES = ("公示中", "期满下架", "已撤回", "不公开")


def parts(row: Mapping[str, str], title: str) -> list[str]:
    """The values that a row has in a column, [""] for none."""
    if title in DATES:
        return [row["decided"][: DATES[title]]]
    cell = row[TITLES[title]]
    return cell.split("、") if title == "种类" else [cell]


conditions = st.one_of(
    st.tuples(st.just("类别"), st.sampled_from(["水上", "空中", ["水上", "空"], "空", "非空"])),
    st.tuples(st.just("种类"), st.sampled_from(["罚款", ["警告", "没收"], "空", "非空", {"any": "罚款", "none": ["没收", "警告"]}, {"none": "罚款"}])),
    st.tuples(st.just("金额"), st.sampled_from([{"from": 0.1}, {"to": 500}, {"from": 1, "to": 500}, "空", 500])),
    st.tuples(st.just("人数"), st.sampled_from([{"from": 7, "to": 30}, 7, "非空"])),
    st.tuples(st.just("年度"), st.sampled_from([2024, [2023, 2025], {"from": 2024}])),
    st.tuples(st.just("月份"), st.sampled_from(["2024-03", {"from": "2024-01", "to": "2024-06"}])),
    st.tuples(st.just("日期"), st.just({"from": date(2024, 2, 1), "to": date(2024, 12, 31)})),
)  # fmt: skip


def named(wanted: Any) -> list[Any]:
    """The values of a condition, which names one or lists several."""
    return wanted if isinstance(wanted, list) else [wanted]


def meets(row: Mapping[str, str], title: str, wanted: Any) -> bool:
    """Whether a row meets a condition, as a clerk with a pencil sees it."""
    values = parts(row, title)
    if isinstance(wanted, dict) and "none" in wanted:
        some, none = named(wanted.get("any", values)), named(wanted["none"])
        return any(v in some for v in values) and not any(v in none for v in values if v)
    if isinstance(wanted, dict):
        (value,) = values
        if value in ("", "不适用"):
            return False
        bounds = {end: str(bound) for end, bound in wanted.items()}
        if title in ("金额", "人数"):
            low, high = Decimal(bounds.get("from", "-1")), Decimal(bounds.get("to", "9e20"))
            return low <= Decimal(value) <= high
        return bounds.get("from", "") <= value <= bounds.get("to", "9")
    if wanted == "非空":
        return values != [""]
    accepted = ["" if w == "空" else str(w) for w in named(wanted)]
    return any(value in accepted for value in values)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[dict[str, str]], Table]:
    """Some rows, of which some are on show in any order; and the same as a collection has them."""
    rows = draw(st.lists(st.fixed_dictionaries(dict(CELLS)), max_size=25))
    for number, row in enumerate(rows):
        row |= {
            "id": f"r{number}",
            "number": str(number),
            "status": draw(st.sampled_from(STATUSES)),
        }
    shown = draw(st.permutations([row["id"] for row in rows if row["status"] == "公示中"]))
    names = [*(f.name for f in SCHEMA.fields), "id"]
    frame = pd.DataFrame({name: [row[name] for row in rows] for name in names}, dtype="str")
    status = pd.Series([row["status"] for row in rows], dtype="str")
    return rows, Table(SCHEMA, frame, status, pd.Series(shown, dtype="str"))


def read(raw: Mapping[str, Any]) -> definitions.Sheet:
    sheet, findings = definitions.read(
        {"figures": {"数": raw}}, {}, file="f.yml", page="p/", schemas={"cases": SCHEMA}
    )
    assert not findings
    return sheet


def recount(rows: list[dict[str, str]], raw: Mapping[str, Any]) -> Decimal:
    """What a figure comes to, by the plainest means."""
    if "count" in raw:
        return Decimal(len(rows))
    if "distinct" in raw:
        title = raw["distinct"].partition(".")[2]
        return Decimal(len({p for row in rows for p in parts(row, title)} - {"", "不适用"}))
    title = raw["sum"].partition(".")[2]
    cells = [parts(row, title)[0] for row in rows]
    total = sum((Decimal(cell) for cell in cells if cell not in ("", "不适用")), Decimal(0))
    total /= 10_000 if raw.get("unit") == "万元" else 1
    places = raw.get("decimals", 0 if title == "人数" else 2)
    return total.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


asked = st.sampled_from(
    [
        {"count": "cases"},
        {"sum": "cases.金额"},
        {"sum": "cases.金额（元）", "unit": "万元", "decimals": 3},
        {"sum": "cases.人数"},
        {"distinct": "cases.类别"},
        {"distinct": "cases.种类"},
        {"distinct": "cases.年度"},
    ]
)


def agrees(
    figure: Figure, table: Table, rows: list[dict[str, str]], raw: Mapping[str, Any]
) -> None:
    """A figure has the value, the rows and the hidden rows of a recount."""
    assert figure.value == recount(rows, raw)
    ids = {row["id"] for row in rows if row["status"] == "公示中"}
    assert [table.shown[n] for n in figure.rows] == [id_ for id_ in table.shown if id_ in ids]
    hidden = [row["status"] for row in rows if row["status"] != "公示中"]
    assert dict(figure.hidden) == {status: hidden.count(status) for status in set(hidden)}


@settings(max_examples=150)
@given(
    drawn=tables(),
    kind=asked,
    where=st.lists(conditions, max_size=3, unique_by=lambda condition: condition[0]).map(dict),
    by=st.sampled_from(["", "类别", "种类", "年度", "月份"]),
)
def test_figures_agree_with_a_recount(
    drawn: tuple[list[dict[str, str]], Table], kind: dict[str, str], where: dict[str, Any], by: str
) -> None:
    rows, table = drawn
    by = "" if by == "种类" and by in where else by
    raw: dict[str, Any] = {**kind, "where": where, **({"by": by} if by else {})}
    figure, _ = counting.count(table, read(raw).definitions["数"])
    chosen = [row for row in rows if all(meets(row, *condition) for condition in where.items())]
    agrees(figure, table, chosen, raw)
    values = {part or "空" for row in chosen for part in parts(row, by)} if by else set()
    assert values <= set(figure.groups)
    for name, group in figure.groups.items():
        members = [row for row in chosen if ("" if name == "空" else name) in parts(row, by)]
        agrees(group, table, members, raw)


@settings(max_examples=50)
@given(drawn=tables(), kind=asked, where=st.lists(conditions, max_size=2).map(dict))
def test_the_same_question_has_the_same_name(
    drawn: tuple[list[dict[str, str]], Table], kind: dict[str, str], where: dict[str, Any]
) -> None:
    _, table = drawn
    raw = {**kind, "where": where}
    first = read(raw).definitions["数"]
    other = replace(first, name="另一个名称", page="q/", where=dict(reversed(first.where.items())))
    name = counting.count(table, first)[0].id
    assert re.fullmatch("[a-z]{16}", name)
    assert counting.count(table, other)[0].id == name
    narrower = read({**raw, "where": {**where, "编号": "7"}}).definitions["数"]
    assert counting.count(table, narrower)[0].id != name


# ── Whole projects ───────────────────────────────────────────────────────────────────────────────

CASES = """\
title: 案例
unit: 件
date: decided
record_title: "{number}"
primaryKey: [number]
list: [number, category, fine, decided]
fields:
  - {name: number, title: 编号, type: string, constraints: {required: true}}
  - {name: category, title: 类别, type: string}
  - {name: fine, title: 罚款金额（元）, type: number, unit: 元}
  - {name: decided, title: 日期, type: date, constraints: {required: true}}
"""
ROWS = "编号,类别,罚款金额（元）,日期\n" + "".join(
    f"{n},{'水上' if n % 3 else '陆上'},{n * 1000},2025-03-{n:02d}\n" for n in range(1, 13)
)


def project(root: Path, head: str, body: str, **more: str) -> Path:
    """Twelve cases and a page about them."""
    cases = root / "data" / "cases"
    cases.mkdir(parents=True)
    copy_settings(root / "data")
    (cases / "schema.yml").write_text(CASES, "utf-8")
    (cases / "2025.csv").write_text(ROWS, "utf-8")
    pages = {"report": f"---\ntitle: 报告\n{head}---\n\n{body}\n", **more}
    for name, text in pages.items():
        path = root / "docs" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def load(root: Path, limit: int | None = None) -> catalog.Catalog:
    return catalog.load(root / "data", as_of=DAY, limit=limit)


def codes(loaded: catalog.Catalog) -> list[str]:
    return [finding.code for finding in loaded.report if finding.code.startswith("N")]


COUNTED = "figures:\n  总数: {count: cases, where: {年度: 2025}}\n"
EVERY_KIND = (
    COUNTED
    + """\
  水上: {count: cases, where: {类别: 水上}}
  总额: {sum: cases.罚款金额（元）, unit: 万元}
  类数: {distinct: cases.类别, unit: 类}
  占比: {share: [水上, 总数]}
  上年: {given: 1200, unit: 件, source: 旧台账}
  增加: {difference: [总数, 上年]}
  增长: {change: [总数, 上年], decimals: 1}
  两年: {total: [总数, 上年]}
  按类别: {count: cases, by: 类别}
  占比之差: {difference: [占比, {page: other, figure: 占比}], decimals: 1}
"""
)
OTHER = "---\ntitle: 旧报告\nfigures:\n  占比: {share: [{page: report, figure: '按类别：陆上'}, {page: report, figure: 总数}]}\n---\n\n{{ 占比 = 33.33 }}%\n"
STATED = {
    "总数": "12",
    "水上": "8",
    "总额": "7.80",
    "类数": "2",
    "占比": "66.67",
    "上年": "1,200",
    "增加": "-1,188",
    "增长": "-99.0",
    "两年": "1,212",
    "按类别": "12",
    "按类别：陆上": "4",
    "占比之差": "33.3",
}


def test_every_kind_of_figure_is_printed(tmp_path: Path) -> None:
    body = "\n\n".join(
        f"{{{{ {name} }}}}，{{{{ {name} = {text} }}}}" for name, text in STATED.items()
    )
    loaded = load(project(tmp_path, EVERY_KIND, body, other=OTHER))
    assert not codes(loaded)
    html = printing.stamp(bindings.tokens(body), loaded, "report/")
    texts = re.findall(
        r'<a class="figure" href="\.\./figures/[a-z]{16}/" title="[^"]+">([^<]+)</a>', html
    )
    assert texts == [text for text in STATED.values() for _ in range(2)]
    linked = set(re.findall(r'href="\.\./(figures/[a-z]{16}/)"', html))
    figures = [figure for page in loaded.figures.values() for figure in page.values()]
    assert linked <= {f.address for one in figures for f in (one, *one.groups.values())}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("{{ 总数 = 12 }}起", []),
        ("{{ 总数 = 10余 }}件", []),
        ("{{ 总数 = 10 }}余件", []),
        ("约{{ 总数 = 10 }}件", []),
        ("{{ 总数 = 10 }}件", ["N121"]),
        ("{{ 总额 = 7.8万元 }}", []),
        ("{{ 总额 = 78,000元 }}", []),
        ("{{ 总额 = 78000 }}元", []),
        ("{{ 总额 = 0.00078 }}亿元", []),
        ("{{ 总额 = 7.7 }}万元", ["N121"]),
        ("{{ 总额 }}万元", []),
        ("{{ 总额 }}元", ["N122"]),
        ("{{ 总数 }}人次", ["N122"]),
        ("{{ 总数 = 12人次 }}", ["N122"]),
        ("{{ 占比 = 66.7 }}%", []),
        ("{{ 占比 = 66.67％ }}", []),
        ("{{ 占比 = 66.6 }}%", ["N121"]),
        ("{{ 下降 = 1188 }}件", []),
        ("{{ 下降 = -1188 }}件", ["N121"]),
        ("{{ 增加 = -1188 }}件", []),
        ("{{ 增加 = 1188 }}件", ["N121"]),
    ],
)
def test_what_is_stated_must_hold(tmp_path: Path, body: str, found: list[str]) -> None:
    head = EVERY_KIND + "  下降: {difference: [上年, 总数]}\n"
    everything = "\n\n".join(f"{{{{ {name} }}}}" for name in (*STATED, "下降"))
    loaded = load(project(tmp_path, head, f"{body}\n\n{everything}", other=OTHER))
    assert codes(loaded) == found


def test_a_finding_names_place_sentence_and_both_numbers(tmp_path: Path) -> None:
    root = project(
        tmp_path, COUNTED, "上年的事不提。全年作出决定{{ 总数 = 12 }}件，全部公开。其余从略。"
    )
    assert not codes(load(root))
    rows = root / "data" / "cases" / "2025.csv"
    rows.write_text(ROWS.replace("2025-03-07", "2024-03-07"), "utf-8")
    (finding,) = [f for f in load(root).report if f.code == "N121"]
    assert str(finding.place) == "docs/report.md:7:14"
    assert all(word in finding.says for word in ("12", "11", "全年作出决定12件，全部公开。"))
    assert "上年的事" not in finding.says
    page = root / "docs" / "report.md"
    page.write_text(page.read_text("utf-8").replace("= 12", "= 11"), "utf-8")
    assert not codes(load(root))


def test_pages_share_figures(tmp_path: Path) -> None:
    root = project(tmp_path, "", "共{{ 总数 = 12 }}件", index="---\ntitle: 首页\n---\n{{ 总数 }}件")
    (root / "data" / "figures.yml").write_text(COUNTED, "utf-8")
    loaded = load(root)
    assert not codes(loaded)
    assert loaded.figures[""]["总数"].value == 12
    for address, up in (("report/", "../"), ("", "")):
        (token,) = {binding.token for binding in loaded.bindings[ledger.page_of(address)]}
        assert f'href="{up}figures/' in printing.stamp(f"<p>{token}件</p>", loaded, address)


def test_a_preview_says_nothing_of_numbers(tmp_path: Path) -> None:
    head = COUNTED + "checks:\n  - {equal: [总数, 上年]}\n".replace("上年", "总数")
    root = project(tmp_path, head, "共{{ 总数 = 12 }}件，就是{{ 总数 }}件，{{ 没有的 = 5 }}件。")
    loaded = load(root, limit=3)
    assert codes(loaded) == ["N106"]
    html = printing.stamp(bindings.tokens("{{ 总数 = 12 }}和{{ 没有的 = 5 }}"), loaded, "report/")
    assert re.sub("<[^>]+>", "", html) == "12和5"


HTML = """\
<h2 id="TOKEN">总数TOKEN件</h2><nav><a href="#TOKEN">总数<b>TOKEN</b>件</a></nav>
<td title="有 > 号 TOKEN">TOKEN</td><p>TABLE</p><p>TABLE。</p><script>"TOKEN<p"</script>"""


def test_a_figure_within_a_link_or_a_tag_is_no_link(tmp_path: Path) -> None:
    head = "figures:\n  总额: {sum: cases.罚款金额（元）, by: 类别, decimals: 0}\n"
    loaded = load(project(tmp_path, head, "{{ 总额 }}\n\n{{ 总额：表 }}"))
    plain, table = (binding.token for binding in loaded.bindings["report/"])
    html = printing.stamp(HTML.replace("TOKEN", plain).replace("TABLE", table), loaded, "report/")
    link = r'<a class="figure" href="\.\./figures/[a-z]{16}/" title="[^"]+">78,000</a>'
    assert re.match(rf'<h2 id="78000">总数{link}件</h2>', html)
    assert '<nav><a href="#78000">总数<b>78,000</b>件</a></nav>' in html
    assert re.search(rf'<td title="有 > 号 78000">{link}</td>', html)
    assert re.search(rf"<p>{link}。</p>", html)
    body = html[html.index("<table") : html.index("</table>")]
    assert "<caption>总额</caption>" in body
    assert re.findall('<th scope="(row|col)"[^>]*>([^<]+)', body) == [
        ("col", "类别"),
        ("col", "数量（元）"),
        ("row", "水上"),
        ("row", "陆上"),
        ("row", "合计"),
    ]
    assert re.findall(">([0-9,]+)</a>", body) == ["48,000", "30,000", "78,000"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["count", "sum", "share", "where", "by", "unit", "decimals", "given", "source", "total", "equal", "parts", "年度", "from", "甲", "cases", "page", "figure"]), x, max_size=3)))  # fmt: skip
def test_no_definition_breaks_the_reader(raw: Any) -> None:
    for head in ({"figures": raw, "checks": raw}, {"figures": {"甲": raw}, "checks": [raw]}):
        _, findings = definitions.read(head, {}, file="f", page="p/", schemas={"cases": SCHEMA})
        assert all(finding.message for finding in findings)


def test_the_example_of_the_handbook_can_be_read() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("### 写数字")[2]
    page = text.partition("```markdown\n")[2].partition("```\n")[0]
    head, body, _ = articles.parted(page)
    raw, complaints = yaml_settings.parse(head, file="page.md")
    assert raw is not None
    file = ROOT / "data" / "penalties" / "schema.yml"
    schema, _ = descriptor.load(file, name="penalties", file=file.name)
    assert schema is not None
    sheet, findings = definitions.read(
        raw, {}, file="page.md", page="p/", schemas={"penalties": schema}
    )
    assert not [*complaints, *findings]
    assert {definition.kind for definition in sheet.definitions.values()} == set(definitions.MAY)
    assert {binding.name for binding in bindings.find(body)} <= sheet.names


# ── The sample ───────────────────────────────────────────────────────────────────────────────────


def test_an_edited_row_fails_the_check_until_the_report_follows(tmp_path: Path) -> None:
    copied = copy_project(tmp_path / "project")
    rows = copied / "data" / "penalties" / "2020.csv"
    rows.write_text(re.sub(r"(?m)^.*,水上,.*\n", "", rows.read_text("utf-8"), count=1), "utf-8")
    command = [sys.executable, str(ROOT / "scripts" / "check.py"), "--root", str(copied)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AS_OF": TODAY}

    def check() -> tuple[int, list[str]]:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, re.findall(r"^错误 (.*)$", done.stdout, re.M)

    code, errors = check()
    assert code == 1
    report = copied / "docs" / "reports" / "law-2020.md"
    text = report.read_text("utf-8")
    line = 1 + text[: text.index("全年作出行政处罚决定")].count("\n")
    assert any(
        e.startswith(f"docs/reports/law-2020.md:{line}:")
        and "写的是 573，数据算出来是 572" in e
        and "全年作出行政处罚决定573件" in e
        for e in errors
    )
    assert any("写的是 198，数据算出来是 197" in e for e in errors)
    text = text.replace("处罚总数 = 573", "处罚总数 = 572").replace("= 198", "= 197")
    report.write_text(text, "utf-8")
    assert check() == (0, [])


def test_a_change_of_rows_needs_no_theme(tmp_path: Path) -> None:
    copied = copy_project(tmp_path / "project")
    leave_only(copied, "norms", "powers")
    about = copied / "docs" / "about.md"
    head = "---\nfigures:\n  文件数: {count: norms, where: {年度: 2020}}\n"
    body = "\n\n## 共有{{ 文件数 }}件\n\n二〇二〇年的文件共{{ 文件数 }}件。\n"
    about.write_text(about.read_text("utf-8").replace("---\n", head, 1) + body, "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AS_OF": TODAY,
        "NO_MKDOCS_2_WARNING": "1",
    }

    def made(engine: str) -> str:
        command = [sys.executable, str(ROOT / "scripts" / "build.py"), "--engine", engine]
        done = subprocess.run(
            command, cwd=copied, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return (copied / "site" / "about" / "index.html").read_text("utf-8")

    assert re.search(r'二〇二〇年的文件共<a class="figure"[^>]*>3</a>件。', made("mkdocs"))
    rows = copied / "data" / "norms" / "norms.csv"
    lines = rows.read_text("utf-8").splitlines(keepends=True)
    rows.write_text("".join(line for line in lines if "SL-JT-2020-0011" not in line), "utf-8")
    page = made("no_engine_at_all")
    assert re.search(r'二〇二〇年的文件共<a class="figure"[^>]*>2</a>件。', page)
    assert "qzfigure" not in page
    index = b"".join(p.read_bytes() for p in (copied / "site" / "search").rglob("*") if p.is_file())
    assert b"qzfigure" not in index


def test_a_quotation_shows_no_half_of_another_binding() -> None:
    """However far the next bindings are."""
    for gap in range(80):
        text = (
            f"{{{{ 甲甲甲甲 = 1 }}}}{'中' * gap}{{{{ 数 = 2 }}}}{'中' * gap}{{{{ 乙乙乙乙 = 3 }}}}"
        )
        [_, found, _] = bindings.find(text)
        shown = bindings.quoted(found, lambda binding: binding.stated)
        assert "2" in shown
        assert "{" not in shown
        assert "}" not in shown


@pytest.mark.parametrize(
    ("sentence", "read"),
    [
        ('…oup" rowspan="2">第二十条</th><td>334</td><td cla…', "… 第二十条 334 …"),
        ("全年办理**12**件", "全年办理 12 件"),
        ("…其中<10件的…", "…其中<10件的…"),
    ],
)
def test_a_quotation_shows_no_half_of_a_tag(sentence: str, read: str) -> None:
    [binding] = bindings.find("{{ 甲 }}")
    assert bindings.quoted(replace(binding, sentence=sentence), str) == read
