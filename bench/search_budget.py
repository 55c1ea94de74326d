"""search_budget: measures searching over many invented records, and fails when it costs more than it may.

    python bench/search_budget.py -n 100000

builds the index of so many records in memory order, asks 700 fixed queries of 20 classes as a
browser with an empty cache would, and compares every answer with plain substring search.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from disclosure import descriptor, parts  # noqa: E402
from disclosure.collection import Collection  # noqa: E402
from disclosure.site import documents, entries, folding, search  # noqa: E402
from scripts import invented  # noqa: E402

FIRST_PAGE = 21
"""Hits that the search page asks for at first: twenty, and one to know whether there are more."""
BUDGET = {50: 50_000, 95: 120_000}
"""Bytes that a first query may fetch at 100,000 records, by percentile."""
YEARS = range(2017, 2027)
Ask = Callable[..., Any]


def collections(n: int) -> list[Collection]:
    """So many invented records, three penalties for two permits, spread evenly over ten years."""
    shares = {"penalties": n * 3 // 5, "permits": n - n * 3 // 5}
    makers = {"penalties": invented.penalties, "permits": invented.permits}
    return [_collection(name, makers[name], share) for name, share in shares.items()]


def _collection(name: str, make: Callable[..., list[invented.Row]], n: int) -> Collection:
    schema, _ = descriptor.load(ROOT / "data" / name / "schema.yml", name=name, file=name)
    assert schema
    found: list[invented.Row] = []
    for number, year in enumerate(YEARS):
        share = n * (number + 1) // len(YEARS) - n * number // len(YEARS)
        rows = make(year, share + share // 20 + 9, seed="bench")
        open_rows = (r for r in rows if r["publish"] == "是" and r["status"] in ("公示中", "变更"))
        found += [row for row, _ in zip(open_rows, range(share), strict=False)]
    columns = {f.name: [row.get(f.name, "") for row in found] for f in schema.public_fields}
    frame = pd.DataFrame(columns, dtype="str")
    keys = {key: columns[key] for key in schema.primary_key}
    frame["id"] = pd.Series(parts.record_ids(schema, keys), dtype="str")
    frame["folder"] = frame[schema.date].str[:4]
    frame["path"] = name + "/" + frame["folder"] + "/" + frame["id"] + ".html"
    frame["title"] = pd.Series(schema.titles(columns), dtype="str")
    return Collection(schema, frame, {})


class Truth:
    """The same records as plain folded texts, in the order in which hits are to come."""

    def __init__(self, found: Sequence[Collection]) -> None:
        records: list[tuple[str, str, str, str, str, str]] = []
        for collection in found:
            records += _plain(collection)
        records.sort(key=lambda record: (record[2], record[3]))  # title, path: ascending
        records.sort(key=lambda record: record[:2], reverse=True)  # date, number: descending
        self.paths = [record[3] for record in records]
        self.keys = pa.array([record[4] for record in records])
        self.texts = pa.array([record[5] for record in records])
        self.known: dict[tuple[str, bool], Any] = {}

    def holds(self, word: str, *, key: bool) -> Any:
        """Which records hold a word (in a key text)."""
        if (word, key) not in self.known:
            mask = pc.match_substring(self.keys if key else self.texts, word)
            self.known[word, key] = mask.to_numpy(zero_copy_only=False)
        return self.known[word, key]

    def hits(self, query: str) -> list[str]:
        """All hits in their order: the words joined in a key text, all in key texts, all anywhere."""
        words = [word for word in map(folding.fold, query.split()) if word]
        joined = self.holds("".join(words), key=True)
        key = np.logical_and.reduce([self.holds(word, key=True) for word in words])
        anywhere = np.logical_and.reduce([self.holds(word, key=False) for word in words])
        rank = np.where(joined, 0, np.where(key, 1, 2))
        return [self.paths[n] for n in np.lexsort((np.arange(len(rank)), rank)) if anywhere[n]]


def _plain(collection: Collection) -> Iterator[tuple[str, str, str, str, str, str]]:
    """(date, number, title, path, key texts, all texts) of each record."""
    schema, rows = collection.schema, collection.rows
    columns: dict[str, list[str]] = {}
    for field in collection.fields:
        texts = rows[field.name].tolist()
        forms = {t: dict.fromkeys(map(folding.fold, (field.show(t), t))) for t in set(texts)}
        folded = {text: "\n" + "\n".join(some) for text, some in forms.items()}
        columns[field.name] = [folded[text] for text in texts]
    listed = [
        f.name for f in collection.fields if f.name in schema.list and f.type in ("string", "list")
    ]
    codes = [f.name for f in collection.fields if f.format in ("docno", "uscc")]
    names = dict.fromkeys((*listed, *codes))
    parties = [entries.initials(party) for party in rows["party"]]
    titles = [folding.fold(title) for title in rows["title"]]
    keys = [
        "\n".join(texts)
        for texts in zip(titles, parties, *(columns[n] for n in names), strict=True)
    ]
    rest = [
        "".join(texts)
        for texts in zip(*(columns[n] for n in columns if n not in names), strict=True)
    ]
    heads = (rows[name].tolist() for name in (schema.date, "doc_no", "title", "path"))
    for head, key, text in zip(zip(*heads, strict=True), keys, rest, strict=True):
        yield *head, key, key + text


def queries(found: Sequence[Collection]) -> list[tuple[str, str]]:
    """700 queries as (class, query), the same for the same records."""
    draw = random.Random(7)
    fields = ("doc_no", "party", "party_kind", "uscc", "violation", "fact", "doc_name", "content")
    rows: list[Any] = [
        row for c in found for row in c.rows[[f for f in fields if f in c.rows]].to_dict("records")
    ]
    firms = [row for row in rows if row["uscc"]]
    people = [row for row in rows if row["party_kind"] == "自然人"] or rows
    plated = [row for row in rows if "示A·**" in row.get("fact", "")]

    def one(chosen: Sequence[Mapping[str, str]] = rows) -> Mapping[str, str]:
        return invented.pick(draw, chosen)

    def infix(text: str, least: int, most: int | None = None) -> str:
        text = folding.fold(text)
        size = least + int(draw.random() * ((most or least) - least + 1))
        start = int(draw.random() * max(1, len(text) - size + 1))
        return text[start : start + size]

    def brand() -> str:
        name = re.sub("^(示例市|示例省|虚构市)(虚构区)?", "", one(firms)["party"])
        return name[: 3 + int(draw.random() * 3)]

    def matter(row: Mapping[str, str]) -> str:
        return row.get("violation") or row["doc_name"]

    def facts(row: Mapping[str, str]) -> str:
        return row.get("fact") or row["content"]

    def negative() -> str:
        parts = (
            "远达云运违a7Z鑫",
            "的一是在不了有和人这中大为上个国我",
            "物流驾驶证许可",
            "0嬲魑9阿",
        )
        return "".join(invented.pick(draw, part) for part in parts)

    classes: dict[str, tuple[int, Callable[[], str]]] = {
        "当事人两字": (60, lambda: infix(one(firms)["party"], 2)),
        "当事人三字": (60, lambda: infix(one(firms)["party"], 3)),
        "当事人四到八字": (60, lambda: infix(one(firms)["party"], 4, 8)),
        "字号": (60, brand),
        "当事人全称": (30, lambda: one(firms)["party"]),
        "自然人": (20, lambda: one(people)["party"]),
        "文号": (30, lambda: one()["doc_no"]),
        "文号半角": (30, lambda: one()["doc_no"].replace("〔", "(").replace("〕", ")")),
        "年份和序号": (30, lambda: " ".join(re.findall(r"\d+", one()["doc_no"]))),
        "文号数字": (20, lambda: "".join(re.findall(r"\d+", one()["doc_no"]))),
        "信用代码": (30, lambda: one(firms)["uscc"]),
        "信用代码一段": (30, lambda: infix(one(firms)["uscc"], 6, 9)),
        "信用代码小写": (10, lambda: one(firms)["uscc"].lower()),
        "事由两字": (30, lambda: infix(matter(one()), 2)),
        "事由四到八字": (30, lambda: infix(matter(one()), 4, 8)),
        "正文两字": (30, lambda: infix(facts(one()), 2)),
        "正文三到十字": (60, lambda: infix(facts(one()), 3, 10)),
        "车牌": (20, lambda: re.findall(r"示A·\*\*\d+", one(plated)["fact"])[0]),
        "两个词": (30, lambda: infix(one(firms)["party"], 3) + " " + infix(matter(one()), 2, 4)),
        "没有": (30, negative),
    }
    return [(name, ask()) for name, (count, ask) in classes.items() for _ in range(count)]


@contextmanager
def engine() -> Iterator[Ask]:
    """The engine in a process of its own: call it with a question, get the answer."""
    with subprocess.Popen(
        ["node", str(ROOT / "tests" / "search" / "answers.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout

        def ask(kind: str, **question: object) -> Any:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps({"ask": kind, **question}) + "\n")
            process.stdin.flush()
            reply = json.loads(process.stdout.readline())
            if "error" in reply:
                raise RuntimeError(reply["error"])
            return reply["answer"]

        yield ask
        process.stdin.close()


def write(found: Sequence[Collection], folder: Path) -> tuple[int, int]:
    """Write the index of some collections; how many files and bytes it has."""
    count = size = 0
    for path, content in search.index([documents.of_collection(c) for c in found]):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        count, size = count + 1, size + len(content)
    return count, size


def compare(
    ask: Ask, base: str, asked: Sequence[tuple[str, str]], truth: Truth, most: int
) -> Iterator[str]:
    """What is wrong with the answers, and at the end what is right."""
    wanted = found = right = first = exact = 0
    for name, query in asked:
        want = truth.hits(query)
        take = len(want) + 1 if len(want) <= most else FIRST_PAGE
        got = [path for path, _ in ask("paths", base=base, query=query, take=take)]
        if take == FIRST_PAGE:
            want = want[:take]
        met = len(set(want) & set(got))
        wanted, found, right = wanted + len(want), found + len(got), right + met
        first += want[:20] == got[:20]
        exact += want == got
        if want != got:
            yield f"不符：{name}「{query}」应有 {len(want)} 条，得到 {len(got)} 条，相同 {met} 条"
    yield f"查全率 {right / max(wanted, 1):.2%}，查准率 {right / max(found, 1):.2%}"
    yield f"前二十条次序相同 {first}/{len(asked)}，全部次序相同 {exact}/{len(asked)}"


def percentiles(numbers: Sequence[float], *points: int) -> list[float]:
    return [float(np.percentile(numbers, point)) for point in points]


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, ask, compare, measure."""
    parser = argparse.ArgumentParser(prog="search_budget", description=__doc__)
    parser.add_argument("-n", type=int, default=100_000, help="多少条记录")
    parser.add_argument("--most", type=int, default=5000, help="结果多于此数的查询只比较第一页")
    parser.add_argument("--keep", type=Path, help="把索引写到这个文件夹")
    options = parser.parse_args(arguments)
    found = collections(options.n)
    with tempfile.TemporaryDirectory() as temporary, engine() as ask:
        folder = options.keep or Path(temporary)
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        count, size = write(found, folder)
        seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"{options.n} 条：{count} 个文件，{size / 1e6:.1f} MB，{seconds:.1f} 秒，"
            f"内存最多 {after / 1e3:.0f} MB（生成索引以前 {before / 1e3:.0f} MB）"
        )
        base, asked = str(folder / "search"), queries(found)
        costs, warm, slow = [], [], []
        groups: dict[str, list[int]] = {}
        start = sum(path.stat().st_size for path in (folder / "search").glob("*/manifest.json"))
        for name, query in asked:
            cold = ask("paths", base=base, query=query, take=FIRST_PAGE, fresh=True, cost=True)
            again = ask("paths", base=base, query=query, take=FIRST_PAGE, cost=True)
            costs.append(cold["bytes"])
            groups.setdefault(name, []).append(cold["bytes"])
            warm.append(again["ms"])
            slow.append(len(cold["fetched"]))
        for name, group in groups.items():
            middle, high = percentiles(group, 50, 95)
            print(f"  {name}：{middle / 1e3:.0f} / {high / 1e3:.0f} KB")
        print(
            f"首次查询（其中清单 {start / 1e3:.1f} KB）：p50 {np.median(costs) / 1e3:.1f} KB，"
            f"p95 {np.percentile(costs, 95) / 1e3:.1f} KB，最多 {max(costs) / 1e3:.1f} KB；"
            f"文件 p50 {np.median(slow):.0f}，p95 {np.percentile(slow, 95):.0f}"
        )
        print(f"再次查询：p50 {np.median(warm):.1f} 毫秒，p95 {np.percentile(warm, 95):.1f} 毫秒")
        for line in compare(ask, base, asked, Truth(found), options.most):
            print(line)
    over = [p for p, most in BUDGET.items() if np.percentile(costs, p) > most]
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
