"""The server as root installs it: a user, a key, nginx; then a release goes there and readers get it.

In a copy of this computer's disk, with a network and processes of its own: nothing of it remains.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from disclosure.release.signature import Keys

from .releases import files, write

PREPARE = """
set -e
mount --make-rprivate /
mkdir {top}
mount -t tmpfs -o size=300m tmpfs {top}
mkdir {top}/changes {top}/work {top}/system
mount -t overlay overlay -o lowerdir=/,upperdir={top}/changes,workdir={top}/work {top}/system
for folder in /dev "{project}" "{python}" "{base}" "{common}"; do
    mkdir -p "{top}/system$folder"
    mount --rbind "$folder" "{top}/system$folder"
done
mount -t proc proc {top}/system/proc
mount -t tmpfs tmpfs {top}/system/run
ip link set lo up
touch {place}/prepared
"""
INSTALL = """
set -e
rm -f /etc/nginx/sites-enabled/default
"{program}" "{project}/scripts/install.py" --root "{place}/project" --install
mkdir -p /run/sshd
/usr/sbin/sshd -p 2222 -o UsePAM=no
nginx
ssh-keyscan -p 2222 127.0.0.1 2>/dev/null > "{place}/project/known_hosts"
cd "{project}"
"{program}" -m tests.release.test_installing "{place}"
"""
SETTINGS = """\
target: ssh
ssh: {{host: 127.0.0.1, port: 2222, user: portal, path: /srv/portal, key: key}}
signing: {{key: "{private}", signers: "{signers}"}}
probe: http://127.0.0.1/
"""


def isolated(script: str) -> subprocess.CompletedProcess[str]:
    """Run something with mounts, network and processes of its own."""
    command = ["unshare", "-m", "-n", "-p", "-f", "--kill-child", "sh", "-c", script]
    path = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/sbin"))
    environment = {**os.environ, "PATH": path, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT}/tests"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may install")
def test_a_release_goes_to_a_server_that_was_installed(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, keys: Keys
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    write(tmp_path / "site", files(1))
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", project / "key"], check=True)
    settings = SETTINGS.format(private=keys.private, signers=keys.signers)
    (project / "publish.yml").write_text(settings)
    about = {
        "top": tmp_path / "top",
        "common": tmp_path_factory.getbasetemp(),
        "place": tmp_path,
        "project": ROOT,
        "program": sys.executable,
        "python": sys.prefix,
        "base": sys.base_prefix,
    }
    (tmp_path / "install.sh").write_text(INSTALL.format(**about))
    inside = f'chroot {tmp_path}/top/system sh "{tmp_path}/install.sh"\n'
    done = isolated(PREPARE.format(**about) + inside)
    if not (tmp_path / "prepared").exists():
        pytest.skip(f"no disk of its own: {done.stderr}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "已安装。主机密钥的指纹" in done.stdout
    assert "核对一致" in done.stdout
    assert not Path("/srv/portal").exists()


def publish(place: Path) -> int:
    """In the copy: publish twice, with probes, go back, and verify."""
    from contextlib import closing

    from disclosure.release import configuration, publishing, targets
    from scripts import rollback, verify

    from .releases import draft

    settings, findings = configuration.load(place / "project")
    assert not findings
    target = targets.of(settings)
    with closing(target):  # type: ignore[type-var]
        for version in (1, 2):
            write(place / "site", files(version))
            leaving = draft(place / "site")
            publishing.publish(target, leaving, settings.keys, probe=settings.probe)
    options = ["--root", str(place / "project")]
    assert Path("/srv/portal/current").readlink() == Path("releases/2")
    assert Path("/srv/portal/releases/2/index.html").owner() == "portal"
    assert rollback.main(options) == 0
    return verify.main(options)


if __name__ == "__main__":
    sys.exit(publish(Path(sys.argv[1])))
