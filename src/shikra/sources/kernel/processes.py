"""
The table of living processes, kept from what the probe tells.

In: records of forks, execs, exits and calls. Out: the ``Process`` that made a call. A process
that ended, or has another image, stays until its owner says that its last call was read, and lives
on as long as one that it created refers to it. The table and
the chains of creators are bounded; what is dropped for that, and what had to be looked up because
its record never came, is counted.
"""

from collections.abc import Callable, Collection, Iterator

import msgspec

from shikra.model.process import MAX_LINEAGE, Executable, Process
from shikra.sources.kernel import btf, executables, process_flags, procfs, records

MAX_PROCESSES = 65536


class Image(msgspec.Struct, frozen=True, gc=False):
    """What a process executed."""

    process: Process
    flags: int
    exe: Executable


class _Entry(msgspec.Struct, gc=False):
    process: Process
    flags: int
    exe: Executable | None = None  # of its last exec, where that was told
    at_call: Process | None = None  # the same, where a call said otherwise
    flags_at_call: int = 0


class ProcessTable:
    """Processes by the id of their record."""

    def __init__(
        self,
        types: btf.Btf,
        read_proc: Callable[[int], procfs.ProcEntry | None] = procfs.read,
        limit: int = MAX_PROCESSES,
    ) -> None:
        """Start empty."""
        self.flags = process_flags.ProcessFlags(types)
        self.executables = executables.Executables(types)
        self._read_proc = read_proc
        self._limit = limit
        self._entries: dict[int, _Entry] = {}
        self._ids: dict[int, int] = {}  # the current record of a pid
        self._leaving: set[int] = set()
        self.evicted = 0
        self.looked_up = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._entries)

    def by_id(self, record_id: int) -> Process | None:
        """Return the process of this record."""
        entry = self._entries.get(record_id)
        return entry.process if entry else None

    def by_pid(self, pid: int) -> Process | None:
        """Return the process that has this pid now."""
        return self.by_id(self._ids.get(pid, 0))

    def living(self) -> Iterator[Process]:
        """Yield the processes that haven't ended."""
        for record_id in self._ids.values():
            entry = self._entries.get(record_id)
            if entry is not None:
                yield entry.process

    def image(self, pid: int) -> Image | None:
        """Return what the process with this pid executed last, if that was told."""
        entry = self._entries.get(self._ids.get(pid, 0))
        if entry is None or entry.exe is None:
            return None
        return Image(entry.process, entry.flags, entry.exe)

    def forked(self, record: records.ForkRecord) -> None:
        """Add a child: it runs its creator's image."""
        if record.process in self._entries:  # it was listed before its record was read
            return
        above = self._entries.get(record.creator)
        own = {
            "id": record.process,
            "pid": record.pid,
            "vpid": record.vpid,
            "container": record.container,
            "start_time_ns": record.time_ns,
            **self.flags.attributes(record.flags),
        }
        if above is None:
            exe = self.executables.of_flags(record.flags)
            made = Process(name=records.until_nul(record.comm), executable=exe, **own)
        else:
            depth = above.process.depth + 1
            own |= {"depth": depth, "is_creator_unknown": False}
            made = msgspec.structs.replace(above.process, creator=above.process, **own)
            _bound_depth(made)
        self._add(made, record.flags)

    def executed(self, record: records.ExecRecord) -> None:
        """Give a process its new image; its creator stays."""
        before = self._entries.get(record.previous) or self._entries.get(record.process)
        creator = before.process.creator if before else self.by_id(record.creator)
        exe = self.executables.of(record)
        exepath = self._whole_exepath(record, self._read_proc)
        made = Process(
            id=record.process,
            pid=record.pid,
            vpid=record.vpid,
            name=records.until_nul(record.comm),
            exepath=exepath or record.exepath,
            is_exepath_cut=exepath is None,
            arguments=record.arguments,
            environment=_shared(record.environment, creator),
            executable=exe,
            creator=creator,
            depth=creator.depth + 1 if creator else 0,
            container=record.container,
            start_time_ns=record.start_time_ns,
            had_terminal=record.tty != 0,
            is_creator_unknown=before is not None and before.process.is_creator_unknown,
            **self.flags.attributes(record.flags),
        )
        self._leave(record.previous)
        self._add(made, record.flags, exe)

    def moved(self, record: records.MoveRecord) -> None:
        """Let a process be in another container from now on; what it did before stays there."""
        entry = self._entries.get(record.process)
        if entry is not None:
            entry.flags = record.flags
            entry.process = msgspec.structs.replace(
                entry.process, container=record.container, **self.flags.attributes(record.flags)
            )

    def exited(self, record: records.ExitRecord) -> Process | None:
        """Return a process that makes no more calls; those that it made may yet be read."""
        if self._ids.get(record.pid) == record.process:
            del self._ids[record.pid]
        self._leave(record.process)
        return self.by_id(record.process)

    def take_leaving(self) -> Collection[int]:
        """Return the ids of those that left since the last time, to be dropped in time."""
        taken, self._leaving = self._leaving, set()
        return taken

    def drop(self, left: Collection[int]) -> None:
        """Forget those whose last call was read."""
        for record_id in left:
            self._entries.pop(record_id, None)

    def caller(self, call: records.CallRecord) -> Process:
        """Return who made a call, as lineage was at that moment."""
        entry = self._entries.get(call.process)
        if entry is None:
            return self._look_up(call)
        flags, container = call.process_flags, call.container
        if flags & self.flags.unclassified:
            return entry.process
        if flags == entry.flags and container == entry.process.container:
            return entry.process
        return self._at_call(entry, flags, container)

    def place(self, record_id: int, flags: int, container: int) -> None:
        """Correct where a process belongs, for good: it was classified."""
        entry = self._entries.get(record_id)
        if entry is None or (entry.flags == flags and entry.process.container == container):
            return
        entry.flags = flags
        entry.process.container = container
        for name, value in self.flags.attributes(flags).items():
            setattr(entry.process, name, value)

    def add_existing(self, row: records.ExecRecord, entry: procfs.ProcEntry | None) -> None:
        """
        Add a process that is older than the sensor; its creator is a guess.

        But where the probe kept its record: a creator that has ended since isn't known then.
        """
        creator = self.by_id(row.creator)
        is_placed = not row.flags & self.flags.unclassified
        is_kept = is_placed and not row.flags & self.flags.inferred
        if creator is None and entry is not None and not is_kept:
            creator = self.by_pid(entry.parent_pid)
        known = self._entries.get(row.process)
        if known is not None:
            if known.process.creator is None and creator is not None:
                known.process.creator, known.process.depth = creator, creator.depth + 1
                known.process.is_creator_unknown = False
            return
        exepath = self._whole_exepath(row, lambda _: entry)
        made = Process(
            id=row.process,
            pid=row.pid,
            vpid=row.vpid,
            name=records.until_nul(row.comm),
            exepath=exepath or row.exepath,
            is_exepath_cut=exepath is None,
            arguments=records.split_arguments(entry.arguments) if entry else (),
            environment=_shared(entry.environment, creator) if entry else None,
            executable=self.executables.of(row),
            creator=creator,
            depth=creator.depth + 1 if creator else 0,
            container=row.container,
            start_time_ns=row.start_time_ns,
            had_terminal=row.tty != 0,
            is_reread=is_placed,
            is_creator_unknown=is_kept and creator is None and row.creator != 0,
            **self.flags.attributes(row.flags),
        )
        _mark_cut(made, entry)
        self._add(made, row.flags)

    def _whole_exepath(
        self, record: records.ExecRecord, look: Callable[[int], procfs.ProcEntry | None]
    ) -> bytes | None:
        """Return the path of an executable; if the kernel cut it, /proc may know the whole."""
        if not record.flags & self.flags.exepath_cut:
            return record.exepath
        entry = look(record.pid)
        is_same = entry is not None and record.exepath and entry.exepath.endswith(record.exepath)
        return entry.exepath if entry is not None and is_same else None

    def _at_call(self, entry: _Entry, flags: int, container: int) -> Process:
        """Return the process as it was at one call: it may have entered for that call alone."""
        found = entry.at_call
        if found is None or flags != entry.flags_at_call or container != found.container:
            found = msgspec.structs.replace(
                entry.process, container=container, **self.flags.attributes(flags)
            )
            entry.at_call, entry.flags_at_call = found, flags
        return found

    def _look_up(self, call: records.CallRecord) -> Process:
        """Make a process whose records never came from the call itself and from /proc."""
        self.looked_up += 1
        entry = self._read_proc(call.pid)
        creator = self.by_id(call.creator)
        if creator is None and entry is not None:
            creator = self.by_pid(entry.parent_pid)
        made = Process(
            id=call.process,
            pid=call.pid,
            vpid=call.vpid,
            name=entry.name if entry else records.until_nul(call.comm),
            exepath=entry.exepath if entry else b"",
            arguments=records.split_arguments(entry.arguments) if entry else (),
            environment=_shared(entry.environment, creator) if entry else None,
            executable=self.executables.of_flags(
                call.process_flags, entry.executable if entry else None
            ),
            creator=creator,
            depth=creator.depth + 1 if creator else 0,
            container=call.container,
            start_time_ns=call.time_ns,
            had_terminal=call.tty != 0,
            **self.flags.attributes(call.process_flags),
        )
        made.is_inferred = True
        _mark_cut(made, entry)
        if call.process:
            self._add(made, call.process_flags)
        return made

    def _add(self, made: Process, flags: int, exe: Executable | None = None) -> None:
        replaced = self._ids.get(made.pid)
        if replaced is not None:  # its exit was lost
            self._leave(replaced)
        self._entries[made.id] = _Entry(made, flags, exe)
        self._ids[made.pid] = made.id
        if len(self._entries) > self._limit:
            oldest = next(iter(self._entries))
            dropped = self._entries.pop(oldest).process
            if self._ids.get(dropped.pid) == oldest:
                del self._ids[dropped.pid]
            self.evicted += 1

    def _leave(self, record_id: int) -> None:
        if record_id in self._entries:
            self._leaving.add(record_id)


def _shared(environment: bytes | None, creator: Process | None) -> bytes | None:
    """Return the creator's own copy where it is the same, so that many keep one."""
    if creator is not None and creator.environment == environment:
        return creator.environment
    return environment


def _mark_cut(made: Process, entry: procfs.ProcEntry | None) -> None:
    if entry is not None:
        made.is_cut |= entry.is_cut
        made.is_environment_cut |= entry.is_environment_cut


def _bound_depth(made: Process) -> None:
    """Cut a chain of creators that was made to be long, well above what anybody reads."""
    if made.depth < 2 * MAX_LINEAGE:
        return
    last = made
    for _ in range(MAX_LINEAGE):
        if last.creator is None:
            break
        last = last.creator
    last.creator = None
    made.depth = MAX_LINEAGE
