"""
Take changed rules and configuration into use while everything runs.

In: a look at the files now and then, or SIGHUP. Out: the running pipeline with new rules, switched
between two events; or, if there is a mistake in them, the rules as they were, and the mistake in
the log, in the metrics and as an alert. Looking and checking never hold up events for long.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol, assert_never

from shikra.app import crossing, prepare, watch
from shikra.app.pipeline import deliver, internal
from shikra.app.pipeline.counts import Reload
from shikra.app.pipeline.plan import Plan
from shikra.app.plural import count
from shikra.app.prepare import Mistaken, Prepared, Request
from shikra.app.settings import Settings
from shikra.backends.kernel.rule_plan import RulePlan
from shikra.model.alert import Alert
from shikra.model.clock import Clock
from shikra.model.diagnostic import Diagnostic

LOG = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
AT_START_ONLY = (
    "audit",
    "control_socket",
    "state_dir",
    "pin_dir",
    "webserver",
    "container_sockets",
    "ring_bytes",
    "metadata_wait_seconds",
)


class Running(Protocol):
    """What goes on with other rules."""

    teller: internal.Teller

    def impossible(self, plan: Plan, settings: Settings) -> tuple[Diagnostic, ...]:
        """Say which rules are to be enforced and can't be here."""
        ...

    def plans(self) -> Mapping[str, RulePlan]:
        """Return how the kernel evaluates each rule, by name."""
        ...

    async def switch(self, plan: Plan, settings: Settings) -> None:
        """Go on with other rules and settings."""
        ...

    def count_reload(self, result: Reload) -> None:
        """Count an attempt to reload."""
        ...

    def send(self, alert: Alert) -> None:
        """Hand an alert to every output."""
        ...


class Reloader:
    """Looks for changes, and takes them or refuses them as a whole."""

    def __init__(
        self, request: Request, prepared: Prepared, environment: Mapping[str, str], clock: Clock
    ) -> None:
        """Begin with what was prepared for the start."""
        self._request = request
        self._environment = environment
        self._clock = clock
        self._started = prepared.settings  # what cannot change is still so
        self._running = prepared
        self._settled = watch.Settled(prepared.seen)
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Reload at the next look, which is now, whether something changed or not."""
        self._asked.set()

    async def run(self, assembly: Running) -> None:
        """Look again and again, until cancelled."""
        while True:
            async with asyncio.TaskGroup() as tasks:
                due = tasks.create_task(self._clock.sleep(LOOK_SECONDS))
                asked = tasks.create_task(self._asked.wait())
                await asyncio.wait((due, asked), return_when=asyncio.FIRST_COMPLETED)
                due.cancel()
                asked.cancel()
            await self.look(assembly)

    async def look(self, assembly: Running) -> None:
        """Reload if it is asked for, or if a change has lasted since the last look."""
        is_asked = self._asked.is_set()
        self._asked.clear()
        if is_asked or await asyncio.to_thread(self._is_changed):
            await self._reload(assembly)

    def _is_changed(self) -> bool:
        settings = self._running.settings
        if not settings.watch_config_files:
            return False
        return self._settled.is_changed(prepare.look(self._request, settings))

    async def _reload(self, assembly: Running) -> None:
        result = await asyncio.to_thread(self._prepare)
        match result:
            case Prepared() if impossible := assembly.impossible(result.plan, result.settings):
                _refuse(Mistaken(impossible), assembly)
            case Prepared():
                await self._take(result, assembly)
            case Mistaken():
                _refuse(result, assembly)
            case _:
                assert_never(result)

    def _prepare(self) -> Prepared | Mistaken:
        """Read and check everything, and other outputs: those in use may have trouble for now."""
        result = prepare.prepare(self._request, self._environment)
        if isinstance(result, Mistaken):
            return result
        if result.settings.file_output == self._running.settings.file_output:
            return result
        trouble = deliver.trouble(result.settings)
        return Mistaken(trouble) if trouble else result

    async def _take(self, prepared: Prepared, assembly: Running) -> None:
        """Go on with what was prepared."""
        for name in AT_START_ONLY:
            new = getattr(prepared.settings, name)
            if new != getattr(self._started, name) and new != getattr(self._running.settings, name):
                LOG.warning("%s changed: this takes effect when Shikra is started again", name)
        await assembly.switch(prepared.plan, prepared.settings)
        assembly.count_reload(Reload.TAKEN)
        self._running = prepared
        self._settled = watch.Settled(prepared.seen)
        for warning in prepared.warnings:
            LOG.warning("%s", warning)
        for trouble in crossing.told(assembly.plans()):
            LOG.warning("%s", trouble)
        LOG.info("reloaded: %s", count(len(prepared.plan.rules), "rule"))


def _refuse(mistaken: Mistaken, assembly: Running) -> None:
    """Leave everything as it is, and say so everywhere."""
    mistakes = [str(diagnostic) for diagnostic in mistaken.diagnostics]
    for mistake in mistakes:
        LOG.error("%s", mistake)
    LOG.error("reload refused: the rules and settings loaded before stay in force")
    assembly.count_reload(Reload.REFUSED)
    assembly.send(assembly.teller.refused(mistakes))
