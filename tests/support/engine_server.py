"""A Docker engine that answers what a real one answered, and can fail in the ways that one can."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web


class Recorded:
    """One engine's answers."""

    def __init__(self, answers: dict[str, Any]) -> None:
        """Answer these."""
        self.version = answers["version"]
        self.listed = list(answers["list"])
        self.inspected = {answers["inspect"]["Id"]: answers["inspect"]}
        self.events: asyncio.Queue[bytes] = asyncio.Queue()
        self.is_hanging = False
        self.asked: list[str] = []

    def application(self) -> web.Application:
        """Return what serves the answers."""
        application = web.Application()
        application.add_routes(
            [
                web.get("/v1.24/version", self._version),
                web.get("/v1.24/containers/json", self._list),
                web.get("/v1.24/containers/{id}/json", self._inspect),
                web.get("/v1.24/events", self._events),
            ]
        )
        return application

    async def _answer(self, request: web.Request, answer: object) -> web.Response:
        self.asked.append(request.path)
        if self.is_hanging:
            await asyncio.Event().wait()
        if isinstance(answer, bytes):
            return web.Response(body=answer)
        return web.Response(body=json.dumps(answer).encode())

    async def _version(self, request: web.Request) -> web.Response:
        return await self._answer(request, self.version)

    async def _list(self, request: web.Request) -> web.Response:
        return await self._answer(request, self.listed)

    async def _inspect(self, request: web.Request) -> web.Response:
        found = self.inspected.get(request.match_info["id"])
        if found is None:
            return web.Response(status=404, body=b'{"message":"no such container"}')
        return await self._answer(request, found)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while line := await self.events.get():
            await response.write(line)
        return response


@contextlib.asynccontextmanager
async def serving(recorded: Recorded, socket: Path) -> AsyncIterator[None]:
    """Serve until the block ends."""
    runner = web.AppRunner(recorded.application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.UnixSite(runner, str(socket)).start()
    try:
        yield
    finally:
        await runner.cleanup()
