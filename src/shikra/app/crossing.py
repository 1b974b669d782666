"""
What crosses from the kernel to Python for rules as a whole, and what of it is worth a warning.

In: rules, or how the kernel evaluates them. Out: how many it decides how far, in a few words; and
warnings of rules that no event can match, of those for which every open of the machine crosses,
and of those that the kernel's tables have no room for.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from shikra.app.plural import count
from shikra.app.rulebook import Book
from shikra.backends.kernel import bounds
from shikra.backends.kernel.compile import Compiled, compile_tables
from shikra.backends.kernel.rule_plan import RulePlan, Verdict
from shikra.model.diagnostic import Diagnostic
from shikra.rules import diagnostics, ir

OPENS = frozenset({"open", "openat", "openat2"})
"""What a machine does so often that each that crosses is felt."""

_MOST_NAMED = 3
_SAID = frozenset({"SHIKRA_EVENT_NOT_MADE", "SHIKRA_FIELD_NOT_FILLED"})
"""Warnings that say already why a rule can't match."""


def plans(ruleset: ir.RuleSet) -> Mapping[str, RulePlan]:
    """Return how each rule that is on, and on system calls, is evaluated, by name."""
    return by_name(ruleset, compile_tables(ruleset))


def by_name(ruleset: ir.RuleSet, compiled: Compiled) -> Mapping[str, RulePlan]:
    """Return the same of tables that are there already."""
    found = zip(ruleset.rules, compiled.rules, strict=True)
    return {rule.info.name: plan for rule, plan in found if plan is not None}


def summed(of: Iterable[RulePlan]) -> str:
    """Say how many rules the kernel decides how far."""
    counts = Counter(plan.verdict for plan in of)
    return counted(counts)


def counted(counts: Mapping[Verdict, int]) -> str:
    """Say these numbers; that some rules never match only where it is so."""
    shown = [one for one in Verdict if one is not Verdict.NEVER or counts[one]]
    return ", ".join(f"{counts[one]} {one.value}" for one in shown)


def warnings(book: Book, of: Mapping[str, RulePlan]) -> Iterator[Diagnostic]:
    """Warn whoever writes rules, each at its place."""
    said = {one.item for one in book.diagnostics if one.code in _SAID}
    for name, plan in of.items():
        definition = book.definitions.rules[name]
        if plan.verdict is Verdict.NEVER and definition.label not in said:
            yield _at(
                book, name, "SHIKRA_NEVER_MATCHES", "no event can match: the rule never fires"
            )
        elif not plan.is_past_bound and (opens := _opens(plan)):
            yield _at(book, name, "SHIKRA_ALL_CROSSES", _all_cross(opens, "it"))
    past = [name for name, plan in of.items() if plan.is_past_bound]
    if past:
        yield _at(book, past[0], "SHIKRA_TABLES_FULL", _full(past), "see: shikra rules list --plan")


def told(of: Mapping[str, RulePlan]) -> Iterator[str]:
    """Warn whoever starts Shikra, in a sentence for each kind of trouble."""
    opens = {
        name: found
        for name, plan in of.items()
        if not plan.is_past_bound and (found := _opens(plan))
    }
    if opens:
        calls = frozenset[str]().union(*opens.values())
        yield f"{_all_cross(calls, _named(opens))}; see: shikra rules explain RULE"
    past = [name for name, plan in of.items() if plan.is_past_bound]
    if past:
        yield _full(past)


def _opens(plan: RulePlan) -> frozenset[str]:
    is_undecided = plan.verdict is Verdict.USER_SPACE
    return OPENS.intersection(plan.kinds) if is_undecided else frozenset()


def _all_cross(calls: Collection[str], rules: str) -> str:
    names = ", ".join(sorted(calls))
    return f"every {names} of this machine crosses to Python: the kernel can't decide {rules}"


def _full(past: Collection[str]) -> str:
    return (
        f"the kernel's tables are full ({bounds.RULES} rules at most): {count(len(past), 'rule')}"
        f" ({_named(past)}) cost Python every event of their types"
    )


def _named(rules: Collection[str]) -> str:
    names = ", ".join(f'"{name}"' for name in list(rules)[:_MOST_NAMED])
    return names + (f" and {len(rules) - _MOST_NAMED} more" if len(rules) > _MOST_NAMED else "")


def _at(book: Book, rule: str, code: str, message: str, hint: str = "") -> Diagnostic:
    definition = book.definitions.rules[rule]
    file = definition.name.span(0, 1).file
    hint = hint or f'to see why: shikra rules explain "{rule}" -r {file}'
    mistake = diagnostics.whole(message, definition.name, hint)
    return diagnostics.warning(code, mistake, definition.name, definition.label)
