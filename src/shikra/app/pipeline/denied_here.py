"""
Know an open again that the kernel refused before it returned.

In: events of refused opens, which the kernel tells at once, and events of opens that failed. Out:
whether a failed one is the refused one, come back: it was denied, not held. Pure; bounded.
"""

import collections

WITHIN_NS = 1_000_000_000
MOST = 4_096


class DeniedHere:
    """Opens that were refused and haven't returned yet, as far as is known."""

    def __init__(self) -> None:
        """Know of none."""
        self._times_ns: collections.OrderedDict[tuple[int, str], int] = collections.OrderedDict()

    def add(self, pid: int, rule: str, time_ns: int) -> None:
        """Take note of one."""
        self._times_ns[pid, rule] = time_ns
        self._times_ns.move_to_end((pid, rule))
        if len(self._times_ns) > MOST:
            self._times_ns.popitem(last=False)

    def took(self, pid: int, rule: str, time_ns: int) -> bool:
        """Whether an open that failed now is one of them; it is so once."""
        refused_ns = self._times_ns.pop((pid, rule), None)
        return refused_ns is not None and time_ns - refused_ns <= WITHIN_NS
