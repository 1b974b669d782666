"""
Decide which rules an event fires. Pure: an event and a plan in, matches out.

Each rule is tried with the file's name as opened and with each other name that the file has; it
fires once, by the first of them.
"""

import msgspec

from shikra.app.pipeline.plan import Evaluators, Plan
from shikra.backends.live.compile import Evaluator
from shikra.model.event import Event, FileName, NameKind


class Match(msgspec.Struct, frozen=True):
    """A rule, by index, and the event: under the name that the file was opened by."""

    rule: int
    event: Event
    name: FileName | None  # of the file, by which it fired; None where the rule reads none


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
    fired = dict.fromkeys(_fired(evaluators.opened, event, among), _opened(event))
    if event.type in evaluators.real.event_types:
        for name, twin in event.by_other_names():
            for rule in _fired(evaluators.real, twin, among):
                fired.setdefault(rule, name)
    return [
        Match(rule, event, name if plan.rules[rule].uses_path else None)
        for rule, name in sorted(fired.items())
    ]


def _fired(evaluator: Evaluator, event: Event, among: Among) -> tuple[int, ...]:
    return evaluator.matches(event) if among is None else evaluator.matches_among(event, among)


def _opened(event: Event) -> FileName | None:
    return None if event.path is None else FileName(NameKind.OPENED, event.path)
