"""
Tell a flood of one alert as a count.

In: matches, each with its key (a rule and a process) and its time, and how many more the kernel
held back by buckets of its own. Out: alerts. Each key has a bucket of tokens that fills at a
steady rate, and so has each rule, for all processes together. A match that finds no token is held
and counted. The next that is told stands for those held before it as well; what is held when
nothing follows is told by ``rest``, as the last alert again with their number. So the counts of
all alerts add up to the matches, and one rule's flood takes no other's place, however many
processes make it. Pure: times are arguments, and needn't be in order, since events come by several
rings. The number of buckets is bounded: what the one that was used longest ago holds is told by
``rest``.
"""

import collections
from collections.abc import Callable, Iterator

import msgspec

from shikra.app.settings import AlertLimit, RuleLimit
from shikra.model.alert import Alert
from shikra.model.rule import RuleInfo

MOST_BUCKETS = 1_024
SECOND_NS = 1_000_000_000
SET_BACK_NS = 120 * SECOND_NS
"""So far back goes a clock that was set, no event that comes late by a slower ring."""

Write = Callable[[], Alert]


class Key(msgspec.Struct, frozen=True):
    """Whose flood it would be."""

    rule: RuleInfo
    process: int | None  # id of its record; None: all of them


class Held(msgspec.Struct, frozen=True):
    """Matches that weren't told one by one."""

    rule: RuleInfo
    count: int
    last: Alert | None  # of the same key that was told, if that is still known


class _Tokens(msgspec.Struct):
    rule: RuleInfo
    last: Alert | None = None  # that was told
    held: int = 0
    empty_until_ns: int = 0  # when all tokens will be back
    latest_ns: int = 0  # that was ever seen, unless the clock was set back

    def spend(self, of: AlertLimit | RuleLimit, time_ns: int) -> bool:
        """Take a token, if there is one."""
        token_ns = int(SECOND_NS / of.rate)
        full_ns = of.burst * token_ns
        if self.latest_ns - time_ns > SET_BACK_NS:
            self.latest_ns = self.empty_until_ns = time_ns
        self.latest_ns = max(self.latest_ns, time_ns)
        most_ns = self.latest_ns + full_ns  # more was missing only by another limit
        self.empty_until_ns = min(max(self.empty_until_ns, self.latest_ns), most_ns)
        if self.empty_until_ns + token_ns > most_ns:
            return False
        self.empty_until_ns += token_ns
        return True

    def take_held(self) -> Held | None:
        """Return what was held since the last time."""
        held, self.held = self.held, 0
        return Held(self.rule, held, self.last) if held else None


class Repeats:
    """Decides which alerts are told, and for how many each stands."""

    def __init__(self, settings: AlertLimit) -> None:
        """Begin with every bucket full."""
        self.settings = settings
        self._buckets: collections.OrderedDict[Key, _Tokens] = collections.OrderedDict()
        self._pushed_out: list[_Tokens] = []

    def take(self, key: Key, time_ns: int, write: Write) -> Alert | None:
        """Return the alert of a match, with how many it stands for; ``None`` if it is held."""
        if not self.settings.burst:
            return write()
        own = self._bucket(key)
        whole = self._bucket(Key(key.rule, None))
        if not own.spend(self.settings, time_ns):
            own.held += 1
            return None
        if not whole.spend(self.settings.of_rule, time_ns):
            whole.held += 1
            return None
        alert = write()
        if own.held:
            alert = msgspec.structs.replace(alert, count=alert.count + own.held)
        own.last, own.held = alert, 0
        whole.last = alert
        return alert

    def hold(self, key: Key, count: int) -> None:
        """Take note of what the kernel held back."""
        self._bucket(key).held += count

    def rest(self, time_ns: int) -> Iterator[Held]:
        """Yield what was held since the last time; of a rule with too many keys, their sum."""
        waiting = [*self._pushed_out, *self._of_processes()]
        self._pushed_out.clear()
        for held in filter(None, (bucket.take_held() for bucket in waiting)):
            whole = self._bucket(Key(held.rule, None))
            if not self.settings.burst or whole.spend(self.settings.of_rule, time_ns):
                yield held
            else:
                whole.held += held.count
        yield from filter(None, [bucket.take_held() for bucket in self._buckets.values()])

    def _of_processes(self) -> Iterator[_Tokens]:
        return (bucket for key, bucket in self._buckets.items() if key.process is not None)

    def _bucket(self, key: Key) -> _Tokens:
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = _Tokens(key.rule)
            if len(self._buckets) > MOST_BUCKETS:
                _, oldest = self._buckets.popitem(last=False)
                if oldest.held:
                    self._pushed_out.append(oldest)
        else:
            self._buckets.move_to_end(key)
        return found
