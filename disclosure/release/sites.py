"""Sites: the hashes of every file of a finished site, of which only what changed is read again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from disclosure import cache, freshness
from disclosure.pool import Pool, nowhere
from disclosure.progress import Tell, silent
from disclosure.release.manifest import HAS_SM3, Hashes, of_file, opened

BATCH = 1_000
"""How many files one process hashes at a time."""


def hashes(
    site: Path, *, memory: Path | None = None, pool: Pool = nowhere, tell: Tell = silent
) -> dict[str, Hashes]:
    """The hashes of every file of a site, side by side. What is as it was is not read again: the
    folder `memory` remembers. What is no plain file is left out; raises OSError."""
    stamps = freshness.survey(site)
    key = cache.digest("manifest", str(HAS_SM3))
    known = _recall(memory, key)
    found = {
        name: Hashes(*kept[1:])
        for name, stamp in stamps.items()
        if (kept := known.get(name, (0,)))[0] == stamp
    }
    new = sorted(stamps.keys() - found.keys())
    batches = [new[start : start + BATCH] for start in range(0, len(new), BATCH)]
    tell(0, len(new))
    with (pool if len(batches) > 2 else nowhere)() as executor:
        work = partial(_of_files, str(site))
        for number, some in enumerate((executor.map if executor else map)(work, batches), 1):
            found.update(some)
            tell(min(number * BATCH, len(new)), len(new))
    if memory and (new or len(known) != len(found)):
        entries = {name: (stamps[name], *about) for name, about in found.items()}
        cache.put(memory, key, json.dumps(entries).encode())
        cache.keep_only(memory, [key])
    return found


def _recall(memory: Path | None, key: str) -> Mapping[str, Any]:
    kept = cache.get(memory, key)
    return {} if kept is None else json.loads(kept.to_pybytes())


def _of_files(site: str, names: Sequence[str]) -> dict[str, Hashes]:
    found = {}
    for name in names:
        if (file := opened(f"{site}/{name}")) is not None:
            with file:
                found[name] = of_file(file)
    return found
