"""
Look a path up as a process of a container does, and never outside of its root.

In: a pid and a path. Out: a descriptor that names the file and opens nothing, so that no pipe
waits and no device wakes. Links lead where they lead in there.
"""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

_OPENAT2 = 437  # the same number on every architecture
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_IN_ROOT = 0x10


class _OpenHow(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def root_of(pid: int, proc: Path = Path("/proc")) -> Iterator[int]:
    """Hold the root of a process; raise ``OSError`` if it is gone."""
    descriptor = os.open(proc / str(pid) / "root", os.O_PATH | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def led_to(pid: int, path: bytes, proc: Path = Path("/proc")) -> bytes | None:
    """Follow the links of a process's path; return where it leads by now, if anywhere."""
    with contextlib.suppress(OSError), root_of(pid, proc) as root, found(root, path) as file:
        return os.fsencode(Path(f"/proc/self/fd/{file}").readlink())
    return None


@contextlib.contextmanager
def found(root: int, path: bytes) -> Iterator[int]:
    """Hold what a path leads to from a root; raise ``OSError`` where there is nothing."""
    resolve = _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS
    how = _OpenHow(os.O_PATH | os.O_CLOEXEC, 0, resolve)
    size = ctypes.c_size_t(ctypes.sizeof(how))
    descriptor = _libc.syscall(ctypes.c_long(_OPENAT2), root, path, ctypes.byref(how), size)
    if descriptor < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
