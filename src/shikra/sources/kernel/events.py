"""
Make events of calls.

In: a call's record and the process that made it. Out: an ``Event`` with the file's name made
absolute, the file's real path, and the time on the wall. The wall clock's distance from the
kernel's is read again before each batch: a clock that jumps shows in the events after it.
A call whose number isn't known is counted and skipped.
"""

from collections.abc import Callable, Iterator

import msgspec

from shikra.model import calls, clock, event, process, verdict
from shikra.model.event_type import Meaning
from shikra.sources.kernel import btf, enforcing, layout, paths, records, syscalls

SOURCE = "syscall"
OPENS = frozenset(("open", "openat", "openat2", "creat", "open_by_handle_at"))
"""Calls that leave a descriptor of a file."""

_IMAGES = ("execve", "execveat")  # the path of a program is the process's, not the event's
_PATHLESS = frozenset(
    name
    for name, made in calls.CALLS.items()
    if made.parameter(Meaning.PEER) or made.parameter(Meaning.OWN) or name in _IMAGES
)
"""Calls whose name is no path of a file that they act upon."""


OtherNames = Callable[[records.CallRecord], Iterator[event.FileName]]
"""The names of a call's file beside those in its record; real ones first."""


class CallData(msgspec.Struct, frozen=True, gc=False):
    """What the readers of a call's fields look into."""

    call: records.CallRecord
    number: int  # of the event, from 1
    container: int  # key
    first_ns: int  # when the first event was, since the epoch
    session: process.Process | None  # its leader, then
    group: process.Process | None  # the leader of the process group, then
    find: Callable[[int], process.Process | None]  # who has a pid now
    has_new_peer: bool  # the socket's, since the call before
    circumstances: Callable[[bytes], records.Circumstances]  # of the call's bytes
    is_via_ring: bool = False  # asked for through a ring of io_uring


class EventMaker:
    """Makes events, numbered from 1."""

    def __init__(
        self,
        types: btf.Btf,
        now: clock.Clock,
        readers: event.Readers,
        find: Callable[[int], process.Process | None],
        names: OtherNames,
    ) -> None:
        """Look up the probe's flags; ``find`` returns the process that has a pid now."""
        flags = types.enum("call_flag")
        self._name_cut = flags["CALL_NAME_CUT"] | flags["CALL_BASE_CUT"]
        self._other_cut = (
            flags["CALL_TARGET_CUT"]
            | flags["CALL_TEXT_CUT"]
            | flags["CALL_ARGUMENTS_UNKNOWN"]
            | flags["CALL_RESULT_ASSUMED"]
        )
        self._via_ring = flags["CALL_VIA_RING"]
        self._real_cut = flags["CALL_REAL_CUT"]
        self._real_unknown = flags["CALL_REAL_UNKNOWN"]
        self._has_others = flags["CALL_OTHER_NAMES"] | flags["CALL_REAL_UNSURE"]
        self._name_changed = flags["CALL_NAME_CHANGED"]
        self._circumstances = layout.reader(types, "call_record", records.Circumstances)
        self._outcomes = enforcing.outcomes(types)
        self._names = names
        self._compat = flags["CALL_COMPAT"]
        self._native_names = syscalls.names(syscalls.Table.NATIVE)
        self._compat_names = syscalls.names(syscalls.Table.COMPAT)
        self._clock = now
        self._readers = readers
        self._find = find
        self._first_ns = 0
        self._offset_ns = 0
        self.unjudged = 0  # the generation of tables that judge nothing
        self.made = 0
        self.skipped_unknown = 0
        self.read_clock()

    def read_clock(self) -> None:
        """Read how far the wall clock is from the kernel's."""
        self._offset_ns = self._clock.wall_ns() - self._clock.boot_ns()

    def make(self, call: records.CallRecord, caller: process.Process) -> event.Event | None:
        """Return the event of a call; ``None`` if it is of no type that is known."""
        names = self._compat_names if call.flags & self._compat else self._native_names
        name = names.get(call.number)
        if name is None:
            self.skipped_unknown += 1
            return None
        self.made += 1
        made = event.Event(SOURCE, name, call.time_ns + self._offset_ns, self._readers)
        made.boot_ns = self._offset_ns
        made.process = caller
        made.is_path_unsure = bool(call.flags & self._name_cut)
        made.is_real_path_unsure = bool(call.flags & (self._real_cut | self._real_unknown))
        cut = self._name_cut | self._real_cut | self._other_cut
        made.is_cut = bool(call.flags & cut) or caller.is_cut or caller.is_exepath_cut
        self._first_ns = self._first_ns or made.time_ns
        made.data = CallData(
            call,
            self.made,
            caller.container,
            self._first_ns,
            self._leader(call.sid, caller),
            self._leader(call.pgid, caller),
            self._find,
            has_new_peer=bool(call.flags & self._name_changed),
            circumstances=self._circumstances,
            is_via_ring=bool(call.flags & self._via_ring),
        )
        if call.generation != self.unjudged:
            made.verdict = verdict.Verdict(
                call.generation,
                call.may,
                call.surely,
                self._outcomes.get(call.outcome),
                call.acted,
            )
        if name not in _PATHLESS:
            made.real_path = None if call.flags & self._real_unknown else call.real
            if call.flags & self._has_others:
                self._name(made, call)
            made.path = _path(call) or made.real_path
        return made

    def _leader(self, pid: int, caller: process.Process) -> process.Process | None:
        """Return who leads a session or group, gone perhaps: the pid isn't given away meanwhile."""
        if pid == caller.pid:
            return caller
        return self._find(pid) or next((by for by in caller.creators() if by.pid == pid), None)

    def _name(self, made: event.Event, call: records.CallRecord) -> None:
        """Give a file all its names; the real one is as the container's first process has it."""
        others = list(self._names(call))
        if others and others[0].kind is event.NameKind.REAL and made.real_path is not None:
            others.append(event.FileName(event.NameKind.MOUNTED, made.real_path))
            made.real_path = others.pop(0).path
        made.other_names = tuple(others)


def target(call: records.CallRecord) -> bytes | None:
    """Return the second path, made absolute; what a symlink says stays relative if it is."""
    name = call.target
    return None if name is None else paths.absolute(name, call.target_base)


def _path(call: records.CallRecord) -> bytes | None:
    name = call.name
    return None if name is None else paths.absolute(name, call.base)
