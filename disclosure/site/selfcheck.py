"""The self-check page: how the site stands on the day it was made, for inspectors and the public."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import escape

from disclosure.catalog import Catalog
from disclosure.diagnostics import Finding
from disclosure.obligations import EXEMPT, MET, MISSING, Obligation, is_outside
from disclosure.rules.upkeep import Rule
from disclosure.selfcheck import EMPTY, STALE, UNKNOWN, Column

ADDRESS, TITLE = "selfcheck/", "网站自检"
PATH = f"{ADDRESS}index.html"
GOOD, NOTE, GAP = "合格", "提醒", "缺项"
_KINDS = {
    GOOD: "good",
    MET: "good",
    "正常": "good",
    GAP: "gap",
    NOTE: "note",
    STALE: "note",
    EMPTY: "gap",
}
SHOWN = 20
"""How many dead links the page lists."""


@dataclass(frozen=True)
class Proof:
    """What reading the links of the site has shown."""

    pages: int
    """Pages that were read one by one: those that people wrote and the fronts of collections."""
    links: int
    addresses: int
    """Pages of records, lists and companies, which are stamped from shells that were read, too."""
    dead: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One matter that was looked at, with its outcome."""

    title: str
    scope: str
    outcome: str
    says: str
    anchor: str = ""


def content(catalog: Catalog, titles: Mapping[str, str], proof: Proof) -> str:
    """What stands on the page. `titles` names the pages of the site by their addresses."""
    lines = list(_lines(catalog, proof))
    return "".join(
        (
            _lead(catalog.as_of, lines),
            _summary(lines),
            _columns(catalog),
            _wording(catalog),
            _links(proof),
            _obligations(catalog, titles),
        )
    )


def _lead(day: date, lines: Sequence[Line]) -> str:
    counts = [f"{sum(line.outcome == o for line in lines)} 项{o}" for o in (GOOD, NOTE, GAP)]
    return (
        f'<p class="lead">检查日期：<time datetime="{day}">{day.year}年{day.month}月{day.day}日</time>。'
        f"共检查 {len(lines)} 项：{'，'.join(counts)}。"
        "每次生成网站时，由程序按当日的数据和文稿重新核对，结果如实列在这里；本页是自查，不代替上级的检查。</p>"
    )


def _summary(lines: Sequence[Line]) -> str:
    rows = [
        (
            f'<a href="#{line.anchor}">{escape(line.title)}</a>',
            escape(line.scope),
            _state(line.outcome),
            escape(line.says),
        )
        for line in lines
    ]
    return _section(
        "jieguo",
        "检查结果",
        _table("各项检查的结果", ("检查项目", "检查范围", "结果", "情况"), rows),
    )


def _lines(catalog: Catalog, proof: Proof) -> Iterator[Line]:
    columns, rules = catalog.standing.columns, catalog.standing.upkeep
    found = [finding.code for finding in catalog.report]
    if rules.update:
        total = f"{len(columns)} 个栏目"
        blank = [c.title for c in columns if c.state == EMPTY]
        said = f"空白的有：{'、'.join(blank)}。" if blank else "没有空白栏目。"
        yield Line("空白栏目", total, GAP if blank else GOOD, said, "lanmu")
        stale = [c.title for c in columns if c.state == STALE]
        said = f"未按时更新的有：{'、'.join(stale)}。" if stale else "都在规定的时间内更新。"
        yield Line("栏目更新", total, NOTE if stale else GOOD, said, "lanmu")
    if rules.guide:
        left = [c.title for c in columns if not c.in_guide]
        said = f"没有列出：{'、'.join(left)}。" if left else "公开指南列出了全部栏目。"
        outcome = GAP if "S207" in found else NOTE if left else GOOD
        yield Line("公开指南", f"{len(columns)} 个栏目", outcome, said, "lanmu")
    if duties := catalog.obligations:
        count = {state: sum(d.state == state for d in duties) for state in (MET, MISSING, EXEMPT)}
        said = "，".join(f"{state} {number} 项" for state, number in count.items()) + "。"
        outcome = GAP if count[MISSING] else GOOD
        yield Line("主动公开事项", f"{len(duties)} 项", outcome, said, "shixiang")
    if catalog.standing.words:
        times = sum(_times(finding) for finding in catalog.report)
        said = f"有 {times} 处待核对。" if times else "没有发现不规范的用语。"
        scope = f"{catalog.standing.texts} 篇文稿和各栏目的文字"
        yield Line("用语", scope, NOTE if times else GOOD, said, "yongyu")
    said = f"有 {len(proof.dead)} 个死链。" if proof.dead else "没有发现死链。"
    scope = f"{proof.pages + proof.addresses:,} 个页面"
    yield Line("站内链接", scope, GAP if proof.dead else GOOD, said, "lianjie")


def _times(finding: Finding) -> int:
    """How many wrong wordings a finding stands for."""
    if finding.code == "M303":
        return int(str(finding.facts["count"]))
    return finding.code in ("M301", "M302")


def _obligations(catalog: Catalog, titles: Mapping[str, str]) -> str:
    """The catalogue of what must be made public: how much of each area is, then every matter."""
    areas: dict[str, list[Obligation]] = {}
    for duty in catalog.obligations:
        areas.setdefault(duty.area, []).append(duty)
    if not areas:
        return ""
    summary = [
        (
            f'<a href="#shixiang-{number}">{escape(area)}</a>',
            f"{len(duties)}",
            *(str(sum(d.state == state for d in duties)) for state in (MET, MISSING, EXEMPT)),
        )
        for number, (area, duties) in enumerate(areas.items(), 1)
    ]
    heads = ("一级事项", "事项数", MET, MISSING, EXEMPT)
    parts = [_basis(catalog.standing.upkeep.catalogue.values())]
    parts.append(_table("各类事项的公开情况", heads, summary, numbers=(1, 2, 3, 4)))
    for number, (area, duties) in enumerate(areas.items(), 1):
        rows = [
            (
                str(escape(duty.matter)),
                _lines_of(duty.content),
                _lines_of(duty.basis),
                str(escape(duty.limit)),
                _where(duty, titles),
            )
            for duty in duties
        ]
        heads = ("二级事项", "公开内容", "依据", "时限", "在哪里公开")
        parts.append(f'<h3 id="shixiang-{number}">{escape(area)}</h3>{_table(area, heads, rows)}')
    return _section("shixiang", "主动公开事项", "".join(parts))


def _where(duty: Obligation, titles: Mapping[str, str]) -> str:
    links = "、".join(_link(address, titles) for address in duty.addresses)
    word = "" if duty.state == MET else _state(duty.state)
    notes = "".join(f"<p>{escape(text)}</p>" for text in (duty.exempt, duty.note) if text)
    return f"<div>{word}{links}{notes}</div>"


def _link(address: str, titles: Mapping[str, str]) -> str:
    if is_outside(address):
        return f'<a href="{escape(address)}">{escape(address.split("/")[2])}</a>'
    page = address.partition("#")[0]
    while page not in titles and "/" in page.rstrip("/"):  # a list is called by its collection
        page = page.rstrip("/").rpartition("/")[0] + "/"
    return f'<a href="../{escape(address)}">{escape(titles.get(page) or address)}</a>'


def _columns(catalog: Catalog) -> str:
    standing = catalog.standing
    if not standing.columns:
        return ""
    rules = standing.upkeep
    rows = [
        (
            f'<a href="../{column.address}">{escape(column.title)}</a>',
            escape(column.update or UNKNOWN),
            escape(column.newest or "—"),
            f"{column.size:,} {escape(column.unit)}",
            _column_state(column, guided=bool(rules.guide)),
        )
        for column in standing.columns
    ]
    heads = ("栏目", "更新频率", "最近更新", "现公开", "状态")
    used = {column.update for column in standing.columns}
    chosen = [rule for name, rule in rules.update.items() if name in used]
    basis = _basis([*chosen, *rules.limits.values(), *rules.guide.values()])
    note = "<p>更新频率为“长期”的栏目随时调整，没有固定的周期，不判断是否按时。</p>"
    return _section("lanmu", "栏目更新", _table("各栏目的更新情况", heads, rows) + note + basis)


def _column_state(column: Column, *, guided: bool) -> str:
    lost = "" if column.in_guide or not guided else "<p>公开指南未列出</p>"
    return f"<div>{_state(column.state)}{lost}</div>"


def _wording(catalog: Catalog) -> str:
    standing = catalog.standing
    if not standing.words:
        return ""
    counts: dict[tuple[str, str], int] = {}
    for finding in catalog.report:
        if times := _times(finding):
            key = str(finding.facts["wrong"]), str(finding.facts["right"])
            counts[key] = counts.get(key, 0) + times
    parts = [
        f"<p>按用语表（{standing.words} 条，包括规范表述、法律名称、常见错别字和计量单位）核对全部文稿和各栏目"
        "文字列；单位和个人的名称照原样公开，不作核对。</p>"
    ]
    if counts:
        rows = [(str(escape(w)), str(escape(r)), str(n)) for (w, r), n in sorted(counts.items())]
        heads = ("现有写法", "规范写法", "处数")
        parts.append(_table("待核对的用语", heads, rows, numbers=(2,)))
    return _section("yongyu", "用语", "".join(parts))


def _links(proof: Proof) -> str:
    parts = [
        f"<p>生成网站时，逐页核对文稿和栏目首页 {proof.pages:,} 个页面上的 {proof.links:,} 个链接；"
        f"另有 {proof.addresses:,} 个列表、记录和企业页面由同一套模板生成，逐一核对模板在每个文件夹中的链接，"
        "记录之间的链接与数据一并核对，搜索结果所指的章节也逐一核对。外部链接只核对写法，不访问。</p>"
    ]
    if proof.dead:
        rows = [
            (str(escape(f.place.file)), str(escape(f.facts["link"]))) for f in proof.dead[:SHOWN]
        ]
        parts.append(_table("死链", ("所在页面", "链接"), rows))
    return _section("lianjie", "站内链接", "".join(parts))


def _section(anchor: str, heading: str, content: str) -> str:
    return f'<section class="group check"><h2 id="{anchor}">{heading}</h2>{content}</section>'


def _basis(rules: Iterable[Rule]) -> str:
    """The rules that were applied, each with its source."""
    items = "".join(
        f"<li>{escape(rule.text)}规则 {escape(rule.id)}，依据：{escape(rule.source)}。</li>"
        for rule in rules
    )
    return f'<ul class="basis">{items}</ul>' if items else ""


def _table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Sequence[int] = (),
) -> str:
    """A table of cells in HTML, the first of each row its name; `numbers` are columns of counts."""
    kinds = [" class=num" if n in numbers else "" for n in range(len(heads))]
    top = "".join(f'<th scope="col"{k}>{h}</th>' for h, k in zip(heads, kinds, strict=True))
    body = []
    for first, *others in rows:
        cells = zip(heads[1:], kinds[1:], others, strict=True)
        rest = "".join(f'<td data-label="{h}"{k}>{cell}</td>' for h, k, cell in cells)
        body.append(f'<tr><th scope="row" data-label="{heads[0]}">{first}</th>{rest}</tr>\n')
    return (
        f'<div class="table-wrap"><table class="rows"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead>\n<tbody>{''.join(body)}</tbody></table></div>"
    )


def _state(word: str) -> str:
    return f'<strong class="state {_KINDS.get(word, "plain")}">{escape(word)}</strong>'


def _lines_of(text: str) -> str:
    return str(escape(text)).replace("\n", "<br>")
