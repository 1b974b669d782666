"""Maps of the loaded object hold bytes by bytes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.sources.kernel import libbpf, probe

pytestmark = pytest.mark.kernel
ENTRIES = 8


@pytest.fixture(scope="module")
def loaded(probe_object: Path) -> Iterator[probe.Probe]:
    """Return the object, loaded and not attached."""
    elf = probe_object.read_bytes()
    with probe.Probe(libbpf.Libbpf(), elf, {"containers": ENTRIES}) as made:
        yield made


def key(number: int) -> bytes:
    """Return a key of the map of containers."""
    return number.to_bytes(8, "little")


def test_maps_hold_what_is_put_in(loaded: probe.Probe) -> None:
    """A map gives back, lists and forgets its entries."""
    containers = loaded.map("containers")
    assert containers.max_entries == ENTRIES
    for number in range(3):
        containers.set(key(number), bytes([number]) * containers.value_size)
    assert containers.get(key(2)) == b"\2" * containers.value_size
    assert sorted(containers.keys()) == [key(0), key(1), key(2)]
    assert dict(containers.items())[key(1)] == b"\1" * containers.value_size
    for number in (0, 1, 1, 2):
        containers.delete(key(number))
    assert containers.get(key(1)) is None
    assert list(containers.keys()) == []


def test_a_full_map_says_so(loaded: probe.Probe) -> None:
    """What doesn't fit raises, with the map's name and the kernel's reason."""
    containers = loaded.map("containers")

    def fill() -> None:
        for number in range(2000):
            containers.set(key(number), bytes(containers.value_size))

    with pytest.raises(libbpf.LibbpfError, match=r"containers.*E2BIG"):
        fill()


def test_counters_have_a_value_a_cpu(loaded: probe.Probe) -> None:
    """A map kept per CPU gives one value for each."""
    values = loaded.map("losses").get_per_cpu(bytes(4))
    assert values
    assert {len(value) for value in values} == {8}
