"""Bad situations: each is told plainly in Chinese, and loses nothing; a second try succeeds."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import repositories

from disclosure.release import manifest, past, publishing, signature
from disclosure.release.folder import Folder
from disclosure.release.signature import Keys
from scripts import publish, rollback, verify

from . import bureau

Say = Callable[..., tuple[int, str]]
Work = Callable[[list[str]], int]
SAFE = "线上没有变化"
CASE = "cases/2026"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built once."""
    return bureau.built(bureau.make(tmp_path_factory.mktemp("bureau") / "made"))


@pytest.fixture
def root(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, which is live as release 1."""
    for name in ("YES", "SAMPLE", "SIGNING_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AS_OF", bureau.DAY)
    root = bureau.copy(made, tmp_path / "project")
    assert publish.main(["--root", str(root)]) == 0
    return root


@pytest.fixture
def say(root: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs a command; gives its exit code and all that it prints."""
    capsys.readouterr()

    def run(work: Work = publish.main, *options: str) -> tuple[int, str]:
        code = work(["--root", str(root), *options])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def live(root: Path) -> int:
    """The number of the live release, which must be whole."""
    target, keys = Folder(root / "public"), keys_of(root)
    assert not publishing.verify(target, keys)
    return target.live()


def keys_of(root: Path) -> Keys:
    return Keys(root / ".keys" / "release", root / ".keys" / "allowed_signers")


def change(root: Path, text: str = "改") -> None:
    """Another page of the finished site, as if it had been built so."""
    page = root / "site" / "index.html"
    page.write_text(page.read_text("utf-8") + f"<!-- {text} -->", "utf-8")
    bureau.remember(root)


def test_a_second_publisher_is_told_of_the_first(root: Path, say: Say) -> None:
    change(root)
    with Folder(root / "public").lock("张三@公开办（进程 42，2026-11-22 09:00:00 起）"):
        for work in (publish.main, rollback.main, lambda o: verify.main([*o, "--repair"])):
            code, said = say(work)
            assert (code, "张三@公开办（进程 42" in said, SAFE in said) == (2, True, True), said
    assert live(root) == 1
    assert say()[0] == 0
    assert live(root) == 2


def test_a_site_that_is_not_fresh(root: Path, say: Say) -> None:
    (root / "site" / "index.html").write_text("手工改过")
    code, said = say()
    assert (code, "请先运行 make site" in said) == (2, True)
    assert live(root) == 1


def test_changes_that_are_not_committed(root: Path, say: Say) -> None:
    (root / "data" / "cases" / "new.csv").write_text(bureau.HEAD + "\n", "utf-8")
    bureau.remember(root)
    code, said = say()
    assert (code, "有没有提交的改动：data/cases/new.csv" in said, SAFE in said) == (1, True, True)
    assert live(root) == 1


def test_an_article_that_claims_an_earlier_day(root: Path, say: Say) -> None:
    article = root / "docs" / "notice.md"
    article.write_text(
        "---\ntitle: 虚构的公告\n公开日期: 2026-03-01\n---\n\n虚构的公告。\n", "utf-8"
    )
    bureau.commit(root)
    bureau.remember(root)
    code, said = say()
    assert (code, "docs/notice.md:3: T381" in said, SAFE in said) == (1, True, True), said
    assert live(root) == 1
    text = article.read_text("utf-8")
    article.write_text(text.replace("2026-03-01", bureau.DAY), "utf-8")
    bureau.commit(root)
    bureau.remember(root)
    assert say()[0] == 0


def test_an_older_commit_than_the_live_one(root: Path, say: Say) -> None:
    first = repositories.git(root, "rev-parse", "HEAD")
    bureau.commit(root)
    change(root)
    assert say()[0] == 0
    repositories.git(root, "checkout", "-q", first)
    change(root, "旧")
    code, said = say()
    assert (code, "发布会使线上倒退" in said, SAFE in said) == (1, True, True)
    assert live(root) == 2


def test_a_shallow_clone(root: Path, say: Say) -> None:
    repositories.make_shallow(root)
    bureau.remember(root)
    change(root)
    code, said = say()
    assert (code, "fetch --unshallow" in said, SAFE in said) == (1, True, True)
    assert live(root) == 1


@pytest.mark.parametrize(("years", "words"), [(10, "晚了三年以上"), (-10, "早于最近一次")])
def test_a_clock_ten_years_off(
    root: Path, say: Say, monkeypatch: pytest.MonkeyPatch, years: int, words: str
) -> None:
    change(root)
    now = time.time()
    monkeypatch.setattr(publish.time, "time", lambda: now + years * 365.25 * 86_400)
    code, said = say()
    assert (code, words in said, SAFE in said) == (1, True, True), said
    assert live(root) == 1


def test_names_that_differ_only_to_some_disks(root: Path, say: Say) -> None:
    assets = root / "site" / "assets"
    for name in ("Map.svg", "map.svg", "\u00e9.svg", unicodedata.normalize("NFD", "\u00e9.svg")):
        (assets / name).write_text("<svg/>")
    bureau.remember(root)
    code, said = say()
    assert code == 1
    assert "assets/map.svg: D105 网站里的这个文件与 assets/Map.svg 只有大小写或编码" in said
    assert said.count("D105") == 2
    assert SAFE in said
    assert live(root) == 1


def test_names_with_blanks_percent_signs_and_chinese(root: Path, say: Say) -> None:
    names = ("有 空格 100%.svg", "%E4%B8%AD.svg", "示意图（“新”）.svg", "a+b&c;d#e?.svg")
    for name in names:
        (root / "site" / "assets" / name).write_text(f"<svg><!-- {name} --></svg>", "utf-8")
    bureau.remember(root)
    code, said = say()
    assert code == 0, said
    for name in names:
        served = root / "public" / "current" / "assets" / name
        assert served.read_text("utf-8") == f"<svg><!-- {name} --></svg>"
    assert live(root) == 2


def test_the_first_key_is_made_and_told_of(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AS_OF", bureau.DAY)
    root = bureau.copy(made, tmp_path / "first")
    assert publish.main(["--root", str(root)]) == 0
    assert "请妥善备份，不要提交到版本库" in capsys.readouterr().out
    assert (root / ".keys" / "release").stat().st_mode & 0o077 == 0


def test_keys_that_are_lost_or_not_ours(
    root: Path, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(root)
    private = root / ".keys" / "release"
    kept = private.rename(tmp_path / "kept")
    code, said = say()
    assert (code, "没有找到签名密钥" in said) == (2, True), said
    signature.make(Keys(tmp_path / "stranger", tmp_path / "strangers"))
    monkeypatch.setenv("SIGNING_KEY", str(tmp_path / "stranger"))
    code, said = say()
    assert (code, "不是名单上的密钥签的" in said) == (2, True), said
    monkeypatch.delenv("SIGNING_KEY")
    kept.rename(private)
    assert live(root) == 1
    # Both halves are lost: nobody knows what may be shown, and no new key is made in their place.
    (root / ".keys").rename(tmp_path / "all")
    code, said = say()
    assert (code, "没有找到签名人名单" in said) == (2, True), said
    assert not (root / ".keys").exists()
    (tmp_path / "all").rename(root / ".keys")
    assert say()[0] == 0
    assert live(root) == 2


def test_a_plain_folder_in_place_of_the_link(root: Path, say: Say) -> None:
    """As a careless copy of public/ leaves it."""
    change(root)
    current = root / "public" / "current"
    current.unlink()
    shutil.copytree(root / "public" / "releases" / "1", current)
    for work in (publish.main, rollback.main, verify.main):
        code, said = say(work)
        assert (code, "应当是指向当前版本的链接" in said) == (2, True), said
    shutil.rmtree(current)
    assert say()[0] == 0
    assert live(root) == 2


def test_a_file_in_place_of_the_folder(root: Path, say: Say, tmp_path: Path) -> None:
    (root / "public").rename(tmp_path / "kept")
    (root / "public").write_text("")
    code, said = say()
    assert code == 2
    assert "有同名的文件" in said
    (root / "public").unlink()
    (tmp_path / "kept").rename(root / "public")
    assert live(root) == 1


def test_settings_that_say_nothing_sensible(root: Path, say: Say) -> None:
    (root / "publish.yml").write_text("target: ftp\n", "utf-8")
    code, said = say()
    assert (code, "publish.yml:1: D111" in said, SAFE in said) == (1, True, True), said
    (root / "publish.yml").unlink()
    assert live(root) == 1


# ── Disks ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def mounted(root: Path, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Mounts something, with the options of `mount`, for as long as the test runs."""
    places: list[str] = []

    def mount(place: Path, *options: str) -> None:
        done = subprocess.run(["mount", *options, str(place)], capture_output=True)
        if done.returncode:
            pytest.skip("only root may mount a disk")
        if str(place) not in places:  # mounted again with other options
            places.append(str(place))

    yield mount
    for place in reversed(places):
        subprocess.run(["umount", place], check=True)


def test_a_full_disk(root: Path, say: Say, mounted: Callable[..., None], tmp_path: Path) -> None:
    public, pages = root / "public", 0
    public.rename(tmp_path / "kept")
    for path in (tmp_path / "kept").rglob("*"):
        pages += -(-path.lstat().st_size // 4096) if path.is_file() and not path.is_symlink() else 0
    public.mkdir()
    mounted(public, "-t", "tmpfs", "-o", f"size={pages * 3 // 2 * 4096}", "tmpfs")
    shutil.copytree(tmp_path / "kept", public, symlinks=True, dirs_exist_ok=True)
    change(root)
    code, said = say()
    assert (code, "所在的磁盘放不下新的版本" in said, "清理磁盘" in said) == (2, True, True), said
    assert live(root) == 1
    assert not (public / "incoming").exists()


def test_a_disk_that_can_only_be_read(root: Path, say: Say, mounted: Callable[..., None]) -> None:
    public = root / "public"
    change(root)
    mounted(public, "--bind", str(public))
    mounted(public, "-o", "remount,bind,ro")
    code, said = say()
    assert (code, "磁盘只能读取" in said, SAFE in said) == (2, True, True), said
    assert live(root) == 1
    # Looking needs no more than reading.
    assert say(verify.main)[0] == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else(root: Path, say: Say) -> None:
    change(root)
    (root / "public").chmod(0o555)
    try:
        code, said = say()
    finally:
        (root / "public").chmod(0o755)
    assert (code, "没有权限" in said, SAFE in said) == (2, True, True), said
    assert live(root) == 1


def test_the_manifest_says_where_it_comes_from(root: Path) -> None:
    release, _ = past.trusted(Folder(root / "public"), 1, keys_of(root))
    assert release.commit == repositories.git(root, "rev-parse", "HEAD")
    assert release.as_of == bureau.DAY
    assert dict(release.records) == {"cases": 5}
    assert manifest.decode(release.encode()) == release
