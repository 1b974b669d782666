"""
Everything that runs, connected: source, enrichment, rules, outputs. The only wiring.

In: a plan and settings. Out: alerts at the outputs, and a picture of what goes on. All of it runs
in one event loop; only outputs have threads of their own.
"""

import asyncio
import collections
import logging
from collections.abc import Collection, Mapping
from typing import Protocol, assert_never

import msgspec

import shikra
from shikra.alerts.outbox import Deliveries
from shikra.alerts.sessions import Sessions
from shikra.app.pipeline import (
    answering,
    denial,
    enforcing,
    internal,
    pump,
    remembering,
    unguarded,
)
from shikra.app.pipeline.audit_ways import Ways
from shikra.app.pipeline.coming import Coming
from shikra.app.pipeline.container_bits import ContainerTeller
from shikra.app.pipeline.counts import Picture, Reload
from shikra.app.pipeline.enforcing import Change, Enforcer
from shikra.app.pipeline.guard_told import Told
from shikra.app.pipeline.health import Health, Silence, SilenceWatch, judge, silence_in
from shikra.app.pipeline.loading import Kernel, Loader
from shikra.app.pipeline.loss_telling import LossTeller
from shikra.app.pipeline.outputs import Outputs
from shikra.app.pipeline.plan import Plan
from shikra.app.pipeline.pump import Item
from shikra.app.pipeline.sensor import Sensor
from shikra.app.settings import Settings
from shikra.backends.kernel.rule_plan import RulePlan
from shikra.enforce.last_run import Ended
from shikra.enrich import readers as enriched
from shikra.enrich.containers import Containers
from shikra.enrich.runtimes import Asked
from shikra.enrich.users import Users
from shikra.model.alert import Alert
from shikra.model.clock import Clock
from shikra.model.container import Knowledge
from shikra.model.diagnostic import Diagnostic, Severity
from shikra.model.event import Event
from shikra.model.rule import RuleInfo
from shikra.sources.kernel import cgroups, limits, losses
from shikra.sources.kernel.containers import ContainerComing, ContainerEnded, ContainerStarted
from shikra.sources.kernel.rings import Use

LOG = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
ASK_SECONDS = 0.05
SECOND_NS = 1_000_000_000
OVERTAKEN = "rules_overtaken"
"""An event came so late that the rules of its time are forgotten: those in force judged it."""


class Source(Kernel, enforcing.Kernel, denial.Source, Protocol):
    """Where events come from, and what it says of itself."""

    def losses(self) -> Mapping[str, tuple[int, ...]]:
        """Return what was lost or cut by reason, a number a CPU."""
        ...

    def rings(self) -> Mapping[str, Use]:
        """Return how full each ring is."""
        ...

    def recursion_misses(self) -> Mapping[str, int]:
        """Return how often each program was left out; nothing where the kernel doesn't tell."""
        ...

    def unseen(self) -> Collection[str]:
        """Return what rules ask for in vain: this kernel has no hook for it."""
        ...

    def limit(self, burst: int, rate: float) -> None:
        """Tell so many calls that surely match one by one, for each condition and process."""
        ...

    def held(self) -> Collection[limits.Held]:
        """Return what the limit has held back since the last time."""
        ...

    def heartbeat_ages_ns(self) -> Mapping[int, int]:
        """Return how old the last sign of life of each CPU is that came the whole way."""
        ...

    def counters(self) -> Mapping[str, int]:
        """Return what was skipped by reason."""
        ...


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What stays the same for the whole run."""

    clock: Clock
    hostname: str
    environment: Mapping[str, str]
    runtimes: tuple[Asked, ...]  # that are asked about containers
    users: Users  # that the events' fields are read with


class Assembly:
    """The running pipeline."""

    def __init__(
        self, source: Source, plan: Plan, settings: Settings, surroundings: Surroundings
    ) -> None:
        """Connect everything; nothing is watched yet."""
        self.settings = settings
        self.teller = internal.Teller(surroundings.hostname, surroundings.clock)
        self.containers = Containers(
            surroundings.runtimes,
            surroundings.clock,
            metadata_wait_s=settings.metadata_wait_seconds,
            changed=self._changed,
        )
        self.sensor = Sensor(
            plan, self.containers, self.send, surroundings.hostname, settings.alert_limit
        )
        self.reloads: collections.Counter[Reload] = collections.Counter()
        self.is_last_reload_taken = True
        self.is_running = False
        self.ready = asyncio.Event()
        self._source = source
        readers = enriched.readers(surroundings.users)
        self._container_teller = ContainerTeller(source, self.containers, readers)
        self._memory = remembering.Memory(settings.state_dir)
        self.enforcer = Enforcer(settings.enforce, self._around(source, surroundings.clock))
        self.sensor.did = self.enforcer.did
        self.sensor.is_told = self.enforcer.is_told
        self._loader = Loader(source, self.sensor, self._container_teller, self.enforcer)
        wait_s = settings.metadata_wait_seconds
        around = denial.Around(
            surroundings.clock, wait_s, self.take, self.containers.pod_of, self._tell_guard
        )
        self._denial = denial.Denial(source, self.enforcer, self.sensor, around)
        self.denier = self._denial.denier
        self._loader.loaded = self.denier.loaded
        self.coming = Coming(self.take, self._runs, surroundings.clock)
        self._surroundings = surroundings
        self._clock = surroundings.clock
        self.outputs = Outputs(settings, surroundings.environment)
        self._sessions = Sessions(int(settings.audit.session_window_seconds * SECOND_NS))
        self.audit: Ways | None = None  # into the audit log, where some are set
        self._loaded_ns = surroundings.clock.wall_ns()

    async def run(self) -> None:
        """Watch, until cancelled."""
        for item in self._source.drain(0):  # containers that were there before
            self.take(item)
        self._limit(self.sensor.plan, self.settings)
        self._loader.start(self.sensor.plan)
        self.is_running = True
        self.ready.set()
        try:
            await pump.pump(self._source, self.take)
        finally:
            self.is_running = False

    async def asked_runtimes(self, *, at_most_s: float) -> None:
        """Wait until the runtimes that are there have told what they know, a bounded time."""
        end_ns = self._clock.boot_ns() + int(at_most_s * SECOND_NS)
        while self._is_asking() and self._clock.boot_ns() < end_ns:
            await self._clock.sleep(ASK_SECONDS)

    def take(self, item: Item) -> None:
        """Send one item where it belongs."""
        match item:
            case Event():
                self.sensor.take(item, item.data.container)
            case ContainerStarted():
                self.containers.started(
                    item.key, item.cgroup_name, item.cgroup_parent_name, item.first_pid
                )
                self._container_teller.changed(item.key)
                self.enforcer.containers.changed(item.key)
                self.denier.guarding.started(item.key, item.first_pid)
                self.coming.started(item.key)
            case ContainerEnded():
                self.containers.ended(item.key)
                self._container_teller.ended(item.key)
                self.enforcer.containers.ended(item.key)
                self.denier.guarding.ended(item.key)
            case ContainerComing():
                self.coming.made(item.pid)
            case _:
                assert_never(item)

    def send(self, alert: Alert) -> None:
        """Hand an alert to every output."""
        self.sensor.counts.alerts += 1
        self.outputs.send(alert)
        for update in self._sessions.take(alert):
            self.sensor.counts.alerts += 1
            self.outputs.send(self.teller.identified(update))

    def impossible(self, plan: Plan, settings: Settings) -> tuple[Diagnostic, ...]:
        """Say which rules are to be enforced and can't be here: there is no silent other way."""
        said = self.enforcer.said_with(settings.enforce)
        rules = self.enforcer.impossible((rule.info for rule in plan.rules), said)
        return tuple(map(_impossible, rules))

    async def switch(self, plan: Plan, settings: Settings) -> None:
        """Go on with other rules and settings, without missing an event of either."""
        if self.is_running and self._is_enforcement_alone(plan, settings):
            self.settings = settings
            self.enforcer.reconfigure(settings.enforce)
            self.denier.refresh()
            return
        self.enforcer.configure(settings.enforce)
        await self._loader.switch(plan)
        self.outputs.switch(settings)
        self.settings = settings
        self._limit(plan, settings)
        self._loaded_ns = self._clock.wall_ns()

    def count_reload(self, result: Reload) -> None:
        """Count an attempt to reload."""
        self.reloads[result] += 1
        self.is_last_reload_taken = result is Reload.TAKEN

    async def watch_losses(self) -> None:
        """
        Tell every second what was lost, which CPUs are silent, and what is told as a count.

        Until cancelled.
        """
        telling = LossTeller(self.settings.syscall_event_drops, self._clock, self.teller, self.send)
        signs = SilenceWatch()
        try:
            while True:
                await self._clock.sleep(LOOK_SECONDS)
                drops, seen = self.settings.syscall_event_drops, self.sensor.counts.events.total()
                telling.look(drops, seen, self.lost(), self.outputs.deliveries())
                self._listen(signs)
                self.enforcer.look()
                self._tell_repeats()
        finally:
            telling.rest()

    def health(self) -> Health:
        """Say whether everything that is to be seen comes through."""
        return judge(self._silence(), is_running=self.is_running)

    def lost(self) -> dict[str, int]:
        """Return the events that were lost or came without what rules need, by reason."""
        told = losses.told(self._source.losses(), self._source.recursion_misses())
        return told | (self.audit.lost() if self.audit else {})

    def silent_runtimes(self) -> list[str]:
        """Return whom it asks in vain about containers, if nobody answers: who is there, or all."""
        runtimes = self._surroundings.runtimes
        if any(one.is_up for one in runtimes):
            return []
        return [str(one.socket) for one in runtimes if one.is_there] or [
            str(one.socket) for one in runtimes
        ]

    def plans(self) -> Mapping[str, RulePlan]:
        """Return how the kernel evaluates each rule, by name."""
        return self._loader.plans

    def unseen(self) -> Collection[str]:
        """Return what can't be seen on this kernel."""
        return self._source.unseen()

    def close(self) -> dict[str, Deliveries]:
        """Take what is in the ring, evaluate what still waits, deliver what can be delivered."""
        self.coming.close()
        self.denier.close()
        pump.finish(self._source, self.take, self._clock)
        if self.audit is not None:
            self.audit.finish()
        self.sensor.settle_all()
        self._hear_held()
        self.denier.settle_all()
        self.sensor.tell_repeats(self._clock.wall_ns())
        deliveries = self.outputs.close()
        if self.audit is not None:
            self.audit.settle()
        return deliveries

    def picture(self) -> Picture:
        """Draw what goes on."""
        counts = self.sensor.counts
        plan = self.sensor.plan
        return Picture(
            version=shikra.__version__,
            events=dict.fromkeys(plan.event_types, 0) | counts.events,
            kernel_drops={
                (reason, cpu): count
                for reason, cpus in self._source.losses().items()
                for cpu, count in enumerate(cpus)
            },
            heartbeat_ages_ns=self._source.heartbeat_ages_ns(),
            recursion_misses=self._source.recursion_misses(),
            unseen=self._source.unseen(),
            skipped={**self._source.counters(), OVERTAKEN: counts.overtaken},
            rings=self._source.rings(),
            limited={rule.info: 0 for rule in plan.rules} | counts.limited,
            matches={rule.info: 0 for rule in plan.rules} | counts.matches,
            deliveries=self.outputs.deliveries(),
            containers=self.containers.by_knowledge(),
            runtimes={str(one.socket): one.is_up for one in self._surroundings.runtimes},
            not_enriched=self._not_enriched(),
            rules=len(plan.rules),
            audit=self.audit.figures() if self.audit else None,
            verdicts=self._loader.verdicts,
            enforced=self.enforcer.counts(),
            standings=self.enforcer.standings(),
            mode_changes=self.enforcer.changed,
            lineage=self.enforcer.lineage,
            guarded_opens=self.denier.counts(),
            denied_untold=self._denial.untold,
            guarded_volumes=self.denier.guarding.volumes(),
            unguarded=self.denier.guarding.reasons(),
            guard_pace=self.denier.pace,
            waiting=self.sensor.waiting.count,
            late=counts.late,
            failures=counts.failures + plan.failures(),
            reloads=self.reloads,
            is_last_reload_taken=self.is_last_reload_taken,
            last_reload_seconds=self._loaded_ns / SECOND_NS,
        )

    def _is_enforcement_alone(self, plan: Plan, settings: Settings) -> bool:
        """Whether all that changed is how far rules act."""
        was = self.settings
        now = msgspec.structs.replace(
            settings, enforce=was.enforce, state_dir=was.state_dir, pin_dir=was.pin_dir
        )
        return now == was and plan.ruleset == self.sensor.plan.ruleset

    def _is_asking(self) -> bool:
        there = [one for one in self._surroundings.runtimes if one.socket.exists()]
        is_pending = self.containers.by_knowledge().get(Knowledge.PENDING, 0) > 0
        return bool(there) and (is_pending or not all(one.is_up for one in there))

    def _not_enriched(self) -> dict[tuple[str, str], int]:
        """Count what enrichment couldn't find out, by what it was about and why."""
        failures = {"container": self.containers.missing, "user": self._surroundings.users.failures}
        of_runtimes: collections.Counter[str] = collections.Counter()
        for runtime in self._surroundings.runtimes:
            of_runtimes += runtime.failures
        return {
            (about, reason): count
            for about, counter in {**failures, "runtime": of_runtimes}.items()
            for reason, count in counter.items()
        }

    def unguarded(self) -> tuple[str, ...]:
        """Say what rules that deny name, and what isn't guarded."""
        return tuple(
            unguarded.phrase(
                told,
                self.containers.get(told.container),
                self.containers.get(told.shared_with) if told.shared_with else None,
            )
            for told in self.denier.guarding.unguarded()
        )

    def _runs(self, container: int) -> bool:
        return container in self.containers.keys()  # noqa: SIM118  not a dictionary's

    def _changed(self, container: int) -> None:
        self._container_teller.changed(container)
        self.enforcer.containers.changed(container)
        self.denier.guarding.changed(container)
        self.sensor.settled(container)

    def tell_ended(self, ended: Ended) -> None:
        """Tell that the Shikra before this one ended and nobody asked it to."""
        alert = self.teller.ended(ended)
        LOG.warning("%s", alert.message)
        self.send(alert)

    def _around(self, kernel: enforcing.Kernel, clock: Clock) -> enforcing.Surroundings:
        return enforcing.Surroundings(
            kernel=kernel,
            containers=self.containers,
            lies_below=cgroups.lies_below,
            clock=clock,
            tell=self._tell_modes,
            remembered=self._memory.read(),
            remember=self._memory.write,
        )

    def _tell_guard(self, told: Told) -> Alert:
        container = self.containers.get(told.container) if told.container else None
        other = self.containers.get(told.shared_with) if told.shared_with else None
        alert = self.teller.guard(told, container, other)
        self.send(alert)
        return alert

    def _tell_modes(self, change: Change) -> None:
        self.denier.refresh()
        alert = self.teller.mode_changed(change)
        LOG.warning("%s", alert.message)
        self.send(alert)

    def _limit(self, plan: Plan, settings: Settings) -> None:
        """Limit floods: where the first rule alone counts, only after it is known which that is."""
        limit = settings.alert_limit
        self.sensor.repeats.settings = limit
        self._source.limit(0 if plan.is_first_only else limit.burst, limit.rate)

    def _hear_held(self) -> None:
        for each in self._source.held():
            self.sensor.held(each)

    def _tell_repeats(self) -> None:
        self._hear_held()
        self.denier.settle()
        self.sensor.tell_repeats(self._clock.wall_ns())

    def _silence(self) -> Silence:
        ages_ns = self._source.heartbeat_ages_ns()
        return silence_in(ages_ns, self.settings.heartbeat_max_age_seconds)

    def _listen(self, signs: SilenceWatch) -> None:
        found = signs.observe(self._silence())
        if found is not None:
            alert = self.teller.silence(found)
            LOG.warning("%s", alert.message)
            self.send(alert)


def _impossible(rule: RuleInfo) -> Diagnostic:
    return Diagnostic(
        severity=Severity.ERROR,
        code="SHIKRA_ENFORCE_IMPOSSIBLE",
        message=answering.cannot_enforce((rule,)),
        hint="have it observed, by its name in enforce.rules, or let it ask for another means",
    )
