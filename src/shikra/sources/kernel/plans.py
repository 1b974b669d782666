"""
Tell the probe what the arguments of each call mean.

In: the table of calls in ``model``. Out: the values of the map ``call_plans``, by key. They follow
from what the arguments mean; here stands besides only what is the kernel's own interface: which
call keeps its arguments in a struct, which flags ``creat`` stands for.
"""

import os
import struct
from collections.abc import Iterator, Mapping

from shikra.model import calls, event_type
from shikra.model.event_type import Meaning
from shikra.sources.kernel import btf, layout, syscalls

_KEY = struct.Struct("<I")
_TABLE_NUMBERS = 512  # of each table, as in bpf/calls/plan.h

_KEPT: Mapping[str, tuple[str, int]] = {  # how, and which argument points to it or its length
    "openat2": ("KEPT_OPEN_HOW", 2),
    "clone3": ("KEPT_CLONE_ARGS", 0),
    "sendmsg": ("KEPT_MESSAGE", 1),
    "recvmsg": ("KEPT_MESSAGE", 1),
    "sendmmsg": ("KEPT_MESSAGES", 1),
    "recvfrom": ("KEPT_LENGTH", 5),
    "capset": ("KEPT_CAPABILITIES", 1),
    "io_uring_setup": ("KEPT_RING", 1),
}
_NOTHING = ("KEPT_NOTHING", None)
_NEW_IMAGE = ("execve", "execveat")
_CONNECTS = ("connect",)
_TARGET_AS_WRITTEN = ("symlink", "symlinkat")
_ADDRESSED = ("sendto", "sendmsg", "sendmmsg")
_IMPLIED = {"creat": os.O_CREAT | os.O_WRONLY | os.O_TRUNC}
_PR_SET_NAME = 15
_TEXT_WHEN = {"prctl": _PR_SET_NAME}

_PLACES: Mapping[Meaning, str] = {
    Meaning.OBJECT: "descriptor",
    Meaning.NAME: "name",
    Meaning.DIRECTORY: "base",
    Meaning.TARGET: "target",
    Meaning.TARGET_DIRECTORY: "target_base",
    Meaning.TEXT: "text",
    Meaning.PEER: "address",
    Meaning.OWN: "address",
    Meaning.OPEN_FLAGS: "open_flags",
    Meaning.DATA: "data",
}
_WIDE = frozenset(
    (
        *(Meaning.NAME, Meaning.TARGET, Meaning.TEXT),
        *(Meaning.PEER, Meaning.OWN, Meaning.SIZE, Meaning.DATA),
    )
)


def plans(types: btf.Btf) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values of the map."""
    for table in syscalls.Table:
        first = 0 if table is syscalls.Table.NATIVE else _TABLE_NUMBERS
        for number, name in syscalls.names(table).items():
            values = _values(types, calls.CALLS[name])
            yield _KEY.pack(first + number), layout.pack(types, "call_plan", values)


def _values(types: btf.Btf, made: event_type.EventType) -> dict[str, int]:
    kept, pointer = _KEPT.get(made.name, _NOTHING)
    wide = {each.at for each in made.parameters if each.meaning in _WIDE} | {pointer}
    values = {
        "flags": _flags(types, made),
        "kept": types.enum("kept")[kept],
        "wide": sum(1 << at for at in wide if at is not None),
        "implied_flags": _IMPLIED.get(made.name, 0),
        "text_when": _TEXT_WHEN.get(made.name, 0),
    }
    for each in made.parameters:
        if each.meaning in _PLACES and each.at is not None:
            values[_PLACES[each.meaning]] = each.at + 1
    return values


def _flags(types: btf.Btf, made: event_type.EventType) -> int:
    described = made.parameter(Meaning.OBJECT)
    named = {
        "PLAN_NEW_DESCRIPTOR": described is not None and described.at is None,
        "PLAN_ONLY_WITH_ADDRESS": made.name in _ADDRESSED,
        "PLAN_OWN_ADDRESS": made.parameter(Meaning.OWN) is not None,
        "PLAN_CONNECTS": made.name in _CONNECTS,
        "PLAN_NEW_IMAGE": made.name in _NEW_IMAGE,
        "PLAN_TARGET_AS_WRITTEN": made.name in _TARGET_AS_WRITTEN,
    }
    bits = types.enum("plan_flag")
    return sum(bits[name] for name, is_set in named.items() if is_set)
