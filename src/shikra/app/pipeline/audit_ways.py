"""
The ways in to the audit log that the configuration asks for. Another way in is another entry here.

In: settings, and who evaluates. Out: everything that runs while the audit log is read, as one
``run``; and its figures.
"""

import asyncio
import collections
import logging
import socket
from collections.abc import Coroutine
from http import HTTPStatus
from pathlib import Path
from typing import Any

from shikra.app.pipeline.audit_figures import AuditFigures
from shikra.app.pipeline.auditing import Auditing
from shikra.app.pipeline.outputs import Outputs
from shikra.app.pipeline.sensor import Sensor
from shikra.app.settings import Audit, AuditWebhook
from shikra.app.web import audit_server, server
from shikra.model.clock import Clock
from shikra.sources.audit.cloudwatch import CloudWatch, CloudWatchConfig
from shikra.sources.audit.events import Decoder, Reason
from shikra.sources.audit.follow import Follow, FollowConfig
from shikra.sources.audit.intake import Intake
from shikra.sources.audit.webhook import Webhook, WebhookConfig

LOG = logging.getLogger(__name__)

STOPPED = "not evaluated at the end"


class Ways:
    """Reads the audit log."""

    def __init__(self, settings: Audit, sensor: Sensor, outputs: Outputs, clock: Clock) -> None:
        """Open what is set; raise ``server.AddressError`` where the webhook can't be served."""
        self.intake = Intake(settings.queue_events)
        self.ways: list[str] = []  # in words, for a person
        self._answers: collections.Counter[HTTPStatus] = collections.Counter()
        self._auditing = Auditing(self.intake, sensor, outputs, clock)
        self._clock = clock
        self._decoder = Decoder(max_event_bytes=settings.max_event_bytes)
        self._jobs: list[Coroutine[Any, Any, None]] = []
        self._fetching: list[Follow | CloudWatch] = []
        if settings.webhook.enabled:
            self._open_webhook(settings.webhook)
        if settings.file.path:
            self._open_file(settings)
        if settings.cloudwatch.cluster:
            self._open_cloudwatch(settings)

    def figures(self) -> AuditFigures:
        """Return what came so far."""
        incidents = {
            (fetch.way, reason): n for fetch in self._fetching for reason, n in fetch.counts.items()
        }
        return AuditFigures(self.intake.counts, self.intake.waiting, self._answers, incidents)

    def finish(self) -> None:
        """Evaluate what still waits, for a bounded time: its senders were told that it is taken."""
        self._auditing.finish()

    def settle(self) -> None:
        """Store how far all was delivered, after the outputs delivered what they could."""
        self._auditing.settle()
        for fetch in self._fetching:
            fetch.finish()

    def lost(self) -> dict[str, int]:
        """Return what came and isn't evaluated, by reason. What is refused comes again."""
        counts = self.intake.counts
        unread = {
            f"{way} {reason.value}": n
            for (way, reason), n in counts.unread.items()
            if reason is not Reason.SHORTENED  # it is evaluated
        }
        return unread | (
            {STOPPED: self._auditing.unevaluated} if self._auditing.unevaluated else {}
        )

    async def run(self) -> None:
        """Read and evaluate, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for job in (self._auditing.run(), *self._jobs):
                tasks.create_task(job)

    def _open_webhook(self, settings: AuditWebhook) -> None:
        config = WebhookConfig(
            path=settings.path,
            token_file=settings.token_file,
            max_request_bytes=settings.max_request_bytes,
            request_seconds=settings.request_seconds,
        )
        audit_server.require_token(settings)
        if audit_server.lets_everybody_in(settings):
            LOG.warning(
                "the audit webhook listens at %s and asks nobody who they are: whoever reaches it"
                " can invent events; set audit.webhook.token_file or client_ca",
                settings.listen_address,
            )
        webhook = Webhook(config, self._decoder, self.intake)
        self._answers = webhook.answers
        serving = audit_server.AuditServer(webhook, settings, self._clock)
        listening = server.listen(settings)
        self._jobs += [serving.serve(sockets=[listening]), serving.watch_certificates()]
        self.ways.append(f"the audit webhook at {_url(settings, listening)}")

    def _open_file(self, settings: Audit) -> None:
        config = FollowConfig(
            path=Path(settings.file.path),
            from_start=settings.file.from_start,
            state_dir=_folder(settings),
        )
        follow = Follow(config, self._decoder, self.intake.put, self._clock)
        self._fetch(follow, f"the audit log {config.path}")

    def _open_cloudwatch(self, settings: Audit) -> None:
        # AWS' client takes half a second of a CPU to import: only who needs it pays
        from shikra.sources.audit.cloudwatch_client import (  # noqa: PLC0415
            ClientConfig,
            LogsClient,
        )

        of = settings.cloudwatch
        config = CloudWatchConfig(
            cluster=of.cluster,
            poll_seconds=of.poll_seconds,
            overlap_seconds=of.overlap_seconds,
            buffer=of.buffer,
            state_dir=_folder(settings),
        )
        client = LogsClient(
            ClientConfig(
                group=config.group,
                region=of.region,
                profile=of.profile,
                endpoint_url=of.endpoint_url,
            )
        )
        reading = CloudWatch(config, client, self._decoder, self.intake.put, self._clock)
        self._fetch(reading, f"the log group {config.group}")

    def _fetch(self, way: Follow | CloudWatch, words: str) -> None:
        self._fetching.append(way)
        self._jobs.append(way.run())
        self.ways.append(words)


def _folder(settings: Audit) -> Path | None:
    return Path(settings.state_dir) if settings.state_dir else None


def _url(settings: AuditWebhook, listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if settings.certificate else "http"
    return f"{scheme}://{shown}:{port}{settings.path}"
