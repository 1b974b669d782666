"""
Keep the guard right: which volumes it guards, by which tables, and for which rules.

In: plans as they are loaded, containers as they start and end, modes. Out: orders to the guard,
which is started once a rule is to deny and again whenever it has ended; and what it tells: opens
that it refused, places that it can't guard. Nothing here waits for it: one that doesn't answer is
ended, and then opens go on.
"""

import asyncio
import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

import msgspec

from shikra.app.guard.judge import EXECUTE, OPEN
from shikra.app.guard.layout import MAPS, layout
from shikra.app.pipeline.guard_told import Hear, Maps, ModesNow, Told, Trouble, Undecided
from shikra.app.pipeline.guarding import Guarding
from shikra.app.pipeline.named_files import executed_by, named_by
from shikra.app.pipeline.plan import Plan
from shikra.app.pipeline.refusals import More, Refusal, Refusals
from shikra.backends.kernel.only import only
from shikra.enforce.guard import fanotify, messages
from shikra.enforce.guard.keeper import Keeper
from shikra.model.clock import Clock
from shikra.model.enforcement import Means, Mode, OnTimeout
from shikra.model.fields import CATALOGUE
from shikra.model.kernel_tables import KernelTables
from shikra.model.rule import RuleInfo
from shikra.rules.executions import EXECUTING
from shikra.rules.ir import Rule

LOG = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "shikra.app.guard")
LOOK_SECONDS = 0.1
ASK_NS = 250_000_000
SILENT_NS = 800_000_000
"""A guard that doesn't answer for so long is ended: who opens waits for it."""

AGAIN_NS = 500_000_000
"""A guard that ended sooner after its start isn't started again at once."""

SPARE_NS = 1_000_000_000
"""When a guard has been at work for so long, another is started to be ready."""

_KERNELS = (b"/proc", b"/sys")
"""What is there can't be guarded, and is no file system of a container's own."""

START_NS = 5_000_000_000
"""As long may one take that was just started."""


class _Rules(msgspec.Struct, frozen=True):
    """What denies, of one plan."""

    tables: KernelTables
    rules: tuple[RuleInfo, ...]
    named: frozenset[bytes]
    executions: frozenset[int]  # conditions that are about them
    data: bytes  # the tables, as the guard reads them


class Denier:
    """Gives the guard its orders."""

    def __init__(self, maps: Maps, modes: ModesNow, clock: Clock, hear: Hear) -> None:
        """Guard nothing; no process is started before a rule is to deny."""
        self._keeper = Keeper(COMMAND, self._first)
        self._maps = maps
        self._modes = modes
        self._clock = clock
        self._hear = hear
        self._by_generation: dict[int, _Rules] = {}
        self.guarding = Guarding(self._keeper.order, modes, hear.trouble)
        self._is_wanted = False
        self._is_gone = False  # it was told of, and no guard has answered since
        self._started_ns = self._asked_ns = self._looked_ns = self._silent_ns = 0
        self._lived: dict[str, int] = {}  # counts of guards before
        self._now = messages.Counts()
        self._undecided = Undecided()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.refusals = Refusals()
        self.pace = messages.Pace()
        """Of the guard that is at work."""
        self.starts = 0

    @property
    def pid(self) -> int:
        """The guard's process; 0 if there is none."""
        return self._keeper.pid

    def loaded(self, plan: Plan, tables: KernelTables, generation: int) -> None:
        """Deny by these from now on; events of those before may still be told."""
        before = {
            known: rules for known, rules in self._by_generation.items() if known + 1 == generation
        }
        self._by_generation = {**before, generation: _rules(plan, tables)}
        self._order_tables(generation)
        self.guarding.name(path for one in self._by_generation.values() for path in one.named)
        self.refresh()

    def refresh(self) -> None:
        """Take note that a mode, or what is known of a container, may have changed."""
        for generation in self._by_generation:
            self._keeper.order(self._order_of_modes(generation))
        self._want()
        self.guarding.refresh()

    async def run(self) -> None:
        """Listen to the guard, and look after it and after mounts, until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._attach()
        self._loop.add_reader(self.guarding.fileno(), self.guarding.look)
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            if not self._is_wanted:
                continue
            self._look_after()

    def took(self, process: int, pid: int, rule: str) -> bool:
        """Whether the guard refused an open of this process for this rule."""
        self.listen(may_catch_up=False)  # it tells before the open returns
        return self.refusals.took(process, pid, rule, self._clock.boot_ns())

    def settle(self) -> None:
        """Tell of refusals that nothing told of; what the kernel counted must be known by now."""
        self._settle(self.refusals.settle(self._clock.boot_ns()))

    def settle_all(self) -> None:
        """Tell of them however young they are: nothing else will, from now on."""
        self._settle(self.refusals.settle_all())

    def listen(self, *, may_catch_up: bool = True) -> None:
        """Take what the guard has told; start another if it has ended."""
        if not self._keeper.pid:
            return
        try:
            for report in self._keeper.reports():
                self._take(report, may_catch_up=may_catch_up)
        except messages.ClosedError:
            self._ended(Trouble.ENDED)

    def counts(self) -> Mapping[str, int]:
        """Return what the guard did, by what became of opens."""
        now = msgspec.structs.asdict(self._now)
        return {name: count + self._lived.get(name, 0) for name, count in now.items()}

    def close(self) -> None:
        """End the guard, and take what it still had to tell: opens go on."""
        for report in self._keeper.finish():
            self._take(report, may_catch_up=True)
        self._end()
        self._keeper.close()
        self.guarding.end()

    def _settle(self, found: Iterable[Refusal | More]) -> None:
        for one in found:
            match one:
                case Refusal():
                    self._hear.refused(one)
                case More():
                    self._hear.more(one)
                case _:
                    assert_never(one)

    def _take(self, report: messages.Report, *, may_catch_up: bool) -> None:
        now_ns = self._clock.boot_ns()
        self._silent_ns = 0
        self._is_gone = False
        match report:
            case messages.Denied():
                rules = self._denying(report)
                self._hear.denied(rules, report.count)
                self.refusals.add(report, rules, now_ns)
                if may_catch_up:
                    self.refusals.complete(self._hear.event)
                elif self._loop is not None:  # an event is being judged: after that
                    self._loop.call_soon(self.refusals.complete, self._hear.event)
            case messages.Guarded():
                self.guarding.heard(report)
            case messages.Counts():
                self._now = report
                if told := self._undecided.told(report, now_ns):
                    self._hear.trouble(told)
            case messages.Pace():
                self.pace = report
            case _:
                assert_never(report)

    def _denying(self, report: messages.Denied) -> frozenset[str]:
        """Name the rules for which an open was refused."""
        known = self._by_generation.get(report.generation)
        if known is None:
            return frozenset()
        return frozenset(
            rule.name
            for condition in report.conditions
            for rule in _deniers(known, condition)
            if self._modes.of_rule(rule.name) is Mode.ENFORCE
        )

    def _first(self) -> tuple[messages.Begin, Sequence[int]]:
        begin = messages.Begin(MAPS, msgspec.msgpack.encode(layout(self._maps.types)))
        return begin, self._maps.lend(MAPS)

    def _want(self) -> None:
        """Start the guard if a rule is to deny; end it if none is."""
        wanted = any(
            self._order_of_modes(generation).enforced for generation in self._by_generation
        )
        if wanted and not self._is_wanted:
            self._is_wanted = True
            self._again()
        elif not wanted and self._is_wanted:
            self._is_wanted = False
            self.guarding.end()
            self._keep_counts()
            self._end()
            self._keeper.close()

    def _start(self) -> None:
        self._keep_counts()
        self._keeper.start()
        self._attach()
        self.starts += 1
        now_ns = self._clock.boot_ns()
        self._started_ns = self._asked_ns = self._looked_ns = now_ns
        self._silent_ns = SILENT_NS - START_NS
        for generation in self._by_generation:
            self._order_tables(generation)
            self._keeper.order(self._order_of_modes(generation))

    def _ended(self, trouble: Trouble) -> None:
        """Start another guard, unless the last start was just now: then that has to wait."""
        self._end()
        self.guarding.end()
        if not self._is_gone:  # one that never was at work is told of once
            self._is_gone = True
            self._hear.trouble(Told(trouble))
        if self._clock.boot_ns() - self._started_ns > AGAIN_NS:
            self._again()

    def _again(self) -> None:
        self._start()
        self.guarding.begin()

    def _attach(self) -> None:
        """Hear at once what it tells: who opened may be gone soon."""
        if self._loop is not None and self._keeper.pid:
            self._loop.add_reader(self._keeper.fileno(), self.listen)

    def _end(self) -> None:
        if self._loop is not None and self._keeper.pid:
            self._loop.remove_reader(self._keeper.fileno())
        self._keeper.end()

    def _keep_counts(self) -> None:
        self._lived = dict(self.counts())
        self._now = messages.Counts()
        self._undecided = Undecided()

    def _look_after(self) -> None:
        now_ns = self._clock.boot_ns()
        # while we had no time ourselves, it can't have been heard: that isn't its silence
        self._silent_ns += min(now_ns - self._looked_ns, SILENT_NS // 2)
        self._looked_ns = now_ns
        self.listen()
        if not self._keeper.pid:
            if now_ns - self._started_ns > AGAIN_NS:
                self._again()
        elif self._silent_ns > SILENT_NS:
            self._ended(Trouble.SILENT)
        elif now_ns - self._asked_ns >= ASK_NS:
            self._asked_ns = now_ns
            self._keeper.order(messages.Ask())
            if now_ns - self._started_ns > SPARE_NS:
                self._keeper.spare()

    def _order_tables(self, generation: int) -> None:
        if self._keeper.pid:
            self._keeper.use(generation, self._by_generation[generation].data)

    def _order_of_modes(self, generation: int) -> messages.UseModes:
        known = self._by_generation[generation]
        enforced = {
            condition: rules
            for condition in known.tables.deny
            if (rules := self._enforced(_deniers(known, condition)))
        }
        return messages.UseModes(
            generation,
            frozenset(enforced),
            frozenset(known.tables.includes_init & enforced.keys()),
            frozenset(one for one, rules in enforced.items() if any(map(_denies_late, rules))),
            known.executions & enforced.keys(),
        )

    def _enforced(self, rules: Iterable[RuleInfo]) -> list[RuleInfo]:
        return [rule for rule in rules if self._modes.of_rule(rule.name) is Mode.ENFORCE]


def is_possible() -> bool:
    """Whether this process may ask the kernel to be asked about opens."""
    try:
        fanotify.Group().close()
    except OSError:
        return False
    return True


def _rules(plan: Plan, tables: KernelTables) -> _Rules:
    deniers = [
        rule
        for rule in plan.rules
        if rule.info.enforcement is not None and rule.info.enforcement.means is Means.DENY
    ]
    executing = [rule for rule in deniers if _executes_in_volume(rule)]
    named = named_by(plan.ruleset, deniers, CATALOGUE) | executed_by(plan.ruleset, executing)
    return _Rules(
        tables,
        tuple(rule.info for rule in plan.rules),
        frozenset(path for path in named if not path.startswith(_KERNELS)),
        frozenset[int]().union(
            *(one.conditions for one in tables.classes if one.event_type == EXECUTE)
        ),
        msgspec.msgpack.encode(only(tables, (OPEN, EXECUTE), tables.deny)),
    )


def _executes_in_volume(rule: Rule) -> bool:
    asked = rule.info.enforcement
    is_asked = asked is not None and not asked.needs_module
    return is_asked and not rule.event_types.isdisjoint(EXECUTING)


def _deniers(known: _Rules, condition: int) -> Iterable[RuleInfo]:
    for number in known.tables.rules[condition]:
        rule = known.rules[number]
        if rule.enforcement is not None and rule.enforcement.means is Means.DENY:
            yield rule


def _denies_late(rule: RuleInfo) -> bool:
    return rule.enforcement is not None and rule.enforcement.on_timeout is OnTimeout.DENY
