"""Names: how a natural person is named in public, and what tells a person's name from a firm's.

The surname stays and the given name becomes 某 (法释〔2016〕19号 arts. 8–10): 张三 → 张某, 张三丰 → 张某某,
欧阳修 → 欧阳某. Of a foreign name in Latin letters only the first letter stays, of a name of several
parts (买买提·吐尔逊) the first character.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

COMPOUND = frozenset(
    re.findall(
        "..",
        "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离"
        "长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭"
        "南门羊舌微生梁丘左丘西门第五南荣东里即墨达奚褚师纳兰",
    )
)
"""Surnames of two characters."""
STEMS = "甲乙丙丁戊己庚辛壬癸"
"""What tells persons of one decision apart who are masked alike: 张某甲, 张某乙."""

_FIRM = re.compile(
    "公司|有限|集团|合伙|企业|商店|商行|超市|经营部|服务部|货运部|门市|工厂|车队|合作社|事务所|工作室|个体|中心|"
    "学校|医院|委员会|协会|修理厂|加油站|管理局|交通局|运输局|码头"
)
_FIRM_ENDS = frozenset("店厂行社部站队场局所馆楼坊铺园吧屋城庄校院记处会")
_SHORT_FIRM_ENDS = frozenset("店厂社部站局馆院记")
_NOBODY = frozenset(
    {"不详", "同上", "未知", "本人", "负责人", "经营者", "法定代表人", "详见附件", "不适用"}
)
_DOTS = "·•・．‧∙"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_LIST = re.compile(r"[、，,；;/|\n]")
_TAIL = re.compile(r"等(?:\d{0,3}|[二三四五六七八九十]{1,3})人?$")
_ASIDE = re.compile(r"[(（\[【〔][^)）\]】〕]*[)）\]】〕]?")
_PART_MASKED = re.compile(r"[*×○〇●█■?？xX_]")
_MASKED = re.compile(
    rf"(?:{'|'.join(sorted(COMPOUND))}|[{_HAN}]|[A-Z])?某{{1,4}}(?:[{STEMS}]|\d\d?)?"
)
_NOISE = re.compile(rf"[^A-Za-z某{_HAN}{_DOTS}*×○〇●█■?？_]")


def persons(raw: str) -> Iterator[tuple[str, str]]:
    """Every person that a cell names, as written and masked: 张三、李四 → (张三, 张某), (李四, 李某)."""
    for written in _LIST.split(_ASIDE.sub("", unicodedata.normalize("NFKC", raw))):
        name = _TAIL.sub("", _squeezed(written))
        if name:
            yield name, _masked(name)


def mask(raw: str) -> str:
    """The cell as it may be published: surnames with 某, and nothing but that; "" stays "".

    What is masked already stays as it is, so that masking twice changes nothing.
    """
    if not raw.strip():
        return ""
    cell = _squeezed(_ASIDE.sub("", unicodedata.normalize("NFKC", raw)))
    tail = _TAIL.search(cell)
    masked = [name for _, name in persons(raw)]
    return ("、".join(masked) or "某某") + (tail[0] if tail and masked else "")


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def _masked(name: str) -> str:
    """One name, as written, masked."""
    if _MASKED.fullmatch(name):
        return name
    kept = _NOISE.sub("", name).lstrip(_DOTS)
    if kept[:1].isascii() and kept[:1].isalpha():
        return kept[0].upper()
    letters = [c for c in _PART_MASKED.sub("某", kept) if c not in _DOTS]
    if not letters or letters[0] == "某":
        return "某某"
    surname = _surname("".join(letters))
    return surname + "某" * min(max(len(letters) - len(surname), 1), 2)


def _surname(name: str) -> str:
    return name[:2] if len(name) > 2 and name[:2] in COMPOUND else name[0]


def surname(masked: str) -> str:
    """The part of a masked name that stays however many bear it: 张某某, 张某甲 → 张."""
    return masked.partition("某")[0]


def distinguish(masked: Sequence[str]) -> list[str]:
    """Masked names of different persons of one decision, told apart where they are alike.

    Two 张某 become 张某甲 and 张某乙; whoever is alone of a name keeps it.
    """
    often = Counter(masked)
    taken: Counter[str] = Counter()
    told: list[str] = []
    for name in masked:
        if often[name] < 2 or not re.fullmatch(r"[^、]*?某{1,2}", name):
            told.append(name)
            continue
        family = surname(name)
        number = taken[family]
        taken[family] += 1
        mark = STEMS[number] if number < len(STEMS) else str(number + 1)
        told.append(f"{family}某{mark}")
    return told


def is_masked(name: str) -> bool:
    """Whether a name hides its given name already."""
    return bool(_MASKED.fullmatch(name))


def looks_like_person(name: str) -> bool:
    """Whether a text could be the unmasked name of a natural person and hardly that of a firm."""
    name = _squeezed(unicodedata.normalize("NFKC", name))
    if is_masked(name) or _FIRM.search(name):
        return False
    if re.fullmatch(rf"[{_HAN}]{{1,7}}(?:[{_DOTS}][{_HAN}]{{1,7}})+", name):
        return True
    if len(name) > 3 and name[:2] not in COMPOUND:
        return False
    return bool(re.fullmatch(rf"[{_HAN}]{{2,4}}", name)) and name[-1] not in _SHORT_FIRM_ENDS


def is_somebody(name: str) -> bool:
    """Whether what stands in a column of names can be one: not too short, no firm, no placeholder."""
    return len(name) > 1 and name not in _NOBODY and not looks_like_firm(name)


def looks_like_firm(name: str) -> bool:
    """Whether a text that stands where a natural person is named is a firm's name."""
    name = _squeezed(unicodedata.normalize("NFKC", name))
    long = re.fullmatch(rf"[{_HAN}()]{{5,}}", name) and name[-1] in _FIRM_ENDS
    return not is_masked(name) and bool(_FIRM.search(name) or long)
