"""Masks: what is personal in a cell made unrecognisable, by what its column holds; twice is as good as once.

A mask keeps places, not digits: `138****1234` masked again is itself. What does not look like what
its column should hold is dropped whole, for nobody can say what of it is harmless.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from stdnum.cn import ric, uscc

from disclosure.privacy import names

KINDS: Mapping[str, str] = {
    "party-name": "自然人的姓名只留姓",
    "party-code": "自然人没有这种代码，弃去",
    "person-name": "姓名只留姓",
    "id-number": "证件号码只留头尾",
    "phone": "电话号码只留头尾",
    "plate": "自然人的车牌号隐去中间",
    "address": "自然人的地址只到乡镇、街道",
    "bank-account": "账号只留末四位",
    "birth-date": "出生日期，弃去",
    "age": "年龄，弃去",
    "text": "文中的姓名、号码、住址",
}
"""What a column of a schema may be masked as, and how staff read it."""
AGES = frozenset({"birth-date", "age"})
"""Kinds that are read to know minors by, and never kept."""
BY_PARTY = frozenset({"party-name", "party-code"})
"""Kinds that make sense only beside a column that tells the kind of party."""
SELF_EMPLOYED = "个体工商户"
PARTY_KIND = "party_kind"
"""The field that tells whether a row's party is a natural person."""
ORGANISATIONS = frozenset({"法人及非法人组织", SELF_EMPLOYED})
"""Kinds of party whose name and code are public; everybody else counts as a natural person."""
DROPPED = "（略）"
"""What stands in a running text where nothing of the original may stay."""

_Hide = Callable[[re.Match[str]], str | None]
_WIDE = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20}
"""Full-width characters, one for one, so that places in a text stay what they are."""
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_INVENTED = "示"
"""Stands for a province on the plates of samples."""
_PLATE = re.compile(
    rf"([{_PROVINCES}{_INVENTED}][A-Za-z])[ ·•・．.\-]?"
    r"([A-Za-z0-9*]{5,6}|[A-Za-z0-9*]{4}[挂学警港澳领])(?![A-Za-z0-9*])"
)
_ID = re.compile(r"(?<!\d)[1-8]\d(?:[ -]?\d){15}[ -]?[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d){8}(?!\d)")
_PAPER = re.compile(
    r"(?:身份证|证件号|护照|通行证|台胞证|居住证|军官证)[^\dA-Za-z*，,。；;\n]{0,8}"
    r"(?P<it>[A-Za-z]{0,3}[\d*](?:[ -]?[\d*]){5,17}[Xx]?)"
)
_CALL = re.compile(
    r"(?:电话|手机|座机|联系方式)[^\d*，,。；;\n]{0,8}(?P<it>[\d*]{3,4}-[\d*]{7,8}|[\d*]{7,15})"
)
_ACCOUNT = re.compile(
    r"(?:账号|帐号|账户|帐户|卡号|银行卡)[^\d*，,。；;\n]{0,12}(?P<it>[\d*](?:[ -]?[\d*]){9,22})"
)
_HOME = re.compile(
    r"(?:家庭住址|户籍所在地|户籍地址?|现住址?|住址|住所地?|家住|居住于|居住在)[为是在于:： ]{0,3}"
    r"(?P<it>[^\s，,。；;、:：（()）]{2,60})"
)
_PLACE = "[^\\W\\d_a-zA-Z省市盟区县旗镇乡街路村组号栋弄巷]"
_ADDRESS = re.compile(
    rf"(?:\w{_PLACE}{{1,6}}?(?:省|自治区|特别行政区))?"
    rf"(?:\w{_PLACE}{{1,9}}?(?:(?<![超夜菜门城])市|自治州|盟|地区))?"
    rf"(?:\w{_PLACE}{{0,8}}?(?:(?<![超夜菜门城])市|(?<![小社园校厂院])区|县|旗))?"
    rf"(?:\w{_PLACE}{{0,8}}?(?:街道|镇|乡|苏木))?"
)
"""Province, prefecture, county and township from the beginning on, as far as they go."""


def mask(kind: str, value: str, *, person: bool) -> str:
    """A cell of a column of that kind as it may be kept; "" when nothing of it may.

    `person` tells that the row's party is a natural person. A text is masked by `veil` instead,
    because that takes the whole row.
    """
    match kind:
        case "party-name":
            return names.mask(value) if person else value
        case "party-code":
            return "" if person else value
        case "plate":
            return plate(value) if person else value
        case "address":
            return address(value) if person else value
        case "birth-date" | "age":
            return ""
    return _ALWAYS[kind](value)


def id_number(raw: str) -> str:
    """35*************123: of a short number, such as a passport's, less stays."""
    word = _bare(raw)
    if not re.fullmatch(r"[A-Z0-9*]{6,20}", word):
        return ""
    return _starred(word, 2, 3) if len(word) >= 15 else _starred(word, 1, 2)


def phone(raw: str) -> str:
    """138****1234."""
    word = _bare(raw).lstrip("+")
    if not re.fullmatch(r"[0-9*]{7,15}", word):
        return ""
    return _starred(word, 3, 4) if len(word) >= 11 else _starred(word, 0, 2)


def bank_account(raw: str) -> str:
    """***************1234."""
    word = _bare(raw)
    return _starred(word, 0, 4) if re.fullmatch(r"[0-9*]{9,30}", word) else ""


def plate(raw: str) -> str:
    """湘H12345 → 湘H·**345. A cell may name several vehicles."""
    masked = [_hide_plate(found) for found in _PLATE.finditer(_folded(raw))]
    return "、".join(masked)


def address(raw: str) -> str:
    """Down to the township or street office, or as far as the text says at its beginning."""
    found = _ADDRESS.match(re.sub(r"\s", "", unicodedata.normalize("NFKC", raw)))
    return found[0] if found else ""


def birthday(identity: str) -> date | None:
    """The day of birth that an ID number (18 or 15 digits) tells."""
    word = _bare(identity)
    if found := re.fullmatch(r"\d{6}(\d{8})\d{3}[\dX]", word):
        digits = found[1]
    elif found := re.fullmatch(r"\d{6}(\d{6})\d{3}", word):
        digits = f"19{found[1]}"
    else:
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def veil(
    secrets: Mapping[str, str], *, person: bool, kept: Iterable[str] = ()
) -> Callable[[str], str]:
    """What masks the running texts of one row.

    `secrets` are raw values of the row and of the other rows of its decision, each with its mask;
    `kept` are texts that stay whole though they hold a secret, such as a firm named after its owner.
    ID numbers, mobile numbers and bank accounts go, whether they are among the secrets or not, and
    where the party is a natural person plates and home addresses, too.
    """
    words = {word: mask or DROPPED for word, mask in secrets.items() if word != mask}
    shapes = list(_SHAPES if person else _SHAPES[:5])
    if words:
        words |= {word: word for word in kept if word}
        known = sorted(words, key=lambda word: (-len(word), word))

        def by_word(found: re.Match[str]) -> str | None:
            word = known[(found.lastindex or 1) - 1]
            return None if words[word] == word else words[word]

        shapes.insert(0, (re.compile("|".join(f"({_loosely(word)})" for word in known)), by_word))

    def veiled(text: str) -> str:
        folded = text.translate(_WIDE)
        for shape, hide in shapes:
            if (hidden := _replaced(text, folded, shape, hide)) != text:
                text, folded = hidden, hidden.translate(_WIDE)
        return text

    return veiled


def _replaced(text: str, folded: str, shape: re.Pattern[str], hide: _Hide) -> str:
    """The text with what the pattern finds (its group `it`, if it has one) hidden; None lets it stand."""
    pieces, end = list[str](), 0
    for found in shape.finditer(folded):
        if (hidden := hide(found)) is not None:
            start, stop = found.span("it" if "it" in shape.groupindex else 0)
            pieces += text[end:start], hidden
            end = stop
    return "".join(pieces) + text[end:] if pieces else text


def _loosely(word: str) -> str:
    """A pattern for a secret however its characters are spaced; numbers only as a whole."""
    letters = [re.escape(c) for c in word.translate(_WIDE) if not c.isspace()]
    if word.isascii():
        body = r"[ -]?".join(letters)
        return rf"(?<![0-9A-Za-z])(?i:{body})(?![0-9A-Za-z])"
    return r"\s*".join(letters)


def _hide_id(found: re.Match[str]) -> str | None:
    word = _bare(found[0])
    if not birthday(word):
        return None
    # A credit code may be all digits; only then the check digits decide which of the two it is.
    is_code = uscc.is_valid(word) and ric.calc_check_digit(word[:-1]) != word[-1]
    return None if is_code else id_number(word)


def _hide_plate(found: re.Match[str]) -> str:
    region, body = found[1].upper(), found[2].upper()
    return f"{region}·{_starred(body, 0, 3)}"


def _hide_home(found: re.Match[str]) -> str:
    return address(found["it"]) or DROPPED


_SHAPES: tuple[tuple[re.Pattern[str], _Hide], ...] = (
    (_ID, _hide_id),
    (_ACCOUNT, lambda found: bank_account(found["it"])),
    (_PAPER, lambda found: id_number(found["it"])),
    (_CALL, lambda found: phone(found["it"]) or DROPPED),
    (_MOBILE, lambda found: phone(found[0])),
    (_PLATE, _hide_plate),
    (_HOME, _hide_home),
)
_ALWAYS: Mapping[str, Callable[[str], str]] = {
    "person-name": names.mask,
    "id-number": id_number,
    "phone": phone,
    "bank-account": bank_account,
    "text": veil({}, person=True),
}


def _folded(raw: str) -> str:
    return unicodedata.normalize("NFKC", raw)


def _bare(raw: str) -> str:
    """A number without what people put between its digits."""
    return re.sub(r"[\s()\-]", "", _folded(raw)).upper()


def _starred(word: str, head: int, tail: int) -> str:
    return word[:head] + "*" * (len(word) - head - tail) + word[len(word) - tail :]


def words_of(kind: str, raw: str, *, person: bool) -> Iterable[tuple[str, str]]:
    """What of a cell must not stand in the texts of its row, each with what may stand there instead."""
    match kind:
        case "party-name" if person:
            return [pair for pair in names.persons(raw) if len(pair[0]) > 1]
        case "person-name":
            return [pair for pair in names.persons(raw) if names.is_somebody(pair[0])]
        case "id-number" | "phone" | "bank-account":
            return [(raw, _ALWAYS[kind](raw))] if len(_bare(raw)) >= 6 else []
        case "party-code" if person:
            return [(raw, id_number(raw))] if len(_bare(raw)) >= 6 else []
        case "address" if person:
            return [(raw, address(raw))] if len(raw) > 5 else []
        case "plate" if person:
            folded = _folded(raw)
            return [(found[0], _hide_plate(found)) for found in _PLATE.finditer(folded)]
    return []
