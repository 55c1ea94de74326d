"""Installing: all that the portal's server and the machine that publishes need besides this program, as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from disclosure.release import bundle, headers
from disclosure.release.connection import Host
from disclosure.site import policy

LIB, CONF, HOME = "/usr/local/lib/portal", "/etc/nginx/portal", "/var/lib/portal"
"""Where the server keeps the receiver, the parts of nginx's settings, and the user's key."""
TEMPLATES = {
    "portal.conf": "nginx.conf",
    "install.sh": "install.sh",
    "portal-verify.service": "portal-verify.service",
    "portal-verify.timer": "portal-verify.timer",
    "portal-publish.service": "portal-publish.service",
    "portal-publish.timer": "portal-publish.timer",
    "schedule.gitlab-ci.yml": "schedule.gitlab-ci.yml",
}


@dataclass(frozen=True)
class Setting:
    """What the files are made for."""

    host: Host
    project: str
    """The folder of the project on the machine that publishes."""
    runner: str
    """The user who publishes there."""
    key: str = ""
    """The public key, "" when nobody has said which."""
    name: str = "_"
    """The portal's own name, as its address has it."""
    listen: str = "80"
    conf: str = CONF


def make(setting: Setting) -> Mapping[str, bytes]:
    """The files by name: the server's, to be installed there by install.sh, and the publisher's."""
    values = {
        "PLACE": setting.host.path,
        "USER": setting.host.user,
        "NAME": setting.name,
        "LISTEN": setting.listen,
        "LIB": LIB,
        "CONF": setting.conf,
        "HOME": HOME,
        "PROJECT": setting.project,
        "RUNNER": setting.runner,
        **headers.as_nginx(),
    }
    receiver = f"{LIB}/receiver.pyz"
    allowed = bundle.line(receiver, setting.host.path, setting.key) if setting.key else ""
    texts = {name: _filled(source, values) for name, source in TEMPLATES.items()}
    made = {**texts, "headers.conf": policies(), "authorized_keys": allowed}
    return {"receiver.pyz": bundle.make(), **{name: text.encode() for name, text in made.items()}}


def policies() -> str:
    """The part of nginx's settings that says what every answer carries."""
    return "# 安全响应头和内容安全策略，由 make portal-setup 生成。\n" + policy.as_nginx()


def _filled(name: str, values: Mapping[str, str]) -> str:
    text = files("disclosure").joinpath("release", "server", name).read_text("utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text
