"""
Read an open file as it grows.

In: a path and where to begin. Out: pieces of bounded size, cut into lines. What was rewritten
since it was read (truncated, and perhaps already longer than before) is found by its first bytes,
in which an audit event has its id, and raised as ``Rewritten``. A directory, a pipe or a device is
raised as ``NotAFile`` and never read.
"""

import os
import stat
from pathlib import Path

from shikra.sources.audit import place
from shikra.sources.audit.events import Unread
from shikra.sources.audit.lines import Lines
from shikra.sources.audit.place import Place

_PIECE_BYTES = 256 << 10
_HEAD_BYTES = 512


Key = tuple[int, int]  # device and inode


class NotAFile(OSError):  # noqa: N818  it is told as what it is
    """Something else is at the path."""


class Rewritten(Exception):  # noqa: N818  files may be rewritten
    """What had been read isn't in the file any more."""


class Opened:
    """One file, from an offset on."""

    def __init__(self, path: Path, max_line_bytes: int) -> None:
        """Open it, at its start."""
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        self._descriptor = os.open(path, flags)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise NotAFile
        self.key: Key = (status.st_dev, status.st_ino)
        self.opened_ns = status.st_mtime_ns  # when it had been written to, then
        self.since_ns = self.opened_ns - 1  # when what is read before it was written to last
        self._lines = Lines(max_line_bytes)
        self._offset = 0
        self._head = b""  # the first bytes, of those that were read
        self.told: Place | None = None  # the last place that was asked for

    def close(self) -> None:
        """Forget the file. Harmless when repeated."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def go_to(self, offset: int) -> None:
        """Read on from here, the first byte of a line."""
        self._offset = offset
        self._head = os.pread(self._descriptor, min(offset, _HEAD_BYTES), 0)

    def go_to_last_line(self) -> None:
        """Read on from the line that is being written; from the end if all lines have ended."""
        size = os.fstat(self._descriptor).st_size
        begin = max(size - _PIECE_BYTES, 0)
        last = os.pread(self._descriptor, size - begin, begin)
        if b"\n" in last or not begin:
            self.go_to(begin + last.rfind(b"\n") + 1)
        else:
            self.go_to(size)  # the end of a line that is too long will be counted as no event

    def read(self) -> list[bytes | Unread] | None:
        """Return the lines of the next piece; ``None`` at the end."""
        piece = os.pread(self._descriptor, _PIECE_BYTES, self._offset)
        head = os.pread(self._descriptor, _HEAD_BYTES, 0)
        if not head.startswith(self._head):
            raise Rewritten
        if not piece:
            if os.fstat(self._descriptor).st_size < self._offset:
                raise Rewritten
            return None
        self._offset += len(piece)
        self._head = head[: self._offset]
        return self._lines.feed(piece)

    def end_line(self) -> list[bytes | Unread]:
        """Return the last line, which has no newline."""
        return self._lines.end()

    @property
    def is_unread(self) -> bool:
        """Whether nothing was read of it."""
        return self._offset == 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return os.fstat(self._descriptor).st_size == 0

    @property
    def unended(self) -> bytes:
        """What there is of it."""
        return self._lines.held

    @property
    def modified_ns(self) -> int:
        """When it was written to."""
        return os.fstat(self._descriptor).st_mtime_ns

    def place(self) -> Place:
        """Return up to where its lines were read."""
        self.told = place.at(
            self._descriptor, self._offset - self._lines.pending_bytes, self.since_ns
        )
        return self.told

    def holds(self, found: Place) -> bool:
        """Whether a place is in this file, or in one that it is a copy of."""
        return place.is_of(found, self._descriptor)
