"""The ssh target against a real sshd and rsync: what keys may do, and whatever goes wrong on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from bench.lines import Cable, Sshd, make_key, oldest_python
from disclosure.release import bundle, publishing, ssh
from disclosure.release.connection import Connection, Host, Lost
from disclosure.release.difference import Difference
from disclosure.release.folder import Folder
from disclosure.release.publishing import Held
from disclosure.release.signature import Keys
from disclosure.release.ssh import Ssh
from disclosure.release.target import Busy, Full, Refused

from .releases import draft, files, in_a_child, publish, served, whole, write
from .test_interruption import few, small_disk

__all__ = ["small_disk"]
PAGE = "penalties/2026/0000000000000003.html"


@pytest.fixture
def place(tmp_path: Path, keys: Keys) -> Path:
    """What a server holds after three releases."""
    for version in (1, 2, 3):
        publish(Folder(tmp_path / "public"), tmp_path / "site", keys, files(version))
    return tmp_path / "public"


@pytest.fixture
def target(server: Sshd, place: Path) -> Iterator[Ssh]:
    with closing(server.target(place)) as opened:
        yield opened


def is_free(place: Path) -> bool:
    """Whether the lock is free soon, as it is when whoever held it is gone."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with Folder(place).lock("我"):
                return True
        except Busy:
            time.sleep(0.02)
    return False


def receivers(place: Path) -> list[int]:
    """The processes of the receiver for a folder."""
    found = []
    for about in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = about.read_bytes().split(b"\0")
        except OSError:
            continue
        if str(place).encode() in words and any(word.endswith(b".pyz") for word in words):
            found.append(int(about.parent.name))
    return found


# ── What a key may do ────────────────────────────────────────────────────────────────────────────

RSYNC = "rsync --server -cRe.LsfxCIvu --log-format=X --timeout=20"
HOSTILE = (
    "",
    "sh",
    "id",
    "session; touch {out}",
    "session && touch {out}",
    "session $(touch {out})",
    "session\ntouch {out}",
    " session",
    "scp -t {out}",
    "sftp-server",
    "rsync --server --daemon .",
    "rsync --server --sender -cRe.LsfxCIvu . /etc/passwd",
    f"{RSYNC} . {{out}}",
    f"{RSYNC} . ..",
    f"{RSYNC} . ../releases",
    f"{RSYNC} . . .",
    f"{RSYNC} --copy-dest=/etc . .",
    f"{RSYNC} --remove-source-files . .",
    f"{RSYNC} . .; touch {{out}}",
    f"{RSYNC} . .\n",
    RSYNC.replace("-cR", "-cRl") + " . .",
    RSYNC.replace("-cRe.", "-cRe./../") + " . .",
    RSYNC.replace("=20", "=20000") + " . .",
    f"{RSYNC} . .",  # the right words, but nobody is publishing
)


@pytest.mark.parametrize("asked", HOSTILE)
def test_nothing_else_is_done(tmp_path: Path, asked: str) -> None:
    place, out = tmp_path / "public", tmp_path / "out"
    place.mkdir()
    (tmp_path / "receiver.pyz").write_bytes(bundle.make())
    done = subprocess.run(
        [oldest_python(), "-I", "-S", "-X", "utf8", str(tmp_path / "receiver.pyz"), str(place)],
        input=b'{"do":"switch","with":[1,0]}\n',
        capture_output=True,
        env={"SSH_ORIGINAL_COMMAND": asked.format(out=out)},
        timeout=60,
    )
    assert done.returncode == 2
    assert (done.stdout, out.exists(), list(place.iterdir())) == (b"", False, [])
    assert done.stderr.startswith(b"receiver: ")


def test_a_key_opens_nothing_but_the_receiver(server: Sshd, place: Path, tmp_path: Path) -> None:
    host = server.host(place)
    for words in (["id"], ["-s", "sftp"], ["-tt", "sh"], []):
        where = [*words[:-1], host.host, *words[-1:]]
        done = subprocess.run([*host.ssh(), *where], capture_output=True, input=b"", timeout=60)
        assert done.returncode
        assert not done.stdout
    through = [*host.ssh(), "-W", f"127.0.0.1:{server.port}", host.host]
    done = subprocess.run(through, capture_output=True, input=b"", timeout=60)
    assert b"SSH-" not in done.stdout


def test_only_the_holder_of_the_lock_changes_anything(target: Ssh, place: Path) -> None:
    before = served(place)
    for verb, values in (
        ("switch", (1, 3)),
        ("discard", ([1],)),
        ("receive", ("0" * 64, {})),
        ("give_up", (1,)),
        ("run", ()),
        ("_learn", ("",)),
        ("__init__", ("/",)),
    ):
        with pytest.raises(Refused, match="不接受"):
            target._call(verb, *values)
    with pytest.raises(Refused):
        target.read(3, "../../takedown/3.json")
    with pytest.raises(Refused):
        target._call("read", "../takedown", "3.json")
    with pytest.raises(Lost), closing(Connection(target.host)) as line:
        line.upload(place / "releases" / "1", ["index.html"])
    assert served(place) == before
    assert not (place / "incoming").exists()


def test_links_neither_arrive_nor_lead_out(target: Ssh, place: Path, tmp_path: Path) -> None:
    outside, site = tmp_path / "outside", tmp_path / "site"
    outside.mkdir()
    (place / "incoming").symlink_to(outside)
    (site / "link.html").symlink_to("/etc/passwd")
    with target.lock("我"):
        target._line().upload(site, ["index.html", "link.html"])
    assert [path.name for path in (place / "incoming").iterdir()] == ["index.html"]
    assert not (place / "incoming").is_symlink()
    assert not list(outside.iterdir())


def test_the_bundle_is_the_same_every_time() -> None:
    assert bundle.make() == bundle.make()


# ── No connection ────────────────────────────────────────────────────────────────────────────────


def refusal(host: Host) -> str:
    with closing(Ssh(host)) as target, pytest.raises(Refused) as caught:
        target.live()
    said = str(caught.value)
    assert "线上没有变化" in said
    assert not host.key or str(host.key) not in said
    return said


def test_whatever_keeps_us_out_is_told(server: Sshd, place: Path, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger")
    make_key(tmp_path / "imposter")
    other = (tmp_path / "imposter.pub").read_text()
    (tmp_path / "hosts").write_text(f"[127.0.0.1]:{server.port} {other}")
    (tmp_path / "nobody").touch()
    host = partial(server.host, place)
    assert "不接受这把密钥" in refusal(host(key=tmp_path / "stranger"))
    assert "不符" in refusal(host(known_hosts=tmp_path / "hosts"))
    assert "中没有登记" in refusal(host(known_hosts=tmp_path / "nobody"))
    assert "没有找到服务器的主机密钥文件" in refusal(host(known_hosts=tmp_path / "none"))
    cable = Cable(server.port)
    cable.close()
    assert "连不上" in refusal(host(port=cable.port))
    assert "找不到主机" in refusal(host(host="no-such-host.invalid"))


def test_a_receiver_that_is_not_there_is_told(server: Sshd, tmp_path: Path) -> None:
    host = server.host(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert "没有发布的文件夹" in refusal(host)
    (tmp_path / "gone").mkdir()
    lines = server.place / "authorized_keys"
    kept = lines.read_text()
    mine = bundle.line(str(server.receiver), str(tmp_path / "gone"), "", "")[9:-12].strip()
    try:
        for command in ("echo welcome", "no-such-receiver"):
            lines.write_text(
                "".join(
                    f'command="{command}",restrict {line.partition(",restrict ")[2]}\n'
                    if mine in line
                    else f"{line}\n"
                    for line in kept.splitlines()
                )
            )
            assert "没有装好" in refusal(host)
    finally:
        lines.write_text(kept)


# ── Broken off ───────────────────────────────────────────────────────────────────────────────────

Spoil = Callable[[], object]


def publish_and(target: Ssh, site: Path, keys: Keys, spoil: Spoil) -> None:
    """Publish version 4, with something that happens once the lock is held."""
    write(site, files(4))

    def confirm(number: int, change: Difference) -> None:
        spoil()

    publishing.publish(target, draft(site), keys, confirm=confirm)


def converges(server: Sshd, place: Path, site: Path, keys: Keys) -> None:
    """Nothing was lost, the lock is free, and one more try succeeds."""
    assert whole(place, keys) == 3
    assert served(place).items() >= files(3).items()
    assert is_free(place)
    with closing(server.target(place)) as again:
        assert publish(again, site, keys, files(4)).is_new
    assert served(place).items() >= files(4).items()
    assert whole(place, keys) == Folder(place).live()


def killed(place: Path) -> None:
    found = receivers(place)
    assert found
    for pid in found:
        os.kill(pid, signal.SIGKILL)


def test_the_server_stops_working(
    server: Sshd, place: Path, tmp_path: Path, keys: Keys, target: Ssh
) -> None:
    with pytest.raises(Refused, match=r"连接.*中断.*线上没有变化"):
        publish_and(target, tmp_path / "site", keys, partial(killed, place))
    converges(server, place, tmp_path / "site", keys)


def test_the_line_breaks_while_files_are_sent(
    server: Sshd, place: Path, tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    cable, upload = Cable(server.port), Connection.upload
    known = tmp_path / "known"
    known.write_text(
        (server.place / "known_hosts").read_text().replace(f"{server.port}", f"{cable.port}")
    )

    def broken(line: Connection, *arguments: object) -> None:
        cable.cut()
        upload(line, *arguments)  # type: ignore[arg-type]

    with (
        closing(cable),
        closing(server.target(place, port=cable.port, known_hosts=known)) as target,
    ):
        monkeypatch.setattr(Connection, "upload", broken)
        with pytest.raises(Refused, match="线上没有变化"):
            publish_and(target, tmp_path / "site", keys, lambda: None)
        monkeypatch.undo()
    converges(server, place, tmp_path / "site", keys)


def test_the_network_swallows_everything(
    server: Sshd, place: Path, tmp_path: Path, keys: Keys
) -> None:
    cable, known = Cable(server.port), tmp_path / "known"
    known.write_text(
        (server.place / "known_hosts").read_text().replace(f"{server.port}", f"{cable.port}")
    )
    about = {"port": cable.port, "known_hosts": known, "silence": 8.0}
    with closing(cable), closing(server.target(place, **about)) as target:
        with pytest.raises(Refused, match=r"连接.*中断.*线上没有变化"):
            publish_and(target, tmp_path / "site", keys, cable.swallow)
        # The other side has heard nothing either, and does not keep the lock for somebody who is gone.
        converges(server, place, tmp_path / "site", keys)


def test_the_line_breaks_in_the_very_switch(
    server: Sshd,
    place: Path,
    tmp_path: Path,
    keys: Keys,
    target: Ssh,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = Connection.call

    def broken(line: Connection, verb: str, *values: object, **more: object) -> object:
        answer = call(line, verb, *values, **more)  # type: ignore[arg-type]
        if verb == "switch":
            line.broken = True
            line.close()
            raise Lost("断了")
        return answer

    monkeypatch.setattr(Connection, "call", broken)
    with pytest.raises(Refused, match="第 4 版已经公开"):
        publish_and(target, tmp_path / "site", keys, lambda: None)
    monkeypatch.undo()
    assert whole(place, keys) == 4
    assert is_free(place)
    with closing(server.target(place)) as again:
        assert not publish(again, tmp_path / "site", keys, files(4)).is_new


@contextmanager
def fresh(server: Sshd, place: Path) -> Iterator[Ssh]:
    with closing(server.target(place)) as target:
        yield target


def test_killed_while_publishing(server: Sshd, place: Path, tmp_path: Path, keys: Keys) -> None:
    site = tmp_path / "site"
    write(site, few(4))
    leaving = draft(site)
    server.host(place)

    def work() -> None:
        with closing(server.target(place)) as target:
            publishing.publish(target, leaving, keys, held=Held(2, 60))

    seen, step = set(), 0
    while in_a_child(work, step) == -signal.SIGKILL:
        assert is_free(place)
        number = whole(place, keys)
        seen.add(number)
        assert served(place).items() >= (files(3) if number == 3 else few(4)).items()
        if number != 3:
            publishing.rollback(Folder(place), keys, 3)
        step += 12
    assert 3 in seen
    assert len(seen) > 1, "it was never killed after the switch"
    assert whole(place, keys) > 3
    assert not receivers(place)


def test_the_holder_of_the_lock_is_named_until_it_is_gone(
    server: Sshd, place: Path, keys: Keys, target: Ssh
) -> None:
    ready_in, ready_out = os.pipe()
    server.host(place)
    child = os.fork()
    if not child:
        with server.target(place).lock(publishing.who()):
            os.write(ready_out, b"1")
            signal.pause()
    os.read(ready_in, 1)
    os.close(ready_in)
    os.close(ready_out)
    with pytest.raises(Busy, match=rf"进程 {child}，"):
        publishing.rollback(target, keys)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert is_free(place)
    assert publishing.rollback(target, keys) == (2, 3)


# ── Full, tampered with, large ───────────────────────────────────────────────────────────────────


def test_a_full_disk_loses_nothing(
    server: Sshd, small_disk: Path, tmp_path: Path, keys: Keys
) -> None:
    place, site = small_disk / "public", tmp_path / "site"
    some = files(1) | {"penalties/downloads/all.csv": os.urandom(300_000)}
    with closing(server.target(place)) as target:
        publish(target, site, keys, some)
        for size in (1_500_000, 250_000):  # no room for what is sent, none for what is copied
            big = {**files(2), **some, "index.html": os.urandom(size)}
            big["penalties/downloads/all.csv"] = some["penalties/downloads/all.csv"]
            (small_disk / "filler").write_bytes(bytes(300_000 if size < 1_000_000 else 0))
            with pytest.raises(Full, match=r"放不下新的版本.*线上仍是原来的版本"):
                publish(target, site, keys, big)
            assert whole(place, keys) == 1
            assert served(place) == some
            assert not (place / "incoming").exists()
        (small_disk / "filler").unlink()
        assert publish(target, site, keys, files(2)).is_new
    assert whole(place, keys) == 2


def test_what_somebody_changed_on_the_server_is_sent_again(
    target: Ssh, place: Path, tmp_path: Path, keys: Keys
) -> None:
    page = place / "current" / PAGE
    about = page.stat()
    page.write_bytes(page.read_bytes().translate(bytes(range(255, -1, -1))))
    os.utime(page, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert publishing.words(publishing.verify(target, keys)) == f"内容被改动 1 个：\n  {PAGE}\n"
    sent = publish(target, tmp_path / "site", keys, files(3) | {"index.html": b"x"}).sent
    assert sent == 1 + len(files(3)[PAGE])
    assert served(place)[PAGE] == files(3)[PAGE]
    assert whole(place, keys) == 4


def test_repair_brings_what_the_server_has_nowhere(
    target: Ssh, place: Path, tmp_path: Path, keys: Keys
) -> None:
    for number in (1, 2, 3):
        (place / "releases" / f"{number}" / "guide/index.html").write_bytes(b"tampered")
    (place / "current" / "added.html").touch()
    found = publishing.words(publishing.repair(target, keys, tmp_path / "site"))
    assert "guide/index.html" in found
    assert "added.html" in found
    assert whole(place, keys) == 3


def test_of_a_large_manifest_only_the_difference_is_sent(
    server: Sshd, place: Path, tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh, "SMALL", 0)
    memory = tmp_path / "memory"
    with closing(Ssh(server.host(place), memory)) as target:
        assert publish(target, tmp_path / "site", keys, files(4)).is_new
        kept = {path.name for path in memory.iterdir()}
        assert publishing.rollback(target, keys) == (3, 4)
        assert {path.name for path in memory.iterdir()} == kept
        # What is kept here is only believed as long as it is what the server has.
        for path in memory.iterdir():
            path.write_bytes(path.read_bytes().replace(b"2026", b"2027"))
        assert publish(target, tmp_path / "site", keys, files(5)).is_new
    assert whole(place, keys) == 5
