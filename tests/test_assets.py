"""Styles and scripts under names of their content, and the policy that every page states."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from disclosure.release import headers
from disclosure.site import assets, policy

PAGE = (
    b'<link rel="icon" href="../assets/icon.svg">\n'
    b'<link rel="stylesheet" href="../assets/stylesheets/main.css">\n'
    b'<link rel="stylesheet" href="../assets/site.css">\n%s'
    b'<body><script type="module" src="../assets/box.js"></script>'
)
DRESSED = {
    "index.html": PAGE.replace(b"../", b"") % b"",
    "search/index.html": PAGE
    % b'<link rel="stylesheet" href="../assets/more.css"><link rel="modulepreload" href="../assets/deep/engine.js">',
    "404.html": PAGE.replace(b'"../', b'"/') % b"",
    "assets/stylesheets/main.css": b"a{background:url(seal.png)}.md-typeset b{mask:url('data:,x')}.c .d{e:f}.frame{e:f}\n/*# sourceMappingURL=x.map */",
    "assets/stylesheets/main.css.map": b"{}",
    "assets/site.css": b"/* why */\n.c {\n background: url('icon.svg') }\n.d {}",
    "assets/more.css": b"d{}",
    "assets/box.js": b'import { a } from "./deep/engine.js";',
    "assets/deep/engine.js": b'await import("../fold.js");',
    "assets/fold.js": b"",
    "assets/unused.js": b"",
    "assets/stylesheets/seal.png": b"png",
    "assets/icon.svg": b"<svg/>",
}


def test_pages_share_one_style_and_name_what_is_there() -> None:
    found = assets.settle(DRESSED)
    named = re.compile(rb'(?:href|src)="(?:\.\./|/)?(assets/[^"]+)"')
    paths = {
        path: [m.decode() for m in named.findall(found[path])]
        for path in DRESSED
        if path.endswith(".html")
    }
    assert all(path in found for some in paths.values() for path in some)
    assert [len(some) for some in paths.values()] == [3, 5, 3]
    icon, style, _ = paths["index.html"]
    assert (
        found[style]
        == b"""\
a{background:url(stylesheets/seal.png)}.md-typeset b{mask:url('data:,x')}.c .d{e:f}
.c{background: url(%s)}.d{}"""
        % icon.removeprefix("assets/").encode()
    )
    assert all(
        headers.of(path).cache == headers.FOREVER for some in paths.values() for path in some
    )


def test_scripts_find_what_they_import() -> None:
    found = assets.settle(DRESSED)
    scripts = sorted(path for path in found if path.endswith(".js"))
    folder = scripts[0].rpartition("/")[0]
    assert scripts == [f"{folder}/box.js", f"{folder}/deep/engine.js", f"{folder}/fold.js"]


def test_what_no_page_uses_is_left_out_and_pictures_stay() -> None:
    found = assets.settle(DRESSED)
    assert "assets/stylesheets/seal.png" in found
    assert not [path for path in found if "unused" in path or path.endswith(".map")]


USED = (
    "icon.svg",
    "stylesheets/main.css",
    "site.css",
    "more.css",
    "box.js",
    "deep/engine.js",
    "fold.js",
)


@pytest.mark.parametrize("path", [f"assets/{name}" for name in USED])
def test_other_bytes_have_another_name_and_the_same_bytes_the_same(path: str) -> None:
    before, same = assets.settle(DRESSED), assets.settle(dict(reversed(DRESSED.items())))
    assert before == same
    after = assets.settle({**DRESSED, path: DRESSED[path] + b"i{j:k}"})
    for name in before.keys() & after.keys():
        if re.search("[0-9a-f]{16}", name):
            assert before[name] == after[name]
    assert before["search/index.html"] != after["search/index.html"]


def test_a_script_that_is_not_there_is_told() -> None:
    with pytest.raises(assets.Absent, match=r"assets/fold\.js"):
        assets.settle({path: c for path, c in DRESSED.items() if path != "assets/fold.js"})


def test_what_the_search_page_will_import_is_fetched_at_once(sample_site: Path) -> None:
    html = (sample_site / "search/index.html").read_text("utf-8")
    early = set(re.findall(r'<link rel="modulepreload" href="\.\./([^"]+)">', html))
    waiting = re.findall(r'<script type="module" src="\.\./([^"]+/search\.js)">', html)
    reached: set[str] = set()
    while waiting:
        path = waiting.pop()
        folder = path.rpartition("/")[0]
        text = (sample_site / path).read_text("utf-8")
        found = {f"{folder}/{name}" for name in re.findall(r'(?:from |import\()"\./([^"]+)"', text)}
        waiting += found - reached
        reached |= found
    assert len(early) > 5
    assert early == reached


class Policies(HTMLParser):
    """What a page states about itself, before anything could load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.policies: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if (found.get("http-equiv") or "").lower() == "content-security-policy":
            self.policies.append(found["content"] or "")
            assert not {"link", "script", "style"} & set(self.seen)
        self.seen.append(tag)


def test_every_page_states_the_policy_before_anything_loads(sample_site: Path) -> None:
    pages = sorted(sample_site.rglob("*.html"))[::37]
    assert len(pages) > 100
    for page in pages:
        assert Policies(page.read_text("utf-8")).policies == [policy.stated()], page


def test_the_server_is_told_the_same_and_more(sample_site: Path) -> None:
    text = (sample_site / "_headers").read_text("utf-8")
    assert text.splitlines()[0] == "/*"
    told = dict(line.strip().split(": ", 1) for line in text.splitlines()[1:])
    assert told == policy.headers()
    assert told["Content-Security-Policy"].startswith(policy.stated())
    assert "frame-ancestors 'none'" in told["Content-Security-Policy"]
    assert "unsafe" not in text
    for line, (name, value) in zip(policy.as_nginx().splitlines(), told.items(), strict=True):
        assert line == f'add_header {name} "{value}" always;'


def test_what_is_shipped_is_used(sample_site: Path) -> None:
    text = "".join(
        p.read_text("utf-8")
        for p in [*sample_site.glob("*.html"), *sample_site.glob("*/index.html")]
    )
    shipped = [p for p in (sample_site / "assets").rglob("*") if p.suffix in (".css", ".js")]
    assert shipped
    scripts = "".join(p.read_text("utf-8") for p in shipped)
    assert all(p.name in text + scripts for p in shipped)


def weight(path: Path) -> int:
    """Bytes on the wire."""
    return len(gzip.compress(path.read_bytes(), 6))


def test_a_record_is_light_to_load(sample_site: Path) -> None:
    """60 KB when somebody comes for the first time, 6 KB when the assets are there already."""
    records = [p for p in sample_site.glob("penalties/2025/*.html") if len(p.stem) == 16]
    page = max(records, key=weight)
    html = page.read_text("utf-8")
    named = re.findall(
        r'<(?:link rel="(?:stylesheet|icon)"|script)[^>]* (?:href|src)="([^"]+)"', html
    )
    assert len(named) >= 3
    assert weight(page) <= 6_000
    assert weight(page) + sum(weight(page.parent / name) for name in named) <= 60_000
