"""The bucket target against a real S3 server: no dead link at any moment, one publisher, no secret told."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.remote import ROOTS, races
from bench.remote import linked as site
from bench.store import PRIVATE, PUBLIC, Store, client
from disclosure.progress import silent
from disclosure.release import configuration, headers, leases, manifest, objects, past, publishing
from disclosure.release.bucket import Bucket, steps
from disclosure.release.leases import TERM, Note
from disclosure.release.objects import Clients, Objects
from disclosure.release.providers import PROVIDERS, Address
from disclosure.release.publishing import Held, words
from disclosure.release.signature import Keys
from disclosure.release.target import Busy, Full, Refused

from .conftest import SECRET, bucket
from .releases import draft, files, in_a_child, publish, write

Way = Callable[[Any], object]
PAGE = "关于 100%.html"


def shown(store: Store, content: dict[str, bytes]) -> bool:
    """Whether readers see exactly these files, with no key."""
    return all(store.load(path)[:2] == (200, data) for path, data in content.items())


# ── Order ────────────────────────────────────────────────────────────────────────────────────────


def test_no_dead_link_after_any_write(store: Store, tmp_path: Path, keys: Keys) -> None:
    target = bucket(store)
    publish(target, tmp_path / "site", keys, site(1))
    store.ask("watch", roots=ROOTS)
    for version in (2, 3, 4):
        publish(target, tmp_path / "site", keys, site(version), held=Held(2, 60))
    publishing.rollback(target, keys)
    publish(target, tmp_path / "site", keys, site(5))
    seen = store.ask("watch", roots=[])
    assert not seen["dangling"]
    assert seen["states"] > 150
    assert shown(store, site(5))
    # What is gone is gone with the release, not later; only assets stay a while.
    assert [store.load(path)[0] for path in site(4) if path not in site(5)].count(404) == 3
    assert store.load(f"penalties/2026/{4:016d}.html")[0] == 404
    assert store.load(f"assets/style.{4:016x}.css")[0] == 200


def refusal(work: Callable[[], object]) -> str:
    """Why something was not done, "" when it was."""
    try:
        work()
    except Refused as error:
        return str(error)
    return ""


def test_refused_at_every_write(store: Store, tmp_path: Path, keys: Keys) -> None:
    """As when the network is cut before the first, second … last write of a publication."""
    place, target, cut = tmp_path / "site", bucket(store), 0
    live = version = 1
    publish(target, place, keys, site(version))
    store.ask("watch", roots=ROOTS)
    stages = []
    while True:
        version += 1
        store.ask("fail", after=cut)
        work = partial(publish, target, place, keys, site(version), held=Held(2, 60))
        if not (said := refusal(work)):
            break
        store.ask("fail")
        assert "存储服务忙" in said
        stages += [stage for stage in ("线上没有变化", "切换没有完成", "已经公开") if stage in said]
        assert len(stages) == cut + 1
        assert not store.ask("dead")
        if stages[-1] == "线上没有变化":
            assert shown(store, {"index.html": site(live)["index.html"]})
        if stages[-1] == "已经公开":
            assert shown(store, site(version))
        store.ask("later", seconds=TERM)  # then the lock that could not be given back is void
        if stages[-1] != "线上没有变化" or cut % 5 == 0:
            live = version = version + 1
            publish(target, place, keys, site(version), held=Held(2, 60))  # converges
            assert shown(store, site(version))
        cut += 1
    assert sorted(stages, key=("线上没有变化", "切换没有完成", "已经公开").index) == stages
    assert len(set(stages)) == 3
    store.ask("fail")
    assert not store.ask("watch", roots=[])["dangling"]
    assert shown(store, site(version))
    assert not publishing.verify(target, keys)


def test_killed_before_writes(store: Store, tmp_path: Path, keys: Keys) -> None:
    """A process that is killed leaves a lock, for which nobody on this computer has to wait."""
    place, version, codes = tmp_path / "site", 1, []
    publish(bucket(store), place, keys, site(version))

    def work(made: publishing.Draft, after: int) -> None:
        store.ask("fail", after=after, kill=os.getpid())
        publishing.publish(bucket(store), made, keys)

    for after in count(0, 8):  # before every one: `make test-release`
        version += 1
        write(place, site(version))
        codes.append(in_a_child(partial(work, draft(place), after)))
        store.ask("fail")
        store.ask("watch", roots=ROOTS)
        assert not store.ask("dead")
        publish(bucket(store), place, keys, site(version))
        assert not publishing.verify(bucket(store), keys)
        assert shown(store, site(version))
        if codes[-1] == 0:  # there are not so many writes
            break
    assert codes[:-1] == [-signal.SIGKILL] * (len(codes) - 1)
    assert len(codes) > 3


def test_new_before_changed_and_leading_after_led_to() -> None:
    old = ["a.html", "index.html", "assets/x.css", "feed.xml"]
    new = ["b.html", "c/index.html", "assets/y.css", "sitemap.xml", "data.csv"]
    assert list(steps([*old, *new], old)) == [
        ["assets/y.css"],
        ["b.html", "data.csv"],
        ["c/index.html", "sitemap.xml"],
        ["assets/x.css"],
        ["a.html"],
        ["index.html", "feed.xml"],
    ]


def test_what_lies_in_the_bucket_already_is_not_removed(
    store: Store, tmp_path: Path, keys: Keys
) -> None:
    client().put_object(Bucket=PUBLIC, Key="照片/1.jpg", Body=b"dear to somebody")
    with pytest.raises(Refused, match=r"已经有 1 个别的文件（照片/1\.jpg"):
        publish(bucket(store), tmp_path / "site", keys, site(1))
    assert store.load("照片/1.jpg")[1] == b"dear to somebody"
    assert store.load("index.html")[0] == 404
    # Below a folder of its own there is no quarrel.
    target = bucket(store, prefix="portal/")
    publish(target, tmp_path / "site", keys, site(1))
    publish(target, tmp_path / "site", keys, site(2))
    assert store.load("照片/1.jpg")[0] == store.load("portal/index.html")[0] == 200
    assert not publishing.verify(target, keys)


def test_a_first_release_that_was_interrupted_goes_on(
    store: Store, tmp_path: Path, keys: Keys
) -> None:
    target = bucket(store)
    store.ask("fail", after=24)
    with pytest.raises(Refused, match="切换没有完成"):
        publish(target, tmp_path / "site", keys, site(1))
    store.ask("fail")
    store.ask("later", seconds=TERM)
    assert target.live() == 0
    publish(target, tmp_path / "site", keys, site(2))
    assert not publishing.verify(target, keys)


def test_a_long_listing_is_told_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "PAGE", 3)
    target = bucket(store)
    names = sorted(f"{number:03d}%中 {number}" for number in range(40))
    for name in names:
        client().put_object(Bucket=PUBLIC, Key=name, Body=name.encode())
    public = Objects(target._clients, PUBLIC)
    for cuts in ([], names[::7], ["0", names[20], "zz"], [names[-1]]):
        assert sorted(public.listing("", cuts)) == names
    assert list(public.listing("01")) == [name for name in names if name.startswith("01")]


# ── What is told with the files ──────────────────────────────────────────────────────────────────


def test_each_file_has_its_headers(store: Store, tmp_path: Path, keys: Keys) -> None:
    content = site(1) | {
        "penalties/downloads/全部 数据.csv": b"1",
        "all.csv.gz": b"packed",
        "map.svgz": b"packed",
        "README": b"",
    }
    publish(bucket(store), tmp_path / "site", keys, content)
    names = ("Content-Type", "Cache-Control", "Content-Encoding")
    said = {
        path: [store.load(path)[2].get(name, "") for name in names]
        for path in (*content, "manifest.json")
    }
    forever = "public, max-age=31536000, immutable"
    assert said["index.html"] == ["text/html; charset=utf-8", "no-cache", ""]
    assert said[f"assets/style.{1:016x}.css"] == ["text/css; charset=utf-8", forever, ""]
    assert said[f"search/{1:016x}/a.bin"] == ["application/octet-stream", forever, ""]
    assert said["search/current.json"] == ["application/json", "no-cache", ""]
    assert said["assets/图 标 100%.svg"] == ["image/svg+xml", "no-cache", ""]
    assert said["penalties/downloads/全部 数据.csv"][0] == "text/csv; charset=utf-8"
    assert said["all.csv.gz"] == ["application/gzip", "no-cache", ""]
    assert said["map.svgz"] == ["image/svg+xml", "no-cache", "gzip"]
    assert said["README"][0] == "application/octet-stream"
    assert said["manifest.json"] == ["application/json", "no-cache", ""]


@pytest.mark.parametrize(
    ("path", "lasting"),
    [
        ("assets/2ea4b2b785929dcd/search.js", True),
        ("assets/site.2eccdcf148248f9f.css", True),
        ("search/51fc410c4a52301a/s/ab.bin", True),
        ("search/current.json", False),
        ("assets/favicon.svg", False),
        ("penalties/2026/bcdfbcdfbcdfbcdf.html", False),
        ("search/51fc410c4a52301a/index.html", False),
        ("about/51fc410c4a52301a/x.pdf", False),
    ],
)
def test_only_what_cannot_change_is_kept_for_ever(path: str, lasting: bool) -> None:
    assert ("immutable" in headers.of(path).cache) is lasting


# ── Tampering ────────────────────────────────────────────────────────────────────────────────────


def other(door: Any) -> None:
    body = door.get_object(Bucket=PUBLIC, Key=PAGE)["Body"].read()
    door.put_object(
        Bucket=PUBLIC,
        Key=PAGE,
        Body=body.translate(bytes(range(255, -1, -1))),
        ContentType="text/html; charset=utf-8",
        CacheControl="no-cache",
    )


def again(door: Any, **more: str) -> None:
    said = {"ContentType": "text/html; charset=utf-8", "CacheControl": "no-cache", **more}
    door.copy_object(
        Bucket=PUBLIC,
        Key=PAGE,
        CopySource={"Bucket": PUBLIC, "Key": PAGE},
        MetadataDirective="REPLACE",
        **said,
    )


WAYS: dict[str, tuple[Way, str]] = {
    "change": (
        lambda door: door.put_object(Bucket=PUBLIC, Key=PAGE, Body=b"else"),
        f"内容被改动 1 个：\n  {PAGE}\n",
    ),
    "same size": (other, f"内容被改动 1 个：\n  {PAGE}\n"),
    "add": (
        lambda door: door.put_object(Bucket=PUBLIC, Key="a/加 %.html", Body=b""),
        "多出 1 个：\n  a/加 %.html\n",
    ),
    "delete": (
        lambda door: door.delete_object(Bucket=PUBLIC, Key=PAGE),
        f"缺少 1 个：\n  {PAGE}\n",
    ),
    "type": (
        lambda door: again(door, ContentType="text/plain"),
        f"属性被改动 1 个：\n  {PAGE}（Content-Type 是“text/plain”，应为“text/html; charset=utf-8”）\n",
    ),
    "cache": (
        lambda door: again(door, CacheControl="max-age=999"),
        f"属性被改动 1 个：\n  {PAGE}（Cache-Control 是“max-age=999”，应为“no-cache”）\n",
    ),
    "encoding": (
        lambda door: again(door, ContentEncoding="gzip"),
        f"属性被改动 1 个：\n  {PAGE}（Content-Encoding 是“gzip”，应为“”）\n",
    ),
    "manifest": (
        lambda door: door.put_object(Bucket=PUBLIC, Key="manifest.json", Body=b"{}"),
        "内容被改动 1 个：\n  manifest.json\n",
    ),
}


def test_each_way_is_named_and_undone(store: Store, tmp_path: Path, keys: Keys) -> None:
    target = bucket(store)
    for version in (1, 2):
        publish(target, tmp_path / "site", keys, site(version))
    assert not publishing.verify(target, keys)
    for way, said in WAYS.values():
        way(client())
        assert words(publishing.verify(target, keys)) == said
        assert words(publishing.repair(target, keys, None)) == said
    assert not publishing.verify(target, keys)
    assert shown(store, site(2))


def test_what_was_tampered_with_goes_with_the_next_release(
    store: Store, tmp_path: Path, keys: Keys
) -> None:
    target = bucket(store)
    publish(target, tmp_path / "site", keys, site(1))
    for way in ("same size", "add"):
        WAYS[way][0](client())
    # What is kept for going back is put right as well, as long as the site is there.
    kept = client().list_objects(Bucket=PRIVATE, Prefix="_releases/blobs/")["Contents"]
    for about in kept[:3]:
        client().put_object(Bucket=PRIVATE, Key=about["Key"], Body=b"x" * about["Size"])
    publish(target, tmp_path / "site", keys, site(2))
    assert not publishing.verify(target, keys)
    assert shown(store, site(2))


def test_an_earlier_release_that_is_not_kept_whole_is_not_gone_back_to(
    store: Store, tmp_path: Path, keys: Keys
) -> None:
    target = bucket(store)
    for version in (1, 2):
        publish(target, tmp_path / "site", keys, files(version))
    release, _ = past.trusted(target, 1, keys)
    key = f"_releases/blobs/{release.files[f'penalties/2026/{101:016d}.html'].sha256}"
    client().delete_object(Bucket=PRIVATE, Key=key)
    assert target.drift(release, thorough=False).missing
    with pytest.raises(Refused, match="被动过"):
        publishing.rollback(target, keys)
    with target.lock("我"), pytest.raises(Refused, match="缺少第 1 版"):
        target.switch(1, parent=2)
    assert target.live() == 2
    assert shown(store, files(2))
    client().put_object(Bucket=PRIVATE, Key=key, Body=b"added")
    assert publishing.rollback(target, keys) == (1, 2)


def test_files_go_with_the_last_release_that_has_them(
    store: Store, tmp_path: Path, keys: Keys
) -> None:
    target = bucket(store)
    for version in range(1, 6):
        publish(target, tmp_path / "site", keys, files(version), held=Held(2, 60))
    listed = client().list_objects(Bucket=PRIVATE, Prefix="_releases/blobs/")["Contents"]
    needed = {
        entry.sha256
        for number in target.releases()
        for entry in past.trusted(target, number, keys)[0].files.values()
    }
    assert list(target.releases()) == [4, 5]
    assert {about["Key"].rpartition("/")[2] for about in listed} == needed


# ── One at a time ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dialect", ["", "obs"])
def test_of_four_at_once_one_gets_the_lock(store: Store, dialect: str) -> None:
    """With a condition, exactly one; without, at most one at a time and seldom none."""
    provider = replace(PROVIDERS[dialect or "minio"], addressing="path")
    store.ask("speak", dialect=dialect)
    address = Address(provider, store.url, "", PUBLIC, PRIVATE)
    rounds = races(lambda: Objects(Clients(address), PRIVATE), 8)
    won = [len(inside) for inside, _ in rounds]
    assert set(won) <= ({0, 1} if dialect else {1})
    assert won.count(1) > len(rounds) / 2
    for inside, told in rounds:
        assert len(told) == 4 - len(inside)
        if not dialect:
            assert all(f"{inside[0]}正在发布" in line for line in told)


def test_a_lock_lasts_as_long_as_its_holder_and_not_longer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_process", lambda pid: "")  # as on another computer
    target, late = bucket(store), bucket(store)

    def is_held() -> bool:
        with pytest.raises(Busy, match="张三"), late.lock("李四"):
            pass
        return True

    with target.lock("张三"):
        lease = target._held()
        store.ask("later", seconds=TERM - 20)
        assert is_held()
        lease.renew(Note("张三", "", ""))
        store.ask("later", seconds=TERM - 20)
        assert is_held()
        # Now he renews it no more. He stops by himself before anybody else goes on.
        clock = leases._clock
        monkeypatch.setattr(leases, "_clock", lambda: clock() + TERM / 2)
        for act in (partial(target._archive.point, 7, 1), lambda: lease.renew(Note("", "", ""))):
            with pytest.raises(Refused, match="没有能够及时续期"):
                act()
        assert target._public.listing("") == {}  # reading goes on
        assert is_held()
        store.ask("later", seconds=20)
        with late.lock("李四"):
            late._archive.point(9, late._held().number)
            # What he had on its way changes nothing any more.
            bucket(store)._archive.point(7, lease.number)
            assert late.live() == 9


def test_locks_that_somebody_removed_do_not_bring_back_an_old_pointer(
    store: Store, tmp_path: Path, keys: Keys
) -> None:
    target = bucket(store)
    for version in (1, 2, 3):
        publish(target, tmp_path / "site", keys, site(version))
        for about in client().list_objects(Bucket=PRIVATE, Prefix="_releases/lock/")["Contents"]:
            client().delete_object(Bucket=PRIVATE, Key=about["Key"])
        assert target.live() == version


def test_a_store_that_ignores_the_condition_is_not_used(
    store: Store, tmp_path: Path, keys: Keys
) -> None:
    store.ask("speak", dialect="deaf")
    with pytest.raises(Refused, match="不支持“不存在时才写入”"):
        publish(bucket(store), tmp_path / "site", keys, site(1))
    assert store.load("index.html")[0] == 404


@pytest.mark.parametrize("name", ["oss", "cos", "tos", "obs"])
def test_each_provider_is_asked_in_its_own_words(
    store: Store, tmp_path: Path, keys: Keys, name: str
) -> None:
    store.ask("speak", dialect=name)
    provider = replace(PROVIDERS[name], addressing="path")  # no names to resolve here
    target = Bucket(Address(provider, store.url, "cn-north-1", PUBLIC, PRIVATE))
    publish(target, tmp_path / "site", keys, site(1))
    with target.lock("张三"), pytest.raises(Busy, match="张三"):
        publish(bucket_of(target), tmp_path / "site", keys, site(2))
    publish(target, tmp_path / "site", keys, site(2))
    assert shown(store, site(2))
    assert target.name.startswith(PROVIDERS[name].title)


def bucket_of(target: Bucket) -> Bucket:
    return Bucket(target._clients.address)


def test_the_private_bucket_must_be_private(store: Store, tmp_path: Path, keys: Keys) -> None:
    client().create_bucket(Bucket="open", ACL="public-read")
    with pytest.raises(Refused, match="谁都能读取"):
        publish(bucket(store, private="open"), tmp_path / "site", keys, site(1))
    publish(bucket(store), tmp_path / "site", keys, site(1))
    publicly = client().list_objects(Bucket=PUBLIC)["Contents"]
    assert not [about["Key"] for about in publicly if "_releases" in about["Key"]]


# ── Failures in words ────────────────────────────────────────────────────────────────────────────

FAILURES = {
    "InvalidAccessKeyId": "存储服务不认识这个密钥",
    "SignatureDoesNotMatch": "密钥不对",
    "AccessDenied": "没有权限访问存储桶 portal",
    "NoSuchBucket": "没有存储桶 portal",
    "RequestTimeTooSkewed": r"时钟不对（电脑 20\d\d-.*，存储服务 20\d\d-",
    "AuthorizationHeaderMalformed": "地域不符",
    "SlowDown": "存储服务忙",
    "SomethingNew": "没有照办（SomethingNew）",
}


def test_every_failure_is_told_and_no_secret(
    store: Store,
    tmp_path: Path,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    told = []
    publish(bucket(store), tmp_path / "site", keys, site(1))

    def fails(target: Bucket, match: str) -> None:
        with pytest.raises(Refused, match=match) as caught:
            publish(target, tmp_path / "site", keys, site(2))
        assert "线上没有变化" in str(caught.value)
        told.append(repr(caught.getrepr(style="long", showlocals=False)) + str(caught.value))
        assert caught.value.__cause__ is None

    target = bucket(store)
    for code, said in FAILURES.items():
        store.ask("say", code=code, status=403)
        fails(target, said)
    store.ask("say")
    store.ask("fail", after=3)
    store.ask("say", code="QuotaExceeded", status=403)
    with pytest.raises(Full, match="空间已经用完"):
        bucket(store).live()
    store.ask("say")
    store.ask("fail")
    address = bucket(store)._clients.address
    fails(Bucket(replace(address, endpoint="http://127.0.0.1:1")), "连不上存储服务")
    fails(Bucket(replace(address, private="no-such-bucket")), "没有存储桶 no-such-bucket")
    fails(Bucket(replace(address, private="Not A Name")), "不合规范")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("HOME", str(tmp_path))
    fails(bucket(store), "没有找到存储服务的密钥")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE4TESTS")
    assert not publishing.verify(bucket(store), keys)
    assert shown(store, site(1))
    out = capfd.readouterr()
    everything = "".join((*told, caplog.text, out.out, out.err))
    assert SECRET not in everything
    assert "AKIDEXAMPLE4TESTS" not in everything


# ── Settings ─────────────────────────────────────────────────────────────────────────────────────

GOOD = {"provider": "oss", "region": "cn-hangzhou", "name": "gk", "private": "gk-private"}


def load(place: Path, **more: Any) -> tuple[configuration.Configuration, list[str]]:
    text = yaml.safe_dump({"target": "bucket", "bucket": GOOD | more}, allow_unicode=True)
    (place / "publish.yml").write_text(text, "utf-8")
    found, findings = configuration.load(place)
    return found, [str(finding) for finding in findings]


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_settings_of_every_provider(tmp_path: Path, name: str) -> None:
    more = {"endpoint": "http://10.0.0.1:9000"} if name == "minio" else {}
    found, findings = load(tmp_path, provider=name, prefix="gk/portal", **more)
    assert not findings
    assert found.bucket
    assert found.bucket.prefix == "gk/portal/"
    assert "cn-hangzhou" in found.bucket.endpoint or more


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"provider": "ftp"}, "「provider」只能是"),
        ({"region": ""}, "要写 region"),
        ({"private": "gk"}, "另一个不公开的存储桶"),
        ({"endpoint": "https://key:secret@oss.example"}, "密钥只放在环境变量里"),
        ({"prefix": "../x"}, "「prefix」应当是"),
        ({"secret": "x"}, "「bucket」下面只写"),
        ({"name": 7}, "都是文字"),
    ],
)
def test_settings_that_are_wrong(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    _, findings = load(tmp_path, **more)
    assert said in "".join(findings)


def test_a_manifest_of_a_release_is_there_for_all_to_check(
    store: Store, tmp_path: Path, keys: Keys
) -> None:
    target = bucket(store)
    publish(target, tmp_path / "site", keys, site(1))
    content = store.load(manifest.NAME)[1]
    assert manifest.decode(content).number == 1
    assert target.read(1, manifest.NAME) == content == target.sealed(1).manifest
    assert store.load(manifest.SIGNATURE)[1] == target.sealed(1).signature
    release, _ = past.trusted(target, 1, keys)
    assert not target.drift(release, thorough=True, tell=silent)
