"""
From what a source saw to alerts.

In: events, and containers that start and end, one after the other. Out: alerts, handed to
``send``. Nothing here waits: an event whose container isn't known yet is parked until it is.
"""

import functools
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

import msgspec

from shikra.app.pipeline import author
from shikra.app.pipeline.candidates import Candidates
from shikra.app.pipeline.counts import Counts, Late
from shikra.app.pipeline.evaluate import Match, evaluate, may_fire
from shikra.app.pipeline.generations import Asked, Generations
from shikra.app.pipeline.orders import NOT_SURE, Deed, Found
from shikra.app.pipeline.plan import Plan
from shikra.app.pipeline.repeats import Key, Repeats
from shikra.app.pipeline.waiting import Waiting
from shikra.app.settings import AlertLimit
from shikra.model.alert import Alert
from shikra.model.container import Container, Knowledge
from shikra.model.event import Event
from shikra.model.rule import RuleInfo
from shikra.model.verdict import Verdict
from shikra.sources.kernel import limits

LOG = logging.getLogger(__name__)

Send = Callable[[Alert], None]
Did = Callable[[Match, RuleInfo, Found], Deed | None]
"""What was done about a match, by what the kernel says of it."""

HeldOf = Callable[[int, RuleInfo, int], None]
"""Who hears what the kernel held back: of which process and rule, and how many."""

IsTold = Callable[[Match, RuleInfo, Found], bool]
"""Whether another event tells of a match."""


class Parked(msgspec.Struct, frozen=True):
    """An event, and which rules of the plan that was in force may yet fire for it."""

    event: Event
    rules: frozenset[int]
    plan: Plan


class Lookup(Protocol):
    """Where what is known of a container is found."""

    def get(self, key: int) -> Container:
        """Return what is known now."""
        ...


class Sensor:
    """Evaluates each event by the plan that was in force when it happened."""

    def __init__(
        self, plan: Plan, containers: Lookup, send: Send, hostname: str, limit: AlertLimit
    ) -> None:
        """Begin with this plan."""
        self.plan = plan
        self.repeats = Repeats(limit)
        self.did: Did = _nothing
        self.held_of: HeldOf = _nobody
        self.is_told: IsTold = _never
        self.counts = Counts()
        self._fence = _Fence(self.counts)
        self._generations = Generations()
        self.waiting: Waiting[Parked] = Waiting()
        self._containers = containers
        self._send = send
        self._hostname = hostname

    def take(self, event: Event, container: int) -> None:
        """Evaluate an event that happened in a container, or park it."""
        self.counts.events[event.type] += 1
        with self._fence:
            self._take(event, container)

    def take_from_elsewhere(self, event: Event) -> None:
        """Evaluate an event that no container has anything to do with."""
        self.counts.events[event.type] += 1
        with self._fence:
            self._fire(evaluate(event, self.plan), self.plan)

    def settled(self, container: int) -> None:
        """Evaluate what waited for a container's metadata."""
        for parked in self.waiting.release(container):
            with self._fence:
                self._unpark(parked, container, Late.EXPIRED)

    def settle_all(self) -> None:
        """Evaluate everything that waits, with what is known now; from now on nothing waits."""
        self.waiting.close()
        for container in self.waiting.containers():
            self.settled(container)

    def tell_repeats(self, now_ns: int) -> None:
        """Tell as a count what was held back since the last time."""
        for held in self.repeats.rest(now_ns):
            self._send(author.summary(held, now_ns, self._hostname))

    def held(self, found: limits.Held) -> None:
        """Take note of matches that the kernel held back."""
        bits = (1 << found.condition).to_bytes(found.condition // 8 + 1, "little")
        asked = self._generations.find(Verdict(found.generation, bits, bits))
        if asked is None or asked.among is None:
            self.counts.overtaken += found.count
            return
        for rule in (asked.plan.rules[number].info for number in asked.among):
            self.hold(rule, found.process, found.count)
            self.held_of(found.process, rule, found.count)

    def hold(self, rule: RuleInfo, process: int | None, count: int) -> None:
        """Count matches of a process, or of several, that nothing tells one by one."""
        self.counts.matches[rule] += count
        self.counts.limited[rule] += count
        self.repeats.hold(Key(rule, process), count)

    def switch(self, plan: Plan) -> None:
        """Evaluate by another plan from the next event on; those on their way by that before."""
        self.plan = plan

    def loaded(self, generation: int, candidates: Candidates) -> None:
        """Take note that the kernel evaluates the plan in force, as this generation."""
        self._generations.add(generation, self.plan, candidates)

    def _take(self, event: Event, container: int) -> None:
        event.container = self._containers.get(container)
        asked = self._asked(event)
        plan, among = asked.plan, asked.among
        if event.container.knowledge not in author.NOT_KNOWN:
            self._fire(evaluate(event, plan, among=among), plan)
            return
        possible = may_fire(event, plan, among=among)
        late = frozenset(match.rule for match in possible if match.rule in plan.waiting)
        if late and event.container.knowledge is Knowledge.UNKNOWN:
            self.counts.late[Late.UNKNOWN] += 1
            self._fire(evaluate(event, plan, among=among), plan)
        elif not late:
            self._fire(possible, plan)
        elif plan.is_first_only:  # the first is known only when all are
            rules = frozenset(match.rule for match in possible)
            self._park(Parked(event, rules, plan), container)
        else:
            at_once = [match for match in possible if match.rule not in late]
            self._fire(at_once, plan)
            self._park(Parked(event, late, plan), container)

    def _found(self, match: Match) -> Found:
        verdict = match.event.verdict
        return NOT_SURE if verdict is None else self._generations.did(verdict, match.rule)

    def _asked(self, event: Event) -> Asked:
        """Return the plan of an event; those that no table let through have the one in force."""
        if event.verdict is None:
            return Asked(self.plan)
        found = self._generations.find(event.verdict)
        if found is None:
            self.counts.overtaken += 1
            return Asked(self.plan)
        return found

    def _park(self, parked: Parked, container: int) -> None:
        if not self.waiting.park(container, parked):
            self._unpark(parked, container, Late.FULL)

    def _unpark(self, parked: Parked, container: int, reason: Late) -> None:
        event = parked.event
        event.container = self._containers.get(container)
        if event.container.knowledge is not Knowledge.KNOWN:
            self.counts.late[reason] += 1
        found = evaluate(event, parked.plan, among=parked.rules)
        self._fire(found, parked.plan)

    def _fire(self, matches: list[Match], plan: Plan) -> None:
        for match in matches:
            rule, found = plan.rules[match.rule].info, self._found(match)
            if self.is_told(match, rule, found):
                continue
            self.counts.matches[rule] += 1
            done = self.did(match, rule, found)
            write = functools.partial(author.alert, match, plan, self._hostname, done)
            alert = self.repeats.take(_key(rule, match.event), match.event.time_ns, write)
            if alert is None:
                self.counts.limited[rule] += 1
            else:
                self._send(alert)


def _nobody(_process: int, _rule: RuleInfo, _count: int) -> None:
    """Be who hears nothing."""


def _never(_match: Match, _rule: RuleInfo, _found: Found) -> bool:
    """Be who is told of each match once."""
    return False


def _nothing(_match: Match, _rule: RuleInfo, _found: Found) -> None:
    """Be who does nothing."""


def _key(rule: RuleInfo, event: Event) -> Key:
    """Return whose alert it is; a process whose record is missing goes by its number."""
    process = event.process
    return Key(rule, (process.id or -process.pid) if process else event.actor)


class _Fence:
    """The one fence round each event: a mistake of ours costs this event alone, and is counted."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def __enter__(self) -> None:
        """Nothing to set up."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self._counts.failures += 1
        count = self._counts.failures
        if count & (count - 1) == 0:  # ever more seldom: an attacker may cause it at will
            LOG.error("an event could not be evaluated (%d so far)", count, exc_info=error)
        return True
