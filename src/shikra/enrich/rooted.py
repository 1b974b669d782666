"""
Read a file of a container as its processes see it, and never one outside of it.

In: a process of the container and a path. Out: the file's first bytes. Whoever owns the
container owns these files, so: the path is resolved by the kernel with the container's root as
the root (openat2, RESOLVE_IN_ROOT), only regular files of real file systems are opened, and not
more than a bound is read. The process is held by its directory in /proc, so that its pid can't
come to mean another one in between.
"""

import contextlib
import ctypes
import os
import stat
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = 1 << 20

_OPENAT2 = 437  # the same number on every architecture
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_IN_ROOT = 0x10
_NO_FILES = frozenset(  # statfs magics of file systems whose files answer what they like
    {
        0x9FA0,  # proc
        0x62656572,  # sysfs
        0x65735546,  # fuse
        0x64626720,  # debugfs
        0x74726163,  # tracefs
    }
)


class _OpenHow(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


class Unreadable(Exception):  # noqa: N818  it says what a file is, not what went wrong
    """The file isn't one that is read; the message is a reason to count by."""


@contextlib.contextmanager
def process(pid: int, owner: bytes, proc: Path = Path("/proc")) -> Iterator[int]:
    """Hold a process that must be in a cgroup of this name; ``b""``: in any."""
    with _descriptor(os.open(proc / str(pid), os.O_PATH | os.O_DIRECTORY)) as directory:
        if owner and owner not in read_own(directory, "cgroup"):
            raise Unreadable("the process is another one")
        yield directory


def read_own(process_directory: int, name: str) -> bytes:
    """Read a file that the kernel writes about a held process."""
    descriptor = os.open(name, os.O_RDONLY, dir_fd=process_directory)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAX_BYTES)


def read(process_directory: int, path: str) -> bytes:
    """Read a file below a held process's root; raise ``OSError`` or ``Unreadable``."""
    flags = os.O_PATH | os.O_DIRECTORY
    with _descriptor(os.open("root", flags, dir_fd=process_directory)) as root:
        # With O_PATH nothing is opened yet: no pipe waits, no device wakes.
        with _descriptor(_open_in_root(root, path, os.O_PATH)) as place:
            if not stat.S_ISREG(os.fstat(place).st_mode):
                raise Unreadable("not a regular file")
            if _magic(place) in _NO_FILES:
                raise Unreadable("not on a file system for files")
            readable = os.open(f"/proc/self/fd/{place}", os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(readable, "rb", buffering=0) as file:
            return file.read(MAX_BYTES) or b""


_libc = ctypes.CDLL(None, use_errno=True)


def _open_in_root(root: int, path: str, flags: int) -> int:
    how = _OpenHow(flags | os.O_CLOEXEC, 0, _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS)
    size = ctypes.c_size_t(ctypes.sizeof(how))
    descriptor = _libc.syscall(
        ctypes.c_long(_OPENAT2), root, os.fsencode(path), ctypes.byref(how), size
    )
    if descriptor < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), path)
    return int(descriptor)


def _magic(descriptor: int) -> int:
    buffer = ctypes.create_string_buffer(256)  # struct statfs has 120 bytes, f_type first
    if _libc.fstatfs(descriptor, buffer) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return ctypes.c_long.from_buffer(buffer).value & 0xFFFFFFFF


@contextlib.contextmanager
def _descriptor(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)
