"""Configuration: where and how this bureau publishes, as `publish.yml` says; nothing in it is secret."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from disclosure.diagnostics import Finding, Place
from disclosure.intake import settings
from disclosure.release.connection import Host
from disclosure.release.manifest import is_safe
from disclosure.release.probe import Probe
from disclosure.release.providers import PROVIDERS, Address
from disclosure.release.publishing import Held
from disclosure.release.signature import Keys

FILE = "publish.yml"
DEFAULTS: Mapping[str, Any] = {
    "target": "folder",
    "folder": "public",
    "ssh": {},
    "probe": "",
    "keep": 10,
    "days": 60,
    "signing": {},
    "takedown": [],
    "bucket": {},
}
SIGNING: Mapping[str, Any] = {
    "key": ".keys/release",
    "signers": ".keys/allowed_signers",
    "sm2": "",
}
SSH: Mapping[str, Any] = {
    "host": "",
    "port": 22,
    "user": "portal",
    "path": "/srv/portal",
    "key": "",
    "known_hosts": "known_hosts",
}
TARGETS = ("folder", "ssh", "bucket")
BUCKET = ("provider", "endpoint", "region", "name", "private", "prefix")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?")
_USER = re.compile(r"[a-z_][a-z0-9_-]*")
_PATH = re.compile(r"(/[A-Za-z0-9._-]+)+")
_ADDRESS = re.compile(r"https?://[^\s/@?#]+(/[^\s?#]*)?")


@dataclass(frozen=True)
class Configuration:
    """How to publish."""

    target: str
    place: Path
    held: Held
    keys: Keys
    host: Host
    memory: Path
    """Where is kept what need not be fetched again."""
    probe: Probe | None = None
    takedown: tuple[str, ...] = ()
    """Files and folders (with a final /) of the site that may not be public any more."""
    bucket: Address | None = None
    """Where the buckets are, if it is to be published into one."""


def load(root: Path) -> tuple[Configuration, list[Finding]]:
    """What `publish.yml` of a project says, or what holds without one. A key in the environment's
    SIGNING_KEY goes before the file's."""
    raw: Mapping[Any, Any] = {}
    findings: list[Finding] = []
    if (root / FILE).exists():
        read, findings = settings.read(root / FILE, file=FILE)
        raw = read or {}
    findings += [_wrong(root, what, *way) for way, what in _complaints(raw)]
    if findings:
        raw = {}
    value = {**DEFAULTS, **raw}
    signing, ssh = {**SIGNING, **value["signing"]}, {**SSH, **value["ssh"]}
    key = os.environ.get("SIGNING_KEY") or signing["key"]
    keys = Keys(
        (root / Path(key).expanduser()),
        root / signing["signers"],
        root / Path(signing["sm2"]).expanduser() if signing["sm2"] else None,
    )
    return (
        Configuration(
            target=value["target"],
            place=root / value["folder"],
            held=Held(value["keep"], value["days"]),
            keys=keys,
            host=Host(
                host=ssh["host"],
                port=ssh["port"],
                user=ssh["user"],
                path=ssh["path"],
                known_hosts=root / Path(ssh["known_hosts"]).expanduser(),
                key=root / Path(ssh["key"]).expanduser() if ssh["key"] else None,
            ),
            memory=root / ".cache" / "manifests",
            probe=Probe(value["probe"].rstrip("/") + "/") if value["probe"] else None,
            takedown=tuple(value["takedown"]),
            bucket=_address(value["bucket"]) if value["target"] == "bucket" else None,
        ),
        findings,
    )


def _complaints(raw: Mapping[Any, Any]) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong, each with the way to its entry."""
    found: list[tuple[tuple[str, ...], str]] = []
    for key, value in raw.items():
        if key not in DEFAULTS:
            found.append(((str(key),), f"没有「{key}」这一项，可以写的是：{'、'.join(DEFAULTS)}"))
        elif type(value) is not type(DEFAULTS[key]):
            kind = _KINDS[type(DEFAULTS[key])]
            found.append(((key,), f"「{key}」应当是{kind}"))
        elif isinstance(value, int) and value < 2:
            found.append(((key,), f"「{key}」至少是 2"))
        elif isinstance(value, list) and not all(isinstance(one, str) for one in value):
            found.append(((key,), f"「{key}」的每一项应当是文字"))
        elif key == "target" and value not in TARGETS:
            found.append(((key,), f"「target」只能是：{'、'.join(TARGETS)}"))
        elif key == "probe" and value and not _ADDRESS.fullmatch(value):
            found.append(((key,), "「probe」应当是网站的地址，例如 https://www.example.gov.cn/"))
        elif key == "takedown" and not all(is_safe(one.rstrip("/")) for one in value):
            found.append(((key,), "「takedown」的每一项应当是网站里的路径，例如 notices/visit/"))
    signing = raw.get("signing")
    for key, value in (signing if isinstance(signing, dict) else {}).items():
        if key not in SIGNING or not isinstance(value, str):
            found.append(
                (("signing", str(key)), "「signing」下面只写 key、signers、sm2，都是文件路径")
            )
    ssh = raw.get("ssh")
    if raw.get("target") == "ssh" and not (isinstance(ssh, dict) and ssh.get("host")):
        found.append((("target",), "发布到服务器的，要在「ssh」下面写明 host"))
    for key, value in (ssh if isinstance(ssh, dict) else {}).items():
        if not _is_right(str(key), value):
            found.append((("ssh", str(key)), f"「ssh」下面的「{key}」不对，{_SSH}"))
    if raw.get("target") == "bucket" or raw.get("bucket"):
        bucket = raw.get("bucket", {})
        found += _wrong_bucket(bucket) if isinstance(bucket, dict) else []
    return found


_SSH = (
    "可以写的是 host（主机名或地址）、port（端口）、user（用户名）、path（服务器上的文件夹）、"
    "key（私钥文件的路径）、known_hosts（主机密钥文件）"
)


def _is_right(key: str, value: object) -> bool:
    """Whether an entry of `ssh` is one: what is given to other programs must be what it says it is."""
    forms = {"host": _HOST, "user": _USER, "path": _PATH}
    if key == "port":
        return type(value) is int and 0 < value < 65_536
    if key not in SSH or not isinstance(value, str):
        return False
    if key in forms:
        return bool(forms[key].fullmatch(value)) and ".." not in value
    return not set('"\n\0%') & set(value)


def _wrong_bucket(raw: Mapping[Any, Any]) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong with the entries of `bucket`."""
    found: list[tuple[tuple[str, ...], str]] = []
    for key, value in raw.items():
        if key not in BUCKET or not isinstance(value, str):
            found.append(
                (("bucket", str(key)), f"「bucket」下面只写 {'、'.join(BUCKET)}，都是文字")
            )
    if found:
        return found
    if raw.get("provider") not in PROVIDERS:
        found.append((("bucket", "provider"), f"「provider」只能是：{'、'.join(PROVIDERS)}"))
    elif not raw.get("endpoint") and not (
        raw.get("region") and PROVIDERS[raw["provider"]].endpoint
    ):
        found.append((("bucket",), "「bucket」里要写 region（地域）或者 endpoint（服务地址）"))
    if raw.get("endpoint") and not _ENDPOINT.fullmatch(raw["endpoint"]):
        what = "「endpoint」应当像 https://oss-cn-hangzhou.aliyuncs.com，密钥只放在环境变量里"
        found.append((("bucket", "endpoint"), what))
    if not raw.get("name") or not raw.get("private") or raw["name"] == raw["private"]:
        what = "「bucket」里要写 name（公开的存储桶）和 private（另一个不公开的存储桶，存放以前的版本）"
        found.append((("bucket",), what))
    if (prefix := raw.get("prefix", "").rstrip("/")) and not is_safe(prefix):
        found.append((("bucket", "prefix"), "「prefix」应当是存储桶里的文件夹，例如 portal/"))
    return found


_ENDPOINT = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]+)?/?|https?://\[[0-9a-fA-F:]+\](:[0-9]+)?/?"
)


def _address(raw: Mapping[str, str]) -> Address | None:
    if not raw:
        return None
    provider, region = PROVIDERS[raw["provider"]], raw.get("region", "")
    prefix = raw.get("prefix", "").rstrip("/")
    return Address(
        provider,
        raw.get("endpoint") or provider.endpoint.format(region=region),
        region,
        raw["name"],
        raw["private"],
        f"{prefix}/" if prefix else "",
    )


_KINDS = {str: "文字", int: "整数", dict: "若干项", list: "列表"}


def _wrong(root: Path, what: str, *way: str) -> Finding:
    row = settings.lines(root / FILE).get(way, 0)
    return Finding("D111", Place(FILE, row=row), {"what": what})
