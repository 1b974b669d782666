"""
Tell what was refused, so that a flood of it costs whoever listens no more than a trickle.

In: refusals, as fast as somebody makes them. Out: each told at once, as long as its process and its
container have tokens left; then that there is a flood; and the rest as counts: the last refusal of
a process for its conditions stands for those before. What there is no room for in the channel is
counted with them, so that each refusal is told in the end. A flood by more processes than are
remembered is counted for all of them together, as process 0. Pure but for sending: times are
arguments.
"""

from collections.abc import Callable, Hashable

import msgspec

from shikra.enforce.guard.messages import Denied

REST_NS = 100_000_000
"""How long a count may wait to be told."""

SECOND_NS = 1_000_000_000
SAY_NS = 500_000_000
"""So often it is said, before an open returns, that more are only counted."""

_AT_ONCE = 32
"""Counts that are told at a time, lest processes by the thousand make a flood of counts."""

_MAX_BUCKETS = 4096
_MAX_COUNTS = 4096


class Limit(msgspec.Struct, frozen=True):
    """So many one by one, and then so many a second."""

    burst: int
    a_second: int


OF_PROCESS = Limit(100, 10)
OF_CONTAINER = Limit(1000, 100)
"""For all processes of it together, or who makes many processes would have as many buckets."""

Send = Callable[[Denied], bool]
"""Tell it; ``False``: there was no room."""


class Telling:
    """What is told one by one, and what as a count."""

    def __init__(self, send: Send) -> None:
        """Tell by this; every bucket is full."""
        self._send = send
        self._empty_until_ns: dict[Hashable, int] = {}  # by bucket: when all tokens are back
        self._counts: dict[Hashable, Denied] = {}  # oldest first
        self._flooded_ns: dict[Hashable, int] = {}  # by conditions: when it was said last
        self._rested_ns = 0

    @property
    def has_rest(self) -> bool:
        """Whether counts wait to be told."""
        return bool(self._counts)

    def tell(self, denied: Denied, now_ns: int) -> None:
        """Tell it now, or count it."""
        key = (denied.process, denied.generation, denied.conditions, denied.is_late)
        container = (denied.container, denied.conditions)
        buckets = ((key, OF_PROCESS), (container, OF_CONTAINER))
        if all(self._has_token(bucket, limit, now_ns) for bucket, limit in buckets):
            for bucket, limit in buckets:
                self._spend(bucket, limit, now_ns)
            if self._send(denied):
                return
        denied = msgspec.structs.replace(denied, is_flood=True)
        if now_ns - self._flooded_ns.get(denied.conditions, -SAY_NS) >= SAY_NS:
            self._flooded_ns[denied.conditions] = now_ns
            if self._send(denied):
                return
        self._count(key, denied)

    def tell_rest(self, now_ns: int) -> None:
        """Tell the counts that have waited for long enough, if there are any."""
        if not self._counts or now_ns - self._rested_ns < REST_NS:
            return
        self._rested_ns = now_ns
        self._tell_counts(_AT_ONCE)

    def tell_all(self) -> None:
        """Tell all counts, as far as there is room."""
        self._tell_counts(len(self._counts))

    def _tell_counts(self, most: int) -> None:
        for key, denied in list(self._counts.items())[:most]:
            if not self._send(denied):
                return
            del self._counts[key]

    def _count(self, key: Hashable, denied: Denied) -> None:
        before = self._counts.get(key)
        if before is None and len(self._counts) >= _MAX_COUNTS:
            denied = msgspec.structs.replace(denied, process=0, pid=0)
            key = (0, denied.container, denied.generation, denied.conditions, denied.is_late)
            before = self._counts.get(key)
        if before is not None:
            denied = msgspec.structs.replace(denied, count=before.count + denied.count)
        self._counts[key] = denied

    def _has_token(self, bucket: Hashable, limit: Limit, now_ns: int) -> bool:
        token_ns = SECOND_NS // limit.a_second
        empty_until_ns = max(self._empty_until_ns.get(bucket, 0), now_ns)
        return empty_until_ns + token_ns <= now_ns + limit.burst * token_ns

    def _spend(self, bucket: Hashable, limit: Limit, now_ns: int) -> None:
        if len(self._empty_until_ns) >= _MAX_BUCKETS:  # those that are full needn't be kept
            kept = {one: at for one, at in self._empty_until_ns.items() if at > now_ns}
            self._empty_until_ns = kept if len(kept) < _MAX_BUCKETS else {}
        empty_until_ns = max(self._empty_until_ns.get(bucket, 0), now_ns)
        self._empty_until_ns[bucket] = empty_until_ns + SECOND_NS // limit.a_second
