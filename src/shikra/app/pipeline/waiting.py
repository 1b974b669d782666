"""
Events that wait for what a container runtime says of their container.

Bounded in number, for each container and in all, and in time: what can't wait is evaluated with
the fields missing, so nothing is lost, only less is known. No clock here: times are arguments.
"""

import collections
from collections.abc import Iterator

import msgspec

from shikra.model.event import Event

MAX_EVENTS = 8_192
MAX_EVENTS_OF_A_CONTAINER = 1_024


class Parked(msgspec.Struct, frozen=True):
    """An event, and the rules that may yet fire for it."""

    event: Event
    rules: frozenset[int]
    until_ns: int


class Waiting:
    """Parked events by container, oldest first."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_container: dict[int, collections.deque[Parked]] = {}
        self.count = 0

    def park(self, container: int, parked: Parked) -> bool:
        """Keep an event; False if there is no room."""
        of_container = len(self._by_container.get(container, ()))
        if self.count >= MAX_EVENTS or of_container >= MAX_EVENTS_OF_A_CONTAINER:
            return False
        self._by_container.setdefault(container, collections.deque()).append(parked)
        self.count += 1
        return True

    def release(self, container: int) -> list[Parked]:
        """Take out all events of a container."""
        events = self._by_container.pop(container, collections.deque())
        self.count -= len(events)
        return list(events)

    def release_expired(self, now_ns: int) -> Iterator[Parked]:
        """Take out the events that have waited long enough."""
        for container, events in list(self._by_container.items()):
            while events and events[0].until_ns <= now_ns:
                self.count -= 1
                yield events.popleft()
            if not events:
                del self._by_container[container]

    def next_ns(self) -> int | None:
        """When the first event will have waited long enough; None when nothing waits."""
        return min((events[0].until_ns for events in self._by_container.values()), default=None)
