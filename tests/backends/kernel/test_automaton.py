"""Automata against the live backend's own comparisons of one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.backends.kernel import automaton
from shikra.backends.kernel.patterns import Patterns, patterns
from shikra.backends.live import predicate
from shikra.rules.ir import Op, Quantifier

LETTERS = b"aAb/.\xff"
TEXTS = st.binary(max_size=8).map(lambda raw: bytes(LETTERS[byte % 6] for byte in raw))
GLOBS = st.lists(
    st.sampled_from(
        [b"a", b"B", b"/", b"*", b"?", b"[a-b]", b"[!a]", b"[^/A]", b"\\*", b"[", b"[[:upper:]]"]
    ),
    max_size=6,
).map(b"".join)
WORDS = (
    Op.EQ,
    Op.STARTSWITH,
    Op.BSTARTSWITH,
    Op.ENDSWITH,
    Op.CONTAINS,
    Op.BCONTAINS,
    Op.ICONTAINS,
)
COMPARISONS = st.one_of(
    st.tuples(st.sampled_from(WORDS), st.none(), st.tuples(TEXTS)),
    st.tuples(
        st.sampled_from((*WORDS, Op.IN)),
        st.just(Quantifier.ANY),
        st.lists(TEXTS, max_size=4).map(tuple),
    ),
    st.tuples(st.sampled_from((Op.GLOB, Op.IGLOB)), st.none(), st.tuples(GLOBS)),
    st.tuples(st.just(Op.PMATCH), st.none(), st.lists(GLOBS, max_size=4).map(tuple)),
)


def _patterns(op: Op, *texts: bytes) -> Patterns:
    found = patterns(op, Quantifier.ANY if len(texts) > 1 else None, texts)
    assert found is not None
    return found


def _numbered(predicates: list[Patterns]) -> dict[int, Patterns]:
    return dict(enumerate(predicates))


@given(st.lists(COMPARISONS, min_size=1, max_size=6), st.lists(TEXTS, min_size=1, max_size=20))
def test_predicates_hold_where_live_says_so(
    comparisons: list[tuple[Op, Quantifier | None, tuple[bytes, ...]]], texts: list[bytes]
) -> None:
    """One pass finds the very predicates that hold when each is tried by itself."""
    predicates = [patterns(*comparison) or () for comparison in comparisons]
    built = automaton.build(_numbered(predicates))
    assert not built.inexact
    tests = [predicate.element_test(*comparison) for comparison in comparisons]
    texts += [b"".join(comparison[2]) for comparison in comparisons]
    for text in texts:
        assert built.automaton.read(text).predicates == {
            number for number, test in enumerate(tests) if test(text)
        }


@given(
    st.lists(COMPARISONS, min_size=1, max_size=6),
    st.lists(TEXTS, min_size=1, max_size=20),
    st.integers(1, 40),
)
def test_what_is_weakened_holds_of_more(
    comparisons: list[tuple[Op, Quantifier | None, tuple[bytes, ...]]],
    texts: list[bytes],
    states: int,
) -> None:
    """In an automaton that had to be small, predicates hold at least where live says so."""
    predicates = [patterns(*comparison) or () for comparison in comparisons]
    built = automaton.build(_numbered(predicates), bound=automaton.Bound(states=max(states, 3)))
    assert len(built.automaton.rows) <= max(states, 3)
    tests = [predicate.element_test(*comparison) for comparison in comparisons]
    for text in texts:
        found = built.automaton.read(text).predicates
        for number, test in enumerate(tests):
            if number in built.inexact:
                assert number in found or not test(text)
            else:
                assert (number in found) == bool(test(text))


@pytest.mark.parametrize(
    ("op", "text", "matches", "differs"),
    [
        pytest.param(Op.STARTSWITH, b"", b"", None, id="the empty text begins all"),
        pytest.param(Op.EQ, b"", b"", b"a", id="the empty text itself"),
        pytest.param(Op.GLOB, b"/home/*/x", b"/home/a/b/x", b"/home/x", id="a star crosses /"),
        pytest.param(Op.IGLOB, b"*.SO", b"/a.so", b"/a.s\xd6", id="only ASCII letters fold"),
        pytest.param(Op.ICONTAINS, b"PaSs", b"xpAsS", b"pas", id="case doesn't matter"),
        pytest.param(Op.PMATCH, b"/proc/*/mem", b"//proc/1//mem/x", b"/proc/1/2/mem", id="pmatch"),
        pytest.param(Op.PMATCH, b"/proc/*", b"/proc/1", b"/proc//", id="a component isn't empty"),
        pytest.param(Op.PMATCH, b"/a?b", b"/a_b/c", b"/a/b", id="a question mark isn't /"),
        pytest.param(Op.PMATCH, b"/a[!x]b", b"/a_b", b"/a/b", id="nor is any of a bracket"),
        pytest.param(Op.PMATCH, b"/etc", b"/etc/passwd", b"/etcetera", id="whole components"),
        pytest.param(Op.PMATCH, b"/", b"", None, id="the root is above all"),
    ],
)
def test_edges_of_each_operator(op: Op, text: bytes, matches: bytes, differs: bytes | None) -> None:
    """Each operator means at its edges what it means in live."""
    made = automaton.build({0: _patterns(op, text)}).automaton
    assert made.read(matches).predicates == {0}
    if differs is not None:
        assert not made.read(differs).predicates


def test_predicates_name_the_conditions_that_they_keep() -> None:
    """An output lists the conditions kept by any of its predicates."""
    predicates = [_patterns(Op.STARTSWITH, b"/etc"), _patterns(Op.ENDSWITH, b"shadow")]
    made = automaton.build(
        _numbered(predicates), {0: frozenset({7, 8}), 1: frozenset({9})}
    ).automaton
    assert made.read(b"/etc/shadow").conditions == {7, 8, 9}
    assert made.read(b"/shadow").conditions == {9}


def test_dies_where_nothing_can_hold() -> None:
    """A text that begins as no pattern does isn't read to its end."""
    made = automaton.build({0: _patterns(Op.EQ, b"/etc/shadow")}).automaton
    assert made.rows[automaton.START][made.byte_classes[ord("x")]] == automaton.DEAD
    assert set(made.rows[automaton.DEAD]) == {automaton.DEAD}


def test_plain_texts_take_states_in_proportion_to_their_length() -> None:
    """What is compared whole, at the start, at the end or anywhere doesn't multiply."""
    words = [b"%o/%o" % (number * 7919, number * 104729) for number in range(40)]
    ops = (Op.EQ, Op.STARTSWITH, Op.ENDSWITH, Op.CONTAINS)
    predicates = [_patterns(ops[number % 4], word) for number, word in enumerate(words)]
    built = automaton.build(_numbered(predicates))
    assert not built.inexact
    assert len(built.automaton.rows) <= 2 + sum(map(len, words))


def test_only_the_dearest_patterns_are_weakened() -> None:
    """Stars that would multiply states cost themselves their exactness, not plain patterns."""
    stars = [_patterns(Op.GLOB, b"*a%d*b%d*c" % (number, number)) for number in range(40)]
    plain = [_patterns(Op.STARTSWITH, b"/etc/%d" % number) for number in range(40)]
    built = automaton.build(_numbered(stars + plain))
    assert built.inexact
    assert all(number < len(stars) for number in built.inexact)
