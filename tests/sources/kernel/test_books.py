"""News of containers, and the processes behind calls."""

from typing import Any, cast

import pytest

from shikra.sources.kernel import books, btf, cgroups, records, state
from shikra.sources.kernel.containers import ContainerComing, ContainerEnded, ContainerStarted
from support.kernel_records import call, executed, record

CONTAINER, OTHER = 99, 98
NO_PROCESS = 1 << 30  # above every pid


class Told:
    """What the probe knows of containers."""

    def __init__(self) -> None:
        """Know one, whose first process is gone."""
        self.known = {OTHER: state.FirstProcess(first_pid=NO_PROCESS, exe_device=0, exe_inode=0)}

    def containers(self) -> dict[int, state.FirstProcess]:
        """Return them."""
        return self.known


@pytest.fixture
def kept(types: btf.Btf) -> books.Books:
    """Return empty books."""
    return books.Books(types, cast("Any", Told()), cgroups.Hierarchy.DEFAULT)


def start(kept: books.Books) -> None:
    """Let a container start."""
    text = b"\0" * 8 + b"name" + b"above"
    flags = kept.table.flags.of(is_first=True, in_init_tree=True)
    kept.keep(
        record(
            records.ContainerRecord,
            raw=text,
            container=CONTAINER,
            pid=7,
            cgroup_name_offset=8,
            cgroup_name_length=4,
            cgroup_parent_name_offset=12,
            cgroup_parent_name_length=5,
        )
    )
    kept.keep(executed(b"app", process=1, pid=7, container=CONTAINER, flags=flags))


def leave(process: int, pid: int) -> records.ExitRecord:
    """Return an exit."""
    return record(records.ExitRecord, process=process, pid=pid)


@pytest.mark.parametrize(
    ("is_runtime", "container", "vpid", "told"),
    [
        pytest.param(True, 0, 1, [ContainerComing(7)], id="the first in a pid namespace"),
        pytest.param(True, 0, 7, [], id="on the host"),
        pytest.param(True, 0, 3, [], id="in a namespace with others"),
        pytest.param(True, CONTAINER, 1, [], id="by a runtime in a container"),
        pytest.param(False, 0, 1, [], id="by anybody else"),
    ],
)
def test_what_a_runtime_makes_is_told(
    kept: books.Books, *, is_runtime: bool, container: int, vpid: int, told: list[ContainerComing]
) -> None:
    """A container may come of it; of what others make, none does."""
    flags = kept.table.flags.of(is_runtime=is_runtime)
    made = record(records.ForkRecord, process=1, pid=7, vpid=vpid, container=container, flags=flags)
    kept.keep(made)
    assert list(kept.take()) == told


def test_a_container_is_told_when_it_starts_and_ends(kept: books.Books) -> None:
    """Its first process starts and ends it; another process that ends doesn't."""
    start(kept)
    told = ContainerStarted(
        key=CONTAINER, cgroup_name=b"name", cgroup_parent_name=b"above", first_pid=7
    )
    assert kept.take() == [told]
    kept.keep(record(records.ForkRecord, process=2, creator=1, pid=8, container=CONTAINER))
    kept.keep(leave(2, 8))
    assert not kept.take()
    kept.keep(leave(1, 7))
    kept.leave(lambda: 1)
    assert not kept.take()
    kept.forget(1)
    assert kept.take() == [ContainerEnded(CONTAINER)]


def test_calls_that_are_read_late_are_of_who_made_them(kept: books.Books) -> None:
    """Until a mark has passed, those that left before it are known, and their container is."""
    start(kept)
    kept.take()
    kept.keep(leave(1, 7))
    kept.leave(lambda: 1)
    kept.forget(0)
    caller = kept.caller(call(process=1, pid=7, container=CONTAINER))
    assert caller.arguments == (b"app",)
    assert not kept.take()
    kept.forget(1)
    assert len(kept.table) == 0
    kept.leave(lambda: pytest.fail("nobody left since"))


def test_a_container_that_starts_again_has_ended_before(kept: books.Books) -> None:
    """A first process in the cgroup of one that left gives an end and a start, in this order."""
    start(kept)
    (first,) = kept.take()
    kept.keep(leave(1, 7))
    kept.leave(lambda: 1)
    start(kept)
    assert kept.take() == [ContainerEnded(CONTAINER), first]
    kept.forget(1)
    assert not kept.take()


def test_a_container_that_was_not_told_is_told_by_its_first_event(kept: books.Books) -> None:
    """When the record of its start was lost, a container is told once, and as a guess."""
    for _ in range(2):
        kept.caller(call(process=5, pid=NO_PROCESS, container=OTHER))
    (told,) = kept.take()
    assert isinstance(told, ContainerStarted)
    assert (told.key, told.first_pid, told.is_inferred) == (OTHER, NO_PROCESS, True)


def test_a_process_without_a_record_is_placed_by_its_cgroup(kept: books.Books) -> None:
    """Whoever fills the probe's table doesn't thereby leave his container."""
    start(kept)
    caller = kept.caller(call(process=0, pid=NO_PROCESS, cgroup=CONTAINER))
    assert (caller.container, caller.in_init_tree) == (CONTAINER, False)
    outside = kept.caller(call(process=0, pid=NO_PROCESS, cgroup=5))
    assert outside.container == 0
