"""The kernel's tables, by their reference, against the live backend."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shikra.backends.kernel.compile import compile_tables
from shikra.backends.kernel.interpret import judge
from shikra.backends.kernel.rule_plan import Verdict
from shikra.backends.live.compile import Evaluator, compile_rules
from shikra.model.event import Event
from shikra.model.kernel_tables import KernelTables
from shikra.rules.ir import Node, RuleSet
from support import kernel_facts, kernel_world
from support.circuits import rule


def _ruleset(nodes: tuple[Node, ...]) -> RuleSet:
    rules = tuple(rule(str(root), root, *kernel_world.KINDS) for root in range(len(nodes)))
    return RuleSet(nodes=nodes, rules=rules)


def _live(evaluator: Evaluator, event: Event) -> frozenset[int]:
    """Return the rules that fire by any name of the file."""
    fired = set(evaluator.matches(event))
    for _, other in event.by_other_names():
        fired |= set(evaluator.matches(other))
    return frozenset(fired)


def _rules(tables: KernelTables, conditions: frozenset[int]) -> frozenset[int]:
    return frozenset[int]().union(*(tables.rules[condition] for condition in conditions))


@settings(max_examples=150, deadline=None)
@given(kernel_world.circuits(), st.lists(kernel_world.calls(), min_size=1, max_size=3), st.data())
def test_the_kernel_holds_nothing_back_and_is_sure_of_nothing_wrong(
    nodes: tuple[Node, ...], calls: list[Event], data: st.DataObject
) -> None:
    """What fires may hold, and what surely holds fires, whatever the kernel doesn't know."""
    ruleset = _ruleset(nodes)
    evaluator, compiled = compile_rules(ruleset), compile_tables(ruleset)
    tables = compiled.tables
    for event in calls:
        known = kernel_facts.facts(event, tables, compiled.container_atoms)
        unknowns = kernel_world.unknowns(known, len(compiled.container_atoms))
        judged = judge(tables, data.draw(unknowns))
        fired = _live(evaluator, event)
        assert fired <= _rules(tables, judged.may)
        assert _rules(tables, judged.surely) <= fired
        assert judged.surely <= judged.may
    assert not evaluator.failures
    assert not evaluator.unusable


@settings(max_examples=100, deadline=None)
@given(kernel_world.circuits(), st.lists(kernel_world.calls(), min_size=1, max_size=3))
def test_what_is_told_to_be_exact_is(nodes: tuple[Node, ...], calls: list[Event]) -> None:
    """Where the kernel knows everything, a rule that it decides may hold just if it fires."""
    ruleset = _ruleset(nodes)
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
        assert may & exact == _live(evaluator, event) & exact
        if known.real is None:
            assert _rules(compiled.tables, judged.surely) & exact == may & exact
