"""Masks: twice is as good as once, nothing raw is left, and what is public stays."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from disclosure.privacy import masks, names

GIVEN = "伟芳秀娜敏静丽强磊洋勇艳杰娟涛超霞刚桂燚骁婳槿"
HAN = st.sampled_from(f"{GIVEN}张王李赵欧阳诸葛某甲乙公司路县镇")
LOOSE = st.text(st.one_of(HAN, st.sampled_from("0123456789Xx*×·,，、（）() -湘H住址电话：等人号")))
SURNAMES = st.sampled_from([*"赵钱孙李周吴郑王冯陈钭亓", *sorted(names.COMPOUND)])
PERSONS = st.builds(str.__add__, SURNAMES, st.text(st.sampled_from(GIVEN), min_size=1, max_size=2))
DAYS = st.dates(date(1940, 1, 1), date(2005, 12, 31))


@st.composite
def identities(draw: st.DrawFn) -> str:
    body = f"110101{draw(DAYS):%Y%m%d}{draw(st.integers(0, 999)):03}"
    return body + str(ric.calc_check_digit(body))


def digits(least: int, most: int, head: str = "") -> st.SearchStrategy[str]:
    return st.text(st.sampled_from("0123456789"), min_size=least, max_size=most).map(head.__add__)


PHONES = digits(8, 8, "139")
ACCOUNTS = digits(12, 15, "6222")
PLATES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from("湘京粤示"),
    st.sampled_from("AHK"),
    st.sampled_from(["", "·", " ", "-"]),
    st.text(st.sampled_from("0123456789ABD"), min_size=5, max_size=6),
)


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("张三", "张某"),
        ("张 三", "张某"),
        ("张三丰", "张某某"),
        ("欧阳修", "欧阳某"),
        ("欧阳娜娜", "欧阳某某"),
        ("欧阳", "欧某"),
        ("张某", "张某"),
        ("张某甲", "张某甲"),
        ("张*三", "张某某"),
        ("张**", "张某某"),
        ("买买提·吐尔逊", "买某某"),
        ("JOHN SMITH", "J"),
        ("张三、李四丰", "张某、李某某"),
        ("张三等3人", "张某等3人"),
        ("李和平", "李某某"),
        ("张三（身份证号110101199003070731）", "张某"),
        ("110101199003070731", "某某"),
        ("", ""),
    ],
)
def test_names_keep_the_surname(raw: str, masked: str) -> None:
    assert names.mask(raw) == masked


def test_namesakes_of_one_decision_are_told_apart() -> None:
    told = names.distinguish(["张某", "李某", "张某", "张某某", "欧阳某", "欧阳某"])
    assert told == ["张某甲", "李某", "张某乙", "张某某", "欧阳某甲", "欧阳某乙"]
    many = names.distinguish(["王某"] * 12)
    assert len(set(many)) == 12
    assert [names.mask(name) for name in many] == many


@given(st.lists(PERSONS, min_size=1, max_size=6))
def test_distinguished_names_stay_masked(people: list[str]) -> None:
    told = names.distinguish([names.mask(person) for person in people])
    assert len(set(told)) == len(told)
    assert all(names.is_masked(name) and names.mask(name) == name for name in told)


@given(PERSONS)
def test_nothing_of_a_given_name_is_left(person: str) -> None:
    masked = names.mask(person)
    assert re.fullmatch(r".{1,2}某{1,2}", masked)
    kept = masked.rstrip("某")
    assert person.startswith(kept)
    assert len(kept) < len(person)


@given(LOOSE)
def test_masking_a_name_twice_is_as_good_as_once(raw: str) -> None:
    once = names.mask(raw)
    assert names.mask(once) == once


@pytest.mark.parametrize("kind", sorted(masks.KINDS))
@pytest.mark.parametrize("person", [True, False])
@given(raw=LOOSE)
def test_masking_twice_is_as_good_as_once(kind: str, person: bool, raw: str) -> None:
    once = masks.mask(kind, raw, person=person)
    assert masks.mask(kind, once, person=person) == once


@given(identities(), PHONES, ACCOUNTS, PLATES)
def test_no_number_is_left(identity: str, phone: str, account: str, plate: str) -> None:
    for kind, raw in (("id-number", identity), ("phone", phone), ("bank-account", account)):
        masked = masks.mask(kind, raw, person=False)
        assert masked.count("*") >= len(raw) / 3
        assert not re.search(r"\d{5}", masked)
        spaced = f"{raw[:4]} {raw[4:9]}-{raw[9:]}"
        assert masks.mask(kind, spaced, person=False) == masked
    hidden = masks.mask("plate", plate, person=True)
    assert re.fullmatch(r".[A-Z]·\*{2,3}...", hidden)
    assert masks.mask("plate", plate, person=False) == plate


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("110101199003070731", "11*************731"),
        ("11010119900307073x", "11*************73X"),
        ("E12345678", "E******78"),
        ("张三", ""),
    ],
)
def test_identity_numbers(raw: str, masked: str) -> None:
    assert masks.id_number(raw) == masked


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("湘H12345", "湘H·**345"),
        ("湘h·12345", "湘H·**345"),
        ("湘Ｈ１２３４５", "湘H·**345"),
        ("湘AD12345", "湘A·***345"),
        ("湘H1234挂", "湘H·**34挂"),
        ("湘H12345、湘H54321", "湘H·**345、湘H·**321"),
        ("不详", ""),
    ],
)
def test_plates(raw: str, masked: str) -> None:
    assert masks.plate(raw) == masked


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("湖南省益阳市赫山区桃花仑街道桃花仑路12号3栋401", "湖南省益阳市赫山区桃花仑街道"),
        ("桃江县马迹塘镇九岗山村6组", "桃江县马迹塘镇"),
        ("北京市朝阳区望京街道1号", "北京市朝阳区望京街道"),
        ("湖南省长沙市芙蓉中路3号", "湖南省长沙市"),
        ("湖南省益阳市阳光小区3栋", "湖南省益阳市"),
        ("江苏省镇江市京口区5号", "江苏省镇江市京口区"),
        ("湖南省湘西土家族苗族自治州吉首市乾州街道6号", "湖南省湘西土家族苗族自治州吉首市乾州街道"),
        ("桃花仑路12号", ""),
    ],
)
def test_addresses_end_at_the_township(raw: str, masked: str) -> None:
    assert masks.address(raw) == masked
    assert masks.mask("address", raw, person=False) == raw


def test_a_text_hides_all_that_is_personal() -> None:
    veiled = masks.veil(
        {"诸葛槿燚": "诸葛某某", "李骁": "李某"}, person=True, kept=["李骁运输有限公司"]
    )
    text = (
        "诸葛槿燚（身份证１１０１０１199003070731，电话138 0013 8000，住址：湖南省益阳市赫山区桃花仑街道1号，"
        "账号6222 0212 3456 7890 123）驾驶湘H12345，为李骁运输有限公司送货，李　骁在场。"
    )
    assert veiled(text) == (
        "诸葛某某（身份证11*************731，电话138****8000，住址：湖南省益阳市赫山区桃花仑街道，"
        "账号***************0123）驾驶湘H·**345，为李骁运输有限公司送货，李某在场。"
    )


def test_what_is_public_stays_in_a_text() -> None:
    veiled = masks.veil({}, person=False)
    for text in (
        "示例市货运有限公司使用示A12345货车，罚款12000.50元，文号示交罚〔2026〕0012号。",
        "统一社会信用代码91000000MA12DFYL02，11000000MB0000017P。",
        "2026年11月2日至2026年11月22日，路线G55二广高速K1200+300。",
    ):
        assert veiled(text) == text


def test_a_credit_code_of_digits_only_is_no_identity_number() -> None:
    body = "11010119900307073"
    wrong = next(d for d in "0123456789" if d != ric.calc_check_digit(body))
    assert masks.veil({}, person=False)(body + wrong) != body + wrong
    # Reads as born in January 1990, but only its check digit as a credit code is right.
    codes = (f"512222199001{n:05}" for n in range(100, 99999))
    code = next(
        full
        for c in codes
        if (full := c + uscc.calc_check_digit(c)).isdecimal()
        and uscc.is_valid(full)
        and ric.calc_check_digit(c) != full[-1]
        and masks.birthday(full)
    )
    assert masks.veil({}, person=True)(f"代码{code}。") == f"代码{code}。"


@given(
    st.lists(PERSONS, max_size=3),
    st.lists(identities(), max_size=2),
    st.lists(LOOSE, min_size=1, max_size=6),
    st.booleans(),
    st.randoms(),
)
def test_no_secret_survives_in_a_text(
    people: list[str], numbers: list[str], words: list[str], person: bool, draw: object
) -> None:
    secrets = {who: names.mask(who) for who in people}
    secrets |= {number: masks.id_number(number) for number in numbers}
    pieces = [*words, *people, *(f"，{number}。" for number in numbers)]
    draw.shuffle(pieces)  # type: ignore[attr-defined]
    text = "".join(pieces)
    veiled = masks.veil(secrets, person=person)
    once = veiled(text)
    assert veiled(once) == once
    assert not [secret for secret in secrets if secret in re.sub(r"\s", "", once)]


@given(identities(), st.sampled_from(["", " ", "-"]))
def test_numbers_of_others_go_too(identity: str, gap: str) -> None:
    written = gap.join([identity[:6], identity[6:14], identity[14:]])
    once = masks.veil({}, person=False)(f"乘客出示{written}后离开")
    assert once == f"乘客出示{masks.id_number(identity)}后离开"


@pytest.mark.parametrize(
    ("name", "person", "firm"),
    [
        ("张三", True, False),
        ("欧阳娜娜", True, False),
        ("买买提·吐尔逊", True, False),
        ("钭婳骁", True, False),
        ("张某", False, False),
        ("示例市恒庆出租汽车服务有限公司", False, True),
        ("张三货运部", False, True),
        ("李记", False, False),
        ("示例市交通运输局", False, True),
    ],
)
def test_persons_and_firms_are_told_apart(name: str, person: bool, firm: bool) -> None:
    assert names.looks_like_person(name) is person
    assert names.looks_like_firm(name) is firm


@pytest.mark.parametrize(
    ("identity", "born"),
    [
        ("110101199003070731", date(1990, 3, 7)),
        ("110101900307073", date(1990, 3, 7)),
        ("110101199013070731", None),
        ("11*************731", None),
        ("", None),
    ],
)
def test_birthdays(identity: str, born: date | None) -> None:
    assert masks.birthday(identity) == born
