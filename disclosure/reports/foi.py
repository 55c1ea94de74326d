"""The yearly report on disclosure (国办公开办函〔2021〕30号): its tables, and what their numbers owe each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from disclosure.diagnostics import Finding
from disclosure.reports.forms import Form, Way, key, leaves
from disclosure.reports.returns import Return, said

TITLE = "政府信息公开工作年度报告"
SECOND, THIRD, FOURTH = "表二", "表三", "表四"
ALL = "总计"
THROUGH = frozenset(
    {"申请人情况", "法人或其他组织", "行政诉讼", "第二十条第（五）项", "第二十条第（六）项"}
)
_APPLICANTS = (
    "自然人",
    ("法人或其他组织", ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")),
    ALL,
)
_RESULTS = (
    "（一）予以公开",
    "（二）部分公开（区分处理的，只计这一情形，不计其他办理结果）",
    ("（三）不予公开", (
        "1.属于国家秘密",
        "2.其他法律行政法规禁止公开",
        "3.危及“三安全一稳定”",
        "4.保护第三方合法权益",
        "5.属于三类内部事务信息",
        "6.属于四类过程性信息",
        "7.属于行政执法案卷",
        "8.属于行政查询事项",
    )),
    ("（四）无法提供", (
        "1.本机关不掌握相关政府信息",
        "2.没有现成信息需要另行制作",
        "3.补正后申请内容仍不明确",
    )),
    ("（五）不予处理", (
        "1.信访举报投诉类申请",
        "2.重复申请",
        "3.要求提供公开出版物",
        "4.无正当理由大量反复申请",
        "5.要求行政机关确认或重新出具已获取信息",
    )),
    ("（六）其他处理", (
        "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
        "3.其他",
    )),
    "（七）总计",
)  # fmt: skip
_OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", ALL)

FORMS: Mapping[str, Sequence[Form]] = {
    SECOND: (
        Form(
            "主动公开情况：第二十条第（一）项（件）",
            ("本年制发件数", "本年废止件数", "现行有效件数"),
            ("规章", "行政规范性文件"),
            THROUGH,
        ),
        Form(
            "主动公开情况：第二十条第（五）项、第（六）项（件）",
            ("本年处理决定数量",),
            (
                ("第二十条第（五）项", ("行政许可",)),
                ("第二十条第（六）项", ("行政处罚", "行政强制")),
            ),
            THROUGH,
        ),
        Form(
            "主动公开情况：第二十条第（八）项（万元）",
            ("本年收费金额",),
            ("行政事业性收费",),
            THROUGH,
        ),
    ),
    THIRD: (
        Form(
            "收到和处理政府信息公开申请情况（件）",
            (("申请人情况", _APPLICANTS),),
            (
                "一、本年新收政府信息公开申请数量",
                "二、上年结转政府信息公开申请数量",
                ("三、本年度办理结果", _RESULTS),
                "四、结转下年度继续办理",
            ),
            THROUGH,
        ),
    ),
    FOURTH: (
        Form(
            "政府信息公开行政复议、行政诉讼情况（件）",
            (
                ("行政复议", _OUTCOMES),
                ("行政诉讼", (("未经复议直接起诉", _OUTCOMES), ("复议后起诉", _OUTCOMES))),
            ),
            through=THROUGH,
        ),
    ),
}
"""The tables of the report under the names by which a return gives their numbers."""
WAYS: Sequence[Way] = [
    (name, *way) for name, forms in FORMS.items() for form in forms for way in form.ways
]
"""All cells that a return may state, under the name of their table."""

NEW: Way = (THIRD, "本年新收政府信息公开申请数量")
CARRIED: Way = (THIRD, "上年结转政府信息公开申请数量")
RESULTS: Way = (THIRD, "本年度办理结果")
DONE: Way = (*RESULTS, ALL)
ONWARD: Way = (THIRD, "结转下年度继续办理")
APPLICANTS = tuple(key(title) for _, title in leaves(_APPLICANTS))
NORMS: Way = (SECOND, "行政规范性文件")
MADE, REPEALED, IN_FORCE = "本年制发件数", "本年废止件数", "现行有效件数"
DECISIONS = "本年处理决定数量"
COERCION: Way = (SECOND, "行政强制", DECISIONS)


def check(
    stated: Return, before: Return | None, counted: Mapping[Way, Decimal]
) -> Iterator[Finding]:
    """Everything in a year's return that does not follow from the rest of it, from the return of
    the year before, or from the records of this site, which `counted` tells by the ways of cells.

    What is blank is in no sum; 不适用 adds nothing.
    """
    yield from _balance(stated)
    yield from _results(stated)
    yield from _across(stated)
    if before:
        yield from _carried(stated, before)
        yield from _in_force(stated, before, counted)
    yield from recounted(stated, counted)


def unequal(
    code: str,
    stated: Return,
    at: Way,
    left: Mapping[str, Decimal | None],
    right: Mapping[str, Decimal | None],
    **facts: object,
) -> Iterator[Finding]:
    """A finding when two sums differ, with the arithmetic; none while anything is blank.

    `left` and `right` name the terms of the sums.
    """
    sums: list[Decimal] = []
    texts: list[str] = []
    for side in (left, right):
        known = [value for value in side.values() if value is not None]
        if len(known) < len(side):
            return
        sums.append(sum(known, Decimal(0)))
        terms = " + ".join(f"{name} {said(value)}" for name, value in zip(side, known, strict=True))
        texts.append(terms if len(known) == 1 else f"{terms} = {said(sums[-1])}")
    if sums[0] != sums[1]:
        about = {"left": texts[0], "right": texts[1], **facts}
        yield Finding(code, stated.place(at), about)


def _balance(stated: Return) -> Iterator[Finding]:
    """What came in is what was done and what goes on, for every kind of applicant."""
    for column in APPLICANTS:
        sides = [
            {name: stated.stated((*way, column)) for name, way in side.items()}
            for side in (
                {"本年新收": NEW, "上年结转": CARRIED},
                {"办理结果总计": DONE, "结转下年度": ONWARD},
            )
        ]
        yield from unequal("N403", stated, (*NEW, column), *sides, column=column)


def _results(stated: Return) -> Iterator[Finding]:
    """（七）is the sum of the results above it; only what is not zero is told."""
    ways = [way for way in WAYS if way[: len(RESULTS)] == RESULTS and way[len(RESULTS)] != ALL]
    for column in APPLICANTS:
        values = {way[-2]: stated.stated(way) for way in ways if way[-1] == column}
        if None not in values.values():
            values = {name: value for name, value in values.items() if value} or {
                "各项": Decimal(0)
            }
        total = {"总计": stated.stated((*DONE, column))}
        yield from unequal("N404", stated, (*DONE, column), total, values, column=column)


def _across(stated: Return) -> Iterator[Finding]:
    """总计 is the sum of the columns before it, in every row of the third table and in the fourth."""
    rows: dict[Way, dict[str, Decimal | None]] = {}
    for way in WAYS:
        if way[0] in (THIRD, FOURTH):
            rows.setdefault(way[:-1], {})[way[-1]] = stated.stated(way)
    for row, values in rows.items():
        total = {ALL: values.pop(ALL)}
        name = " ".join(row[1:])
        facts = {"table": row[0], "row": name}
        yield from unequal("N405", stated, (*row, ALL), total, values, **facts)


def _carried(stated: Return, before: Return) -> Iterator[Finding]:
    """What was carried over is what the year before says that it left."""
    for column in APPLICANTS:
        here = {f"{stated.year}年上年结转": stated.stated((*CARRIED, column))}
        there = {f"{before.year}年结转下年度": before.stated((*ONWARD, column))}
        facts = {"column": column, "file": before.file}
        yield from unequal("N406", stated, (*CARRIED, column), here, there, **facts)


def _in_force(stated: Return, before: Return, counted: Mapping[Way, Decimal]) -> Iterator[Finding]:
    """What is in force is what was, with what was made and without what was repealed."""
    for row in ((SECOND, "规章"), NORMS):
        made, repealed, now = (
            counted[way] if stated[way] == "" and way in counted else stated.stated(way)
            for way in ((*row, name) for name in (MADE, REPEALED, IN_FORCE))
        )
        here = {f"{stated.year}年现行有效": now, "本年废止": repealed}
        then = before.stated((*row, IN_FORCE))
        there = {f"{before.year}年现行有效": then, "本年制发": made}
        facts = {"row": row[-1], "file": before.file}
        yield from unequal("N407", stated, (*row, IN_FORCE), here, there, **facts)


def recounted(stated: Return, counted: Mapping[Way, Decimal]) -> Iterator[Finding]:
    """What a return states of records that this site holds."""
    for way, count in counted.items():
        here = {"填写": stated.stated(way)}
        facts = {"name": " ".join(way)}
        yield from unequal("N408", stated, way, here, {"本站记录": count}, **facts)
