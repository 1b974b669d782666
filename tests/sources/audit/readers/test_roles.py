"""Roles and whom they are given to."""

from typing import Any

import pytest

from support.audited import event

BINDING = {
    "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [
        {"kind": "User", "name": "eve"},
        {"kind": "ServiceAccount", "name": "bot", "namespace": "ci"},
        {"kind": "Group", "name": "ops"},
    ],
}
ROLE = {
    "rules": [
        {"apiGroups": [""], "resources": ["pods", "pods/exec"], "verbs": ["get", "create"]},
        {"nonResourceURLs": ["/metrics"], "verbs": ["*"]},
    ]
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ka.req.binding.role", b"cluster-admin"),
        ("ka.req.binding.subjects.user_names", (b"eve",)),
        ("ka.req.binding.subjects.serviceaccount_names", (b"bot",)),
        ("ka.req.binding.subjects.serviceaccount_ns_names", (b"ci:bot",)),
        ("ka.req.binding.subjects.group_names", (b"ops",)),
        ("ka.req.binding.subject.has_name[eve]", b"N/A"),
    ],
)
def test_subjects_are_told_by_kind(field: str, value: Any) -> None:
    """A binding's subjects are listed by what they are."""
    assert event(requestObject=BINDING).fields[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ka.req.role.rules.verbs", (b"get", b"create", b"*")),
        ("ka.req.role.rules.verbs[1]", (b"*",)),
        ("ka.req.role.rules.resources", (b"pods", b"pods/exec")),
        ("ka.req.role.rules.nonResourceURLs", (b"/metrics",)),
        ("ka.req.role.rules.apiGroups", (b"",)),
        ("ka.req.role.rules[1]", (b'{"nonResourceURLs":["/metrics"],"verbs":["*"]}',)),
    ],
)
def test_rules_are_gone_through(field: str, value: Any) -> None:
    """An index is of the role's rules, not of a rule's verbs."""
    assert event(requestObject=ROLE).fields[field] == value
