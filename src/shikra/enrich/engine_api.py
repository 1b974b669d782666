"""
The Docker Engine API over a Unix socket, as bytes.

In: paths. Out: an answer's body, or the lines of its events. Each answer has a time-out and a
greatest size. What goes wrong is ``Unreachable`` (nobody is there), ``Refused`` (a status) or
``ValueError`` (too much). Imported only where there is such a socket: its library takes longer to
import than the rest of a start.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

MAX_ANSWER_BYTES = 16 << 20
MAX_EVENT_BYTES = 1 << 20

_VERSION = "/v1.24"  # of the API: the oldest that today's engines still speak
_OF_CONTAINERS = {"filters": '{"type":["container"]}'}
_OK = 200
_NOT_FOUND = 404


class Unreachable(Exception):  # noqa: N818  it is no error: engines come and go
    """Nobody answers; the message is the reason that is counted."""


class Refused(Exception):  # noqa: N818  the same
    """The engine answers that it won't; the message is the reason that is counted."""


class EngineApi:
    """One connection. A context manager."""

    def __init__(self, socket: Path, timeout_s: float) -> None:
        """Connect to this socket when something is asked."""
        connector = aiohttp.UnixConnector(str(socket))
        self._http = aiohttp.ClientSession("http://engine", connector=connector)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def get(self, path: str) -> bytes | None:
        """Return the answer, ``None`` where there is no such thing."""
        try:
            async with self._http.get(_VERSION + path, timeout=self._timeout) as answer:
                if answer.status == _NOT_FOUND:
                    return None
                if answer.status != _OK:
                    raise Refused(f"status {answer.status}")
                return await _bounded(answer.content)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(error) from error

    async def events(self) -> AsyncIterator[bytes]:
        """Yield what happens to containers, a line each, until the engine ends it."""
        no_end = aiohttp.ClientTimeout(total=None, sock_connect=self._timeout.total)
        try:
            async with self._http.get(
                f"{_VERSION}/events",
                params=_OF_CONTAINERS,
                timeout=no_end,
                read_bufsize=MAX_EVENT_BYTES,
            ) as answer:
                while line := await answer.content.readline():
                    yield line
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(error) from error

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect."""
        await self._http.close()


def _unreachable(error: Exception) -> Unreachable:
    return Unreachable("time-out" if isinstance(error, TimeoutError) else "unavailable")


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    data = bytearray()
    async for chunk in content.iter_any():
        data += chunk
        if len(data) > MAX_ANSWER_BYTES:
            raise ValueError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
    return bytes(data)
