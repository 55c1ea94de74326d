"""The text of cells: every spelling met in real sheets, and no text that can break a reader."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.cn import uscc

from disclosure.diagnostics import registry
from disclosure.intake import values
from disclosure.intake.values import Reader, Reading, Refusal

READERS: dict[str, Reader] = {
    "text": values.text,
    "multiline": lambda raw: values.text(raw, multiline=True),
    "day": values.day,
    "number": values.number,
    "yuan": lambda raw: values.amount(raw, "元"),
    "integer": values.integer,
    "year": values.year,
    "boolean": values.boolean,
    "listing": values.listing,
    "semicolons": lambda raw: values.listing(raw, "；"),
    "credit_code": values.credit_code,
    "address": values.address,
}


def code(reading: Reading) -> str:
    """The code of a refusal; the canonical text otherwise."""
    return reading.code if isinstance(reading, Refusal) else reading


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2023-07-26", "2023-07-26"),
        ("2023/1/5", "2023-01-05"),
        ("2023-7-26", "2023-07-26"),
        ("2023.7.26", "2023-07-26"),
        ("20230726", "2023-07-26"),
        ("2015年4月3日", "2015-04-03"),
        (" 2015 年 4 月 3 日 ", "2015-04-03"),
        ("２０１５年４月３日", "2015-04-03"),
        ("2023-07-26 00:00:00", "2023-07-26"),
        ("2023/7/26 15:04", "2023-07-26"),
        ("2023-07-26T08:00:00.000Z", "2023-07-26"),
        ("二〇一五年八月三日", "2015-08-03"),
        ("二○一五年十二月三十一日", "2015-12-31"),
        ("二零二〇年十月二十日", "2020-10-20"),
        ("二O二〇年十一月十日", "2020-11-10"),
        ("45292", "2024-01-01"),
        ("45292.75", "2024-01-01"),
        ("1690300800000", "2023-07-26"),
        ("1690387199999", "2023-07-26"),  # 23:59:59.999 in Beijing
        ("2024-02-29", "2024-02-29"),
        ("长期", "2099-12-31"),
        ("2099/12/31", "2099-12-31"),
        ("2026/13/01", "V203"),
        ("2023-02-29", "V203"),
        ("二〇一五年十三月三日", "V203"),
        ("2023-07", "V203"),
        ("昨天", "V203"),
        ("0001-01-01", "V203"),
        ("12345", "V203"),
        ("2023-07-26至2024-07-25", "V203"),
    ],
)
def test_days(raw: str, expected: str) -> None:
    assert code(values.day(raw)) == expected


days = st.dates(date(1950, 1, 1), date(2119, 1, 1))
CHINESE = "〇一二三四五六七八九"


def small_chinese(number: int) -> str:
    """3 → 三, 10 → 十, 21 → 二十一."""
    tens, ones = divmod(number, 10)
    written = ("" if tens == 1 else CHINESE[tens]) + "十" if tens else ""
    return written + (CHINESE[ones] if ones else "")


@given(days)
def test_a_day_is_the_same_in_every_spelling(day: date) -> None:
    beijing = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    spellings = [
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        "".join(CHINESE[int(c)] for c in str(day.year))
        + f"年{small_chinese(day.month)}月{small_chinese(day.day)}日",
    ]
    if day > date(1954, 10, 3):
        spellings.append(str((day - date(1899, 12, 30)).days))
    if day > date(1975, 1, 1):
        spellings.append(str(int(beijing.timestamp()) * 1000))
    assert {code(values.day(text)) for text in spellings} == {day.isoformat()}


@pytest.mark.parametrize(
    ("raw", "unit", "expected"),
    [
        ("50000", "元", "50000"),
        ("50,000.00", "元", "50000"),
        ("５００００", "元", "50000"),
        ("¥50,000", "元", "50000"),
        ("￥ 50 000 元整", "元", "50000"),
        ("人民币50000元", "元", "50000"),
        ("5万元", "元", "50000"),
        ("5.2 万元", "元", "52000"),
        ("1.5亿元", "元", "150000000"),
        ("0.123456", "万元", "1234.56"),
        ("0.000001", "万元", "0.01"),
        ("1.1", "万元", "11000"),
        ("0.0000001", "万元", "V205"),
        ("500元", "万元", "500"),
        ("0.105", "元", "V205"),
        ("0", "万元", "0"),
        ("-0.00", "元", "0"),
        (".5", "元", "0.5"),
        ("-500", "元", "-500"),
        ("伍万贰仟壹佰贰拾元", "元", "52120"),
        ("伍万贰仟壹佰贰拾元整", "万元", "52120"),
        ("人民币壹亿零叁拾圆正", "元", "100000030"),
        ("壹佰贰拾叁元肆角伍分", "元", "123.45"),
        ("贰拾元零伍分", "元", "20.05"),
        ("拾元整", "元", "10"),
        ("十万元", "元", "100000"),
        ("五千元", "元", "5000"),
        ("零元", "元", "0"),
        ("二〇〇〇元", "元", "V202"),  # digit by digit: not a numeral, and not zero
        ("伍陆佰元", "元", "V202"),
        ("伍佰贰仟元", "元", "V202"),
        ("万元", "元", "V202"),
        ("壹亿万元", "元", "V202"),
        ("元", "元", "V202"),
        ("伍万多", "元", "V202"),
        ("约5万元", "元", "V202"),
        ("1e5", "元", "V202"),
        ("12,34", "元", "V202"),
        ("NaN", "元", "V202"),
        ("12345678901234567890", "亿元", "V202"),
        ("9" * 5000, "元", "V202"),
    ],
)
def test_amounts(raw: str, unit: str, expected: str) -> None:
    assert code(values.amount(raw, unit)) == expected


@given(st.integers(0, 10**12), st.sampled_from(["元", "万元", "亿元"]), st.booleans())
def test_amounts_are_exact(cents: int, unit: str, in_header: bool) -> None:
    yuan = Decimal(cents) / 100
    stated = f"{yuan / {'元': 1, '万元': 10**4, '亿元': 10**8}[unit]:f}"
    raw = stated if in_header else f"{stated}{unit}"
    assert Decimal(code(values.amount(raw, unit if in_header else "元"))) == yuan


def capitals(cents: int) -> str:
    """An amount as cheques write it, by the rules of 正确填写票据和结算凭证的基本规定."""
    digits = "零壹贰叁肆伍陆柒捌玖"
    yuan, cents = divmod(cents, 100)
    text = ""
    for name, worth in (("亿", 10**8), ("万", 10**4), ("", 1)):
        section = yuan // worth % 10_000
        if not section:
            continue
        if text and (section < 1000 or yuan // (worth * 10_000) % 10_000 == 0):
            text += "零"
        part = ""
        for place, value in (("仟", 1000), ("佰", 100), ("拾", 10), ("", 1)):
            digit = section // value % 10
            if digit:
                part += digits[digit] + place
            elif part and section % value:
                part += "" if part.endswith("零") else "零"
        text += part + name
    text = (text or "零") + "元"
    if not cents:
        return text + "整"
    jiao, fen = divmod(cents, 10)
    text += digits[jiao] + "角" if jiao else "零"
    return text + (digits[fen] + "分" if fen else "")


@example(10**13 + 10**6)
@example(100_010_001_00)
@given(st.one_of(st.integers(0, 10**14 - 1), st.integers(0, 10**8).map(lambda n: n * 10**5)))
def test_capital_numerals(cents: int) -> None:
    written = capitals(cents)
    assert Decimal(code(values.amount(written, "万元"))) == Decimal(cents) / 100, written
    assert code(values.amount(f"人民币{written}", "元")) == code(values.amount(written, "元"))


@given(st.text("零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整", max_size=12))
def test_a_capital_numeral_is_read_one_way_or_refused(raw: str) -> None:
    reading = values.amount(raw, "元")
    if isinstance(reading, str):
        cents = int(Decimal(reading) * 100)

        def bones(numeral: str) -> str:
            return numeral.replace("零", "").removesuffix("整").replace("壹拾", "拾")

        assert bones(capitals(cents)).removeprefix("元") == bones(raw).removeprefix("元")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("12", "12"),
        ("+012.50", "12.5"),
        ("1,234,567.8", "1234567.8"),
        ("1，234", "1234"),
        ("-.5", "-0.5"),
        ("12.", "12"),
        ("约十日", "V201"),
        ("12%", "V201"),
        ("1E3", "V201"),
        ("١٢", "V201"),  # digits, but of another script
        ("430900199001011234567", "V201"),
    ],
)
def test_numbers(raw: str, expected: str) -> None:
    assert code(values.number(raw)) == expected


@pytest.mark.parametrize(
    ("raw", "expected"), [("12.0", "12"), ("1,000", "1000"), ("3.5", "V204"), ("三", "V204")]
)
def test_integers(raw: str, expected: str) -> None:
    assert code(values.integer(raw)) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026", "2026"),
        ("2026年", "2026"),
        ("2026年度", "2026"),
        ("2026.0", "2026"),
        ("26", "V207"),
        ("3026", "V207"),
        ("20٢٦", "V207"),
    ],
)
def test_years(raw: str, expected: str) -> None:
    assert code(values.year(raw)) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("是", "是"),
        ("√", "是"),
        ("TRUE", "是"),
        ("1", "是"),
        ("否", "否"),
        ("0", "否"),
        ("暂缓", "V206"),
    ],
)
def test_booleans(raw: str, expected: str) -> None:
    assert code(values.boolean(raw)) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  某某  有限公司\t", "某某 有限公司"),
        ("示例\n有限公司", "示例有限公司"),
        ("ABC\r\nDEF", "ABC DEF"),
        ("行政\u200b处罚\ufeff", "行政处罚"),
        ("（括号）不变", "（括号）不变"),
        ("\u3000\u00a0", ""),
        ("反\u202e转", "V401"),
        ("铃\x07", "V401"),
        ("坏\ufffd", "V401"),
    ],
)
def test_texts(raw: str, expected: str) -> None:
    assert code(values.text(raw)) == expected


def test_a_multiline_text_keeps_its_lines() -> None:
    raw = " 一、受理 \r\n\r\n二、 审查\r三、决定\u2028四、送达"
    assert values.text(raw, multiline=True) == "一、受理\n二、 审查\n三、决定\n四、送达"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("警告、罚款", "警告、罚款"),
        ("警告;罚款，警告", "警告、罚款"),
        ("警告/罚款", "警告、罚款"),
        ("警告\n罚款\n", "警告、罚款"),
        ("20/30", "20/30"),
        ("、", ""),
    ],
)
def test_lists(raw: str, expected: str) -> None:
    assert code(values.listing(raw)) == expected


def test_the_bracket_styles_of_a_document_number_are_one() -> None:
    styles = [
        "〔2020〕",
        "[2020]",
        "（2020）",
        "(2020)",
        "［2020］",
        "﹝2020﹞",
        "【2020】",
        "〔 ２０２０ 〕",
    ]
    keys = {values.document_key(f"示交罚{style}0123号") for style in styles}
    keys |= {
        values.document_key("示交罚 〔2020〕“0123”号"),
        values.document_key("示交罚〔2020〕0123 号"),
    }
    assert keys == {"示交罚(2020)0123号"}
    assert values.document_key("示交罚〔2020〕123号") not in keys
    assert values.document_key("示交（水）罚〔2020〕0123号") not in keys


prefixes = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9)


@given(st.integers(0, 10**6 - 1), prefixes)
def test_credit_codes(region: int, organisation: str) -> None:
    body = f"91{region:06}{organisation}"
    whole = body + uscc.calc_check_digit(body)
    assert values.credit_code(whole) == whole
    assert values.credit_code(f" {whole[:8].lower()} {whole[8:].lower()} ") == whole
    for wrong in (whole[:-1], whole + "0", whole[:-1] + ("0" if whole[-1] != "0" else "1")):
        assert code(values.credit_code(wrong)) == "V301"


@pytest.mark.parametrize(
    ("raw", "good"),
    [
        ("https://www.example.gov.cn/a/b.html?x=1&y=2", True),
        ("http://example.gov.cn", True),
        ("reports/law-2020/", True),
        ("notices/key-points.pdf#page", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.com/x", False),
        ("https://user@example.com/", False),
        ("../../etc/passwd", False),
        ('https://example.com/"onclick="x', False),
        ("https://example.com/\u202egnp.exe", False),
        ("见附件", True),  # a path may be Chinese; whether the page exists is checked on the site
    ],
)
def test_addresses(raw: str, good: bool) -> None:
    assert code(values.address(raw)) == (raw if good else "V303")


near_misses = st.text(
    "0123456789.,-/年月日号十一二〇零 万亿元角分¥壹贰拾佰X、;:T\n\u200b\u3000", max_size=24
)
anything = st.one_of(st.text(), st.text(st.characters(), max_size=8), near_misses)


@example("\ud800")
@example("９" * 40)
@example("壹" * 5000)
@example("壹万" * 40 + "元")
@example("İ")
@given(anything)
def test_no_text_breaks_a_reader_and_canonical_text_stays(raw: str) -> None:
    for name, read in READERS.items():
        reading = read(raw)
        if isinstance(reading, Refusal):
            kind = registry()[reading.code]
            kind.says.format_map({"title": "列", **reading.facts})
        elif reading:
            assert read(reading) == reading, name
            assert reading == reading.strip(), name
    values.document_key(raw)
    for unit in ("万元", "亿元"):
        values.amount(raw, unit)


@given(anything)
def test_what_looks_settled_is_settled(raw: str) -> None:
    if values.is_settled(raw):
        assert values.text(raw) == values.text(raw, multiline=True) == raw
