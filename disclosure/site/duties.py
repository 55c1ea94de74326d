"""The page of yearly duties (年度法定公开事项): what is due when, whether it was done, and as a calendar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import urlsplit

from markupsafe import escape

from disclosure.catalog import Catalog
from disclosure.intake.articles import Article
from disclosure.rules import duties
from disclosure.rules.duties import Duty

TITLE = "年度法定公开事项"
CALENDAR = "duties/duties.ics"


def schedule(catalog: Catalog, articles: Iterable[Article]) -> list[Duty]:
    """All duties of this bureau as of the catalog's day."""
    first = duties.first_year(catalog.agency)
    return duties.schedule(catalog.duties, articles, first, catalog.as_of)


def front(due: Sequence[Duty], as_of: date) -> str:
    """What stands on the page."""
    if not due:
        return '<p class="none">没有登记年度法定公开事项。</p>'
    parts = [
        f'<p class="lead">法律、法规和规章要求本局每年公布的报告，以及各年度的公布情况。截至 {as_of}。'
        f'期限可以<a href="{CALENDAR.rpartition("/")[2]}">加入日历</a>（iCalendar 格式，'
        "到期前十五个工作日提醒）。</p>"
    ]
    for year in dict.fromkeys(duty.year for duty in due):
        lines = "".join(_line(duty, as_of) for duty in due if duty.year == year)
        parts.append(
            f'<section class="group"><h2>{year}年度</h2><div class="table-wrap"><table class="rows due">'
            f"<caption>{year}年度法定公开事项</caption><thead><tr>{_HEADS}</tr></thead>\n"
            f"<tbody>{lines}</tbody></table></div></section>"
        )
    return "".join([*parts, _rules(due)])


_HEADS = "".join(
    f'<th scope="col">{head}</th>' for head in ("事项", "最后期限", "公布情况", "规则")
)


def state(duty: Duty, as_of: date) -> str:
    """How a duty stands, in a few words."""
    if duty.published and duty.late:
        return f"逾期公开（第 {duty.late} 天）"
    if duty.published:
        return "已按期公开"
    if days := duty.overdue(as_of):
        return f"未公开，已逾期 {days} 天"
    return f"将于 {duty.due} 到期"


def notices(due: Iterable[Duty]) -> Mapping[str, str]:
    """What the page of each report says of its time limit, as HTML, by the report's address."""
    found: dict[str, str] = {}
    for duty in due:
        if duty.article and (text := duties.notice(duty)):
            root = "../" * duty.article.address.count("/")
            rule = escape(duty.rule.id)
            found[duty.article.address] = (
                f'<p class="{"mark" if duty.late else "kept"}">{text}'
                f'（<a href="{root}duties/#{rule}">规则 {rule}</a>）。</p>'
            )
    return found


def _line(duty: Duty, as_of: date) -> str:
    late = duty.late or duty.overdue(as_of)
    said = f'<strong class="late">{state(duty, as_of)}</strong>' if late else state(duty, as_of)
    if duty.published:
        said += f"，<time>{duty.published}</time>"
        if duty.article:
            title = escape(duty.article.title)
            said += f'：<a href="../{escape(duty.article.address)}">{title}</a>'
    rule = escape(duty.rule.id)
    return (
        f'<tr><th scope="row">{escape(duty.name)}</th>'
        f'<td class="code" data-label="最后期限">{duty.due}</td>'
        f'<td data-label="公布情况"><span>{said}</span></td>'
        f'<td data-label="规则"><a href="#{rule}">{rule}</a></td></tr>\n'
    )


def _rules(due: Iterable[Duty]) -> str:
    rules = {duty.rule.id: duty.rule for duty in due}
    items = "".join(
        f'<div id="{escape(rule.id)}"><dt>规则 {escape(rule.id)}</dt><dd>{escape(rule.text)}<br>'
        f"依据：{escape(rule.source)}。最后期限按{'不含' if rule.before else '包括'}当日计算。</dd></div>"
        for _, rule in sorted(rules.items())
    )
    return f'<section class="fields"><h2>所依据的规则</h2><dl>{items}</dl></section>'


def calendar(due: Sequence[Duty], catalog: Catalog) -> bytes:
    """The same as an iCalendar file (RFC 5545): a day for every duty, a reminder for what is not done."""
    host = urlsplit(str(catalog.agency.get("url", ""))).hostname or "localhost"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{host}//disclosure//ZH",
        f"X-WR-CALNAME:{_text(TITLE)}",
    ]
    for duty in due:
        lines += _event(duty, catalog, host)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _event(duty: Duty, catalog: Catalog, host: str) -> Iterator[str]:
    site = str(catalog.agency.get("url", ""))
    said = f"{duty.rule.text}依据：{duty.rule.source}。{state(duty, catalog.as_of)}。"
    yield "BEGIN:VEVENT"
    yield f"UID:{duty.rule.id}-{duty.year}@{host}"
    yield f"DTSTAMP:{catalog.as_of:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{duty.due:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{duty.due + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(f'{duty.year}年度{duty.name}：最后期限')}"
    yield f"DESCRIPTION:{_text(said)}"
    yield f"URL:{site}{duty.article.address if duty.article and duty.published else 'duties/'}"
    yield "TRANSP:TRANSPARENT"
    if not duty.published:
        days = (duty.due - duties.reminder(catalog.calendar, duty.due)).days
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"TRIGGER:-P{days}D"
        yield f"DESCRIPTION:{_text(f'{duty.year}年度{duty.name}最迟 {duty.due} 公布')}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _text(text: str) -> str:
    """Text as a value (RFC 5545 §3.3.11)."""
    for mark in "\\;,":
        text = text.replace(mark, f"\\{mark}")
    return re.sub("\r\n?|\n", r"\\n", text)


def _folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 bytes that break no character (RFC 5545 §3.1)."""
    piece, size = "", 0
    for mark in line:
        width = len(mark.encode())
        if size + width > 75:
            yield piece
            piece, size = " ", 1
        piece, size = piece + mark, size + width
    yield piece
