"""The policy: what a browser may load and run on a page of this site, as servers and pages state it.

Nothing on a page comes from elsewhere, and no script or style stands within one; so the policy needs
neither exceptions nor hashes. What goes against it the inspection before publishing finds.
"""

from __future__ import annotations

from collections.abc import Mapping

DIRECTIVES: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # the icons that stand within the theme's styles
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
"""Content-Security-Policy Level 3, and Trusted Types: no script makes HTML or code out of text."""
ONLY_SENT = {"frame-ancestors": "'none'"}
"""What holds only when the server sends it."""

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What a server sends with every file besides."""


FILE = "_headers"


def stated() -> str:
    """The policy as a page states it, for servers that send none."""
    return _joined(DIRECTIVES)


def headers() -> dict[str, str]:
    """What a server sends with every file of the site."""
    return {"Content-Security-Policy": _joined({**DIRECTIVES, **ONLY_SENT}), **HEADERS}


def as_headers_file() -> bytes:
    """The file `_headers`, which some hosts of static sites read."""
    lines = "".join(f"  {name}: {value}\n" for name, value in headers().items())
    return f"/*\n{lines}".encode()


def as_nginx() -> str:
    """The lines for the configuration of nginx; `always` also on pages that say something is not there."""
    return "".join(f'add_header {name} "{value}" always;\n' for name, value in headers().items())


def _joined(directives: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in directives.items())
