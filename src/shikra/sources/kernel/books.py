"""
Who is alive, and which containers there are, kept from the probe's records.

In: records, those of processes ahead of calls. Out: the process behind each call, and news of
containers, to be taken after each record. Who has left is kept until the last call that was made
by then was read: ``leave`` asks for a mark of that moment, ``forget`` says which have passed.
A container that nothing was told of (its record was lost) is told when its first event comes; a
process that the probe had no room for is placed by its cgroup.
"""

import collections
from collections.abc import Callable, Collection, Mapping
from typing import assert_never

import msgspec

from shikra.model import process
from shikra.sources.kernel import btf, cgroups, processes, procfs, records, state
from shikra.sources.kernel.containers import ContainerComing, ContainerEnded, ContainerStarted

News = ContainerComing | ContainerStarted | ContainerEnded

_FIRST = 1  # the pid, in its own pid namespace, of whom a container begins with


class _Left(msgspec.Struct, frozen=True):
    """Who left before a mark."""

    mark: int
    processes: Collection[int]
    containers: Mapping[int, int]  # key, and its first process


class Books:
    """The process table, and the containers that were told."""

    def __init__(
        self, types: btf.Btf, told: state.ProbeState, hierarchy: cgroups.Hierarchy
    ) -> None:
        """Start empty."""
        self.table = processes.ProcessTable(types)
        self._runtime = self.table.flags.of(is_runtime=True)
        self._told = told
        self._hierarchy = hierarchy
        self._containers: set[int] = set()
        self._ending: dict[int, int] = {}  # containers whose first process, by its id, has left
        self._left: collections.deque[_Left] = collections.deque()
        self._news: list[News] = []

    def keep(self, record: records.Change) -> None:
        """Follow what changed."""
        match record:
            case records.ForkRecord():
                self.table.forked(record)
                self._forked(record)
            case records.ExecRecord():
                self.table.executed(record)
            case records.MoveRecord():
                self.table.moved(record)
            case records.ExitRecord():
                self._exited(record)
            case records.ContainerRecord():
                self.add(
                    ContainerStarted(
                        key=record.container,
                        cgroup_name=record.cgroup_name,
                        cgroup_parent_name=record.cgroup_parent_name,
                        first_pid=record.pid,
                    )
                )
            case _:
                assert_never(record)

    def caller(self, call: records.CallRecord) -> process.Process:
        """Return who made a call."""
        caller = self.table.caller(call)
        if not call.process and call.cgroup in self._containers:
            caller.container = call.cgroup
        if caller.container and caller.container not in self._containers:
            self._announce(caller)
        return caller

    def add(self, *started: ContainerStarted) -> None:
        """Tell of containers."""
        for again in (each.key for each in started if each.key in self._ending):
            self._end(again)
        self._containers.update(each.key for each in started)
        self._news.extend(started)

    def take(self) -> Collection[News]:
        """Return the news since the last time."""
        if not self._news:  # as good as always
            return ()
        taken, self._news = self._news, []
        return taken

    def leave(self, mark: Callable[[], int]) -> None:
        """Mark the moment after which who left has made no more calls."""
        leaving = self.table.take_leaving()
        if leaving:
            self._left.append(_Left(mark(), leaving, dict(self._ending)))

    def forget(self, passed: int) -> None:
        """Forget who left before this mark."""
        while self._left and self._left[0].mark <= passed:
            left = self._left.popleft()
            self.table.drop(left.processes)
            for container, first in left.containers.items():
                if self._ending.get(container) == first:
                    self._end(container)

    def _forked(self, record: records.ForkRecord) -> None:
        """Tell of what a runtime's helper makes on the host, where that begins with itself."""
        is_runtimes = record.flags & self._runtime and not record.container
        if is_runtimes and record.vpid == _FIRST != record.pid:
            self._news.append(ContainerComing(record.pid))

    def _exited(self, record: records.ExitRecord) -> None:
        ended = self.table.exited(record)
        if ended is not None and ended.is_first and ended.container in self._containers:
            self._ending[ended.container] = ended.id

    def _end(self, container: int) -> None:
        del self._ending[container]
        self._containers.remove(container)
        self._news.append(ContainerEnded(container))

    def _announce(self, inside: process.Process) -> None:
        first = self._told.containers().get(inside.container)
        pid = first.first_pid if first else 0
        entry = procfs.read(pid or inside.pid)
        path = cgroups.path_in(entry.cgroups, self._hierarchy) if entry else b""
        name = cgroups.container_in(path) or cgroups.named(path)
        self.add(
            ContainerStarted(
                key=inside.container,
                cgroup_name=name.leaf,
                cgroup_parent_name=name.parent,
                first_pid=pid,
                is_inferred=True,
            )
        )
