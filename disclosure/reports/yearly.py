"""政府信息公开工作年度报告: the six chapters of the 2021 format, from rows and from the return of the year."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from disclosure.reports import draft, foi, questions
from disclosure.reports.draft import Basis, Draft
from disclosure.reports.questions import Questions

SUMS = (
    ("本年新收", foi.NEW),
    ("上年结转", foi.CARRIED),
    ("办理总计", foi.DONE),
    ("结转下年度", foi.ONWARD),
)
"""What the text says of the third table, by the names of the figures."""
PROMPTS = {
    "总体情况": "主动公开、依申请公开、政府信息管理、平台建设、监督保障五个方面的情况",
    "存在的主要问题及改进情况": "问题、原因和改进措施，以及上年所列问题的整改结果",
    "其他需要报告的事项": "收取信息处理费的情况和其他需要报告的事项；没有的，写明没有",
}


def ask(basis: Basis, linked: str = "") -> Questions:
    """The figures of the report; `linked` is the address of last year's report if it has a figure
    结转下年度."""
    asked = questions.second(basis.year, basis.schemas)
    if stated := basis.stated:
        sums = {name: stated[(*way, foi.ALL)] for name, way in SUMS}
        if all(isinstance(value, Decimal) for value in sums.values()):
            for name, value in sums.items():
                assert isinstance(value, Decimal)
                source = stated.source or f"{basis.year}年{foi.TITLE}统计数据"
                asked.ask(name, given=draft.given(value), unit="件", source=source)
            due = asked.ask("应当办理", total=["本年新收", "上年结转"])
            asked.checks.append({"total": due, "parts": ["办理总计", "结转下年度"]})
            if linked:
                other = {"page": linked, "figure": "结转下年度"}
                asked.checks.append({"equal": ["上年结转", other]})
    return asked


def make(basis: Basis, asked: Questions) -> Draft:
    """The report of a year; `basis.values` hold what `asked` asks."""
    parts = [
        "本报告依照《中华人民共和国政府信息公开条例》和国务院办公厅规定的格式编制，"
        f"统计期间为{basis.year}年1月1日至12月31日。"
    ]
    left: list[str] = []
    for number, rule in enumerate(basis.rules):
        parts.append(draft.chapter(number, rule.title))
        section = _SECTIONS.get(rule.title)
        if section:
            texts, missing = section(basis, asked)
            parts += texts
            left += missing
        else:
            parts.append(draft.prompt(PROMPTS.get(rule.title, rule.text)))
    description = f"{basis.name}{basis.year}年主动公开、依申请公开、复议诉讼和改进工作的情况。"
    return draft.page(
        basis, foi.TITLE, f"{basis.year}年{foi.TITLE}", description, asked, parts, left
    )


def _tables(basis: Basis, asked: Questions, name: str, corner: str) -> tuple[list[str], list[str]]:
    texts: list[str] = []
    left: list[str] = []
    for form in foi.FORMS[name]:
        html, missing = draft.table(basis, form, asked, (name,), corner=corner)
        texts.append(html)
        if len(missing) == len(form.ways):
            left.append(f"{name}“{form.caption}”的全部数字")
        else:
            left += [f"{name}：{cell}" for cell in missing]
    return texts, left


def _published(basis: Basis, asked: Questions) -> tuple[list[str], list[str]]:
    texts, left = _tables(basis, asked, foi.SECOND, "信息内容")
    counted = "、".join(
        title
        for title, row in (
            ("规范性文件", "行政规范性文件"),
            ("许可", "行政许可"),
            ("处罚", "行政处罚"),
        )
        if any(row in way for way in asked.cells)
    )
    if counted:
        texts.append(f"表中{counted}的数字由本站公开的记录算出，可以从数字打开所依据的记录。")
    return texts, left


def _received(basis: Basis, asked: Questions) -> tuple[list[str], list[str]]:
    texts, left = _tables(
        basis, asked, foi.THIRD, "本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和"
    )
    if "应当办理" in asked.figures:
        new, carried, done, onward = (draft.bound(name, basis.values) for name, _ in SUMS)
        due = draft.bound("应当办理", basis.values)
        texts.insert(0, (
            f"全年新收政府信息公开申请{new}件，上年结转{carried}件，应当办理{due}件；"
            f"办理完毕{done}件，结转下年度继续办理{onward}件。"
        ))  # fmt: skip
    return texts, left


def _disputed(basis: Basis, asked: Questions) -> tuple[list[str], list[str]]:
    return _tables(basis, asked, foi.FOURTH, "")


_Section = Callable[[Basis, Questions], tuple[list[str], list[str]]]
_SECTIONS: dict[str, _Section] = {
    "主动公开政府信息情况": _published,
    "收到和处理政府信息公开申请情况": _received,
    "政府信息公开行政复议、行政诉讼情况": _disputed,
}
"""The chapters that hold tables, by their titles in `data/rules/chapters.yml`."""
