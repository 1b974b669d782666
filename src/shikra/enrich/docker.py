"""
Ask Docker or Podman by the Docker Engine API, over its Unix socket.

In: ids of containers. Out: what the engine says of them, as ``Cri`` does of its own. Every
request has a time-out and a greatest size; after a failure the engine counts as away until a new
session with it has begun. The engine's events tell of new containers; a list every few seconds
makes good for one that was missed. Failures are counted by reason.
"""

import asyncio
import collections
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shikra.enrich import docker_messages, session
from shikra.enrich.session import Away, Tell
from shikra.model.clock import Clock
from shikra.model.container import Container

if TYPE_CHECKING:
    from shikra.enrich.engine_api import EngineApi

LOG = logging.getLogger(__name__)

SOCKETS = ("/run/docker.sock", "/run/podman/podman.sock", "/var/run/docker.sock")
TIMEOUT_S = 2.0
MAX_TOLD = 4096
ASKED_AT_ONCE = 16

_BEGINNINGS = frozenset({"create", "init", "start"})
_ID = re.compile(r"[0-9a-f]{64}")


class Docker:
    """One engine."""

    def __init__(self, socket: Path, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        """Connect only in ``run``."""
        self.socket = socket
        self.name = ""  # "docker" or "podman", once it has been asked
        self.failures: collections.Counter[str] = collections.Counter()
        self._clock = clock
        self._timeout_s = timeout_s
        self._api: EngineApi | None = None
        self._failed = asyncio.Event()
        self._slots = asyncio.Semaphore(ASKED_AT_ONCE)
        self._is_silence_told = False
        self._told: collections.OrderedDict[str, None] = collections.OrderedDict()

    @property
    def is_up(self) -> bool:
        """Whether it answered when it was asked last."""
        return self._api is not None

    @property
    def is_there(self) -> bool:
        """Whether it has a socket: one that isn't installed need not be waited for."""
        return self.is_up or self.socket.exists()

    async def describe(self, container_id: str) -> Container | None:
        """Return what it knows of a container with this id."""
        if not _ID.fullmatch(container_id):  # it goes into a path
            return None
        async with self._slots:
            if self._api is None:
                raise Away
            return await self._describe(self._api, container_id)

    async def run(self, tell: Tell) -> None:
        """Hold sessions, one after the other, with growing pauses while they fail."""
        async with asyncio.TaskGroup() as group:
            await session.hold(
                self.socket, self._clock, lambda: self._session(tell, group), self._tell_silence
            )

    async def _session(self, tell: Tell, group: asyncio.TaskGroup) -> None:
        """Talk until it fails."""
        from shikra.enrich.engine_api import EngineApi  # noqa: PLC0415  dear, and seldom needed

        async with EngineApi(self.socket, self._timeout_s) as api:
            version = await self._get(api, "/version", docker_messages.Version)
            if version is None:
                return
            self.name = version.engine
            LOG.info("%s answers at %s", self.name, self.socket)
            self._is_silence_told = False
            self._failed.clear()
            self._api = api
            events = group.create_task(self._follow_events(api, tell))
            try:
                while not self._failed.is_set():
                    await self._tell_of_listed(api, tell)
                    await session.pause(self._failed, self._clock, group)
            finally:
                if self._failed.is_set():  # else it is we who end
                    self._tell_silence("answers no more")
                self._api = None
                events.cancel()

    def _tell_silence(self, message: str) -> None:
        """Log it once, not at each attempt."""
        if not self._is_silence_told:
            LOG.warning("%s at %s %s", self.name or "the container engine", self.socket, message)
            self._is_silence_told = True

    async def _follow_events(self, api: "EngineApi", tell: Tell) -> None:
        from shikra.enrich.engine_api import Unreachable  # noqa: PLC0415  imported by now

        try:
            async for line in api.events():
                event = docker_messages.decode(line, docker_messages.Happened)
                if event.status in _BEGINNINGS and event.id not in self._told:
                    self._tell(tell, await self.describe(event.id))
        except Unreachable as why:
            self._away(f"events: {why}", why)
        except ValueError as error:  # a line that is none, or has no end
            self._count("events not understood", error)
        except Away:
            return
        if self._api is api:
            self._failed.set()  # the engine ended it: begin again

    async def _tell_of_listed(self, api: "EngineApi", tell: Tell) -> None:
        listed = await self._get(api, "/containers/json", list[docker_messages.Listed])
        for each in (listed or ())[:MAX_TOLD]:
            if each.id not in self._told and _ID.fullmatch(each.id):
                self._tell(tell, await self._describe(api, each.id))

    def _tell(self, tell: Tell, description: Container | None) -> None:
        if description:
            self._told[description.full_id] = None
            if len(self._told) > 2 * MAX_TOLD:
                self._told.popitem(last=False)
            tell(description)

    async def _describe(self, api: "EngineApi", container_id: str) -> Container | None:
        path = f"/containers/{container_id}/json"
        inspected = await self._get(api, path, docker_messages.Inspected)
        return docker_messages.container(inspected, self.name) if inspected else None

    async def _get(self, api: "EngineApi", path: str, kind: Any) -> Any:
        """Return the answer, ``None`` if there is none; raise ``Away`` if nobody is there."""
        from shikra.enrich.engine_api import Refused, Unreachable  # noqa: PLC0415  imported by now

        try:
            data = await api.get(path)
            return None if data is None else docker_messages.decode(data, kind)
        except ValueError as error:
            self._count("not understood", error)
            return None
        except Refused as why:
            self._count(str(why), why)
            return None
        except Unreachable as why:
            raise self._away(str(why), why) from why

    def _away(self, reason: str, error: Exception) -> Away:
        self._count(reason, error)
        self._api = None
        self._failed.set()
        return Away(reason)

    def _count(self, reason: str, details: object) -> None:
        self.failures[reason] += 1
        LOG.debug("%s: %s: %s", self.socket, reason, details)
