"""
Connect the guard with what decides modes, with alerts and with counts.

In: modes, containers, what the guard tells. Out: an alert for each open that it refused, whether
or not the probe's event of it matches anything, and for each trouble with the guard itself.
"""

import logging
from collections.abc import Callable
from typing import Protocol

import msgspec

from shikra.app.pipeline import denying, guard_told, pump
from shikra.app.pipeline.enforcing import Enforcer
from shikra.app.pipeline.refusals import More, Refusal, Refusals
from shikra.app.pipeline.sensor import Sensor
from shikra.enforce.guard import messages
from shikra.model.alert import Alert
from shikra.model.clock import Clock
from shikra.model.enforcement import Action, Means, Mechanism, Mode
from shikra.model.event import Event
from shikra.model.rule import RuleInfo
from shikra.sources.kernel.refused import Refused

LOG = logging.getLogger(__name__)
_SECOND_NS = 1_000_000_000


class Source(guard_told.Maps, pump.Source, Protocol):
    """Who knows processes and the probe."""

    @property
    def can_deny(self) -> bool:
        """Whether the kernel refuses opens by itself."""
        ...

    def refused(self, told: Refused) -> Event | None:
        """Return the event of an open that was refused; ``None`` if its process is forgotten."""
        ...


class Around(msgspec.Struct, frozen=True):
    """What else there is."""

    clock: Clock
    wait_s: float  # how long an event may wait for what is known of its container
    take: Callable[[pump.Item], None]  # what the source has
    pod_of: Callable[[int], str]  # what containers of one pod have in common
    tell: Callable[[guard_told.Told], Alert]  # makes an alert, and sends it


class Denial:
    """Hears the guard."""

    def __init__(
        self,
        source: Source,
        enforcer: Enforcer,
        sensor: Sensor,
        around: Around,
    ) -> None:
        """Let rules deny from now on."""
        self._source = source
        self._enforcer = enforcer
        self._sensor = sensor
        self._send_trouble = around.tell
        self._take = around.take
        self._clock = around.clock
        self.pod_of = around.pod_of
        self.denier = denying.Denier(source, self, around.clock, self)
        self.denier.refusals = Refusals(int(around.wait_s * _SECOND_NS))
        self.untold = 0  # refused, and nothing but a count is left to tell of it
        if source.can_deny:
            enforcer.mechanisms[Means.DENY] = Mechanism.LSM
        elif denying.is_possible():
            enforcer.mechanisms[Means.DENY] = Mechanism.FANOTIFY
            enforcer.took = self.denier.took
            sensor.held_of = self._held

    def of_rule(self, rule: str) -> Mode:
        """Return the mode of a rule, as far as it is the guard's to deny."""
        known = self._enforcer.rules.get(rule)
        asked = known.enforcement if known else None
        guards = (Means.DENY, Mechanism.FANOTIFY)
        if asked is None or asked.done_by(self._enforcer.mechanisms) != guards:
            return Mode.OFF
        return self._enforcer.standing(rule).mode

    def of_container(self, container: int) -> Mode | None:
        """Return the mode of a container; ``None``: it isn't known."""
        return self._enforcer.containers.mode_of(container)

    def trouble(self, told: guard_told.Told) -> None:
        """Tell of it."""
        LOG.warning("%s", self._send_trouble(told).message)

    def denied(self, rules: frozenset[str], count: int) -> None:
        """Count it for each rule."""
        for rule in rules:
            self._enforcer.count((rule, Action.DENIED, Mechanism.FANOTIFY), count)

    def event(self, told: messages.Denied) -> Event | None:
        """Make an event of a refused open as long as its process is known."""
        refused = Refused(
            time_ns=told.time_ns,
            process=told.process,
            container=told.container,
            name=told.name,
            generation=told.generation,
            conditions=told.conditions,
            is_execution=told.is_execution,
        )
        event = self._source.refused(refused)
        if event is None:
            self._catch_up()
            event = self._source.refused(refused)
        return event

    def refused(self, refusal: Refusal) -> None:
        """Have the rules match an event that was made of it."""
        if refusal.event is None:
            self.untold += 1
            if self.untold & (self.untold - 1) == 0:  # ever more seldom: whoever opens causes it
                name = refusal.denied.name
                LOG.warning("of a denied open of %r nothing else is known", name)
            return
        self.denier.refusals.put_back(refusal, self._clock.boot_ns())
        self._sensor.take(refusal.event, refusal.denied.container)

    def more(self, more: More) -> None:
        """Have them counted by an alert."""
        rule = self._enforcer.rules.get(more.rule)
        if rule is not None:
            self._sensor.hold(rule, more.process or None, more.count)

    def _held(self, process: int, rule: RuleInfo, count: int) -> None:
        """Take note that alerts count these matches, of which some were refused."""
        self.denier.refusals.held(process, rule.name, count, self._clock.boot_ns())

    def _catch_up(self) -> None:
        """Take what is on its way from the probe: who opened may have begun just now."""
        for item in self._source.drain(pump.BATCH):
            self._take(item)
