"""Feeds: what is new, changed and withdrawn, each record once, at its own days and without those that are gone."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import ROOT, copy_settings
from hypothesis import given
from hypothesis import strategies as st

from disclosure import catalog
from disclosure.catalog import Catalog
from disclosure.rules import status
from disclosure.site import feeds
from disclosure.site.feeds import Entry, Feed

TODAY = date(2026, 11, 22)
ATOM = "{http://www.w3.org/2005/Atom}"
SITE = "https://jtj.example.gov.cn/"


def load(as_of: date = TODAY) -> Catalog:
    return catalog.load(ROOT / "data", as_of=as_of)


@pytest.fixture(scope="module")
def sample() -> Catalog:
    return load()


@pytest.fixture(scope="module")
def made(sample: Catalog) -> list[Feed]:
    return feeds.everything(sample)


def named(found: list[Feed], address: str) -> Feed:
    return next(feed for feed in found if feed.address == address)


def test_every_dated_collection_has_a_feed(sample: Catalog, made: list[Feed]) -> None:
    dated = [c.name for c in sample.collections.values() if c.schema.date]
    assert [feed.address for feed in made] == ["feed", *(f"{name}/feed" for name in dated)]
    assert all(feeds.of(sample.collections[name].schema) for name in dated)
    assert feeds.of(sample.collections["officers"].schema) is None
    assert set(feeds.addresses(made)) == {path for f in made for path, _ in feeds.files(f)}


def test_atom_has_everything_that_the_standard_wants(made: list[Feed]) -> None:
    for feed in made:
        root = ElementTree.fromstring(feeds.atom(feed))
        assert root.tag == f"{ATOM}feed"
        links = {link.get("rel"): link for link in root.findall(f"{ATOM}link")}
        assert (
            links["self"].get("href") == root.findtext(f"{ATOM}id") == f"{SITE}{feed.address}.xml"
        )
        assert links["alternate"].get("href") == f"{SITE}{feed.home}"
        assert root.findtext(f"{ATOM}author/{ATOM}name") == "示例市交通运输局"
        entries = root.findall(f"{ATOM}entry")
        assert 0 < len(entries) <= feeds.MOST
        ids = [entry.findtext(f"{ATOM}id") for entry in entries]
        assert len(set(ids)) == len(ids)
        times = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
        assert times == sorted(times, reverse=True)
        assert root.findtext(f"{ATOM}updated") == times[0]
        assert all(datetime.fromisoformat(time).utcoffset() for time in times)
        for entry, id_ in zip(entries, ids, strict=True):
            [link] = entry.findall(f"{ATOM}link")
            assert (link.get("rel"), link.get("href")) == ("alternate", id_)
            assert entry.findtext(f"{ATOM}title")
            assert entry.findtext(f"{ATOM}summary")
            assert next(c.get("term") for c in entry.findall(f"{ATOM}category")) in (
                "新增",
                "变更",
                "撤回",
            )


def test_json_feeds_say_the_same(made: list[Feed]) -> None:
    for feed in made:
        root = ElementTree.fromstring(feeds.atom(feed))
        told = json.loads(feeds.json_feed(feed))
        assert told["version"] == "https://jsonfeed.org/version/1.1"
        assert told["feed_url"] == f"{SITE}{feed.address}.json"
        assert told["title"] == root.findtext(f"{ATOM}title")
        assert set(told) == {
            "version", "title", "home_page_url", "feed_url", "language", "authors", "items"
        }  # fmt: skip
        assert len(told["items"]) == len(root.findall(f"{ATOM}entry"))
        for item, entry in zip(told["items"], root.findall(f"{ATOM}entry"), strict=True):
            assert isinstance(item["id"], str)
            assert item["id"] == item["url"] == entry.findtext(f"{ATOM}id")
            assert item["title"] == entry.findtext(f"{ATOM}title")
            assert item["content_text"] == entry.findtext(f"{ATOM}summary")
            assert item["date_modified"] == entry.findtext(f"{ATOM}updated")
            assert item["tags"] == [c.get("term") for c in entry.findall(f"{ATOM}category")]


def test_entries_are_the_newest_rows_and_notices(
    sample: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {n: feeds.newest(c, TODAY) for n, c in sample.collections.items() if feeds.of(c.schema)}
    monkeypatch.setattr(feeds, "MOST", 10**6)
    for name, some in short.items():
        collection = sample.collections[name]
        every = feeds.newest(collection, TODAY)
        assert every[: len(some)] == some
        expected = {row["path"] for row in collection.rows.to_dict("records")}
        if len(collection.withdrawn):
            expected |= set(collection.withdrawn["path"])
        assert {entry.path for entry in every} == expected
        assert len(every) == len(expected)
    penalties = feeds.newest(sample.collections["penalties"], TODAY)
    assert {entry.event for entry in penalties} == {"新增", status.CHANGED, status.WITHDRAWN}
    rows = {row["path"]: row for row in sample.collections["penalties"].rows.to_dict("records")}
    for entry in penalties:
        if entry.event == status.CHANGED:
            assert entry.day == rows[entry.path]["status_date"] > entry.first
            assert "变更理由" in entry.words
        elif entry.event == "新增":
            assert entry.day == entry.first == rows[entry.path]["published"]


def test_withdrawn_entries_name_nobody(sample: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST", 10**6)
    penalties = sample.collections["penalties"]
    gone = [e for e in feeds.newest(penalties, TODAY) if e.event == status.WITHDRAWN]
    assert gone
    reasons = penalties.withdrawn.set_index("path")
    raw = catalog.tables(ROOT / "data")["penalties"].frame
    for entry in gone:
        assert entry.title.startswith("撤回公告：示交罚")
        assert entry.words.endswith(reasons["status_reason"][entry.path])
        row = raw[raw["id"] == Path(entry.path).stem].iloc[0]
        for name in ("party", "violation", "fact", "uscc"):
            assert not row[name] or row[name] not in f"{entry.title}{entry.words}"


def test_a_withdrawal_takes_the_place_of_the_entry(tmp_path: Path) -> None:
    """The same record before and after: one id, another text; and nothing once it is retired."""
    seen: dict[str, list[Entry]] = {}
    for cause in ("公示中", "撤销", "信用修复"):
        data = tmp_path / cause / "data"
        copy_settings(
            data,
            "penalties/schema.yml",
            "penalties/2026.csv",
            change=lambda text: re.sub(r"foreignKeys:\n.*\n.*\n", "", text),
        )
        table = data / "penalties/2026.csv"
        head, row, *_ = table.read_text("utf-8-sig").split("\n")
        titles = head.split(",")
        cells = row.split(",")
        cells[titles.index("状态")] = cause
        day = "" if cause == "公示中" else "2026-11-20"
        cells[titles.index("状态日期")] = day
        cells[titles.index("状态理由")] = "复议机关撤销" * bool(day)
        table.write_text(f"{head}\n{','.join(cells)}\n", "utf-8")
        loaded = catalog.load(data, as_of=TODAY)
        seen[cause] = feeds.newest(loaded.collections["penalties"], TODAY)
    [shown], [withdrawn] = seen["公示中"], seen["撤销"]
    assert shown.path == withdrawn.path
    assert (withdrawn.day, withdrawn.event) == ("2026-11-20", status.WITHDRAWN)
    assert shown.title.partition("：")[0] not in withdrawn.title + withdrawn.words
    assert not seen["信用修复"]


def test_days_are_those_of_the_records(made: list[Feed]) -> None:
    later = feeds.everything(load(date(2026, 11, 23)))
    for address in ("norms/feed", "petitions/feed"):
        assert [*feeds.files(named(later, address))] == [*feeds.files(named(made, address))]
    assert all(entry.day <= "2026-11-22" for feed in made for entry in feed.entries)


def test_the_feed_of_the_site_holds_what_people_write(sample: Catalog, made: list[Feed]) -> None:
    whole = made[0]
    known = {entry for feed in made[1:] for entry in feed.entries}
    written = {a.address for a in sample.articles if a.published}
    last = whole.entries[-1].day
    assert all(entry in known or entry.path in written for entry in whole.entries)
    newer = [e for e in known if e.day > last]
    assert set(newer) <= set(whole.entries)


def test_on_one_day_what_was_withdrawn_comes_first() -> None:
    entry = Entry("2026-01-01", "", "新增", "t", "a", "w", "c")
    many = [replace(entry, path=f"{n:03}") for n in range(200)]
    gone = replace(entry, event=status.WITHDRAWN, path="z")
    assert feeds._cut([*many, gone])[0] == gone
    assert len(feeds._cut([*many, gone])) == feeds.MOST


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
        min_size=1,
    )
)
def test_any_text_is_the_same_in_both(text: str) -> None:
    entry = Entry("2026-01-01", "2026-01-01", "新增", text, "x/2026/a.html", text, text)
    feed = Feed(text, "x/feed", "x/", "https://a.example.cn/?a&b=1/", text, [entry])
    root = ElementTree.fromstring(feeds.atom(feed))
    told = json.loads(feeds.json_feed(feed))
    found = root.find(f"{ATOM}entry")
    assert found is not None
    for value in (root.findtext(f"{ATOM}title"), found.findtext(f"{ATOM}summary"), told["title"]):
        assert value == text
    assert found.findtext(f"{ATOM}id") == told["items"][0]["id"]


def test_a_feed_without_entries_knows_no_clock() -> None:
    empty = Feed("t", "x/feed", "x/", SITE, "a", [])
    root = ElementTree.fromstring(feeds.atom(empty))
    assert root.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+08:00"
    assert json.loads(feeds.json_feed(empty))["items"] == []


def test_the_page_names_every_feed_and_the_calendar(made: list[Feed]) -> None:
    page = feeds.front(made)
    assert set(re.findall(r'href="\.\./([^"]*feed\.(?:xml|json))"', page)) == set(
        feeds.addresses(made)
    )
    assert 'href="../duties/duties.ics"' in page
