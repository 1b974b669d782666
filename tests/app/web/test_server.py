"""The server of metrics and health."""

import asyncio
import socket

import msgspec
import pytest
from prometheus_client import CollectorRegistry, Counter

from shikra.app.pipeline.health import Health, Status
from shikra.app.settings import Webserver
from shikra.app.web import server

HEALTHY = Health(Status.OK)
SETTINGS = Webserver(listen_port=0)


async def answer(port: int, path: str) -> tuple[str, str]:
    """Ask for a path; return the status line and the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    text = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    head, _, body = text.partition("\r\n\r\n")
    return head.splitlines()[0], body


def asked(*paths: str, health: Health = HEALTHY) -> list[tuple[str, str]]:
    """Serve on any free port, ask for each path, stop."""
    metrics = CollectorRegistry()
    Counter("told", "What is told.", registry=metrics).inc()

    async def ask() -> list[tuple[str, str]]:
        """Serve and ask in one loop."""
        application = server.application(SETTINGS, metrics, lambda: health)
        listening = server.listen(SETTINGS)
        serving = server.Server(application)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serving.serve(sockets=[listening]))
            port = listening.getsockname()[1]
            answers = [await answer(port, path) for path in paths]
            serving.should_exit = True
        return answers

    return asyncio.run(ask())


def test_metrics_and_health_are_served() -> None:
    """Metrics are Prometheus' text, health is Falco's answer, the rest is not found."""
    metrics, health, other = asked("/metrics", "/healthz", "/")
    assert metrics[0] == health[0] == "HTTP/1.1 200 OK"
    assert "told_total 1.0" in metrics[1]
    assert msgspec.json.decode(health[1]) == {"status": "ok"}
    assert "404" in other[0]


@pytest.mark.parametrize(
    ("health", "answer"),
    [
        pytest.param(Health(Status.STOPPED), {"status": "stopped"}, id="watches nothing"),
        pytest.param(
            Health(Status.SILENT, (1, 3)), {"status": "silent", "cpus": [1, 3]}, id="silent CPUs"
        ),
    ],
)
def test_a_pipeline_that_misses_events_is_not_healthy(
    health: Health, answer: dict[str, object]
) -> None:
    """A program that serves metrics but sees nothing, or not all, says so."""
    ((status, body),) = asked("/healthz", health=health)
    assert status == "HTTP/1.1 503 Service Unavailable"
    assert msgspec.json.decode(body) == answer


def test_a_port_that_is_taken_is_refused() -> None:
    """The message names the address and what to set."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = Webserver(listen_port=other.getsockname()[1])
        told = r"127\.0\.0\.1:\d+: the port is in use, perhaps by another Shikra; set webserver\."
        with pytest.raises(server.AddressError, match=told):
            server.listen(settings)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        pytest.param(
            "192.0.2.1", "192.0.2.1:0: Cannot assign requested address; set", id="not ours"
        ),
        pytest.param("no address", "no address:0: there is no such address; set", id="no address"),
    ],
)
def test_an_address_that_cannot_be_had_is_told_once(address: str, told: str) -> None:
    """The reason is the system's, without the call that failed."""
    with pytest.raises(server.AddressError) as raised:
        server.listen(Webserver(listen_address=address, listen_port=0))
    assert told in str(raised.value)
    assert str(raised.value).count(address) == 1
