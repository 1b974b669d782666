"""
Hold a session with a container runtime, one after the other, as long as the program runs.

In: a runtime's socket and what one session does. Out: nothing; a session that fails is tried
again after a pause that grows while they fail. A socket that isn't there is looked for and costs
nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from shikra.model.clock import Clock
from shikra.model.container import Container

LIST_EVERY_S = 10.0
PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

Tell = Callable[[Container], None]


class Away(Exception):  # noqa: N818  it is no error: runtimes come and go
    """The runtime can't be asked now."""


class Runtime(Protocol):
    """Something that knows containers."""

    @property
    def is_there(self) -> bool:
        """Whether an answer is worth waiting for."""
        ...

    async def run(self, tell: Tell) -> None:
        """Tell of each container that becomes known, for ever."""
        ...

    async def describe(self, container_id: str) -> Container | None:
        """Return what it knows of a container, ``None`` if nothing; raise ``Away``."""
        ...


async def hold(
    socket: Path,
    clock: Clock,
    session: Callable[[], Awaitable[None]],
    refused: Callable[[str], None],
) -> None:
    """Repeat a session for ever; one that raises ``Away`` is told as refused."""
    attempt = 0
    while True:
        if socket.exists():  # noqa: ASYNC240  a look at a local directory
            began_ns = clock.boot_ns()
            try:
                await session()
            except Away as why:
                refused(f"doesn't answer: {why}")
            has_lasted = clock.boot_ns() - began_ns > LIST_EVERY_S * 1e9
            attempt = 0 if has_lasted else attempt + 1
        await clock.sleep(PAUSES_S[min(attempt, len(PAUSES_S) - 1)])


async def pause(failed: asyncio.Event, clock: Clock, group: asyncio.TaskGroup) -> None:
    """Wait until it is time for the next list, or the session has failed."""
    sleep = group.create_task(clock.sleep(LIST_EVERY_S))
    failure = group.create_task(failed.wait())
    await asyncio.wait({sleep, failure}, return_when=asyncio.FIRST_COMPLETED)
    sleep.cancel()
    failure.cancel()
