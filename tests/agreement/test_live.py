"""The live backend against the plainest reading of rules."""

from hypothesis import given
from hypothesis import strategies as st

from shikra.backends.live.compile import compile_rules
from shikra.model.event import Event
from shikra.rules.ir import Node, RuleSet
from support import plain_reading
from support.circuits import rule
from support.generated import EVENTS, TYPES, circuits


@given(circuits(), st.lists(EVENTS, min_size=1, max_size=4))
def test_programs_mean_what_the_circuit_says(nodes: tuple[Node, ...], events: list[Event]) -> None:
    """The generated functions agree with the plainest reading of the circuit, on every node."""
    rules = tuple(rule(str(root), root, *TYPES) for root in range(len(nodes)))
    evaluator = compile_rules(RuleSet(nodes=nodes, rules=rules))
    for happened in events:
        happened.fields["evt.type"] = happened.type.encode()
        plainly = tuple(
            root
            for root in range(len(nodes))
            if plain_reading.holds(nodes, nodes[root], happened.fields)
        )
        assert evaluator.matches(happened) == plainly
    assert not evaluator.failures
    assert not evaluator.unusable


@given(circuits(), EVENTS, st.integers(1, 4))
def test_fewer_rules_give_the_same_of_them(
    nodes: tuple[Node, ...], happened: Event, count: int
) -> None:
    """What some rules alone match is what all rules together match, without the others."""
    rules = tuple(rule(str(root), root, *TYPES) for root in range(len(nodes)))
    evaluator = compile_rules(RuleSet(nodes=nodes, rules=rules))
    happened.fields["evt.type"] = happened.type.encode()
    matched = evaluator.matches(happened)
    for first in range(len(nodes)):
        asked = frozenset(range(first, first + count))
        expected = tuple(index for index in matched if index in asked)
        assert evaluator.matches_among(happened, asked) == expected
    assert not evaluator.failures
