"""
Give out calls after what led to them.

In: the ring of calls, the ring of urgent ones, and the ring of what processes did to come and go.
Out: bytes of records. Whatever led to a call was sent before it, so calls are taken first, and
given out once the other ring was emptied up to what it held by then. A call comes late rather than
before its process. Urgent calls are taken with each batch of the others, so they wait behind a
batch at most, whatever the backlog; within a batch calls are in the order of their times.
"""

import collections
import heapq
from collections.abc import Callable, Iterator

from shikra.sources.kernel import ring

_EVERYTHING = 1 << 62


class Stream:
    """Three rings, read as one."""

    def __init__(
        self,
        *,
        calls: ring.Ring,
        urgent: ring.Ring,
        processes: ring.Ring,
        time_of: Callable[[bytes], int],
    ) -> None:
        """Begin with what the rings hold; ``time_of`` reads when a record was made."""
        self._calls = calls
        self._urgent = urgent
        self._processes = processes
        self._time_of = time_of
        self._held: collections.deque[bytes] = collections.deque()
        self._marks: collections.deque[tuple[int, int, int]] = collections.deque()
        self._marked = 0

    def drain(self, limit: int) -> Iterator[bytes]:
        """Yield what processes did, and at most this many calls of each ring; the rest stays."""
        if not self._held:
            self._take(limit)
        end = self._processes.produced
        yield from self._processes.drain(_EVERYTHING, end)
        if self._processes.consumed < end:  # the next is still being written
            return
        while self._held:
            yield self._held.popleft()

    def mark(self) -> int:
        """Return a number for now: ``passed`` reaches it when all calls sent by now were taken."""
        self._marked += 1
        self._marks.append((self._marked, self._calls.produced, self._urgent.produced))
        return self._marked

    def passed(self) -> int:
        """Return the last mark that was reached."""
        calls, urgent = self._calls.consumed, self._urgent.consumed
        while self._marks and not self._held:
            number, calls_then, urgent_then = self._marks[0]
            if calls < calls_then or urgent < urgent_then:
                return number - 1
            self._marks.popleft()
        return self._marks[0][0] - 1 if self._marks else self._marked

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        rings = (self._calls, self._urgent, self._processes)
        return not self._held and all(each.fill_bytes == 0 for each in rings)

    def _take(self, limit: int) -> None:
        urgent = list(self._urgent.drain(limit))
        calls = self._calls.drain(limit)
        if urgent:
            self._held.extend(heapq.merge(urgent, calls, key=self._time_of))
        else:
            self._held.extend(calls)
