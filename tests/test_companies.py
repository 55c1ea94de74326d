"""Companies: whose records stand together, who is closely watched as of a day, and who has no page."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import build
from hypothesis import given
from hypothesis import strategies as st

from disclosure.rules import book, credit

RULE = """\
penalties:
  - {id: CR-1, text: 一年内三次以上。, source: 《虚构办法》, from: null, to: null, when: {party_kind: [法人及非法人组织]}, times: 3, months: 12}
"""
FIRM = {"party_kind": "法人及非法人组织"}
DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> book.Profile:
    path = tmp_path_factory.mktemp("rules") / "credit.yml"
    path.write_text(RULE, "utf-8")
    profiles, findings = book.load(path, file="credit.yml")
    assert not findings
    return profiles["penalties"]


@pytest.mark.parametrize(
    ("days", "watched"),
    [
        (["2025-11-23", "2026-01-01", "2026-11-22"], True),
        (["2025-11-22", "2026-01-01", "2026-11-22"], False),  # the first is a year and a day ago
        (["2026-01-01", "2026-11-22", "2026-11-23"], False),  # the last is not yet
        (["2026-01-01", "2026-01-01", "2026-01-01"], True),
        (["2026-01-01", "2026-01-01"], False),
    ],
)
def test_three_decisions_within_a_year(
    profile: book.Profile, days: list[str], watched: bool
) -> None:
    found = credit.marked(profile, [(day, FIRM) for day in days], DAY)
    assert (found is not None) is watched


def test_persons_are_never_watched(profile: book.Profile) -> None:
    decisions = [("2026-10-01", {"party_kind": "自然人"})] * 9
    assert credit.marked(profile, decisions, DAY) is None


@given(st.lists(st.integers(min_value=-20, max_value=800), max_size=8))
def test_the_year_is_counted_by_days(profile: book.Profile, ago: list[int]) -> None:
    days = [DAY - timedelta(days=n) for n in ago]
    within = sum(date(2025, 11, 22) < day <= DAY for day in days)
    found = credit.marked(profile, [(day.isoformat(), FIRM) for day in days], DAY)
    assert (found is not None) is (within >= 3)


def test_penalties_and_permits_of_one_company_stand_together(sample_site: Path) -> None:
    pages = list((sample_site / "companies").glob("*/*.html"))
    assert len(pages) > 100
    both = [p for p in pages if "行政处罚（" in (t := p.read_text("utf-8")) and "行政许可（" in t]
    assert both
    for page in both[:5]:
        text = page.read_text("utf-8")
        code = page.stem.upper()
        for href in re.findall(
            r'<a href="((?:\.\./)+(?:penalties|permits)/\d{4}/\w+\.html)">', text
        ):
            record = (page.parent / href).resolve().read_text("utf-8")
            assert code in record
            assert f'companies/{page.parent.name}/{page.name}"' in record


def test_no_person_has_a_page(sample_site: Path) -> None:
    titles = [
        re.search("<h1>(.*?)</h1>", page.read_text("utf-8"))[1]  # type: ignore[index]
        for page in (sample_site / "companies").glob("*/*.html")
    ]
    assert titles
    assert not [title for title in titles if re.fullmatch(r".某某?[甲乙丙丁]?", title)]


def test_a_withdrawn_decision_leaves_the_company_page(project: Path) -> None:
    assert build(project).returncode == 0
    site = project / "site"
    rows = project / "data" / "penalties" / "2026.csv"
    header, *lines = rows.read_text("utf-8").splitlines(keepends=True)
    columns = header.strip().split(",")
    number = columns.index("行政处罚决定书文号")
    victim = next(
        line
        for line in lines
        if "法人及非法人组织" in line and "公示中" in line and '"' not in line
    )
    document = victim.split(",")[number]
    pages = [p for p in (site / "companies").glob("*/*.html") if document in p.read_text("utf-8")]
    assert len(pages) == 1
    gone = victim.strip("\n").split(",")
    for name, value in (("状态", "撤销"), ("状态日期", "2026-11-20"), ("状态理由", "复查后撤销")):
        gone[columns.index(name)] = value
    rows.write_text(header + "".join(lines).replace(victim, ",".join(gone) + "\n"), "utf-8")
    result = build(project)
    assert result.returncode == 0, result.stdout + result.stderr
    holding = [p for p in site.rglob("*.html") if document in p.read_text("utf-8")]
    # What still names the document are the notice at the old address and the lists of notices.
    assert {page.relative_to(site).parts[0] for page in holding} == {
        "changes",
        "penalties",
        "withdrawals",
    }
    [notice] = [p for p in holding if p.relative_to(site).parts[0] == "penalties"]
    assert "已经依法撤回" in notice.read_text("utf-8")
