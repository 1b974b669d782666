"""
Bring in the processes that are older than the sensor.

In: the probe's list of tasks and /proc. Out: a full process table, the probe's own records
classified, and the containers that were found. A child that is forked meanwhile copies what its
creator was then, so listing is repeated until nothing is unclassified.
"""

import struct
from collections.abc import Callable, Collection, Iterator

import msgspec

from shikra.sources.kernel import (
    cgroups,
    classify,
    layout,
    probe,
    processes,
    procfs,
    records,
    state,
)
from shikra.sources.kernel.containers import ContainerStarted

_MAX_PASSES = 10
_FIRST_PID = 1
_NAMELESS = cgroups.named(b"")


class Surroundings(msgspec.Struct, frozen=True):
    """What of this machine decides where a process belongs."""

    host: classify.Host
    hierarchy: cgroups.Hierarchy
    runtimes: Collection[bytes]


class _Seen(msgspec.Struct, frozen=True):
    row: records.ExecRecord
    entry: procfs.ProcEntry | None
    named: cgroups.CgroupName | None  # the container in its cgroup's path


def rows(loaded: probe.Probe) -> Iterator[records.ExecRecord]:
    """Yield a line for each process that exists."""
    make = layout.reader(loaded.types, "exec_record", records.ExecRecord)
    size = loaded.types.leaves("record")["size"]
    size_at = struct.Struct(f"<{size.offset}x{size.code}").unpack_from
    data = loaded.iterate("list_tasks")
    at = 0
    while at < len(data):
        (length,) = size_at(data, at)
        yield make(data[at : at + length])
        at += length


class Seeder:
    """Lists and classifies, as often as it takes."""

    def __init__(
        self,
        loaded: probe.Probe,
        told: state.ProbeState,
        table: processes.ProcessTable,
        place: Surroundings,
    ) -> None:
        """Work on this probe and this table."""
        self._probe = loaded
        self._told = told
        self._table = table
        self._place = place
        self._names: dict[int, cgroups.CgroupName] = {}
        flags = table.flags
        self._left_alone = flags.unclassified | flags.of(is_runtime=True)

    def settle(self, drain: Callable[[], None]) -> list[ContainerStarted]:
        """Repeat until everything is classified; ``drain`` brings the table up to date between."""
        found = self._taken_over()
        for _ in range(_MAX_PASSES):
            left, started = self.once(drain)
            found.extend(started)
            if not left:
                break
        return found

    def once(self, drain: Callable[[], None]) -> tuple[int, list[ContainerStarted]]:
        """Classify what there is; return how many were unclassified, and new containers."""
        listed = sorted(self._list(), key=lambda seen: (seen.row.start_time_ns, seen.row.pid))
        for seen in listed:
            self._table.add_existing(seen.row, seen.entry)
        drain()
        known = {key: first.first_pid for key, first in self._told.containers().items()}
        guessed = classify.classify([self._task(seen) for seen in listed], self._place.host, known)
        by_pid = {seen.row.pid: seen.row for seen in listed}
        started = [self._start(each.key, by_pid[each.first.pid]) for each in guessed.containers]
        firsts = self._told.containers()
        left = 0
        for seen in listed:
            self._repair(seen.row)
            if seen.row.flags & self._table.flags.unclassified:
                left += 1
                placed = guessed.placed[seen.row.pid]
                self._settle_one(seen, placed, firsts.get(placed.container))
            else:
                self._table.place(seen.row.process, seen.row.flags, seen.row.container)
        if _FIRST_PID not in by_pid:
            self._settle_first()
        return left, started

    def _taken_over(self) -> list[ContainerStarted]:
        """
        Go on with what was kept since before this sensor: tell its containers.

        Nobody saw meanwhile who came into one by setns() alone: it has entered, too.
        """
        first_pids = {key: first.first_pid for key, first in self._told.containers().items()}
        if not first_pids:
            return []
        listed = self._list()
        for seen in listed:
            self._container_key(seen)
        mounts = self._told.mounts()
        for row in (seen.row for seen in listed):
            key = mounts.get(row.mount_namespace)
            if key and not row.container and not row.flags & self._left_alone:
                flags = row.flags | self._table.flags.of(has_entered=True)
                self._told.place(row.pid, row.process, flags=flags, container=key)
        return [self._known(key, pid) for key, pid in first_pids.items()]

    def _known(self, key: int, first_pid: int) -> ContainerStarted:
        name = self._names.get(key, _NAMELESS)
        return ContainerStarted(
            key=key,
            cgroup_name=name.leaf,
            cgroup_parent_name=name.parent,
            first_pid=first_pid,
        )

    def _repair(self, row: records.ExecRecord) -> None:
        """
        Look for a process whose record we overwrote just as it executed something.

        The probe writes its map before it tells of an exec: if the exec was told and the map
        still has the record from before, then that was written by us.
        """
        image = self._table.image(row.pid)
        if image is not None and image.process.id != row.process:
            self._told.restore(row.process, image)

    def _settle_first(self) -> None:
        """Place the first process, which some machines hide from the list; it is the host's."""
        record = self._told.process_id(_FIRST_PID)
        if record is not None:
            flags = self._table.flags.of(is_inferred=True)
            self._told.place(_FIRST_PID, record, flags=flags, container=0)

    def _list(self) -> list[_Seen]:
        self._names.clear()
        found = []
        for row in rows(self._probe):
            entry = procfs.read(row.pid)
            path = cgroups.path_in(entry.cgroups, self._place.hierarchy) if entry else b""
            if path:
                self._names.setdefault(row.cgroup, cgroups.named(path))
            found.append(_Seen(row, entry, cgroups.container_in(path)))
        return found

    def _task(self, seen: _Seen) -> classify.Task:
        row = seen.row
        creator = self._table.by_id(row.creator)
        parent = seen.entry.parent_pid if seen.entry else 0
        is_classified = not row.flags & self._table.flags.unclassified
        return classify.Task(
            id=row.process,
            pid=row.pid,
            parent_pid=creator.pid if creator else parent,
            start_time_ns=row.start_time_ns,
            mount_namespace=row.mount_namespace,
            pid_namespace=row.pid_namespace,
            cgroup=row.cgroup,
            container_cgroup=self._container_key(seen),
            is_runtime=records.until_nul(row.comm) in self._place.runtimes,
            container=row.container if is_classified else None,
        )

    def _container_key(self, seen: _Seen) -> int:
        """Return the key of the container that the cgroup's path names, 0 if it names none."""
        if seen.named is None:
            return 0
        key = seen.row.cgroup
        if self._names[key].path != seen.named.path:
            key = cgroups.key_of(seen.named.path, self._place.hierarchy)
        self._names[key] = seen.named
        return key

    def _start(self, key: int, first: records.ExecRecord) -> ContainerStarted:
        self._told.add_container(key, first)
        name = self._names.get(key, _NAMELESS)
        return ContainerStarted(
            key=key,
            cgroup_name=name.leaf,
            cgroup_parent_name=name.parent,
            first_pid=first.pid,
            is_inferred=True,
        )

    def _settle_one(
        self, seen: _Seen, placed: classify.Placed, first: state.FirstProcess | None
    ) -> None:
        row = seen.row
        flags = self._table.flags.of(
            is_inferred=True,
            is_first=placed.is_first,
            in_init_tree=placed.in_init_tree,
            has_entered=placed.has_entered,
            exe_is_init=first is not None
            and (row.exe_device, row.exe_inode) == (first.exe_device, first.exe_inode),
            is_runtime=not placed.container and records.until_nul(row.comm) in self._place.runtimes,
            is_cut=seen.entry is not None and seen.entry.is_cut,
            is_environment_cut=seen.entry is not None and seen.entry.is_environment_cut,
        )
        flags |= row.flags & self._table.executables.marks
        told = self._told.place(row.pid, row.process, flags=flags, container=placed.container)
        if told:
            self._table.place(row.process, flags, placed.container)
