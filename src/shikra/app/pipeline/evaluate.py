"""
Decide which rules an event fires. Pure: an event and a plan in, matches out.

Each rule is tried with the file's name as opened and, where that is another, with its real path;
it fires once either way.
"""

import msgspec

from shikra.app.pipeline.plan import Evaluators, Plan
from shikra.backends.live.compile import Evaluator
from shikra.model.event import Event

OPENED = "opened"
REAL = "real"


class Match(msgspec.Struct, frozen=True):
    """A rule, by index, and the event: under the name that the file was opened by."""

    rule: int
    event: Event
    matched_name: str | None  # which name of the file; None where the rule reads none


Among = frozenset[int] | None
"""Rules that alone may fire; ``None``: all of them."""


def evaluate(event: Event, plan: Plan, *, among: Among = None) -> list[Match]:
    """Return what fires, in the order of the rules; where it is given, among these rules alone."""
    matches = _matches(event, plan, plan.exact, among)
    return matches[:1] if plan.is_first_only else matches


def may_fire(event: Event, plan: Plan, *, among: Among = None) -> list[Match]:
    """Return what fires for some metadata of the event's container, as ``evaluate`` does."""
    return _matches(event, plan, plan.possible, among)


def _matches(event: Event, plan: Plan, evaluators: Evaluators, among: Among) -> list[Match]:
    fired = _fired(evaluators.opened, event, among)
    matches = [Match(rule, event, _name(plan, rule, event, OPENED)) for rule in fired]
    if event.type not in evaluators.real.event_types:
        return matches
    twin = event.by_real_path()
    if twin is None:
        return matches
    matches += [
        Match(rule, event, REAL)
        for rule in _fired(evaluators.real, twin, among)
        if rule not in fired
    ]
    return sorted(matches, key=lambda match: match.rule)


def _fired(evaluator: Evaluator, event: Event, among: Among) -> tuple[int, ...]:
    return evaluator.matches(event) if among is None else evaluator.matches_among(event, among)


def _name(plan: Plan, rule: int, event: Event, name: str) -> str | None:
    return name if event.path is not None and plan.rules[rule].uses_path else None
