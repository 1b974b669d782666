"""
Ask Docker or Podman by the Docker Engine API, over its Unix socket.

In: ids of containers. Out: what the engine says of them, as ``Cri`` does of its own. Every
request has a time-out and a greatest size; after a failure the engine counts as away until a new
session with it has begun. The engine's events tell of new containers; a list every few seconds
makes good for one that was missed. Failures are counted by reason.
"""

import asyncio
import re
from typing import TYPE_CHECKING, Any

from shikra.enrich import docker_messages
from shikra.enrich.session import Away, Tell
from shikra.enrich.talk import MAX_TOLD, Talk
from shikra.model.container import Container

if TYPE_CHECKING:
    from shikra.enrich.engine_api import EngineApi

SOCKETS = ("/run/docker.sock", "/run/podman/podman.sock", "/var/run/docker.sock")

_BEGINNINGS = frozenset({"create", "init", "start"})
_ID = re.compile(r"[0-9a-f]{64}")


class Docker(Talk["EngineApi"]):
    """One engine: it calls itself docker or podman."""

    nameless = "the container engine"

    async def describe(self, container_id: str) -> Container | None:
        """Return what it knows of a container with this id."""
        if not _ID.fullmatch(container_id):  # it goes into a path
            return None
        return await super().describe(container_id)

    async def _session(self, tell: Tell, group: asyncio.TaskGroup) -> None:
        """Connect and talk."""
        from shikra.enrich.engine_api import EngineApi  # noqa: PLC0415  dear, and seldom needed

        async with EngineApi(self.socket, self._timeout_s) as api:
            version = await self._get(api, "/version", docker_messages.Version)
            if version is not None:
                self.name = version.engine
                await self._talk(api, tell, group)

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
        if self._line is api:
            self._failed.set()  # the engine ended it: begin again

    async def _tell_of_listed(self, api: "EngineApi", tell: Tell) -> None:
        listed = await self._get(api, "/containers/json", list[docker_messages.Listed])
        for each in (listed or ())[:MAX_TOLD]:
            if each.id not in self._told and _ID.fullmatch(each.id):
                self._tell(tell, await self._describe(api, each.id))

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
