"""
A probe of which one rare call is wanted, and processes that make it as fast as they can.

In: sizes of rings, tables. Out: records, and what was counted. Nobody else makes that call while a
test runs, so everything of it is the test's own.
"""

import contextlib
import os
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping

from shikra.model import kernel_tables as model
from shikra.sources.kernel import (
    cgroups,
    classify,
    decode,
    libbpf,
    limits,
    preflight,
    probe,
    procfs,
    records,
    rings,
    slots,
    state,
    tables,
)

RARE, URGENT = "open_by_handle_at", "pivot_root"
CALLS = 3000
EVERYTHING = 1 << 20
FLOOD = """
import ctypes, os, sys
cpu, *calls = sys.argv[1:]
os.sched_setaffinity(0, {int(cpu)})
libc = ctypes.CDLL(None)
for call, times in zip(calls[::2], calls[1::2]):
    for _ in range(int(times)):
        getattr(libc, call)(-1, None, 0)
"""


def only(*conditions: str, **values: object) -> model.KernelTables:
    """Return tables of one condition for each of these types of event, which surely holds."""
    rest = {"urgent": frozenset(), **values}
    return model.KernelTables(
        rules=(frozenset(),) * len(conditions),
        process=model.Program(),
        images={},
        views={},
        classes=tuple(
            model.EventClass(
                event_type=event_type,
                conditions=frozenset(n for n, each in enumerate(conditions) if each == event_type),
                numbers=model.Program(),
                named=frozenset(),
                opened_only=frozenset(),
                full=model.Program(),
            )
            for event_type in sorted(set(conditions))
        ),
        **rest,  # type: ignore[arg-type]  # members by name
    )


def flood(cpu: int, **calls: int) -> int:
    """Let a process make so many of each call, in this order; return its pid."""
    words = [word for call, times in calls.items() for word in (call, str(times))]
    line = [sys.executable, "-I", "-S", "-c", FLOOD, str(cpu), *words]
    with subprocess.Popen(line) as child:
        pass
    return child.pid


class Flooded:
    """The probe, attached, with these tables."""

    def __init__(
        self, elf: bytes, made: model.KernelTables, sizes: Mapping[str, int] | None = None
    ) -> None:
        """Load and attach; ``close`` must follow."""
        self._probe = probe.Probe(libbpf.Libbpf(), elf, {"process_ring": 1 << 22, **(sizes or {})})
        self._losses = self._probe.map("losses")
        self._rings = rings.Rings(self._probe)
        self._decoder = decode.Decoder(self._probe.types)
        self._slots = slots.Slots(self._probe)
        self.limits = limits.Limits(self._probe)
        told = state.ProbeState(self._probe)
        host = classify.Host(procfs.host_mount_namespace(), preflight.HOST_PID_NAMESPACE)
        told.configure(cgroups.chosen(), host, os.getpid())
        told.plan_calls()
        self.generation = 0
        self.load(made)
        self._probe.attach()

    def load(self, made: model.KernelTables) -> None:
        """Let these tables decide."""
        self.generation = self._slots.load(tables.pack(self._probe.types, made))

    def lost(self, reason: str) -> tuple[int, ...]:
        """Return how many were lost for this reason, a number a CPU."""
        number = self._probe.types.enum("loss")[reason]
        counts = self._losses.get_per_cpu(struct.pack("<I", number))
        return tuple(int.from_bytes(count, "little") for count in counts)

    def drain(self) -> list[records.Record]:
        """Take what the rings hold."""
        return list(self._decoder.decode(self._rings.drain(EVERYTHING)))

    def calls(self, pid: int) -> list[records.CallRecord]:
        """Take what the rings hold; return the calls of a process."""
        return [
            each
            for each in self.drain()
            if isinstance(each, records.CallRecord) and each.pid == pid
        ]

    def close(self) -> None:
        """Detach."""
        self._rings.close()
        self._slots.close()
        self._probe.close()


@contextlib.contextmanager
def flooded(
    elf: bytes, made: model.KernelTables, sizes: Mapping[str, int] | None = None
) -> Iterator[Flooded]:
    """Watch with these tables while the block runs."""
    watch = Flooded(elf, made, sizes)
    try:
        yield watch
    finally:
        watch.close()
