"""
Lay out automata, and what they put out, as the probe runs them.

In: a ``model.Automaton``. Out: the probe's struct; states, transitions and outputs go to the pools
that all automata share. A transition says, beside the next state, whether something holds there, so
that the probe looks outputs up only where there are any.
"""

import array
import itertools
import struct
import sys
from collections.abc import Iterable

from shikra.model import kernel_tables as model
from shikra.sources.kernel import btf, layout, pools

_WORD_BITS = 64


class Automata:
    """The automata of one slot."""

    def __init__(self, types: btf.Btf) -> None:
        """Start with none."""
        marks = types.enum("state_mark")
        self._passes, self._most = marks["STATE_PASSES"], marks["STATE_MASK"]
        self._pack = {
            name: layout.packer(types, name)
            for name in ("automaton", "output", "output_word", "state")
        }
        self._predicates = types.array("output_bits", "predicates").count * _WORD_BITS
        self._conditions = types.array("output_bits", "conditions").count * _WORD_BITS
        names = ("transitions", "states", "outputs", "output_words")
        self._pools = {name: pools.Pool(types, name) for name in names}
        self._output(model.Output(frozenset()))  # is output 0

    def add(self, automaton: model.Automaton, *, asked: int = 0) -> bytes:
        """Return the probe's struct of an automaton, of which so many predicates are asked for."""
        if len(automaton.rows) > self._most + 1:
            raise pools.TooLargeError(
                f"an automaton of {len(automaton.rows)} states, where {self._most + 1} are the most"
            )
        outputs = [self._output(each) for each in automaton.outputs]
        passing = [outputs[each] for each in automaton.passing]
        ending = [outputs[each] for each in automaton.ending]
        return self._pack["automaton"](
            {
                "byte_class": automaton.byte_classes,
                "width": len(automaton.rows[0]),
                "predicate_words": _words(automaton.outputs, asked),
                "first_transition": self._transitions(automaton.rows, passing),
                "first_state": self._states(zip(passing, ending, strict=True)),
            }
        )

    def write(self, into: bytearray) -> None:
        """Put what all share where it belongs."""
        for pool in self._pools.values():
            pool.write(into)

    def _transitions(self, rows: Iterable[Iterable[int]], passing: Iterable[int]) -> int:
        marked = [state | (self._passes if out else 0) for state, out in enumerate(passing)]
        codes = array.array("H", map(marked.__getitem__, itertools.chain.from_iterable(rows)))
        if sys.byteorder == "big":
            codes.byteswap()
        return self._pools["transitions"].add(codes.tobytes())

    def _states(self, outputs: Iterable[tuple[int, int]]) -> int:
        codes = struct.Struct("<HH")
        return self._pools["states"].add(b"".join(itertools.starmap(codes.pack, outputs)))

    def _output(self, output: model.Output) -> int:
        words: dict[int, int] = {}
        if max(output.predicates, default=0) >= self._predicates:
            raise pools.TooLargeError(f"a predicate above {self._predicates - 1}")
        if max(output.conditions, default=0) >= self._conditions:
            raise pools.TooLargeError(f"a condition above {self._conditions - 1}")
        conditions = (self._predicates + each for each in output.conditions)
        for bit in (*output.predicates, *conditions):
            at = bit // _WORD_BITS
            words[at] = words.get(at, 0) | 1 << bit % _WORD_BITS
        packed = b"".join(
            self._pack["output_word"]({"at": at, "bits": bits})
            for at, bits in sorted(words.items())
        )
        first = self._pools["output_words"].add(packed) if words else 0
        return self._pools["outputs"].add(
            self._pack["output"]({"first": first, "count": len(words)})
        )


def _words(outputs: Iterable[model.Output], asked: int) -> int:
    """Return how many words have a predicate that may hold or is asked for."""
    held = max((bit + 1 for output in outputs for bit in output.predicates), default=0)
    return -(-max(held, asked) // _WORD_BITS)
