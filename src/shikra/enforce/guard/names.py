"""
The names that a container's first process has for a file of one of its volumes.

In: parts of a volume that the container sees, and a file by a descriptor. Out: every name, so that
a hard link hides nothing. How the file was opened doesn't matter, nor through which mount: it goes
by its inode. A file with several links is looked for in the whole volume. What is known is looked
at again before it is believed. A file whose last name is gone keeps those that it had.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator

import msgspec

from shikra.enforce.guard import handles

TOO_LONG = "(a path too long to be told)"
"""Stands for one: a file so deep is in its volume all the same."""

_MAX_KNOWN = 4096

Places = tuple[tuple[int, str], ...]
"""A view, and a path below its root."""


class TooLateError(Exception):
    """There was no time to look through the whole volume."""


class Part(msgspec.Struct, frozen=True):
    """A part of a volume, and where the first process sees it: directories without a last slash."""

    view: int
    places: tuple[bytes, ...]
    inode: int = 0  # of a single file that is mounted there; 0: a directory is


def part(view: int, places: tuple[bytes, ...]) -> Part:
    """Take over a view of a directory, or of a single file."""
    status = os.fstat(view)
    return Part(view, places, 0 if stat.S_ISDIR(status.st_mode) else status.st_ino)


class _Known(msgspec.Struct, frozen=True, gc=False):
    links: int
    changed_ns: int
    found: Places
    names: tuple[bytes, ...]


class Names:
    """Of the files of one volume, in one container."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        """Take over the views; ``close`` must follow."""
        self._parts = parts
        self._directories = [part for part in parts if not part.inode]
        self._known: dict[int, _Known] = {}

    def of(
        self, file: int, status: os.stat_result, is_late: Callable[[], bool]
    ) -> tuple[bytes, ...]:
        """Return a file's names, or none; raise ``TooLateError`` if that takes too long."""
        known = self._known.get(status.st_ino)
        if known is not None and _is_as_it_was(known, status):
            return known.names
        if status.st_nlink == 0 and known is not None:
            return known.names
        found = tuple(self._find(file, status, is_late))
        if len(self._known) >= _MAX_KNOWN:
            del self._known[next(iter(self._known))]
        names = tuple(dict.fromkeys((*self._named(found), *self._singles(status.st_ino))))
        self._known[status.st_ino] = _Known(status.st_nlink, status.st_ctime_ns, found, names)
        return names

    def close(self) -> None:
        """Let go of the views."""
        for part in self._parts:
            os.close(part.view)

    def _find(
        self, file: int, status: os.stat_result, is_late: Callable[[], bool]
    ) -> Iterator[tuple[int, str]]:
        """
        Yield where a file is; none of it is looked at again.

        Who moves it all the time may have it elsewhere by now. But there it was.
        """
        for part in self._directories:
            places = dict.fromkeys(_one_path(part.view, file))
            if status.st_nlink > 1:
                below = _below(part.view, is_late)
                places |= {path: None for path, inode in below if inode == status.st_ino}
            yield from ((part.view, path) for path in places)

    def _singles(self, inode: int) -> Iterator[bytes]:
        """Yield where a file is mounted by itself, whatever its name in the volume has become."""
        for part in self._parts:
            if part.inode == inode:
                yield from part.places

    def _named(self, found: Places) -> Iterator[bytes]:
        for view, path in found:
            for part in self._parts:
                if part.view == view:
                    yield from (place + b"/" + os.fsencode(path) for place in part.places)


def _one_path(view: int, file: int) -> Iterator[str]:
    """Yield a path that a file has, or had last; nothing if it isn't in view."""
    try:
        path = handles.path(view, file).removeprefix("/")
    except OSError as error:
        path = TOO_LONG if error.errno == errno.ENAMETOOLONG else ""
    if path:
        yield path


def _is_as_it_was(known: _Known, status: os.stat_result) -> bool:
    return (
        known.links == status.st_nlink
        and known.changed_ns == status.st_ctime_ns
        and all(_is_there(view, path, status.st_ino) for view, path in known.found)
    )


def _is_there(view: int, path: str, inode: int) -> bool:
    try:
        return os.stat(path, dir_fd=view, follow_symlinks=False).st_ino == inode
    except OSError:
        return False


def _below(view: int, is_late: Callable[[], bool]) -> Iterator[tuple[str, int]]:
    """Yield what is in a directory and below, with its inode; links aren't followed."""
    left = [""]
    while left:
        above = left.pop()
        if is_late():
            raise TooLateError
        try:
            directory = os.open(
                above or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=view
            )
        except OSError:  # it was removed, or made a link
            continue
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    path = f"{above}/{entry.name}" if above else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        left.append(path)
                    else:
                        yield path, entry.inode()
        finally:
            os.close(directory)
