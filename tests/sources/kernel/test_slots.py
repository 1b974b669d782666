"""Tables are switched by one word, and what is told of containers is of their generation."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model import kernel_tables as model
from shikra.sources.kernel import layout, libbpf, probe, slots

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def loaded(probe_object: Path) -> Iterator[probe.Probe]:
    """Return the object, loaded and not attached."""
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), {}) as made:
        yield made


@pytest.fixture
def place(loaded: probe.Probe) -> Iterator[slots.Slots]:
    """Return the places of its tables."""
    made = slots.Slots(loaded)
    yield made
    made.close()


def active(loaded: probe.Probe, member: str) -> int:
    """Return a word that every event reads."""
    value = loaded.map("active").get(bytes(4))
    assert value is not None
    leaf = loaded.types.leaves("active")[member]
    return int(struct.unpack_from(f"<{leaf.code}", value, leaf.offset)[0])


def test_tables_take_turns(loaded: probe.Probe, place: slots.Slots) -> None:
    """New tables stand beside those before, which stay whole until the next."""
    size = loaded.types.size("tables")
    generations = [place.load(bytes([number]) * size) for number in (1, 2, 3)]
    assert generations == [1, 2, 3]
    assert active(loaded, "generation") == 3
    kept = {key: (loaded.map("tables").get(struct.pack("<I", key)) or b"")[:1] for key in (0, 1)}
    assert kept == {0: b"\2", 1: b"\3"}


def test_bits_are_told_for_the_tables_in_force(loaded: probe.Probe, place: slots.Slots) -> None:
    """A container's bits carry the generation, and telling them lets processes be judged anew."""
    generation = place.load(bytes(loaded.types.size("tables")))
    before = active(loaded, "epoch_told")
    place.tell_container(7, model.ContainerBits(matched=1 << 200 | 5, unknown=1 << 63))
    words = {"generation": generation, "matched": _bytes(1 << 200 | 5), "unknown": _bytes(1 << 63)}
    told = loaded.map("told_containers")
    assert told.get(struct.pack("<Q", 7)) == layout.pack(loaded.types, "container_bits", words)
    assert active(loaded, "epoch_told") == before + 1
    place.forget_container(7)
    place.forget_container(7)
    assert told.get(struct.pack("<Q", 7)) is None
    assert active(loaded, "epoch_told") == before + 3


def _bytes(bits: int) -> bytes:
    return bits.to_bytes(32, "little")
