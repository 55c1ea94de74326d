"""Dating: the days that the head of a page states, against each other and against its signature."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from disclosure.figures import numerals
from disclosure.figures.passages import PARAGRAPH, Page, Passage, Remark
from disclosure.rules.book import Profile, matches
from disclosure.rules.workdays import Calendar

ISSUED, PUBLISHED = "成文日期", "公开日期"
MIGRATED = "迁移说明"
_DIGITS = "〇一二三四五六七八九"
_SIGNED = re.compile(
    r"(?:[^\W\d_]{2,30}[\s　]+)?(?P<year>[0-9]{4}|[〇○零一二三四五六七八九]{4})年"
    r"(?P<month>[0-9]{1,2}|[一二三四五六七八九十]{1,2})月(?P<day>[0-9]{1,2}|[一二三四五六七八九十]{1,3})日(?:印发)?"
)


def check(
    page: Page, head: Mapping[str, object], limit: Profile, calendar: Calendar
) -> Iterator[Remark]:
    """A page that was public before it was made, is signed on another day, or came too late.

    `limit` are the rules on how soon a document must be public (政府信息公开条例 art. 26).
    """
    issued, published = head.get(ISSUED), head.get(PUBLISHED)
    if not isinstance(issued, date):
        return
    if isinstance(published, date):
        at = _entry(page.source, PUBLISHED)
        if published < issued:
            yield Remark("N314", at, {"issued": issued, "published": published})
        elif late := _late(issued, published, limit, calendar):
            yield Remark("N316", at, {"issued": issued, "published": published, **late})
    signed = list(_signatures(page))
    if signed and all(day != issued for day, _ in signed):
        day, passage = signed[0]
        yield Remark("N315", passage.at(0), {"signed": day, "issued": issued})


def _entry(source: str, key: str) -> int:
    return max(source.find(key), 0)


def _late(
    issued: date, published: date, limit: Profile, calendar: Calendar
) -> Mapping[str, object] | None:
    for rule in limit:
        if matches(rule, issued.isoformat(), {}):
            last = calendar.add_workdays(issued, rule.workdays)
            if last is None or published <= last:
                return None
            used = calendar.workdays_between(issued, published)
            days = f"第 {used} 个工作日" if used else "更晚"
            return {"last": last, "limit": rule.workdays, "days": days, "source": rule.source}
    return None


def _signatures(page: Page) -> Iterator[tuple[date, Passage]]:
    """The lines that are nothing but a date, or a name and a date."""
    for passage in page.passages:
        found = _SIGNED.fullmatch(passage.text.strip())
        if passage.kind == PARAGRAPH and found and (day := _day(found)):
            yield day, passage


def _day(found: re.Match[str]) -> date | None:
    year = "".join(
        str(_DIGITS.find(c)) if c in _DIGITS else c for c in re.sub("[○零]", "〇", found["year"])
    )
    parts = [found["month"], found["day"]]
    month, day = (int(p) if p.isdecimal() else int(numerals.chinese(p) or 0) for p in parts)
    try:
        return date(int(year), month, day)
    except ValueError:
        return None
