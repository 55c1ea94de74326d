"""The big measurements in small: what `make test-release` counts, a few times each."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import faults
from bench.reliability import Figure
from disclosure.release.folder import Folder
from disclosure.release.signature import Keys
from disclosure.release.target import Busy

PARTS: dict[str, Callable[[Path, Keys], Figure]] = {
    "moments": lambda place, keys: faults.moments(place, keys, 3),
    "rivals": lambda place, keys: faults.rivals(place, keys, 4),
    "full": lambda place, keys: faults.full(place, keys, 3),
    "tampering": lambda place, keys: faults.tampering(place, keys, 3),
}


@pytest.mark.parametrize("part", PARTS)
def test_part(part: str, tmp_path: Path, keys: Keys) -> None:
    figure = PARTS[part](tmp_path, keys)
    assert figure.is_kept, figure.failures


def test_what_is_not_kept_is_seen(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The measurement itself must be able to fail: here, nothing that is added is looked for."""
    kept = Folder.drift

    def blind(self: Folder, *arguments: object, **more: object) -> object:
        found = kept(self, *arguments, **more)  # type: ignore[arg-type]
        return faults.publishing.replace(found, extra=())

    monkeypatch.setattr(Folder, "drift", blind)
    figure = faults.tampering(tmp_path, keys, 0)
    assert [failure.partition(":")[0] for failure in figure.failures] == ["added"]


def test_the_holder_is_named_who_has_only_just_taken_the_lock(tmp_path: Path) -> None:
    target = Folder(tmp_path / "public")
    with target.lock("以前的人"):
        pass
    descriptor = os.open(tmp_path / "public" / "lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    def write() -> None:
        time.sleep(0.2)
        os.pwrite(descriptor, "张三".encode(), 0)

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(Busy, match=r"\A张三正在发布"), target.lock("李四"):
        pass
    writer.join()
    os.close(descriptor)
