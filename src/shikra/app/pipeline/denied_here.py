"""
Know a call again that the kernel refused before it returned.

In: events of refused calls, which the kernel tells at once or counts where there are too many, and
events of calls that failed. Out: whether a failed one was refused: it is told of, then. Who was
refused for a rule a moment ago, and isn't permitted something that this rule names, was refused
again. Pure; bounded.
"""

import collections

WITHIN_NS = 10_000_000_000
MOST = 4_096


class DeniedHere:
    """Who was refused last, and when."""

    def __init__(self) -> None:
        """Know of nobody."""
        self._times_ns: collections.OrderedDict[tuple[int, str], int] = collections.OrderedDict()

    def add(self, pid: int, rule: str, time_ns: int) -> None:
        """Take note of one."""
        self._times_ns[pid, rule] = time_ns
        self._times_ns.move_to_end((pid, rule))
        if len(self._times_ns) > MOST:
            self._times_ns.popitem(last=False)

    def took(self, pid: int, rule: str, time_ns: int) -> bool:
        """Whether a call of this process that wasn't permitted was refused for the rule."""
        refused_ns = self._times_ns.get((pid, rule))
        return refused_ns is not None and time_ns - refused_ns <= WITHIN_NS
