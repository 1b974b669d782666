"""
``shikra audit check``: say which of the loaded rules an audit policy starves.

In: a policy's file and the rules that are asked for. Out: text, and an exit code: 0 if each rule
gets what it needs; 1 if one is starved, or if policy or rules can't be read, which is said with
file and line.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from shikra.alerts.escape import escape
from shikra.app import prepare, rule_files
from shikra.app.audit_policy import read, starved
from shikra.app.audit_policy.policy import Policy, Request
from shikra.app.audit_policy.requests import UNNAMED
from shikra.app.mistakes import show
from shikra.app.plural import count
from shikra.app.prepare import AUDIT, Mistaken
from shikra.model.diagnostic import Diagnostic
from shikra.rules.ir import RuleSet

MOST_TOLD = 8
"""So many requests of a kind are named, others counted."""


def check(file: Path, request: prepare.Request, environment: Mapping[str, str]) -> int:
    """Print what a policy cuts off; return an exit code."""
    policy = _policy(file)
    prepared = prepare.prepare(request, environment)
    wrong: list[Diagnostic] = [] if isinstance(policy, Policy) else [*policy]
    if isinstance(prepared, Mistaken):
        wrong += prepared.diagnostics
    if wrong or not isinstance(policy, Policy) or isinstance(prepared, Mistaken):
        print(show(wrong), file=sys.stderr)  # noqa: T201  what it is for
        return 1
    ruleset = prepared.plan.ruleset
    rules = tuple(rule for rule in ruleset.rules if rule.info.source == AUDIT)
    if not rules:
        print("no rule on the audit log is loaded: expected one", file=sys.stderr)  # noqa: T201  as above
        return 1
    judged = starved.judge(policy, RuleSet(ruleset.nodes, rules))
    print("\n".join(_told(str(file), judged, len(rules))))  # noqa: T201  as above
    return 1 if judged.starved else 0


def _policy(file: Path) -> Policy | Sequence[Diagnostic]:
    try:
        found = read.read(str(file), file.read_bytes())
    except OSError as error:
        return [rule_files.problem(str(file), error.strerror or str(error))]
    return found.diagnostics if found.policy is None else found.policy


def _told(file: str, judged: starved.Judged, rules: int) -> Iterator[str]:
    for one in judged.starved:
        yield escape(one.rule)
        for cut, requests in one.cuts.items():
            where = file if cut.line is None else f"{file}:{cut.line}"
            yield escape(f"    {where}: {cut.why}: {named(requests)}")
    for name in judged.unknown:
        yield escape(f"{name}: no request was found that it may fire for")
    starving = len(judged.starved)
    yield f"{count(rules, 'rule')} on the audit log: " + (
        f"{starving} starved" if starving else "none is starved"
    )


def named(requests: Sequence[Request]) -> str:
    """Name requests, the verbs of one kind together."""
    verbs: dict[str, list[str]] = {}
    for one in requests:
        verbs.setdefault(_about(one), []).append(one.verb)
    said = [f"{', '.join(dict.fromkeys(each))} {about}" for about, each in verbs.items()]
    more = f"; and {len(said) - MOST_TOLD} more" if len(said) > MOST_TOLD else ""
    return "; ".join(said[:MOST_TOLD]) + more


def _about(request: Request) -> str:
    if not request.resource:
        about = "a URL that is no object"
    elif request.resource == UNNAMED:
        about = "any object"
    else:
        about = request.resource
    if request.subresource:
        about += f"/{request.subresource}"
    named = (("of", request.name), ("in", request.namespace), ("by", request.user))
    return about + "".join(f" {word} {text}" for word, text in named if text not in ("", UNNAMED))
