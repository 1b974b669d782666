"""Signs of life go the whole way, and stop where any part of it does."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model.clock import SystemClock
from shikra.sources.kernel import (
    decode,
    heartbeat,
    layout,
    libbpf,
    probe,
    records,
    ring,
    slots,
    tables,
    watching,
)
from support.waiting import until

RING_BYTES = 1 << 20
EVERYTHING = 1 << 20


def sign(cpu: int, time_ns: int) -> records.HeartbeatRecord:
    """Return a sign."""
    return records.HeartbeatRecord(b"", time_ns, cpu)


def test_an_age_is_since_the_last_sign() -> None:
    """Each CPU has an age of its own; a sign that comes late doesn't make it older."""
    signs = heartbeat.Signs()
    signs.arrived(sign(0, 100))
    signs.arrived(sign(1, 300))
    signs.arrived(sign(1, 200))
    assert signs.ages_ns(1000, {0, 1}) == {0: 900, 1: 700}


def test_a_cpu_that_comes_begins_new_and_one_that_goes_has_no_age() -> None:
    """A CPU that is switched off isn't silent, and isn't when it is switched on again."""
    signs = heartbeat.Signs()
    assert signs.ages_ns(100, {0, 1}) == {0: 0, 1: 0}
    assert signs.ages_ns(500, {0}) == {0: 400}
    assert signs.ages_ns(900, {0, 1}) == {0: 800, 1: 0}


class Way:
    """The way of a sign: a probe that knows us, its ring, and who drains it."""

    def __init__(self, elf: bytes) -> None:
        """Attach; ``close`` must follow."""
        self.probe = probe.Probe(libbpf.Libbpf(), elf, {"ring": RING_BYTES})
        types = self.probe.types
        values = {"own_pid": os.getpid()}
        self.probe.map("settings").set(bytes(4), layout.pack(types, "settings", values))
        self._slots = slots.Slots(self.probe)
        self._slots.load(tables.pack(types, watching.NOTHING))
        self.heart = heartbeat.Heart(types, SystemClock())
        self._ring = ring.Ring(self.probe.map("ring").fd, RING_BYTES)
        self._decoder = decode.Decoder(types)
        self.probe.attach()

    def drain(self) -> None:
        """Take what came."""
        for record in self._decoder.decode(self._ring.drain(EVERYTHING)):
            if isinstance(record, records.HeartbeatRecord):
                self.heart.arrived(record)

    def is_heard(self) -> bool:
        """Make a sign on each CPU, and say whether all came that were made."""
        began_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self.heart.beat()
        self.drain()
        passed_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - began_ns
        return max(self.heart.ages_ns().values()) <= passed_ns

    def close(self) -> None:
        """Detach."""
        self.heart.close()
        self._ring.close()
        self._slots.close()
        self.probe.close()


@pytest.fixture
def way(probe_object: Path) -> Iterator[Way]:
    """Return a way that works."""
    made = Way(probe_object.read_bytes())
    with contextlib.closing(made):
        yield made


@pytest.mark.kernel
def test_every_cpu_that_we_may_use_is_heard(way: Way) -> None:
    """Without any rule, a sign comes from each CPU, and who made them may run on all again."""
    allowed = os.sched_getaffinity(0)
    assert way.is_heard()
    assert set(way.heart.ages_ns()) == allowed
    assert os.sched_getaffinity(0) == allowed


@pytest.mark.kernel
def test_ages_grow_when_nobody_drains(way: Way) -> None:
    """A sign that is in the ring and not taken out is none."""
    assert way.is_heard()
    before = way.heart.ages_ns()
    way.heart.beat()
    after = way.heart.ages_ns()
    assert all(after[cpu] > before[cpu] for cpu in before)
    way.drain()
    assert all(age < after[cpu] for cpu, age in way.heart.ages_ns().items())


@pytest.mark.kernel
def test_ages_grow_when_the_hook_is_gone(way: Way) -> None:
    """Once the probe is detached, signs are made in vain."""
    assert way.is_heard()
    way.probe.detach()
    assert not way.is_heard()


@pytest.mark.kernel
def test_nobody_else_gives_our_signs(way: Way) -> None:
    """The same call by another process is no sign."""
    way.probe.map("settings").set(
        bytes(4), layout.pack(way.probe.types, "settings", {"own_pid": os.getpid() + 1})
    )
    assert not way.is_heard()


@pytest.mark.kernel
def test_signs_are_made_all_the_time(way: Way) -> None:
    """The thread makes signs by itself, and none after it was closed."""
    before = set(threading.enumerate())  # other tests may keep a probe, and its thread
    way.heart.start()

    def is_heard_twice() -> bool:
        way.drain()
        return all(0 < age < heartbeat.BEAT_SECONDS * 1e9 for age in way.heart.ages_ns().values())

    until(is_heard_twice, "signs of all CPUs", 10)
    way.heart.close()
    assert not [one for one in set(threading.enumerate()) - before if one.name == "heartbeat"]
