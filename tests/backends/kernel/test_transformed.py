"""Patterns of a text by patterns of what a transformer makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.backends.kernel import automaton, transformed
from shikra.backends.kernel.patterns import patterns
from shikra.backends.live import predicate, transform
from shikra.rules.ir import Op, Transformer

FUNCTIONS = {
    Transformer.TOLOWER: bytes.lower,
    Transformer.TOUPPER: bytes.upper,
    Transformer.BASENAME: transform.basename,
}
TEXTS = st.binary(max_size=6).map(lambda raw: bytes(b"aB/.\xe9x"[byte % 6] for byte in raw))
GLOBS = st.lists(st.sampled_from([b"a", b"B", b"/", b"*", b"?", b"[!a]", b"x"]), max_size=5).map(
    b"".join
)
OPS = (Op.EQ, Op.STARTSWITH, Op.ENDSWITH, Op.CONTAINS, Op.ICONTAINS, Op.GLOB, Op.PMATCH)


@given(st.sampled_from([*FUNCTIONS]), st.sampled_from(OPS), GLOBS, st.lists(TEXTS, max_size=20))
def test_patterns_follow_a_transformer(
    transformer: Transformer, op: Op, constant: bytes, texts: list[bytes]
) -> None:
    """The earlier patterns match a text just if the later ones match what is made of it."""
    later = patterns(op, None, (constant,))
    assert later is not None
    earlier = transformed.before(transformer, later)
    assert earlier is not None
    read = automaton.build({0: earlier}).automaton.read
    test = predicate.element_test(op, None, (constant,))
    for text in (*texts, constant):
        made = FUNCTIONS[transformer](text)  # type: ignore[operator]
        assert bool(read(text).predicates) == bool(test(made))


@pytest.mark.parametrize("transformer", [Transformer.B64, Transformer.LEN, Transformer.JOIN])
def test_others_cant_be_followed(transformer: Transformer) -> None:
    """What changes the length or the kind of a value isn't a matter of patterns."""
    assert transformed.before(transformer, ()) is None
