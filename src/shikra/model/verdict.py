"""
What the kernel said of an event, by conditions of the tables that were in force.

A condition is what some rules require (see ``kernel_tables``). One that isn't among ``may`` can't
hold; one among ``surely`` does, whatever is unknown of the event. What was ordered about what
surely holds has become of the conditions ``acted`` on; of others it weighs less: where these were
killed for, others would have been, or were held.
"""

import enum

import msgspec

from shikra.model.enforcement import Action


class Outcome(enum.Enum):
    """What became of an order. Named as in ``bpf/lib/record.h``."""

    HELD_FIRST = "held_first"  # the container's first process, which no such rule includes
    HELD_HOST = "held_host"  # it runs in no container
    HELD_SPARED = "held_spared"  # it keeps containers or the node alive
    HELD_RUNTIME = "held_runtime"  # a container runtime's helper
    HELD_UNSURE = "held_unsure"  # older than the sensor, or nobody knows where it is
    HELD_ELSEWHERE = "held_elsewhere"  # another process ran there than the one that asked
    HELD_UNKNOWN = "held_unknown"  # nobody knows yet how far rules may go in its container
    WOULD_KILL = "would_kill"
    KILL_FAILED = "kill_failed"  # the kernel refused
    KILLED = "killed"
    DENIED = "denied"

    @property
    def action(self) -> Action:
        """Return what an alert says of it."""
        match self:
            case Outcome.KILLED:
                return Action.KILLED
            case Outcome.DENIED:
                return Action.DENIED
            case Outcome.KILL_FAILED:
                return Action.KILL_FAILED
            case Outcome.WOULD_KILL:
                return Action.WOULD_KILL
            case _:
                return Action.HELD


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """Sets of conditions, as bits: condition ``n`` is bit ``n % 8`` of byte ``n // 8``."""

    generation: int  # of the tables
    may: bytes
    surely: bytes
    outcome: Outcome | None = None  # nothing was ordered about what surely holds
    acted: bytes = b""
