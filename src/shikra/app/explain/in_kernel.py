"""
What the kernel decides of a rule: how far, by which comparisons, and what is left to Python.

In: a rule and the rules that it is loaded with, which share the kernel's tables. Out: text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from shikra.app import crossing
from shikra.app.explain.stage import Kind, Stage
from shikra.app.explain.values import atom
from shikra.app.plural import count
from shikra.app.rulebook import Book
from shikra.backends.kernel.rule_plan import RulePlan, Verdict
from shikra.backends.kernel.stages import Stage as When
from shikra.rules import ir, layout

SOURCE = "syscall"
WHEN: Mapping[When, str] = {
    When.CONTAINER: "once a container",
    When.PROCESS: "once a process",
    When.NUMBERS: "by numbers",
    When.NAMES: "by names",
}
_VERDICTS = {
    Verdict.EXACT: "Exact: what it lets through for this rule, the rule matches.",
    Verdict.SUPERSET: "Superset: it lets through what the rule matches, and some that it doesn't.",
    Verdict.USER_SPACE: "User space only: it lets every event of these types through.",
    Verdict.NEVER: "Nothing: the probe has no event that this rule can match.",
}
_WIDTH = 70  # with its margins a line fits into 80 columns


def plans(book: Book) -> Mapping[str, RulePlan]:
    """Return how each rule that is on system calls is evaluated, by name; as if all were on."""
    rules = tuple(msgspec.structs.replace(rule, is_enabled=True) for rule in book.ruleset.rules)
    return crossing.plans(ir.RuleSet(book.ruleset.nodes, rules))


def kernel(book: Book, rule: ir.Rule) -> Stage:
    """Show what the kernel decides of a rule."""
    plan = plans(book).get(rule.info.name)
    if plan is None:
        lines = [f"Nothing: its events are of the source {rule.info.source}."]
    elif plan.verdict is Verdict.NEVER:
        lines = [_VERDICTS[plan.verdict]]
    else:
        lines = [*layout.filled(["It looks at", *plan.kinds]), _VERDICTS[plan.verdict]]
        if plan.is_past_bound:
            lines.append("The rules before it have filled the kernel's tables.")
        lines += _decided(plan)
    note = "Only what some rule may match crosses to Python."
    title = "What the kernel decides"
    return Stage(title=title, note=note, lines=tuple(lines), kind=Kind.CONDITION)


def _decided(plan: RulePlan) -> Iterator[str]:
    """Write the comparisons by when they are decided, and those that are left by the reason."""
    for when, found in plan.atoms.items():
        yield from ("", WHEN[when], *_indented(found))
    reasons: dict[str, list[ir.Atom]] = {}
    for left in plan.left:
        reasons.setdefault(left.reason, []).append(left.atom)
    for reason, atoms in reasons.items():
        yield from ("", f"left to Python: {reason}", *_indented(atoms))
    if plan.gates:
        yield from ("", f"{count(plan.gates, 'gate')} over all of it")


def _indented(atoms: Iterable[ir.Atom]) -> Iterator[str]:
    """Write comparisons, long lists broken between two of their items."""
    for each in atoms:
        line = ""
        for item in re.split("(?<=,) ", atom(each)):
            if line and len(line) + len(item) >= _WIDTH:
                yield f"  {line}"
                line = f"  {item}"
            else:
                line += f" {item}" if line else item
        yield f"  {line}"
