"""
What waits until a container runtime has said what it knows of a container.

Bounded in number, for each container and in all; how long is ``enrich``'s business, which says
when a container is settled. What finds no room is for the caller to do without metadata, so that
nothing is lost, only less is known.
"""

from typing import Generic, TypeVar

MAX_PARKED = 8_192
MAX_PARKED_OF_A_CONTAINER = 1_024

T = TypeVar("T")


class Waiting(Generic[T]):
    """Parked things by container, oldest first."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_container: dict[int, list[T]] = {}
        self.count = 0
        self._room = MAX_PARKED

    def park(self, container: int, thing: T) -> bool:
        """Keep a thing; False if there is no room."""
        of_container = len(self._by_container.get(container, ()))
        if self.count >= self._room or of_container >= MAX_PARKED_OF_A_CONTAINER:
            return False
        self._by_container.setdefault(container, []).append(thing)
        self.count += 1
        return True

    def release(self, container: int) -> list[T]:
        """Take out all that waits for a container."""
        things = self._by_container.pop(container, [])
        self.count -= len(things)
        return things

    def close(self) -> None:
        """Have no room any more."""
        self._room = 0

    def containers(self) -> list[int]:
        """Return the containers that something waits for."""
        return list(self._by_container)
