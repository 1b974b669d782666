"""
Events that wait for what a container runtime says of their container.

Bounded in number, for each container and in all; how long is ``enrich``'s business, which says
when a container is settled. What finds no room is evaluated with the fields missing, so nothing
is lost, only less is known.
"""

import msgspec

from shikra.app.pipeline.plan import Plan
from shikra.model.event import Event

MAX_EVENTS = 8_192
MAX_EVENTS_OF_A_CONTAINER = 1_024


class Parked(msgspec.Struct, frozen=True):
    """An event, and which rules of the plan that was in force may yet fire for it."""

    event: Event
    rules: frozenset[int]
    plan: Plan


class Waiting:
    """Parked events by container, oldest first."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_container: dict[int, list[Parked]] = {}
        self.count = 0

    def park(self, container: int, parked: Parked) -> bool:
        """Keep an event; False if there is no room."""
        of_container = len(self._by_container.get(container, ()))
        if self.count >= MAX_EVENTS or of_container >= MAX_EVENTS_OF_A_CONTAINER:
            return False
        self._by_container.setdefault(container, []).append(parked)
        self.count += 1
        return True

    def release(self, container: int) -> list[Parked]:
        """Take out all events of a container."""
        events = self._by_container.pop(container, [])
        self.count -= len(events)
        return events

    def containers(self) -> list[int]:
        """Return the containers that have events here."""
        return list(self._by_container)
