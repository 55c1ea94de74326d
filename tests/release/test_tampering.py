"""Tampering: whatever somebody does to what is served is found, named, and undone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from disclosure.release import manifest, past, publishing
from disclosure.release.folder import Folder
from disclosure.release.publishing import words
from disclosure.release.signature import Keys, Unsigned

from .releases import files, publish, served, whole

PAGE = "penalties/2026/0000000000000003.html"


def change(page: Path) -> None:
    page.write_bytes(b"somebody else\n")


def add(page: Path) -> None:
    page.with_name("added.html").write_bytes(b"added\n")


def delete(page: Path) -> None:
    page.unlink()


def append(page: Path) -> None:
    page.write_bytes(page.read_bytes() + b"\n")


def link(page: Path) -> None:
    page.rename(page.parents[4] / "kept.html")
    page.symlink_to("../../../../kept.html")


def permit(page: Path) -> None:
    page.chmod(0o666)


def disguise(page: Path) -> None:
    """Other bytes of the same size with the same time."""
    before = page.stat()
    page.write_bytes(page.read_bytes().translate(bytes(range(255, -1, -1))))
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))


def touch(page: Path) -> None:
    """What the headers ETag and Last-Modified are made from."""
    os.utime(page, (1, 1))


def share(page: Path) -> None:
    os.link(page, page.parents[4] / "shared.html")


def lock_out(page: Path) -> None:
    page.parent.chmod(0o700)


def hide(page: Path) -> None:
    (page.parent / ".hidden").write_bytes(b"")


FOLDER = "penalties/2026"
WAYS: dict[Callable[[Path], None], str] = {
    change: f"内容被改动 1 个：\n  {PAGE}\n",
    add: f"多出 1 个：\n  {FOLDER}/added.html\n",
    delete: f"缺少 1 个：\n  {PAGE}\n",
    append: f"内容被改动 1 个：\n  {PAGE}\n",
    link: f"属性被改动 1 个：\n  {PAGE}（不是普通文件（可能被换成了链接））\n",
    permit: f"属性被改动 1 个：\n  {PAGE}（权限是 666，应为 644）\n",
    disguise: f"内容被改动 1 个：\n  {PAGE}\n",
    touch: f"属性被改动 1 个：\n  {PAGE}（修改时间不对，浏览器会据此误用旧的缓存）\n",
    share: f"属性被改动 1 个：\n  {PAGE}（与别的文件共用存储（硬链接））\n",
    lock_out: f"属性被改动 1 个：\n  {FOLDER}（文件夹权限是 700，应为 755）\n",
    hide: f"多出 1 个：\n  {FOLDER}/.hidden\n",
}


@pytest.fixture
def place(tmp_path: Path, keys: Keys) -> Path:
    """A folder with two releases."""
    for version in (1, 2):
        publish(Folder(tmp_path / "public"), tmp_path / "site", keys, files(version))
    return tmp_path / "public"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_each_way_is_named_and_undone(place: Path, keys: Keys, way: Callable[[Path], None]) -> None:
    target = Folder(place)
    before = served(place)
    way(place / "releases" / "2" / PAGE)
    assert words(publishing.verify(target, keys)) == WAYS[way]
    # The site is not needed: the release before has the same bytes.
    assert words(publishing.repair(target, keys, None)) == WAYS[way]
    assert whole(place, keys) == 2
    assert served(place) == before | {"assets/script.1.js": before["assets/script.1.js"]}


def test_all_at_once(place: Path, keys: Keys, tmp_path: Path) -> None:
    tree = place / "releases" / "2"
    (tree / "index.html").write_bytes(b"")
    (tree / "guide/index.html").unlink()
    (tree / "guide").rmdir()
    (tree / "guide").write_bytes(b"a file where there was a folder")
    (tree / "norms/Case.html").unlink()
    (tree / "norms/Case.html").mkdir()
    (tree / "deep/er").mkdir(parents=True)
    (tree / "deep/er/x").write_bytes(b"")
    (tree / "pipe").touch()
    (tree / "pipe").unlink()
    os.mkfifo(tree / "pipe")
    drift = publishing.repair(Folder(place), keys, tmp_path / "site")
    assert list(drift.changed) == ["index.html"]
    assert list(drift.missing) == ["guide/index.html", "norms/Case.html"]
    assert list(drift.extra) == ["deep/er/x", "guide", "pipe"]
    assert whole(place, keys) == 2


def test_one_release_cannot_change_another(place: Path, keys: Keys) -> None:
    one = {path.stat().st_ino for path in (place / "releases/1").rglob("*") if path.is_file()}
    two = {path.stat().st_ino for path in (place / "releases/2").rglob("*") if path.is_file()}
    assert not one & two


def test_a_changed_manifest_is_not_believed(place: Path, keys: Keys) -> None:
    path = place / "releases" / "2" / manifest.NAME
    path.write_bytes(path.read_bytes().replace(b'"number":2', b'"number":3'))
    for act in (publishing.verify, publishing.rollback):
        with pytest.raises(Unsigned, match="第 2 版"):
            act(Folder(place), keys)


def test_a_manifest_of_another_release_is_not_believed(place: Path, keys: Keys) -> None:
    for name in (manifest.NAME, manifest.SIGNATURE):
        (place / "releases/2" / name).write_bytes((place / "releases/1" / name).read_bytes())
    with pytest.raises(Unsigned, match="清单是第 1 版的"):
        publishing.verify(Folder(place), keys)


@pytest.mark.parametrize("how", ["emptied", "older", "deleted"])
def test_a_changed_list_is_not_believed(place: Path, keys: Keys, how: str, tmp_path: Path) -> None:
    site, target = tmp_path / "site", Folder(place)
    publish(target, site, keys, files(3), down=["penalties/2026/gone.html"])
    listed = place / "takedown" / "3.json"
    if how == "deleted":
        listed.unlink()
    else:
        older = (place / "takedown" / "2.json").read_bytes()
        listed.write_bytes(b"{}" if how == "emptied" else older)
    with pytest.raises(Unsigned, match="下架"):
        publishing.rollback(target, keys, 1)
    # Publishing goes on: what may not be shown, the rows say; and makes all of it sound again.
    assert publish(target, site, keys, files(3), down=["penalties/2026/gone.html"]).number == 4
    assert publishing.rollback(target, keys, 2) == (2, 4)


def test_a_tampered_release_is_not_gone_back_to(place: Path, keys: Keys) -> None:
    target = Folder(place)
    (place / "releases/1" / PAGE).write_bytes(b"longer than it was before, by far and away\n")
    with pytest.raises(publishing.Refused, match=PAGE):
        publishing.rollback(target, keys)
    assert whole(place, keys) == 2
    assert publishing.repair(target, keys, None, 1)
    assert publishing.rollback(target, keys) == (1, 2)


@pytest.mark.parametrize("leads", ["releases/99", "/etc", "incoming", "../releases/1", None])
def test_a_link_that_leads_elsewhere_is_refused(place: Path, keys: Keys, leads: str | None) -> None:
    (place / "current").unlink()
    if leads:
        (place / "current").symlink_to(leads)
    else:
        (place / "current").mkdir()
    with pytest.raises(publishing.Refused):
        publishing.verify(Folder(place), keys)


def test_what_was_tampered_with_is_not_taken_over(place: Path, keys: Keys, tmp_path: Path) -> None:
    disguise(place / "current" / PAGE)
    (place / "current/assets/script.1.js").write_bytes(b"evil")
    publish(Folder(place), tmp_path / "site", keys, files(3))
    assert served(place)[PAGE] == files(3)[PAGE]
    assert "assets/script.1.js" not in served(place)
    assert whole(place, keys) == 3


def test_a_hundred_looks_give_no_alarm(place: Path, keys: Keys) -> None:
    target = Folder(place)
    release, _ = past.trusted(target, 2, keys)
    for _ in range(100):
        assert not target.drift(release, thorough=True)
