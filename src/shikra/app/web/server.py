"""
Serve ``/metrics`` and the health check from the loop that everything else runs in.

In: an address, the metrics, how healthy the pipeline is. A port that is taken is refused at once,
with a message that says what to set.
"""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any, Literal, assert_never

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shikra.app.pipeline.health import Health, Status
from shikra.app.settings import AuditWebhook, Webserver

MAX_CONNECTIONS = 64
_WEBHOOK = ("audit.webhook", "the audit webhook")


class AddressError(Exception):
    """Nothing can be served at the address that is set."""


def listen(settings: Webserver | AuditWebhook) -> socket.socket:
    """Take the address, or say why it can't be had."""
    section, what = ("webserver", "metrics") if isinstance(settings, Webserver) else _WEBHOOK
    host, port = settings.listen_address, settings.listen_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressError(
            f"{what} can't be served at {host}:{port}: {_why(error)};"
            f" set {section}.listen_address or listen_port to another,"
            f" or {section}.enabled to false"
        ) from error


def _why(error: OSError) -> str:
    """Say it once: what is raised quotes the call and the address as well."""
    if error.errno == errno.EADDRINUSE:
        return "the port is in use, perhaps by another Shikra"
    if error.errno is None:
        return error.strerror or str(error)
    if error.errno < 0:  # of looking up a name, which has numbers of its own
        return "there is no such address"
    return os.strerror(error.errno)


def application(
    settings: Webserver, metrics: CollectorRegistry, health: Callable[[], Health]
) -> Starlette:
    """Return what answers requests."""

    async def show_metrics(_: Request) -> Response:
        return Response(generate_latest(metrics), media_type=CONTENT_TYPE_LATEST)

    async def show_health(_: Request) -> Response:
        found = health()
        match found.status:
            case Status.OK:
                return JSONResponse({"status": "ok"})
            case Status.STOPPED:
                return JSONResponse({"status": "stopped"}, status_code=503)
            case Status.SILENT:
                answer = {"status": "silent", "cpus": found.silent_cpus}
                return JSONResponse(answer, status_code=503)
            case _:
                assert_never(found.status)

    return Starlette(
        routes=[
            Route("/metrics", show_metrics),
            Route(settings.k8s_healthz_endpoint, show_health),
        ]
    )


class Server(uvicorn.Server):
    """Runs until ``should_exit`` is set; signals are the program's business."""

    def __init__(
        self,
        app: Any,
        *,
        max_connections: int = MAX_CONNECTIONS,
        protocol: type[asyncio.Protocol] | Literal["auto"] = "auto",
    ) -> None:
        """Serve this ASGI application."""
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                http=protocol,
                limit_concurrency=max_connections,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
