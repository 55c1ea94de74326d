"""Rows of an invented bureau: companies, decisions and officers that do not exist, the same for the same seed."""

from __future__ import annotations

import csv
import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from stdnum.cn import uscc

from disclosure.rules import workdays

ROOT = Path(__file__).parent.parent
WORLD: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text("utf-8"))
KINDS = ("法人及非法人组织", "个体工商户", "自然人")
LIGHT_RULES = date(2026, 4, 1)  # from this day light penalties stay public for three months at most
SIMPLE_RULES = date(2021, 7, 15)  # from this day the simple procedure reaches up to higher fines
UNITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # the digits of a credit code
AXLES = ((2, 18), (3, 27), (4, 36), (6, 49))  # axles of a lorry, and the tonnes it may weigh
DEGREES = 3.99  # by how much the share of the highest fine is multiplied to give the degree, from 0
CHANGES = (("撤销", "变更", "确认违法", "确认无效", "信用修复"), (6, 6, 2, 1, 15))

Row = dict[str, str]
SIGNED: Row = {
    "organ": WORLD["organ"],
    "organ_code": WORLD["organ_code"],
    "source": WORLD["organ"],
    "source_code": WORLD["organ_code"],
}
T = TypeVar("T")


class Party(NamedTuple):
    """Someone invented: a company, a shop, or a person whose name is masked from the start."""

    name: str
    kind: str
    code: str = ""


class Days(NamedTuple):
    """When things happen in one file: decisions, ascending, and the working days that follow them."""

    decisions: Sequence[date]
    working: Sequence[date]
    last: date  # nothing is published or changed after this day

    def after(self, day: date, n: int) -> date:
        """The n-th working day after a day, as far as days are known."""
        return self.working[min(bisect_left(self.working, day) + n, len(self.working) - 1)]


def pick(draw: random.Random, items: Sequence[T]) -> T:
    """One of several. Only `random()` is ever drawn: its values are the same in every Python."""
    return items[int(draw.random() * len(items))]


def weighed(draw: random.Random, items: Sequence[T], weights: Sequence[int]) -> T:
    """One of several, each as often as its weight says."""
    mark = draw.random() * sum(weights)
    for item, weight in zip(items, weights, strict=True):
        mark -= weight
        if mark < 0:
            return item
    return items[-1]


@cache
def working_days(year: int) -> Sequence[date]:
    """The working days of a year and the next; Monday to Friday where no calendar is known yet."""
    calendar, _ = workdays.load(ROOT / "data" / "calendar.yml")
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(730))
    known = ((day, calendar.is_workday(day)) for day in days)
    return [day for day, works in known if (day.weekday() < 5 if works is None else works)]


def days_of(draw: random.Random, year: int, n: int, decided: date, published: date) -> Days:
    """n random working days of a year up to `decided`."""
    working = working_days(year)
    chosen = [day for day in working if day.year == year and day <= decided]
    return Days(sorted(pick(draw, chosen) for _ in range(n)), working, published)


@cache
def organisations(trade: str, kind: str, size: int) -> Sequence[Party]:
    """The companies or shops of a trade, with valid credit codes in a region that does not exist."""
    number = list(WORLD["trades"]).index(trade)
    company = kind == KINDS[0]
    suffixes = WORLD["trades"][trade]["companies" if company else "shops"]
    first, second = WORLD["first"], WORLD["second"]
    found = []
    for n in range(size):
        pair = (n * 617 + number * 211 + 1000 * (not company)) % (len(first) * len(second))
        place = WORLD["prefixes"][n % len(WORLD["prefixes"])] + "虚构区" * (not company)
        word = first[pair // len(second)] + second[pair % len(second)]
        code = credit_code("91" if company else "92", number * 100_000 + n)
        found.append(Party(place + word + suffixes[n % len(suffixes)], kind, code))
    return found


def credit_code(register: str, number: int) -> str:
    digits, rest = "", number * 7919 % 31**6  # a prime step, so that neighbours look unlike
    for _ in range(6):
        rest, digit = divmod(rest, 31)
        digits += UNITS[digit]
    code = f"{register}000000MA{digits}0"
    return code + str(uscc.calc_check_digit(code))


def party(draw: random.Random, entry: Mapping[str, Any], size: int) -> Party:
    """Someone for a case; a few names of every trade come up again and again."""
    kind = weighed(draw, KINDS, entry["parties"])
    if kind == KINDS[2]:
        return Party(pick(draw, WORLD["surnames"]) + pick(draw, ("某", "某某")), kind)
    scale = size if kind == KINDS[0] else max(size // 4, 3)
    return organisations(entry["trade"], kind, scale)[int(draw.random() ** 2 * scale)]


def slots(draw: random.Random, who: Party, seen: date) -> dict[str, str]:
    """What the gaps of a sentence are filled with."""
    found = {name: pick(draw, words) for name, words in WORLD["slots"].items()}
    number = int(draw.random() * 1000)
    axles, limit = pick(draw, AXLES)
    over = 10 + int(draw.random() ** 2 * limit * 8)
    return found | {
        "party": who.name,
        "seen": f"{seen.year}年{seen.month}月{seen.day}日",
        "plate": f"示A·**{number:03d}",
        "ship": f"示例{pick(draw, '货客拖砂')}{number:04d}",
        "n": str(2 + number % 17),
        "axles": str(axles),
        "limit": str(limit),
        "over": f"{over / 10:.1f}",
        "gross": f"{limit + over / 10:.1f}",
    }


def penalty(draw: random.Random, offence: Mapping[str, Any], who: Party, decided: date) -> Row:
    """The columns of a decision that tell what was done and what it cost."""
    words = slots(draw, who, decided - timedelta(days=3 + int(draw.random() * 27)))
    least, most, step = offence["fine"]
    share = draw.random() ** 2
    fine = least + int(share * (most - least) / step) * step
    if offence.get("overload"):
        fine = min(int(float(words["over"])) * step, most)
        share = fine / most
    row = {
        "category": offence["category"],
        "violation": offence["violation"],
        "fact": pick(draw, offence["facts"]).format_map(words),
        "basis": offence["basis"],
        "power_code": offence["power"],
    }
    kinds = pick(draw, offence["kinds"])
    low, high = offence.get("gain", (0, 0))
    gain = f"{low + int(share * (high - low))}" + pick(draw, ("", "", ".5"))
    texts = {
        "警告": "给予警告",
        "通报批评": "给予通报批评",
        "罚款": f"罚款{fine}元",
        "没收违法所得": f"没收违法所得{gain}元",
        "暂扣许可证件": f"暂扣{offence.get('licence')}三个月",
        "责令停产停业": "责令停业整顿三十日",
    }
    row |= {"kind": "、".join(kinds), "content": "，并".join(texts[kind] for kind in kinds) + "。"}
    row["discretion"] = "轻微"
    if "罚款" in kinds:
        row["fine"] = str(fine)
        degree = int(share * DEGREES)
        row["discretion"] = list(WORLD["discretion"]["degrees"])[degree]
        low, high = edges(offence, decided)[degree : degree + 2]
        if not low <= fine <= high:
            row["discretion_reason"] = WORLD["discretion"]["reasons"][fine > high]
    if "没收违法所得" in kinds:
        row["confiscated"] = gain
    if "暂扣许可证件" in kinds:
        row["licence"] = f"{offence['licence']}（示例第{words['n']:0>4}号）"
    return row | procedure(set(kinds), int(row.get("fine", 0)), who, decided)


def edges(offence: Mapping[str, Any], day: date) -> list[int]:
    """The fines between which the four degrees of an offence lie by the standards of a day."""
    revised = day >= WORLD["discretion"]["editions"][1]
    least, most, step = offence.get("revised" if revised else "fine", offence["fine"])
    base = 0 if offence.get("overload") else least
    inner = [base + int((most - base) / step * n / DEGREES) * step for n in (1, 2, 3)]
    return [least, *inner, most]


def brackets() -> list[Row]:
    """The standards of discretion, edition by edition, for every offence that can be fined."""
    world = WORLD["discretion"]
    first, second = world["editions"]
    rows = []
    for offence in WORLD["offences"]:
        editions = [(first, second), (second, "")] if "revised" in offence else [(first, "")]
        law = offence["basis"].partition("》")[0] + "》"
        about = {"violation": offence["violation"], "power_code": offence["power"]}
        about |= {"breaks": law, "clause": offence["basis"]}
        for start, end in editions:
            marks = edges(offence, start)
            for number, (degree, text) in enumerate(world["degrees"].items()):
                row = about | {"degree": degree, "circumstances": text}
                row |= {"least": str(marks[number]), "most": str(marks[number + 1])}
                rows.append(row | {"effective": str(start), "ended": str(end)})
    return rows


def procedure(kinds: set[str], fine: int, who: Party, decided: date) -> Row:
    """Light cases are settled on the spot, heavy ones reviewed before they are decided."""
    limits = (200, 3000) if decided >= SIMPLE_RULES else (50, 1000)
    simple = kinds <= {"警告", "罚款"} and fine <= limits[who.kind != KINDS[2]]
    heavy = fine >= 10_000 or not kinds <= {"警告", "通报批评", "罚款", "没收违法所得"}
    return {"procedure": "简易" if simple else "普通", "reviewed": "是" if heavy else "否"}


def fate(draw: random.Random, who: Party, decided: date, days: Days, reasons: Any) -> Row:
    """Whether and when a decision became public, and what happened to it since."""
    if draw.random() < 0.01:
        bases = WORLD["refusals"] if who.kind == KINDS[2] else WORLD["refusals"][:-1]
        return {"publish": "否", "publish_basis": pick(draw, bases)}
    # The law gives seven working days; one decision in two hundred is late.
    lag = 8 + int(draw.random() * 5) if draw.random() < 0.005 else 1 + int(draw.random() * 7)
    row = {"publish": "是", "status": "公示中"}
    row["published"] = str(min(days.after(decided, lag), days.last))
    status = weighed(draw, *CHANGES) if draw.random() < 0.03 else ""
    if status not in reasons or (status == "信用修复" and who.kind != KINDS[0]):
        return row
    changed = days.after(decided, 20 + int(draw.random() * 80))
    if changed < days.last:
        row |= {"status": status, "status_date": str(changed)}
        row["status_reason"] = pick(draw, reasons[status])
    return row


def named(who: Party) -> Row:
    return {"party": who.name, "party_kind": who.kind, "uscc": who.code}


def until(draw: random.Random, row: Row, decided: date) -> str:
    """An earlier end of publication than the bureau's own rules set, where one applies."""
    if decided >= LIGHT_RULES and row["kind"] == "警告":
        return str(decided + timedelta(days=91))
    if row["party_kind"] == KINDS[0] and draw.random() < 0.02:
        return str(decided + timedelta(days=3 * 365))
    return ""


def penalties(
    year: int,
    amount: int | Mapping[str, int],
    *,
    seed: str = "",
    decided: date | None = None,
    published: date = date.max,
) -> list[Row]:
    """Penalties of a year: so many, or exactly so many of each category.

    Once in 250 a decision has two parties: two rows with the same number, told apart by an ordinal.
    """
    draw = random.Random(f"penalties {year} {seed}")
    quotas = amount if isinstance(amount, Mapping) else {}
    n = sum(quotas.values()) if isinstance(amount, Mapping) else amount
    names, weights = list(WORLD["categories"]), list(WORLD["categories"].values())
    wanted = [name for name, count in quotas.items() for _ in range(count)]
    wanted = sorted(wanted, key=lambda _: draw.random())
    grouped = {name: [o for o in WORLD["offences"] if o["category"] == name] for name in names}
    offences = {
        name: (group, [o.get("weight", 1) for o in group]) for name, group in grouped.items()
    }
    days = days_of(draw, year, n, decided or date(year, 12, 31), published)
    size, rows, number = max(15, n // 60), list[Row](), 0
    while len(rows) < n:
        day, number = days.decisions[len(rows)], number + 1
        category = wanted[len(rows)] if quotas else weighed(draw, names, weights)
        offence = weighed(draw, *offences[category])
        who = party(draw, offence, size)
        row = named(who) | penalty(draw, offence, who, day) | SIGNED
        row |= {"doc_no": f"示交罚〔{year}〕{number:04d}号", "decided": str(day)}
        row |= fate(draw, who, day, days, WORLD["reasons"]) | {"until": until(draw, row, day)}
        joint = not quotas and draw.random() < 0.004 and len(rows) + 1 < n
        other = party(draw, offence, size) if joint else who
        if other != who and other.kind == who.kind == KINDS[0]:
            row["fact"] = row["fact"].replace(who.name, f"{who.name}、{other.name}")
            rows += [row | {"party_no": "1"}, row | named(other) | {"party_no": "2"}]
        else:
            rows.append(row)
    return rows


def permits(
    year: int,
    amount: int,
    *,
    seed: str = "",
    decided: date | None = None,
    published: date = date.max,
) -> list[Row]:
    """Permits of a year."""
    draw = random.Random(f"permits {year} {seed}")
    days = days_of(draw, year, amount, decided or date(year, 12, 31), published)
    today = date(year, 12, 31) if published == date.max else published
    weights = [entry["weight"] for entry in WORLD["permits"]]
    rows = []
    for number, day in enumerate(days.decisions, 1):
        entry = weighed(draw, WORLD["permits"], weights)
        who = party(draw, entry, max(15, amount // 60))
        words = slots(draw, who, day)
        span = timedelta(days=365 * entry["years"] or int(words["n"]))
        row = named(who) | SIGNED | fate(draw, who, day, days, WORLD["permit_reasons"])
        valid = day + span >= today and row.get("status") != "撤销"
        rows.append(
            row
            | {key: entry[key] for key in ("business", "doc_name", "kind", "certificate")}
            | {
                "doc_no": f"示交许〔{year}〕{number:04d}号",
                "licence_no": f"示许字第{year}-{number:05d}号",
                "content": pick(draw, entry["contents"]).format_map(words),
                "power_code": entry["power"],
                "decided": str(day),
                "valid_from": str(day),
                "valid_until": str(day + span),
                "state": "有效" if valid else "无效",
            }
        )
    return rows


def certificate(number: int) -> str:
    return f"SL-{100_000 + number}"


def officers(n: int, *, seed: str = "") -> list[Row]:
    """The officers' list; names are put together from a surname and rare characters."""
    draw = random.Random(f"officers {seed}")
    groups = {key: (list(value), list(value.values())) for key, value in WORLD["officers"].items()}
    rows = []
    for number in range(1, n + 1):
        given = pick(draw, WORLD["given"]) + pick(draw, ["", *WORLD["given"]])
        rows.append(
            {
                "name": pick(draw, WORLD["surnames"]) + given,
                "certificate": certificate(number),
                "category": weighed(draw, *groups["categories"]),
                "unit": weighed(draw, *groups["units"]),
                "valid_until": f"{2027 + int(draw.random() * 5)}-12-31",
            }
        )
    return rows


def inspections(year: int, n: int, *, seed: str = "", decided: date, published: date) -> list[Row]:
    """Results of random inspections of a year, by the bureau's own list of items."""
    draw = random.Random(f"inspections {year} {seed}")
    with (ROOT / "data/inspections/items/items.csv").open(encoding="utf-8", newline="") as file:
        items = list(csv.DictReader(file))
    world = WORLD["inspections"]
    days = days_of(draw, year, n, min(decided, date(year, 12, 31)), published)
    results, weights = list(world["results"]), list(world["results"].values())
    rows = []
    for number, day in enumerate(days.decisions, 1):
        item = pick(draw, items)
        who = pick(draw, organisations(world["trades"][item["事项编码"]], KINDS[0], 15))
        first = 1 + int(draw.random() * WORLD["sample"]["officers"])
        second = 1 + (first + int(draw.random() * 40)) % WORLD["sample"]["officers"]
        result = weighed(draw, results, weights)
        rows.append(
            {
                "task_no": f"示交查{year}-{number:03d}",
                "plan": f"{year}年度{'上' if day.month < 7 else '下'}半年抽查计划",
                "item_code": item["事项编码"],
                "item": item["抽查事项"],
                "organiser": item["承办机构"],
                "party": who.name,
                "uscc": who.code,
                "inspected": str(day),
                "officers": f"{certificate(first)}、{certificate(second)}",
                "result": result,
                "followup": pick(draw, world["followups"].get(result, [""])),
                "published": str(min(days.after(day, 1 + int(draw.random() * 18)), days.last)),
            }
        )
    return rows
