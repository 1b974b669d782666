"""
Make a first alert on a machine where no container runtime is installed.

In: nothing. Out: one real event: a process in a cgroup and a mount namespace of its own, which is
what a container is to the kernel, opens /etc/shadow for reading. What it reads is thrown away,
and nothing of it stays behind.
"""

import ctypes
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shikra.sources.kernel import cgroups

CLONE_NEWNS = 0x0002_0000
PARENT = "shikra-demo"
COMMAND = ("cat", "/etc/shadow")
RULE = "Runtime sensitive file read"
"""The rule that answers."""


class DemoError(Exception):
    """The demonstration can't be given here; says why."""


def run() -> str:
    """Read /etc/shadow in a container made for it; return the container's id."""
    if os.geteuid() != 0:
        raise DemoError("a container can only be made by root: start it with sudo")
    container_id = secrets.token_hex(32)  # 64 digits, as runtimes name theirs
    try:
        with _cgroup(container_id) as cgroup:
            _run_in(cgroup)
    except (OSError, subprocess.SubprocessError) as error:
        raise DemoError(f"no container can be made here: {error}") from error
    return container_id


@contextmanager
def _cgroup(container_id: str) -> Iterator[Path]:
    parent = _hierarchy() / PARENT
    parent.mkdir(exist_ok=True)
    path = parent / container_id
    path.mkdir()
    try:
        yield path
    finally:
        path.rmdir()
        with suppress(OSError):  # another demonstration runs
            parent.rmdir()


def _hierarchy() -> Path:
    match cgroups.chosen():
        case cgroups.Hierarchy.DEFAULT:
            return cgroups.MOUNT
        case cgroups.Hierarchy.MEMORY:
            return cgroups.MOUNT / "memory"


def _run_in(cgroup: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)

    def enter() -> None:
        (cgroup / "cgroup.procs").write_text("0")
        if libc.unshare(CLONE_NEWNS) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))

    subprocess.run(  # noqa: S603  a constant
        COMMAND,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        preexec_fn=enter,  # this program has one thread
    )
