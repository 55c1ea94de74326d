"""Sentences that name invented people and their homes, and lawful ones that sound alike, to measure the search with.

Everything is made from a seed. Where a surname begins words of other kinds (高, 于, 方 …), too, only a
colon before it tells that it is one; such names are among those that are planted.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金"
    "陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
"""The hundred most frequent ones."""
GIVEN = "伟芳秀娜敏静丽强磊洋勇艳杰娟涛超霞刚桂燚骁婳槿建国志明海玉春华文军平红梅兰英子涵宇轩梓浩然"
_STREETS = ("光明", "幸福", "建设", "示例", "虚构")

_NAMED = (
    "当事人：{}，违反了《道路运输条例》的规定。",
    "姓名：{}  住址：（略）",
    "法定代表人（负责人）：{}",
    "当事人{}于2026年3月2日驾驶客车载客。",
    "驾驶员{}未取得从业资格证，从事客运。",
    "经查，司机{}的行为违反了规定。",
    "车主为{}。",
    "{}，男，汉族，曾因同类行为被处罚。",
    "船长{}拒绝接受检查。",
    "投诉人{}反映，公交车甩站。",
    "乘客{}先生来电表示感谢。",
    "负责人：{}；经营者：（略）",
)
_HOMES = (
    "家住示例市示例区{street}路{n}号{n}栋{n}单元{room}室。",
    "住址：示例市{street}街道{street}小区{n}号楼{room}室",
    "户籍所在地为示例县示例镇{street}村{n}组{n}号，",
    "当事人住示例市{street}花园{n}幢{n}单元{room}，",
    "示例县{street}村{n}组{n}号村民反映道路破损。",
    "现住示例市{street}路{n}弄{n}号{room}室，",
)
CLEAN = (
    "当事人应当自收到本决定书之日起十五日内缴纳罚款。",
    "当事人陈述、申辩的，应当记录在案。",
    "当事人于三日内提交材料；当事人于当日到场。",
    "当事人高度重视，积极整改；负责人方可签字。",
    "驾驶员未取得从业资格，司机张某某驾驶湘H·**345。",
    "法定代表人（负责人）签字：",
    "法定代表人变更的，应当在二十日内报告。",
    "负责人：局长办公会议确定。",
    "姓名：王某某，性别：男",
    "乘客万人次投诉率下降，乘客时常反映等车时间长。",
    "驾驶员管理制度、驾驶员安全教育、驾驶员任职条件。",
    "船员许可证书、船员严重失职、船长何时离船。",
    "经营者包括个体工商户；经营者成立安全机构。",
    "申请人向本机关申请；申请人温馨提示；申请人万一遗失凭证。",
    "投诉人王女士反映，市民李先生来电，各位师傅请配合。",
    "车主白天停车，业主单位管理，村民水路出行。",
    "办公地址：示例市示例路{n}号行政中心{n}号楼{room}室。",
    "示例公司的注册地为示例路{n}号{n}栋{n}单元{room}室。",
    "服务窗口在政务服务中心{n}号楼{n}层{room}室。",
    "本单元共{n}章，第三章{n}户，第二组{n}号车位。",
    "代理人应当提交委托书；证人许可出庭；股东金额如下。",
    "男、女卫生间，男女比例，驾驶员中男{n}人、女{n}人。",
    "示例市示例运输有限公司（个人独资）负责人因故缺席。",
    "学员于考试前、学员时间安排、旅客关于票价的意见。",
)
"""Sentences in which nobody is named; none may be taken for one that does."""


def named(seed: str, n: int) -> Iterator[tuple[str, str]]:
    """Invented names, each with a sentence that tells it."""
    draw = random.Random(seed)
    for number in range(n):
        name = draw.choice(SURNAMES) + "".join(draw.sample(GIVEN, draw.choice((1, 2, 2))))
        yield name, _NAMED[number % len(_NAMED)].format(name)


def homes(seed: str, n: int) -> Iterator[str]:
    """Sentences that tell where somebody lives."""
    draw = random.Random(seed)
    for number in range(n):
        yield _filled(_HOMES[number % len(_HOMES)], draw)


def clean(seed: str, n: int) -> Iterator[str]:
    """Sentences in which nobody is named."""
    draw = random.Random(seed)
    for number in range(n):
        yield _filled(CLEAN[number % len(CLEAN)], draw)


def _filled(sentence: str, draw: random.Random) -> str:
    room = draw.randrange(101, 3000)
    return sentence.format(n=draw.randrange(1, 60), room=room, street=draw.choice(_STREETS))
