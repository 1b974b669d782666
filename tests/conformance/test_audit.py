"""
Upstream's examples of audit events, and which rules must fire for them how often.

A rule file that holds no audit rules is left out, as the examples say.
"""

import collections
import json
from typing import Any

import pytest

from shikra.backends.live.compile import compile_rules
from shikra.model.event import Event
from shikra.model.rule import Priority
from shikra.sources.audit.events import Decoder, Reason, Unread
from support import rulesets, shared, vectors

PRIORITIES = {"INFO": Priority.INFORMATIONAL}
NOT_TRUSTED = "TestK8SAudit_Legacy_CompatEngineV4CreatePrivilegedTrustedPod"
"""Upstream asks nothing of its alerts: the rule that fires isn't the one that trusts the image."""


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    """Read the captures and the rule files."""
    path = shared.shared_data("data/conformance/k8s_audit.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def _rules(file: dict[str, str]) -> str:
    return shared.shared_data(file["shared"]).read_text() if "shared" in file else file["content"]


@pytest.mark.parametrize("row", vectors.rows("k8s_audit", "tests"))
def test_audit_rules_fire_as_upstream(row: dict[str, Any], examples: dict[str, Any]) -> None:
    """A capture fires the rules that it fires upstream, so many times."""
    files = [
        examples["rule_files"][name] for name in row["rules"] if name in examples["rule_files"]
    ]
    loaded = rulesets.load(*map(_rules, files))
    assert loaded.ok, list(map(str, loaded.diagnostics))
    evaluator = compile_rules(loaded.ruleset)
    fired: collections.Counter[str] = collections.Counter()
    priorities: set[Priority] = set()
    unread: list[Unread] = []
    decoder = Decoder()
    for line in examples["captures"][row["capture"]]["events"]:
        for one in decoder.read(json.dumps(line).encode()):
            if isinstance(one, Event):
                rules = [loaded.ruleset.rules[index].info for index in evaluator.matches(one)]
                fired.update(rule.name for rule in rules)
                priorities.update(rule.priority for rule in rules)
            else:
                unread.append(one)
    assert not evaluator.failures
    _check(row, fired, priorities, unread)


def _check(
    row: dict[str, Any],
    fired: collections.Counter[str],
    priorities: set[Priority],
    unread: list[Unread],
) -> None:
    name, expectations = row["name"], row["expect"]
    counts = [one for one in expectations if "count" in one]
    for expected in counts:
        if "rule" in expected:
            assert fired[expected["rule"]] == expected["count"], fired
        elif "priority" in expected:
            written = expected["priority"]
            assert (PRIORITIES.get(written) or Priority[written]) in priorities
        else:
            assert fired.total() > 0
    if not counts and name != NOT_TRUSTED:
        assert not fired
    for expected in expectations:
        if "raw" in expected:  # what upstream says of something that is no audit event
            assert [one.reason for one in unread] == [Reason.NOT_AUDIT]


def test_real_events_are_all_read() -> None:
    """Every event of a real API server is read, and its identity is its own."""
    lines = shared.shared_data("data/k8s-audit/real-v1.36.jsonl").read_bytes().splitlines()
    decoder = Decoder()
    found = [one for line in lines for one in decoder.read(line)]
    assert all(isinstance(one, Event) for one in found)
    identities = {one.identity for one in found if isinstance(one, Event)}
    assert len(identities) == len(lines)
