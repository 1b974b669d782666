"""
A talk with a runtime about its containers, in whatever language.

In: a socket. Out: what the runtime says of its containers, whenever it answers. How many are asked
for at once, which containers were told of, what failed and how often, and that a runtime which
fell silent is logged once, is the same for all of them. What is said on the line, a subclass knows.
"""

import abc
import asyncio
import collections
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Generic, TypeVar

from shikra.enrich import session
from shikra.enrich.session import Away, Tell
from shikra.model.clock import Clock
from shikra.model.container import Container

LOG = logging.getLogger(__name__)

TIMEOUT_S = 2.0
MAX_TOLD = 4096
ASKED_AT_ONCE = 16

Line = TypeVar("Line")


class Talk(abc.ABC, Generic[Line]):
    """With one runtime. ``_line`` is what it is spoken to by, ``None`` while it is away."""

    nameless = "the container runtime"

    def __init__(self, socket: Path, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        """Connect only in ``run``."""
        self.socket = socket
        self.name = ""  # as it calls itself, once it has been asked
        self.failures: collections.Counter[str] = collections.Counter()
        self._clock = clock
        self._timeout_s = timeout_s
        self._line: Line | None = None
        self._failed = asyncio.Event()
        self._slots = asyncio.Semaphore(ASKED_AT_ONCE)
        self._is_silence_told = False
        self._told: collections.OrderedDict[str, None] = collections.OrderedDict()

    @property
    def is_up(self) -> bool:
        """Whether it answered when it was asked last."""
        return self._line is not None

    @property
    def is_there(self) -> bool:
        """Whether it has a socket: one that isn't installed need not be waited for."""
        return self.is_up or self.socket.exists()

    async def describe(self, container_id: str) -> Container | None:
        """Return what it knows of a container with this id."""
        async with self._slots:
            if self._line is None:
                raise Away
            return await self._describe(self._line, container_id)

    async def run(self, tell: Tell) -> None:
        """Hold sessions, one after the other, with growing pauses while they fail."""
        async with asyncio.TaskGroup() as group:
            await session.hold(
                self.socket, self._clock, lambda: self._session(tell, group), self._tell_silence
            )

    @abc.abstractmethod
    async def _session(self, tell: Tell, group: asyncio.TaskGroup) -> None:
        """Connect, ask for the runtime's name, and ``_talk``."""

    @abc.abstractmethod
    async def _describe(self, line: Line, container_id: str) -> Container | None:
        """Ask for one container."""

    @abc.abstractmethod
    def _follow_events(self, line: Line, tell: Tell) -> Coroutine[Any, Any, None]:
        """Tell of each container that begins."""

    @abc.abstractmethod
    async def _tell_of_listed(self, line: Line, tell: Tell) -> None:
        """Tell of those that there are and that weren't told of."""

    async def _talk(self, line: Line, tell: Tell, group: asyncio.TaskGroup) -> None:
        """Talk until it fails."""
        LOG.info("%s answers at %s", self.name, self.socket)
        self._is_silence_told = False
        self._failed.clear()
        self._line = line
        events = group.create_task(self._follow_events(line, tell))
        try:
            while not self._failed.is_set():
                await self._tell_of_listed(line, tell)
                await session.pause(self._failed, self._clock, group)
        finally:
            if self._failed.is_set():  # else it is we who end
                self._tell_silence("answers no more")
            self._line = None
            events.cancel()

    def _tell_silence(self, message: str) -> None:
        """Log it once, not at each attempt."""
        if not self._is_silence_told:
            LOG.warning("%s at %s %s", self.name or self.nameless, self.socket, message)
            self._is_silence_told = True

    def _tell(self, tell: Tell, description: Container | None) -> None:
        if description:
            self._told[description.full_id] = None
            if len(self._told) > 2 * MAX_TOLD:
                self._told.popitem(last=False)
            tell(description)

    def _away(self, reason: str, details: object) -> Away:
        self._count(reason, details)
        self._line = None
        self._failed.set()
        return Away(reason)

    def _count(self, reason: str, details: object) -> None:
        self.failures[reason] += 1
        LOG.debug("%s: %s: %s", self.socket, reason, details)
