"""
The event of an open that was refused, told by who refused it; who an execution is refused to.

In: who opened what, and when. Out: a call's record as the probe would have written it if it had
known the file: it names what the file really is, where the call may have named anything. Ids of
the user and of the session aren't known.

An execution that the probe refused is told of the process that there would have been; with what
arguments isn't known.
"""

import errno
from collections.abc import Callable

import msgspec

from shikra.model import event, process
from shikra.sources.kernel import btf, executables, layout, records, syscalls

CALL = "openat"
"""Which call it was isn't told."""

ANY_DESCRIPTOR = (1 << 31) - 1
"""What a rule that denies compares `fd.num >= 0` with: nothing else may be asked of it."""

_EXECUTES = ("execve", "execveat")
_NOBODY = 0xFFFFFFFF
_COMM_BYTES = 15  # TASK_COMM_LEN, but for the last zero
_IDS = ("euid", "egid", "loginuid")


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """An open that failed with EPERM, or an execution."""

    time_ns: int  # since boot
    process: int  # id of its record
    container: int
    name: bytes  # of the file, as the container's first process has it
    generation: int  # of the tables that decided
    conditions: frozenset[int]  # that surely hold
    is_execution: bool = False


class Recorder:
    """Writes records."""

    def __init__(self, types: btf.Btf) -> None:
        """Look the layout up."""
        self._denied = types.enum("outcome")["OUTCOME_DENIED"]
        self._path_cut = types.enum("call_flag")["CALL_REAL_CUT"]
        self._executables = executables.Executables(types)
        self._executes = syscalls.numbers(syscalls.Table.NATIVE, _EXECUTES)
        self._size = types.size("call_record")
        self._verdict_bytes = types.leaves("call_record")["surely"].size
        self._write = layout.writer(types, "call_record")
        self._read: Callable[[bytes], records.CallRecord] = layout.reader(
            types, "call_record", records.CallRecord
        )
        numbers = {name: number for number, name in syscalls.names(syscalls.Table.NATIVE).items()}
        self._number = numbers[CALL]
        self._execute = numbers[_EXECUTES[0]]

    def caller(self, call: records.CallRecord, caller: process.Process) -> process.Process:
        """Return who made a call; of an execution that was refused, who would have run."""
        if call.outcome != self._denied or call.number not in self._executes:
            return caller
        return msgspec.structs.replace(
            caller,
            name=records.until_nul(call.comm),
            exepath=call.real or b"",
            is_exepath_cut=bool(call.flags & self._path_cut),
            arguments=(),
            environment=None,
            executable=self._executables.of_flags(call.process_flags),
        )

    def record(self, refused: Refused, caller: process.Process) -> records.CallRecord:
        """
        Return the record of a call by this process.

        By what name a program was called isn't told: it has the file's.
        """
        bits = sum(1 << condition for condition in refused.conditions)
        sure = bits.to_bytes(self._verdict_bytes, "little")
        raw = bytearray(self._size)
        values: dict[str, int | bytes] = {
            **dict.fromkeys(_IDS, _NOBODY),
            "time_ns": refused.time_ns,
            "process": caller.id,
            "container": refused.container,
            "pid": caller.pid,
            "tid": caller.pid,
            "vpid": caller.vpid,
            "vtid": caller.vpid,
            "number": self._number,
            "result": -errno.EPERM,
            "descriptor": -1,
            "name_offset": self._size,
            "name_length": len(refused.name),
            "real_offset": self._size,
            "real_length": len(refused.name),
            "generation": refused.generation,
            "may": sure,
            "surely": sure,
        }
        if refused.is_execution:
            name = refused.name.rpartition(b"/")[2]
            values |= {
                "number": self._execute,
                "outcome": self._denied,
                "comm": name[:_COMM_BYTES].ljust(_COMM_BYTES + 1, b"\0"),
            }
        self._write(raw, 0, values)
        return self._read(bytes(raw) + refused.name)


def but_for_us(refused: event.Event) -> event.Event:
    """Let a rule that asks whether the open succeeded find that it would have, but for us."""
    refused.fields["fd.num"] = ANY_DESCRIPTOR
    return refused
