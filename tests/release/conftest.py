"""What tests of releases share: one pair of keys for all of them."""

from __future__ import annotations

import pytest

from disclosure.release import signature
from disclosure.release.signature import Keys


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    place = tmp_path_factory.mktemp("keys")
    made = Keys(place / "release", place / "allowed_signers")
    assert signature.make(made)
    return made
