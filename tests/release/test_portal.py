"""The portal itself: a web server with the settings that are handed out, and what readers are shown."""

from __future__ import annotations

import gzip
import http.client
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from bench.lines import Sshd, make_key
from bench.servers import nginx
from disclosure.release import headers, installing, past, publishing
from disclosure.release.connection import Host
from disclosure.release.folder import Folder
from disclosure.release.installing import Setting
from disclosure.release.probe import Probe
from disclosure.release.signature import Keys
from disclosure.release.target import Refused
from disclosure.site import policy
from scripts import verify

from .releases import draft, files, publish, served, whole, write

HASHED = "assets/site.0123456789abcdef.css"
INDEX = "search/0123456789abcdef/manifest.json"
LONG = "".join(f"<p>第{number}条 {number * number}" for number in range(2_000)).encode()
LINK = b'<link rel="stylesheet" href="../assets/site.0123456789abcdef.css">'
MORE = {
    HASHED: b"/* */",
    f"{HASHED}.gz": gzip.compress(b"/* */", mtime=0),
    "404.html": "没有这一页".encode(),
    "guide/index.html": LINK,
    INDEX: b"{}",
    "guide/long.html": LONG,
}


KINDS = MORE | {f"kinds/a{end}": end.encode() for end in headers.KINDS if end != ".svgz"}
"""A file of every kind that a site may hold."""


def ask(
    address: str, path: str, method: str = "GET", **headers: str
) -> tuple[int, Mapping[str, str], bytes]:
    """One question, its path as it is written."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    with closing(connection):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def local(port: int) -> str:
    """The address of a server of this computer."""
    return f"http://127.0.0.1:{port}/"


@pytest.fixture
def place(tmp_path: Path, keys: Keys) -> Path:
    place = tmp_path / "public"
    publish(Folder(place), tmp_path / "site", keys, files(1) | MORE, down=["penalties/2026/x.html"])
    return place


@pytest.fixture
def portal(place: Path, tmp_path: Path) -> Iterator[str]:
    with nginx(tmp_path / "nginx", place) as port:
        yield local(port)


def test_readers_get_what_is_live_and_nothing_else(portal: str, place: Path, keys: Keys) -> None:
    for name, content in served(place).items():
        if not name.endswith(".gz"):
            assert ask(portal, "/" + quote(name))[2] == content
    # Pages and assets, with everything that a browser should be told.
    for path in ("index.html", HASHED, INDEX):
        status, about, _ = ask(portal, "/" + path.removesuffix("index.html"))
        assert status == 200
        assert {name: about[name] for name in policy.headers()} == dict(policy.headers())
        assert about["Cache-Control"] == headers.of(path).cache
        assert "nginx/" not in about["Server"]
    status, about, content = ask(portal, "/no/such.0123456789abcdef.css")
    assert (status, content) == (404, MORE["404.html"])
    assert about["X-Content-Type-Options"] == "nosniff"
    assert about["Cache-Control"] is None
    # A folder without its slash leads to itself, on whatever host it was asked.
    status, about, _ = ask(portal, "/guide")
    assert (status, about["Location"]) == (301, "/guide/")
    assert ask(portal, "/guide/")[2] == LINK
    packed = ask(portal, f"/{HASHED}", Accept_Encoding="gzip")
    assert packed[1]["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed[2]) == MORE[HASHED]
    packed = ask(portal, "/guide/long.html", Accept_Encoding="gzip")
    assert gzip.decompress(packed[2]) == LONG
    assert len(packed[2]) < len(gzip.compress(LONG, 6)) * 1.02
    (place / "releases/1/.hidden").write_text("secret")
    (place / "releases/1/link.html").symlink_to("../../takedown/1.json")
    (place / "incoming").mkdir()
    (place / "incoming/next.html").write_text("secret")
    for path in (
        "/takedown/1.json",
        "/../takedown/1.json",
        "/%2e%2e/takedown/1.json",
        "/guide/../../takedown/1.json",
        "/guide/..%2f..%2ftakedown/1.json",
        "//takedown/1.json",
        "/incoming/next.html",
        "/releases/1/index.html",
        "/lock",
        "/.hidden",
        "/link.html",
        "/assets/",
    ):
        status, _, content = ask(portal, path)
        assert status in (400, 404), path
        assert b"secret" not in content
        assert b"records" not in content
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert ask(portal, "/", method)[0] in (403, 404, 405)


def test_validators_change_with_the_content(
    portal: str, place: Path, tmp_path: Path, keys: Keys
) -> None:
    page, style = ask(portal, "/index.html")[1], ask(portal, f"/{HASHED}")[1]
    publish(Folder(place), tmp_path / "site", keys, files(2) | MORE)
    assert ask(portal, f"/{HASHED}", If_None_Match=style["ETag"])[0] == 304
    assert ask(portal, "/index.html", If_None_Match=page["ETag"])[0] == 200
    later = ask(portal, "/index.html")[1]
    assert later["ETag"] != page["ETag"]
    # Going back: what is older than what somebody has is different all the same.
    publishing.rollback(Folder(place), keys)
    assert ask(portal, "/index.html", If_Modified_Since=later["Last-Modified"])[0] == 200
    assert ask(portal, "/index.html", If_None_Match=later["ETag"])[0] == 200


# ── Probes ───────────────────────────────────────────────────────────────────────────────────────


def test_a_portal_that_shows_it_is_believed(
    portal: str, place: Path, tmp_path: Path, keys: Keys
) -> None:
    probe = Probe(portal, pause=0)
    write(tmp_path / "site", files(2) | KINDS)
    outcome = publishing.publish(Folder(place), draft(tmp_path / "site"), keys, probe=probe)
    assert outcome.number == 2
    release, _ = past.trusted(Folder(place), 2, keys)
    assert probe.all_over(release) == []
    # What a page loads is looked at too.
    (place / "releases/2" / HASHED).write_bytes(b"/*!*/")
    assert probe.all_over(release) == [f"{HASHED}：看到的内容与清单不一致"]
    (place / "releases/2/guide/index.html").unlink()
    assert "guide/index.html：服务器回答 404" in probe.all_over(release)
    # Of files that are not among those that are read, at least what is said of them.
    (place / "releases/2/empty.txt").write_text("no more")
    assert "empty.txt：大小与清单不一致" in probe.all_over(release)


POLICY = "Content-Security-Policy"
STYLED = "    location / {"


def one(more: str) -> tuple[str, str]:
    """Settings by which one page is answered in a way of its own."""
    return STYLED, f"    location = /guide/index.html {{ {more} }}\n{STYLED}"


WRONG: Mapping[str, tuple[tuple[str, str], Mapping[str, str]]] = {
    "a policy that lets everything in": (
        ("script-src 'self'", "script-src *"),
        {f"个文件：响应头 {POLICY} 是「": "script-src *"},
    ),
    "a header that is gone": (
        ("add_header X-Frame-Options", "# add_header X-Frame-Options"),
        {"个文件：响应头 X-Frame-Options 是「没有」，应为「DENY」": ""},
    ),
    "one page that is kept for ever": (
        one('include @headers.conf; add_header Cache-Control "max-age=9";'),
        {"guide/index.html：响应头 Cache-Control 是「max-age=9」，应为「no-cache」": ""},
    ),
    "one page as another type": (
        one("include @headers.conf; add_header Cache-Control no-cache; types {} "),
        {"guide/index.html：响应头 Content-Type 是「application/octet-stream」": ""},
    ),
    "a page that is not shown": (
        one("return 403;"),
        {"guide/index.html：服务器回答 404": ""},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_headers_that_somebody_changed_are_named(
    place: Path, tmp_path: Path, keys: Keys, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the server itself, where the files are as they should be; `make verify` says so and fails."""
    (old, new), told = WRONG[name]
    settings = f"folder: {place}\nsigning: {{key: {keys.private}, signers: {keys.signers}}}\n"
    new = new.replace("@", f"{tmp_path}/nginx/")
    with nginx(tmp_path / "nginx", place, lambda text: text.replace(old, new)) as port:
        (tmp_path / "publish.yml").write_text(f"{settings}probe: {local(port)}\n")
        assert verify.main(["--root", str(tmp_path)]) == 1
    said = capsys.readouterr()
    for words, more in told.items():
        assert words in said.out
        assert more in said.out
    assert said.out.count("响应头") + said.out.count("服务器回答") == 1 + ("403" in new)
    assert "请检查网站服务器的设置和缓存" in said.err


def test_a_portal_that_shows_something_else_is_switched_back(
    server: Sshd, place: Path, tmp_path: Path, keys: Keys
) -> None:
    """The web server's root is a copy, as when somebody has put a cache in front of it."""
    shutil.copytree(place / "releases/1", tmp_path / "stale/current")
    site = tmp_path / "site"
    write(site, files(2) | MORE)
    with (
        nginx(tmp_path / "nginx", tmp_path / "stale") as port,
        closing(server.target(place)) as target,
    ):
        probe = Probe(local(port), pause=0)
        with pytest.raises(Refused, match=r"看到的不是这一版(.|\n)*已经立即退回第 1 版"):
            publishing.publish(target, draft(site), keys, probe=probe)
        assert whole(place, keys) == 1
        assert list(target.releases()) == [1, 2]
    # Whoever has just loaded a page of the new release still gets what it loads.
    assert (place / "current/assets/script.2.js").exists()
    with pytest.raises(Refused, match=r"打不开(.|\n)*已经立即退回第 1 版"):
        publishing.publish(Folder(place), draft(site), keys, probe=probe)
    assert whole(place, keys) == 1
    assert publishing.publish(Folder(place), draft(site), keys).number == 4
    # Whoever goes back wants the other gone, whatever the portal shows; but is told.
    with pytest.raises(Refused, match=r"打不开(.|\n)*公开的仍是第 1 版"):
        publishing.rollback(Folder(place), keys, 1, probe=probe)
    assert whole(place, keys) == 1


def test_a_first_release_that_is_not_shown_is_told_of_until_it_is(
    tmp_path: Path, keys: Keys
) -> None:
    """There is nothing to show instead, so that it stays; but nobody is told that all is well."""
    place, site = tmp_path / "public", tmp_path / "site"
    write(site, files(1))
    (tmp_path / "empty").mkdir()
    with nginx(tmp_path / "wrong", tmp_path / "empty") as port:
        probe = Probe(local(port), pause=0)
        with pytest.raises(Refused, match=r"首页：服务器回答 404(.|\n)*第 1 版已经公开，以前没有"):
            publishing.publish(Folder(place), draft(site), keys, probe=probe)
        assert whole(place, keys) == 1
        with pytest.raises(Refused, match="首页：服务器回答 404"):
            publishing.publish(Folder(place), draft(site), keys, probe=probe)
    with nginx(tmp_path / "right", place) as port:
        probe = Probe(local(port), pause=0)
        assert not publishing.publish(Folder(place), draft(site), keys, probe=probe).is_new
        write(site, files(2))
        assert publishing.publish(Folder(place), draft(site), keys, probe=probe).number == 2
        assert publishing.rollback(Folder(place), keys, probe=probe) == (1, 2)


# ── What is installed ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def made(tmp_path: Path) -> Mapping[str, bytes]:
    host = Host("www.example.gov.cn", 22, "portal", "/srv/portal", tmp_path / "known_hosts")
    public = make_key(tmp_path / "key")
    return installing.make(Setting(host, "/srv/site", "publisher", public, host.host))


def test_nothing_is_left_to_be_filled_in(made: Mapping[str, bytes]) -> None:
    for name, content in made.items():
        if name != "receiver.pyz":
            assert b"@PLACE@" not in content
            assert not [
                word for word in content.decode().split() if word.strip(";'/").startswith("@")
            ]
    assert made["authorized_keys"].startswith(
        b'command="/usr/bin/python3 -I -S -X utf8 /usr/local/lib/portal/receiver.pyz /srv/portal",restrict ssh-'
    )


def test_the_installer_puts_everything_in_its_place(
    made: Mapping[str, bytes], tmp_path: Path
) -> None:
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    there = tmp_path / "there"
    command = ["sh", str(tmp_path / "install.sh")]
    environment = {**os.environ, "DESTDIR": str(there)}
    for _ in range(2):
        subprocess.run(command, env=environment, check=True, capture_output=True)
    found = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    assert found == {
        "usr/local/lib/portal/receiver.pyz",
        "var/lib/portal/.ssh/authorized_keys",
        "etc/nginx/portal/headers.conf",
        "etc/nginx/conf.d/portal.conf",
    }
    (there / "etc/nginx/conf.d/portal.conf").write_text("# ours\n")
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert "没有改动" in done.stdout
    assert (there / "etc/nginx/conf.d/portal.conf").read_text() == "# ours\n"
    (tmp_path / "authorized_keys").write_bytes(b"")
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "没有公钥" in done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_the_units_are_sound(made: Mapping[str, bytes], tmp_path: Path) -> None:
    units = [name for name in made if name.endswith((".service", ".timer"))]
    for name in units:
        (tmp_path / name).write_bytes(made[name])
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in units)]
    done = subprocess.run(command, capture_output=True, text=True)
    wrong = [line for line in done.stderr.splitlines() if str(tmp_path) in line]
    assert not [line for line in wrong if "is not executable" not in line]
