"""
Generated rules on real system calls: what the probe says of them, against the live backend.

A program does the same things each time, in a cgroup of the test's. First every event of it crosses
and carries the probe's word on each rule; then the same rules hold back what they can.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from shikra.app.pipeline.candidates import Candidates
from shikra.app.pipeline.container_bits import ContainerTeller
from shikra.backends.kernel.compile import Compiled, compile_tables
from shikra.backends.kernel.rule_plan import Verdict
from shikra.backends.live.compile import Evaluator, compile_rules
from shikra.enrich import readers as enriched
from shikra.enrich.containers import Containers
from shikra.enrich.users import Users
from shikra.model.clock import SystemClock
from shikra.model.event import Event
from shikra.model.event_types import PRODUCED
from shikra.rules.ir import Both, Node, Op, RuleSet
from shikra.sources.kernel import cgroups, source
from shikra.sources.kernel.readers import READERS
from support import corpus, kernel_world, probes
from support.circuits import atom, rule

pytestmark = pytest.mark.kernel

CLOCK = SystemClock()
EVERYTHING = 1 << 20
PATIENCE_S = 10.0
NEW_EACH_TIME = frozenset({"clone", "clone3", "fork", "vfork"})  # their result is a new process
KINDS = tuple(sorted(PRODUCED.keys() - NEW_EACH_TIME))
"""All but what has a result that is another each time."""
OURS = atom("user.uid", Op.EQ, corpus.USER)


class Fired(msgspec.Struct, frozen=True):
    """An event and a rule that it fired, by what is the same each time."""

    rule: int
    kind: str
    name: bytes | None
    path: bytes | None
    real_path: bytes | None
    result: int
    port: int


class World:
    """The probe, and a folder and a cgroup for the program."""

    def __init__(self, kernel: source.KernelSource, root: Path, cgroup: Path) -> None:
        """Begin with nothing loaded."""
        self._kernel = kernel
        self._root = root
        self._cgroup = cgroup
        self._key = cgroup.stat().st_ino
        self._teller = ContainerTeller(
            kernel, Containers((), CLOCK), enriched.readers(Users(CLOCK))
        )

    def events(self, ruleset: RuleSet) -> tuple[list[Event], Compiled]:
        """Run the program under these rules; return what crossed of it, and the tables."""
        compiled = compile_tables(ruleset)
        self._kernel.load(self._kernel.pack(compiled.tables))
        self._teller.use(compiled.container_atoms)
        words = (str(self._root), str(self._cgroup))
        program = [sys.executable, "-I", "-S", corpus.__file__, *words]
        subprocess.run(program, check=True, capture_output=True, timeout=30)  # noqa: S603  our own
        return list(self._ours()), compiled

    def _ours(self) -> Iterator[Event]:
        deadline = time.monotonic() + PATIENCE_S
        while not self._kernel.is_empty and time.monotonic() < deadline:
            for item in self._kernel.drain(EVERYTHING):
                if isinstance(item, Event) and item.data.call.cgroup == self._key:
                    yield item


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Load the probe, and make room for the program."""
    above = cgroups.MOUNT
    if cgroups.chosen() is cgroups.Hierarchy.MEMORY:
        above /= "memory"
    cgroup = Path(tempfile.mkdtemp(prefix="shikra-test-agreement-", dir=above))
    readers = {**READERS, **enriched.readers(Users(CLOCK))}
    opened = source.Settings(probe_object=probes.built())
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            source.KernelSource.open(opened, CLOCK, readers) as kernel,
        ):
            corpus.make(Path(folder))
            yield World(kernel, Path(folder), cgroup)
    finally:
        with contextlib.suppress(OSError):
            cgroup.rmdir()


def rules_of(nodes: tuple[Node, ...], *, with_any: bool) -> RuleSet:
    """Make a rule of each node, for the program alone; and one that all that it does matches."""
    ours = len(nodes)
    both = tuple(Both((node, ours)) for node in range(len(nodes)))
    rules = [rule(str(node), ours + 1 + node, *KINDS) for node in range(len(nodes))]
    if with_any:
        rules.append(rule("any", ours, *KINDS))
    return RuleSet(nodes=(*nodes, OURS, *both), rules=tuple(rules))


def fired(evaluator: Evaluator, event: Event) -> set[int]:
    """Return the rules that fire by any name of the file."""
    found = set(evaluator.matches(event))
    for _, other in event.by_other_names():
        found |= set(evaluator.matches(other))
    return found


def seen(evaluator: Evaluator, events: list[Event]) -> Counter[Fired]:
    """Return what fires."""
    return Counter(
        Fired(
            each,
            event.type,
            event.process.name if event.process else None,
            event.path,
            event.real_path,
            event.data.call.result,
            event.data.call.remote_port,
        )
        for event in events
        for each in fired(evaluator, event)
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kernel_world.circuits())
def test_the_probe_holds_nothing_back_and_is_sure_of_nothing_wrong(
    world: World, nodes: tuple[Node, ...]
) -> None:
    """
    What fires may hold, what surely holds fires, and nothing that fires stays in the kernel.

    What is told to be decided there may hold just if it fires.
    """
    with_any = rules_of(nodes, with_any=True)
    evaluator = compile_rules(with_any)
    everything, compiled = world.events(with_any)
    candidates = Candidates(compiled.tables.rules)
    plans = enumerate(compiled.rules)
    exact = {rule for rule, plan in plans if plan and plan.verdict is Verdict.EXACT}
    assert everything
    for event in everything:
        assert event.verdict is not None
        found = fired(evaluator, event)
        may = candidates.among(event.verdict.may)
        assert found <= may
        assert may & exact == found & exact
        assert candidates.among(event.verdict.surely) <= found
    alone = rules_of(nodes, with_any=False)
    evaluator = compile_rules(alone)
    let_through, _ = world.events(alone)
    assert seen(evaluator, let_through) == seen(evaluator, everything)
