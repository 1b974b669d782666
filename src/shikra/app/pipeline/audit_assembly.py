"""
What runs where only the audit log is read: ways in, rules, outputs; no kernel and no containers.

In: a plan and settings. Out: alerts at the outputs, and a picture of what goes on.
"""

import asyncio
import collections
from collections.abc import Mapping

import msgspec

import shikra
from shikra.alerts.outbox import Deliveries
from shikra.app.pipeline import internal
from shikra.app.pipeline.audit_ways import Ways
from shikra.app.pipeline.counts import Picture, Reload
from shikra.app.pipeline.health import Health, Status
from shikra.app.pipeline.loss_telling import LossTeller
from shikra.app.pipeline.outputs import Outputs
from shikra.app.pipeline.plan import Plan
from shikra.app.pipeline.sensor import Sensor
from shikra.app.settings import Settings
from shikra.backends.kernel.rule_plan import RulePlan
from shikra.model.alert import Alert
from shikra.model.clock import Clock
from shikra.model.container import HOST, Container
from shikra.model.diagnostic import Diagnostic

LOOK_SECONDS = 1.0
SECOND_NS = 1_000_000_000


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What stays the same for the whole run."""

    clock: Clock
    hostname: str
    environment: Mapping[str, str]


class AuditAssembly:
    """The running pipeline of the audit log."""

    def __init__(self, plan: Plan, settings: Settings, surroundings: Surroundings) -> None:
        """Connect everything; raise ``server.AddressError`` where the webhook can't be served."""
        clock = surroundings.clock
        self.settings = settings
        self.teller = internal.Teller(surroundings.hostname, clock)
        self.outputs = Outputs(settings, surroundings.environment)
        self.sensor = Sensor(
            plan, _Nowhere(), self.send, surroundings.hostname, settings.alert_limit
        )
        self.audit = Ways(settings.audit, self.sensor, self.outputs, clock)
        self.reloads: collections.Counter[Reload] = collections.Counter()
        self.is_last_reload_taken = True
        self.is_running = False
        self._clock = clock
        self._loaded_ns = clock.wall_ns()

    async def run(self) -> None:
        """Read the audit log and tell what is lost, until cancelled."""
        self.is_running = True
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.audit.run())
                tasks.create_task(self._look())
        finally:
            self.is_running = False

    def send(self, alert: Alert) -> None:
        """Hand an alert to every output."""
        self.sensor.counts.alerts += 1
        self.outputs.send(alert)

    def impossible(self, _plan: Plan, _settings: Settings) -> tuple[Diagnostic, ...]:
        """Say which rules are to be enforced and can't be: none asks for it."""
        return ()

    def plans(self) -> Mapping[str, RulePlan]:
        """Return how the kernel evaluates each rule: not at all."""
        return {}

    async def switch(self, plan: Plan, settings: Settings) -> None:
        """Go on with other rules and settings."""
        self.sensor.switch(plan)
        self.sensor.repeats.settings = settings.alert_limit
        self.outputs.switch(settings)
        self.settings = settings
        self._loaded_ns = self._clock.wall_ns()

    def count_reload(self, result: Reload) -> None:
        """Count an attempt to reload."""
        self.reloads[result] += 1
        self.is_last_reload_taken = result is Reload.TAKEN

    def health(self) -> Health:
        """Say whether it runs."""
        return Health(Status.OK if self.is_running else Status.STOPPED)

    def lost(self) -> dict[str, int]:
        """Return what came and isn't evaluated, by reason."""
        return self.audit.lost()

    def close(self) -> dict[str, Deliveries]:
        """Deliver what can be delivered."""
        self.audit.finish()
        self.sensor.tell_repeats(self._clock.wall_ns())
        deliveries = self.outputs.close()
        self.audit.settle()
        return deliveries

    def picture(self) -> Picture:
        """Draw what goes on."""
        counts, plan = self.sensor.counts, self.sensor.plan
        return Picture(
            version=shikra.__version__,
            events=dict.fromkeys(plan.event_types, 0) | counts.events,
            limited={rule.info: 0 for rule in plan.rules} | counts.limited,
            matches={rule.info: 0 for rule in plan.rules} | counts.matches,
            deliveries=self.outputs.deliveries(),
            rules=len(plan.rules),
            audit=self.audit.figures(),
            late=counts.late,
            failures=counts.failures + plan.failures(),
            reloads=self.reloads,
            is_last_reload_taken=self.is_last_reload_taken,
            last_reload_seconds=self._loaded_ns / SECOND_NS,
        )

    async def _look(self) -> None:
        drops = self.settings.syscall_event_drops
        telling = LossTeller(drops, self._clock, self.teller, self.send)
        try:
            while True:
                await self._clock.sleep(LOOK_SECONDS)
                drops, seen = self.settings.syscall_event_drops, self.sensor.counts.events.total()
                telling.look(drops, seen, self.lost(), self.outputs.deliveries())
                self.sensor.tell_repeats(self._clock.wall_ns())
        finally:
            telling.rest()


class _Nowhere:
    """Knows no containers."""

    def get(self, _key: int) -> Container:
        return HOST
