"""Who asked for what, and what became of it."""

from typing import Any

import pytest

from support.audited import document, event


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ka.auditid", document()["auditID"].encode()),
        ("ka.stage", b"ResponseComplete"),
        ("ka.verb", b"get"),
        ("ka.user.name", b"ann@example.org"),
        ("ka.user.groups", (b"dev", b"system:authenticated")),
        ("ka.sourceips", (b"192.0.2.7",)),
        ("ka.sourceips[0]", (b"192.0.2.7",)),
        ("ka.sourceips[1]", None),
        ("ka.target.name", b"cart"),
        ("ka.target.subresource", None),
        ("ka.response.code", b"200"),
        ("ka.auth.decision", b"allow"),
        ("ka.auth.reason", b""),
        ("ka.forbidden", b"false"),
        ("ka.impersonated.user.name", None),
        ("evt.source", b"k8s_audit"),
    ],
)
def test_a_plain_request_is_read(field: str, value: Any) -> None:
    """Each field has what the event says, and no value where it says nothing."""
    assert event().fields[field] == value


@pytest.mark.parametrize(
    ("changed", "forbidden"),
    [
        pytest.param({"responseStatus": {"code": 403}}, b"true", id="by its status"),
        pytest.param(
            {"annotations": {"authorization.k8s.io/decision": "forbid"}},
            b"true",
            id="by authorizers",
        ),
        pytest.param({"responseStatus": {"code": 404}}, b"false", id="not found"),
    ],
)
def test_a_refusal_is_known_either_way(changed: dict[str, Any], forbidden: bytes) -> None:
    """A request that authorizers or an admission refused is forbidden."""
    assert event(**changed).fields["ka.forbidden"] == forbidden


@pytest.mark.parametrize(
    ("uri", "argument", "value"),
    [
        pytest.param("/x?a=1&b=2&a=3", "a", b"1", id="the first of two"),
        pytest.param("/x?a=%2Fetc%2Fx+y", "a", b"/etc/x y", id="decoded"),
        pytest.param("/x?a=", "a", b"", id="empty"),
        pytest.param("/x", "a", None, id="none"),
        pytest.param("/x?" + "&".join(["a=1"] * 2_000), "a", None, id="too many"),
        pytest.param("http://[x?a=1", "a", None, id="not a URI"),
    ],
)
def test_parameters_are_read(uri: str, argument: str, value: bytes | None) -> None:
    """A parameter of the query is decoded; what is no query has none."""
    assert event(requestURI=uri).fields[f"ka.uri.param[{argument}]"] == value


def test_a_pod_has_the_name_that_the_answer_gives_it() -> None:
    """A pod that is created with a generated name has it in the answer alone."""
    named = event(verb="create", responseObject={"metadata": {"name": "cart-x7"}})
    assert named.fields["ka.target.pod.name"] == b"cart-x7"
    assert named.fields["ka.resp.name"] == b"cart-x7"
    other = event(objectRef={"resource": "secrets"}, responseObject={"metadata": {"name": "s"}})
    assert other.fields["ka.target.pod.name"] is None
