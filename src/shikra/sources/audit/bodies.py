"""
Take the body of an HTTP request in, with a bound on its size and on the time it takes.

In: an ASGI request. Out: the bytes, unpacked where the sender packed them, or why they aren't
taken, as the status that says so. A sender that is slow, one that promises less than it sends and
an archive that grows a thousand times are all refused at the bound, not after it.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

_GZIP = 31  # zlib's word for a gzip header


class RefusedError(Exception):
    """The body isn't taken."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        """Say so in HTTP and in words."""
        super().__init__(message)
        self.status = status


async def body(
    receive: Receive, headers: Mapping[bytes, bytes], *, max_bytes: int, within_s: float
) -> bytes:
    """Return what was sent; raise ``RefusedError`` where it is too much, too slow or no gzip."""
    coding = headers.get(b"content-encoding", b"identity").strip().lower()
    if coding not in (b"identity", b"gzip"):
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "expected Content-Encoding: gzip")
    promised = headers.get(b"content-length", b"")
    if promised.isdigit() and len(promised) > len(str(max_bytes)):
        raise _too_long(max_bytes)
    if promised.isdigit() and int(promised) > max_bytes:
        raise _too_long(max_bytes)
    try:
        async with asyncio.timeout(within_s):
            sent = await _all(receive, max_bytes)
    except TimeoutError:
        message = f"the request took longer than {within_s:g} s"
        raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, message) from None
    return _unpacked(sent, max_bytes) if coding == b"gzip" else sent


async def _all(receive: Receive, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the sender went away")
        part = message.get("body", b"")
        size += len(part)
        if size > max_bytes:
            raise _too_long(max_bytes)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _unpacked(packed: bytes, max_bytes: int) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacking.decompress(packed, max_bytes + 1)
    except zlib.error as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the body isn't gzip") from error
    if len(unpacked) > max_bytes:
        raise _too_long(max_bytes)
    if not unpacking.eof or unpacking.unused_data:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the body isn't one whole gzip stream")
    return unpacked


def _too_long(max_bytes: int) -> RefusedError:
    message = f"at most {max_bytes:,} bytes are taken"
    return RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
