"""Rows of what people bring before an invented bureau: its petitions and hotline calls, the same for the same seed."""

from __future__ import annotations

import random
from datetime import date, timedelta

from scripts.invented import WORLD, Days, Row, days_of, pick, weighed

TERM = timedelta(days=60)
"""How long an office may take to answer a petition (信访工作条例 art. 34)."""


def petitions(year: int, n: int, *, seed: str = "", last: date) -> list[Row]:
    """The register of petitions of a year, as it stands on the day `last`."""
    draw = random.Random(f"petitions {year} {seed}")
    world = WORLD["petitions"]
    channels, weights = list(world["channels"]), list(world["channels"].values())
    days = days_of(draw, year, n, min(last, date(year, 12, 31)), last)
    rows = []
    for number, day in enumerate(days.decisions, 1):
        channel = weighed(draw, channels, weights)
        topic = pick(draw, list(world["topics"]))
        came = 1 + int(draw.random() ** 2 * world["most"]) if channel == "来访" else 1
        row = {
            "number": f"示交信〔{year}〕{number:03d}号",
            "received": str(day),
            "channel": channel,
            "persons": str(came),
            "topic": topic,
            "unit": pick(draw, world["topics"][topic]),
        }
        rows.append(row | _outcome(draw, day, days))
    return rows


def _outcome(draw: random.Random, received: date, days: Days) -> Row:
    """How a petition was settled; still open when that takes longer than is known."""
    world = WORLD["petitions"]
    result = weighed(draw, *_split(world["results"]))
    share = draw.random()
    late, rating = draw.random() < world["late"], weighed(draw, *_split(world["ratings"]))
    if result == "不予受理":
        finished = received + timedelta(days=1 + int(share * 14))
    else:
        finished = received + (TERM if late else timedelta(8)) + timedelta(int(share * 48) + 1)
    finished = days.after(finished, 0)
    if finished > days.last:
        return {"result": "正在办理"}
    in_time = "是" if finished <= received + TERM else "否"
    told = {"result": result, "finished": str(finished), "in_time": in_time}
    return told | ({} if result == "不予受理" else {"rating": rating})


def _split(weights: dict[str, int]) -> tuple[list[str], list[int]]:
    return list(weights), list(weights.values())


def hotline(year: int, *, seed: str = "", last: date) -> list[Row]:
    """The monthly numbers of both hotlines of a year, for the months that are over on the day `last`."""
    draw = random.Random(f"hotline {year} {seed}")
    rows = []
    for month in range(1, 13):
        end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        for line, kinds in WORLD["hotline"]["lines"].items() if end <= last else ():
            for category, usual in kinds.items():
                received = int(usual * (0.75 + draw.random() / 2))
                closed = received - int(received * draw.random() * 0.03 + draw.random() / 2)
                asked = int(closed * (0.5 + draw.random() * 0.3))
                satisfied = int(asked * (0.88 + draw.random() * 0.12))
                numbers = {
                    "received": received,
                    "closed": closed,
                    "asked": asked,
                    "satisfied": satisfied,
                }
                about = {"month": f"{year}年{month}月", "month_end": str(end)}
                about |= {"hotline": line, "category": category}
                rows.append(about | {name: str(number) for name, number in numbers.items()})
    return rows
