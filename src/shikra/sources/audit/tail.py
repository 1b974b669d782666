"""
Read a log through its rotations: the file at a path, whichever it is by then.

In: a path, perhaps the place where reading ended before a restart, and the time. Out: the lines
that were added, with the place after them. Waits for nothing and blocks on the disk alone. What is
wrong with the file is raised as ``OSError``; a file that was opened before is read on meanwhile.
"""

import collections
import contextlib
import threading
from pathlib import Path

import msgspec

from shikra.sources.audit import beside
from shikra.sources.audit.events import Unread
from shikra.sources.audit.opened import Opened, Rewritten
from shikra.sources.audit.place import Place

_SETTLED_NS = 1_000_000_000  # a writer that is about to end a line, or still has the old file
_ROTATED = "rotated"
_TRUNCATED = "truncated"
_LOST = "rest not found"  # what was added before the file was exchanged, and wasn't read


class Piece(msgspec.Struct, frozen=True):
    """What one read gave."""

    lines: list[bytes | Unread]
    place: Place  # after them


class Tail:
    """The lines of a log, for one reader at a time."""

    def __init__(
        self, path: Path, max_line_bytes: int, begin: Place | None, *, is_all_new: bool
    ) -> None:
        """Begin at a place; without one at the start, or at what is added from now on."""
        # all keys from the start: who reads it while a thread counts never meets a new one
        self.happened = collections.Counter({_ROTATED: 0, _TRUNCATED: 0, _LOST: 0})
        self._path = path
        self._max_line_bytes = max_line_bytes
        self._begin = begin
        self._is_all_new = is_all_new
        self._file: Opened | None = None
        self._is_rotated = False  # it was already when it was opened: nobody writes to it
        self._grew_ns = 0
        self._tried = b""
        self._lock = threading.Lock()  # who is cancelled closes, while a thread may read

    def close(self) -> None:
        """Forget the files."""
        with self._lock:
            self._forget()

    def read(self, now_ns: int) -> Piece | None:
        """Return what was added; ``None`` if nothing was."""
        with self._lock:
            if self._file is None:
                return self._go_on_in(self._opened(), [], now_ns)
            try:
                if self._may_follow_another(self._file):
                    return self._start_again(self._file, now_ns)
                lines = self._file.read()
            except Rewritten:
                self.happened[_TRUNCATED] += 1
                return self._start_again(self._file, now_ns)
            if lines is None:
                return self._at_end(self._file, now_ns)
            self._grew_ns = now_ns
            return Piece(lines, self._file.place())

    def _forget(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def _open(self, path: Path) -> Opened:
        return Opened(path, self._max_line_bytes)

    def _opened(self) -> Opened:
        """Return the file to begin with."""
        if self._begin is not None:
            file = beside.from_place(self._path, self._begin, self._open)
            if file is None:
                file = self._open(self._path)
                self.happened[_LOST] += 1
            return file
        try:
            file = self._open(self._path)
        except FileNotFoundError:
            self._is_all_new = True  # once it is there
            raise
        if not self._is_all_new:
            file.go_to_last_line()
        return file

    def _go_on_in(self, file: Opened, lines: list[bytes | Unread], now_ns: int) -> Piece:
        """Read this file from now on."""
        self._file = file
        self._is_rotated = self._is_elsewhere(file)
        self._grew_ns = now_ns
        return Piece(lines, file.place())

    def _start_again(self, file: Opened, now_ns: int) -> Piece:
        """Find the place again, in the copy that was made before the file was truncated."""
        self._begin = file.told
        self._forget()
        return self._go_on_in(self._opened(), [], now_ns)

    def _may_follow_another(self, file: Opened) -> bool:
        """
        Whether a file of which nothing was read has perhaps been truncated.

        Its first bytes tell that of all others.
        """
        if not file.is_unread or file.modified_ns == file.opened_ns:
            return False
        with contextlib.suppress(OSError):
            first = beside.following(self._path, file.since_ns, None, self._open)
            first.close()
            return first.key != file.key
        return False

    def _at_end(self, file: Opened, now_ns: int) -> Piece | None:
        is_settled = now_ns - self._grew_ns >= _SETTLED_NS
        if (is_settled or self._is_rotated) and self._is_elsewhere(file):
            return self._turn(file, now_ns)
        return self._last_line(file) if is_settled else None

    def _turn(self, file: Opened, now_ns: int) -> Piece:
        """End a file that nobody writes to any more, and begin the one that follows."""
        following = beside.following(self._path, file.modified_ns, file.key, self._open)
        lines = file.end_line()
        file.close()
        self.happened[_ROTATED] += 1
        return self._go_on_in(following, lines, now_ns)

    def _is_elsewhere(self, file: Opened) -> bool:
        """Whether the path is another file's now, or none's."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return True
        return (status.st_dev, status.st_ino) != file.key

    def _last_line(self, file: Opened) -> Piece | None:
        """Return a last line without a newline, if it is whole: nothing can follow an object."""
        unended = file.unended
        if not unended or unended == self._tried:
            return None
        self._tried = unended
        try:
            msgspec.json.decode(unended, type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return Piece(file.end_line(), file.place())
