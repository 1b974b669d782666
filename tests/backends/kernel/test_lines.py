"""Patterns of command lines, whose arguments the kernel keeps apart."""

from hypothesis import given
from hypothesis import strategies as st

from shikra.backends.kernel import automaton, lines
from shikra.backends.kernel.patterns import patterns
from shikra.backends.live import predicate
from shikra.rules.ir import Op

WORDS = st.sampled_from([b"", b"a", b"-x", b"a b", b"b", b"a -x"])
LINES = st.lists(WORDS, max_size=4)
OPS = st.sampled_from([Op.EQ, Op.STARTSWITH, Op.ENDSWITH, Op.CONTAINS, Op.GLOB])
CONSTANTS = WORDS | st.sampled_from([b"*", b"a*b", b"[! ]*", b"?"])


@given(OPS, CONSTANTS, LINES, st.integers(0, 3))
def test_a_line_is_compared_as_a_whole_and_by_its_arguments(
    op: Op, constant: bytes, line: list[bytes], index: int
) -> None:
    """Joined by blanks it matches as live has it; one argument ends where the next begins."""
    found = patterns(op, None, (constant,))
    assert found is not None
    test = predicate.element_test(op, None, (constant,))
    predicates = {0: lines.joined(found), 1: lines.with_argument(index, found)}
    read = automaton.build(predicates).automaton.read(b"\0".join(line)).predicates
    assert (0 in read) == bool(test(b" ".join(line)))
    is_there = index < len(line) or (index == 0 and not line)  # none looks like an empty one
    argument = line[index] if index < len(line) else b""
    assert (1 in read) == (is_there and bool(test(argument)))
