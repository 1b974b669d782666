"""
Run a way in that fetches by itself, and collect what it gives.

In: something with ``run``. Out: the batches, as the queue would get them; whether they count as
delivered is the test's to say.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from shikra.model.event import Event
from shikra.sources.audit.events import Reason, Unread
from shikra.sources.audit.intake import Batch

_LIMIT_S = 20.0


class Way(Protocol):
    """A way in."""

    async def run(self) -> None:
        """Fetch for ever."""
        ...


class Collected:
    """What came."""

    def __init__(self, *, is_delivered: bool = True) -> None:
        """Say of each batch that it was delivered, or don't."""
        self.batches: list[Batch] = []
        self._is_delivered = is_delivered

    async def put(self, _way: str, batch: Batch) -> None:
        """Take a batch."""
        self.batches.append(batch)
        if self._is_delivered and batch.done is not None:
            batch.done()

    @property
    def ids(self) -> list[str]:
        """The audit ids of the events, in their order."""
        items = [item for batch in self.batches for item in batch.items]
        return [item.data.document["auditID"] for item in items if isinstance(item, Event)]

    @property
    def identities(self) -> list[bytes | None]:
        """What copies of these events have in common with them."""
        items = [item for batch in self.batches for item in batch.items]
        return [item.identity for item in items if isinstance(item, Event)]

    @property
    def unread(self) -> list[Reason]:
        """Why the others are none."""
        items = [item for batch in self.batches for item in batch.items]
        return [item.reason for item in items if isinstance(item, Unread)]

    async def wait_for(self, *ids: str) -> None:
        """Return once these have come."""
        await until(lambda: set(ids) <= set(self.ids), ", ".join(ids[-5:]))


@contextlib.asynccontextmanager
async def running(way: Way) -> AsyncIterator[None]:
    """Run it until the test is through with it."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(way.run())
        try:
            yield
        finally:
            task.cancel()


async def until(is_so: Callable[[], object], what: str) -> None:
    """Return once something is so."""
    deadline = time.monotonic() + _LIMIT_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {_LIMIT_S:g} s for {what}")
        await asyncio.sleep(0.01)  # noqa: TID251  a look at what another task does
