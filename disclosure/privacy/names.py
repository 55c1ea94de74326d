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
SINGLE = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗"
    "凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛"
    "禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌"
    "霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊惠甄曲家封芮羿储靳汲"
    "邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白"
    "怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍璩桑桂濮牛寿通边扈燕冀郏浦尚农温别"
    "庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩聂晁勾敖融"
    "冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公涂仝付肖代闫覃岳苟佘佟揭练衣楚税闭隋展年阳"
    "邝阿买艾努热玉祖库依斯卡吐哈木帕迪古热苏尼木沙地吾"
)
"""Usual surnames of one character, and how Uygur and Kazakh names in Chinese often begin."""
STEMS = "甲乙丙丁戊己庚辛壬癸"
"""What tells persons of one decision apart who are masked alike: 张某甲, 张某乙."""

_FIRM = re.compile(
    "公司|有限|集团|合伙|企业|商店|商行|超市|经营部|服务部|货运部|门市|工厂|车队|合作社|事务所|工作室|个体|中心|"
    "学校|医院|委员会|协会|修理厂|加油站|管理局|交通局|运输局|码头"
)
_FIRM_ENDS = frozenset("店厂行社部站队场局所馆楼坊铺园吧屋城庄校院记处会")
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
    if not re.fullmatch(rf"[{_HAN}]{{2,4}}", name) or name[-1] in _FIRM_ENDS:
        return False
    if len(name) > 2 and name[:2] in COMPOUND:
        return True
    return len(name) < 4 and name[0] in SINGLE


def looks_like_firm(name: str) -> bool:
    """Whether a text that stands where a natural person is named is a firm's name."""
    name = _squeezed(unicodedata.normalize("NFKC", name))
    long = re.fullmatch(rf"[{_HAN}()]{{5,}}", name) and name[-1] in _FIRM_ENDS
    return not is_masked(name) and bool(_FIRM.search(name) or long)
