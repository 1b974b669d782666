"""
Say which rules a policy starves: it cuts off what they would fire for.

In: a policy and rules. Out: for each rule that is starved, the requests that are cut off, why, and
by which line of the policy. A rule that sees less than it might, and fires all the same, isn't.
What a policy does to some users, namespaces or objects that a rule doesn't name isn't asked.
"""

import itertools
from collections.abc import Container, Iterator

import msgspec

from shikra.app.audit_policy.policy import Level, Policy, PolicyRule, Request
from shikra.app.audit_policy.requests import SOMEBODY, UNNAMED, requests
from shikra.app.audit_policy.tries import Tries
from shikra.rules.ir import RuleSet


class Cut(msgspec.Struct, frozen=True):
    """Why requests don't come to a rule."""

    line: int | None  # of the policy's rule; None: no rule fits
    why: str


class Starved(msgspec.Struct, frozen=True):
    """A rule, and what is cut off from it."""

    rule: str
    cuts: dict[Cut, tuple[Request, ...]]


class Judged(msgspec.Struct, frozen=True):
    """What came of all rules."""

    starved: tuple[Starved, ...]
    unknown: tuple[str, ...]  # rules for which no request was found that they may fire for


def judge(policy: Policy, ruleset: RuleSet) -> Judged:
    """Hold each rule against a policy."""
    starved: list[Starved] = []
    unknown: list[str] = []
    for rule in ruleset.rules:
        tries = Tries(ruleset, rule)
        cuts: dict[Cut, dict[Request, None]] = {}
        is_known = False
        for request, stages in requests(ruleset, rule, tries):
            is_known = True
            cut = _cut(policy.first(request), request, stages, tries)
            if cut is not None and not _is_said(request, cuts.get(cut, ())):
                cuts.setdefault(cut, {})[request] = None
        if cuts:
            told = {cut: tuple(found) for cut, found in cuts.items()}
            starved.append(Starved(rule.info.name, told))
        elif not is_known:
            unknown.append(rule.info.name)
    return Judged(tuple(starved), tuple(unknown))


def _cut(
    by: PolicyRule | None, request: Request, stages: frozenset[str], tries: Tries
) -> Cut | None:
    if by is None:
        return Cut(None, "no rule of the policy fits, so it isn't written")
    if by.level is Level.NONE:
        return Cut(by.line, "level None: it isn't written")
    left = stages - by.omitted
    if not left:
        return Cut(by.line, f"the stage {' and '.join(sorted(stages))} is omitted")
    enough = [level for level in _above_none() if _fires(level, request, left, tries)]
    if not enough or by.level >= enough[0]:
        return None
    return Cut(by.line, f"level {by.level.written}, expected {enough[0].written}")


def _above_none() -> Iterator[Level]:
    return (level for level in Level if level is not Level.NONE)


def _fires(level: Level, request: Request, stages: frozenset[str], tries: Tries) -> bool:
    return any(tries.at(level, request, stage) for stage in stages)


def _is_said(request: Request, said: Container[Request]) -> bool:
    """Whether the same was said of a request by, in or of nobody in particular."""
    users = ((request.user, request.user_groups), (UNNAMED, SOMEBODY))
    namespaces = (request.namespace, UNNAMED if request.namespace else "")
    names = (request.name, UNNAMED if request.name else "")
    return any(
        msgspec.structs.replace(
            request, user=user, user_groups=groups, namespace=namespace, name=name
        )
        in said
        for (user, groups), namespace, name in itertools.product(users, namespaces, names)
    )
