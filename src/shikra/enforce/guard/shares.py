"""
Which file systems containers of several pods see: those must not be guarded.

In: what each container sees, by device. Out: who shares one with whom. Containers of one pod may
share; that a file system is also mounted on the host, as all volumes of pods are, is no sharing.
Pure.
"""

from collections.abc import Iterator

import msgspec


class _Seen(msgspec.Struct, frozen=True):
    pod: str
    devices: frozenset[int]


class Shares:
    """What containers see."""

    def __init__(self) -> None:
        """Know of none."""
        self._seen: dict[int, _Seen] = {}

    def saw(self, container: int, pod: str, devices: frozenset[int]) -> frozenset[int]:
        """Take note of what a container sees; return with whom it shares more now, or less."""
        before = set(self._shared(container))
        self._seen[container] = _Seen(pod, devices)
        return frozenset(other for _, other in before ^ set(self._shared(container)))

    def forget(self, container: int) -> frozenset[int]:
        """Forget a container; return with whom it shared something."""
        before = frozenset(other for _, other in self._shared(container))
        self._seen.pop(container, None)
        return before

    def sharers(self, container: int, device: int) -> tuple[int, ...]:
        """Return the containers of other pods that see a file system of this container's."""
        return tuple(sorted(other for each, other in self._shared(container) if each == device))

    def _shared(self, container: int) -> Iterator[tuple[int, int]]:
        own = self._seen.get(container)
        if own is None:
            return
        for other, seen in self._seen.items():
            if seen.pod != own.pod:
                yield from ((device, other) for device in own.devices & seen.devices)
