"""Other spellings of a path in the patterns of its views."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.backends.kernel import aliased, automaton
from shikra.backends.kernel.patterns import Patterns, patterns
from shikra.backends.live import predicate
from shikra.model import aliases
from shikra.model.kernel_tables import View
from shikra.rules.ir import Op

PARTS = st.sampled_from(b"usr bin lib64 var run lock dev stdin fd proc self 12 7 0 x".split())
PATHS = st.lists(PARTS, max_size=5).map(lambda parts: b"/" + b"/".join(parts))
CONSTANTS = st.one_of(PATHS, PARTS, st.sampled_from([b"*", b"/*/x", b"/proc/[1-9]*", b"*/bin/?*"]))
OPS = (Op.EQ, Op.STARTSWITH, Op.ENDSWITH, Op.CONTAINS, Op.GLOB, Op.IGLOB, Op.PMATCH)
VIEWS = st.sampled_from([View.PATH, View.DIRECTORY, View.FILENAME])


def _text(view: View, path: bytes) -> bytes:
    above, _, last = path.rpartition(b"/")
    return {View.PATH: path, View.DIRECTORY: above or b"/", View.FILENAME: last}[view]


def _patterns(op: Op, constant: bytes) -> Patterns:
    found = patterns(op, None, (constant,))
    assert found is not None
    return found


@given(VIEWS, st.sampled_from(OPS), CONSTANTS, st.lists(PATHS, min_size=1), st.integers(0, 20))
def test_what_matches_by_another_spelling_matches(
    view: View, op: Op, constant: bytes, paths: list[bytes], process: int
) -> None:
    """No spelling by which live would match is missed, and without one nothing is added."""
    given = _patterns(op, constant)
    every = aliased.with_aliases(view, given) or given
    read = automaton.build({0: every, 1: aliased.has_aliases(view)}).automaton.read
    test = predicate.element_test(op, None, (constant,))
    for path in paths:
        spelled = aliases.aliases(path, process)
        found = read(_text(view, path)).predicates
        matches = any(test(_text(view, one)) for one in (path, *spelled))
        assert 0 in found or not matches
        differ = {_text(view, one) for one in spelled} - {_text(view, path)}
        assert 1 in found or not differ
        if 1 not in found:
            assert (0 in found) == bool(test(_text(view, path)))


@pytest.mark.parametrize(
    ("op", "constant", "path"),
    [
        pytest.param(Op.STARTSWITH, b"/run/secrets/", b"/var/run/secrets/x", id="below"),
        pytest.param(Op.EQ, b"/usr/bin/sh", b"/bin/sh", id="whole"),
        pytest.param(Op.EQ, b"/proc/self/mem", b"/proc/123/mem", id="its own number"),
        pytest.param(Op.GLOB, b"/proc/[0-9]*/mem", b"/proc/self/mem", id="any number"),
        pytest.param(Op.EQ, b"/dev/stdin", b"/proc/77/fd/0", id="by way of itself"),
        pytest.param(Op.CONTAINS, b"/usr/", b"/bin/x", id="part of a prefix"),
    ],
)
def test_spellings_are_taken_for_one(op: Op, constant: bytes, path: bytes) -> None:
    """A path matches as its other spelling does."""
    every = aliased.with_aliases(View.PATH, _patterns(op, constant))
    assert every is not None
    assert automaton.build({0: every}).automaton.read(path).predicates == {0}


@pytest.mark.parametrize(
    ("op", "constant"),
    [
        pytest.param(Op.STARTSWITH, b"/etc/", id="elsewhere"),
        pytest.param(Op.CONTAINS, b"/.ssh/", id="anywhere"),
        pytest.param(Op.ENDSWITH, b".so", id="at the end"),
        pytest.param(Op.GLOB, b"*", id="everything"),
        pytest.param(Op.GLOB, b"/home/*/.aws/*", id="a glob"),
    ],
)
def test_most_patterns_have_no_other_spelling(op: Op, constant: bytes) -> None:
    """What no prefix bears on stays as it is."""
    assert aliased.with_aliases(View.PATH, _patterns(op, constant)) is None
