"""Orders are laid out for the tables that they are of, and the probe's counts are kept."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model.enforcement import Action, Mode
from shikra.model.verdict import Outcome
from shikra.sources.kernel import enforcing, libbpf, probe, syscalls
from shikra.sources.kernel.enforcing import Enforced, Orders

NOWHERE: frozenset[str] = frozenset()  # nothing is denied

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def loaded(probe_object: Path) -> Iterator[probe.Probe]:
    """Return the object, loaded and not attached."""
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), {}) as made:
        yield made


def count(loaded: probe.Probe, slot: int, condition: int, outcome: Outcome) -> None:
    """Count as the probe does, on the first processor."""
    counts = loaded.map("enforced")
    key = struct.pack("<I", slot * counts.max_entries // 2 + condition)
    values = bytearray(b"".join(counts.get_per_cpu(key)))
    at = 8 * loaded.types.enum("outcome")[f"OUTCOME_{outcome.name}"]
    (before,) = struct.unpack_from("<Q", values, at)
    struct.pack_into("<Q", values, at, before + 1)
    counts.set(key, bytes(values))


def test_orders_stand_in_the_slot_of_their_tables(loaded: probe.Probe) -> None:
    """Each set of tables has orders of its own, and a condition is a bit."""
    made = enforcing.Enforcing(loaded)
    made.order(4, Orders(kill=frozenset({0, 65}), default_mode=Mode.OBSERVE), NOWHERE)
    made.order(5, Orders(observed=frozenset({3}), enforces_host=True), NOWHERE)
    types, orders = loaded.types, loaded.map("orders")
    found = {}
    for slot in (0, 1):
        value = orders.get(struct.pack("<I", slot)) or b""
        for name, leaf in types.leaves("orders").items():
            found[name, slot] = int.from_bytes(
                value[leaf.offset : leaf.offset + leaf.size], "little"
            )
    (openat,) = syscalls.numbers(syscalls.Table.NATIVE, ["openat"])
    (execve,) = syscalls.numbers(syscalls.Table.NATIVE, ["execve"])
    expected = {
        ("generation", 0): 4,
        ("generation", 1): 5,
        ("default_mode", 0): types.enum("mode")["MODE_OBSERVE"],
        **{("open_call", slot): openat for slot in (0, 1)},
        **{("exec_call", slot): execve for slot in (0, 1)},
        ("kill", 0): 1 << 65 | 1,
        ("observed", 1): 1 << 3,
        ("enforces_host", 1): 1,
    }
    assert {name: value for name, value in found.items() if value} == expected


def test_counts_outlive_their_tables(loaded: probe.Probe) -> None:
    """What was counted for tables is kept when others take their slot, and nothing twice."""
    made = enforcing.Enforcing(loaded)
    made.order(2, Orders(kill=frozenset({7})), NOWHERE)
    count(loaded, 0, 7, Outcome.KILLED)
    made.order(2, Orders(), NOWHERE)  # nothing is ordered any more
    count(loaded, 0, 7, Outcome.HELD_FIRST)
    before = {Enforced(2, 7, Outcome.KILLED): 1, Enforced(2, 7, Outcome.HELD_FIRST): 1}
    assert made.counts() == before
    made.order(4, Orders(kill=frozenset({7})), NOWHERE)
    assert made.counts() == before
    count(loaded, 0, 7, Outcome.KILLED)
    assert made.counts() == {**before, Enforced(4, 7, Outcome.KILLED): 1}


def test_each_outcome_has_a_number_and_an_action(loaded: probe.Probe) -> None:
    """The probe knows all outcomes that the model knows, and an alert can say each."""
    known = enforcing.outcomes(loaded.types)
    assert set(known.values()) == {None, *Outcome}
    assert len(known) == loaded.types.enum("outcome")["OUTCOME_COUNT"]
    held = {each for each in Outcome if each.action is Action.HELD}
    assert held == {each for each in Outcome if each.name.startswith("HELD_")}
    assert {each.action for each in set(Outcome) - held} == {
        Action.DENIED,
        Action.KILLED,
        Action.KILL_FAILED,
        Action.WOULD_KILL,
    }
