"""
``shikra audit``: read the API server's audit log and evaluate the rules on it; needs no kernel.

In: what the command line asked for. Out: alerts, and an exit code: 0 when it was asked to stop, 1
when it can't start or can't go on, with a message that says why and what to do.
"""

import asyncio
import logging
import socket
from collections.abc import Coroutine
from typing import Any

import msgspec

from shikra.app import prepare, progress, stopping
from shikra.app.hostname import hostname
from shikra.app.mistakes import show
from shikra.app.pipeline import deliver
from shikra.app.pipeline.audit_assembly import AuditAssembly, Surroundings
from shikra.app.pipeline.loss_telling import TooManyDropsError
from shikra.app.prepare import AUDIT, Mistaken, Prepared
from shikra.app.reload import Reloader
from shikra.app.run import CLOCK, Run
from shikra.app.web import server
from shikra.app.web.figures import listening, web

LOG = logging.getLogger(__name__)

NO_WAY = (
    "no way in to the audit log is set: expected audit.webhook.enabled, audit.file.path or"
    " audit.cloudwatch.cluster in the configuration; to try the webhook on this machine:"
    " shikra audit -o audit.webhook.enabled=true"
)


def audit(asked: Run) -> int:
    """Read the audit log until told to stop."""
    request = msgspec.structs.replace(asked.request, only_source=AUDIT)
    asked = msgspec.structs.replace(asked, request=request)
    prepared = prepare.prepare(request, asked.environment)
    if isinstance(prepared, Mistaken):
        LOG.error("can't start:\n%s", show(prepared.diagnostics))
        return 1
    if not prepared.settings.audit.is_on:
        LOG.error("can't start: %s", NO_WAY)
        return 1
    if prepared.warnings:
        LOG.warning("in the rules:\n%s", show(prepared.warnings))
    LOG.info("%s", progress.rules(prepared))
    if not prepared.plan.rules:
        LOG.warning("no rule on the audit log is loaded, so nothing will give an alert")
    if trouble := deliver.trouble(prepared.settings):
        LOG.error("can't start:\n%s", show(trouble))
        return 1
    try:
        listens = listening(prepared.settings)
        around = Surroundings(
            clock=CLOCK, hostname=hostname(asked.environment), environment=asked.environment
        )
        assembly = AuditAssembly(prepared.plan, prepared.settings, around)
    except server.AddressError as error:
        LOG.error("can't start: %s", error)  # noqa: TRY400  the message says it all
        return 1
    return asyncio.run(_serve(asked, prepared, assembly, listens))


async def _serve(
    asked: Run, prepared: Prepared, assembly: AuditAssembly, listens: socket.socket | None
) -> int:
    reloader = Reloader(asked.request, prepared, asked.environment, CLOCK)
    stop = stopping.at_signals(reloader.ask)
    began_ns = CLOCK.boot_ns()
    code = 0
    try:
        async with asyncio.TaskGroup() as tasks:
            jobs: list[Coroutine[Any, Any, None]] = [assembly.run(), reloader.run(assembly)]
            if listens is not None:
                jobs.append(web(assembly, listens))
            running = [tasks.create_task(job) for job in jobs]
            LOG.info("%s", progress.reading(assembly.audit.ways, assembly.sensor.plan, listens))
            await stopping.until(stop, asked.for_seconds)
            for job in running:
                job.cancel()
    except* TooManyDropsError as errors:
        LOG.error("stopping: %s", errors.exceptions[0])  # noqa: TRY400  the message says it all
        code = 1
    finally:
        deliveries = assembly.close()
        LOG.info("%s", progress.summary(assembly, deliveries, CLOCK.boot_ns() - began_ns))
    return code
