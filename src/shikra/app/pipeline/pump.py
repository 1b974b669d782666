"""
Take what a source has, whenever it has something, without starving the rest of the loop.

In: a source with a descriptor that becomes readable. Out: items, each handed on at once.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from shikra.model.clock import Clock
from shikra.model.event import Event
from shikra.sources.kernel.containers import ContainerComing, ContainerEnded, ContainerStarted

BATCH = 256
"""Records that are taken at once; then whatever else is due comes first."""

Item = Event | ContainerComing | ContainerStarted | ContainerEnded
Take = Callable[[Item], None]


LAST_NS = 2_000_000_000
"""How long is spent at the end on what is still in the ring."""


class Source(Protocol):
    """Where items come from."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits to be drained."""
        ...

    def watch(self, event_types: frozenset[str]) -> None:
        """Let all events of these types through and no others, whatever rules there are."""
        ...

    def know_files(self, paths: frozenset[bytes]) -> None:
        """Know the files at these paths and no others by more than their names."""
        ...

    def fileno(self) -> int:
        """Return what is readable when there is something to drain."""
        ...

    def drain(self, limit: int) -> Iterable[Item]:
        """Yield what happened, oldest first, from at most this many records."""
        ...


async def pump(source: Source, take: Take) -> None:
    """Hand on items until cancelled; what ``take`` raises ends it."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    readable.set()  # what was there before is drained without being announced
    loop.add_reader(source.fileno(), readable.set)
    try:
        while True:
            await readable.wait()
            readable.clear()
            for item in source.drain(BATCH):
                take(item)
    finally:
        loop.remove_reader(source.fileno())


def finish(source: Source, take: Take, clock: Clock) -> None:
    """Watch no more, and hand on what is in the ring, for a bounded time."""
    source.watch(frozenset())
    end_ns = clock.boot_ns() + LAST_NS
    while not source.is_empty and clock.boot_ns() < end_ns:
        for item in source.drain(BATCH):
            take(item)
