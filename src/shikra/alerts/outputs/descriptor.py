"""
Write whole lines to a file descriptor that may be slow, full or closed.

In: lines without their end. Out: an outcome; ``Retry`` means the same line may be given again.
A line that was cut short by a full disk is ended before the next begins, so a reader never
sees two lines in one. Waiting is allowed: each output has a thread of its own.
"""

import errno
import os
import select

from shikra.model.outcome import Done, Outcome, Refused, Retry

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class LineWriter:
    """Writes lines and remembers whether the last one was cut short."""

    def __init__(self) -> None:
        """Begin at the start of a line."""
        self._is_torn = False

    def write(self, fd: int, line: str) -> Outcome:
        """Write the line and its end."""
        data = (b"\n" if self._is_torn else b"") + line.encode() + b"\n"
        at = 0
        try:
            while at < len(data):
                at += _write_some(fd, data[at:])
        except OSError as error:
            return _outcome(error)
        finally:
            self._is_torn = not data[:at].endswith(b"\n") if at else self._is_torn
        return Done()


def _write_some(fd: int, data: bytes) -> int:
    """Write what fits. Wait for room where the descriptor was given to us as non-blocking."""
    try:
        return os.write(fd, data)
    except BlockingIOError:
        ready = select.poll()
        ready.register(fd, select.POLLOUT)
        ready.poll()
        return 0


def _outcome(error: OSError) -> Outcome:
    reason = error.strerror or "write failed"
    return Retry(reason) if error.errno in FULL else Refused(reason)
