"""
A ring of io_uring, by its system calls alone; needs nothing but the standard library.

In: submissions. Out: their results, in the order of submission. What isn't told counts as ``None``.
The text of this module is also run inside of watched processes.
"""

import ctypes
import mmap
import os
import struct
import time
from collections.abc import Callable
from typing import Any

Submission = Callable[[int], bytes]
"""What to submit, by its tag."""

SETUP, ENTER, REGISTER = 425, 426, 427
ASYNC, LINK, SKIPS_SUCCESS = 1 << 4, 1 << 2, 1 << 6  # flags of a submission
POLLED = 1 << 1  # flag of a ring: a thread of the kernel's looks for submissions
GET_EVENTS, WAKE = 1 << 0, 1 << 1  # flags of ENTER
REGISTER_FILES = 2
IDLE_MS = 1000
AT_FDCWD = -100

NOTHING, SENDMSG, CONNECT, OPENAT, SEND, OPENAT2, RENAMEAT = 0, 9, 16, 18, 26, 28, 35
UNLINKAT, MKDIRAT, SYMLINKAT, LINKAT, SEND_ZC = 36, 37, 38, 39, 47

_PARAMETERS = struct.Struct("<5I I I 3I 8I Q 8I Q")
_SUBMISSION = struct.Struct("<BBHi QQ II Q HHI QQ")
_COMPLETION = struct.Struct("<QiI")
_SUBMISSIONS_AT = 0x10000000  # where they are mapped from
_WAIT_SECONDS = 5.0

_libc = ctypes.CDLL(None, use_errno=True)
_kept: list[Any] = []  # what the kernel may still read


def _call(number: int, *arguments: Any) -> int:
    values = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = _libc.syscall(ctypes.c_long(number), *values)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def pointer(data: bytes) -> int:
    """Return where these bytes are, which stay there."""
    buffer = ctypes.create_string_buffer(data, len(data) + 1)
    _kept.append(buffer)
    return ctypes.addressof(buffer)


def submission(operation: int, fd: int = AT_FDCWD, **fields: int) -> Submission:
    """Return a submission; with ``tag`` it has that one."""
    own_tag = fields.pop("tag", None)

    def packed(tag: int) -> bytes:
        return _SUBMISSION.pack(
            operation,
            fields.get("flags", 0),
            0,
            fd,
            fields.get("offset", 0),
            fields.get("address", 0),
            fields.get("length", 0),
            fields.get("operation_flags", 0),
            tag if own_tag is None else own_tag,
            0,
            0,
            fields.get("last", 0),
            0,
            0,
        )

    return packed


def openat(
    path: bytes, fd: int = AT_FDCWD, *, open_flags: int = 0, slot: int = 0, **fields: int
) -> Submission:
    """Open a file, into a slot of the ring if one is named, from 1."""
    return submission(
        OPENAT, fd, address=pointer(path), operation_flags=open_flags, last=slot, **fields
    )


def openat2(
    path: bytes, fd: int = AT_FDCWD, *, how: tuple[int, int, int] = (0, 0, 0), **fields: int
) -> Submission:
    """Open a file; ``how`` are flags, mode and how to resolve."""
    at = pointer(struct.pack("<3Q", *how))
    return submission(OPENAT2, fd, address=pointer(path), length=24, offset=at, **fields)


class Ring:
    """A ring; closed with its process."""

    def __init__(self, flags: int = 0, entries: int = 8, slots: int = 0) -> None:
        """Set up; ``slots`` for files without descriptors."""
        parameters = bytearray(_PARAMETERS.size)
        struct.pack_into("<5I", parameters, 0, 0, 0, flags, 0, IDLE_MS)
        place = (ctypes.c_char * len(parameters)).from_buffer(parameters)
        self.fd = _call(SETUP, entries, ctypes.byref(place))
        told = _PARAMETERS.unpack(parameters)
        self._entries, completions = told[0], told[1]
        (_, self._tail_at, _, _, _, _, self._array_at, _) = told[10:18]
        (self._head_at, self._told_at, _, _, _, self._completions_at, _, _) = told[19:27]
        self._mask = completions - 1
        size = max(self._array_at + 4 * self._entries, self._completions_at + 16 * completions)
        self._ring = mmap.mmap(self.fd, size)
        self._submissions = mmap.mmap(self.fd, 64 * self._entries, offset=_SUBMISSIONS_AT)
        if slots:
            empty = struct.pack(f"<{slots}i", *[-1] * slots)
            _call(REGISTER, self.fd, REGISTER_FILES, ctypes.c_void_p(pointer(empty)), slots)

    def run(self, *submissions: Submission, expected: int | None = None) -> list[int | None]:
        """Submit, wait for so many results (for all by default), and return them by order."""
        tail = self._word(self._tail_at)
        for number, packed in enumerate(submissions):
            index = (tail + number) % self._entries
            self._submissions[64 * index : 64 * index + 64] = packed(1000 + number)
            struct.pack_into("<I", self._ring, self._array_at + 4 * index, index)
        struct.pack_into("<I", self._ring, self._tail_at, tail + len(submissions))
        _call(ENTER, self.fd, len(submissions), 0, GET_EVENTS | WAKE, None, 0)
        wanted = len(submissions) if expected is None else expected
        told = self.results(wanted)
        return [told.get(1000 + number) for number in range(len(submissions))]

    def results(self, wanted: int) -> dict[int, int]:
        """Return results by tag, once there are so many."""
        told: dict[int, int] = {}
        deadline = time.monotonic() + _WAIT_SECONDS
        while wanted > 0:
            _call(ENTER, self.fd, 0, 0, GET_EVENTS | WAKE, None, 0)
            head = self._word(self._head_at)
            while head != self._word(self._told_at):
                at = self._completions_at + 16 * (head & self._mask)
                tag, result, _ = _COMPLETION.unpack_from(self._ring, at)
                told.setdefault(tag, result)  # a second one says that memory is free again
                head += 1
                wanted -= 1
            struct.pack_into("<I", self._ring, self._head_at, head)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{wanted} results are missing, told: {told}")
        return told

    def _word(self, at: int) -> int:
        word: int = struct.unpack_from("<I", self._ring, at)[0]
        return word
