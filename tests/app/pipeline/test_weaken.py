"""What may fire while fields are unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.app.pipeline.weaken import weaken
from shikra.model.rule import Priority, RuleInfo
from shikra.model.value import FieldType
from shikra.rules.ir import (
    Apply,
    Atom,
    Both,
    Constant,
    Either,
    Negate,
    Node,
    Op,
    Read,
    Rule,
    RuleSet,
    Transformer,
    Truth,
)

INFO = RuleInfo(
    name="r", priority=Priority.ERROR, source="syscall", tags=(), description="", revision="1"
)


def read(name: str) -> Read:
    """Read a text field."""
    return Read(name, name.partition("[")[0], None, FieldType.TEXT)


def atom(name: str) -> Atom:
    """Compare a field with something."""
    return Atom(read(name), Op.EQ, (b"x",))


def one_rule(*nodes: Node) -> RuleSet:
    """Make a rule set of one rule, whose condition is the last node."""
    rule = Rule(info=INFO, root=len(nodes) - 1, event_types=frozenset(), output=())
    return RuleSet(nodes, (rule,))


def is_unknown(one: Read) -> bool:
    """Take every field whose name begins with u for unknown."""
    return one.field.startswith("u")


def value(ruleset: RuleSet, truth: dict[str, bool]) -> bool:
    """Evaluate the rule, given which fields' comparisons hold."""
    values: list[bool] = []
    for node in ruleset.nodes:
        match node:
            case Atom(left=Read(name=name)):
                values.append(truth[name])
            case Truth(value=constant):
                values.append(constant)
            case Both(parts=parts):
                values.append(all(values[part] for part in parts))
            case Either(parts=parts):
                values.append(any(values[part] for part in parts))
            case Negate(part=part):
                values.append(not values[part])
            case _:
                raise AssertionError(node)
    return values[ruleset.rules[0].root]


NAMES = ["k0", "k1", "u0", "u1"]


@st.composite
def circuits(draw: st.DrawFn) -> RuleSet:
    """Draw circuits of known and unknown comparisons under shared gates."""
    nodes: list[Node] = [atom(name) for name in NAMES] + [Truth(value=True)]
    for _ in range(draw(st.integers(1, 8))):
        index = st.integers(0, len(nodes) - 1)
        parts = tuple(draw(st.lists(index, min_size=1, max_size=3)))
        nodes.append(draw(st.sampled_from([Both(parts), Either(parts), Negate(parts[0])])))
    return one_rule(*nodes)


@given(circuits(), st.fixed_dictionaries({name: st.booleans() for name in NAMES}))
def test_a_rule_that_fires_was_possible_before(ruleset: RuleSet, truth: dict[str, bool]) -> None:
    """Whatever the unknown fields turn out to be, a rule that then fires may fire now."""
    weak = weaken(ruleset, is_unknown)
    assert not value(ruleset, truth) or value(weak, truth)


@given(circuits(), st.fixed_dictionaries({name: st.booleans() for name in NAMES}))
def test_known_fields_decide_exactly(ruleset: RuleSet, truth: dict[str, bool]) -> None:
    """With nothing unknown, the weakened rule is the rule."""
    assert value(weaken(ruleset, lambda _: False), truth) == value(ruleset, truth)


@pytest.mark.parametrize(
    ("nodes", "may_fire"),
    [
        pytest.param((atom("u0"),), True, id="unknown"),
        pytest.param((atom("u0"), Negate(0)), True, id="not unknown"),
        pytest.param((atom("u0"), atom("k0"), Both((0, 1))), False, id="unknown and false"),
        pytest.param((atom("u0"), atom("k0"), Either((0, 1))), True, id="unknown or false"),
        pytest.param((atom("k0"), Negate(0), atom("u0"), Both((1, 2))), True, id="not false"),
    ],
)
def test_unknown_counts_both_ways(nodes: tuple[Node, ...], may_fire: bool) -> None:
    """An unknown comparison may hold and may fail; a known one that fails decides."""
    assert value(weaken(one_rule(*nodes), is_unknown), {"k0": False}) == may_fire


def test_fields_on_both_sides_and_in_transformers_count() -> None:
    """A comparison is unknown if any field in it is, wherever it stands."""
    inside = Apply(Transformer.TOLOWER, (read("u0"), Constant(b"x")), FieldType.TEXT)
    for one in (Atom(inside, Op.EQ, (b"x",)), Atom(read("k0"), Op.EQ, read("u0"))):
        assert value(weaken(one_rule(one), is_unknown), {})
