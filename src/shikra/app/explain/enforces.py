"""
What a rule may do beside alerting, or why it can't.

In: a rule that asks for it, and how the kernel evaluates it. Out: text.
"""

from collections.abc import Iterator

from shikra.app import enforceable
from shikra.app.explain import in_kernel
from shikra.app.explain.stage import Stage
from shikra.app.rulebook import Book
from shikra.backends.kernel.rule_plan import RulePlan
from shikra.model.enforcement import Enforcement, Means, OnTimeout
from shikra.rules import enforcing, ir

_MEANS = {
    Means.KILL: "It kills: the process ends before it runs another instruction.",
    Means.DENY: "It denies: the open fails, and there is nothing to read.",
}
_NOT_REACHED = "It denies: the call fails, and nothing of the other process is read or changed."
_NOT_EXECUTED = "It denies: the execution fails, and the program doesn't run."
_ON_TIMEOUT = {
    OnTimeout.ALLOW: "What the guard doesn't decide in time is allowed, and counted.",
    OnTimeout.DENY: "What the guard doesn't decide in time is refused, and counted.",
}


def enforces(book: Book, rule: ir.Rule) -> Stage | None:
    """Show what a rule does; nothing if it only alerts."""
    enforcement = rule.info.enforcement
    if enforcement is None:
        return None
    note = "Only where the condition surely holds, and only in a mode that enforces."
    lines = tuple(_lines(book, rule, enforcement))
    return Stage(title="What it does beside alerting", note=note, lines=lines)


def _lines(book: Book, rule: ir.Rule, enforcement: Enforcement) -> Iterator[str]:
    means = enforcement.means
    plan = in_kernel.plans(book).get(rule.info.name)
    refused = enforceable.refusals(rule, plan, enforcement)
    if refused:
        for for_means, one in refused:
            yield from (f"Nothing: {enforceable.refusal(for_means, one)}", f"  {one.rewrite}")
        return
    yield _denied(plan) if means is Means.DENY else _MEANS[means]
    if enforcement.otherwise is not None:
        yield f"Where that can't be had: {_MEANS[enforcement.otherwise]}"
    if means is Means.DENY and not enforcement.needs_module:
        yield _ON_TIMEOUT[enforcement.on_timeout]
    spared = "isn't spared" if enforcement.includes_init else "is spared"
    yield f"A container's first process {spared}."
    if plan is not None:
        for _, message, hint in enforceable.warnings(means, plan):
            yield from (f"Know that {message}.", f"  {hint}")


def _denied(plan: RulePlan | None) -> str:
    if plan is not None and not enforcing.EXECUTING.isdisjoint(plan.kinds):
        return _NOT_EXECUTED
    if plan is not None and not enforcing.REACHING.isdisjoint(plan.kinds):
        return _NOT_REACHED
    return _MEANS[Means.DENY]
