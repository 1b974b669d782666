"""
How long opens wait for the guard.

In: when an open was answered, and since when it can have waited; what the kernel says of how long
this process wanted to run and couldn't. Out: figures since the start. The kernel doesn't say when
an open began, so both together bound what it waited: the time for which the guard wasn't let run,
and the time that it took from then on.
"""

import bisect
import os

from shikra.enforce.guard.messages import Pace

BOUNDS_NS = tuple(
    int(micros * 1000)
    for micros in (25, 50, 100, 250, 500, 1_000, 5_000, 25_000, 100_000, 500_000, 1_000_000)
)
"""What was answered within each, and one more for what took longer."""

_SCHEDULED = "/proc/thread-self/schedstat"  # ran, waited to run, how often; in ns
_MAX_BYTES = 64


class Watch:
    """Takes the time; opens a file once, before any open can depend on it."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._answered = [0] * (len(BOUNDS_NS) + 1)
        self._total_ns = self._slowest_ns = self._most_delayed_ns = 0
        try:
            self._scheduled = os.open(_SCHEDULED, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # a kernel without these figures
            self._scheduled = -1
        self._delayed_ns = self._began_delayed_ns = self._delay_ns()

    def answered(self, took_ns: int) -> None:
        """Take note of an answer."""
        self._answered[bisect.bisect_left(BOUNDS_NS, took_ns)] += 1
        self._total_ns += took_ns
        self._slowest_ns = max(self._slowest_ns, took_ns)

    def figures(self) -> Pace:
        """Return the figures; how often they are asked for says how exact the longest delay is."""
        delayed_ns = self._delay_ns()
        self._most_delayed_ns = max(self._most_delayed_ns, delayed_ns - self._delayed_ns)
        self._delayed_ns = delayed_ns
        return Pace(
            answered=tuple(self._answered),
            total_ns=self._total_ns,
            slowest_ns=self._slowest_ns,
            delayed_ns=delayed_ns - self._began_delayed_ns,
            most_delayed_ns=self._most_delayed_ns,
        )

    def close(self) -> None:
        """Let go of the file."""
        if self._scheduled >= 0:
            os.close(self._scheduled)

    def _delay_ns(self) -> int:
        if self._scheduled < 0:
            return 0
        return int(os.pread(self._scheduled, _MAX_BYTES, 0).split()[1])
