"""
Why the kernel side lost or cut something, and what that means for who relies on it.

A row for each reason that the probe counts (``enum loss`` in ``bpf/lib/record.h``), named as it
is there, and for those that the kernel itself counts.
"""

import enum
from collections.abc import Mapping

import msgspec


class Effect(enum.Enum):
    """What is missing."""

    EVENT = "an event"  # something happened and no rule saw it
    KNOWLEDGE = "what is known of a process"  # its events come, judged with less than there was
    PART = "a part of an event"  # it comes, marked, and is judged as far as it is known
    NOTHING = "nothing"  # it is told in another way


class Reason(msgspec.Struct, frozen=True):
    """One reason."""

    effect: Effect
    description: str


RECURSION = "recursion_missed"
"""Counted by the kernel, a number a program, from 5.12 on."""

REASONS: Mapping[str, Reason] = {
    "ring_full": Reason(Effect.EVENT, "A call didn't fit into the ring."),
    "urgent_ring_full": Reason(
        Effect.EVENT,
        "A call that an urgent rule may match fitted neither into its ring nor the other.",
    ),
    "process_ring_full": Reason(
        Effect.KNOWLEDGE, "What a process did to come or go didn't fit into the ring for that."
    ),
    "scratch_busy": Reason(Effect.EVENT, "A hook was interrupted by itself on its CPU."),
    RECURSION: Reason(Effect.EVENT, "The kernel left out a run of a program within itself."),
    "processes_full": Reason(Effect.KNOWLEDGE, "There was no room for a process' record."),
    "containers_full": Reason(Effect.KNOWLEDGE, "There was no room for a container's record."),
    "process_unknown": Reason(Effect.KNOWLEDGE, "An event's process had no record."),
    "limited": Reason(
        Effect.NOTHING, "A call that surely matches was told as a count (`alert_limit`)."
    ),
    "path_cut": Reason(Effect.PART, "A path had too many components or bytes."),
    "path_torn": Reason(Effect.PART, "A rename moved a path while it was walked, twice."),
    "descriptor_gone": Reason(
        Effect.PART, "Another thread closed a descriptor before the call had returned."
    ),
    "name_unreadable": Reason(Effect.PART, "The caller's path was gone when the call returned."),
    "arguments_cut": Reason(Effect.PART, "A command line was longer than is kept."),
    "environment_cut": Reason(Effect.PART, "An environment was longer than is kept."),
    "request_untracked": Reason(
        Effect.PART,
        "Too much was asked of rings (io_uring) at once to follow a request: it is taken for done.",
    ),
    "request_unknown": Reason(
        Effect.EVENT, "What was asked of a ring (io_uring), or by whom, can't be told here."
    ),
    "struct_unreadable": Reason(Effect.PART, "A struct of the caller's couldn't be read."),
    "address_unreadable": Reason(Effect.PART, "The caller's socket address couldn't be read."),
}


_TOLD = frozenset({Effect.EVENT, Effect.KNOWLEDGE})


def told(by_cpu: Mapping[str, tuple[int, ...]], left_out: Mapping[str, int]) -> dict[str, int]:
    """
    Return what is worth an alert, by reason: all but what is marked on the event itself.

    In: counts a CPU by reason, and runs that were left out by program.
    """
    counts = {reason: sum(cpus) for reason, cpus in by_cpu.items()}
    counts[RECURSION] = sum(left_out.values())
    return {reason: count for reason, count in counts.items() if not _is_said(reason)}


def _is_said(reason: str) -> bool:
    known = REASONS.get(reason)
    return known is not None and known.effect not in _TOLD
