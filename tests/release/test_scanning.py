"""Scanning: what is remembered of files is what reading them again would say, and no more than that."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from disclosure.release import inspection, scanning, sites
from disclosure.site import links

BASE = "https://jtj.example.gov.cn/"
ID = "bcdfghjkmnpqrstv"
OTHER = "vtsrqpnmkjhgfdcb"
NAMES = ("index.html", "a/index.html", "a/b.html", "c.html", "d.pdf")
LINKS = (
    "",
    "#top",
    "#x",
    "a/",
    "../a/",
    "b.html#x",
    "a/b.html#x",
    "../c.html",
    "d.pdf",
    "a",
    "/c.html#x",
    f"{BASE}a/b.html",
    "nowhere.html",
    "https://example.org/",
    "https//example.org",
)
PAGES = some.lists(
    some.tuples(some.sampled_from(LINKS), some.sampled_from(["", "x", ID])), max_size=4
).map(lambda parts: "".join(f'<a href="{link}" id="{name}">{name}</a>' for link, name in parts))


def write(site: Path, pages: dict[str, str]) -> None:
    for name, text in pages.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for path in site.rglob("*"):
        if path.is_file() and path.relative_to(site).as_posix() not in pages:
            path.unlink()


def told(site: Path, memory: Path | None = None, down: frozenset[str] = frozenset()) -> list[str]:
    hashes = sites.hashes(site)
    scanned = scanning.of_site(site, hashes, base=BASE, memory=memory)
    found = [str(one) for one in inspection.contents(scanned, down)]
    return [*found, "dead"] if inspection.has_dead_links(scanned, site) else found


@settings(max_examples=25)
@given(some.lists(some.dictionaries(some.sampled_from(NAMES), PAGES), min_size=1, max_size=3))
def test_remembering_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, versions: list[dict[str, str]]
) -> None:
    place = tmp_path_factory.mktemp("site")
    site, memory = place / "site", place / "memory"
    for pages in versions:
        write(site, pages)
        site.mkdir(exist_ok=True)
        assert told(site, memory, frozenset({ID})) == told(site, None, frozenset({ID}))
        errors = links.of_site(site, BASE)[1].errors
        assert ("dead" in told(site, memory)) == bool(errors), errors


def page(site: Path, text: str) -> None:
    write(site, {"index.html": text, "a.html": "<p>a</p>"})


def test_what_stayed_is_not_read_again(tmp_path: Path) -> None:
    site, memory = tmp_path / "site", tmp_path / "memory"
    page(site, "<script>1</script>")
    hashes = sites.hashes(site)
    first = scanning.of_site(site, hashes, memory=memory)
    (site / "a.html").unlink()  # reading it now would fail
    again = scanning.of_site(site, hashes, memory=memory)
    assert sorted(again.to_pylist(), key=str) == sorted(first.to_pylist(), key=str)
    with pytest.raises(FileNotFoundError):
        scanning.of_site(site, hashes, memory=memory, base=BASE)


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("<script>1</script>", "脚本 <script>"),
        ("<SCRIPT type=module>1</SCRIPT>", "脚本 <script>"),
        ("<p onclick='x()'>1</p>", "脚本属性 onclick"),
        ('<a href="javascript:x()">1</a>', "脚本网址 javascript:"),
        ("<style>p{}</style>", "样式 <style>"),
        ('<p class="a" style="color:red">1</p>', "样式属性（<p style=…>）"),
        ('<script type="application/ld+json">{}</script>', ""),
        ('<script src="a.js"></script>', ""),
        ("<p>style=1 onclick=1</p>", ""),
    ],
)
def test_nothing_that_the_policy_forbids_stands_within_a_page(
    tmp_path: Path, written: str, what: str
) -> None:
    site = tmp_path / "site"
    page(site, f"<!doctype html><html>{written}</html>")
    found = inspection.contents(scanning.of_site(site, sites.hashes(site)))
    assert [f.facts["what"] for f in found if f.code == "D104"] == ([what] if what else [])


def test_another_program_looks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, memory = tmp_path / "site", tmp_path / "memory"
    page(site, "<p>1</p>")
    hashes = sites.hashes(site)
    scanning.of_site(site, hashes, memory=memory)
    (site / "index.html").unlink()
    monkeypatch.setattr(scanning.cache, "program", lambda: "another")
    with pytest.raises(FileNotFoundError):
        scanning.of_site(site, hashes, memory=memory)


def test_what_goes_down_later_is_found_in_what_was_read_before(tmp_path: Path) -> None:
    site, memory = tmp_path / "site", tmp_path / "memory"
    write(site, {"list.json": f'["{ID}"]', "c/index.html": f'<a href="/{OTHER}.html"></a>'})
    assert not [found for found in told(site, memory) if "D102" in found]
    found = told(site, memory, frozenset({ID, OTHER}))
    assert [line.partition("。")[0] for line in found if "D102" in line] == [
        f"c/index.html: D102 文件里还有已经撤下的记录 {OTHER}",
        f"list.json: D102 文件里还有已经撤下的记录 {ID}",
    ]


def test_what_is_read_counts_and_not_what_was_said_of_it(tmp_path: Path) -> None:
    """A file that changes after it was hashed is not remembered under the hash it had."""
    site, memory = tmp_path / "site", tmp_path / "memory"
    page(site, "<script>1</script>")
    hashes = sites.hashes(site)
    page(site, "<p>harmless</p>")
    assert not inspection.contents(scanning.of_site(site, hashes, memory=memory))
    page(site, "<script>1</script>")
    assert inspection.contents(scanning.of_site(site, hashes, memory=memory))


def test_what_is_packed_is_looked_into(tmp_path: Path) -> None:
    import gzip
    import zipfile

    site = tmp_path / "site"
    site.mkdir()
    (site / "a.json.gz").write_bytes(gzip.compress(f'"{ID}"'.encode()))
    with zipfile.ZipFile(site / "b.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner.csv", f"x,{OTHER}\n")
    found = told(site, None, frozenset({ID, OTHER}))
    assert [line.partition(":")[0] for line in found] == ["a.json.gz", "b.zip"]
