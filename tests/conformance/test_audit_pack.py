"""The pack on the audit log: what it makes of a real server's log, and of Falco's users' habits."""

import collections
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shikra.app import packs, rule_tests
from shikra.app.audit_policy import read
from shikra.app.audit_policy.policy import Level, Policy, Request
from shikra.app.pipeline import evaluate
from shikra.model.event import Event
from shikra.sources.audit.events import Decoder
from shikra.sources.replay import lines
from support import shared

ON_REAL_EVENTS = {
    "Audit administrator at work": 22,  # the log's one user but two is of system:masters
    "Audit object created": 4,
    "Audit exec into pod": 3,
    "Audit request refused": 2,
    "Audit secret refused": 2,
    "Audit cluster-admin given": 1,
    "Audit ephemeral container added": 1,
    "Audit namespace created or deleted": 1,
    "Audit port-forward to pod": 1,
    "Audit privileged pod created": 1,
    "Audit role that writes": 1,
    "Audit secret read by unusual user": 1,
    "Audit secrets listed by unusual user": 1,
    "Audit system role changed": 1,
    "Audit token requested for service account": 1,
}
OFF = {
    "Audit every request",
    "Audit image from foreign registry",
    "Audit namespace of unexpected name",
    "Audit request by unknown user",
    "Audit unexpected node joined",
}
ROOT = Path(__file__).parents[2]
README = ROOT / "rules" / "k8s-audit" / "README.md"
POLICY = ROOT / "docs" / "how-to" / "audit-policy.yaml"
REAL = "data/k8s-audit/real-v1.36.jsonl"
BODIES = {"requestObject": Level.REQUEST, "responseObject": Level.REQUEST_RESPONSE}


def fired(events: Iterable[Event | lines.Malformed]) -> dict[str, int]:
    """Return how often the rules of the pack that are on fire."""
    plan = rule_tests.load(packs.find("pack:k8s-audit")).plan
    found: collections.Counter[str] = collections.Counter()
    for event in events:
        assert isinstance(event, Event)
        found.update(plan.rules[match.rule].info.name for match in evaluate.evaluate(event, plan))
    return {name: count for name, count in found.items() if name not in OFF}


def test_each_request_of_a_real_log_is_told_once() -> None:
    """Of 104 events of a real API server, these rules fire for so many."""
    with shared.shared_data(REAL).open("rb") as stream:
        assert fired(lines.read(stream)) == ON_REAL_EVENTS


def test_the_policy_of_the_docs_takes_nothing_away() -> None:
    """What it would have written of those events fires the same rules as often, but for one."""
    policy = read.read("policy", POLICY.read_bytes()).policy
    assert policy is not None
    with shared.shared_data(REAL).open("rb") as stream:
        written = [one for line in stream for one in as_written(json.loads(line), policy)]
    assert len(written) < 104
    of_events = {"Audit administrator at work": 20}  # two write Kubernetes' own events
    assert fired(written) == ON_REAL_EVENTS | of_events


def as_written(document: dict[str, Any], policy: Policy) -> Iterator[Event]:
    """Yield the event as an API server with this policy writes it, if it does."""
    target = document.get("objectRef") or {}
    request = Request(
        document["verb"],
        target.get("resource", ""),
        target.get("subresource", ""),
        target.get("apiGroup", ""),
        target.get("namespace", ""),
        target.get("name", ""),
        document["user"]["username"],
        tuple(document["user"]["groups"]),
        document["requestURI"].partition("?")[0],
    )
    rule = policy.first(request)
    if rule is None or rule.level is Level.NONE or document["stage"] in rule.omitted:
        return
    cut = [key for key, level in BODIES.items() if rule.level < level]
    event = Decoder().event({key: value for key, value in document.items() if key not in cut})
    assert isinstance(event, Event)
    yield event


def table() -> dict[str, str]:
    """Return what stands in the README for each rule of Falco's."""
    _, _, text = README.read_text().partition("## Coming from")
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", text.partition("\n## ")[0], re.MULTILINE)
    return {name: ours for theirs, ours in rows for name in theirs.split(", ")}


@pytest.mark.parametrize("ours", sorted(set(table().values()) - {"here", "---"}))
def test_what_the_table_names_is_there(ours: str) -> None:
    """Whatever the README offers in a rule's place is a rule of the pack."""
    names = rule_tests.load(packs.find("pack:k8s-audit")).names
    assert set(ours.partition(":")[0].split(", ")) <= set(names)


def test_every_rule_of_falcos_has_an_equivalent() -> None:
    """Who comes from Falco's audit rules finds each of them in the README."""
    text = shared.shared_data("data/rules/k8s_audit_rules.yaml").read_text()
    theirs = set(re.findall(r"^- rule: (.+?)\s*$", text, re.MULTILINE))
    assert len(theirs) == 48
    assert theirs <= set(table())
