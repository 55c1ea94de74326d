"""法治政府建设年度报告: the chapters that the law wants, with the figures of the year bound in their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from disclosure.reports import draft
from disclosure.reports.draft import Basis, Draft
from disclosure.reports.questions import (
    INSPECTIONS,
    NORMS,
    PENALTIES,
    PERMITS,
    Questions,
)

TITLE = "法治政府建设年度报告"
POWERS, TASKS = "powers", "tasks"


def ask(basis: Basis) -> Questions:
    """The figures of the report, as far as the collections hold them."""
    asked, year, schemas = Questions(), basis.year, basis.schemas
    for name, collection in (
        ("处罚决定", PENALTIES),
        ("许可决定", PERMITS),
        ("随机抽查", INSPECTIONS),
        ("制发规范性文件", NORMS),
    ):
        if collection in schemas and schemas[collection].date:
            asked.ask(name, count=collection, where={"年度": year})
    if POWERS in schemas:
        asked.ask("权责事项", count=POWERS)
    for name, collection, column in (
        ("处罚按业务类别", PENALTIES, "category"),
        ("许可按业务类别", PERMITS, "business"),
        ("抽查按结果", INSPECTIONS, "result"),
    ):
        if collection in schemas and (field := schemas[collection].by_name.get(column)):
            asked.ask(name, count=collection, by=field.title, where={"年度": year})
    if (penalties := schemas.get(PENALTIES)) and "fine" in penalties.by_name:
        column = f"{PENALTIES}.{penalties.by_name['fine'].title}"
        asked.ask("罚款总额", sum=column, where={"年度": year}, unit="万元", decimals=2)
    if penalties and "reviewed" in penalties.by_name:
        reviewed = {"年度": year, penalties.by_name["reviewed"].title: "是"}
        asked.ask("经法制审核", count=PENALTIES, where=reviewed)
    if (tasks := schemas.get(TASKS)) and "progress" in tasks.by_name:
        done = {"年度": year, tasks.by_name["progress"].title: "已完成"}
        asked.ask("工作要点任务", count=TASKS, where={"年度": year})
        asked.ask("完成任务", count=TASKS, where=done)
    return asked


def make(basis: Basis, asked: Questions) -> Draft:
    """The report of a year; `basis.values` hold what `asked` asks."""
    year = basis.year
    parts = [
        f"依照《法治政府建设与责任落实督察工作规定》，现将{basis.name}{year}年度推进法治政府建设的情况报告如下。"
        f"报告中的数据，统计期间为{year}年1月1日至12月31日。"
    ]
    for number, rule in enumerate(basis.rules):
        parts.append(draft.chapter(number, rule.title))
        if number:
            parts.append(draft.prompt(rule.text.rstrip("。")))
        else:  # the first content is what was done
            parts += _results(basis, asked)
    description = f"{basis.name}{year}年度推进法治政府建设的举措和成效、不足和原因、第一责任人履职情况和下一年度安排。"
    return draft.page(basis, TITLE, f"{year}年度{TITLE}", description, asked, parts)


def _results(basis: Basis, asked: Questions) -> Sequence[str]:
    """The sections of what was done; each says what rows tell and asks for the rest."""
    parts: list[str] = []
    for number, (title, sentences, words) in enumerate(_sections(basis, asked)):
        parts.append(f"### （{'一二三四五六七八九十'[number]}）{title}")
        parts += [*sentences, draft.prompt(words)]
    return parts


def _sections(basis: Basis, asked: Questions) -> Iterator[tuple[str, list[str], str]]:
    def says(text: str, *names: str) -> list[str]:
        """A sentence, if all its figures can be counted."""
        if any(name not in asked.figures for name in names):
            return []
        return [text.format(*(draft.bound(name, basis.values) for name in names))]

    tasks = says("年度法治建设工作要点{}项任务，完成{}项。", "工作要点任务", "完成任务")
    if not basis.values.get("工作要点任务"):
        tasks = []
    yield "加强组织领导", tasks, "党组学法、议法，年度任务的部署和督办"
    permits = says("全年作出行政许可决定{}件。", "许可决定")
    if permits and "许可按业务类别" in asked.figures:
        permits.append("{{ 许可按业务类别：表 }}")
    powers = says("权责清单列明权责事项{}项。", "权责事项")
    yield "依法履行职能", [*powers, *permits], "权责清单调整、审批服务便民化、网上办理和办事指南"
    penalties = says("全年作出行政处罚决定{}件，罚款{}万元。", "处罚决定", "罚款总额")
    penalties += says("其中{}件经过法制审核。", "经法制审核")
    penalties = ["".join(penalties)] if penalties else []
    if penalties and "处罚按业务类别" in asked.figures:
        penalties.append("{{ 处罚按业务类别：表 }}")
    checks = says("按照“双随机、一公开”的要求，全年开展随机抽查{}次。", "随机抽查")
    if checks and "抽查按结果" in asked.figures:
        checks.append("{{ 抽查按结果：表 }}")
    yield "规范行政执法", [*penalties, *checks], "执法三项制度、裁量基准、案卷评查和执法监督"
    norms = says("全年制发行政规范性文件{}件。", "制发规范性文件")
    yield "完善制度和依法决策", norms, "合法性审核、公平竞争审查、文件清理和重大行政决策"
    yield (
        "接受监督、化解纠纷",
        [],
        "信访、热线、建议提案、调解、复议和应诉的件数和结果（在 figures 中以 given 写明数字和来源）",
    )
    yield "普法和队伍建设", [], "普法责任清单的落实、培训和执法资格考试"
