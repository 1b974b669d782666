"""
What processes ask of the kernel through rings (io_uring): seen only while a rule needs it.

In: the types of events that rules need. Out: the hooks of rings attached, or not. Where the kernel
has rings and lacks a hook, what goes through them isn't seen, and that is said.
"""

import struct

from shikra.model import kernel_tables
from shikra.sources.kernel import features, probe, syscalls

OPERATIONS = {
    "sendmsg": (9, 48),  # without and with copying
    "connect": (16,),
    "openat": (18,),
    "sendto": (26, 47),
    "openat2": (28,),
    "renameat2": (35,),
    "unlinkat": (36,),
    "mkdirat": (37,),
    "symlinkat": (38,),
    "linkat": (39,),
}
"""The operations of rings (``enum io_uring_op``) that have a system call, by its name."""

UNSEEN = "io_uring"
HOOKS = ("io_uring_submit_req", "io_uring_submit_sqe", "io_uring_complete", "io_uring_cqe_overflow")
"""Tracepoints that the probe can attach to; the first two are one, under its two names."""

_RINGS = "io_ring_ctx"  # a struct that every kernel with rings has
_NUMBER = struct.Struct("<I")


def hooks(of_kernel: features.Features) -> frozenset[str]:
    """Return those that a kernel has."""
    return frozenset(name for name in HOOKS if of_kernel.has(f"btf_trace_{name}"))


def unseen(of_kernel: features.Features) -> tuple[str, ...]:
    """Return what can't be seen on this kernel: nothing, or ``UNSEEN``."""
    found = hooks(of_kernel)
    submits = found & {"io_uring_submit_req", "io_uring_submit_sqe"}
    can_see = submits and "io_uring_complete" in found
    return () if can_see or not of_kernel.has(_RINGS) else (UNSEEN,)


class Requests:
    """The hooks of rings."""

    def __init__(self, loaded: probe.Probe) -> None:
        """Tell the probe which call each operation is."""
        self._probe = loaded
        calls = loaded.map("ring_calls")
        for number, name in syscalls.names(syscalls.Table.NATIVE).items():
            for operation in OPERATIONS.get(name, ()):
                calls.set(_NUMBER.pack(operation), _NUMBER.pack(number))

    def watch(self, tables: kernel_tables.KernelTables) -> None:
        """Attach the hooks if these tables ask for what goes through rings; else detach them."""
        if any(each.event_type in OPERATIONS for each in tables.classes):
            self._probe.attach_on_demand(probe.RINGS)
        else:
            self._probe.detach_on_demand(probe.RINGS)
