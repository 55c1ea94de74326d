"""The writer: what the site holds afterwards, what it leaves alone, and what it refuses."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest
from conftest import tree
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure.cache import digest
from disclosure.site import writer
from disclosure.site.writer import Clash, Job, Tally

OLD = {"index.html": b"home", "a/1.html": b"one", "a/2.html": b"two", "b/c/3.html": b"three"}


def as_given(files: Sequence[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
    return files


def jobs_for(files: Iterable[tuple[str, bytes]]) -> list[Job]:
    """A job for each file, with the key that its content gives it."""
    return [Job(digest(path, content), as_given, ([(path, content)],)) for path, content in files]


def write(files: Iterable[tuple[str, bytes]], site: Path, memory: Path | None = None) -> Tally:
    return writer.write(jobs_for(files), site, memory=memory)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with four files."""
    folder = tmp_path / "site"
    write(OLD.items(), folder)
    return folder


def listing(site: Path) -> set[str]:
    """Every folder and file, so that an empty folder left behind is seen."""
    return {path.relative_to(site).as_posix() for path in site.rglob("*")}


def test_the_first_build_makes_the_site(tmp_path: Path) -> None:
    assert write(OLD.items(), tmp_path / "site") == Tally(new=4, changed=0, same=0, gone=0)
    assert tree(tmp_path / "site") == OLD
    assert listing(tmp_path) == {"site"} | {f"site/{name}" for name in listing(tmp_path / "site")}


def test_what_is_the_same_is_not_touched(site: Path) -> None:
    for path in site.rglob("*.html"):
        os.utime(path, (1, 1))
    tally = write({**OLD, "a/1.html": b"ONE"}.items(), site)
    assert tally == Tally(new=0, changed=1, same=3, gone=0)
    touched = {
        p.relative_to(site).as_posix() for p in site.rglob("*.html") if p.stat().st_mtime != 1
    }
    assert touched == {"a/1.html"}


def test_the_tally_is_told_in_chinese(site: Path) -> None:
    assert str(write([("index.html", b"new"), ("a/1.html", b"one"), ("x", b"")], site)) == (
        "共 3 个文件：新增 1，更新 1，未变 1，删除 2。"
    )


def test_a_producer_that_fails_leaves_the_old_site(site: Path) -> None:
    def outputs() -> Iterator[tuple[str, bytes]]:
        yield "index.html", b"changed"
        yield "d/4.html", b"new"
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        writer.write([Job("1", outputs, ())], site)
    assert tree(site) == OLD
    assert [path.name for path in site.parent.iterdir()] == ["site"]


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/etc/x",
        "a/../../x",
        "a\\x",
        "",
        ".",
        "..",
        "./x",
        "a//x",
        "a/",
        "a/./x",
        "x\0.html",
    ],
)
def test_no_way_out_of_the_site(site: Path, path: str) -> None:
    with pytest.raises(Clash):
        write([("index.html", b"changed"), (path, b"")], site)
    assert tree(site) == OLD
    assert [path.name for path in site.parent.iterdir()] == ["site"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.html", "a.html"),
        ("A.html", "a.html"),
        ("x/é.html", unicodedata.normalize("NFD", "x/É.html")),
        ("a", "a/b.html"),
        ("a/b.html", "a"),
        ("a/b/c.html", "A/B"),
    ],
)
def test_two_pages_cannot_share_an_address(site: Path, first: str, second: str) -> None:
    with pytest.raises(Clash):
        write([("index.html", b"changed"), (first, b"1"), (second, b"2")], site)
    assert tree(site) == OLD


def test_a_file_becomes_a_folder_and_a_folder_a_file(site: Path) -> None:
    new = {"a": b"file now", "index.html/deep/x.html": b"folder now", "b/c/3.html": b"three"}
    assert write(new.items(), site) == Tally(new=2, changed=0, same=1, gone=3)
    assert tree(site) == new


def test_empty_folders_vanish(site: Path) -> None:
    (site / "left" / "over").mkdir(parents=True)
    write([("index.html", b"home")], site)
    assert listing(site) == {"index.html"}


def test_what_an_interrupted_build_left_is_swept_away(site: Path) -> None:
    (site.parent / "site.new" / "a").mkdir(parents=True)
    (site.parent / "site.new" / "a" / "1.html").write_bytes(b"half")
    write(OLD.items(), site)
    assert tree(site) == OLD
    assert [path.name for path in site.parent.iterdir()] == ["site"]


def test_a_link_that_leads_nowhere_is_replaced(site: Path) -> None:
    (site / "a" / "2.html").unlink()
    (site / "a" / "2.html").symlink_to("nothing")
    write(OLD.items(), site)
    assert tree(site) == OLD
    assert not (site / "a" / "2.html").is_symlink()


def test_a_job_is_done_once(tmp_path: Path) -> None:
    done: list[str] = []

    def make(name: str) -> Iterator[tuple[str, bytes]]:
        done.append(name)
        yield f"{name}/1.html", name.encode()
        yield f"{name}/2.html", name.encode()

    def build(*names: str) -> Tally:
        done.clear()
        jobs = [Job(name, make, (name,)) for name in names]
        return writer.write(jobs, tmp_path / "site", memory=tmp_path / "memory")

    assert (build("a", "b"), done) == (Tally(4, 0, 0, 0), ["a", "b"])
    assert (build("a", "b"), done) == (Tally(0, 0, 4, 0), [])
    assert (build("a", "b", "c"), done) == (Tally(2, 0, 4, 0), ["c"])
    (tmp_path / "site" / "b" / "1.html").write_bytes(b"x")
    assert (build("a", "b", "c"), done) == (Tally(0, 1, 5, 0), ["b"])
    (tmp_path / "site" / "c" / "2.html").unlink()
    assert (build("a", "b", "c"), done) == (Tally(1, 0, 5, 0), ["c"])
    assert (build("b"), done) == (Tally(0, 0, 2, 4), [])
    assert (build("a", "b"), done) == (Tally(2, 0, 2, 0), ["a"])
    for file in (tmp_path / "memory").iterdir():
        file.write_bytes(b"damaged")
    assert (build("a", "b"), done) == (Tally(0, 0, 4, 0), ["a", "b"])


def test_progress_is_told(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    jobs = [Job(str(n), as_given, ([(f"{n}.html", b"")],)) for n in range(3)]
    writer.write(jobs, tmp_path / "site", tell=lambda done, total: heard.append((done, total)))
    assert heard == [(1, 3), (2, 3), (3, 3)]


names = st.sampled_from(["a", "b", "c/d", "c/e", "a/x", "b/y/z", "f.html"])
sites = st.dictionaries(names, st.sampled_from([b"", b"1", b"2"])).filter(
    lambda files: not any(x != y and y.startswith(f"{x}/") for x in files for y in files)
)


@settings(max_examples=60)
@given(builds=st.lists(sites, min_size=2, max_size=4), remember=st.booleans())
def test_the_site_is_always_the_last_build(
    tmp_path_factory: pytest.TempPathFactory, builds: list[dict[str, bytes]], remember: bool
) -> None:
    site = tmp_path_factory.mktemp("any") / "site"
    held: dict[str, bytes] = {}
    for build in builds:
        tally = write(build.items(), site, site.with_name("memory") if remember else None)
        assert tally.new == len(build.keys() - held.keys())
        assert tally.gone == len(held.keys() - build.keys())
        assert tally.same == sum(held.get(path) == content for path, content in build.items())
        assert (tree(site) if site.exists() else {}) == build
        held = build
    for folder, folders, files in os.walk(site):
        assert folders or files or Path(folder) == site


def test_processes_give_the_same_site(tmp_path: Path) -> None:
    many = {f"{n % 3}/{n}.html": str(n).encode() for n in range(24)}
    with ProcessPoolExecutor(2) as executor:
        jobs = jobs_for(many.items())
        tally = writer.write(jobs, tmp_path / "site", pool=lambda: nullcontext(executor))
    assert tally == Tally(new=len(many), changed=0, same=0, gone=0)
    assert tree(tmp_path / "site") == many


accidents = st.sampled_from(
    ["nothing", "memory lost", "memory cut", "file lost", "file changed", "site lost"]
)


@settings(max_examples=60)
@given(builds=st.lists(st.tuples(sites, accidents), min_size=2, max_size=4))
def test_no_accident_to_memory_or_site_changes_what_is_built(
    tmp_path_factory: pytest.TempPathFactory, builds: list[tuple[dict[str, bytes], str]]
) -> None:
    root = tmp_path_factory.mktemp("any")
    site, memory = root / "site", root / "memory"
    for build, accident in builds:
        write(build.items(), site, memory)
        assert (tree(site) if site.exists() else {}) == build
        kept = memory / "jobs"
        victim = next(iter(site.rglob("*.html")), None)
        if accident == "memory lost":
            shutil.rmtree(memory, ignore_errors=True)
        elif accident == "memory cut" and kept.exists():
            kept.write_bytes(kept.read_bytes()[:-1])
        elif accident == "file lost" and victim:
            victim.unlink()
        elif accident == "file changed" and victim:
            victim.write_bytes(b"tampered")
        elif accident == "site lost":
            shutil.rmtree(site, ignore_errors=True)


def test_a_folder_may_get_another_name(tmp_path: Path) -> None:
    """What lies in it is moved, not made again; what does not belong there any more goes."""
    site, memory = tmp_path / "site", tmp_path / "memory"
    made: list[str] = []

    def make(name: str) -> Iterator[tuple[str, bytes]]:
        made.append(name)
        yield f"{name}/1.bin", name.encode()
        yield f"{name}/2.bin", name.encode()

    def build(under: str, *names: str) -> Tally:
        made.clear()
        jobs = [Job(name, make, (name,), under) for name in names]
        return writer.write([*jobs, *jobs_for([("current", under.encode())])], site, memory=memory)

    assert (build("s/1/", "a", "b", "c"), made) == (Tally(7, 0, 0, 0), ["a", "b", "c"])
    for path in site.rglob("*.bin"):
        os.utime(path, (1, 1))
    build("s/1/", "a", "b", "c")
    assert (build("s/2/", "a", "b", "d"), made) == (Tally(2, 1, 4, 2), ["d"])
    assert set(tree(site)) == {"current"} | {f"s/2/{n}/{m}.bin" for n in "abd" for m in (1, 2)}
    assert not (site / "s/1").exists()
    assert {path for path in tree(site) if (site / path).stat().st_mtime == 1} == {
        f"s/2/{n}/{m}.bin" for n in "ab" for m in (1, 2)
    }
    assert (build("s/2/", "a", "b", "d"), made) == (Tally(0, 0, 7, 0), [])


def test_a_folder_does_not_move_to_where_something_is(tmp_path: Path) -> None:
    site, memory = tmp_path / "site", tmp_path / "memory"
    writer.write([Job("a", as_given, ([("x", b"1")],), "s/1/")], site, memory=memory)
    (site / "s/2").mkdir()
    (site / "s/2/y").write_bytes(b"left by an interrupted build")
    writer.write([Job("a", as_given, ([("x", b"1")],), "s/2/")], site, memory=memory)
    assert tree(site) == {"s/2/x": b"1"}
