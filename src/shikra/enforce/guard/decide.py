"""
Whether an open, or an execution, is refused.

Pure: what is known of the process and the file in, a decision out. The conditions that surely hold
of a process that opens a file for reading, or executes it, come from the tables that detect, by
whoever judges. Refused is what surely meets a condition that enforces.
"""

import enum
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

NONE: frozenset[int] = frozenset()


class Caller(msgspec.Struct, frozen=True, gc=False):
    """The process that opens, at that moment."""

    process: int  # id of its record
    container: int
    generation: int  # of the tables that are in force
    is_spared: bool  # where it belongs isn't sure, or it is one that is never enforced on
    is_first: bool  # of its container
    known: int  # a number for all that a judgement depends on beside the file


class Judge(Protocol):
    """The tables, and the probe's maps."""

    def caller(self, pid: int) -> Caller | None:
        """Return a process as the probe knows it."""
        ...

    def surely(self, caller: Caller, name: bytes, file_mode: int) -> frozenset[int]:
        """Return the conditions that surely hold if it opens a file of this name."""
        ...

    def surely_executes(self, caller: Caller, path: bytes) -> frozenset[int]:
        """Return the conditions that surely hold if it becomes the program at this path."""
        ...


class Modes(msgspec.Struct, frozen=True):
    """Which conditions of a generation enforce."""

    enforced: frozenset[int] = NONE
    includes_init: frozenset[int] = NONE  # those that spare no first process
    denied_late: frozenset[int] = NONE  # those that refuse where there is no time to decide
    executions: frozenset[int] = NONE  # those of ``enforced`` that are about executions


class Kind(enum.Enum):
    """What a decision is."""

    ALLOWED = "allowed"
    DENIED = "denied"
    HELD = "held"  # it would be refused, but the process is spared


class Decision(msgspec.Struct, frozen=True, gc=False):
    """About one open."""

    kind: Kind
    conditions: frozenset[int] = NONE  # that it is about
    name: bytes = b""  # by which they hold


ALLOWED = Decision(Kind.ALLOWED)


def decide(
    caller: Caller, names: Iterable[bytes], file_mode: int, judge: Judge, modes: Modes
) -> Decision:
    """Refuse if by any of the file's names a condition surely holds that enforces."""
    if not modes.enforced:
        return ALLOWED
    held = ALLOWED
    for name in names:
        one = _decided(caller, judge.surely(caller, name, file_mode), name, modes)
        if one.kind is Kind.DENIED:
            return one
        if one.kind is Kind.HELD:
            held = one
    return held


def decide_execution(
    caller: Caller, readings: Sequence[bytes], judge: Judge, modes: Modes
) -> Decision:
    """Refuse if a condition surely holds that enforces, however the program's path is read."""
    if not modes.executions or not readings:
        return ALLOWED
    found = (judge.surely_executes(caller, path) for path in readings)
    return _decided(caller, modes.executions.intersection(*found), readings[0], modes)


def _decided(caller: Caller, surely: frozenset[int], name: bytes, modes: Modes) -> Decision:
    found = surely & modes.enforced
    reached = NONE if caller.is_spared else found
    if caller.is_first:
        reached &= modes.includes_init
    if reached:
        return Decision(Kind.DENIED, reached, name)
    return Decision(Kind.HELD, found, name) if found else ALLOWED
