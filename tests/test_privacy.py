"""Personal data: what is found, in whatever dress and file; what is left alone; and who may let it pass."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import tree
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import containers, planted, told
from bench import privacy as measured
from bench.planted import FREE, LINES, MARKUP, REFERENCES, Value
from disclosure import catalog
from disclosure.diagnostics import RENDERERS, Report
from disclosure.privacy import allowlist, detectors, digits, gate, numbers, opening, persons
from disclosure.site import build

TODAY = date(2026, 11, 22)
DISGUISES = FREE | LINES | REFERENCES | MARKUP | planted.ESCAPES
seeds = st.integers(0, 10**9)


def found(text: str, label: str = "") -> list[tuple[str, str, bool]]:
    return [(hit.kind, hit.value, hit.sure) for hit in detectors.find(text, label)]


def invented(kind: Callable[[random.Random], Value], seed: int = 1) -> Value:
    return kind(random.Random(seed))


def suspects(*texts: str) -> list[int]:
    return detectors.suspicious(pa.array(texts, pa.large_string()))


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=50)
@given(seeds, st.sampled_from(planted.KINDS), st.sampled_from(sorted(DISGUISES)))
def test_every_disguise_is_seen_through(seed: int, kind: Any, name: str) -> None:
    value = invented(kind, seed)
    text = f"{value.label}为{DISGUISES[name](value)}，经核实无误。"
    assert suspects("无关的文字。", text) == [1], "the quick look passes over it"
    assert (value.kind, value.digits) in [hit[:2] for hit in found(text)]
    doubtful = "Chinese" in name
    assert (value.kind, value.digits, True) in found(text) or doubtful


@settings(max_examples=50)
@given(seeds, st.sampled_from(planted.KINDS), st.sampled_from(sorted(DISGUISES)), st.text())
def test_the_quick_look_misses_nothing_that_the_exact_one_finds(
    seed: int, kind: Any, name: str, around: str
) -> None:
    text = around + DISGUISES[name](invented(kind, seed)) + around[::-1]
    if any(hit.kind not in ("plate", "account", "paper") for hit in detectors.find(text)):
        assert suspects(text) == [0]


def test_an_identity_number_has_region_day_and_check_character() -> None:
    weights = [2 ** (17 - n) % 11 for n in range(17)]  # ISO 7064, MOD 11-2

    def right(number: str) -> bool:
        total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
        return "10X98765432"[total % 11] == number[17]

    for seed in range(300):
        number = invented(planted.identity, seed).digits
        assert right(number)
        assert numbers.is_identity(number)
        for last in "0123456789X":
            assert numbers.is_identity(number[:17] + last) == (last == number[17])
        no_day = number[:10] + "0230" + number[14:]
        assert not any(numbers.is_identity(no_day[:17] + last) for last in "0123456789X")
        nowhere = "00" + number[2:]
        assert not any(numbers.is_identity(nowhere[:17] + last) for last in "0123456789X")


@settings(max_examples=50)
@given(seeds)
def test_a_numeric_credit_code_is_no_identity_number(seed: int) -> None:
    code = planted.numeric_code(random.Random(seed))
    assert found(f"统一社会信用代码：{code}") == []
    assert found(code, label="行政相对人代码_1（统一社会信用代码）") == []
    assert not any(sure for _, _, sure in found(f"示例公司（{code}）"))


@pytest.mark.parametrize(
    "text",
    [
        "138****1234",
        "电话：138****1234，证件：1101**********1234",
        "35*************123",
        "9131011467622811X1",
        "值班电话 0000-12345678，热线 400-123-4567、12328",
        "示交罚〔2020〕13812345678号",
        "罚款13812345678元",
        "合同价款 ¥13812345678.00",
        "13812345678.50",
        "113.13812345678,28.12345678",
        "经度 135.12345678",
        "2020-01-02 2021-01-13",
        '<path d="M1 3 8 1 2 3 4 5 6 7 8 9 13812 345678">',
        "3f9c61d07be2485aa13812345678c0e97d5b28e",
        "IMO 9321483，呼号 BQAB7，总吨 13812345678 吨",
        "20210104 20210113 20210115",
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("请拨 13800000001", True),
        ("+8613800000001", True),
        ("0086-138-0000-0001", True),
        ("tel13800000001", True),
        ("13800000001@example.gov.cn", True),
        ('{"a":"x\\n13800000001"}', True),
        ("SF13800000001", False),
        ("编号：13800000001", False),
        ("流水号 7，手机 13800000001", True),
        ("2.13800000001", False),
        ("1380000\n0001", False),
        ("手机 1380000\n0001", True),
    ],
)
def test_the_words_beside_a_number_decide(text: str, sure: bool) -> None:
    assert found(text) == [("mobile", "13800000001", sure)]


def test_some_numbers_need_a_word_beside_them() -> None:
    card = invented(planted.card, 3).digits
    assert found(f"银行卡号 {card}") == [("card", card, True)]
    assert found(card, label="开户银行及账号") == [("card", card, True)]
    assert [hit[2] for hit in found(f"凭 {card} 缴款")] in ([], [False])
    old = "110101900101001"
    assert found(f"身份证号 {old}") == [("id", old, True)]
    assert found(f"工商注册号 {old}") == []
    assert found("开户行：示例银行，账号 430000000012") == [("account", "430000000012", False)]
    assert found("护照号码：E00000001") == [("paper", "E00000001", True)]
    assert found("港澳居民来往内地通行证 H00000001") == [("paper", "H00000001", True)]
    assert found("批次 E00000001") == []
    assert found("护照于 20210104 签发") == []


def test_plates_matter_where_a_natural_person_is() -> None:
    assert found("自然人，驾驶湘A00001号车") == [("plate", "湘A00001", False)]
    assert found("自然人，驾驶湘AD00001号车") == [("plate", "湘AD00001", False)]
    assert found("示例公司的湘A00001号车") == []
    assert found("自然人，驾驶湘A·**001号车") == []


@settings(max_examples=50)
@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    for run in digits.runs(text):
        assert len(run.text) == len(run.at)
        assert all(0 <= at < len(text) for at in run.at)
    for hit in detectors.find(text):
        assert 0 <= hit.start < hit.end <= len(text)


@settings(max_examples=50)
@given(seeds, st.sampled_from(planted.KINDS))
def test_a_mask_hides_what_it_must(seed: int, kind: Any) -> None:
    value = invented(kind, seed).digits
    [hit] = detectors.find(f"身份证、电话、银行卡号 {value}") or [None]
    assert hit
    assert len(hit.masked) == len(value)
    assert hit.masked.count("*") >= 4
    assert found(hit.masked) == []
    assert value not in detectors.veiled(f"身份证、电话、银行卡号 {value}.xlsx")


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


def test_everything_planted_is_found_in_every_disguise_and_format() -> None:
    result = measured.recall(planted.plants("ci", 5))
    assert sum(result.planted.values()) > 10_000
    assert not result.missed
    plain = [key for key in result.planted if "Chinese" not in key[1] and "inside" not in key[1]]
    stopped, total = (sum(c[key] for key in plain) for c in (result.stopped, result.planted))
    assert stopped / total > 0.99


def test_clean_rows_are_not_stopped() -> None:
    stopped, _ = measured.alarms(list(planted.clean_files("ci", 2500)))
    assert stopped <= 1  # of four times 2,500


def test_names_and_homes_in_sentences_are_pointed_out() -> None:
    people = measured.told_of("ci", 2400)
    assert people.names > 0.94
    assert people.homes == 1
    assert people.doubted <= 2  # of 2,400


@settings(max_examples=50)
@given(seeds, st.text(), st.sampled_from(["{}", "<b>{}</b>", "{}\u200b", "  {}"]))
def test_the_quick_look_misses_no_name_and_no_home(seed: int, around: str, dress: str) -> None:
    (name, sentence), home = next(told.named(str(seed), 1)), next(told.homes(str(seed), 1))
    for text in (around + sentence.replace(name, dress.format(name)) + around, around + home):
        if persons.find(text):
            assert persons.suspicious(pa.array([text], pa.large_string())) == [0]


@pytest.mark.parametrize("sentence", told.CLEAN)
def test_nobody_is_named_where_nobody_is(sentence: str) -> None:
    assert persons.find(sentence.format(n=3, room=402, street="示例")) == []


def test_names_and_homes_are_told_with_their_place_and_masked() -> None:
    name, sentence = "王小虚", "驾驶员王小虚未取得从业资格。"
    book = containers.workbook(["示例"], ["", sentence])
    table = containers.rows(["多\n行", sentence]).encode()
    files = [
        ("data/a.xlsx", book),
        ("data/a.csv", table),
        ("docs/a.md", f"一\n{sentence}".encode()),
        ("docs/b.docx", containers.letter([sentence])),
        ("docs/c.pdf", containers.pdf([sentence])),
    ]
    told_ = [str(f) for v in gate.inspect(files, allowlist.Allowed()) for f in v.findings]
    places = ["data/a.xlsx#底稿:2:1", "data/a.csv:3:2", "docs/a.md:2", "docs/b.docx#正文"]
    assert [line.split(": P113")[0] for line in told_] == [*places, "docs/c.pdf#第1页"]
    assert not [line for line in told_ if name in line or "「王**」" not in line]
    site = [(f"site/{path}", content) for path, content in files]
    assert not [
        f for v in gate.inspect(site, allowlist.Allowed(), written=False) for f in v.findings
    ]


def test_the_sample_site_is_clean(sample_site: Path) -> None:
    rules = sample_site.parent / allowlist.FILE
    assert gate.outputs(sample_site, rules=rules, as_of=TODAY) == []


@settings(max_examples=30)
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx", "a.pdf", "a.png", "a.html"]))
def test_no_bytes_break_the_gate(data: bytes, name: str) -> None:
    heads = (b"", b"PK\x03\x04", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"\x1f\x8b", b"\xff\xfe")
    gate.inspect([(f"site/{name}", head + data) for head in heads], allowlist.Allowed())


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.dat", b"\0\1\2\3", "不认识的文件类型"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), "旧版 Office 文件"),
        ("a.zip", b"PK\x03\x04broken", "压缩包或文档已损坏"),
        ("a.csv.gz", b"\x1f\x8bbroken", "压缩文件已损坏"),
        ("a.pdf", b"%PDF-1.4 broken", "PDF 已损坏"),
        ("search/00/t/0/0.bin", b"\1broken", "检索文件已损坏"),
    ],
)
def test_what_cannot_be_opened_is_a_finding(name: str, data: bytes, reason: str) -> None:
    closed = [one for one in opening.layers(name, data) if isinstance(one, opening.Unopened)]
    assert [one.reason for one in closed] == [reason]
    [verdict] = gate.inspect([(name, data)], allowlist.Allowed())
    assert [finding.code for finding in verdict.findings] == ["P121"]


def test_places_are_those_of_the_file() -> None:
    phone = invented(planted.mobile)
    book = containers.workbook(["示例", "示例"], ["", "", f"电话 {phone.digits}"])
    table = containers.rows(["多\n行", phone.digits]).encode()
    text = f"一行\n二行 {phone.digits}".encode()
    files = [("data/a.xlsx", book), ("data/a.csv", table), ("docs/a.md", text)]
    places = [str(v.findings[0].place) for v in gate.inspect(files, allowlist.Allowed())]
    assert places == ["data/a.xlsx#底稿:3:1", "data/a.csv:3:2", "docs/a.md:2"]


# ── Projects ─────────────────────────────────────────────────────────────────────────────────────


def plant(project: Path, text: str) -> Path:
    page = project / "docs" / "guide.md"
    page.write_text(page.read_text("utf-8") + f"\n{text}\n", "utf-8")
    return page


def inputs(project: Path, memory: Path | None = None) -> list[str]:
    return [str(f) for f in gate.inputs(project, as_of=TODAY, memory=memory)]


def test_what_is_clean_is_remembered_until_it_changes(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = invented(planted.mobile).digits
    plant(project, f"手机 {phone}")
    first = inputs(project, tmp_path / "memory")
    assert [line.split(" ")[1] for line in first] == ["P102"]
    looked: list[str] = []
    look = gate.look

    def listen(files: Any, *how: Any, **also: Any) -> Any:
        looked.extend(name for name, _ in files)
        return look(files, *how, **also)

    monkeypatch.setattr(gate, "look", listen)
    assert inputs(project, tmp_path / "memory") == first
    assert looked == []
    plant(project, f"又一次 {phone}")
    assert "等 2 处" in inputs(project, tmp_path / "memory")[0]
    assert looked == ["docs/guide.md"]


def test_no_value_is_ever_shown(project: Path) -> None:
    person, phone = invented(planted.identity).digits, invented(planted.mobile).digits
    rows = project / "data" / "norms" / "norms.csv"
    head, first, *rest = rows.read_text("utf-8").splitlines()
    spoiled = re.sub(
        r"\d{4}-\d\d-\d\d", phone, first
    )  # where a date belongs, which quotes the cell
    rows.write_text("\n".join([head, spoiled, *rest, person]) + "\n", "utf-8")
    plant(project, f"{person}，{phone}")
    (project / "docs" / "assets" / f"{phone}.txt").write_text("示例", "utf-8")
    report = catalog.load(project / "data", as_of=TODAY).report
    assert {"P101", "P102", "V203"} <= {finding.code for finding in report}
    for render in RENDERERS.values():
        shown = render(report)
        assert person not in shown
        assert phone not in shown


def test_personal_data_in_a_finished_site_are_told_by_file(
    sample_site: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    for path, content in list(tree(sample_site).items())[:50]:
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(content)
    phone = invented(planted.mobile).digits
    (site / "extra").mkdir()
    (site / "extra" / "rows.xlsx").write_bytes(containers.workbook(hidden=[f"手机 {phone}"]))
    rules = tmp_path / "none.yml"
    for _ in range(2):
        [finding] = gate.outputs(site, rules=rules, as_of=TODAY, memory=tmp_path / "memory")
        assert str(finding.place) == "site/extra/rows.xlsx#底稿:1:1"
        assert finding.code == "P102"
    (site / "extra" / "rows.xlsx").unlink()
    assert gate.outputs(site, rules=rules, as_of=TODAY, memory=tmp_path / "memory") == []


# ── The allow-list ───────────────────────────────────────────────────────────────────────────────

SALT = "0123456789abcdef"


def allow(
    project: Path, value: str, path: str, expires: str = "2026-11-22", salt: str = SALT
) -> None:
    hashed = allowlist.hashed(value, salt)
    (project / allowlist.FILE).write_text(
        f'salt: {SALT}\nentries:\n  - {{rule: P102, hash: "{hashed}", path: "{path}", reason: 示例,'
        f" approver: 示例, expires: {expires}}}\n",
        "utf-8",
    )


@pytest.mark.parametrize(
    ("path", "expires", "codes"),
    [
        ("docs/guide.md", "2026-11-22", set()),
        ("docs/*", "2026-11-22", set()),
        ("docs/index.md", "2026-11-22", {"P102", "P133"}),
        ("docs/guide.md", "2026-11-21", {"P102", "P132"}),
        ("site/guide/index.html", "2026-11-22", {"P102"}),
    ],
)
def test_an_entry_lets_one_value_pass_in_one_place(
    project: Path, tmp_path: Path, path: str, expires: str, codes: set[str]
) -> None:
    phone = invented(planted.mobile).digits
    plant(project, f"值班手机 {phone[:3]} {phone[3:]}")
    allow(project, phone, path, expires)
    for _ in range(2):
        told = gate.inputs(project, as_of=TODAY, memory=tmp_path / "memory")
        assert {finding.code for finding in told} == codes


@pytest.mark.parametrize(
    ("rule", "value", "text"),
    [
        ("P113", "王小虚", "驾驶员王小虚改正。"),
        ("P114", "虚构路3号2栋1单元101室", "虚构路3号2栋1单元101室"),
    ],
)
def test_names_and_homes_can_be_allowed(project: Path, rule: str, value: str, text: str) -> None:
    plant(project, text)
    assert [f.code for f in gate.inputs(project, as_of=TODAY)] == [rule]
    allow(project, detectors.canonical(value), "docs/guide.md")
    entries = project / allowlist.FILE
    entries.write_text(entries.read_text("utf-8").replace("P102", rule), "utf-8")
    assert gate.inputs(project, as_of=TODAY) == []


def test_an_entry_is_for_one_value_only(project: Path) -> None:
    phone, other = (invented(planted.mobile, seed).digits for seed in (1, 2))
    plant(project, f"值班手机 {phone}")
    for value, salt in ((other, SALT), (phone, SALT[::-1])):
        allow(project, value, "docs/guide.md", salt=salt)
        told = gate.inputs(project, as_of=TODAY)
        assert {finding.code for finding in told} == {"P102", "P133"}


def test_an_unused_entry_for_the_site_is_told_with_the_site(tmp_path: Path) -> None:
    (tmp_path / "data" / "rules").mkdir(parents=True)
    (tmp_path / "site").mkdir()
    allow(tmp_path, "13800000001", "site/a.html")
    rules = tmp_path / allowlist.FILE
    assert gate.inputs(tmp_path, as_of=TODAY) == []
    told = gate.outputs(tmp_path / "site", rules=rules, as_of=TODAY)
    assert [finding.code for finding in told] == ["P133"]
    (tmp_path / "site" / "a.html").write_text("<p>手机 138 0000 0001", "utf-8")
    assert Report.of(gate.outputs(tmp_path / "site", rules=rules, as_of=TODAY)).findings == ()


def test_what_is_wrong_with_an_article_is_told_without_its_numbers(project: Path) -> None:
    guide, number = project / "docs" / "guide.md", "11010519491231002X"
    text = guide.read_text("utf-8")
    guide.write_text(re.sub("公开日期: .*", f"公开日期: 身份证 {number}", text), "utf-8")
    found = [str(f) for f in build.read(project, as_of=TODAY).catalog.report if f.code == "M102"]
    assert len(found) == 1
    assert number not in found[0]
