"""Signatures by SM2 with SM3 (GB/T 32918, GB/T 32905) beside those of OpenSSH, made and checked by OpenSSL."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from disclosure.release import manifest, publishing, signature
from disclosure.release.folder import Folder
from disclosure.release.signature import Keys, Unsigned

from .releases import files, publish, served, whole


def sm2_key(path: Path) -> Path:
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"]
    done = subprocess.run([*command, "-out", str(path)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this OpenSSL has no SM2: {done.stderr.strip()}")
    return path


@pytest.fixture(scope="module")
def sm2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sm2_key(tmp_path_factory.mktemp("sm2") / "sm2.pem")


def public(key: Path, target: Path) -> Path:
    command = ["openssl", "pkey", "-in", str(key), "-pubout", "-out", str(target)]
    subprocess.run(command, check=True, capture_output=True)
    return target


def test_what_was_signed_holds_and_nothing_else_does(sm2: Path, tmp_path: Path) -> None:
    content = "清单".encode() * 1000
    signed = signature.sign_sm2(content, sm2)
    signature.verify_sm2(content, signed, sm2)
    signature.verify_sm2(content, signed, public(sm2, tmp_path / "public.pem"))
    for other, mark, key in (
        (content + b"\n", signed, sm2),
        (content, signed[:-1] + bytes([signed[-1] ^ 1]), sm2),
        (content, b"", sm2),
        (content, signed, sm2_key(tmp_path / "other.pem")),
    ):
        with pytest.raises(Unsigned, match="SM2 签名不对"):
            signature.verify_sm2(other, mark, key)


def test_openssl_itself_agrees(sm2: Path, tmp_path: Path) -> None:
    """Anybody can check a release with the public key and the usual program."""
    content, mark = tmp_path / "manifest.json", tmp_path / "manifest.json.sm2"
    content.write_bytes(b'{"number":1}')
    mark.write_bytes(signature.sign_sm2(content.read_bytes(), sm2))
    key = public(sm2, tmp_path / "public.pem")
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-in", str(content)]
    options = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
    done = subprocess.run([*command, *options, "-sigfile", str(mark)], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_releases_carry_both_signatures(sm2: Path, tmp_path: Path, keys: Keys) -> None:
    both = replace(keys, sm2=sm2)
    target = Folder(tmp_path / "public")
    for version in (1, 2):
        publish(target, tmp_path / "site", both, files(version))
    assert whole(tmp_path / "public", both) == 2
    tree = tmp_path / "public" / "releases" / "2"
    signature.verify_sm2(
        (tree / manifest.NAME).read_bytes(), (tree / manifest.SM2).read_bytes(), sm2
    )
    # The signature of another release, or of anybody else, is found.
    kept = (tree / manifest.SM2).read_bytes()
    (tree / manifest.SM2).write_bytes((tree.parent / "1" / manifest.SM2).read_bytes())
    for act in (publishing.verify, publishing.rollback):
        with pytest.raises(Unsigned, match="第 2 版：清单的 SM2 签名不对"):
            act(target, both)
    (tree / manifest.SM2).write_bytes(kept)
    assert publishing.rollback(target, both) == (1, 2)
    assert served(tmp_path / "public").items() >= files(1).items()


def test_a_signature_that_is_missing_is_missed(sm2: Path, tmp_path: Path, keys: Keys) -> None:
    both = replace(keys, sm2=sm2)
    target = Folder(tmp_path / "public")
    publish(target, tmp_path / "site", both, files(1))
    (tmp_path / "public" / "releases" / "1" / manifest.SM2).unlink()
    with pytest.raises(Unsigned, match="没有 SM2 签名"):
        publishing.verify(target, both)


def test_without_its_key_nothing_leaves(tmp_path: Path, keys: Keys) -> None:
    with pytest.raises(Unsigned, match="SM2 签名没有成功"):
        publish(
            Folder(tmp_path / "public"),
            tmp_path / "site",
            replace(keys, sm2=tmp_path / "nothing.pem"),
            files(1),
        )
    assert Folder(tmp_path / "public").live() == 0


@pytest.mark.skipif(not manifest.HAS_SM3, reason="this OpenSSL has no SM3")
def test_manifests_state_both_hashes() -> None:
    # GB/T 32905, annex A.1
    assert manifest.hashes(b"abc").sm3 == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )
    assert manifest.hashes(b"abc").sha256 == hashlib.sha256(b"abc").hexdigest()
