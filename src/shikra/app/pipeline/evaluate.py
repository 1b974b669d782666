"""
Decide which rules an event fires. Pure: an event and a plan in, matches out.

Each rule is tried with the file's name as opened and with each other name that the file has; it
fires once, by the first of them. A name that was cut, or that nobody knows, may be any: a rule
fires if it does for some name, or a path that is deep enough would hide what it leads to.
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
    is_sure: bool = True  # False: that name was cut or isn't known, and may be another


Among = frozenset[int] | None
"""Rules that alone may fire; ``None``: all of them."""


def evaluate(event: Event, plan: Plan, *, among: Among = None) -> list[Match]:
    """Return what fires, in the order of the rules; where it is given, among these rules alone."""
    matches = _matches(event, plan, plan.exact, among)
    if event.is_path_unsure or event.is_real_path_unsure:
        matches = _with_unsure(matches, event, plan.nameless, among)
    return matches[:1] if plan.is_first_only else matches


def may_fire(event: Event, plan: Plan, *, among: Among = None) -> list[Match]:
    """Return what fires for some metadata of the event's container, as ``evaluate`` does."""
    matches = _matches(event, plan, plan.possible, among)
    if event.is_path_unsure or event.is_real_path_unsure:
        matches = _with_unsure(matches, event, plan.nameless_possible, among)
    return matches


def _matches(event: Event, plan: Plan, evaluators: Evaluators, among: Among) -> list[Match]:
    fired = dict.fromkeys(_fired(evaluators.opened, event, among), _opened(event))
    if event.type in evaluators.real.event_types:
        for name, twin in event.by_other_names():
            for rule in _fired(evaluators.real, twin, among):
                fired.setdefault(rule, name)
    return [
        Match(rule, event, name, is_sure=name is None or name.kind is not NameKind.RESOLVED)
        for rule, name in (
            (rule, name if plan.rules[rule].uses_path else None)
            for rule, name in sorted(fired.items())
        )
    ]


def _with_unsure(
    matches: list[Match], event: Event, evaluators: Evaluators, among: Among
) -> list[Match]:
    """Add what doesn't match by what is known of the names, and may all the same."""
    found = {match.rule: match for match in matches}
    for evaluator, name, is_unsure in (
        (evaluators.opened, _opened(event), event.is_path_unsure),
        (evaluators.real, _real(event), event.is_real_path_unsure),
    ):
        for rule in _fired(evaluator, event, among) if is_unsure else ():
            found.setdefault(rule, Match(rule, event, name, is_sure=False))
    return [match for _, match in sorted(found.items())]


def _fired(evaluator: Evaluator, event: Event, among: Among) -> tuple[int, ...]:
    return evaluator.matches(event) if among is None else evaluator.matches_among(event, among)


def _opened(event: Event) -> FileName | None:
    return None if event.path is None else FileName(NameKind.OPENED, event.path)


def _real(event: Event) -> FileName | None:
    return None if event.real_path is None else FileName(NameKind.REAL, event.real_path)
