"""
Be the API server's audit webhook: take its batches by HTTP or HTTPS.

In: POST requests with an Event, an EventList or an array of events. Out: batches in the intake, and
the status that the sender needs to know. 200 only after the batch is in the queue; 429 where there
is no room, so that the API server keeps it and tries again. What can't be read is counted, and
spoils nothing beside it; 413 and 400 are for requests of which no event could be read as a whole.
Who may send is decided here too: by a bearer token, a client's certificate, or neither.
"""

import asyncio
import collections
import hmac
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from shikra.model.event import Event
from shikra.sources.audit.bodies import Receive, RefusedError, body
from shikra.sources.audit.events import Decoder, Reason, Unread
from shikra.sources.audit.intake import Batch, Intake

WAY = "webhook"
MAX_TOKEN_BYTES = 65_536
SMALL_BYTES = 1 << 18
"""A request that is read at once; nothing else goes on meanwhile."""

Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class WebhookConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken from whom."""

    path: str = "/k8s-audit"
    token_file: str = ""  # read again for each request: tokens are rotated
    max_request_bytes: int = 12 << 20
    request_seconds: float = 30.0


class Webhook:
    """An ASGI application."""

    def __init__(self, config: WebhookConfig, decoder: Decoder, intake: Intake) -> None:
        """Hand what is sent to this intake."""
        self.answers: collections.Counter[HTTPStatus] = collections.Counter()
        self._config = config
        self._decoder = decoder
        self._intake = intake
        self._large = asyncio.Lock()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        try:
            self._admit(scope, headers)
            status, message = await self._take(receive, headers)
        except RefusedError as error:
            status, message = error.status, str(error)
        self.answers[status] += 1
        await _answer(send, status, message)

    def _admit(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> None:
        if scope["path"] != self._config.path:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"events are taken at {self._config.path}")
        if scope["method"] != "POST":
            raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "events are sent by POST")
        if not self._may_send(headers.get(b"authorization", b"")):
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "expected the bearer token that is set")
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind != b"application/json":
            message = "expected Content-Type: application/json"
            raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)

    def _may_send(self, authorization: bytes) -> bool:
        if not self._config.token_file:
            return True
        scheme, _, given = authorization.partition(b" ")
        try:
            with Path(self._config.token_file).open("rb") as file:
                token = file.read(MAX_TOKEN_BYTES).strip()
        except OSError as error:
            message = "the token that is expected can't be read"
            raise RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, message) from error
        is_same = hmac.compare_digest(given.strip(), token)
        return bool(token) and scheme.lower() == b"bearer" and is_same

    async def _take(
        self, receive: Receive, headers: Mapping[bytes, bytes]
    ) -> tuple[HTTPStatus, str]:
        of = self._config
        sent = await body(
            receive, headers, max_bytes=of.max_request_bytes, within_s=of.request_seconds
        )
        items = await self._read(sent)
        if not await self._intake.offer(WAY, Batch(items)):
            return HTTPStatus.TOO_MANY_REQUESTS, "too many events wait: send them again later"
        unread = [one for one in items if isinstance(one, Unread)]
        if unread and not any(isinstance(one, Event) and not one.is_cut for one in items):
            return _nothing_whole(unread[0])
        return HTTPStatus.OK, ""

    async def _read(self, sent: bytes) -> tuple[Event | Unread, ...]:
        """Read a request; a large one beside everything else, and one at a time."""
        if len(sent) <= SMALL_BYTES:
            return tuple(self._decoder.read(sent))
        async with self._large:
            return await asyncio.to_thread(lambda: tuple(self._decoder.read(sent)))


def _nothing_whole(unread: Unread) -> tuple[HTTPStatus, str]:
    """Say why no event of a request could be read as a whole."""
    is_long = unread.reason in (Reason.SHORTENED, Reason.TOO_MANY)
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if is_long else HTTPStatus.BAD_REQUEST
    return status, f"{unread.reason.value}: {unread.message}"


async def _answer(send: Send, status: HTTPStatus, message: str) -> None:
    text = message.encode(errors="replace")
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": text})
