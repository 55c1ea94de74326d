"""Every hostile string, in every field, heading and page: inert, and the same text as before."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from disclosure.intake import articles, values

from . import special, strings
from .conftest import BAIT, EXPECTED, GROUP, HEADS, MARKER, REFUSED, SCHEMA, TRAPS, Trapped, Visit

TEXTS = ("name", "note", "kind", "number", "party")


def lines(text: str) -> str:
    """A text as a cell of one line shows it."""
    read = values.text(text)
    assert isinstance(read, str)
    return read


def test_there_are_enough_of_them() -> None:
    assert len(set(strings.SAME)) >= 300
    assert len(TRAPS) == len(EXPECTED) == len(set(TRAPS))


def test_they_are_read_as_the_same_text(trapped: Trapped) -> None:
    rows = trapped.collection.rows
    assert rows["no"].tolist() == [str(number) for number in range(len(TRAPS))]
    assert rows["note"].tolist() == EXPECTED
    for name in ("name", "kind", "party"):
        assert rows[name].tolist() == [lines(text) for text in EXPECTED]


def test_records_say_the_same_text_and_do_nothing(trapped: Trapped, visit: Visit) -> None:
    schema, rows = trapped.collection.schema, trapped.collection.rows
    pages = visit(rows["path"].tolist())
    titles = {field.name: field.title for field in schema.fields}
    for number, (path, page) in enumerate(pages.items()):
        assert not page["wrong"], EXPECTED[number]
        assert page["h1"] == [rows["title"][number]]
        assert page["title"].startswith(" ".join(rows["title"][number].split()))
        fields = dict(page["fields"])
        for name in TEXTS:
            assert fields[titles[name]] == rows[name][number], path
        assert fields.get("标签", "") == rows["tags"][number]


def test_lists_say_the_same_text_and_do_nothing(trapped: Trapped, visit: Visit) -> None:
    schema, rows = trapped.collection.schema, trapped.collection.rows
    names = sorted(trapped.site.glob("traps/2026/*.html")) + sorted(
        trapped.site.glob("traps/2026-*/*.html")
    )
    ids = set(rows["id"])
    names = [path for path in names if path.stem not in ids]
    kinds = sorted(trapped.site.glob("traps/kind-*/index.html"))[::9]
    paths = [path.relative_to(trapped.site).as_posix() for path in [*names, *kinds]]
    pages = visit(["traps/index.html", *paths])
    known = {tuple(cells) for cells in rows[list(schema.list)].itertuples(index=False)}
    seen = set()
    for page in pages.values():
        assert not page["wrong"]
        for first, *rest in page["rows"]:
            shown = (first, *rest)
            assert shown in known
            seen.add(shown)
    assert seen == known
    assert pages["traps/index.html"]["h1"] == [SCHEMA["title"]]


def test_companies_say_the_same_text_and_do_nothing(trapped: Trapped, visit: Visit) -> None:
    rows = trapped.collection.rows
    codes = dict(zip(rows["uscc"].str.lower(), rows["party"], strict=True))
    files = {path.stem: path for path in sorted(trapped.site.glob("companies/??/*.html"))}
    assert codes.keys() == files.keys()
    some = [files[code].relative_to(trapped.site).as_posix() for code in list(codes)[::4]]
    for path, page in visit(some).items():
        name = codes[path.rpartition("/")[2].removesuffix(".html")]
        assert not page["wrong"], name
        assert page["h1"] == [name]


def test_pages_of_prose_say_the_same_text_and_do_nothing(trapped: Trapped, visit: Visit) -> None:
    starts = range(0, len(HEADS), GROUP)
    pages = visit([f"notices/trap-{start}/index.html" for start in starts])
    for start, page in zip(starts, pages.values(), strict=True):
        texts = HEADS[start : start + GROUP]
        line = " ".join(texts)
        assert not page["wrong"], texts
        assert page["code"] == [f"{text}\n" for text in texts]
        assert page["h1"] == [line]
        assert page["head"] == [line] * 5  # the title is one of them
        assert page["metas"].count(line) >= 1


def test_the_other_pages_do_nothing(trapped: Trapped, visit: Visit) -> None:
    paths = [
        "index.html",
        "companies/index.html",
        "notices/index.html",
        "guide/index.html",
        "404.html",
    ]
    for page in visit(paths).values():
        assert not page["wrong"]
        assert BAIT in page["title"]


def test_no_page_does_anything(trapped: Trapped, visit: Visit) -> None:
    pages = visit(trapped.paths, parsed=True)
    assert len(pages) > 4 * len(TRAPS)  # a record, a company, a notice and a change of each
    assert not {path: page["wrong"] for path, page in pages.items() if page["wrong"]}


def test_notices_and_changes_say_the_same_text(trapped: Trapped, visit: Visit) -> None:
    gone, changed = trapped.down.withdrawn, trapped.down.rows
    assert len(gone) == len(changed) == len(TRAPS)
    wanted = {lines(text) for text in EXPECTED}
    assert set(gone["status_reason"]) == set(changed["status_reason"]) == wanted
    pages = visit([*gone["path"], *changed["path"]], parsed=True)
    names = ("path", "number", "organ", "status_reason")
    for path, number, organ, reason in gone[list(names)].itertuples(index=False):
        said = dict(pages[path]["fields"])
        assert [said[head] for head in ("文号", "机关", "撤回理由")] == [number, organ, reason]
        assert pages[path]["h1"] == [f"撤回公告：{number}"]
    for path, reason in changed[["path", "status_reason"]].itertuples(index=False):
        assert pages[path]["marks"] == [f"本决定已变更（2026-02-03）：{reason}"]
    lists = visit(
        [path for path in trapped.paths if path.startswith("withdrawals/2026/")], parsed=True
    )
    told = {(cells[0], cells[6]) for page in lists.values() for cells in page["rows"]}
    assert told == set(gone[["number", "status_reason"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("name", special.NAMES)
def test_collections_with_pages_of_their_own_say_the_same_text(
    trapped: Trapped, visit: Visit, name: str
) -> None:
    collection = trapped.collections[name]
    rows = collection.rows
    linked = {key.field for key in collection.schema.foreign_keys}
    columns = [f for f in collection.schema.fields if special.is_shown(f) and f.name not in linked]
    assert columns
    pages = visit(rows["path"].tolist(), parsed=True)
    for number, page in enumerate(pages.values()):
        said = dict(page["fields"])
        assert not page["wrong"]
        assert page["h1"] == [rows["title"][number]]
        for field in columns:
            assert said.get(field.title, "") == rows[field.name][number]


def test_searching_finds_them_all_as_the_same_text(trapped: Trapped, visit: Visit) -> None:
    rows = trapped.collection.rows
    pages = visit(
        [f"search/index.html?q={MARKER}&page={n + 1}" for n in range(len(rows) // 20 + 1)]
    )
    assert not [page["wrong"] for page in pages.values() if page["wrong"]]
    assert {hit for page in pages.values() for hit in page["hits"]} == set(rows["title"])


def test_asking_for_them_does_nothing(visit: Visit) -> None:
    asked = {f"search/index.html?q={quote(text, safe='')}": text for text in strings.SAME[::11]}
    for path, page in visit(list(asked)).items():
        assert not page["wrong"], asked[path]
        assert asked[path].replace("\n", "").startswith(page["box"][:100])


@pytest.mark.parametrize("text", [text for text in strings.SAME if REFUSED.search(text)])
def test_what_cannot_stand_in_pages_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "page.md").write_text(f"---\ntitle: 甲\n---\n\n    {text}\n", "utf-8")
    assert [f.code for f in articles.load(tmp_path)[1]] in (["F146"], ["M206"])
