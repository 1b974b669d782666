"""
Give out calls after what led to them.

In: the ring of calls, and the ring of what processes did to come and go. Out: bytes of records.
Whatever led to a call was sent before it, so calls are taken first, and given out once the other
ring was emptied up to what it held by then. A call comes late rather than before its process.
"""

import collections
from collections.abc import Iterator

from shikra.sources.kernel import ring

_EVERYTHING = 1 << 62


class Stream:
    """Two rings, read as one."""

    def __init__(self, calls: ring.Ring, processes: ring.Ring) -> None:
        """Begin with what the rings hold."""
        self._calls = calls
        self._processes = processes
        self._held: collections.deque[bytes] = collections.deque()
        self._marks: collections.deque[tuple[int, int]] = collections.deque()
        self._marked = 0

    def drain(self, limit: int) -> Iterator[bytes]:
        """Yield what processes did, and at most this many calls. What isn't taken stays."""
        if not self._held:
            self._held.extend(self._calls.drain(limit))
        end = self._processes.produced
        yield from self._processes.drain(_EVERYTHING, end)
        if self._processes.consumed < end:  # the next is still being written
            return
        while self._held:
            yield self._held.popleft()

    def mark(self) -> int:
        """Return a number for now: ``passed`` reaches it when all calls sent by now were taken."""
        self._marked += 1
        self._marks.append((self._marked, self._calls.produced))
        return self._marked

    def passed(self) -> int:
        """Return the last mark that was reached."""
        while self._marks and not self._held and self._calls.consumed >= self._marks[0][1]:
            self._marks.popleft()
        return self._marks[0][0] - 1 if self._marks else self._marked

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (self._held or self._calls.fill_bytes or self._processes.fill_bytes)
