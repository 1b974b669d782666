"""Serve what a running pipeline says of itself: metrics and health."""

import socket
from typing import Protocol

from shikra.app.pipeline.counts import Picture
from shikra.app.pipeline.health import Health
from shikra.app.settings import Settings
from shikra.app.web import metrics, server


class Running(Protocol):
    """Who has figures."""

    settings: Settings

    def picture(self) -> Picture:
        """Draw what goes on."""
        ...

    def health(self) -> Health:
        """Say whether it does what it is there for."""
        ...


def listening(settings: Settings) -> socket.socket | None:
    """Take the address that is set; raise ``server.AddressError`` where it can't be had."""
    webserver = settings.webserver
    return server.listen(webserver) if webserver.enabled else None


async def web(running: Running, listening: socket.socket) -> None:
    """Serve until cancelled."""
    registry = metrics.registry(running.picture)
    application = server.application(running.settings.webserver, registry, running.health)
    await server.Server(application).serve(sockets=[listening])
