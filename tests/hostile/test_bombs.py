"""Files that ask for all memory or time: each is refused with its finding, and takes no more than is promised."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

from bench import bombs
from bench.bombs import BOMBS, Bomb
from disclosure import confine
from disclosure.intake import envelopes, tables, workbooks

MB = 1_000_000
SHEET = bombs._SHEET
STRING = '<c r="{0}" t="inlineStr"><is><t>{1}</t></is></c>'
ROWS = (
    f'<row r="1">{STRING.format("A1", "文号")}</row><row r="2">{STRING.format("A2", "A-1")}</row>'
)
SOUND = {**bombs.PARTS, SHEET: f"{bombs._OPENING}{ROWS}{bombs._CLOSING}"}


def read(path: Path, data: bytes) -> tuple[list[list[str]], list[str]]:
    path.write_bytes(data)
    found, findings = tables.read(path, file=path.name, headers=["文号"])
    return [table.columns[0].values for table in found], [f.code for f in findings]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.make.__name__)
def test_a_bomb_is_refused_and_takes_little(bomb: Bomb, tmp_path: Path) -> None:
    found = bombs.judge(bomb, tmp_path)
    assert found.codes == (bomb.code,)
    assert found.megabytes < bombs.MOST_MEGABYTES
    assert found.seconds < bombs.MOST_SECONDS  # of processor time, which others do not take


def test_a_sound_workbook_is_read(tmp_path: Path) -> None:
    assert read(tmp_path / "x.xlsx", bombs.workbook({}, base=SOUND)) == ([["A-1"]], [])


def test_a_large_sheet_is_read_still(tmp_path: Path) -> None:
    names = [chr(65 + n) if n < 26 else f"A{chr(39 + n)}" for n in range(30)]

    def rows(count: int = 65_535) -> str:
        cells = "".join(f'<c r="{name}{{0}}"><v>7</v></c>' for name in names)
        return "".join(f'<row r="{n}">{cells.format(n)}</row>' for n in range(2, count + 1))

    head = "".join(STRING.format(f"{name}1", "文号" if name == "A" else name) for name in names)
    sheet = f'{bombs._OPENING}<row r="1">{head}</row>{rows()}{bombs._CLOSING}'
    (values,), codes = read(tmp_path / "x.xlsx", bombs.workbook({SHEET: sheet}))
    assert not codes
    assert len(values) == 65_534


@pytest.mark.parametrize(
    ("part", "content", "codes", "is_read"),
    [
        ("xl/vbaProject.bin", "x", ["F142"], False),
        ("xl/macrosheets/sheet1.xml", "<x/>", ["F142"], False),
        ("xl/activeX/activeX1.xml", "<x/>", ["F142"], False),
        ("xl/embeddings/oleObject1.bin", "x", ["F142"], False),
        ("xl/embeddings/Workbook1.xlsx", "x", ["F142", "F142"], False),
        ("xl/connections.xml", "<x/>", ["F142"], False),
        ("customXml/run.exe", "x", ["F142"], False),
        ("xl/externalLinks/externalLink1.xml", "<x><externalBook/></x>", ["F143"], True),
        ("xl/externalLinks/externalLink1.xml", "<x><ddeLink ddeService='cmd'/></x>", ["F143", "F142"], False),
        ("xl/media/image1.png", "x", [], True),
        ("docProps/app.xml", "<x/>", [], True),
        ("docProps/app.xml", "<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>", ["F144"], False),
        ("xl/drawings/vmlDrawing1.vml", "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>", ["F144"], False),
        ("../x", "x", ["F140"], False),
        ("/etc/cron.d/x", "x", ["F140"], False),
        ("xl/..\\..\\x", "x", ["F140"], False),
        ("C:/x", "x", ["F140"], False),
        ("XL/Workbook.xml", "x", ["F140"], False),
    ],
)  # fmt: skip
def test_what_a_workbook_may_carry(
    tmp_path: Path, part: str, content: str, codes: list[str], is_read: bool
) -> None:
    found = read(tmp_path / "x.xlsx", bombs.workbook({part: content}, base=SOUND))
    assert found == ([["A-1"]] if is_read else [], codes)


def test_limits_are_where_they_are_said_to_be(tmp_path: Path) -> None:
    def filled(size: int) -> dict[str, bytes]:
        return {"xl/media/image1.png": os.urandom(size)}

    rest = sum(len(text.encode()) for text in SOUND.values())
    most = envelopes.MAX_UNPACKED - rest
    assert not envelopes.unsafe(bombs.workbook(filled(most), base=SOUND))
    assert envelopes.unsafe(bombs.workbook(filled(most + 1), base=SOUND))
    names = {f"xl/media/{n}": b"" for n in range(envelopes.MAX_ENTRIES - len(SOUND))}
    assert not envelopes.unsafe(bombs.workbook(names, base=SOUND))
    assert envelopes.unsafe(bombs.workbook({**names, "x": b""}, base=SOUND))


def test_encrypted_parts_and_foreign_methods_are_refused() -> None:
    data = bytearray(bombs.workbook({}, base=SOUND))
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    assert envelopes.unsafe(bytes(data))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x", "x")
    assert envelopes.unsafe(target.getvalue())


# Both would take hours or all memory where every column, or every blank, is looked at in turn.
HIDDEN = '<col min="1" max="16384" hidden="1"/>' * 50_000
MERGED = '<mergeCell ref="A1:XFD1048576"/>' * 50_000


@pytest.mark.parametrize(
    "sheet",
    [
        bombs._OPENING.replace("<sheetData>", f"<cols>{HIDDEN}</cols><sheetData>") + ROWS + bombs._CLOSING,
        bombs._OPENING + ROWS + bombs._CLOSING.replace("</w", f"<mergeCells>{MERGED}</mergeCells></w"),
    ],
    ids=["hidden", "merged"],
)  # fmt: skip
def test_hidden_columns_and_merges_by_the_thousand(tmp_path: Path, sheet: str) -> None:
    found, codes = read(
        tmp_path / "x.xlsx", bombs.workbook({SHEET: sheet}, base=SOUND, packed=False)
    )
    assert found == [["A-1"]]
    assert set(codes) <= {"F134", "F135"}


def test_a_reader_that_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = f"{bombs._OPENING}{ROWS}<!-- {'<c ' * 1_000_000} -->{bombs._CLOSING}"
    monkeypatch.setattr(workbooks, "SECONDS", 1.0)
    monkeypatch.setattr(workbooks, "_SIGNS", (b"<",))
    data = bombs.workbook({SHEET: slow}, base=SOUND, packed=False)
    assert read(tmp_path / "x.xlsx", data) == ([], ["F145"])


def test_work_is_confined() -> None:
    assert confine.run(lambda: {"a": [1, "二"]}, memory=100 * MB, seconds=5) == {"a": [1, "二"]}
    with pytest.raises(confine.Overrun, match="memory"):
        confine.run(lambda: bytes(500 * MB), memory=100 * MB, seconds=5)
    with pytest.raises(confine.Overrun, match="time"):
        confine.run(lambda: sum(n for n in iter(int, 1)), memory=100 * MB, seconds=1)
    with pytest.raises(confine.Failed):
        confine.run(lambda: 1 // 0, memory=100 * MB, seconds=5)
    with pytest.raises(confine.Failed):
        confine.run(lambda: os._exit(7), memory=100 * MB, seconds=5)


def test_work_that_stands_still_is_stopped_soon() -> None:
    with pytest.raises(confine.Overrun):
        confine.run(lambda: time.sleep(1_000), memory=100 * MB, seconds=1_000)


def test_confinement_leaves_this_process_as_it_was() -> None:
    limits = resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_CPU)
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(confine.Overrun):
        confine.run(lambda: bytes(500 * MB), memory=100 * MB, seconds=5)
    assert (
        resource.getrlimit(resource.RLIMIT_AS),
        resource.getrlimit(resource.RLIMIT_CPU),
    ) == limits
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


def test_where_nothing_can_be_forked_workbooks_are_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "fork")
    assert read(tmp_path / "x.xlsx", bombs.workbook({}, base=SOUND)) == ([["A-1"]], [])
    damaged = bombs.workbook({SHEET: "<worksheet>"}, base=SOUND)
    assert read(tmp_path / "x.xlsx", damaged) == ([], ["F130"])


def test_csv_files_beyond_all_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "x.csv").open("wb") as stream:
        stream.truncate(tables.MAX_BYTES + 1)
    found, (finding,) = tables.read(tmp_path / "x.csv", file="x.csv", headers=["文号"])
    assert (found, finding.code) == ([], "F141")
    wide = "文号,当事人\n" + "x\n" + "," * 1_000_001 + "\n"
    assert read(tmp_path / "y.csv", wide.encode()) == ([], ["F122"])


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux lists children")
def test_the_child_of_a_killed_parent_ends() -> None:
    """Nobody is left behind, holding what it has read, when a command is stopped for good."""
    program = (
        "import time; from disclosure import confine;"
        "confine.run(lambda: time.sleep(1) or bytes(10_000_000), memory=1 << 30, seconds=60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) as parent:
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
        while not (found := children.read_text().split()):
            time.sleep(0.01)
        parent.kill()
    child = Path(f"/proc/{found[0]}/stat")
    for _ in range(600):
        if not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError("the child still waits")
