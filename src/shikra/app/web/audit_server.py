"""
Serve the audit webhook, by TLS where a certificate is set.

In: settings and an ASGI application. Out: a socket that listens, and a server on it. Certificates
are read again when their files change, since those who issue them renew them. A connection on which
no request comes is closed: who only connects would otherwise take the place of who sends.
"""

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from shikra.app.settings import AuditWebhook
from shikra.app.watch import fingerprint
from shikra.app.web.server import AddressError, Server
from shikra.model.clock import Clock
from shikra.sources.audit.webhook import MAX_TOKEN_BYTES

LOG = logging.getLogger(__name__)

MAX_CONNECTIONS = 256
IDLE_SECONDS = 15.0
LOOK_SECONDS = 30.0
_EXPECTED = {
    "certificate": "PEM with the certificate and its key, or the key in audit.webhook.key",
    "client_ca": "PEM with certificates of authorities",
}
_OWN = frozenset({"127.0.0.1", "::1", "localhost"})


class Impatient(H11Protocol):
    """Closes a connection on which nothing is asked."""

    _seen: object = None  # the request that was there at the last look

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look."""
        super().connection_made(transport)
        self.loop.call_later(IDLE_SECONDS, self._look)

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        is_busy = self.cycle is not None and not self.cycle.response_complete
        if not is_busy and self.cycle is self._seen:
            self.transport.abort()
            return
        self._seen = self.cycle
        self.loop.call_later(IDLE_SECONDS, self._look)


def context(settings: AuditWebhook) -> ssl.SSLContext | None:
    """Return what TLS needs; raise ``AddressError`` where a file of it isn't right."""
    if not settings.certificate:
        for name in ("client_ca", "key"):
            if getattr(settings, name):
                raise AddressError(
                    f"audit.webhook.{name} needs TLS: set audit.webhook.certificate, too"
                )
        return None
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        what = "certificate"
        made.load_cert_chain(settings.certificate, settings.key or None, _no_password)
        if settings.client_ca:
            what = "client_ca"
            made.load_verify_locations(settings.client_ca)
            made.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ValueError) as error:
        path = getattr(settings, what)
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        expected = _EXPECTED[what]
        message = f"audit.webhook.{what}: {path} can't be used: {why}; expected {expected}"
        raise AddressError(message) from error
    return made


def require_token(settings: AuditWebhook) -> None:
    """Raise ``AddressError`` where a token is asked for and there is none: nobody could send."""
    path = settings.token_file
    if not path:
        return
    try:
        is_empty = not Path(path).read_bytes()[:MAX_TOKEN_BYTES].strip()
    except OSError as error:
        message = f"audit.webhook.token_file: {path} can't be read: {error.strerror}"
        raise AddressError(message) from error
    if is_empty:
        raise AddressError(f"audit.webhook.token_file: {path} is empty: expected a token")


def lets_everybody_in(settings: AuditWebhook) -> bool:
    """Whether whoever reaches this machine can invent events."""
    is_checked = bool(settings.token_file or settings.client_ca)
    return not is_checked and settings.listen_address not in _OWN


def _no_password() -> str:
    """Let OpenSSL not ask the terminal for one."""
    raise ValueError("the key is encrypted: expected one without a password")


class AuditServer(Server):
    """Runs until ``should_exit`` is set."""

    def __init__(self, app: Any, settings: AuditWebhook, clock: Clock) -> None:
        """Serve this application."""
        super().__init__(app, max_connections=MAX_CONNECTIONS, protocol=Impatient)
        self._settings = settings
        self._clock = clock
        self.config.load()
        self.config.ssl = context(settings)

    async def watch_certificates(self) -> None:
        """Use renewed certificates for new connections, until cancelled."""
        made = self.config.ssl
        if made is None:
            return
        files = [Path(name) for name in (self._settings.certificate, self._settings.key) if name]
        seen = fingerprint(files)
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            now = await asyncio.to_thread(fingerprint, files)
            if now == seen:
                continue
            try:
                made.load_cert_chain(
                    self._settings.certificate, self._settings.key or None, _no_password
                )
            except (OSError, ValueError) as error:
                LOG.warning("the renewed certificate can't be used yet: %s", error)
            else:
                LOG.info("audit webhook: using the renewed certificate")
                seen = now
