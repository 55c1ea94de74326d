"""The pages of changes: every record once on its day, counts that agree, and a calendar that comes true."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import ROOT, copy_settings

from disclosure import catalog
from disclosure.catalog import Catalog
from disclosure.rules import status
from disclosure.site import changes, shelf, views
from disclosure.site.shell import cut
from scripts import check, invented, synth

TODAY = date(2026, 11, 22)
DRESSED = cut("<qztitlezq|qzfolderzq|qzfilezq>qzcontentzq")

Pages = dict[str, str]


def load(data: Path = ROOT / "data", as_of: date = TODAY) -> Catalog:
    return catalog.load(data, as_of=as_of)


def build(tmp_path: Path, seen: Catalog) -> Pages:
    folder = str(tmp_path / "rows")
    shelves = {name: shelf.put(c, folder) for name, c in seen.collections.items()}
    found: Pages = {}
    for job in changes.jobs(seen, shelves, DRESSED):
        for path, content in job.make(*job.arguments):
            assert path not in found
            found[path] = content.decode()
    return found


@pytest.fixture(scope="module")
def sample() -> Catalog:
    return load()


@pytest.fixture(scope="module")
def pages(sample: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return build(tmp_path_factory.mktemp("changes"), sample)


def records(page: str) -> list[tuple[str, str, str]]:
    """Day, event and address of every record that a page names."""
    found = []
    for section in page.split("<section")[1:]:
        day = re.search(r'datetime="([\d-]+)"', section)
        assert day
        for event, path in re.findall(
            r'<span class="tag">(.*?)</span> <a href="\.\./\.\./(.*?)"', section
        ):
            found.append((day[1], event, path))
    return found


def test_every_record_is_told_on_its_day(sample: Catalog, pages: Pages) -> None:
    told = [
        entry
        for path, page in pages.items()
        if not path.startswith("changes/next/")
        for entry in records(page)
    ]
    expected = []
    for collection in sample.collections.values():
        for row in collection.rows.to_dict("records"):
            if row.get("published"):
                expected.append((row["published"], "新增", row["path"]))
            if row.get("status") == status.CHANGED:
                expected.append((row["status_date"], "变更", row["path"]))
        for row in collection.withdrawn.to_dict("records"):
            expected.append((row["status_date"], "撤回", row["path"]))
    assert sorted(told) == sorted(expected)
    assert len({event for _, event, _ in told}) == 3


def test_lists_by_month_are_in_order_and_short(pages: Pages) -> None:
    months: dict[str, list[str]] = {}
    for path in pages:
        months.setdefault(path.split("/")[1], []).append(path)
    for month in months.keys() - {"next"}:
        files, days = ["index"], list[str]()
        while found := re.search(
            r'rel="next" href="([^"]+)"', pages[f"changes/{month}/{files[-1]}.html"]
        ):
            files.append(found[1].removesuffix(".html"))
        assert sorted(months[month]) == sorted(f"changes/{month}/{file}.html" for file in files)
        for file in files:
            page = pages[f"changes/{month}/{file}.html"]
            days += re.findall(r'datetime="([\d-]+)"', page)
            assert page.count("<li>") + page.count("<section") < 2 * views.PER_PAGE + 1
        assert days == sorted(days, reverse=True)
        assert {day[:7] for day in days} == {month}


def test_counts_of_days_hold_what_is_gone(sample: Catalog, pages: Pages) -> None:
    made = sample.collections["penalties"]
    shown = (made.rows["published"] != "").sum()
    added = sum(events.get("新增", 0) for events in made.changes.values())
    gone = sum(
        n for t in made.tally.values() for s, n in t.items() if s not in (*status.PUBLIC, "不公开")
    )
    assert added == shown + gone
    total = sum(
        sum(events.values()) for c in sample.collections.values() for events in c.changes.values()
    )
    said = 0
    for path, page in pages.items():
        if not path.startswith("changes/next/"):
            heads = re.findall(r'</time> <span class="count">(.*?)</span>', page)
            said += sum(
                int(n.replace(",", "")) for head in heads for n in re.findall(r" ([\d,]+) 条", head)
            )
    assert said == total


def test_the_front_page_tells_the_last_days(sample: Catalog) -> None:
    page = changes.front(sample)
    days = re.findall(r'datetime="([\d-]+)"', page)
    assert days == sorted(days, reverse=True)
    assert (TODAY - timedelta(days=changes.DAYS)).isoformat() < min(days)
    assert max(days) <= TODAY.isoformat()
    months = re.findall(r'<a href="(\d{4}-\d\d)/">', page)
    events = {day[:7] for c in sample.collections.values() for day in c.changes}
    assert months == sorted(events, reverse=True)
    assert 'href="../withdrawals/"' in page


def test_the_calendar_comes_true(sample: Catalog, pages: Pages) -> None:
    page = pages["changes/next/index.html"]
    (table,) = re.findall(r"<table.*?</table>", page, re.DOTALL)[:1]
    titles = re.findall(r'<th scope="col">(.*?)<', table)[1:]
    promised = {
        f"{year}-{int(month):02}": dict(
            zip(titles, re.findall(r">([\d,]+)</td>", row), strict=True)
        )
        for year, month, row in re.findall(r"<th [^>]*>(\d+)年(\d+)月</th>(.*?)</tr>", table)
    }
    assert len(promised) == 12
    later = load(as_of=date(2027, 10, 31))
    for collection in sample.collections.values():
        title = collection.schema.title
        if title not in promised["2026-11"]:
            assert not any(collection.rows["last_day"])
            continue
        came = dict.fromkeys(promised, 0)
        for day, events in later.collections[collection.name].changes.items():
            if day > TODAY.isoformat():
                came[day[:7]] += events.get(status.RETIRED, 0)
        assert {month: int(row[title].replace(",", "")) for month, row in promised.items()} == came
    # The records named are those that are gone a month later, and no others.
    named = set(re.findall(r'data-label="记录"><a href="../../(.*?)"', page))
    month = load(as_of=TODAY + timedelta(days=changes.DAYS))
    gone = {
        path
        for name, collection in sample.collections.items()
        for path in set(collection.rows["path"]) - set(month.collections[name].rows["path"])
    }
    assert named == gone
    assert named


def test_a_new_record_changes_the_newest_pages_only(tmp_path: Path) -> None:
    """Four thousand records and one more."""
    data = tmp_path / "data"
    copy_settings(
        data,
        "penalties/schema.yml",
        change=lambda text: re.sub(r"foreignKeys:\n.*\n.*\n", "", text),
    )
    rows = invented.penalties(2025, 4000, seed="changes")
    table = data / "penalties" / "2025.csv"
    table.write_bytes(synth.as_csv(synth.table("penalties", rows)))
    before = build(tmp_path, load(data))
    new = next(row for row in rows if row.get("status") == "公示中")
    new = new | {
        "doc_no": "示交罚〔2025〕99999号",
        "published": "2026-11-20",
        "decided": "2026-11-19",
    }
    table.write_bytes(synth.as_csv(synth.table("penalties", [*rows, new])))
    after = build(tmp_path, load(data))
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed == {"changes/2026-11/index.html"}
    new["published"] = new["decided"] = "2025-11-28"
    table.write_bytes(synth.as_csv(synth.table("penalties", [*rows, new])))
    after = build(tmp_path, load(data))
    changed = {path for path in after if before.get(path) != after[path]}
    assert 0 < len(changed) <= 3
    assert {path.split("/")[1] for path in changed} == {"2025-11"}


def test_a_site_without_events(tmp_path: Path) -> None:
    data = tmp_path / "data"
    copy_settings(data, "officers/schema.yml")
    seen = load(data)
    assert "没有变更" in changes.front(seen)
    assert list(build(tmp_path, seen)) == ["changes/next/index.html"]


def test_the_check_says_what_comes_down_by_a_day(sample: Catalog) -> None:
    assert check.outlook(sample, TODAY) == ""
    later = load(as_of=date(2027, 3, 1))
    told = check.outlook(later, TODAY)
    for name, unit in (("penalties", "行政处罚"), ("permits", "行政许可")):
        now, then = sample.collections[name], later.collections[name]
        fewer = len(now.rows) - len(then.rows)
        assert f"{unit}期满下架 {fewer} 件" in told
    assert check.outlook(load(as_of=TODAY + timedelta(days=1)), TODAY).count("下架") == 2
