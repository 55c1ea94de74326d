"""setup: makes .venv from the locked versions, once, and says plainly what is missing."""

# Runs before anything is installed and perhaps on an old Python: standard library, old syntax.
import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

OLDEST = (3, 11)
PRINTING = (
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "libharfbuzz-subset0",
    "fonts-noto-cjk",
    "fontconfig",
)
PACKAGES = (
    "chromium",
    *PRINTING,
    "nodejs",
    "npm",
    "nginx",
    "openssh-client",
    "openssh-server",
    "rsync",
    "faketime",
)
PROGRAMS = ("node", "npm", "fc-list", "nginx", "ssh-keygen", "sshd", "rsync", "faketime")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    """Prepare .venv (with --test also the tools of the tests); 1 with a sentence if it cannot."""
    parser = argparse.ArgumentParser(prog="setup", description="按锁定的版本准备 .venv。")
    parser.add_argument("--test", action="store_true", help="一并准备测试所需的程序和字体")
    with_tests = parser.parse_args().test
    if sys.version_info < OLDEST:
        return with_newer_python()
    problem = installed(with_tests) or ((tools() or modules()) if with_tests else "")
    if problem:
        print("\n" + problem + "\n", file=sys.stderr)
        return 1
    done = guard_commits()
    if done:
        print(done)
    return 0


def with_newer_python() -> int:
    """Start again with a newer Python of this machine, if there is one."""
    for minor in range(19, OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)  # noqa: UP031 - old syntax on purpose
        # A name on the path may be a mere signpost to a version that is not there.
        if found and not subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL):
            return subprocess.call([found, *sys.argv])
    version = ".".join(str(part) for part in sys.version_info[:3])
    print(
        "\n需要 Python 3.11 或更新的版本，现在的是 " + version + "。请安装新版本后再试；"
        "装在别处的，可以写明位置：make setup PYTHON=/…/python3.12\n",
        file=sys.stderr,
    )
    return 1


def installed(with_tests: bool) -> str:
    """Install what the locks name unless it is there already; gives the problem, or ""."""
    locks = [Path("requirements.lock")] + [Path("requirements-test.lock")] * with_tests
    python = Path(".venv", "Scripts" if os.name == "nt" else "bin", "python")
    stamps = {Path(".venv", lock.name + ".installed"): digest(lock) for lock in locks}
    if python.exists() and all(
        stamp.exists() and stamp.read_text() == value for stamp, value in stamps.items()
    ):
        return ""
    if not works(python):
        print("正在建立 .venv …", flush=True)
        create = [sys.executable, "-m", "venv", "--clear", ".venv"]
        if subprocess.call(create) and not (by_apt("python3-venv") and not subprocess.call(create)):
            version = "%d.%d" % sys.version_info[:2]  # noqa: UP031
            return (
                "建立 .venv 失败：这个 Python 缺少 venv 组件。Debian、Ubuntu、麒麟、统信系统请安装 "
                "python3-venv（或 python" + version + "-venv）后再试。"
            )
    print("正在安装锁定的版本（只在第一次和版本变动后需要）…", flush=True)
    chosen = [part for lock in locks for part in ("-r", str(lock))]
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--only-binary",
        ":all:",
        *chosen,
    ]
    if subprocess.call(command):
        return (
            "安装失败，原因见上。常见的原因：不能上网，或本单位要用自己的软件源"
            "（请管理员设置 PIP_INDEX_URL）。排除后再运行同一条命令即可。"
        )
    reachable(python)
    for stamp, value in stamps.items():
        stamp.write_text(value)
    return ""


def works(python: Path) -> bool:
    """Whether .venv can install: not when it is missing, half made or copied from elsewhere."""
    quiet = subprocess.DEVNULL
    try:
        return not subprocess.call([str(python), "-m", "pip", "-V"], stdout=quiet, stderr=quiet)
    except OSError:
        return False


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def reachable(python: Path) -> None:
    """Let .venv find this project from any folder, by a relative path that survives a move."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([str(python), "-c", ask], stdout=subprocess.PIPE, check=True)
    packages = Path(os.fsdecode(answer.stdout.strip()))
    packages.joinpath("project.pth").write_text(os.path.relpath(Path.cwd(), packages) + "\n")


LOOK = "scripts/gate.py --staged"
HOOK = """#!/bin/sh
# 由 make setup 安装：提交以前检查将要提交的文件里有没有个人信息。
python=.venv/bin/python
[ -x "$python" ] || python=.venv/Scripts/python.exe
if [ ! -x "$python" ]; then
    echo '没有找到 .venv，不能检查个人信息。请先运行 make setup，再提交。' >&2
    exit 1
fi
PYTHONUTF8=1 exec "$python" scripts/gate.py --staged
"""


def guard_commits() -> str:
    """Have Git look for personal data before each commit; says what was done, "" if nothing was.

    A hook that is somebody else's, or shared with other projects, is left alone.
    """
    quiet = subprocess.DEVNULL
    if not Path(".git").exists() or not shutil.which("git"):
        return ""
    ask = ["git", "rev-parse", "--show-prefix", "--git-path", "hooks"]
    answer = subprocess.run(ask, stdout=subprocess.PIPE, stderr=quiet, check=False)
    lines = os.fsdecode(answer.stdout).splitlines()
    if answer.returncode or lines[0]:  # the work tree is not this folder's
        return ""
    hook = Path(lines[1], "pre-commit")
    shared = not subprocess.call(["git", "config", "core.hooksPath"], stdout=quiet, stderr=quiet)
    try:
        present = hook.read_text("utf-8", "replace") if hook.exists() else ""
        if LOOK in present and present.splitlines()[1:2] != HOOK.splitlines()[1:2]:
            return ""  # somebody else's, who does what we ask for
        if present.splitlines()[1:2] not in ([], HOOK.splitlines()[1:2]) or shared:
            return advised(hook)
        if present == HOOK:
            return ""
        hook.parent.mkdir(parents=True, exist_ok=True)
        hook.write_text(HOOK, "utf-8", newline="\n")
        hook.chmod(0o755)
    except OSError as error:
        return "没能设置提交以前的检查：" + str(error)
    return "已设置：提交以前检查个人信息（" + str(hook) + "）。"


def advised(hook: Path) -> str:
    """What to do about a hook of somebody else, said once."""
    told = Path(".venv", "hook.told")
    if told.exists():
        return ""
    told.write_text("")
    return (
        "已有别的提交检查（" + str(hook) + "），没有改动。"
        "请在其中加一行：PYTHONUTF8=1 .venv/bin/python " + LOOK + " || exit 1"
    )


def tools() -> str:
    """A browser, Chinese fonts, Node and servers for the tests, by apt if possible; the problem, or ""."""
    if have_tools():
        return ""
    if by_apt(*PACKAGES) and have_tools():
        return ""
    return (
        "测试需要浏览器 Chromium、排版组件 Pango、中文字体、Node 和 npm、nginx、OpenSSH、rsync 和 faketime。请先安装：sudo apt-get install "
        + " ".join(PACKAGES)
    )


def modules() -> str:
    """What the tests run in Node, by the versions and hashes of package-lock.json; the problem, or ""."""
    stamp, value = Path("node_modules", ".installed"), digest(Path("package-lock.json"))
    if stamp.exists() and stamp.read_text() == value:
        return ""
    print("正在安装测试网页用的 Node 组件 …", flush=True)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.call(command, stdout=subprocess.DEVNULL):
        return (
            "安装失败，原因见上。常见的原因：不能上网，或本单位要用自己的软件源"
            "（请管理员用 npm config set registry 设置）。排除后再运行同一条命令即可。"
        )
    stamp.write_text(value)
    return ""


def by_apt(*packages: str) -> bool:
    """Install Debian packages where that is allowed; whether it was done."""
    apt = shutil.which("apt-get")
    if not apt or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    print("正在用 apt 安装 " + "、".join(packages) + " …", flush=True)
    # In this run level, packages do not start their services.
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive", RUNLEVEL="1")
    install = [apt, "install", "--yes", "-qq", "--no-install-recommends", *packages]
    subprocess.call([apt, "update", "-qq"], env=environment)
    return not subprocess.call(install, env=environment)


def have_tools() -> bool:
    """Whether a browser and all programs are on the path, papers can be set, some font knows Chinese."""
    if not find_library("pangoft2-1.0"):
        return False
    if not any(shutil.which(name) for name in BROWSERS):
        return False
    # A plain user's path may lack the folder that servers lie in.
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    if not all(shutil.which(name, path=path) for name in PROGRAMS):
        return False
    fonts = subprocess.run(["fc-list", ":lang=zh"], stdout=subprocess.PIPE, check=False)
    return bool(fonts.stdout.strip())


if __name__ == "__main__":
    sys.exit(main())
