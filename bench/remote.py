"""What publishing over a network withstands: the line cut or silent, every write to a store killed or refused."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path

from bench import faults
from bench.faults import Stage, in_a_child
from bench.lines import Cable, Sshd, sshd
from bench.reliability import Figure
from bench.store import PRIVATE, PUBLIC, Store, started
from disclosure.release import publishing, sites
from disclosure.release.bucket import Bucket
from disclosure.release.leases import Lease
from disclosure.release.objects import Clients, Objects
from disclosure.release.providers import PROVIDERS, Address
from disclosure.release.publishing import Draft, Held
from disclosure.release.signature import Keys
from disclosure.release.target import Busy, Refused, Target

SILENCE = 4.0
"""Seconds after which, in these tests, a line on which nothing comes is given up."""


# ── Over ssh ─────────────────────────────────────────────────────────────────────────────────────


def over_ssh(place: Path, keys: Keys, *, kills: int, rounds: int) -> list[Figure]:
    """What `faults` does to a folder of this computer, done to one that an ssh server has."""
    found = []
    with _server(place / "server") as server:
        for name, work in (
            ("steps", faults.steps),
            ("moments", partial(faults.moments, times=kills)),
            ("rivals", partial(faults.rivals, rounds=rounds)),
        ):
            folder = place / name
            server.host(folder / "public")
            door = partial(_door, server, folder / "public")
            found.append(work(folder, keys, door=door))
        found.append(lines(place / "lines", keys, server, rounds))
    return found


@contextmanager
def _server(place: Path) -> Iterator[Sshd]:
    place.mkdir()
    with sshd(place) as server:
        yield server


def _door(server: Sshd, folder: Path) -> AbstractContextManager[Target]:
    return closing(server.target(folder))


def lines(place: Path, keys: Keys, server: Sshd, rounds: int) -> Figure:
    """The line cut, or swallowing everything, at a random moment of publishing."""
    server.host(place / "public")
    stage, choice = Stage(place, keys, partial(_door, server, place / "public")), random.Random(7)
    begun = time.monotonic()
    stage.ready()()
    usual = time.monotonic() - begun
    straight, met, wrong = stage.door, 0, list[str]()
    for number in range(rounds):
        cable = Cable(server.port)
        about = {"port": cable.port, "known_hosts": cable.known(server), "silence": SILENCE}
        stage.door = lambda about=about: closing(server.target(place / "public", **about))  # type: ignore[misc]
        spoil = threading.Timer(
            choice.uniform(0, usual), cable.swallow if number % 2 else cable.cut
        )
        work = stage.ready()
        spoil.start()
        try:
            work()
        except Refused as error:
            met += 1
            told = ("线上没有变化", "已经公开", "不知道有没有")
            wrong += [] if any(one in str(error) for one in told) else [str(error)]
        spoil.join()
        # Nobody knows that the line is silent but by waiting.
        wrong += filter(None, [stage.wrong(patience=1 if number % 2 == 0 else 3 * SILENCE)])
        cable.close()
        stage.door = straight
        stage.ready()()
        wrong += filter(None, [stage.wrong()])
        wrong += [] if f"{stage.version:06d}" in stage.served() else ["not served in the end"]
    return Figure(
        "经 ssh 发布时，在随机时刻断网，或者网络不通但没有断开",
        "公开的始终是一个完整的签名版本，有明确的提示，再运行一次即成功",
        f"{rounds:,} 次，其中 {met:,} 次中断了发布，不符 {len(wrong):,} 次",
        "over ssh, the network cut, or swallowing everything, at random moments: one signed release is "
        "served, people are told, one re-run converges",
        f"{rounds:,} times, {met:,} of them broke off, {len(wrong):,} wrong",
        tuple(wrong or ([] if met else ["it never broke off"])),
    )


# ── In an object store ───────────────────────────────────────────────────────────────────────────

ROOTS = ["index.html", "norms/中.html", "penalties/2026/always.html"]
"""Where readers begin: at the front, or where they came before."""


def linked(version: int) -> dict[str, bytes]:
    """A few pages that name each other, assets of their version and pages that come and go."""
    style, search = f"assets/style.{version:016x}.css", f"search/{version:016x}/a.bin"
    head = f'<link href="{{0}}{style}"><img src="{{0}}assets/图%20标%20100%25.svg">'
    some = {
        "index.html": f'<a href="penalties/">{version}</a><a href="norms/%E4%B8%AD.html">',
        "penalties/index.html": f'<a href="2026/{version:016d}.html"><a href="2026/always.html">',
        f"penalties/2026/{version:016d}.html": '<a href="always.html">',
        "penalties/2026/always.html": f'<a href="{version:016d}.html"><a href="../">',
        "norms/中.html": f'<a href="../new/{version}/">{version}',
        f"new/{version}/index.html": f'<a href="../../"><a href="../../{search}">',
    }
    pages = {
        path: (head.format("../" * path.count("/")) + text).encode() for path, text in some.items()
    }
    return {
        **pages,
        style: b"%d" % version,
        search: b"%d" % version,
        "search/current.json": b"%d" % version,
        "assets/图 标 100%.svg": b"<svg/>",
        "关于 100%.html": b"always the same",
    }


def in_a_store(place: Path, keys: Keys, *, rounds: int) -> list[Figure]:
    """Killed before, and refused at, every single write; and who gets the lock."""
    place.mkdir(exist_ok=True)
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE4TESTS",
        "AWS_SECRET_ACCESS_KEY": "for-nothing-but-this-server",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    process, store = started(place)
    os.environ["TEST_STORE"] = store.url
    try:
        return [written(place, keys, store), winners(store, rounds)]
    finally:
        process.kill()
        process.wait()


def _bucket(store: Store) -> Bucket:
    return Bucket(Address(PROVIDERS["minio"], store.url, "us-east-1", PUBLIC, PRIVATE))


def _leaving(site: Path, version: int) -> Draft:
    for path in sorted(site.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for name, content in linked(version).items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(content)
    return Draft(site, sites.hashes(site), "2026-11-22")


def written(place: Path, keys: Keys, store: Store) -> Figure:
    """Killed before every write, looking for dead links after every one that was made."""
    store.anew()
    site, version, wrong = place / "site", 1, list[str]()
    site.mkdir()
    publishing.publish(_bucket(store), _leaving(site, version), keys)
    store.ask("watch", roots=ROOTS)

    def work(made: Draft, after: int) -> None:
        store.ask("fail", after=after, kill=os.getpid())
        publishing.publish(_bucket(store), made, keys, held=Held(2, 60))

    killed, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        version += 1
        made = _leaving(site, version)
        code = in_a_child(partial(work, made, killed))
        killed += code == -signal.SIGKILL
        store.ask("fail")
        publishing.publish(_bucket(store), made, keys, held=Held(2, 60))
        if drift := publishing.verify(_bucket(store), keys):
            wrong.append(publishing.words(drift))
        for path, content in linked(version).items():
            wrong += [] if store.load(path)[:2] == (200, content) else [f"{path} is not served"]
    wrong += [] if not code else [f"ended with {code}"]
    seen = store.ask("watch", roots=[])
    wrong += seen["dangling"]
    dead = len(seen["dangling"])
    return Figure(
        "发布到对象存储时，在每一次写入以前强行中断",
        "任何时候没有一个链接打不开，再运行一次即成功",
        f"{killed:,} 次，检查了 {seen['states']:,} 个状态，失效链接 {dead:,} 个，不符 {len(wrong) - dead:,} 次",
        "bucket: killed before every write: no dangling reference at any moment, one re-run converges",
        f"{killed:,} times, {seen['states']:,} states, {dead:,} dangling, {len(wrong) - dead:,} wrong",
        tuple(wrong),
    )


def winners(store: Store, rounds: int) -> Figure:
    """Four that want the lock at the same time, again and again."""
    store.anew()
    wrong = list[str]()
    for number, (inside, told) in enumerate(races(partial(_private, store), rounds)):
        named = all(f"{inside[0]}正在发布" in one for one in told) if inside else False
        wrong += [] if len(inside) == 1 and len(told) == 3 and named else [f"{number}: {inside}"]
    return Figure(
        "发布到对象存储时，四个程序同时要锁",
        "每次恰好一个得到，其余的被告知谁在发布",
        f"{rounds:,} 轮，不符 {len(wrong):,} 次",
        "bucket: exactly one of four gets the lock, the others are told who",
        f"{rounds:,} rounds, {len(wrong):,} wrong",
        tuple(wrong),
    )


def _private(store: Store) -> Objects:
    return Objects(Clients(_bucket(store)._clients.address), PRIVATE)


def races(reach: Callable[[], Objects], rounds: int) -> list[tuple[list[str], list[str]]]:
    """Of every round, who of four got the lock, and what the others were told."""
    four = {f"第{n}人": reach() for n in range(4)}
    ready, over = threading.Barrier(4, timeout=120), threading.Barrier(4, timeout=120)
    found: list[tuple[list[str], list[str]]] = [([], []) for _ in range(rounds)]

    def one(who: str) -> None:
        for number, (inside, told) in enumerate(found):
            four[who].listing("nothing")  # connected
            ready.wait()
            try:
                with Lease(four[who], f"_releases/{number}/").held(who):
                    inside.append(who)
                    over.wait()
            except Busy as error:
                told.append(str(error))
                over.wait()

    crew = [threading.Thread(target=one, args=(who,)) for who in four]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return found
