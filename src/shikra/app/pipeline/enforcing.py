"""
How far rules act, from moment to moment.

In: rules that ask for enforcement, as they are loaded; modes from the configuration and from the
control socket; what the kernel says it did. Out: orders to the kernel, modes of containers, what
an alert says was done, and an alert for each change of a mode. A change rebuilds nothing. All of
it happens in the event loop, nothing waits.
"""

import collections
import enum
import errno
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from shikra.app.pipeline.container_modes import Lookup, ModeTeller, OfContainers, Sink
from shikra.app.pipeline.denied_here import DeniedHere
from shikra.app.pipeline.evaluate import Match
from shikra.app.pipeline.ledger import Ledger
from shikra.app.pipeline.orders import Deed, Found, deed, name_of_mode, orders
from shikra.app.pipeline.plan import Plan
from shikra.app.pipeline.tally import Count, Tally
from shikra.app.settings import Enforce
from shikra.enforce import modes, soak
from shikra.enforce.memory import Remembered
from shikra.enforce.messages import Lineage
from shikra.model.clock import Clock
from shikra.model.enforcement import Action, Means, Mechanism, Mode
from shikra.model.event import Event
from shikra.model.kernel_tables import KernelTables
from shikra.model.rule import RuleInfo
from shikra.model.verdict import Outcome
from shikra.sources.kernel.enforcing import NO_ORDERS, Enforced, Orders

LOG = logging.getLogger(__name__)


class Kernel(Sink, Protocol):
    """Who acts."""

    def can_kill(self) -> bool:
        """Whether a process can be killed before its call returns to it."""
        ...

    def enforce(self, orders: Orders) -> None:
        """Act like this by the tables loaded last, from the next event on."""
        ...

    def keep_lineage(self, *, is_kept: bool) -> None:
        """Let lineage be kept after Shikra ends, or not; trouble with that is logged."""
        ...

    @property
    def keeps_lineage(self) -> bool:
        """Whether it will be."""
        ...

    @property
    def is_continued(self) -> bool:
        """Whether lineage was kept before this start."""
        ...

    def enforced(self) -> Mapping[Enforced, int]:
        """Return what became of all orders so far."""
        ...


ACTIONS: Mapping[Means, tuple[Action, ...]] = {
    Means.KILL: (Action.KILLED, Action.WOULD_KILL, Action.HELD, Action.KILL_FAILED),
    Means.DENY: (Action.DENIED, Action.WOULD_DENY, Action.HELD),
}
"""What may become of a match of a rule that asks for it."""

LET = "shikra enforce set enforce"

Took = Callable[[int, int, str], bool]
"""Whether an open of this process (its record's id, and its number) was refused for this rule."""

RuleStanding = tuple[str, Means, Mechanism | None]
"""A rule, what it asks for, and what does that; ``None``: nothing can."""


class By(enum.Enum):
    """Who changed a mode."""

    CONFIGURATION = "configuration"
    SOCKET = "socket"
    BRAKE = "brake"
    SOAK = "soak"
    MEMORY = "memory"  # of what was set, or braked, before this start


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Modes that changed together."""

    by: By
    why: str
    changes: tuple[str, ...]  # a phrase each: what, from which mode to which


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it works with."""

    kernel: Kernel
    containers: Lookup
    lies_below: Callable[[int, str], bool]  # whether a container's cgroup is below this path
    clock: Clock
    tell: Callable[[Change], None]
    remembered: Remembered | None  # from before this start; None: it can't be read
    remember: Callable[[Remembered], None]  # the same for the next


class Enforcer:
    """Decides modes, and keeps the kernel's right."""

    def __init__(self, settings: Enforce, around: Surroundings) -> None:
        """Begin without rules; nothing acts."""
        self.settings = settings
        self.ledger = Ledger(settings.brake)
        self.mechanisms: dict[Means, Mechanism] = {}
        """What each means is done by; one that isn't here can't be had on this machine."""
        self._has_tried_to_kill = False
        self.changed: collections.Counter[By] = collections.Counter()
        self.containers = ModeTeller(around.kernel, around.containers, around.lies_below)
        self._around = around
        self._set = modes.Modes()
        self._braked: set[str] = set()
        self._remembered = around.remembered or Remembered()
        self._soak = soak.Soak(settings.soak_seconds, self._remembered.soaked_ns)
        self._rules: Mapping[str, RuleInfo] = {}
        self._tables: tuple[KernelTables, tuple[RuleInfo, ...]] | None = None
        self._modes: Mapping[str, str] = {}
        self._tally = Tally(self._deed_of)
        self.took: Took = _never
        self._denied = DeniedHere()

    @property
    def rules(self) -> Mapping[str, RuleInfo]:
        """The loaded rules that ask for enforcement, by name."""
        return self._rules

    @property
    def said(self) -> modes.Modes:
        """The modes that are said, wherever."""
        return self.said_with(self.settings)

    def said_with(self, settings: Enforce) -> modes.Modes:
        """Return the modes that would be said by other settings."""
        return self._configured(settings).under(self._still_set(settings))

    def standing(self, rule: str) -> modes.Standing:
        """Return how far a rule goes, and what limits it."""
        return modes.standing(
            rule,
            self.said,
            is_soaking=self._soak.is_on(rule, self._wall_ns()),
            is_braked=rule in self._braked,
        )

    @property
    def lineage(self) -> Lineage:
        """Say whether lineage outlives Shikra."""
        kernel = self._around.kernel
        return Lineage(is_continued=kernel.is_continued, is_kept=kernel.keeps_lineage)

    def standings(self) -> Mapping[RuleStanding, Mode]:
        """Return the mode of each rule, by its name, what it asks for and what does that."""
        return {
            (name, *rule.enforcement.done_by(self.mechanisms)): self.standing(name).mode
            for name, rule in self._rules.items()
            if rule.enforcement is not None
        }

    def missed(self) -> Mapping[str, Means]:
        """Return what rules ask for first, where they do something else for want of it."""
        return {
            name: rule.enforcement.means
            for name, rule in self._rules.items()
            if rule.enforcement is not None
            and rule.enforcement.done_by(self.mechanisms)[0] is not rule.enforcement.means
        }

    def acting(self) -> int:
        """Return how many rules act."""
        return sum(self.standing(rule).mode is Mode.ENFORCE for rule in self._rules)

    def soak_left_seconds(self, rule: str) -> float:
        """Return how much longer a rule is only observed."""
        return self._soak.left_seconds(rule, self._wall_ns())

    def take(self, plan: Plan, tables: KernelTables) -> Orders:
        """Have these rules from now on; return the orders for their tables, still to be loaded."""
        self._fold()
        self._find_mechanisms(rule.info for rule in plan.rules)
        infos = tuple(rule.info for rule in plan.rules)
        is_first = self._tables is None
        self._tables = tables, infos
        self._rules = {info.name: info for info in infos if info.enforcement is not None}
        self._soak.know(self._rules, self._wall_ns())
        self._braked.intersection_update(self._rules)
        if is_first:
            self._modes = self._in_force()
            self._restore()
        else:
            self._tell(By.CONFIGURATION, "rules or configuration were reloaded")
        self._remember()
        return self._orders()

    def loaded(self, generation: int) -> None:
        """Take note which generation the tables are that were taken last; tell all modes."""
        if self._tables is not None:
            self._tally.know(generation, *self._tables)
        self.containers.use(self._of_containers())
        self._around.kernel.keep_lineage(is_kept=self.acting() > 0)

    def configure(self, settings: Enforce) -> None:
        """Go by other settings, for rules that are taken next."""
        self._set = self._still_set(settings)
        self.settings = settings
        self._soak.seconds = settings.soak_seconds
        self.ledger.brake_by(settings.brake)

    def reconfigure(self, settings: Enforce) -> None:
        """Go by other settings with the same rules: no table is made for that."""
        self.configure(settings)
        self._soak.know(self._rules, self._wall_ns())
        self._apply(By.CONFIGURATION, "the configuration was reloaded")

    def impossible(self, rules: Iterable[RuleInfo], said: modes.Modes) -> tuple[RuleInfo, ...]:
        """Return the rules that are to be enforced, and that nothing here can enforce."""
        asking = tuple(rule for rule in rules if rule.enforcement is not None)
        self._find_mechanisms(asking)
        return tuple(
            rule
            for rule in asking
            if rule.enforcement is not None
            and rule.enforcement.done_by(self.mechanisms)[1] is None
            and modes.standing(rule.name, said, is_soaking=False, is_braked=False).mode
            is Mode.ENFORCE
        )

    def set_mode(self, scope: modes.Scope, mode: Mode, who: str) -> tuple[str, ...]:
        """Put a mode in force from now on; a rule that is named is tried by that."""
        named = self._set.with_mode(scope, mode)
        self._set = named.without_idle(scope, self._configured(self.settings))
        if isinstance(scope, modes.OfRule):
            self._braked.discard(scope.name)
            self._soak.end(scope.name)
        return self._apply(By.SOCKET, f"by shikra enforce set ({who})")

    def look(self) -> None:
        """Notice that a soak is over; add up what was done."""
        self._fold()
        for rule in self._soak.over(self._wall_ns()):
            self._apply(By.SOAK, f'the soak of rule "{rule}" is over')

    def did(self, match: Match, rule: RuleInfo, found: Found) -> Deed | None:
        """Return what was done about a match, and take note of it."""
        asked = rule.enforcement
        if asked is None:
            return None
        standing = self.standing(rule.name).mode
        mode = _weakest(standing, self.containers.mode_of(match.event.container.key))
        means, mechanism = asked.done_by(self.mechanisms)
        if means is Means.DENY and self._is_refused(match.event, rule):
            refused = Deed(Action.DENIED, mechanism)  # the guard counts it
            self.note(rule, match.event, refused)
            return refused
        done = deed(means, mode, found, mechanism)
        if done is not None:
            self.note(rule, match.event, done)
            # of what is to be denied the kernel counts only what is
            is_watched = means is Means.KILL or standing is Mode.OBSERVE
            if found.outcome is None and not (found.is_sure and is_watched):
                self._tally.add((rule.name, done.action, done.mechanism), 1)
        return done

    def _is_refused(self, event: Event, rule: RuleInfo) -> bool:
        process = event.process
        if process is None or not _has_failed(event):
            return False
        return self.took(process.id, process.pid, rule.name)

    def is_told(self, match: Match, rule: RuleInfo, found: Found) -> bool:
        """
        Whether another event tells of this match: what the kernel refuses comes twice.

        First as it is refused, for the rules that deny; then as a call that failed, for others.
        """
        process = match.event.process
        if process is None or not _has_failed(match.event):
            return False
        if found.outcome is not Outcome.DENIED:
            return self._denied.took(process.pid, rule.name, match.event.time_ns)
        if rule.enforcement is not None:
            self._denied.add(process.pid, rule.name, match.event.time_ns)
        return rule.enforcement is None

    def note(self, rule: RuleInfo, event: Event, done: Deed) -> None:
        """Write down what was done, and brake if it was too much."""
        trip = self.ledger.note(rule, event, done, self._now_ns())
        if trip is None or rule.name in self._braked:
            return
        self._braked.add(rule.name)
        self._apply(
            By.BRAKE,
            f'rule "{rule.name}" acted in {trip.pods} pods and on {trip.processes} processes of'
            f" applications within {self.settings.brake.per_seconds:g} s; once it is right:"
            f" shikra enforce set --rule '{rule.name}' enforce",
        )

    def counts(self) -> Mapping[Count, int]:
        """Return what was done, by rule, action and mechanism; zero where it wasn't yet."""
        self._fold()
        nothing = {
            (name, action, mechanism): 0
            for name, means, mechanism in self.standings()
            for action in ACTIONS[means]
        }
        return nothing | self._tally.counts

    def count(self, count: Count, number: int) -> None:
        """Add what somebody else than the kernel did."""
        self._tally.add(count, number)

    def _apply(self, by: By, why: str) -> tuple[str, ...]:
        """Put what is said into force."""
        if self._tables is not None:
            self._around.kernel.enforce(self._orders())
            self.containers.use(self._of_containers())
            self._around.kernel.keep_lineage(is_kept=self.acting() > 0)
        self._remember()
        return self._tell(by, why)

    def _tell(self, by: By, why: str) -> tuple[str, ...]:
        before, self._modes = self._modes, self._in_force()
        changes = tuple(_differences(before, self._modes))
        if changes:
            self.changed[by] += 1
            self._around.tell(Change(by=by, why=why, changes=changes))
        return changes

    def _in_force(self) -> dict[str, str]:
        """Return every mode by what it is of."""
        said = self.said
        everywhere = Mode.OBSERVE if said.everywhere is None else said.everywhere
        namespaces = {f'namespace "{name}"': mode for name, mode in said.namespaces.items()}
        rules = {f'rule "{name}"': self.standing(name).mode for name in self._rules}
        every = {"everywhere": everywhere, **namespaces, **rules}
        return {what: name_of_mode(mode) for what, mode in every.items()}

    def _orders(self) -> Orders:
        if self._tables is None:
            return NO_ORDERS
        of_unknown = self._of_containers().unknown
        ordered = orders(*self._tables, self._about, container=of_unknown)
        if self.mechanisms.get(Means.DENY) is not Mechanism.LSM:  # another than the kernel denies
            ordered = msgspec.structs.replace(ordered, deny=frozenset())
        return msgspec.structs.replace(ordered, enforces_host=self.settings.host)

    def _about(self, rule: RuleInfo) -> tuple[Means | None, Mode]:
        asked = rule.enforcement
        means = asked.done_by(self.mechanisms)[0] if asked else None
        return means, self.standing(rule.name).mode

    def _of_containers(self) -> OfContainers:
        of = self.settings
        return OfContainers(said=self.said, only_cgroup=of.only_cgroup, is_host_enforced=of.host)

    def _deed_of(self, rule: RuleInfo, outcome: Outcome) -> Deed | None:
        """Return what an outcome of the kernel's is for a rule that shares in it."""
        asked = rule.enforcement
        if asked is None:
            return None
        found = Found(outcome, is_sure=True)
        means, mechanism = asked.done_by(self.mechanisms)
        return deed(means, Mode.ENFORCE, found, mechanism)

    def _find_mechanisms(self, rules: Iterable[RuleInfo]) -> None:
        """Try once whether this kernel kills in time; only where a rule asks, for it takes long."""
        asked = (rule.enforcement.choices for rule in rules if rule.enforcement is not None)
        if any(Means.KILL in choices for choices in asked) and not self._has_tried_to_kill:
            self._has_tried_to_kill = True
            if self._around.kernel.can_kill():
                self.mechanisms[Means.KILL] = Mechanism.SIGNAL

    def _fold(self) -> None:
        self._tally.fold(self._around.kernel.enforced())

    def _configured(self, settings: Enforce) -> modes.Modes:
        return modes.Modes(
            everywhere=settings.mode, namespaces=settings.namespaces, rules=settings.rules
        )

    def _still_set(self, settings: Enforce) -> modes.Modes:
        """Return what was set and by other settings still is."""
        before = self._configured(self.settings)
        return self._set.unless_changed(before, self._configured(settings))

    def _restore(self) -> None:
        """Let what was set and braked before this start be so again, and tell what that changes."""
        was = self._remembered
        if self._around.remembered is None:
            self._set = modes.Modes(everywhere=Mode.OBSERVE)
            self._tell(By.MEMORY, "what was set before can't be read; once that is right: " + LET)
            return
        self._set = was.said.unless_changed(was.configured, self._configured(self.settings))
        self._braked = set(was.braked & self._rules.keys())
        self._tell(By.MEMORY, "as it was set, or braked, before Shikra was started again")

    def _remember(self) -> None:
        """Have all that go on after a restart."""
        now = Remembered(
            said=self._set,
            configured=self._configured(self.settings),
            braked=frozenset(self._braked),
            soaked_ns=self._soak.since_ns if self._soak.seconds else {},
        )
        if _forgettable(now) != _forgettable(self._remembered):
            self._remembered = now
            self._around.remember(now)

    def _wall_ns(self) -> int:
        return self._around.clock.wall_ns()

    def _now_ns(self) -> int:
        return self._around.clock.boot_ns()


def _forgettable(what: Remembered) -> Remembered:
    """Leave out what the configuration said, where nothing else was."""
    if what.said == modes.Modes():
        return msgspec.structs.replace(what, configured=modes.Modes())
    return what


def _has_failed(event: Event) -> bool:
    """Whether it wasn't permitted."""
    return event.fields["evt.rawres"] == -errno.EPERM


def _weakest(of_rule: Mode, of_container: Mode | None) -> Mode | None:
    """Return the mode of a match; ``None``: its container's isn't known, so it is held."""
    if of_container is None:
        return of_rule if of_rule is Mode.OFF else None
    return min(of_rule, of_container)


def _never(_process: int, _pid: int, _rule: str) -> bool:
    return False


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[str]:
    for what in sorted(before.keys() | after.keys()):
        old, new = before.get(what, "absent"), after.get(what, "absent")
        if old != new:
            yield f"{what} from {old} to {new}"
