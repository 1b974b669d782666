"""
The rings of the probe.

In: a loaded probe. Out: one descriptor to wait for, the records of all rings in an order in which
they can be understood, how full each ring is.
"""

import select
import struct
from collections.abc import Callable, Iterator, Mapping

import msgspec

from shikra.sources.kernel import probe, ring, stream

_MAPS = {"calls": "ring", "urgent": "urgent_ring", "processes": "process_ring"}


class Use(msgspec.Struct, frozen=True):
    """How full a ring is."""

    used_bytes: int
    size_bytes: int


class Rings:
    """The reading end of all rings. One reader only."""

    def __init__(self, loaded: probe.Probe) -> None:
        """Map the rings; ``close`` must follow."""
        maps = {name: loaded.map(its_map) for name, its_map in _MAPS.items()}
        self._rings = {name: ring.Ring(each.fd, each.max_entries) for name, each in maps.items()}
        self._stream = stream.Stream(**self._rings, time_of=_time_of(loaded))
        self._poll = select.epoll()
        for each in self._rings.values():
            self._poll.register(each, select.EPOLLIN)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when there is something to drain."""
        return self._poll.fileno()

    def drain(self, limit: int) -> Iterator[bytes]:
        """Yield what processes did, and at most this many calls of each ring; the rest stays."""
        return self._stream.drain(limit)

    def mark(self) -> int:
        """Return a number for now: ``passed`` reaches it when all calls sent by now were taken."""
        return self._stream.mark()

    def passed(self) -> int:
        """Return the last mark that was reached."""
        return self._stream.passed()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return self._stream.is_empty

    def use(self) -> Mapping[str, Use]:
        """Return how full each ring is."""
        return {name: Use(each.fill_bytes, each.size) for name, each in self._rings.items()}

    def close(self) -> None:
        """Unmap. Harmless when repeated."""
        self._poll.close()
        for each in self._rings.values():
            each.close()


def _time_of(loaded: probe.Probe) -> Callable[[bytes], int]:
    time = loaded.types.leaves("record")["time_ns"]
    read = struct.Struct(f"<{time.offset}x{time.code}").unpack_from
    return lambda raw: int(read(raw)[0])
