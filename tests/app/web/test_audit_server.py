"""Who only holds a connection to the webhook doesn't keep others from sending."""

import asyncio
import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from shikra.app.settings import AuditWebhook
from shikra.app.web import audit_server, server
from shikra.app.web.audit_server import AuditServer
from shikra.model.clock import SystemClock
from shikra.sources.audit.events import Decoder
from shikra.sources.audit.intake import Intake
from shikra.sources.audit.webhook import Webhook, WebhookConfig
from support.audited import document
from support.posting import event_list, post
from support.waiting import until

REQUEST_SECONDS = 1.0
SECONDS = 30.0


@contextlib.contextmanager
def served(config: WebhookConfig | None = None) -> Iterator[tuple[int, Webhook]]:
    """Serve a webhook in a thread of its own; gives its port."""
    settings = AuditWebhook(listen_port=0)
    webhook = Webhook(config or WebhookConfig(), Decoder(), Intake())
    listening = server.listen(settings)
    serving = AuditServer(webhook, settings, SystemClock())
    thread = threading.Thread(target=lambda: asyncio.run(serving.serve(sockets=[listening])))
    thread.start()
    try:
        yield listening.getsockname()[1], webhook
    finally:
        serving.should_exit = True
        thread.join(SECONDS)
        listening.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have idle connections closed soon."""
    monkeypatch.setattr(audit_server, "IDLE_SECONDS", 0.2)


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side has ended a connection, at once or with an answer."""
    connection.settimeout(SECONDS)
    try:
        while connection.recv(4_096):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /k8s-audit HTTP/1.1\r\nHost: x\r\n", id="half of a head"),
        pytest.param(b"\x00" * 100, id="something else"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_connection_without_a_request_is_closed(sent: bytes) -> None:
    """Who connects and asks nothing is let go, and who sends is answered."""
    with served() as (port, _), socket.create_connection(("127.0.0.1", port)) as half_open:
        half_open.sendall(sent)
        assert post(port, event_list(document())) == HTTPStatus.OK
        assert is_closed(half_open)


@pytest.mark.usefixtures("impatient")
def test_a_connection_that_is_used_stays() -> None:
    """However short each request is, a sender that goes on sending is never cut off."""
    with served() as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        end_s = time.monotonic() + 10 * audit_server.IDLE_SECONDS
        while time.monotonic() < end_s:
            kind = {"Content-Type": "application/json"}
            connection.request("POST", "/k8s-audit", event_list(document()), kind)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == HTTPStatus.OK
            time.sleep(0.02)  # nothing is asked most of the time
        connection.close()


@pytest.mark.usefixtures("impatient")
def test_many_that_only_connect_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are held open are closed, so that those who send get their turn."""
    monkeypatch.setattr(audit_server, "MAX_CONNECTIONS", 8)
    with served() as (port, _), contextlib.ExitStack() as held:
        for _ in range(20):
            held.enter_context(socket.create_connection(("127.0.0.1", port)))
        until(
            lambda: post(port, event_list(document())) == HTTPStatus.OK,
            "a turn",
            SECONDS,
        )


def test_a_sender_that_stops_in_the_middle_is_answered() -> None:
    """Who promises a body and doesn't send it is told so in bounded time."""
    config = WebhookConfig(request_seconds=REQUEST_SECONDS)
    head = b"POST /k8s-audit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with served(config) as (port, webhook):
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(head + b"Content-Length: 1000\r\n\r\n{")
            slow.settimeout(SECONDS)
            assert b" 408 " in slow.recv(4_096).split(b"\r\n")[0]
        assert webhook.answers[HTTPStatus.REQUEST_TIMEOUT] == 1


def test_a_large_object_is_refused_and_the_next_is_taken() -> None:
    """An object of ten mebibytes costs its sender an answer, and nobody else anything."""
    large = event_list(document(requestObject={"data": "x" * (10 << 20)}))
    with served() as (port, webhook):
        assert post(port, large) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert post(port, event_list(document())) == HTTPStatus.OK
        assert len(webhook.answers) == 2


def test_a_missing_certificate_is_told(tmp_path: object) -> None:
    """A certificate that is not there is named, with the setting."""
    settings = AuditWebhook(certificate=f"{tmp_path}/none.pem")
    with pytest.raises(server.AddressError, match=r"audit.webhook.certificate: .*none.pem"):
        audit_server.context(settings)
