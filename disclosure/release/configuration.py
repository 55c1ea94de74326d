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
from disclosure.release.manifest import is_safe
from disclosure.release.providers import PROVIDERS, Address
from disclosure.release.publishing import Held
from disclosure.release.signature import Keys

FILE = "publish.yml"
DEFAULTS: Mapping[str, Any] = {
    "target": "folder",
    "folder": "public",
    "keep": 10,
    "days": 60,
    "signing": {},
    "takedown": [],
    "inline_scripts": [],
    "bucket": {},
}
SIGNING: Mapping[str, Any] = {
    "key": ".keys/release",
    "signers": ".keys/allowed_signers",
    "sm2": "",
}
TARGETS = ("folder", "bucket")
BUCKET = ("provider", "endpoint", "region", "name", "private", "prefix")


@dataclass(frozen=True)
class Configuration:
    """How to publish."""

    target: str
    place: Path
    held: Held
    keys: Keys
    takedown: tuple[str, ...] = ()
    """Files and folders (with a final /) of the site that may not be public any more."""
    inline_scripts: frozenset[str] = frozenset()
    """The scripts that may stand within a page, as a Content-Security-Policy names them: sha256-…"""
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
    signing = {**SIGNING, **value["signing"]}
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
            takedown=tuple(value["takedown"]),
            inline_scripts=frozenset(value["inline_scripts"]),
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
        elif key == "takedown" and not all(is_safe(one.rstrip("/")) for one in value):
            found.append(((key,), "「takedown」的每一项应当是网站里的路径，例如 notices/visit/"))
    signing = raw.get("signing")
    for key, value in (signing if isinstance(signing, dict) else {}).items():
        if key not in SIGNING or not isinstance(value, str):
            found.append(
                (("signing", str(key)), "「signing」下面只写 key、signers、sm2，都是文件路径")
            )
    if raw.get("target") == "bucket" or raw.get("bucket"):
        bucket = raw.get("bucket", {})
        found += _wrong_bucket(bucket) if isinstance(bucket, dict) else []
    return found


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
