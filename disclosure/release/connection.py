"""Connections: one conversation with the receiver on the portal's server, by OpenSSH, and rsync beside it.

All that is secret stays with ssh, its agent and its files. Whatever goes wrong on the way becomes a
sentence; what the other side or ssh says about it is not repeated word for word.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from disclosure.progress import Tell, silent
from disclosure.release import wire
from disclosure.release.target import Refused

PATIENCE = 60.0
"""Seconds that a server under load may take to begin; ssh itself notices sooner when nobody is there."""
PARTLY = (23, 24)
"""What rsync returns when some files could not be read or are gone: the receiver will miss them."""


@dataclass(frozen=True)
class Host:
    """The portal's server, as `publish.yml` names it."""

    host: str
    port: int
    user: str
    path: str
    """The folder there. Only for people: the server itself says which one a key is for."""
    known_hosts: Path
    key: Path | None = None
    """A private key; without it those of the agent and of ssh's own settings."""
    silence: float = 30.0
    """Seconds after which a line on which nothing comes is given up, on both sides."""

    @property
    def name(self) -> str:
        return f"服务器 {self.user}@{self.host}:{self.path}"

    def ssh(self) -> list[str]:
        """The command up to the host: nobody is asked, no host is believed that is not known, and
        nothing is passed on."""
        settings = {
            "BatchMode": "yes",
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": f'"{self.known_hosts}"',
            "GlobalKnownHostsFile": "/dev/null",
            "UpdateHostKeys": "no",
            "ConnectTimeout": max(1, int(self.silence / 2)),
            "ServerAliveInterval": max(1, int(self.silence / wire.BEAT)),
            "ServerAliveCountMax": wire.BEAT - 1,
            "ClearAllForwardings": "yes",
            "ForwardAgent": "no",
            "PermitLocalCommand": "no",
            "ControlPersist": "no",
            "LogLevel": "INFO",
        }
        options = [f"-o{name}={value}" for name, value in settings.items()]
        key = ["-i", str(self.key), "-oIdentitiesOnly=yes"] if self.key else []
        return ["ssh", "-T", "-x", *options, *key, "-p", str(self.port), "-l", self.user]


class Lost(Refused):
    """The server cannot be reached, or not any more; the message is half a sentence."""


class NoRoom(Exception):
    """The disk of the server is full."""


class Connection:
    """A conversation. Not to be shared between threads. It ends with whoever holds it."""

    def __init__(self, host: Host) -> None:
        if not host.known_hosts.exists():
            raise Lost(f"没有找到服务器的主机密钥文件 {host.known_hosts}。{UNKNOWN}")
        self.host = host
        self.broken = False
        self._rest = b""
        self._writing = threading.Lock()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as this lives
        passing = tempfile.TemporaryDirectory(prefix="ssh-")
        self._shared = f"-oControlPath={passing.name}/line"
        command = [*host.ssh(), self._shared, "-oControlMaster=yes", host.host, "session"]
        self._process = _start(command, self._errors)
        about = (self._process, self._errors, self._writing, passing)
        self.close = weakref.finalize(self, _end, *about)
        beat = (self._process, self._writing, host.silence / wire.BEAT)
        threading.Thread(target=_beat, args=beat, daemon=True).start()
        with self._whole():
            first = next(self._messages(PATIENCE))
            if first.get("portal") != wire.PROTOCOL:
                raise Lost(
                    "服务器上的接收程序与本机的版本不同，请重新运行 make portal-setup 并安装"
                )
        self.call("hello", host.name, host.silence)

    def call(self, verb: str, *values: Any, tell: Tell = silent) -> Any:
        """Ask for something and wait until it is done. Raises Refused as the other side does."""
        with self._whole():
            _write(self._process, self._writing, wire.line({"do": verb, "with": values}))
            for message in self._messages():
                if "tell" in message:
                    tell(*message["tell"])
                elif "done" in message:
                    return message["done"]
                elif "refused" in message:
                    break
                else:
                    message = {"message": f"{self.host.name}出错：{message.get('failed')}。"}
                    break
        raise wire.refused(message)

    def upload(self, source: Path, paths: Sequence[str], tell: Tell = silent) -> None:
        """Bring files into incoming/ on the server over the same connection, sending only what differs
        from what is there and in the live release. Raises Lost, NoRoom."""
        ssh = [*self.host.ssh(), self._shared, "-oControlMaster=no"]
        code, said = _rsync(self.host, ssh, source, paths, tell)
        if b"No space left" in said or b"quota exceeded" in said:
            raise NoRoom
        if code not in (0, *PARTLY):
            raise Lost(reason(said, self.host))

    def _whole(self) -> _Whole:
        return _Whole(self)

    def _messages(self, patience: float = 0) -> Iterator[Mapping[str, Any]]:
        stream = self._process.stdout
        assert stream
        with selectors.DefaultSelector() as ready:
            ready.register(stream, selectors.EVENT_READ)
            while True:
                line, found, rest = self._rest.partition(b"\n")
                if found:
                    self._rest = rest
                    if line:
                        yield _message(line)
                    continue
                heard = ready.select(max(self.host.silence, patience))
                some = os.read(stream.fileno(), 1 << 18) if heard else b""
                if not some:
                    raise Lost(self._reason())
                self._rest += some

    def _reason(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._errors.seek(0)
        return reason(self._errors.read(), self.host)


class _Whole:
    """A question with its answer: a conversation that was left in between cannot go on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        if self._connection.broken:
            raise Lost("与服务器的连接已经中断")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: Any
    ) -> None:
        if kind:
            self._connection.broken = True
            self._connection.close()
        if isinstance(error, (OSError, StopIteration)):
            raise Lost("与服务器的连接已经中断") from None


def _message(line: bytes) -> Mapping[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise Lost("服务器的回答看不懂：接收程序可能没有装好，请照 make portal-setup 的说明安装")
    return message


def _start(command: Sequence[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            bufsize=0,
            start_new_session=True,  # a key on the keyboard is for us; it ends with us all the same
            env={**os.environ, "LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"},
        )
    except FileNotFoundError:
        raise Lost(f"没有找到 {command[0]}，请先安装（openssh-client、rsync）") from None


def _write(process: subprocess.Popen[bytes], writing: threading.Lock, content: bytes) -> None:
    assert process.stdin
    with writing:
        while content:
            content = content[process.stdin.write(content) or 0 :]


def _beat(process: subprocess.Popen[bytes], writing: threading.Lock, seconds: float) -> None:
    """Let the other side know that we are there, also while we think or ask."""
    with suppress(OSError, ValueError):
        while True:
            time.sleep(seconds)
            _write(process, writing, b"\n")


def _end(
    process: subprocess.Popen[bytes],
    errors: IO[bytes],
    writing: threading.Lock,
    passing: tempfile.TemporaryDirectory[str],
) -> None:
    process.kill()
    process.wait()
    with writing:
        for stream in (process.stdin, process.stdout, errors):
            with suppress(OSError):
                stream and stream.close()
    passing.cleanup()


def _rsync(
    host: Host, ssh: Sequence[str], source: Path, paths: Sequence[str], tell: Tell
) -> tuple[int, bytes]:
    """Let rsync bring some files; returns its exit code and what it complained of."""
    machine = f"[{host.host}]" if ":" in host.host else host.host
    command = ["rsync", "--checksum", "--files-from=-", "--from0", "--out-format=%l"]
    command += [f"--timeout={max(2, int(host.silence))}", "--rsh", _quoted(ssh)]
    tell(0, len(paths))
    with tempfile.TemporaryFile() as listed, tempfile.TemporaryFile() as errors:
        listed.write(b"".join(os.fsencode(path) + b"\0" for path in paths))
        listed.seek(0)
        try:
            process = subprocess.Popen(
                [*command, f"{source}/", f"{machine}:"],
                stdin=listed,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                env={**os.environ, "LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"},
            )
        except FileNotFoundError:
            raise Lost("没有找到 rsync，请先安装") from None
        with process:
            try:
                assert process.stdout
                for done, _ in enumerate(process.stdout, 1):
                    tell(min(done, len(paths)), len(paths))
                code = process.wait()
            except BaseException:
                process.kill()
                raise
        errors.seek(0)
        return code, errors.read()


def _quoted(words: Sequence[str]) -> str:
    """A command as rsync reads it."""
    return " ".join("'" + word.replace("'", "''") + "'" for word in words)


UNKNOWN = "请向服务器管理员索取主机密钥的指纹，用 ssh-keyscan 取得、核对无误后写入这个文件"
REASONS = (
    (("host key is known for",), "{known} 中没有登记{where}的主机密钥。" + UNKNOWN),
    (
        ("identification has changed", "host key verification failed", "no matching host key"),
        "{where}的主机密钥与 {known} 中登记的不符，可能连到了别的机器，没有继续。服务器确实换过密钥的，"
        "请向管理员核对指纹以后改正这个文件",
    ),
    (
        ("permission denied", "too many authentication failures"),
        "{where}不接受这把密钥。请确认公钥已经装到服务器上，密钥已经交给 ssh-agent（ssh-add），"
        "或者 publish.yml 的 ssh 中 user、key 写得对",
    ),
    (("could not resolve",), "找不到主机 {host}。请检查 publish.yml 中的 host 和本机的网络"),
    (
        ("connection refused", "no route to host", "unreachable", "connection timed out"),
        "连不上{where}（端口 {port}）。请检查网络、防火墙和服务器是否开机",
    ),
    (("receiver: no such folder",), "服务器上没有发布的文件夹。请照 make portal-setup 的说明安装"),
    (("receiver: rsync is not",), "服务器上没有安装 rsync"),
    (
        ("command not found", "receiver:"),
        "服务器上的接收程序没有装好，请照 make portal-setup 的说明安装",
    ),
    (("bad permissions", "unprotected"), "ssh 密钥文件的权限太宽，请改为 600"),
)
"""What ssh and others say, and what it means."""


def reason(said: bytes, host: Host) -> str:
    """Why there is no connection, without a full stop."""
    low = said.decode("utf-8", "replace").lower()
    about = {"where": host.name, "host": host.host, "port": host.port, "known": host.known_hosts}
    for words, meaning in REASONS:
        if any(word in low for word in words):
            return meaning.format_map(about)
    return f"与{host.name}的连接中断了，请检查网络"
