"""The pages behind figures (底数): every row on show once, the others counted, the arithmetic shown, no trace."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import figuring
import openpyxl
import pytest
from figuring import Files, Made, derived, figure, gather, given, row
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from test_withdrawals import readable

from disclosure.figures.figure import CHANGE, DIFFERENCE, DISTINCT, SHARE, SUM, TOTAL, Figure
from disclosure.intake import escaping
from disclosure.rules import status
from disclosure.site import basis, reckoning, shelf, views

PAGE = "reports/law-2026/"


def build(folder: Path, made: Made, **figures: Figure) -> Files:
    return figuring.build(folder, figuring.catalog(made, figures={PAGE: figures}))


def text(files: Files, id_: str = "f-total", sheet: str = "index") -> str:
    return files[f"figures/{id_}/{sheet}.html"].decode()


def listed(files: Files, id_: str = "f-total") -> list[str]:
    """The ids of the rows of a figure in the order in which a reader turns its pages."""
    sheet, found = "index", []
    while sheet:
        page = text(files, id_, sheet)
        found += re.findall(
            r'<th scope="row"[^>]*><a href="\.\./\.\./cases/2026/(id\d+)\.html">', page
        )
        older = re.search(r'rel="next" href="([^"]+)\.html"', page)
        sheet = older[1] if older else ""
    return found


def facts(page: str) -> dict[str, str]:
    """What is said of how a figure comes about, as plain text."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    return {term: re.sub("<[^>]*>", "", html) for term, html in found}


def total(page: str) -> str:
    found = re.search(r'<p class="total"><strong>(.*?)</strong> ?(.*?) <span', page)
    assert found
    return f"{found[1]} {found[2]}".strip()


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 199, 200, 201, 1234])
def test_every_row_is_listed_once_and_offered(tmp_path: Path, size: int) -> None:
    made = gather(tmp_path, [row(n) for n in range(size)])
    files = build(tmp_path, made, 处罚总数=figure(made))
    assert total(text(files)) == f"{size:,} 件"
    assert listed(files) == made.collection.rows["id"].tolist()
    assert (f'<span class="count">{size:,} 件</span>') in text(files)
    assert ("没有可以列示的记录" in text(files)) == (size == 0)
    sheets = [path for path in files if re.fullmatch(r"figures/f-total/\w+\.html", path)]
    assert len(sheets) == max(1, size // views.PER_PAGE)
    if not size:
        assert facts(text(files))["列示"] == "没有符合条件的记录。"
        assert not [path for path in files if "rows." in path]
        return
    heads, *rows = csv.reader(io.StringIO(files["figures/f-total/rows.csv"].decode("utf-8-sig")))
    assert heads == ["文号", "决定日期", "固定网址"]
    public = made.collection.rows[["number", "decided", "path"]].values.tolist()
    assert rows == [[number, day, figuring.SITE + path] for number, day, path in public]
    book = openpyxl.load_workbook(io.BytesIO(files["figures/f-total/rows.xlsx"]))
    cells = [[str(cell)[:60] for cell in line] for line in book.active.iter_rows(values_only=True)]
    assert [line[0] for line in cells] == [heads[0], *(line[0] for line in rows)]


def test_a_new_row_leaves_the_older_pages_alone(tmp_path: Path) -> None:
    before = gather(tmp_path, [row(n) for n in range(500)])
    after = gather(tmp_path, [*(row(n) for n in range(500)), row(999, decided="2026-11-20")])
    old = build(tmp_path, before, 处罚总数=figure(before))
    new = build(tmp_path, after, 处罚总数=figure(after))
    changed = {path for path in new if new[path] != old.get(path)}
    assert changed == {
        "figures/index.html",
        *(f"figures/f-total/{name}" for name in ("index.html", "rows.csv", "rows.xlsx")),
    }


def test_a_row_that_changes_remakes_what_counts_it_and_no_more(tmp_path: Path) -> None:
    def keys(fine: str) -> dict[str, set[str]]:
        rows = [row(n, category="水上" if n % 2 else "其他") for n in range(300)]
        rows[299]["fine"] = fine
        made = gather(tmp_path, rows)
        some = {
            "水上": figure(made, lambda r: r["category"] == "水上", id="f-water"),
            "其他": figure(made, lambda r: r["category"] == "其他", id="f-other"),
        }
        seen = figuring.catalog(made, figures={PAGE: some})
        shelves = {"cases": shelf.put(made.collection, str(tmp_path / "rows"))}
        found: dict[str, set[str]] = {"f-water": set(), "f-other": set()}
        for job in basis.jobs(seen, basis.of(seen), {}, [], shelves, figuring.DRESSED):
            path, _ = next(iter(job.make(*job.arguments)))
            found[path.split("/")[1]].add(job.key)
        return found

    first, second = keys("500"), keys("600")
    assert first["f-other"] == second["f-other"]
    assert first["f-water"] != second["f-water"]
    assert first == keys("500")


def test_large_figures_offer_no_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basis, "PER_WORKBOOK", 9)
    made = gather(tmp_path, [row(n) for n in range(10)])
    files = build(tmp_path, made, 处罚总数=figure(made))
    assert "figures/f-total/rows.csv" in files
    assert "figures/f-total/rows.xlsx" not in files
    assert "rows.xlsx" not in text(files)


def test_downloads_carry_no_formula(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x","y")'
    made = gather(tmp_path, [row(1, party=evil, number="+1")])
    files = build(tmp_path, made, 当事人=figure(made, kind=DISTINCT, column="party"))
    lines = csv.reader(io.StringIO(files["figures/f-total/rows.csv"].decode("utf-8-sig")))
    heads, cells = lines
    assert cells[heads.index("文号")] == "'+1"
    assert cells[heads.index("当事人")] == "'" + evil
    assert escaping.restore(cells[heads.index("当事人")]) == evil
    book = openpyxl.load_workbook(io.BytesIO(files["figures/f-total/rows.xlsx"]))
    assert [cell.data_type for cell in list(book.active.rows)[1]][:1] == ["s"]
    assert evil in [cell.value for cell in list(book.active.rows)[1]]


def test_columns_are_those_of_lists_and_of_the_question(tmp_path: Path) -> None:
    made = gather(tmp_path, [row(1)])
    where = {"业务类别": "其他", "联系电话": "空", "年度": 2026}
    asked = figure(made, kind=SUM, column="fine", where=where)
    files = build(tmp_path, made, 罚款=asked)
    assert re.findall(r'<th scope="col"[^>]*>(.*?)</th>', text(files)) == [
        "文号",
        "决定日期",
        "罚款金额（元）",
    ]
    head = files["figures/f-total/rows.csv"].decode("utf-8-sig").splitlines()[0]
    assert head == "文号,决定日期,罚款金额（元）,业务类别,固定网址"


# ── What is said ─────────────────────────────────────────────────────────────────────────────────


def test_the_question_the_day_and_the_total_are_told(tmp_path: Path) -> None:
    made = gather(tmp_path, [row(n) for n in range(1500)])
    page = text(build(tmp_path, made, 处罚总数=figure(made, words="2026年行政处罚<b>件数")))
    assert '<p class="lead">2026年行政处罚&lt;b&gt;件数。</p>' in page
    assert '<time datetime="2026-11-22">2026年11月22日</time>' in page
    assert total(page) == "1,500 件"
    assert facts(page)["算法"] == "符合条件的记录逐件计数，没有取舍。"
    assert facts(page)["来源"] == "本站公开栏目：行政处罚"
    assert page.startswith("<底数：处罚总数|f-total|index>")
    assert f'<a href="../../figures/f-total/">{figuring.SITE}figures/f-total/</a>' in page


def test_hidden_rows_are_counted_by_status(tmp_path: Path) -> None:
    states = [*list(status.PUBLIC) * 3, status.WITHDRAWN, *[status.RETIRED] * 2, status.CLOSED]
    made = gather(tmp_path, [row(n, state) for n, state in enumerate(states)])
    files = build(tmp_path, made, 处罚总数=figure(made))
    assert total(text(files)) == "10 件"
    assert facts(text(files))["列示"] == (
        "逐条列示 6 件。另有 4 件已依法下架或者未公开，计入总数，不再列示"
        "（已撤回 1 件、期满下架 2 件、不公开 1 件）。"
    )
    assert len(listed(files)) == 6


def test_a_figure_of_hidden_rows_alone_has_its_page(tmp_path: Path) -> None:
    made = gather(tmp_path, [row(1, status.RETIRED)])
    files = build(tmp_path, made, 处罚总数=figure(made))
    assert total(text(files)) == "1 件"
    assert "另有 1 件" in text(files)
    assert listed(files) == []


def test_sums_say_how_they_are_rounded_and_what_the_listed_rows_come_to(tmp_path: Path) -> None:
    rows = [row(1, fine="10000"), row(2, fine="2345.67"), row(3, fine=""), row(4, fine="不适用")]
    rows += [row(5, status.RETIRED, fine="20000")]
    made = gather(tmp_path, rows)
    asked = figure(
        made,
        lambda r: r["fine"] != "不适用",
        kind=SUM,
        column="fine",
        unit="万元",
        decimals=2,
    )
    page = text(build(tmp_path, made, 罚款=asked))
    assert total(page) == "3.23 万元"
    assert facts(page)["算法"] == (
        "符合条件的记录的“罚款金额（元）”相加，以万元计，四舍五入到 2 位小数。空白和“不适用”不计。"
    )
    assert "逐条列示 3 件，“罚款金额（元）”合计 12,345.67 元。另有 1 件" in facts(page)["列示"]


def test_distinct_values_are_told(tmp_path: Path) -> None:
    made = gather(tmp_path, [row(n, party="虚构甲公司" if n < 3 else "") for n in range(5)])
    asked = figure(made, kind=DISTINCT, column="party", unit="家")
    page = text(build(tmp_path, made, 企业=asked))
    assert total(page) == "1 家"
    assert facts(page)["列示"] == "逐条列示 5 件，其中有 1 个不同的“当事人”。"


def test_given_figures_name_their_source(tmp_path: Path) -> None:
    made = gather(tmp_path, [])
    files = build(tmp_path, made, 信访件数=given("43", "信访工作台账<"))
    page = text(files, "f-given")
    assert total(page) == "43 件"
    assert facts(page)["来源"] == "信访工作台账&lt;"
    assert not [path for path in files if path.startswith("figures/f-given/rows")]


OPERANDS = {"first": ("47", "起"), "second": ("573", "起")}


@pytest.mark.parametrize(
    ("kind", "value", "decimals", "terms", "line"),
    [
        (SHARE, "8.20", 2, ("分子", "分母"), "47 ÷ 573 × 100% = 8.202443…% ≈ 8.20%"),
        (CHANGE, "-91.8", 1, ("本期数", "基数"), "（47 − 573）÷ 573 × 100% = -91.79755…% ≈ -91.8%"),
        (DIFFERENCE, "-526", 0, ("被减数", "减数"), "47 − 573 = -526 起"),
        (TOTAL, "620", 0, ("第 1 项", "第 2 项"), "47 + 573 = 620 起"),
    ],
)
def test_derived_figures_show_theirarithmetic(
    tmp_path: Path, kind: str, value: str, decimals: int, terms: tuple[str, str], line: str
) -> None:
    made = gather(tmp_path, [])
    first = given("47", "台账", id="f-first", unit="起")
    second = given("573", "台账", id="f-second", unit="起")
    found = derived(kind, value, first, second, decimals=decimals)
    files = build(tmp_path, made, 占比=found, 一=first, 二=second)
    page = text(files, "f-derived")
    assert facts(page)["算式"] == line
    assert [facts(page)[term] for term in terms] == ["一　47 起", "二　573 起"]
    for id_ in ("f-first", "f-second"):
        assert f'<a href="../{id_}/">' in page
        assert facts(text(files, id_))["由它算出"] == "占比"
    rounding = f"四舍五入到 {decimals} 位小数" if decimals else "四舍五入到整数"
    assert facts(page)["取舍"] == f"按印出的数字计算，结果{rounding}。"


def test_amounts_in_two_units_are_computed_in_one() -> None:
    first, second = given("2", "账", unit="万元"), given("5000", "账", unit="元")
    share = derived(SHARE, "400", first, second)
    assert reckoning.arithmetic(share) == "2 ÷ 0.5 × 100% = 400%"
    total = derived(TOTAL, "25000", first, second, unit="元")
    assert reckoning.arithmetic(total) == "20,000 + 5,000 = 25,000 元"
    points = derived(DIFFERENCE, "1.5", *(given(v, "账", unit="%") for v in ("3.5", "2")))
    assert reckoning.arithmetic(points) == "3.5 − 2 = 1.5 个百分点"
    nothing = derived(SHARE, "0", first, given("0", "账", unit="元"))
    assert reckoning.arithmetic(nothing) == ""


def test_operands_without_a_name_of_their_own_have_pages(tmp_path: Path) -> None:
    made = gather(tmp_path, [row(1)])
    inner = derived(TOTAL, "2", figure(made, id="f-a"), figure(made, id="f-b"), id="f-inner")
    outer = derived(TOTAL, "2", inner, id="f-outer")
    files = build(tmp_path, made, 合计=outer)
    for id_ in ("f-outer", "f-inner", "f-a", "f-b"):
        assert f"figures/{id_}/index.html" in files


def test_groups_are_told_and_each_has_its_page(tmp_path: Path) -> None:
    kinds = ["非法营运", "水上", "水上", "", "水上"]
    rows = [row(n, category=kind) for n, kind in enumerate(kinds)]
    rows.append(row(9, status.RETIRED, category="水上"))
    made = gather(tmp_path, rows)
    grouped = figure(made, by="category")
    files = build(tmp_path, made, 按类别=grouped)
    section = text(files).partition("<h2>按业务类别</h2>")[2].partition("</section>")[0]
    found = re.findall(r'<a href="\.\./(.*?)/">(.*?)</a></th><td>(.*?)<', section)
    assert {name: value for _, name, value in found} == {
        "非法营运": "1",
        "水上": "4",
        "（未填写）": "1",
    }
    for id_, name, value in found:
        page = text(files, id_)
        assert page.startswith(f"<底数：按类别：{name}|")
        assert total(page) == f"{value} 件"
        assert facts(page)["属于"] == "按类别"
        assert len(listed(files, id_)) + (name == "水上") == int(value)
    assert total(text(files)) == "6 件"
    assert len(listed(files)) == 5


def test_names_of_a_question(tmp_path: Path) -> None:
    made = gather(tmp_path, [row(1)])
    asked = figure(made)
    figures = {"": {"处罚": asked}, PAGE: {"处罚总数": asked}, "reports/b/": {"处罚": asked}}
    files = figuring.build(tmp_path, figuring.catalog(made, figures=figures))
    assert text(files).startswith("<底数：处罚|")
    assert facts(text(files))["又称"] == "处罚总数"


def test_the_pages_that_print_a_figure_are_named(tmp_path: Path) -> None:
    made = gather(tmp_path, [row(1), row(2)])
    figures = {PAGE: {"一": figure(made, id="f-one")}, "": {"二": figure(made, id="f-two")}}
    seen = figuring.catalog(made, figures=figures)
    anchor = b'<a class="figure" href="../../figures/f-two/">2</a>'
    pages = [(f"{PAGE}index.html", anchor * 2), ("changes/index.html", anchor)]
    files = figuring.build(tmp_path, seen, pages)
    assert facts(text(files, "f-two"))["印在"] == "虚构的年度报告"
    assert f'<a href="../../{PAGE}">虚构的年度报告</a>' in text(files, "f-two")
    assert facts(text(files, "f-one"))["印在"] == "没有直接印在文稿里。"
    front = files[basis.PATH].decode()
    sections = re.findall(r"<h2>(.*?)</h2>(.*?)</section>", front, re.S)
    told = {
        re.sub("<[^>]*>", "", head): re.findall('href="(f-.*?)/"', body) for head, body in sections
    }
    assert told == {"虚构的年度报告": ["f-one", "f-two"], "各篇文稿共用": ["f-two"]}


def test_no_figures_no_list(tmp_path: Path) -> None:
    files = figuring.build(tmp_path, figuring.catalog(gather(tmp_path, []), figures={}))
    assert list(files) == [basis.PATH]
    assert "目前没有" in files[basis.PATH].decode()


# ── Any table ────────────────────────────────────────────────────────────────────────────────────

CELLS = st.tuples(
    st.sampled_from(list(figuring.STATES)),
    st.sampled_from(["非法营运", "水上", "其他", ""]),
    st.sampled_from(["", "0", "100", "99.99", "20000"]),
    st.sampled_from(["2026-01-01", "2026-06-30", "2026-11-22"]),
)


@settings(max_examples=40)
@drawn(
    rows=st.lists(CELLS, max_size=40),
    times=st.sampled_from([1, 1, 6]),
    kind=st.sampled_from(["非法营运", "水上", "其他", "", None]),
    day=st.sampled_from(["2026-01-01", "2026-11-22", None]),
)
def test_listed_and_hidden_rows_together_are_the_figure(
    rows: list[tuple[str, str, str, str]], times: int, kind: str | None, day: str | None
) -> None:
    def chosen(cells: Mapping[str, str]) -> bool:
        return kind in (cells["category"], None) and day in (cells["decided"], None)

    every = [
        row(n, state, category=category, fine=fine, decided=decided)
        for n, (state, category, fine, decided) in enumerate(rows * times)
    ]
    with tempfile.TemporaryDirectory() as folder:
        made = gather(Path(folder), every)
        files = build(
            Path(folder),
            made,
            件数=figure(made, chosen),
            金额=figure(made, chosen, id="f-sum", kind=SUM, column="fine", decimals=2),
            分组=figure(made, chosen, id="f-by", by="category"),
        )
    counted = [cells for cells in every if chosen(cells)]
    state = {cells["id"]: cells["state"] for cells in made.rows}
    public = {cells["id"] for cells in counted if state[cells["id"]] in status.PUBLIC}
    for id_ in ("f-total", "f-sum", "f-by"):
        page = text(files, id_)
        assert len(listed(files, id_)) == len(public)
        assert set(listed(files, id_)) == public
        gone = re.search(r"另有 ([\d,]+) 件已依法下架或者未公开.*?（(.*?)）", facts(page)["列示"])
        hidden = int(gone[1].replace(",", "")) if gone else 0
        assert len(public) + hidden == len(counted)
        if gone:
            told = {s: int(n) for s, n in re.findall(r"(\w+) (\d+) 件", gone[2])}
            assert told == Counter(s for c in counted if (s := state[c["id"]]) not in status.PUBLIC)
    assert total(text(files)) == f"{len(counted):,} 件"
    fines = sum((Decimal(c["fine"] or 0) for c in counted), Decimal(0))
    assert total(text(files, "f-sum")) == f"{fines:,.2f} 元"
    seen = sum((Decimal(c["fine"] or 0) for c in counted if c["id"] in public), Decimal(0))
    own = re.search(r"合计 (\S+) 元", facts(text(files, "f-sum"))["列示"])
    assert bool(own) == bool(counted)
    assert not own or Decimal(own[1].replace(",", "")) == seen
    members = re.findall(r'<a href="\.\./(f-by-\d+)/">', text(files, "f-by"))
    assert sum(len(listed(files, id_)) for id_ in members) == len(public)


# ── Traces ───────────────────────────────────────────────────────────────────────────────────────

GONE = [state for state in figuring.STATES if state not in status.PUBLIC]


@pytest.mark.parametrize("state", GONE)
def test_rows_that_are_not_on_show_leave_no_trace(tmp_path: Path, state: str) -> None:
    birds = "鹤鹭鸥"
    rows = [
        row(n, party=f"虚构{b}{b}运输有限公司", fine=f"8877{n}.11") for n, b in enumerate(birds)
    ]
    rows.append(
        row(9, state, party="虚构鸢鸢运输有限公司", number="虚鸢罚〔2026〕9号", fine="66554.11")
    )
    made = gather(tmp_path, rows)
    files = build(
        tmp_path,
        made,
        总数=figure(made),
        金额=figure(made, id="f-sum", kind=SUM, column="fine", decimals=2),
        企业=figure(made, id="f-distinct", kind=DISTINCT, column="party"),
        按当事人=figure(made, id="f-by", by="party"),
    )
    target = tmp_path / "site"
    for path, content in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(content)
    texts = list(readable(target))
    for trace in ("鹤鹤", "鸥鸥", "88771.11", "id1.html"):
        assert [path for path, content in texts if trace in content]
    for trace in ("鸢", "66554.11", "66,554.11", "id9", "0000-"):
        assert not [path for path, content in texts if trace in content]
    group = text(files, "f-by")
    assert "其余（已全部不再列示）" in group
    assert total(group) == "4 件"
    assert not [path for path in files if path.startswith("figures/f-by-3/")]
