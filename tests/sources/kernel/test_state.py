"""What user space tells the probe arrives."""

import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from shikra.sources.kernel import (
    cgroups,
    classify,
    decode,
    layout,
    libbpf,
    preflight,
    probe,
    processes,
    procfs,
    records,
    rings,
    seed,
    state,
)

pytestmark = pytest.mark.kernel


class Known(msgspec.Struct):
    """What the probe keeps of a process."""

    id: int
    flags: int
    container: int
    exe_inode: int


@pytest.fixture(scope="module")
def loaded(probe_object: Path) -> Iterator[probe.Probe]:
    """Return the object, loaded and not attached."""
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), {}) as made:
        yield made


@pytest.fixture(scope="module")
def told(loaded: probe.Probe) -> state.ProbeState:
    """Return what tells it."""
    return state.ProbeState(loaded)


def test_a_process_is_placed_only_while_it_is_the_same(
    loaded: probe.Probe, told: state.ProbeState
) -> None:
    """A place that was found for one image isn't given to the next."""
    entry = loaded.map("processes")
    entry.set(struct.pack("<I", 7), layout.pack(loaded.types, "process_state", {"id": 5, "pid": 7}))
    assert not told.place(7, 4, flags=1, container=9)
    assert not told.place(8, 5, flags=1, container=9)
    assert told.place(7, 5, flags=1, container=9)
    assert told.process_id(7) == 5
    value = entry.get(struct.pack("<I", 7))
    assert value is not None
    known = layout.reader(loaded.types, "process_state", Known)(value)
    assert (known.id, known.flags, known.container) == (5, 1, 9)


def test_a_write_that_crossed_an_exec_is_undone(probe_object: Path) -> None:
    """A record that was overwritten as its process executed is put right by the next pass."""
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), {}) as loaded:
        table, told = processes.ProcessTable(loaded.types), state.ProbeState(loaded)
        known, reader = loaded.map("processes"), rings.Rings(loaded)
        decoder = decode.Decoder(loaded.types)
        host = classify.Host(procfs.host_mount_namespace(), preflight.HOST_PID_NAMESPACE)
        place = seed.Surroundings(host, cgroups.chosen(), frozenset())
        told.configure(place.hierarchy, host, os.getpid())
        loaded.attach()

        def drain() -> None:
            for record in decoder.decode(reader.drain(1 << 20)):
                match record:
                    case records.ForkRecord():
                        table.forked(record)
                    case records.ExecRecord():
                        table.executed(record)
                    case records.ExitRecord():
                        table.exited(record)

        seeder = seed.Seeder(loaded, told, table, place)
        with subprocess.Popen(
            ["/bin/sh", "-c", "read line; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            seeder.settle(drain)
            key = struct.pack("<I", child.pid)
            before = known.get(key)
            assert before is not None
            child.stdin.write(b"go\nx\n")
            child.stdin.flush()
            assert child.stdout.readline() == b"x\n"
            after = known.get(key)
            known.set(key, before)
            seeder.once(drain)
            repaired = known.get(key)
            child.stdin.close()
        reader.close()
    read = layout.reader(loaded.types, "process_state", Known)
    assert after is not None
    assert repaired is not None
    assert read(after).id != read(before).id
    assert read(repaired) == read(after)
