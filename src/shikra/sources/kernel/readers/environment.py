"""
Fields on the environment, as it was given at exec: of the process, and of who created it.

An environment of which only the beginning was kept marks the event as cut where a rule asks for
it: what the rule looks for may have stood in the rest.
"""

import itertools

from shikra.model import process
from shikra.model.event import Event, Readers
from shikra.model.value import Value


def _text(of: process.Process) -> bytes | None:
    return None if of.environment is None else of.environment.replace(b"\0", b" ")


def _environment(event: Event, argument: str | None) -> Value:
    caller = event.process
    if caller is None:
        return None
    event.is_cut |= caller.is_environment_cut
    return _text(caller) if argument is None else caller.variable(argument.encode())


def _of_creators(event: Event, argument: str | None) -> Value:
    caller = event.process
    if caller is None:
        return None
    if argument is not None and argument.isdecimal():
        chain = itertools.chain((caller,), caller.ancestors())
        found = next(itertools.islice(chain, int(argument), None), None)
        return None if found is None else _read(event, found)
    creators = tuple(caller.ancestors())
    event.is_cut |= any(each.is_environment_cut for each in creators)
    if argument is None:
        return tuple(_text(each) for each in creators)
    values = (each.variable(argument.encode()) for each in creators)
    return next((value for value in values if value is not None), None)


def _read(event: Event, of: process.Process) -> bytes | None:
    event.is_cut |= of.is_environment_cut
    return _text(of)


READERS: Readers = {"proc.env": _environment, "proc.aenv": _of_creators}
