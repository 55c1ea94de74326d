"""Signatures: who vouches for a manifest, by OpenSSH, and if the bureau wants by SM2 as well."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from disclosure.release.target import Refused

NAMESPACE = "disclosure-portal-release"
"""What signatures are for; one made for anything else does not count."""
IDENTITY = "portal"
SM2_ID = "1234567812345678"
"""The identity that GB/T 32918 signatures state when nothing else is agreed on."""


class Unsigned(Refused):
    """The signature is missing, or by a key that is not allowed, or for other bytes."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the keys lie. `private` may be the public half of a key that the ssh agent holds."""

    private: Path
    signers: Path
    """Who may sign, as `ssh-keygen` reads it (ALLOWED SIGNERS in its manual)."""
    sm2: Path | None = None
    """A PEM file with an SM2 key that signs, too; None for no such signature."""


def make(keys: Keys) -> bool:
    """Make a pair of keys where there is none yet, known to nobody but its owner; whether it did."""
    if keys.private.exists() or keys.signers.exists():
        return False
    keys.private.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    comment = f"{IDENTITY} release"
    _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(keys.private)])
    public = keys.private.with_name(keys.private.name + ".pub").read_text("utf-8")
    kind, code, *_ = public.split()
    line = f'{IDENTITY} namespaces="{NAMESPACE}" {kind} {code}\n'
    keys.signers.parent.mkdir(parents=True, exist_ok=True)
    keys.signers.write_text(line, "utf-8")
    return True


def sign(content: bytes, keys: Keys) -> bytes:
    """The signature of some bytes, in armour; raises Unsigned when the key is not to be had."""
    if not keys.private.exists():
        raise Unsigned(
            f"没有找到签名密钥 {keys.private}。请把密钥放回原处，或者在 publish.yml 的 signing 中写明它在哪里。"
        )
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(keys.private)]
    done = _run(command, content)
    if done.returncode:
        raise Unsigned(
            f"签名没有成功（{_reason(done)}）。请确认 {keys.private} 可以读取；"
            "密钥有口令的，先用 ssh-add 交给 ssh-agent。"
        )
    return done.stdout


def verify(content: bytes, signature: bytes, keys: Keys) -> None:
    """Raises Unsigned unless somebody who may sign has signed these bytes for this purpose."""
    if not keys.signers.exists():
        raise Unsigned(f"没有找到签名人名单 {keys.signers}，无法核对签名。请从备份恢复这个文件。")
    with tempfile.NamedTemporaryFile(suffix=".sig") as passing:
        passing.write(signature)
        passing.flush()
        who = ["-I", IDENTITY, "-n", NAMESPACE, "-f", str(keys.signers), "-s", passing.name]
        done = _run(["ssh-keygen", "-Y", "verify", *who], content)
    if done.returncode:
        raise Unsigned("清单的签名不对：不是名单上的密钥签的，或者签名以后被改动过。")


def sign_sm2(content: bytes, key: Path) -> bytes:
    """The SM2 signature with SM3 (GB/T 32918, GB/T 32905) of some bytes, as DER; raises Unsigned."""
    return _openssl(content, ["-sign", "-inkey", str(key)], "SM2 签名没有成功")


def verify_sm2(content: bytes, signature: bytes, key: Path) -> None:
    """Raises Unsigned unless the key (private or public, PEM) has made this signature."""
    public = ["-pubin"] if b"PUBLIC KEY" in key.read_bytes() else []
    with tempfile.NamedTemporaryFile() as passing:
        passing.write(signature)
        passing.flush()
        options = ["-verify", *public, "-inkey", str(key), "-sigfile", passing.name]
        _openssl(content, options, "清单的 SM2 签名不对")


def _openssl(content: bytes, options: Sequence[str], problem: str) -> bytes:
    with tempfile.NamedTemporaryFile() as passing:  # it wants to know the length beforehand
        passing.write(content)
        passing.flush()
        scheme = ["-rawin", "-digest", "sm3", "-pkeyopt", f"distid:{SM2_ID}"]
        done = _run(["openssl", "pkeyutl", *options, "-in", passing.name, *scheme])
    if done.returncode:
        raise Unsigned(f"{problem}（{_reason(done)}）。")
    return done.stdout


def _run(command: Sequence[str], content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    quiet = {"LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"}
    try:
        with tempfile.TemporaryFile() as passing:  # much sooner read than a pipe
            passing.write(content)
            passing.seek(0)
            return subprocess.run(
                command, stdin=passing, capture_output=True, env={**os.environ, **quiet}
            )
    except FileNotFoundError:
        raise Unsigned(
            f"没有找到 {command[0]}，请先安装（OpenSSH、OpenSSL 的客户端程序）。"
        ) from None


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else f"退出码 {done.returncode}"
