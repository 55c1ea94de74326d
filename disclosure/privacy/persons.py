"""Persons: names and homes of people in running text, by the words beside them; always doubtful, never sure.

A name is looked for after a word that says what somebody is in a case (当事人, 司机 …) and before one
that tells their sex or addresses them, and only if it begins with a surname. A home is a flat, a
house of a village, or whatever stands after 住址. Offices have rooms, too: what is called an office or
belongs to a firm is none. Officials and the organs' own contacts are no concern of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa

from disclosure.privacy import digits, names
from disclosure.privacy.numbers import Hit

# ── Words ────────────────────────────────────────────────────────────────────────────────────────

ROLES = (
    "当事人|相对人|被处罚人|被许可人|被检查人|被询问人|违法行为人|违法嫌疑人|嫌疑人|姓名|法定代表人|法人代表|法人|负责人|经营者|经营人"
    "|业主|车主|船主|货主|船长|船员|轮机长|驾驶员|驾驶人|驾驶者|司机|押运员|装卸工|修理工|教练员|学员|乘客|旅客|投诉人|举报人|反映人|来电人"
    "|申请人|代理人|委托人|担保人|证人|受害人|被害人|伤者|死者|肇事者|户主|承租人|出租人|实际控制人|股东|合伙人|家属|配偶|丈夫|妻子|儿子|女儿"
    "|父亲|母亲|村民|居民|市民|农民工|群众|老人"
)
"""What somebody is in a case."""
_SAFE = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎闫潘杜戴夏钟汪田姜范石姚谭廖邹熊"
    "金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易武乔贺赖龚庞樊兰殷施陶洪翟颜倪严牛温芦季俞章鲁葛伍韦毕聂焦柳邢岳齐梅莫庄辛祝涂谷祁"
    "舒耿牟詹苗凌费纪靳盛童甄项曲游裴席屈鲍覃霍翁隋甘柯阮桂闵柴冉欧卞佟楚匡冀姬娄宫尚屠岑巩晏栾桑滕窦穆符简缪胥臧苑蒙虞蓝褚谌谈赫迟邓郁郎"
)
"""Surnames that hardly begin a word of another kind."""
_ALSO = "于高任方常文安申向时成关管左单全计明和应连来原解强车路包商花保余查卫景宁华边房古米池木党燕封官宗应沙习尤池凤水阳平付代仇"
"""Surnames that may as well be such a word: only after a colon."""
_WORDS = frozenset(
    re.findall(
        r"\S\S",
        "陈述 陈列 程序 程度 严重 严格 严禁 严守 严肃 许可 许诺 施工 施救 施行 曾经 曾因 曾于 曾在 曾被 曾有 曾多 曾两 曾以 何时 何种 何地 何处 何人 何以 万元 "
        "金额 金融 项目 季度 温馨 温度 游客 游览 章程 谢绝 顾客 顾及 马上 马路 白天 白色 白班 石油 石料 江面 江中 江上 江段 龙门 武装 康复 苏醒 田间 田里 段内 段某 "
        "毕业 简易 简要 简单 简称 尚未 尚有 尚需 尚无 席位 费用 纪律 盛装 童车 曲解 庄稼 祝愿 谈话 迟到 迟延 章某 符合 封存 雷达 雷雨 黄线 黄色 黄牌 牛羊 钱款 "
        "夏季 林业 林区 梁体 钟表 汤水 许久 孔径 石块 毛重 毛利 易燃 易爆 易制 时间 时段 单位 管理 路段 路线 路面 车辆 车牌 车主 车上 车内 方可 方能 方便 高度 高速 高级 "
        "任何 任意 任职 成立 关于 常年 常住 常见 安全 安装 申请 申辩 申报 申诉 向本 向执 全部 全体 全程 计划 明知 明确 明示 和其 应当 应在 应依 应按 应于 应将 应自 连续 来源 "
        "来到 原因 解释 强制 包括 包车 商品 商户 花费 保证 保险 保管 余额 查验 查询 卫生 于当 于本 于次 于同 于昨 文化 文件 付款 代表 代理 代为 水上 水路 平台 平时 阳光 "
        "万人 万辆 万余 万张 王某 欧元 易货 蓝色 白酒 马达 龙骨 温控 项下 万吨 万件 史料 辛苦 莫名 齐全 齐备 郎当 穆某 华东 古籍 木材 党员 党组 党委 官方 沙石 习惯 尤其 池塘",
    )
)
"""Words that begin with the character of a surname."""
_AFTER = (
    "驾驶|驾车|驾船|驾|操作|操纵|于|因|在|未|的|之|等|持|从事|使用|利用|擅自|私自|雇|将|把|对|与|和|及|或|称|说|表示|承认|陈述|到|向|经|通过|提供|存在|没有|自|以|已|由|不|无|"
    "违|是|系|为|名下|所有|本人|家|住|驶|载|运|搭|乘|出|接|收|拒|涉嫌|进行|实施|承揽|委托|申请|要求|投诉|反映|来电|受伤|死亡|身亡|先生|女士|师傅|"
    "作出|给予|处以|处罚|送达|下达|询问|调查|被|曾|并|后|当场|签|支付|收取|超[载限速员]|多次|现场|正在|拉客|开车|下车|上车|停车|改正|整改|缴|补办|离开|逃"
)
"""What may follow a name that nothing parts from it."""
_HAN = "\u4e00-\u9fff"
_END = rf"(?=[^{_HAN}A-Za-z0-9·*×○某]|$)"
_COMPOUND = "|".join(sorted(names.COMPOUND))
_FIRSTS = "".join(sorted({name[0] for name in names.COMPOUND}))
_GIVEN = rf"[ ]?[{_HAN}](?:[ ]?[{_HAN}])??"
_NAME = rf"(?:(?:{_COMPOUND}){_GIVEN}|[{_SAFE}]{_GIVEN})"
_ANY_NAME = rf"(?:(?:{_COMPOUND}){_GIVEN}|[{_SAFE}{_ALSO}]{_GIVEN})"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # 当事人：张三，…   法定代表人（负责人） 李四
        rf"(?:{ROLES})(?:[(（][^()（）]{{0,12}}[)）])?(?:[ ]*[:：][ ]*|[ ]+)(?P<it>{_ANY_NAME}){_END}",
        # 驾驶员张三驾驶…   车主为李四，
        rf"(?:{ROLES})(?:名叫|叫做|叫|为|是|系)?(?P<it>{_NAME})(?:(?={_AFTER})|{_END})",
        # 张三，男，…   张三（女
        rf"(?<![{_HAN}])(?P<it>{_ANY_NAME})[ ]?[,，(（、][ ]?[男女](?![{_HAN}])",
        # 张三丰先生
        rf"(?P<it>{_NAME})(?:先生|女士|师傅)",
    )
)

# ── Homes ────────────────────────────────────────────────────────────────────────────────────────

_N = "[0-9A-Za-z一二三四五六七八九十百零〇甲乙丙丁东西南北-]{1,6}"
_LIVES = "家庭住址|家庭地址|户籍所在地|户籍地址|户籍地|户籍|现住址|现住|住址|居住地|居住在|居住于|家住|住在|住于|暂住"
_STREET = f"[{_HAN}0-9A-Za-z]"
_HOMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<it>{_STREET}{{0,24}}(?:{_N}(?:号楼|栋|幢|座|楼)){_STREET}{{0,3}}?(?:{_N}单元)(?:{_N}[层楼])?(?:{_N}[室户号房])?)",
        rf"(?P<it>{_STREET}{{0,24}}(?:{_N}(?:号楼|栋|幢|座|弄|号院))(?:{_N}[层楼号])?{_N}[室户])",
        rf"(?P<it>{_STREET}{{0,24}}{_N}单元{_N}[室户号房])",
        rf"(?P<it>{_STREET}{{2,24}}(?:村|屯|社区){_STREET}{{0,8}}?{_N}(?:组|社|队){_N}号)",
        rf"(?:{_LIVES})[是为在于:： ]{{0,3}}(?P<it>{_STREET}{{2,30}}?(?:路|街|巷|弄|道|村|屯|组|小区|花园|苑|新村|家园|公寓){_STREET}{{0,12}}?{_N}[号室栋幢组户]{_STREET}{{0,10}})",
    )
)
_OFFICE = re.compile(
    "办公|大厦|大楼|写字楼|中心|广场|政务|窗口|会议|接待|法院|检察院|委员会|政府|机关|局|厅|公司|企业|单位|厂|车队|合作社|事务所|注册|营业|经营|场所|仓库|宾馆|酒店|医院|学校"
)
_BEFORE = 40
"""Characters before a home in which a word may tell that it is an office."""
_HIDDEN = re.compile("[某*×○]|女士|先生|师傅|等$")

# ── Looking ──────────────────────────────────────────────────────────────────────────────────────

_FAR = f"[^{_HAN}]{{0,40}}"  # blanks, marks and tags
_GLANCE = "|".join(
    (
        rf"(?:{ROLES})(?:[(（][^()（）]{{0,12}}[)）]|名叫|叫做|叫|为|是|系)?{_FAR}[{_SAFE}{_ALSO}{_FIRSTS}][^某*]",
        rf"[{_HAN}]{_FAR}[,，(（、]{_FAR}[男女]{_FAR}",
        rf"[{_HAN}]{_FAR}(?:先生|女士|师傅)",
        f"{_N}(?:单元|(?:号楼|栋|幢|座|弄|号院){_STREET}{{0,9}}[室户])",
        f"{_N}(?:组|社|队){_N}号",
        f"(?:{_LIVES})",
    )
)
_SIGNS = re.compile(f"{ROLES}|[男女]|先生|女士|师傅|[元室户号房]|{_LIVES}")


def suspicious(texts: pa.LargeStringArray) -> list[int]:
    """Which of many texts may name somebody or somebody's home."""
    return [n for n, found in enumerate(digits.matching(texts, _GLANCE).to_pylist()) if found]


def find(text: str) -> list[Hit]:
    """The names and homes in a text; each line is looked at by itself, and hits tell no more of
    their place than the line."""
    found: dict[tuple[int, str], Hit] = {}
    at = 0
    for line in text.splitlines(keepends=True):
        if _SIGNS.search(line):
            for kind, value in _in_line(digits.readable(line)):
                hit = Hit(kind, False, value, at, at + len(line))
                found.setdefault((at, value), hit)
        at += len(line)
    return list(found.values())


def _in_line(line: str) -> Iterator[tuple[str, str]]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(line):
            name = match["it"].replace(" ", "")
            if name[:2] not in _WORDS and not _HIDDEN.search(name):
                yield "name", name
    taken: list[tuple[int, int]] = []
    for pattern in _HOMES:
        for match in pattern.finditer(line):
            start, end = match.span("it")
            around = line[max(0, start - _BEFORE) : end]
            if any(start < stop and begin < end for begin, stop in taken):
                continue
            if not _OFFICE.search(around) and not _HIDDEN.search(match["it"]):
                taken.append((start, end))
                yield "address", match["it"]
