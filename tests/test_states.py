"""Pages of a list of powers: its states, their differences, each power's history, and the decisions under it."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest
from conftest import copy_settings

from disclosure import catalog
from disclosure.catalog import Catalog
from disclosure.site import items, lists, records, shelf, states, views
from disclosure.site.shell import Shell

ROOT = Path(__file__).parent.parent
PLAIN = Shell([b"", b"\n", b""], [0, 1])
"""A page of nothing but its title and content."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The sample's powers with their adjustments, its standards, and some of its penalties."""
    data = tmp_path_factory.mktemp("states") / "data"
    copy_settings(
        data,
        *("powers/schema.yml", "powers/powers.csv", "discretion/schema.yml"),
        *("powers/adjustments/schema.yml", "powers/adjustments/adjustments.csv"),
        *("discretion/discretion.csv", "penalties/schema.yml", "penalties/2022.csv"),
        *("penalties/2026.csv",),
    )
    found = catalog.load(data, as_of=date(2026, 11, 22))
    assert not found.report.errors
    return found


@pytest.fixture(scope="module")
def shelves(loaded: Catalog, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = str(tmp_path_factory.mktemp("shelves"))
    return {c.name: shelf.put(c, folder) for c in loaded.collections.values()}


@pytest.fixture(scope="module")
def pages(loaded: Catalog, shelves: dict[str, str]) -> dict[str, str]:
    """The pages of states and of records, by path."""
    powers, penalties = loaded.collections["powers"], loaded.collections["penalties"]
    jobs = [
        *states.jobs(loaded, powers, shelves, PLAIN),
        *records.jobs(loaded, powers, shelves, PLAIN),
        *records.jobs(loaded, penalties, shelves, PLAIN),
        *lists.jobs(penalties, shelves, PLAIN),
    ]
    return {path: page.decode() for job in jobs for path, page in job.make(*job.arguments)}


def page_of(loaded: Catalog, pages: dict[str, str], code: str) -> str:
    rows = loaded.collections["powers"].rows
    return pages[rows.loc[rows["code"] == code, "path"].item()]


def cells(page: str) -> dict[str, list[int]]:
    """The lines of the table of types, by their heads: the total, then every type."""
    table = re.search(r'<table class="figures kinds">.*?</table>', page, re.S)
    assert table
    lines = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', table[0])
    return {head: [int(n) for n in re.findall(r"<td>([\d,]+)</td>", body)] for head, body in lines}


def test_every_state_has_its_address(loaded: Catalog, pages: dict[str, str]) -> None:
    known = states.states(loaded, loaded.timelines["powers"])
    written = {path for path in pages if "/as-of/" in path}
    assert set(states.addresses(known)) == written
    assert "powers/as-of/2026-09-01/index.html" in written
    assert "powers/as-of/2026-09-01/today.html" not in written
    front = states.front(loaded, loaded.collections["powers"])
    links = set(re.findall(r'href="(as-of/[\d-]+/)"', front))
    assert {f"powers/{link}index.html" for link in links} == {p for p in written if "index" in p}
    assert "<script" not in front


def test_counts_add_up(loaded: Catalog, pages: dict[str, str]) -> None:
    timeline = loaded.timelines["powers"]
    earlier = 0
    for day in timeline.days:
        page = pages[f"powers/as-of/{day}/index.html"]
        table = cells(page)
        assert all(total == sum(kinds) for total, *kinds in table.values())
        now = table.get("现有") or table["项数"]
        if "原有" in table:
            columns = zip(*(table[head] for head in ("原有", "增加", "减少", "现有")), strict=True)
            assert all(was + added - gone == is_ for was, added, gone, is_ in columns)
            assert table["原有"][0] == earlier
        assert now[0] == len(timeline.at(day)) == len(re.findall(r'data-label="职权编码"', page))
        assert states.COUNTED in page
        earlier = now[0]


def test_a_state_shows_what_was_called_how(loaded: Catalog, pages: dict[str, str]) -> None:
    old = "对车辆超过公路限载标准行驶公路的处罚"
    assert f">{old}<" in pages["powers/as-of/2021-07-15/index.html"]
    changed = pages["powers/as-of/2022-05-01/index.html"]
    assert f">{old}<" not in changed
    assert f"变更项目名称：由“{old}”调整为“对车辆超过公路限载、限高" in changed
    assert "示交发〔2022〕9号" in changed
    assert "更新采伐护路林审批</a>" in changed
    assert "下放：不再列入权责清单" in changed
    assert "JT-XK-024" not in pages["powers/as-of/2023-08-01/index.html"]
    coming = pages["powers/as-of/2027-01-01/index.html"]
    assert "尚未施行" in coming
    assert "渡口的监督检查" in coming


def test_the_difference_from_today(loaded: Catalog, pages: dict[str, str]) -> None:
    page = pages["powers/as-of/2019-12-01/today.html"]
    assert "增加 4 项，减少 4 项，变更 5 项" in page
    assert len(re.findall(r'data-label="事项"', page)) == 13
    ahead = pages["powers/as-of/2027-01-01/today.html"]
    assert "从现行清单（自 2026-09-01 起）到自 2027-01-01 起的清单" in ahead
    assert "增加 0 项，减少 1 项，变更 1 项" in ahead


def test_a_power_tells_its_history_and_its_decisions(
    loaded: Catalog, pages: dict[str, str]
) -> None:
    page = page_of(loaded, pages, "JT-CF-014")
    for day in ("2019-12-01", "2022-05-01", "2025-03-01"):
        assert f'id="since-{day}"' in page
    rows = loaded.collections["penalties"].rows
    mine = rows[rows["power_code"] == "JT-CF-014"]
    years = mine["folder"].value_counts()
    heads = re.findall(r'<th scope="col">(\d{4})年</th>', page)
    [numbers] = re.findall(r'<th scope="row">数量</th>(.*?)</tr>', page)
    assert heads == ["2026", "2022"]
    found = [int(n) for n in re.findall(r"<td>(\d+)</td>", numbers)]
    assert found == [years["2026"], years["2022"], len(mine)]
    newest = re.findall(r'href="../../(penalties/\d{4}/\w+\.html)"', page)
    assert newest == mine["path"].head(items.NEWEST).tolist()
    [folder] = re.findall(r'href="../../(penalties/power_code-\w+/)"', page)
    listed = [text for path, text in pages.items() if path.startswith(folder)]
    assert sum(len(re.findall(r'<tr><th scope="row"', text)) for text in listed) == len(mine)


def test_ended_and_coming_powers_say_so(loaded: Catalog, pages: dict[str, str]) -> None:
    ended = page_of(loaded, pages, "JT-XK-020")
    assert "已不再行使</strong>（合并）：本事项自 2023-08-01 起不在权责清单中" in ended
    assert "并入 <a href=" in ended
    assert "即将调整</strong>：本事项自 2027-01-01 起取消" in page_of(loaded, pages, "JT-CJ-004")
    assert "依据本事项作出的" not in ended
    assert 'class="mark"' not in page_of(loaded, pages, "JT-XK-001")


def test_a_decision_links_to_the_power_in_force_on_its_day(
    loaded: Catalog, pages: dict[str, str]
) -> None:
    rows = loaded.collections["penalties"].rows
    mine = rows[rows["power_code"] == "JT-CF-014"]
    before = mine[mine["decided"] < "2022-05-01"].iloc[-1]
    after = mine[(mine["decided"] >= "2022-05-01") & (mine["folder"] == "2022")].iloc[-1]
    now = mine[mine["folder"] == "2026"].iloc[0]
    for row, day, name in (
        (before, "2019-12-01", "对车辆超过公路限载标准行驶公路的处罚"),
        (after, "2022-05-01", "对车辆超过公路限载、限高、限宽、限长标准行驶公路的处罚"),
        (now, "2025-03-01", "对车辆超过公路限载、限高、限宽、限长标准行驶公路的处罚"),
    ):
        assert f'#since-{day}">JT-CF-014 {name}</a>' in pages[row["path"]]


def test_a_fine_outside_its_bracket_shows_the_reason(
    loaded: Catalog, pages: dict[str, str]
) -> None:
    rows = loaded.collections["penalties"].rows
    reasoned = rows[rows["discretion_reason"] != ""]
    assert len(reasoned) == 2
    for row in reasoned.to_dict("records"):
        page = pages[row["path"]]
        assert "见裁量理由。" in page
        assert row["discretion_reason"] in page
        assert '<svg class="bar"' in page
    fined = rows[rows["fine"] != ""]
    assert all("<dt>裁量幅度</dt>" in pages[path] for path in fined["path"])


def test_a_new_penalty_changes_its_power_and_no_other_state(
    loaded: Catalog, shelves: dict[str, str]
) -> None:
    """A job that need not be done again has the key that it had before."""
    powers = loaded.collections["powers"]
    keys = [job.key for job in states.jobs(loaded, powers, shelves, PLAIN)]
    fewer = loaded.collections["penalties"]
    rows = fewer.rows.iloc[1:].reset_index(drop=True)
    changed = {**loaded.collections, "penalties": type(fewer)(fewer.schema, rows, fewer.tally)}
    other = type(loaded)(
        agency=loaded.agency,
        collections=changed,
        report=loaded.report,
        credit={},
        as_of=loaded.as_of,
        timelines=loaded.timelines,
    )
    assert [job.key for job in states.jobs(other, powers, shelves, PLAIN)] == keys
    old, new = items.more(loaded, powers), items.more(other, powers)
    codes = powers.rows["code"].tolist()
    differing = [code for code, one, two in zip(codes, old, new, strict=True) if one != two]
    assert differing == [fewer.rows["power_code"].iloc[0]]


def test_the_list_of_today_leaves_out_what_ended(loaded: Catalog) -> None:
    powers = loaded.collections["powers"]
    assert (len(powers.rows), powers.total) == (132, 128)
    front = states.front(loaded, powers)
    above, _, below = front.partition('id="gone"')
    assert "现公开 128 项" in above
    assert "JT-XK-020" not in above
    assert {"JT-XK-014", "JT-XK-020", "JT-XK-024", "JT-CJ-001"} == set(
        re.findall(r">(JT-[\w-]+)<", below)
    )
    shown = {row for view in views.of(powers) for row in view.rows.tolist()}
    assert powers.listed is not None
    assert shown == set(powers.listed.nonzero()[0].tolist())


def test_adjustments_of_the_sample_are_all_told(loaded: Catalog, pages: dict[str, str]) -> None:
    with (ROOT / "data/powers/adjustments/adjustments.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            page = pages[f"powers/as-of/{line['生效日期']}/index.html"]
            assert line["批准文号"] in page
            assert line["职权编码"] in page
            assert line["批准文号"] in page_of(loaded, pages, line["职权编码"])
