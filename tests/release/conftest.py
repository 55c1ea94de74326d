"""What tests of releases share: one pair of keys for all of them, and one ssh server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from disclosure.release import signature
from disclosure.release.signature import Keys

from .servers import Sshd, sshd


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    place = tmp_path_factory.mktemp("keys")
    made = Keys(place / "release", place / "allowed_signers")
    assert signature.make(made)
    return made


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running
