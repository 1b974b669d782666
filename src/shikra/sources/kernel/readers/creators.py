"""
Fields on who created the process.

Without an index, a field on ancestors has a tuple of all of them, nearest first, the process
itself left out; index 0 is the process itself, 1 its parent.
"""

import itertools
from collections.abc import Callable

from shikra.model import process
from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value
from shikra.sources.kernel.readers.proc import running_ns, start_ns
from shikra.sources.kernel.readers.wrap import of_parent


def _ancestors(read: Callable[[process.Process], Value]) -> Reader:
    def reader(event: Event, argument: str | None) -> Value:
        caller = event.process
        if caller is None:
            return None
        if argument is None:
            return tuple(read(each) for each in caller.ancestors())
        chain = itertools.chain((caller,), caller.ancestors())
        found = next(itertools.islice(chain, int(argument), None), None)
        return None if found is None else read(found)

    return reader


def _lineage(event: Event, _argument: str | None) -> Value:
    caller = event.process
    return tuple(each.name for each in caller.lineage()) if caller else None


def _is_below_terminal(event: Event, _argument: str | None) -> Value:
    caller = event.process
    if caller is None:
        return None
    return caller.had_terminal or any(each.had_terminal for each in caller.lineage())


def _parent_start(event: Event, _argument: str | None) -> Value:
    parent = event.process and event.process.parent
    return start_ns(event, parent) if parent else None


def _parent_duration(event: Event, _argument: str | None) -> Value:
    parent = event.process and event.process.parent
    return running_ns(event, parent) if parent else None


def _login_shell(event: Event, _argument: str | None) -> Value:
    """Return the oldest whose name is a shell's, by its ending."""
    caller = event.process
    if caller is None:
        return None
    chain = itertools.chain((caller,), caller.ancestors())
    return next((each.pid for each in reversed(tuple(chain)) if each.name.endswith(b"sh")), None)


READERS: Readers = {
    "proc.ppid": of_parent(lambda parent: parent.pid),
    "proc.pvpid": of_parent(lambda parent: parent.vpid),
    "proc.pname": of_parent(lambda parent: parent.name),
    "proc.pexe": of_parent(lambda parent: parent.exe),
    "proc.pexepath": of_parent(lambda parent: parent.exepath),
    "proc.pcmdline": of_parent(lambda parent: parent.command_line),
    "proc.ppid.ts": _parent_start,
    "proc.ppid.duration": _parent_duration,
    "proc.apid": _ancestors(lambda each: each.pid),
    "proc.aname": _ancestors(lambda each: each.name),
    "proc.aexe": _ancestors(lambda each: each.exe),
    "proc.aexepath": _ancestors(lambda each: each.exepath),
    "proc.aargs": _ancestors(lambda each: each.args),
    "proc.acmdline": _ancestors(lambda each: each.command_line),
    "proc.loginshellid": _login_shell,
    "proc.lineage": _lineage,
    "proc.below_terminal": _is_below_terminal,
}
