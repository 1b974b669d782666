"""
Have the kernel evaluate a plan, as far as it can.

In: a plan. Out: its tables, loaded; the sensor told which plan the next events belong to; and each
container's bits. Making tables takes a while and is done in a thread, so that events go on by the
plan before; taking them into use is one step between two events.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from shikra.app.pipeline.candidates import Candidates
from shikra.app.pipeline.container_bits import ContainerTeller, Sink
from shikra.app.pipeline.enforcing import Enforcer
from shikra.app.pipeline.plan import Plan
from shikra.app.pipeline.sensor import Sensor
from shikra.backends.kernel.compile import Compiled, compile_tables
from shikra.backends.kernel.rule_plan import RulePlan, Verdict
from shikra.model.event_types import PRODUCED
from shikra.model.kernel_tables import EventClass, KernelTables, Packed, Program
from shikra.sources.kernel.enforcing import NO_ORDERS, Orders

LOG = logging.getLogger(__name__)
PEER_CHANGED = "fd.name_changed"


class Kernel(Sink, Protocol):
    """Who takes tables."""

    def know_files(self, paths: frozenset[bytes]) -> None:
        """Know these files of each container by what they are, under any name."""
        ...

    def pack(self, tables: KernelTables) -> Packed:
        """Lay tables out; may be called in any thread."""
        ...

    def load(self, packed: Packed, orders: Orders = NO_ORDERS) -> int:
        """Evaluate by these tables, and act on them, from now on; return their generation."""
        ...


Loaded = Callable[[Plan, KernelTables, int], None]
"""Who is told what was loaded, as which generation, before anything is told of containers."""


class Ready(msgspec.Struct, frozen=True):
    """A plan that needs but be taken into use."""

    plan: Plan
    compiled: Compiled
    packed: Packed


class Loader:
    """Takes plans into use."""

    def __init__(
        self, kernel: Kernel, sensor: Sensor, teller: ContainerTeller, enforcer: Enforcer
    ) -> None:
        """Load nothing yet."""
        self.loaded: Loaded = _nobody
        self._enforcer = enforcer
        self._kernel = kernel
        self._sensor = sensor
        self._teller = teller
        self.plans: Mapping[str, RulePlan] = {}
        """How the kernel evaluates each rule, by name."""

    @property
    def verdicts(self) -> Mapping[Verdict, int]:
        """How many rules the kernel decides how far."""
        found = Counter(plan.verdict for plan in self.plans.values())
        return {verdict: found[verdict] for verdict in Verdict}

    def start(self, plan: Plan) -> None:
        """Take a plan into use while nothing goes on yet."""
        self._use(self._ready(plan))

    async def switch(self, plan: Plan) -> None:
        """Take another plan into use while events go on."""
        self._use(await asyncio.to_thread(self._ready, plan))

    def _ready(self, plan: Plan) -> Ready:
        try:
            compiled = plan.tables or compile_tables(plan.ruleset)
            keeps_peers = PEER_CHANGED in plan.reads
            tables = msgspec.structs.replace(compiled.tables, keeps_peers=keeps_peers)
            return Ready(plan, compiled, self._kernel.pack(tables))
        except Exception:  # the fence: rules that the kernel can't have are still rules
            LOG.exception("the kernel's tables can't be made, so Python evaluates all rules")
            compiled = in_user_space(plan)
            return Ready(plan, compiled, self._kernel.pack(compiled.tables))

    def _use(self, ready: Ready) -> None:
        """Do it at once: an event of these tables comes only after the sensor knows them."""
        self._kernel.know_files(ready.plan.files)
        orders = self._enforcer.take(ready.plan, ready.compiled.tables)
        generation = self._kernel.load(ready.packed, orders)
        self._enforcer.loaded(generation)
        self.loaded(ready.plan, ready.compiled.tables, generation)
        self._sensor.switch(ready.plan)
        self._sensor.loaded(generation, Candidates(ready.compiled.tables.rules))
        self._teller.use(ready.compiled.container_atoms)
        found = zip(ready.plan.rules, ready.compiled.rules, strict=True)
        self.plans = {rule.info.name: plan for rule, plan in found if plan is not None}


def _nobody(_plan: Plan, _tables: KernelTables, _generation: int) -> None:
    """Hear nothing."""


def in_user_space(plan: Plan) -> Compiled:
    """Return tables that let all events through that any rule asks for."""
    every = frozenset({0})
    nobody_knows = Program(requirements=((0, 0),))
    tables = KernelTables(
        rules=(frozenset(range(len(plan.rules))),),
        urgent=frozenset(),
        process=Program(),
        images={},
        views={},
        classes=tuple(
            EventClass(
                event_type=event_type,
                conditions=every,
                numbers=Program(),
                named=frozenset(),
                opened_only=frozenset(),
                full=nobody_knows,
            )
            for event_type in sorted(plan.event_types & PRODUCED.keys())
        ),
    )
    return Compiled(tables=tables, container_atoms=(), rules=(None,) * len(plan.rules))
