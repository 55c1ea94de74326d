"""Settings files: what is read, what is refused, and where the complaint points."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure.intake import settings


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "设置.yml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path) -> tuple[dict[object, object] | None, list[str]]:
    value, findings = settings.read(path, file="data/x.yml")
    return value, [f"{f.place}: {f.code}" for f in findings if f.message]


def test_words_mean_what_staff_expect(tmp_path: Path) -> None:
    text = (
        "2026: 年\n日: 2026-05-01\n否: no\n时: 12:30\n码: 0012\n长码: 430900199001011234\n"
        "数: 12\n小数: 1.5\n空: ~\n真: true\n无:\n"
    )
    value, findings = read(written(tmp_path, text))
    assert not findings
    assert value == {
        2026: "年",
        "日": date(2026, 5, 1),
        "否": "no",
        "时": "12:30",
        "码": "0012",
        "长码": "430900199001011234",
        "数": 12,
        "小数": 1.5,
        "空": None,
        "真": True,
        "无": None,
    }


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    assert read(written(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")) == ({"a": 1, "b": 2}, [])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: 1\nb: \xd6\xd0\n", "data/x.yml:2: F203"),
        (b"a: " + b"x" * settings.MAX_BYTES, "data/x.yml: F204"),
        ("a: 1\n b: 2\n", "data/x.yml:2:3: F205"),
        ("a: [1\n", "data/x.yml:2:1: F205"),
        ("a: 1\nb: \x07\n", "data/x.yml:2:4: F150"),
        ("a: 1\n# \u202e\n", "data/x.yml:2:3: F150"),
        ('a: "\\u202e"\n', "data/x.yml:1:4: F150"),
        ("a: x qztitlezq\n", "data/x.yml:1:6: F146"),
        ('a: "qz\\\n  titlezq"\n', "data/x.yml:1:4: F146"),
        ("a: 1\n---\nb: 2\n", "data/x.yml:2:1: F205"),
        ("? [1]\n: 2\n", "data/x.yml:1:3: F205"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "data/x.yml:4:3: F206"),
        ("a: &x 1\n", "data/x.yml:1:4: F207"),
        ("a: !!python/name:os.system x\n", "data/x.yml:1:4: F207"),
        ("a: " + "[" * 60 + "]" * 60, "data/x.yml:1:53: F207"),
        ("a: 2026-02-30\n", "data/x.yml:1:4: F208"),
        ("", "data/x.yml: F209"),
        ("# 只有注释\n", "data/x.yml:1: F209"),
        ("- 1\n", "data/x.yml:1: F209"),
    ],
)
def test_refused(tmp_path: Path, content: str | bytes, expected: str) -> None:
    assert read(written(tmp_path, content)) == (None, [expected])


def test_missing_and_folder(tmp_path: Path) -> None:
    assert read(tmp_path / "nothing.yml") == (None, ["data/x.yml: F201"])
    assert read(tmp_path) == (None, ["data/x.yml: F202"])


def test_every_alias_is_named(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\n"
    assert len(read(written(tmp_path, bomb))[1]) == 4


punctuation = st.text(alphabet="ab:-[]{}&*!?|>'\"# \n\t0%@,", max_size=60)


@given(st.one_of(st.binary(max_size=80), punctuation))
def test_never_raises(tmp_path_factory: pytest.TempPathFactory, content: bytes | str) -> None:
    path = written(tmp_path_factory.getbasetemp(), content)
    value, findings = read(path)
    assert (value is None) == bool(findings)
    if value is not None:
        settings.lines(path)


def test_lines(tmp_path: Path) -> None:
    text = "title: 甲\nfields:\n  - name: a\n  - {name: b,\n     type: c}\n2026: x\n"
    path = written(tmp_path, text)
    places = settings.lines(path)
    assert places["title",] == 1
    assert places["fields", 0, "name"] == 3
    assert places["fields", 1] == 4
    assert places["fields", 1, "type"] == 5
    assert places["2026",] == 6


def test_text_at_hand() -> None:
    assert settings.parse("title: 甲\n", file="docs/a.md") == ({"title": "甲"}, [])
    value, findings = settings.parse("title: 甲\ntitle: 乙\n", file="docs/a.md")
    assert value is None
    assert [str(f.place) for f in findings] == ["docs/a.md:2:1"]
