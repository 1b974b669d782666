"""
``shikra record``: write what happens as JSON lines, one event each, for rule tests and replay.

In: which types of events. Out: lines of Falco's fields and their values. Every field that has a
value is written, but those that Falco calls deprecated and those that may hold passwords (the
environment). Text that isn't UTF-8 has U+FFFD in it.
"""

import asyncio
import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO, assert_never

import msgspec

from shikra.app import prepare, stopping
from shikra.app.mistakes import show
from shikra.app.pipeline.kernel import CannotOpenError, open_kernel
from shikra.app.pipeline.pump import Item, finish, pump
from shikra.app.pipeline.waiting import Waiting
from shikra.app.plural import count
from shikra.app.prepare import Mistaken, Request
from shikra.backends.live import render
from shikra.enrich import runtimes
from shikra.enrich.containers import Containers
from shikra.enrich.session import Runtime
from shikra.enrich.users import Users
from shikra.model.clock import SystemClock
from shikra.model.container import Container, Knowledge
from shikra.model.event import Event
from shikra.model.event_types import PRODUCED
from shikra.model.field import Argument, Filled, locate
from shikra.model.fields import CATALOGUE
from shikra.rules.ir import Placeholder, Read
from shikra.sources.kernel import losses
from shikra.sources.kernel.containers import ContainerComing, ContainerEnded, ContainerStarted
from shikra.sources.kernel.source import KernelSource

LOG = logging.getLogger(__name__)

CLOCK = SystemClock()

FIELDS = tuple(
    Placeholder(name, Read(name, name, None, field.type, is_list=field.is_list))
    for name, field in CATALOGUE.items()
    if field.filled in {Filled.KERNEL, Filled.ENRICHMENT}
    and field.argument is not Argument.REQUIRED
    and field.may_be_printed
    and not field.is_deprecated
    and not field.is_confidential
)

_MAX_ARGUMENTS = 16
_MAX_CREATORS = 8
"""So many of each are written by themselves; rules rarely ask further up."""

_OF_CREATORS = (
    "proc.aname",
    "proc.aexe",
    "proc.aexepath",
    "proc.acmdline",
    "proc.aargs",
    "proc.apid",
)


def _with_argument(field: str, argument: str, written: str) -> Placeholder:
    read = Read(f"{field}[{argument}]", field, argument, CATALOGUE[field].type)
    return Placeholder(written, read)


ARGUMENTS: Mapping[str, tuple[Placeholder, ...]] = {
    kind: tuple(
        _with_argument("evt.arg", each.name, f"evt.arg.{each.name}")
        for each in made.parameters
        if not (each.names in CATALOGUE and CATALOGUE[each.names].is_confidential)
    )
    + tuple(_with_argument("proc.args", f"{n}", f"proc.args[{n}]") for n in range(_MAX_ARGUMENTS))
    + tuple(
        _with_argument(name, f"{n}", f"{name}[{n}]")
        for n in range(1, _MAX_CREATORS + 1)
        for name in _OF_CREATORS
    )
    for kind, made in PRODUCED.items()
}
"""Each argument of the call and of the process, and each creator, by type of event."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    path: Path
    types: frozenset[str]  # none: those of the loaded rules
    request: Request
    for_seconds: float | None
    environment: Mapping[str, str]


class Recorder:
    """Writes each event once its container is known, or can't be."""

    def __init__(self, runtimes: Sequence[Runtime], stream: TextIO) -> None:
        """Write to a stream that somebody else opened."""
        self.containers = Containers(runtimes, CLOCK, changed=self.settled)
        self.written = 0
        self._stream = stream
        self._waiting: Waiting[Event] = Waiting()

    def take(self, item: Item) -> None:
        """Take note of one item."""
        match item:
            case Event():
                self._take(item, item.data.container)
            case ContainerStarted():
                self.containers.started(
                    item.key, item.cgroup_name, item.cgroup_parent_name, item.first_pid
                )
            case ContainerEnded():
                self.containers.ended(item.key)
            case ContainerComing():
                pass
            case _:
                assert_never(item)

    def settled(self, container: int) -> None:
        """Write what waited for a container."""
        for event in self._waiting.release(container):
            self._write(event, container)

    def settle_all(self) -> None:
        """Write all that waits."""
        for container in self._waiting.containers():
            self.settled(container)

    def _take(self, event: Event, container: int) -> None:
        is_pending = self.containers.get(container).knowledge is Knowledge.PENDING
        if not (is_pending and self._waiting.park(container, event)):
            self._write(event, container)

    def _write(self, event: Event, container: int) -> None:
        event.container = self.containers.get(container)
        self._stream.write(line(event) + "\n")
        self.written += 1


def line(event: Event) -> str:
    """Return an event as JSON: its fields that have a value."""
    fields = FIELDS + ARGUMENTS.get(event.type, ())
    values = render.output_fields(fields, event)
    found = {name: value for name, value in values.items() if value is not None}
    return json.dumps(found | _labels(event.container))


def _labels(container: Container) -> dict[str, str]:
    """Return each label by itself, as rules ask for it."""
    by_field = {"container.label": container.labels, "k8s.pod.label": container.pod_labels}
    return {
        f"{field}[{key}]": value
        for field, labels in by_field.items()
        for key, value in labels.items()
        if locate(CATALOGUE, f"{field}[{key}]") is not None
    }


def record(asked: Recording) -> int:
    """Record until told to stop; return an exit code."""
    prepared = prepare.prepare(asked.request, asked.environment)
    if isinstance(prepared, Mistaken):
        LOG.error("can't start:\n%s", show(prepared.diagnostics))
        return 1
    types = asked.types or prepared.plan.event_types & PRODUCED.keys()
    try:
        with (
            open(asked.path, "w", encoding="utf-8", opener=_private) as stream,
            open_kernel(prepared.settings, CLOCK, Users(CLOCK)) as kernel,
        ):
            recorder = Recorder(
                runtimes.runtimes(prepared.settings.container_sockets, CLOCK), stream
            )
            asyncio.run(_record(recorder, kernel, types, asked.for_seconds))
    except CannotOpenError as error:
        LOG.error("can't start: %s", error)  # noqa: TRY400  the message says it all
        return 1
    except OSError as error:
        LOG.error("can't write %s: %s", asked.path, error.strerror)  # noqa: TRY400  as above
        return 1
    return 0


async def _record(
    recorder: Recorder, kernel: KernelSource, types: frozenset[str], seconds: float | None
) -> None:
    for item in kernel.drain(0):  # containers that were there before
        recorder.take(item)
    kernel.watch(types)
    stop = stopping.at_signals()
    failures: list[OSError] = []
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(pump(kernel, recorder.take)),
                tasks.create_task(recorder.containers.run()),
            ]
            LOG.info("recording %s; interrupt to end", ", ".join(sorted(types)))
            await stopping.until(stop, seconds)
            for task in running:
                task.cancel()
    except* OSError as errors:
        failures = [error for error in errors.exceptions if isinstance(error, OSError)]
    if failures:
        raise failures[0]
    finish(kernel, recorder.take, CLOCK)
    recorder.settle_all()
    lost = sum(losses.told(kernel.losses(), kernel.recursion_misses()).values())
    LOG.info("%s written, %d lost", count(recorder.written, "event"), lost)


def _private(path: str, flags: int) -> int:
    """Open for the owner alone: events hold command lines."""
    return os.open(path, flags, 0o600)
