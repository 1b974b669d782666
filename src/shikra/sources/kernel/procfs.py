"""
Read what /proc knows of one process.

Everything there is written by the process itself or may vanish while it is read: reads are
bounded, and a process that is gone is ``None``.
"""

import os
from pathlib import Path

import msgspec

from shikra.model import process

_MAX_ARGUMENT_BYTES = 4096
_MAX_LINE_BYTES = 4096
_NAME_BYTES = 15
_FIRST_PIDS = (1, 2)  # init and kthreadd


class ProcEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One process, now."""

    pid: int
    parent_pid: int
    name: bytes
    arguments: bytes  # NUL-separated, as the process may have rewritten them
    exepath: bytes
    cgroups: bytes  # the file /proc/PID/cgroup
    is_cut: bool  # the arguments are longer
    environment: bytes | None = None  # NUL-separated, as the process may have rewritten it
    is_environment_cut: bool = False
    executable: process.Executable | None = None  # its layer and who may write it aren't told


def read(pid: int, root: Path = Path("/proc")) -> ProcEntry | None:
    """Return what is known of a process; ``None`` if it is gone."""
    folder = root / str(pid)
    try:
        stat = _head(folder / "stat", _MAX_LINE_BYTES)
        arguments = _head(folder / "cmdline", _MAX_ARGUMENT_BYTES + 1)
        cgroups = _head(folder / "cgroup", _MAX_LINE_BYTES)
        exepath = _link(folder / "exe")
    except OSError:
        return None
    environment = _environment(folder / "environ")
    # the name stands in brackets and may hold any byte, brackets too
    name_end = stat.rfind(b")")
    fields = stat[name_end + 2 :].split()
    return ProcEntry(
        pid=pid,
        parent_pid=int(fields[1]),
        name=stat[stat.find(b"(") + 1 : name_end][:_NAME_BYTES],
        arguments=arguments[:_MAX_ARGUMENT_BYTES],
        exepath=exepath,
        cgroups=cgroups,
        is_cut=len(arguments) > _MAX_ARGUMENT_BYTES,
        environment=environment and environment[:_MAX_ARGUMENT_BYTES].rstrip(b"\0"),
        is_environment_cut=environment is not None and len(environment) > _MAX_ARGUMENT_BYTES,
        executable=_executable(folder / "exe"),
    )


def host_mount_namespace(root: Path = Path("/proc")) -> int:
    """Return the inode of the host's mount namespace."""
    return _of_host("ns/mnt", root).st_ino


def host_root(root: Path = Path("/proc")) -> tuple[int, int]:
    """Return the device and the inode of the host's root directory."""
    status = _of_host("root", root)
    return status.st_dev, status.st_ino


def _of_host(name: str, root: Path) -> os.stat_result:
    """
    Return what a link of the host's processes leads to.

    It is the first process's; where that is closed even to root, a kernel thread's is the same.
    """
    for pid in _FIRST_PIDS:
        try:
            return (root / str(pid) / name).stat()
        except OSError:
            continue
    return (root / "self" / name).stat()


def _head(path: Path, limit: int) -> bytes:
    with path.open("rb", buffering=0) as stream:
        return stream.read(limit) or b""


def _environment(path: Path) -> bytes | None:
    try:
        return _head(path, _MAX_ARGUMENT_BYTES + 1)
    except OSError:  # closed even to root, or just ending
        return None


def _executable(path: Path) -> process.Executable | None:
    try:
        found = path.stat()
    except OSError:  # as below
        return None
    return process.Executable(
        device=found.st_dev,
        inode=found.st_ino,
        changed_ns=found.st_ctime_ns,
        modified_ns=found.st_mtime_ns,
    )


def _link(path: Path) -> bytes:
    try:
        return bytes(path.readlink()).removesuffix(b" (deleted)")
    except OSError:  # a kernel thread, or a process that is just ending
        return b""
