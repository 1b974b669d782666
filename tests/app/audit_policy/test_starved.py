"""Which rules a policy starves."""

from pathlib import Path

import pytest

from shikra.app import rulebook
from shikra.app.audit_policy import command, read, starved

HEAD = "apiVersion: audit.k8s.io/v1\nkind: Policy\n"
ALL = "- level: Metadata"
"""The policy's line 4 and on; the rules begin at line 3."""


def told(tmp_path: Path, condition: str, rules: str, head: str = HEAD) -> list[str]:
    """Return what is said of a rule: line, why, and which requests."""
    file = tmp_path / "r.yaml"
    file.write_text(
        "- rule: R\n  desc: d\n  priority: ERROR\n  source: k8s_audit\n  output: o\n"
        f"  condition: {condition}\n"
    )
    policy = read.read("p", f"{head}rules:\n{rules}\n".encode()).policy
    assert policy is not None
    book = rulebook.read_book([str(file)])
    assert not book.errors, book.errors
    judged = starved.judge(policy, book.ruleset)
    assert not judged.unknown
    return [
        f"{cut.line or 'end'}: {cut.why}: {command.named(requests)}"
        for one in judged.starved
        for cut, requests in one.cuts.items()
    ]


READ = "ka.target.resource = secrets and ka.verb = get"
BODY = "ka.target.resource = pods and ka.verb = create and ka.req.pod.host_pid = true"
EITHER = f"({READ}) or ({BODY})"
EXEC = "ka.stage = ResponseStarted and ka.target.subresource = exec and ka.target.resource = pods"
CORE = '- {level: Metadata, resources: [{group: "", resources: [pods]}]}'
NONE_SECRETS = '- {level: None, resources: [{group: "", resources: [secrets]}]}\n' + ALL


@pytest.mark.parametrize(
    ("condition", "rules", "expected"),
    [
        pytest.param(READ, ALL, [], id="all is written"),
        pytest.param(
            READ,
            CORE,
            ["end: no rule of the policy fits, so it isn't written: get secrets"],
            id="no rule fits",
        ),
        pytest.param(
            READ, NONE_SECRETS, ["4: level None: it isn't written: get secrets"], id="none of it"
        ),
        pytest.param(READ, f"{ALL}\n{NONE_SECRETS}", [], id="too late to cut it off"),
        pytest.param(
            READ, "- {level: None, verbs: [watch]}\n" + ALL, [], id="another verb is cut off"
        ),
        pytest.param(
            READ, "- {level: None, namespaces: [kube-system]}\n" + ALL, [], id="not everywhere"
        ),
        pytest.param(
            f"{READ} and ka.target.namespace = kube-system",
            "- {level: None, namespaces: [kube-system]}\n" + ALL,
            ["4: level None: it isn't written: get secrets in kube-system"],
            id="where the rule looks",
        ),
        pytest.param(
            READ, '- {level: None, users: ["system:anonymous"]}\n' + ALL, [], id="one user"
        ),
        pytest.param(
            f"{READ} and ka.user.name = system:anonymous",
            '- {level: None, userGroups: ["system:unauthenticated"]}\n' + ALL,
            ["4: level None: it isn't written: get secrets by system:anonymous"],
            id="the user whom the rule is about, by group",
        ),
        pytest.param(
            f"{READ} and not ka.user.name = system:anonymous",
            '- {level: None, userGroups: ["system:unauthenticated"]}\n' + ALL,
            [],
            id="a user whom the rule leaves out",
        ),
        pytest.param(
            f"not ka.user.name in ({', '.join(f'u{n}' for n in range(100))}) and {READ}"
            " and ka.user.name = system:anonymous",
            '- {level: None, userGroups: ["system:unauthenticated"]}\n' + ALL,
            ["4: level None: it isn't written: get secrets by system:anonymous"],
            id="one user beside many whom the rule leaves out",
        ),
        pytest.param(
            "ka.target.resource = configmaps and ka.target.namespace = kube-system"
            " and ka.target.name in (aws-auth, coredns) and ka.verb = patch",
            '- {level: Metadata, namespaces: [kube-system], resources: [{group: "",'
            " resources: [configmaps], resourceNames: [aws-auth]}]}",
            [
                (
                    "end: no rule of the policy fits, so it isn't written:"
                    " patch configmaps of coredns in kube-system"
                )
            ],
            id="an object by its name",
        ),
        pytest.param(
            "ka.target.namespace glob team-* and ka.target.resource = pods and ka.verb = get",
            CORE,
            [],
            id="a pattern",
        ),
        pytest.param(
            BODY, ALL, ["4: level Metadata, expected Request: create pods"], id="a body is needed"
        ),
        pytest.param(BODY, "- level: Request", [], id="the body is written"),
        pytest.param(
            BODY.replace("ka.req.pod.host_pid", "ka.resp.name"),
            "- level: Request",
            ["4: level Request, expected RequestResponse: create pods"],
            id="the answer is needed",
        ),
        pytest.param(
            BODY.replace("ka.req.pod.host_pid", "json.value[/requestObject/spec/x]"),
            ALL,
            ["4: level Metadata, expected Request: create pods"],
            id="a body by a pointer",
        ),
        pytest.param(
            BODY.replace("ka.req.pod.host_pid", "jevt.value[/annotations/x]"),
            ALL,
            [],
            id="a pointer that needs no body",
        ),
        pytest.param(
            BODY.replace("and ka.req", "and not ka.req"), ALL, [], id="what isn't said is enough"
        ),
        pytest.param(
            f"{BODY} or ka.verb = delete and ka.target.resource = pods",
            ALL,
            ["4: level Metadata, expected Request: create pods"],
            id="half of it needs a body",
        ),
        pytest.param(
            EITHER,
            NONE_SECRETS,
            [
                "4: level None: it isn't written: get secrets",
                "5: level Metadata, expected Request: create pods",
            ],
            id="two reasons",
        ),
        pytest.param(
            EXEC,
            "- {level: Metadata, omitStages: [ResponseStarted]}",
            [
                (
                    "4: the stage ResponseStarted is omitted:"
                    " get, create, update, patch, delete pods/exec"
                )
            ],
            id="a stage is omitted",
        ),
        pytest.param(
            READ,
            "- {level: Metadata, omitStages: [ResponseStarted]}",
            [],
            id="a stage that doesn't matter",
        ),
        pytest.param(
            "ka.verb = create and ka.target.resource = deployments",
            '- {level: Metadata, resources: [{group: "", resources: [deployments]}]}',
            ["end: no rule of the policy fits, so it isn't written: create deployments"],
            id="the kind of the wrong group",
        ),
        pytest.param(
            "ka.forbidden = true and ka.verb = get",
            CORE,
            [
                (
                    "end: no rule of the policy fits, so it isn't written:"
                    " get any object; get a URL that is no object"
                )
            ],
            id="any request",
        ),
        pytest.param(
            "jevt.value[/stage] = ResponseComplete and jevt.value[/verb] = get"
            " and jevt.value[/objectRef/resource] = secrets",
            NONE_SECRETS,
            ["4: level None: it isn't written: get secrets"],
            id="a rule of pointers alone",
        ),
    ],
)
def test_a_rule_is_starved_of_what_it_needs(
    tmp_path: Path, condition: str, rules: str, expected: list[str]
) -> None:
    """What a policy cuts off is found by what the rule asks, with the policy's line."""
    assert sorted(told(tmp_path, condition, rules)) == sorted(expected)


def test_a_stage_may_be_omitted_everywhere(tmp_path: Path) -> None:
    """What a policy omits at its head is omitted by each of its rules."""
    (said,) = told(tmp_path, EXEC, ALL, HEAD + "omitStages: [ResponseStarted]\n")
    assert said.startswith("5: the stage ResponseStarted is omitted")
