"""
``shikra run``: start everything, say what is watched, stop cleanly.

In: what the command line asked for. Out: alerts, and an exit code: 0 when it was asked to stop,
1 when it can't start or can't go on, with a message that says why and what to do.
"""

import asyncio
import contextlib
import gc
import logging
import socket
import sys
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from shikra.app import crossing, lineage, mark, prepare, progress, stopping
from shikra.app.hostname import hostname
from shikra.app.mistakes import show
from shikra.app.pipeline import deliver
from shikra.app.pipeline.answering import Answerer
from shikra.app.pipeline.assembly import Assembly, Surroundings
from shikra.app.pipeline.audit_ways import Ways
from shikra.app.pipeline.kernel import CannotOpenError, open_kernel, require_kernel
from shikra.app.pipeline.loss_telling import TooManyDropsError
from shikra.app.prepare import Mistaken, Prepared, Request
from shikra.app.reload import Reloader
from shikra.app.web import server
from shikra.app.web.figures import listening, web
from shikra.enforce import control
from shikra.enrich import runtimes
from shikra.enrich.users import Users
from shikra.model.clock import SystemClock

LOG = logging.getLogger(__name__)

CLOCK = SystemClock()
SWITCH_SECONDS = 0.0005
"""How long one thread keeps others from running: events don't wait for outputs and reloads."""

ASKING_SECONDS = 1.0
"""How long the start is told only after runtimes have said what they know. Alerts don't wait."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    request: Request
    for_seconds: float | None  # None: until it is told to stop
    environment: Mapping[str, str]


class Here(msgspec.Struct, frozen=True):
    """What it has on this machine; ``None``: it hasn't."""

    web: socket.socket | None
    control: socket.socket | None
    marker: mark.Marker | None


class CannotControlError(Exception):
    """Nobody could control this Shikra; says why and what to do."""


def run(asked: Run) -> int:
    """Watch this machine until told to stop."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()  # what is imported stays: looking for garbage there would hold up events
    prepared = prepare.prepare(asked.request, asked.environment)
    if isinstance(prepared, Mistaken):
        LOG.error("can't start:\n%s", show(prepared.diagnostics))
        return 1
    if prepared.warnings:
        LOG.warning("in the rules:\n%s", show(prepared.warnings))
    LOG.info("%s", progress.rules(prepared))
    if not prepared.plan.rules:
        LOG.warning("no rule is loaded, so nothing will give an alert")
    try:
        require_kernel()  # first of all: who isn't root need not hear of ports and files
        if trouble := deliver.trouble(prepared.settings):
            LOG.error("can't start:\n%s", show(trouble))
            return 1
        with (
            _controlled(prepared) as controlled,
            mark.kept(prepared.settings.state_dir, CLOCK) as marker,
            lineage.claimed(prepared.settings.pin_dir) as pin_dir,
        ):
            here = Here(listening(prepared.settings), controlled, marker)
            return _watch(asked, _remembered(prepared, marker, pin_dir), here)
    except (CannotOpenError, CannotControlError, server.AddressError) as error:
        LOG.error("can't start: %s", error)  # noqa: TRY400  the message says it all
        return 1


def _watch(asked: Run, prepared: Prepared, here: Here) -> int:
    users = Users(CLOCK)
    with open_kernel(prepared.settings, CLOCK, users) as kernel:
        LOG.info("probe loaded and attached")
        surroundings = _surroundings(asked, prepared, users)
        assembly = Assembly(kernel, prepared.plan, prepared.settings, surroundings)
        if impossible := assembly.impossible(prepared.plan, prepared.settings):
            LOG.error("can't start:\n%s", show(impossible))
            assembly.close()
            return 1
        if prepared.settings.audit.is_on:
            of = prepared.settings.audit
            assembly.audit = Ways(of, assembly.sensor, assembly.outputs, CLOCK)
        code = asyncio.run(_serve(asked, prepared, assembly, here))
        if kernel.keeps_lineage:
            LOG.info("lineage is kept for the next start; shikra enforce release lets go of it")
        return code


@contextlib.contextmanager
def _controlled(prepared: Prepared) -> Iterator[socket.socket | None]:
    """Listen for ``shikra enforce``, and be the only one there."""
    path = prepared.settings.control_socket
    if not path:
        yield None
        return
    with contextlib.ExitStack() as stack:
        try:
            listening = stack.enter_context(control.listening(Path(path)))
        except (control.TakenError, control.CannotListenError) as error:
            hint = "set control_socket to another path, or to nothing"
            raise CannotControlError(f"{error}; {hint}") from error
        yield listening


def _remembered(prepared: Prepared, marker: mark.Marker | None, pin_dir: str) -> Prepared:
    """Remember nothing where the folder for that isn't ours."""
    state_dir = prepared.settings.state_dir if marker is not None else ""
    settings = msgspec.structs.replace(prepared.settings, state_dir=state_dir, pin_dir=pin_dir)
    return msgspec.structs.replace(prepared, settings=settings)


async def _serve(asked: Run, prepared: Prepared, assembly: Assembly, here: Here) -> int:
    reloader = Reloader(asked.request, prepared, asked.environment, CLOCK)
    stop = stopping.at_signals(reloader.ask)
    began_ns = CLOCK.boot_ns()
    code = 0
    try:
        async with asyncio.TaskGroup() as tasks:
            jobs: list[Coroutine[Any, Any, None]] = [
                assembly.run(),
                assembly.containers.run(),
                assembly.watch_losses(),
                assembly.denier.run(),
                assembly.coming.run(),
                reloader.run(assembly),
            ]
            if assembly.audit is not None:
                jobs.append(assembly.audit.run())
            if here.web is not None:
                jobs.append(web(assembly, here.web))
            if here.control is not None:
                jobs.append(
                    control.serve(here.control, Answerer(assembly.enforcer, assembly.unguarded))
                )
            if here.marker is not None:
                jobs.append(here.marker.run(assembly.enforcer.acting))
            running = [tasks.create_task(job) for job in jobs]
            await assembly.ready.wait()
            if here.marker is not None and here.marker.ended is not None:
                assembly.tell_ended(here.marker.ended)
            await assembly.asked_runtimes(at_most_s=ASKING_SECONDS)
            LOG.info("%s", progress.ready(assembly, here.web, asked.environment))
            for trouble in crossing.told(assembly.plans()):
                LOG.warning("%s", trouble)
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


def _surroundings(asked: Run, prepared: Prepared, users: Users) -> Surroundings:
    return Surroundings(
        clock=CLOCK,
        hostname=hostname(asked.environment),
        environment=asked.environment,
        runtimes=tuple(runtimes.runtimes(prepared.settings.container_sockets, CLOCK)),
        users=users,
    )
