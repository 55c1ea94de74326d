"""What every target promises, whatever it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from disclosure.progress import silent
from disclosure.release import manifest, past, publishing
from disclosure.release.folder import Folder
from disclosure.release.publishing import Held
from disclosure.release.signature import Keys
from disclosure.release.target import Busy, Damaged, Drift, Moved, Refused, Sealed, Target

from .conftest import bucket
from .releases import NAMES, draft, files, publish, write

Open = Callable[[Path, pytest.FixtureRequest], AbstractContextManager[Target]]


def over_ssh(path: Path, request: pytest.FixtureRequest) -> AbstractContextManager[Target]:
    return closing(request.getfixturevalue("server").target(path / "public"))


TARGETS: dict[str, Open] = {
    "folder": lambda path, _: nullcontext(Folder(path / "public")),
    "ssh": over_ssh,
    "bucket": lambda _, request: nullcontext(bucket(request.getfixturevalue("store"))),
}
PAGE = "penalties/2026/0000000000000000.html"


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    with TARGETS[request.param](tmp_path, request) as opened:
        yield opened


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def content(target: Target, number: int) -> dict[str, bytes | None]:
    release = manifest.decode(target.sealed(number).manifest)
    return {path: target.read(number, path) for path in release.files}


def test_nothing_is_there_at_first(target: Target, keys: Keys) -> None:
    assert (target.live(), list(target.releases())) == (0, [])
    with pytest.raises(Refused, match="还没有公开"):
        publishing.verify(target, keys)
    with target.lock("我"), pytest.raises(Refused):
        target.switch(1, parent=0)


def test_what_is_published_is_served_under_every_name(
    target: Target, site: Path, keys: Keys
) -> None:
    assert publish(target, site, keys, files(1)).number == 1
    assert target.live() == 1
    assert content(target, 1) == files(1)
    assert set(NAMES) <= content(target, 1).keys()
    assert not publishing.verify(target, keys)


def test_numbers_only_grow(target: Target, site: Path, keys: Keys) -> None:
    for version in (1, 2, 3):
        assert publish(target, site, keys, files(version)).number == version
    publishing.rollback(target, keys, 1)
    outcome = publish(target, site, keys, files(4), held=Held(2, 1))
    assert (outcome.number, outcome.before) == (4, 1)
    # What went live last, where it came from, and nothing else is left.
    assert list(target.releases()) == [1, 3, 4] or list(target.releases()) == [1, 4]
    assert publish(target, site, keys, files(5)).number == 5


def test_what_did_not_change_makes_no_release(target: Target, site: Path, keys: Keys) -> None:
    publish(target, site, keys, files(1))
    again = publish(target, site, keys, files(1))
    assert (again.number, again.is_new) == (1, False)
    assert list(target.releases()) == [1]


def test_unchanged_content_keeps_its_time_and_changed_content_gets_a_later_one(
    target: Target, site: Path, keys: Keys
) -> None:
    times: list[dict[str, int]] = []
    for version in (1, 2, 3):
        publish(target, site, keys, files(version))
        release, _ = past.trusted(target, version, keys)
        times.append({path: entry.mtime for path, entry in release.files.items()})
    assert len({seen["guide/index.html"] for seen in times}) == 1
    assert times[0]["index.html"] < times[1]["index.html"] < times[2]["index.html"]
    publishing.rollback(target, keys, 1)
    publish(target, site, keys, files(3) | {"guide/index.html": b"other"})
    release, _ = past.trusted(target, 4, keys)
    # Somebody may still hold the page of release 3: it must look older than this one.
    assert release.files["index.html"].mtime > times[2]["index.html"]


def test_only_one_at_a_time(target: Target, site: Path, keys: Keys) -> None:
    with target.lock("张三@公开办（进程 42）"):
        with pytest.raises(Busy, match="张三@公开办"):
            publish(target, site, keys, files(1))
        assert target.live() == 0
    assert publish(target, site, keys, files(1)).number == 1


def test_of_five_at_once_one_wins_and_the_others_are_told(
    target: Target, site: Path, keys: Keys
) -> None:
    site.mkdir()
    write(site, files(1))
    ready, results = threading.Barrier(5), []

    def one() -> None:
        ready.wait()
        try:
            results.append(publishing.publish(target, draft(site), keys).is_new)
        except Busy as error:
            results.append("正在发布" in str(error))

    crew = [threading.Thread(target=one) for _ in range(5)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert len(results) == 5
    assert any(results)
    assert list(target.releases()) == [1]
    assert not publishing.verify(target, keys)


def test_a_release_that_another_has_overtaken_is_not_served(
    target: Target, site: Path, keys: Keys
) -> None:
    publish(target, site, keys, files(1))
    publish(target, site, keys, files(2))
    with target.lock("我"), pytest.raises(Moved):
        target.switch(1, parent=1)
    assert target.live() == 2


def test_what_changes_on_the_way_does_not_arrive(target: Target, site: Path, keys: Keys) -> None:
    publish(target, site, keys, files(1))
    write(site, files(2))
    made = draft(site)
    (site / "index.html").write_bytes("第 9999 版".encode())
    with pytest.raises(Damaged, match=r"index\.html"):
        publishing.publish(target, made, keys)
    assert target.live() == 1
    assert not publishing.verify(target, keys)
    assert publish(target, site, keys, files(2)).is_new


def test_only_what_is_new_is_sent(target: Target, site: Path, keys: Keys) -> None:
    publish(target, site, keys, files(1))
    sent = publish(target, site, keys, files(1) | {"index.html": b"x" * 1000}).sent
    assert sent == 1000
    moved = {f"moved/{name}": data for name, data in files(1).items()}
    # What the live release holds at another address need not be sent; index.html it does not hold,
    # but a target may still have it from the release before.
    again = publish(target, site, keys, files(1) | moved).sent
    assert again in (0, 2 * len(files(1)["index.html"]))
    assert content(target, 3).items() >= moved.items()


def test_assets_of_earlier_pages_stay_for_a_while(
    target: Target, site: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "CARRY", 3)
    for version in range(1, publishing.CARRY + 4):
        publish(target, site, keys, files(version))
    release, _ = past.trusted(target, target.live(), keys)
    kept = {path for path in release.files if path.startswith("assets/script.")}
    last = publishing.CARRY + 3
    assert kept == {f"assets/script.{n}.js" for n in range(last - publishing.CARRY, last + 1)}
    assert target.read(target.live(), f"assets/script.{last - 1}.js") == f"// {last - 1}\n".encode()
    assert not publishing.verify(target, keys)
    # What shows records does not stay.
    assert f"penalties/2026/{102:016d}.html" not in release.files


def test_going_back(target: Target, site: Path, keys: Keys) -> None:
    for version in (1, 2, 3):
        publish(target, site, keys, files(version))
    assert publishing.rollback(target, keys) == (2, 3)
    assert target.read(target.live(), "index.html") == files(2)["index.html"]
    assert publishing.rollback(target, keys, 3) == (3, 2)
    assert publishing.rollback(target, keys, 1) == (1, 3)
    assert not publishing.verify(target, keys)
    with pytest.raises(Refused, match="没有更早"):
        publishing.rollback(target, keys)
    with pytest.raises(Refused, match="没有第 9 版"):
        publishing.rollback(target, keys, 9)
    with pytest.raises(Refused, match="现在公开的就是"):
        publishing.rollback(target, keys, 1)


@pytest.mark.parametrize("notice", [True, False])
def test_what_was_taken_down_does_not_come_back(
    target: Target, site: Path, keys: Keys, notice: bool
) -> None:
    publish(target, site, keys, files(1))
    publish(target, site, keys, files(1) | {"index.html": b"second"})
    later = files(1) | {PAGE: b"notice"} if notice else files(1)
    if not notice:
        del later[PAGE]
    publish(target, site, keys, later, down=[PAGE], notices=[PAGE] if notice else [])
    # The list outlives both the releases and the rows that it comes from.
    for version in (4, 5, 6):
        publish(target, site, keys, later | {"index.html": b"%d" % version}, held=Held(3, 1))
    with target.lock("我"):
        target.discard([3, 4])
    assert publishing.rollback(target, keys, 5) == (5, 6)
    publish(target, site, keys, files(1))  # by mistake, and without the row
    publish(target, site, keys, later, down=[PAGE])
    with pytest.raises(Refused, match=PAGE):
        publishing.rollback(target, keys, 7)
    assert target.live() == 8


def test_what_comes_back_lawfully_may_come_back(target: Target, site: Path, keys: Keys) -> None:
    publish(target, site, keys, files(1))
    less = files(2)
    del less[PAGE]
    publish(target, site, keys, less, down=[PAGE])
    publish(target, site, keys, files(3))
    publish(target, site, keys, files(4))
    assert publishing.rollback(target, keys) == (3, 4)
    assert publishing.rollback(target, keys, 1) == (1, 3)


def test_what_is_only_missing_is_not_on_the_list(target: Target, site: Path, keys: Keys) -> None:
    publish(target, site, keys, files(1))
    publish(target, site, keys, {"index.html": "全丢了".encode()})
    assert publishing.rollback(target, keys) == (1, 2)


def test_what_people_took_down_does_not_come_back(target: Target, site: Path, keys: Keys) -> None:
    publish(target, site, keys, files(1))
    less = {name: data for name, data in files(2).items() if not name.startswith("norms/")}
    publish(target, site, keys, less, banned=["norms/"])
    publish(target, site, keys, less | {"index.html": b"third"}, banned=["norms/"])
    with pytest.raises(Refused, match="norms/Case"):
        publishing.rollback(target, keys, 1)
    with pytest.raises(Refused, match=r"guide/index\.html"):
        publishing.rollback(target, keys, 2, ["guide/index.html"])
    assert publishing.rollback(target, keys, 2) == (2, 3)


def test_old_releases_go_by_count_and_by_age(
    target: Target, site: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in range(1, 7):
        publish(target, site, keys, files(version), held=Held(3, 60))
    assert list(target.releases()) == [4, 5, 6]
    later = publishing.time.time() + 61 * 86_400
    monkeypatch.setattr(publishing.time, "time", lambda: later)
    publish(target, site, keys, files(7), held=Held(3, 60))
    assert list(target.releases()) == [6, 7]


def test_of_many_releases_few_manifests_are_read(
    site: Path, tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are large: to know that none is too old, it is enough to look at the oldest."""
    target, read = Folder(tmp_path / "public"), set[int]()
    for version in range(1, 7):
        publish(target, site, keys, files(version))
    kept = Folder.sealed

    def sealed(self: Folder, number: int) -> Sealed:
        read.add(number)
        return kept(self, number)

    monkeypatch.setattr(Folder, "sealed", sealed)
    publish(target, site, keys, files(7))
    assert read == {1, 6}


def test_a_release_by_somebody_else_is_not_relied_on(
    target: Target, site: Path, keys: Keys, tmp_path: Path
) -> None:
    from disclosure.release import signature

    stranger = Keys(tmp_path / "other", tmp_path / "others")
    signature.make(stranger)
    publish(target, site, stranger, files(1))
    for act in (publishing.verify, publishing.rollback):
        with pytest.raises(signature.Unsigned, match="签名"):
            act(target, keys)
    with pytest.raises(signature.Unsigned, match="换了密钥"):
        publish(target, site, keys, files(2))
    assert target.live() == 1
    # Who has both keys on the list goes on.
    both = Keys(keys.private, tmp_path / "both")
    both.signers.write_text(keys.signers.read_text() + stranger.signers.read_text())
    assert publish(target, site, both, files(2)).number == 2


def test_a_wrong_key_publishes_nothing(
    target: Target, site: Path, keys: Keys, tmp_path: Path
) -> None:
    from disclosure.release import signature

    publish(target, site, keys, files(1))
    signature.make(Keys(tmp_path / "other", tmp_path / "others"))
    wrong = Keys(tmp_path / "other", keys.signers)
    with pytest.raises(signature.Unsigned, match="签名不对"):
        publish(target, site, wrong, files(2))
    none = Keys(tmp_path / "none", keys.signers)
    with pytest.raises(signature.Unsigned, match="没有找到签名密钥"):
        publish(target, site, none, files(2))
    damaged = tmp_path / "damaged"
    damaged.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n")
    damaged.chmod(0o600)
    with pytest.raises(signature.Unsigned, match="签名没有成功"):
        publish(target, site, Keys(damaged, keys.signers), files(2))
    assert list(target.releases()) == [1]
    assert not publishing.verify(target, keys)


def test_a_release_is_mended_from_what_is_there(target: Target, site: Path, keys: Keys) -> None:
    publish(target, site, keys, files(1))
    release, sealed = past.trusted(target, 1, keys)
    with target.lock("我"):
        target.mend(release, sealed, Drift(changed=[PAGE]), site)
        wrong = release.files[PAGE]._replace(sha256="0" * 64)
        other = replace(release, files={**release.files, PAGE: wrong})
        with pytest.raises(Damaged, match=PAGE):
            target.mend(other, sealed, Drift(changed=[PAGE]), site)
    assert content(target, 1) == files(1)
    assert not target.drift(release, thorough=True, tell=silent)
