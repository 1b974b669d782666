"""
Permission events of fanotify(7), by ctypes.

In: file systems to mark. Out: opens that wait for an answer, and the answers. A group whose
descriptor is closed, however its holder ended, allows what waits and forgets its marks: so only
one process may hold it. Its queue has no bound, since a full one allows.

An execution opens its file: that is asked about as an execution, and then as any open. To let the
second pass for the first's sake would let another thread of the process read.

A directory is opened without being asked about, and so is what is opened by ``O_PATH``.
"""

import contextlib
import ctypes
import os
import struct

import msgspec

_CLOEXEC, _NONBLOCK = 0x01, 0x02
_CLASS_CONTENT, _UNLIMITED_QUEUE, _UNLIMITED_MARKS = 0x04, 0x10, 0x20
_MARK_ADD, _MARK_REMOVE, _MARK_FILESYSTEM = 0x01, 0x02, 0x100
_OPEN_PERM, _OPEN_EXEC_PERM = 0x0001_0000, 0x0004_0000
_AS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOATIME | os.O_NONBLOCK | 0o100000  # O_LARGEFILE
"""How a file is held that is asked about; a pipe without a writer must not keep us waiting."""
_ALLOW, _DENY = 1, 2
_NOWHERE = -1  # the path says where

_EVENT = struct.Struct("<IBBHQii")  # struct fanotify_event_metadata
_ANSWER = struct.Struct("<iI")  # struct fanotify_response
BATCH = 256
"""Opens that are taken at once: each needs a descriptor."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.fanotify_mark.argtypes = [
    ctypes.c_int,
    ctypes.c_uint,
    ctypes.c_uint64,
    ctypes.c_int,
    ctypes.c_char_p,
]


class Opening(msgspec.Struct, frozen=True, gc=False):
    """An open that waits for an answer; the file is held by a descriptor of ours."""

    pid: int  # of the process; a thread's own number isn't told
    file: int
    is_execution: bool = False  # the file is opened to be executed


class Asked(msgspec.Struct, frozen=True):
    """What is asked about in a file system."""

    opens: bool = True
    executions: bool = False


class Group:
    """A group of marks, and the opens that it stops."""

    def __init__(self) -> None:
        """Make one; raise ``OSError`` where the kernel or a missing capability doesn't allow it."""
        flags = _CLASS_CONTENT | _UNLIMITED_QUEUE | _UNLIMITED_MARKS | _CLOEXEC | _NONBLOCK
        self.descriptor = _checked(_libc.fanotify_init(flags, _AS))

    def mark(self, place: int, asked: Asked = Asked()) -> None:  # noqa: B008  it is frozen
        """Be asked from now on about this, in the file system of this file or directory."""
        for is_asked, what in ((asked.opens, _OPEN_PERM), (asked.executions, _OPEN_EXEC_PERM)):
            if is_asked:
                self._change(_MARK_ADD, what, place)
        for is_asked, what in ((asked.opens, _OPEN_PERM), (asked.executions, _OPEN_EXEC_PERM)):
            if not is_asked:
                with contextlib.suppress(FileNotFoundError):  # it was never marked
                    self._change(_MARK_REMOVE, what, place)

    def unmark(self, place: int) -> None:
        """Be asked no more about it."""
        self._change(_MARK_REMOVE, _OPEN_PERM | _OPEN_EXEC_PERM, place)

    def waiting(self) -> list[Opening]:
        """Return what waits, oldest first, at most ``BATCH``; each must be answered."""
        try:
            data = os.read(self.descriptor, BATCH * _EVENT.size)
        except BlockingIOError:
            return []
        return [
            Opening(pid, file, bool(mask & _OPEN_EXEC_PERM))
            for *_, mask, file, pid in _EVENT.iter_unpack(data)
            if file >= 0
        ]

    def answer(self, opening: Opening, *, denied: bool) -> None:
        """Let an open go on, or fail with EPERM."""
        try:
            os.write(self.descriptor, _ANSWER.pack(opening.file, _DENY if denied else _ALLOW))
        finally:
            os.close(opening.file)

    def close(self) -> None:
        """Allow what waits and forget all marks."""
        os.close(self.descriptor)

    def _change(self, how: int, what: int, place: int) -> None:
        path = b"/proc/self/fd/%d" % place  # nothing is opened
        flags = how | _MARK_FILESYSTEM
        _checked(_libc.fanotify_mark(self.descriptor, flags, what, _NOWHERE, path))


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
