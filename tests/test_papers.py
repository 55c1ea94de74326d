"""Papers: PDF files after GB/T 9704-2012 and PDF/UA-1, measured in the files themselves."""

from __future__ import annotations

import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PageObject, PdfReader

from disclosure import catalog, fonts, glyphs
from disclosure.privacy import digits, opening
from disclosure.privacy.pieces import readable
from disclosure.site import papers, typesetting

MM = 72 / 25.4
SITE = "https://jtj.example.gov.cn/"
HAN = "".join(map(chr, range(0x4E00, 0x4E00 + 700)))
"""Characters after which any line may end."""


def document(body: str, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>示例报告</title>{head}'
        f"</head><body>{body}</body></html>"
    )


def read(html: str, **pictures: bytes) -> PdfReader:
    files = {SITE + name.replace("_", "."): content for name, content in pictures.items()}
    return PdfReader(io.BytesIO(typesetting.paper(html, f"{SITE}reports/x/", files)))


def pieces(page: PageObject) -> list[tuple[float, float, str, str]]:
    """What a page shows: for each piece its left end and its height in points, its text and font."""
    found: list[tuple[float, float, str, str]] = []

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if text.strip():
            x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
            found.append((x, y, text.strip("\n"), str(font["/BaseFont"]).partition("+")[2]))

    page.extract_text(visitor_text=visit)
    return found


def lines(page: PageObject) -> list[tuple[float, float, str]]:
    """The lines of a page from the top: left end, height, text; page numbers left out."""
    rows: dict[float, list[tuple[float, str]]] = defaultdict(list)
    for x, y, text, _ in pieces(page):
        if not re.fullmatch(r"— \d+ —", text):
            rows[round(y, 1)].append((x, text))
    return [
        (min(row)[0], y, "".join(text for _, text in sorted(row)))
        for y, row in sorted(rows.items(), reverse=True)
    ]


def tags(reader: PdfReader) -> Iterator[tuple[Any, Any]]:
    """Every element of the tree of tags, with its parent."""
    root = reader.root_object["/StructTreeRoot"]
    waiting = [(kid.get_object(), root) for kid in root["/K"]]
    while waiting:
        element, parent = waiting.pop(0)
        if "/S" not in element:
            continue
        yield element, parent
        kids = element.get("/K", [])
        kids = kids if isinstance(kids, list) else [kids]
        waiting[:0] = [(kid.get_object(), element) for kid in kids if not isinstance(kid, int)]


@pytest.fixture(scope="module")
def report(sample_site: Path) -> PdfReader:
    return PdfReader(sample_site / "reports/law-2025/law-2025.pdf")


# ── The page: GB/T 9704-2012 ─────────────────────────────────────────────────────────────────────


def test_a_page_holds_22_lines_of_28_characters() -> None:
    reader = read(document(f"<p>{HAN * 2}</p>"))
    first = lines(reader.pages[0])
    assert len(first) == 22
    assert [len(text) for _, _, text in first[1:]] == [28] * 21
    assert len(first[0][2]) == 26  # 首行空二字
    pitches = [above[1] - below[1] for above, below in pairwise(first)]
    assert pitches == pytest.approx([225 * MM / 22] * 21, abs=0.2)


def test_the_type_area_lies_where_the_standard_has_it() -> None:
    reader = read(document(f"<p>{HAN * 3}</p>"))
    odd, even = lines(reader.pages[0]), lines(reader.pages[1])
    box = reader.pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((210 * MM, 297 * MM), abs=0.1)
    assert odd[1][0] == pytest.approx(28 * MM, abs=0.5)  # 订口
    assert even[1][0] == pytest.approx(26 * MM, abs=0.5)  # the binding edge is on the other side
    for page in (odd, even):
        top, bottom = page[0][1], page[-1][1]
        assert (297 - 37) * MM - 225 * MM / 22 < top < (297 - 37) * MM
        assert 35 * MM < bottom < 35 * MM + 225 * MM / 22


def test_page_numbers_stand_outside_between_dashes() -> None:
    reader = read(document(f"<p>{HAN * 3}</p>"))
    for number, page in enumerate(reader.pages, 1):
        found = [(x, y, text) for x, y, text, _ in pieces(page) if y < 35 * MM]
        assert [text for _, _, text in found] == [f"— {number} —"]
        x, y, _ = found[0]
        assert (x > 140 * MM) if number % 2 else (x == pytest.approx(26 * MM + 14, abs=1))
        assert 35 * MM - y == pytest.approx(7 * MM + 14, abs=5)


def test_headings_have_the_fonts_of_their_levels() -> None:
    body = (
        "<h1>示例题目</h1><h2>一、甲</h2><h3>（一）乙</h3><h4>1. 丙</h4><h5>（1）丁</h5><p>正文</p>"
    )
    fonts_by_text = {text: font for _, _, text, font in pieces(read(document(body)).pages[0])}
    open_ = {
        "示例题目": "Noto-Serif-CJK-SC-Bold",
        "一、甲": "Noto-Sans-CJK-SC",
        "（一）乙": "Noto-Serif-CJK-SC-Bold",
        "1. 丙": "Noto-Serif-CJK-SC",
        "（1）丁": "Noto-Serif-CJK-SC",
        "正文": "Noto-Serif-CJK-SC",
    }
    if not typesetting.classes():  # the free fonts stand in for those that nobody may hand on
        assert {key: fonts_by_text[key] for key in open_} == open_


def test_the_fonts_of_the_standard_are_named_first() -> None:
    styles = (Path(typesetting.__file__).parent / typesetting.STYLES).read_text("utf-8")
    for own, free in re.findall(r'(?:font-family: |[)\d] )"([^"]+)"[^;]*"(Noto[^"]+)";', styles):
        assert own in {"仿宋_GB2312", "方正小标宋_GBK", "黑体", "楷体_GB2312", "宋体"}
        assert free in fonts.OPEN
    assert "@font-face" not in styles
    assert "url(" not in styles


# ── The file: PDF/UA-1 (ISO 14289-1) ─────────────────────────────────────────────────────────────


def test_the_file_says_what_it_is(report: PdfReader) -> None:
    root = report.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-CN"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert 'pdfuaid:part="1"' in root["/Metadata"].get_object().get_data().decode()
    assert "2025年度法治政府建设年度报告" in root["/Metadata"].get_object().get_data().decode()
    assert report.metadata is not None
    assert report.metadata.title == "2025年度法治政府建设年度报告"
    assert report.metadata.author == "示例市交通运输局"
    assert report.metadata["/CreationDate"] == "D:20260313"  # 成文日期
    assert report.metadata["/ModDate"] == "D:20260320"  # 公开日期
    assert all(page["/Tabs"] == "/S" for page in report.pages)


def test_all_that_is_shown_is_tagged_or_an_artifact(report: PdfReader) -> None:
    held: dict[int, set[int]] = defaultdict(set)
    numbers = {page.indirect_reference.idnum: n for n, page in enumerate(report.pages)}  # type: ignore[union-attr]
    for element, _ in tags(report):
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            if isinstance(kid, int):
                held[numbers[element.raw_get("/Pg").idnum]].add(int(kid))
    for number, page in enumerate(report.pages):
        content = page.get_contents()
        assert content is not None
        depth, marks, artifacts = 0, [], 0
        for operands, operator in content.operations:
            if operator in (b"BDC", b"BMC"):
                depth += 1
                if operands[0] == "/Artifact":
                    artifacts += 1
                else:
                    marks.append(int(operands[1]["/MCID"]))
            elif operator == b"EMC":
                depth -= 1
            elif operator in (b"Tj", b"TJ", b"Do", b"f", b"S"):
                assert depth, f"page {number + 1} shows something that is not marked"
        assert set(marks) == held[number]
        assert artifacts  # at least the number of the page


def test_the_tree_of_tags_is_well_formed(report: PdfReader) -> None:
    kinds = Counter(element["/S"] for element, _ in tags(report))
    assert kinds["/H1"] == 1
    assert kinds["/H2"] == 5
    assert kinds["/Table"] == 3
    for element, parent in tags(report):
        within = {
            "/LI": {"/L"},
            "/TR": {"/THead", "/TBody", "/TFoot", "/Table"},
            "/TH": {"/TR"},
            "/TD": {"/TR"},
            "/Caption": {"/Table"},
        }.get(element["/S"])
        assert within is None or parent["/S"] in within
        if parent.get("/S") == "/LI":
            assert element["/S"] in ("/Lbl", "/LBody")
        if element["/S"] == "/TD":
            assert element["/A"]["/Headers"]
    levels = [int(e["/S"][2]) for e, _ in tags(report) if re.fullmatch(r"/H\d", e["/S"])]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_links_lead_to_the_site_and_say_where(report: PdfReader) -> None:
    links = [a.get_object() for page in report.pages for a in page.get("/Annots", ())]
    assert links
    for link in links:
        assert link["/A"]["/URI"].startswith(SITE)
        assert link["/Contents"]
        assert isinstance(link["/StructParent"], int)
    assert any("/figures/" in link["/A"]["/URI"] for link in links)


def test_all_fonts_are_embedded_and_can_be_read(report: PdfReader) -> None:
    for page in report.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            found = font.get_object()
            assert "/ToUnicode" in found
            about = found["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(about)


def test_pictures_come_from_the_site_alone_and_have_their_words(tmp_path: Path) -> None:
    """What is not given is neither read nor fetched: its words stand in its place."""
    picture = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9"/></svg>'
    )
    (tmp_path / "b.svg").write_bytes(picture)
    body = '<p><img src="../../a.svg" alt="示意图"></p>'
    body += f'<p><img src="file://{tmp_path}/b.svg" alt="乙"></p>'
    body += '<p><img src="http://127.0.0.1:9/x.png" alt="丙"></p>'
    reader = read(document(body), a_svg=picture)
    figures = [element for element, _ in tags(reader) if element["/S"] == "/Figure"]
    assert [figure["/Alt"] for figure in figures] == ["示意图", "乙", "丙"]
    assert [text for _, _, text in lines(reader.pages[0])] == ["乙", "丙"]


# ── What it says ─────────────────────────────────────────────────────────────────────────────────


def test_the_text_comes_in_order_with_its_figures(report: PdfReader, sample_site: Path) -> None:
    text = re.sub(r"\s|— \d+ —", "", "".join(page.extract_text() for page in report.pages))
    page = (sample_site / "reports/law-2025/index.html").read_text("utf-8")
    body = page.partition('<div class="md-typeset text">')[2].partition("</article>")[0]
    numbers = re.findall(r'<a class="figure"[^>]*>([^<]+)</a>', body)
    assert len(numbers) > 80
    at = 0
    for number in numbers:
        at = text.index(number.replace(" ", ""), at) + 1
    order = [
        "2025年度法治政府建设年度报告",
        "示交发〔2026〕9号",
        "一、主要举措和成效",
        "二、存在的不足",
    ]
    order += [
        "五、其他需要报告",
        "索引号：SL-JT-2026-0006",
        "2026年3月20日公开",
        f"{SITE}reports/law-2025/",
    ]
    assert [text.index(piece) for piece in order] == sorted(text.index(piece) for piece in order)


def test_addressee_and_signature_have_their_places() -> None:
    body = "<p>局机关各科室，局属各单位：</p>\n<p>请照办。</p>\n<p>示例市交通运输局<br />\n2026年3月18日</p>\n"
    article = catalog.Article(
        "notices/x/", "通知", "", "2026-03-20", source="---\n索引号: A\n---\n"
    )
    html = papers._document(article, {"公开日期": date(2026, 3, 20)}, body, SITE)
    page = read(html).pages[0]
    at = {text: x for x, _, text in lines(page)}
    assert at["局机关各科室，局属各单位："] == pytest.approx(28 * MM, abs=0.5)
    assert at["请照办。"] == pytest.approx((28 + 2 * 156 / 28) * MM, abs=0.5)
    right = (210 - 26 - 4 * 156 / 28) * MM  # 右空四字
    assert at["示例市交通运输局"] == pytest.approx(right - 8 * 156 / 28 * MM, abs=1.5)


def test_every_document_has_its_paper_and_the_page_leads_there(sample_site: Path) -> None:
    found = sorted(path.relative_to(sample_site).as_posix() for path in sample_site.rglob("*.pdf"))
    assert "reports/disclosure-2025/disclosure-2025.pdf" in found
    assert "notices/key-points-2021/key-points-2021.pdf" in found
    for path in found:
        page = (sample_site / path).with_name("index.html").read_text("utf-8")
        link = re.search(r'<p class="paper"><a href="([^"]+)"[^>]*>下载 PDF.*?([\d,]+) KB）', page)
        assert link
        assert link[1] == path.rpartition("/")[2]
        size = (sample_site / path).stat().st_size
        assert int(link[2].replace(",", "")) == round(size / 1000)
    assert not [p for p in sample_site.rglob("*.html") if papers.TOKEN in p.read_bytes()]


def test_the_privacy_gate_reads_papers() -> None:
    hidden = "11010519491231002X"  # 国家标准 GB 11643 的示例号码
    made = typesetting.paper(document(f"<p>身份证号{hidden}，请核对。</p>"), SITE, {})
    texts = [
        readable(layer.content)
        for layer in opening.layers("x.pdf", made)
        if isinstance(layer, opening.Layer)
    ]
    assert any(hidden in text for text in texts)


def test_numbers_of_neighbouring_cells_are_not_one() -> None:
    row = "".join(f"<td>{number}</td>" for number in (17, 1, 0, 0, 1, 0, 0, 334))
    made = typesetting.paper(
        document(f"<table><tr>{row}<td>138001<br>38000</td></tr></table>"), SITE, {}
    )
    layers = [la for la in opening.layers("x.pdf", made) if isinstance(la, opening.Layer)]
    (page,) = [readable(la.content) for la in layers if la.part == "第1页"]
    runs = [re.sub(r"\D", "", run.text) for run in digits.runs(page)]
    assert "17100100334" not in runs
    assert any(run.startswith("13800138000") for run in runs)  # lines of one cell belong together


# ── Cost and constancy ───────────────────────────────────────────────────────────────────────────


def test_the_same_text_gives_the_same_bytes() -> None:
    html = document(f"<h1>题</h1><p>{HAN}</p><table><tr><th>项目<td>1</table>")
    assert typesetting.paper(html, SITE, {}) == typesetting.paper(html, SITE, {})


def test_an_unchanged_paper_is_not_set_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = papers.Paper("a/x/x.pdf", document("<p>正文</p>"), f"{SITE}a/x/", {}, "题目")
    page = b"<p>" + papers.TOKEN + b"</p>"

    def files() -> dict[str, bytes]:
        (job,) = papers.jobs([paper], {"a/x/index.html": page}, tmp_path)
        return dict(job.make(*job.arguments))

    first = files()
    assert set(first) == {"a/x/x.pdf", "a/x/index.html"}
    monkeypatch.setattr(typesetting, "paper", lambda *_: pytest.fail("set again"))
    assert files() == first


def test_without_libraries_the_page_has_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "LIBRARIES", {"Pango": ("libnowhere.so",)})
    paper = papers.Paper("a/x/x.pdf", document("<p>正文</p>"), f"{SITE}a/x/", {}, "题目")
    page = b"<p>" + papers.TOKEN + b"</p>"
    (job,) = papers.jobs([paper], {"a/x/index.html": page}, None)
    assert dict(job.make(*job.arguments)) == {"a/x/index.html": b"<p></p>"}


# ── Characters without a sign ────────────────────────────────────────────────────────────────────


def test_the_check_names_what_the_press_cannot_show(caplog: pytest.LogCaptureFixture) -> None:
    text = "常用字、生僻字𪚥𬭸𠮷䶮㛃、符号√①㎡与没有的\U0002ebf0"
    typesetting.paper(document(f"<p>{text}</p>"), SITE, {})
    said = {str(r.args[0]) for r in caplog.records if "notdef" in str(r.msg) and r.args}  # type: ignore[index]
    signs = fonts.signs()
    assert signs is not None
    assert set(glyphs.unknown([text], signs)) == said
    assert "𪚥" in said
    assert "䶮" not in said


@given(
    st.lists(st.text(max_size=20), max_size=5), st.sets(st.characters(codec="utf-8"), max_size=9)
)
def test_unknown_are_those_without_a_sign(texts: list[str], known: set[str]) -> None:
    signs = np.zeros(0x110000, dtype=bool)
    for character in known:
        signs[ord(character)] = True
    found = glyphs.unknown(texts, signs)
    assert found == sorted(set(found))
    assert set(found) <= {c for text in texts for c in text} - known
    assert {c for text in texts for c in text if c.isalnum()} - known <= set(found)


def test_the_sample_has_a_sign_for_everything() -> None:
    root = Path(__file__).parent.parent
    loaded = catalog.load(root / "data", as_of=date(2026, 11, 22))
    assert not [f for f in loaded.report if f.code.startswith("S33")]
