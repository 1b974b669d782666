"""The webhook's answers tell the API server what became of a batch."""

import asyncio
import json
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from shikra.sources.audit.events import MAX_EVENTS, Decoder
from shikra.sources.audit.intake import Intake
from shikra.sources.audit.webhook import Webhook, WebhookConfig
from support.audited import body, document

JSON = {b"content-type": b"application/json"}
MAX_EVENT_BYTES = 4_096


class Asked:
    """A webhook, asked as a server asks an application."""

    def __init__(self, capacity: int = 100, **config: Any) -> None:
        """Make one with so much room."""
        self.intake = Intake(capacity)
        decoder = Decoder(max_event_bytes=MAX_EVENT_BYTES)
        self.webhook = Webhook(WebhookConfig(**config), decoder, self.intake)

    async def post(
        self,
        sent: bytes,
        *,
        path: str = "/k8s-audit",
        method: str = "POST",
        headers: dict[bytes, bytes] = JSON,
    ) -> HTTPStatus:
        """Send a request, and return how it is answered."""
        answers: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent}

        async def send(message: Any) -> None:
            answers.append(message)

        scope = {"type": "http", "path": path, "method": method, "headers": list(headers.items())}
        await self.webhook(scope, receive, send)
        return HTTPStatus(answers[0]["status"])


async def test_a_batch_is_in_the_queue_before_it_is_answered() -> None:
    """200 says that every event of the batch is in the queue."""
    asked = Asked()
    sent = json.dumps({"kind": "EventList", "items": [document(), document(auditID="b")]}).encode()
    assert await asked.post(sent) is HTTPStatus.OK
    assert asked.intake.waiting == 2
    assert asked.webhook.answers == {HTTPStatus.OK: 1}


async def test_a_full_queue_is_answered_with_429() -> None:
    """The API server keeps a batch that there is no room for, and sends it again."""
    asked = Asked(capacity=1)
    assert await asked.post(body()) is HTTPStatus.OK
    assert await asked.post(body(auditID="b")) is HTTPStatus.TOO_MANY_REQUESTS
    await asked.intake.take()
    assert await asked.post(body(auditID="b")) is HTTPStatus.OK


@pytest.mark.parametrize(
    ("sent", "asked", "status"),
    [
        pytest.param(body(), {"path": "/"}, HTTPStatus.NOT_FOUND, id="another path"),
        pytest.param(body(), {"method": "GET"}, HTTPStatus.METHOD_NOT_ALLOWED, id="another method"),
        pytest.param(body(), {"headers": {}}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, id="no type"),
        pytest.param(b"{", {}, HTTPStatus.BAD_REQUEST, id="no JSON"),
        pytest.param(body(apiVersion="v1"), {}, HTTPStatus.BAD_REQUEST, id="another kind"),
        pytest.param(
            body(requestObject={"x": "x" * 9_000}),
            {},
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            id="a long event",
        ),
        pytest.param(
            json.dumps([document(requestObject={"x": "x" * 9_000}), document()]).encode(),
            {},
            HTTPStatus.OK,
            id="a long event beside another",
        ),
        pytest.param(b"[]", {}, HTTPStatus.OK, id="an empty batch"),
        pytest.param(
            b"[" + b"{}," * MAX_EVENTS + b"{}]",
            {},
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            id="very many of nothing",
        ),
        pytest.param(
            b" " * (12 << 20) + body(), {}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, id="long request"
        ),
    ],
)
async def test_what_is_wrong_is_said(sent: bytes, asked: Any, status: HTTPStatus) -> None:
    """Requests of which nothing can be used are refused; one bad event spoils no others."""
    assert await Asked().post(sent, **asked) is status


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param(b"Bearer secret-7", HTTPStatus.OK, id="right"),
        pytest.param(b"bearer secret-7", HTTPStatus.OK, id="small letters"),
        pytest.param(b"Bearer secret-8", HTTPStatus.UNAUTHORIZED, id="wrong"),
        pytest.param(b"Bearer ", HTTPStatus.UNAUTHORIZED, id="empty"),
        pytest.param(b"Basic secret-7", HTTPStatus.UNAUTHORIZED, id="another scheme"),
        pytest.param(None, HTTPStatus.UNAUTHORIZED, id="none"),
    ],
)
async def test_a_token_is_asked_for(
    tmp_path: Path, header: bytes | None, status: HTTPStatus
) -> None:
    """Where a token is set, nothing is taken without it; a renewed one counts at once."""
    file = tmp_path / "token"
    file.write_text("another")
    asked = Asked(token_file=str(file))
    file.write_text("secret-7\n")
    headers = JSON | ({b"authorization": header} if header is not None else {})
    assert await asked.post(body(), headers=headers) is status


@pytest.mark.parametrize("content", [pytest.param("", id="empty"), pytest.param(None, id="absent")])
async def test_a_token_that_is_not_there_lets_nobody_in(
    tmp_path: Path, content: str | None
) -> None:
    """An empty or missing file of a token isn't the same as no token."""
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    headers = JSON | {b"authorization": b"Bearer "}
    asked = Asked(token_file=str(file))
    assert await asked.post(body(), headers=headers) >= HTTPStatus.UNAUTHORIZED
    assert asked.intake.waiting == 0


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(b"[" * 3_000_000, id="lists in lists"),
        pytest.param(b"[" + b"{}," * 1_000_000 + b"{}]", id="very many of nothing"),
        pytest.param(b'["' + rb"\\ud800" * 500_000 + b'"]', id="halves of letters"),
    ],
)
async def test_a_request_that_is_hard_to_read_holds_up_nothing(bomb: bytes) -> None:
    """While a hostile request is taken apart, everything else goes on."""
    asked, longest_s = Asked(), 0.0
    async with asyncio.TaskGroup() as tasks:
        posting = tasks.create_task(asked.post(bomb))
        last_s = time.monotonic()
        while not posting.done():
            await asyncio.sleep(0.001)  # noqa: TID251  what else the loop has to do
            now_s = time.monotonic()
            longest_s, last_s = max(longest_s, now_s - last_s), now_s
    assert await asked.post(body()) is HTTPStatus.OK
    assert longest_s < 1.0
