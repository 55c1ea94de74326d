"""Retention: which rule a record falls under, and the last day on which it is public."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure.rules import book, retention

RULES = """\
penalties:
  - id: A
    text: 自然人的处罚信息公开二年
    source: 示例规定
    from: 2021-07-15
    to: 2026-03-31
    when: {party_kind: [自然人, 个体工商户]}
    years: 2
  - {id: B, text: 其他公开五年, source: 规定, from: 2021-07-15, to: 2026-03-31, years: 5}
  - {id: C, text: 吊销, source: 规定, from: 2026-04-01, when: {kind: [吊销许可证件]}, years: 3}
  - {id: D, text: 其他, source: 规定, from: 2026-04-01, to: null, when: {}, months: 3}
"""


def profile_of(tmp_path: Path, text: str = RULES) -> book.Profile:
    path = tmp_path / "retention.yml"
    path.write_text(text, "utf-8")
    profiles, findings = book.load(path, file="r.yml")
    assert not findings
    return profiles["penalties"]


@pytest.mark.parametrize(
    ("decided", "party", "kind", "expected"),
    [
        ("2021-07-14", "自然人", "罚款", ""),  # the day before the first rule
        ("2021-07-15", "自然人", "罚款", "2023-07-15"),  # on it
        ("2021-07-16", "个体工商户", "罚款", "2023-07-16"),  # after it
        ("2021-07-16", "法人及非法人组织", "罚款", "2026-07-16"),
        ("2026-03-31", "法人及非法人组织", "罚款", "2031-03-31"),  # the last day of the rule
        ("2026-04-01", "法人及非法人组织", "罚款", "2026-07-01"),
        ("2026-04-01", "", "警告、吊销许可证件", "2029-04-01"),  # one of several kinds
        ("2024-02-29", "自然人", "罚款", "2026-02-28"),
        ("2026-11-30", "自然人", "罚款", "2027-02-28"),
        ("", "自然人", "罚款", ""),
        ("2026-4-1", "自然人", "罚款", ""),
        ("9999-12-31", "法人及非法人组织", "罚款", ""),
    ],
)
def test_the_rule_of_the_decision_date(
    tmp_path: Path, decided: str, party: str, kind: str, expected: str
) -> None:
    profile = profile_of(tmp_path)
    assert book.columns(profile) == ("party_kind", "kind")
    conditions = {"party_kind": [party], "kind": [kind]}
    [term] = retention.terms(profile, [decided], conditions)
    assert (term.last, term.publish) == (expected, True)


@given(st.dates(date(2021, 7, 15), date(2026, 3, 31)))
def test_a_later_decision_never_ends_earlier(day: date) -> None:
    rule = book.Rule("A", "", "", "", "", (), 24)
    first, second = retention.terms(
        (rule,), [day.isoformat(), (day + timedelta(days=1)).isoformat()], {}
    )
    assert day.isoformat() < first.last <= second.last


GOOD = "{id: A, text: t, source: s, years: 1}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"p:\n  - {GOOD}\n", []),
        ("p: 2\n", ["r.yml:1: T201"]),
        ("p: []\n", ["r.yml:1: T201"]),
        ("p: [1]\n", ["r.yml:1: T202"]),
        ("p:\n  - {id: 1, text: t, source: s, years: 1}\n", ["r.yml:2: T202"]),
        ("p:\n  - {id: A, text: t, years: 1}\n", ["r.yml:2: T202"]),
        ("p:\n  - {id: A, text: t, source: s}\n", ["r.yml:2: T203"]),
        ("p:\n  - {id: A, text: t, source: s, years: 0}\n", ["r.yml:2: T203"]),
        ("p:\n  - {id: A, text: t, source: s, years: true}\n", ["r.yml:2: T203"]),
        (f"p:\n  - {GOOD[:-1]}, from: 去年}}\n", ["r.yml:2: T204"]),
        (f"p:\n  - {GOOD[:-1]}, from: 2026-04-01, to: 2026-03-31}}\n", ["r.yml:2: T204"]),
        (f"p:\n  - {GOOD[:-1]}, when: 自然人}}\n", ["r.yml:2: T205"]),
        (f"p:\n  - {GOOD[:-1]},\n     when: {{party_kind: 自然人}}}}\n", ["r.yml:3: T205"]),
        (f"p:\n  - {GOOD[:-1]}, year: 1}}\n", ["r.yml:2: T206"]),
        (f"p:\n  - {GOOD}\n  - {GOOD}\n", ["r.yml:3: T207"]),
        ("p:\n  - {id: A, text: t, source: s, publish: false}\n", []),
        ("p:\n  - {id: A, text: t, source: s, workdays: 3}\n", ["r.yml:2: T206", "r.yml:2: T203"]),
        (f"p:\n  - {GOOD[:-1]}, least_months: 12, at_least: {{fine: 0.5}}}}\n", []),
        (f"p:\n  - {GOOD[:-1]}, publish: false}}\n", ["r.yml:2: T503"]),
        (f"p:\n  - {GOOD[:-1]}, publish: 否}}\n", ["r.yml:2: T503"]),
        (f"p:\n  - {GOOD[:-1]}, least_months: 13}}\n", ["r.yml:2: T503"]),
        (f"p:\n  - {GOOD[:-1]}, least_months: 三}}\n", ["r.yml:2: T503"]),
        (f"p:\n  - {GOOD[:-1]}, at_least: {{fine: 多}}}}\n", ["r.yml:2: T503"]),
        (f"p:\n  - {GOOD[:-1]}, at_least: 5}}\n", ["r.yml:2: T503"]),
        ("", ["r.yml: F209"]),
    ],
)
def test_mistakes_are_found_where_they_stand(
    tmp_path: Path, content: str, expected: list[str]
) -> None:
    path = tmp_path / "retention.yml"
    path.write_text(content, "utf-8")
    _, findings = book.load(path, file="r.yml")
    assert [f"{f.place}: {f.code}" for f in findings if f.message] == expected
