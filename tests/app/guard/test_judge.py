"""The guard's judgement beside the probe's, of the same processes."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from shikra.app.guard.judge import EXECUTE, OPEN, MapsJudge
from shikra.app.guard.layout import MAPS, layout
from shikra.backends.kernel.only import only
from shikra.enforce.guard.messages import Begin
from shikra.model.kernel_tables import ContainerBits, KernelTables
from support import judging, probes
from support.judging import BY_SHELL, MARK, Judge, Said

pytestmark = pytest.mark.kernel

SECRET = f"{MARK}/x".encode()


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """Judge with the probe as its sources are now."""
    with judging.judging(probes.built()) as made:
        yield made


def of_guard(judge: Judge) -> MapsJudge:
    """Judge with the guard's means, by the same maps."""
    begin = Begin(MAPS, msgspec.msgpack.encode(layout(judge.kernel.types)))
    made = MapsJudge(begin, [os.dup(each) for each in judge.kernel.lend(MAPS)])
    every = frozenset(range(len(judge.tables.rules)))
    tables = msgspec.msgpack.encode(only(judge.tables, (OPEN, EXECUTE), every))
    made.use(judge.kernel.generation, tables)
    return made


def rules(tables: KernelTables, conditions: frozenset[int]) -> frozenset[int]:
    """Return the rules of conditions."""
    return frozenset[int]().union(*(tables.rules[each] for each in conditions))


def said(judge: Judge, *before: str) -> tuple[list[Said], list[bool]]:
    """Return what the probe says, by rule, of an open, and whether the guard is sure of it."""
    with judge.waiting("mark()", *before) as go_on:
        pid = max(map(int, (judge.folder / "cgroup.procs").read_text().split()))
        guard = of_guard(judge)
        caller = guard.caller(pid)
        assert caller is not None
        found = rules(judge.tables, guard.surely(caller, SECRET, stat.S_IFREG | 0o644))
        go_on()
    ((_, by_probe),) = judge.verdicts()
    return list(by_probe), [number in found for number in range(len(by_probe))]


@pytest.mark.parametrize(
    "conditions",
    [
        pytest.param(("proc.name startswith python", "proc.name = sh"), id="its own name"),
        pytest.param(("proc.aname = sh", "proc.aname = nobody"), id="creators"),
        pytest.param(("fd.directory = /shikra-marked", "fd.filename = y"), id="parts of the name"),
        pytest.param(("proc.entered = true", "proc.in_init_tree = true"), id="lineage"),
        pytest.param(("evt.is_open_read = true", "evt.is_open_write = true"), id="how it opens"),
        pytest.param(("proc.cmdline contains nothing-else", "proc.args contains -S"), id="args"),
    ],
)
@pytest.mark.parametrize("before", [(), BY_SHELL], ids=["alone", "by a shell"])
def test_the_guard_is_sure_of_what_the_probe_is_sure_of(
    judge: Judge, conditions: tuple[str, ...], before: tuple[str, ...]
) -> None:
    """Of the same process and the same file, by the same tables."""
    judge.load(*conditions, "evt.type exists")  # it tells of the call in any case
    by_probe, by_guard = said(judge, *before)
    assert by_guard == [each is Said.SURELY for each in by_probe]


PROGRAM = str(Path("/bin/true").resolve())
EXECUTE_IT = f"os.execv('{PROGRAM}', ['another-name'])"


@pytest.mark.parametrize(
    "conditions",
    [
        pytest.param((f"proc.exepath = {PROGRAM}", "proc.exepath = /mnt/a"), id="its path"),
        pytest.param(("proc.exepath startswith /usr/", "proc.exepath startswith /a/"), id="folder"),
        pytest.param(("proc.pname = sh", "proc.aname = sh", "proc.aname = nobody"), id="creators"),
        pytest.param(("proc.pname startswith python",), id="who executes it is no creator"),
        pytest.param(("proc.aexepath = /mnt/a", "proc.pexepath endswith sh"), id="their paths"),
        pytest.param(("proc.entered = true", "proc.in_init_tree = true"), id="lineage"),
    ],
)
@pytest.mark.parametrize("before", [(), BY_SHELL], ids=["alone", "by a shell"])
def test_the_guard_is_sure_of_what_the_probe_will_be_sure_of(
    judge: Judge, conditions: tuple[str, ...], before: tuple[str, ...]
) -> None:
    """Of the program that a process is about to become, but for what isn't known before."""
    unknown = ("proc.name = true", "proc.args exists")
    judge.load(*conditions, *unknown, "evt.type exists", on="evt.type in (execve, execveat)")
    with judge.waiting(EXECUTE_IT, *before) as go_on:
        pid = max(map(int, (judge.folder / "cgroup.procs").read_text().split()))
        guard = of_guard(judge)
        caller = guard.caller(pid)
        assert caller is not None
        found = rules(judge.tables, guard.surely_executes(caller, PROGRAM.encode()))
        go_on()
    *_, (_, by_probe) = judge.verdicts()
    sure = {number for number, each in enumerate(by_probe) if each is Said.SURELY}
    assert found == sure - {len(conditions), len(conditions) + 1}


def test_a_rule_may_ask_that_the_open_succeeds(judge: Judge) -> None:
    """Before it is decided every open would: what is denied is what would have had a descriptor."""
    judge.load("fd.num >= 0", "evt.type exists")
    _, by_guard = said(judge)
    assert by_guard == [True, True]


def test_what_was_told_of_a_container_counts(judge: Judge) -> None:
    """Before it was told, and for other tables, it is unknown; then it is what was told."""
    condition = "container.id = host"
    judge.load(condition)
    assert said(judge) == ([Said.MAY], [False])
    judge.kernel.tell_container(0, ContainerBits(1 << judge.bit(condition)))
    assert said(judge) == ([Said.SURELY], [True])
    judge.kernel.tell_container(0, ContainerBits(0))
    with judge.waiting("mark()") as go_on:
        pid = int((judge.folder / "cgroup.procs").read_text().split()[0])
        guard = of_guard(judge)
        caller = guard.caller(pid)
        assert caller is not None
        assert not guard.surely(caller, SECRET, stat.S_IFREG)
        judge.kernel.tell_container(0, ContainerBits(1 << judge.bit(condition)))
        again = guard.caller(pid)
        assert again is not None
        assert guard.surely(again, SECRET, stat.S_IFREG)
        go_on()
    judge.kernel.forget_container(0)


def test_processes_of_the_host_are_spared(judge: Judge) -> None:
    """Nothing is ever denied to them."""
    judge.load("proc.name exists")
    with judge.waiting("pass") as go_on:
        pid = int((judge.folder / "cgroup.procs").read_text().split()[0])
        caller = of_guard(judge).caller(pid)
        assert caller is not None
        assert caller.is_spared
        go_on()


def test_a_process_that_is_gone_is_unknown(judge: Judge) -> None:
    """There is nothing to judge."""
    assert of_guard(judge).caller(2**22 + 1) is None
