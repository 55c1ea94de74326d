"""What publishing withstands, and what it costs: `python -m bench.releases --help`.

Here are the readers of a real web server, while releases come and go without a pause. All big numbers
are for this command, which keeps them; the tests run small ones.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bench import faults, large, reliability, remote
from bench.reliability import Figure
from bench.servers import nginx
from disclosure.release import publishing, signature, sites
from disclosure.release.folder import Folder
from disclosure.release.publishing import Draft, Held
from disclosure.release.signature import Keys

LINK = re.compile(rb'href="([^"]+)"')


@dataclass
class Seen:
    """What readers met."""

    loads: int = 0
    """Pages with all their assets."""
    switches: int = 0
    renewals: int = 0
    """How often an index of searching was gone, and the one in force was asked for instead."""
    failures: list[str] = field(default_factory=list)


def _site(site: Path, version: int, pages: int = 20) -> Draft:
    """A site whose pages name assets of their own version, as themes with hashed names do."""
    shutil.rmtree(site, ignore_errors=True)
    (site / "assets").mkdir(parents=True)
    (site / "assets" / "fixed.css").write_text("/* always the same */")
    (site / "assets" / f"style.{version:06d}.css").write_text(f"/* {version:06d} */")
    (site / "search" / f"{version:016x}").mkdir(parents=True)
    (site / "search" / "current.json").write_text(f'{{"index":"{version:016x}"}}')
    for name in ("manifest.json", "c.bin"):
        (site / "search" / f"{version:016x}" / name).write_text(f"{version:016x}")
    head = f'<link href="assets/fixed.css"><link href="assets/style.{version:06d}.css">'
    for number in range(pages):
        name = f"page-{number}.html" if number else "index.html"
        (site / name).write_text(f"{head}<p>{version:06d}</p><!--whole-->")
    return Draft(site, sites.hashes(site), "2026-11-22")


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    connection.request("GET", f"/{path}")
    answer = connection.getresponse()
    return answer.status, answer.read()


def _search(connection: http.client.HTTPConnection) -> tuple[str, int]:
    """Search as the page's script does: if a file of the index is gone, once more from the pointer on.
    What went wrong, and how often it had to begin again."""
    for renewals in range(3):
        status, pointer = _get(connection, "search/current.json")
        index = json.loads(pointer)["index"] if status == 200 else ""
        got = [_get(connection, f"search/{index}/{name}") for name in ("manifest.json", "c.bin")]
        if all(answer == (200, index.encode()) for answer in got):
            return "", renewals
    return f"search/{index}: {[status for status, _ in got]}", renewals


def _read(port: int, stop: threading.Event, seen: Seen, lock: threading.Lock, seed: int) -> None:
    """Open pages with all that they name, and search, as browsers do, until told to stop."""
    choice = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while not stop.is_set():
        number = choice.randrange(20)
        path = f"page-{number}.html" if number else "index.html"
        wrong, renewals = "", 0
        try:
            status, page = _get(connection, path)
            if status != 200 or not page.endswith(b"<!--whole-->"):
                wrong = f"{path}: {status}"
            for link in LINK.findall(page):
                status, asset = _get(connection, link.decode())
                if status != 200 or not asset.endswith(b"*/"):
                    wrong = f"{path} → {link.decode()}: {status}"
            if number == 1:
                wrong, renewals = _search(connection) if not wrong else (wrong, 0)
        except (OSError, http.client.HTTPException) as error:
            wrong = f"{path}: {type(error).__name__}"
            connection.close()
        with lock:
            seen.loads += 1
            seen.renewals += renewals
            seen.failures += [wrong] if wrong else []
    connection.close()


def readers(place: Path, keys: Keys, *, switches: int, loads: int, seconds: float) -> Seen:
    """Publish (and now and then go back) while four readers read, until there were so many of both,
    or so many seconds are over."""
    target, site, seen = Folder(place / "public"), place / "site", Seen()
    publishing.publish(target, _site(site, 0), keys)
    stop, lock = threading.Event(), threading.Lock()
    deadline = time.monotonic() + seconds
    with nginx(place / "nginx", place / "public") as port:
        crew = [
            threading.Thread(target=_read, args=(port, stop, seen, lock, seed)) for seed in range(4)
        ]
        for reader in crew:
            reader.start()
        while (seen.switches < switches or seen.loads < loads) and time.monotonic() < deadline:
            if seen.switches % 7 == 6:
                publishing.rollback(target, keys)
            else:
                version = seen.switches + 1
                publishing.publish(target, _site(site, version), keys, held=Held(3, 60))
            seen.switches += 1
        stop.set()
        for reader in crew:
            reader.join()
    return seen


def validators(place: Path, keys: Keys, versions: int) -> dict[str, list[str]]:
    """The ETag of some files over several releases, made as fast as can be."""
    target, found = Folder(place / "public"), dict[str, list[str]]()
    with nginx(place / "nginx", place / "public") as port:
        for version in range(versions):
            publishing.publish(target, _site(place / "site", version), keys)
            for path in ("index.html", "assets/fixed.css"):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("GET", f"/{path}")
                found.setdefault(path, []).append(connection.getresponse().headers["ETag"])
                connection.close()
    return found


def reading(place: Path, keys: Keys, switches: int, loads: int) -> Figure:
    """The same, as a figure."""
    seen = readers(place, keys, switches=switches, loads=loads, seconds=3_600)
    return Figure(
        "不停地发布和退回，同时有人阅读和搜索",
        "网页和它的样式没有一次打不开",
        f"打开 {seen.loads:,} 次，切换 {seen.switches:,} 次，失败 {len(seen.failures):,} 次",
        "page and asset loads that fail while releases are switched",
        f"{seen.loads:,} loads, {seen.switches:,} switches, {len(seen.failures):,} failed; "
        f"{seen.renewals:,} searches began again with the index in force",
        tuple(seen.failures),
    )


Part = Callable[[Path, Keys, argparse.Namespace], list[Figure]]
PARTS: dict[str, Part] = {
    "readers": lambda place, keys, o: [reading(place, keys, o.switches, o.loads)],
    "steps": lambda place, keys, o: [faults.steps(place, keys)],
    "moments": lambda place, keys, o: [faults.moments(place, keys, o.kills)],
    "rivals": lambda place, keys, o: [faults.rivals(place, keys, o.rounds)],
    "full": lambda place, keys, o: [faults.full(place, keys, o.rounds)],
    "tampering": lambda place, keys, o: [faults.tampering(place, keys, o.looks)],
    "ssh": lambda place, keys, o: remote.over_ssh(place, keys, kills=o.kills, rounds=o.rounds),
    "bucket": lambda place, keys, o: remote.in_a_store(place, keys, rounds=o.rounds),
    "large": lambda place, keys, o: large.run(place, keys, o.records),
}


def main() -> int:
    """Run the parts that are asked for, keep their figures, and tell them; 1 if a promise is broken."""
    parser = argparse.ArgumentParser(
        prog="releases", description="测试发布：中断、篡改、读者、开销。"
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{'、'.join(PARTS)}；默认全部")
    parser.add_argument("--switches", type=int, default=300, help="至少切换多少次（默认 300）")
    parser.add_argument("--loads", type=int, default=10_000, help="至少读多少页（默认 10000）")
    parser.add_argument("--kills", type=int, default=200, help="随机中断多少次（默认 200）")
    parser.add_argument(
        "--rounds", type=int, default=30, help="同时发布、磁盘写满各多少轮（默认 30）"
    )
    parser.add_argument("--looks", type=int, default=100, help="核对多少次（默认 100）")
    parser.add_argument("--records", type=int, default=100_000, help="大站的记录数（默认 100000）")
    parser.add_argument("--work", type=Path, help="在哪里工作（默认临时文件夹）")
    parser.add_argument(
        "--keep", action="store_true", help="把数字记入 bench/RESULTS.md 和网站的页面"
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"没有这一项：{'、'.join(sorted(unknown))}")
    kept = True
    for name in options.parts or PARTS:
        with tempfile.TemporaryDirectory(dir=options.work) as passing:
            place = Path(passing)
            place.chmod(0o755)  # the web server has another user
            keys = Keys(place / "keys" / "release", place / "keys" / "allowed_signers")
            signature.make(keys)
            begun = time.monotonic()
            try:
                figures = PARTS[name](place, keys, options)
            except Exception:
                traceback.print_exc()  # now: to remove a large site takes a while
                raise
        for one in figures:
            print(f"{'' if one.is_kept else '未达到：'}{one.words}：{one.measured}。", flush=True)
            for failure in one.failures[:20]:
                print(f"  {failure}")
            kept = kept and one.is_kept
        print(f"  （{date.today()}，{name}，用时 {time.monotonic() - begun:.0f} 秒）", flush=True)
        if options.keep:
            reliability.keep(figures)
            reliability.note(figures)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
