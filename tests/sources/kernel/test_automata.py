"""Automata run in the probe's layout as they do in the model's."""

import struct

import msgspec
import pytest

from shikra.model import kernel_tables as model
from shikra.sources.kernel import automata, btf, layout, pools


class Packed(msgspec.Struct):
    """The probe's struct."""

    byte_class: bytes
    width: int
    first_transition: int
    first_state: int


def begins_with_a(*, predicate: int = 0, condition: int = 0) -> model.Automaton:
    """Return what knows whether a text begins with an a, and whether it is just that."""
    classes = bytearray(256)
    classes[ord("a")] = 1
    classes[ord(" ")] = 2
    held = model.Output(frozenset({predicate}), frozenset({condition}))
    alone = model.Output(frozenset({predicate, predicate + 1}))
    return model.Automaton(
        bytes(classes),
        rows=((0, 0, 0), (0, 2, 0), (3, 3, 3), (3, 3, 3)),
        passing=(0, 0, 1, 0),
        ending=(0, 0, 2, 0),
        outputs=(model.Output(frozenset()), held, alone),
    )


def run(types: btf.Btf, slot: bytearray, packed: bytes, text: bytes) -> set[int]:
    """Run a packed automaton as the probe does, and return the bits of its outputs."""
    this = layout.reader(types, "automaton", Packed)(packed)
    marks = types.enum("state_mark")

    def element(name: str, index: int, code: str) -> tuple[int, ...]:
        where = types.array("tables", name)
        return struct.unpack_from(f"<{code}", slot, where.offset + index * where.size)

    def bits(output: int) -> set[int]:
        first, count = element("outputs", output, "II")
        words = [element("output_words", first + at, "I4xQ") for at in range(count)]
        return {64 * at + bit for at, word in words for bit in range(64) if word >> bit & 1}

    state, found = 1, set()
    for byte in text:
        at = this.first_transition + state * this.width + this.byte_class[byte]
        (code,) = element("transitions", at, "H")
        state = code & marks["STATE_MASK"]
        if code & marks["STATE_PASSES"]:
            found |= bits(element("states", this.first_state + state, "HH")[0])
    return found | bits(element("states", this.first_state + state, "HH")[1])


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        pytest.param(b"a", {70, 71, 1024 + 5}, id="all of it"),
        pytest.param(b"ab", {70, 1024 + 5}, id="the beginning"),
        pytest.param(b"ba", set(), id="dead"),
        pytest.param(b"", set(), id="nothing"),
    ],
)
def test_a_packed_automaton_runs(types: btf.Btf, text: bytes, bits: set[int]) -> None:
    """What it puts out are the predicates and, behind them, the conditions."""
    packer = automata.Automata(types)
    packer.add(begins_with_a())
    packed = packer.add(begins_with_a(predicate=70, condition=5))
    slot = bytearray(types.size("tables"))
    packer.write(slot)
    assert run(types, slot, packed, text) == bits


@pytest.mark.parametrize(
    "automaton",
    [
        pytest.param(begins_with_a(predicate=1023), id="predicates"),
        pytest.param(begins_with_a(condition=1024), id="conditions"),
        pytest.param(
            model.Automaton(bytes(256), ((0,),) * 40000, (0,) * 40000, (0,) * 40000, ()),
            id="states",
        ),
    ],
)
def test_what_exceeds_a_bound_is_refused(types: btf.Btf, automaton: model.Automaton) -> None:
    """More than there is room for is refused, not cut."""
    with pytest.raises(pools.TooLargeError):
        automata.Automata(types).add(automaton)
