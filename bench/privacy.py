"""What the gate finds of what is planted, what it takes for it, and how fast it is: `python -m bench.privacy`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench import measure, peers, planted, project, told
from bench.planted import Plant
from disclosure import freshness, pool
from disclosure.privacy import allowlist, gate, persons

Key = tuple[str, str, str]
"""Kind, disguise, format."""


@dataclass
class Recall:
    """How much of what was planted was found, and how much of that stops a build."""

    planted: Counter[Key] = field(default_factory=Counter)
    found: Counter[Key] = field(default_factory=Counter)
    stopped: Counter[Key] = field(default_factory=Counter)

    def table(self, by: int) -> str:
        """Shares by kind (0), disguise (1) or format (2), as a Markdown table."""
        head = ("种类", "写法", "文件")[by]
        lines = [f"| {head} | 埋入 | 发现 | 其中阻断 |", "| --- | ---: | ---: | ---: |"]
        for name in dict.fromkeys(key[by] for key in self.planted):
            total, found, stopped = (
                sum(n for key, n in counted.items() if key[by] == name)
                for counted in (self.planted, self.found, self.stopped)
            )
            lines.append(f"| {name} | {total:,} | {found / total:.2%} | {stopped / total:.2%} |")
        return "\n".join(lines)

    @property
    def missed(self) -> list[Key]:
        return [key for key, n in self.planted.items() if self.found[key] < n]


def recall(plants: Iterable[Plant]) -> Recall:
    """Look for all planted values, without telling the gate where they are."""
    result = Recall()
    plants = list(plants)
    seen: list[dict[tuple[str, str], bool]] = [{} for _ in plants]
    for number, _, hit in gate.look([(plant.path, plant.content) for plant in plants]):
        found = seen[number]
        found[hit.kind, hit.value] = found.get((hit.kind, hit.value), False) or hit.sure
    for plant, found in zip(plants, seen, strict=True):
        for value in plant.values:
            key = value.kind, plant.disguise, plant.format
            result.planted[key] += 1
            result.found[key] += (value.kind, value.digits) in found
            result.stopped[key] += found.get((value.kind, value.digits), False)
    return result


def alarms(files: Sequence[tuple[str, bytes]]) -> tuple[int, int]:
    """How often clean files are stopped for nothing, and how often something in them is doubted."""
    stopped = doubted = 0
    for _, _, hit in gate.look(files):
        stopped += hit.sure
        doubted += not hit.sure
    return stopped, doubted


class Told(NamedTuple):
    """How many of the invented names and homes are found, and how many lawful sentences are doubted."""

    names: float
    homes: float
    doubted: int


def told_of(seed: str, n: int) -> Told:
    """Look for `n` names, `n` homes, and in `n` sentences for nothing."""
    named = sum(
        any(hit.value == name for hit in persons.find(sentence))
        for name, sentence in told.named(seed, n)
    )
    homes = sum(
        any(hit.kind == "address" for hit in persons.find(sentence))
        for sentence in told.homes(seed, n)
    )
    doubted = sum(len(persons.find(sentence)) for sentence in told.clean(seed, n))
    return Told(named / n, homes / n, doubted)


class Speed(NamedTuple):
    """What it costs to look through a finished site with all processors of this machine."""

    megabytes: float
    files: int
    seconds: float
    processor: float
    """Seconds of processor time, of all processes together: less disturbed by what else runs."""
    errors: int
    built: float = 0.0
    """Seconds that it took to build the site; 0 if it was there before."""

    def __str__(self) -> str:
        beside = f"生成 {self.built:.1f} 秒；" if self.built else ""
        return (
            f"网站 {self.files:,} 个文件、{self.megabytes:,.1f} MB：{beside}检查 {self.seconds:.1f} 秒，"
            f"每秒 {self.megabytes / self.seconds:.0f} MB；处理器 {self.processor:.1f} 秒，"
            f"每处理器秒 {self.megabytes / self.processor:.0f} MB；错误 {self.errors} 个。"
        )


def speed_of_large(records: int) -> Speed:
    """Build a site of so many records, and look through it."""
    peers.HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=peers.HOME) as place:
        made = project.copy(Path(place, "project"), project.tables(Path(place, "tables"), records))
        [built] = measure.once(made.build()).seconds
        return speed(made.site)._replace(built=built)


def speed(site: Path) -> Speed:
    """Look through all of a finished site, as if for the first time."""
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    begun, spent = time.perf_counter(), sum(os.times()[:4])
    findings = gate.outputs(
        site, rules=project.ROOT / allowlist.FILE, as_of=freshness.today(), pool=pool.here
    )
    seconds, processor = time.perf_counter() - begun, sum(os.times()[:4]) - spent
    errors = sum(finding.severity == "error" for finding in findings)
    return Speed(size / 1e6, len(freshness.survey(site)), seconds, processor, errors)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 if something planted was missed or too much of what is clean was stopped."""
    parser = argparse.ArgumentParser(
        prog="bench.privacy",
        usage="python -m bench.privacy [选项]",
        description="测量个人信息检查：找到多少、误报多少、多快。",
    )
    parser.add_argument("--each", type=int, default=16, help="每种写法、每种文件里每类埋多少个")
    parser.add_argument("--rows", type=int, default=10_000, help="多少行干净的数据")
    parser.add_argument("--seed", default="bench", help="换一个种子，得到另外一批")
    parser.add_argument("--records", type=int, default=100_000, help="测速的网站有多少条记录")
    parser.add_argument("--site", type=Path, help="用哪个网站测速（默认生成一个）")
    options = parser.parse_args(arguments)
    found = recall(planted.plants(options.seed, options.each))
    for by in range(3):
        print(found.table(by), end="\n\n")
    total = sum(found.planted.values())
    print(f"共埋入 {total:,} 个，漏掉 {total - sum(found.found.values())} 个。\n")
    files = list(planted.clean_files(options.seed, options.rows))
    shapes = 4  # a table, list pages, JSON, prose
    stopped, doubted = alarms(files)
    share = stopped / (shapes * options.rows) * 10_000
    print(
        f"干净的数据 {options.rows:,} 行，写成表格、网页、JSON 和文字四种："
        f"每一万行误阻断 {share:.2f} 处，误提醒 {doubted / (shapes * options.rows) * 10_000:.1f} 处。\n"
    )
    people = told_of(options.seed, options.rows)
    print(
        f"文字 {options.rows:,} 句：姓名发现 {people.names:.1%}，住址发现 {people.homes:.1%}（都只提醒）；"
        f"干净的 {options.rows:,} 句里误提醒 {people.doubted} 处。\n"
    )
    print(speed(options.site) if options.site else speed_of_large(options.records))
    for kind, disguise, form in found.missed:
        print(f"漏掉：{kind}，{disguise}，{form}", file=sys.stderr)
    return 1 if found.missed or share > 1 or people.doubted * 1000 > options.rows else 0


if __name__ == "__main__":
    sys.exit(main())
