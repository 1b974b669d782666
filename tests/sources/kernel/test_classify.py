"""Processes that are older than the sensor are placed by the live tree."""

import pytest

from shikra.sources.kernel import classify
from shikra.sources.kernel.classify import Placed, Task

HOST_MOUNTS, HOST_PIDS = 1, 2
HOST = classify.Host(HOST_MOUNTS, HOST_PIDS)
C, D = 100, 200  # cgroups that are containers
ON_HOST = Placed(container=0)


def on_host(pid: int, parent: int, *, cgroup: int = 1, is_runtime: bool = False) -> Task:
    """Return a process of the host."""
    return Task(
        id=pid,
        pid=pid,
        parent_pid=parent,
        start_time_ns=pid,
        mount_namespace=HOST_MOUNTS,
        pid_namespace=HOST_PIDS,
        cgroup=cgroup,
        is_runtime=is_runtime,
    )


def inside(  # noqa: PLR0913  each is one thing that a container may share
    pid: int,
    parent: int,
    *,
    key: int = C,
    is_named: bool = True,
    mounts: int | None = None,
    pids: int | None = None,
    cgroup: int | None = None,
    start: int | None = None,
) -> Task:
    """Return a process of a container."""
    return Task(
        id=pid,
        pid=pid,
        parent_pid=parent,
        start_time_ns=pid if start is None else start,
        mount_namespace=key if mounts is None else mounts,
        pid_namespace=key if pids is None else pids,
        cgroup=key if cgroup is None else cgroup,
        container_cgroup=key if is_named else 0,
    )


def first(key: int = C) -> Placed:
    """Return the place of a first process."""
    return Placed(container=key, is_first=True, in_init_tree=True)


def child(key: int = C) -> Placed:
    """Return the place of what the first process created."""
    return Placed(container=key, in_init_tree=True)


def entered(key: int = C) -> Placed:
    """Return the place of what came in from outside."""
    return Placed(container=key, has_entered=True)


INIT, SHIM = on_host(1, 0), on_host(5, 1)


@pytest.mark.parametrize(
    ("parent", "placed"),
    [
        pytest.param(1, first(), id="of the machine's first process"),
        pytest.param(7, ON_HOST, id="of one that is gone"),
    ],
)
def test_a_parent_that_is_hidden_is_the_hosts(parent: int, placed: Placed) -> None:
    """Where the list lacks the machine's first process, what a runtime left to it is found."""
    found = classify.classify([SHIM, inside(10, parent, is_named=False)], HOST, {})
    assert found.placed[10] == placed


@pytest.mark.parametrize(
    ("tasks", "placed"),
    [
        pytest.param([on_host(9, 1)], {9: ON_HOST}, id="host"),
        pytest.param(
            [inside(10, 5), inside(11, 10), inside(12, 11)],
            {10: first(), 11: child(), 12: child()},
            id="application with children",
        ),
        pytest.param(
            [inside(10, 5), inside(20, 5), inside(21, 20)],
            {10: first(), 20: entered(), 21: entered()},
            id="exec session",
        ),
        pytest.param(
            [inside(30, 5, start=1), inside(20, 5, start=2)],
            {30: first(), 20: entered()},
            id="the earliest is first, whatever its pid",
        ),
        pytest.param(
            [inside(10, 5), inside(20, 10, key=D), inside(30, 5, key=D)],
            {10: first(), 20: first(D), 30: entered(D)},
            id="two containers",
        ),
        pytest.param(
            [inside(10, 5, pids=HOST_PIDS), inside(11, 10, pids=HOST_PIDS)],
            {10: first(), 11: child()},
            id="host's pid namespace",
        ),
        pytest.param(
            [inside(10, 5), inside(11, 10, pids=77)],
            {10: first(), 11: child()},
            id="a new pid 1 made inside",
        ),
        pytest.param(
            [inside(10, 5, is_named=False), inside(11, 10, is_named=False)],
            {10: first(), 11: child()},
            id="plain runc: no id in the name",
        ),
        pytest.param(
            [inside(10, 1, is_named=False, pids=HOST_PIDS)],
            {10: ON_HOST},
            id="a service with mounts of its own",
        ),
        pytest.param(
            [inside(10, 9, is_named=False, cgroup=1), on_host(9, 1)],
            {10: ON_HOST, 9: ON_HOST},
            id="a sandbox in its creator's cgroup",
        ),
        pytest.param(
            [inside(10, 5), inside(20, 9, is_named=False, pids=HOST_PIDS, cgroup=1)],
            {10: first(), 20: entered()},
            id="nsenter into the mount namespace alone",
        ),
        pytest.param(
            [inside(10, 5), inside(20, 9, mounts=HOST_MOUNTS, pids=HOST_PIDS)],
            {10: first(), 20: entered()},
            id="moved into the cgroup alone",
        ),
        pytest.param(
            [inside(10, 5), on_host(20, 5, cgroup=C, is_runtime=True)],
            {10: first(), 20: ON_HOST},
            id="a runtime's helper in the cgroup",
        ),
        pytest.param(
            [inside(10, 5), inside(11, 10, cgroup=101)],
            {10: first(), 11: child()},
            id="a cgroup inside",
        ),
        pytest.param(
            [inside(10, 5), inside(11, 10, is_named=False, mounts=78, cgroup=C)],
            {10: first(), 11: child()},
            id="mounts of its own inside",
        ),
    ],
)
def test_processes_are_placed(tasks: list[Task], placed: dict[int, Placed]) -> None:
    """A container, its first process, what that created, and what came in are told apart."""
    found = classify.classify([INIT, SHIM, *tasks], HOST, {})
    assert {task.pid: found.placed[task.pid] for task in tasks} == placed
    assert {each.first.pid for each in found.containers} == {
        pid for pid, place in placed.items() if place.is_first
    }


def test_what_is_known_is_kept() -> None:
    """A container that the probe saw starting isn't found again; its process stays its own."""
    seen = Task(
        id=10,
        pid=10,
        parent_pid=5,
        start_time_ns=10,
        mount_namespace=C,
        pid_namespace=C,
        cgroup=C,
        container=C,
    )
    found = classify.classify([INIT, SHIM, seen, inside(20, 5), inside(11, 10)], HOST, {C: 10})
    assert found.containers == ()
    assert found.placed[20] == entered()
    assert found.placed[11] == child()


def test_a_container_whose_first_process_is_gone_has_none() -> None:
    """Whoever is left came in, and nobody becomes first by outliving it."""
    found = classify.classify([INIT, SHIM, inside(20, 5)], HOST, {C: 10})
    assert found.placed[20] == entered()


def test_a_loop_of_parents_ends() -> None:
    """A tree that was torn while it was read doesn't hang."""
    found = classify.classify([inside(10, 11), inside(11, 10)], HOST, {})
    assert found.containers == ()
