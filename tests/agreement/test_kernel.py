"""The kernel's tables, by their reference, against the live backend."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shikra.backends.kernel.compile import compile_tables
from shikra.backends.kernel.interpret import judge
from shikra.backends.kernel.rule_plan import Verdict
from shikra.backends.live.compile import Evaluator, compile_rules
from shikra.model.event import Event, NameKind
from shikra.model.kernel_tables import KernelTables
from shikra.rules.ir import Node, RuleSet
from support import kernel_facts, kernel_world
from support.circuits import rule

PATHS = ("open", "creat", "unlink")
KINDS = (kernel_world.KINDS, PATHS, ("renameat2",), ("fchmod",), ("connect",))


def _ruleset(nodes: tuple[Node, ...], kinds: tuple[str, ...] = kernel_world.KINDS) -> RuleSet:
    rules = tuple(rule(str(root), root, *kinds) for root in range(len(nodes)))
    return RuleSet(nodes=nodes, rules=rules)


def _live(evaluator: Evaluator, event: Event) -> frozenset[int]:
    """Return the rules that fire by any name of the file."""
    fired = set(evaluator.matches(event))
    for _, other in event.by_other_names():
        fired |= set(evaluator.matches(other))
    return frozenset(fired)


def _rules(tables: KernelTables, conditions: frozenset[int]) -> frozenset[int]:
    return frozenset[int]().union(*(tables.rules[condition] for condition in conditions))


def _check(ruleset: RuleSet, calls: list[Event], data: st.DataObject) -> None:
    """Hold the tables to live, at these calls, of which some is unknown."""
    evaluator, compiled = compile_rules(ruleset), compile_tables(ruleset)
    tables = compiled.tables
    for event in calls:
        known = kernel_facts.facts(event, tables, compiled.container_atoms)
        unknowns = kernel_world.unknowns(known, len(compiled.container_atoms))
        judged = judge(tables, data.draw(unknowns))
        fired = _live(evaluator, event)
        assert fired <= _rules(tables, judged.may)
        assert _rules(tables, judged.surely) <= fired
        assert _rules(tables, judged.fires) <= fired
        assert judged.surely <= judged.fires <= judged.may
    assert not evaluator.failures
    assert not evaluator.unusable


@settings(max_examples=150, deadline=None)
@given(kernel_world.circuits(), st.lists(kernel_world.calls(), min_size=1, max_size=3), st.data())
def test_the_kernel_holds_nothing_back_and_is_sure_of_nothing_wrong(
    nodes: tuple[Node, ...], calls: list[Event], data: st.DataObject
) -> None:
    """What fires may hold, and what surely holds fires, whatever the kernel doesn't know."""
    _check(_ruleset(nodes), calls, data)


@settings(max_examples=150, deadline=None)
@given(
    kernel_world.circuits(kernel_world.ON_NAMES),
    st.lists(kernel_world.calls(PATHS, kernel_world.SPELLED), min_size=1, max_size=3),
    st.data(),
)
def test_so_it_is_with_names_that_have_several_spellings(
    nodes: tuple[Node, ...], calls: list[Event], data: st.DataObject
) -> None:
    """A rule is tried by each spelling of a name, and the kernel knows of all of them."""
    _check(_ruleset(nodes, PATHS), calls, data)


@settings(max_examples=200, deadline=None)
@given(kernel_world.circuits(), st.sampled_from([*KINDS]), st.data())
def test_what_is_told_to_be_exact_is(
    nodes: tuple[Node, ...], kinds: tuple[str, ...], data: st.DataObject
) -> None:
    """
    Where the kernel knows everything, a rule that it decides may hold just if it fires.

    It surely holds just if it fires by the name that is looked at; of a file that has names beside
    it, what may hold by one part of a rule and another part under another name is more.
    """
    ruleset = _ruleset(nodes, kinds)
    calls = data.draw(st.lists(kernel_world.calls(kinds), min_size=1, max_size=3))
    evaluator, compiled = compile_rules(ruleset), compile_tables(ruleset)
    exact = {
        rule
        for rule, plan in enumerate(compiled.rules)
        if plan is not None and plan.verdict is Verdict.EXACT
    }
    for event in calls:
        known = kernel_facts.facts(event, compiled.tables, compiled.container_atoms)
        judged = judge(compiled.tables, known)
        may = _rules(compiled.tables, judged.may)
        fired = _live(evaluator, event)
        assert fired & exact <= may & exact
        if all(name.kind is NameKind.REAL for name, _ in event.by_other_names()):
            assert may & exact == fired & exact
        if known.real is None:
            surely = _rules(compiled.tables, judged.surely)
            assert surely & exact == set(evaluator.matches(event)) & exact
