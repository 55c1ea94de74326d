"""The wire: how a publisher and the portal's server speak over one connection: lines of JSON, bytes compressed."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any, Mapping

from disclosure.release.target import Busy, Damaged, Drift, Full, Moved, Refused, Sealed

PROTOCOL = 1
"""Both sides must speak the same."""
BEAT = 4
"""How many times either side says at least something (an empty line) before the other gives it up."""
MOST = 1 << 30
"""The bytes that anything packed may have at most."""
REFUSALS: dict[str, type] = {kind.__name__: kind for kind in (Refused, Busy, Moved, Damaged, Full)}


def line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def pack(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


def unpack(text: str) -> bytes:
    """Raises ValueError for what is no packed content, or too much of it."""
    try:
        opened = zlib.decompressobj()
        content = opened.decompress(base64.b64decode(text, validate=True), MOST)
    except (zlib.error, TypeError) as error:
        raise ValueError(str(error)) from None
    if not opened.eof:
        raise ValueError("too much")
    return content


def refusal(error: Refused) -> dict[str, Any]:
    """A refusal as a message; a kind that the other side cannot know is a plain one."""
    kind = type(error).__name__
    paths = error.paths if isinstance(error, Damaged) else []
    return {
        "refused": kind if kind in REFUSALS else "Refused",
        "message": str(error),
        "paths": paths,
    }


def refused(message: Mapping[str, Any]) -> Refused:
    """The refusal that a message tells of."""
    kind = REFUSALS.get(str(message.get("refused")), Refused)
    error: Refused = kind(str(message.get("message", "")))
    if isinstance(error, Damaged):
        error.paths = [str(path) for path in message.get("paths", ())]
    return error


def parts(sealed: Sealed) -> dict[str, Any]:
    """What goes with a manifest, without the manifest itself."""
    return {
        "signature": pack(sealed.signature),
        "takedown": pack(sealed.takedown),
        "more": {name: pack(content) for name, content in sealed.more.items()},
    }


def sealed(content: bytes, parts: Mapping[str, Any]) -> Sealed:
    """A manifest with what goes with it."""
    more = {name: unpack(text) for name, text in parts["more"].items()}
    return Sealed(content, unpack(parts["signature"]), unpack(parts["takedown"]), more)


def drift(found: Drift) -> dict[str, Any]:
    return {
        "changed": list(found.changed),
        "missing": list(found.missing),
        "extra": list(found.extra),
        "altered": dict(found.altered),
    }


def as_drift(message: Mapping[str, Any]) -> Drift:
    return Drift(message["changed"], message["missing"], message["extra"], dict(message["altered"]))
