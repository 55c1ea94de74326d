"""What tests of releases share: one pair of keys for all of them, and one ssh server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest

from bench.lines import Sshd, sshd
from bench.store import PRIVATE, PUBLIC, Store, started
from disclosure.release import signature
from disclosure.release.bucket import Bucket
from disclosure.release.leases import TERM
from disclosure.release.providers import PROVIDERS, Address
from disclosure.release.signature import Keys

SECRET = "wJalrXUtnFEMI4K7MDENGbPxRfiCYEXAMPLEKEY"


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


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    process, made = started(tmp_path_factory.mktemp("store"))
    with pytest.MonkeyPatch.context() as patch:
        # What botocore knows of the service is a large file, which every new session reads again.
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield made
    process.kill()
    process.wait()


@pytest.fixture
def store(storage: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An object store with two empty buckets, and the keys to it in the environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE4TESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("TEST_STORE", storage.url)
    storage.anew()
    return storage


def bucket(store: Store, *, term: float = TERM, **more: str) -> Bucket:
    """A target in it."""
    fields = {"region": "us-east-1", "public": PUBLIC, "private": PRIVATE, **more}
    return Bucket(Address(PROVIDERS["minio"], store.url, **fields), term)
