"""install: prints what the portal's server needs, writes it into a folder, or puts it in its place there."""

from __future__ import annotations

import argparse
import getpass
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from disclosure.diagnostics import Report, as_text
from disclosure.release import configuration, installing
from disclosure.release.configuration import Configuration
from disclosure.release.installing import Setting


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the files of the server; 1 when publish.yml is wrong or installing did not work."""
    parser = argparse.ArgumentParser(
        prog="install",
        usage="python scripts/install.py [选项]",
        description="列出网站服务器要装的接收程序、密钥限制和 nginx 设置，以及定时核对、每天发布的任务。",
    )
    parser.add_argument("--root", type=Path, default=Path(), help="项目所在的文件夹")
    parser.add_argument(
        "--key", type=Path, help="发布用的公钥文件（默认 publish.yml 中 key 的 .pub）"
    )
    parser.add_argument(
        "--out", type=Path, help="写到这个文件夹，拷到服务器上运行其中的 install.sh"
    )
    parser.add_argument("--install", action="store_true", help="装在这台机器上（它就是网站服务器）")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    settings, findings = configuration.load(root)
    if findings:
        sys.stdout.write(as_text(Report.of(findings)))
        return 1
    try:
        key = public(settings, options.key)
    except (OSError, ValueError) as error:
        print(f"公钥读不出来：{error}", file=sys.stderr)
        return 1
    name = urlsplit(settings.probe.address).hostname if settings.probe else None
    about = Setting(settings.host, str(root), getpass.getuser(), key, name or "_")
    made = installing.make(about)
    if options.install:
        with tempfile.TemporaryDirectory() as passing:
            write(made, Path(passing))
            return subprocess.call(["sh", f"{passing}/install.sh"])
    if options.out:
        write(made, options.out.expanduser())
        print(f"已写到 {options.out}。请拷到网站服务器，以 root 运行：sh install.sh")
        return 0
    show(made)
    return 0


def public(settings: Configuration, chosen: Path | None) -> str:
    """The public key that may publish, "" when nobody has said which. Raises ValueError."""
    own = settings.host.key
    path = (chosen and chosen.expanduser()) or (own and own.with_name(own.name + ".pub"))
    if path is None or not (chosen or path.exists()):
        return ""
    text = path.read_text("utf-8").strip()
    if len(text.splitlines()) != 1 or not text.startswith(("ssh-", "ecdsa-", "sk-")):
        raise ValueError(f"{path} 应当是一行公钥（以 ssh- 开头）。")
    return text


def write(made: Mapping[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        (folder / name).write_bytes(content)


def show(made: Mapping[str, bytes]) -> None:
    print(
        "在网站服务器上安装：make portal-setup OUT=文件夹，拷到服务器，以 root 运行 sh install.sh；"
    )
    print("服务器上有本项目的，直接以 root 运行 make portal-setup INSTALL=1。会安装以下文件：")
    for name, content in made.items():
        print(f"\n──── {name} ────")
        if name == "receiver.pyz":
            digest = hashlib.sha256(content).hexdigest()
            print(f"接收程序，{len(content):,} 字节，SHA-256 {digest}")
        else:
            print(
                content.decode()
                or "（没有公钥：用 KEY=公钥文件 指定，或者在 publish.yml 的 ssh 中写明 key）"
            )


if __name__ == "__main__":
    sys.exit(main())
