"""
Fields on who leads the session and the process group of the caller.

A leader that has ended is known as long as it created, at any depth, who made the call.
"""

from collections.abc import Callable

from shikra.model import process
from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value


def _of_session(read: Callable[[process.Process], Value]) -> Reader:
    def reader(event: Event, _argument: str | None) -> Value:
        leader: process.Process | None = event.data.session
        return None if leader is None else read(leader)

    return reader


def _of_group(read: Callable[[process.Process], Value]) -> Reader:
    def reader(event: Event, _argument: str | None) -> Value:
        leader: process.Process | None = event.data.group
        return None if leader is None else read(leader)

    return reader


def _of_group_inside(read: Callable[[process.Process], Value]) -> Reader:
    """Read of the leader as the caller's pid namespace has it: one from outside isn't there."""
    of_any = _of_group(read)

    def reader(event: Event, argument: str | None) -> Value:
        return of_any(event, argument) if event.data.call.vpgid else None

    return reader


READERS: Readers = {
    "proc.sname": _of_session(lambda leader: leader.name),
    "proc.sid.exe": _of_session(lambda leader: leader.exe),
    "proc.sid.exepath": _of_session(lambda leader: leader.exepath),
    "proc.pgid.name": _of_group(lambda leader: leader.name),
    "proc.pgid.exe": _of_group(lambda leader: leader.exe),
    "proc.pgid.exepath": _of_group(lambda leader: leader.exepath),
    "proc.vpgid.name": _of_group_inside(lambda leader: leader.name),
    "proc.vpgid.exe": _of_group_inside(lambda leader: leader.exe),
    "proc.vpgid.exepath": _of_group_inside(lambda leader: leader.exepath),
}
