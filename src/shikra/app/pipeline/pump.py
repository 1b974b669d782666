"""
Take what a source has, whenever it has something, without starving the rest of the loop.

In: a source with a descriptor that becomes readable. Out: items, each handed on at once.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from shikra.model.event import Event
from shikra.sources.kernel.containers import ContainerEnded, ContainerStarted

BATCH = 256
"""Records that are taken at once; then whatever else is due comes first."""

Item = Event | ContainerStarted | ContainerEnded


class Drainable(Protocol):
    """Where items come from."""

    def fileno(self) -> int:
        """Return what is readable when there is something to drain."""
        ...

    def drain(self, limit: int) -> Iterable[Item]:
        """Yield what happened, oldest first, from at most this many records."""
        ...


async def pump(source: Drainable, take: Callable[[Item], None]) -> None:
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
