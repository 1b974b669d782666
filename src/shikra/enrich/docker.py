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
from typing import Any

import aiohttp

from shikra.enrich import docker_messages, session
from shikra.enrich.session import Away, Tell
from shikra.model.clock import Clock
from shikra.model.container import Container

LOG = logging.getLogger(__name__)

SOCKETS = ("/run/docker.sock", "/run/podman/podman.sock", "/var/run/docker.sock")
TIMEOUT_S = 2.0
MAX_ANSWER_BYTES = 16 << 20
MAX_EVENT_BYTES = 1 << 20
MAX_TOLD = 4096
ASKED_AT_ONCE = 16

_VERSION = "/v1.24"  # of the API: the oldest that today's engines still speak
_BEGINNINGS = frozenset({"create", "init", "start"})
_EVENTS = f"{_VERSION}/events"
_OF_CONTAINERS = {"filters": '{"type":["container"]}'}
_ID = re.compile(r"[0-9a-f]{64}")
_NOT_FOUND = 404
_OK = 200


class Docker:
    """One engine."""

    def __init__(self, socket: Path, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        """Connect only in ``run``."""
        self.socket = socket
        self.name = ""  # "docker" or "podman", once it has been asked
        self.failures: collections.Counter[str] = collections.Counter()
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._http: aiohttp.ClientSession | None = None
        self._failed = asyncio.Event()
        self._slots = asyncio.Semaphore(ASKED_AT_ONCE)
        self._is_silence_told = False
        self._told: collections.OrderedDict[str, None] = collections.OrderedDict()

    @property
    def is_up(self) -> bool:
        """Whether it answered when it was asked last."""
        return self._http is not None

    @property
    def is_there(self) -> bool:
        """Whether it has a socket: one that isn't installed need not be waited for."""
        return self.is_up or self.socket.exists()

    async def describe(self, container_id: str) -> Container | None:
        """Return what it knows of a container with this id."""
        if not _ID.fullmatch(container_id):  # it goes into a path
            return None
        async with self._slots:
            if self._http is None:
                raise Away
            return await self._describe(self._http, container_id)

    async def run(self, tell: Tell) -> None:
        """Hold sessions, one after the other, with growing pauses while they fail."""
        async with asyncio.TaskGroup() as group:
            await session.hold(
                self.socket, self._clock, lambda: self._session(tell, group), self._tell_silence
            )

    async def _session(self, tell: Tell, group: asyncio.TaskGroup) -> None:
        """Talk until it fails."""
        connector = aiohttp.UnixConnector(str(self.socket))
        async with aiohttp.ClientSession("http://engine", connector=connector) as http:
            version = await self._get(http, "/version", docker_messages.Version)
            if version is None:
                return
            self.name = version.engine
            LOG.info("%s answers at %s", self.name, self.socket)
            self._is_silence_told = False
            self._failed.clear()
            self._http = http
            events = group.create_task(self._follow_events(http, tell))
            try:
                while not self._failed.is_set():
                    await self._tell_of_listed(http, tell)
                    await session.pause(self._failed, self._clock, group)
            finally:
                if self._failed.is_set():  # else it is we who end
                    self._tell_silence("answers no more")
                self._http = None
                events.cancel()

    def _tell_silence(self, message: str) -> None:
        """Log it once, not at each attempt."""
        if not self._is_silence_told:
            LOG.warning("%s at %s %s", self.name or "the container engine", self.socket, message)
            self._is_silence_told = True

    async def _follow_events(self, http: aiohttp.ClientSession, tell: Tell) -> None:
        no_end = aiohttp.ClientTimeout(total=None, sock_connect=self._timeout.total)
        try:
            async with http.get(
                _EVENTS, params=_OF_CONTAINERS, timeout=no_end, read_bufsize=MAX_EVENT_BYTES
            ) as answer:
                while line := await answer.content.readline():
                    event = docker_messages.decode(line, docker_messages.Happened)
                    if event.status in _BEGINNINGS and event.id not in self._told:
                        self._tell(tell, await self.describe(event.id))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._away("events", error)
        except ValueError as error:  # a line that is none, or has no end
            self._count("events not understood", error)
        except Away:
            return
        if self._http is http:
            self._failed.set()  # the engine ended it: begin again

    async def _tell_of_listed(self, http: aiohttp.ClientSession, tell: Tell) -> None:
        listed = await self._get(http, "/containers/json", list[docker_messages.Listed])
        for each in (listed or ())[:MAX_TOLD]:
            if each.id not in self._told and _ID.fullmatch(each.id):
                self._tell(tell, await self._describe(http, each.id))

    def _tell(self, tell: Tell, description: Container | None) -> None:
        if description:
            self._told[description.full_id] = None
            if len(self._told) > 2 * MAX_TOLD:
                self._told.popitem(last=False)
            tell(description)

    async def _describe(self, http: aiohttp.ClientSession, container_id: str) -> Container | None:
        path = f"/containers/{container_id}/json"
        inspected = await self._get(http, path, docker_messages.Inspected)
        return docker_messages.container(inspected, self.name) if inspected else None

    async def _get(self, http: aiohttp.ClientSession, path: str, kind: Any) -> Any:
        """Return the answer, ``None`` if there is none; raise ``Away`` if nobody is there."""
        try:
            async with http.get(_VERSION + path, timeout=self._timeout) as answer:
                if answer.status != _OK:
                    if answer.status != _NOT_FOUND:
                        self._count(f"status {answer.status}", answer.reason)
                    return None
                data = await _bounded(answer.content)
            return docker_messages.decode(data, kind)
        except ValueError as error:
            self._count("not understood", error)
            return None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._away("unavailable", error) from error

    def _away(self, reason: str, error: Exception) -> Away:
        reason = "time-out" if isinstance(error, TimeoutError) else reason
        self._count(reason, error)
        self._http = None
        self._failed.set()
        return Away(reason)

    def _count(self, reason: str, details: object) -> None:
        self.failures[reason] += 1
        LOG.debug("%s: %s: %s", self.socket, reason, details)


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    data = bytearray()
    async for chunk in content.iter_any():
        data += chunk
        if len(data) > MAX_ANSWER_BYTES:
            raise ValueError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
    return bytes(data)
