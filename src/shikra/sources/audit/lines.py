"""
Cut what is appended to a file into lines.

In: pieces of the file, as they are read. Out: each line that has ended, without its newline; in
the place of one that is too long, that it was. No more than ``max_bytes`` of a line are held. A
line without an end is held until it ends, so none is read as two. Bytes of zero before a line are
the hole that a writer leaves who goes on at its old place in a truncated file.
"""

from shikra.sources.audit.events import Reason, Unread

_NOT_THERE = b"\0"


class Lines:
    """The lines of one file."""

    def __init__(self, max_bytes: int) -> None:
        """Begin at the start of a line."""
        self.pending_bytes = 0  # of the line that hasn't ended
        self._max_bytes = max_bytes
        self._held = bytearray()
        self._is_too_long = False

    def feed(self, piece: bytes) -> list[bytes | Unread]:
        """Return the lines that end in this piece."""
        *ended, rest = piece.split(b"\n")
        found: list[bytes | Unread] = []
        for part in ended:
            self._hold(part)
            found += self.end()
        self._hold(rest)
        return found

    def end(self) -> list[bytes | Unread]:
        """Return the line that is held, as if it had ended; an empty one is none."""
        line, is_too_long, size = bytes(self._held).strip(), self._is_too_long, self.pending_bytes
        self.pending_bytes, self._is_too_long = 0, False
        self._held.clear()
        if is_too_long:
            message = f"a line of {size:,} bytes, at most {self._max_bytes:,} are read"
            return [Unread(Reason.TOO_LONG, message)]
        return [line] if line else []

    @property
    def held(self) -> bytes:
        """What there is of the line that hasn't ended; nothing of one that is too long."""
        return bytes(self._held)

    def _hold(self, part: bytes) -> None:
        self.pending_bytes += len(part)
        if not self._held:
            part = part.lstrip(_NOT_THERE)
        if self._is_too_long or len(self._held) + len(part) > self._max_bytes:
            self._is_too_long = True
            self._held.clear()
            return
        self._held += part
