"""
Words of the fields on the call itself: its type, its result, its descriptor, its flags.

In: a type of event. Out: a word for each field that is said differently from type to type.
"""

import errno
import os
import stat
from collections.abc import Mapping

from shikra.backends.kernel import socket_words
from shikra.backends.kernel.meaning import FALSE, TRUE, Meaning, Unknown, both, opposite
from shikra.backends.kernel.words import (
    Coded,
    Counted,
    Finite,
    Name,
    Nothing,
    Number,
    Split,
    Untold,
    Word,
    boolean,
)
from shikra.model import event_types
from shikra.model.kernel_tables import Compare, View
from shikra.model.value import Value

OPENS = frozenset(("open", "openat", "openat2", "creat", "open_by_handle_at"))
SOCKETS = frozenset(("connect", "sendto", "sendmsg"))
EXECS = frozenset(("execve", "execveat"))

_RESULT = Number(member="result", is_signed=True)
_SUCCEEDED = _RESULT.test(Compare.GE, 0)
_ERESTART = range(512, 532)  # the kernel's own: a signal interrupted the call
_ERRORS = Coded(
    _RESULT,
    (
        *((name.encode(), (-number,)) for number, name in errno.errorcode.items()),
        (b"ERESTARTSYS", tuple(-number for number in _ERESTART)),
    ),
)

_O_CREAT, _O_TMPFILE = 0o100, 0o20000000
_CREATES = _O_CREAT | _O_TMPFILE
_MODE = Number(member="file_mode", mask=0o170000)
_IS_DIRECTORY = _MODE.test(Compare.EQ, stat.S_IFDIR)
_IS_PIPE = _MODE.test(Compare.EQ, stat.S_IFIFO)
_MAYBE = Unknown("a pipe with a path is told from one without later")


def words(kind: str) -> Mapping[str, Word]:
    """Return the words of a type of event, by the field's name."""
    found = {**_fixed(kind), **_ANY_CALL}
    if kind in OPENS:
        return {**found, **_OPEN}
    if kind in SOCKETS:
        return {**found, **socket_words.words(kind)}
    if kind in EXECS:
        return {**found, **dict.fromkeys((*_OF_FILES, *socket_words.NAMES), Nothing())}
    return found


def _fixed(kind: str) -> dict[str, Word]:
    made = event_types.PRODUCED.get(kind)
    values: dict[str, Value] = {
        "evt.type": kind.encode(),
        "syscall.type": kind.encode(),
        "evt.category": made.category.encode() if made else None,
        "evt.dir": b"<",
        "evt.source": b"syscall",
        "evt.is_async": False,
    }
    return {
        name: Nothing() if value is None else Finite(((value, TRUE),))
        for name, value in values.items()
    }


def _accesses(*modes: int) -> Word:
    return boolean(Number(member="open_flags", mask=os.O_ACCMODE).test(Compare.IN, *modes))


def _opened(directory: bytes, file: bytes, pipe: bytes) -> Word:
    """Say what was opened; of an open that failed, what was asked for: a file."""
    is_file: Meaning = both(opposite(_IS_DIRECTORY), opposite(_IS_PIPE))
    maybe = both(_IS_PIPE, _MAYBE)
    return Finite(((directory, _IS_DIRECTORY), (file, is_file), (file, maybe), (pipe, maybe)))


_ANY_CALL: Mapping[str, Word] = {
    "evt.num": Counted(1),
    "evt.rawres": _RESULT,
    "evt.res": Split(_SUCCEEDED, Finite(((b"SUCCESS", TRUE),)), _ERRORS),
    "evt.failed": boolean(opposite(_SUCCEEDED)),
    "evt.is_open_read": boolean(FALSE),
    "evt.is_open_write": boolean(FALSE),
    "evt.is_open_create": boolean(FALSE),
}

_OF_FILES = (
    "fd.num",
    "fd.type",
    "fd.typechar",
    "fd.name",
    "fd.directory",
    "fd.filename",
    "fd.realpath",
    "fd.ino",
    "fd.dev",
    "fs.path.name",
)

_PATH = Name(View.PATH)
_DESCRIPTOR = ("HAS_DESCRIPTOR",)

_OPEN: Mapping[str, Word] = {
    **dict.fromkeys(socket_words.NAMES, Nothing()),
    "evt.is_open_read": _accesses(os.O_RDONLY, os.O_RDWR),
    "evt.is_open_write": _accesses(os.O_WRONLY, os.O_RDWR),
    "evt.is_open_create": boolean(
        both(_SUCCEEDED, Number(member="open_flags", mask=_CREATES).test(Compare.ANY_BITS))
    ),
    "fd.num": Number(member="result", is_signed=True, needs=_DESCRIPTOR),
    "fd.type": _opened(b"directory", b"file", b"pipe"),
    "fd.typechar": _opened(b"d", b"f", b"p"),
    "fd.name": _PATH,
    "fs.path.name": _PATH,
    "fd.directory": Split(_IS_DIRECTORY, _PATH, Name(View.DIRECTORY)),
    "fd.filename": Split(_IS_DIRECTORY, Nothing(), Name(View.FILENAME)),
    "fd.realpath": Untold("the real path has no view of its own"),
    "fd.ino": Split(Number(member="inode").test(Compare.EQ, 0), Nothing(), Number(member="inode")),
    "fd.dev": Number(member="device", needs=_DESCRIPTOR),
}
