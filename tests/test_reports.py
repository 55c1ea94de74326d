"""Yearly reports: tables that browsers and machines read alike, figures that a recount confirms, drafts, checks."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import markdown
import pandas as pd
import pytest
import yaml
from conftest import ROOT, copy_project
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from disclosure import catalog, prose
from disclosure.figures import ledger
from disclosure.figures.counting import Table
from disclosure.intake import articles
from disclosure.reports import checks, enforcement, foi, forms, questions, returns
from disclosure.reports.forms import Form, Tree
from disclosure.rules import book
from disclosure.rules.book import Rule
from disclosure.schema import Field, Schema
from disclosure.site import pages
from scripts import report

KINDS = ("警告", "通报批评", "罚款", "没收违法所得", "吊销许可证件", "责令停产停业", "其他")
COLUMNS = ("警告、通报批评", "罚款", "没收违法所得", "吊销许可证件", "其他")
calm = settings(max_examples=60)
FOI = {year: checks.read(ROOT, checks.FOI, year)[0] for year in (2024, 2025)}


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────

titles = st.text("甲乙丙丁戊己庚辛", min_size=1, max_size=3)


def trees(depth: int) -> st.SearchStrategy[Tree]:
    """Headings that nobody can mistake for their neighbours."""
    entry = titles if depth == 1 else st.one_of(titles, st.tuples(titles, trees(depth - 1)))
    unique = lambda entries: st.lists(  # noqa: E731
        entries, min_size=1, max_size=3, unique_by=lambda e: e if isinstance(e, str) else e[0]
    )
    return unique(entry)


@calm
@given(rows=st.one_of(st.just(()), trees(3)), columns=trees(3))
def test_every_cell_finds_its_headings_again(rows: Tree, columns: Tree) -> None:
    form = Form("示例表", columns, rows)
    cells = {way: str(number) for number, way in enumerate(form.ways)}
    assume(len(cells) == len(form.ways))
    found = {
        form.way(cell.row, cell.column): cell.text for cell in forms.read(forms.write(form, cells))
    }
    assert found == cells


@pytest.mark.parametrize(
    "form", [form for group in foi.FORMS.values() for form in group] + list(questions.forms(None))
)
def test_tables_come_through_the_page_unchanged(form: Form) -> None:
    cells = dict.fromkeys(form.ways, "{{ 处罚合计 = 1,234 }}")
    written = forms.write(form, cells, heading="" if form.rows else "示例局")
    assert not prose.check(written, "a.md")
    configs = {name: dict(config) for name, config in prose.EXTENSIONS.items()}
    html = markdown.markdown(
        f"前\n\n{written}\n\n后", extensions=list(prose.EXTENSIONS), extension_configs=configs
    )
    cleaned, refused = prose.clean(html)
    assert not refused
    shown = pages.tables(cleaned)
    heads = re.findall(r"<th\b[^>]*>", shown)
    assert heads
    assert all(head.count("scope=") == 1 for head in heads)
    assert [(c.row, c.column, c.text) for c in forms.read(shown)] == [
        (c.row, c.column, c.text) for c in forms.read(written)
    ]
    assert "<caption>" in shown


def test_a_table_of_markdown_still_gets_its_scope() -> None:
    html = pages.tables('<table><tr><th align="right">甲</th><th>乙</th></tr></table>')
    assert html.count('<th scope="col"') == 2


# ── Figures ──────────────────────────────────────────────────────────────────────────────────────


def table(rows: Sequence[Mapping[str, str]]) -> Table:
    schema = Schema(
        name="penalties",
        title="处罚",
        fields=(
            Field("kind", "处罚类别", type="list", enum=KINDS),
            Field("fine", "罚款金额（元）", type="number", unit="元"),
            Field("party", "当事人"),
            Field("decided", "日期", type="date"),
        ),
        primary_key=("party",),
        date="decided",
    )
    names = [field.name for field in schema.fields]
    frame = pd.DataFrame([[row[n] for n in names] for row in rows], columns=names, dtype="str")
    return Table.of(schema, frame.assign(id=[str(n) for n in range(len(frame))]))


rows = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True).map(
                "、".join
            ),
            "fine": st.sampled_from(["", "200", "1500.5", "30000"]),
            "party": st.sampled_from(["甲", "乙", "丙"]),
            "decided": st.sampled_from(["2023-12-31", "2024-01-01", "2024-06-30", "2025-01-01"]),
        }
    ),
    max_size=25,
)


@calm
@given(rows)
def test_figures_are_what_a_recount_gives(drawn: list[dict[str, str]]) -> None:
    entries: dict[str, dict[str, Any]] = {
        "全年": {"count": "penalties", "where": {"年度": 2024}},
        "六月": {"count": "penalties", "where": {"月份": "2024-06"}},
        "罚款": {"count": "penalties", "where": {"处罚类别": ["罚款", "警告"], "当事人": "甲"}},
        "大额": {"count": "penalties", "where": {"罚款金额（元）": {"from": 1000, "to": 30000}}},
        "无罚": {"count": "penalties", "where": {"罚款金额（元）": "空"}},
        "期内": {"count": "penalties", "where": {"日期": {"to": date(2024, 6, 30)}}},
        "金额": {"sum": "penalties.罚款金额（元）", "unit": "万元", "decimals": 2},
        "几家": {"distinct": "penalties.当事人", "where": {"年度": [2024, 2025]}},
        "合计": {"total": ["全年", "六月"]},
        "差": {"difference": ["全年", "六月"]},
        "报来": {"given": 12.5, "source": "台账"},
    }
    year = [row for row in drawn if row["decided"][:4] == "2024"]
    june = [row for row in drawn if row["decided"][:7] == "2024-06"]
    fines = [Decimal(row["fine"]) for row in drawn if row["fine"]]
    ten_thousand = sum(fines, Decimal(0)) / 10000
    assert ledger.values(entries, {"penalties": table(drawn)}) == {
        "全年": len(year),
        "六月": len(june),
        "罚款": sum(
            bool({"罚款", "警告"} & set(row["kind"].split("、"))) and row["party"] == "甲"
            for row in drawn
        ),
        "大额": sum(1000 <= fine <= 30000 for fine in fines),
        "无罚": len(drawn) - len(fines),
        "期内": sum(row["decided"] <= "2024-06-30" for row in drawn),
        "金额": (ten_thousand * 100 + Decimal("0.5")) // 1 / 100,
        "几家": len({row["party"] for row in drawn if row["decided"] >= "2024"}),
        "合计": len(year) + len(june),
        "差": len(year) - len(june),
        "报来": Decimal("12.5"),
    }


def rule(counting: str) -> Rule:
    order = ("其他", *COLUMNS[:-1]) if counting == book.HEAVIEST else ()
    return Rule(
        "TJ-1", "并处的。", "《示例》", "", "", (), counting=counting, told_in=COLUMNS, order=order
    )


@calm
@given(rows, st.sampled_from([book.HEAVIEST, book.LATEST, book.EACH]))
def test_combined_penalties_are_told_by_the_rule(
    drawn: list[dict[str, str]], counting: str
) -> None:
    chosen = rule(counting)
    made = table(drawn)
    asked = questions.enforcement(2024, {"penalties": made.schema}, chosen)
    values = ledger.values(asked.figures, {"penalties": made})
    told = {way[-1]: int(values[name]) for way, name in asked.cells.items() if way[-1] in COLUMNS}
    expected = dict.fromkeys(COLUMNS, 0)
    ranks = chosen.order or chosen.told_in
    for row in drawn:
        if row["decided"][:4] != "2024":
            continue
        columns = {
            next((c for c in COLUMNS if kind in c.split("、")), "其他")
            for kind in row["kind"].split("、")
        }
        for column in columns if counting == book.EACH else [max(columns, key=ranks.index)]:
            expected[column] += 1
    assert told == expected
    assert all(
        "count" in asked.figures[name] for name in asked.cells.values() if name.endswith("件数")
    )
    if counting != book.EACH:
        assert sum(told.values()) == values["处罚合计"]


# ── Returns ──────────────────────────────────────────────────────────────────────────────────────


def test_the_returns_of_the_sample_add_up(tables: Mapping[str, Table]) -> None:
    assert all(FOI.values())
    assert not checks.data(ROOT, tables)


NUMBERS = [
    way
    for way in foi.WAYS
    if way[0] in (foi.THIRD, foi.FOURTH) and isinstance(FOI[2025][way], Decimal)
]


@calm
@given(st.sampled_from(NUMBERS))
def test_no_number_can_be_changed_unnoticed(way: forms.Way) -> None:
    stated = FOI[2025]
    assert stated
    changed = replace(stated, cells={**stated.cells, way: stated.cells[way] + 1})
    assert not list(foi.check(stated, FOI[2024], {}))
    assert list(foi.check(changed, FOI[2024], {}))


def test_zero_blank_and_not_applicable_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "foi-2025.yml"
    path.write_text(
        "年度: 2025\n表二: {规章: 不适用, 行政强制: 0, 行政事业性收费: 1.25}\n", "utf-8"
    )
    stated, findings = returns.load(path, file="f.yml", year=2025, ways=foi.WAYS)
    assert stated
    assert not findings
    cells = [stated[foi.SECOND, *way] for way in (("规章", foi.MADE), ("行政强制", foi.DECISIONS))]
    assert cells == ["不适用", Decimal(0)]
    assert stated[foi.SECOND, "行政事业性收费", "本年收费金额"] == Decimal("1.25")
    assert stated[foi.COERCION[0], "行政许可", foi.DECISIONS] == returns.BLANK
    assert [returns.said(value) for value in ("不适用", Decimal(0), returns.BLANK)] == [
        "不适用",
        "0",
        "未填",
    ]


# ── Drafts ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def tables() -> Mapping[str, Table]:
    """The rows of the sample, read once."""
    return catalog.tables(ROOT / "data")


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory, tables: Mapping[str, Table]) -> Path:
    """The sample project with the reports of 2024 and 2025 drafted anew."""
    project = copy_project(tmp_path_factory.mktemp("drafts") / "project")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(catalog, "tables", lambda data: tables)
        for kind in report.KINDS:
            for year in ("2024", "2025"):
                assert report.main([kind, year, "--force", "--root", str(project)]) == 0
    return project


def text_of(project: Path, name: str) -> tuple[dict[str, Any], str]:
    _, head, body = (
        (project / "docs" / "reports" / f"{name}.md").read_text("utf-8").split("---\n", 2)
    )
    return yaml.safe_load(head), body


def rows_of(collection: str, year: int) -> list[dict[str, str]]:
    content = (ROOT / "data" / collection / f"{year}.csv").read_bytes().decode("utf-8")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_the_enforcement_report_counts_what_the_rows_say(drafted: Path) -> None:
    head, body = text_of(drafted, "enforcement-2024")
    told = dict(re.findall(r"\{\{ (\S+) = (\S+) \}\}", body))
    assert set(told) <= set(head["figures"])
    penalties = rows_of("penalties", 2024)
    assert told["处罚合计"] == str(len(penalties))
    fines = sum(Decimal(row["罚款金额（元）"] or 0) for row in penalties)
    assert Decimal(told["罚款金额"]) == round(fines / 10000, 2)
    only = sum(set(row["处罚类别"].split("、")) <= {"警告", "通报批评"} for row in penalties)
    assert told["警告通报批评件数"] == str(only)
    assert told["许可数量"] == str(len(rows_of("permits", 2024)))
    assert "统计口径（规则 TJ-2" in body
    # No return of 2024: what no rows hold is not guessed.
    cells = {(cell.column[-1]): cell.text for cell in forms.read(body)}
    assert cells["申请数量"] == cells["扣押财物"] == "未填"
    assert "不适用" not in cells.values()
    assert len(rows_of("penalties", 2023)) != len(penalties)
    assert re.search("比上年(增加|减少)", body)


def test_the_head_of_a_draft_is_complete(drafted: Path) -> None:
    for name, duty in (
        ("enforcement-2024", enforcement.TITLE),
        ("disclosure-2024", foi.TITLE),
        ("law-2024", "法治政府建设年度报告"),
    ):
        head, body = text_of(drafted, name)
        assert (head["法定事项"], head["年度"], head["公开方式"]) == (duty, 2024, "主动公开")
        assert head["title"].startswith("2024年")
        named = re.findall(r"\{\{ ([^\s=：}]+)", body)
        assert named
        assert set(named) <= set(head["figures"])
        assert set(head) <= set(articles.KEYS)


def test_this_year_is_held_against_the_year_before(drafted: Path) -> None:
    head, _ = text_of(drafted, "disclosure-2025")
    linked = {"page": "reports/disclosure-2024", "figure": "结转下年度"}
    assert {"equal": ["上年结转", linked]} in head["checks"]
    before, _ = text_of(drafted, "disclosure-2024")
    assert head["figures"]["上年结转"]["given"] == before["figures"]["结转下年度"]["given"] == 1
    assert all("equal" not in check for check in before["checks"])


def test_a_draft_says_what_is_left_and_cannot_be_published(drafted: Path) -> None:
    written, _ = articles.load(drafted / "docs")
    found = list(checks.pages(drafted, written))
    assert {finding.code for finding in found} == {"N433"}
    files = {finding.place.file for finding in found}
    assert files == {
        f"docs/reports/{name}-{year}.md"
        for name in ("enforcement", "disclosure", "law")
        for year in (2024, 2025)
    }
    lines = (drafted / "docs/reports/law-2024.md").read_text("utf-8").splitlines()
    mine = [f.place.row for f in found if f.place.file == "docs/reports/law-2024.md"]
    assert all("【待填写：" in lines[row - 1] for row in mine)


def test_an_existing_report_is_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = project / "docs" / "reports" / "enforcement-2025.md"
    before = page.read_bytes()
    assert report.main(["执法统计", "2025", "--root", str(project)]) == 2
    assert page.read_bytes() == before
    assert "FORCE=1" in capsys.readouterr().err
    shutil.rmtree(project / "data" / "reports")
    assert report.main(["执法统计", "2025", "--root", str(project), "--force"]) == 0
    said = capsys.readouterr().out
    assert "没有 data/reports/enforcement-2025.yml" in said
    assert "索引号、成文日期、公开日期" in said
    assert "行政强制实施情况：行政强制措施实施数量 扣押财物" in said
    assert page.read_bytes() != before


def test_what_cannot_be_read_is_said_and_nothing_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "data/reports/foi-2024.yml").write_text("年度: 2023\n", "utf-8")
    assert report.main(["信息公开", "2024", "--root", str(project)]) == 1
    assert "N401" in capsys.readouterr().err
    assert not (project / "docs/reports/disclosure-2024.md").exists()
    with pytest.raises(SystemExit):
        report.main(["信息公开", "去年"])


def test_the_pages_of_the_sample_are_drafts_that_were_edited(drafted: Path) -> None:
    for name in ("enforcement-2025", "disclosure-2025"):
        head, body = text_of(ROOT, name)
        drafted_head, drafted_body = text_of(drafted, name)
        mine, fresh = (
            [(c.row, c.column, c.text) for c in forms.read(text)] for text in (body, drafted_body)
        )
        assert mine == fresh, "run: make report, and edit it again"
        assert head["figures"] == drafted_head["figures"]
        assert head["公开日期"] == date(2026, 1, 26 if name.startswith("d") else 23)


# ── Pages against returns ────────────────────────────────────────────────────────────────────────

CELL = re.compile(r"<td>(\d+)</td>")
PLAIN = [
    m.span(1) for m in CELL.finditer((ROOT / "docs/reports/disclosure-2025.md").read_text("utf-8"))
]


@settings(max_examples=15)
@given(st.sampled_from(PLAIN))
def test_no_cell_of_the_page_can_differ_from_the_return(
    project_of_reports: Path, span: tuple[int, int]
) -> None:
    root = project_of_reports
    page = root / "docs/reports/disclosure-2025.md"
    text = (ROOT / "docs/reports/disclosure-2025.md").read_text("utf-8")
    first, last = span
    page.write_text(f"{text[:first]}{int(text[first:last]) + 7}{text[last:]}", "utf-8")
    [finding] = checks.pages(root, articles.load(root / "docs")[0])
    assert finding.code == "N411"
    assert finding.place.row == text.count("\n", 0, first) + 1


@pytest.fixture(scope="module")
def project_of_reports(
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """What the check of pages reads, and no more."""
    project = tmp_path_factory.mktemp("reports") / "project"
    for name in ("data/reports/foi-2025.yml", "docs/reports/disclosure-2025.md"):
        target = project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    return project


def test_a_bound_cell_is_left_to_its_figure() -> None:
    number = Decimal(12)
    for text, agrees in (
        ("12", True), ("1,200", False), ("{{ 甲 = 12 }}", True), ("{{ 甲 = 13 }}", False),
        ("{{ 甲 }}", True), ("不适用", False), ("", False), ("约12", False),
    ):  # fmt: skip
        assert checks._agrees(text, number) is agrees, text
    assert checks._agrees("不适用", "不适用")
    assert not checks._agrees("0", "不适用")
    assert checks._agrees("未填", "")
    assert not checks._agrees("0", "")
