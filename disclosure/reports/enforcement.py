"""行政执法总体情况: the yearly tables of penalties, permits, coercion and inspections, from rows and a return."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from disclosure.reports import draft, questions
from disclosure.reports.draft import Basis, Draft
from disclosure.reports.forms import Way
from disclosure.reports.questions import ALL, Questions
from disclosure.reports.returns import Return
from disclosure.rules import book
from disclosure.rules.book import Rule

TITLE = "行政执法总体情况"
SAYS = {
    book.HEAVIEST: "从轻到重依次为",
    book.LATEST: "列次从前到后依次为",
    book.EACH: "各列之和可以大于合计；各列依次为",
}


def ways(rule: Rule | None) -> list[Way]:
    """All cells that the return of a year may state."""
    return [way for form in questions.forms(rule) for way in form.ways]


def owed(asked: Questions, rule: Rule | None) -> list[Way]:
    """The cells that only the return can fill: not counted out of rows, nor added up."""
    return [way for way in ways(rule) if way not in asked.cells and way[-1] != ALL]


def ask(basis: Basis) -> Questions:
    """The figures of the report: counted, stated with their source, and added up."""
    asked = questions.enforcement(basis.year, basis.schemas, basis.counting)
    for form in questions.forms(basis.counting):
        names: list[str] = []
        complete = True
        for way in form.ways:
            value = basis.stated[way] if basis.stated else ""
            if way in asked.cells:
                names.append(asked.cells[way])
            elif way[-1] != ALL and isinstance(value, Decimal):
                names.append(_state(asked, way, value, basis))
            elif way[-1] != ALL:
                complete = complete and value != ""
            elif names and complete:
                kind = "行政检查合计" if "检查" in form.caption else "行政强制合计"
                asked.ask(kind, way, total=names)
    year = basis.year - 1
    for subject, name in (("处罚", "处罚合计"), ("许可", "许可数量")):
        if name in asked.figures:
            question = asked.figures[name]
            earlier = asked.ask(f"上年{name}", **{**question, "where": {"年度": year}})
            asked.ask(f"{subject}比上年增加", difference=[name, earlier])
            asked.ask(f"{subject}比上年减少", difference=[earlier, name])
    return asked


def _state(asked: Questions, way: Way, value: Decimal, basis: Basis) -> str:
    """A figure that no rows hold."""
    unit = "次" if "检查" in way[0] else "件"
    source = (basis.stated.source if basis.stated else "") or f"{basis.name}统计台账"
    return asked.ask(
        way[-1].replace("、", ""), way, given=draft.given(value), unit=unit, source=source
    )


def make(basis: Basis, asked: Questions) -> Draft:
    """The report of a year; `basis.values` hold what `asked` asks."""
    year = basis.year
    parts = [
        f"现将{basis.name}{year}年度行政执法总体情况公布如下。"
        f"统计期间为{year}年1月1日至12月31日，按作出决定（完成检查）的日期统计。",
        draft.prompt("本年度行政执法工作的主要情况；没有需要说明的，删去这一段"),
    ]
    left: list[str] = []
    notes = (_penalties, _permits, _nothing, _nothing)
    titles = ("行政处罚", "行政许可", "行政强制", "行政检查")
    forms = questions.forms(basis.counting)
    for number, (title, form, note) in enumerate(zip(titles, forms, notes, strict=True)):
        html, missing = draft.table(basis, form, asked, corner="执法主体", heading=basis.name)
        left += [f"{form.caption}：{name}" for name in missing]
        parts += [draft.chapter(number, title), html, *note(basis, asked)]
    parts.append(_remark(basis.stated, year))
    description = f"{basis.name}{year}年度行政处罚、行政许可、行政强制和行政检查的总体情况。"
    return draft.page(basis, TITLE, f"{year}年度{TITLE}", description, asked, parts, left)


def _remark(stated: Return | None, year: int) -> str:
    source = f"登记记录以外的数字取自{stated.source}。" if stated and stated.source else ""
    return f"“不适用”表示本机关没有这项职权，“0”表示有这项职权而{year}年没有发生。{source}"


def _nothing(basis: Basis, asked: Questions) -> Sequence[str]:
    return ()


def _permits(basis: Basis, asked: Questions) -> Sequence[str]:
    if "许可数量" not in asked.figures:
        return ()
    return (
        f"全年作出准予行政许可决定{draft.bound('许可数量', basis.values)}件{_versus('许可', basis)}。",
    )


def _penalties(basis: Basis, asked: Questions) -> Sequence[str]:
    """The sentence on the year, and how the columns were counted."""
    if "处罚合计" not in asked.figures:
        return ()
    said = [
        f"全年作出行政处罚决定{draft.bound('处罚合计', basis.values)}件{_versus('处罚', basis)}。"
    ]
    if "罚没金额" in asked.figures:
        names = [str(name) for name in asked.figures["罚没金额"]["total"]]
        sums = "、".join(f"{name}{draft.bound(name, basis.values)}万元" for name in names)
        said[0] += f"{sums}，合计{draft.bound('罚没金额', basis.values)}万元。"
    if rule := basis.counting:
        ranks = rule.order if rule.counting == book.HEAVIEST and rule.order else rule.told_in
        said.append(
            f"统计口径（规则 {rule.id}，{rule.source}）：{rule.text}"
            f"{SAYS[rule.counting]}：{'；'.join(ranks)}。"
            "一份决定书处罚两个以上当事人的，按当事人分别计算。已经撤回、下架和依法不公开的决定计算在内。"
        )
    return said


def _versus(subject: str, basis: Basis) -> str:
    """「，比上年增加12件」, bound to both years; nothing when there is no other year."""
    now = {"处罚": "处罚合计", "许可": "许可数量"}[subject]
    difference = basis.values[now] - basis.values[f"上年{now}"]
    if not basis.values[f"上年{now}"] or not difference:
        return ""
    way = "增加" if difference > 0 else "减少"
    return f"，比上年{way}{draft.bound(f'{subject}比上年{way}', basis.values)}件"
