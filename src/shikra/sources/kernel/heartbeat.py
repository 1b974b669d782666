"""
A sign of life from each CPU every second, on the way that all events take.

A thread moves to each CPU in turn and makes a system call there that the probe's hook answers by a
record. A young sign proves that the hook is attached and runs on that CPU, that the ring takes
records, and that this program drains it. In: records of signs. Out: how old each CPU's last is.

Only CPUs that this process may use are asked: one that was taken from it (a cpuset, ``taskset``) or
that is offline has no sign and no age. One thread asks all, so where it can't get to run on one
CPU, the signs of the others grow old as well.
"""

import ctypes
import os
import threading
from collections.abc import Collection

from shikra.model import clock
from shikra.sources.kernel import btf, records

BEAT_SECONDS = 1.0
_STOP_SECONDS = 2.0
_WORD_BITS = 64
_CALLING_THREAD = 0


class Signs:
    """The last sign of each CPU. Pure: times and CPUs are arguments."""

    def __init__(self) -> None:
        """Begin without any."""
        self._last_ns: dict[int, int] = {}

    def arrived(self, record: records.HeartbeatRecord) -> None:
        """Take a sign."""
        if record.time_ns > self._last_ns.get(record.cpu, 0):
            self._last_ns[record.cpu] = record.time_ns

    def ages_ns(self, now_ns: int, cpus: Collection[int]) -> dict[int, int]:
        """Return how old the last sign of each of these CPUs is; a CPU that is new begins now."""
        self._last_ns = {cpu: self._last_ns.get(cpu, now_ns) for cpu in sorted(cpus)}
        return {cpu: max(now_ns - last, 0) for cpu, last in self._last_ns.items()}


class Heart:
    """Makes the signs, and knows their ages."""

    def __init__(self, types: btf.Btf, now: clock.Clock) -> None:
        """Begin now, with nothing made yet."""
        self._number = types.enum("heartbeat_call")["HEARTBEAT_GETCPU"]
        self._clock = now
        self._signs = Signs()
        self._pid = os.getpid()
        # not os.sched_setaffinity: that keeps every thread waiting until the CPU has time for us
        self._libc = ctypes.CDLL(None)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self.ages_ns()

    def start(self) -> None:
        """Make a sign on each CPU now, and every second from now on."""
        self._thread.start()

    def beat(self) -> None:
        """Let the calling thread make a sign on each CPU; afterwards it may run on all again."""
        cpus = self._cpus()
        for cpu in cpus:
            if self._move_to({cpu}):
                self._libc.syscall(ctypes.c_long(self._number), None, None, None)
        self._move_to(cpus)

    def arrived(self, record: records.HeartbeatRecord) -> None:
        """Take a sign that came through the ring."""
        self._signs.arrived(record)

    def ages_ns(self) -> dict[int, int]:
        """Return how old the last sign of each CPU is."""
        return self._signs.ages_ns(self._clock.boot_ns(), self._cpus())

    def close(self) -> None:
        """Make no more signs. Harmless when repeated."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while True:
            self.beat()
            if self._stop.wait(BEAT_SECONDS):
                return

    def _cpus(self) -> set[int]:
        """Return the CPUs that the main thread may use and that are online."""
        return os.sched_getaffinity(self._pid)

    def _move_to(self, cpus: Collection[int]) -> bool:
        words = [0] * (max(cpus) // _WORD_BITS + 1)
        for cpu in cpus:
            words[cpu // _WORD_BITS] |= 1 << cpu % _WORD_BITS
        mask = (ctypes.c_uint64 * len(words))(*words)
        size = ctypes.c_size_t(ctypes.sizeof(mask))
        return bool(self._libc.sched_setaffinity(_CALLING_THREAD, size, mask) == 0)
