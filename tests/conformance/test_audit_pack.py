"""The pack on the audit log: what it makes of a real server's log, and of Falco's users' habits."""

import collections
import re
from pathlib import Path

import pytest

from shikra.app import packs, rule_tests
from shikra.app.pipeline import evaluate
from shikra.model.event import Event
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
README = Path(__file__).parents[2] / "rules" / "k8s-audit" / "README.md"


def test_each_request_of_a_real_log_is_told_once() -> None:
    """Of 104 events of a real API server, these rules fire for so many."""
    plan = rule_tests.load(packs.find("pack:k8s-audit")).plan
    fired: collections.Counter[str] = collections.Counter()
    with shared.shared_data("data/k8s-audit/real-v1.36.jsonl").open("rb") as stream:
        for event in lines.read(stream):
            assert isinstance(event, Event)
            fired.update(
                plan.rules[match.rule].info.name for match in evaluate.evaluate(event, plan)
            )
    assert {name: count for name, count in fired.items() if name not in OFF} == ON_REAL_EVENTS


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
