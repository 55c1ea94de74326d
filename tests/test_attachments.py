"""What lies in docs/ and data/ beside pages and tables: nothing that runs, leads away or never ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import ROOT

from disclosure.intake import attachments, folders, settings, tables

PNG = b"\x89PNG\r\n\x1a\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


def codes(root: Path, name: str, content: bytes | str) -> list[str]:
    path = root / "docs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [f.code for f in attachments.check(root / "docs") if f.message]


def test_this_project_has_nothing_of_the_kind() -> None:
    assert attachments.check(ROOT / "docs") == []
    assert folders.check(ROOT / "docs") + folders.check(ROOT / "data") == []


def test_a_drawing_may_use_its_parts_many_times() -> None:
    uses = "".join(f'<use href="#a" x="{n}"/>' for n in range(900))
    drawing = SVG.format(f'<g id="a"><use href="#b"/></g><path id="b"/>{uses}')
    assert attachments.picture(drawing.encode(), "x.svg") == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", "x"),
        ("a.png", PNG),
        ("图表.PNG", PNG),
        ("a.pdf", b"%PDF-1.7"),
        ("a.docx", b"PK\x03\x04"),
        ("a.csv", "甲,乙"),
        (".hidden.html", "x"),
        ("assets/a.ico", b"\0\0\1\0\1"),
        (
            "a.svg",
            SVG.format('<title>甲</title><style>.a{fill:red}</style><path class="a" d="M0 0"/>'),
        ),
        (
            "a.svg",
            SVG.format('<defs><g id="x"/></defs><use xlink:href="#x"/><rect fill="url(#x)"/>'),
        ),
        ("a.svg", SVG.format('<image href="data:image/png;base64,AAAA"/>')),
    ],
)
def test_what_may_lie_in_docs(tmp_path: Path, name: str, content: bytes | str) -> None:
    assert codes(tmp_path, name, content) == []


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.html", "x", "M207"),
        ("a.htm", "x", "M207"),
        ("a.xhtml", "x", "M207"),
        ("a.js", "x", "M207"),
        ("a.css", "x", "M207"),
        ("assets/a.js", "x", "M207"),
        ("assets/a.css", "x", "M207"),
        ("assets/a.html", "x", "M207"),
        ("a.php", "x", "M207"),
        ("a.exe", "x", "M207"),
        ("a.zip", "PK\x03\x04", "M207"),
        ("a.docm", "PK\x03\x04", "M207"),
        ("robots", "x", "M207"),
        ("a.png", "<html>", "M207"),
        ("a.pdf", "<html>", "M207"),
        ("a.docx", b"PK\x03\x04...word/vbaProject.bin", "M207"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le"), "M207"),
        ("assets/a.svg", SVG.format("<script/>"), "M208"),
    ],
)
def test_what_may_not_lie_in_docs(
    tmp_path: Path, name: str, content: bytes | str, code: str
) -> None:
    assert codes(tmp_path, name, content) == [code]


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<g onclick="alert(1)"/>',
        '<g ONLOAD="alert(1)"/>',
        "<foreignObject/>",
        '<a xlink:href="x"><g/></a>',
        '<use xlink:href="https://example.com/#x"/>',
        '<use href="//example.com/#x"/>',
        '<use href="data:image/svg+xml,x"/>',
        '<style>*{mask-image:image-set("https://example.com/x" 1x)}</style>',
        """<rect style="background:Image-Set('//example.com/x' 1x)"/>""",
        '<style>@font-face{src:src("https://example.com/x")}</style>',
        '<g id="a"><use href="#a"/></g>',
        '<g id="a"><use href="#b"/></g><g id="b"><use xlink:href="#a"/></g>',
        "".join(f'<g id="a{n}">{f"""<use href="#a{n - 1}"/>""" * 10}</g>' for n in range(1, 6)),
        '<image href="javascript:x"/>',
        '<image href="data:image/svg+xml;base64,x"/>',
        '<set attributeName="href" to="javascript:x"/>',
        '<animate attributeName="href" values="javascript:x"/>',
        '<rect style="fill:url(https://example.com/)"/>',
        "<rect fill=\"url( 'https://example.com/')\"/>",
        "<style>@import 'x';</style>",
        "<style>a{b:url(//example.com)}</style>",
        "<style>a{b:u\\72l(x)}</style>",
        '<x:body xmlns:x="http://www.w3.org/1999/xhtml"/>',
        '<svg xml:base="https://example.com/"/>',
        "<?xml-stylesheet href='x'?>",
        "<g>",
    ],
)
def test_pictures_that_run_or_reach_out(inside: str) -> None:
    found = attachments.picture(SVG.format(inside).encode(), "x.svg")
    assert found
    assert {f.code for f in found} == {"M208"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"<svg/>",
        b'<?xml version="1.0" encoding="UTF-7"?><svg/>',
        b"<!DOCTYPE svg [<!ENTITY x 'y'>]>" + SVG.format("&x;").encode(),
    ],
)
def test_what_is_no_picture(content: bytes) -> None:
    assert attachments.picture(content, "x.svg")


def named(root: Path) -> list[str]:
    return [f.code for f in folders.check(root / "data") if f.message]


def test_links_that_lead_away(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "data/a").mkdir(parents=True)
    (root / "docs").mkdir()
    (root / "data/a/x.csv").write_text("x")
    (tmp_path / "outside.csv").write_text("x")
    (root / "data/a/inward.csv").symlink_to("x.csv")
    (root / "data/a/absolute.csv").symlink_to(root / "data/a/x.csv")
    (root / "data/a/nowhere.csv").symlink_to("gone.csv")
    (root / "data/a/.lock").symlink_to("/etc/passwd")
    assert named(root) == []
    for name, target in {
        "relative": "../../../outside.csv",
        "outside": str(tmp_path / "outside.csv"),
        "passwd": "/etc/passwd",
        "zero": "/dev/zero",
        "folder": "../../docs",
        "loop": "loop",
        "above": "..",
    }.items():
        link = root / "data/a" / name
        link.symlink_to(target)
        assert named(root) == ["F147"], name
        link.unlink()


def test_what_is_no_file_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.mkfifo(tmp_path / "data/x.csv")
    os.mkfifo(tmp_path / "data/x.yml")
    assert named(tmp_path) == ["F148", "F148"]
    assert tables.read(tmp_path / "data/x.csv", file="x.csv", headers=["甲"]) == ([], [])
    assert [f.code for f in settings.read(tmp_path / "data/x.yml", file="x.yml")[1]] == ["F202"]


@pytest.mark.parametrize(
    "name", ["a\u202eb.csv", "a\nb.csv", "a\tb.csv", "a\x1bb.csv", "a\udc80b.csv", "甲\u2066.csv"]
)
def test_names_that_deceive(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).touch()
    (finding,) = folders.check(tmp_path / "data")
    assert finding.code == "F149"
    assert finding.facts["character"] == f"U+{ord(name[1]):04X}"
    assert str(finding).isprintable()
