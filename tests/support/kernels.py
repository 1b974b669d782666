"""A kernel source that is fed by hand, and what is assembled around it."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from shikra.app.pipeline.assembly import Assembly, Surroundings
from shikra.app.pipeline.plan import Plan
from shikra.app.pipeline.pump import Item
from shikra.app.settings import Settings, StdoutOutput
from shikra.enrich.users import Users
from shikra.model.enforcement import Mode
from shikra.model.event import Event
from shikra.model.kernel_tables import ContainerBits, KernelTables, Packed
from shikra.sources.kernel import btf, limits
from shikra.sources.kernel.enforcing import NO_ORDERS, Enforced, Orders
from shikra.sources.kernel.refused import Refused
from shikra.sources.kernel.rings import Use
from support.clocks import ManualClock
from support.events import opened

QUIET = Settings(stdout_output=StdoutOutput(enabled=False), state_dir="", pin_dir="")


class InContainer:
    """What the pipeline asks of an event's data."""

    def __init__(self, container: int) -> None:
        """Be of a container."""
        self.container = container


class FakeKernel:
    """Items that were put in, announced by a pipe as the kernel announces its ring."""

    def __init__(self) -> None:
        """Begin with nothing; ``close`` must follow."""
        self.items: list[Item] = []
        self.watched: list[frozenset[str]] = []  # types that each load of tables lets through
        self.keeps_peers: list[bool] = []  # at each load of tables
        self.known_files: list[frozenset[bytes]] = []
        self.containers: dict[int, ContainerBits] = {}
        self.ordered: list[Orders] = []  # of each load and each change
        self.modes: dict[int, Mode] = {}  # of containers
        self.done: dict[Enforced, int] = {}
        self.lost: dict[str, tuple[int, ...]] = {"ring_full": (0, 0), "path_cut": (0, 0)}
        self.not_seen: tuple[str, ...] = ()
        self.left_out: dict[str, int] = {"call_returned": 0}
        self.limits: list[tuple[int, float]] = []
        self.held_back: list[limits.Held] = []
        self.ages_ns: dict[int, int] = {0: 0, 1: 0}
        self.keeps_lineage = False
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)

    can_deny = False
    """Whether the kernel refuses opens by itself."""

    is_continued = False

    @property
    def types(self) -> btf.Btf:
        """Have no probe: no guard is started."""
        raise NotImplementedError

    def lend(self, names: Sequence[str]) -> tuple[int, ...]:
        """Have no maps either."""
        raise NotImplementedError

    def refused(self, told: Refused) -> Event | None:
        """Make an event of it."""
        return opened(told.name.decode())

    def put(self, item: Item, container: int = 0) -> None:
        """Let something happen."""
        if isinstance(item, Event):
            item.data = InContainer(container)
        self.items.append(item)
        os.write(self._writing, b"x")

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self.items

    def watch(self, event_types: frozenset[str]) -> None:
        """Take note of what is to be watched."""
        self.watched.append(event_types)

    @property
    def generation(self) -> int:
        """Which tables are in force."""
        return len(self.watched)

    def pack(self, tables: KernelTables) -> Packed:
        """Keep the tables as they are."""
        return Packed(tables, b"")

    def load(self, packed: Packed, orders: Orders = NO_ORDERS) -> int:
        """Take note of what is to be watched, and forget the bits for other tables."""
        self.ordered.append(orders)
        self.watched.append(frozenset(one.event_type for one in packed.tables.classes))
        self.keeps_peers.append(packed.tables.keeps_peers)
        self.containers.clear()
        return self.generation

    def can_kill(self) -> bool:
        """Whether it kills in time."""
        return True

    def enforce(self, orders: Orders) -> None:
        """Take note of orders."""
        self.ordered.append(orders)

    def tell_mode(self, container: int, mode: Mode | None) -> None:
        """Take note of a container's mode."""
        self.modes[container] = mode

    def forget_mode(self, container: int) -> None:
        """Forget a container's mode."""
        del self.modes[container]

    def enforced(self) -> Mapping[Enforced, int]:
        """Return what was done."""
        return self.done

    def keep_lineage(self, *, is_kept: bool) -> None:
        """Take note of it."""
        self.keeps_lineage = is_kept

    def tell_container(self, key: int, bits: ContainerBits) -> None:
        """Take note of a container's bits."""
        self.containers[key] = bits

    def forget_container(self, key: int) -> None:
        """Forget a container."""
        del self.containers[key]

    def know_files(self, paths: frozenset[bytes]) -> None:
        """Take note of which files are to be known."""
        self.known_files.append(paths)

    def fileno(self) -> int:
        """Return what is readable when there is something to drain."""
        return self._reading

    def drain(self, limit: int) -> Iterator[Item]:
        """Yield what was put in."""
        for _ in range(limit):
            if not self.items:
                return
            os.read(self._reading, 1)
            yield self.items.pop(0)

    def losses(self) -> Mapping[str, tuple[int, ...]]:
        """Return what was lost."""
        return self.lost

    def rings(self) -> Mapping[str, Use]:
        """Return how full the ring is: a byte an item."""
        return {"calls": Use(len(self.items), 8)}

    def recursion_misses(self) -> Mapping[str, int]:
        """Return how often a program was left out."""
        return self.left_out

    def unseen(self) -> tuple[str, ...]:
        """Return what can't be seen."""
        return self.not_seen

    def limit(self, burst: int, rate: float) -> None:
        """Take note of the limit."""
        self.limits.append((burst, rate))

    def held(self) -> Collection[limits.Held]:
        """Return what was held back since the last time."""
        taken, self.held_back = self.held_back, []
        return taken

    def heartbeat_ages_ns(self) -> Mapping[int, int]:
        """Return how old the last sign of each CPU is."""
        return self.ages_ns

    def counters(self) -> Mapping[str, int]:
        """Return what was skipped."""
        return {"record_short": 1}

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._reading)
        os.close(self._writing)


class Bench:
    """An assembly on a fake kernel and a manual clock."""

    def __init__(
        self, plan: Plan, settings: Settings = QUIET, runtimes: tuple[Any, ...] = ()
    ) -> None:
        """Assemble; ``kernel.close`` must follow."""
        self.kernel = FakeKernel()
        self.clock = ManualClock()
        surroundings = Surroundings(
            clock=self.clock,
            hostname="node-1",
            environment={},
            runtimes=runtimes,
            users=Users(self.clock),
        )
        self.assembly = Assembly(self.kernel, plan, settings, surroundings)

    def fired(self) -> list[str]:
        """Return the rules that fired so far, sorted; a rule as often as it fired."""
        matches = self.assembly.sensor.counts.matches
        return sorted(info.name for info in matches.elements())
