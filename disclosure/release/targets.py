"""All targets: which of them the configuration names."""

from __future__ import annotations

from disclosure.release.bucket import Bucket
from disclosure.release.configuration import Configuration
from disclosure.release.folder import Folder
from disclosure.release.ssh import Ssh
from disclosure.release.target import Target


def of(configuration: Configuration) -> Target:
    """The target that is configured."""
    if configuration.target == "ssh":
        return Ssh(configuration.host, configuration.memory)
    if configuration.bucket:
        return Bucket(configuration.bucket)
    return Folder(configuration.place)
