"""Whole rule sets: which rules match, what is read for it, and what one failing rule costs."""

import pytest

from shikra.backends.live.compile import compile_rules
from shikra.model.event import Event
from shikra.model.value import Value
from shikra.rules.ir import (
    Both,
    Either,
    Negate,
    Node,
    Op,
    RuleSet,
    Truth,
)
from support.circuits import atom, event, read, rule, ruleset

IS_OPEN = atom("evt.type", Op.IN, b"open", b"openat")
IS_NC = atom("proc.name", Op.EQ, b"nc")
BELOW_ETC = atom("fd.name", Op.STARTSWITH, b"/etc/")


def matches(nodes: tuple[Node, ...], happened: Event) -> bool:
    """Say whether a rule whose condition is the last node matches."""
    return compile_rules(ruleset(*nodes, types=("open", "openat", "execve"))).matches(happened) == (
        0,
    )


def test_rules_match_in_their_order() -> None:
    """All rules that match are told, in the order in which they were defined."""
    names = ("a", "b", "c", "d")
    roots = (2, 0, 3, 2)
    rules = tuple(rule(name, root, "open") for name, root in zip(names, roots, strict=True))
    nodes = (IS_NC, BELOW_ETC, Both((0, 1)), Negate(0))
    evaluator = compile_rules(RuleSet(nodes=nodes, rules=rules))
    assert evaluator.matches(event({"proc.name": b"nc", "fd.name": b"/etc/x"})) == (0, 1, 3)
    assert evaluator.matches(event({"proc.name": b"nc", "fd.name": b"/x"})) == (1,)
    assert evaluator.matches(event({})) == (2,)


def test_the_type_of_an_event_decides_which_rules_are_asked() -> None:
    """A rule is asked only about events of its source and of the types that it can match."""
    rules = (rule("opens", 1, "open", "openat", "execve"), rule("execs", 2, "execve"))
    nodes = (IS_OPEN, Both((0,)), Negate(0), IS_NC)
    evaluator = compile_rules(RuleSet(nodes=nodes, rules=rules))
    assert evaluator.event_types == {"open", "openat", "execve"}
    assert evaluator.matches(event({}, "openat")) == (0,)
    assert evaluator.matches(event({}, "execve")) == (1,)
    assert evaluator.matches(event({}, "connect")) == ()
    assert evaluator.matches(Event("k8s_audit", "open", 0, {})) == ()


def test_rules_may_be_left_out() -> None:
    """Disabled rules and unwanted ones don't match, and the others keep their index."""
    rules = (
        rule("off", 0, "open", is_enabled=False),
        rule("unwanted", 0, "openat"),
        rule("on", 0, "open"),
    )
    chosen = RuleSet(nodes=(Truth(value=True),), rules=rules)
    evaluator = compile_rules(chosen, keep=lambda each: each.info.name != "unwanted")
    assert evaluator.matches(event({})) == (2,)
    assert evaluator.event_types == {"open"}


def test_fields_are_read_only_when_they_matter() -> None:
    """Nothing is read of an event once it can't match, and nothing is read twice."""
    read_fields: list[str] = []

    def reader(happened: Event, _argument: str | None) -> Value:
        read_fields.append(happened.type)
        return b"nc"

    nodes = (atom("fd.num", Op.GE, 0), IS_NC, Both((0, 1)), Either((1, 2)))
    evaluator = compile_rules(RuleSet(nodes=nodes, rules=(rule("all", 2, "open"),)))
    happened = Event("syscall", "open", 0, {"proc.name": reader})
    assert evaluator.matches(happened) == ()
    happened.fields["fd.num"] = 1
    happened.fields.pop("proc.name", None)
    read_fields.clear()
    assert evaluator.matches(happened) == (0,)
    assert evaluator.matches(happened) == (0,)
    assert read_fields == ["open"]


def test_a_shared_costly_part_is_evaluated_once() -> None:
    """What several rules share in places that aren't tested together is looked at once an event."""
    looks = 0

    class Path(bytes):
        def lower(self) -> bytes:
            nonlocal looks
            looks += 1
            return super().lower()

    nodes = (
        atom("fd.name", Op.ICONTAINS, b"secret"),
        *(IS_NC, BELOW_ETC),
        *(Either((0, 1)), Either((0, 2)), Negate(0)),
    )
    rules = tuple(rule(str(root), root, "open") for root in (3, 4, 5))
    evaluator = compile_rules(RuleSet(nodes=nodes, rules=rules))
    assert evaluator.matches(event({"fd.name": Path(b"/secrets/db")})) == (0, 1)
    assert looks == 1


def test_a_failing_rule_takes_no_other_with_it() -> None:
    """A rule that fails on an event is counted by name and doesn't match; the others still do."""
    nodes = (atom("proc.name", Op.STARTSWITH, b"n"), atom("fd.num", Op.GE, 0), Both((0, 1)))
    rules = (rule("fails", 2, "open"), rule("works", 1, "open"))
    evaluator = compile_rules(RuleSet(nodes=nodes, rules=rules))
    wrong = event({"proc.name": 5, "fd.num": 1})  # a source that broke its promise
    assert evaluator.matches(wrong) == (1,)
    assert evaluator.matches(wrong) == (1,)
    assert evaluator.failures == {"fails": 2}
    assert evaluator.matches(event({"proc.name": b"nc", "fd.num": 1})) == (0, 1)


def test_a_failing_rule_takes_no_other_candidate_with_it() -> None:
    """Among a few rules a failing one is counted by name, and the others still match."""
    names = (atom("proc.name", Op.STARTSWITH, b"%d" % number) for number in range(7))
    nodes = (atom("fd.num", Op.GE, 0), *names)
    rules = (rule("fails", 1, "open"), rule("works", 0, "open"))
    rules += tuple(rule(f"unasked {root}", root, "open") for root in range(2, 8))
    evaluator = compile_rules(RuleSet(nodes=nodes, rules=rules))
    wrong = event({"proc.name": 5, "fd.num": 1})
    assert evaluator.matches_among(wrong, frozenset({0, 1})) == (1,)
    assert evaluator.matches_among(wrong, frozenset({1})) == (1,)
    assert evaluator.failures == {"fails": 1}


def test_a_rule_that_cannot_be_compiled_takes_no_other_with_it() -> None:
    """A rule without a program is told by name and reason; the others are compiled."""
    nodes = (atom("proc.name", Op.REGEX, b"("), IS_NC)
    rules = (rule("broken", 0, "open"), rule("works", 1, "open"))
    evaluator = compile_rules(RuleSet(nodes=nodes, rules=rules))
    assert evaluator.matches(event({"proc.name": b"nc"})) == (1,)
    assert list(evaluator.unusable) == ["broken"]


def test_depth_and_width_have_no_end() -> None:
    """A thousand nested gates, a thousand parts and a hundred thousand constants are compiled."""
    nodes: list[Node] = [atom("fd.num", Op.EQ, -1)]
    for depth in range(1000):
        other = len(nodes)
        nodes.append(atom("proc.exe", Op.CONTAINS, b"x%d" % depth))
        nodes.append((Both if depth % 2 else Either)((other - 1, other)))
    assert not matches(tuple(nodes), event({"proc.exe": b"x5"}))
    assert matches(tuple(nodes), event({"proc.exe": b"x997 x998 x999"}))
    wide = [atom("proc.args", Op.CONTAINS, b"-%d-" % part) for part in range(1000)]
    assert matches((*wide, Either(tuple(range(1000)))), event({"proc.args": b"-999-"}))
    many = atom("proc.name", Op.IN, *(b"%d" % name for name in range(100_000)))
    assert matches((many,), event({"proc.name": b"99999"}))


def test_text_of_a_rule_stays_out_of_the_program() -> None:
    """Quotes and newlines in names and values are data."""
    evil = "k8s.pod.label[']\nraise SystemExit #]"
    comparison = atom(evil, Op.EQ, b"'\nraise SystemExit #")
    happened = event({read(evil).name: b"'\nraise SystemExit #"})
    assert matches((comparison,), happened)


def test_comparisons_of_one_field_are_merged() -> None:
    """Several lists about one field become one look-up without changing what they mean."""
    nodes = (
        atom("proc.name", Op.EQ, b"a"),
        atom("proc.name", Op.IN, b"b", b"c"),
        atom("proc.name", Op.STARTSWITH, b"x"),
        atom("proc.name", Op.STARTSWITH, b"y"),
        Either((0, 1, 2, 3)),
    )
    for name, holds in ((b"a", True), (b"c", True), (b"yes", True), (b"d", False), (None, False)):
        assert matches(nodes, event({"proc.name": name})) is holds


@pytest.mark.parametrize("op", Op)
def test_no_operator_is_forgotten(op: Op) -> None:
    """Every operator of the language compiles."""
    nodes = (atom("proc.name", op, b"a"),)
    evaluator = compile_rules(ruleset(*nodes))
    evaluator.matches(event({"proc.name": b"a"}))
    assert not evaluator.failures
    assert not evaluator.unusable
