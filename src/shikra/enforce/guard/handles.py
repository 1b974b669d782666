"""
A file by what it is, not by how it was reached: open_tree(2), name_to_handle_at(2).

In: a place, a file. Out: a view of the place that no process sees but us and that blocks
no unmounting; and the name that the file system itself has for a file. Nothing here waits for an
answer of our own: directories and ``O_PATH`` are opened without being asked about.
"""

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterator

_OPEN_TREE = 428  # the same number on every architecture
_CLONE_CLOEXEC = 1 | os.O_CLOEXEC
_AT_EMPTY_PATH = 0x1000
_NEW_MOUNTS = 0x0002_0000  # CLONE_NEWNS
_HANDLE_BYTES = 128  # MAX_HANDLE_SZ
_DELETED = " (deleted)"

_libc = ctypes.CDLL(None, use_errno=True)
_handle = ctypes.create_string_buffer(8 + _HANDLE_BYTES)  # struct file_handle, made once
_mount = ctypes.c_int()


@contextlib.contextmanager
def within(namespace: int) -> Iterator[None]:
    """
    Be in a mount namespace: only there may its mounts be looked at apart.

    The kernel lets only a process of one thread change it.
    """
    own = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if os.path.sameopenfile(own, namespace):
            yield
            return
        _checked(_libc.setns(namespace, _NEW_MOUNTS))
        try:
            yield
        finally:
            _checked(_libc.setns(own, _NEW_MOUNTS))
    finally:
        os.close(own)


def view(place: int) -> int:
    """
    Return a place's own view of its file system; raise ``OSError`` if there is none.

    Of a directory it is one that paths may start from. A single file stays unopened: whoever
    guards it would wait for an answer of its own.
    """
    flags = ctypes.c_uint(_CLONE_CLOEXEC | _AT_EMPTY_PATH)
    tree = _checked(_libc.syscall(ctypes.c_long(_OPEN_TREE), place, b"", flags))
    if not stat.S_ISDIR(os.fstat(tree).st_mode):
        return tree
    try:
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=tree)
    finally:
        os.close(tree)


def path(directory: int, file: int) -> str:
    """
    Return a path of a file below the root of the file system that a view is of.

    A file has as many as it has links; one without has that of its last.
    """
    struct.pack_into("<I", _handle, 0, _HANDLE_BYTES)
    found = _libc.name_to_handle_at(file, b"", _handle, ctypes.byref(_mount), _AT_EMPTY_PATH)
    _checked(found)
    opened = _checked(_libc.open_by_handle_at(directory, _handle, os.O_PATH | os.O_CLOEXEC))
    try:
        return os.readlink(f"/proc/self/fd/{opened}").removesuffix(_DELETED)  # noqa: PTH115  it is quicker
    finally:
        os.close(opened)


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
