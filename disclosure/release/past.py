"""The past: what a target held before, of which nothing is relied on that is not signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from disclosure.release import manifest, signature
from disclosure.release.manifest import Manifest
from disclosure.release.signature import Keys, Unsigned
from disclosure.release.target import Refused, Sealed, Target


def trusted(target: Target, number: int, keys: Keys) -> tuple[Manifest, Sealed]:
    """The manifest of a release, whose signature holds and whose list is the one it was signed with.
    Raises Refused."""
    sealed = target.sealed(number)
    try:
        signature.verify(sealed.manifest, sealed.signature, keys)
        found = manifest.decode(sealed.manifest)
        if found.sm2 and manifest.SM2 not in sealed.more:
            raise Unsigned("没有 SM2 签名，它被删去了。")
        if found.sm2 and keys.sm2:
            signature.verify_sm2(sealed.manifest, sealed.more[manifest.SM2], keys.sm2)
    except (Unsigned, manifest.Unreadable) as error:
        reason = error if isinstance(error, Unsigned) else "清单读不出来。"
        raise Unsigned(f"{target.name}的第 {number} 版：{reason}") from None
    if found.number != number:
        raise Unsigned(f"{target.name}的第 {number} 版：清单是第 {found.number} 版的。")
    if hashlib.sha256(sealed.takedown).hexdigest() != found.takedown:
        raise Unsigned(f"{target.name}的第 {number} 版：下架清单被改动过。")
    return found, sealed


@dataclass(frozen=True)
class Past:
    """What a target held before."""

    number: int
    """Of the live release, 0 for none."""
    live: Manifest | None
    """None also when its signature does not hold: then nothing of it is relied on."""
    highest: int
    made: int
    """The latest time of all releases that can be trusted."""
    down: Mapping[str, int] = field(default_factory=dict)
    """By the address of a record, the release from which on it may not be shown."""
    banned: Mapping[str, int] = field(default_factory=dict)
    """The same for files and folders that people have taken down."""
    last: Manifest | None = None
    """Of the highest release that can be trusted; another than the live one after going back."""
    spoilt: tuple[str, ...] = ()
    """What could not be trusted, in words."""


def of(target: Target, keys: Keys) -> Past:
    """Read what a target holds, relying on nothing that is not signed. Raises Unsigned when it holds
    releases and none can be relied on: then nobody knows what was taken down."""
    number, numbers = target.live(), target.releases()
    spoilt: list[str] = []
    sound: dict[int, tuple[Manifest, Sealed]] = {}
    # A list holds all that those before it hold; so the last one counts, whatever is live.
    for one in reversed(numbers):
        try:
            sound[one] = trusted(target, one, keys)
            break
        except Refused as error:
            spoilt.append(str(error))
    if numbers and not sound:
        raise Unsigned(
            f"{spoilt[0]}\n已有的版本没有一个能核对签名，不知道哪些内容已经依法撤下，所以不能继续。"
            f"换了密钥的，请把旧公钥留在 {keys.signers} 里。"
        )
    if number and number not in sound:
        with suppress(Refused):
            sound[number] = trusted(target, number, keys)
    if not sound:
        return Past(number, None, 0, 0)
    last, sealed = sound[max(sound)]
    listed = json.loads(sealed.takedown)
    live = sound[number][0] if number in sound else None
    highest = numbers[-1]
    lists = listed["records"], listed["files"]
    return Past(number, live, highest, last.made, *lists, last, tuple(spoilt))
