"""
Guess where processes belong that are older than the sensor.

In: all processes, as they are now. Out: the containers they are in, each with its first process,
and for each process its container, and whether it descends from the first process or has entered.

The guess is by what the live tree still shows. A container's cgroup is one that is named as
runtimes do, or whose process has another pid and mount namespace than its parent, which a runtime
made or which is in another cgroup. Its first process is the earliest whose parent is outside;
others whose parent is outside came in later. An orphan that was adopted inside looks like the
application's child: that is why everything here is marked as inferred.
"""

from collections.abc import Iterable, Mapping

import msgspec

from shikra.model import process

_MACHINE_FIRST = 1  # its pid
_MAX_STEPS = process.MAX_LINEAGE


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One process, as the kernel and /proc show it."""

    id: int
    pid: int
    parent_pid: int
    start_time_ns: int
    mount_namespace: int
    pid_namespace: int
    cgroup: int
    container_cgroup: int = 0  # of the cgroup or one above it that is named as a container's
    is_runtime: bool = False  # its name is a container runtime's
    container: int | None = None  # where it is already known to belong; 0: on the host


class Host(msgspec.Struct, frozen=True):
    """The namespaces that are no container's."""

    mount_namespace: int
    pid_namespace: int


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Where one process belongs."""

    container: int
    is_first: bool = False
    in_init_tree: bool = False
    has_entered: bool = False


class Found(msgspec.Struct, frozen=True):
    """A container, by its first process."""

    key: int
    first: Task


class Classification(msgspec.Struct, frozen=True):
    """What was guessed."""

    placed: Mapping[int, Placed]  # by pid
    containers: tuple[Found, ...]


_ON_HOST = Placed(container=0)


def classify(tasks: Iterable[Task], host: Host, known: Mapping[int, int]) -> Classification:
    """Place every process; ``known`` are containers with their first process's pid."""
    by_pid = {task.pid: task for task in tasks}
    keys = _container_keys(by_pid, host)
    members: dict[int, list[Task]] = {}
    for task in by_pid.values():
        if keys[task.pid]:
            members.setdefault(keys[task.pid], []).append(task)
    firsts = dict(known)
    found = []
    for key, group in members.items():
        first = None if key in known else _first(group, by_pid, keys, host)
        if first is not None:
            firsts[key] = first.pid
            found.append(Found(key, first))
    placed = {pid: _place(task, by_pid, keys, firsts) for pid, task in by_pid.items()}
    return Classification(placed, tuple(found))


def _container_keys(by_pid: Mapping[int, Task], host: Host) -> dict[int, int]:
    """Return for each pid the key of the container whose it is, 0 on the host."""
    keys = {pid: _own_key(task, by_pid, host) for pid, task in by_pid.items()}
    started = {key for key in keys.values() if key}
    by_mounts = {
        by_pid[pid].mount_namespace: key
        for pid, key in keys.items()
        if key and by_pid[pid].mount_namespace != host.mount_namespace
    }
    for pid, task in by_pid.items():
        if keys[pid] or task.container is not None:
            continue
        if task.cgroup in started and not task.is_runtime:
            keys[pid] = task.cgroup
        elif task.mount_namespace != host.mount_namespace:
            keys[pid] = by_mounts.get(task.mount_namespace, 0)
    return keys


def _own_key(task: Task, by_pid: Mapping[int, Task], host: Host) -> int:
    if task.container is not None:
        return task.container
    if task.mount_namespace == host.mount_namespace:
        return 0 if task.is_runtime else task.container_cgroup
    if task.container_cgroup or task.pid_namespace == host.pid_namespace:
        return task.container_cgroup
    parent = by_pid.get(task.parent_pid)
    if parent is None:  # some machines hide their first process from the list
        return task.cgroup if task.parent_pid == _MACHINE_FIRST else 0
    if task.pid_namespace == parent.pid_namespace:
        return 0
    is_started = parent.is_runtime or parent.cgroup != task.cgroup
    return task.cgroup if is_started and parent.mount_namespace == host.mount_namespace else 0


def _first(
    group: Iterable[Task], by_pid: Mapping[int, Task], keys: Mapping[int, int], host: Host
) -> Task | None:
    candidates = [
        task
        for task in group
        if task.mount_namespace != host.mount_namespace
        and not task.is_runtime
        and not _is_inside(by_pid.get(task.parent_pid), keys[task.pid], keys)
    ]
    return min(candidates, key=lambda task: (task.start_time_ns, task.pid), default=None)


def _is_inside(task: Task | None, key: int, keys: Mapping[int, int]) -> bool:
    return task is not None and keys[task.pid] == key


def _place(
    task: Task, by_pid: Mapping[int, Task], keys: Mapping[int, int], firsts: Mapping[int, int]
) -> Placed:
    key = keys[task.pid]
    if not key:
        return _ON_HOST
    first_pid = firsts.get(key)
    above: Task | None = task
    for _ in range(_MAX_STEPS):
        if above is None or keys[above.pid] != key:
            break
        if above.pid == first_pid:
            return Placed(container=key, is_first=above is task, in_init_tree=True)
        above = by_pid.get(above.parent_pid)
    return Placed(container=key, has_entered=True)
