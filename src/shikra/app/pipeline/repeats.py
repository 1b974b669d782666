"""
Tell a flood of one alert as a count.

In: matches, each with its key (a rule and a process) and its time, and how many more the kernel
held back by buckets of its own. Out: alerts. Each key has a bucket of tokens that fills at a
steady rate; a match that finds none is held and counted. The next that is told stands for those
held before it as well; what is held when nothing follows is told by ``rest``, as the last alert
again with their number. So the counts of all alerts add up to the
matches, and one rule's flood takes no other's place. Pure: times are arguments. The number of
buckets is bounded: what the one that was used longest ago holds is told by ``rest``.
"""

import collections
from collections.abc import Callable, Iterator

import msgspec

from shikra.app.settings import AlertLimit
from shikra.model.alert import Alert
from shikra.model.rule import RuleInfo

MOST_BUCKETS = 1_024
SECOND_NS = 1_000_000_000

Write = Callable[[], Alert]


class Key(msgspec.Struct, frozen=True):
    """Whose flood it would be."""

    rule: RuleInfo
    process: int  # id of its record


class Held(msgspec.Struct, frozen=True):
    """Matches that weren't told one by one."""

    rule: RuleInfo
    count: int
    last: Alert | None  # of the same key that was told, if that is still known


class _Bucket(msgspec.Struct):
    rule: RuleInfo
    last: Alert | None = None  # that was told
    held: int = 0
    empty_until_ns: int = 0  # when all tokens will be back


class Repeats:
    """Decides which alerts are told, and for how many each stands."""

    def __init__(self, settings: AlertLimit) -> None:
        """Begin with every bucket full."""
        self.settings = settings
        self._buckets: collections.OrderedDict[Key, _Bucket] = collections.OrderedDict()
        self._pushed_out: list[_Bucket] = []

    def take(self, key: Key, time_ns: int, write: Write) -> Alert | None:
        """Return the alert of a match, with how many it stands for; ``None`` if it is held."""
        if not self.settings.burst:
            return write()
        bucket = self._bucket(key)
        if not self._spend(bucket, time_ns):
            bucket.held += 1
            return None
        alert = write()
        if bucket.held:
            alert = msgspec.structs.replace(alert, count=alert.count + bucket.held)
        bucket.last, bucket.held = alert, 0
        return alert

    def hold(self, key: Key, count: int) -> None:
        """Take note of what the kernel held back."""
        self._bucket(key).held += count

    def rest(self) -> Iterator[Held]:
        """Yield what was held since the last time."""
        waiting = [*self._pushed_out, *self._buckets.values()]
        self._pushed_out.clear()
        for bucket in waiting:
            held, bucket.held = bucket.held, 0
            if held:
                yield Held(bucket.rule, held, bucket.last)

    def _bucket(self, key: Key) -> _Bucket:
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = _Bucket(key.rule)
            if len(self._buckets) > MOST_BUCKETS:
                _, oldest = self._buckets.popitem(last=False)
                if oldest.held:
                    self._pushed_out.append(oldest)
        else:
            self._buckets.move_to_end(key)
        return found

    def _spend(self, bucket: _Bucket, time_ns: int) -> bool:
        """Take a token, if there is one."""
        token_ns = int(SECOND_NS / self.settings.rate)
        full_ns = self.settings.burst * token_ns
        missing_ns = max(bucket.empty_until_ns - time_ns, 0)
        if missing_ns > full_ns:  # the clock was set back
            missing_ns = 0
        if missing_ns + token_ns > full_ns:
            return False
        bucket.empty_until_ns = time_ns + missing_ns + token_ns
        return True
