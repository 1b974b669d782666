"""
Notice when so much is lost that somebody must be told.

In: what has been seen and lost so far, again and again. Out: how much was lost since the last
time, when that is above the threshold and not told too often. Pure: times are arguments.
"""

from collections.abc import Mapping

import msgspec

from shikra.app.settings import Drops

SECOND_NS = 1_000_000_000


class Drop(msgspec.Struct, frozen=True):
    """Events that were lost in one interval."""

    seen: int
    lost: Mapping[str, int]  # by reason


class DropWatch:
    """Compares totals from one call to the next."""

    def __init__(self, settings: Drops, now_ns: int) -> None:
        """Begin with nothing seen, allowed to tell ``max_burst`` times at once."""
        self._settings = settings
        self._seen = 0
        self._lost: Mapping[str, int] = {}
        self._allowed = float(settings.max_burst)
        self._filled_ns = now_ns

    def observe(self, now_ns: int, seen: int, lost: Mapping[str, int]) -> Drop | None:
        """Take the totals; return what is worth telling of the time since the last call."""
        since = {
            reason: total - self._lost.get(reason, 0)
            for reason, total in lost.items()
            if total > self._lost.get(reason, 0)
        }
        drop = Drop(seen - self._seen, since)
        self._seen, self._lost = seen, dict(lost)
        return drop if self._is_much(drop) and self._may_tell(now_ns) else None

    def _is_much(self, drop: Drop) -> bool:
        count = sum(drop.lost.values())
        return count > 0 and count >= self._settings.threshold * (count + drop.seen)

    def _may_tell(self, now_ns: int) -> bool:
        """Take one token from a bucket that fills by ``rate`` a second."""
        seconds = max(now_ns - self._filled_ns, 0) / SECOND_NS
        filled = self._allowed + seconds * self._settings.rate
        self._allowed = min(filled, float(self._settings.max_burst))
        self._filled_ns = now_ns
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True
