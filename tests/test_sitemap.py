"""The map of the site: every address for search engines, every column and article for readers."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure.site import sitemap

URL = "https://jtj.example.gov.cn/"
SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(site: Path) -> dict[str, str]:
    """Every address that search engines are told, with its day."""
    index = ElementTree.parse(site / "sitemap.xml").getroot()
    assert index.tag == f"{SPACE}sitemapindex"
    found: dict[str, str] = {}
    for entry in index.iter(f"{SPACE}loc"):
        file = str(entry.text).removeprefix(URL)
        tree = ElementTree.parse(site / file).getroot()
        assert tree.tag == f"{SPACE}urlset"
        for url in tree:
            address = str(url.findtext(f"{SPACE}loc")).removeprefix(URL)
            assert address not in found
            found[address] = url.findtext(f"{SPACE}lastmod") or ""
    return found


def test_every_address_is_there_and_every_record_is_named(sample_site: Path) -> None:
    found = addresses(sample_site)
    for address in found:
        file = f"{address}index.html" if not address or address.endswith("/") else address
        page = sample_site / file
        assert page.exists(), file
        assert 'name="robots"' not in page.read_text("utf-8").partition("</head>")[0], file
    records = {
        path.relative_to(sample_site).as_posix()
        for path in sample_site.rglob("*.html")
        if re.fullmatch("[b-df-hj-np-tv]{16}", path.stem)
    }
    notices = {r for r in records if "noindex" in (sample_site / r).read_text("utf-8")}
    assert notices
    assert records - notices <= set(found)
    assert not notices & set(found)
    assert {"", "penalties/", "penalties/2025/", "reports/law-2020/", "sitemap/"} <= set(found)
    assert "search/" not in found


def test_days_are_those_of_the_records(sample_site: Path) -> None:
    found = addresses(sample_site)
    assert found["reports/law-2020/"] == "2021-03-09"
    days = {
        day for address, day in found.items() if re.match(r"penalties/\d{4}/\w{16}\.html", address)
    }
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) and day <= "2026-11-22" for day in days)
    assert len(days) > 100


def test_robots_are_told_where_it_is(sample_site: Path) -> None:
    text = (sample_site / "robots.txt").read_text("utf-8")
    assert text.splitlines() == ["User-agent: *", "Allow: /", f"Sitemap: {URL}sitemap.xml"]


def test_readers_find_columns_years_and_articles(sample_site: Path) -> None:
    html = (sample_site / "sitemap/index.html").read_text("utf-8")
    for target in (
        "../penalties/", "../penalties/2020/", "../powers/", "../officers/", "../reports/law-2020/",
        "../notices/key-points-2021/", "../guide/", "../companies/", "../selfcheck/", "../figures/",
    ):  # fmt: skip
        assert f'href="{target}"' in html


def test_a_file_holds_no_more_than_the_protocol_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST", 3)
    entries = [(f"x/{n}.html", "") for n in range(7)]
    made = dict(sitemap._plain(URL, "x.2026", entries))
    assert list(made) == ["sitemap.x.2026.xml", "sitemap.x.2026.1.xml", "sitemap.x.2026.2.xml"]
    read = [
        str(loc.text)
        for content in made.values()
        for loc in ElementTree.fromstring(content).iter(f"{SPACE}loc")
    ]
    assert read == [f"{URL}{address}" for address, _ in entries]
    assert dict(sitemap._plain(URL, "x", [])) == {}
    longest = [("x" * 800, "2026-01-01")] * 50_000
    assert len(sitemap.listing(URL, longest)) < 50_000_000


@given(
    st.lists(
        st.sampled_from(["", "2020-01-02", "2026-11-22", "2026-11-23", "2099-12-31", "不适用"])
    )
)
def test_the_last_day_up_to_today(days: list[str]) -> None:
    known = [day for day in days if day in ("2020-01-02", "2026-11-22")]
    assert sitemap.last(days, "2026-11-22") == max(known, default="")
