"""The self-check: wordings, upkeep, obligations, links, and the page that tells of them."""

from __future__ import annotations

import csv
import html
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urljoin

import pyarrow as pa
import pytest
import yaml
from conftest import ROOT, TODAY, build
from hypothesis import given
from hypothesis import strategies as st
from test_commands import run

from disclosure import catalog, selfcheck
from disclosure.intake import phrasing
from disclosure.rules import upkeep, wording
from disclosure.rules.wording import Word, Words
from disclosure.site import links, views
from disclosure.site.links import Found

BASE = "https://jtj.example.gov.cn/"
SAMPLE = ROOT / "data"
WORDS, COMPLAINTS = wording.load(SAMPLE / "rules" / "wording.yml", file="wording.yml")
UPKEEP, _ = upkeep.load(SAMPLE / "rules" / "upkeep.yml", file="upkeep.yml")


# ── Wordings ─────────────────────────────────────────────────────────────────────────────────────


def naive(words: Words, text: str) -> list[tuple[int, str]]:
    """Every place at which a wrong wording stands, as a reader with all the time in the world sees it."""

    def places(wanted: str) -> list[range]:
        return [
            range(i, i + len(wanted))
            for i in range(len(text))
            if text[i : i + len(wanted)] == wanted
        ]

    def covers(outer: range, inner: range) -> bool:
        return outer.start <= inner.start and inner.stop <= outer.stop

    hits = []
    for word in words.entries:
        right = [place for longer in (*word.spared, word.right) for place in places(longer)]
        for place in places(word.wrong):
            if not any(covers(longer, place) for longer in right):
                hits.append((place, word.id))
    return sorted(
        (place.start, id_)
        for place, id_ in hits
        if not any(covers(other, place) and len(other) > len(place) for other, _ in hits)
    )


letters = st.text("帐账号它.(", min_size=1, max_size=3)


@st.composite
def some_words(draw: st.DrawFn) -> Words:
    wrongs = draw(st.lists(letters, min_size=0, max_size=4, unique=True))
    entries = []
    for number, wrong in enumerate(wrongs):
        right = draw(letters.filter(lambda text, wrong=wrong: text != wrong))
        around = draw(st.lists(st.tuples(letters, letters), max_size=2))
        spared = tuple(before + wrong + after for before, after in around)
        entries.append(Word(f"W-{number}", wrong, right, "示例", "示例", spared=spared))
    return Words(tuple(entries))


@given(words=some_words(), text=st.text("帐账号它.( ", max_size=20))
def test_finding_agrees_with_naive_search(words: Words, text: str) -> None:
    assert sorted((index, word.id) for index, word in words.find(text)) == naive(words, text)


@given(words=some_words(), texts=st.lists(st.text("帐账号它.( ", max_size=8), max_size=8))
def test_a_column_is_read_as_its_cells_are(words: Words, texts: list[str]) -> None:
    column = pa.chunked_array([pa.array(texts, pa.string())])
    expected = [(row, word) for row, text in enumerate(texts) for _, word in words.find(text)]
    assert list(words.column(column)) == expected


def test_the_list_is_sound() -> None:
    assert not COMPLAINTS
    assert len(WORDS.entries) >= 60
    for word in WORDS.entries:
        assert [found.id for _, found in WORDS.find(f"甲{word.wrong}乙")] == [word.id], word
        assert not WORDS.find(word.right), word
        for text in word.spared:
            assert not WORDS.find(text), (word, text)


@pytest.mark.parametrize(
    "text",
    [
        "认真落实党中央、国务院决策部署和省委、省政府要求。",
        "既使用现场检查，又使用非现场检查；既便于企业，也便于群众。",
        "按装载质量收费，内部份额不变，尤其它的影响较大。",
        "依照《中华人民共和国道路运输条例》和《河北省道路运输管理条例》。",
        "参加太平米业的活动，开足马力。",
        "依照《中华人民共和国劳动合同法》签订劳动合同。",
    ],
)
def test_right_texts_are_left_alone(text: str) -> None:
    assert not WORDS.find(text)


def test_an_entry_holds_between_its_days() -> None:
    words = Words((Word("W", "甲", "乙", "示例", "示例", first="2021-01-01", last="2021-12-31"),))
    days = {"2020-12-31": 0, "2021-01-01": 1, "2021-12-31": 1, "2022-01-01": 0}
    assert {day: len(words.on(day).find("甲")) for day in days} == days
    assert not words.always.entries


@given(before=st.text("字。 \n", max_size=30), after=st.text("字。 \n", max_size=30))
def test_prose_names_line_and_column(before: str, after: str) -> None:
    words = Words((Word("W", "帐号", "账号", "示例", "示例"),))
    [finding] = phrasing.check(f"{before}帐号{after}", words, "a.md")
    lines = f"{before}帐号{after}".split("\n")
    place = finding.place
    assert lines[place.row - 1][place.column - 1 :].startswith("帐号")
    assert "帐号" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "`帐号`",
        "```\n帐号\n```",
        "[x](帐号.md)",
        '<a href="帐号">',
        "<!-- 帐号 -->",
        "https://x.cn/帐号",
    ],
)
def test_code_and_addresses_are_no_prose(text: str) -> None:
    words = Words((Word("W", "帐号", "账号", "示例", "示例"),))
    assert not list(phrasing.check(f"前文\n\n{text}\n\n后文", words, "a.md"))


def test_kept_parts_follow_the_list(project: Path) -> None:
    rows = project / "data" / "norms" / "norms.csv"
    rows.write_text(rows.read_text("utf-8").replace("服务规范", "其它服务规范", 1), "utf-8")

    def found() -> list[str]:
        loaded = catalog.load(
            project / "data", as_of=date.fromisoformat(TODAY), kept=project / "kept"
        )
        return [str(f.place) for f in loaded.report if f.code == "M303"]

    assert found() == found() == ["data/norms/norms.csv:3:1"]
    listed = project / "data" / "rules" / "wording.yml"
    listed.write_text(
        listed.read_text("utf-8").replace("except: [尤其它]", "except: [其它服务]"), "utf-8"
    )
    assert found() == []
    listed.unlink()
    assert found() == []


# ── Upkeep ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "newest", "last"),
    [
        ("每两周", "2026-02-20", "2026-03-06"),
        ("每月", "2026-01-31", "2026-03-10"),
        ("每季度", "2025-11-30", "2026-03-10"),
        ("每半年", "2025-08-31", "2026-02-28"),
        ("每年", "2024-02-29", "2025-03-29"),
    ],
)
def test_the_last_day_in_time(name: str, newest: str, last: str) -> None:
    assert upkeep.due(UPKEEP.update[name], newest) == last


def test_a_column_is_stale_from_the_day_after(project: Path) -> None:
    rows = project / "data" / "tasks" / "2026.csv"
    newest = max(re.findall(r"20\d\d-\d\d-\d\d", rows.read_text("utf-8")))
    last = date.fromisoformat(upkeep.due(UPKEEP.update["每年"], newest))
    for day, expected in ((last, selfcheck.GOOD), (last + timedelta(1), selfcheck.STALE)):
        columns = catalog.load(project / "data", as_of=day).standing.columns
        assert {c.address: c.state for c in columns}["tasks/"] == expected


def test_without_rules_nothing_is_said(project: Path) -> None:
    for name in ("rules/upkeep.yml", "rules/wording.yml", "obligations.csv"):
        (project / "data" / name).unlink()
    found = catalog.load(project / "data", as_of=date.fromisoformat(TODAY))
    assert {finding.code for finding in found.report.findings} <= {"T305", "N604"}  # of other rules
    assert not found.obligations


# ── Obligations ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def sample() -> catalog.Catalog:
    return catalog.load(SAMPLE, as_of=date.fromisoformat(TODAY))


def test_addresses_are_those_that_are_made(sample: catalog.Catalog) -> None:
    pages = selfcheck.Pages(ROOT / "docs", {"about/": "关于", "empty/": ""}, sample.collections)
    for name, collection in sample.collections.items():
        assert pages.size(f"{name}/") == len(collection.rows)
        for view in views.of(collection):
            if view.kind not in ("month", "all"):
                assert pages.size(f"{name}/{view.folder}/") == len(view.rows), view.folder
        assert pages.size(collection.rows["path"].iloc[-1]) == 1
        assert pages.size(f"{name}/2024/nothing.html") is None
        assert pages.size(f"{name}/1999/") is None
    assert pages.size("assets/favicon.svg")
    assert (pages.size("about/"), pages.size("empty/"), pages.size("abut/")) == (2, 0, None)
    assert pages.size("../mkdocs.yml") is None
    assert pages.size(str(ROOT / "mkdocs.yml")) is None


def test_a_preview_misses_no_page_of_rows_that_it_did_not_read(project: Path) -> None:
    file = project / "data" / "obligations.csv"
    last = catalog.load(project / "data", as_of=date.fromisoformat(TODAY))
    address = last.collections["penalties"].rows["path"].iloc[-1]
    with file.open("a", encoding="utf-8") as stream:
        stream.write(f"示例,甲,乙,,,,,{address},,\n示例,丙,丁,,,,,nowhere/,,\n")
    for limit in (None, 1):
        found = catalog.load(project / "data", as_of=date.fromisoformat(TODAY), limit=limit)
        assert [f.facts["address"] for f in found.report if f.code == "F601"] == ["nowhere/"]


def test_the_catalogue_of_the_sample() -> None:
    with (SAMPLE / "obligations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 30
    assert all(
        row["一级事项"] and row["二级事项"] and row["公开内容"] and row["时限"] for row in rows
    )


# ── Links ────────────────────────────────────────────────────────────────────────────────────────

names = st.sampled_from(["a", "b", "a.html", "..", ".", "", "2024"])
ways = st.lists(names, max_size=5).map("/".join)
anchors = st.sampled_from(["", "#x", "?q=1", "?q=1#x"])


@given(folder=st.lists(st.sampled_from(["a", "b"]), max_size=3), way=ways, more=anchors)
def test_links_lead_where_a_browser_goes(folder: list[str], way: str, more: str) -> None:
    link, page = way + more, "/".join([*folder, "page.html"])
    if link.startswith("//") or not way:
        return
    found = links.read([(page, f'<p><a class="x" href="{html.escape(link)}">y</a>'.encode())], BASE)
    [target] = found.inside
    climbs = _climbs(folder, way)
    gone = urljoin(f"{BASE}{page}", link).removeprefix(BASE)
    path, _, anchor = gone.partition("#")
    path = path.partition("?")[0]
    if climbs:  # a browser stays at the root; here it is a mistake of whoever wrote it
        assert target[0].startswith("../")
    elif "//" not in f"/{way}":
        expected = f"{path}index.html" if not path or path.endswith("/") else path
        assert target == (expected, anchor)


def _climbs(folder: list[str], way: str) -> bool:
    depth = 0 if way.startswith("/") else len(folder)
    for part in way.split("/"):
        depth += -1 if part == ".." else 1 if part not in ("", ".") else 0
        if depth < 0:
            return True
    return False


def test_the_finished_site_has_no_dead_link(sample_site: Path) -> None:
    found, report = links.of_site(sample_site, BASE)
    assert [str(finding) for finding in report] == []
    assert found.pages == len(list(sample_site.rglob("*.html")))
    assert found.links > found.pages * 10


def test_every_lost_file_is_missed(sample_site: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(sample_site, site)
    record = next(path for path in sorted((site / "powers" / "item").iterdir()))
    style = next((site / "assets").glob("site.*.css"))
    gone = [record, site / "guide" / "index.html", style]
    for path in gone:
        path.unlink()
    _, report = links.of_site(site, BASE)
    assert {f.code for f in report} == {"S231", "S233"}
    said = "\n".join(str(f.facts["link"]) for f in report)
    assert record.name in said
    assert "guide/" in said
    assert style.name in said


@given(cut=st.integers(0, 6))
def test_pages_can_be_read_in_any_parts(cut: int) -> None:
    pages = [
        (f"{'a' if n % 2 else 'b'}/{n}.html", f'<a href="x{n % 3}/">x</a><a href="#q">'.encode())
        for n in range(6)
    ]
    total = Found()
    total += links.read(pages[cut:])
    total += links.read(pages[:cut])
    assert total == links.read(pages)


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


def cells(page: str, caption: str) -> list[list[str]]:
    """The rows of the table with a caption, as text."""
    table = re.search(rf"<caption>{caption}</caption>.*?</table>", page, re.S)
    assert table, caption
    return [
        [
            html.unescape(re.sub("<[^>]+>", "", cell))
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", table[0].partition("<tbody>")[2], re.S)
    ]


def test_the_page_tells_what_the_site_holds(sample_site: Path) -> None:
    page = (sample_site / "selfcheck" / "index.html").read_text("utf-8")
    with (SAMPLE / "obligations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    areas = {row["一级事项"] for row in rows}
    summary = cells(page, "各类事项的公开情况")
    assert {line[0] for line in summary} == areas
    for area, *numbers in summary:
        mine = [row for row in rows if row["一级事项"] == area]
        met = 0
        for row in mine:
            targets = [
                sample_site / way / "index.html" for way in row["公开页面"].split("、") if way
            ]
            assert all(target.exists() for target in targets)
            met += bool(targets)
        exempt = sum(bool(row["不适用理由"]) for row in mine)
        assert numbers == [str(n) for n in (len(mine), met, len(mine) - met - exempt, exempt)]
    stated = {row[0]: row[1:] for row in cells(page, "各栏目的更新情况")}
    for path in SAMPLE.rglob("schema.yml"):
        schema = yaml.safe_load(path.read_text("utf-8"))
        assert stated[schema["title"]][0] == schema["update"]
    assert stated["工作报告"] == ["每年", "2026-03-20", "5 篇", "正常"]
    outcome = {row[0]: row[2] for row in cells(page, "各项检查的结果")}
    assert outcome == {
        "空白栏目": "合格",
        "栏目更新": "提醒",
        "公开指南": "合格",
        "主动公开事项": "缺项",
        "用语": "合格",
        "站内链接": "合格",
    }
    assert "2026年11月22日" in page


def test_the_page_tells_of_what_is_wrong(project: Path) -> None:
    about = project / "docs" / "about.md"
    text = about.read_text("utf-8") + '\n请登陆网站。<a href="../nowhere/">某处</a>\n'
    about.write_text(text, "utf-8")
    guide = project / "docs" / "guide.md"
    guide.write_text(
        guide.read_text("utf-8")
        .replace("专项工作", "工作")
        .replace("plans/index.md", "plans/campaign-2023.md"),
        "utf-8",
    )
    empty = project / "docs" / "news"
    empty.mkdir()
    (empty / "index.md").write_text("---\ntitle: 要闻\nupdate: 每两周\n---\n\n示例。\n", "utf-8")
    config = project / "mkdocs.yml"
    config.write_text(
        config.read_text("utf-8").replace("  /search.md\n", "  /search.md\n  /news/*\n"), "utf-8"
    )
    result = build(project)
    assert result.returncode == 0, result.stdout + result.stderr
    page = (project / "site" / "selfcheck" / "index.html").read_text("utf-8")
    lines = {row[0]: row[2:] for row in cells(page, "各项检查的结果")}
    assert lines["空白栏目"] == ["缺项", "空白的有：要闻。"]
    assert lines["公开指南"] == ["提醒", "没有列出：要闻、专项工作。"]
    assert lines["用语"] == ["提醒", "有 1 处待核对。"]
    assert lines["站内链接"] == ["缺项", "有 1 个死链。"]
    assert cells(page, "待核对的用语") == [["登陆网站", "登录网站", "1"]]
    assert cells(page, "死链") == [["about/index.html", "../nowhere/"]]
    told = run("links", where=project)
    assert told.returncode == 1
    assert "错误 about/index.html: S231 页面上的链接「../nowhere/」" in told.stdout


def test_links_need_a_site(tmp_path: Path) -> None:
    result = run("links", where=tmp_path)
    assert result.returncode == 2
    assert "make site" in result.stderr
