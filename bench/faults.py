"""What publishing withstands: killed at any moment, several at once, a full disk, somebody's fingers in the files."""

from __future__ import annotations

import os
import random
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path

from bench.reliability import Figure
from bench.servers import nginx
from disclosure.release import publishing, sites
from disclosure.release.difference import Difference
from disclosure.release.folder import Folder
from disclosure.release.past import trusted
from disclosure.release.probe import Probe
from disclosure.release.publishing import Draft, Held, Outcome
from disclosure.release.signature import Keys
from disclosure.release.target import Busy, Full, Refused, Target

EVENTS = frozenset(
    ("open", "fcntl.flock", "subprocess.Popen", "shutil.copyfile", "shutil.rmtree", "glob.glob")
)
"""Besides everything of `os`, the calls of the system that Python reports."""
PAGE = "records/7.html"


def in_a_child(work: Callable[[], object], step: int | None = None) -> int:
    """Do some work in a process of its own, killed before it takes its so-many-th step (every call of
    the system that Python reports counts as one); returns the exit code, or minus the signal."""
    child = os.fork()
    if not child:
        steps = -1

        def trace(event: str, _: tuple[object, ...]) -> None:
            nonlocal steps
            if event in EVENTS or event.startswith("os."):
                steps += 1
                if steps == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            if step is not None:
                sys.addaudithook(trace)
            work()
            os._exit(0)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def site(place: Path, version: int, pages: int = 12) -> Draft:
    """A small site, of which half changes with every version."""
    shutil.rmtree(place, ignore_errors=True)
    (place / "records").mkdir(parents=True)
    (place / "assets").mkdir()
    (place / "assets" / f"style.{version:06d}.css").write_text(f"/* {version:06d} */")
    (place / "index.html").write_text(f"<p>{version:06d}</p>")
    for number in range(pages):
        text = f"<p>{number}</p>" + (f"<p>{version:06d}</p>" if number % 2 else "")
        (place / "records" / f"{number}.html").write_text(text)
    return Draft(place, sites.hashes(place), "2026-11-22")


Door = Callable[[], AbstractContextManager[Target]]


class Stage:
    """A folder target with three releases, and the next one ready to leave: right into it, or through
    another door to the same folder."""

    def __init__(self, place: Path, keys: Keys, door: Door | None = None) -> None:
        self.place, self.keys = place, keys
        self.target = Folder(place / "public")
        self.door: Door = door or (lambda: nullcontext(self.target))
        for version in (1, 2, 3):
            publishing.publish(self.target, site(place / "site", version), keys)
        self.version = 3

    def ready(self) -> Callable[[], Outcome]:
        """The work of publishing the next version."""
        self.version += 1
        draft = site(self.place / "site", self.version)

        def work() -> Outcome:
            with self.door() as target:
                return publishing.publish(target, draft, self.keys, held=Held(2, 60))

        return work

    def wrong(self, patience: float = 1) -> str:
        """In what way what is served is not exactly one signed release whose lock is free within so many
        seconds; "" if it is."""
        try:
            if drift := publishing.verify(self.target, self.keys):
                return publishing.words(drift)
            deadline = time.monotonic() + patience
            while True:
                try:
                    with self.target.lock("look"):
                        return ""
                except Busy as error:
                    if time.monotonic() > deadline:
                        return str(error)
                    time.sleep(0.01)
        except Refused as error:
            return str(error)

    def served(self) -> str:
        return (self.place / "public" / "current" / "index.html").read_text()


OVER_SSH = ("经 ssh 发布时，", "over ssh, ")


def steps(place: Path, keys: Keys, door: Door | None = None) -> Figure:
    """Killed before every single step of publishing, of which there are some hundreds."""
    stage = Stage(place, keys, door)
    work = stage.ready()
    killed, wrong = 0, list[str]()
    while in_a_child(work, killed) == -signal.SIGKILL:
        killed += 1
        wrong += filter(None, [stage.wrong()])
        if stage.target.live() > 3:  # the next try has to begin before that again
            publishing.rollback(stage.target, keys, 3)
    wrong += filter(None, [stage.wrong()])
    wrong += [] if f"{stage.version:06d}" in stage.served() else ["not served in the end"]
    return _killed("发布的每一步各强行中断一次", "killed before every step", killed, 0, wrong, door)


def moments(place: Path, keys: Keys, times: int, door: Door | None = None) -> Figure:
    """Killed at random moments, together with all that it started; one more try must succeed."""
    stage, choice = Stage(place, keys, door), random.Random(20261122)
    begun = time.monotonic()
    stage.ready()()
    usual = time.monotonic() - begun
    ended, wrong = 0, list[str]()
    for _ in range(times):
        work = stage.ready()
        child = os.fork()
        if not child:
            os.setpgid(0, 0)
            with suppress(BaseException):
                work()
                os._exit(0)
            os._exit(3)
        time.sleep(choice.uniform(0, usual))
        for kill in (os.killpg, os.kill):  # it may not have its own group yet
            with suppress(ProcessLookupError):
                kill(child, signal.SIGKILL)
        ended += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        wrong += filter(None, [stage.wrong()])
        work()
        wrong += filter(None, [stage.wrong()])
        wrong += [] if f"{stage.version:06d}" in stage.served() else ["not served in the end"]
    return _killed("在随机时刻强行中断", "killed at random moments", times, ended, wrong, door)


def _killed(
    words: str, english: str, times: int, ended: int, wrong: list[str], door: Door | None
) -> Figure:
    where, there = OVER_SSH if door else ("", "")
    late = f"（其中 {ended:,} 次已经发布完）" if ended else ""
    after = f" ({ended:,} after it had ended)" if ended else ""
    return Figure(
        where + words,
        "公开的始终是一个完整的签名版本，再运行一次即成功，一秒内可以重新发布",
        f"{times:,} 次{late}，不符 {len(wrong):,} 次",
        f"{there}{english}: one signed release is served, one re-run converges, the lock is free within 1 s",
        f"{times:,} times{after}, {len(wrong):,} wrong",
        tuple(wrong),
    )


def rivals(place: Path, keys: Keys, rounds: int, door: Door | None = None) -> Figure:
    """Two, and five, processes that publish at the same time; the winner waits for the others' end."""
    stage, wrong = Stage(place, keys, door), list[str]()
    for number in range(rounds):
        crew = 2 if number % 2 else 5
        wrong += _round(stage, crew)
        wrong += filter(None, [stage.wrong()])
    where, there = OVER_SSH if door else ("", "")
    return Figure(
        f"{where}两个、五个程序同时发布",
        "只有一个成功，其余的被告知谁在发布",
        f"{rounds:,} 轮，不符 {len(wrong):,} 次",
        f"{there}two and five publishers at once: one winner, the others are told who",
        f"{rounds:,} rounds, {len(wrong):,} wrong",
        tuple(wrong),
    )


def _round(stage: Stage, crew: int) -> list[str]:
    """One race; what was wrong with it."""
    drafts = list[Draft]()
    for _ in range(crew):
        stage.version += 1
        drafts.append(site(stage.place / f"site-{len(drafts)}", stage.version))
    told_out, told_in = os.pipe()
    enough_out, enough_in = os.pipe()

    def wait(number: int, change: Difference) -> None:
        select.select([enough_out], [], [], 60)  # readable once all others have given up

    children = []
    for draft in drafts:
        if not (child := os.fork()):
            end = "error"
            with suppress(BaseException):
                try:
                    with stage.door() as target:
                        publishing.publish(target, draft, stage.keys, confirm=wait)
                    end = f"won {os.getpid()}"
                except Busy as error:
                    end = f"busy {error}"
            os.write(told_in, f"{end}\0".encode())
            os._exit(0)
        children.append(child)
    said = b""
    while said.count(b"\0") < crew - 1 and select.select([told_out], [], [], 60)[0]:
        said += os.read(told_out, 65_536)
    os.write(enough_in, b"1")
    for child in children:
        os.waitpid(child, 0)
    while said.count(b"\0") < crew and select.select([told_out], [], [], 0)[0]:
        said += os.read(told_out, 65_536)
    for pipe in (told_out, told_in, enough_out, enough_in):
        os.close(pipe)
    lines = said.decode().split("\0")[:-1]
    winners = [line.removeprefix("won ") for line in lines if line.startswith("won ")]
    if len(winners) != 1 or len(lines) != crew:
        return [f"{len(winners)} winners of {crew}"]
    others = [line for line in lines if not line.startswith("won ")]
    return [line for line in others if f"进程 {winners[0]}，" not in line]


@contextmanager
def _disk(place: Path, size: int) -> Iterator[bool]:
    """A disk of so many bytes; whether it could be had."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", str(place)], check=True)


def full(place: Path, keys: Keys, times: int) -> Figure:
    """A disk that is full after so many bytes, fewer and fewer; then there is room again."""
    tried, met, wrong = 0, 0, list[str]()
    with _disk(place / "disk", 4_000_000) as is_real:
        stage = Stage(place / "disk" if is_real else place / "plain", keys)
        for number in range(times):
            work = stage.ready()
            before = stage.served()
            room = 100_000 * number // times
            if is_real:
                filler = place / "disk" / "filler"
                there = os.statvfs(place / "disk")
                with filler.open("wb") as file:
                    os.posix_fallocate(
                        file.fileno(), 0, max(1, there.f_bavail * there.f_frsize - room)
                    )
            tried += 1
            code = in_a_child(partial(_refused, work, 0 if is_real else room))
            if is_real:
                filler.unlink()
            wrong += filter(None, [stage.wrong()])
            met += code == FULL
            if code == FULL:
                wrong += [] if stage.served() == before else ["the served tree changed"]
            elif code:
                wrong.append(f"ended with {code}")
            work()
            wrong += filter(None, [stage.wrong()])
    return Figure(
        "磁盘写满",
        "提示磁盘已满，公开的内容不变，腾出空间后再运行一次即成功",
        f"{tried:,} 次，其中 {met:,} 次写满，不符 {len(wrong):,} 次",
        "disk full at a random file: the served tree is intact, one re-run succeeds",
        f"{tried:,} times, {met:,} of them full, {len(wrong):,} wrong",
        tuple(wrong or ([] if met else ["the disk was never full"])),
    )


FULL = 7


def _refused(work: Callable[[], object], largest: int) -> None:
    """End with FULL when a release finds no room. Without a small disk, files may only become so large."""
    if largest:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest % 4_000, resource.RLIM_INFINITY))
    try:
        work()
    except (Full, OSError, Refused):
        os._exit(FULL)


# ── Tampering ────────────────────────────────────────────────────────────────────────────────────


def _append(page: Path) -> None:
    page.write_bytes(page.read_bytes() + b"\n")


def _disguise(page: Path) -> None:
    before = page.stat()
    page.write_bytes(page.read_bytes().translate(bytes(range(255, -1, -1))))
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))


def _link(page: Path) -> None:
    page.rename(page.parents[3] / "kept.html")
    page.symlink_to("../../../kept.html")


KINDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "changed": (lambda page: page.write_bytes(b"somebody else"), PAGE),
    "added": (lambda page: page.with_name("added.html").write_bytes(b"x"), "records/added.html"),
    "deleted": (Path.unlink, PAGE),
    "a byte appended": (_append, PAGE),
    "replaced by a link": (_link, PAGE),
    "other rights": (lambda page: page.chmod(0o666), PAGE),
    "same size and time": (_disguise, PAGE),
}


def _other_headers(settings: str) -> str:
    """Settings of the web server by which one page may be kept by everybody for ever."""
    more = f'    location = /{PAGE} {{ add_header Cache-Control "public, max-age=31536000"; }}\n'
    return settings.replace("    location / {", f"{more}\n    location / {{")


def tampering(place: Path, keys: Keys, looks: int) -> Figure:
    """Eight kinds of tampering, found by name and undone; and many looks at what nobody touched."""
    stage, wrong, alarms = Stage(place, keys), list[str](), 0
    for kind, (act, name) in KINDS.items():
        act(stage.place / "public" / "releases" / "3" / PAGE)
        drift = publishing.verify(stage.target, keys)
        named = [*drift.changed, *drift.missing, *drift.extra, *drift.altered]
        wrong += [] if named == [name] else [f"{kind}: {named}"]
        publishing.repair(stage.target, keys, stage.place / "site")
        wrong += filter(None, [stage.wrong()])
    release, public = trusted(stage.target, 3, keys)[0], stage.place / "public"
    with nginx(place / "changed", public, _other_headers) as port:
        named = Probe(f"http://127.0.0.1:{port}/").all_over(release)
        is_it = bool(named) and all(one.startswith(f"{PAGE}：响应头") for one in named)
        wrong += [] if is_it else [f"other headers: {named}"]
    with nginx(place / "nginx", public) as port:
        probe = Probe(f"http://127.0.0.1:{port}/")
        for _ in range(looks):
            alarms += bool(publishing.verify(stage.target, keys) or probe.all_over(release))
    found = len(KINDS) + 1 - len(wrong)
    return Figure(
        "八种篡改（改动、增加、删除、添一个字节、换成链接、改权限、大小和时间不变的改动、改响应头）",
        "逐一发现并指明文件；未被改动时不误报",
        f"发现 {found:,} 种，核对 {looks:,} 次误报 {alarms:,} 次",
        "eight kinds of tampering are found and named; clean verifies give no alarm",
        f"{found:,} found; {looks:,} verifies, {alarms:,} alarms",
        (*wrong, *(["false alarm"] * alarms)),
    )
