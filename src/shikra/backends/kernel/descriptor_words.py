"""
Words of the fields on the descriptor that a call is about, and on paths.

In: a type of event and its row in ``model.calls``. Out: a word for each such field.
"""

import stat
from collections.abc import Mapping

from shikra.backends.kernel import socket_words
from shikra.backends.kernel.meaning import TRUE, Meaning, Unknown, both, either, opposite
from shikra.backends.kernel.results import SUCCEEDED
from shikra.backends.kernel.socket_words import IS_SOCKET
from shikra.backends.kernel.words import Finite, Name, Nothing, Number, Split, Untold, Word
from shikra.model import event_type
from shikra.model.event_type import EventType
from shikra.model.kernel_tables import Compare, View

_IMAGES = frozenset(("execve", "execveat"))  # the path of a program is the process's
_ON_OPEN_FILES = frozenset(
    ("open_by_handle_at", "fchmod", "fchown", "fchdir", "ftruncate", "fsetxattr")
)
_MADE: Mapping[str, tuple[bytes, bytes]] = {
    "memfd_create": (b"memfd", b"m"),
    "userfaultfd": (b"userfaultfd", b"u"),
    "io_uring_setup": (b"io_uring", b"r"),
    "pidfd_open": (b"pidfd", b"P"),
}
"""What calls make that has no name in a file system: its type, and in one character."""

_NOTHING: Mapping[str, Word] = dict.fromkeys(
    (
        *("fd.num", "fd.type", "fd.typechar", "fd.name", "fd.directory", "fd.filename"),
        *("fd.ino", "fd.dev", *socket_words.NAMES),
    ),
    Nothing(),
)
_PATH = Name(View.PATH)
_MODE = Number(member="file_mode")
_FORMAT = _MODE.masked(0o170000)
_IS_DIRECTORY = _FORMAT.test(Compare.EQ, stat.S_IFDIR)
_IS_PIPE = _FORMAT.test(Compare.EQ, stat.S_IFIFO)
_HAS_FORMAT = _FORMAT.test(Compare.NE, 0)
_HAS_MODE = _MODE.test(Compare.NE, 0)
_HAS_DESCRIPTOR = ("HAS_DESCRIPTOR",)
_PERHAPS = Unknown("a pipe with a path is told from one without in user space")
_DEVICE = Number(member="device", needs=_HAS_DESCRIPTOR)
_INODE = Number(member="inode")
_HAS_INODE = _INODE.test(Compare.NE, 0)
_DESCRIPTOR = Number(member="descriptor", is_signed=True, needs=_HAS_DESCRIPTOR)


def words(made: EventType) -> Mapping[str, Word]:
    """Return the words of a type of event."""
    found = {**_NOTHING, **_paths(made)}
    if made.parameter(event_type.Meaning.OBJECT) is None:
        return found
    found["fd.num"] = _DESCRIPTOR
    if made.parameter(event_type.Meaning.OPEN_FLAGS) is not None:
        return {**found, **_OPENED}
    path: Word = Nothing() if _is_pathless(made) else _PATH
    return {
        **found,
        **socket_words.words(made.name),
        "fd.type": Split(IS_SOCKET, socket_words.TYPE, _type(made, 0)),
        "fd.typechar": Split(IS_SOCKET, socket_words.TYPE_CHARACTER, _type(made, 1)),
        "fd.name": Split(IS_SOCKET, socket_words.NAME, path),
        "fd.directory": Split(IS_SOCKET, Nothing(), _part(path, View.DIRECTORY)),
        "fd.filename": Split(IS_SOCKET, Nothing(), _part(path, View.FILENAME)),
        "fd.dev": Split(_HAS_MODE, _DEVICE),
        "fd.ino": Untold("whether the descriptor has an inode is told in user space"),
    }


def _paths(made: EventType) -> dict[str, Word]:
    """Return the words of the paths that the call was given."""
    is_named = made.parameter(event_type.Meaning.NAME) or made.name in _ON_OPEN_FILES
    has_two = made.parameter(event_type.Meaning.TARGET) is not None
    path: Word = _PATH if is_named and not _is_pathless(made) else Nothing()
    return {
        "fs.path.name": path,
        "fs.path.source": path if has_two else Nothing(),
        "fs.path.target": Name(View.TARGET) if has_two else Nothing(),
    }


def _is_pathless(made: EventType) -> bool:
    """Whether its name is no path of a file that it acts upon."""
    meanings = (event_type.Meaning.PEER, event_type.Meaning.OWN)
    return made.name in _IMAGES or any(made.parameter(each) for each in meanings)


def _part(path: Word, view: View) -> Word:
    return Name(view) if path == _PATH else path


def _type(made: EventType, form: int) -> Word:
    """Return the word of what a descriptor is that isn't a socket: in full, or in one letter."""
    if made.name in _MADE:
        return Finite(((_MADE[made.name][form], SUCCEEDED),))
    unknown = ((b"unknown", b"o")[form], both(_HAS_MODE, opposite(_HAS_FORMAT)))
    return Finite((*_files(form, _HAS_FORMAT), unknown))


def _files(form: int, is_there: Meaning) -> tuple[tuple[bytes, Meaning], ...]:
    """Return the cases of a file."""
    directory, file, pipe = ((b"directory", b"file", b"pipe"), (b"d", b"f", b"p"))[form]
    is_file = both(is_there, opposite(_IS_DIRECTORY), opposite(_IS_PIPE))
    maybe = both(_IS_PIPE, _PERHAPS)
    return ((directory, _IS_DIRECTORY), (file, is_file), (file, maybe), (pipe, maybe))


_OPENED: Mapping[str, Word] = {
    "fd.num": Split(SUCCEEDED, _DESCRIPTOR, Finite(((-1, TRUE),))),
    "fd.type": Finite(_files(0, opposite(either(())))),
    "fd.typechar": Finite(_files(1, opposite(either(())))),
    "fd.name": _PATH,
    "fd.directory": Name(View.DIRECTORY),
    "fd.filename": Name(View.FILENAME),
    "fd.dev": _DEVICE,
    "fd.ino": Split(_HAS_INODE, _INODE),
}
"""Of an open that failed it is said what was asked for: a file."""
