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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from shikra.sources.kernel import cgroups, preflight

CLONE_NEWNS = 0x0002_0000
PARENT = "shikra-demo"
COMMAND = ("cat", "/etc/shadow")
RULE = "Runtime sensitive file read"
"""The rule that answers."""


class DemoError(Exception):
    """The demonstration can't be given here; says why."""


class Container(msgspec.Struct, frozen=True):
    """What is a container to the kernel."""

    id: str
    enter: Callable[[], None]  # a new process calls this to be in it, before it executes anything


def run() -> str:
    """Read /etc/shadow in a container made for it; return the container's id."""
    try:
        with container() as made:
            _run_in(made)
            return made.id
    except subprocess.CalledProcessError as error:
        raise DemoError(f"{' '.join(COMMAND)} failed with code {error.returncode}") from error
    except subprocess.SubprocessError as error:  # it knows no more than that: see `enter`
        raise DemoError(
            "no process can be put into a container here: the kernel refuses its cgroup, or a mount"
            " namespace of its own; in a container, seccomp or a security module may be why"
        ) from error
    except OSError as error:
        raise DemoError(f"no container can be made here: {error}") from error


@contextmanager
def container() -> Iterator[Container]:
    """Make a container for as long as the block lasts; what runs in it must have ended by then."""
    if os.geteuid() != 0:
        raise DemoError("a container can only be made by root: start it with sudo")
    if not preflight.may(preflight.Capability.CAP_SYS_ADMIN):
        raise DemoError(
            "root has lost CAP_SYS_ADMIN, without which no container can be made: run it as the"
            " machine's own root, outside of containers"
        )
    container_id = secrets.token_hex(32)  # 64 digits, as runtimes name theirs
    libc = ctypes.CDLL(None, use_errno=True)
    with _cgroup(container_id) as cgroup:

        def enter() -> None:
            (cgroup / "cgroup.procs").write_text("0")
            if libc.unshare(CLONE_NEWNS) != 0:
                error = ctypes.get_errno()
                raise OSError(error, os.strerror(error))

        yield Container(container_id, enter)


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


def _run_in(made: Container) -> None:
    subprocess.run(  # noqa: S603  a constant
        COMMAND,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        preexec_fn=made.enter,  # this program has one thread
    )
