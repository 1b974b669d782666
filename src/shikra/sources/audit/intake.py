"""
The queue between the ways in and the rules: bounded, and everything that it gets is counted.

In: what a request, a poll or a read gave. Out: the same batches in their order, without events that
were there before. Who can make its sender wait uses ``offer``, and hears when there is no room; who
reads by itself uses ``put``, and waits. A batch of more events than the queue has room for is taken
when it is empty: it has been decoded already.
"""

import asyncio
import collections
from collections.abc import Callable, Iterator, Sequence

import msgspec

from shikra.model.event import Event
from shikra.sources.audit.events import Reason, Unread
from shikra.sources.audit.seen import Seen

DEFAULT_CAPACITY = 50_000


Done = Callable[[], None]


class Batch(msgspec.Struct, frozen=True):
    """What came at once."""

    items: Sequence[Event | Unread]
    done: Done | None = None
    """Called once every alert of it was delivered or counted as lost: it need not come again."""


class Counts(msgspec.Struct):
    """What came by which way in; the counters only grow."""

    events: collections.Counter[str] = msgspec.field(default_factory=collections.Counter)
    duplicates: collections.Counter[str] = msgspec.field(default_factory=collections.Counter)
    refused: collections.Counter[str] = msgspec.field(default_factory=collections.Counter)
    """Events that were sent while there was no room; who sent them was told so."""
    unread: collections.Counter[tuple[str, Reason]] = msgspec.field(
        default_factory=collections.Counter
    )


class Intake:
    """Takes batches from every way in, and gives them to the one who evaluates."""

    def __init__(self, capacity: int = DEFAULT_CAPACITY, seen: Seen | None = None) -> None:
        """Begin empty, with room for so many events."""
        self.counts = Counts()
        self._capacity = capacity
        self._seen = seen or Seen()
        self._batches: collections.deque[Batch] = collections.deque()
        self._waiting = 0
        self._changed = asyncio.Condition()

    @property
    def waiting(self) -> int:
        """How many events wait to be evaluated."""
        return self._waiting

    async def offer(self, way: str, batch: Batch) -> bool:
        """Take a batch at once; ``False`` if there is no room, and then nothing of it is kept."""
        async with self._changed:
            if not self._has_room(batch):
                self.counts.refused[way] += sum(isinstance(one, Event) for one in batch.items)
                return False
            self._add(way, batch)
            return True

    async def put(self, way: str, batch: Batch) -> None:
        """Take a batch as soon as there is room."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._has_room(batch))
            self._add(way, batch)

    async def take(self) -> Batch:
        """Return the batch that has waited longest, as soon as there is one."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._batches)
            batch = self._batches.popleft()
            self._waiting -= len(batch.items)
            self._changed.notify_all()
            return batch

    def rest(self) -> Iterator[Batch]:
        """Yield what still waits, when nobody waits for it any more."""
        while self._batches:
            batch = self._batches.popleft()
            self._waiting -= len(batch.items)
            yield batch

    def _has_room(self, batch: Batch) -> bool:
        return not self._waiting or self._waiting + len(batch.items) <= self._capacity

    def _add(self, way: str, batch: Batch) -> None:
        fresh = Batch(self._sorted_out(way, batch.items), batch.done)
        self._batches.append(fresh)
        self._waiting += len(fresh.items)
        self._changed.notify_all()

    def _sorted_out(self, way: str, items: Sequence[Event | Unread]) -> list[Event | Unread]:
        """Return the events that are new; all else is counted."""
        events: list[Event | Unread] = []
        for one in items:
            if isinstance(one, Unread):
                self.counts.unread[way, one.reason] += 1
            elif one.identity is not None and not self._seen.is_new(one.identity):
                self.counts.duplicates[way] += 1
            else:
                self.counts.events[way] += 1
                events.append(one)
        return events
