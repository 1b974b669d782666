"""Rules that ask for enforcement, one container, and a kernel that does what it is told by hand."""

from collections.abc import Mapping
from typing import Any

from shikra.app.pipeline.enforcing import Change, Enforcer, Surroundings
from shikra.app.pipeline.evaluate import Match
from shikra.app.pipeline.orders import Deed, Found
from shikra.app.settings import Enforce
from shikra.backends.kernel.compile import compile_tables
from shikra.enforce.memory import Remembered
from shikra.model.container import HOST, Container
from shikra.model.enforcement import Mode
from shikra.model.process import Process
from shikra.model.verdict import Outcome
from shikra.sources.kernel.enforcing import Enforced, Orders
from support.clocks import ManualClock
from support.events import POD, opened, plan_of, rule

KILL = rule("Kill", "fd.name startswith /secret/", more="  enforce: kill\n")
DENY = rule("Deny", "fd.name startswith /denied/", more="  enforce: deny\n")
TELL = rule("Tell", "fd.name startswith /told/")
MINE = "/mine"
"""The container's cgroup is below it."""

NOTHING = Remembered()
ENFORCED = Enforce(mode=Mode.ENFORCE, rules={"Deny": Mode.OBSERVE})
KILLED = Found(Outcome.KILLED, is_sure=True)
WOULD_KILL = Found(Outcome.WOULD_KILL, is_sure=True)


class Known(dict[int, Container]):
    """Containers by hand."""

    def get(self, key: int) -> Container:  # type: ignore[override]  # never asked in vain
        """Return what is known now."""
        return self[key]

    def knows(self, key: int) -> bool:
        """Whether there is such a container."""
        return key in self


class Hands:
    """A kernel that takes note of what it is told."""

    def __init__(self, *, kills: bool = True) -> None:
        """Have been told nothing."""
        self.ordered: list[Orders] = []
        self.modes: dict[int, Mode | None] = {}
        self.done: dict[Enforced, int] = {}
        self.kills = kills
        self.keeps_lineage = self.is_continued = False

    def can_kill(self) -> bool:
        """Say what was given."""
        return self.kills

    def enforce(self, orders: Orders) -> None:
        """Take orders."""
        self.ordered.append(orders)

    def keep_lineage(self, *, is_kept: bool) -> None:
        """Take note of it."""
        self.keeps_lineage = is_kept

    def tell_mode(self, container: int, mode: Mode | None) -> None:
        """Take a container's mode."""
        self.modes[container] = mode

    def forget_mode(self, container: int) -> None:
        """Forget it."""
        del self.modes[container]

    def enforced(self) -> Mapping[Enforced, int]:
        """Return what was done."""
        return self.done


class Bench:
    """An enforcer at work."""

    def __init__(
        self,
        rules: str = KILL + DENY + TELL,
        settings: Enforce = ENFORCED,
        *,
        kills: bool = True,
        remembered: Remembered | None = NOTHING,
    ) -> None:
        """Load rules."""
        self.kernel = Hands(kills=kills)
        self.clock = ManualClock()
        self.known = Known({HOST.key: HOST, POD.key: POD})
        self.changes: list[Change] = []
        self.remembered: list[Remembered] = []
        self.generation = 0
        self.enforcer = Enforcer(
            settings,
            Surroundings(
                kernel=self.kernel,
                containers=self.known,
                lies_below=lambda key, path: (key, path) == (POD.key, MINE),
                clock=self.clock,
                tell=self.changes.append,
                remembered=remembered,
                remember=self.remembered.append,
            ),
        )
        self.load(rules)

    def load(self, rules: str) -> None:
        """Load rules in the place of those before."""
        plan = plan_of(rules)
        tables = compile_tables(plan.ruleset).tables
        self.infos = {one.info.name: one.info for one in plan.rules}
        self.conditions = {
            plan.rules[number].info.name: condition
            for condition, numbers in enumerate(tables.rules)
            for number in numbers
        }
        self.kernel.enforce(self.enforcer.take(plan, tables))
        self.generation += 1
        self.enforcer.loaded(self.generation)

    def reload(self, settings: Enforce, rules: str) -> None:
        """Load rules by other settings."""
        self.enforcer.configure(settings)
        self.load(rules)

    def did(self, found: Found, rule: str = "Kill", **of: Any) -> Deed | None:
        """Let a rule match; ``of``: the process, or ``container``, or the call's ``result``."""
        return self.enforcer.did(self._match(of), self.infos[rule], found)

    def is_told(self, found: Found, rule: str, **of: Any) -> bool:
        """Ask whether another event tells of such a match."""
        return self.enforcer.is_told(self._match(of), self.infos[rule], found)

    def count(self, rule: str, outcome: Outcome, total: int) -> None:
        """Let the kernel have counted so many in all, by the tables in force."""
        self.kernel.done[Enforced(self.generation, self.conditions[rule], outcome)] = total

    @property
    def killing(self) -> set[str]:
        """Rules that the kernel kills for now."""
        return self._named(self.kernel.ordered[-1].kill)

    @property
    def observing(self) -> set[str]:
        """Rules that the kernel observes now."""
        return self._named(self.kernel.ordered[-1].observed)

    def _match(self, of: dict[str, Any]) -> Match:
        event = opened("/secret/a")
        event.fields["evt.rawres"] = of.pop("result", 3)
        event.time_ns = self.clock.wall
        event.container = of.pop("container", POD)
        process = {"id": 1, "pid": 1, "name": b"cat", "exepath": b"/bin/cat", **of}
        event.process = Process(**process)
        return Match(0, event, None)

    def _named(self, conditions: frozenset[int]) -> set[str]:
        return {name for name, one in self.conditions.items() if one in conditions}
