"""
Notice when so much is lost that somebody must be told.

In: what has been seen and lost so far, again and again. Out: how much was lost, when that is above
the threshold and not told too often. A flood begins with an interval above the threshold and ends
with one that loses nothing; what it loses between two tellings is added up, so that all that is
told of it adds up to what it lost. Pure: times are arguments.
"""

import collections
from collections.abc import Mapping

import msgspec

from shikra.app.settings import Drops

SECOND_NS = 1_000_000_000


class Drop(msgspec.Struct, frozen=True):
    """Events that were lost since the last telling, or since the flood began."""

    seen: int
    lost: Mapping[str, int]  # by reason
    over_ns: int  # in how long


class DropWatch:
    """Compares totals from one call to the next."""

    def __init__(self, settings: Drops, now_ns: int) -> None:
        """Begin with nothing seen, allowed to tell ``max_burst`` times at once."""
        self.settings = settings  # may be replaced while it runs
        self._seen = 0
        self._lost: Mapping[str, int] = {}
        self._allowed = float(settings.max_burst)
        self._last_ns = now_ns
        self._is_flood = False
        self._untold: Drop | None = None

    def observe(self, now_ns: int, seen: int, lost: Mapping[str, int]) -> Drop | None:
        """Take the totals; return what is worth telling and may be told now."""
        drop = self._since(now_ns, seen, lost)
        self._fill(drop.over_ns)
        self._is_flood = bool(drop.lost) and (self._is_flood or self._is_much(drop))
        if self._is_flood:
            self._untold = _sum(self._untold, drop)
        if self._untold is None or self._allowed < 1:
            return None
        self._allowed -= 1
        return self.rest()

    def rest(self) -> Drop | None:
        """Return what is worth telling and wasn't told yet, once."""
        untold, self._untold = self._untold, None
        return untold

    def _since(self, now_ns: int, seen: int, lost: Mapping[str, int]) -> Drop:
        """Return what was seen and lost since the last call."""
        since = {
            reason: total - self._lost.get(reason, 0)
            for reason, total in lost.items()
            if total > self._lost.get(reason, 0)
        }
        drop = Drop(seen - self._seen, since, max(now_ns - self._last_ns, 0))
        self._seen, self._lost, self._last_ns = seen, dict(lost), now_ns
        return drop

    def _is_much(self, drop: Drop) -> bool:
        count = sum(drop.lost.values())
        return count >= self.settings.threshold * (count + drop.seen)

    def _fill(self, passed_ns: int) -> None:
        """Let the bucket fill by ``rate`` a second."""
        filled = self._allowed + passed_ns / SECOND_NS * self.settings.rate
        self._allowed = min(filled, float(self.settings.max_burst))


def _sum(before: Drop | None, drop: Drop) -> Drop:
    if before is None:
        return drop
    lost = collections.Counter(before.lost) + collections.Counter(drop.lost)
    return Drop(before.seen + drop.seen, dict(lost), before.over_ns + drop.over_ns)
