"""What is told of Lighthouse's runs: medians, and plainly what is not as promised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import pages


def told(kind: str, *performances: float, seo: float = 1.0, first: int = 50_000) -> dict[str, Any]:
    looks = [
        {
            "version": "1.2.3",
            "scores": [performance, 1, 1, seo],
            "times": {"lcp": 1000 * performance, "tbt": 10, "cls": None},
            "complaints": [{"id": "document-title"}] if seo < 1 else [],
        }
        for performance in performances
    ]
    visits = [{"requests": 8, "bytes": first}, {"requests": 2, "bytes": 4_000}]
    return {"kind": kind, "form": "mobile", "looks": looks, "visits": visits}


def test_the_median_of_the_runs_counts() -> None:
    one = pages.summed_up(told("home", 0.9, 0.99, 0.98))
    assert (one.scores[0], one.lcp, one.cls) == (0.98, 980, 0)
    assert one.fits


@pytest.mark.parametrize(
    ("page", "fits", "said"),
    [
        (told("home", 0.95), True, "≥ 0.95 | 0.95 (home, mobile) | met"),
        (told("home", 0.94), False, "≥ 0.95 | 0.94 (home, mobile) | **not met**"),
        (told("home", 1, seo=0.99), False, "≥ 1.00 | 0.99 (home, mobile) | **not met**"),
        (told("record", 1, first=60_001), False, "≤ 60 KB | 60.0 KB | **not met**"),
        (told("record", 1), True, "≤ 6 KB | 4.0 KB | met"),
    ],
)
def test_what_is_not_as_promised_is_said(page: dict[str, Any], fits: bool, said: str) -> None:
    found = pages.summed_up(page)
    assert found.fits is fits
    text = pages.as_markdown([found, pages.summed_up(told("chart", 1))], 1)
    assert said in text
    assert ("`document-title`" in text) is (page["looks"][0]["scores"][3] < 1)


def test_pages_that_ask_to_be_left_out_are_known(tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide/index.html").write_text('<meta name="robots" content="noindex">')
    (tmp_path / "404.html").write_text('<meta name="robots" content="index">')
    assert pages.is_left_out(tmp_path, "guide")
    assert not pages.is_left_out(tmp_path, "missing")
