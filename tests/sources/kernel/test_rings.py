"""What doesn't fit into the rings is counted, each on its CPU, and nothing else is lost by it."""

import mmap
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.sources.kernel import (
    cgroups,
    classify,
    decode,
    libbpf,
    preflight,
    probe,
    procfs,
    records,
    rings,
    slots,
    state,
    tables,
    watching,
)

pytestmark = pytest.mark.kernel

RARE = "open_by_handle_at"  # so rare that nobody else makes it while a test runs
CALLS = 3000
EVERYTHING = 1 << 20
FLOOD = """
import ctypes, os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
call = ctypes.CDLL(None).open_by_handle_at
for _ in range(int(sys.argv[2])):
    call(-1, None, 0)
"""


class Narrow:
    """A probe whose ring for calls holds but a few, and of which one rare call is wanted."""

    def __init__(self, elf: bytes) -> None:
        """Attach; ``close`` must follow."""
        sizes = {"ring": mmap.PAGESIZE, "process_ring": 1 << 22}
        self._probe = probe.Probe(libbpf.Libbpf(), elf, sizes)
        self._losses = self._probe.map("losses")
        self._rings = rings.Rings(self._probe)
        self._decoder = decode.Decoder(self._probe.types)
        told = state.ProbeState(self._probe)
        host = classify.Host(procfs.host_mount_namespace(), preflight.HOST_PID_NAMESPACE)
        told.configure(cgroups.chosen(), host, os.getpid())
        self._slots = slots.Slots(self._probe)
        rare = watching.tables(frozenset({RARE}))
        self._slots.load(tables.pack(self._probe.types, rare))
        self._probe.attach()

    def flood(self, cpu: int) -> int:
        """Make the calls on this CPU, and return who made them."""
        line = [sys.executable, "-I", "-S", "-c", FLOOD, str(cpu), str(CALLS)]
        with subprocess.Popen(line) as child:  # noqa: S603  the program above
            pass
        return child.pid

    def lost(self, reason: str) -> tuple[int, ...]:
        """Return how many were lost for this reason, a number a CPU."""
        number = self._probe.types.enum("loss")[reason]
        counts = self._losses.get_per_cpu(struct.pack("<I", number))
        return tuple(int.from_bytes(count, "little") for count in counts)

    def drain(self) -> list[records.Record]:
        """Take what the rings hold."""
        return list(self._decoder.decode(self._rings.drain(EVERYTHING)))

    def close(self) -> None:
        """Detach."""
        self._rings.close()
        self._slots.close()
        self._probe.close()


@pytest.fixture
def narrow(probe_object: Path) -> Iterator[Narrow]:
    """Return a probe that is soon full."""
    made = Narrow(probe_object.read_bytes())
    yield made
    made.close()


def test_a_full_ring_is_counted_exactly(narrow: Narrow) -> None:
    """What came and what was lost add up to what was made, on each CPU for itself."""
    for cpu in sorted(os.sched_getaffinity(0)):
        narrow.drain()
        before = narrow.lost("LOSS_RING_FULL")
        pid = narrow.flood(cpu)
        came = [each.pid for each in narrow.drain() if isinstance(each, records.CallRecord)]
        lost = [now - then for now, then in zip(narrow.lost("LOSS_RING_FULL"), before, strict=True)]
        assert 0 < came.count(pid) < CALLS
        assert lost[cpu] == CALLS - came.count(pid)
        assert sum(lost) == lost[cpu]


def test_a_flood_of_calls_pushes_no_process_out(narrow: Narrow) -> None:
    """While the ring of calls is full, who comes, executes and goes is told all the same."""
    cpu = min(os.sched_getaffinity(0))
    narrow.flood(cpu)
    assert narrow.lost("LOSS_RING_FULL")[cpu] > 0
    pid = narrow.flood(cpu)
    told = {
        type(each)
        for each in narrow.drain()
        if not isinstance(each, records.HeartbeatRecord) and each.pid == pid
    }
    assert told >= {records.ForkRecord, records.ExecRecord, records.ExitRecord}
    assert sum(narrow.lost("LOSS_PROCESS_RING_FULL")) == 0
