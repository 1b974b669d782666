"""
Say of the rules that ask for more than an alert whether they can have it, before anything runs.

In: rules, where they ask for it, and how the kernel evaluates them. Out: diagnostics, each at the
comparison that stands in the way. A rule that is off isn't looked at: it isn't in the tables.
"""

from collections.abc import Iterator, Mapping
from typing import assert_never

from shikra.app.explain import values
from shikra.backends.kernel import enforceable
from shikra.backends.kernel.rule_plan import RulePlan
from shikra.model.diagnostic import Diagnostic
from shikra.model.enforcement import Enforcement, Means
from shikra.rules import enforcing
from shikra.rules.ir import Rule, RuleSet

_DONE = {Means.KILL: "kill", Means.DENY: "deny"}


def diagnostics(
    asked: Mapping[str, enforcing.Asked], ruleset: RuleSet, plans: Mapping[str, RulePlan]
) -> tuple[Diagnostic, ...]:
    """Return what is to be said of rules, of which each has a plan that the kernel looks at."""
    found: list[Diagnostic] = []
    for rule in ruleset.rules:
        name = rule.info.name
        if name in asked and rule.is_enabled:
            found += _of_rule(asked[name], rule, plans.get(name))
    return tuple(found)


def refusals(
    rule: Rule, plan: RulePlan | None, enforcement: Enforcement
) -> list[tuple[Means, enforceable.Refusal]]:
    """
    Return for what a rule can't enforce, by the means that it asks for.

    It must be right for all of them. What stands in the way of several is said once.
    """
    found: dict[enforceable.Refusal, Means] = {}
    for means in enforcement.choices:
        for one in enforceable.refusals(rule, plan, means):
            found.setdefault(one, means)
    return [(means, one) for one, means in found.items()]


def refusal(means: Means, one: enforceable.Refusal) -> str:
    """Say for what a rule can't enforce."""
    what = f"{values.atom(one.atom)}: " if one.atom else ""
    return f"this rule can't {_DONE[means]} for sure: {what}{one.why}"


def warnings(means: Means, plan: RulePlan) -> Iterator[tuple[str, str, str]]:
    """Yield code, message and hint of what the author of a rule that may enforce should know."""
    match means:
        case Means.KILL:
            late = enforceable.too_late(plan)
            if late:
                message = f"killing comes when it is done: {', '.join(late)}"
                hint = "what was changed stays; only what the process would do next is prevented"
                yield "SHIKRA_KILLED_TOO_LATE", message, hint
            if enforceable.leaves_files_open(plan):
                message = "the file is open before its reader is killed: another thread may read it"
                hint = "'enforce: deny' refuses the open itself, where the volume can be guarded"
                yield "SHIKRA_DENY_IS_SURER", message, hint
        case Means.DENY:
            pass
        case _:
            assert_never(means)


def _of_rule(asked: enforcing.Asked, rule: Rule, plan: RulePlan | None) -> Iterator[Diagnostic]:
    enforcement = rule.info.enforcement
    if enforcement is None:
        return
    refused = refusals(rule, plan, enforcement)
    for means, one in refused:
        yield asked.error(enforcing.CANT, refusal(means, one), one.rewrite, one.atom)
    if plan is not None and not refused:
        for code, message, hint in warnings(enforcement.means, plan):
            yield asked.warning(code, message, hint)
