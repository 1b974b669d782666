"""Audit policies are read, and their mistakes have a place."""

import pytest

from shikra.app.audit_policy.policy import COMPLETE, RECEIVED, STARTED, Level, Resources
from shikra.app.audit_policy.read import read

HEAD = b"apiVersion: audit.k8s.io/v1\nkind: Policy\n"
GOOD = (
    HEAD
    + b"""\
metadata: {name: all}
omitStages: [RequestReceived]
omitManagedFields: true
rules:
  - level: RequestResponse
    users: [ann]
    userGroups: ["system:nodes"]
    verbs: [get, list]
    namespaces: [""]
    resources:
      - group: ""
      - {group: apps, resources: [deployments, "*/status"], resourceNames: [web]}
    omitStages: [ResponseStarted]
  - level: None
    nonResourceURLs: ["/healthz*"]
"""
)


def test_a_policy_is_read() -> None:
    """All that a rule says is kept, with its line; stages that are omitted everywhere too."""
    policy = read("p.yaml", GOOD).policy
    assert policy is not None
    first, second = policy.rules
    assert (first.level, first.line) == (Level.REQUEST_RESPONSE, 7)
    assert (first.users, first.user_groups) == (("ann",), ("system:nodes",))
    assert (first.verbs, first.namespaces) == (("get", "list"), ("",))
    assert first.resources == (
        Resources(""),
        Resources("apps", ("deployments", "*/status"), ("web",)),
    )
    assert first.omitted == {RECEIVED, STARTED}
    assert (second.level, second.urls, second.omitted) == (Level.NONE, ("/healthz*",), {RECEIVED})
    assert COMPLETE not in second.omitted


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(
            b"", "p:1:1: {} expected one policy, kind Policy of audit.k8s.io/v1", id="empty"
        ),
        pytest.param(GOOD + b"---\n" + GOOD, "p:19:1: {} expected one policy", id="two policies"),
        pytest.param(b"[" * 100_000, "nested deeper than 32 levels", id="deep nesting"),
        pytest.param(b"a: [", "p:1:5: LOAD_ERR_YAML_PARSE", id="no YAML"),
        pytest.param(b"a\nb\xff", "p:2:2: LOAD_ERR_YAML_PARSE not UTF-8", id="no UTF-8"),
        pytest.param(b"- 1", "p:1:1: {} a policy: expected keys with values", id="a list"),
        pytest.param(
            b"apiVersion: v1\nkind: Pod\n",
            "p:2:7: {} expected kind Policy of audit.k8s.io/v1, found Pod of v1",
            id="another kind",
        ),
        pytest.param(
            b"rules: []", "expected kind Policy of audit.k8s.io/v1, found nothing", id="no kind"
        ),
        pytest.param(HEAD, "p:1:1: {} rules: expected one at least", id="no rules"),
        pytest.param(HEAD + b"rules: {}", "p:3:8: {} rules: expected a list", id="no list"),
        pytest.param(HEAD + b"rule: []", 'p:3:1: {} unknown key "rule"', id="unknown key"),
        pytest.param(HEAD + b"rules: [7]", "p:3:9: {} a rule: expected keys", id="no rule"),
        pytest.param(
            HEAD + b"rules:\n- verbs: [get]",
            "p:4:3: {} level: expected None, Metadata, Request or RequestResponse",
            id="no level",
        ),
        pytest.param(
            HEAD + b"rules:\n- level: metadata",
            "p:4:10: {} level: expected None, Metadata, Request or RequestResponse, found ",
            id="unknown level",
        ),
        pytest.param(
            HEAD + b"rules:\n- {level: None, omitStages: [Begun]}",
            "p:4:30: {} omitStages: expected RequestReceived, ",
            id="unknown stage",
        ),
        pytest.param(
            HEAD + b"rules:\n- {level: None, resources: [pods]}",
            "p:4:29: {} resources: expected keys with values",
            id="kinds without a group",
        ),
        pytest.param(
            HEAD + b"rules:\n- {level: None, resources: [{group: apps/v1}]}",
            "p:4:37: {} group: expected no version, found 'apps/v1'",
            id="a version",
        ),
        pytest.param(
            HEAD + b"rules:\n- {level: None, resources: [{resourceNames: [a]}]}",
            "p:4:45: {} resourceNames: expected resources beside them",
            id="names of no kind",
        ),
        pytest.param(
            HEAD + b"rules:\n- {level: None, namespaces: [a], nonResourceURLs: [/x]}",
            "p:4:51: {} nonResourceURLs: expected either them or resources",
            id="objects and URLs",
        ),
        pytest.param(
            HEAD + b"rules:\n- {level: None, level: None}", "SHIKRA_DUPLICATE_KEY", id="twice"
        ),
    ],
)
def test_a_mistake_has_a_place(text: bytes, complaint: str) -> None:
    """What is wrong is said with line and column, and what was expected."""
    found = read("p", text)
    assert found.policy is None
    assert complaint.format("SHIKRA_WRONG_AUDIT_POLICY") in str(found.diagnostics[0])


def test_all_mistakes_are_told() -> None:
    """One mistake doesn't hide another."""
    text = HEAD + b"omitStages: [x]\nrules:\n- level: y\n- {level: z, resource: []}\n"
    assert len(read("p", text).diagnostics) == 4
